//! The addresses that a check covers.

use crate::addr::special;
use crate::addr::{Address, AddressSet, IpPrefix, IpSet, Partition, Prefix};
use crate::catalog::{Catalog, CatalogEntry};
use crate::engine::service_name;
use crate::fib::CoverTable;

/// Addresses with the text that describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The addresses.
    pub set: IpSet,
    /// The text, such as ``tag `Sql.WestEurope` and region `westeurope` ``.
    pub text: String,
}

impl Scope {
    /// Returns every address in both families.
    pub fn all() -> Self {
        Self { set: IpSet::all(), text: "all addresses".to_owned() }
    }

    /// Returns the union of the given prefixes.
    pub fn of_prefixes<'p>(prefixes: impl IntoIterator<Item = &'p IpPrefix>, text: String) -> Self {
        Self { set: IpSet::from_prefixes(prefixes.into_iter().copied()), text }
    }

    /// Returns the addresses that are attributed to one of the services.
    ///
    /// # Complexity
    ///
    /// One lookup for each distinct prefix in the catalog.
    pub(super) fn of_services(catalog: &Catalog, services: &[&str], text: String) -> Self {
        let v4 = of_services(catalog, catalog.cover4(), services, |prefix| match prefix {
            IpPrefix::V4(prefix) => Some(prefix),
            IpPrefix::V6(_) => None,
        });
        let v6 = of_services(catalog, catalog.cover6(), services, |prefix| match prefix {
            IpPrefix::V4(_) => None,
            IpPrefix::V6(prefix) => Some(prefix),
        });
        Self { set: IpSet { v4, v6 }, text }
    }

    /// Returns the addresses in both scopes.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { set: self.set.intersection(&other.set), text: format!("{} and {}", self.text, other.text) }
    }

    /// Returns the addresses in either scope.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self { set: self.set.union(&other.set), text: format!("{} or {}", self.text, other.text) }
    }

    /// Returns the addresses in this scope that are not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self { set: self.set.difference(&other.set), text: format!("{} without {}", self.text, other.text) }
    }
}

fn of_services<A: Address + Into<std::net::IpAddr>>(
    catalog: &Catalog,
    cover: &CoverTable<A, CatalogEntry>,
    services: &[&str],
    of: impl Fn(IpPrefix) -> Option<Prefix<A>>,
) -> AddressSet<A> {
    // The service name depends on the catalog records that contain the address and on its special-purpose block. Both
    // are constant within each range of the common refinement.
    let blocks = special::blocks().iter().enumerate();
    let blocks = blocks.filter_map(|(index, block)| Some((of(block.prefix)?, Some(index))));
    let blocks = Partition::from_lpm(blocks, None);
    let pairs = cover.partition().zip_with(&blocks, |record, block| (*record, *block));
    let wanted = pairs.iter().filter(|(range, _)| {
        let address = range.first().into();
        services.contains(&service_name(address, &catalog.lookup(address)).as_str())
    });
    AddressSet::from_prefixes(wanted.flat_map(|(range, _)| range.prefixes()))
}
