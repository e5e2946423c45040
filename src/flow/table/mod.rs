//! Turns packets into one-way flows: totals by five-tuple over the whole capture.
//!
//! ```text
//! packets ─ hash, prefetch cells ─▶ batch of 64 ─ search the index, prefetch entries ─▶ batch of 64 ─ count ─▶ entries ─ finish ─▶ Flows
//!                                                                                                               └─ limit reached ─▶ evict ─▶ EvictedFlows
//! ```
//!
//! There are two tables, one per family. A flow is one entry: 64 bytes for IPv4, 128 for IPv6, aligned to
//! cache lines. Entries are in the order of first packets. An index with open addressing maps a hash to the
//! number of the entry. A packet's cell is prefetched when the packet is hashed, and its entry when its batch
//! is full. The packet is counted when the next batch is full, so its entry arrives in the cache while other
//! packets are decoded. Nothing is allocated per packet; entries and index grow by doubling.
//!
//! # What is exact
//!
//! The result is the same for any division of the packets into batches or parts (`FlowTable::absorb`) and for
//! any seed: the number of a flow's first packet orders the records and breaks every tie. Every packet that
//! is added is counted exactly once, in the final records or in an eviction.
//!
//! # The limit
//!
//! The table contains at most [`FlowTableOptions::max_flows`] flows. When a packet of another flow arrives,
//! the least recently seen eighth of the flows (at least one) is evicted. Flows are compared by latest time,
//! then by first packet; a flow without a time counts as older than all others. The records of evicted flows
//! are final, are passed to the function of [`FlowTable::on_evict`] and are counted. A later packet of an
//! evicted flow opens a new record with its own `opened` and first flags. So if [`EvictionCounts::flows`] is
//! not 0, the number of records differs from the number of five-tuples, while all sums stay exact.
//!
//! Memory: with `max_flows` of 4,000,000, a table takes at most 0.34 GB (IPv4) or 0.60 GB (IPv6), half as
//! much again while it grows, and 16 more bytes per flow during an eviction. Volumes over time add 32 bytes
//! per flow and 40 bytes per log entry.

mod hash;
mod index;
mod pages;
mod probe;
mod record;
mod slots;
mod time_series;

use std::fmt;

pub use record::{BucketVolume, EvictedFlows, EvictionCounts, FlowRecord, Flows};

use super::{PacketKey, TimedPacket};
use hash::Keys;
pub(crate) use index::Index;
use probe::Batch;
use slots::{Slot, Slots};
use time_series::Series;

/// How many packets are counted together.
pub const BATCH: usize = 64;
/// How many packets a table may have accepted and not counted yet.
pub(super) const WAITING: usize = 2 * BATCH;

/// The parameters of a [`FlowTable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowTableOptions {
    /// The maximum number of flows in the table at any time; clamped to 1..=4,294,967,295.
    pub max_flows: usize,
    /// The initial capacity in flows (shared 4 to 1 between IPv4 and IPv6); it grows as needed.
    pub expected_flows: usize,
    /// The width of a time bucket in nanoseconds (0 counts as 1), or `None` for totals only.
    pub bucket_ns: Option<u64>,
    /// Approximately how many (flow, bucket) pairs are kept before buckets become wider; one pair per flow
    /// always fits.
    pub max_volumes: usize,
    /// The seed of the hash. It never changes the result. A seed that the capture's author cannot guess
    /// prevents hostile captures from slowing the table down.
    pub seed: u64,
}

impl Default for FlowTableOptions {
    /// Returns 4,000,000 flows, no volumes over time, 8,000,000 pairs, seed 0.
    fn default() -> Self {
        Self { max_flows: 4_000_000, expected_flows: 0, bucket_ns: None, max_volumes: 8_000_000, seed: 0 }
    }
}

/// The function that receives evicted flows.
type EvictFn<'e> = Box<dyn FnMut(EvictedFlows) + Send + 'e>;

/// One-way flows by five-tuple. See the [module](self) for what is exact, and for the limit.
pub struct FlowTable<'e> {
    options: FlowTableOptions,
    max_flows: usize,
    keys: Keys,
    v4: Slots<u64>,
    v6: Slots<(u128, u128)>,
    /// The batch that is being filled; the cells of its packets have been prefetched.
    filling: Batch,
    /// The previous batch; the entries of its packets have been prefetched.
    asked: Batch,
    series: Option<Series>,
    packets: u64,
    evicted: EvictionCounts,
    evict: Option<EvictFn<'e>>,
}

impl<'e> FlowTable<'e> {
    /// Creates an empty table. Without [`FlowTable::on_evict`], evicted flows are only counted.
    pub fn new(options: FlowTableOptions) -> Self {
        let max_flows = options.max_flows.clamp(1, u32::MAX as usize);
        let expected = options.expected_flows.min(max_flows);
        let series = options.bucket_ns.map(|width| Series::new(width, options.max_volumes));
        Self {
            max_flows,
            keys: Keys::new(options.seed),
            v4: Slots::new(expected - expected / 5, series.is_some()),
            v6: Slots::new(expected / 5, series.is_some()),
            filling: Batch::new(),
            asked: Batch::new(),
            series,
            packets: 0,
            evicted: EvictionCounts::default(),
            evict: None,
            options,
        }
    }

    /// Sets the function that receives evicted flows, with one call for each eviction, in order.
    #[must_use]
    pub fn on_evict(mut self, evict: impl FnMut(EvictedFlows) + Send + 'e) -> Self {
        self.evict = Some(Box::new(evict));
        self
    }

    /// Returns the current number of flows.
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Returns whether there are no flows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of packets added so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Returns the memory used by flows and log in bytes.
    pub fn memory_bytes(&self) -> usize {
        let series = self.series.as_ref().map_or(0, Series::memory_bytes);
        self.v4.memory_bytes() + self.v6.memory_bytes() + series
    }

    /// Counts packets in order. Any number of packets is allowed, but multiples of [`BATCH`] are fastest.
    ///
    /// # Complexity
    ///
    /// Constant per packet on average. An eviction takes time linear in the number of flows and occurs at
    /// most once for every `max_flows` / 8 new flows.
    pub fn add_batch(&mut self, packets: &[TimedPacket]) {
        for chunk in packets.chunks(BATCH) {
            for packet in chunk {
                self.push(packet);
            }
            self.end_batch();
        }
        self.end_batch();
    }

    /// Adds one packet to a batch and returns whether [`Self::end_batch`] must be called before the next
    /// packet.
    #[expect(
        clippy::inline_always,
        reason = "a call would pass the packet through memory, which costs a tenth of the time for small packets"
    )]
    #[inline(always)]
    pub(super) fn push(&mut self, packet: &TimedPacket) -> bool {
        match &packet.packet.key {
            PacketKey::V4(key) => self.v4.ask(&self.filling.push_v4(key, packet, &self.keys)),
            PacketKey::V6(key) => self.v6.ask(&self.filling.push_v6(key, packet, &self.keys)),
        }
        self.filling.len() >= BATCH
    }

    /// Counts the previous batch, and prefetches the entries for the batch that was just filled, so that they
    /// arrive while the next batch is filled. Two calls in a row count everything.
    pub(super) fn end_batch(&mut self) {
        self.count_asked();
        self.v4.reserve(self.filling.v4.probes().len());
        self.v6.reserve(self.filling.v6.probes().len());
        self.v4.find(&mut self.filling.v4);
        self.v6.find(&mut self.filling.v6);
        std::mem::swap(&mut self.filling, &mut self.asked);
    }

    fn count_asked(&mut self) {
        let packets = self.asked.len();
        if self.series.is_none() && self.len() + packets <= self.max_flows {
            self.v4.count_lane(&self.asked.v4, self.packets);
            self.v6.count_lane(&self.asked.v6, self.packets);
        } else {
            self.count_in_order();
        }
        self.packets += packets as u64;
        self.asked.clear();
    }

    /// Returns the options.
    pub(super) fn options(&self) -> &FlowTableOptions {
        &self.options
    }

    /// Makes room for `flows` more flows, shared between the families as in
    /// [`FlowTableOptions::expected_flows`].
    pub(super) fn expect(&mut self, flows: usize) {
        let flows = flows.min(self.max_flows);
        self.v4.reserve(flows - flows / 5);
        self.v6.reserve(flows / 5);
    }

    /// Returns how many entries the log of volumes has, and approximately how many it may have. Returns
    /// `None` if volumes are not kept.
    pub(super) fn volumes(&self) -> Option<(usize, usize)> {
        self.series.as_ref().map(|series| (series.len(), series.max_len()))
    }

    /// Adds the counts of `later`, which has the same [`Self::options`] and counted the packets that follow,
    /// as if this table had counted them. Returns `false`, and changes nothing, if counting the packets here
    /// might have evicted flows.
    ///
    /// # Complexity
    ///
    /// Linear in the flows of `later` (and its log); nothing is moved if this table has not counted any
    /// packet yet.
    pub(super) fn absorb(&mut self, mut later: FlowTable<'static>) -> bool {
        if later.evicted.flows > 0 || self.len() + later.len() > self.max_flows {
            return false;
        }
        if self.packets == 0 {
            (self.v4, self.v6, self.series) = (later.v4, later.v6, later.series);
            self.packets = later.packets;
            return true;
        }
        if let Some(series) = &mut later.series {
            later.v4.close_buckets(series);
            later.v6.close_buckets(series);
        }
        let mut numbers = Vec::new();
        let keeps = self.series.is_some();
        let mut known = |there, here| {
            if keeps {
                numbers.push((there, here));
            }
        };
        self.v4.absorb(&later.v4, self.packets, &self.keys, &mut known);
        self.v6.absorb(&later.v6, self.packets, &self.keys, &mut known);
        if let (Some(series), Some(more)) = (&mut self.series, later.series) {
            numbers.sort_unstable();
            let here = |there: u64| {
                let place = numbers.binary_search_by_key(&there, |(number, _)| *number);
                place.ok().and_then(|place| numbers.get(place)).map_or(there, |(_, here)| *here)
            };
            series.append(more, here);
        }
        self.packets += later.packets;
        true
    }

    /// Returns all records, in the order of first packets.
    ///
    /// # Complexity
    ///
    /// Linear in flows, O(n log n) in log entries.
    pub fn finish(mut self) -> Flows {
        let v4 = self.v4.drain(self.series.as_mut());
        let v6 = self.v6.drain(self.series.as_mut());
        let EvictedFlows { records, series, bucket_ns } = settle(&v4, &v6, self.series.as_mut());
        Flows { records, series, bucket_ns, evicted: self.evicted }
    }

    /// Counts packets one by one, because a new flow may evict others or a bucket may close.
    fn count_in_order(&mut self) {
        let (mut next4, mut next6) = (0, 0);
        for (offset, order) in (0..self.asked.len()).zip(self.packets..) {
            let full = self.len() >= self.max_flows;
            let is_next = |probe_offset: u8| usize::from(probe_offset) == offset;
            if let Some(probe) =
                self.asked.v4.probes().get(next4).copied().filter(|probe| is_next(probe.offset))
            {
                next4 += 1;
                if full && !self.v4.contains(&probe) {
                    self.evict();
                }
                self.v4.count(&probe, order, self.series.as_mut());
            } else if let Some(probe) = self.asked.v6.probes().get(next6).copied() {
                next6 += 1;
                if full && !self.v6.contains(&probe) {
                    self.evict();
                }
                self.v6.count(&probe, order, self.series.as_mut());
            }
        }
    }

    /// Evicts the least recently seen eighth of the flows.
    #[cold]
    fn evict(&mut self) {
        let mut ages: Vec<(u64, u64)> = self.v4.ages().chain(self.v6.ages()).collect();
        let last = (ages.len() / 8).max(1) - 1;
        if last >= ages.len() {
            return;
        }
        let youngest = *ages.select_nth_unstable(last).1;
        drop(ages);
        let v4 = self.v4.evict(youngest, &self.keys, self.series.as_mut());
        let v6 = self.v6.evict(youngest, &self.keys, self.series.as_mut());
        let gone = settle(&v4, &v6, self.series.as_mut());
        self.evicted.add(&gone.records);
        if let Some(evict) = &mut self.evict {
            evict(gone);
        }
    }
}

impl fmt::Debug for FlowTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("FlowTable");
        out.field("flows", &self.len()).field("packets", &self.packets).field("evicted", &self.evicted);
        out.finish_non_exhaustive()
    }
}

/// Merges the records that leave the table into one order and adds their volumes.
fn settle(v4: &[Slot<u64>], v6: &[Slot<(u128, u128)>], series: Option<&mut Series>) -> EvictedFlows {
    let mut records = pages::with_room(v4.len() + v6.len());
    let mut orders = Vec::with_capacity(if series.is_some() { v4.len() + v6.len() } else { 0 });
    let mut leave = |order, record| {
        records.push(record);
        if series.is_some() {
            orders.push(order);
        }
    };
    let mut rest = v6.iter().peekable();
    for slot in v4 {
        while let Some(before) = rest.next_if(|other| other.order < slot.order) {
            leave(before.order, before.record());
        }
        leave(slot.order, slot.record());
    }
    rest.for_each(|slot| leave(slot.order, slot.record()));
    let (series, bucket_ns) = match series {
        Some(series) => (series.take(orders.into_iter()), Some(series.bucket_ns())),
        None => (Vec::new(), None),
    };
    EvictedFlows { records, series, bucket_ns }
}

#[cfg(test)]
mod tests;
