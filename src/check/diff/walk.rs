//! The comparison: both sides read along the address space in one linear merge, and numbers for what differs.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use crate::addr::{Address, AddressRange};
use crate::catalog::Catalog;
use crate::engine::{Disposition, Inputs, RouteTable, RouteTables};

use super::facts::Facts;
use super::family::InFamily;
use super::model::{Cause, Change, ChangeKind, Diff, Matrix, OutcomeId, Presence, SumError, VantagePoint};
use super::outcome::{Outcomes, is_unknown};
use super::side::{Point, Side};
use super::sums::Sums;
use super::view::View;

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
    let mut walk = Walk {
        crossed,
        same_lists: same_lists(base, head),
        same_network: same_network(base, head),
        ..Walk::default()
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

#[derive(Default)]
struct Walk<'s, 'a> {
    crossed: Crossed<'s, 'a>,
    same_lists: bool,
    same_network: bool,
    outcomes: Outcomes,
    facts: Vec<Rc<Facts<'s>>>,
    /// The outcomes that some change names, in the order of [`Diff::outcomes`].
    listed: Vec<u32>,
    listed_as: HashMap<u32, OutcomeId, foldhash::fast::FixedState>,
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
                let (was, is) = (self.view::<A>(base, here), self.view::<A>(head, there));
                let (sums, different) = self.read(was, is);
                for (range, pair) in self.with_causes(different, &here.name) {
                    self.list(found, vantage, range, pair);
                }
                sums
            }
            ((side, Some(point)), _) | (_, (side, Some(point))) => {
                let removed = head.1.is_none();
                let only = self.view::<A>(side, point).all(&mut self.outcomes);
                let mut sums = Sums::default();
                for (range, id) in only.iter() {
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

    /// Reads both sides along the space: every address counted, and the ranges that are not unchanged. Only what
    /// differs gets a number, since nearly all is the same.
    fn read<A: InFamily>(
        &mut self,
        mut was: View<'s, 'a, A>,
        mut is: View<'s, 'a, A>,
    ) -> (Sums, Ranges<A, (u32, u32)>) {
        let (mut sums, mut different) = (Sums::default(), Ranges::default());
        let outcomes = &mut self.outcomes;
        let mut first = A::MIN;
        loop {
            let next = match (was.end(), is.end()) {
                (Some(was), Some(is)) => Some(was.min(is)),
                (was, is) => was.or(is),
            };
            let last = next.and_then(A::previous).unwrap_or(A::MAX);
            let (old, new) = (was.said(outcomes), is.said(outcomes));
            let kind = kind(old.path, new.path, old == new);
            if let Some(range) = AddressRange::new(first, last) {
                sums.add((kind, Some(old.path), Some(new.path)), range.count());
                if kind != ChangeKind::Unchanged {
                    different.push(range, (outcomes.keys.intern(old), outcomes.keys.intern(new)));
                }
            }
            let Some(next) = next else { return (sums, different) };
            was.advance(next);
            is.advance(next);
            first = next;
        }
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
            let point = side.point(name)?;
            Some(self.view::<A>(side, point).all(&mut self.outcomes))
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

    /// A side from a vantage point, at the start of the space.
    fn view<A: InFamily>(&mut self, side: &'s Side<'a>, point: &'s Point) -> View<'s, 'a, A> {
        let catalog = side.inputs().catalog;
        let known = self.facts.iter().find(|facts| std::ptr::eq(facts.catalog, catalog)).cloned();
        let facts = known.unwrap_or_else(|| {
            let facts = Rc::new(Facts::of(catalog));
            self.facts.push(Rc::clone(&facts));
            facts
        });
        View::new(side, point, facts)
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
