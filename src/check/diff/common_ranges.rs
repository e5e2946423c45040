//! Reads the ranges that several vantage points have in common on both sides, once along the address space.
//!
//! The engines of these vantage points have the same ranges with the same decisions. The only differences are names of
//! the vantage point itself, and its own ranges, which override the common ones. The same pairs of grounds therefore
//! occur for all of these vantage points. The outcomes of each vantage point are compared once per pair instead of once
//! per range, and its own ranges are read separately.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::addr::{Address, AddressCount, AddressRange, Partition};
use crate::engine::DecisionId;

use crate::check::diff::chunk::{OfStretch, kind};
use crate::check::diff::facts::Facts;
use crate::check::diff::model::ChangeKind;
use crate::check::diff::outcome::{Key, Outcomes};
use crate::check::diff::transition_sums::{Cell, Sums};
use crate::check::diff::vantage_ranges::read_along;
use crate::check::diff::vantage_view::{Both, Ground, Spot, View, nearer};

/// The common ranges of several vantage points on both sides.
pub(super) struct Alike<A> {
    /// Ranges in ascending order, each with its pair and its decisions.
    ranges: Vec<(AddressRange<A>, u32, [DecisionId; 2])>,
    /// Pairs whose outcome depends on the vantage point, or whose sides differ.
    pairs: Vec<Pair>,
    /// The address counts of the ranges that belong to no pair.
    common: Sums,
}

/// The cell or the pair to which a range belongs.
#[derive(Clone, Copy)]
enum Place {
    Common(Cell),
    Pair(u32),
}

/// Grounds of the two sides that occur at the same address somewhere.
struct Pair {
    was: Spot,
    is: Spot,
    /// Whether the decisions have the same prefix.
    same_prefix: bool,
    /// The number of addresses.
    count: AddressCount,
}

impl<A: Address> Alike<A> {
    /// Reads the ranges that the vantage points have in common on both sides, using any one of the vantage points;
    /// `None` if `facts` belong to other lists.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of both sides.
    pub(super) fn of<'s, 'a: 's>(both: &Both<'s, 'a>, facts: &'s Facts<'s, 'a>) -> Option<Self> {
        let mut known: HashMap<(Ground, Ground, bool), Place, FixedState> = HashMap::default();
        let mut alike = Self { ranges: Vec::new(), pairs: Vec::new(), common: Sums::default() };
        let (mut was, mut is) = common(both, facts)?;
        let (mut first, mut outcomes) = (A::MIN, Outcomes::default());
        loop {
            let next = nearer(was.end(), is.end());
            let last = next.and_then(A::previous).unwrap_or(A::MAX);
            let (old, new) = (was.spot(), is.spot());
            let same_prefix = was.prefix(old.id) == is.prefix(new.id);
            let key = (was.kin(old, &mut outcomes), is.kin(new, &mut outcomes), same_prefix);
            let place = *known.entry(key).or_insert_with(|| {
                if was.is_common(old) && is.is_common(new) && same_prefix {
                    let (old, new) = (was.stated_at(old, &mut outcomes), is.stated_at(new, &mut outcomes));
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
            let Some(next) = next else { return Some(alike) };
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

    /// Returns the outcomes on both sides for one of the vantage points, exactly as if the vantage point were read
    /// separately; `None` if `facts` belong to other lists.
    ///
    /// # Complexity
    ///
    /// Linear in the pairs and in the own ranges of the vantage point. If anything differs outside these own ranges,
    /// linear in all ranges.
    pub(super) fn read<'s, 'a: 's>(
        &self,
        both: &Both<'s, 'a>,
        facts: &'s Facts<'s, 'a>,
    ) -> Option<OfStretch<A>> {
        let own = Own::of(both);
        let (mut was, mut is) = common::<A>(both, facts)?;
        let mut read = OfStretch::default();
        read.sums.join(&self.common);
        let mut different: Vec<Option<[Key; 2]>> = Vec::with_capacity(self.pairs.len());
        let hidden = self.hidden(&own.ranges);
        for (pair, hidden) in self.pairs.iter().zip(hidden) {
            let count = pair.count.checked_sub(hidden).unwrap_or_default();
            if count.is_zero() {
                different.push(None);
                continue;
            }
            let old = was.stated_outside(pair.was, &mut read.outcomes);
            let new = is.stated_outside(pair.is, &mut read.outcomes);
            let same = pair.same_prefix && old.gist == new.gist && old.path == new.path;
            let kind = kind(old.path, new.path, same);
            read.sums.add((kind, Some(old.path), Some(new.path)), count);
            different.push((kind != ChangeKind::Unchanged).then(|| [old.key(), new.key()]));
        }
        if different.iter().all(Option::is_none) {
            own.ranges.iter().try_for_each(|range| own.read(both, facts, *range, &mut read))?;
            return Some(read);
        }
        let mut ahead = own.ranges.iter().copied().peekable();
        for (range, place, [old, new]) in &self.ranges {
            let Some(Some([was_key, is_key])) = different.get(*place as usize) else { continue };
            // A pair represents many prefixes.
            let was = read.outcomes.keys.intern(Key { prefix: was.prefix(*old), ..*was_key });
            let is = read.outcomes.keys.intern(Key { prefix: is.prefix(*new), ..*is_key });
            for part in own.outside(*range) {
                while let Some(before) = ahead.next_if(|own| own.first() < part.first()) {
                    own.read(both, facts, before, &mut read)?;
                }
                read.different.push(part, (was, is));
            }
        }
        ahead.try_for_each(|range| own.read(both, facts, range, &mut read))?;
        Some(read)
    }

    /// For each pair, counts the addresses within the given ranges.
    fn hidden(&self, beneath: &[AddressRange<A>]) -> Vec<AddressCount> {
        let mut hidden = vec![AddressCount::ZERO; self.pairs.len()];
        for own in beneath {
            let first = self.ranges.partition_point(|(range, ..)| range.last() < own.first());
            let ranges = self.ranges.get(first..).unwrap_or_default().iter();
            for (range, place, _) in ranges.take_while(|(range, ..)| range.first() <= own.last()) {
                let count = range.overlap(*own).map_or(AddressCount::ZERO, AddressRange::count);
                if let Some(sum) = hidden.get_mut(*place as usize) {
                    *sum = *sum + count;
                }
            }
        }
        hidden
    }
}

/// Returns views of the common ranges of a vantage point on both sides.
fn common<'s, 'a: 's, A: Address>(
    both: &Both<'s, 'a>,
    facts: &'s Facts<'s, 'a>,
) -> Option<(View<'s, 'a, A>, View<'s, 'a, A>)> {
    let [was, is] = both.map(|(side, point)| View::common(side, point, facts));
    was.zip(is)
}

/// The own ranges of a vantage point on either side, with the decisions of both sides there.
struct Own<A> {
    /// The ranges, ascending and not adjacent.
    ranges: Vec<AddressRange<A>>,
    /// The decisions in these ranges, on each side.
    decisions: [Partition<A, DecisionId>; 2],
}

impl<A: Address> Own<A> {
    fn of(both: &Both<'_, '_>) -> Self {
        let nothing = Partition::uniform(None);
        let [was, is] = both.map(|(_, point)| point.engine.own().unwrap_or(&nothing));
        let either = was.zip_with(is, |was, is| was.is_some() || is.is_some());
        let ranges: Vec<_> = either.iter().filter(|(_, own)| **own).map(|(range, _)| range).collect();
        let [was_common, is_common] = both.map(|(_, point)| point.engine.common());
        let decisions = [decided(&ranges, was, was_common), decided(&ranges, is, is_common)];
        Self { ranges, decisions }
    }

    /// Returns the parts of a range outside the own ranges.
    fn outside(&self, range: AddressRange<A>) -> Vec<AddressRange<A>> {
        let (mut parts, mut first) = (Vec::new(), Some(range.first()));
        for own in self.ranges.iter().filter_map(|own| own.overlap(range)) {
            let last = own.first().previous();
            parts.extend(first.zip(last).and_then(|(first, last)| AddressRange::new(first, last)));
            first = own.last().next();
        }
        parts.extend(first.and_then(|first| AddressRange::new(first, range.last())));
        parts
    }

    /// Reads one of the own ranges.
    fn read<'s, 'a: 's>(
        &self,
        both: &Both<'s, 'a>,
        facts: &'s Facts<'s, 'a>,
        range: AddressRange<A>,
        read: &mut OfStretch<A>,
    ) -> Option<()> {
        let [(was_side, was_point), (is_side, is_point)] = *both;
        let [was, is] = &self.decisions;
        let was = View::over(was_side, was_point, facts, was)?;
        let is = View::over(is_side, is_point, facts, is)?;
        read_along(was, is, (range.first(), range.last()), read);
        Some(())
    }
}

/// Returns the decisions in the given ranges: own decisions where they exist, otherwise common decisions. Outside these
/// ranges, the result is meaningless.
fn decided<A: Address>(
    ranges: &[AddressRange<A>],
    own: &Partition<A, Option<DecisionId>>,
    common: &Partition<A, DecisionId>,
) -> Partition<A, DecisionId> {
    let mut decided = BTreeMap::from([(A::MIN, DecisionId(0))]);
    for range in ranges {
        for (range, own) in own.within(*range) {
            match own {
                Some(own) => drop(decided.insert(range.first(), *own)),
                None => decided.extend(common.within(range).map(|(range, id)| (range.first(), *id))),
            }
        }
        if let Some(behind) = range.last().next() {
            decided.insert(behind, DecisionId(0));
        }
    }
    Partition::from_starts(decided)
}
