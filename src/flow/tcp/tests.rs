use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::copies::{self, Copies};
use super::*;
use crate::addr::{FlowKey, Protocol};

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
const MS: u64 = 1_000_000;

fn key(forward: bool) -> FlowKey {
    let key = FlowKey {
        source: IpAddr::V4(Ipv4Addr::new(10, 10, 0, 1)),
        destination: IpAddr::V4(Ipv4Addr::new(52, 112, 0, 1)),
        protocol: Protocol::TCP,
        source_port: 50_000,
        destination_port: 443,
    };
    if forward { key } else { key.reversed() }
}

/// A segment: milliseconds, whether it is sent by the client, flags, sequence and acknowledgment numbers, bytes.
type Short = (u64, bool, u8, u32, u32, u32);

fn segment((at_ms, forward, flags, sequence, acknowledged, data_bytes): Short) -> TcpSegment {
    TcpSegment {
        key: key(forward),
        time_ns: at_ms * MS,
        sequence,
        acknowledged: (flags & ACK != 0).then_some(acknowledged),
        flags,
        window: 1_000,
        data_bytes,
        checksum: 0,
        identification: 0,
    }
}

/// Returns the connections of these segments, and the kind of each segment. Every packet has its own identification.
fn measure(segments: &[TcpSegment]) -> (Vec<TcpConversation>, Vec<SegmentKind>) {
    let done = std::sync::Mutex::new(Vec::new());
    let mut table = TcpTable::new(usize::MAX, |connection| done.lock().unwrap().push(connection));
    let segments =
        (1..).zip(segments).map(|(identification, segment)| TcpSegment { identification, ..*segment });
    let kinds = segments.map(|segment| table.add(segment.key, &Tcp::Segment(segment)).unwrap()).collect();
    table.finish();
    (done.into_inner().unwrap(), kinds)
}

const C: bool = true;
const S: bool = false;

/// A handshake: name, segments, and the milliseconds to the acceptor and to the opener.
type HandshakeCase = (&'static str, &'static [Short], Result<(u64, u64), Unmeasured>);

const HANDSHAKES: &[HandshakeCase] = &[
    ("plain", &[(0, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 10, 0), (10, C, ACK, 10, 6, 0)], Ok((7, 3))),
    (
        "numbers wrap",
        &[(0, C, SYN, u32::MAX, 0, 0), (7, S, SYN | ACK, u32::MAX, 0, 0), (9, C, ACK, 0, 0, 3)],
        Ok((7, 2)),
    ),
    (
        "data with the SYN (RFC 7413)",
        &[(0, C, SYN, 9, 0, 100), (7, S, SYN | ACK, 5, 110, 0), (9, C, ACK, 110, 6, 0)],
        Ok((7, 2)),
    ),
    (
        "the server sends first",
        &[(0, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 10, 0), (8, S, ACK, 6, 10, 50), (9, C, ACK, 10, 6, 0)],
        Ok((7, 2)),
    ),
    ("no SYN", &[(0, C, ACK, 9, 5, 10), (1, S, ACK, 5, 19, 0)], Err(Unmeasured::NoSyn)),
    ("no reply", &[(0, C, SYN, 9, 0, 0)], Err(Unmeasured::OneDirection)),
    ("only the client", &[(0, C, SYN, 9, 0, 0), (9, C, ACK, 10, 6, 4)], Err(Unmeasured::OneDirection)),
    ("only the server", &[(0, S, SYN | ACK, 5, 10, 0), (9, S, ACK, 6, 14, 4)], Err(Unmeasured::NoSyn)),
    ("refused", &[(0, C, SYN, 9, 0, 0), (7, S, RST | ACK, 0, 10, 0)], Err(Unmeasured::Refused)),
    (
        "SYN sent again",
        &[
            (0, C, SYN, 9, 0, 0),
            (1000, C, SYN, 9, 0, 0),
            (1007, S, SYN | ACK, 5, 10, 0),
            (1009, C, ACK, 10, 6, 0),
        ],
        Err(Unmeasured::Ambiguous),
    ),
    (
        "SYN-ACK sent again",
        &[
            (0, C, SYN, 9, 0, 0),
            (7, S, SYN | ACK, 5, 10, 0),
            (900, S, SYN | ACK, 5, 10, 0),
            (901, C, ACK, 10, 6, 0),
        ],
        Err(Unmeasured::Ambiguous),
    ),
    (
        "simultaneous open",
        &[
            (0, C, SYN, 9, 0, 0),
            (1, S, SYN, 5, 0, 0),
            (2, C, SYN | ACK, 9, 6, 0),
            (3, S, SYN | ACK, 5, 10, 0),
        ],
        Err(Unmeasured::SimultaneousOpen),
    ),
    ("SYN-ACK before SYN", &[(0, S, SYN | ACK, 5, 10, 0), (1, C, SYN, 9, 0, 0)], Err(Unmeasured::Incomplete)),
    (
        "SYN-ACK of another SYN",
        &[(0, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 77, 0)],
        Err(Unmeasured::Incomplete),
    ),
    ("no ACK", &[(0, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 10, 0)], Err(Unmeasured::Incomplete)),
    (
        "reset in place of the ACK",
        &[(0, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 10, 0), (8, C, RST, 10, 0, 0)],
        Err(Unmeasured::Incomplete),
    ),
    (
        "time runs backwards",
        &[(9, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 10, 0), (10, C, ACK, 10, 6, 0)],
        Err(Unmeasured::Incomplete),
    ),
];

#[test]
fn handshakes_are_measured_or_have_a_reason() {
    for (name, segments, expected) in HANDSHAKES {
        let segments: Vec<TcpSegment> = segments.iter().copied().map(segment).collect();
        let (connections, _) = measure(&segments);
        let found: Vec<_> = connections.into_iter().map(|connection| connection.handshake).collect();
        let expected = expected.map(|(to_acceptor, to_opener)| HandshakeTimes {
            opened_by_first: true,
            to_acceptor_ns: to_acceptor * MS,
            to_opener_ns: to_opener * MS,
        });
        assert_eq!(found, [expected], "{name}");
    }
}

#[test]
fn reused_ports_are_another_connection() {
    let open = |at_ms, number| {
        [
            (at_ms, C, SYN, number, 0, 0),
            (at_ms + 7, S, SYN | ACK, 5, number + 1, 0),
            (at_ms + 9, C, ACK, number + 1, 6, 0),
        ]
    };
    let segments: Vec<_> = open(0, 9).into_iter().chain(open(50, 400)).map(segment).collect();
    let (connections, kinds) = measure(&segments);
    assert_eq!(connections.len(), 2);
    assert!(connections.iter().all(|connection| connection.handshake.is_ok()), "{connections:?}");
    assert_eq!(kinds, [SegmentKind::New; 6]);
}

#[test]
fn a_packet_that_the_capture_has_twice_counts_once() {
    let packet = |at_ns, identification, flags, data_bytes| {
        let one = segment((0, C, flags, 9, 5, data_bytes));
        TcpSegment { time_ns: at_ns, identification, ..one }
    };
    // Each is seen after a packet with identification 7 or 0 at time 0.
    let cases: &[(&str, TcpSegment, bool)] = &[
        ("the same identification", packet(30 * MS, 7, ACK, 100), true),
        ("the same acknowledgment", packet(30 * MS, 7, ACK, 0), true),
        ("the identification was used again", packet(1_000 * MS, 7, ACK, 100), false),
        ("another identification", packet(30 * MS, 8, ACK, 100), false),
        ("IPv6, too soon to be sent again", packet(MS - 1, 0, ACK, 100), true),
        ("IPv6, sent again", packet(MS, 0, ACK, 100), false),
        ("IPv6, a duplicate acknowledgment", packet(10, 0, ACK, 0), false),
    ];
    for (name, later, expected) in cases {
        let mut copies = Copies::default();
        for identification in [7, 0] {
            for data_bytes in [100, 0] {
                assert!(!copies.add(&packet(0, identification, ACK, data_bytes)));
            }
        }
        assert_eq!(copies.add(later), *expected, "{name}");
    }
}

/// Two captures of the same packets are two measurements; two parts of one capture are one.
#[test]
fn captures_that_overlap_are_measured_apart() {
    let open =
        [(0, C, SYN, 9, 0, 0), (7, S, SYN | ACK, 5, 10, 0), (9, C, ACK, 10, 6, 0), (20, C, ACK, 10, 6, 50)]
            .map(segment);
    let later = [(30, C, ACK, 60, 6, 50)].map(segment);
    for (second, connections) in [(&open[..], 2), (&later[..], 1)] {
        let done = std::sync::Mutex::new(Vec::new());
        let mut table = TcpTable::new(usize::MAX, |connection| done.lock().unwrap().push(connection));
        for part in [&open[..], second] {
            table.begin_capture();
            for segment in part {
                assert_eq!(table.add(segment.key, &Tcp::Segment(*segment)), Some(SegmentKind::New));
            }
        }
        table.finish();
        let done = done.into_inner().unwrap();
        assert_eq!(done.len(), connections);
        assert!(done.iter().all(|connection| connection.handshake.is_ok()));
    }
}

#[test]
fn unreadable_packets_are_counted_and_never_measured() {
    let done = std::sync::Mutex::new(Vec::new());
    let mut table = TcpTable::new(usize::MAX, |connection| done.lock().unwrap().push(connection));
    assert_eq!(table.add(key(C), &Tcp::Unreadable(Unreadable::Truncated)), None);
    assert_eq!(table.add(key(S), &Tcp::Unreadable(Unreadable::Fragment)), None);
    assert_eq!(table.add(key(S), &Tcp::Other), None);
    table.finish();
    let done = done.into_inner().unwrap();
    let unreadable = TcpCounts { unreadable: 1, ..TcpCounts::default() };
    assert_eq!((done[0].handshake, done[0].counts), (Err(Unmeasured::Unreadable), [unreadable; 2]));
}

/// A segment with its numbers before they wrap around, which the reference compares as plain integers.
#[derive(Clone, Copy, Debug)]
struct Wide {
    time_ns: u64,
    forward: bool,
    flags: u8,
    sequence: u64,
    acknowledged: Option<u64>,
    window: u16,
    data_bytes: u32,
}

impl Wide {
    fn end(&self) -> u64 {
        self.sequence + u64::from(self.data_bytes) + u64::from(self.flags & (SYN | FIN) != 0)
    }

    fn is_plain(&self) -> bool {
        self.flags & (SYN | FIN | RST) == 0
    }

    #[expect(clippy::cast_possible_truncation, reason = "numbers wrap around")]
    fn narrow(&self) -> TcpSegment {
        TcpSegment {
            key: key(self.forward),
            time_ns: self.time_ns,
            sequence: self.sequence as u32,
            acknowledged: self.acknowledged.map(|number| number as u32),
            flags: self.flags,
            window: self.window,
            data_bytes: self.data_bytes,
            checksum: 0,
            identification: 0,
        }
    }
}

/// The reference: the kind of the segment at `index`, from all segments before it. Every rule is a search through the
/// history of a direction.
struct History<'a> {
    all: &'a [Wide],
    /// Which segments are zero-window probes: these are not in the history of others.
    probes: Vec<bool>,
}

impl<'a> History<'a> {
    fn new(all: &'a [Wide]) -> Self {
        let mut history = Self { all, probes: Vec::new() };
        for index in 0..all.len() {
            let probes = history.is_probe(index);
            history.probes.push(probes);
        }
        history
    }

    /// The indexes of the segments of a direction before `index`, the last first.
    fn back(&self, forward: bool, index: usize) -> impl Iterator<Item = usize> + '_ {
        (0..index).rev().filter(move |index| self.all[*index].forward == forward)
    }

    /// The highest number that a direction reached before `index`, and when.
    fn reached(&self, forward: bool, index: usize) -> Option<(u64, u64)> {
        let sent: Vec<usize> = self.back(forward, index).filter(|index| !self.probes[*index]).collect();
        let end = sent.iter().map(|index| self.all[*index].end()).max()?;
        let first = sent.iter().rev().find(|index| self.all[**index].end() == end)?;
        Some((end, self.all[*first].time_ns))
    }

    fn is_probe(&self, index: usize) -> bool {
        let Wide { forward, sequence, data_bytes, .. } = self.all[index];
        let next = self.reached(forward, index).map(|(next, _)| next);
        let closed = self.back(!forward, index).next().is_some_and(|other| self.all[other].window == 0);
        data_bytes == 1 && next == Some(sequence) && closed
    }

    fn keeps_alive(&self, index: usize) -> bool {
        let one = self.all[index];
        let before = self.reached(one.forward, index).is_some_and(|(next, _)| one.sequence + 1 == next);
        !self.probes[index] && one.data_bytes <= 1 && before && one.is_plain()
    }

    /// Whether it repeats the acknowledgment before it.
    fn repeats(&self, index: usize) -> bool {
        let one = self.all[index];
        let Some(before) = self.back(one.forward, index).next().map(|index| self.all[index]) else {
            return false;
        };
        let alive = self.back(!one.forward, index).next().is_some_and(|other| self.keeps_alive(other));
        let next = self.reached(one.forward, index).map(|(next, _)| next);
        one.acknowledged.is_some()
            && before.acknowledged == one.acknowledged
            && one.data_bytes == 0
            && one.is_plain()
            && one.window != 0
            && one.window == before.window
            && next == Some(one.sequence)
            && !alive
    }

    /// How often the last acknowledgment of a direction was repeated before `index`.
    fn duplicates(&self, forward: bool, index: usize) -> usize {
        let last = self.back(forward, index).next().and_then(|last| self.all[last].acknowledged);
        let same = self.back(forward, index).take_while(|index| self.all[*index].acknowledged == last);
        same.filter(|index| self.repeats(*index)).count()
    }

    fn kind(&self, index: usize) -> SegmentKind {
        let one = self.all[index];
        let has_sequence = one.data_bytes > 0 || one.flags & (SYN | FIN) != 0;
        let other = self.back(!one.forward, index).next().map(|other| self.all[other]);
        let acknowledged = other.and_then(|other| other.acknowledged);
        let Some((next, next_ns)) = self.reached(one.forward, index) else { return SegmentKind::New };
        if !has_sequence || self.keeps_alive(index) {
            return SegmentKind::New;
        }
        let data_end = one.sequence + u64::from(one.data_bytes);
        if one.data_bytes > 0 && acknowledged.is_some_and(|acknowledged| acknowledged >= data_end) {
            return SegmentKind::SpuriousRetransmission;
        }
        let after_probe = one.data_bytes > 1 && one.sequence + 1 == next;
        if one.sequence >= next || after_probe {
            return SegmentKind::New;
        }
        let asked = self.duplicates(!one.forward, index) >= 2 && acknowledged == Some(one.sequence);
        if asked && other.is_some_and(|other| one.time_ns - other.time_ns < 20 * MS) {
            return SegmentKind::FastRetransmission;
        }
        let reordered_ns = 3 * MS;
        if one.time_ns - next_ns < reordered_ns && one.end() != next {
            return SegmentKind::OutOfOrder;
        }
        SegmentKind::Retransmission
    }
}

/// A step of a connection: direction, time since the step before in thirds of a millisecond, action, size, and the
/// window of the sender.
type Step = (bool, u64, u8, u32, bool);

/// Segments of a connection that was open before the capture. Everything that is acknowledged is in the capture.
fn segments(starts: [u64; 2], steps: &[Step]) -> Vec<Wide> {
    let (mut sent, mut received) = (starts, [starts[1], starts[0]]);
    let mut time_ns = 0;
    let mut all: Vec<Wide> = Vec::new();
    // Both ends are seen before anything is repeated.
    let begin = [(true, 9, 0, 10, true), (false, 9, 0, 10, true)];
    for (number, (forward, wait, action, size, open)) in begin.iter().chain(steps).copied().enumerate() {
        let (own, other) = if forward { (0, 1) } else { (1, 0) };
        time_ns += wait * MS / 3;
        if number > 1 && action % 2 == 1 {
            received[own] = sent[other];
        }
        let back = u64::from(size).min(sent[own] - starts[own]);
        let (sequence, flags, data_bytes) = match action / 2 {
            0 | 1 => (sent[own], ACK, size),
            2 => (sent[own], ACK, 0),
            3 => (sent[own] - back, ACK, size),
            4 => (received[other].max(starts[own]), ACK, size),
            5 => (sent[own] - 1, ACK, size % 2),
            6 => (sent[own] - 1, ACK, size + 2),
            7 => (sent[own], ACK, 1),
            8 => (sent[own], FIN | ACK, size % 2 * size),
            _ => (sent[own], RST | ACK, 0),
        };
        let acknowledged = (number > 1).then_some(received[own]);
        let flags = if number > 1 { flags } else { flags & !ACK };
        let window = if open { 1_000 } else { 0 };
        all.push(Wide { time_ns, forward, flags, sequence, acknowledged, window, data_bytes });
        let history = History::new(&all);
        // A probe is not data that was sent.
        if let Some((reached, _)) = history.reached(forward, all.len()) {
            sent[own] = reached;
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn kinds_agree_with_the_whole_history(
        starts in [(1_u64 << 32) - 300..(1 << 32) + 300, 1_000_u64..1 << 33],
        steps in prop::collection::vec((any::<bool>(), 0_u64..40, 0_u8..20, 1_u32..60, prop::bool::weighted(0.8)), 1..50),
    ) {
        let wide = segments(starts, &steps);
        let narrow: Vec<TcpSegment> = wide.iter().map(Wide::narrow).collect();
        let (connections, kinds) = measure(&narrow);
        let expected: Vec<SegmentKind> = {
            let history = History::new(&wide);
            (0..wide.len()).map(|index| history.kind(index)).collect()
        };
        prop_assert_eq!(&kinds, &expected, "{:#?}", wide);
        prop_assert_eq!(connections.len(), 1);
        let [there, back] = connections[0].counts;
        let count = |kind: fn(SegmentKind) -> bool| expected.iter().filter(|found| kind(**found)).count() as u64;
        prop_assert_eq!(there.packets + back.packets, wide.len() as u64);
        prop_assert_eq!(there.retransmitted + back.retransmitted, count(SegmentKind::is_retransmission));
        prop_assert_eq!(there.out_of_order + back.out_of_order, count(|kind| kind == SegmentKind::OutOfOrder));
    }

    /// The ring of the last packets against all earlier ones.
    #[test]
    fn copies_agree_with_a_search(
        packets in prop::collection::vec((0_u64..700_000_000, 0_u32..4, 0_u16..3, 0_u32..2), 1..60),
    ) {
        let (mut copies, mut firsts, mut time_ns) = (Copies::default(), Vec::<TcpSegment>::new(), 0);
        for (wait_ns, number, identification, data_bytes) in packets {
            time_ns += if identification == 0 { wait_ns / 1_000 } else { wait_ns };
            let one = TcpSegment { time_ns, identification, ..segment((0, C, ACK, number, 5, data_bytes)) };
            let last = firsts.iter().rev().take(copies::WITHIN);
            let is_copy = last.clone().any(|earlier| {
                TcpSegment { time_ns, ..*earlier } == one && time_ns - earlier.time_ns < copies::limit_ns(&one)
            });
            prop_assert_eq!(copies.add(&one), is_copy);
            if !is_copy {
                firsts.push(one);
            }
        }
    }

    /// However few connections fit, each packet is counted once, and connections are only divided.
    #[test]
    fn evictions_lose_no_packet(
        packets in prop::collection::vec((0_u16..12, any::<bool>(), 0_u32..5), 1..200),
        max in 1_usize..10,
    ) {
        let counted = |max| {
            let done = std::sync::Mutex::new(BTreeMap::<FlowKey, u64>::new());
            let mut table = TcpTable::new(max, |connection: TcpConversation| {
                let mut done = done.lock().unwrap();
                let [there, back] = connection.counts;
                *done.entry(connection.first).or_default() += there.packets;
                *done.entry(connection.first.reversed()).or_default() += back.packets;
            });
            for (time, (port, forward, number)) in (0..).zip(&packets) {
                let mut one = segment((time, *forward, ACK, *number, 5, 1));
                if *forward { one.key.source_port = *port } else { one.key.destination_port = *port }
                table.add(one.key, &Tcp::Segment(one));
                assert!(table.len() <= max);
            }
            let evicted = table.finish();
            let mut done = done.into_inner().unwrap();
            done.retain(|_, packets| *packets > 0);
            (done, evicted)
        };
        let (all, none) = counted(usize::MAX);
        let (parts, evicted) = counted(max);
        prop_assert_eq!(none, 0);
        prop_assert_eq!(all.values().sum::<u64>(), packets.len() as u64);
        prop_assert_eq!(parts, all);
        let ports: std::collections::BTreeSet<u16> = packets.iter().map(|(port, ..)| *port).collect();
        prop_assert_eq!(evicted > 0, ports.len() > max);
    }
}
