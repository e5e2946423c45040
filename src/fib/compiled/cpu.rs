//! The instruction sets that the kernels use, detected when a table is built.

/// An instruction set that a kernel is compiled for. All of them give the same results.
///
/// The portable kernel runs everywhere and is the reference that the other kernels are tested against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Instructions {
    /// The baseline that every processor of the target supports.
    Portable,
    /// x86-64 with AVX2, BMI and POPCNT: counts bits in one instruction and compares eight keys at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX2 plus AVX-512 F, BW, DQ, VL and VPOPCNTDQ (Ice Lake, Zen 4 and later): compares sixteen keys or
    /// does sixteen reads at a time.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// Returns the instruction sets that this processor supports, the best one last. The list is never empty.
    pub fn available() -> Vec<Self> {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "only some targets have more than one")
        )]
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

    /// Returns the best instruction set that this processor supports.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }
}

/// Prefetches the cache line at `place`. It is only a hint and never faults.
#[inline(always)]
pub(super) fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[expect(
            unsafe_code,
            reason = "the intrinsic takes a pointer; bursts with a cold cache need the hint"
        )]
        // SAFETY: prefetching any address is allowed, and SSE is part of x86-64.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(place.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
