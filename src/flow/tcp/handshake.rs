//! Measures the round-trip time of a handshake (RFC 9293 section 3.5).
//!
//! ```text
//! client          capture          server
//!   │ SYN ───────────▶│───────────────▶│
//!   │                 │◀────────── SYN-ACK      SYN to SYN-ACK: from the capture to the server and back
//!   │ ACK ───────────▶│                         SYN-ACK to ACK: from the capture to the client and back
//! ```
//!
//! A segment that was sent again gives no sample, since nobody can know which copy was answered (Karn's algorithm, RFC
//! 6298 section 3).

use crate::flow::tcp::order::before;
use crate::flow::tcp::segment::TcpSegment;

/// The round-trip times of a handshake, seen from the place of the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeTimes {
    /// Whether the source of the connection's first packet opened it.
    pub opened_by_first: bool,
    /// From SYN to SYN-ACK, in nanoseconds: to the end that accepted the connection, and back.
    pub to_acceptor_ns: u64,
    /// From SYN-ACK to ACK, in nanoseconds: to the end that opened the connection, and back.
    pub to_opener_ns: u64,
}

impl HandshakeTimes {
    /// Returns the time from SYN to ACK, in nanoseconds: the round-trip time between the ends.
    pub fn total_ns(self) -> u64 {
        self.to_acceptor_ns.saturating_add(self.to_opener_ns)
    }
}

/// Why a handshake gave no round-trip time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmeasured {
    /// The SYN is not in the capture: the connection is older, or only the other direction was captured before.
    NoSyn,
    /// No segment from the end that should accept is in the capture: it did not reply, or its direction was not captured.
    OneDirection,
    /// The connection was refused: RST in reply to the SYN.
    Refused,
    /// SYN or SYN-ACK was sent again, so that it is unknown which copy was answered.
    Ambiguous,
    /// The SYN-ACK or its ACK is missing although both directions are in the capture, or the order is impossible.
    Incomplete,
    /// Both ends sent a SYN (RFC 9293 section 3.5, figure 7).
    SimultaneousOpen,
    /// The TCP headers could not be read; see [`Unreadable`](super::Unreadable).
    Unreadable,
}

/// The SYN or SYN-ACK of a handshake.
#[derive(Clone, Copy, Debug)]
struct Sent {
    time_ns: u64,
    /// The sequence number after SYN, and after the data sent with it (RFC 7413).
    after_syn: u32,
    end: u32,
}

impl Sent {
    fn of(segment: &TcpSegment) -> Self {
        let after_syn = segment.sequence.wrapping_add(1);
        Self { time_ns: segment.time_ns, after_syn, end: segment.end() }
    }

    /// Returns whether `number` acknowledges the SYN, and nothing that was sent later.
    fn is_acknowledged_by(&self, number: Option<u32>) -> bool {
        number.is_some_and(|number| !before(number, self.after_syn) && !before(self.end, number))
    }
}

/// A handshake in progress.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Handshake {
    /// Whether a segment other than a SYN came first.
    began_before: bool,
    /// The first SYN, and whether the source of the conversation's first segment sent it.
    syn: Option<(bool, Sent)>,
    syn_ack: Option<Sent>,
    result: Option<Result<HandshakeTimes, Unmeasured>>,
}

impl Handshake {
    /// Adds a segment. `forward` tells its direction.
    pub(super) fn add(&mut self, segment: &TcpSegment, forward: bool) {
        if self.result.is_none() {
            self.result = self.next(segment, forward);
        }
    }

    /// Returns the result. Call it after the last segment; `both` tells whether segments of both directions were seen.
    pub(super) fn result(&self, both: bool) -> Result<HandshakeTimes, Unmeasured> {
        match (self.result, self.syn) {
            (Some(result), _) => result,
            (None, None) => Err(Unmeasured::NoSyn),
            (None, Some(_)) if !both => Err(Unmeasured::OneDirection),
            (None, Some(_)) => Err(Unmeasured::Incomplete),
        }
    }

    fn next(&mut self, segment: &TcpSegment, forward: bool) -> Option<Result<HandshakeTimes, Unmeasured>> {
        let Some((by_forward, syn)) = self.syn else {
            if !segment.opens() {
                self.began_before = true;
                return None;
            }
            if self.began_before {
                return Some(Err(Unmeasured::Incomplete));
            }
            self.syn = Some((forward, Sent::of(segment)));
            return None;
        };
        let from_opener = forward == by_forward;
        if segment.opens() {
            let why = if from_opener { Unmeasured::Ambiguous } else { Unmeasured::SimultaneousOpen };
            return Some(Err(why));
        }
        if segment.accepts() {
            if from_opener {
                return Some(Err(Unmeasured::SimultaneousOpen));
            }
            if self.syn_ack.is_some() {
                return Some(Err(Unmeasured::Ambiguous));
            }
            if !syn.is_acknowledged_by(segment.acknowledged) {
                return Some(Err(Unmeasured::Incomplete));
            }
            self.syn_ack = Some(Sent::of(segment));
            return None;
        }
        match self.syn_ack {
            Some(syn_ack) if from_opener => Some(complete(by_forward, &syn, &syn_ack, segment)),
            // The server may send before the ACK arrives.
            Some(_) => None,
            None if segment.resets() && !from_opener => Some(Err(Unmeasured::Refused)),
            None if from_opener => None,
            None => Some(Err(Unmeasured::Incomplete)),
        }
    }
}

fn complete(
    opened_by_first: bool,
    syn: &Sent,
    syn_ack: &Sent,
    segment: &TcpSegment,
) -> Result<HandshakeTimes, Unmeasured> {
    if segment.resets() || !syn_ack.is_acknowledged_by(segment.acknowledged) {
        return Err(Unmeasured::Incomplete);
    }
    let times = || {
        Some(HandshakeTimes {
            opened_by_first,
            to_acceptor_ns: syn_ack.time_ns.checked_sub(syn.time_ns)?,
            to_opener_ns: segment.time_ns.checked_sub(syn_ack.time_ns)?,
        })
    };
    times().ok_or(Unmeasured::Incomplete)
}
