//! The comparison: outcomes of both sides as partitions of numbers, and one linear merge of these.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::addr::{Address, AddressCount, AddressRange, Partition};
use crate::catalog::Catalog;
use crate::engine::{Disposition, Inputs, ReturnDestination, RouteTable, RouteTables, return_at};

use super::facts::{Facts, owners};
use super::family::InFamily;
use super::model::{
    Cause, Change, ChangeKind, Diff, Matrix, OutcomeId, Presence, SumError, Transition, VantagePoint,
};
use super::outcome::{Key, Outcomes, is_unknown};
use super::route::{manner, way_back};
use super::side::{Point, Side};

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
    facts: Vec<Facts<'s>>,
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
                let was = self.outcomes_at::<A>(base, here);
                let is = self.outcomes_at::<A>(head, there);
                let pairs = self.with_causes(&was, &is, &here.name);
                self.list(found, vantage, &pairs)
            }
            ((side, Some(point)), _) | (_, (side, Some(point))) => {
                let removed = head.1.is_none();
                let only = self.outcomes_at::<A>(side, point);
                let key = |path| {
                    if removed {
                        (ChangeKind::Removed, Some(path), None)
                    } else {
                        (ChangeKind::Added, None, Some(path))
                    }
                };
                count(only.iter().map(|(range, id)| (range, key(self.outcomes.path(*id)))))
            }
            _ => Vec::new(),
        };
        found.matrices.push(Matrix { vantage, family: A::FAMILY, cells });
    }

    /// Every range with its cause: by the two further evaluations where both network and lists changed.
    fn with_causes<A: InFamily>(
        &mut self,
        was: &Partition<A, u32>,
        is: &Partition<A, u32>,
        name: &str,
    ) -> Partition<A, Pair> {
        let single = match (self.same_network, self.same_lists) {
            (true, false) => Some(Cause::Feed),
            (_, true) => Some(Cause::Policy),
            (false, false) => None,
        };
        let Crossed { policy_only, feed_only } = self.crossed;
        let mut crossed = |side: Option<&'s Side<'a>>| {
            let side = side.filter(|_| single.is_none())?;
            side.point(name).map(|point| self.outcomes_at::<A>(side, point))
        };
        let (policy_only, feed_only) = (crossed(policy_only), crossed(feed_only));
        let (Some(policy_only), Some(feed_only)) = (policy_only, feed_only) else {
            let cause = single.unwrap_or(Cause::Untold);
            return was.zip_with(is, |was, is| {
                let cause = if was == is { Cause::Nothing } else { cause };
                (*was, *is, cause)
            });
        };
        let alone = policy_only.zip_with(&feed_only, |policy, feed| (*policy, *feed));
        let pairs = was.zip_with(is, |was, is| (*was, *is));
        pairs.zip_with(&alone, |(was, is), (policy, feed)| (*was, *is, self.cause(*was, *is, *policy, *feed)))
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

    /// Lists what is not unchanged, and counts everything.
    fn list<A: InFamily>(
        &mut self,
        found: &mut Diff,
        vantage: usize,
        pairs: &Partition<A, Pair>,
    ) -> Vec<Transition> {
        for (range, (was, is, cause)) in pairs.iter() {
            let kind = kind(self.outcomes.path(*was), self.outcomes.path(*is), was == is);
            if kind != ChangeKind::Unchanged {
                let (from, to) = (self.listed(*was), self.listed(*is));
                found.changes.push(Change { vantage, range: A::range(range), kind, from, to, cause: *cause });
            }
        }
        count(pairs.iter().map(|(range, (was, is, _))| {
            let (from, to) = (self.outcomes.path(*was), self.outcomes.path(*is));
            (range, (kind(from, to, was == is), Some(from), Some(to)))
        }))
    }

    fn listed(&mut self, id: u32) -> OutcomeId {
        let next = OutcomeId(u32::try_from(self.listed.len()).unwrap_or(u32::MAX));
        *self.listed_as.entry(id).or_insert_with(|| {
            self.listed.push(id);
            next
        })
    }

    /// What a side says of every address: the decision there, and what its list record adds to it.
    fn outcomes_at<A: InFamily>(&mut self, side: &'s Side<'a>, point: &'s Point) -> Partition<A, u32> {
        let inputs = side.inputs();
        let catalog = inputs.catalog;
        let known = self.facts.iter().position(|facts| std::ptr::eq(facts.catalog, catalog));
        let facts = known.unwrap_or_else(|| {
            self.facts.push(Facts::of(catalog));
            self.facts.len() - 1
        });
        let Some(facts) = self.facts.get_mut(facts) else { return Partition::uniform(0) };
        let outcomes = &mut self.outcomes;
        // Decisions share their reasons, so the address of a reason stands for it while this engine lives.
        let mut manners: HashMap<(usize, Disposition), u32, foldhash::fast::FixedState> = HashMap::default();
        let mut backs: HashMap<(usize, Disposition, ReturnDestination), u32, foldhash::fast::FixedState> =
            HashMap::default();
        let owned = owners::<A>(inputs.network, point.vantage);
        let records = A::cover(catalog).partition().zip_with(&owned, |node, owner| (*node, *owner));
        A::decisions(&point.engine).zip_with(&records, |id, (node, owner)| {
            let decision = point.engine.decision(*id);
            let fact = facts.at(node.map(A::record), A::MIN.into());
            let destination = fact.destination.owned_by(*owner);
            let (why, path) = (Arc::as_ptr(&decision.why).addr(), decision.disposition);
            let manner = *manners.entry((why, path)).or_insert_with(|| {
                outcomes.manners.intern(manner(inputs, point.engine.sessions(), decision))
            });
            let way_back = *backs.entry((why, path, destination)).or_insert_with(|| {
                let sessions = point.engine.sessions();
                let back = return_at(inputs, point.vantage, destination, decision, sessions);
                outcomes.ways_back.intern(back.map(|back| way_back(inputs, &back)))
            });
            outcomes.keys.intern(Key { manner, prefix: decision.prefix, way_back, support: fact.support })
        })
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

/// Counts ranges by cell.
fn count<A: Address>(
    ranges: impl Iterator<Item = (AddressRange<A>, (ChangeKind, Option<Disposition>, Option<Disposition>))>,
) -> Vec<Transition> {
    let order =
        |path: Option<Disposition>| Disposition::ALL.into_iter().position(|other| Some(other) == path);
    let mut cells: BTreeMap<_, Transition> = BTreeMap::new();
    for (range, (kind, from, to)) in ranges {
        let empty = Transition { from, to, kind, addresses: AddressCount::ZERO };
        let cell = cells.entry((kind, order(from), order(to))).or_insert(empty);
        cell.addresses = cell.addresses + range.count();
    }
    cells.into_values().collect()
}
