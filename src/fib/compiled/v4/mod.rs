//! IPv4: 16-8-8 bits, bitmaps with running counts.
//!
//! The root has an entry for each /16: the number of a *node*. A node cuts 256 slots into runs of equal
//! leaves. A node is one line of 64 bytes, or eight words:
//!
//! | word | contents |
//! |---|---|
//! | 0 to 3 | bit `s` is set if slot `s` starts a new run (never bit 0) |
//! | 4 | low half: four counts of bits set before each bitmap word; high half: the number of the first leaf |
//! | 5 | low half: the line of the first child |
//! | 6, 7 | the leaves themselves, if at most 8 (16-bit leaves) or 4 (32-bit leaves) are needed |
//!
//! The slots of a root node are /24s. A leaf contains either a value, or a flag and the number of a child.
//! The slots of the child are the addresses in that /24. Leaves are 16 bits wide if the codes fit into 15
//! bits, else 32. All /16s with a single value share one node for that value.
//!
//! Cost: 256 KiB for the root, 64 bytes for each node, 2 or 4 bytes for each leaf. A lookup up to /24 reads
//! three lines: the root, a node and a leaf. Beyond a /24, it also reads a child and its leaf, so it reads at
//! most five lines. In the worst case, with a different value for every address, there are 2^24 nodes and
//! 2^32 leaves, 17 GiB.

mod build;
mod kernel;
#[cfg(target_arch = "x86_64")]
mod vector;

use std::net::Ipv4Addr;

use super::arena::Arena;
use super::cpu::Instructions;
use super::{BURST, Codes, Lpm, NextHopId};
use crate::addr::Partition;
use build::{Builder, Ranges};

/// A frozen IPv4 table.
#[derive(Clone, Debug)]
pub struct CompiledV4 {
    tree: Tree,
    codes: Codes,
    instructions: Instructions,
}

#[derive(Clone, Debug)]
enum Tree {
    Narrow(Nodes<16>),
    Wide(Nodes<32>),
}

impl CompiledV4 {
    /// Freezes a partition.
    ///
    /// # Complexity
    ///
    /// Linear in the number of ranges, plus 65,536.
    ///
    /// # Panics
    ///
    /// Panics if there are 2^31 or more distinct values.
    pub fn from_partition(partition: &Partition<Ipv4Addr, Option<NextHopId>>) -> Self {
        let codes = Codes::of(partition.values());
        let ranges = Ranges::new(partition, &codes);
        let tree = if codes.largest < Codes::NARROW {
            Tree::Narrow(Builder::build(&ranges))
        } else {
            Tree::Wide(Builder::build(&ranges))
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
            Tree::Narrow(nodes) => nodes.memory_bytes(),
            Tree::Wide(nodes) => nodes.memory_bytes(),
        };
        tree + self.codes.memory_bytes()
    }
}

impl Lpm<Ipv4Addr> for CompiledV4 {
    #[inline]
    fn lookup(&self, address: Ipv4Addr) -> Option<NextHopId> {
        self.codes.value(match self.instructions {
            Instructions::Portable => self.code(address),
            // SAFETY: these instructions are only selected if the processor supports them.
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "counting bits in one instruction halves the latency of a lookup")]
            Instructions::Avx2 | Instructions::Avx512 => unsafe { self.code_avx2(address) },
        })
    }

    fn lookup_batch(&self, addresses: &[Ipv4Addr], out: &mut [Option<NextHopId>]) {
        match self.instructions {
            Instructions::Portable => self.bursts(addresses, out),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "counting bits in one instruction doubles the throughput")]
            Instructions::Avx2 => {
                // SAFETY: these instructions are only selected if the processor supports them.
                unsafe { self.bursts_avx2(addresses, out) }
            }
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "sixteen addresses at a time: see `vector`")]
            Instructions::Avx512 => {
                // SAFETY: as above.
                unsafe { self.bursts_avx512(addresses, out) }
            }
        }
    }
}

impl CompiledV4 {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn code_avx2(&self, address: Ipv4Addr) -> u32 {
        self.code(address)
    }

    #[inline(always)]
    fn code(&self, address: Ipv4Addr) -> u32 {
        match &self.tree {
            Tree::Narrow(nodes) => nodes.code(address.to_bits()),
            Tree::Wide(nodes) => nodes.code(address.to_bits()),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn bursts_avx2(&self, addresses: &[Ipv4Addr], out: &mut [Option<NextHopId>]) {
        self.bursts(addresses, out);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn bursts_avx512(&self, addresses: &[Ipv4Addr], out: &mut [Option<NextHopId>]) {
        match &self.tree {
            Tree::Narrow(nodes) if nodes.fits_gathers() => self.bursts_by_gathers(nodes, addresses, out),
            Tree::Wide(nodes) if nodes.fits_gathers() => self.bursts_by_gathers(nodes, addresses, out),
            _ => self.bursts(addresses, out),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn bursts_by_gathers<const BITS: u32>(
        &self,
        nodes: &Nodes<BITS>,
        addresses: &[Ipv4Addr],
        out: &mut [Option<NextHopId>],
    ) {
        let mut codes = [0; BURST];
        for (addresses, out) in addresses.chunks(BURST).zip(out.chunks_mut(BURST)) {
            if let Ok(burst) = addresses.try_into() {
                nodes.codes_avx512(burst, &mut codes);
            } else {
                nodes.codes(addresses, &mut codes);
            }
            self.codes.values(codes.get(..addresses.len()).unwrap_or_default(), out);
        }
    }

    #[inline(always)]
    fn bursts(&self, addresses: &[Ipv4Addr], out: &mut [Option<NextHopId>]) {
        match &self.tree {
            Tree::Narrow(nodes) => self.bursts_in(nodes, addresses, out),
            Tree::Wide(nodes) => self.bursts_in(nodes, addresses, out),
        }
    }

    #[inline(always)]
    fn bursts_in<const BITS: u32>(
        &self,
        nodes: &Nodes<BITS>,
        addresses: &[Ipv4Addr],
        out: &mut [Option<NextHopId>],
    ) {
        let mut codes = [0; BURST];
        for (addresses, out) in addresses.chunks(BURST).zip(out.chunks_mut(BURST)) {
            nodes.codes(addresses, &mut codes);
            self.codes.values(codes.get(..addresses.len()).unwrap_or_default(), out);
        }
    }
}

/// A node or its leaves; aligned so that a node is one cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
struct Line([u64; WORDS]);

const WORDS: usize = 8;
const BITMAP_WORDS: usize = 4;
/// The word with the counts and the number of the first leaf.
const HEAD: usize = 4;
/// The word with the line of the first child.
const CHILD: usize = 5;
/// The first word of inline leaves.
const INLINE: usize = 6;

/// Root, nodes and leaves, with leaves of `BITS` bits (16 or 32).
#[derive(Clone, Debug)]
struct Nodes<const BITS: u32> {
    root: Arena<u32>,
    lines: Arena<Line>,
}

impl<const BITS: u32> Nodes<BITS> {
    fn memory_bytes(&self) -> usize {
        self.root.memory_bytes() + self.lines.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: &[(&str, u32)]) -> CompiledV4 {
        let routes = routes.iter().map(|(text, index)| (text.parse().unwrap(), NextHopId::new(*index)));
        CompiledV4::from_partition(&Partition::from_lpm(routes, None))
    }

    #[test]
    fn a_node_is_one_line() {
        assert_eq!((size_of::<Line>(), align_of::<Line>()), (64, 64));
    }

    #[test]
    fn every_address_of_a_block_may_differ() {
        let routes = (0..1_u32 << 16).map(|low| {
            let prefix = crate::addr::Prefix::host(Ipv4Addr::from_bits(0x0a00_0000 | low));
            (prefix, NextHopId::new(low * 65_536))
        });
        let partition = Partition::from_lpm(routes, None);
        let table = CompiledV4::from_partition(&partition);
        assert!(matches!(table.tree, Tree::Wide(_)));
        let addresses: Vec<_> = (0x09ff_ff00..=0x0a01_00ff_u32).map(Ipv4Addr::from_bits).collect();
        let mut out = vec![None; addresses.len()];
        table.lookup_batch(&addresses, &mut out);
        for (address, found) in addresses.iter().zip(&out) {
            assert_eq!(*found, *partition.get(*address), "{address}");
            assert_eq!(table.lookup(*address), *found, "{address}");
        }
        for instructions in Instructions::available() {
            let table = table.clone().with_instructions(instructions);
            let mut other = vec![None; addresses.len()];
            table.lookup_batch(&addresses, &mut other);
            assert!(other == out, "{instructions:?}");
            assert!(addresses.iter().zip(&out).all(|(address, found)| table.lookup(*address) == *found));
        }
    }

    #[test]
    fn uniform_blocks_share_a_node() {
        let table = table(&[("0.0.0.0/0", 1), ("10.0.0.0/8", 2)]);
        assert!(table.memory_bytes() < (256 << 10) + 4 * 64, "{}", table.memory_bytes());
        assert_eq!(table.lookup(Ipv4Addr::new(10, 255, 255, 255)), NextHopId::new(2));
        assert_eq!(table.lookup(Ipv4Addr::new(11, 0, 0, 0)), NextHopId::new(1));
    }
}
