//! The cold path: all headers before, between and after IP headers.
//!
//! [`network`] walks from a link type or an EtherType to an IP header; [`tunnel`] walks from an IP header to
//! its payload. Fixed headers are read with the views of `pnet` where it has them. Headers of variable length
//! are bounds-checked here, because the views trust the length fields.

mod link;
mod tunnel;
mod wifi;

use crate::flow::decode::ip;
use crate::flow::decode::ip::IpPacket;
use crate::flow::frame::{Frame, LinkType, remainder};
use crate::flow::packet::{Layer, Packet};
use crate::flow::stats::DecodeSkip;

use tunnel::Inside;
pub(super) use tunnel::tunnel_port;

/// The number of headers after which the decoder gives up on a frame.
const MAX_DEPTH: usize = 32;

/// The type of the next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A frame of this link type.
    Link(LinkType),
    /// The payload of an Ethernet frame of this type.
    EtherType(u16),
    /// LLC (IEEE 802.2).
    Llc,
    /// PPP from its protocol field on.
    Ppp,
    /// An MPLS label stack.
    Mpls,
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// IP, with the version in its first four bits.
    Ip,
}

/// One step of the walk: the type of the next header, and the bytes from its start.
type Step<'a> = Result<(Next, &'a [u8]), DecodeSkip>;

/// Works like [`crate::flow::decode::decode`], for every frame.
#[cold]
pub(super) fn decode(frame: &Frame<'_>, layer: Layer) -> Result<Packet, DecodeSkip> {
    Ok(header(frame, layer)?.0.packet)
}

/// Returns the IP header that counts, with its payload, and the bytes from the start of that header.
pub(super) fn header<'a>(frame: &Frame<'a>, layer: Layer) -> Result<(IpPacket<'a>, &'a [u8]), DecodeSkip> {
    let mut depth = 0;
    let mut found = network(frame, Next::Link(frame.link_type), frame.data, &mut depth)?;
    if layer == Layer::Outer {
        return Ok(found);
    }
    loop {
        let (tunnel, next, data) = match tunnel::inside(&found.0) {
            Inside::Nothing => return Ok(found),
            Inside::Packet(tunnel, next, data) => (tunnel, next, data),
            Inside::Closed(tunnel, why) => return Err(DecodeSkip::Tunnel(tunnel, why)),
        };
        let inner = network(frame, next, data, &mut depth);
        found = inner.map_err(|skip| DecodeSkip::Tunnel(tunnel, skip.into()))?;
    }
}

/// Walks to the next IP header and reads it. Also returns the bytes from its start.
fn network<'a>(
    frame: &Frame<'_>,
    mut next: Next,
    mut data: &'a [u8],
    depth: &mut usize,
) -> Result<(IpPacket<'a>, &'a [u8]), DecodeSkip> {
    while *depth < MAX_DEPTH {
        *depth += 1;
        (next, data) = match next {
            Next::V4 => return Ok((ip::v4(data, || remainder(frame, data))?, data)),
            Next::V6 => return Ok((ip::v6(data, || remainder(frame, data))?, data)),
            Next::Ip => (version(data)?, data),
            Next::Link(link_type) => link::link(link_type, data)?,
            Next::EtherType(number) => link::ether_type(number, data)?,
            Next::Llc => link::llc(data)?,
            Next::Ppp => link::ppp(data)?,
            Next::Mpls => link::mpls(data)?,
        };
    }
    Err(DecodeSkip::TooDeep)
}

/// Returns IPv4 or IPv6, depending on the first four bits.
fn version(data: &[u8]) -> Result<Next, DecodeSkip> {
    match data.first().map(|byte| byte >> 4) {
        Some(4) => Ok(Next::V4),
        Some(6) => Ok(Next::V6),
        Some(_) => Err(DecodeSkip::IpVersion),
        None => Err(DecodeSkip::Truncated),
    }
}

/// Returns the bytes after the first `count`.
fn behind(data: &[u8], count: usize) -> Result<&[u8], DecodeSkip> {
    data.get(count..).ok_or(DecodeSkip::Truncated)
}

/// Reads two bytes at `at`, in network byte order.
fn be16(data: &[u8], at: usize) -> Result<u16, DecodeSkip> {
    let bytes = data.get(at..).and_then(|tail| tail.first_chunk::<2>());
    bytes.map(|bytes| u16::from_be_bytes(*bytes)).ok_or(DecodeSkip::Truncated)
}

/// Reads two bytes at `at`, little-endian.
fn le16(data: &[u8], at: usize) -> Result<u16, DecodeSkip> {
    be16(data, at).map(u16::swap_bytes)
}

/// Reads four bytes at `at`, in network byte order.
fn be32(data: &[u8], at: usize) -> Result<u32, DecodeSkip> {
    let bytes = data.get(at..).and_then(|tail| tail.first_chunk::<4>());
    bytes.map(|bytes| u32::from_be_bytes(*bytes)).ok_or(DecodeSkip::Truncated)
}
