//! What must never touch the internet, and how much of it there was on each path.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::fate::PathLabel;
use super::ledger::Volume;
use super::scenario::Compliance;
use crate::catalog::{Catalog, RecordId};

/// The compliance scope of a scenario, with what was counted of it.
#[derive(Debug, Default)]
pub(super) struct Scope {
    compliance: Compliance,
    /// By record of the lists, of the catalog at this address.
    known: HashMap<(usize, Option<RecordId>), bool, foldhash::fast::FixedState>,
    pub(super) sums: BTreeMap<PathLabel, (u64, Volume)>,
}

impl Scope {
    pub(super) fn new(compliance: Compliance) -> Self {
        Self { compliance, ..Self::default() }
    }

    /// Whether a remote end is in it.
    pub(super) fn holds(&mut self, catalog: &Catalog, remote: IpAddr) -> bool {
        if self.compliance.prefixes.iter().any(|prefix| prefix.contains(remote)) {
            return true;
        }
        if self.compliance.tags.is_empty() && self.compliance.communities.is_empty() {
            return false;
        }
        let compliance = &self.compliance;
        *self.known.entry((std::ptr::from_ref(catalog).addr(), catalog.record(remote))).or_insert_with(|| {
            let lookup = catalog.lookup(remote);
            lookup.tags.iter().any(|entry| compliance.tags.contains(&entry.tag.name))
                || lookup.communities.iter().any(|entry| compliance.communities.contains(&entry.community))
        })
    }

    /// Counts a conversation on a path.
    pub(super) fn count_flow(&mut self, path: PathLabel) {
        self.sums.entry(path).or_default().0 += 1;
    }

    /// Counts traffic on a path.
    pub(super) fn count(&mut self, path: PathLabel, volume: Volume) {
        self.sums.entry(path).or_default().1 += volume;
    }
}
