//! Groups of changed ranges, with the path before and after and the minimal set of prefixes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::addr::{AddressCount, Family, IpPrefix, IpRange};
use crate::engine::Disposition;

use super::model::{Cause, Change, ChangeKind, Diff, OutcomeId};
use super::outcome::{AddressOutcome, Aspect};

/// A path with its circuits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarriedPath {
    /// The path.
    pub path: Disposition,
    /// The circuits, by name.
    pub circuits: Vec<String>,
}

impl CarriedPath {
    /// Returns the path and circuits of an outcome.
    pub fn of(outcome: &AddressOutcome) -> Self {
        Self { path: outcome.path, circuits: outcome.circuits.clone() }
    }
}

impl fmt::Display for CarriedPath {
    /// Formats the path, such as `microsoft-peering via er-ams`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path.word())?;
        if self.circuits.is_empty() { Ok(()) } else { write!(f, " via {}", self.circuits.join(", ")) }
    }
}

/// Changes from one vantage point and in one family with the same paths before and after and the same cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Index into [`Diff::vantages`].
    pub vantage: usize,
    /// The family.
    pub family: Family,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The path in the base.
    pub from: CarriedPath,
    /// The path in the head.
    pub to: CarriedPath,
    /// The cause.
    pub cause: Cause,
    /// For changes other than moves: the aspects in which the sides differ, with the value on each side. The prefix of
    /// a route is listed without its value; otherwise, every prefix would be a separate group.
    pub differs: Vec<(Aspect, String, String)>,
    /// Indices into [`Diff::changes`], ascending.
    pub changes: Vec<usize>,
    /// The minimal set of prefixes that contains exactly these addresses, ascending.
    pub prefixes: Vec<IpPrefix>,
    /// The number of addresses in the group.
    pub addresses: AddressCount,
}

/// The key that distinguishes groups, in sort order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    vantage: usize,
    kind: ChangeKind,
    family: Family,
    from: CarriedPath,
    to: CarriedPath,
    cause: Cause,
    differs: Vec<(Aspect, String, String)>,
}

impl Diff {
    /// Groups the changes by vantage point, kind, family, path before and after, and cause.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of changes.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        let mut known: HashMap<(usize, Family, ChangeKind, OutcomeId, OutcomeId, Cause), Key> =
            HashMap::new();
        for (index, change) in self.changes.iter().enumerate() {
            let same =
                (change.vantage, change.range.family(), change.kind, change.from, change.to, change.cause);
            let key = known.entry(same).or_insert_with(|| self.key(change));
            match groups.get_mut(key) {
                Some(group) => group.push(index),
                None => drop(groups.insert(key.clone(), vec![index])),
            }
        }
        groups.into_iter().map(|(key, changes)| self.group(key, changes)).collect()
    }

    /// Returns the ranges in a group in ascending order, with adjacent ranges joined.
    pub fn ranges(&self, group: &Group) -> Vec<IpRange> {
        joined(group.changes.iter().filter_map(|index| Some(self.changes.get(*index)?.range)))
    }

    fn key(&self, change: &Change) -> Key {
        let (from, to) = (self.outcome(change.from), self.outcome(change.to));
        let differs = if change.kind == ChangeKind::Move { Vec::new() } else { from.differs(to) };
        let values = |aspect: Aspect| match aspect {
            Aspect::Prefix => (aspect, String::new(), String::new()),
            aspect => (aspect, aspect.of(from), aspect.of(to)),
        };
        Key {
            vantage: change.vantage,
            kind: change.kind,
            family: change.range.family(),
            from: CarriedPath::of(from),
            to: CarriedPath::of(to),
            cause: change.cause,
            differs: differs.into_iter().map(values).collect(),
        }
    }

    fn group(&self, key: Key, changes: Vec<usize>) -> Group {
        let ranges = joined(changes.iter().filter_map(|index| Some(self.changes.get(*index)?.range)));
        let Key { vantage, kind, family, from, to, cause, differs } = key;
        Group {
            vantage,
            family,
            kind,
            from,
            to,
            cause,
            differs,
            changes,
            prefixes: ranges.iter().flat_map(|range| range.prefixes()).collect(),
            addresses: ranges.iter().map(|range| range.count()).sum(),
        }
    }
}

/// Joins adjacent ranges of an ascending sequence, so that the number of prefixes is minimal.
fn joined(ranges: impl Iterator<Item = IpRange>) -> Vec<IpRange> {
    let mut all: Vec<IpRange> = Vec::new();
    for range in ranges {
        match all.last_mut().and_then(|last| Some((last.joined(range)?, last))) {
            Some((whole, last)) => *last = whole,
            None => all.push(range),
        }
    }
    all
}
