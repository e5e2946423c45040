//! The prefixes of all records as tables, one per family, built when that saves time.
//!
//! Building a table takes as long as reading the lists. A lookup by address needs the table of only one
//! family, a query by name needs no table, and for a few addresses it is faster to scan every prefix. So the
//! first queries to a catalog scan all prefixes, and the table is built for later queries.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Catalog, CatalogEntry, Lookup};
use crate::addr::{Address, IpPrefix, PerFamily, Prefix};
use crate::fib::CoverTable;

/// The table of a family, and how many addresses were looked up without it.
#[derive(Debug)]
pub(super) struct Cover<A: Address> {
    table: OnceLock<CoverTable<A, CatalogEntry>>,
    without: AtomicU32,
}

/// The number of addresses looked up before the table is built. A scan takes a tenth of the time of building
/// a table.
const WITHOUT: u32 = 4;

impl<A: Address> Cover<A> {
    /// Returns whether another address may be looked up without the table, and counts that lookup.
    fn is_not_worth_it(&self) -> bool {
        self.table.get().is_none() && self.without.fetch_add(1, Ordering::Relaxed) < WITHOUT
    }
}

struct Covers<'c>(PhantomData<&'c ()>);

impl<'c> PerFamily for Covers<'c> {
    type Of<A: Address> = &'c Cover<A>;
}

impl<A: Address> Default for Cover<A> {
    fn default() -> Self {
        Self { table: OnceLock::new(), without: AtomicU32::new(0) }
    }
}

impl<A: Address> Clone for Cover<A> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), without: AtomicU32::new(self.without.load(Ordering::Relaxed)) }
    }
}

impl Catalog {
    /// Returns every IPv4 prefix with its records and the cover relation. The entries for one prefix are
    /// ordered: tags, then sets, then routes.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of IPv4 prefixes at the first call for a catalog, `O(1)` afterwards.
    pub fn cover4(&self) -> &CoverTable<Ipv4Addr, CatalogEntry> {
        self.cover()
    }

    /// Works like [`Self::cover4`], for IPv6.
    pub fn cover6(&self) -> &CoverTable<Ipv6Addr, CatalogEntry> {
        self.cover()
    }

    /// Works like [`Self::cover4`], for the family of `A`.
    pub(crate) fn cover<A: Address>(&self) -> &CoverTable<A, CatalogEntry> {
        let cover: &Cover<A> = A::choose::<Covers<'_>>(&self.v4, &self.v6);
        cover.table.get_or_init(|| self.listed(|prefix| prefix.of_family()))
    }

    /// Returns everything that contains `address`.
    ///
    /// # Complexity
    ///
    /// `O(log n)` plus the size of the result; linear for the first few addresses while there is no table.
    pub fn lookup(&self, address: IpAddr) -> Lookup<'_> {
        match address {
            IpAddr::V4(address) if self.v4.is_not_worth_it() => self.scan(address),
            IpAddr::V6(address) if self.v6.is_not_worth_it() => self.scan(address),
            _ => self.record(address).map(|record| self.lookup_record(record)).unwrap_or_default(),
        }
    }

    /// Looks up an address in a table that is built from only the prefixes that contain it. The result is the
    /// same as with the full table.
    fn scan<A: Address>(&self, address: A) -> Lookup<'_> {
        let table =
            self.listed(|prefix| prefix.of_family().filter(|prefix: &Prefix<A>| prefix.contains(address)));
        table.node_at(address).map(|node| self.gather(table.chain(node))).unwrap_or_default()
    }

    /// Builds a table of the records whose prefixes `wanted` selects.
    fn listed<A: Address>(
        &self,
        wanted: impl Fn(&IpPrefix) -> Option<Prefix<A>>,
    ) -> CoverTable<A, CatalogEntry> {
        let of_tags: usize = self.tags.iter().map(|tag| tag.prefixes.len()).sum();
        let of_sets: usize = self.sets.iter().map(|set| set.prefixes.len()).sum();
        // The capacity covers both families, because unused memory costs nothing but growing a list does.
        let mut listed = Vec::with_capacity(of_tags + of_sets + self.routes.len());
        let mut add = |prefix: &IpPrefix, entry| listed.extend(wanted(prefix).map(|prefix| (prefix, entry)));
        for (index, tag) in (0_u32..).zip(&self.tags) {
            tag.prefixes.iter().for_each(|prefix| add(prefix, CatalogEntry::Tag(index)));
        }
        for (index, set) in (0_u32..).zip(&self.sets) {
            set.prefixes.iter().for_each(|prefix| add(prefix, CatalogEntry::EndpointSet(index)));
        }
        for (index, route) in (0_u32..).zip(&self.routes) {
            add(&route.prefix, CatalogEntry::Route(index));
        }
        CoverTable::build(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Cloud;

    #[test]
    fn a_look_at_every_prefix_agrees_with_the_table() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let starts4 = catalog.cover4().partition().starts();
        for address in starts4.iter().step_by(starts4.len() / 40) {
            for address in [*address, Ipv4Addr::from_bits(address.to_bits().wrapping_sub(1))] {
                assert_eq!(catalog.scan(address), catalog.lookup(address.into()), "{address}");
            }
        }
        let starts6 = catalog.cover6().partition().starts();
        for address in starts6.iter().step_by(starts6.len() / 40) {
            for address in [*address, Ipv6Addr::from_bits(address.to_bits().wrapping_sub(1))] {
                assert_eq!(catalog.scan(address), catalog.lookup(address.into()), "{address}");
            }
        }
    }

    #[test]
    fn a_table_is_made_for_many_addresses() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        for count in 0..=WITHOUT {
            assert!(catalog.v4.table.get().is_none(), "{count}");
            catalog.lookup(Ipv4Addr::from_bits(count).into());
        }
        assert!(catalog.v4.table.get().is_some() && catalog.v6.table.get().is_none());
    }
}
