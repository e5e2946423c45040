//! Decodes a frame to a five-tuple. This file handles the common cases, and `encap` everything else.
//!
//! A frame with Ethernet, at most one VLAN tag, IPv4 or IPv6, and no tunnel to enter is decoded here without
//! a loop. Every other frame is decoded again, from the start, by the cold path. Only the cold path assigns a
//! reason to a skipped frame, so the two paths cannot disagree on the reason.

mod encap;
mod ip;

use super::frame::{Frame, LinkType, remainder};
use super::packet::{Layer, Packet, PacketKey};
use super::stats::DecodeSkip;
use crate::addr::Protocol;
use ip::IpPacket;

/// The EtherTypes that the hot path decodes.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN: u16 = 0x8100;

/// Returns the five-tuple of a frame, from its outer or inner IP header.
///
/// # Errors
/// Returns the reason why the frame has no five-tuple.
///
/// # Complexity
///
/// `O(n)` in the number of headers, up to a fixed depth.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory, which costs a sixth of the time for small packets"
)]
#[inline(always)]
pub fn decode(frame: &Frame<'_>, layer: Layer) -> Result<Packet, DecodeSkip> {
    decode_into(frame, layer, &mut Itself)
}

/// An operation on a decoded packet. It is compiled into each arm of the decoder, where the family is known.
/// Otherwise, a packet of unknown family would first be assembled in memory.
pub(super) trait Take {
    /// The result for one packet.
    type Taken;

    /// Processes one packet.
    fn take(&mut self, packet: Packet) -> Self::Taken;
}

/// Returns the packet unchanged.
struct Itself;

impl Take for Itself {
    type Taken = Packet;

    #[inline]
    fn take(&mut self, packet: Packet) -> Packet {
        packet
    }
}

/// Works like [`decode`], but passes the packet to `take`.
///
/// # Errors
/// Returns the errors of [`decode`]. In that case, `take` is not called.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory, which costs a sixth of the time for small packets"
)]
#[inline(always)]
pub(super) fn decode_into<T: Take>(
    frame: &Frame<'_>,
    layer: Layer,
    take: &mut T,
) -> Result<T::Taken, DecodeSkip> {
    if frame.link_type == LinkType::ETHERNET
        && let Some(taken) = hot(frame, layer, take)
    {
        return Ok(taken);
    }
    cold(frame, layer, take)
}

/// An IP packet with its payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried<'a> {
    /// What [`decode`] returns.
    pub(super) packet: Packet,
    /// The captured part of the payload, after extension headers; empty for a later fragment.
    pub(super) payload: &'a [u8],
    /// The length of the payload on the wire.
    pub(super) payload_bytes: u32,
    /// Whether the payload is a part of a larger packet (RFC 791 section 2.3, RFC 8200 section 4.5).
    pub(super) is_fragment: bool,
    /// The identification of IPv4 (RFC 6864); 0 for IPv6.
    pub(super) identification: u16,
}

/// Works like [`decode`], and also returns the payload of the IP header that counts. It is slower.
///
/// # Errors
/// Returns the errors of [`decode`].
pub(super) fn decode_payload<'a>(frame: &Frame<'a>, layer: Layer) -> Result<Carried<'a>, DecodeSkip> {
    let (ip, from) = encap::header(frame, layer)?;
    let IpPacket { packet, payload, is_later_fragment } = ip;
    // What was captured of the packet ends with what was captured of its payload.
    let captured = usize::try_from(packet.ip_bytes).map_or(from.len(), |total| total.min(from.len()));
    let header = captured.saturating_sub(payload.len());
    let is_fragment = is_later_fragment || ip::more_fragments(from.get(..header).unwrap_or_default());
    let header = u32::try_from(header).unwrap_or(u32::MAX);
    let payload_bytes = packet.ip_bytes.saturating_sub(header);
    let identification = ip::identification(from);
    Ok(Carried { packet, payload, payload_bytes, is_fragment, identification })
}

#[cold]
#[inline(never)]
fn cold<T: Take>(frame: &Frame<'_>, layer: Layer, take: &mut T) -> Result<T::Taken, DecodeSkip> {
    encap::decode(frame, layer).map(|packet| take.take(packet))
}

/// Decodes a frame that needs no loop, and passes its packet on. Returns `None` to leave the frame to the
/// cold path.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory, which costs a sixth of the time for small packets"
)]
#[inline(always)]
fn hot<T: Take>(frame: &Frame<'_>, layer: Layer, take: &mut T) -> Option<T::Taken> {
    let (head, mut rest) = frame.data.split_first_chunk::<14>()?;
    let mut ether_type = u16::from_be_bytes([head[12], head[13]]);
    if ether_type == VLAN {
        let (tag, behind) = rest.split_first_chunk::<4>()?;
        ether_type = u16::from_be_bytes([tag[2], tag[3]]);
        rest = behind;
    }
    let plain = |packet: &Packet| layer == Layer::Outer || !may_carry(packet.key);
    match ether_type {
        IPV4 => {
            let packet = ip::v4(rest, || remainder(frame, rest)).ok()?.packet;
            plain(&packet).then(|| take.take(packet))
        }
        IPV6 => {
            let packet = ip::v6(rest, || remainder(frame, rest)).ok()?.packet;
            plain(&packet).then(|| take.take(packet))
        }
        _ => None,
    }
}

/// Returns whether a packet may contain another IP header, based only on its key.
#[inline]
fn may_carry(key: PacketKey) -> bool {
    match key.protocol() {
        Protocol::TCP | Protocol::ICMP | Protocol::ICMP6 => false,
        Protocol::UDP => match key {
            PacketKey::V4(key) => encap::tunnel_port(key.source_port, key.destination_port),
            PacketKey::V6(key) => encap::tunnel_port(key.source_port, key.destination_port),
        },
        _ => true,
    }
}
