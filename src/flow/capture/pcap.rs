//! Classic pcap, in both byte orders, with microseconds or nanoseconds.
//!
//! Format: draft-ietf-opsawg-pcap. A file header of 24 bytes is followed by records. Each record is a header
//! of 16 bytes and a packet.

use std::ops::ControlFlow;

use crate::flow::capture::bytes::Bytes;
use crate::flow::capture::counts::{ReadError, Stop, Tally};
use crate::flow::capture::damage::DamageReason;
use crate::flow::capture::{MAX_ANNOUNCED_PACKET, MAX_PACKET};
use crate::flow::frame::{Frame, LinkType};
use crate::flow::time::PacketTime;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// The state of the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::flow) struct Pcap {
    /// `None` until the file header is read.
    header: Option<Header>,
}

/// The contents of the file header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    big: bool,
    /// Nanoseconds per unit of the fraction: 1 or 1000.
    unit: u64,
    link_type: LinkType,
    /// The maximum packet length.
    limit: u32,
}

impl Pcap {
    /// Reads the records that start before the offset `until`, until `f` stops.
    #[inline]
    pub(in crate::flow) fn read(
        &mut self,
        bytes: &mut Bytes,
        tally: &mut Tally,
        until: u64,
        f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Stop, ReadError> {
        let header = match self.header {
            Some(header) => header,
            None => match file_header(bytes)? {
                Some(header) => *self.header.insert(header),
                None => return Ok(Stop::End),
            },
        };
        // There are two loops so that neither checks the byte order for every packet.
        let before = tally.frames();
        let stop = if header.big {
            records(bytes, tally, header, until, u32::from_be_bytes, f)?
        } else {
            records(bytes, tally, header, until, u32::from_le_bytes, f)?
        };
        tally.link_type(header.link_type, tally.frames() - before);
        if stop == Stop::End {
            let left = bytes.filled().len();
            bytes.consume(left);
        }
        Ok(stop)
    }

    /// Returns the length (including the header) and the time in seconds of the record that seems to start at
    /// `rest`. Returns `None` if no record seems to start there, or if `rest` is shorter than a record
    /// header.
    pub(in crate::flow) fn plausible(&self, rest: &[u8]) -> Option<(usize, u64)> {
        let header = self.header?;
        let (head, _) = rest.split_first_chunk::<RECORD_HEADER>()?;
        let word = |at: usize| {
            let bytes = head.get(at..).and_then(|tail| tail.first_chunk::<4>()).copied().unwrap_or_default();
            if header.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        let (seconds, fraction, captured, original) = (word(0), word(4), word(8), word(12));
        let fits = u64::from(fraction) * header.unit < 1_000_000_000
            && (1..=header.limit).contains(&captured)
            && original >= captured;
        fits.then_some((RECORD_HEADER + captured as usize, u64::from(seconds)))
    }
}

/// Reads the file header. Returns `None` if the file is empty.
fn file_header(bytes: &mut Bytes) -> Result<Option<Header>, ReadError> {
    if !bytes.refill(FILE_HEADER)? {
        return match bytes.filled().len() as u64 {
            0 => Ok(None),
            length => Err(ReadError::HeaderCut(length)),
        };
    }
    let Some(head) = bytes.filled().first_chunk::<FILE_HEADER>().copied() else { return Ok(None) };
    bytes.consume(FILE_HEADER);
    let nanoseconds = matches!(head, [0xa1, 0xb2, 0x3c, ..] | [0x4d, ..]);
    let unit = if nanoseconds { 1 } else { 1000 };
    let big = head[0] == 0xa1;
    Ok(Some(header(&head, big, unit, if big { u32::from_be_bytes } else { u32::from_le_bytes })))
}

/// Parses the file header. The snaplen can only raise the limit on the packet length. The upper half of the
/// link type contains flags.
fn header(head: &[u8; FILE_HEADER], big: bool, unit: u64, word: impl Fn([u8; 4]) -> u32) -> Header {
    let snaplen = word([head[16], head[17], head[18], head[19]]);
    let link_type = word([head[20], head[21], head[22], head[23]]) & 0xffff;
    Header {
        big,
        unit,
        link_type: LinkType(u16::try_from(link_type).unwrap_or(u16::MAX)),
        limit: snaplen.clamp(MAX_PACKET, MAX_ANNOUNCED_PACKET),
    }
}

#[inline]
fn records(
    bytes: &mut Bytes,
    tally: &mut Tally,
    header: Header,
    until: u64,
    word: impl Fn([u8; 4]) -> u32,
    mut f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
) -> Result<Stop, ReadError> {
    loop {
        let filled = bytes.filled();
        let beyond = bytes.beyond(until);
        let mut stop = None;
        let mut rest = filled;
        let mut need = RECORD_HEADER;
        let mut too_long = None;
        while rest.len() > beyond
            && let Some((head, tail)) = rest.split_first_chunk::<RECORD_HEADER>()
        {
            let captured = word([head[8], head[9], head[10], head[11]]);
            if captured > header.limit {
                too_long = Some(captured);
                break;
            }
            let Some((data, behind)) = tail.split_at_checked(captured as usize) else {
                need = RECORD_HEADER + captured as usize;
                break;
            };
            let seconds = u64::from(word([head[0], head[1], head[2], head[3]]));
            let fraction = u64::from(word([head[4], head[5], head[6], head[7]]));
            let time = PacketTime::in_range(seconds * 1_000_000_000 + fraction * header.unit);
            let original_length = word([head[12], head[13], head[14], head[15]]);
            tally.frame(original_length);
            tally.time(time);
            rest = behind;
            let link_type = header.link_type;
            if f(Frame { time, original_length, link_type, data }).is_break() {
                stop = Some(Stop::Taker);
                break;
            }
        }
        let used = filled.len() - rest.len();
        bytes.consume(used);
        if let Some(length) = too_long {
            tally.damage(bytes.position(), DamageReason::PacketTooLong { length, limit: header.limit });
            return Ok(Stop::End);
        }
        if let Some(stop) = stop {
            return Ok(stop);
        }
        if bytes.position() >= until {
            return Ok(Stop::Until);
        }
        if !bytes.refill(need)? {
            tally.cut(bytes, need as u64);
            return Ok(Stop::End);
        }
    }
}
