//! The result of decoding a frame: a five-tuple in plain integers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::time::PacketTime;
use crate::addr::{FlowKey, Protocol};

/// Which IP header counts if a frame contains more than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The first header: the header that the routers on the path see.
    #[default]
    Outer,
    /// The innermost header: the header that the endpoints see. It is inside GRE, VXLAN, Geneve, IP-in-IP,
    /// Teredo or another [`Encapsulation`](super::Encapsulation). If the innermost header cannot be decoded, the packet is
    /// skipped and counted as [`DecodeSkip::Tunnel`](super::DecodeSkip::Tunnel). For a packet outside a
    /// tunnel, and for a tunnel's control message without a packet inside, the only header counts. A header
    /// quoted by an ICMP error does not count.
    Inner,
}

/// The five-tuple of an IPv4 packet in host byte order; ports are 0 if there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyV4 {
    /// The source address.
    pub source: u32,
    /// The destination address.
    pub destination: u32,
    /// The source port.
    pub source_port: u16,
    /// The destination port.
    pub destination_port: u16,
    /// The IANA protocol number.
    pub protocol: u8,
}

/// The five-tuple of an IPv6 packet in host byte order; ports are 0 if there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyV6 {
    /// The source address.
    pub source: u128,
    /// The destination address.
    pub destination: u128,
    /// The source port.
    pub source_port: u16,
    /// The destination port.
    pub destination_port: u16,
    /// The IANA protocol number after the extension headers.
    pub protocol: u8,
}

/// The five-tuple of a packet, by family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketKey {
    /// IPv4.
    V4(KeyV4),
    /// IPv6.
    V6(KeyV6),
}

/// The counted properties of one frame: its five-tuple, its IP length, its TCP flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The five-tuple.
    pub key: PacketKey,
    /// The length according to the IP header that counts, including the header. If the length field is 0 (in
    /// a jumbogram, or in a frame captured before segmentation offload), this is the length of the rest of
    /// the frame.
    pub ip_bytes: u32,
    /// The flag byte of TCP (RFC 9293 section 3.1); 0 if the packet is not TCP or the byte was not captured.
    pub tcp_flags: u8,
    /// The mark of the packet (DSCP, RFC 2474), from 0 to 63; in a tunnel, that of the innermost decoded packet. 0 if the
    /// packet comes from a flow record, which has no mark.
    pub dscp: u8,
}

/// A packet with the time and length of its frame: the input of the flow table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedPacket {
    /// The decoded packet.
    pub packet: Packet,
    /// The time when the packet was captured, if the capture records it.
    pub time: PacketTime,
    /// The length of the frame on the wire.
    pub frame_bytes: u32,
}

impl PacketKey {
    /// Returns the IANA protocol number.
    pub fn protocol(&self) -> u8 {
        match self {
            Self::V4(key) => key.protocol,
            Self::V6(key) => key.protocol,
        }
    }
}

impl From<KeyV4> for FlowKey {
    fn from(key: KeyV4) -> Self {
        Self {
            source: IpAddr::V4(Ipv4Addr::from_bits(key.source)),
            destination: IpAddr::V4(Ipv4Addr::from_bits(key.destination)),
            protocol: key.protocol,
            source_port: key.source_port,
            destination_port: key.destination_port,
        }
    }
}

impl From<KeyV6> for FlowKey {
    fn from(key: KeyV6) -> Self {
        Self {
            source: IpAddr::V6(Ipv6Addr::from_bits(key.source)),
            destination: IpAddr::V6(Ipv6Addr::from_bits(key.destination)),
            protocol: key.protocol,
            source_port: key.source_port,
            destination_port: key.destination_port,
        }
    }
}

impl From<PacketKey> for FlowKey {
    fn from(key: PacketKey) -> Self {
        match key {
            PacketKey::V4(key) => key.into(),
            PacketKey::V6(key) => key.into(),
        }
    }
}

impl Packet {
    /// Returns whether this is the first segment of a TCP connection: SYN without ACK.
    pub fn opens_connection(&self) -> bool {
        const SYN: u8 = 0x02;
        const ACK: u8 = 0x10;
        self.key.protocol() == Protocol::TCP && self.tcp_flags & (SYN | ACK) == SYN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_flow_keys() {
        let key = PacketKey::V4(KeyV4 {
            source: 0x0a00_0001,
            destination: 0x3470_0001,
            source_port: 50_000,
            destination_port: 443,
            protocol: Protocol::TCP,
        });
        assert_eq!(FlowKey::from(key).to_string(), "tcp 10.0.0.1:50000 > 52.112.0.1:443");
        let packet = |tcp_flags| Packet { key, ip_bytes: 40, tcp_flags, dscp: 0 };
        assert!(packet(0xc2).opens_connection());
        assert!(!packet(0x12).opens_connection());
    }
}
