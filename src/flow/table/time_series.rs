//! Volumes over time: one open bucket per flow beside its slot, closed buckets in a log.
//!
//! The log is sorted and merged each time it has doubled, so out-of-order timestamps use no extra memory. If
//! the number of distinct (flow, bucket) pairs, not counting one for each flow, exceeds half of the limit,
//! buckets become twice as wide. Sums stay exact, but resolution is lost. The result states the width. So
//! memory stays bounded for arbitrary timestamps in a capture.
//!
//! The resulting width does not depend on when the log was merged: before flows leave, every bucket is closed
//! and the limit is applied once more to all of them. Additional pairs never lead to narrower buckets, so
//! earlier merges do not change the outcome.

use crate::flow::PacketTime;
use crate::flow::table::record::BucketVolume;

/// Smaller logs are not worth merging.
const MERGE_FROM: usize = 1 << 16;

/// The bucket that a flow is filling, at the requested width.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OpenBucket {
    bucket: u64,
    packets: u64,
    frame_bytes: u64,
    ip_bytes: u64,
}

/// A closed bucket of the flow whose first packet had the number `order`.
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
    /// Buckets are `2^shift` times as wide as requested.
    shift: u32,
    max_entries: usize,
    merge_at: usize,
    entries: Vec<Entry>,
}

impl Series {
    /// Creates an empty log of buckets of `bucket_ns` (at least 1), limited to about `max_entries`.
    pub(super) fn new(bucket_ns: u64, max_entries: usize) -> Self {
        let merge_at = MERGE_FROM.min(max_entries).max(2);
        Self { asked_ns: bucket_ns.max(1), shift: 0, max_entries, merge_at, entries: Vec::new() }
    }

    /// Returns the current width of the buckets.
    pub(super) fn bucket_ns(&self) -> u64 {
        u64::try_from(u128::from(self.asked_ns) << self.shift).unwrap_or(u64::MAX)
    }

    /// Returns the memory used by the log in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }

    /// Adds a packet with these frame and IP bytes to the open bucket of flow `order`, and closes the
    /// previous bucket if time has advanced. A packet without a time is in no bucket.
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

    /// Logs the open bucket and empties it.
    pub(super) fn close(&mut self, open: &mut OpenBucket, order: u64) {
        let OpenBucket { bucket, packets, frame_bytes, ip_bytes } = std::mem::take(open);
        if packets == 0 {
            return;
        }
        self.entries.push(Entry { order, bucket: bucket >> self.shift, packets, frame_bytes, ip_bytes });
    }

    /// Returns the number of log entries. Several entries for the same pair count individually.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns approximately how many entries the log may have.
    pub(super) fn max_len(&self) -> usize {
        self.max_entries
    }

    /// Adds the closed buckets of another log; `order` maps the number of a flow there to its number here.
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

    /// Applies the limit to all buckets; every one of them must be closed.
    fn settle(&mut self) {
        self.merge();
        while self.further() > self.max_entries / 2 && self.shift < 63 {
            self.widen(1);
            self.merge();
        }
    }

    /// Returns how many entries in a merged log are not the first entry of their flow.
    fn further(&self) -> usize {
        let flows = self.entries.chunk_by(|left, right| left.order == right.order).count();
        self.entries.len() - flows
    }

    /// Merges a log that has doubled, and widens buckets if that is not enough. Never called while slots are
    /// traversed: the outcome must depend only on the order of packets.
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

    /// Removes and returns the volumes of the flows in `orders` (ascending); `flow` becomes the index in
    /// `orders`. Every bucket must be closed.
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

    /// Sorts the log by flow and bucket, and merges entries with the same flow and bucket into one.
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
