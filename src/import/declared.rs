//! Resources that a plan or a template declares on one side of its change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::unknown::Unknowns;

/// The resources on one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    /// Resources with `id`, `name`, `type`; children are separate resources.
    pub(super) resources: Vec<Value>,
    /// The address of each resource, by its id in lower case.
    pub(super) addresses: BTreeMap<String, String>,
    /// Like `addresses`, for changed resources only.
    pub(super) changed: BTreeMap<String, String>,
    /// The ids of subnets that get a NAT gateway through a separate association.
    pub(super) nat_subnets: Vec<String>,
    /// Settings that peerpath does not know, each with the number of resources that have it.
    pub(super) unknown: BTreeMap<String, u64>,
    /// The separately declared associations of subnets with route tables.
    pub(super) associations: Vec<Association>,
    /// The ids, in lower case, of deleted children and associations, which must be removed wherever they still
    /// appear.
    pub(super) gone: BTreeSet<String>,
    /// The addresses of resources that are assumed to change no path.
    pub(super) accepted: BTreeSet<String>,
    /// The accepted addresses whose assumption replaced an unknown value.
    pub(super) settled: BTreeSet<String>,
}

impl Declared {
    /// Returns whether a resource has this address.
    pub(super) fn has(&self, address: &str) -> bool {
        self.addresses.values().any(|known| known == address)
            || self.associations.iter().any(|known| known.address == address)
    }

    /// Accepts assumptions about whole resources. Such an assumption means that the resource changes no path. Returns
    /// the first assumption that matches no resource on any of the sides.
    pub(super) fn accept(sides: &mut [&mut Self], unknowns: &Unknowns) -> Option<String> {
        for side in &mut *sides {
            let here = |place: &&String| side.has(place);
            let settled = unknowns.used.iter().filter(here).cloned().collect::<Vec<_>>();
            side.accepted.extend(unknowns.idle.iter().filter(here).cloned().collect::<Vec<_>>());
            side.accepted.extend(settled.iter().cloned());
            side.settled.extend(settled);
        }
        unknowns.idle.iter().find(|place| !sides.iter().any(|side| side.accepted.contains(*place))).cloned()
    }
}

/// A separately declared association of a subnet with a route table.
#[derive(Clone, Debug)]
pub(super) struct Association {
    pub(super) address: String,
    pub(super) subnet: String,
    pub(super) table: String,
    pub(super) changed: bool,
}
