//! IPv4 and IPv6 headers and the ports after them: shared by the hot and the cold path.

use pnet::packet::ipv6::{ExtensionPacket, FragmentPacket};

use crate::addr::Protocol;
use crate::flow::packet::{KeyV4, KeyV6, Packet, PacketKey};
use crate::flow::stats::DecodeSkip;

const SCTP: u8 = 132;
const DCCP: u8 = 33;
const UDP_LITE: u8 = 136;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const NO_NEXT_HEADER: u8 = 59;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// A decoded IP header and its payload.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct IpPacket<'a> {
    /// The five-tuple, length and flags.
    pub(in crate::flow) packet: Packet,
    /// The payload of the header (for IPv6, of its extension headers), truncated to the length in the header;
    /// empty for a later fragment.
    pub(in crate::flow) payload: &'a [u8],
    /// Whether this is a fragment other than the first.
    pub(in crate::flow) is_later_fragment: bool,
}

/// Reads the IPv4 packet at the start of `data` (RFC 791), skipping an authentication header. `remainder`
/// returns the length on the wire of the rest of the frame, which is used if the length field is 0.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory, which costs a sixth of the time for small packets"
)]
#[inline(always)]
pub(in crate::flow) fn v4(data: &[u8], remainder: impl FnOnce() -> u32) -> Result<IpPacket<'_>, DecodeSkip> {
    let Some((head, _)) = data.split_first_chunk::<20>() else {
        return Err(DecodeSkip::Truncated);
    };
    if head[0] >> 4 != 4 {
        return Err(DecodeSkip::IpVersion);
    }
    let header = usize::from(head[0] & 0x0f) * 4;
    let stated = u16::from_be_bytes([head[2], head[3]]);
    let total = if stated == 0 { remainder() } else { u32::from(stated) };
    let end = usize::try_from(total).unwrap_or(usize::MAX);
    if header < 20 || (stated != 0 && end < header) {
        return Err(DecodeSkip::IpHeader);
    }
    let later = u16::from_be_bytes([head[6], head[7]]) & 0x1fff != 0;
    let payload = if later { &[] } else { data.get(header..end.min(data.len())).unwrap_or_default() };
    let (protocol, payload, later) = match head[9] {
        AUTHENTICATION if !later => extensions(AUTHENTICATION, payload),
        protocol => (protocol, payload, later),
    };
    let (source_port, destination_port, tcp_flags) = transport(protocol, payload);
    let key = PacketKey::V4(KeyV4 {
        source: u32::from_be_bytes([head[12], head[13], head[14], head[15]]),
        destination: u32::from_be_bytes([head[16], head[17], head[18], head[19]]),
        source_port,
        destination_port,
        protocol,
    });
    let packet = Packet { key, ip_bytes: total, tcp_flags, dscp: head[1] >> 2 };
    Ok(IpPacket { packet, payload, is_later_fragment: later })
}

/// Reads the IPv6 packet at the start of `data` (RFC 8200), skipping its extension headers. `remainder` is
/// used as in [`v4`].
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory, which costs a sixth of the time for small packets"
)]
#[inline(always)]
pub(in crate::flow) fn v6(data: &[u8], remainder: impl FnOnce() -> u32) -> Result<IpPacket<'_>, DecodeSkip> {
    let Some((head, rest)) = data.split_first_chunk::<40>() else {
        return Err(DecodeSkip::Truncated);
    };
    if head[0] >> 4 != 6 {
        return Err(DecodeSkip::IpVersion);
    }
    let stated = u16::from_be_bytes([head[4], head[5]]);
    let next = head[6];
    let ip_bytes = match stated {
        0 if next != NO_NEXT_HEADER => remainder().max(40),
        _ => u32::from(stated) + 40,
    };
    let length = usize::try_from(ip_bytes - 40).unwrap_or(usize::MAX);
    let rest = rest.get(..length.min(rest.len())).unwrap_or_default();
    let (protocol, payload, later) = match next {
        Protocol::TCP | Protocol::UDP | Protocol::ICMP6 => (next, rest, false),
        _ => extensions(next, rest),
    };
    let (source_port, destination_port, tcp_flags) = transport(protocol, payload);
    let key = PacketKey::V6(KeyV6 {
        source: address(head, 8),
        destination: address(head, 24),
        source_port,
        destination_port,
        protocol,
    });
    let dscp = (head[0] & 0x0f) << 2 | head[1] >> 6;
    let packet = Packet { key, ip_bytes, tcp_flags, dscp };
    Ok(IpPacket { packet, payload, is_later_fragment: later })
}

/// Reads sixteen bytes of an IPv6 header from `at`, which is 8 or 24.
#[inline]
fn address(head: &[u8; 40], at: usize) -> u128 {
    let bytes = head.get(at..).and_then(|tail| tail.first_chunk::<16>());
    bytes.map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// Returns the ports and TCP flags. They are 0 if the protocol has none or the bytes were not captured.
#[inline]
fn transport(protocol: u8, payload: &[u8]) -> (u16, u16, u8) {
    let has_ports = matches!(protocol, Protocol::TCP | Protocol::UDP | SCTP | DCCP | UDP_LITE);
    match payload.first_chunk::<4>() {
        Some([a, b, c, d]) if has_ports => {
            let flags = if protocol == Protocol::TCP { payload.get(13).copied().unwrap_or(0) } else { 0 };
            (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]), flags)
        }
        _ => (0, 0, 0),
    }
}

/// Returns the protocol after the extension headers, its payload, and whether this is a later fragment. If a
/// header is truncated, returns its number and no payload. For a later fragment, returns the protocol that
/// its first fragment starts with, and no payload.
#[cold]
fn extensions(mut next: u8, mut data: &[u8]) -> (u8, &[u8], bool) {
    loop {
        let length = match next {
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6 => {
                extension_field(data).map(|length| (length + 1) * 8)
            }
            AUTHENTICATION => extension_field(data).map(|length| (length + 2) * 4),
            FRAGMENT => Some(8),
            _ => return (next, data, false),
        };
        let Some((header, rest)) = length.and_then(|length| data.split_at_checked(length)) else {
            return (next, &[], false);
        };
        let fragment = (next == FRAGMENT).then(|| FragmentPacket::new(header)).flatten();
        next = header.first().copied().unwrap_or(NO_NEXT_HEADER);
        if fragment.is_some_and(|fragment| fragment.get_fragment_offset() != 0) {
            return (next, &[], true);
        }
        data = rest;
    }
}

/// Returns the length field of an extension header, in its own unit.
fn extension_field(data: &[u8]) -> Option<usize> {
    ExtensionPacket::new(data).map(|extension| usize::from(extension.get_hdr_ext_len()))
}

/// Returns whether more fragments of the packet follow (RFC 791 section 3.1, RFC 8200 section 4.5). `header` is
/// an IP header with its extension headers.
pub(in crate::flow) fn more_fragments(header: &[u8]) -> bool {
    let byte = |at: usize| header.get(at).copied().unwrap_or(0);
    if byte(0) >> 4 == 4 {
        return byte(6) & 0x20 != 0;
    }
    let (mut next, mut at) = (byte(6), 40);
    while at < header.len() {
        let length = usize::from(byte(at + 1));
        let bytes = match next {
            FRAGMENT => return byte(at + 3) & 1 != 0,
            AUTHENTICATION => (length + 2) * 4,
            _ => (length + 1) * 8,
        };
        (next, at) = (byte(at), at + bytes);
    }
    false
}

/// Returns the identification field of an IPv4 header (RFC 6864), or 0 for an IPv6 header.
pub(in crate::flow) fn identification(header: &[u8]) -> u16 {
    match header {
        [0x40..=0x4f, _, _, _, high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}
