//! The comparison: joins the results from both sides under common ids, and determines the causes of changes.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use foldhash::fast::FixedState;

use crate::addr::{Address, AddressRange, Partition};
use crate::catalog::Catalog;
use crate::engine::{Inputs, RoutingTable, RoutingTables};
use crate::parallel::both;

use crate::check::diff::chunk::{OfStretch, Ranges, kind};
use crate::check::diff::facts::Facts;
use crate::check::diff::merge::read_all;
use crate::check::diff::model::{
    Cause, Change, ChangeKind, Diff, Matrix, OutcomeId, Presence, SumError, VantagePoint,
};
use crate::check::diff::outcome::Outcomes;
use crate::check::diff::side::{DiffSide, Point};
use crate::check::diff::transition_sums::Sums;
use crate::check::diff::vantage_view::{Both, View};

/// The two additional evaluations that distinguish causes if both network and lists changed. An evaluation is `None` if
/// it was not possible: the head's network may name something that is missing from the base's lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crossed<'s, 'a> {
    /// The head's network with the base's lists.
    pub policy_only: Option<&'s DiffSide<'a>>,
    /// The base's network with the head's lists.
    pub feed_only: Option<&'s DiffSide<'a>>,
}

/// Compares two sides. If only the network or only the lists differ, that is the cause of every change. If both
/// differ, causes are unknown; [`diff_crossed`] determines them.
///
/// # Complexity
///
/// Linear in the ranges of both sides' engines and in the prefixes of both sides' lists.
///
/// # Errors
///
/// [`SumError`] if addresses were lost or counted twice, which is a bug in peerpath.
pub fn diff(base: &DiffSide<'_>, head: &DiffSide<'_>) -> Result<Diff, SumError> {
    diff_crossed(base, head, Crossed::default())
}

/// Does the same as [`diff`], with the evaluations that distinguish causes.
///
/// # Errors
///
/// The errors of [`diff`].
pub fn diff_crossed(
    base: &DiffSide<'_>,
    head: &DiffSide<'_>,
    crossed: Crossed<'_, '_>,
) -> Result<Diff, SumError> {
    let sides = [Some(base), Some(head), crossed.policy_only, crossed.feed_only];
    let facts = Facts::of(sides.into_iter().flatten());
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
    let twice: Vec<Both<'_, '_>> = base
        .points()
        .iter()
        .filter_map(|here| Some([(base, here), (head, head.point(&here.name)?)]))
        .collect();
    let (v4, v6) = both(|| read_all::<Ipv4Addr>(&twice, &facts), || read_all::<Ipv6Addr>(&twice, &facts));
    let (mut v4, mut v6) = (v4.into_iter(), v6.into_iter());
    for here in base.points() {
        if head.point(&here.name).is_some() {
            let (v4, v6) = (v4.next().unwrap_or_default(), v6.next().unwrap_or_default());
            walk.compare(&mut found, &here.name, v4, v6);
        } else {
            walk.count(&mut found, Presence::Removed, base, here);
        }
    }
    for there in head.points().iter().filter(|there| base.point(&there.name).is_none()) {
        walk.count(&mut found, Presence::Added, head, there);
    }
    found.outcomes = walk.listed.iter().filter_map(|id| walk.outcomes.outcome(*id)).collect();
    found.check()?;
    Ok(found)
}

/// Whether both sides use the same editions of the lists.
fn same_lists(base: &DiffSide<'_>, head: &DiffSide<'_>) -> bool {
    let (base, head) = (base.inputs().catalog, head.inputs().catalog);
    let hashes = |catalog: &Catalog| -> Vec<String> {
        catalog.sources().iter().map(|source| source.sha256.clone()).collect()
    };
    std::ptr::eq(base, head) || base.cloud() == head.cloud() && hashes(base) == hashes(head)
}

/// Whether both sides are the same network in the same state: file, tables and links.
fn same_network(base: &DiffSide<'_>, head: &DiffSide<'_>) -> bool {
    let (base, head) = (base.inputs(), head.inputs());
    let same_file = base.network.source.text() == head.network.source.text();
    same_file && base.links == head.links && same_tables(base, head)
}

/// Whether the tables of routes that two equal files name have the same content.
fn same_tables(base: Inputs<'_>, head: Inputs<'_>) -> bool {
    let same = |was: &RoutingTable, is: &RoutingTable| {
        let (of_was, of_is) = (was.attributes(), is.attributes());
        let equal = |((prefix, was), (other, is)): ((_, _), (_, _))| {
            prefix == other && of_was.get(was) == of_is.get(is)
        };
        std::ptr::eq(was, is) || was.len() == is.len() && was.iter().zip(is.iter()).all(equal)
    };
    RoutingTables::wanted(base.network).into_iter().all(|written| {
        match (base.tables.get(written), head.tables.get(written)) {
            (Some(was), Some(is)) => same(was, is),
            (was, is) => was.is_none() && is.is_none(),
        }
    })
}

struct Walk<'s, 'a> {
    crossed: Crossed<'s, 'a>,
    same_lists: bool,
    same_network: bool,
    outcomes: Outcomes,
    facts: &'s Facts<'s, 'a>,
    /// The outcomes used by at least one change, in the order of [`Diff::outcomes`].
    listed: Vec<u32>,
    listed_as: HashMap<u32, OutcomeId, FixedState>,
}

/// The outcomes of both sides for a range, and the cause of the difference.
type Pair = (u32, u32, Cause);

impl<'s, 'a: 's> Walk<'s, 'a> {
    /// Compares a vantage point that exists on both sides.
    fn compare(
        &mut self,
        found: &mut Diff,
        name: &str,
        v4: Vec<OfStretch<Ipv4Addr>>,
        v6: Vec<OfStretch<Ipv6Addr>>,
    ) {
        found.vantages.push(VantagePoint { name: name.to_owned(), presence: Presence::Both });
        self.compare_family(found, name, v4);
        self.compare_family(found, name, v6);
    }

    fn compare_family<A: Address>(&mut self, found: &mut Diff, name: &str, read: Vec<OfStretch<A>>) {
        let vantage = found.vantages.len().saturating_sub(1);
        let (sums, different) = self.join(read);
        for (range, pair) in self.with_causes(different, name) {
            self.list(found, vantage, range, pair);
        }
        found.matrices.push(Matrix { vantage, family: A::FAMILY, cells: sums.finish() });
    }

    /// Counts the addresses of a vantage point that exists on one side only.
    fn count(&mut self, found: &mut Diff, presence: Presence, side: &'s DiffSide<'a>, point: &'s Point) {
        found.vantages.push(VantagePoint { name: point.name.clone(), presence });
        self.count_family::<Ipv4Addr>(found, presence, side, point);
        self.count_family::<Ipv6Addr>(found, presence, side, point);
    }

    fn count_family<A: Address>(
        &mut self,
        found: &mut Diff,
        presence: Presence,
        side: &'s DiffSide<'a>,
        point: &'s Point,
    ) {
        let vantage = found.vantages.len().saturating_sub(1);
        let only = View::<A>::new(side, point, self.facts).map(|view| view.all(&mut self.outcomes));
        let mut sums = Sums::default();
        for (range, id) in only.iter().flat_map(Partition::iter) {
            let path = Some(self.outcomes.path(*id));
            let cell = match presence {
                Presence::Removed => (ChangeKind::Removed, path, None),
                Presence::Added | Presence::Both => (ChangeKind::Added, None, path),
            };
            sums.add(cell, range.count());
        }
        found.matrices.push(Matrix { vantage, family: A::FAMILY, cells: sums.finish() });
    }

    /// Joins stretches in order, converting their ids to common ids.
    fn join<A: Address>(&mut self, read: Vec<OfStretch<A>>) -> (Sums, Ranges<A, (u32, u32)>) {
        let (mut sums, mut different) = (Sums::default(), Ranges::default());
        for chunk in read {
            sums.join(&chunk.sums);
            let mut known = HashMap::default();
            for (range, (was, is)) in chunk.different.0 {
                let mut adopt = |id| self.outcomes.adopt(&chunk.outcomes, id, &mut known);
                different.push(range, (adopt(was), adopt(is)));
            }
        }
        (sums, different)
    }

    /// Adds the causes to ranges, using the two additional evaluations if both network and lists changed.
    fn with_causes<A: Address>(
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
        let mut crossed = |side: Option<&'s DiffSide<'a>>| {
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

    /// Returns which of the two changes, network or lists, is sufficient to produce the head's outcome. For a move,
    /// only the path is compared; otherwise, the whole outcome is.
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

    fn list<A: Address>(&mut self, found: &mut Diff, vantage: usize, range: AddressRange<A>, pair: Pair) {
        let (was, is, cause) = pair;
        let kind = kind(self.outcomes.path(was), self.outcomes.path(is), was == is);
        let (from, to) = (self.listed(was), self.listed(is));
        found.changes.push(Change { vantage, range: range.into(), kind, from, to, cause });
    }

    fn listed(&mut self, id: u32) -> OutcomeId {
        let next = OutcomeId(u32::try_from(self.listed.len()).unwrap_or(u32::MAX));
        *self.listed_as.entry(id).or_insert_with(|| {
            self.listed.push(id);
            next
        })
    }
}
