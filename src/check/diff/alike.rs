//! Vantage points that are alike on both sides, read along the address space once.
//!
//! Their engines have the same ranges with the same decisions, but for what these name of the vantage point itself. So the
//! pairs of grounds that meet anywhere are the same for all of them; what each says of its own grounds is compared for each
//! pair once, instead of at every range.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::addr::{AddressCount, AddressRange};
use crate::engine::DecisionId;

use super::family::InFamily;
use super::model::ChangeKind;
use super::outcome::{Key, Outcomes};
use super::stretch::{OfStretch, Ranges, kind};
use super::sums::{Cell, Sums};
use super::view::{Ground, Spot, View, nearer};

/// Both sides of vantage points that are alike.
pub(super) struct Alike<A> {
    /// Ranges in ascending order, each with its pair and its decisions.
    ranges: Vec<(AddressRange<A>, u32, [DecisionId; 2])>,
    /// Those of which not every vantage point says the same, or at which the sides differ.
    pairs: Vec<Pair>,
    /// What all other ranges count to.
    common: Sums,
}

/// What a range belongs to.
#[derive(Clone, Copy)]
enum Place {
    Common(Cell),
    Pair(u32),
}

/// Grounds of both sides that meet somewhere.
struct Pair {
    was: Spot,
    is: Spot,
    /// Whether the decisions are about the same prefix.
    same_prefix: bool,
    /// How many addresses.
    count: AddressCount,
}

impl<A: InFamily> Alike<A> {
    /// Reads both sides of any of the vantage points.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of both sides.
    pub(super) fn of(was: View<'_, '_, A>, is: View<'_, '_, A>) -> Self {
        let mut known: HashMap<(Ground, Ground, bool), Place, FixedState> = HashMap::default();
        let mut alike = Self { ranges: Vec::new(), pairs: Vec::new(), common: Sums::default() };
        let (mut was, mut is, mut first) = (was.at(A::MIN), is.at(A::MIN), A::MIN);
        let mut outcomes = Outcomes::default();
        loop {
            let next = nearer(was.end(), is.end());
            let last = next.and_then(A::previous).unwrap_or(A::MAX);
            let (old, new) = (was.spot(), is.spot());
            let same_prefix = was.prefix(old.id) == is.prefix(new.id);
            let key = (was.ground(old), is.ground(new), same_prefix);
            let place = *known.entry(key).or_insert_with(|| {
                if was.is_common(old) && is.is_common(new) && same_prefix {
                    let (old, new) = (was.said_at(old, &mut outcomes), is.said_at(new, &mut outcomes));
                    let kind = kind(old.path, new.path, old == new);
                    if kind == ChangeKind::Unchanged {
                        return Place::Common((kind, Some(old.path), Some(new.path)));
                    }
                }
                alike.pairs.push(Pair { was: old, is: new, same_prefix, count: AddressCount::ZERO });
                Place::Pair(u32::try_from(alike.pairs.len() - 1).unwrap_or(u32::MAX))
            });
            if let Some(range) = AddressRange::new(first, last) {
                alike.add(place, range, [old.id, new.id]);
            }
            let Some(next) = next else { return alike };
            was.advance(next);
            is.advance(next);
            first = next;
        }
    }

    fn add(&mut self, place: Place, range: AddressRange<A>, ids: [DecisionId; 2]) {
        match place {
            Place::Common(cell) => self.common.add(cell, range.count()),
            Place::Pair(place) => {
                if let Some(pair) = self.pairs.get_mut(place as usize) {
                    pair.count = pair.count + range.count();
                }
                self.ranges.push((range, place, ids));
            }
        }
    }

    /// What both sides of one of the vantage points say, as reading them would have given it.
    ///
    /// # Complexity
    ///
    /// Linear in the pairs; in the ranges as well where anything differs.
    pub(super) fn read(&self, mut was: View<'_, '_, A>, mut is: View<'_, '_, A>) -> OfStretch<A> {
        let (mut sums, mut outcomes) = (Sums::default(), Outcomes::default());
        sums.join(&self.common);
        let mut different: Vec<Option<[Key; 2]>> = Vec::with_capacity(self.pairs.len());
        for pair in &self.pairs {
            let (old, new) = (was.said_at(pair.was, &mut outcomes), is.said_at(pair.is, &mut outcomes));
            let same = pair.same_prefix && old.gist == new.gist && old.path == new.path;
            let kind = kind(old.path, new.path, same);
            sums.add((kind, Some(old.path), Some(new.path)), pair.count);
            different.push((kind != ChangeKind::Unchanged).then(|| [old.key(), new.key()]));
        }
        if different.iter().all(Option::is_none) {
            return OfStretch { sums, different: Ranges::default(), outcomes: Outcomes::default() };
        }
        let mut ranges = Ranges::default();
        for (range, place, [old, new]) in &self.ranges {
            let Some(Some([was_key, is_key])) = different.get(*place as usize) else { continue };
            // A pair stands for many prefixes.
            let was = outcomes.keys.intern(Key { prefix: was.prefix(*old), ..*was_key });
            let is = outcomes.keys.intern(Key { prefix: is.prefix(*new), ..*is_key });
            ranges.push(*range, (was, is));
        }
        OfStretch { sums, different: ranges, outcomes }
    }
}
