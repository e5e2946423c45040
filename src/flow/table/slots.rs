//! The flows of one family: entries that fill whole cache lines, in the order of their first packets, with an
//! index by hash.
//!
//! Entries are stored densely. The flows at the start of a capture, which include most of its busy flows,
//! share pages, and flows are returned in the order in which they arrived.

use super::BATCH;
use super::hash::Keys;
use super::index::Index;
use super::pages;
use super::record::FlowRecord;
use crate::addr::FlowKey;
use crate::flow::PacketTime;
use crate::flow::table::probe::{Ends, FamilyBatch, Probe, tag};
use crate::flow::table::time_series::{OpenBucket, Series};

/// The source of the flow sent a SYN without ACK.
const OPENED: u8 = 1;
/// The smallest capacity in entries.
const FEWEST_FLOWS: usize = 64;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// One flow: 64 bytes for IPv4, 128 for IPv6.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Slot<E> {
    ends: E,
    /// The source port in the upper half, the destination port in the lower half.
    ports: u32,
    protocol: u8,
    state: u8,
    tcp_flags: u8,
    first_tcp_flags: u8,
    packets: u64,
    frame_bytes: u64,
    ip_bytes: u64,
    first: PacketTime,
    last: PacketTime,
    /// The number of the flow's first packet in the capture.
    pub(super) order: u64,
}

const _: () = assert!(size_of::<Slot<u64>>() == 64 && size_of::<Slot<(u128, u128)>>() == 128);

impl<E: Ends> Slot<E> {
    /// Creates a flow from its first packet, which is not counted yet.
    fn open(probe: &Probe<E>, order: u64) -> Self {
        Self {
            ends: probe.ends,
            ports: probe.ports,
            protocol: probe.protocol,
            state: 0,
            tcp_flags: 0,
            first_tcp_flags: probe.tcp_flags,
            packets: 0,
            frame_bytes: 0,
            ip_bytes: 0,
            first: probe.time,
            last: probe.time,
            order,
        }
    }

    fn holds(&self, probe: &Probe<E>) -> bool {
        self.ends == probe.ends && self.ports == probe.ports && self.protocol == probe.protocol
    }

    /// Returns the probe that finds this flow; it does not belong to a packet.
    fn probe(&self, keys: &Keys) -> Probe<E> {
        Probe::new(self.ends, self.ports, self.protocol, keys)
    }

    fn add(&mut self, packet: &Probe<E>) {
        let flags = packet.tcp_flags;
        self.state |= if flags & (SYN | ACK) == SYN { OPENED } else { 0 };
        self.tcp_flags |= flags;
        self.packets += 1;
        self.frame_bytes += u64::from(packet.frame_bytes);
        self.ip_bytes += u64::from(packet.ip_bytes);
        self.first = self.first.earlier(packet.time);
        self.last = self.last.later(packet.time);
    }

    /// Adds the later totals of the same flow.
    fn append(&mut self, later: &Self) {
        self.state |= later.state;
        self.tcp_flags |= later.tcp_flags;
        self.packets += later.packets;
        self.frame_bytes += later.frame_bytes;
        self.ip_bytes += later.ip_bytes;
        self.first = self.first.earlier(later.first);
        self.last = self.last.later(later.last);
    }

    /// Converts the entry to a record that leaves the table.
    pub(super) fn record(&self) -> FlowRecord {
        let (source, destination) = self.ends.addresses();
        let [high, low, lower_high, lower_low] = self.ports.to_be_bytes();
        FlowRecord {
            key: FlowKey {
                source,
                destination,
                protocol: self.protocol,
                source_port: u16::from_be_bytes([high, low]),
                destination_port: u16::from_be_bytes([lower_high, lower_low]),
            },
            packets: self.packets,
            frame_bytes: self.frame_bytes,
            ip_bytes: self.ip_bytes,
            first: self.first,
            last: self.last,
            tcp_flags: self.tcp_flags,
            first_tcp_flags: self.first_tcp_flags,
            opened: self.state & OPENED != 0,
        }
    }
}

/// The flows of one family.
#[derive(Debug)]
pub(super) struct Slots<E> {
    /// Numbers of entries; at most half full.
    index: Index,
    /// In the order of first packets.
    flows: Vec<Slot<E>>,
    /// One bucket for each flow if volumes over time are kept; else empty.
    open: Vec<OpenBucket>,
    keeps_series: bool,
}

impl<E: Ends> Slots<E> {
    /// Creates an empty table with room for `flows` flows.
    pub(super) fn new(flows: usize, series: bool) -> Self {
        let flows = pages::with_room(flows.max(FEWEST_FLOWS));
        Self { index: Index::with_room(0), flows, open: Vec::new(), keeps_series: series }
    }

    /// Returns the number of flows.
    pub(super) fn len(&self) -> usize {
        self.flows.len()
    }

    /// Returns the size of the table in memory, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.index.memory_bytes()
            + self.flows.capacity() * size_of::<Slot<E>>()
            + self.open.capacity() * size_of::<OpenBucket>()
    }

    /// Makes room for the entries of `more` flows, and in the index for the flows that a batch may add.
    pub(super) fn reserve(&mut self, more: usize) {
        if self.flows.capacity() - self.flows.len() < more {
            pages::grow(&mut self.flows, more);
        }
        self.index.reserve(self.flows.len() + more.min(BATCH));
    }

    /// Prefetches the cell of a packet that was just added.
    #[inline]
    pub(super) fn ask(&self, probe: &Probe<E>) {
        self.index.ask(probe.tag);
    }

    /// Finds the probable entry of every packet of a lane by its tag, and prefetches it.
    pub(super) fn find(&self, family_batch: &mut FamilyBatch<E>) {
        for probe in family_batch.probes_mut() {
            probe.number = self.index.first(probe.tag);
            pages::ask(&self.flows, probe.number as usize);
        }
    }

    /// Counts every packet of a lane whose entries were prefetched; there must be room.
    pub(super) fn count_lane(&mut self, family_batch: &FamilyBatch<E>, first_order: u64) {
        for probe in family_batch.probes() {
            match self.flows.get_mut(probe.number as usize) {
                Some(slot) if slot.holds(probe) => slot.add(probe),
                _ => {
                    let open = || Slot::open(probe, first_order + u64::from(probe.offset));
                    let number = self.find_or_insert(probe, open);
                    if let Some(slot) = self.flows.get_mut(number) {
                        slot.add(probe);
                    }
                }
            }
        }
    }

    /// Returns whether the probe's flow exists already.
    pub(super) fn contains(&self, probe: &Probe<E>) -> bool {
        self.locate(probe).is_ok()
    }

    /// Counts one packet, including its volume over time; there must be room.
    pub(super) fn count(&mut self, probe: &Probe<E>, order: u64, series: Option<&mut Series>) {
        let number = self.find_or_insert(probe, || Slot::open(probe, order));
        let Some(slot) = self.flows.get_mut(number) else { return };
        slot.add(probe);
        if let (Some(series), Some(open)) = (series, self.open.get_mut(number)) {
            series.add(open, slot.order, probe.time, [probe.frame_bytes, probe.ip_bytes]);
        }
    }

    /// Returns `(last seen, number of first packet)` of every flow, which determines the order of eviction;
    /// flows without a time are evicted first.
    pub(super) fn ages(&self) -> impl Iterator<Item = (u64, u64)> {
        self.flows.iter().map(|slot| (slot.last.age(), slot.order))
    }

    /// Removes and returns every flow whose age is at most `youngest`, closing the buckets of all flows.
    pub(super) fn evict(
        &mut self,
        youngest: (u64, u64),
        keys: &Keys,
        series: Option<&mut Series>,
    ) -> Vec<Slot<E>> {
        if let Some(series) = series {
            self.close_buckets(series);
        }
        let mut leaving = Vec::new();
        self.flows.retain(|slot| {
            let stays = (slot.last.age(), slot.order) > youngest;
            if !stays {
                leaving.push(*slot);
            }
            stays
        });
        // All buckets are empty now.
        self.open.truncate(self.flows.len());
        self.index.clear();
        for (number, slot) in (0..).zip(&self.flows) {
            let tag = tag(slot.ends, slot.ports, slot.protocol, keys);
            // No two entries are equal, so nothing matches.
            if let Err(place) = self.index.locate(tag, |_| false) {
                self.index.put(place, tag, number);
            }
        }
        leaving
    }

    /// Returns all flows in the order of first packets, closing their buckets.
    pub(super) fn drain(mut self, series: Option<&mut Series>) -> Vec<Slot<E>> {
        if let Some(series) = series {
            self.close_buckets(series);
        }
        self.flows
    }

    /// Adds the flows of `later`, which counted the packets that follow. In this table, the numbers of those
    /// packets start at `base`. The buckets of `later` must be closed. Calls `known` with the number of every
    /// flow in `later` and in this table.
    pub(super) fn absorb(&mut self, later: &Self, base: u64, keys: &Keys, mut known: impl FnMut(u64, u64)) {
        let mut family_batch = Box::new(FamilyBatch::new());
        for batch in later.flows.chunks(BATCH) {
            family_batch.clear();
            for slot in batch {
                family_batch.push(slot.probe(keys));
            }
            self.reserve(batch.len());
            self.find(&mut family_batch);
            for (probe, slot) in family_batch.probes().iter().zip(batch) {
                let before = self.flows.len();
                let number = self.find_or_insert(probe, || Slot { order: base + slot.order, ..*slot });
                let Some(place) = self.flows.get_mut(number) else { continue };
                if number < before {
                    place.append(slot);
                }
                known(slot.order, place.order);
            }
        }
    }

    /// Closes the bucket of every flow.
    pub(super) fn close_buckets(&mut self, series: &mut Series) {
        for (slot, open) in self.flows.iter().zip(&mut self.open) {
            series.close(open, slot.order);
        }
    }

    /// Returns the number of the entry for the probe's flow. If there is no such entry, returns the place in
    /// the index where it belongs.
    fn locate(&self, probe: &Probe<E>) -> Result<u32, usize> {
        let holds = |number: u32| self.flows.get(number as usize).is_some_and(|slot| slot.holds(probe));
        self.index.locate(probe.tag, holds)
    }

    /// Returns the number of the probe's flow, which is created if it does not exist; there must be room.
    fn find_or_insert(&mut self, probe: &Probe<E>, make: impl FnOnce() -> Slot<E>) -> usize {
        let place = match self.locate(probe) {
            Ok(number) => return number as usize,
            Err(place) => place,
        };
        let number = self.flows.len();
        if let Ok(narrow) = u32::try_from(number) {
            self.index.put(place, probe.tag, narrow);
            self.flows.push(make());
            if self.keeps_series {
                self.open.push(OpenBucket::default());
            }
        }
        number
    }
}
