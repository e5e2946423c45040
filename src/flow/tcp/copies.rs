//! Finds packets that the capture has twice: one packet seen at two places, such as both ports of a mirrored switch, or
//! two interfaces of one machine.
//!
//! A segment that is sent again is another packet: IPv4 gives it another identification (RFC 6864 section 4.3), and a
//! sender with timestamps another checksum (RFC 7323 section 3.2). Without an identification (IPv6, or 0), two equal
//! segments are one packet only if less time passed than any sender needs to send it again.

use crate::flow::tcp::segment::TcpSegment;

/// A copy with an identification arrives within this time: later, the identification may have been used again.
const IDENTIFIED_NS: u64 = 1_000_000_000;
/// A copy without an identification arrives within this time.
const EQUAL_NS: u64 = 1_000_000;
/// A copy is among this many packets after the first.
pub(super) const WITHIN: usize = 8;

/// What two copies of a packet have in common.
type Print = (u32, Option<u32>, [u16; 3], u32, u8);

/// The last packets of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Copies {
    last: [Option<(Print, u64)>; WITHIN],
    next: usize,
}

impl Copies {
    /// Adds a segment. Returns whether it is a copy of an earlier one.
    pub(super) fn add(&mut self, segment: &TcpSegment) -> bool {
        let print = print(segment);
        let time_ns = segment.time_ns;
        let is_copy = self.last.iter().flatten().any(|(earlier, earlier_ns)| {
            *earlier == print && time_ns.checked_sub(*earlier_ns).is_some_and(|time| time < limit_ns(segment))
        });
        if !is_copy && let Some(place) = self.last.get_mut(self.next) {
            *place = Some((print, time_ns));
            self.next = (self.next + 1) % WITHIN;
        }
        is_copy
    }
}

/// Returns the time in which an equal segment is a copy.
pub(super) fn limit_ns(segment: &TcpSegment) -> u64 {
    match segment.identification {
        // Acknowledgments are repeated on purpose (RFC 5681 section 3.2).
        0 if !segment.has_sequence() => 0,
        0 => EQUAL_NS,
        _ => IDENTIFIED_NS,
    }
}

fn print(segment: &TcpSegment) -> Print {
    let TcpSegment { sequence, acknowledged, window, checksum, identification, data_bytes, flags, .. } =
        *segment;
    (sequence, acknowledged, [window, checksum, identification], data_bytes, flags)
}
