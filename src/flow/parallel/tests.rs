use std::io::Write as _;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::diag::Silent;
use crate::flow::capture::counts::Tally;
use crate::flow::synth::{Profile, write_capture};
use crate::flow::{EvictedFlows, Flows, read_capture};

/// The result, which must not depend on how captures are read.
#[derive(Debug, PartialEq)]
struct Outcome {
    intakes: Vec<FlowIntake>,
    flows: Flows,
    gone: Vec<EvictedFlows>,
    packets: u64,
}

fn outcome(options: &FlowTableOptions, read: impl FnOnce(&mut FlowTable<'_>) -> Vec<FlowIntake>) -> Outcome {
    let gone = Mutex::new(Vec::new());
    let mut table = FlowTable::new(options.clone()).on_evict(|flows| gone.lock().unwrap().push(flows));
    let intakes = read(&mut table);
    let packets = table.packets();
    let flows = table.finish();
    Outcome { intakes, flows, gone: gone.into_inner().unwrap(), packets }
}

/// The slow reference: file by file, packet by packet, on this thread.
fn in_order(paths: &[&Path], options: &FlowTableOptions) -> Outcome {
    outcome(options, |table| {
        let intake = Intake { layer: Layer::Outer, progress: &Silent, task: TaskId(0) };
        let read =
            |path: &&Path| read_capture(&mut CaptureReader::open(path).unwrap(), table, intake).unwrap();
        paths.iter().map(read).collect()
    })
}

fn in_parts(
    paths: &[&Path],
    options: &FlowTableOptions,
    threads: usize,
    places: impl Fn(&Path) -> Vec<Place>,
) -> Outcome {
    outcome(options, |table| {
        let readers = Readers { layer: Layer::Outer, threads, progress: &Silent };
        let sources = paths.iter().map(|path| CaptureSource::File(path)).collect();
        readers.read_cut(sources, table, places).unwrap()
    })
}

/// One record or block of a generated capture.
#[derive(Clone, Debug)]
enum Piece {
    /// A UDP packet: host, port, interface, microseconds.
    Packet(u8, u8, u8, u32),
    /// A frame with a null header of this address family.
    Family(u32),
    /// A new pcapng interface: raw IP, or null.
    Interface(bool),
    /// A new pcapng section, in the given byte order.
    Section,
    /// A pcapng block without a packet.
    Other(u8),
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        60 => (0_u8..40, 0_u8..3, prop_oneof![20 => Just(0_u8), 1 => 0_u8..4], 0_u32..5_000_000)
            .prop_map(|(host, port, interface, at)| Piece::Packet(host, port, interface, at)),
        3 => prop_oneof![0_u32..20, any::<u32>()].prop_map(Piece::Family),
        1 => any::<bool>().prop_map(Piece::Interface),
        1 => Just(Piece::Section),
        2 => any::<u8>().prop_map(Piece::Other),
    ]
}

/// IPv4, UDP, no payload.
fn packet(host: u8, port: u8) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, host, 52, 112, 0, 1];
    packet.extend([0, port, 1, 187, 0, 8, 0, 0]);
    packet
}

/// Returns the bytes of a file, and the offsets at which its pieces start.
fn make(ng: bool, pieces: &[Piece]) -> (Vec<u8>, Vec<u64>) {
    let mut file = Vec::new();
    if ng {
        section(&mut file);
        interface(&mut file, 101);
    } else {
        file.extend([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0]);
    }
    let mut starts = Vec::new();
    for piece in pieces {
        starts.push(file.len() as u64);
        match (piece, ng) {
            (Piece::Packet(host, port, on, at), true) => enhanced(&mut file, *on, *at, &packet(*host, *port)),
            (Piece::Packet(host, port, _, at), false) => record(&mut file, *at, &packet(*host, *port)),
            (Piece::Family(family), true) => enhanced(&mut file, 1, 0, &family.to_le_bytes()),
            (Piece::Family(family), false) => record(&mut file, 0, &family.to_le_bytes()),
            (Piece::Interface(raw), true) => interface(&mut file, if *raw { 101 } else { 0 }),
            (Piece::Section, true) => {
                section(&mut file);
                interface(&mut file, 101);
            }
            (Piece::Other(length), true) => block(&mut file, 0x0bad, &vec![0; usize::from(*length / 4) * 4]),
            (Piece::Interface(_) | Piece::Section | Piece::Other(_), false) => {}
        }
    }
    (file, starts)
}

fn record(file: &mut Vec<u8>, at: u32, data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap();
    for word in [1_700_000_000 + at / 1_000_000, at % 1_000_000, length, length] {
        file.extend(word.to_le_bytes());
    }
    file.extend(data);
}

fn block(file: &mut Vec<u8>, block_type: u32, body: &[u8]) {
    let length = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
    file.extend(block_type.to_le_bytes());
    file.extend(length);
    file.extend(body);
    file.extend(length);
}

fn section(file: &mut Vec<u8>) {
    let mut body = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    body.extend([1, 0, 0, 0]);
    body.extend([0xff; 8]);
    block(file, 0x0a0d_0d0a, &body);
}

fn interface(file: &mut Vec<u8>, link_type: u8) {
    block(file, 1, &[link_type, 0, 0, 0, 0, 0, 4, 0]);
}

fn enhanced(file: &mut Vec<u8>, on: u8, at: u32, data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap();
    let mut body = Vec::new();
    for word in [u32::from(on), 0, at, length, length] {
        body.extend(word.to_le_bytes());
    }
    body.extend(data);
    body.resize(body.len().next_multiple_of(4), 0);
    block(file, 6, &body);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 400 }))]

    /// Reading in parts gives the same result as reading in order, including evictions and damage. The
    /// captures have several sections and interfaces, are damaged or intact, are split at correct or wrong
    /// places, and do or do not reach the limit on flows.
    #[test]
    fn parts_give_what_the_whole_gives(
        ng: bool,
        files in prop::collection::vec(prop::collection::vec(piece(), 1..300), 1..4),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![9 => Just(0_u64), 1 => 1_u64..40]), 0..5),
        damage in prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>())),
        cut_off in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        threads in 1_usize..5,
        max_flows in prop_oneof![1_usize..150, Just(1_000), Just(100_000)],
        bucket_ns in prop::option::of(1_000_u64..10_000_000),
        max_volumes in prop_oneof![0_usize..200, Just(1_000_000)],
        seed: u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut starts_of = Vec::new();
        for (number, pieces) in files.iter().enumerate() {
            let (mut bytes, starts) = make(ng, pieces);
            // The pieces may contain no packet at all. In that case, there is nothing to damage or truncate,
            // and no place to start at.
            if let Some((at, value)) = damage.as_ref().filter(|_| bytes.len() > 24) {
                // The header stays intact: a file that cannot be read at all is a different case.
                let place = 24 + at.index(bytes.len() - 24);
                bytes[place] = *value;
            }
            if let Some(at) = cut_off.as_ref().filter(|_| bytes.len() > 24) {
                bytes.truncate(24 + at.index(bytes.len() - 24));
            }
            let path = folder.path().join(number.to_string());
            std::fs::write(&path, &bytes).unwrap();
            starts_of.push((path, starts));
        }
        let paths: Vec<&Path> = starts_of.iter().map(|(path, _)| path.as_path()).collect();
        let options = FlowTableOptions { max_flows, bucket_ns, max_volumes, seed, expected_flows: 0 };
        let places = |path: &Path| {
            let (_, starts) = starts_of.iter().find(|(known, _)| known == path).unwrap();
            let Some((_, head)) = cut::head(path) else { return Vec::new() };
            let mut offsets: Vec<u64> = cuts.iter().filter(|_| !starts.is_empty()).map(|(at, off)| at.get(starts) + off).collect();
            offsets.sort_unstable();
            offsets.dedup();
            let place = |offset| Place { offset, state: head.state.clone() };
            offsets.into_iter().map(place).collect()
        };
        prop_assert_eq!(in_parts(&paths, &options, threads, places), in_order(&paths, &options));
    }
}

/// For generated captures, every guess is correct, so each part is joined and nothing is read twice.
#[test]
fn generated_captures_are_cut_where_packets_begin() {
    let folder = tempfile::tempdir().unwrap();
    for (name, profile) in [
        ("mixed", Profile::Mixed { bytes: 6_000_000 }),
        ("small", Profile::Small { bytes: 3_000_000 }),
        ("demo", Profile::Demo),
    ] {
        let plain = folder.path().join(name);
        let mut bytes = Vec::new();
        let written = write_capture(profile, 7, &mut bytes).unwrap();
        std::fs::write(&plain, &bytes).unwrap();
        let next = folder.path().join(format!("{name}.pcapng"));
        std::fs::write(&next, as_pcapng(&bytes)).unwrap();
        for path in [plain.as_path(), next.as_path()] {
            let places = cut::places(path, 4, 1);
            assert_eq!(places.len(), 3, "{name}");
            let mut reader = CaptureReader::open(path).unwrap();
            for place in &places {
                reader.read(place.offset, &mut Tally::default(), |_| ControlFlow::Continue(())).unwrap();
                assert_eq!(reader.place(), *place, "{name}");
            }
            let options = FlowTableOptions { bucket_ns: Some(1_000_000_000), ..FlowTableOptions::default() };
            let whole = in_order(&[path], &options);
            assert_eq!(whole.packets, written.packets);
            assert_eq!(
                in_parts(&[path, path], &options, 3, |path| cut::places(path, 3, 1)).packets,
                2 * whole.packets
            );
            assert_eq!(in_parts(&[path], &options, 4, |path| cut::places(path, 4, 1)), whole);
        }
    }
}

/// Converts the records of a little-endian pcap to enhanced packet blocks.
fn as_pcapng(pcap: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    section(&mut out);
    interface(&mut out, 1);
    let mut rest = &pcap[24..];
    while let Some((head, behind)) = rest.split_first_chunk::<16>() {
        let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let ticks = u64::from(word(0)) * 1_000_000 + u64::from(word(4));
        let (data, after) = behind.split_at(word(8) as usize);
        let mut body = vec![0; 4];
        body.extend(u32::try_from(ticks >> 32).unwrap().to_le_bytes());
        body.extend(u32::try_from(ticks & 0xffff_ffff).unwrap().to_le_bytes());
        body.extend([word(8).to_le_bytes(), word(12).to_le_bytes()].concat());
        body.extend(data);
        body.resize(body.len().next_multiple_of(4), 0);
        block(&mut out, 6, &body);
        rest = after;
    }
    out
}

/// Payloads that contain captures do not mislead the search for boundaries.
#[test]
fn captures_in_captures_are_no_boundaries() {
    let mut inner = Vec::new();
    write_capture(Profile::Small { bytes: 9_000 }, 3, &mut inner).unwrap();
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for number in 0..200 {
        record(&mut file, number * 1_000, &inner);
    }
    let mut path = tempfile::NamedTempFile::new().unwrap();
    path.write_all(&file).unwrap();
    let options = FlowTableOptions::default();
    let whole = in_order(&[path.path()], &options);
    assert_eq!(whole.intakes[0].summary.frames, 200);
    for parts in 2..9 {
        assert_eq!(in_parts(&[path.path()], &options, 2, |path| cut::places(path, parts, 1)), whole);
    }
}

#[test]
fn the_first_error_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    std::fs::write(&good, make(false, &[Piece::Packet(1, 1, 0, 0)]).0).unwrap();
    let [missing, odd] = ["missing", "odd"].map(|name| folder.path().join(name));
    std::fs::write(&odd, "not a capture").unwrap();
    for threads in 1..4 {
        let readers = Readers { layer: Layer::Outer, threads, progress: &Silent };
        let mut table = FlowTable::new(FlowTableOptions::default());
        let sources =
            [&good, &odd, &good, &missing].map(|path| CaptureSource::File(path)).into_iter().collect();
        let error = readers.read(sources, &mut table).unwrap_err();
        assert!(matches!(error, CaptureError::UnknownFormat { .. }), "{error}");
        assert_eq!(table.packets(), 1);
    }
}
