//! IPv6: sorted windows of 31 bits in search trees of 64-byte lines.
//!
//! The root has an entry for each of the 16,384 blocks of length 17 in 2000::/3 (all global unicast so
//! far) and one for each other block of length 3. An entry names a *group*: the breakpoints of the block,
//! cut to a key of 31 bits (bits 17 to 47 in 2000::/3, so that everything up to /48 is exact), sorted,
//! in a tree of lines that is searched without a branch:
//!
//! | line | holds | way |
//! |---|---|---|
//! | inner (up to 3 above a leaf line) | 16 separators of 32 bits | 17 |
//! | leaf, 16-bit leaves | 10 separators, 11 leaves | 11 |
//! | leaf, 32-bit leaves | 7 separators, 8 leaves | 8 |
//!
//! A separator is the key before the one it separates, so that `separator < key` counts and the largest
//! number is free for padding. All groups of the root have the same depth: small ones put a line of padding
//! on top. A leaf is a value, or a flag with the number of a further group, for several breakpoints below
//! one key. Such a *window* starts at its first breakpoint, wherever in the 128 bits that lies, and is as
//! wide as up to its last: `key = 0` below it, `1 + (address - first) >> shift` from there on, the
//! largest key past its end. No length is special.
//!
//! Costs: 256 KiB of root, 64 bytes a line, 48 bytes a further window. A lookup reads a root entry and
//! up to four lines, and for each further window its head and up to four lines. A window resolves 30
//! bits, or at least 14 of a group with more keys than a tree can hold (39,304); so never more than nine,
//! and one or two for the service tags.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::ops::Range;

use super::{BURST, Codes, Lpm, NextHopId, place};
use crate::addr::Partition;

/// A frozen IPv6 table.
#[derive(Clone, Debug)]
pub struct CompiledV6 {
    tree: Tree,
    codes: Codes,
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
    /// Linear in the number of ranges for each further window on the way to them (at most nine), plus
    /// two binary searches for each of the 16,391 cells of the root.
    ///
    /// # Panics
    ///
    /// From 2^31 distinct values or windows on.
    pub fn from_partition(partition: &Partition<Ipv6Addr, Option<NextHopId>>) -> Self {
        let codes = Codes::of(partition.values());
        let mut drafts = Drafts {
            starts: partition.starts().iter().map(|start| start.to_bits()).collect(),
            codes: partition.values().iter().map(|value| codes.code(*value)).collect(),
            windows: Vec::new(),
        };
        let root: Vec<Draft> = (0..ROOT_CELLS).map(|cell| drafts.root_cell(cell)).collect();
        let narrow = codes.largest < Codes::NARROW && drafts.windows.len() <= Codes::NARROW as usize;
        let tree = if narrow {
            Tree::Narrow(Builder::build(&root, &drafts.windows))
        } else {
            Tree::Wide(Builder::build(&root, &drafts.windows))
        };
        Self { tree, codes }
    }

    /// Bytes on the heap.
    pub fn memory_bytes(&self) -> usize {
        let tree = match &self.tree {
            Tree::Narrow(groups) => groups.memory_bytes(),
            Tree::Wide(groups) => groups.memory_bytes(),
        };
        tree + self.codes.memory_bytes()
    }
}

impl Lpm<Ipv6Addr> for CompiledV6 {
    fn lookup(&self, address: Ipv6Addr) -> Option<NextHopId> {
        self.codes.value(match &self.tree {
            Tree::Narrow(groups) => groups.lookup(address.to_bits()),
            Tree::Wide(groups) => groups.lookup(address.to_bits()),
        })
    }

    fn lookup_batch(&self, addresses: &[Ipv6Addr], out: &mut [Option<NextHopId>]) {
        let mut codes = [0; BURST];
        for (addresses, out) in addresses.chunks(BURST).zip(out.chunks_mut(BURST)) {
            match &self.tree {
                Tree::Narrow(groups) => groups.lookup_burst(addresses, &mut codes),
                Tree::Wide(groups) => groups.lookup_burst(addresses, &mut codes),
            }
            for (slot, (code, _)) in out.iter_mut().zip(codes.iter().zip(addresses)) {
                *slot = self.codes.value(*code);
            }
        }
    }
}

/// Blocks of length 17 in 2000::/3, then the eight blocks of length 3 (of which 2000::/3 is unused).
const FINE_CELLS: u32 = 1 << 14;
const ROOT_CELLS: u32 = FINE_CELLS + 8;
/// The three top bits of 2000::/3.
const UNICAST: u32 = 1;
/// The lowest bit of the key of a fine and of a coarse cell.
const FINE_SHIFT: u32 = 128 - 17 - 31;
const COARSE_SHIFT: u32 = 128 - 3 - 31;
/// The key of a window counts up to 2^30.
const WINDOW_BITS: u32 = 30;
/// Children of an inner line: one more than its 16 separators.
const WAYS: u32 = 17;
/// Inner levels above the leaf lines.
const LEVELS: usize = 3;
/// Keys that a tree of three inner levels holds with the wider leaves.
const MOST_KEYS: usize = WAYS.pow(3) as usize * 8;

/// Sixteen words: separators, or the separators and leaves of a leaf line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([i32; 16]);

/// Number of the line of padding, which every key passes on the left.
const PADDING: u32 = 0;

/// A tree: the first line of each level, the leaf lines last.
type Entry = [u32; LEVELS + 1];

/// The head of a window.
#[derive(Clone, Copy, Debug)]
struct Window {
    first: u128,
    shift: u32,
    entry: Entry,
}

impl Window {
    fn key(&self, address: u128) -> i32 {
        let (offset, below) = address.overflowing_sub(self.first);
        let cell = (offset >> self.shift).min(1 << WINDOW_BITS) as i32;
        if below { 0 } else { cell + 1 }
    }
}

/// Root, windows and lines, with leaves of `BITS` bits (16 or 32).
#[derive(Clone, Debug)]
struct Groups<const BITS: u32> {
    root: Vec<Entry>,
    windows: Vec<Window>,
    lines: Vec<Line>,
    // Levels that hold nothing but padding in every tree of the root, and in every window's.
    root_skip: usize,
    window_skip: usize,
}

#[expect(clippy::indexing_slicing, reason = "numbers of lines and windows come from the builder alone")]
impl<const BITS: u32> Groups<BITS> {
    const FLAG: u32 = 1 << (BITS - 1);
    const MASK: u32 = u32::MAX >> (32 - BITS);
    const LEAVES_PER_WORD: usize = 32 / BITS as usize;
    /// Separators of a leaf line; it has one leaf more.
    const LEAF_SEPARATORS: usize = if BITS == 16 { 10 } else { 7 };
    const LEAF_WAYS: usize = Self::LEAF_SEPARATORS + 1;
    /// The word of the first leaf.
    const LEAF_WORD: usize = if BITS == 16 { 10 } else { 8 };

    fn lookup(&self, address: u128) -> u32 {
        let (cell, key) = root_key(address);
        let mut leaf = self.search(&self.root[cell], key, self.root_skip);
        while leaf & Self::FLAG != 0 {
            let window = &self.windows[(leaf & !Self::FLAG) as usize];
            leaf = self.search(&window.entry, window.key(address), self.window_skip);
        }
        leaf
    }

    fn search(&self, entry: &Entry, key: i32, skip: usize) -> u32 {
        let mut index = 0;
        for first in &entry[skip..LEVELS] {
            index = self.step(*first, index, key);
        }
        self.leaf(entry[LEVELS] + index, key)
    }

    /// Looks up at most [`BURST`] addresses, a level at a time, and then those that need a further window.
    fn lookup_burst(&self, addresses: &[Ipv6Addr], codes: &mut [u32; BURST]) {
        let mut keys = [0; BURST];
        // For each level, the first line of each address's tree.
        let mut firsts = [[0; BURST]; LEVELS + 1];
        let mut active = [0_usize; BURST];
        let mut count = addresses.len().min(BURST);
        for (index, address) in addresses.iter().enumerate() {
            let (cell, key) = root_key(address.to_bits());
            active[index] = index;
            keys[index] = key;
            spread(&mut firsts, index, &self.root[cell]);
        }
        let mut skip = self.root_skip;
        loop {
            let mut indices = [0; BURST];
            for firsts in &firsts[skip..LEVELS] {
                for &index in &active[..count] {
                    indices[index] = self.step(firsts[index], indices[index], keys[index]);
                }
            }
            // The list shrinks in place without a branch: every entry is written, and kept or not.
            let mut open = 0;
            for at in 0..count {
                let index = active[at];
                let leaf = self.leaf(firsts[LEVELS][index] + indices[index], keys[index]);
                codes[index] = leaf;
                active[open] = index;
                open += usize::from(leaf & Self::FLAG != 0);
            }
            if open == 0 {
                return;
            }
            count = open;
            skip = self.window_skip;
            for &index in &active[..count] {
                let window = &self.windows[(codes[index] & !Self::FLAG) as usize];
                keys[index] = window.key(addresses[index].to_bits());
                spread(&mut firsts, index, &window.entry);
            }
        }
    }

    /// From line `index` of a level that starts at line `first` to the line of the next level.
    fn step(&self, first: u32, index: u32, key: i32) -> u32 {
        let Line(words) = &self.lines[(first + index) as usize];
        index * WAYS + rank(words, key)
    }

    fn leaf(&self, line: u32, key: i32) -> u32 {
        let Line(words) = &self.lines[line as usize];
        let place = rank(&words[..Self::LEAF_SEPARATORS], key) as usize;
        let word = words[Self::LEAF_WORD + place / Self::LEAVES_PER_WORD].cast_unsigned();
        (word >> (place % Self::LEAVES_PER_WORD * BITS as usize)) & Self::MASK
    }

    fn memory_bytes(&self) -> usize {
        self.root.capacity() * size_of::<Entry>()
            + self.windows.capacity() * size_of::<Window>()
            + self.lines.capacity() * size_of::<Line>()
    }
}

/// Writes the first line of each level into its level's row.
#[expect(clippy::indexing_slicing, reason = "callers pass an index below BURST")]
fn spread(firsts: &mut [[u32; BURST]; LEVELS + 1], index: usize, entry: &Entry) {
    for (firsts, first) in firsts.iter_mut().zip(entry) {
        firsts[index] = *first;
    }
}

/// How many separators lie below `key`.
fn rank(separators: &[i32], key: i32) -> u32 {
    separators.iter().map(|separator| u32::from(*separator < key)).sum()
}

/// The root cell of an address and its key there.
fn root_key(address: u128) -> (usize, i32) {
    let top = (address >> 64) as u64;
    let block = (top >> 61) as u32;
    let fine = block == UNICAST;
    let cell = if fine { (top >> 47) as u32 & (FINE_CELLS - 1) } else { FINE_CELLS + block };
    let shift = if fine { FINE_SHIFT - 64 } else { COARSE_SHIFT - 64 };
    (cell as usize, ((top >> shift) & 0x7fff_ffff) as i32)
}

/// A tree before it is laid out in lines. A leaf has its flag in bit 31, whatever its width later on.
struct Draft {
    /// Ascending; the first one is zero.
    keys: Vec<i32>,
    leaves: Vec<u32>,
    first: u128,
    shift: u32,
}

/// The ranges of a partition with their codes, and the windows found so far.
struct Drafts {
    starts: Vec<u128>,
    codes: Vec<u32>,
    windows: Vec<Draft>,
}

impl Drafts {
    fn root_cell(&mut self, cell: u32) -> Draft {
        let (first, bits, shift) = match cell.checked_sub(FINE_CELLS) {
            None => ((u128::from(UNICAST) << 125) | (u128::from(cell) << 111), 111, FINE_SHIFT),
            // Never asked for: the fine cells stand for it.
            Some(UNICAST) => return Draft { keys: vec![0], leaves: vec![0], first: 0, shift: 0 },
            Some(block) => (u128::from(block) << 125, 125, COARSE_SHIFT),
        };
        let last = first | ((1 << bits) - 1);
        let from = self.starts.partition_point(|start| *start <= first);
        let to = self.starts.partition_point(|start| *start <= last);
        if self.cells(from..to, first, shift) < MOST_KEYS {
            return self.draft(from..to, first, shift, 0);
        }
        let leaves = vec![self.window(from..to)];
        Draft { keys: vec![0], leaves, first, shift }
    }

    /// A further window over the breakpoints at `points` (not none); gives its flagged number.
    fn window(&mut self, points: Range<usize>) -> u32 {
        let (first, last) = (self.start(points.start), self.start(points.end - 1));
        let span_bits = u128::BITS - (last - first).leading_zeros();
        let mut shift = span_bits.saturating_sub(WINDOW_BITS);
        let mut too_coarse = span_bits;
        if self.cells(points.clone(), first, shift) >= MOST_KEYS {
            // The number of cells falls as they widen: find the narrowest that are few enough.
            while too_coarse - shift > 1 {
                let middle = shift.midpoint(too_coarse);
                if self.cells(points.clone(), first, middle) >= MOST_KEYS {
                    shift = middle;
                } else {
                    too_coarse = middle;
                }
            }
            shift = too_coarse;
        }
        let draft = self.draft(points, first, shift, 1);
        self.windows.push(draft);
        Codes::FLAG | place(self.windows.len() - 1)
    }

    /// Groups breakpoints by cells of `1 << shift` addresses from `first` on. Key 0 stands for what lies
    /// before all of them; the cell of `first` has the key `first_key` (0 or 1).
    fn draft(&mut self, points: Range<usize>, first: u128, shift: u32, first_key: i32) -> Draft {
        let mut keys = vec![0];
        let mut leaves = vec![self.code_before(points.start)];
        let mut at = points.start;
        while at < points.end {
            let cell = (self.start(at) - first) >> shift;
            let cell_start = first + (cell << shift);
            let cell_last = cell_start.saturating_add((1 << shift) - 1);
            let inside = if self.start(at) == cell_start { at + 1 } else { at };
            let mut next = inside;
            while next < points.end && self.start(next) <= cell_last {
                next += 1;
            }
            let leaf = if next == inside { self.code_before(inside) } else { self.window(inside..next) };
            let key = (cell & 0x7fff_ffff) as i32 + first_key;
            if key == 0 {
                leaves.clear();
            } else {
                keys.push(key);
            }
            leaves.push(leaf);
            at = next;
        }
        Draft { keys, leaves, first, shift }
    }

    /// How many cells of `1 << shift` addresses from `first` on have breakpoints.
    fn cells(&self, points: Range<usize>, first: u128, shift: u32) -> usize {
        let starts = self.starts.get(points).unwrap_or_default();
        starts.chunk_by(|left, right| (left - first) >> shift == (right - first) >> shift).count()
    }

    fn start(&self, index: usize) -> u128 {
        self.starts.get(index).copied().unwrap_or(u128::MAX)
    }

    /// The code of the addresses before breakpoint `index`, which is not the first one.
    fn code_before(&self, index: usize) -> u32 {
        self.codes.get(index.wrapping_sub(1)).copied().unwrap_or_default()
    }
}

/// Lays trees out in lines.
struct Builder<const BITS: u32> {
    lines: Vec<Line>,
    /// The tree of each leaf that fills a whole cell of the root.
    uniform: HashMap<u32, Entry>,
}

impl<const BITS: u32> Builder<BITS> {
    fn build(root: &[Draft], windows: &[Draft]) -> Groups<BITS> {
        let mut builder = Self { lines: vec![Line([i32::MAX; 16])], uniform: HashMap::new() };
        let mut root_skip = LEVELS;
        let root = root
            .iter()
            .map(|draft| {
                let entry = builder.root_tree(draft);
                root_skip = root_skip.min(padding_levels(&entry));
                entry
            })
            .collect();
        let mut window_skip = LEVELS;
        let windows = windows
            .iter()
            .map(|draft| {
                let entry = builder.tree(draft);
                window_skip = window_skip.min(padding_levels(&entry));
                Window { first: draft.first, shift: draft.shift, entry }
            })
            .collect();
        builder.lines.shrink_to_fit();
        Groups { root, windows, lines: builder.lines, root_skip, window_skip }
    }

    fn root_tree(&mut self, draft: &Draft) -> Entry {
        let [leaf] = draft.leaves.as_slice() else { return self.tree(draft) };
        if let Some(entry) = self.uniform.get(leaf) {
            return *entry;
        }
        let entry = self.tree(draft);
        self.uniform.insert(*leaf, entry);
        entry
    }

    fn tree(&mut self, draft: &Draft) -> Entry {
        let mut entry = [PADDING; LEVELS + 1];
        let ways = Groups::<BITS>::LEAF_WAYS;
        let mut levels = entry.iter_mut().rev();
        if let Some(level) = levels.next() {
            *level = place(self.lines.len());
        }
        for (keys, leaves) in draft.keys.chunks(ways).zip(draft.leaves.chunks(ways)) {
            self.lines.push(leaf_line::<BITS>(keys, leaves));
        }
        // The lowest key of each line of the level below.
        let mut lowest: Vec<i32> = draft.keys.chunks(ways).filter_map(|keys| keys.first().copied()).collect();
        for level in levels {
            if lowest.len() <= 1 {
                break;
            }
            *level = place(self.lines.len());
            self.lines.extend(lowest.chunks(WAYS as usize).map(separator_line));
            lowest = lowest.chunks(WAYS as usize).filter_map(|keys| keys.first().copied()).collect();
        }
        entry
    }
}

/// How many levels of a tree are padding only.
fn padding_levels(entry: &Entry) -> usize {
    entry.iter().take_while(|line| **line == PADDING).count()
}

/// Separators between children with these lowest keys.
fn separator_line(lowest: &[i32]) -> Line {
    let mut words = [i32::MAX; 16];
    for (word, key) in words.iter_mut().zip(lowest.iter().skip(1)) {
        *word = key - 1;
    }
    Line(words)
}

fn leaf_line<const BITS: u32>(keys: &[i32], leaves: &[u32]) -> Line {
    let Line(mut words) = separator_line(keys);
    let per_word = Groups::<BITS>::LEAVES_PER_WORD;
    let places = words.iter_mut().skip(Groups::<BITS>::LEAF_WORD);
    for (word, leaves) in places.zip(leaves.chunks(per_word)) {
        let packed = leaves.iter().rev().fold(0_u32, |packed, leaf| {
            let flag = if leaf & Codes::FLAG == 0 { 0 } else { Groups::<BITS>::FLAG };
            packed.unbounded_shl(BITS) | (leaf & !Codes::FLAG) | flag
        });
        *word = packed.cast_signed();
    }
    Line(words)
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
        let mut out = vec![None; addresses.len()];
        table.lookup_batch(&addresses, &mut out);
        for (address, found) in addresses.iter().zip(out) {
            assert_eq!(found, *partition.get(*address), "{address} in a burst");
            assert_eq!(table.lookup(*address), found, "{address}");
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
        assert_eq!((size_of::<Line>(), align_of::<Line>(), size_of::<Window>()), (64, 64, 48));
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
