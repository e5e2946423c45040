//! Volumes over time: one open bucket per flow beside its slot, closed buckets in a log.
//!
//! The log is sorted and merged whenever it has doubled, so out-of-order timestamps cost no memory. If
//! distinct (flow, bucket) pairs, one of each flow aside, pass half of the bound, buckets become twice as wide: sums stay exact, the
//! resolution is lost, and the width in the result tells. Thus memory holds whatever timestamps a capture invents.
//!
//! The width that results does not depend on when the log was merged: before flows leave, every bucket is closed and the bound is held
//! once more against all of them. More pairs never ask for narrower buckets, so what was asked before then changes nothing.

use crate::flow::PacketTime;
use crate::flow::table::record::BucketVolume;

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

    /// Adds a packet of so many bytes of frame and of IP to the open bucket of flow `order`, closing the one before where time has moved
    /// on. One without a time is in no bucket.
    pub(super) fn add(&mut self, open: &mut OpenBucket, order: u64, time: PacketTime, [frame, ip]: [u32; 2]) {
        let Some(timestamp_ns) = time.ns() else { return };
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

    /// How many entries the log has, those of one pair counted one by one.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// About how many it may have.
    pub(super) fn max_len(&self) -> usize {
        self.max_entries
    }

    /// Takes over the closed buckets of another log; `order` gives the number that a flow has here by the number it has there.
    pub(super) fn append(&mut self, later: Self, order: impl Fn(u64) -> u64) {
        let shift = self.shift.max(later.shift);
        self.widen(shift - self.shift);
        let further = shift - later.shift;
        self.entries.extend(later.entries.into_iter().map(|entry| Entry {
            order: order(entry.order),
            bucket: entry.bucket >> further,
            ..entry
        }));
        self.shrink();
    }

    /// Holds the bound against all buckets; every one of them must be closed.
    fn settle(&mut self) {
        self.merge();
        while self.further() > self.max_entries / 2 && self.shift < 63 {
            self.widen(1);
            self.merge();
        }
    }

    /// How many entries of a merged log are not the first of their flow.
    fn further(&self) -> usize {
        let flows = self.entries.chunk_by(|left, right| left.order == right.order).count();
        self.entries.len() - flows
    }

    /// Merges a log that has doubled, and widens buckets where that is not enough. Never while slots are
    /// walked: the outcome must depend on the order of packets only.
    fn shrink(&mut self) {
        if self.entries.len() >= self.merge_at {
            self.settle();
            let doubled = self.entries.len().saturating_mul(2);
            self.merge_at = doubled.max(MERGE_FROM).min(self.max_entries).max(doubled).max(2);
        }
    }

    fn widen(&mut self, by: u32) {
        if by > 0 {
            self.shift += by;
            self.entries.iter_mut().for_each(|entry| entry.bucket >>= by);
        }
    }

    /// Takes out the volumes of the flows in `orders` (ascending); `flow` becomes the index there. Every bucket must be closed.
    pub(super) fn take(&mut self, orders: impl Iterator<Item = u64>) -> Vec<BucketVolume> {
        self.settle();
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
