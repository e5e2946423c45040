//! What an outcome has that no decision says: what the lists add, and whose address it is.

use std::cell::Cell;
use std::net::IpAddr;

use crate::addr::Partition;
use crate::catalog::{Catalog, Lookup, RecordId};
use crate::engine::{ReturnDestination, SupportVerdict, Vantage, support};
use crate::network::{Network, SiteId};

use super::family::InFamily;

/// What the lists add to a decision, record by record.
pub(super) struct Facts<'a> {
    pub(super) catalog: &'a Catalog,
    known: Vec<Cell<Option<Fact>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fact {
    pub(super) support: SupportVerdict,
    pub(super) destination: ReturnDestination,
}

impl<'a> Facts<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        Self { catalog, known: vec![Cell::new(None); catalog.record_count()] }
    }

    /// Of a record; of what no list holds in the family of `any` without one.
    pub(super) fn at(&self, record: Option<RecordId>, any: IpAddr) -> Fact {
        let catalog = self.catalog;
        let fact = |lookup: &Lookup<'_>| Fact {
            support: support(lookup).verdict,
            destination: ReturnDestination::of(catalog, any, lookup),
        };
        let Some(record) = record else { return fact(&Lookup::default()) };
        let known = self.known.get(catalog.record_index(record));
        known.and_then(Cell::get).unwrap_or_else(|| {
            let new = fact(&catalog.lookup_record(record));
            if let Some(known) = known {
                known.set(Some(new));
            }
            new
        })
    }
}

/// The site that each address belongs to, as far as the way back asks for it: only answers to a virtual network
/// depend on it. Of several sites the first counts.
pub(super) fn owners<A: InFamily>(network: &Network, vantage: Vantage) -> Partition<A, Option<SiteId>> {
    let mut owned = Partition::uniform(None);
    if let Vantage::Subnet(..) = vantage {
        for (id, site) in network.sites_with_ids().rev() {
            let own = site.prefixes.iter().filter_map(|prefix| Some((A::prefix(prefix.value)?, true)));
            let own = Partition::from_lpm(own, false);
            owned = owned.zip_with(&own, |behind, own| if *own { Some(id) } else { *behind });
        }
    }
    owned
}
