//! Puts the segments of TCP streams from DNS servers in order, and cuts them into messages (RFC 7766 section 8).

use std::collections::BTreeMap;

use foldhash::quality::RandomState;
use hashbrown::HashMap;

use super::{DnsAnswer, DnsCounts};
use crate::addr::FlowKey;
use crate::flow::decode::Carried;

/// How many bytes a stream may wait for the rest of a message or for a missing segment: one message, twice.
pub const MAX_WAITING: usize = 2 * (2 + 65_535);
/// How many streams are read at the same time.
pub const MAX_STREAMS: usize = 1_024;
/// How many segments of a stream may wait for a missing one.
const MAX_SEGMENTS: usize = 256;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;

/// A segment of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) sequence: u32,
    pub(super) flags: u8,
    /// What was captured of the data.
    pub(super) data: &'a [u8],
    /// Whether the capture has only a part of the data.
    pub(super) is_cut: bool,
}

impl<'a> Segment<'a> {
    /// Reads the TCP header; `None` if it is not captured, or the packet is a fragment.
    pub(super) fn of(carried: &Carried<'a>) -> Option<Self> {
        if carried.is_fragment {
            return None;
        }
        let head = carried.payload.first_chunk::<14>()?;
        let header = usize::from(head[12] >> 4) * 4;
        let length = usize::try_from(carried.payload_bytes).ok()?.checked_sub(header)?;
        let data = carried.payload.get(header..).unwrap_or_default();
        let (data, is_cut) = match data.get(..length) {
            Some(whole) => (whole, false),
            None => (data, true),
        };
        let sequence = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        Some(Self { sequence, flags: head[13], data, is_cut })
    }
}

/// What a stream gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A message.
    Message(&'a [u8]),
    /// The stream ended in the middle of a message, or without its first segments.
    Incomplete,
    /// The stream exceeds a limit.
    OverLimit,
}

impl Event<'_> {
    pub(super) fn count(self, counts: &mut DnsCounts, take: &mut dyn FnMut(DnsAnswer)) {
        match self {
            Self::Message(message) => counts.message(message, false, take),
            Self::Incomplete => counts.incomplete_streams += 1,
            Self::OverLimit => counts.over_limit += 1,
        }
    }
}

/// One direction of a TCP connection.
#[derive(Debug, Default)]
struct Stream {
    /// The sequence number after its SYN; `None` if the stream is not read.
    initial: Option<u32>,
    /// The sequence number after `read`; `None` if the stream is not read (any more).
    next: Option<u32>,
    /// The part of a message that has arrived.
    read: Vec<u8>,
    /// Segments after a missing one.
    waiting: BTreeMap<u32, Vec<u8>>,
    waiting_bytes: usize,
}

/// The streams from servers.
#[derive(Debug, Default)]
pub(super) struct Streams {
    streams: HashMap<FlowKey, Stream, RandomState>,
}

impl Streams {
    /// Adds a segment, and passes on what it completes.
    pub(super) fn add(&mut self, key: FlowKey, segment: &Segment<'_>, take: &mut dyn FnMut(Event<'_>)) {
        let opens = segment.flags & SYN != 0;
        if !self.streams.contains_key(&key) {
            if segment.data.is_empty() && !opens {
                return;
            }
            if self.streams.len() >= MAX_STREAMS {
                take(Event::OverLimit);
                return;
            }
            if !opens {
                take(Event::Incomplete);
            }
        }
        let stream = self.streams.entry(key).or_default();
        let first = segment.sequence.wrapping_add(u32::from(opens));
        // A SYN that was sent again changes nothing; another one opens another connection.
        if opens && stream.initial != Some(first) {
            stream.end(take);
            *stream = Stream { initial: Some(first), next: Some(first), ..Stream::default() };
        }
        stream.add(first, segment, take);
        if segment.flags & RST != 0 || segment.flags & FIN != 0 && stream.waiting.is_empty() {
            stream.end(take);
            self.streams.remove(&key);
        }
    }

    /// Ends all streams.
    pub(super) fn finish(self, counts: &mut DnsCounts) {
        for stream in self.streams.values() {
            stream.end(&mut |event| event.count(counts, &mut |_| {}));
        }
    }
}

impl Stream {
    fn add(&mut self, first: u32, segment: &Segment<'_>, take: &mut dyn FnMut(Event<'_>)) {
        let Some(mut next) = self.next else { return };
        if segment.is_cut {
            self.give_up(Event::Incomplete, take);
            return;
        }
        if !segment.data.is_empty() {
            let known = self.waiting.get(&first).map_or(0, Vec::len);
            if known < segment.data.len() {
                self.waiting.insert(first, segment.data.to_vec());
                self.waiting_bytes += segment.data.len() - known;
            }
        }
        // Every waiting segment that begins at or before `next` continues the stream.
        let continues =
            |next: u32| move |(first, _): &(&u32, &Vec<u8>)| next.wrapping_sub(**first).cast_signed() >= 0;
        while let Some(first) = self.waiting.iter().find(continues(next)).map(|(first, _)| *first) {
            let data = self.waiting.remove(&first).unwrap_or_default();
            self.waiting_bytes -= data.len();
            let new = usize::try_from(next.wrapping_sub(first)).ok().and_then(|known| data.get(known..));
            let new = new.unwrap_or_default();
            self.read.extend_from_slice(new);
            next = next.wrapping_add(u32::try_from(new.len()).unwrap_or(0));
            self.messages(take);
        }
        self.next = Some(next);
        if self.waiting_bytes > MAX_WAITING || self.waiting.len() > MAX_SEGMENTS {
            self.give_up(Event::OverLimit, take);
        }
    }

    /// Passes on whole messages: each follows its length.
    fn messages(&mut self, take: &mut dyn FnMut(Event<'_>)) {
        let mut rest = self.read.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>()
            && let Some((message, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        {
            take(Event::Message(message));
            rest = after;
        }
        let done = self.read.len() - rest.len();
        self.read.drain(..done);
    }

    fn give_up(&mut self, why: Event<'_>, take: &mut dyn FnMut(Event<'_>)) {
        take(why);
        *self = Self { initial: self.initial, ..Self::default() };
    }

    fn end(&self, take: &mut dyn FnMut(Event<'_>)) {
        if !self.read.is_empty() || !self.waiting.is_empty() {
            take(Event::Incomplete);
        }
    }
}
