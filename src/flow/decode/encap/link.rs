//! Link layers, and the headers between them and IP.

use pnet::packet::vlan::VlanPacket;

use crate::flow::decode::encap::{Next, Step, be16, be32, behind, le16, wifi};
use crate::flow::frame::LinkType;
use crate::flow::stats::DecodeSkip;

/// The smallest EtherType; smaller values of the field are lengths (IEEE 802.3).
const FIRST_ETHER_TYPE: u16 = 0x0600;
/// The protocol number for LLC in cooked captures (`ETH_P_802_2`).
const COOKED_LLC: u16 = 0x0004;
/// The first bytes of PPP in HDLC-like framing (RFC 1662 section 3.1).
const PPP_ALL_STATIONS: [u8; 2] = [0xff, 0x03];

/// Parses the start of a frame.
pub(super) fn link(link_type: LinkType, data: &[u8]) -> Step<'_> {
    match link_type {
        LinkType::ETHERNET => Ok((Next::EtherType(be16(data, 12)?), behind(data, 14)?)),
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 => Ok((Next::Ip, data)),
        LinkType::IPV4 => Ok((Next::V4, data)),
        LinkType::IPV6 => Ok((Next::V6, data)),
        LinkType::NULL | LinkType::LOOP => loopback(data),
        // A capture of type PPP_HDLC may contain Cisco HDLC, recognized by its first byte.
        LinkType::PPP_HDLC if matches!(data.first(), Some(0x0f | 0x8f)) => cisco_hdlc(data),
        LinkType::PPP | LinkType::PPP_HDLC => Ok((Next::Ppp, data)),
        LinkType::CISCO_HDLC => cisco_hdlc(data),
        LinkType::WIFI => wifi::frame(data, false),
        LinkType::RADIOTAP => wifi::radiotap(data),
        // In Linux cooked captures, the protocol is the last field. In the longer version 2 header, it is the
        // first.
        LinkType::SLL => Ok((cooked(be16(data, 14)?), behind(data, 16)?)),
        LinkType::SLL2 => Ok((cooked(be16(data, 0)?), behind(data, 20)?)),
        LinkType::PPI => ppi(data),
        LinkType(number) => Err(DecodeSkip::LinkType(number)),
    }
}

/// Parses the payload of an Ethernet frame according to its EtherType (IEEE 802 numbers, IANA).
pub(super) fn ether_type(number: u16, data: &[u8]) -> Step<'_> {
    match number {
        0x0800 => Ok((Next::V4, data)),
        0x86dd => Ok((Next::V6, data)),
        // 802.1Q, 802.1ad, and two older EtherTypes for stacked tags.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
            let tag = VlanPacket::new(data).ok_or(DecodeSkip::Truncated)?;
            Ok((Next::EtherType(tag.get_ethertype().0), behind(data, VlanPacket::minimum_packet_size())?))
        }
        0x8847 | 0x8848 => Ok((Next::Mpls, data)),
        0x8863 => Err(DecodeSkip::PppoeDiscovery),
        0x8864 => Ok((Next::Ppp, behind(data, 6)?)),
        0x880b => Ok((Next::Ppp, data)),
        0x6558 => Ok((Next::Link(LinkType::ETHERNET), data)),
        // Provider backbone bridging (802.1ah): flags and a service identifier, then a whole frame.
        0x88e7 => Ok((Next::Link(LinkType::ETHERNET), behind(data, 4)?)),
        // Cisco metadata: six bytes, then an EtherType.
        0x8909 => Ok((Next::EtherType(be16(data, 6)?), behind(data, 8)?)),
        0x894f => service_header(data),
        0x0806 | 0x8035 => Err(DecodeSkip::Arp),
        0x88cc => Err(DecodeSkip::Lldp),
        0x0000..FIRST_ETHER_TYPE => Ok((Next::Llc, data)),
        _ => Err(DecodeSkip::EtherType(number)),
    }
}

/// Parses a network service header (RFC 8300), whose length is in words.
pub(super) fn service_header(data: &[u8]) -> Step<'_> {
    let length = usize::from(be16(data, 0)? & 0x3f) * 4;
    let next = *data.get(3).ok_or(DecodeSkip::Truncated)?;
    let next = next_protocol(next).ok_or(DecodeSkip::EtherType(0x894f))?;
    if length < 8 { Err(DecodeSkip::Truncated) } else { Ok((next, behind(data, length)?)) }
}

/// Maps the next protocol field of NSH and VXLAN-GPE (RFC 8300 section 2.2).
pub(super) fn next_protocol(number: u8) -> Option<Next> {
    match number {
        1 => Some(Next::V4),
        2 => Some(Next::V6),
        3 => Some(Next::Link(LinkType::ETHERNET)),
        4 => Some(Next::EtherType(0x894f)),
        5 => Some(Next::Mpls),
        _ => None,
    }
}

/// Parses LLC (IEEE 802.2) and SNAP (RFC 1042).
pub(super) fn llc(data: &[u8]) -> Step<'_> {
    const SNAP: u8 = 0xaa;
    const SPANNING_TREE: u8 = 0x42;
    const IP: u8 = 0x06;
    let [destination, source, control] = *data.first_chunk::<3>().ok_or(DecodeSkip::Truncated)?;
    match (destination, source, control) {
        (SNAP, SNAP, 0x03) => match data.get(3..6) {
            Some([0, 0, 0 | 0xf8]) => Ok((Next::EtherType(be16(data, 6)?), behind(data, 8)?)),
            Some(_) => Err(DecodeSkip::Llc),
            None => Err(DecodeSkip::Truncated),
        },
        (SPANNING_TREE, SPANNING_TREE, _) => Err(DecodeSkip::Stp),
        (IP, IP, 0x03) => Ok((Next::V4, behind(data, 3)?)),
        _ => Err(DecodeSkip::Llc),
    }
}

/// Parses PPP (RFC 1661). Its address and control bytes may be omitted, and its protocol field may be one
/// byte if the number is odd.
pub(super) fn ppp(data: &[u8]) -> Step<'_> {
    let data = data.strip_prefix(&PPP_ALL_STATIONS).unwrap_or(data);
    let first = *data.first().ok_or(DecodeSkip::Truncated)?;
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), behind(data, 1)?)
    } else {
        (be16(data, 0)?, behind(data, 2)?)
    };
    match protocol {
        0x0021 => Ok((Next::V4, rest)),
        0x0057 => Ok((Next::V6, rest)),
        0x0281 | 0x0283 => Ok((Next::Mpls, rest)),
        0x8000.. => Err(DecodeSkip::PppControl),
        _ => Err(DecodeSkip::PppProtocol(protocol)),
    }
}

/// Parses an MPLS label stack (RFC 3032). The label stack does not state its payload, so the first four bits
/// decide: 4 and 6 are IP, 0 is a control word (RFC 4385) before Ethernet, 1 is an associated channel, and
/// anything else is Ethernet without a control word. Labels 13 (RFC 5586) and 14 (RFC 3429) announce OAM
/// traffic.
pub(super) fn mpls(mut data: &[u8]) -> Step<'_> {
    const BOTTOM: u32 = 0x100;
    let mut label;
    loop {
        label = be32(data, 0)?;
        data = behind(data, 4)?;
        if label & BOTTOM != 0 {
            break;
        }
    }
    match data.first().map(|byte| byte >> 4) {
        _ if matches!(label >> 12, 13 | 14) => Err(DecodeSkip::MplsPayload),
        Some(4) => Ok((Next::V4, data)),
        Some(6) => Ok((Next::V6, data)),
        Some(0) => Ok((Next::Link(LinkType::ETHERNET), behind(data, 4)?)),
        Some(1) => Err(DecodeSkip::MplsPayload),
        Some(_) => Ok((Next::Link(LinkType::ETHERNET), data)),
        None => Err(DecodeSkip::Truncated),
    }
}

/// Maps the protocol field of a cooked capture.
fn cooked(protocol: u16) -> Next {
    if protocol == COOKED_LLC { Next::Llc } else { Next::EtherType(protocol) }
}

/// Parses a four-byte address family in the byte order of the capturing machine. That order is unknown, so
/// the smaller of the two possible numbers is used.
fn loopback(data: &[u8]) -> Step<'_> {
    let big = be32(data, 0)?;
    let family = big.min(big.swap_bytes());
    let rest = behind(data, 4)?;
    match family {
        2 => Ok((Next::V4, rest)),
        // The numbers for IPv6 on Linux, NetBSD and OpenBSD, FreeBSD, and macOS.
        10 | 24 | 28 | 30 => Ok((Next::V6, rest)),
        _ => Err(DecodeSkip::AddressFamily(family)),
    }
}

fn cisco_hdlc(data: &[u8]) -> Step<'_> {
    Ok((Next::EtherType(be16(data, 2)?), behind(data, 4)?))
}

/// Parses a per-packet information header, which contains its length and the link type of the data after it,
/// in little-endian order.
fn ppi(data: &[u8]) -> Step<'_> {
    let length = usize::from(le16(data, 2)?);
    let link_type = be32(data, 4)?.swap_bytes();
    if length < 8 {
        return Err(DecodeSkip::Truncated);
    }
    match u16::try_from(link_type) {
        Ok(number) => Ok((Next::Link(LinkType(number)), behind(data, length)?)),
        Err(_) => Err(DecodeSkip::LinkType(u16::MAX)),
    }
}
