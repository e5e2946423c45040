//! Lookup in the IPv4 table with AVX-512: sixteen addresses in a register. Each read is a gather.
//!
//! The reads of a burst do not depend on one another, so their latencies overlap without a prefetch hint.

#![expect(unsafe_code, reason = "gathers take pointers; up to two fifths less time than with AVX2")]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_add_epi64, _mm512_and_si512, _mm512_andnot_si512,
    _mm512_castsi256_si512, _mm512_castsi512_si256, _mm512_cvtepi64_epi32, _mm512_cvtepu32_epi64,
    _mm512_extracti64x4_epi64, _mm512_i32gather_epi32, _mm512_i64gather_epi64, _mm512_inserti64x4,
    _mm512_loadu_si512, _mm512_mask_expand_epi32, _mm512_maskz_compress_epi32, _mm512_popcnt_epi64,
    _mm512_set1_epi32, _mm512_set1_epi64, _mm512_set4_epi32, _mm512_shuffle_epi8, _mm512_slli_epi32,
    _mm512_slli_epi64, _mm512_srli_epi32, _mm512_srli_epi64, _mm512_srlv_epi64, _mm512_storeu_si512,
    _mm512_test_epi32_mask,
};
use std::net::Ipv4Addr;

use super::super::BURST;
use super::{CHILD, HEAD, Nodes, WORDS};

/// The number of addresses in a register.
const LANES: usize = 16;
/// The number of registers in a burst.
const GROUPS: usize = BURST / LANES;

/// Selected lanes of a burst, packed, with room for a whole register after the last one.
type Picked = [u32; BURST + LANES];

#[expect(clippy::indexing_slicing, reason = "arrays of a burst are indexed below its length")]
impl<const BITS: u32> Nodes<BITS> {
    /// Returns whether every index fits into the signed 32-bit indexes of a gather.
    pub(super) fn fits_gathers(&self) -> bool {
        self.lines.len() < 1 << 26
    }

    /// Works like `codes`, with gathers. Every index must fit into a gather.
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    pub(super) fn codes_avx512(&self, addresses: &[Ipv4Addr; BURST], codes: &mut [u32; BURST]) {
        let zero = _mm512_set1_epi32(0);
        let (mut nodes, mut indices, mut leaves) = ([zero; GROUPS], [zero; GROUPS], [zero; GROUPS]);
        for (group, node) in nodes.iter_mut().enumerate() {
            *node = self.root_nodes(register(addresses, group));
        }
        for (group, (index, node)) in indices.iter_mut().zip(&nodes).enumerate() {
            *index = self.leaf_indices(*node, _mm512_srli_epi32::<8>(register(addresses, group)));
        }
        let flag = _mm512_set1_epi32(Self::FLAG.cast_signed());
        let mut extended = [0_u16; GROUPS];
        let mut count = 0;
        let mut picked: [Picked; 3] = [[0; BURST + LANES]; 3];
        for group in 0..GROUPS {
            let leaf = self.leaves(indices[group]);
            leaves[group] = leaf;
            let mask = _mm512_test_epi32_mask(leaf, flag);
            extended[group] = mask;
            let family_batches = [nodes[group], _mm512_andnot_si512(flag, leaf), register(addresses, group)];
            for (picked, family_batches) in picked.iter_mut().zip(family_batches) {
                store(picked, count, _mm512_maskz_compress_epi32(mask, family_batches));
            }
            count += mask.count_ones() as usize;
        }
        let mut found: Picked = [0; BURST + LANES];
        for from in (0..count).step_by(LANES) {
            let [node, number, address] =
                [load(&picked[0], from), load(&picked[1], from), load(&picked[2], from)];
            let index = self.leaf_indices(self.children(node, number), address);
            store(&mut found, from, self.leaves(index));
        }
        let mut from = 0;
        for group in 0..GROUPS {
            let mask = extended[group];
            let leaf = _mm512_mask_expand_epi32(leaves[group], mask, load(&found, from));
            store(codes, group * LANES, leaf);
            from += mask.count_ones() as usize;
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn root_nodes(&self, addresses: __m512i) -> __m512i {
        debug_assert_eq!(self.root.len(), 1 << 16);
        // SAFETY: the builder writes an entry for each /16, and 16 bits of the address remain.
        unsafe { _mm512_i32gather_epi32::<4>(_mm512_srli_epi32::<16>(addresses), self.root.as_ptr().cast()) }
    }

    /// Works like `leaf_index`, for the lowest byte of each of `slots`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]
    fn leaf_indices(&self, nodes: __m512i, slots: __m512i) -> __m512i {
        let low = self.leaf_indices_of_8(
            _mm512_cvtepu32_epi64(_mm512_castsi512_si256(nodes)),
            _mm512_cvtepu32_epi64(_mm512_castsi512_si256(slots)),
        );
        let high = self.leaf_indices_of_8(
            _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64::<1>(nodes)),
            _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64::<1>(slots)),
        );
        let low = _mm512_castsi256_si512(_mm512_cvtepi64_epi32(low));
        _mm512_inserti64x4::<1>(low, _mm512_cvtepi64_epi32(high))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]
    fn leaf_indices_of_8(&self, nodes: __m512i, slots: __m512i) -> __m512i {
        let words = self.lines.as_ptr().cast::<i64>();
        let first = _mm512_slli_epi64::<{ WORDS.ilog2() }>(nodes);
        let word = _mm512_and_si512(_mm512_srli_epi64::<6>(slots), _mm512_set1_epi64(3));
        // SAFETY: nodes come from `root_nodes` and `children`, which contain only numbers from the builder.
        // `word` is one of the node's four bitmap words, and the head follows them.
        let (bitmap, head) = unsafe {
            let bitmap = _mm512_i64gather_epi64::<8>(_mm512_add_epi64(first, word), words);
            (bitmap, _mm512_i64gather_epi64::<8>(first, words.add(HEAD)))
        };
        let above = _mm512_andnot_si512(slots, _mm512_set1_epi64(63));
        let started = _mm512_and_si512(bitmap, _mm512_srlv_epi64(_mm512_set1_epi64(-1), above));
        let before = _mm512_srlv_epi64(head, _mm512_slli_epi64::<3>(word));
        let before = _mm512_and_si512(before, _mm512_set1_epi64(0xff));
        let index = _mm512_add_epi64(_mm512_srli_epi64::<32>(head), before);
        _mm512_add_epi64(index, _mm512_popcnt_epi64(started))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn children(&self, nodes: __m512i, numbers: __m512i) -> __m512i {
        let words = self.lines.as_ptr().cast::<i32>();
        let half = usize::from(cfg!(target_endian = "big"));
        // SAFETY: as for `leaf_indices_of_8`; the child's number is the low half of its word.
        let first = unsafe {
            let places = _mm512_slli_epi32::<{ WORDS.ilog2() + 1 }>(nodes);
            _mm512_i32gather_epi32::<4>(places, words.add(CHILD * 2 + half))
        };
        _mm512_add_epi32(first, numbers)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn leaves(&self, indices: __m512i) -> __m512i {
        let leaves = self.lines.as_ptr().cast::<i32>();
        // SAFETY: as for `leaf`. After the last 16-bit leaf, there is another word in the arena.
        unsafe {
            if BITS == 16 {
                let pairs = _mm512_i32gather_epi32::<2>(indices, leaves);
                _mm512_and_si512(pairs, _mm512_set1_epi32(0xffff))
            } else {
                _mm512_i32gather_epi32::<4>(indices, leaves)
            }
        }
    }
}

/// Loads sixteen addresses of a burst as numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn register(addresses: &[Ipv4Addr; BURST], group: usize) -> __m512i {
    let from = group % GROUPS * LANES;
    let reverse = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    // SAFETY: there are sixteen addresses of four bytes from `from` on.
    let bytes = unsafe { _mm512_loadu_si512(addresses.as_ptr().add(from).cast()) };
    _mm512_shuffle_epi8(bytes, reverse)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load<const LENGTH: usize>(from: &[u32; LENGTH], at: usize) -> __m512i {
    debug_assert!(at + LANES <= LENGTH);
    // SAFETY: callers pass a position within the burst, and a register fits after it.
    unsafe { _mm512_loadu_si512(from.as_ptr().add(at.min(LENGTH - LANES)).cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store<const LENGTH: usize>(to: &mut [u32; LENGTH], at: usize, value: __m512i) {
    debug_assert!(at + LANES <= LENGTH);
    // SAFETY: as for `load`.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().add(at.min(LENGTH - LANES)).cast(), value) };
}
