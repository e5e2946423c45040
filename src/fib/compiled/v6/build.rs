//! Builds the IPv6 table: converts breakpoints to windows of keys, and keys to lines.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::ops::Range;

use super::super::arena::Arena;
use super::super::rank::Line;
use super::super::{Codes, NextHopId, place};
use super::{
    COARSE_SHIFT, FINE_CELLS, FINE_SHIFT, Groups, INNER_CHILD, MOST_ROOT_KEYS, MOST_WINDOW_KEYS, UNICAST,
    WAYS, WINDOW_BITS, WINDOW_SEPARATORS, small_leaf_word, small_separators,
};
use crate::addr::Partition;

/// A tree before it is laid out in lines. The flag of a leaf is bit 31, whatever the final width of the leaf.
pub(super) struct Draft {
    /// The keys in ascending order; the first key is zero.
    keys: Vec<i32>,
    leaves: Vec<u32>,
    first: u128,
    shift: u32,
}

/// The ranges of a partition with their codes, and the windows found so far.
pub(super) struct Drafts {
    starts: Vec<u128>,
    codes: Vec<u32>,
    pub(super) windows: Vec<Draft>,
}

impl Drafts {
    pub(super) fn new(partition: &Partition<Ipv6Addr, Option<NextHopId>>, codes: &Codes) -> Self {
        Self {
            starts: partition.starts().iter().map(|start| start.to_bits()).collect(),
            codes: partition.values().iter().map(|value| codes.code(*value)).collect(),
            windows: Vec::new(),
        }
    }

    pub(super) fn root_cell(&mut self, cell: u32) -> Draft {
        let (first, bits, shift) = match cell.checked_sub(FINE_CELLS) {
            None => ((u128::from(UNICAST) << 125) | (u128::from(cell) << 111), 111, FINE_SHIFT),
            // Never read: the fine cells cover this block.
            Some(UNICAST) => return Draft { keys: vec![0], leaves: vec![0], first: 0, shift: 0 },
            Some(block) => (u128::from(block) << 125, 125, COARSE_SHIFT),
        };
        let last = first | ((1 << bits) - 1);
        let from = self.starts.partition_point(|start| *start <= first);
        let to = self.starts.partition_point(|start| *start <= last);
        if self.cells(from..to, first, shift) < MOST_ROOT_KEYS {
            return self.draft(from..to, first, shift, 0);
        }
        let leaves = vec![self.window(from..to)];
        Draft { keys: vec![0], leaves, first, shift }
    }

    /// Adds a further window over the breakpoints at `points` (at least one) and returns its flagged number.
    fn window(&mut self, points: Range<usize>) -> u32 {
        let (first, last) = (self.start(points.start), self.start(points.end - 1));
        let span_bits = u128::BITS - (last - first).leading_zeros();
        let mut shift = span_bits.saturating_sub(WINDOW_BITS);
        let mut too_coarse = span_bits;
        if self.cells(points.clone(), first, shift) >= MOST_WINDOW_KEYS {
            // Wider cells are fewer, so find the narrowest width at which there are few enough cells.
            while too_coarse - shift > 1 {
                let middle = shift.midpoint(too_coarse);
                if self.cells(points.clone(), first, middle) >= MOST_WINDOW_KEYS {
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

    /// Groups breakpoints by cells of `1 << shift` addresses from `first` on. Key 0 covers the addresses
    /// before all cells. The cell of `first` has the key `first_key` (0 or 1).
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

    /// Counts the cells of `1 << shift` addresses from `first` on that contain breakpoints.
    fn cells(&self, points: Range<usize>, first: u128, shift: u32) -> usize {
        let starts = self.starts.get(points).unwrap_or_default();
        starts.chunk_by(|left, right| (left - first) >> shift == (right - first) >> shift).count()
    }

    fn start(&self, index: usize) -> u128 {
        self.starts.get(index).copied().unwrap_or(u128::MAX)
    }

    /// Returns the code of the addresses before breakpoint `index`, which must not be the first one.
    fn code_before(&self, index: usize) -> u32 {
        self.codes.get(index.wrapping_sub(1)).copied().unwrap_or_default()
    }
}

/// Lays trees out in lines.
pub(super) struct Builder<const BITS: u32> {
    lines: Vec<Line>,
    /// The tree for each leaf that fills a whole cell of the root.
    uniform: HashMap<u32, u32>,
    /// The number of each window. Small windows come first.
    numbers: Vec<u32>,
}

impl<const BITS: u32> Builder<BITS> {
    pub(super) fn build(root: &[Draft], windows: &[Draft]) -> Groups<BITS> {
        let mut numbers = vec![0; windows.len()];
        let (small, large): (Vec<_>, Vec<_>) =
            (0..).zip(windows).partition(|(_, draft)| is_small::<BITS>(draft));
        for (number, (old, _)) in (0..).zip(small.iter().chain(&large)) {
            if let Some(place) = numbers.get_mut(*old) {
                *place = number;
            }
        }
        let first_large = place(small.len());
        let depth = |drafts: &mut dyn Iterator<Item = &Draft>, most| {
            drafts.map(|draft| levels::<BITS>(draft, most)).max().unwrap_or_default()
        };
        let root_levels = depth(&mut root.iter(), 1);
        let window_levels = depth(&mut large.iter().map(|(_, draft)| *draft), WINDOW_SEPARATORS + 1);
        let mut builder = Self { lines: Vec::new(), uniform: HashMap::new(), numbers };
        let root: Vec<u32> = root.iter().map(|draft| builder.root_tree(draft, root_levels)).collect();
        let mut windows: Vec<Line> = small.iter().map(|(_, draft)| builder.small_window(draft)).collect();
        windows.extend(large.iter().map(|(_, draft)| builder.large_window(draft, window_levels)));
        let (root, windows, lines) = (Arena::of(&root), Arena::of(&windows), Arena::of(&builder.lines));
        Groups { root, windows, lines, first_large, root_levels, window_levels }
    }

    fn root_tree(&mut self, draft: &Draft, levels: usize) -> u32 {
        let [leaf] = draft.leaves.as_slice() else { return self.tree(draft, levels).0 };
        if let Some(top) = self.uniform.get(leaf) {
            return *top;
        }
        let (top, _) = self.tree(draft, levels);
        self.uniform.insert(*leaf, top);
        top
    }

    fn small_window(&self, draft: &Draft) -> Line {
        let mut words = window_words(draft, 0, &draft.keys);
        self.write_leaves(&mut words, small_leaf_word(BITS), &draft.leaves);
        Line(words)
    }

    fn large_window(&mut self, draft: &Draft, levels: usize) -> Line {
        let (child, lowest) = self.tree(draft, levels);
        Line(window_words(draft, child, &lowest))
    }

    /// Writes leaf lines below `levels` levels of inner lines. Returns the first line of the top level and
    /// the lowest key of each line in that level.
    fn tree(&mut self, draft: &Draft, levels: usize) -> (u32, Vec<i32>) {
        let ways = Groups::<BITS>::LEAF_WAYS;
        let mut first = place(self.lines.len());
        for (keys, leaves) in draft.keys.chunks(ways).zip(draft.leaves.chunks(ways)) {
            let mut words = separator_words(keys);
            self.write_leaves(&mut words, Groups::<BITS>::LEAF_WORD, leaves);
            self.lines.push(Line(words));
        }
        let mut lowest: Vec<i32> = draft.keys.chunks(ways).filter_map(|keys| keys.first().copied()).collect();
        for _ in 0..levels {
            let children = first;
            first = place(self.lines.len());
            for (child, lowest) in (children..).step_by(WAYS).zip(lowest.chunks(WAYS)) {
                self.lines.push(inner_line(lowest, child));
            }
            lowest = lowest.chunks(WAYS).filter_map(|keys| keys.first().copied()).collect();
        }
        (first, lowest)
    }

    fn write_leaves(&self, words: &mut [i32; 16], first: usize, leaves: &[u32]) {
        let of_width = |leaf: &u32| {
            if leaf & Codes::FLAG == 0 {
                return *leaf;
            }
            let window = (leaf & !Codes::FLAG) as usize;
            Groups::<BITS>::FLAG | self.numbers.get(window).copied().unwrap_or_default()
        };
        let places = words.iter_mut().skip(first);
        for (word, leaves) in places.zip(leaves.chunks((u32::BITS / BITS) as usize)) {
            let mut both = leaves.iter().map(of_width);
            let (first, second) = (both.next().unwrap_or_default(), both.next().unwrap_or_default());
            // The first of two leaves is at the lower address.
            let pair = if cfg!(target_endian = "big") { first << 16 | second } else { second << 16 | first };
            *word = if BITS == 16 { pair } else { first }.cast_signed();
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the upper bits are used elsewhere")]
fn low_word(bits: u128) -> u32 {
    bits as u32
}

/// Returns the number of inner levels that leave at most `most` lines.
fn levels<const BITS: u32>(draft: &Draft, most: usize) -> usize {
    let mut lines = draft.keys.len().div_ceil(Groups::<BITS>::LEAF_WAYS);
    let mut levels = 0;
    while lines > most {
        lines = lines.div_ceil(WAYS);
        levels += 1;
    }
    levels
}

/// Returns the separators between children with these lowest keys.
fn separators(lowest: &[i32]) -> impl Iterator<Item = i32> {
    lowest.iter().skip(1).map(|key| key - 1)
}

fn inner_line(lowest: &[i32], child: u32) -> Line {
    let mut words = separator_words(lowest);
    words[INNER_CHILD] = child.cast_signed();
    Line(words)
}

/// Returns the head of a window's line and the separators between its keys.
fn window_words(draft: &Draft, child: u32, lowest: &[i32]) -> [i32; 16] {
    let mut words = [i32::MAX; 16];
    let first = (0..4).map(|word| low_word(draft.first >> (32 * word)));
    let head = first.chain([draft.shift, child]).map(u32::cast_signed);
    for (word, value) in words.iter_mut().zip(head.chain(separators(lowest))) {
        *word = value;
    }
    words
}

/// Returns whether a window fits into its own line.
fn is_small<const BITS: u32>(draft: &Draft) -> bool {
    draft.keys.len() <= small_separators(BITS) + 1
}

fn separator_words(lowest: &[i32]) -> [i32; 16] {
    let mut words = [i32::MAX; 16];
    for (word, key) in words.iter_mut().zip(separators(lowest)) {
        *word = key;
    }
    words
}
