//! IPv4: 16-8-8 bits, bitmaps with running counts.
//!
//! The root has an entry for each /16, the number of a *node*. A node cuts 256 slots into runs of equal
//! leaves and is one line of 64 bytes, eight words:
//!
//! | word | holds |
//! |---|---|
//! | 0 to 3 | bit `s` is set where slot `s` starts a new run (never bit 0) |
//! | 4 | low half: four counts of bits set before each bitmap word; high half: the word where the leaves start |
//! | 5 | low half: the line of the first child |
//! | 6, 7 | the leaves themselves, while 8 (16-bit leaves) or 4 (32-bit leaves) are enough |
//!
//! A node of the root has /24s as slots: a leaf is a value, or a flag with the number of a child, which
//! has the addresses of that /24 as slots. Leaves are 16 bits wide while codes fit into 15, else 32.
//! /16s of one value share one node per value.
//!
//! Costs: 256 KiB of root; 64 bytes a node; 2 or 4 bytes a leaf. A lookup reads the root, a node and a
//! leaf, and behind a /24 a child and its leaf: five lines at most, three up to /24. Worst case (every
//! address another value): 2^24 nodes and 2^32 leaves, 17 GiB.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use super::{BURST, Codes, Lpm, NextHopId, place};
use crate::addr::Partition;

/// A frozen IPv4 table.
#[derive(Clone, Debug)]
pub struct CompiledV4 {
    tree: Tree,
    codes: Codes,
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
    /// From 2^31 distinct values on.
    pub fn from_partition(partition: &Partition<Ipv4Addr, Option<NextHopId>>) -> Self {
        let codes = Codes::of(partition.values());
        let ranges = Ranges {
            starts: partition.starts(),
            codes: partition.values().iter().map(|value| codes.code(*value)).collect(),
        };
        let tree = if codes.largest < Codes::NARROW {
            Tree::Narrow(Builder::build(&ranges))
        } else {
            Tree::Wide(Builder::build(&ranges))
        };
        Self { tree, codes }
    }

    /// Bytes on the heap.
    pub fn memory_bytes(&self) -> usize {
        let tree = match &self.tree {
            Tree::Narrow(nodes) => nodes.memory_bytes(),
            Tree::Wide(nodes) => nodes.memory_bytes(),
        };
        tree + self.codes.memory_bytes()
    }
}

impl Lpm<Ipv4Addr> for CompiledV4 {
    fn lookup(&self, address: Ipv4Addr) -> Option<NextHopId> {
        self.codes.value(match &self.tree {
            Tree::Narrow(nodes) => nodes.lookup(address.to_bits()),
            Tree::Wide(nodes) => nodes.lookup(address.to_bits()),
        })
    }

    fn lookup_batch(&self, addresses: &[Ipv4Addr], out: &mut [Option<NextHopId>]) {
        let mut codes = [0; BURST];
        for (addresses, out) in addresses.chunks(BURST).zip(out.chunks_mut(BURST)) {
            match &self.tree {
                Tree::Narrow(nodes) => nodes.lookup_burst(addresses, &mut codes),
                Tree::Wide(nodes) => nodes.lookup_burst(addresses, &mut codes),
            }
            for (slot, (code, _)) in out.iter_mut().zip(codes.iter().zip(addresses)) {
                *slot = self.codes.value(*code);
            }
        }
    }
}

/// A node or the leaves behind it; aligned so that a node is one cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
struct Line([u64; WORDS]);

const WORDS: usize = 8;
const BITMAP_WORDS: usize = 4;
/// Counts, and where the leaves start.
const HEAD: usize = 4;
/// The line of the first child.
const CHILD: usize = 5;
/// The first word of inline leaves.
const INLINE: usize = 6;

/// Root, nodes and leaves, with leaves of `BITS` bits (16 or 32).
#[derive(Clone, Debug)]
struct Nodes<const BITS: u32> {
    root: Vec<u32>,
    lines: Vec<Line>,
}

/// Where a leaf stands: a word of the arena and the bit it starts at.
#[derive(Clone, Copy, Default)]
struct LeafPlace {
    word: u32,
    shift: u32,
}

#[expect(
    clippy::indexing_slicing,
    reason = "numbers of nodes and words in the arena come from the builder alone"
)]
impl<const BITS: u32> Nodes<BITS> {
    const FLAG: u32 = 1 << (BITS - 1);
    const MASK: u64 = (1 << BITS) - 1;
    const LEAVES_PER_WORD: u32 = u64::BITS / BITS;

    fn lookup(&self, address: u32) -> u32 {
        let node = self.root[(address >> 16) as usize];
        let leaf = self.leaf(self.leaf_place(node, (address >> 8) & 0xff));
        if leaf & Self::FLAG == 0 {
            return leaf;
        }
        self.leaf(self.leaf_place(self.child(node, leaf), address & 0xff))
    }

    /// Looks up at most [`BURST`] addresses, pass by pass.
    fn lookup_burst(&self, addresses: &[Ipv4Addr], codes: &mut [u32; BURST]) {
        let mut nodes = [0; BURST];
        let mut places = [LeafPlace::default(); BURST];
        for (node, address) in nodes.iter_mut().zip(addresses) {
            *node = self.root[(address.to_bits() >> 16) as usize];
        }
        for (place, (node, address)) in places.iter_mut().zip(nodes.iter().zip(addresses)) {
            *place = self.leaf_place(*node, (address.to_bits() >> 8) & 0xff);
        }
        // The list of extended leaves grows without a branch: every entry is written, and kept or not.
        let mut extended = [0_usize; BURST + 1];
        let mut count = 0;
        for (index, (code, (place, _))) in codes.iter_mut().zip(places.iter().zip(addresses)).enumerate() {
            *code = self.leaf(*place);
            extended[count] = index;
            count += usize::from(*code & Self::FLAG != 0);
        }
        let extended = &extended[..count];
        for &index in extended {
            let child = self.child(nodes[index], codes[index]);
            places[index] = self.leaf_place(child, addresses[index].to_bits() & 0xff);
        }
        for &index in extended {
            codes[index] = self.leaf(places[index]);
        }
    }

    /// The leaf that `slot` (below 256) of a node belongs to: as many runs start up to it as bits are set.
    fn leaf_place(&self, node: u32, slot: u32) -> LeafPlace {
        let Line(words) = &self.lines[node as usize];
        let word = (slot >> 6) & 3;
        let started = words[word as usize] & (u64::MAX >> (63 - (slot & 63)));
        let before = (words[HEAD] >> (8 * word)) & 0xff;
        let run = before as u32 + started.count_ones();
        LeafPlace {
            word: high(words[HEAD]) + run / Self::LEAVES_PER_WORD,
            shift: run % Self::LEAVES_PER_WORD * BITS,
        }
    }

    fn leaf(&self, place: LeafPlace) -> u32 {
        let Line(words) = &self.lines[place.word as usize / WORDS];
        low((words[place.word as usize % WORDS] >> place.shift) & Self::MASK)
    }

    fn child(&self, node: u32, leaf: u32) -> u32 {
        low(self.lines[node as usize].0[CHILD]) + (leaf & !Self::FLAG)
    }

    fn memory_bytes(&self) -> usize {
        self.root.capacity() * size_of::<u32>() + self.lines.capacity() * size_of::<Line>()
    }
}

fn low(word: u64) -> u32 {
    (word & 0xffff_ffff) as u32
}

fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

/// The ranges of a partition with their codes.
struct Ranges<'a> {
    starts: &'a [Ipv4Addr],
    codes: Vec<u32>,
}

impl Ranges<'_> {
    /// The first address behind range `index`; 2^32 behind the last one.
    fn end(&self, index: usize) -> u64 {
        self.starts.get(index + 1).map_or(1 << 32, |start| u64::from(start.to_bits()))
    }

    fn code(&self, index: usize) -> u32 {
        self.codes.get(index).copied().unwrap_or_default()
    }

    /// The range that holds `address`, which lies in range `index` or behind it.
    fn seek(&self, mut index: usize, address: u64) -> usize {
        while self.end(index) <= address {
            index += 1;
        }
        index
    }
}

/// 256 slots as runs: the bitmap of run starts; the leaves stand beside it.
type Bitmap = [u64; BITMAP_WORDS];

/// Writes nodes and leaves, word by word.
struct Builder<const BITS: u32> {
    words: Vec<u64>,
    /// The node of each value that fills a whole /16.
    uniform: HashMap<u32, u32>,
    /// Scratch of one /16: its leaves, its children's bitmaps with the end of their leaves, those leaves.
    leaves: Vec<u32>,
    children: Vec<(Bitmap, usize)>,
    child_leaves: Vec<u32>,
}

impl<const BITS: u32> Builder<BITS> {
    fn build(ranges: &Ranges<'_>) -> Nodes<BITS> {
        let mut builder = Self {
            words: Vec::new(),
            uniform: HashMap::new(),
            leaves: Vec::new(),
            children: Vec::new(),
            child_leaves: Vec::new(),
        };
        let mut index = 0;
        let root = (0..1_u64 << 16)
            .map(|block| {
                let base = block << 16;
                index = ranges.seek(index, base);
                if ranges.end(index) >= base + (1 << 16) {
                    return builder.uniform_node(ranges.code(index));
                }
                builder.block_node(ranges, index, base)
            })
            .collect();
        builder.align();
        let lines = builder.words.as_chunks().0.iter().map(|words| Line(*words)).collect();
        Nodes { root, lines }
    }

    /// A node of one run.
    fn uniform_node(&mut self, code: u32) -> u32 {
        if let Some(node) = self.uniform.get(&code) {
            return *node;
        }
        let node = self.reserve(1);
        self.write_node(node, [0; BITMAP_WORDS], &[code]);
        self.uniform.insert(code, node);
        node
    }

    /// The node of the /16 at `base`, which starts in range `index`; children stand behind it in a row.
    fn block_node(&mut self, ranges: &Ranges<'_>, index: usize, base: u64) -> u32 {
        let mut leaves = std::mem::take(&mut self.leaves);
        let mut children = std::mem::take(&mut self.children);
        let mut child_leaves = std::mem::take(&mut self.child_leaves);
        leaves.clear();
        children.clear();
        child_leaves.clear();
        let bitmap = cut(ranges, index, base, 8, &mut leaves, |index, base| {
            let bitmap = cut(ranges, index, base, 0, &mut child_leaves, |_, _| 0);
            children.push((bitmap, child_leaves.len()));
            Nodes::<BITS>::FLAG | place(children.len() - 1)
        });
        let node = self.reserve(1);
        // The leaves go first, so that a node and its leaves are neighbours.
        self.write_node(node, bitmap, &leaves);
        if !children.is_empty() {
            let first_child = self.reserve(children.len());
            if let Some(word) = self.words.get_mut(node as usize * WORDS + CHILD) {
                *word = u64::from(first_child);
            }
            let mut from = 0;
            for (number, (bitmap, to)) in children.iter().enumerate() {
                let leaves = child_leaves.get(from..*to).unwrap_or_default();
                self.write_node(first_child + place(number), *bitmap, leaves);
                from = *to;
            }
        }
        self.leaves = leaves;
        self.children = children;
        self.child_leaves = child_leaves;
        node
    }

    /// Lines for that many nodes in a row; gives the first one's number.
    fn reserve(&mut self, nodes: usize) -> u32 {
        self.align();
        let first = self.words.len() / WORDS;
        self.words.resize(self.words.len() + nodes * WORDS, 0);
        place(first)
    }

    fn align(&mut self) {
        self.words.resize(self.words.len().next_multiple_of(WORDS), 0);
    }

    /// Fills a reserved line; the leaves go into it, or behind all words where they are too many.
    fn write_node(&mut self, node: u32, bitmap: Bitmap, leaves: &[u32]) {
        let base = node as usize * WORDS;
        let per_word = Nodes::<BITS>::LEAVES_PER_WORD as usize;
        let packed = leaves.chunks(per_word).map(|leaves| {
            leaves.iter().rev().fold(0_u64, |word, leaf| word.unbounded_shl(BITS) | u64::from(*leaf))
        });
        let inline = packed.len() <= WORDS - INLINE;
        let leaf_word = if inline { base + INLINE } else { self.words.len() };
        if inline {
            let words = self.words.get_mut(base + INLINE..).unwrap_or_default();
            for (word, leaves) in words.iter_mut().zip(packed) {
                *word = leaves;
            }
        } else {
            self.words.extend(packed);
        }
        let mut counts = 0_u64;
        let mut count = 0_u64;
        for (index, word) in bitmap.iter().enumerate() {
            counts |= count << (8 * index);
            count += u64::from(word.count_ones());
        }
        let head = counts | (u64::from(place(leaf_word)) << 32);
        let words = self.words.get_mut(base..).unwrap_or_default();
        for (word, value) in words.iter_mut().zip(bitmap.into_iter().chain([head])) {
            *word = value;
        }
    }
}

/// Cuts 256 slots of `1 << slot_bits` addresses from `base` on into runs of equal leaves; `base` lies in
/// range `index`. A slot that several ranges share gets the leaf that `extend(range, slot base)` gives.
fn cut(
    ranges: &Ranges<'_>,
    mut index: usize,
    base: u64,
    slot_bits: u32,
    leaves: &mut Vec<u32>,
    mut extend: impl FnMut(usize, u64) -> u32,
) -> Bitmap {
    let mut bitmap = [0; BITMAP_WORDS];
    let mut slot = 0;
    while slot < 256 {
        let slot_base = base + (slot << slot_bits);
        index = ranges.seek(index, slot_base);
        let whole = ((ranges.end(index) - base) >> slot_bits).min(256);
        if let (1.., Some(word)) = (slot, bitmap.get_mut((slot >> 6) as usize)) {
            *word |= 1 << (slot & 63);
        }
        if whole > slot {
            leaves.push(ranges.code(index));
            slot = whole;
        } else {
            leaves.push(extend(index, slot_base));
            slot += 1;
        }
    }
    bitmap
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
        for (address, found) in addresses.iter().zip(out) {
            assert_eq!(found, *partition.get(*address), "{address}");
            assert_eq!(table.lookup(*address), found, "{address}");
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
