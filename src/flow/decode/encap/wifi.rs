//! IEEE 802.11 data frames, with and without a radiotap header.

use crate::flow::decode::encap::{Next, Step, be32, behind, le16};
use crate::flow::stats::DecodeSkip;

/// Parses a radiotap header (radiotap.org), which states its length and whether the header after it is
/// padded.
pub(super) fn radiotap(data: &[u8]) -> Step<'_> {
    const DATA_PAD: u8 = 0x20;
    let length = usize::from(le16(data, 2)?);
    if length < 8 {
        return Err(DecodeSkip::Truncated);
    }
    let padded = radiotap_flags(data.get(..length).ok_or(DecodeSkip::Truncated)?)
        .is_some_and(|flags| flags & DATA_PAD != 0);
    frame(behind(data, length)?, padded)
}

/// Returns the flags field of a radiotap header, which follows the presence words and a timestamp.
fn radiotap_flags(header: &[u8]) -> Option<u8> {
    const TIME: u32 = 1;
    const FLAGS: u32 = 2;
    const MORE: u32 = 1 << 31;
    let word = |at: usize| be32(header, at).ok().map(u32::swap_bytes);
    let present = word(4)?;
    let mut at = 8;
    let mut last = present;
    while last & MORE != 0 {
        last = word(at)?;
        at += 4;
    }
    if present & TIME != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    if present & FLAGS != 0 { header.get(at).copied() } else { None }
}

/// Parses an 802.11 header (IEEE 802.11-2020 section 9.2), `padded` to a multiple of four bytes or not.
pub(super) fn frame(data: &[u8], padded: bool) -> Step<'_> {
    const DATA: u8 = 2;
    const NO_DATA: u8 = 0x04;
    const QOS: u8 = 0x08;
    const BOTH_SYSTEMS: u8 = 0x03;
    const PROTECTED: u8 = 0x40;
    const ORDER: u8 = 0x80;
    let [control, flags] = *data.first_chunk::<2>().ok_or(DecodeSkip::Truncated)?;
    let subtype = control >> 4;
    if (control >> 2) & 3 != DATA || subtype & NO_DATA != 0 {
        return Err(DecodeSkip::WifiNoData);
    }
    if flags & PROTECTED != 0 {
        return Err(DecodeSkip::Encrypted);
    }
    // A later fragment has no LLC header.
    if le16(data, 22)? & 0x0f != 0 {
        return Err(DecodeSkip::WifiNoData);
    }
    let mut length = if flags & BOTH_SYSTEMS == BOTH_SYSTEMS { 30 } else { 24 };
    let mut aggregated = false;
    if subtype & QOS != 0 {
        const AGGREGATE: u16 = 0x80;
        aggregated = le16(data, length)? & AGGREGATE != 0;
        length += if flags & ORDER != 0 { 6 } else { 2 };
    }
    if padded {
        length = length.next_multiple_of(4);
    }
    // For an aggregate, only the first frame counts. It starts with destination, source and length, followed
    // by LLC.
    Ok((Next::Llc, behind(data, if aggregated { length + 14 } else { length })?))
}
