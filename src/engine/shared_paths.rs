//! The paths of a set of addresses, with the number of addresses on each.

use std::collections::BTreeMap;

use crate::addr::{Address, AddressCount, AddressSet, IpSet, Partition};
use crate::engine::compile::Engine;
use crate::engine::decision::{DecisionId, Disposition};
use crate::network::CircuitId;

/// A path that is shared by some addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedPath {
    /// The path.
    pub disposition: Disposition,
    /// The circuits that carry packets on this path. If there are several, they have equal cost.
    pub circuits: Vec<CircuitId>,
    /// The number of addresses with this path, for IPv4 and for IPv6.
    pub counts: [AddressCount; 2],
}

/// The path of a set of addresses in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathVerdict {
    /// All addresses have this path. The circuits may differ.
    One(Disposition),
    /// The addresses have different paths.
    Mixed,
    /// There are no addresses.
    Unknown,
}

impl PathVerdict {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::One(disposition) => disposition.word(),
            Self::Mixed => "mixed",
            Self::Unknown => Disposition::Unknown.word(),
        }
    }
}

/// Returns the path of all addresses in one word.
pub fn path_verdict(paths: &[SharedPath]) -> PathVerdict {
    let mut all = paths.iter().map(|path| path.disposition);
    let Some(first) = all.next() else { return PathVerdict::Unknown };
    if all.all(|other| other == first) { PathVerdict::One(first) } else { PathVerdict::Mixed }
}

/// Returns the paths to addresses, in the order of reports.
///
/// # Complexity
///
/// Linear in the number of the engine's ranges that contain any of the addresses.
pub fn paths_of(engine: &Engine, addresses: &IpSet) -> Vec<SharedPath> {
    let mut sums = Sums::new();
    add(engine, engine.partition4(), &addresses.v4, 0, &mut sums);
    add(engine, engine.partition6(), &addresses.v6, 1, &mut sums);
    let mut all: Vec<SharedPath> = sums
        .into_iter()
        .map(|((disposition, circuits), counts)| SharedPath { disposition, circuits, counts })
        .collect();
    let order = |path: &SharedPath| Disposition::ALL.iter().position(|one| *one == path.disposition);
    all.sort_by_key(order);
    all
}

type Sums = BTreeMap<(Disposition, Vec<CircuitId>), [AddressCount; 2]>;

fn add<A: Address>(
    engine: &Engine,
    partition: &Partition<A, DecisionId>,
    addresses: &AddressSet<A>,
    family: usize,
    sums: &mut Sums,
) {
    for range in addresses.ranges() {
        for (part, id) in partition.within(range) {
            let decision = engine.decision(*id);
            let key = (decision.disposition, decision.circuits().to_vec());
            let counts = sums.entry(key).or_insert([AddressCount::ZERO; 2]);
            if let Some(count) = counts.get_mut(family) {
                *count = *count + part.count();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};

    /// The sums of the paths are the sizes of the sets, and a mixed set is never one path.
    #[test]
    fn paths_add_up() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let engine = Engine::eligibility(&catalog);
        for (tag, verdict) in
            [("PowerPlatformInfra", "microsoft-peering"), ("AzureFrontDoor.Frontend", "mixed")]
        {
            let addresses = IpSet::from_prefixes(catalog.tag(tag).unwrap().prefixes.iter().copied());
            let paths = paths_of(&engine, &addresses);
            let sum = |family: usize| {
                paths
                    .iter()
                    .map(|path| path.counts[family])
                    .fold(AddressCount::ZERO, |sum, count| sum + count)
            };
            assert_eq!([sum(0), sum(1)], [addresses.v4.count(), addresses.v6.count()], "{tag}");
            let word = path_verdict(&paths).word();
            assert!(word == verdict || word == "mixed", "{tag} {word}");
        }
        assert_eq!(path_verdict(&[]), PathVerdict::Unknown);
    }
}
