//! The comparison: both sides read along the address space in one linear merge, and numbers for what differs.
//!
//! Large spaces are read in several stretches side by side, each with numbers of its own; put together in their order
//! they give what one stretch would have given.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use foldhash::fast::FixedState;

use crate::addr::{Address, AddressRange, Partition};
use crate::catalog::Catalog;
use crate::engine::{Disposition, Inputs, RouteTable, RouteTables, side_by_side};

use super::facts::Facts;
use super::family::InFamily;
use super::model::{Cause, Change, ChangeKind, Diff, Matrix, OutcomeId, Presence, SumError, VantagePoint};
use super::outcome::{Outcomes, is_unknown};
use super::side::{Point, Side};
use super::sums::Sums;
use super::view::{View, nearer};

/// The two further evaluations that tell causes apart where both network and lists changed. One that could not
/// be made is `None`: the head's network may name what the base's lists do not have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crossed<'s, 'a> {
    /// The head's network on the base's lists.
    pub policy_only: Option<&'s Side<'a>>,
    /// The base's network on the head's lists.
    pub feed_only: Option<&'s Side<'a>>,
}

/// Compares two sides. Where only the network or only the lists differ, that is the cause of every change; where
/// both do, causes are untold: [`diff_crossed`] tells them.
///
/// # Complexity
///
/// Linear in the ranges of both sides' engines and in the prefixes of both sides' lists.
///
/// # Errors
///
/// [`SumError`], where addresses were lost or counted twice: a fault of peerpath itself.
pub fn diff(base: &Side<'_>, head: &Side<'_>) -> Result<Diff, SumError> {
    diff_crossed(base, head, Crossed::default())
}

/// As [`diff`], with the evaluations that tell causes apart.
///
/// # Errors
///
/// As [`diff`].
pub fn diff_crossed(base: &Side<'_>, head: &Side<'_>, crossed: Crossed<'_, '_>) -> Result<Diff, SumError> {
    let sides = [Some(base), Some(head), crossed.policy_only, crossed.feed_only];
    let facts = Facts::of(sides.into_iter().flatten().map(|side| side.inputs().catalog));
    let mut walk = Walk {
        crossed,
        same_lists: same_lists(base, head),
        same_network: same_network(base, head),
        outcomes: Outcomes::default(),
        facts: &facts,
        listed: Vec::new(),
        listed_as: HashMap::default(),
    };
    let mut found =
        Diff { vantages: Vec::new(), matrices: Vec::new(), changes: Vec::new(), outcomes: Vec::new() };
    for here in base.points() {
        let there = head.point(&here.name);
        let presence = if there.is_some() { Presence::Both } else { Presence::Removed };
        walk.compare(&mut found, &here.name, presence, (base, Some(here)), (head, there));
    }
    for there in head.points().iter().filter(|there| base.point(&there.name).is_none()) {
        walk.compare(&mut found, &there.name, Presence::Added, (base, None), (head, Some(there)));
    }
    found.outcomes = walk.listed.iter().filter_map(|id| walk.outcomes.outcome(*id)).collect();
    found.check()?;
    Ok(found)
}

/// Whether both sides stand on the same editions of the lists.
fn same_lists(base: &Side<'_>, head: &Side<'_>) -> bool {
    let (base, head) = (base.inputs().catalog, head.inputs().catalog);
    let hashes = |catalog: &Catalog| -> Vec<String> {
        catalog.sources().iter().map(|source| source.sha256.clone()).collect()
    };
    std::ptr::eq(base, head) || base.cloud() == head.cloud() && hashes(base) == hashes(head)
}

/// Whether both sides are the same network in the same state: file, tables and links.
fn same_network(base: &Side<'_>, head: &Side<'_>) -> bool {
    let (base, head) = (base.inputs(), head.inputs());
    let same_file = base.network.source.text() == head.network.source.text();
    same_file && base.links == head.links && same_tables(base, head)
}

/// Whether the tables of routes that two equal files name hold the same.
fn same_tables(base: Inputs<'_>, head: Inputs<'_>) -> bool {
    let same = |was: &RouteTable, is: &RouteTable| {
        let (of_was, of_is) = (was.attributes(), is.attributes());
        let equal = |((prefix, was), (other, is)): ((_, _), (_, _))| {
            prefix == other && of_was.get(was) == of_is.get(is)
        };
        std::ptr::eq(was, is) || was.len() == is.len() && was.iter().zip(is.iter()).all(equal)
    };
    RouteTables::wanted(base.network).into_iter().all(|written| {
        match (base.tables.get(written), head.tables.get(written)) {
            (Some(was), Some(is)) => same(was, is),
            (was, is) => was.is_none() && is.is_none(),
        }
    })
}

/// A side with one of its vantage points.
type Seen<'s, 'a> = (&'s Side<'a>, Option<&'s Point>);

struct Walk<'s, 'a> {
    crossed: Crossed<'s, 'a>,
    same_lists: bool,
    same_network: bool,
    outcomes: Outcomes,
    facts: &'s Facts<'s>,
    /// The outcomes that some change names, in the order of [`Diff::outcomes`].
    listed: Vec<u32>,
    listed_as: HashMap<u32, OutcomeId, FixedState>,
}

/// What both sides say of a range, and what brought the difference.
type Pair = (u32, u32, Cause);

impl<'s, 'a: 's> Walk<'s, 'a> {
    fn compare(
        &mut self,
        found: &mut Diff,
        name: &str,
        presence: Presence,
        base: Seen<'s, 'a>,
        head: Seen<'s, 'a>,
    ) {
        found.vantages.push(VantagePoint { name: name.to_owned(), presence });
        self.compare_family::<Ipv4Addr>(found, base, head);
        self.compare_family::<Ipv6Addr>(found, base, head);
    }

    fn compare_family<A: InFamily>(&mut self, found: &mut Diff, base: Seen<'s, 'a>, head: Seen<'s, 'a>) {
        let vantage = found.vantages.len().saturating_sub(1);
        let cells = match (base, head) {
            ((base, Some(here)), (head, Some(there))) => {
                let (sums, different) = self.read_all::<A>((base, here), (head, there));
                for (range, pair) in self.with_causes(different, &here.name) {
                    self.list(found, vantage, range, pair);
                }
                sums
            }
            ((side, Some(point)), _) | (_, (side, Some(point))) => {
                let removed = head.1.is_none();
                let only = View::<A>::new(side, point, self.facts).map(|view| view.all(&mut self.outcomes));
                let mut sums = Sums::default();
                for (range, id) in only.iter().flat_map(Partition::iter) {
                    let path = Some(self.outcomes.path(*id));
                    let cell = if removed {
                        (ChangeKind::Removed, path, None)
                    } else {
                        (ChangeKind::Added, None, path)
                    };
                    sums.add(cell, range.count());
                }
                sums
            }
            _ => Sums::default(),
        };
        found.matrices.push(Matrix { vantage, family: A::FAMILY, cells: cells.finish() });
    }

    /// Reads both sides along the space: every address counted, and the ranges that are not unchanged.
    fn read_all<A: InFamily>(
        &mut self,
        base: (&'s Side<'a>, &'s Point),
        head: (&'s Side<'a>, &'s Point),
    ) -> (Sums, Ranges<A, (u32, u32)>) {
        let facts = self.facts;
        let views = || Some((View::new(base.0, base.1, facts)?, View::new(head.0, head.1, facts)?));
        let (mut sums, mut different) = (Sums::default(), Ranges::default());
        let Some((was, is)) = views() else { return (sums, different) };
        let mut firsts = vec![A::MIN];
        firsts.extend(was.cuts(((was.size() + is.size()) / STRETCH).min(MOST_STRETCHES)));
        let lasts = firsts.iter().skip(1).map(|next| next.previous()).chain([None]);
        let stretches: Vec<(A, A)> =
            firsts.iter().copied().zip(lasts.map(|last| last.unwrap_or(A::MAX))).collect();
        let read = side_by_side(&stretches, |stretch| {
            let mut outcomes = Outcomes::default();
            let (was, is) = views()?;
            let (sums, different) = read(was, is, *stretch, &mut outcomes);
            Some((sums, different, outcomes))
        });
        for (of_stretch, ranges, outcomes) in read.into_iter().flatten() {
            sums.join(&of_stretch);
            let mut known = HashMap::default();
            for (range, (was, is)) in ranges.0 {
                let mut adopt = |id| self.outcomes.adopt(&outcomes, id, &mut known);
                different.push(range, (adopt(was), adopt(is)));
            }
        }
        (sums, different)
    }

    /// Ranges with their causes: by the two further evaluations where both network and lists changed.
    fn with_causes<A: InFamily>(
        &mut self,
        ranges: Ranges<A, (u32, u32)>,
        name: &str,
    ) -> Vec<(AddressRange<A>, Pair)> {
        let single = match (self.same_network, self.same_lists) {
            (true, false) => Some(Cause::Feed),
            (_, true) => Some(Cause::Policy),
            (false, false) => None,
        };
        let Crossed { policy_only, feed_only } = self.crossed;
        let mut crossed = |side: Option<&'s Side<'a>>| {
            let side = side.filter(|_| single.is_none())?;
            let view = View::<A>::new(side, side.point(name)?, self.facts)?;
            Some(view.all(&mut self.outcomes))
        };
        let alone = crossed(policy_only).zip(crossed(feed_only));
        let alone = alone.map(|(policy, feed)| policy.zip_with(&feed, |policy, feed| (*policy, *feed)));
        let mut caused = Ranges::default();
        for (range, (was, is)) in ranges.0 {
            let Some(alone) = &alone else {
                let cause = if was == is { Cause::Nothing } else { single.unwrap_or(Cause::Untold) };
                caused.push(range, (was, is, cause));
                continue;
            };
            for (range, (policy, feed)) in alone.within(range) {
                caused.push(range, (was, is, self.cause(was, is, *policy, *feed)));
            }
        }
        caused.0
    }

    /// Which of the two changes alone brings what the head says: of a move its path, else all of it.
    fn cause(&self, was: u32, is: u32, policy: u32, feed: u32) -> Cause {
        if was == is {
            return Cause::Nothing;
        }
        let path = |id| self.outcomes.path(id);
        let moves = kind(path(was), path(is), false) == ChangeKind::Move;
        let brings = |alone: u32| if moves { path(alone) == path(is) } else { alone == is };
        match (brings(policy), brings(feed)) {
            (true, false) => Cause::Policy,
            (false, true) => Cause::Feed,
            (true, true) => Cause::Either,
            (false, false) => Cause::OnlyBoth,
        }
    }

    fn list<A: InFamily>(&mut self, found: &mut Diff, vantage: usize, range: AddressRange<A>, pair: Pair) {
        let (was, is, cause) = pair;
        let kind = kind(self.outcomes.path(was), self.outcomes.path(is), was == is);
        let (from, to) = (self.listed(was), self.listed(is));
        found.changes.push(Change { vantage, range: A::range(range), kind, from, to, cause });
    }

    fn listed(&mut self, id: u32) -> OutcomeId {
        let next = OutcomeId(u32::try_from(self.listed.len()).unwrap_or(u32::MAX));
        *self.listed_as.entry(id).or_insert_with(|| {
            self.listed.push(id);
            next
        })
    }
}

/// How many ranges of both sides are worth a thread, and the most stretches of a space.
const STRETCH: usize = 1 << 15;
const MOST_STRETCHES: usize = 8;

/// Reads both sides along a stretch of the space. Only what differs gets a number, since nearly all is the same.
fn read<A: InFamily>(
    was: View<'_, '_, A>,
    is: View<'_, '_, A>,
    (mut first, end): (A, A),
    outcomes: &mut Outcomes,
) -> (Sums, Ranges<A, (u32, u32)>) {
    let (mut sums, mut different) = (Sums::default(), Ranges::default());
    let (mut was, mut is) = (was.at(first), is.at(first));
    loop {
        let next = nearer(was.end(), is.end()).filter(|next| *next <= end);
        let last = next.and_then(A::previous).unwrap_or(end);
        let (old, new) = (was.said(outcomes), is.said(outcomes));
        let kind = kind(old.path, new.path, old == new);
        if let Some(range) = AddressRange::new(first, last) {
            sums.add((kind, Some(old.path), Some(new.path)), range.count());
            if kind != ChangeKind::Unchanged {
                different.push(range, (outcomes.keys.intern(old.key()), outcomes.keys.intern(new.key())));
            }
        }
        let Some(next) = next else { return (sums, different) };
        was.advance(next);
        is.advance(next);
        first = next;
    }
}

/// Ranges in ascending order; neighbours of one value are one.
struct Ranges<A, V>(Vec<(AddressRange<A>, V)>);

impl<A, V> Default for Ranges<A, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Address, V: PartialEq> Ranges<A, V> {
    fn push(&mut self, range: AddressRange<A>, value: V) {
        if let Some((last, known)) = self.0.last_mut()
            && *known == value
            && last.last().next() == Some(range.first())
            && let Some(joined) = AddressRange::new(last.first(), range.last())
        {
            *last = joined;
        } else {
            self.0.push((range, value));
        }
    }
}

/// What two paths with equal or different outcomes mean.
pub(super) fn kind(from: Disposition, to: Disposition, same: bool) -> ChangeKind {
    match (is_unknown(from), is_unknown(to)) {
        (true, true) => ChangeKind::Unknown,
        _ if from != to => ChangeKind::Move,
        _ if same => ChangeKind::Unchanged,
        _ => ChangeKind::Reason,
    }
}
