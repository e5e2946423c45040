//! Volumes over time: one open bucket per flow beside its slot, closed buckets in a log.
//!
//! The log is sorted and merged whenever it has doubled, so out-of-order timestamps cost no memory. If
//! distinct (flow, bucket) pairs alone pass half of the bound, buckets become twice as wide: sums stay exact, the resolution
//! is lost, and the width in the result tells. Thus memory holds whatever timestamps a capture invents.

use super::record::BucketVolume;

/// Below this many entries the log is not worth merging.
const MERGE_FROM: usize = 1 << 16;

/// The bucket that a flow is filling, at the width that was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OpenBucket {
    bucket: u64,
    packets: u64,
    frame_bytes: u64,
    ip_bytes: u64,
}

/// A closed bucket of the flow whose first packet had number `order`.
#[derive(Clone, Copy, Debug)]
struct Entry {
    order: u64,
    bucket: u64,
    packets: u64,
    frame_bytes: u64,
    ip_bytes: u64,
}

/// All closed buckets.
#[derive(Debug)]
pub(super) struct Series {
    asked_ns: u64,
    /// Buckets are `2^shift` times as wide as was asked for.
    shift: u32,
    max_entries: usize,
    merge_at: usize,
    entries: Vec<Entry>,
}

impl Series {
    /// An empty log of buckets of `bucket_ns` (at least 1), which keeps about `max_entries` at most.
    pub(super) fn new(bucket_ns: u64, max_entries: usize) -> Self {
        let merge_at = MERGE_FROM.min(max_entries).max(2);
        Self { asked_ns: bucket_ns.max(1), shift: 0, max_entries, merge_at, entries: Vec::new() }
    }

    /// The width that buckets have by now.
    pub(super) fn bucket_ns(&self) -> u64 {
        u64::try_from(u128::from(self.asked_ns) << self.shift).unwrap_or(u64::MAX)
    }

    /// Bytes of memory that the log takes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }

    /// Adds a packet to the open bucket of flow `order`, closing the one before where time has moved on.
    pub(super) fn add(&mut self, open: &mut OpenBucket, order: u64, timestamp_ns: u64, frame: u32, ip: u32) {
        let bucket = timestamp_ns / self.asked_ns;
        if bucket >> self.shift != open.bucket >> self.shift {
            self.close(open, order);
            self.shrink();
        }
        if open.packets == 0 {
            open.bucket = bucket;
        }
        open.packets += 1;
        open.frame_bytes += u64::from(frame);
        open.ip_bytes += u64::from(ip);
    }

    /// Logs the open bucket and leaves an empty one.
    pub(super) fn close(&mut self, open: &mut OpenBucket, order: u64) {
        let OpenBucket { bucket, packets, frame_bytes, ip_bytes } = std::mem::take(open);
        if packets == 0 {
            return;
        }
        self.entries.push(Entry { order, bucket: bucket >> self.shift, packets, frame_bytes, ip_bytes });
    }

    /// Merges a log that has doubled, and widens buckets where that is not enough. Never while slots are
    /// walked: the outcome must depend on the order of packets only.
    fn shrink(&mut self) {
        if self.entries.len() >= self.merge_at {
            self.merge();
            while self.entries.len() > self.max_entries / 2 && self.shift < 63 {
                self.shift += 1;
                self.entries.iter_mut().for_each(|entry| entry.bucket >>= 1);
                self.merge();
            }
            let doubled = self.entries.len().saturating_mul(2);
            self.merge_at = doubled.max(MERGE_FROM).min(self.max_entries).max(doubled).max(2);
        }
    }

    /// Takes out the volumes of the flows in `orders` (ascending); `flow` becomes the index there.
    pub(super) fn take(&mut self, orders: impl Iterator<Item = u64>) -> Vec<BucketVolume> {
        self.merge();
        let mut orders = orders.zip(0_u32..).peekable();
        let mut taken = Vec::new();
        self.entries.retain(|entry| {
            while orders.next_if(|(order, _)| *order < entry.order).is_some() {}
            let Some((_, flow)) = orders.peek().filter(|(order, _)| *order == entry.order) else {
                return true;
            };
            let Entry { bucket, packets, frame_bytes, ip_bytes, .. } = *entry;
            taken.push(BucketVolume { flow: *flow, bucket, packets, frame_bytes, ip_bytes });
            false
        });
        taken
    }

    /// Orders the log by flow and bucket, one entry each.
    fn merge(&mut self) {
        self.entries.sort_unstable_by_key(|entry| (entry.order, entry.bucket));
        self.entries.dedup_by(|later, kept| {
            let same = (later.order, later.bucket) == (kept.order, kept.bucket);
            if same {
                kept.packets += later.packets;
                kept.frame_bytes += later.frame_bytes;
                kept.ip_bytes += later.ip_bytes;
            }
            same
        });
    }
}
