//! Open addressing for one family: linear probing over slots of whole cache lines.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::hash::Keys;
use super::pages::filled;
use super::record::FlowRecord;
use super::series::{OpenBucket, Series};
use super::{BATCH, TimedPacket};
use crate::addr::FlowKey;
use crate::flow::{KeyV4, KeyV6};

/// A slot holds a flow.
const OCCUPIED: u8 = 1;
/// The source of the flow sent a SYN without ACK.
const OPENED: u8 = 2;
/// The least number of slots; a power of two.
const FEWEST_SLOTS: usize = 256;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// Both addresses of a packet in their family's densest form.
pub(super) trait Ends: Copy + Default + PartialEq {
    /// The keyed hash together with ports and protocol.
    fn hash(self, rest: u64, keys: &Keys) -> u64;
    /// Source and destination.
    fn addresses(self) -> (IpAddr, IpAddr);
}

/// Source in the upper half, destination in the lower.
impl Ends for u64 {
    fn hash(self, rest: u64, keys: &Keys) -> u64 {
        keys.v4(self, rest)
    }

    #[expect(clippy::cast_possible_truncation, reason = "each half is an address")]
    fn addresses(self) -> (IpAddr, IpAddr) {
        (Ipv4Addr::from_bits((self >> 32) as u32).into(), Ipv4Addr::from_bits(self as u32).into())
    }
}

impl Ends for (u128, u128) {
    fn hash(self, rest: u64, keys: &Keys) -> u64 {
        keys.v6(self.0, self.1, rest)
    }

    fn addresses(self) -> (IpAddr, IpAddr) {
        (Ipv6Addr::from_bits(self.0).into(), Ipv6Addr::from_bits(self.1).into())
    }
}

/// One flow, or nothing: 64 bytes for IPv4, 128 for IPv6.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Slot<E> {
    ends: E,
    /// Source port in the upper half, destination port in the lower.
    ports: u32,
    protocol: u8,
    state: u8,
    tcp_flags: u8,
    first_tcp_flags: u8,
    packets: u64,
    frame_bytes: u64,
    ip_bytes: u64,
    first_ns: u64,
    last_ns: u64,
    /// The number of the flow's first packet in the capture.
    order: u64,
}

const _: () = assert!(size_of::<Slot<u64>>() == 64 && size_of::<Slot<(u128, u128)>>() == 128);

impl<E: Ends> Slot<E> {
    fn is_occupied(&self) -> bool {
        self.state & OCCUPIED != 0
    }

    fn holds(&self, probe: &Probe<E>) -> bool {
        self.is_occupied()
            && self.ends == probe.ends
            && self.ports == probe.ports
            && self.protocol == probe.protocol
    }

    fn probe(&self, keys: &Keys) -> Probe<E> {
        Probe::new(self.ends, self.ports, self.protocol, 0, keys)
    }

    fn open(&mut self, probe: &Probe<E>, packet: &TimedPacket, order: u64) {
        self.ends = probe.ends;
        self.ports = probe.ports;
        self.protocol = probe.protocol;
        self.state = OCCUPIED;
        self.first_tcp_flags = packet.packet.tcp_flags;
        self.first_ns = packet.timestamp_ns;
        self.last_ns = packet.timestamp_ns;
        self.order = order;
    }

    fn add(&mut self, packet: &TimedPacket) {
        let flags = packet.packet.tcp_flags;
        self.state |= if flags & (SYN | ACK) == SYN { OPENED } else { 0 };
        self.tcp_flags |= flags;
        self.packets += 1;
        self.frame_bytes += u64::from(packet.frame_bytes);
        self.ip_bytes += u64::from(packet.packet.ip_bytes);
        self.first_ns = self.first_ns.min(packet.timestamp_ns);
        self.last_ns = self.last_ns.max(packet.timestamp_ns);
    }

    /// Adds what the same flow carried later.
    fn append(&mut self, later: &Self) {
        self.state |= later.state;
        self.tcp_flags |= later.tcp_flags;
        self.packets += later.packets;
        self.frame_bytes += later.frame_bytes;
        self.ip_bytes += later.ip_bytes;
        self.first_ns = self.first_ns.min(later.first_ns);
        self.last_ns = self.last_ns.max(later.last_ns);
    }

    fn record(&self) -> FlowRecord {
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
            first_ns: self.first_ns,
            last_ns: self.last_ns,
            tcp_flags: self.tcp_flags,
            first_tcp_flags: self.first_tcp_flags,
            opened: self.state & OPENED != 0,
        }
    }
}

/// A packet of a batch on its way to its slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Probe<E> {
    hash: u64,
    ends: E,
    ports: u32,
    protocol: u8,
    /// Which packet of the batch.
    pub(super) offset: u8,
    /// The slot at the hash already holds this flow.
    at_home: bool,
}

impl<E: Ends> Probe<E> {
    fn new(ends: E, ports: u32, protocol: u8, offset: u8, keys: &Keys) -> Self {
        let hash = ends.hash(u64::from(ports) << 8 | u64::from(protocol), keys);
        Self { hash, ends, ports, protocol, offset, at_home: false }
    }
}

impl Probe<u64> {
    pub(super) fn v4(key: &KeyV4, offset: u8, keys: &Keys) -> Self {
        let ends = u64::from(key.source) << 32 | u64::from(key.destination);
        Self::new(ends, join(key.source_port, key.destination_port), key.protocol, offset, keys)
    }
}

impl Probe<(u128, u128)> {
    pub(super) fn v6(key: &KeyV6, offset: u8, keys: &Keys) -> Self {
        let ports = join(key.source_port, key.destination_port);
        Self::new((key.source, key.destination), ports, key.protocol, offset, keys)
    }
}

fn join(source_port: u16, destination_port: u16) -> u32 {
    u32::from(source_port) << 16 | u32::from(destination_port)
}

/// The packets of one batch that belong to one family, in their order.
#[derive(Debug)]
pub(super) struct Lane<E> {
    probes: [Probe<E>; BATCH],
    length: usize,
}

impl<E: Ends> Lane<E> {
    pub(super) fn new() -> Self {
        Self { probes: [Probe::default(); BATCH], length: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds a probe; a lane that is full takes no more, and a batch never has more.
    pub(super) fn push(&mut self, probe: Probe<E>) {
        if let Some(place) = self.probes.get_mut(self.length) {
            *place = probe;
            self.length += 1;
        }
    }

    pub(super) fn probes(&self) -> &[Probe<E>] {
        self.probes.get(..self.length).unwrap_or_default()
    }
}

/// A flow that leaves the table, with the number of its first packet.
pub(super) type Leaving = (u64, FlowRecord);

/// The flows of one family.
#[derive(Debug)]
pub(super) struct Slots<E> {
    /// A power of two of them, at most half occupied.
    places: Vec<Slot<E>>,
    /// Beside each slot where volumes over time are kept; else empty.
    open: Vec<OpenBucket>,
    live: usize,
}

impl<E: Ends> Slots<E> {
    /// An empty table with room for `flows`.
    pub(super) fn new(flows: usize, series: bool) -> Self {
        let length = flows.saturating_mul(2).max(FEWEST_SLOTS).next_power_of_two();
        let open = if series { vec![OpenBucket::default(); length] } else { Vec::new() };
        Self { places: filled(length), open, live: 0 }
    }

    /// How many flows it holds.
    pub(super) fn len(&self) -> usize {
        self.live
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Slot<E>>() + self.open.capacity() * size_of::<OpenBucket>()
    }

    /// Makes room for `more` flows, so that no update moves a slot.
    pub(super) fn reserve(&mut self, more: usize, keys: &Keys) {
        if (self.live + more) * 2 > self.places.len() {
            self.rebuild((self.live + more) * 2, keys);
        }
    }

    /// Loads the slot of every probe: the misses of a batch overlap instead of following one another.
    pub(super) fn load(&self, lane: &mut Lane<E>) {
        let mask = self.places.len() - 1;
        for probe in lane.probes.iter_mut().take(lane.length) {
            let slot = self.places.get(home(probe.hash, mask));
            probe.at_home = slot.is_some_and(|slot| slot.holds(probe));
        }
    }

    /// Counts every packet of a lane that was loaded and has room.
    pub(super) fn count_lane(&mut self, lane: &Lane<E>, packets: &[TimedPacket], first_order: u64) {
        let mask = self.places.len() - 1;
        for probe in lane.probes() {
            let Some(packet) = packets.get(usize::from(probe.offset)) else { continue };
            let index = if probe.at_home { home(probe.hash, mask) } else { self.locate(probe) };
            self.count_at(index, probe, packet, first_order + u64::from(probe.offset));
        }
    }

    /// Whether the probe's flow is here already.
    pub(super) fn contains(&self, probe: &Probe<E>) -> bool {
        self.places.get(self.locate(probe)).is_some_and(Slot::is_occupied)
    }

    /// Counts one packet, over time too; there must be room.
    pub(super) fn count(
        &mut self,
        probe: &Probe<E>,
        packet: &TimedPacket,
        order: u64,
        series: Option<&mut Series>,
    ) {
        let index = self.locate(probe);
        let order = self.count_at(index, probe, packet, order);
        if let (Some(series), Some(open)) = (series, self.open.get_mut(index)) {
            series.add(open, order, packet.timestamp_ns, packet.frame_bytes, packet.packet.ip_bytes);
        }
    }

    /// `(last seen, number of first packet)` of every flow: the order in which they are evicted.
    pub(super) fn ages(&self) -> impl Iterator<Item = (u64, u64)> {
        self.places.iter().filter(|slot| slot.is_occupied()).map(|slot| (slot.last_ns, slot.order))
    }

    /// Takes out every flow whose age is at most `youngest`, closing the buckets of all.
    pub(super) fn evict(
        &mut self,
        youngest: (u64, u64),
        keys: &Keys,
        mut series: Option<&mut Series>,
        leaving: &mut Vec<Leaving>,
    ) {
        let before = leaving.len();
        for (index, slot) in self.places.iter_mut().enumerate() {
            if !slot.is_occupied() {
                continue;
            }
            if let (Some(series), Some(open)) = (series.as_deref_mut(), self.open.get_mut(index)) {
                series.close(open, slot.order);
            }
            if (slot.last_ns, slot.order) <= youngest {
                leaving.push((slot.order, slot.record()));
                slot.state = 0;
            }
        }
        self.live -= leaving.len() - before;
        self.rebuild(self.places.len(), keys);
    }

    /// Takes out every flow, closing its bucket.
    pub(super) fn drain(mut self, mut series: Option<&mut Series>, leaving: &mut Vec<Leaving>) {
        leaving.reserve(self.live);
        for (index, slot) in self.places.iter().enumerate().filter(|(_, slot)| slot.is_occupied()) {
            if let (Some(series), Some(open)) = (series.as_deref_mut(), self.open.get_mut(index)) {
                series.close(open, slot.order);
            }
            leaving.push((slot.order, slot.record()));
        }
    }

    /// Adds the flows of packets that follow, whose numbers begin at `base` here; their buckets must be closed. `known` is told the number of every
    /// flow there and here.
    ///
    /// Both tables hash alike, so the walk through the one goes through the other in the same order.
    pub(super) fn absorb(&mut self, later: &Self, base: u64, keys: &Keys, mut known: impl FnMut(u64, u64)) {
        // For as many as the larger has: mostly, many of the flows are the same.
        self.reserve(later.live.saturating_sub(self.live), keys);
        for slot in later.places.iter().filter(|slot| slot.is_occupied()) {
            self.reserve(1, keys);
            let index = self.locate(&slot.probe(keys));
            let Some(place) = self.places.get_mut(index) else { continue };
            if place.is_occupied() {
                place.append(slot);
            } else {
                *place = Slot { order: base + slot.order, ..*slot };
                self.live += 1;
            }
            known(slot.order, place.order);
        }
    }

    /// Closes the bucket of every flow.
    pub(super) fn close_buckets(&mut self, series: &mut Series) {
        for (slot, open) in self.places.iter().zip(&mut self.open).filter(|(slot, _)| slot.is_occupied()) {
            series.close(open, slot.order);
        }
    }

    /// Where the probe's flow is, or the vacant slot where it belongs.
    fn locate(&self, probe: &Probe<E>) -> usize {
        let mask = self.places.len() - 1;
        let mut index = home(probe.hash, mask);
        // Ends: at most half of the slots are occupied.
        while let Some(slot) = self.places.get(index) {
            if !slot.is_occupied() || slot.holds(probe) {
                break;
            }
            index = (index + 1) & mask;
        }
        index
    }

    /// Counts in a slot that `locate` gave; returns the number of the flow's first packet.
    fn count_at(&mut self, index: usize, probe: &Probe<E>, packet: &TimedPacket, order: u64) -> u64 {
        let Some(slot) = self.places.get_mut(index) else { return order };
        if !slot.is_occupied() {
            slot.open(probe, packet, order);
            self.live += 1;
        }
        slot.add(packet);
        slot.order
    }

    /// Moves every flow into a table of at least `length` slots.
    fn rebuild(&mut self, length: usize, keys: &Keys) {
        let length = length.max(FEWEST_SLOTS).next_power_of_two();
        let old = std::mem::replace(&mut self.places, filled(length));
        let open = if self.open.is_empty() { Vec::new() } else { vec![OpenBucket::default(); length] };
        let old_open = std::mem::replace(&mut self.open, open);
        for (from, slot) in old.into_iter().enumerate().filter(|(_, slot)| slot.is_occupied()) {
            let to = self.locate(&slot.probe(keys));
            if let Some(place) = self.places.get_mut(to) {
                *place = slot;
            }
            if let (Some(open), Some(place)) = (old_open.get(from), self.open.get_mut(to)) {
                *place = *open;
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the mask keeps lower bits only")]
fn home(hash: u64, mask: usize) -> usize {
    hash as usize & mask
}
