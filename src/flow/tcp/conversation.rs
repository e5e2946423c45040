//! One TCP connection: both directions, and its handshake.

use crate::addr::FlowKey;
use crate::flow::tcp::copies::Copies;
use crate::flow::tcp::handshake::{Handshake, HandshakeTimes, Unmeasured};
use crate::flow::tcp::order::{SegmentKind, Side};
use crate::flow::tcp::segment::TcpSegment;

/// The counts of one direction of a TCP connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpCounts {
    /// TCP packets that were read.
    pub packets: u64,
    /// Packets with data, SYN or FIN: only these are sent again if they are lost.
    pub segments: u64,
    /// Segments that were sent again, for any reason.
    pub retransmitted: u64,
    /// Segments in `retransmitted` whose data had been acknowledged.
    pub spurious: u64,
    /// Segments that a later segment overtook.
    pub out_of_order: u64,
    /// Acknowledgments of data that the capture lacks, from the other direction. If there are any, the capture lost
    /// packets, and the counts above are the least.
    pub unseen: u64,
    /// Packets that the capture has twice; only the first is in `packets`.
    pub copies: u64,
    /// TCP packets that could not be read; they are not in `packets`.
    pub unreadable: u64,
}

impl TcpCounts {
    /// Adds the counts of another part.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.segments += other.segments;
        self.retransmitted += other.retransmitted;
        self.spurious += other.spurious;
        self.out_of_order += other.out_of_order;
        self.unseen += other.unseen;
        self.copies += other.copies;
        self.unreadable += other.unreadable;
    }

    fn count(&mut self, segment: &TcpSegment, kind: SegmentKind) {
        self.packets += 1;
        self.segments += u64::from(segment.has_sequence());
        self.retransmitted += u64::from(kind.is_retransmission());
        self.spurious += u64::from(kind == SegmentKind::SpuriousRetransmission);
        self.out_of_order += u64::from(kind == SegmentKind::OutOfOrder);
    }
}

/// What was measured of one TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpConversation {
    /// The five-tuple of the first packet.
    pub first: FlowKey,
    /// Whether a SYN without ACK was seen in the direction of `first`, and in the other.
    pub opened: [bool; 2],
    /// The round-trip time of the handshake, or why there is none.
    pub handshake: Result<HandshakeTimes, Unmeasured>,
    /// The counts in the direction of `first`, and in the other.
    pub counts: [TcpCounts; 2],
}

/// A connection while its segments arrive.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    first: FlowKey,
    opened: [bool; 2],
    /// The sequence number of the SYN of each direction, or what the first segment tells of it.
    initial: [Option<u32>; 2],
    sides: [Side; 2],
    copies: [Copies; 2],
    counts: [TcpCounts; 2],
    handshake: Handshake,
    /// The time of the last SYN without ACK.
    syn_ns: Option<u64>,
    /// The time from that SYN to the first ACK, which separates reordering from retransmission. Unlike the
    /// handshake's time it is also taken if a SYN was sent again: Wireshark does so.
    rtt_ns: Option<u64>,
}

impl Connection {
    pub(super) fn new(first: FlowKey) -> Self {
        Self {
            first,
            opened: [false; 2],
            initial: [None; 2],
            sides: [Side::default(); 2],
            copies: [Copies::default(); 2],
            counts: [TcpCounts::default(); 2],
            handshake: Handshake::default(),
            syn_ns: None,
            rtt_ns: None,
        }
    }

    /// Returns whether `key` is in the direction of the first packet.
    pub(super) fn is_forward(&self, key: &FlowKey) -> bool {
        self.first == *key
    }

    /// Returns whether a segment with the ends of this connection opens another one: a SYN with another number.
    pub(super) fn is_followed_by(&self, segment: &TcpSegment) -> bool {
        let [forward, backward] = self.initial;
        let initial = if self.is_forward(&segment.key) { forward } else { backward };
        segment.opens() && initial.is_some_and(|initial| initial != segment.sequence)
    }

    /// Counts a TCP packet that could not be read.
    pub(super) fn add_unreadable(&mut self, key: &FlowKey) {
        let [forward, backward] = &mut self.counts;
        let counts = if self.first == *key { forward } else { backward };
        counts.unreadable += 1;
    }

    /// Adds a segment of this connection.
    pub(super) fn add(&mut self, segment: &TcpSegment) -> SegmentKind {
        let forward = self.is_forward(&segment.key);
        let [copies, _] = in_direction(&mut self.copies, forward);
        if copies.add(segment) {
            let [counts, _] = in_direction(&mut self.counts, forward);
            counts.copies += 1;
            return SegmentKind::Copy;
        }
        self.handshake.add(segment, forward);
        let ([side, other], [counts, other_counts], [opened, _], [initial, other_initial]) = (
            in_direction(&mut self.sides, forward),
            in_direction(&mut self.counts, forward),
            in_direction(&mut self.opened, forward),
            in_direction(&mut self.initial, forward),
        );
        if segment.opens() && initial.is_some() {
            side.reopen();
        }
        *opened |= segment.opens();
        let before_first = segment.sequence.wrapping_sub(u32::from(segment.flags & 0x02 == 0));
        if segment.accepts() {
            *initial = Some(segment.sequence);
        }
        initial.get_or_insert(before_first);
        if let (None, Some(acknowledged)) = (*other_initial, segment.acknowledged) {
            *other_initial = Some(acknowledged.wrapping_sub(1));
        }
        let acknowledges_unseen = other.lacks(segment.acknowledged);
        let kind = side.add(segment, other, self.rtt_ns);
        counts.count(segment, kind);
        other_counts.unseen += u64::from(acknowledges_unseen);
        if segment.opens() {
            self.syn_ns = Some(segment.time_ns);
        } else if segment.acknowledged.is_some() && !segment.accepts() && self.rtt_ns.is_none() {
            let rtt = self.syn_ns.and_then(|syn| segment.time_ns.checked_sub(syn));
            self.rtt_ns = rtt.filter(|rtt| *rtt > 0);
        }
        kind
    }

    /// Returns what was measured.
    pub(super) fn finish(self) -> TcpConversation {
        let [there, back] = self.counts;
        let handshake = if there.packets + back.packets == 0 {
            Err(Unmeasured::Unreadable)
        } else {
            self.handshake.result(there.packets > 0 && back.packets > 0)
        };
        let (first, opened, counts) = (self.first, self.opened, self.counts);
        TcpConversation { first, opened, handshake, counts }
    }
}

/// Returns the parts of a direction and of the other.
fn in_direction<T>([there, back]: &mut [T; 2], forward: bool) -> [&mut T; 2] {
    if forward { [there, back] } else { [back, there] }
}
