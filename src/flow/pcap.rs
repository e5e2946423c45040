//! Classic pcap, in both byte orders, with micro- and nanoseconds.
//!
//! Format: draft-ietf-opsawg-pcap. A file header of 24 bytes, then records of 16 bytes and a packet.

use super::bytes::Bytes;
use super::capture::{MAX_ANNOUNCED_PACKET, MAX_PACKET, ReadError, Tally};
use super::damage::DamageReason;
use super::frame::{Frame, LinkType};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// What the file header says.
#[derive(Clone, Copy, Debug)]
struct Header {
    /// Nanoseconds in the unit of the fraction: 1 or 1000.
    unit: u64,
    link_type: LinkType,
    /// The longest packet that is believed.
    limit: u32,
}

/// Reads all records.
pub(super) fn for_each(
    bytes: &mut Bytes,
    tally: &mut Tally,
    f: impl FnMut(Frame<'_>),
) -> Result<(), ReadError> {
    if !bytes.refill(FILE_HEADER)? {
        return match bytes.filled().len() as u64 {
            0 => Ok(()),
            length => Err(ReadError::HeaderCut(length)),
        };
    }
    let Some(head) = bytes.filled().first_chunk::<FILE_HEADER>().copied() else { return Ok(()) };
    bytes.consume(FILE_HEADER);
    let nanoseconds = matches!(head, [0xa1, 0xb2, 0x3c, ..] | [0x4d, ..]);
    let unit = if nanoseconds { 1 } else { 1000 };
    // Two loops, so that neither asks for the byte order at every packet.
    if head[0] == 0xa1 {
        records(bytes, tally, header(&head, unit, u32::from_be_bytes), u32::from_be_bytes, f)
    } else {
        records(bytes, tally, header(&head, unit, u32::from_le_bytes), u32::from_le_bytes, f)
    }
}

/// The snaplen says only how long a packet may be at most beyond the usual; the upper half of the
/// link type holds flags.
fn header(head: &[u8; FILE_HEADER], unit: u64, word: impl Fn([u8; 4]) -> u32) -> Header {
    let snaplen = word([head[16], head[17], head[18], head[19]]);
    let link_type = word([head[20], head[21], head[22], head[23]]) & 0xffff;
    Header {
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
    word: impl Fn([u8; 4]) -> u32,
    mut f: impl FnMut(Frame<'_>),
) -> Result<(), ReadError> {
    let before = tally.frames();
    loop {
        let filled = bytes.filled();
        let mut rest = filled;
        let mut need = RECORD_HEADER;
        let mut too_long = None;
        while let Some((head, tail)) = rest.split_first_chunk::<RECORD_HEADER>() {
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
            let timestamp_ns = seconds * 1_000_000_000 + fraction * header.unit;
            let original_length = word([head[12], head[13], head[14], head[15]]);
            tally.frame(original_length);
            tally.time(timestamp_ns);
            f(Frame { timestamp_ns, original_length, link_type: header.link_type, data });
            rest = behind;
        }
        let used = filled.len() - rest.len();
        bytes.consume(used);
        if let Some(length) = too_long {
            tally.damage(bytes.position(), DamageReason::PacketTooLong { length, limit: header.limit });
            break;
        }
        if !bytes.refill(need)? {
            tally.cut(bytes, need as u64);
            break;
        }
    }
    tally.link_type(header.link_type, tally.frames() - before);
    let left = bytes.filled().len();
    bytes.consume(left);
    Ok(())
}
