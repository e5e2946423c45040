//! Builds Ethernet frames with IPv4 or IPv6 and TCP or UDP, with correct lengths and checksums.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The source opens a connection.
pub(super) const SYN: u8 = 0x02;
/// The segment acknowledges.
pub(super) const ACK: u8 = 0x10;
/// The segment carries data.
pub(super) const PSH: u8 = 0x08;
/// The source has finished sending.
pub(super) const FIN: u8 = 0x01;
/// The connection is reset.
pub(super) const RST: u8 = 0x04;

/// A VLAN tag: its EtherType and its VLAN ID.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag(pub(super) u16, pub(super) u16);

/// The additional fields of TCP; `None` in a [`Segment`] means UDP.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tcp {
    pub(super) sequence: u32,
    pub(super) acknowledged: u32,
    pub(super) flags: u8,
}

/// A packet from the network layer up; the headers are followed by `payload` zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    pub(super) tcp: Option<Tcp>,
    /// The mark (DSCP), from 0 to 63.
    pub(super) dscp: u8,
    pub(super) payload: u16,
}

impl Segment {
    /// Returns the total length of the headers, including Ethernet but without VLAN tags.
    pub(super) fn header_bytes(&self) -> u16 {
        14 + if self.source.is_ipv4() { 20 } else { 40 } + self.transport_header_bytes()
    }

    fn transport_header_bytes(&self) -> u16 {
        if self.tcp.is_some() { 20 } else { 8 }
    }

    fn protocol(&self) -> u8 {
        if self.tcp.is_some() { 6 } else { 17 }
    }
}

/// Builds frames one after the other in the same buffer.
#[derive(Debug)]
pub(super) struct FrameBuilder {
    frame: Vec<u8>,
    snapshot_length: usize,
}

impl FrameBuilder {
    pub(super) fn new(snapshot_length: u32) -> Self {
        let snapshot_length = usize::try_from(snapshot_length).unwrap_or(usize::MAX);
        Self { frame: Vec::with_capacity(2_048), snapshot_length }
    }

    /// Builds a frame. Returns the bytes that a capture keeps, and the length on the wire (at least 60,
    /// because Ethernet pads shorter frames).
    pub(super) fn build(&mut self, tags: &[Tag], segment: &Segment) -> (&[u8], u32) {
        let frame = &mut self.frame;
        frame.clear();
        frame.extend([0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2]);
        for Tag(ether_type, number) in tags {
            frame.extend(ether_type.to_be_bytes());
            frame.extend(number.to_be_bytes());
        }
        let length = segment.transport_header_bytes() + segment.payload;
        match (segment.source, segment.destination) {
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                frame.extend([0x86, 0xdd]);
                extend_ipv6(frame, source, destination, segment, length);
            }
            (source, destination) => {
                frame.extend([0x08, 0x00]);
                extend_ipv4(frame, v4(source), v4(destination), segment, length);
            }
        }
        let pseudo = sum_of_address(segment.source)
            + sum_of_address(segment.destination)
            + u64::from(segment.protocol())
            + u64::from(length);
        if let Some(tcp) = segment.tcp {
            let sum = pseudo + sum(&tcp_header(segment, tcp, 0));
            frame.extend(tcp_header(segment, tcp, checksum(sum)));
        } else {
            let sum = checksum(pseudo + sum(&udp_header(segment, length, 0)));
            // RFC 768: a sum of zero is sent as all ones.
            frame.extend(udp_header(segment, length, if sum == 0 { 0xffff } else { sum }));
        }
        let whole = (frame.len() + usize::from(segment.payload)).max(60);
        frame.resize(whole.min(self.snapshot_length), 0);
        (frame, u32::try_from(whole).unwrap_or(u32::MAX))
    }
}

/// Returns the IPv4 address. IPv6 addresses are never passed, because both ends belong to the same family.
fn v4(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    }
}

fn extend_ipv4(frame: &mut Vec<u8>, source: Ipv4Addr, destination: Ipv4Addr, segment: &Segment, length: u16) {
    let (traffic_class, protocol) = (segment.dscp << 2, segment.protocol());
    let header = |checksum: u16| {
        let [l0, l1] = (length + 20).to_be_bytes();
        let [c0, c1] = checksum.to_be_bytes();
        let [s0, s1, s2, s3] = source.octets();
        let [d0, d1, d2, d3] = destination.octets();
        [0x45, traffic_class, l0, l1, 0, 0, 0x40, 0, 64, protocol, c0, c1, s0, s1, s2, s3, d0, d1, d2, d3]
    };
    frame.extend(header(checksum(sum(&header(0)))));
}

fn extend_ipv6(frame: &mut Vec<u8>, source: Ipv6Addr, destination: Ipv6Addr, segment: &Segment, length: u16) {
    let [l0, l1] = length.to_be_bytes();
    let traffic_class = segment.dscp << 2;
    frame.extend([0x60 | traffic_class >> 4, traffic_class << 4, 0, 0, l0, l1, segment.protocol(), 64]);
    frame.extend(source.octets());
    frame.extend(destination.octets());
}

fn tcp_header(segment: &Segment, tcp: Tcp, checksum: u16) -> [u8; 20] {
    let [s0, s1] = segment.source_port.to_be_bytes();
    let [d0, d1] = segment.destination_port.to_be_bytes();
    let [q0, q1, q2, q3] = tcp.sequence.to_be_bytes();
    let [a0, a1, a2, a3] = tcp.acknowledged.to_be_bytes();
    let [c0, c1] = checksum.to_be_bytes();
    [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, 0x50, tcp.flags, 0xfa, 0xf0, c0, c1, 0, 0]
}

fn udp_header(segment: &Segment, length: u16, checksum: u16) -> [u8; 8] {
    let [s0, s1] = segment.source_port.to_be_bytes();
    let [d0, d1] = segment.destination_port.to_be_bytes();
    let [l0, l1] = length.to_be_bytes();
    let [c0, c1] = checksum.to_be_bytes();
    [s0, s1, d0, d1, l0, l1, c0, c1]
}

fn sum_of_address(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => sum(&address.octets()),
        IpAddr::V6(address) => sum(&address.octets()),
    }
}

/// Returns the sum of 16-bit words; all inputs here have an even length.
fn sum(bytes: &[u8]) -> u64 {
    let (words, _) = bytes.as_chunks::<2>();
    words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum()
}

/// Returns the internet checksum of a sum of words (RFC 1071).
fn checksum(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// etherparse reads the frames and checks them.
    #[test]
    fn checksums_and_lengths_are_right() {
        let tcp = Some(Tcp { sequence: 5, acknowledged: 9, flags: SYN | ACK });
        for (source, destination) in [("10.10.1.5", "52.112.0.1"), ("fd10::5", "2603:1063::1")] {
            for (tcp, payload) in [(tcp, 0), (tcp, 1_001), (None, 48), (None, 333)] {
                let segment = Segment {
                    source: source.parse().unwrap(),
                    destination: destination.parse().unwrap(),
                    source_port: 50_000,
                    destination_port: 443,
                    tcp,
                    dscp: 46,
                    payload,
                };
                let mut builder = FrameBuilder::new(65_535);
                let (bytes, length) = builder.build(&[Tag(0x88a8, 5), Tag(0x8100, 7)], &segment);
                assert_eq!(bytes.len(), length as usize);
                let sliced = etherparse::SlicedPacket::from_ethernet(bytes).unwrap();
                match (sliced.net.unwrap(), sliced.transport.unwrap()) {
                    (etherparse::NetSlice::Ipv4(ip), etherparse::TransportSlice::Tcp(slice)) => {
                        assert_eq!(
                            ip.header().to_header().calc_header_checksum(),
                            ip.header().header_checksum()
                        );
                        let sum = slice.calc_checksum_ipv4(ip.header().source(), ip.header().destination());
                        assert_eq!(sum.unwrap(), slice.checksum());
                    }
                    (etherparse::NetSlice::Ipv6(ip), etherparse::TransportSlice::Tcp(slice)) => {
                        let sum = slice.calc_checksum_ipv6(ip.header().source(), ip.header().destination());
                        assert_eq!(sum.unwrap(), slice.checksum());
                    }
                    (net, etherparse::TransportSlice::Udp(slice)) => {
                        let header = slice.to_header();
                        let sum = match net {
                            etherparse::NetSlice::Ipv4(ip) => {
                                header.calc_checksum_ipv4(&ip.header().to_header(), slice.payload())
                            }
                            etherparse::NetSlice::Ipv6(ip) => {
                                header.calc_checksum_ipv6(&ip.header().to_header(), slice.payload())
                            }
                            etherparse::NetSlice::Arp(_) => unreachable!("no such frame"),
                        };
                        assert_eq!(sum.unwrap(), header.checksum);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}
