//! Lookup in the IPv4 table: one address, or a burst in passes.

use std::net::Ipv4Addr;

use super::super::BURST;
use super::super::cpu::prefetch;
use super::{BITMAP_WORDS, CHILD, HEAD, Nodes};

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "arrays of a burst are indexed below its length, the root by 16 bits; words are truncated on purpose"
)]
impl<const BITS: u32> Nodes<BITS> {
    pub(super) const FLAG: u32 = 1 << (BITS - 1);

    /// Returns the code of one address.
    #[inline(always)]
    pub(super) fn code(&self, address: u32) -> u32 {
        let node = self.root_node(address);
        let leaf = self.leaf(self.leaf_index(node, (address >> 8) & 0xff));
        if leaf & Self::FLAG == 0 {
            return leaf;
        }
        self.leaf(self.leaf_index(self.child(node, leaf), address & 0xff))
    }

    /// Looks up the codes of at most [`BURST`] addresses in passes. Each pass does one read for every address
    /// and prefetches what the next pass reads, so the memory latencies of a pass overlap.
    #[inline(always)]
    pub(super) fn codes(&self, addresses: &[Ipv4Addr], codes: &mut [u32; BURST]) {
        let mut nodes = [0_u32; BURST];
        let mut indices = [0_u32; BURST];
        for (node, address) in nodes.iter_mut().zip(addresses) {
            *node = self.root_node(address.to_bits());
            prefetch(self.lines.as_ptr().wrapping_add(*node as usize));
        }
        for ((index, node), address) in indices.iter_mut().zip(&nodes).zip(addresses) {
            *index = self.leaf_index(*node, (address.to_bits() >> 8) & 0xff);
            prefetch(self.leaf_pointer(*index));
        }
        // The list of extended leaves grows without a branch: every entry is written, then kept or
        // overwritten.
        let mut extended = [0_u8; BURST];
        let mut count = 0_usize;
        for (at, ((code, index), _)) in (0_u8..).zip(codes.iter_mut().zip(&indices).zip(addresses)) {
            *code = self.leaf(*index);
            if let Some(slot) = extended.get_mut(count % BURST) {
                *slot = at;
            }
            count += usize::from(*code & Self::FLAG != 0);
        }
        let extended = extended.get(..count).unwrap_or_default();
        for at in extended {
            let at = usize::from(*at) % BURST;
            let child = self.child(nodes[at], codes[at]);
            nodes[at] = child;
            prefetch(self.lines.as_ptr().wrapping_add(child as usize));
        }
        for at in extended {
            let at = usize::from(*at) % BURST;
            let Some(address) = addresses.get(at) else { continue };
            indices[at] = self.leaf_index(nodes[at], address.to_bits() & 0xff);
            prefetch(self.leaf_pointer(indices[at]));
        }
        for at in extended {
            let at = usize::from(*at) % BURST;
            codes[at] = self.leaf(indices[at]);
        }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "as for `line`")]
    fn root_node(&self, address: u32) -> u32 {
        debug_assert_eq!(self.root.len(), 1 << 16);
        // SAFETY: the builder writes an entry for each /16.
        unsafe { *self.root.get_unchecked((address >> 16) as usize) }
    }

    /// Returns the number of the leaf for `slot` (below 256) in a node: the number of the node's first leaf
    /// plus the number of run starts up to the slot.
    #[inline(always)]
    fn leaf_index(&self, node: u32, slot: u32) -> u32 {
        let words = &self.line(node).0;
        let word = (slot >> 6) as usize % BITMAP_WORDS;
        let started = words[word] & (u64::MAX >> (!slot & 63));
        let before = (words[HEAD] >> (8 * word)) & 0xff;
        (words[HEAD] >> 32) as u32 + before as u32 + started.count_ones()
    }

    #[inline(always)]
    fn child(&self, node: u32, leaf: u32) -> u32 {
        self.line(node).0[CHILD] as u32 + (leaf & !Self::FLAG)
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "a bounds check on each read costs a fifth of a lookup's instructions")]
    fn line(&self, node: u32) -> &super::Line {
        debug_assert!((node as usize) < self.lines.len());
        // SAFETY: node numbers come from `root` and from `child`, which contain only numbers that the builder
        // assigned. `Nodes` has no other constructor, and nothing writes to it.
        unsafe { self.lines.get_unchecked(node as usize) }
    }

    /// Returns the address of a leaf. Leaves are numbered in units of their own width from the start of the
    /// arena.
    #[inline(always)]
    fn leaf_pointer(&self, index: u32) -> *const u8 {
        self.lines.as_ptr().cast::<u8>().wrapping_add(index as usize * (BITS as usize / 8))
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "leaves of 16 or 32 bits are read from an arena of whole lines")]
    #[expect(clippy::cast_ptr_alignment, reason = "see SAFETY")]
    fn leaf(&self, index: u32) -> u32 {
        debug_assert!((index as usize + 1) * (BITS as usize / 8) <= self.lines.memory_bytes());
        let place = self.leaf_pointer(index);
        // SAFETY: a leaf's number is the start that the builder wrote into a node plus an offset below the
        // node's number of runs, and all leaves of these runs follow that start. The arena is aligned to 64
        // bytes, so a leaf is aligned to its width. Every bit pattern is a valid number.
        unsafe { if BITS == 16 { u32::from(place.cast::<u16>().read()) } else { place.cast::<u32>().read() } }
    }
}
