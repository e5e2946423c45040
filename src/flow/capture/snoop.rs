//! snoop, version 2 (RFC 1761): a file header of 16 bytes, followed by records. Each record is a header of 24
//! bytes, a packet and padding.

use std::ops::ControlFlow;

use crate::flow::capture::MAX_PACKET;
use crate::flow::capture::bytes::Bytes;
use crate::flow::capture::counts::{ReadError, Stop, Tally};
use crate::flow::capture::damage::DamageReason;
use crate::flow::frame::{Frame, LinkType};
use crate::flow::time::PacketTime;

const FILE_HEADER: usize = 16;
const RECORD_HEADER: usize = 24;

/// The state of the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::flow) struct Snoop {
    /// `None` until the file header is read.
    link_type: Option<LinkType>,
}

impl Snoop {
    /// Reads records to the end, or until `f` stops. Files of this format are not split among threads.
    pub(in crate::flow) fn read(
        &mut self,
        bytes: &mut Bytes,
        tally: &mut Tally,
        f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Stop, ReadError> {
        let link_type = match self.link_type {
            Some(link_type) => link_type,
            None => match file_header(bytes)? {
                Some(link_type) => *self.link_type.insert(link_type),
                None => return Ok(Stop::End),
            },
        };
        let before = tally.frames();
        let stop = records(bytes, tally, link_type, f)?;
        tally.link_type(link_type, tally.frames() - before);
        if stop == Stop::End {
            let left = bytes.filled().len();
            bytes.consume(left);
        }
        Ok(stop)
    }
}

/// Reads the file header. Returns `None` if the file is empty.
fn file_header(bytes: &mut Bytes) -> Result<Option<LinkType>, ReadError> {
    if !bytes.refill(FILE_HEADER)? {
        return match bytes.filled().len() as u64 {
            0 => Ok(None),
            length => Err(ReadError::HeaderCut(length)),
        };
    }
    let Some([.., a, b, c, d, e, g, h, i]) = bytes.filled().first_chunk::<FILE_HEADER>().copied() else {
        return Ok(None);
    };
    let version = u32::from_be_bytes([a, b, c, d]);
    if version != 2 {
        return Err(ReadError::SnoopVersion(version));
    }
    bytes.consume(FILE_HEADER);
    Ok(Some(link_type(u32::from_be_bytes([e, g, h, i]))))
}

fn records(
    bytes: &mut Bytes,
    tally: &mut Tally,
    link_type: LinkType,
    mut f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
) -> Result<Stop, ReadError> {
    while bytes.refill(RECORD_HEADER)? {
        let Some(head) = bytes.filled().first_chunk::<RECORD_HEADER>().copied() else { break };
        let field = |at: usize| {
            let word = head.get(at..).and_then(|tail| tail.first_chunk::<4>());
            word.map_or(0, |word| u32::from_be_bytes(*word))
        };
        let (captured, length) = (field(4), field(8));
        let limit = MAX_PACKET;
        if captured > limit {
            tally.damage(bytes.position(), DamageReason::PacketTooLong { length: captured, limit });
            break;
        }
        let taken = RECORD_HEADER + captured as usize;
        let whole = length as usize;
        if whole < taken || whole > taken + 4096 {
            tally.damage(bytes.position(), DamageReason::RecordLength(length));
            break;
        }
        if !bytes.refill(taken)? {
            tally.cut(bytes, taken as u64);
            break;
        }
        let data = bytes.filled().get(RECORD_HEADER..taken).unwrap_or_default();
        let nanoseconds = u64::from(field(16)) * 1_000_000_000 + u64::from(field(20)) * 1000;
        let time = PacketTime::in_range(nanoseconds);
        tally.frame(field(0));
        tally.time(time);
        let goes_on = f(Frame { time, original_length: field(0), link_type, data });
        // Missing padding at the end of the file is not damage.
        if !bytes.skip(u64::from(length))? {
            break;
        }
        if goes_on.is_break() {
            return Ok(Stop::Taker);
        }
    }
    tally.cut(bytes, RECORD_HEADER as u64);
    Ok(Stop::End)
}

/// Maps a link type of RFC 1761 section 4 and its successors to its number in the tcpdump.org registry.
fn link_type(snoop: u32) -> LinkType {
    const TOKEN_RING: u16 = 6;
    const FDDI: u16 = 10;
    match snoop {
        0 | 4 => LinkType::ETHERNET,
        2 => LinkType(TOKEN_RING),
        8 => LinkType(FDDI),
        _ => LinkType(u16::MAX),
    }
}
