//! Finds segments that were sent again, and segments in the wrong order.
//!
//! The rules are those of Wireshark 4.0 ("TCP Analysis" in its user's guide), so that both report the same segments.
//! They look at one direction and at the acknowledgments of the other, as an observer between the ends sees them.
//! Sequence numbers are compared modulo 2³² (RFC 1982 section 3.2, RFC 7323 section 5).

use crate::flow::tcp::segment::TcpSegment;

/// A fast retransmission follows the last duplicate acknowledgment within this time.
const FAST_NS: u64 = 20_000_000;
/// A segment that arrives later than this after the segment that overtook it was sent again. This is used while the
/// round-trip time is unknown.
const REORDERED_NS: u64 = 3_000_000;
/// So many duplicate acknowledgments announce a fast retransmission; RFC 5681 has 3, but one may be missing in the capture.
const DUPLICATES: u32 = 2;
/// An acknowledgment that repeats what the capture lacks counts as enough of them; so does Wireshark.
const OF_UNSEEN: u32 = u32::MAX;

/// How a segment continues its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentKind {
    /// It continues the direction, leaves a gap, or has nothing to send again (an acknowledgment, a keep-alive).
    New,
    /// It was sent again, after a timeout.
    Retransmission,
    /// It was sent again, because duplicate acknowledgments asked for it (RFC 5681 section 3.2).
    FastRetransmission,
    /// It was sent again although the other end had acknowledged all of it.
    SpuriousRetransmission,
    /// It was overtaken by a later segment shortly before.
    OutOfOrder,
    /// It is the same packet as an earlier one, seen at another place. Wireshark has no such rule.
    Copy,
}

impl SegmentKind {
    /// Returns whether the segment was sent again.
    pub fn is_retransmission(self) -> bool {
        matches!(self, Self::Retransmission | Self::FastRetransmission | Self::SpuriousRetransmission)
    }
}

/// The state of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    /// The highest sequence number after a segment.
    next: Option<u32>,
    /// When `next` was reached.
    next_ns: u64,
    /// The sequence number up to which no segment is missing in the capture.
    contiguous: Option<u32>,
    /// The acknowledgment number of the last segment.
    acknowledged: Option<u32>,
    /// When the last segment was captured.
    last_ns: u64,
    /// How often `acknowledged` was repeated.
    duplicates: u32,
    /// The window of the last segment.
    window: Option<u16>,
    /// Whether the last segment was a keep-alive (RFC 9293 section 3.8.4).
    kept_alive: bool,
}

/// Returns whether `left` is before `right`.
pub(super) fn before(left: u32, right: u32) -> bool {
    left.wrapping_sub(right).cast_signed() < 0
}

impl Side {
    /// Prepares for a SYN that is sent again: a reset may have moved the sequence number.
    pub(super) fn reopen(&mut self) {
        self.next = self.contiguous;
    }

    /// Adds a segment of this direction. `other` is the opposite direction, `rtt_ns` the round-trip time of the handshake.
    pub(super) fn add(&mut self, segment: &TcpSegment, other: &mut Self, rtt_ns: Option<u64>) -> SegmentKind {
        let TcpSegment { time_ns, sequence, acknowledged, window, data_bytes, .. } = *segment;
        // One byte into a closed window (RFC 9293 section 3.8.6.1).
        let probes = data_bytes == 1 && self.next == Some(sequence) && other.window == Some(0);
        let one_before = self.next.is_some_and(|next| next.wrapping_sub(1) == sequence);
        let keeps_alive = !probes && data_bytes <= 1 && one_before && segment.is_plain();
        self.count_duplicate(segment, other.kept_alive);
        other.acknowledge(acknowledged);
        let kind = if segment.has_sequence() && !keeps_alive {
            self.kind(segment, other, rtt_ns, one_before)
        } else {
            SegmentKind::New
        };
        if !probes {
            let end = segment.end();
            if self.next.is_none_or(|next| before(next, end)) {
                (self.next, self.next_ns) = (Some(end), time_ns);
            }
            if self.contiguous.is_none_or(|contiguous| contiguous == sequence) {
                self.contiguous = self.next;
            }
        }
        (self.window, self.acknowledged, self.last_ns) = (Some(window), acknowledged, time_ns);
        self.kept_alive = keeps_alive;
        kind
    }

    /// Counts a segment that repeats the last acknowledgment. The reply to a keep-alive is not one.
    fn count_duplicate(&mut self, segment: &TcpSegment, replies_to_keep_alive: bool) {
        if segment.acknowledged != self.acknowledged {
            self.duplicates = 0;
            return;
        }
        let repeats = segment.data_bytes == 0
            && segment.is_plain()
            && segment.acknowledged.is_some()
            && segment.window != 0
            && self.window == Some(segment.window)
            && self.next == Some(segment.sequence);
        if repeats && !replies_to_keep_alive {
            self.duplicates = if self.duplicates == OF_UNSEEN { 1 } else { self.duplicates + 1 };
        }
    }

    /// Returns whether the other end acknowledges data of this direction that the capture lacks.
    pub(super) fn lacks(&self, acknowledged: Option<u32>) -> bool {
        let (Some(acknowledged), Some(contiguous)) = (acknowledged, self.contiguous) else { return false };
        let has_gap = self.next.is_some_and(|next| before(contiguous, next));
        before(contiguous, acknowledged) && !has_gap
    }

    /// Takes the acknowledgment of what this direction sent.
    fn acknowledge(&mut self, acknowledged: Option<u32>) {
        let (Some(acknowledged), Some(contiguous)) = (acknowledged, self.contiguous) else { return };
        if self.lacks(Some(acknowledged)) {
            self.duplicates = OF_UNSEEN;
        } else if before(contiguous, acknowledged) {
            self.contiguous = self.next;
        }
    }

    fn kind(&self, segment: &TcpSegment, other: &Self, rtt_ns: Option<u64>, one_before: bool) -> SegmentKind {
        let TcpSegment { time_ns, sequence, data_bytes, .. } = *segment;
        let ends_by = |acknowledged| !before(acknowledged, sequence.wrapping_add(data_bytes));
        if data_bytes > 0 && other.acknowledged.is_some_and(ends_by) {
            return SegmentKind::SpuriousRetransmission;
        }
        // After a zero-window probe, the data starts with the byte of the probe.
        let follows_probe = data_bytes > 1 && one_before;
        if follows_probe || !self.next.is_some_and(|next| before(sequence, next)) {
            return SegmentKind::New;
        }
        let within = |since: u64, limit: u64| time_ns.checked_sub(since).is_some_and(|time| time < limit);
        let wanted = other.duplicates >= DUPLICATES && other.acknowledged == Some(sequence);
        if wanted && within(other.last_ns, FAST_NS) {
            SegmentKind::FastRetransmission
        } else if within(self.next_ns, rtt_ns.unwrap_or(REORDERED_NS)) && self.next != Some(segment.end()) {
            SegmentKind::OutOfOrder
        } else {
            SegmentKind::Retransmission
        }
    }
}
