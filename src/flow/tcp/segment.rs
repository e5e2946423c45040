//! Reads the TCP header of a frame (RFC 9293 section 3.1).

use crate::addr::{FlowKey, Protocol};
use crate::flow::decode::{Carried, decode_payload};
use crate::flow::{DecodeSkip, Frame, Layer, Packet};

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A TCP segment: what an observer between the two ends sees of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpSegment {
    /// The five-tuple.
    pub key: FlowKey,
    /// When it was captured, in nanoseconds since 1970.
    pub time_ns: u64,
    /// The sequence number of its first byte, or of its SYN.
    pub sequence: u32,
    /// The acknowledgment number; `None` without the flag ACK.
    pub acknowledged: Option<u32>,
    /// The flags of the last eight bits: CWR, ECE, URG, ACK, PSH, RST, SYN, FIN.
    pub flags: u8,
    /// The window as sent, without its scale.
    pub window: u16,
    /// The length of its data on the wire, in bytes.
    pub data_bytes: u32,
    /// The checksum as captured.
    pub checksum: u16,
    /// The identification of its IPv4 packet; 0 for IPv6.
    pub identification: u16,
}

/// Why a TCP packet cannot be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unreadable {
    /// The captured bytes end before the end of the checksum field (a short snapshot length).
    Truncated,
    /// A fragment: the length of the segment is unknown.
    Fragment,
    /// The header's length field is below 20 bytes, or beyond the packet.
    Header,
    /// The capture has no time for the packet.
    Untimed,
}

/// The TCP part of a decoded packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tcp {
    /// Not TCP.
    Other,
    /// TCP that cannot be measured.
    Unreadable(Unreadable),
    /// A segment.
    Segment(TcpSegment),
}

impl TcpSegment {
    /// Returns whether SYN is set without ACK: the segment opens a connection.
    pub fn opens(&self) -> bool {
        self.flags & (SYN | ACK) == SYN
    }

    /// Returns whether both SYN and ACK are set.
    pub fn accepts(&self) -> bool {
        self.flags & (SYN | ACK) == SYN | ACK
    }

    /// Returns whether RST is set.
    pub fn resets(&self) -> bool {
        self.flags & RST != 0
    }

    /// Returns whether none of SYN, FIN and RST is set.
    pub fn is_plain(&self) -> bool {
        self.flags & (SYN | FIN | RST) == 0
    }

    /// Returns whether the segment has data, SYN or FIN. Only such a segment is sent again if it is lost.
    pub fn has_sequence(&self) -> bool {
        self.data_bytes > 0 || self.flags & (SYN | FIN) != 0
    }

    /// Returns the sequence number after the segment. SYN and FIN count as one.
    pub fn end(&self) -> u32 {
        self.sequence.wrapping_add(self.data_bytes).wrapping_add(u32::from(self.flags & (SYN | FIN) != 0))
    }
}

/// Works like [`decode`](crate::flow::decode()), and reads the TCP header too. It is slower.
///
/// # Errors
/// Returns the errors of [`decode`](crate::flow::decode()).
pub fn decode_tcp(frame: &Frame<'_>, layer: Layer) -> Result<(Packet, Tcp), DecodeSkip> {
    let carried = decode_payload(frame, layer)?;
    let packet = carried.packet;
    if packet.key.protocol() != Protocol::TCP {
        return Ok((packet, Tcp::Other));
    }
    let tcp = match segment(frame, &carried) {
        Ok(segment) => Tcp::Segment(segment),
        Err(why) => Tcp::Unreadable(why),
    };
    Ok((packet, tcp))
}

fn segment(frame: &Frame<'_>, carried: &Carried<'_>) -> Result<TcpSegment, Unreadable> {
    if carried.is_fragment {
        return Err(Unreadable::Fragment);
    }
    // Ports, sequence number, acknowledgment number, header length, flags, window, checksum.
    let head = carried.payload.first_chunk::<18>().ok_or(Unreadable::Truncated)?;
    let header = u32::from(head[12] >> 4) * 4;
    let data_bytes = carried.payload_bytes.checked_sub(header).filter(|_| header >= 20);
    let flags = head[13];
    let number = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    Ok(TcpSegment {
        key: carried.packet.key.into(),
        time_ns: frame.time.ns().ok_or(Unreadable::Untimed)?,
        sequence: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        acknowledged: (flags & ACK != 0).then_some(number),
        flags,
        window: u16::from_be_bytes([head[14], head[15]]),
        data_bytes: data_bytes.ok_or(Unreadable::Header)?,
        checksum: u16::from_be_bytes([head[16], head[17]]),
        identification: carried.identification,
    })
}
