//! Building the IPv6 table: breakpoints to windows of keys, keys to lines.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::ops::Range;

use super::super::arena::Arena;
use super::super::rank::Line;
use super::super::{Codes, NextHopId, place};
use super::{
    COARSE_SHIFT, Entry, FINE_CELLS, FINE_SHIFT, Groups, LEVELS, MOST_KEYS, PADDING, UNICAST, WAYS,
    WINDOW_BITS, Window,
};
use crate::addr::Partition;

/// A tree before it is laid out in lines. A leaf has its flag in bit 31, whatever its width later on.
pub(super) struct Draft {
    /// Ascending; the first one is zero.
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
pub(super) struct Builder<const BITS: u32> {
    lines: Vec<Line>,
    /// The tree of each leaf that fills a whole cell of the root.
    uniform: HashMap<u32, Entry>,
}

impl<const BITS: u32> Builder<BITS> {
    pub(super) fn build(root: &[Draft], windows: &[Draft]) -> Groups<BITS> {
        let mut builder = Self { lines: vec![Line([i32::MAX; 16])], uniform: HashMap::new() };
        let mut root_skip = LEVELS;
        let root: Vec<Entry> = root
            .iter()
            .map(|draft| {
                let entry = builder.root_tree(draft);
                root_skip = root_skip.min(padding_levels(&entry));
                entry
            })
            .collect();
        let mut window_skip = LEVELS;
        let windows: Vec<Window> = windows
            .iter()
            .map(|draft| {
                let entry = builder.tree(draft);
                window_skip = window_skip.min(padding_levels(&entry));
                Window { first: draft.first, shift: draft.shift, entry }
            })
            .collect();
        let (root, windows, lines) = (Arena::of(&root), Arena::of(&windows), Arena::of(&builder.lines));
        Groups { root, windows, lines, root_skip, window_skip }
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
