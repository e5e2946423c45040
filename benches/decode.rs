//! Floor 6: reading a capture and decoding its frames, over a capture generated in memory.
//!
//! Each case asserts its count before it is timed. The mix follows the traffic of a site's edge:
//! 58 % of 60 to 90 bytes, 20 % of 200 to 1000, 22 % of 1514; 20 % IPv6, 15 % tagged, 5 % QinQ.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use peerpath::flow::{CaptureReader, Layer, PacketKey, decode};

const FRAMES: u64 = 200_000;

/// A generator of numbers that is the same everywhere (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn length(&mut self) -> usize {
        let length = match self.below(100) {
            0..58 => 60 + self.below(31),
            58..78 => 200 + self.below(801),
            _ => 1514,
        };
        usize::try_from(length).unwrap()
    }
}

fn frame(numbers: &mut Numbers) -> Vec<u8> {
    let length = numbers.length().max(82);
    let mut data = vec![2; 12];
    match numbers.below(100) {
        0..15 => data.extend([0x81, 0, 0, 100]),
        15..20 => data.extend([0x88, 0xa8, 0, 100, 0x81, 0, 0, 200]),
        _ => {}
    }
    let protocol = if numbers.below(100) < 85 { 6 } else { 17 };
    let hosts = numbers.below(100_000).to_be_bytes();
    let ports = numbers.next().to_be_bytes();
    if numbers.below(100) < 20 {
        data.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
        let payload = u16::try_from(length - data.len() - 36).unwrap();
        data.extend(payload.to_be_bytes());
        data.extend([protocol, 64]);
        data.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0]);
        data.extend(hosts);
        data.extend([0x26, 3, 0x10, 0x61, 0, 0, 0, 0]);
        data.extend(hosts);
    } else {
        data.extend([8, 0, 0x45, 0]);
        let total = u16::try_from(length - data.len() + 2).unwrap();
        data.extend(total.to_be_bytes());
        data.extend([0, 0, 0x40, 0, 64, protocol, 0, 0, 10]);
        data.extend(hosts.last_chunk::<3>().unwrap());
        data.extend([52]);
        data.extend(hosts.last_chunk::<3>().unwrap());
    }
    data.extend(ports.first_chunk::<4>().unwrap());
    data.resize(length, 0x18);
    data
}

/// A little-endian pcap of the mix, each frame cut at `snaplen`.
fn pcap(snaplen: usize) -> Arc<[u8]> {
    let mut numbers = Numbers(1);
    let mut data = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for index in 0..FRAMES {
        let whole = frame(&mut numbers);
        let captured = whole.len().min(snaplen);
        let time = u32::try_from(1_700_000_000 + index / 1000).unwrap();
        for word in [time, 0, u32::try_from(captured).unwrap(), u32::try_from(whole.len()).unwrap()] {
            data.extend(word.to_le_bytes());
        }
        data.extend(whole.get(..captured).unwrap());
    }
    data.into()
}

/// The frames of a pcap as enhanced packets of a pcapng.
fn pcapng(pcap: &Arc<[u8]>) -> Arc<[u8]> {
    let mut data = vec![0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0];
    data.extend([0xff; 8]);
    data.extend([28, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0]);
    let mut reader = CaptureReader::from_read("generated", Cursor::new(Arc::clone(pcap))).unwrap();
    reader
        .for_each(|frame| {
            let captured = u32::try_from(frame.data.len()).unwrap();
            let total = 32 + captured.next_multiple_of(4);
            let ticks = frame.time.ns().unwrap() / 1000;
            let (upper, lower) = (ticks >> 32, ticks & 0xffff_ffff);
            let words = [6, u64::from(total), 0, upper, lower, captured.into(), frame.original_length.into()];
            for word in words {
                data.extend(u32::try_from(word).unwrap().to_le_bytes());
            }
            data.extend(frame.data);
            data.extend(std::iter::repeat_n(0, (total - 32 - captured) as usize));
            data.extend(total.to_le_bytes());
        })
        .unwrap();
    data.into()
}

fn read(capture: &Arc<[u8]>) -> u64 {
    let mut reader = CaptureReader::from_read("generated", Cursor::new(Arc::clone(capture))).unwrap();
    let mut bytes = 0;
    reader.for_each(|frame| bytes += u64::from(frame.original_length)).unwrap();
    black_box(bytes);
    FRAMES
}

/// Packets decoded, with a sum that keeps every field alive.
fn read_and_decode(capture: &Arc<[u8]>, layer: Layer) -> u64 {
    let mut reader = CaptureReader::from_read("generated", Cursor::new(Arc::clone(capture))).unwrap();
    let (mut packets, mut sum) = (0, 0_u64);
    reader
        .for_each(|frame| {
            if let Ok(packet) = decode(&frame, layer) {
                packets += 1;
                let key = match packet.key {
                    PacketKey::V4(key) => u64::from(key.destination) ^ u64::from(key.source_port),
                    PacketKey::V6(key) => (key.destination ^ key.source).count_ones().into(),
                };
                sum = sum.wrapping_add(key ^ u64::from(packet.ip_bytes) ^ u64::from(packet.tcp_flags));
            }
        })
        .unwrap();
    black_box(sum);
    packets
}

fn captures(criterion: &mut Criterion) {
    for (name, snaplen) in [("mixed", 65_535), ("cut96", 96)] {
        let pcap = pcap(snaplen);
        let pcapng = pcapng(&pcap);
        for (format, capture) in [("pcap", &pcap), ("pcapng", &pcapng)] {
            let mut group = criterion.benchmark_group(format!("flow/{format}/{name}"));
            group.throughput(Throughput::ElementsAndBytes { elements: FRAMES, bytes: capture.len() as u64 });
            group.bench_function("read", |bencher| bencher.iter(|| read(capture)));
            for (layer, case) in [(Layer::Outer, "decode-outer"), (Layer::Inner, "decode-inner")] {
                assert_eq!(read_and_decode(capture, layer), FRAMES, "{format} {name} {case}");
                group.bench_function(case, |bencher| bencher.iter(|| read_and_decode(capture, layer)));
            }
            group.finish();
        }
    }
}

criterion_group!(benches, captures);
criterion_main!(benches);
