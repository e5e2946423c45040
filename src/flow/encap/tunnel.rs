//! From an IP header to the IP header it carries.

use pnet::packet::gre::GrePacket;
use pnet::packet::vxlan::VxlanPacket;

use super::super::frame::LinkType;
use super::super::ip::IpPacket;
use super::super::packet::PacketKey;
use super::{Next, be16, behind, link};
use crate::addr::Protocol;

const VXLAN: u16 = 4789;
const VXLAN_GPE: u16 = 4790;
const GENEVE: u16 = 6081;
const TEREDO: u16 = 3544;
const GTP_USER: u16 = 2152;

/// Whether a UDP packet between these ports may be a tunnel.
#[inline]
pub(in super::super) fn tunnel_port(source: u16, destination: u16) -> bool {
    let known = |port| matches!(port, VXLAN | VXLAN_GPE | GENEVE | TEREDO | GTP_USER);
    known(source) || known(destination)
}

/// What an IP packet carries, if that may hold another IP header.
pub(super) fn inside<'a>(ip: &IpPacket<'a>) -> Option<(Next, &'a [u8])> {
    let data = ip.payload;
    match ip.packet.key.protocol() {
        4 => Some((Next::V4, data)),
        41 => Some((Next::V6, data)),
        47 => gre(data),
        97 => Some((Next::Link(LinkType::ETHERNET), behind(data, 2).ok()?)),
        137 => Some((Next::Mpls, data)),
        Protocol::UDP => {
            let (source, destination) = match ip.packet.key {
                PacketKey::V4(key) => (key.source_port, key.destination_port),
                PacketKey::V6(key) => (key.source_port, key.destination_port),
            };
            let payload = behind(data, 8).ok()?;
            by_port(destination, payload).or_else(|| by_port(source, payload))
        }
        _ => None,
    }
}

fn by_port(port: u16, data: &[u8]) -> Option<(Next, &[u8])> {
    match port {
        VXLAN => vxlan(data),
        VXLAN_GPE => Some((link::next_protocol(*data.get(3)?)?, behind(data, 8).ok()?)),
        GENEVE => geneve(data),
        TEREDO => teredo(data),
        GTP_USER => gtp_user(data),
        _ => None,
    }
}

/// GRE (RFC 2784, RFC 2890, version 1 of RFC 2637): the optional fields that its flags announce.
fn gre(data: &[u8]) -> Option<(Next, &[u8])> {
    let view = GrePacket::new(data)?;
    let words = match view.get_version() {
        0 => {
            let checksum = view.get_checksum_present() | view.get_routing_present();
            checksum + view.get_key_present() + view.get_sequence_present()
        }
        1 => {
            let acknowledged = data.get(1).map_or(0, |flags| flags >> 7);
            view.get_key_present() + view.get_sequence_present() + acknowledged
        }
        _ => return None,
    };
    let rest = behind(data, 4 + 4 * usize::from(words)).ok()?;
    match view.get_protocol_type() {
        // ERSPAN, types I and II by the presence of a sequence number, and III.
        0x88be if view.get_sequence_present() == 0 => Some((Next::Link(LinkType::ETHERNET), rest)),
        0x88be => Some((Next::Link(LinkType::ETHERNET), behind(rest, 8).ok()?)),
        0x22eb => erspan3(rest),
        protocol => Some((Next::EtherType(protocol), rest)),
    }
}

/// ERSPAN type III: twelve bytes, and eight more if its last bit says so.
fn erspan3(data: &[u8]) -> Option<(Next, &[u8])> {
    let more = data.get(11)? & 1;
    Some((Next::Link(LinkType::ETHERNET), behind(data, 12 + 8 * usize::from(more)).ok()?))
}

/// VXLAN (RFC 7348): eight bytes, then Ethernet.
fn vxlan(data: &[u8]) -> Option<(Next, &[u8])> {
    const VALID: u8 = 0x08;
    let view = VxlanPacket::new(data)?;
    let rest = behind(data, VxlanPacket::minimum_packet_size()).ok()?;
    (view.get_flags() & VALID != 0).then_some((Next::Link(LinkType::ETHERNET), rest))
}

/// Geneve (RFC 8926): eight bytes, options in words, then what its protocol type says.
fn geneve(data: &[u8]) -> Option<(Next, &[u8])> {
    let first = *data.first()?;
    let options = usize::from(first & 0x3f) * 4;
    (first >> 6 == 0).then_some((Next::EtherType(be16(data, 2).ok()?), behind(data, 8 + options).ok()?))
}

/// Teredo (RFC 4380 section 5.1.1): an authentication and an origin header may stand before IPv6.
fn teredo(mut data: &[u8]) -> Option<(Next, &[u8])> {
    if let Some([0, 1, client, authentication]) = data.first_chunk::<4>() {
        data = behind(data, 13 + usize::from(*client) + usize::from(*authentication)).ok()?;
    }
    if data.starts_with(&[0, 0]) {
        data = behind(data, 8).ok()?;
    }
    (data.first()? >> 4 == 6).then_some((Next::V6, data))
}

/// GTP-U (3GPP TS 29.281 section 5): a user's packet behind eight bytes, optional fields and
/// extension headers.
fn gtp_user(data: &[u8]) -> Option<(Next, &[u8])> {
    const VERSION_1_GTP: u8 = 0x30;
    const USER_DATA: u8 = 255;
    let [flags, kind] = *data.first_chunk::<2>()?;
    if flags & 0xf0 != VERSION_1_GTP || kind != USER_DATA {
        return None;
    }
    let mut rest = behind(data, 8).ok()?;
    if flags & 0x07 != 0 {
        let mut extension = if flags & 0x04 != 0 { *rest.get(3)? } else { 0 };
        rest = behind(rest, 4).ok()?;
        while extension != 0 {
            let length = usize::from(*rest.first()?) * 4;
            extension = *rest.get(length.checked_sub(1)?)?;
            rest = behind(rest, length).ok()?;
        }
    }
    Some((Next::Ip, rest))
}
