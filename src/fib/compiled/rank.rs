//! Counts how many sorted keys in a cache line are below a given key: one step of a tree search, without a
//! branch.

/// Sixteen words of one cache line: keys and their metadata.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [i32; 16]);

/// Counts the keys below a given key. All implementations return the same number.
pub(super) trait Rank {
    /// Counts how many of the `COUNT` words from word `FROM` on are below `key`. All these words must be in
    /// the line.
    fn rank<const FROM: usize, const COUNT: usize>(line: &Line, key: i32) -> u32;
}

/// Compares one key at a time. The reference for the other implementations.
pub(super) struct Portable;

impl Rank for Portable {
    #[inline(always)]
    fn rank<const FROM: usize, const COUNT: usize>(line: &Line, key: i32) -> u32 {
        line.0.iter().skip(FROM).take(COUNT).map(|other| u32::from(*other < key)).sum()
    }
}

/// Compares eight keys at a time.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx2;

/// Compares sixteen keys at a time.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx512;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_load_si256, _mm256_movemask_ps,
        _mm256_set1_epi32, _mm512_load_si512, _mm512_mask_cmplt_epi32_mask, _mm512_set1_epi32,
    };

    use super::{Avx2, Avx512, Line, Rank};

    /// Returns a mask in which bit `i` is set if key `i` is below `key`.
    #[inline(always)]
    #[expect(unsafe_code, reason = "eight compares in one instruction save two fifths of the lookup time")]
    fn below_avx2(line: &Line, key: i32) -> u32 {
        // SAFETY: both halves are inside `line`, which is aligned to 64 bytes. Only the kernels for AVX2 and
        // better contain this code, and they run only on processors that support it.
        unsafe {
            let wanted = _mm256_set1_epi32(key);
            let halves = std::ptr::from_ref(line).cast::<__m256i>();
            let (first, second) = (_mm256_load_si256(halves), _mm256_load_si256(halves.add(1)));
            let first = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(wanted, first)));
            let second = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(wanted, second)));
            first.cast_unsigned() | second.cast_unsigned() << 8
        }
    }

    impl Rank for Avx2 {
        #[inline(always)]
        fn rank<const FROM: usize, const COUNT: usize>(line: &Line, key: i32) -> u32 {
            (below_avx2(line, key) & (((1 << COUNT) - 1) << FROM)).count_ones()
        }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "sixteen compares in one instruction save half of the lookup time")]
    fn below_avx512(line: &Line, key: i32, of: u16) -> u32 {
        // SAFETY: `line` is aligned to 64 bytes. Only the kernel for AVX-512 contains this code, and it runs
        // only on processors that support it.
        unsafe {
            let all = _mm512_load_si512(std::ptr::from_ref(line).cast::<__m512i>());
            u32::from(_mm512_mask_cmplt_epi32_mask(of, all, _mm512_set1_epi32(key)))
        }
    }

    impl Rank for Avx512 {
        #[inline(always)]
        fn rank<const FROM: usize, const COUNT: usize>(line: &Line, key: i32) -> u32 {
            below_avx512(line, key, ((1 << COUNT) - 1) << FROM).count_ones()
        }
    }
}
