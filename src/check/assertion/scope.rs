//! The addresses that a check is about.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::special;
use crate::addr::{Address, AddressSet, IpPrefix, Partition, Prefix};
use crate::catalog::{Catalog, CatalogEntry};
use crate::engine::service_name;
use crate::fib::CoverTable;

/// A set of addresses of both families, with the words that it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The IPv4 addresses.
    pub v4: AddressSet<Ipv4Addr>,
    /// The IPv6 addresses.
    pub v6: AddressSet<Ipv6Addr>,
    /// In words: ``tag `Sql.WestEurope` and region `westeurope` ``.
    pub text: String,
}

impl Scope {
    /// Every address of both families.
    pub fn all() -> Self {
        Self {
            v4: AddressSet::from_prefixes([Prefix::ALL]),
            v6: AddressSet::from_prefixes([Prefix::ALL]),
            text: "all addresses".to_owned(),
        }
    }

    /// The union of prefixes.
    pub fn of_prefixes<'p>(prefixes: impl IntoIterator<Item = &'p IpPrefix>, text: String) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            match prefix {
                IpPrefix::V4(prefix) => v4.push(*prefix),
                IpPrefix::V6(prefix) => v6.push(*prefix),
            }
        }
        Self { v4: AddressSet::from_prefixes(v4), v6: AddressSet::from_prefixes(v6), text }
    }

    /// The addresses that are counted under one of the services.
    ///
    /// # Complexity
    ///
    /// One look-up for each distinct prefix of the catalog.
    pub(super) fn of_services(catalog: &Catalog, services: &[&str], text: String) -> Self {
        Self {
            v4: of_services(catalog, catalog.cover4(), services, |prefix| match prefix {
                IpPrefix::V4(prefix) => Some(prefix),
                IpPrefix::V6(_) => None,
            }),
            v6: of_services(catalog, catalog.cover6(), services, |prefix| match prefix {
                IpPrefix::V4(_) => None,
                IpPrefix::V6(prefix) => Some(prefix),
            }),
            text,
        }
    }

    /// Whether no address is in it.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// What both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.intersection(&other.v4),
            v6: self.v6.intersection(&other.v6),
            text: format!("{} and {}", self.text, other.text),
        }
    }

    /// What either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.union(&other.v4),
            v6: self.v6.union(&other.v6),
            text: format!("{} or {}", self.text, other.text),
        }
    }

    /// What it holds and the other does not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.difference(&other.v4),
            v6: self.v6.difference(&other.v6),
            text: format!("{} without {}", self.text, other.text),
        }
    }
}

fn of_services<A: Address + Into<std::net::IpAddr>>(
    catalog: &Catalog,
    cover: &CoverTable<A, CatalogEntry>,
    services: &[&str],
    of: impl Fn(IpPrefix) -> Option<Prefix<A>>,
) -> AddressSet<A> {
    // The name follows from what holds the address and from its special-purpose block: both are constant on
    // each range of the common refinement.
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
