//! The distribution of times, for percentiles.

use hdrhistogram::Histogram;

use crate::sim::percentiles::Percentiles;

/// Times, each kept with a relative error of at most 0.1 %.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Distribution {
    /// `None` before the first time.
    histogram: Option<Histogram<u64>>,
    longest_ns: u64,
}

impl Distribution {
    /// Adds a time.
    pub(in crate::sim) fn add(&mut self, time_ns: u64) {
        self.longest_ns = self.longest_ns.max(time_ns);
        if self.histogram.is_none() {
            self.histogram = Histogram::new(3).ok();
        }
        if let Some(histogram) = &mut self.histogram {
            // It grows to any time, so that this cannot fail.
            let _ = histogram.record(time_ns);
        }
    }

    /// Returns the percentiles, or `None` without times. Each is rounded up by at most 0.1 %, and never above the longest
    /// time, which is exact.
    ///
    /// # Complexity
    ///
    /// Linear in the number of distinct times, which is at most about 50,000.
    pub(in crate::sim) fn percentiles(&self) -> Option<Percentiles> {
        let histogram = self.histogram.as_ref()?;
        let at = |percent: u64| {
            let rank = rank(histogram.len(), percent);
            let mut seen = 0;
            let value = histogram.iter_recorded().find_map(|step| {
                seen += step.count_since_last_iteration();
                (seen >= rank).then(|| histogram.highest_equivalent(step.value_iterated_to()))
            });
            value.unwrap_or(self.longest_ns).min(self.longest_ns)
        };
        Some(Percentiles { p50_ns: at(50), p95_ns: at(95), p99_ns: at(99), max_ns: self.longest_ns })
    }
}

/// Returns the number of times that a percentile is not shorter than: the nearest rank, rounded up.
pub(in crate::sim) fn rank(times: u64, percent: u64) -> u64 {
    u64::try_from((u128::from(times) * u128::from(percent)).div_ceil(100)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(times: &[u64]) -> Option<Percentiles> {
        let mut all = Distribution::default();
        for time in times {
            all.add(*time);
        }
        all.percentiles()
    }

    /// Tests ranks calculated by hand.
    #[test]
    fn percentiles_are_nearest_ranks() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some(Percentiles { p50_ns: 7, p95_ns: 7, p99_ns: 7, max_ns: 7 }));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(of(&hundred), Some(Percentiles { p50_ns: 50, p95_ns: 95, p99_ns: 99, max_ns: 100 }));
        // Of 101 times, 99 % are 99.99, so the 100th time is the percentile.
        let more: Vec<u64> = (1..=101).collect();
        assert_eq!(of(&more), Some(Percentiles { p50_ns: 51, p95_ns: 96, p99_ns: 100, max_ns: 101 }));
        assert_eq!(of(&[0, u64::MAX]).map(|all| (all.p50_ns, all.max_ns)), Some((0, u64::MAX)));
    }

    proptest! {
        #[test]
        fn percentiles_equal_sorted_times_up_to_a_thousandth(
            mut times in prop::collection::vec(prop_oneof![0_u64..3_000, 0_u64..1 << 40], 1..300)
        ) {
            let found = of(&times).unwrap();
            times.sort_unstable();
            for (percent, found) in [(50, found.p50_ns), (95, found.p95_ns), (99, found.p99_ns)] {
                let exact = times[usize::try_from(rank(times.len() as u64, percent)).unwrap() - 1];
                prop_assert!(exact <= found && found - exact <= exact / 1_000, "{exact} {found}");
            }
            prop_assert_eq!(Some(&found.max_ns), times.last());
        }
    }
}
