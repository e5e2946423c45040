//! Percentiles of times.

/// Percentiles of times in nanoseconds, by nearest rank: the shortest time that at least this share of the times does not
/// exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// The median.
    pub p50_ns: u64,
    /// The 95th percentile.
    pub p95_ns: u64,
    /// The 99th percentile.
    pub p99_ns: u64,
    /// The longest time.
    pub max_ns: u64,
}

impl Percentiles {
    /// Returns the exact percentiles of times in any order; `None` if there are none. Takes O(n log n) time.
    pub fn of(mut times: Vec<u64>) -> Option<Self> {
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).checked_sub(1)?).copied();
        Some(Self { p50_ns: at(50)?, p95_ns: at(95)?, p99_ns: at(99)?, max_ns: at(100)? })
    }
}
