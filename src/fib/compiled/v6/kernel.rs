//! Lookup in the IPv6 table: one address, or a burst one level at a time.

use std::net::Ipv6Addr;

use super::super::BURST;
use super::super::cpu::prefetch;
use super::super::rank::{Line, Rank};
use super::{
    COARSE_SHIFT, FINE_CELLS, FINE_SHIFT, Groups, INNER_CHILD, UNICAST, WAYS, WINDOW_BITS, WINDOW_CHILD,
    WINDOW_KEYS, WINDOW_SEPARATORS, WINDOW_SHIFT, small_leaf_word, small_separators,
};

#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    clippy::cast_possible_truncation,
    reason = "arrays of a burst are indexed below its length, lines below 16"
)]
impl<const BITS: u32> Groups<BITS> {
    pub(super) const FLAG: u32 = 1 << (BITS - 1);
    /// The number of separators in a leaf line, which has one more leaf than separators.
    pub(super) const LEAF_SEPARATORS: usize = if BITS == 16 { 10 } else { 7 };
    pub(super) const LEAF_WAYS: usize = Self::LEAF_SEPARATORS + 1;
    /// The first word with leaves.
    pub(super) const LEAF_WORD: usize = if BITS == 16 { 10 } else { 8 };

    /// Returns the code of one address.
    #[inline(always)]
    pub(super) fn code<R: Rank>(&self, address: u128) -> u32 {
        let (cell, key) = root_key((address >> 64) as u64);
        let mut leaf = self.search::<R>(self.root(cell), key, self.root_levels);
        while leaf & Self::FLAG != 0 {
            let number = leaf & !Self::FLAG;
            let window = self.window(number);
            let key = window_key(window, address);
            leaf = if number < self.first_large {
                Self::small_leaf::<R>(window, key)
            } else {
                self.search::<R>(window_step::<R>(window, key), key, self.window_levels)
            };
        }
        leaf
    }

    #[inline(always)]
    fn search<R: Rank>(&self, mut line: u32, key: i32, levels: usize) -> u32 {
        for _ in 0..levels {
            line = self.step::<R>(line, key);
        }
        self.leaf::<R>(line, key)
    }

    /// Looks up the codes of at most [`BURST`] addresses one level at a time, then continues with those that
    /// need a further window.
    #[inline(always)]
    pub(super) fn codes<R: Rank>(&self, addresses: &[Ipv6Addr], codes: &mut [u32; BURST]) {
        let mut keys = [0; BURST];
        let mut lines = [0_u32; BURST];
        let mut count = addresses.len().min(BURST);
        for ((line, key), address) in lines.iter_mut().zip(&mut keys).zip(addresses) {
            let (cell, first) = root_key((address.to_bits() >> 64) as u64);
            *key = first;
            *line = self.root(cell);
            self.prefetch(*line);
        }
        self.descend::<R>(&mut lines[..count], &keys, self.root_levels);
        // The list of addresses that continue grows without a branch: every entry is written, then kept or
        // overwritten.
        let mut open = [0_u8; BURST];
        let mut next = 0;
        for at in 0..count {
            let code = self.leaf::<R>(lines[at], keys[at]);
            codes[at] = code;
            open[next] = at as u8;
            next += usize::from(code & Self::FLAG != 0);
        }
        count = next;
        while count > 0 {
            for at in &open[..count] {
                let window = codes[usize::from(*at) % BURST] & !Self::FLAG;
                prefetch(self.windows.as_ptr().wrapping_add(window as usize));
            }
            let mut large = [0_u8; BURST];
            let mut large_count = 0;
            for position in 0..count {
                let at = usize::from(open[position]) % BURST;
                let number = codes[at] & !Self::FLAG;
                let window = self.window(number);
                let key = window_key(window, addresses[at].to_bits());
                codes[at] = Self::small_leaf::<R>(window, key);
                lines[large_count] = number;
                keys[large_count] = key;
                large[large_count] = at as u8;
                large_count += usize::from(number >= self.first_large);
            }
            let (lines, keys, large) =
                (&mut lines[..large_count], &keys[..large_count], &large[..large_count]);
            for (line, key) in lines.iter_mut().zip(keys) {
                *line = window_step::<R>(self.window(*line), *key);
                self.prefetch(*line);
            }
            self.descend::<R>(lines, keys, self.window_levels);
            for ((line, key), at) in lines.iter().zip(keys).zip(large) {
                codes[usize::from(*at) % BURST] = self.leaf::<R>(*line, *key);
            }
            let mut next = 0;
            for position in 0..count {
                let at = open[position];
                open[next] = at;
                next += usize::from(codes[usize::from(at) % BURST] & Self::FLAG != 0);
            }
            count = next;
        }
    }

    /// Descends `levels` levels from each line.
    #[inline(always)]
    pub(super) fn descend<R: Rank>(&self, lines: &mut [u32], keys: &[i32], levels: usize) {
        for _ in 0..levels {
            for (line, key) in lines.iter_mut().zip(keys) {
                *line = self.step::<R>(*line, *key);
                self.prefetch(*line);
            }
        }
    }

    /// Returns the child of an inner line.
    #[inline(always)]
    fn step<R: Rank>(&self, line: u32, key: i32) -> u32 {
        let line = self.line(line);
        line.0[INNER_CHILD].cast_unsigned().wrapping_add(R::rank::<0, { WAYS - 1 }>(line, key))
    }

    #[inline(always)]
    pub(super) fn leaf<R: Rank>(&self, line: u32, key: i32) -> u32 {
        let line = self.line(line);
        let place =
            if BITS == 16 { R::rank::<0, 10>(line, key) } else { R::rank::<0, 7>(line, key) } as usize;
        Self::leaf_at(line, Self::LEAF_WORD, place)
    }

    /// Returns the leaf of a small window. The result for a large window is meaningless.
    #[inline(always)]
    pub(super) fn small_leaf<R: Rank>(window: &Line, key: i32) -> u32 {
        let place = if BITS == 16 {
            R::rank::<WINDOW_KEYS, { small_separators(16) }>(window, key)
        } else {
            R::rank::<WINDOW_KEYS, { small_separators(32) }>(window, key)
        };
        Self::leaf_at(window, small_leaf_word(BITS), place as usize)
    }

    /// Returns leaf number `place` of the leaves that start at word `first` of a line.
    #[inline(always)]
    #[expect(unsafe_code, reason = "reads half a word of a line: see SAFETY")]
    fn leaf_at(line: &Line, first: usize, place: usize) -> u32 {
        if BITS == 16 {
            let leaves = line.0.as_ptr().cast::<u16>();
            debug_assert!(first * 2 + place < 32);
            // SAFETY: the index stays within the line. Ten separators select among the eleven 16-bit leaves
            // at the end of a leaf line; six separators select among the seven at the end of a window.
            u32::from(unsafe { leaves.add(first * 2 + place).read() })
        } else {
            line.0[(first + place) % 16].cast_unsigned()
        }
    }

    #[inline(always)]
    pub(super) fn prefetch(&self, line: u32) {
        prefetch(self.lines.as_ptr().wrapping_add(line as usize));
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "a bounds check on each read costs a tenth of a lookup's instructions")]
    fn root(&self, cell: usize) -> u32 {
        debug_assert!(cell < self.root.len());
        // SAFETY: `root_key` returns cells below ROOT_CELLS, and the builder writes that many entries.
        unsafe { *self.root.get_unchecked(cell) }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "as for `root`")]
    fn line(&self, line: u32) -> &Line {
        debug_assert!((line as usize) < self.lines.len());
        // SAFETY: the root and the windows contain only line numbers that the builder assigned, and a line of
        // these levels contains the number of its first child. Ranks count only separators that the builder
        // wrote, each of which has a child, because padding is never below a key.
        unsafe { self.lines.get_unchecked(line as usize) }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "as for `root`")]
    pub(super) fn window(&self, window: u32) -> &Line {
        debug_assert!((window as usize) < self.windows.len());
        // SAFETY: a flagged leaf contains the number of a window, which the builder assigned.
        unsafe { self.windows.get_unchecked(window as usize) }
    }
}

/// Returns the root cell of an address and its key there, from its upper half.
#[inline(always)]
fn root_key(top: u64) -> (usize, i32) {
    let block = (top >> 61) as u32;
    let fine = block == UNICAST;
    let cell = if fine { (top >> 47) as u32 & (FINE_CELLS - 1) } else { FINE_CELLS + block };
    let shift = if fine { FINE_SHIFT - 64 } else { COARSE_SHIFT - 64 };
    (cell as usize, ((top >> shift) & 0x7fff_ffff) as i32)
}

#[inline(always)]
fn window_key(Line(words): &Line, address: u128) -> i32 {
    let [low, second, third, high, ..] = words.map(|word| u128::from(word.cast_unsigned()));
    let first = low | second << 32 | third << 64 | high << 96;
    let (offset, below) = address.overflowing_sub(first);
    let cell = (offset >> (words[WINDOW_SHIFT] & 127)).min(1 << WINDOW_BITS) as i32;
    if below { 0 } else { cell + 1 }
}

/// Returns the child of a window's line.
#[inline(always)]
pub(super) fn window_step<R: Rank>(window: &Line, key: i32) -> u32 {
    let rank = R::rank::<WINDOW_KEYS, WINDOW_SEPARATORS>(window, key);
    window.0[WINDOW_CHILD].cast_unsigned().wrapping_add(rank)
}
