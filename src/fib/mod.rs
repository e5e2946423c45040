//! Floor 1: longest-prefix match (LPM), one contract and several tables.
//!
//! | table | for | changes | lookup |
//! |---|---|---|---|
//! | [`LinearTable`] | reference for tests, explanations | push | reads every route |
//! | [`TrieTable`] | routing tables that are edited; chains of covering prefixes | insert, remove | a few nodes |
//! | [`CoverTable`] | the catalog: everything that covers an address or is inside a prefix | built once | binary search |
//! | [`CompiledFib`] | the packet path | built once from a partition | 2 to 3 reads (IPv4), a few cache lines (IPv6) |
//!
//! Data flows one way: routes become a [`Partition`](crate::addr::Partition) (which route applies to which
//! address), and the partition is frozen into a [`CompiledV4`] or [`CompiledV6`]. A new kind of table is one
//! `impl Lpm`: the conformance cases and the property tests run over every implementation.
//!
//! A compiled table never changes. To replace one that others are reading, build the new table beside it and
//! swap the shared pointer. A reader clones the pointer once for many lookups, and the old table is freed
//! when its last reader drops it:
//!
//! ```
//! use std::sync::{Arc, RwLock};
//!
//! use peerpath::addr::Partition;
//! use peerpath::fib::{CompiledV4, Lpm, NextHopId};
//!
//! let table = |text: &str| {
//!     let routes = [(text.parse().unwrap(), NextHopId::new(0))];
//!     Arc::new(CompiledV4::from_partition(&Partition::from_lpm(routes, None)))
//! };
//! let shared = RwLock::new(table("192.0.2.0/24"));
//! let address = "192.0.2.1".parse().unwrap();
//! let reader = shared.read().unwrap().clone();
//! *shared.write().unwrap() = table("198.51.100.0/24");
//! assert_eq!(reader.lookup(address), NextHopId::new(0)); // the burst that began before the swap
//! assert_eq!(shared.read().unwrap().lookup(address), None);
//! ```

mod compiled;
mod cover;
mod linear;
mod prefix_order;
mod trie;

use std::num::NonZeroU32;

#[doc(hidden)]
pub use compiled::Instructions;
pub use compiled::{CompiledFib, CompiledV4, CompiledV6};
#[doc(hidden)]
pub use cover::{CoverTable, NodeId};
pub use linear::LinearTable;
pub(crate) use prefix_order::in_order;
pub use trie::TrieTable;

use crate::addr::Address;

/// The result of a lookup: a small index into a list that the caller keeps (next hops, decisions, records).
/// `Option<NextHopId>` takes 4 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextHopId(NonZeroU32);

impl NextHopId {
    /// Returns the id of the entry at `index`; `None` for [`u32::MAX`], the only index without an id.
    pub const fn new(index: u32) -> Option<Self> {
        // Stores `index + 1`, so that zero can mean "no next hop".
        match NonZeroU32::new(index.wrapping_add(1)) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Returns the index, which is at most `u32::MAX - 1`.
    pub const fn index(self) -> u32 {
        self.0.get() - 1
    }

    /// Encodes `None` as zero and an id as its index plus one. The compiled tables store this form.
    const fn to_raw(id: Option<Self>) -> u32 {
        match id {
            Some(id) => id.0.get(),
            None => 0,
        }
    }

    /// Decodes a value that [`Self::to_raw`] encoded.
    const fn from_raw(raw: u32) -> Option<Self> {
        match NonZeroU32::new(raw) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// Longest-prefix match: returns the value of the most specific prefix that contains an address.
///
/// Every address has a result: `None` if no prefix matches.
pub trait Lpm<A: Address> {
    /// Returns the value of the most specific prefix that contains `address`.
    fn lookup(&self, address: A) -> Option<NextHopId>;

    /// Looks up `addresses` in order and writes the results into `out`.
    ///
    /// Processes as many addresses as the shorter slice has elements. The rest of a longer `out` is
    /// unchanged.
    fn lookup_batch(&self, addresses: &[A], out: &mut [Option<NextHopId>]) {
        for (address, slot) in addresses.iter().zip(out) {
            *slot = self.lookup(*address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_small_and_reach_to_the_last_index_but_one() {
        assert_eq!(size_of::<Option<NextHopId>>(), 4);
        assert_eq!(NextHopId::new(0).unwrap().index(), 0);
        assert_eq!(NextHopId::new(u32::MAX - 1).unwrap().index(), u32::MAX - 1);
        assert_eq!(NextHopId::new(u32::MAX), None);
        assert_eq!(NextHopId::from_raw(NextHopId::to_raw(None)), None);
    }
}
