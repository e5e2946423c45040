//! From a frame to a five-tuple: the hot arms by hand, everything else in `encap`.
//!
//! Ethernet with at most one VLAN tag, IPv4 or IPv6, and no tunnel to look into is decided here
//! without a loop. Whatever does not fit goes once more, from the start, through the cold path: it
//! alone says why a frame is skipped, so the two cannot disagree on a reason.

mod encap;
mod ip;

use super::frame::{Frame, LinkType, remainder};
use super::packet::{Layer, Packet, PacketKey};
use super::stats::DecodeSkip;
use crate::addr::Protocol;

/// EtherTypes of the hot arms.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN: u16 = 0x8100;

/// The five-tuple of a frame by its outer or inner IP header.
///
/// # Errors
/// The reason why the frame has none. O(headers), at most a stated depth of them.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory: a sixth of the time of small packets"
)]
#[inline(always)]
pub fn decode(frame: &Frame<'_>, layer: Layer) -> Result<Packet, DecodeSkip> {
    decode_into(frame, layer, &mut Itself)
}

/// What is done with a packet. It is compiled into each arm of the decoder, where the family is known: a packet of either family would be put
/// together in memory first.
pub(super) trait Take {
    /// What comes of it.
    type Taken;

    /// Takes it.
    fn take(&mut self, packet: Packet) -> Self::Taken;
}

/// The packet as it is.
struct Itself;

impl Take for Itself {
    type Taken = Packet;

    #[inline]
    fn take(&mut self, packet: Packet) -> Packet {
        packet
    }
}

/// As [`decode`], with the packet handed to `take`.
///
/// # Errors
/// As [`decode`]; `take` is not called then.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory: a sixth of the time of small packets"
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

#[cold]
#[inline(never)]
fn cold<T: Take>(frame: &Frame<'_>, layer: Layer, take: &mut T) -> Result<T::Taken, DecodeSkip> {
    encap::decode(frame, layer).map(|packet| take.take(packet))
}

/// Hands over the packet of a frame that needs no loop; `None` leaves it to the cold path.
#[expect(
    clippy::inline_always,
    reason = "a call would pass the packet through memory: a sixth of the time of small packets"
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

/// Whether a packet may carry another IP header, by its key alone.
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
