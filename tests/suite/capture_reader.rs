//! Captures made here, byte by byte: every format, byte order and time unit, cut and corrupt.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use peerpath::addr::FlowKey;
use peerpath::diag::{Silent, TaskId};
use peerpath::flow::{
    CaptureError, CaptureFormat, CaptureReader, CaptureSummary, DamageReason, Frame, Intake, Layer, LinkType,
    MAX_PACKET, PacketTime, SkipCount, decode,
};

#[path = "../captures/make.rs"]
mod make;
use make::{Order, Pcapng, TIMES_NS, pcap, pcapng_two_sections, snoop};

/// Time, original length, link type, data.
type Seen = Vec<(Option<u64>, u32, LinkType, Vec<u8>)>;

fn read(input: impl Read + Send + 'static) -> Result<(Seen, CaptureSummary), CaptureError> {
    let mut seen = Vec::new();
    let mut reader = CaptureReader::from_read("input", input)?;
    let summary = reader.for_each(|frame| {
        seen.push((frame.time.ns(), frame.original_length, frame.link_type, frame.data.to_vec()));
    })?;
    assert_eq!(summary.frames, seen.len() as u64);
    assert_eq!(summary.link_types.values().sum::<u64>(), summary.frames);
    Ok((seen, summary))
}

fn bytes(data: &[u8]) -> (Seen, CaptureSummary) {
    read(Cursor::new(data.to_vec())).unwrap()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn all_four_magics_hold_the_same_frames() {
    let (expected, summary) = bytes(&pcap(Order::Little, false));
    assert_eq!((summary.format, summary.frames, summary.frame_bytes), (CaptureFormat::Pcap, 2, 3000));
    assert_eq!([summary.first, summary.last].map(PacketTime::ns), TIMES_NS.map(Some));
    for (order, nanoseconds) in [(Order::Big, false), (Order::Little, true), (Order::Big, true)] {
        assert_eq!(bytes(&pcap(order, nanoseconds)).0, expected);
    }
}

#[test]
fn pcapng_of_two_sections_in_both_orders() {
    for (first, second) in [(Order::Little, Order::Big), (Order::Big, Order::Little)] {
        let (seen, summary) = bytes(&pcapng_two_sections(first, second, 3 << 20));
        let times: Vec<Option<u64>> = seen.iter().map(|frame| frame.0).collect();
        // Microseconds, 2^-10 s behind an offset, simple without a time; then nanoseconds, obsolete.
        assert_eq!(
            times,
            [
                Some(TIMES_NS[0]),
                Some(3_600_000_000_000 + 1_500_000_000),
                None,
                Some(TIMES_NS[1]),
                Some(TIMES_NS[1] / 1000 * 1000)
            ]
        );
        let links: Vec<LinkType> = seen.iter().map(|frame| frame.2).collect();
        let [ethernet, raw] = [LinkType::ETHERNET, LinkType::RAW];
        assert_eq!(links, [ethernet, raw, ethernet, raw, raw]);
        assert_eq!(seen[2].1, 5, "a simple packet block has its original length");
        assert_eq!(summary.damage, []);
        assert_eq!(summary.first.ns(), Some(3_601_500_000_000));
        assert_eq!(summary.untimed, SkipCount { packets: 1, frame_bytes: 5 });
    }
}

#[test]
fn snoop_and_its_padding() {
    let (seen, summary) = bytes(&snoop());
    assert_eq!(summary.format, CaptureFormat::Snoop);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].3, [1, 2, 3, 4, 5]);
    assert_eq!(summary.damage, []);
}

#[test]
fn compressed_captures_in_several_members() {
    let plain = pcap(Order::Little, false);
    let (expected, _) = bytes(&plain);
    let (head, tail) = plain.split_at(61);
    assert_eq!(bytes(&[gzip(head), gzip(tail)].concat()).0, expected);
    #[cfg(feature = "zstd")]
    {
        let frames = [head, tail].map(|part| zstd::encode_all(part, 1).unwrap()).concat();
        assert_eq!(bytes(&frames).0, expected);
    }
}

#[test]
fn a_broken_decompressor_is_damage_after_what_it_gave() {
    let mut data = gzip(&pcap(Order::Little, false));
    data.truncate(data.len() - 9);
    let (_, summary) = bytes(&data);
    assert!(matches!(summary.damage[0].reason, DamageReason::Compressed(_)), "{:?}", summary.damage);
}

#[test]
fn a_slow_source_gives_the_same() {
    struct Slow(Cursor<Vec<u8>>);
    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let one = into.len().min(1);
            self.0.read(&mut into[..one])
        }
    }
    for data in [pcap(Order::Big, true), pcapng_two_sections(Order::Little, Order::Big, 64), snoop()] {
        let (seen, summary) = read(Slow(Cursor::new(data.clone()))).unwrap();
        assert_eq!((seen, summary), bytes(&data));
    }
}

#[test]
fn cut_at_every_byte_it_gives_the_frames_before_and_says_so() {
    let files = [
        (pcap(Order::Little, false), 24),
        (pcapng_two_sections(Order::Big, Order::Little, 64), 0),
        (snoop(), 16),
    ];
    for (data, header) in files {
        let (whole, _) = bytes(&data);
        for length in 0..data.len() {
            match read(Cursor::new(data[..length].to_vec())) {
                Ok((seen, summary)) => {
                    assert!(whole.starts_with(&seen));
                    let complete = summary.damage.is_empty();
                    assert!(complete || summary.damage[0].offset < length as u64);
                    assert!(!complete || length >= header);
                }
                Err(error) => assert!(length < header.max(8), "{error} at {length}"),
            }
        }
    }
}

#[test]
fn one_wrong_byte_never_panics() {
    for data in [pcap(Order::Little, false), pcapng_two_sections(Order::Big, Order::Little, 64), snoop()] {
        for at in 0..data.len().min(400) {
            for wrong in [0, 1, 0x7f, 0x80, 0xff] {
                let mut data = data.clone();
                data[at] = wrong;
                let _ = read(Cursor::new(data));
            }
        }
    }
}

#[test]
fn an_impossible_packet_ends_the_file_with_its_offset() {
    let mut data = pcap(Order::Little, false);
    let at = data.len();
    data.extend([0; 8]);
    data.extend((MAX_PACKET + 1).to_le_bytes());
    data.extend([0; 100]);
    let (seen, summary) = bytes(&data);
    assert_eq!(seen.len(), 2);
    assert_eq!(summary.damage[0].offset, at as u64);
    assert_eq!(
        summary.damage[0].reason,
        DamageReason::PacketTooLong { length: MAX_PACKET + 1, limit: MAX_PACKET }
    );
}

#[test]
fn damaged_blocks_are_passed_over_or_end_the_file() {
    let mut file = Pcapng::new(Order::Little);
    file.interface(1, 0, &[]).enhanced(7, 0, &[9; 4], 4).block(6, &[0; 8]).enhanced(0, 0, &[1; 4], 4);
    let (seen, summary) = bytes(&file.data);
    assert_eq!(seen.len(), 1);
    let reasons: Vec<_> = summary.damage.iter().map(|damage| damage.reason.clone()).collect();
    assert_eq!(reasons, [DamageReason::UnknownInterface(7), DamageReason::BlockBody { block_type: 6 }]);
    let end = file.data.len() - 4;
    file.data[end] ^= 4;
    let (seen, summary) = bytes(&file.data);
    assert_eq!(seen.len(), 0);
    assert!(matches!(summary.damage[2].reason, DamageReason::BlockTrailer { .. }));
}

#[test]
fn what_is_no_capture_is_refused_with_its_name() {
    let refuse = |data: &[u8]| read(Cursor::new(data.to_vec())).unwrap_err().to_string();
    assert_eq!(refuse(b""), "`input` is empty: a capture has at least a header");
    assert!(
        refuse(b"hello, world").starts_with("`input` is not a capture: it starts with 68656c6c6f2c2077;")
    );
    assert_eq!(refuse(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0]), "`input` ends inside its header, after 6 bytes");
    let missing = CaptureReader::open(Path::new("no/such/file.pcap")).unwrap_err();
    assert_eq!(missing.to_string(), "`no/such/file.pcap` cannot be opened");
}

/// Of a packet in a tunnel the inner view has the header inside, or the reason why it was not reached: never the outer one. The outer view
/// has every packet.
#[test]
fn the_inner_view_never_takes_the_outer_header_of_a_tunnel() {
    for (number, case) in make::tunnels::cases().iter().enumerate() {
        let frame = Frame {
            time: PacketTime::NONE,
            original_length: u32::try_from(case.frame.len()).unwrap(),
            link_type: LinkType::ETHERNET,
            data: &case.frame[..case.captured],
        };
        let inner = match decode(&frame, Layer::Inner) {
            Ok(packet) => {
                let key = FlowKey::from(packet.key);
                format!("{} > {}", key.source, key.destination)
            }
            Err(skip) => {
                assert_eq!(skip.is_loss(), !skip.to_string().starts_with("tunnel-not-ip"));
                skip.to_string()
            }
        };
        assert_eq!(inner, case.inner, "case {number}");
        assert!(decode(&frame, Layer::Outer).is_ok(), "case {number}");
    }
}

/// Packets in are packets shown and packets skipped.
#[test]
fn the_inner_view_loses_no_packet() {
    let cases = make::tunnels::cases();
    let mut reader = CaptureReader::from_read("tunnels", Cursor::new(make::tunnels::pcap(&cases))).unwrap();
    let intake = Intake { layer: Layer::Inner, progress: &Silent, task: TaskId(0) };
    let mut shown = 0;
    let read = intake.read(&mut reader, |batch| shown += batch.len() as u64).unwrap();
    let skipped = cases.iter().filter(|case| case.inner.starts_with("tunnel")).count() as u64;
    assert_eq!(read.skips.total().packets, skipped);
    assert_eq!((shown + skipped, read.summary.frames), (cases.len() as u64, cases.len() as u64));
}

#[test]
fn the_kept_files_are_the_made_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    for (name, made) in make::kept() {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_CAPTURES").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), made, "{name}: run once with UPDATE_CAPTURES=1");
    }
}
