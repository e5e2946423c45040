//! Resources that a plan or a template declares, of one side of its change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::unknown::Unknowns;

/// Resources of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    /// Resources with `id`, `name`, `type`; children stand by themselves.
    pub(super) resources: Vec<Value>,
    /// The address of each, by its id in small letters.
    pub(super) addresses: BTreeMap<String, String>,
    /// As `addresses`, those to be changed only.
    pub(super) changed: BTreeMap<String, String>,
    /// The ids of subnets that get a NAT gateway apart from them.
    pub(super) nat_subnets: Vec<String>,
    /// Settings that nothing is known of, with how many resources have them.
    pub(super) unknown: BTreeMap<String, u64>,
    /// The route tables of subnets that are said apart from them.
    pub(super) associations: Vec<Association>,
    /// The ids, in small letters, of children and associations that are to go, wherever they still show.
    pub(super) gone: BTreeSet<String>,
    /// The addresses of what is said to change nothing, wherever it belongs.
    pub(super) accepted: BTreeSet<String>,
    /// Those of them that stood for something unknown in the reading.
    pub(super) settled: BTreeSet<String>,
}

impl Declared {
    /// Whether a resource has this address.
    pub(super) fn has(&self, address: &str) -> bool {
        self.addresses.values().any(|known| known == address)
            || self.associations.iter().any(|known| known.address == address)
    }

    /// Takes what is assumed of whole resources to mean that they move no path; gives the first assumption
    /// that is of no resource of these sides.
    pub(super) fn accept(sides: &mut [&mut Self], told: &Unknowns) -> Option<String> {
        for side in &mut *sides {
            let here = |place: &&String| side.has(place);
            let settled = told.used.iter().filter(here).cloned().collect::<Vec<_>>();
            side.accepted.extend(told.idle.iter().filter(here).cloned().collect::<Vec<_>>());
            side.accepted.extend(settled.iter().cloned());
            side.settled.extend(settled);
        }
        told.idle.iter().find(|place| !sides.iter().any(|side| side.accepted.contains(*place))).cloned()
    }
}

/// A subnet's route table.
#[derive(Clone, Debug)]
pub(super) struct Association {
    pub(super) address: String,
    pub(super) subnet: String,
    pub(super) table: String,
    pub(super) changed: bool,
}
