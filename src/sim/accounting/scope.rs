//! Traffic that must never use the internet, and the amount of such traffic on each path.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::catalog::{Catalog, Product, RecordId};
use crate::rib::Community;
use crate::sim::accounting::fate::PathLabel;
use crate::sim::scenario::RemoteEnds;
use crate::sim::volumes::Count;

/// The compliance scope of a scenario, with the traffic counted in it.
#[derive(Debug, Default)]
pub(in crate::sim) struct Scope {
    compliance: RemoteEnds,
    /// The entries by the memory address of the catalog and the list record.
    known: HashMap<(usize, Option<RecordId>), Option<usize>, foldhash::fast::FixedState>,
    pub(in crate::sim) sums: BTreeMap<PathLabel, Count>,
}

impl Scope {
    pub(in crate::sim) fn new(compliance: RemoteEnds) -> Self {
        Self { compliance, ..Self::default() }
    }

    /// Returns whether a remote end is in the scope.
    pub(in crate::sim) fn holds(&mut self, catalog: &Catalog, remote: IpAddr) -> bool {
        self.entry(catalog, remote).is_some()
    }

    /// Returns the first entry that contains a remote end, in the order of [`RemoteEnds::entry`].
    pub(in crate::sim) fn entry(&mut self, catalog: &Catalog, remote: IpAddr) -> Option<usize> {
        let compliance = &self.compliance;
        if let Some(index) = compliance.prefixes.iter().position(|prefix| prefix.contains(remote)) {
            return Some(index);
        }
        if compliance.prefixes.len() == compliance.len() {
            return None;
        }
        *self.known.entry((std::ptr::from_ref(catalog).addr(), catalog.record(remote))).or_insert_with(|| {
            let lookup = catalog.lookup(remote);
            let tagged = |name: &String| lookup.tags.iter().any(|entry| entry.tag.name == *name);
            let carried =
                |value: &Community| lookup.communities.iter().any(|entry| entry.community == *value);
            let (prefixes, tags) = (compliance.prefixes.len(), compliance.tags.len());
            let communities = compliance.communities.len();
            let tag = compliance.tags.iter().position(tagged).map(|index| prefixes + index);
            let community = || compliance.communities.iter().position(carried);
            let owned = |product: &&'static Product<'static>| {
                let platforms = catalog.platforms_of(product);
                let owns = |owner: Option<&Product<'static>>| {
                    owner.is_some_and(|owner| platforms.iter().any(|one| one.id == owner.id))
                };
                let mut sets = lookup.endpoint_sets.iter();
                sets.any(|entry| owns(entry.product)) || lookup.tags.iter().any(|entry| owns(entry.product))
            };
            let product = || compliance.products.iter().position(owned);
            tag.or_else(|| community().map(|index| prefixes + tags + index))
                .or_else(|| product().map(|index| prefixes + tags + communities + index))
        })
    }

    /// Counts traffic on a path.
    pub(in crate::sim) fn add(&mut self, path: PathLabel, count: Count) {
        self.sums.entry(path).or_default().merge(count);
    }
}
