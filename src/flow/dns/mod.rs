//! Finds the addresses of names in the DNS answers of a capture (RFC 1035; IPv6: RFC 3596), over UDP and TCP.
//!
//! ```text
//! Frame ─ from port 53 ─┬─ UDP ────────────────────▶ message ─▶ DnsAnswer
//!                       └─ TCP ─ Streams, in order ─▶ message ─▶ DnsAnswer
//! ```
//!
//! Encrypted DNS (RFC 7858, RFC 8484) cannot be read. What could not be read is counted by reason. Memory is bounded:
//! a message has at most 64 KiB, a stream waits for at most [`MAX_WAITING`] bytes, and there are at most [`MAX_STREAMS`].

mod message;
mod stream;

use std::net::IpAddr;

pub use message::{Malformed, read_message};
pub use stream::{MAX_STREAMS, MAX_WAITING};

use crate::addr::Protocol;
use crate::flow::decode::{Carried, decode_payload};
use crate::flow::{CaptureError, CaptureReader, CaptureSummary, Frame, Layer};
use stream::{Segment, Streams};

/// The port of DNS servers.
const PORT: u16 = 53;

/// What a record of an answer states about a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DnsData {
    /// An address: record A or AAAA.
    Address(IpAddr),
    /// Another name: record CNAME.
    Alias(String),
}

/// A record of a DNS answer. Names are in lower case, without a final dot; a byte of a name that is no letter, digit,
/// hyphen or underscore is written as `\DDD` (RFC 1035 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DnsAnswer {
    /// The name.
    pub name: String,
    /// What it states.
    pub data: DnsData,
}

/// What the DNS messages of a capture gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsCounts {
    /// Responses that were read completely.
    pub responses: u64,
    /// Records with an address or an alias.
    pub answers: u64,
    /// Responses that contradict the format; what was read before the error counts.
    pub malformed: u64,
    /// Responses that the capture has only a part of: a short snapshot length, or fragments. What it has counts.
    pub cut: u64,
    /// TCP streams of which segments are missing, such as the first ones.
    pub incomplete_streams: u64,
    /// TCP streams that exceed a limit, and segments of streams for which there was no room.
    pub over_limit: u64,
}

impl DnsCounts {
    fn message(&mut self, bytes: &[u8], is_cut: bool, take: &mut dyn FnMut(DnsAnswer)) {
        let answers = &mut self.answers;
        let read = read_message(bytes, &mut |answer| {
            *answers += 1;
            take(answer);
        });
        match read {
            Ok(true) => self.responses += 1,
            Ok(false) => {}
            Err(_) if is_cut => self.cut += 1,
            Err(_) => self.malformed += 1,
        }
    }
}

/// Reads a whole capture, and passes the records of DNS answers to `take` in the order of the capture.
///
/// # Errors
///
/// Returns the errors of [`CaptureReader::for_each`].
pub fn read_dns(
    reader: &mut CaptureReader,
    take: &mut dyn FnMut(DnsAnswer),
) -> Result<(CaptureSummary, DnsCounts), CaptureError> {
    let (mut counts, mut streams) = (DnsCounts::default(), Streams::default());
    let summary = reader.for_each(|frame| packet(&frame, &mut streams, &mut counts, take))?;
    streams.finish(&mut counts);
    Ok((summary, counts))
}

fn packet(frame: &Frame<'_>, streams: &mut Streams, counts: &mut DnsCounts, take: &mut dyn FnMut(DnsAnswer)) {
    let Ok(carried) = decode_payload(frame, Layer::Inner) else { return };
    let key = crate::addr::FlowKey::from(carried.packet.key);
    if key.source_port != PORT {
        return;
    }
    match key.protocol {
        Protocol::UDP => {
            if let Some((message, is_cut)) = datagram(&carried) {
                counts.message(message, is_cut, take);
            } else {
                counts.cut += 1;
            }
        }
        Protocol::TCP => match Segment::of(&carried) {
            Some(segment) => streams.add(key, &segment, &mut |event| event.count(counts, take)),
            None => counts.cut += 1,
        },
        _ => {}
    }
}

/// Returns the captured part of a datagram, and whether it is only a part. `None` if the header is not captured.
fn datagram<'a>(carried: &Carried<'a>) -> Option<(&'a [u8], bool)> {
    let (header, data) = carried.payload.split_first_chunk::<8>()?;
    let length = usize::from(u16::from_be_bytes([header[4], header[5]])).saturating_sub(8);
    Some(match data.get(..length) {
        Some(whole) => (whole, false),
        None => (data, true),
    })
}

#[cfg(test)]
mod tests;
