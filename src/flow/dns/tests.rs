use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::stream::Event;
use super::*;
use crate::addr::FlowKey;

/// Writes a name, as labels or with a reference to an earlier place.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    /// Where names were written, with their text.
    places: Vec<(String, u16)>,
}

impl Writer {
    fn number(&mut self, number: u16) {
        self.bytes.extend(number.to_be_bytes());
    }

    fn name(&mut self, name: &str, compress: bool) {
        let mut rest = name;
        while !rest.is_empty() {
            if compress && let Some((_, at)) = self.places.iter().find(|(known, _)| known == rest) {
                self.number(0xc000 | at);
                return;
            }
            self.places.push((rest.to_owned(), u16::try_from(self.bytes.len()).unwrap()));
            let (label, after) = rest.split_once('.').unwrap_or((rest, ""));
            self.bytes.push(u8::try_from(label.len()).unwrap());
            self.bytes.extend(label.bytes());
            rest = after;
        }
        self.bytes.push(0);
    }

    fn record(&mut self, answer: &DnsAnswer, compress: bool) {
        self.name(&answer.name, compress);
        let kind = match &answer.data {
            DnsData::Address(IpAddr::V4(_)) => 1,
            DnsData::Address(IpAddr::V6(_)) => 28,
            DnsData::Alias(_) => 5,
        };
        for number in [kind, 1, 0, 60, 0] {
            self.number(number);
        }
        let start = self.bytes.len();
        match &answer.data {
            DnsData::Address(IpAddr::V4(address)) => self.bytes.extend(address.octets()),
            DnsData::Address(IpAddr::V6(address)) => self.bytes.extend(address.octets()),
            DnsData::Alias(name) => self.name(name, compress),
        }
        let length = u16::try_from(self.bytes.len() - start).unwrap();
        self.bytes[start - 2..start].copy_from_slice(&length.to_be_bytes());
    }
}

/// A response with a question and these answers.
fn response(answers: &[DnsAnswer], compress: bool) -> Vec<u8> {
    let mut writer = Writer::default();
    for number in [7, 0x8180, 1, u16::try_from(answers.len()).unwrap(), 0, 0] {
        writer.number(number);
    }
    writer.name("asked.example", compress);
    writer.number(1);
    writer.number(1);
    for answer in answers {
        writer.record(answer, compress);
    }
    writer.bytes
}

fn read(message: &[u8]) -> (Result<bool, Malformed>, Vec<DnsAnswer>) {
    let mut answers = Vec::new();
    (read_message(message, &mut |answer| answers.push(answer)), answers)
}

fn address(name: &str, address: &str) -> DnsAnswer {
    DnsAnswer { name: name.to_owned(), data: DnsData::Address(address.parse().unwrap()) }
}

#[test]
fn malformed_messages_are_errors_and_end() {
    let good = response(&[address("a.example", "192.0.2.1")], false);
    let at = |place: usize, bytes: &[u8]| {
        let mut message = good.clone();
        message[place..place + bytes.len()].copy_from_slice(bytes);
        message
    };
    let question = 12;
    let data_length = good.len() - 6;
    let name = good.len() - 4 - 10 - 11;
    let cases: &[(&str, Vec<u8>, Result<bool, Malformed>)] = &[
        ("good", good.clone(), Ok(true)),
        ("a query", at(2, &[0x01]), Ok(false)),
        ("an update (RFC 2136)", at(2, &[0xa8]), Ok(false)),
        ("empty", Vec::new(), Err(Malformed)),
        ("more answers than there are", at(7, &[2]), Err(Malformed)),
        ("a name that refers to itself", at(name, &[0xc0, u8::try_from(name).unwrap()]), Err(Malformed)),
        ("a name that refers forwards", at(question, &[0xc0, 60]), Err(Malformed)),
        ("an unknown kind of label", at(question, &[0x40]), Err(Malformed)),
        ("an address of 3 bytes", at(data_length, &[0, 3]), Err(Malformed)),
        ("data beyond the message", at(data_length, &[1, 0]), Err(Malformed)),
    ];
    for (what, message, expected) in cases {
        assert_eq!(read(message).0, *expected, "{what}");
    }
    let long = vec!["a".repeat(63); 4].join(".");
    assert_eq!(read(&response(&[address(&long, "192.0.2.1")], false)).0, Err(Malformed), "257 bytes");
}

#[test]
fn names_are_plain_and_cannot_be_mistaken() {
    let mut message = response(&[address("WWW.a-b_c.example", "192.0.2.1")], false);
    assert_eq!(read(&message).1, [address("www.a-b_c.example", "192.0.2.1")]);
    // A dot inside a label is not the dot between two.
    let dot = message.len() - 4 - 10 - 19 + 2;
    message[dot] = b'.';
    assert_eq!(read(&message).1, [address("w\\046w.a-b_c.example", "192.0.2.1")]);
}

#[test]
fn the_answers_before_an_error_count() {
    let mut message = response(&[address("a.example", "192.0.2.1"), address("b.example", "192.0.2.2")], true);
    message.pop();
    let mut counts = DnsCounts::default();
    counts.message(&message, true, &mut |_| {});
    assert_eq!(counts, DnsCounts { answers: 1, cut: 1, ..DnsCounts::default() });
}

/// A segment of a stream: sequence number, flags, data.
type Part<'a> = (u32, u8, &'a [u8]);

/// Returns the messages of a stream, and what else is counted.
fn messages(segments: &[Part<'_>]) -> (Vec<Vec<u8>>, DnsCounts) {
    let key = FlowKey {
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination: IpAddr::V6(Ipv6Addr::LOCALHOST),
        protocol: Protocol::TCP,
        source_port: 53,
        destination_port: 4_000,
    };
    let (mut streams, mut counts, mut found) = (Streams::default(), DnsCounts::default(), Vec::new());
    for (sequence, flags, data) in segments {
        let segment = Segment { sequence: *sequence, flags: *flags, data, is_cut: false };
        streams.add(key, &segment, &mut |event| match event {
            Event::Message(message) => found.push(message.to_vec()),
            event => event.count(&mut counts, &mut |_| {}),
        });
    }
    streams.finish(&mut counts);
    (found, counts)
}

#[test]
fn streams_without_their_first_segments_or_beyond_the_limits_are_counted() {
    const SYN: u8 = 0x12;
    let incomplete = DnsCounts { incomplete_streams: 1, ..DnsCounts::default() };
    let over = DnsCounts { over_limit: 1, ..DnsCounts::default() };
    let whole: &[u8] = &[0, 2, 8, 9];
    let cases: &[(&str, Vec<Part<'_>>, usize, DnsCounts)] = &[
        ("whole", vec![(5, SYN, &[]), (6, 0, whole)], 1, DnsCounts::default()),
        ("no SYN", vec![(6, 0, whole), (10, 0, whole)], 0, incomplete),
        ("a gap", vec![(5, SYN, &[]), (6, 0, whole), (11, 0, whole)], 1, incomplete),
        ("ends early", vec![(5, SYN, &[]), (6, 1, &[0, 2, 8])], 0, incomplete),
        (
            "SYN twice",
            vec![(5, SYN, &[]), (6, 0, whole), (5, SYN, &[]), (10, 1, whole)],
            2,
            DnsCounts::default(),
        ),
        (
            "reused ports",
            vec![(5, SYN, &[]), (6, 0, whole), (99, SYN, &[]), (100, 0, whole)],
            2,
            DnsCounts::default(),
        ),
        (
            "too many segments wait",
            [(5, SYN, &[] as &[u8])]
                .into_iter()
                .chain((0..300).map(|number| (20 + number, 0, &whole[..1])))
                .collect(),
            0,
            over,
        ),
    ];
    for (what, segments, count, expected) in cases {
        let (found, counts) = messages(segments);
        assert_eq!((found.len(), counts), (*count, *expected), "{what}");
    }
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-z0-9_-]{1,12}", 1..5).prop_map(|labels| labels.join("."))
}

fn answer() -> impl Strategy<Value = DnsAnswer> {
    let data = prop_oneof![
        any::<Ipv4Addr>().prop_map(|address| DnsData::Address(address.into())),
        any::<Ipv6Addr>().prop_map(|address| DnsData::Address(address.into())),
        name().prop_map(DnsData::Alias),
    ];
    (name(), data).prop_map(|(name, data)| DnsAnswer { name, data })
}

proptest! {
    #[test]
    fn what_was_written_is_read(answers in prop::collection::vec(answer(), 0..12), compress in any::<bool>()) {
        prop_assert_eq!(read(&response(&answers, compress)), (Ok(true), answers));
    }

    /// Changed bytes never panic, and never give more records than the header announces.
    #[test]
    fn damaged_messages_are_bounded(
        answers in prop::collection::vec(answer(), 0..12),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        length in any::<prop::sample::Index>(),
    ) {
        let mut message = response(&answers, true);
        for (place, byte) in changes {
            let place = place.index(message.len());
            message[place] = byte;
        }
        message.truncate(length.index(message.len() + 1));
        let announced = message.get(6..8).map_or(0, |count| usize::from(count[0]) << 8 | usize::from(count[1]));
        let (_, found) = read(&message);
        prop_assert!(found.len() <= announced && found.len() <= message.len() / 11);
    }

    /// However a stream is divided, repeated and reordered, its messages are those that were written.
    #[test]
    fn streams_are_put_in_order(
        initial in (u32::MAX - 60..u32::MAX).prop_union(0..60_u32),
        sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..6),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..9), 0..20),
        order in any::<u64>(),
    ) {
        let mut stream = Vec::new();
        for message in &sent {
            stream.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
            stream.extend(message);
        }
        // The whole stream in pieces, and any parts of it again.
        let mut parts: Vec<(usize, &[u8])> = stream.chunks(5).enumerate().map(|(n, part)| (n * 5, part)).collect();
        for (start, length) in cuts {
            let start = start.index(stream.len());
            parts.push((start, &stream[start..(start + length).min(stream.len())]));
        }
        let mut random = order;
        parts.sort_by_cached_key(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            random >> 33
        });
        let first = initial.wrapping_add(1);
        let sequence = |place: usize| first.wrapping_add(u32::try_from(place).unwrap());
        let mut segments: Vec<(u32, u8, &[u8])> = vec![(initial, 0x12, &[])];
        segments.extend(parts.iter().map(|(place, part)| (sequence(*place), 0, *part)));
        let (found, counts) = messages(&segments);
        prop_assert_eq!(found, sent);
        prop_assert_eq!(counts, DnsCounts::default());
    }
}
