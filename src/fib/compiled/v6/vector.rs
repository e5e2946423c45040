//! Lookup in the IPv6 table with AVX-512: keys of eight addresses in a register, sixteen separators in one
//! compare.

#![expect(
    unsafe_code,
    reason = "gathers and loads take pointers; a quarter to a third less time than with AVX2"
)]

use std::arch::x86_64::{
    __m512i, __mmask8, _mm256_i32gather_epi32, _mm256_loadu_si256, _mm256_maskz_and_epi32, _mm256_set1_epi32,
    _mm256_storeu_si256, _mm512_add_epi32, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask,
    _mm512_cmplt_epu64_mask, _mm512_cvtepi64_epi32, _mm512_cvtepu32_epi64, _mm512_i64gather_epi32,
    _mm512_i64gather_epi64, _mm512_loadu_si512, _mm512_mask_blend_epi64, _mm512_mask_sub_epi64,
    _mm512_maskz_add_epi64, _mm512_maskz_compress_epi32, _mm512_min_epu64, _mm512_or_si512,
    _mm512_permutex2var_epi64, _mm512_set_epi64, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_set4_epi32,
    _mm512_setr_epi32, _mm512_shuffle_epi8, _mm512_slli_epi64, _mm512_sllv_epi64, _mm512_srli_epi64,
    _mm512_srlv_epi64, _mm512_storeu_si512, _mm512_sub_epi64, _mm512_test_epi32_mask, _mm512_test_epi64_mask,
};
use std::net::Ipv6Addr;

use super::super::cpu::prefetch;
use super::super::rank::Avx512;
use super::kernel::window_step;
use super::{COARSE_SHIFT, FINE_CELLS, FINE_SHIFT, Groups, LONG_BURST, UNICAST, WINDOW_BITS, WINDOW_SHIFT};

/// The number of address halves in a register.
const LANES: usize = 8;
/// The number of codes in a register.
const CODES: usize = 16;

/// Positions within a burst, with room for a whole register after the last one.
type Open = [u32; LONG_BURST + CODES];

#[expect(
    clippy::indexing_slicing,
    clippy::cast_ptr_alignment,
    reason = "arrays of a burst are indexed below its length; gathers need no alignment"
)]
impl<const BITS: u32> Groups<BITS> {
    /// Works like `codes`, for a whole burst.
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    pub(super) fn codes_avx512<const LENGTH: usize>(
        &self,
        addresses: &[Ipv6Addr; LENGTH],
        codes: &mut [u32; LENGTH],
    ) {
        const { assert!(LENGTH.is_multiple_of(CODES) && LENGTH <= LONG_BURST) };
        let (mut lines, mut keys) = ([0_u32; LENGTH], [0_i32; LENGTH]);
        self.root_keys(addresses, &mut lines, &mut keys);
        for line in &lines {
            self.prefetch(*line);
        }
        self.descend::<Avx512>(&mut lines, &keys, self.root_levels);
        for ((code, line), key) in codes.iter_mut().zip(&lines).zip(&keys) {
            *code = self.leaf::<Avx512>(*line, *key);
        }
        let mut open: Open = [0; LONG_BURST + CODES];
        let mut count = Self::open(codes, &mut open);
        while count > 0 {
            count = self.round(addresses, codes, &mut open, count);
        }
    }

    /// Returns the top line of each address's root tree, and the address's key in that tree.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn root_keys<const LENGTH: usize>(
        &self,
        addresses: &[Ipv6Addr; LENGTH],
        lines: &mut [u32; LENGTH],
        keys: &mut [i32; LENGTH],
    ) {
        for from in (0..LENGTH).step_by(LANES) {
            let tops = upper_halves(addresses, from);
            let block = _mm512_srli_epi64::<61>(tops);
            let fine = _mm512_cmpeq_epi64_mask(block, number(UNICAST));
            let fine_cell = _mm512_and_si512(_mm512_srli_epi64::<47>(tops), number(FINE_CELLS - 1));
            let coarse_cell = _mm512_add_epi64(block, number(FINE_CELLS));
            let cell = _mm512_mask_blend_epi64(fine, coarse_cell, fine_cell);
            let shift = _mm512_mask_blend_epi64(fine, number(COARSE_SHIFT - 64), number(FINE_SHIFT - 64));
            let key = _mm512_and_si512(_mm512_srlv_epi64(tops, shift), number(0x7fff_ffff));
            // SAFETY: cells are below ROOT_CELLS, and the builder writes that many entries. Both arrays have
            // room for eight words from `from` on.
            unsafe {
                let line = _mm512_i64gather_epi32::<4>(cell, self.root.as_ptr().cast());
                _mm256_storeu_si256(lines.as_mut_ptr().add(from).cast(), line);
                _mm256_storeu_si256(keys.as_mut_ptr().add(from).cast(), _mm512_cvtepi64_epi32(key));
            }
        }
    }

    /// Writes the positions of the codes that refer to windows, and returns the number of positions.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,popcnt")]
    fn open<const LENGTH: usize>(codes: &[u32; LENGTH], open: &mut Open) -> usize {
        let flag = _mm512_set1_epi32(Self::FLAG.cast_signed());
        let mut places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let mut count = 0;
        for from in (0..LENGTH).step_by(CODES) {
            // SAFETY: there are sixteen codes from `from` on. At most `from` positions were written before
            // them, so a register fits.
            unsafe {
                let codes = _mm512_loadu_si512(codes.as_ptr().add(from).cast());
                let mask = _mm512_test_epi32_mask(codes, flag);
                _mm512_storeu_si512(
                    open.as_mut_ptr().add(count).cast(),
                    _mm512_maskz_compress_epi32(mask, places),
                );
                count += mask.count_ones() as usize;
            }
            places = _mm512_add_epi32(places, _mm512_set1_epi32(16));
        }
        count
    }

    /// Reads a further window for each of `count` open addresses, and returns the number that remain open.
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn round<const LENGTH: usize>(
        &self,
        addresses: &[Ipv6Addr; LENGTH],
        codes: &mut [u32; LENGTH],
        open: &mut Open,
        count: usize,
    ) -> usize {
        let (mut lines, mut keys) = ([0_u32; LENGTH], [0_i32; LENGTH]);
        for at in open.iter().take(count) {
            let window = codes[*at as usize % LENGTH] & !Self::FLAG;
            prefetch(self.windows.as_ptr().wrapping_add(window as usize));
        }
        for from in (0..count).step_by(LANES) {
            let valid = __mmask8::MAX >> (LANES - (count - from).min(LANES));
            self.window_keys(addresses, codes, (open, from, valid), &mut lines, &mut keys);
        }
        let mut large = [0_u32; LENGTH];
        let mut large_count = 0;
        for position in 0..count {
            let (at, number, key) = (open[position], lines[position], keys[position]);
            codes[at as usize % LENGTH] = Self::small_leaf::<Avx512>(self.window(number), key);
            lines[large_count] = number;
            keys[large_count] = key;
            large[large_count] = at;
            large_count += usize::from(number >= self.first_large);
        }
        let (lines, keys, large) = (&mut lines[..large_count], &keys[..large_count], &large[..large_count]);
        for (line, key) in lines.iter_mut().zip(keys) {
            *line = window_step::<Avx512>(self.window(*line), *key);
            self.prefetch(*line);
        }
        self.descend::<Avx512>(lines, keys, self.window_levels);
        for ((line, key), at) in lines.iter().zip(keys).zip(large) {
            codes[*at as usize % LENGTH] = self.leaf::<Avx512>(*line, *key);
        }
        let mut still = 0;
        for position in 0..count {
            let at = open[position];
            open[still] = at;
            still += usize::from(codes[at as usize % LENGTH] & Self::FLAG != 0);
        }
        still
    }

    /// Returns the windows (indexes into `lines`) of eight open addresses and the keys in them; see
    /// `window_key`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
    fn window_keys<const LENGTH: usize>(
        &self,
        addresses: &[Ipv6Addr; LENGTH],
        codes: &[u32; LENGTH],
        (open, from, valid): (&Open, usize, __mmask8),
        lines: &mut [u32; LENGTH],
        keys: &mut [i32; LENGTH],
    ) {
        let largest = number(1 << WINDOW_BITS);
        // SAFETY: there are eight positions from `from` on, with zeros after the last one. Invalid lanes read
        // window 0, which exists because a valid lane has a window. A window is eight 64-bit words. Both
        // arrays have room for eight words.
        unsafe {
            let at = _mm256_loadu_si256(open.as_ptr().add(from).cast());
            let code = _mm256_i32gather_epi32::<4>(codes.as_ptr().cast(), at);
            let window = _mm256_maskz_and_epi32(valid, code, _mm256_set1_epi32((!Self::FLAG).cast_signed()));
            let head = _mm512_slli_epi64::<3>(_mm512_cvtepu32_epi64(window));
            let words = self.windows.as_ptr().cast::<i64>();
            let first_low = _mm512_i64gather_epi64::<8>(head, words);
            let first_high = _mm512_i64gather_epi64::<8>(head, words.add(1));
            let shift = _mm512_i64gather_epi64::<8>(head, words.add(WINDOW_SHIFT / 2));
            let shift = _mm512_and_si512(shift, number(127));
            let place = _mm512_slli_epi64::<1>(_mm512_cvtepu32_epi64(at));
            let halves = addresses.as_ptr().cast::<i64>();
            let high = swapped(_mm512_i64gather_epi64::<8>(place, halves));
            let low = swapped(_mm512_i64gather_epi64::<8>(place, halves.add(1)));
            let borrow = _mm512_cmplt_epu64_mask(low, first_low);
            let below = _mm512_cmplt_epu64_mask(high, first_high)
                | (_mm512_cmpeq_epi64_mask(high, first_high) & borrow);
            let low = _mm512_sub_epi64(low, first_low);
            let high = _mm512_sub_epi64(high, first_high);
            let high = _mm512_mask_sub_epi64(high, borrow, high, number(1));
            // A shift by 64 or more gives zero. Negative shifts count as such.
            let across = _mm512_or_si512(
                _mm512_sllv_epi64(high, _mm512_sub_epi64(number(64), shift)),
                _mm512_srlv_epi64(high, _mm512_sub_epi64(shift, number(64))),
            );
            let cell = _mm512_or_si512(_mm512_srlv_epi64(low, shift), across);
            let past = _mm512_srlv_epi64(high, shift);
            let past = _mm512_test_epi64_mask(past, past);
            let cell = _mm512_mask_blend_epi64(past, _mm512_min_epu64(cell, largest), largest);
            let key = _mm512_maskz_add_epi64(!below, cell, number(1));
            _mm256_storeu_si256(lines.as_mut_ptr().add(from).cast(), window);
            _mm256_storeu_si256(keys.as_mut_ptr().add(from).cast(), _mm512_cvtepi64_epi32(key));
        }
    }
}

/// Loads the upper halves of eight addresses.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn upper_halves<const LENGTH: usize>(addresses: &[Ipv6Addr; LENGTH], from: usize) -> __m512i {
    debug_assert!(from + LANES <= LENGTH);
    let from = from.min(LENGTH - LANES);
    // SAFETY: there are eight addresses of sixteen bytes from `from` on.
    let (first, second) = unsafe {
        let place = addresses.as_ptr().add(from);
        (_mm512_loadu_si512(place.cast()), _mm512_loadu_si512(place.add(LANES / 2).cast()))
    };
    swapped(_mm512_permutex2var_epi64(first, _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), second))
}

/// Converts big-endian bytes to numbers.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn swapped(bytes: __m512i) -> __m512i {
    _mm512_shuffle_epi8(bytes, _mm512_set4_epi32(0x0809_0a0b, 0x0c0d_0e0f, 0x0001_0203, 0x0405_0607))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn number(value: u32) -> __m512i {
    _mm512_set1_epi64(i64::from(value))
}
