//! Packets that wait for their entries, grouped by family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::flow::table::hash::Keys;
use crate::flow::table::index::Index;
use crate::flow::table::{BATCH, TimedPacket};
use crate::flow::{KeyV4, KeyV6, PacketTime};

/// Both addresses of a packet, in the most compact form for their family.
pub(super) trait Ends: Copy + Default + PartialEq {
    /// Returns the keyed hash, including ports and protocol.
    fn hash(self, rest: u64, keys: &Keys) -> u64;
    /// Returns source and destination.
    fn addresses(self) -> (IpAddr, IpAddr);
}

/// The source in the upper half, the destination in the lower half.
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

/// A packet of a batch that waits for its entry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Probe<E> {
    pub(super) ends: E,
    pub(super) time: PacketTime,
    pub(super) frame_bytes: u32,
    pub(super) ip_bytes: u32,
    pub(super) ports: u32,
    pub(super) protocol: u8,
    pub(super) tcp_flags: u8,
    /// The position of the packet in the batch.
    pub(super) offset: u8,
    /// Half of the hash; its lower bits select the cell.
    pub(super) tag: u32,
    /// The number of the flow's entry if it was found, else [`Index::NONE`].
    pub(super) number: u32,
}

impl<E: Ends> Probe<E> {
    /// Creates the probe for a packet between `ends`, with the source port in the upper half of `ports`.
    #[inline]
    pub(super) fn new(ends: E, ports: u32, protocol: u8, keys: &Keys) -> Self {
        let tag = tag(ends, ports, protocol, keys);
        Self { tag, number: Index::NONE, ends, ports, protocol, ..Self::default() }
    }

    /// Adds the other properties of the packet at `offset` in the batch.
    #[inline]
    fn of(self, packet: &TimedPacket, offset: u8) -> Self {
        Self {
            time: packet.time,
            frame_bytes: packet.frame_bytes,
            ip_bytes: packet.packet.ip_bytes,
            tcp_flags: packet.packet.tcp_flags,
            offset,
            ..self
        }
    }
}

/// Returns half of the hash of a flow.
#[inline]
pub(super) fn tag<E: Ends>(ends: E, ports: u32, protocol: u8, keys: &Keys) -> u32 {
    (ends.hash(u64::from(ports) << 8 | u64::from(protocol), keys) >> 32) as u32
}

/// The packets of one batch that belong to one family, in order.
#[derive(Debug)]
pub(super) struct FamilyBatch<E> {
    probes: [Probe<E>; BATCH],
    length: usize,
}

impl<E: Ends> FamilyBatch<E> {
    pub(super) fn new() -> Self {
        Self { probes: [Probe::default(); BATCH], length: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds a probe. A full lane would ignore it, but a batch never has that many packets.
    #[inline]
    pub(super) fn push(&mut self, probe: Probe<E>) {
        if let Some(place) = self.probes.get_mut(self.length) {
            *place = probe;
            self.length += 1;
        }
    }

    pub(super) fn probes(&self) -> &[Probe<E>] {
        self.probes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn probes_mut(&mut self) -> &mut [Probe<E>] {
        self.probes.get_mut(..self.length).unwrap_or_default()
    }
}

/// The packets of one batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) v4: Box<FamilyBatch<u64>>,
    pub(super) v6: Box<FamilyBatch<(u128, u128)>>,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self { v4: Box::new(FamilyBatch::new()), v6: Box::new(FamilyBatch::new()) }
    }

    /// Returns the number of packets.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.v4.length + self.v6.length
    }

    pub(super) fn clear(&mut self) {
        self.v4.clear();
        self.v6.clear();
    }

    /// Adds the next packet, which must be IPv4, and returns its probe.
    #[inline]
    pub(super) fn push_v4(&mut self, key: &KeyV4, packet: &TimedPacket, keys: &Keys) -> Probe<u64> {
        let ends = u64::from(key.source) << 32 | u64::from(key.destination);
        let ports = join(key.source_port, key.destination_port);
        let probe = Probe::new(ends, ports, key.protocol, keys).of(packet, self.offset());
        self.v4.push(probe);
        probe
    }

    /// Works like [`Self::push_v4`], for IPv6.
    #[inline]
    pub(super) fn push_v6(&mut self, key: &KeyV6, packet: &TimedPacket, keys: &Keys) -> Probe<(u128, u128)> {
        let ports = join(key.source_port, key.destination_port);
        let ends = (key.source, key.destination);
        let probe = Probe::new(ends, ports, key.protocol, keys).of(packet, self.offset());
        self.v6.push(probe);
        probe
    }

    #[inline]
    fn offset(&self) -> u8 {
        u8::try_from(self.len()).unwrap_or(u8::MAX)
    }
}

#[inline]
fn join(source_port: u16, destination_port: u16) -> u32 {
    u32::from(source_port) << 16 | u32::from(destination_port)
}
