//! Frames built with etherparse, decoded by us and by etherparse: the same five-tuple or the same
//! refusal, whole and cut at every byte.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::IpAddr;

use etherparse::{
    EtherType, Ethernet2Header, IpDscp, IpFragOffset, IpNumber, Ipv4Header, Ipv4Options, Ipv6FlowLabel,
    Ipv6FragmentHeader, Ipv6Header, Ipv6RawExtHeader, LaxNetSlice, LaxSlicedPacket, SingleVlanHeader,
    TcpHeader, TransportSlice, UdpHeader, VlanId, VlanPcp,
};
use peerpath::addr::{FlowKey, Protocol};
use peerpath::flow::{DecodeSkip, Frame, Layer, LinkType, Packet, PacketTime, decode};
use proptest::prelude::*;

/// What a frame is built from.
#[derive(Clone, Debug)]
struct Plan {
    tags: Vec<u16>,
    v6: bool,
    source: u128,
    destination: u128,
    /// IPv4: words of options. IPv6: extension headers of so many times eight bytes.
    options: Vec<u8>,
    /// In units of eight bytes; `None` is no fragment at all.
    fragment: Option<u16>,
    protocol: u8,
    ports: (u16, u16),
    /// The flags of TCP, and the byte with the mark.
    flags: u8,
    payload: Vec<u8>,
}

const VLAN_TYPES: [u16; 3] = [0x8100, 0x88a8, 0x9100];

fn plan() -> impl Strategy<Value = Plan> {
    (
        prop::collection::vec(prop::sample::select(VLAN_TYPES.to_vec()), 0..3),
        any::<bool>(),
        any::<(u128, u128)>(),
        prop::collection::vec(0_u8..3, 0..3),
        prop::option::weighted(0.2, prop::sample::select(vec![0_u16, 1, 185, 8191])),
        prop::sample::select(vec![6_u8, 6, 17, 17, 1, 58, 47, 50, 253]),
        any::<(u16, u16)>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(
            |(tags, v6, (source, destination), options, fragment, protocol, ports, flags, payload)| Plan {
                tags,
                v6,
                source,
                destination,
                options,
                fragment,
                protocol,
                ports,
                flags,
                payload,
            },
        )
}

impl Plan {
    fn addresses(&self) -> (IpAddr, IpAddr) {
        let v4 = |bits: u128| IpAddr::from(u32::try_from(bits & 0xffff_ffff).unwrap().to_be_bytes());
        let v6 = |bits: u128| IpAddr::from(bits.to_be_bytes());
        if self.v6 {
            (v6(self.source), v6(self.destination))
        } else {
            (v4(self.source), v4(self.destination))
        }
    }

    fn has_ports(&self) -> bool {
        matches!(self.protocol, Protocol::TCP | Protocol::UDP) && self.fragment.unwrap_or(0) == 0
    }

    fn transport(&self) -> Vec<u8> {
        let mut bytes = match self.protocol {
            Protocol::TCP => {
                let mut tcp = TcpHeader::new(self.ports.0, self.ports.1, 1, 2).to_bytes().to_vec();
                *tcp.get_mut(13).unwrap() = self.flags;
                tcp
            }
            Protocol::UDP => {
                let length = u16::try_from(8 + self.payload.len()).unwrap();
                let (source_port, destination_port) = self.ports;
                UdpHeader { source_port, destination_port, length, checksum: 0 }.to_bytes().to_vec()
            }
            _ => Vec::new(),
        };
        bytes.extend(&self.payload);
        bytes
    }

    fn network(&self) -> Vec<u8> {
        let transport = self.transport();
        match self.addresses() {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let length = u16::try_from(transport.len()).unwrap();
                let mut header = Ipv4Header::new(
                    length,
                    64,
                    IpNumber(self.protocol),
                    source.octets(),
                    destination.octets(),
                )
                .unwrap();
                header.dscp = IpDscp::try_new(self.flags >> 2).unwrap();
                let words: Vec<u8> = self.options.iter().flat_map(|_| [1, 1, 1, 0]).collect();
                header.options = Ipv4Options::try_from(words.as_slice()).unwrap();
                header.set_payload_len(transport.len()).unwrap();
                if let Some(offset) = self.fragment {
                    header.more_fragments = true;
                    header.fragment_offset = IpFragOffset::try_new(offset).unwrap();
                }
                [header.to_bytes().to_vec(), transport].concat()
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let (first, mut rest) = self.extensions();
                rest.extend(transport);
                let header = Ipv6Header {
                    traffic_class: self.flags,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: u16::try_from(rest.len()).unwrap(),
                    next_header: IpNumber(first),
                    hop_limit: 64,
                    source: source.octets(),
                    destination: destination.octets(),
                };
                [header.to_bytes().to_vec(), rest].concat()
            }
            _ => unreachable!("both addresses are of one family"),
        }
    }

    /// The first next header and the extension headers, built from the last to the first.
    fn extensions(&self) -> (u8, Vec<u8>) {
        const KINDS: [u8; 2] = [0, 60];
        let (mut next, mut bytes) = (self.protocol, Vec::new());
        if let Some(offset) = self.fragment {
            let offset = IpFragOffset::try_new(offset).unwrap();
            bytes = Ipv6FragmentHeader::new(IpNumber(next), offset, true, 7).to_bytes().to_vec();
            next = 44;
        }
        for (kind, words) in KINDS.iter().zip(&self.options).rev() {
            let content = vec![0; 6 + 8 * usize::from(*words)];
            let mut all = Ipv6RawExtHeader::new_raw(IpNumber(next), &content).unwrap().to_bytes().to_vec();
            all.extend(bytes);
            (next, bytes) = (*kind, all);
        }
        (next, bytes)
    }

    fn frame(&self) -> Vec<u8> {
        let (mut ether_type, mut bytes) = (if self.v6 { 0x86dd } else { 0x0800 }, self.network());
        for tag in self.tags.iter().rev() {
            let header = SingleVlanHeader {
                pcp: VlanPcp::ZERO,
                drop_eligible_indicator: false,
                vlan_id: VlanId::try_new(100).unwrap(),
                ether_type: EtherType(ether_type),
            };
            bytes = [header.to_bytes().to_vec(), bytes].concat();
            ether_type = *tag;
        }
        let header =
            Ethernet2Header { source: [2; 6], destination: [4; 6], ether_type: EtherType(ether_type) };
        [header.to_bytes().to_vec(), bytes].concat()
    }
}

fn ours(data: &[u8], whole: usize) -> Result<Packet, DecodeSkip> {
    let original_length = u32::try_from(whole).unwrap();
    decode(
        &Frame { time: PacketTime::NONE, original_length, link_type: LinkType::ETHERNET, data },
        Layer::Outer,
    )
}

/// The five-tuple as etherparse reads it; ports 0 where it shows none.
fn etherparse_key(data: &[u8]) -> Option<FlowKey> {
    let packet = LaxSlicedPacket::from_ethernet(data).ok()?;
    let (source_port, destination_port) = match &packet.transport {
        Some(TransportSlice::Tcp(tcp)) => (tcp.source_port(), tcp.destination_port()),
        Some(TransportSlice::Udp(udp)) => (udp.source_port(), udp.destination_port()),
        _ => (0, 0),
    };
    let (source, destination, protocol) = match packet.net? {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            (header.source_addr().into(), header.destination_addr().into(), ip.payload_ip_number())
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            (header.source_addr().into(), header.destination_addr().into(), ip.payload().ip_number)
        }
        LaxNetSlice::Arp(_) => return None,
    };
    Some(FlowKey { source, destination, protocol: protocol.0, source_port, destination_port })
}

proptest! {
    #[test]
    fn whole_frames_decode_to_what_they_were_built_from(plan in plan()) {
        let data = plan.frame();
        let packet = ours(&data, data.len()).unwrap();
        let key = FlowKey::from(packet.key);
        let (source, destination) = plan.addresses();
        let ports = if plan.has_ports() { plan.ports } else { (0, 0) };
        let expected = FlowKey {
            source, destination, protocol: plan.protocol, source_port: ports.0, destination_port: ports.1,
        };
        prop_assert_eq!(key, expected);
        prop_assert_eq!(packet.ip_bytes as usize, plan.network().len());
        let flags = if plan.protocol == Protocol::TCP && plan.has_ports() { plan.flags } else { 0 };
        prop_assert_eq!(packet.tcp_flags, flags);
        prop_assert_eq!(packet.dscp, plan.flags >> 2);
        // etherparse shows no ports in a first fragment.
        if plan.fragment != Some(0) {
            prop_assert_eq!(Some(key), etherparse_key(&data));
        }
    }

    #[test]
    fn cut_frames_agree_on_refusal_and_never_invent_ports(plan in plan()) {
        let data = plan.frame();
        let whole = FlowKey::from(ours(&data, data.len()).unwrap().key);
        for (length, _) in data.iter().enumerate() {
            let cut = data.get(..length).unwrap();
            let theirs = etherparse_key(cut);
            match ours(cut, data.len()) {
                Err(skip) => {
                    prop_assert_eq!(skip, DecodeSkip::Truncated);
                    prop_assert_eq!(theirs, None, "at {}", length);
                }
                Ok(packet) => {
                    let key = FlowKey::from(packet.key);
                    prop_assert_eq!((key.source, key.destination), (whole.source, whole.destination));
                    let ports = (key.source_port, key.destination_port);
                    let true_ports = (whole.source_port, whole.destination_port);
                    prop_assert!(ports == (0, 0) || ports == true_ports, "at {}: {:?}", length, ports);
                    // Options that are cut are no reason to refuse the addresses before them.
                    if let Some(theirs) = theirs {
                        prop_assert_eq!((theirs.source, theirs.destination), (key.source, key.destination));
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_of_any_link_type_are_decoded_or_skipped(
        link_type in 0_u16..300,
        original_length in any::<u32>(),
        data in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let frame = Frame { time: PacketTime::NONE, original_length, link_type: LinkType(link_type), data: &data };
        let outer = decode(&frame, Layer::Outer);
        match decode(&frame, Layer::Inner) {
            // A tunnel has an outer header, whatever is in it.
            Err(DecodeSkip::Tunnel(..)) => prop_assert!(outer.is_ok()),
            Err(skip) => prop_assert_eq!(outer, Err(skip)),
            Ok(_) => prop_assert!(outer.is_ok()),
        }
    }
}
