//! IPv6: sorted windows of 31 bits in search trees of 64-byte lines.
//!
//! The root has an entry for each of the 16,384 blocks of length 17 in 2000::/3 (all global unicast addresses
//! allocated so far) and one for each other block of length 3. An entry refers to a *group*: the sorted
//! breakpoints of the block, truncated to keys of 31 bits (bits 17 to 47 in 2000::/3, so that everything up
//! to /48 is exact). A group is stored in a tree of lines that is searched without a branch:
//!
//! | line | contents | ways |
//! |---|---|---|
//! | inner | 15 separators, the number of the first child | 16 |
//! | leaf, 16-bit leaves | 10 separators, 11 leaves | 11 |
//! | leaf, 32-bit leaves | 7 separators, 8 leaves | 8 |
//! | small window | first address, shift, 6 separators and 7 leaves of 16 bits, or 4 and 5 of 32 | 7 or 5 |
//! | large window | first address, shift, the number of the first child, 10 separators | 11 |
//!
//! The children of a line are contiguous; small windows are numbered before large ones. A separator is one
//! less than the lowest key of the child after it. So the number of separators with `separator < key` selects
//! the child, and the largest number is free for padding. All groups have the same depth, and so do all large
//! windows, because shallow trees get inner lines with a single child on top. A leaf contains either a value,
//! or a flag and the number of a *window* for several breakpoints with the same key. A window extends from
//! its first breakpoint, which can be anywhere in the 128 bits, to its last. Addresses before the window have
//! `key = 0`, addresses inside it `1 + (address - first) >> shift`, and addresses after it the largest key.
//! No prefix length is special.
//!
//! Cost: 64 KiB for the root, 64 bytes for each line or window. A lookup reads a root entry, up to three
//! inner lines and a leaf line. For each further window it reads the window's line and, if the window is
//! large, up to two inner lines and a leaf line. A window resolves 30 bits, or at least 14 if the group has
//! more keys than its tree can contain (22,528). So a lookup never reads more than nine windows, and only one
//! or two for the service tags.

mod build;
mod kernel;
#[cfg(target_arch = "x86_64")]
mod vector;

use std::net::Ipv6Addr;

use super::arena::Arena;
use super::cpu::Instructions;
use super::rank::{self, Line, Rank};
use super::{BURST, Codes, Lpm, NextHopId};
use crate::addr::Partition;
use build::{Builder, Draft, Drafts};

/// A frozen IPv6 table.
#[derive(Clone, Debug)]
pub struct CompiledV6 {
    tree: Tree,
    codes: Codes,
    instructions: Instructions,
}

#[derive(Clone, Debug)]
enum Tree {
    Narrow(Groups<16>),
    Wide(Groups<32>),
}

impl CompiledV6 {
    /// Freezes a partition.
    ///
    /// # Complexity
    ///
    /// Linear in the number of ranges times the number of nested windows around them (at most nine), plus two
    /// binary searches for each of the 16,391 cells of the root.
    ///
    /// # Panics
    ///
    /// Panics if there are 2^31 or more distinct values or windows.
    pub fn from_partition(partition: &Partition<Ipv6Addr, Option<NextHopId>>) -> Self {
        let codes = Codes::of(partition.values());
        let mut drafts = Drafts::new(partition, &codes);
        let root: Vec<Draft> = (0..ROOT_CELLS).map(|cell| drafts.root_cell(cell)).collect();
        let narrow = codes.largest < Codes::NARROW && drafts.windows.len() <= Codes::NARROW as usize;
        let tree = if narrow {
            Tree::Narrow(Builder::build(&root, &drafts.windows))
        } else {
            Tree::Wide(Builder::build(&root, &drafts.windows))
        };
        Self { tree, codes, instructions: Instructions::best() }
    }

    /// Returns the same table, read with the given instructions, for tests and measurements. The default is
    /// [`Instructions::best`]. If this processor lacks the given instructions, the portable kernel is used.
    #[must_use]
    pub fn with_instructions(self, instructions: Instructions) -> Self {
        let has = Instructions::available().contains(&instructions);
        Self { instructions: if has { instructions } else { Instructions::Portable }, ..self }
    }

    /// Returns the size on the heap in bytes.
    pub fn memory_bytes(&self) -> usize {
        let tree = match &self.tree {
            Tree::Narrow(groups) => groups.memory_bytes(),
            Tree::Wide(groups) => groups.memory_bytes(),
        };
        tree + self.codes.memory_bytes()
    }
}

impl Lpm<Ipv6Addr> for CompiledV6 {
    #[inline]
    fn lookup(&self, address: Ipv6Addr) -> Option<NextHopId> {
        self.codes.value(match self.instructions {
            Instructions::Portable => self.code::<rank::Portable>(address),
            // SAFETY: these instructions are only selected if the processor supports them.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "compares many keys at a time: see `rank`")]
            Instructions::Avx2 => unsafe { self.code_avx2(address) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "as above")]
            Instructions::Avx512 => unsafe { self.code_avx512(address) },
        })
    }

    fn lookup_batch(&self, addresses: &[Ipv6Addr], out: &mut [Option<NextHopId>]) {
        match self.instructions {
            Instructions::Portable => self.bursts::<rank::Portable>(addresses, out),
            // SAFETY: as for `lookup`.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "as for `lookup`")]
            Instructions::Avx2 => unsafe { self.bursts_avx2(addresses, out) },
            // SAFETY: as for `lookup`.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "as for `lookup`")]
            Instructions::Avx512 => unsafe { self.bursts_avx512(addresses, out) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl CompiledV6 {
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn code_avx2(&self, address: Ipv6Addr) -> u32 {
        self.code::<rank::Avx2>(address)
    }

    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn code_avx512(&self, address: Ipv6Addr) -> u32 {
        self.code::<rank::Avx512>(address)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn bursts_avx2(&self, addresses: &[Ipv6Addr], out: &mut [Option<NextHopId>]) {
        self.bursts::<rank::Avx2>(addresses, out);
    }

    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn bursts_avx512(&self, addresses: &[Ipv6Addr], out: &mut [Option<NextHopId>]) {
        match &self.tree {
            Tree::Narrow(groups) => self.bursts_by_gathers(groups, addresses, out),
            Tree::Wide(groups) => self.bursts_by_gathers(groups, addresses, out),
        }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn bursts_by_gathers<const BITS: u32>(
        &self,
        groups: &Groups<BITS>,
        addresses: &[Ipv6Addr],
        out: &mut [Option<NextHopId>],
    ) {
        let long = addresses.as_chunks::<LONG_BURST>().0.len() * LONG_BURST;
        let (long, rest) = addresses.split_at(long);
        let (out_long, out) = out.split_at_mut(out.len().min(long.len()));
        self.whole_bursts::<BITS, LONG_BURST>(groups, long, out_long);
        let short = rest.as_chunks::<BURST>().0.len() * BURST;
        let (short, rest) = rest.split_at(short);
        let (out_short, out) = out.split_at_mut(out.len().min(short.len()));
        self.whole_bursts::<BITS, BURST>(groups, short, out_short);
        self.bursts_in::<BITS, rank::Avx512>(groups, rest, out);
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn whole_bursts<const BITS: u32, const LENGTH: usize>(
        &self,
        groups: &Groups<BITS>,
        addresses: &[Ipv6Addr],
        out: &mut [Option<NextHopId>],
    ) {
        let mut codes = [0; LENGTH];
        for (burst, out) in addresses.as_chunks::<LENGTH>().0.iter().zip(out.chunks_mut(LENGTH)) {
            groups.codes_avx512(burst, &mut codes);
            self.codes.values(&codes, out);
        }
    }
}

impl CompiledV6 {
    #[inline(always)]
    fn code<R: Rank>(&self, address: Ipv6Addr) -> u32 {
        match &self.tree {
            Tree::Narrow(groups) => groups.code::<R>(address.to_bits()),
            Tree::Wide(groups) => groups.code::<R>(address.to_bits()),
        }
    }

    #[inline(always)]
    fn bursts<R: Rank>(&self, addresses: &[Ipv6Addr], out: &mut [Option<NextHopId>]) {
        match &self.tree {
            Tree::Narrow(groups) => self.bursts_in::<16, R>(groups, addresses, out),
            Tree::Wide(groups) => self.bursts_in::<32, R>(groups, addresses, out),
        }
    }

    #[inline(always)]
    fn bursts_in<const BITS: u32, R: Rank>(
        &self,
        groups: &Groups<BITS>,
        addresses: &[Ipv6Addr],
        out: &mut [Option<NextHopId>],
    ) {
        let mut codes = [0; BURST];
        for (addresses, out) in addresses.chunks(BURST).zip(out.chunks_mut(BURST)) {
            groups.codes::<R>(addresses, &mut codes);
            self.codes.values(codes.get(..addresses.len()).unwrap_or_default(), out);
        }
    }
}

/// The number of addresses in a burst of the AVX-512 kernel, if that many remain. A burst of this length
/// amortizes the branch mispredictions at the ends of its passes.
#[cfg(target_arch = "x86_64")]
const LONG_BURST: usize = 256;

/// The root has a cell for each block of length 17 in 2000::/3, followed by cells for the eight blocks of
/// length 3 (the cell for 2000::/3 is unused).
const FINE_CELLS: u32 = 1 << 14;
const ROOT_CELLS: u32 = FINE_CELLS + 8;
/// The three top bits of 2000::/3.
const UNICAST: u32 = 1;
/// The position of the lowest bit of the keys in a fine cell and in a coarse cell.
const FINE_SHIFT: u32 = 128 - 17 - 31;
const COARSE_SHIFT: u32 = 128 - 3 - 31;
/// The keys of a window go up to 2^30.
const WINDOW_BITS: u32 = 30;
/// The number of children of an inner line, one more than its separators.
const WAYS: usize = 16;
/// The number of separators in a large window's line, which has one more child than separators.
const WINDOW_SEPARATORS: usize = 10;
/// The maximum number of keys in a tree of three inner levels with 32-bit leaves.
const MOST_ROOT_KEYS: usize = WAYS.pow(3) * 8;
/// The maximum number of keys in a window of two inner levels with 32-bit leaves.
const MOST_WINDOW_KEYS: usize = (WINDOW_SEPARATORS + 1) * WAYS.pow(2) * 8;

/// The word of an inner line that contains the number of its first child.
const INNER_CHILD: usize = 15;
/// Words of a window's line: the first address (four words, the lowest first), the shift, the first child,
/// the separators.
const WINDOW_SHIFT: usize = 4;
const WINDOW_CHILD: usize = 5;
const WINDOW_KEYS: usize = 6;

/// Returns the number of separators of a small window for leaves of `bits` bits.
const fn small_separators(bits: u32) -> usize {
    if bits == 16 { 6 } else { 4 }
}
const fn small_leaf_word(bits: u32) -> usize {
    WINDOW_KEYS + small_separators(bits)
}

/// Root, windows and lines, with leaves of `BITS` bits (16 or 32).
#[derive(Clone, Debug)]
struct Groups<const BITS: u32> {
    /// The top line of each cell's tree.
    root: Arena<u32>,
    windows: Arena<Line>,
    lines: Arena<Line>,
    /// The number of the first large window.
    first_large: u32,
    /// The number of inner lines between the root and a leaf line, and between a large window and a leaf
    /// line.
    root_levels: usize,
    window_levels: usize,
}

impl<const BITS: u32> Groups<BITS> {
    fn memory_bytes(&self) -> usize {
        self.root.memory_bytes() + self.windows.memory_bytes() + self.lines.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::{Address, Prefix};

    fn agrees(partition: &Partition<Ipv6Addr, Option<NextHopId>>) -> CompiledV6 {
        let table = CompiledV6::from_partition(partition);
        let mut addresses = Vec::new();
        for start in partition.starts() {
            addresses.extend([start.previous(), Some(*start), start.next()].into_iter().flatten());
        }
        addresses.push(Ipv6Addr::MAX);
        // Whole bursts, of 256 or of 64 addresses, use their own kernel.
        let whole = addresses.len().next_multiple_of(256) + BURST + BURST / 2;
        addresses = addresses.iter().copied().cycle().take(whole).collect();
        let mut out = vec![None; addresses.len()];
        table.lookup_batch(&addresses, &mut out);
        for (address, found) in addresses.iter().zip(&out) {
            assert_eq!(*found, *partition.get(*address), "{address} in a burst");
            assert_eq!(table.lookup(*address), *found, "{address}");
        }
        for instructions in Instructions::available() {
            let table = table.clone().with_instructions(instructions);
            let mut other = vec![None; addresses.len()];
            table.lookup_batch(&addresses, &mut other);
            assert_eq!(other, out, "{instructions:?}");
            assert!(addresses.iter().zip(&out).all(|(address, found)| table.lookup(*address) == *found));
        }
        table
    }

    fn partition(routes: &[&str]) -> Partition<Ipv6Addr, Option<NextHopId>> {
        let routes =
            routes.iter().zip(0..).map(|(text, index)| (text.parse().unwrap(), NextHopId::new(index)));
        Partition::from_lpm(routes, None)
    }

    #[test]
    fn a_line_is_a_cache_line() {
        assert_eq!((size_of::<Line>(), align_of::<Line>()), (64, 64));
    }

    #[test]
    fn breakpoints_may_lie_anywhere() {
        agrees(&partition(&[]));
        agrees(&partition(&["::/0"]));
        agrees(&partition(&["::/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"]));
        agrees(&partition(&["2603:1030:f00:4::/63", "2603:1030:f00:4::1c0/122", "2603:1030:f00:4::1f0/125"]));
        agrees(&partition(&["2000::/3", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "4000::/128"]));
        agrees(&partition(&["2001:db8::/32", "2001:db8::/128", "2001:db8:0:1::/128", "2001:db8:0:0:1::/80"]));
        agrees(&partition(&["fe80::/10", "ff02::1/128", "64:ff9b::/96", "64:ff9b::0a00:0/104"]));
    }

    #[test]
    fn more_keys_in_a_cell_than_a_tree_holds() {
        let hosts = (0..45_000_u128).map(|index| {
            let address = Ipv6Addr::from_bits((0x2603_1030 << 96) | (index * 0x1_0000_0001_0001));
            (Prefix::host(address), NextHopId::new(u32::try_from(index % 30_000).unwrap()))
        });
        let table = agrees(&Partition::from_lpm(hosts, None));
        assert!(matches!(table.tree, Tree::Wide(_)) || matches!(table.tree, Tree::Narrow(_)));
        let dense = (0..40_000_u128).map(|index| {
            let address = Ipv6Addr::from_bits((0x2603_1030 << 96) | (index << 81));
            (Prefix::containing(address, 47).unwrap(), NextHopId::new(u32::try_from(index % 7).unwrap()))
        });
        agrees(&Partition::from_lpm(dense, None));
    }
}
