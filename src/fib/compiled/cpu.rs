//! Which instructions of the processor the kernels use, found out when a table is built.

/// A set of instructions that a kernel is compiled for. The answers are the same with each.
///
/// The portable kernel runs everywhere and is the twin that the others are held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Instructions {
    /// What every processor of the target has.
    Portable,
    /// x86-64 with AVX2, BMI and POPCNT: counting bits and comparing eight keys at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, BW, DQ, VL, VPOPCNTDQ beside these (Ice Lake, Zen 4 and later): sixteen keys or reads at once.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// All sets that this processor has, the best last; never empty.
    pub fn available() -> Vec<Self> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "only some targets have more"))]
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("popcnt")
                && is_x86_feature_detected!("lzcnt");
            if avx2 {
                all.push(Self::Avx2);
            }
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vpopcntdq");
            if avx2 && avx512 {
                all.push(Self::Avx512);
            }
        }
        all
    }

    /// The best set that this processor has.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }
}

/// Asks for the cache line at a place; a hint that never faults.
#[inline(always)]
pub(super) fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetching any address is allowed, and SSE is part of x86-64.
        #[expect(unsafe_code, reason = "the intrinsic takes a pointer; cold bursts need the hint")]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(place.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
