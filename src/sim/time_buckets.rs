//! Sums by key and time bucket, optimized for additions in order of time.
//!
//! Most packets fall into the same bucket as the previous packet, so each key keeps its open bucket available, and a
//! map is updated only when the next bucket begins. Packets in another order give the same sums, but are added more
//! slowly.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// The maximum number of buckets over all keys. Above this number, the width of all buckets is doubled.
const MAX_BUCKETS: usize = 1 << 20;

/// Sums of one kind.
#[derive(Clone, Debug)]
pub(super) struct Buckets<S> {
    width_ns: u64,
    /// The bucket number and the sum of the open bucket for each key.
    open: Vec<Option<(u64, S)>>,
    closed: BTreeMap<(u32, u64), S>,
    most: usize,
}

impl<S: Default + AddAssign> Buckets<S> {
    /// Creates buckets with an initial width; 0 counts as 1.
    pub(super) fn new(width_ns: u64) -> Self {
        Self { width_ns: width_ns.max(1), open: Vec::new(), closed: BTreeMap::new(), most: MAX_BUCKETS }
    }

    /// Returns the sum for a key at a moment. Keys are small numbers.
    ///
    /// # Complexity
    ///
    /// Constant within a bucket; logarithmic in the number of buckets for the first packet in a bucket.
    pub(super) fn at(&mut self, key: u32, moment_ns: u64) -> Option<&mut S> {
        let index = key as usize;
        if self.open.len() <= index {
            self.open.resize_with(index + 1, || None);
        }
        let width = self.width_ns;
        let holds = |bucket: u64| moment_ns.checked_sub(bucket * width).is_some_and(|after| after < width);
        if !matches!(self.open.get(index), Some(Some((bucket, _))) if holds(*bucket)) {
            self.close(key);
            let bucket = moment_ns / self.width_ns;
            *self.open.get_mut(index)? = Some((bucket, S::default()));
        }
        self.open.get_mut(index)?.as_mut().map(|(_, sum)| sum)
    }

    /// Returns all sums by key and bucket number, and the width of the buckets.
    pub(super) fn finish(mut self) -> (BTreeMap<(u32, u64), S>, u64) {
        for key in (0..).take(self.open.len()) {
            self.close(key);
        }
        (self.closed, self.width_ns)
    }

    fn close(&mut self, key: u32) {
        let Some((bucket, sum)) = self.open.get_mut(key as usize).and_then(Option::take) else { return };
        *self.closed.entry((key, bucket)).or_default() += sum;
        if self.closed.len() > self.most {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.width_ns = self.width_ns.saturating_mul(2);
        for ((key, bucket), sum) in std::mem::take(&mut self.closed) {
            *self.closed.entry((key, bucket / 2)).or_default() += sum;
        }
        for (bucket, _) in self.open.iter_mut().flatten() {
            *bucket /= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests that any order of moments gives the same sums as a map, even if buckets have to be widened.
    #[test]
    fn sums_are_those_of_a_map() {
        for (most, step) in [(MAX_BUCKETS, 7_u64), (50, 7), (50, 104_729)] {
            let mut buckets = Buckets::<u64> { most, ..Buckets::new(10) };
            let mut added = Vec::new();
            for turn in 0..2_000_u64 {
                let (key, moment) = (u32::try_from(turn % 3).unwrap(), turn * step % 3_011);
                *buckets.at(key, moment).unwrap() += turn;
                added.push((key, moment, turn));
            }
            let (sums, width) = buckets.finish();
            let mut map: BTreeMap<(u32, u64), u64> = BTreeMap::new();
            for (key, moment, amount) in added {
                *map.entry((key, moment / width)).or_default() += amount;
            }
            assert_eq!(sums, map);
            assert!(width == 10 || sums.len() <= most + 3 && width > 10, "{width} {}", sums.len());
        }
    }
}
