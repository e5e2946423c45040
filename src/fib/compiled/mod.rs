//! Frozen tables for the packet path: built once from a partition, then read-only.
//!
//! Both tables are built from a [`Partition`] with values of type `Option<NextHopId>`. The ranges of the
//! partition are already merged and contain every result, so a lookup never backtracks to a less specific
//! prefix.
//!
//! | | IPv4 ([`CompiledV4`]) | IPv6 ([`CompiledV6`]) |
//! |---|---|---|
//! | shape | 16-8-8 bits, bitmaps with running counts | sorted 31-bit windows in search trees of 64-byte lines |
//! | reads per lookup | root, node, leaf; two more beyond a /24 | root, up to 3 inner lines, leaf line; per further window up to 4 lines |
//! | with AVX-512 | each read for sixteen addresses at a time | keys of eight addresses at a time, sixteen separators in one compare |
//!
//! A burst is looked up in passes. Each pass does one read for every address of the burst and prefetches the
//! line that the next pass reads, so the memory latencies of a pass overlap.
//!
//! Each kernel is written once and compiled several times, for the [`Instructions`] that processors support.
//! A table selects the best one when it is built. Tests compare the other kernels with the portable one.

#![expect(
    clippy::inline_always,
    reason = "a kernel must be inlined into the function that is compiled for a processor's instructions"
)]

mod arena;
mod cpu;
mod rank;
mod v4;
mod v6;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use cpu::Instructions;
pub use v4::CompiledV4;
pub use v6::CompiledV6;

use super::{Lpm, NextHopId};
use crate::addr::Partition;

/// The number of addresses that are looked up together.
const BURST: usize = 64;

/// The frozen tables of both families.
#[derive(Clone, Debug)]
pub struct CompiledFib {
    /// The IPv4 table.
    pub v4: CompiledV4,
    /// The IPv6 table.
    pub v6: CompiledV6,
}

impl CompiledFib {
    /// Freezes one partition per address family.
    ///
    /// # Panics
    ///
    /// Panics under the conditions of [`CompiledV4::from_partition`] and [`CompiledV6::from_partition`].
    pub fn from_partitions(
        v4: &Partition<Ipv4Addr, Option<NextHopId>>,
        v6: &Partition<Ipv6Addr, Option<NextHopId>>,
    ) -> Self {
        Self { v4: CompiledV4::from_partition(v4), v6: CompiledV6::from_partition(v6) }
    }

    /// Returns the value at `address`. An IPv4-mapped IPv6 address counts as IPv6.
    ///
    /// For bursts of addresses in one family, call [`Lpm::lookup_batch`] on [`Self::v4`] or [`Self::v6`].
    pub fn lookup(&self, address: IpAddr) -> Option<NextHopId> {
        match address {
            IpAddr::V4(address) => self.v4.lookup(address),
            IpAddr::V6(address) => self.v6.lookup(address),
        }
    }

    /// Returns the size on the heap in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.v4.memory_bytes() + self.v6.memory_bytes()
    }
}

/// The encoding of values in leaves: 31-bit codes, so that the top bit of a leaf is free for a flag.
#[derive(Clone, Debug)]
struct Codes {
    // Empty if each code is the value itself; else the distinct values, ascending, indexed by code.
    table: Vec<Option<NextHopId>>,
    largest: u32,
}

impl Codes {
    /// The flag bit of a 32-bit leaf; codes stay below it.
    const FLAG: u32 = 1 << 31;
    /// Codes below this number fit into 16-bit leaves together with the flag.
    const NARROW: u32 = 1 << 15;

    /// Encodes values. Small values are their own codes. If values are large but few of them are distinct,
    /// they are numbered consecutively so that the leaves stay narrow.
    #[expect(clippy::expect_used, reason = "the limit is documented; such a partition takes 16 GiB or more")]
    fn of(values: &[Option<NextHopId>]) -> Self {
        let largest = values.iter().copied().map(NextHopId::to_raw).max().unwrap_or_default();
        if largest < Self::NARROW {
            return Self { table: Vec::new(), largest };
        }
        if largest < Self::FLAG && Self::are_many(values, largest) {
            return Self { table: Vec::new(), largest };
        }
        let mut table = values.to_vec();
        table.sort_unstable();
        table.dedup();
        let count = u32::try_from(table.len()).ok().filter(|count| *count < Self::FLAG);
        let numbered = count.expect("fewer than 2^31 distinct values").saturating_sub(1);
        if largest < Self::FLAG && numbered >= Self::NARROW {
            return Self { table: Vec::new(), largest };
        }
        table.shrink_to_fit();
        Self { table, largest: numbered }
    }

    /// Returns whether there are more distinct values than narrow codes. Counts them in a bitmap with one bit
    /// per value, which avoids sorting the values of a whole routing table. Returns false if the values are
    /// too large for such a bitmap.
    fn are_many(values: &[Option<NextHopId>], largest: u32) -> bool {
        let words = largest as usize / 64 + 1;
        if words > values.len() {
            return false;
        }
        let mut seen = vec![0_u64; words];
        let mut count = 0;
        for raw in values.iter().copied().map(NextHopId::to_raw) {
            let Some(word) = seen.get_mut(raw as usize / 64) else { continue };
            let bit = 1 << (raw % 64);
            count += u32::from(*word & bit == 0);
            *word |= bit;
            if count > Self::NARROW {
                return true;
            }
        }
        false
    }

    /// Returns the code of `value`, which must be among the values that the codes were made from.
    fn code(&self, value: Option<NextHopId>) -> u32 {
        if self.table.is_empty() {
            return NextHopId::to_raw(value);
        }
        let place = self.table.binary_search(&value).unwrap_or_default();
        u32::try_from(place).unwrap_or_default()
    }

    /// Returns the value of a code.
    fn value(&self, code: u32) -> Option<NextHopId> {
        if self.table.is_empty() {
            return NextHopId::from_raw(code);
        }
        self.table.get(code as usize).copied().flatten()
    }

    /// Decodes codes until either slice ends.
    #[inline(always)]
    fn values(&self, codes: &[u32], out: &mut [Option<NextHopId>]) {
        if self.table.is_empty() {
            for (slot, code) in out.iter_mut().zip(codes) {
                *slot = NextHopId::from_raw(*code);
            }
        } else {
            for (slot, code) in out.iter_mut().zip(codes) {
                *slot = self.value(*code);
            }
        }
    }

    fn memory_bytes(&self) -> usize {
        self.table.capacity() * size_of::<Option<NextHopId>>()
    }
}

/// Converts an index into an arena to 32 bits.
#[expect(clippy::expect_used, reason = "the limit is documented; such an arena takes 32 GiB or more")]
fn place(index: usize) -> u32 {
    u32::try_from(index).expect("an arena of fewer than 2^32 items")
}

#[cfg(test)]
#[path = "tests.rs"]
mod kernels;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(index: u32) -> Option<NextHopId> {
        NextHopId::new(index)
    }

    #[test]
    fn large_values_are_numbered_where_that_keeps_leaves_narrow() {
        let codes = Codes::of(&[id(u32::MAX - 1), None, id(7)]);
        assert!(codes.largest < Codes::NARROW);
        for value in [id(u32::MAX - 1), None, id(7)] {
            assert_eq!(codes.value(codes.code(value)), value);
        }
    }

    #[test]
    fn many_values_stand_for_themselves() {
        let values: Vec<_> = (0..40_000).map(id).collect();
        let codes = Codes::of(&values);
        assert!(codes.table.is_empty() && codes.largest == 40_000);
        assert!(Codes::are_many(&values, 40_000) && !Codes::are_many(&values[..32_768], 40_000));
        let repeated: Vec<_> = (0..40_000).map(|index| id(index % 2 * 39_999)).collect();
        assert_eq!(Codes::of(&repeated).table.len(), 2, "few distinct values");
        let spread: Vec<_> = (0..40_000).map(|index| id(index * 100_000)).collect();
        let codes = Codes::of(&spread);
        assert!(!codes.table.is_empty() && codes.largest == 39_999);
        assert!(spread.iter().all(|value| codes.value(codes.code(*value)) == *value));
    }
}
