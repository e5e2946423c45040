//! Finds the IP header inside the payload of another IP header.
//!
//! A tunnel is recognized by IP protocol or UDP port. If the packet inside a tunnel cannot be decoded, the
//! result is [`Closed`](Inside::Closed) with the reason. Control messages of the tunnel itself contain
//! [`Nothing`](Inside::Nothing).

use pnet::packet::gre::GrePacket;
use pnet::packet::vxlan::VxlanPacket;

use crate::addr::Protocol;
use crate::flow::decode::encap::{Next, be16, be32, behind, link};
use crate::flow::decode::ip::IpPacket;
use crate::flow::frame::LinkType;
use crate::flow::packet::PacketKey;
use crate::flow::stats::{DecodeSkip, Encapsulation, TunnelSkip};

const VXLAN: u16 = 4789;
const VXLAN_LINUX: u16 = 8472;
const VXLAN_GPE: u16 = 4790;
const GENEVE: u16 = 6081;
const TEREDO: u16 = 3544;
const GTP_USER: u16 = 2152;
const GRE_IN_UDP: u16 = 4754;
const ESP_IN_UDP: u16 = 4500;
const L2TP: u16 = 1701;

/// Returns whether a UDP packet between these ports may be a tunnel.
#[inline]
pub(in crate::flow) fn tunnel_port(source: u16, destination: u16) -> bool {
    let known = |port| {
        matches!(
            port,
            VXLAN | VXLAN_LINUX | VXLAN_GPE | GENEVE | TEREDO | GTP_USER | GRE_IN_UDP | ESP_IN_UDP | L2TP
        )
    };
    known(source) || known(destination)
}

/// The payload of an IP packet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inside<'a> {
    /// No other packet: the payload is not a tunnel's, or is a control message of the tunnel's own protocol.
    Nothing,
    /// The content of a tunnel.
    Packet(Encapsulation, Next, &'a [u8]),
    /// A tunnel whose content cannot be decoded.
    Closed(Encapsulation, TunnelSkip),
}

/// The content after a tunnel's header; `None` for a control message of the tunnel's own protocol.
type Entered<'a> = Result<Option<(Next, &'a [u8])>, TunnelSkip>;

/// Interprets the payload of an IP packet, based on its protocol or ports.
pub(super) fn inside<'a>(ip: &IpPacket<'a>) -> Inside<'a> {
    let data = ip.payload;
    let (tunnel, enter): (_, fn(&'a [u8]) -> Entered<'a>) = match ip.packet.key.protocol() {
        4 => (Encapsulation::Ipv4, |data| Ok(Some((Next::V4, data)))),
        41 => (Encapsulation::Ipv6, |data| Ok(Some((Next::V6, data)))),
        47 if be16(data, 2) == Ok(EOIP) => (Encapsulation::Eoip, gre),
        47 => (Encapsulation::Gre, gre),
        50 => (Encapsulation::Esp, |_| Err(TunnelSkip::Encrypted)),
        97 => (Encapsulation::EtherIp, |data| Ok(Some((Next::Link(LinkType::ETHERNET), behind(data, 2)?)))),
        108 => (Encapsulation::IpComp, |_| Err(TunnelSkip::Encrypted)),
        115 => (Encapsulation::L2tp, l2tp_over_ip),
        137 => (Encapsulation::Mpls, |data| Ok(Some((Next::Mpls, data)))),
        Protocol::UDP => return in_udp(ip),
        _ => return Inside::Nothing,
    };
    if ip.is_later_fragment {
        return Inside::Closed(tunnel, TunnelSkip::Fragment);
    }
    outcome(tunnel, enter(data))
}

fn outcome(tunnel: Encapsulation, entered: Entered<'_>) -> Inside<'_> {
    match entered {
        Ok(Some((next, data))) => Inside::Packet(tunnel, next, data),
        Ok(None) => Inside::Nothing,
        Err(why) => Inside::Closed(tunnel, why),
    }
}

/// Checks the destination port, then the source port, because replies may come from the tunnel's port. A
/// client may use that port by chance, so a source port counts only if a header of that tunnel follows.
fn in_udp<'a>(ip: &IpPacket<'a>) -> Inside<'a> {
    let (source, destination) = match ip.packet.key {
        PacketKey::V4(key) => (key.source_port, key.destination_port),
        PacketKey::V6(key) => (key.source_port, key.destination_port),
    };
    let fits = |entered: &Entered<'_>| *entered != Err(TunnelSkip::Header);
    let there = by_port(destination, ip.payload);
    let back = || by_port(source, ip.payload).filter(|(_, entered)| fits(entered));
    match there {
        Some((tunnel, entered)) if fits(&entered) => outcome(tunnel, entered),
        there => back().or(there).map_or(Inside::Nothing, |(tunnel, entered)| outcome(tunnel, entered)),
    }
}

/// Returns the tunnel that uses a port, and the content after its header. `datagram` starts at the UDP
/// header.
fn by_port(port: u16, datagram: &[u8]) -> Option<(Encapsulation, Entered<'_>)> {
    let (tunnel, enter): (_, fn(&[u8]) -> Entered<'_>) = match port {
        VXLAN | VXLAN_LINUX => (Encapsulation::Vxlan, vxlan),
        VXLAN_GPE => (Encapsulation::VxlanGpe, vxlan_gpe),
        GENEVE => (Encapsulation::Geneve, geneve),
        TEREDO => (Encapsulation::Teredo, teredo),
        GTP_USER => (Encapsulation::Gtp, gtp_user),
        GRE_IN_UDP => (Encapsulation::Gre, gre),
        ESP_IN_UDP => (Encapsulation::Esp, esp_in_udp),
        L2TP => (Encapsulation::L2tp, l2tp_over_udp),
        _ => return None,
    };
    Some((tunnel, behind(datagram, 8).map_err(TunnelSkip::from).and_then(enter)))
}

/// Returns the byte at `at`.
fn byte(data: &[u8], at: usize) -> Result<u8, DecodeSkip> {
    data.get(at).copied().ok_or(DecodeSkip::Truncated)
}

/// Parses GRE (RFC 2784, RFC 2890, version 1 of RFC 2637), whose flags announce the optional fields. A
/// keepalive has protocol type 0. In version 1, a packet without a sequence number is an acknowledgement
/// without payload.
fn gre(data: &[u8]) -> Entered<'_> {
    const KEEPALIVE: u16 = 0;
    let view = GrePacket::new(data).ok_or(TunnelSkip::Truncated)?;
    let words = match view.get_version() {
        _ if view.get_protocol_type() == EOIP => return Err(TunnelSkip::Header),
        0 => {
            let checksum = view.get_checksum_present() | view.get_routing_present();
            checksum + view.get_key_present() + view.get_sequence_present()
        }
        1 if view.get_sequence_present() == 0 => return Ok(None),
        1 => view.get_key_present() + view.get_sequence_present() + (byte(data, 1)? >> 7),
        _ => return Err(TunnelSkip::Header),
    };
    let rest = behind(data, 4 + 4 * usize::from(words))?;
    match view.get_protocol_type() {
        KEEPALIVE => Ok(None),
        // ERSPAN: types I and II, distinguished by the presence of a sequence number, and type III.
        0x88be if view.get_sequence_present() == 0 => Ok(Some((Next::Link(LinkType::ETHERNET), rest))),
        0x88be => Ok(Some((Next::Link(LinkType::ETHERNET), behind(rest, 8)?))),
        0x22eb => erspan3(rest),
        protocol => Ok(Some((Next::EtherType(protocol), rest))),
    }
}

/// The protocol type of MikroTik's Ethernet over IP.
const EOIP: u16 = 0x6400;

/// Parses ERSPAN type III: twelve bytes, and eight more if the last bit is set.
fn erspan3(data: &[u8]) -> Entered<'_> {
    let more = byte(data, 11)? & 1;
    Ok(Some((Next::Link(LinkType::ETHERNET), behind(data, 12 + 8 * usize::from(more))?)))
}

/// Parses ESP in UDP (RFC 3948 section 2): four zero bytes precede an IKE message, and a single byte 0xff is
/// a NAT keepalive.
fn esp_in_udp(data: &[u8]) -> Entered<'_> {
    match data {
        [0, 0, 0, 0, ..] | [0xff] => Ok(None),
        _ => Err(TunnelSkip::Encrypted),
    }
}

/// Parses L2TP, version 2 (RFC 2661 section 3.1) and 3 (RFC 3931 section 4.1.2): the first bit distinguishes
/// control messages from data.
fn l2tp_over_udp(data: &[u8]) -> Entered<'_> {
    let [control, version] = [be16(data, 0)? & 0x8000, be16(data, 0)? & 0x000f];
    if control != 0 && matches!(version, 2 | 3) { Ok(None) } else { Err(TunnelSkip::Header) }
}

/// Parses L2TP version 3 over IP (RFC 3931 section 4.1.1): session 0 is for control messages.
fn l2tp_over_ip(data: &[u8]) -> Entered<'_> {
    if be32(data, 0)? == 0 { Ok(None) } else { Err(TunnelSkip::Header) }
}

/// Parses VXLAN (RFC 7348): eight bytes, then Ethernet.
fn vxlan(data: &[u8]) -> Entered<'_> {
    const VALID: u8 = 0x08;
    let view = VxlanPacket::new(data).ok_or(TunnelSkip::Truncated)?;
    if view.get_flags() & VALID == 0 {
        return Err(TunnelSkip::Header);
    }
    Ok(Some((Next::Link(LinkType::ETHERNET), behind(data, VxlanPacket::minimum_packet_size())?)))
}

/// Parses VXLAN-GPE: eight bytes, of which the fourth is the type of the payload.
fn vxlan_gpe(data: &[u8]) -> Entered<'_> {
    let next = link::next_protocol(byte(data, 3)?).ok_or(TunnelSkip::NotIp)?;
    Ok(Some((next, behind(data, 8)?)))
}

/// Parses Geneve (RFC 8926): eight bytes, options in words, then a payload of its protocol type.
fn geneve(data: &[u8]) -> Entered<'_> {
    let first = byte(data, 0)?;
    if first >> 6 != 0 {
        return Err(TunnelSkip::Header);
    }
    let options = usize::from(first & 0x3f) * 4;
    Ok(Some((Next::EtherType(be16(data, 2)?), behind(data, 8 + options)?)))
}

/// Parses Teredo (RFC 4380 section 5.1.1): an authentication and an origin header may precede IPv6.
fn teredo(mut data: &[u8]) -> Entered<'_> {
    if let Some([0, 1, client, authentication]) = data.first_chunk::<4>() {
        data = behind(data, 13 + usize::from(*client) + usize::from(*authentication))?;
    }
    if data.starts_with(&[0, 0]) {
        data = behind(data, 8)?;
    }
    if byte(data, 0)? >> 4 == 6 { Ok(Some((Next::V6, data))) } else { Err(TunnelSkip::Header) }
}

/// Parses GTP-U (3GPP TS 29.281 section 5): a user packet after eight bytes, optional fields and extension
/// headers. Only messages with user data contain a user packet.
fn gtp_user(data: &[u8]) -> Entered<'_> {
    const VERSION_1_GTP: u8 = 0x30;
    const USER_DATA: u8 = 255;
    let [flags, kind] = *data.first_chunk::<2>().ok_or(TunnelSkip::Truncated)?;
    if flags & 0xf0 != VERSION_1_GTP {
        return Err(TunnelSkip::Header);
    }
    if kind != USER_DATA {
        return Ok(None);
    }
    let mut rest = behind(data, 8)?;
    if flags & 0x07 != 0 {
        let mut extension = if flags & 0x04 != 0 { byte(rest, 3)? } else { 0 };
        rest = behind(rest, 4)?;
        while extension != 0 {
            let length = usize::from(byte(rest, 0)?) * 4;
            extension = byte(rest, length.checked_sub(1).ok_or(TunnelSkip::Header)?)?;
            rest = behind(rest, length)?;
        }
    }
    Ok(Some((Next::Ip, rest)))
}
