//! Builds the IPv4 table from the ranges of a partition, word by word.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use super::super::arena::Arena;
use super::super::{Codes, NextHopId, place};
use super::{BITMAP_WORDS, CHILD, INLINE, Line, Nodes, WORDS};
use crate::addr::Partition;

/// The ranges of a partition with their codes.
pub(super) struct Ranges<'a> {
    starts: &'a [Ipv4Addr],
    codes: Vec<u32>,
}

impl<'a> Ranges<'a> {
    pub(super) fn new(partition: &'a Partition<Ipv4Addr, Option<NextHopId>>, codes: &Codes) -> Self {
        let codes = partition.values().iter().map(|value| codes.code(*value)).collect();
        Self { starts: partition.starts(), codes }
    }

    /// Returns the first address after range `index`, which is 2^32 for the last range.
    fn end(&self, index: usize) -> u64 {
        self.starts.get(index + 1).map_or(1 << 32, |start| u64::from(start.to_bits()))
    }

    fn code(&self, index: usize) -> u32 {
        self.codes.get(index).copied().unwrap_or_default()
    }

    /// Returns the index of the range that contains `address`. The address must be in range `index` or a
    /// later one.
    fn seek(&self, mut index: usize, address: u64) -> usize {
        while self.end(index) <= address {
            index += 1;
        }
        index
    }
}

/// A bitmap of 256 slots, in which a set bit marks the start of a run. The leaves are stored separately.
type Bitmap = [u64; BITMAP_WORDS];

/// Writes nodes and leaves, word by word.
pub(super) struct Builder<const BITS: u32> {
    words: Vec<u64>,
    /// The node for each value that fills a whole /16.
    uniform: HashMap<u32, u32>,
    /// Scratch space for one /16: its leaves, its children's bitmaps with the end positions of their leaves,
    /// and the leaves of its children.
    leaves: Vec<u32>,
    children: Vec<(Bitmap, usize)>,
    child_leaves: Vec<u32>,
}

impl<const BITS: u32> Builder<BITS> {
    pub(super) fn build(ranges: &Ranges<'_>) -> Nodes<BITS> {
        let mut builder = Self {
            words: Vec::new(),
            uniform: HashMap::new(),
            leaves: Vec::new(),
            children: Vec::new(),
            child_leaves: Vec::new(),
        };
        let mut index = 0;
        let mut root = vec![0; 1 << 16];
        for (base, node) in (0_u64..).step_by(1 << 16).zip(root.iter_mut()) {
            index = ranges.seek(index, base);
            *node = if ranges.end(index) >= base + (1 << 16) {
                builder.uniform_node(ranges.code(index))
            } else {
                builder.block_node(ranges, index, base)
            };
        }
        builder.align();
        // Adds one word after the last leaf, because some reads are wider than a leaf.
        builder.reserve(1);
        let lines: Vec<Line> = builder.words.as_chunks().0.iter().map(|words| Line(*words)).collect();
        Nodes { root: Arena::of(&root), lines: Arena::of(&lines) }
    }

    /// Returns the node that consists of one run of `code`.
    fn uniform_node(&mut self, code: u32) -> u32 {
        if let Some(node) = self.uniform.get(&code) {
            return *node;
        }
        let node = self.reserve(1);
        self.write_node(node, [0; BITMAP_WORDS], &[code]);
        self.uniform.insert(code, node);
        node
    }

    /// Writes the node for the /16 at `base`, which starts in range `index`. The children of the node follow
    /// it contiguously.
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
        // The leaves are written first, so that a node and its leaves are adjacent.
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

    /// Reserves lines for `nodes` contiguous nodes and returns the number of the first one.
    fn reserve(&mut self, nodes: usize) -> u32 {
        self.align();
        let first = self.words.len() / WORDS;
        self.words.resize(self.words.len() + nodes * WORDS, 0);
        place(first)
    }

    fn align(&mut self) {
        self.words.resize(self.words.len().next_multiple_of(WORDS), 0);
    }

    /// Fills a reserved line. The leaves are written into the line, or after all words if they do not fit.
    fn write_node(&mut self, node: u32, bitmap: Bitmap, leaves: &[u32]) {
        let base = node as usize * WORDS;
        let per_word = (u64::BITS / BITS) as usize;
        let packed = leaves.chunks(per_word).map(packed_word::<BITS>);
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
        let head = counts | (u64::from(place(leaf_word * per_word)) << 32);
        let words = self.words.get_mut(base..).unwrap_or_default();
        for (word, value) in words.iter_mut().zip(bitmap.into_iter().chain([head])) {
            *word = value;
        }
    }
}

/// Packs leaves in memory order, the first one at the lowest address.
fn packed_word<const BITS: u32>(leaves: &[u32]) -> u64 {
    let mut bytes = [0; 8];
    let width = (BITS / 8) as usize;
    for (place, leaf) in bytes.chunks_mut(width).zip(leaves) {
        let leaf = leaf.to_le_bytes();
        for (byte, value) in place.iter_mut().zip(leaf) {
            *byte = value;
        }
        if cfg!(target_endian = "big") {
            place.reverse();
        }
    }
    u64::from_ne_bytes(bytes)
}

/// Cuts 256 slots of `1 << slot_bits` addresses from `base` on into runs of equal leaves; `base` is in range
/// `index`. A slot that spans several ranges gets the leaf that `extend(range, slot base)` returns.
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
