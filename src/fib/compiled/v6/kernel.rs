//! Reading the IPv6 table: one address, or a burst a level at a time.

use std::net::Ipv6Addr;

use super::super::BURST;
use super::super::cpu::prefetch;
use super::super::rank::{Line, Rank};
use super::{
    COARSE_SHIFT, Entry, FINE_CELLS, FINE_SHIFT, Groups, LEVELS, UNICAST, WAYS, WINDOW_BITS, Window,
};

impl Window {
    #[inline(always)]
    fn key(&self, address: u128) -> i32 {
        let (offset, below) = address.overflowing_sub(self.first);
        let cell = (offset >> self.shift).min(1 << WINDOW_BITS) as i32;
        if below { 0 } else { cell + 1 }
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "arrays of a burst are indexed below its length, lines below 16"
)]
impl<const BITS: u32> Groups<BITS> {
    pub(super) const FLAG: u32 = 1 << (BITS - 1);
    /// Separators of a leaf line; it has one leaf more.
    pub(super) const LEAF_SEPARATORS: usize = if BITS == 16 { 10 } else { 7 };
    pub(super) const LEAF_WAYS: usize = Self::LEAF_SEPARATORS + 1;
    /// The word of the first leaf.
    pub(super) const LEAF_WORD: usize = if BITS == 16 { 10 } else { 8 };
    pub(super) const LEAVES_PER_WORD: usize = 32 / BITS as usize;

    /// The code of one address.
    #[inline(always)]
    pub(super) fn code<R: Rank>(&self, address: u128) -> u32 {
        let (cell, key) = root_key(address);
        let mut leaf = self.search::<R>(self.root(cell), key, self.root_skip);
        while leaf & Self::FLAG != 0 {
            let window = self.window(leaf & !Self::FLAG);
            leaf = self.search::<R>(&window.entry, window.key(address), self.window_skip);
        }
        leaf
    }

    #[inline(always)]
    fn search<R: Rank>(&self, entry: &Entry, key: i32, skip: usize) -> u32 {
        let mut index = 0;
        for first in entry.iter().take(LEVELS).skip(skip) {
            index = self.step::<R>(*first, index, key);
        }
        self.leaf::<R>(entry[LEVELS] + index, key)
    }

    /// The codes of at most [`BURST`] addresses, a level at a time, and then of those that need a further window.
    #[inline(always)]
    pub(super) fn codes<R: Rank>(&self, addresses: &[Ipv6Addr], codes: &mut [u32; BURST]) {
        let mut keys = [0; BURST];
        // For each level, the first line of each address's tree.
        let mut firsts = [[0; BURST]; LEVELS + 1];
        let mut active = [0_u8; BURST];
        let mut count = addresses.len().min(BURST);
        for (index, address) in addresses.iter().take(BURST).enumerate() {
            let (cell, key) = root_key(address.to_bits());
            keys[index] = key;
            active[index] = index as u8;
            self.spread(&mut firsts, index, self.root(cell), self.root_skip);
        }
        let mut skip = self.root_skip;
        loop {
            let mut indices = [0_u32; BURST];
            for level in skip..LEVELS {
                for at in &active[..count] {
                    let at = usize::from(*at) % BURST;
                    let next = self.step::<R>(firsts[level][at], indices[at], keys[at]);
                    indices[at] = next;
                    prefetch(self.lines.as_ptr().wrapping_add((firsts[level + 1][at] + next) as usize));
                }
            }
            // The list shrinks in place without a branch: every entry is written, and kept or not.
            let mut open = 0;
            for position in 0..count {
                let at = usize::from(active[position]) % BURST;
                let leaf = self.leaf::<R>(firsts[LEVELS][at] + indices[at], keys[at]);
                codes[at] = leaf;
                active[open] = at as u8;
                open += usize::from(leaf & Self::FLAG != 0);
            }
            if open == 0 {
                return;
            }
            count = open;
            skip = self.window_skip;
            for at in &active[..count] {
                prefetch(
                    self.windows
                        .as_ptr()
                        .wrapping_add((codes[usize::from(*at) % BURST] & !Self::FLAG) as usize),
                );
            }
            for at in &active[..count] {
                let at = usize::from(*at) % BURST;
                let window = self.window(codes[at] & !Self::FLAG);
                keys[at] = window.key(addresses[at].to_bits());
                self.spread(&mut firsts, at, &window.entry, skip);
            }
        }
    }

    /// Writes the first line of each level into its level's row, and asks for the first that is read.
    #[inline(always)]
    fn spread(&self, firsts: &mut [[u32; BURST]; LEVELS + 1], index: usize, entry: &Entry, skip: usize) {
        for (firsts, first) in firsts.iter_mut().zip(entry) {
            firsts[index % BURST] = *first;
        }
        prefetch(self.lines.as_ptr().wrapping_add(entry[skip % (LEVELS + 1)] as usize));
    }

    /// From line `index` of a level that starts at line `first` to the line of the next level.
    #[inline(always)]
    fn step<R: Rank>(&self, first: u32, index: u32, key: i32) -> u32 {
        index * WAYS + R::rank(self.line(first + index), key)
    }

    #[inline(always)]
    fn leaf<R: Rank>(&self, line: u32, key: i32) -> u32 {
        let line = self.line(line);
        let place =
            if BITS == 16 { R::rank_of::<10>(line, key) } else { R::rank_of::<7>(line, key) } as usize;
        let word = line.0[(Self::LEAF_WORD + place / Self::LEAVES_PER_WORD) % 16].cast_unsigned();
        if BITS == 16 { word >> (place % 2 * 16) & 0xffff } else { word }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "a bounds check on each read costs a tenth of a look-up's instructions")]
    fn root(&self, cell: usize) -> &Entry {
        debug_assert!(cell < self.root.len());
        // SAFETY: `root_key` gives cells below ROOT_CELLS, and the builder fills as many entries.
        unsafe { self.root.get_unchecked(cell) }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "as for `root`")]
    fn line(&self, line: u32) -> &Line {
        debug_assert!((line as usize) < self.lines.len());
        // SAFETY: an entry holds the first line of each level as the builder laid it out, and `step` gives a child
        // of a line below: ranks count only separators that the builder wrote, since padding is never below a key.
        unsafe { self.lines.get_unchecked(line as usize) }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "as for `root`")]
    fn window(&self, window: u32) -> &Window {
        debug_assert!((window as usize) < self.windows.len());
        // SAFETY: a flagged leaf holds the number of a window, which the builder gave.
        unsafe { self.windows.get_unchecked(window as usize) }
    }
}

/// The root cell of an address and its key there.
#[inline(always)]
fn root_key(address: u128) -> (usize, i32) {
    let top = (address >> 64) as u64;
    let block = (top >> 61) as u32;
    let fine = block == UNICAST;
    let cell = if fine { (top >> 47) as u32 & (FINE_CELLS - 1) } else { FINE_CELLS + block };
    let shift = if fine { FINE_SHIFT - 64 } else { COARSE_SHIFT - 64 };
    (cell as usize, ((top >> shift) & 0x7fff_ffff) as i32)
}
