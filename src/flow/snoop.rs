//! snoop, version 2 (RFC 1761): a file header of 16 bytes, then records of 24 bytes, a packet, padding.

use super::bytes::Bytes;
use super::capture::{MAX_PACKET, ReadError, Tally};
use super::damage::DamageReason;
use super::frame::{Frame, LinkType};

const FILE_HEADER: usize = 16;
const RECORD_HEADER: usize = 24;

/// Reads all records.
pub(super) fn for_each(
    bytes: &mut Bytes,
    tally: &mut Tally,
    mut f: impl FnMut(Frame<'_>),
) -> Result<(), ReadError> {
    if !bytes.refill(FILE_HEADER)? {
        return match bytes.filled().len() as u64 {
            0 => Ok(()),
            length => Err(ReadError::HeaderCut(length)),
        };
    }
    let Some([.., a, b, c, d, e, g, h, i]) = bytes.filled().first_chunk::<FILE_HEADER>().copied() else {
        return Ok(());
    };
    let version = u32::from_be_bytes([a, b, c, d]);
    if version != 2 {
        return Err(ReadError::SnoopVersion(version));
    }
    let link_type = link_type(u32::from_be_bytes([e, g, h, i]));
    bytes.consume(FILE_HEADER);
    let before = tally.frames();
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
        let timestamp_ns = u64::from(field(16)) * 1_000_000_000 + u64::from(field(20)) * 1000;
        tally.frame(field(0));
        tally.time(timestamp_ns);
        f(Frame { timestamp_ns, original_length: field(0), link_type, data });
        // Padding that the end of the file leaves off is no loss.
        if !bytes.skip(u64::from(length))? {
            break;
        }
    }
    tally.cut(bytes, RECORD_HEADER as u64);
    tally.link_type(link_type, tally.frames() - before);
    let left = bytes.filled().len();
    bytes.consume(left);
    Ok(())
}

/// The link type of RFC 1761 section 4 and its successors as the registry numbers it.
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
