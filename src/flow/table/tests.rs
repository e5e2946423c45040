use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::addr::FlowKey;
use crate::flow::{KeyV4, KeyV6, Packet, PacketTime};

/// The number of the last packet, the record, and volumes by bucket.
type TwinFlow = (u64, FlowRecord, BTreeMap<u64, (u64, u64, u64)>);

/// The slow reference: a list of flows in order, eviction by sorting, volumes in a map.
#[derive(Default)]
struct Twin {
    live: Vec<TwinFlow>,
    gone: Vec<EvictedFlows>,
    packets: u64,
}

impl Twin {
    fn add(&mut self, packet: &TimedPacket, max_flows: usize, bucket_ns: Option<u64>) {
        let key = FlowKey::from(packet.packet.key);
        let order = self.packets;
        self.packets += 1;
        if !self.live.iter().any(|(_, record, _)| record.key == key) {
            if self.live.len() >= max_flows {
                let mut ages: Vec<_> =
                    self.live.iter().map(|(order, record, _)| (record.last.ns(), *order)).collect();
                ages.sort_unstable();
                ages.truncate((max_flows / 8).max(1));
                let (out, stay) = self
                    .live
                    .drain(..)
                    .partition(|(order, record, _)| ages.contains(&(record.last.ns(), *order)));
                self.live = stay;
                self.gone.push(settle_twin(out, bucket_ns));
            }
            let record = FlowRecord {
                key,
                packets: 0,
                frame_bytes: 0,
                ip_bytes: 0,
                first: PacketTime::NONE,
                last: PacketTime::NONE,
                tcp_flags: 0,
                first_tcp_flags: packet.packet.tcp_flags,
                opened: false,
            };
            self.live.push((order, record, BTreeMap::new()));
        }
        let (_, record, volumes) = self.live.iter_mut().find(|(_, record, _)| record.key == key).unwrap();
        record.packets += 1;
        record.frame_bytes += u64::from(packet.frame_bytes);
        record.ip_bytes += u64::from(packet.packet.ip_bytes);
        let times = [record.first, record.last, packet.time].into_iter().filter_map(PacketTime::ns);
        record.first = times.clone().min().map_or(PacketTime::NONE, PacketTime::at);
        record.last = times.max().map_or(PacketTime::NONE, PacketTime::at);
        record.tcp_flags |= packet.packet.tcp_flags;
        record.opened |= packet.packet.tcp_flags & 0x12 == 0x02;
        if let (Some(width), Some(at)) = (bucket_ns, packet.time.ns()) {
            let volume = volumes.entry(at / width).or_default();
            volume.0 += 1;
            volume.1 += u64::from(packet.frame_bytes);
            volume.2 += u64::from(packet.packet.ip_bytes);
        }
    }
}

fn settle_twin(flows: Vec<TwinFlow>, bucket_ns: Option<u64>) -> EvictedFlows {
    let mut out = EvictedFlows { bucket_ns, ..EvictedFlows::default() };
    for (flow, (_, record, volumes)) in (0..).zip(flows) {
        out.records.push(record);
        out.series.extend(volumes.into_iter().map(|(bucket, (packets, frame_bytes, ip_bytes))| {
            BucketVolume { flow, bucket, packets, frame_bytes, ip_bytes }
        }));
    }
    out
}

fn packet() -> impl Strategy<Value = TimedPacket> {
    let key = (any::<bool>(), 0_u8..6, 0_u16..4, prop_oneof![Just(6_u8), Just(17)]);
    let time = prop_oneof![1 => Just(PacketTime::NONE), 5 => (0_u64..5_000).prop_map(PacketTime::at)];
    (key, time, 40_u32..1_500, any::<u8>()).prop_map(|((six, host, port, protocol), time, size, flags)| {
        let (source_port, destination_port) = (port, 443);
        let key = if six {
            let (source, destination) = (u128::from(host) << 64, 1);
            PacketKey::V6(KeyV6 { source, destination, source_port, destination_port, protocol })
        } else {
            let (source, destination) = (u32::from(host), 1);
            PacketKey::V4(KeyV4 { source, destination, source_port, destination_port, protocol })
        };
        let tcp_flags = if protocol == 6 { flags } else { 0 };
        TimedPacket {
            packet: Packet { key, ip_bytes: size, tcp_flags, dscp: 0 },
            time,
            frame_bytes: size + 14,
        }
    })
}

fn run(packets: &[TimedPacket], options: &FlowTableOptions, split: usize) -> (Flows, Vec<EvictedFlows>) {
    let gone = Mutex::new(Vec::new());
    let mut table = FlowTable::new(options.clone()).on_evict(|flows| gone.lock().unwrap().push(flows));
    for part in packets.chunks(split) {
        table.add_batch(part);
    }
    let flows = table.finish();
    (flows, gone.into_inner().unwrap())
}

/// Adds packets in the same way as the reader of a capture: at most two batches wait, and they are counted at
/// the end.
fn streamed(packets: &[TimedPacket], options: &FlowTableOptions) -> (Flows, Vec<EvictedFlows>) {
    let gone = Mutex::new(Vec::new());
    let mut table = FlowTable::new(options.clone()).on_evict(|flows| gone.lock().unwrap().push(flows));
    for (taken, packet) in (1_u64..).zip(packets) {
        if table.push(packet) {
            table.end_batch();
        }
        assert!(taken - table.packets() < u64::try_from(WAITING).unwrap());
    }
    table.end_batch();
    table.end_batch();
    assert_eq!(table.packets(), packets.len() as u64);
    let flows = table.finish();
    (flows, gone.into_inner().unwrap())
}

fn total<'a>(records: impl IntoIterator<Item = &'a FlowRecord>) -> EvictionCounts {
    let records: Vec<_> = records.into_iter().cloned().collect();
    let mut counts = EvictionCounts::default();
    counts.add(&records);
    counts
}

proptest! {
    /// The result equals that of the reference, for any division into batches and any seed, with and without
    /// volumes.
    #[test]
    fn equals_the_twin(
        packets in prop::collection::vec(packet(), 0..400),
        split in 1_usize..130,
        seed: u64,
        max_flows in prop_oneof![1_usize..40, Just(1_000)],
        bucket_ns in prop::option::of(1_u64..2_000),
    ) {
        let options = FlowTableOptions { max_flows, bucket_ns, seed, ..FlowTableOptions::default() };
        let (flows, gone) = run(&packets, &options, split);
        prop_assert_eq!(&streamed(&packets, &options), &(flows.clone(), gone.clone()));
        let mut twin = Twin::default();
        for packet in &packets {
            twin.add(packet, max_flows, bucket_ns);
        }
        let live = settle_twin(twin.live, bucket_ns);
        prop_assert_eq!(&flows.records, &live.records);
        prop_assert_eq!(&flows.series, &live.series);
        prop_assert_eq!(&gone, &twin.gone);
        prop_assert_eq!(flows.evicted, total(gone.iter().flat_map(|gone| &gone.records)));
        let sums = total(flows.records.iter().chain(gone.iter().flat_map(|gone| &gone.records)));
        prop_assert_eq!(sums.packets, packets.len() as u64);
        prop_assert_eq!(sums.frame_bytes, packets.iter().map(|packet| u64::from(packet.frame_bytes)).sum::<u64>());
        prop_assert_eq!(sums.ip_bytes, packets.iter().map(|packet| u64::from(packet.packet.ip_bytes)).sum::<u64>());
    }

    /// A log at its limit gets wider buckets, keeps every byte, and does not depend on batches or seed.
    #[test]
    fn wider_buckets_keep_sums(
        packets in prop::collection::vec(packet(), 1..600),
        split in 1_usize..130,
        seed: u64,
        max_volumes in 0_usize..100,
    ) {
        let options = FlowTableOptions { bucket_ns: Some(1), max_volumes, max_flows: 30, ..FlowTableOptions::default() };
        let one = run(&packets, &options, 1);
        let (flows, gone) = run(&packets, &FlowTableOptions { seed, ..options }, split);
        prop_assert_eq!(&(flows.clone(), gone), &one);
        let width = flows.bucket_ns.unwrap();
        prop_assert!(width.is_power_of_two());
        let timed = packets.iter().filter(|packet| packet.time.is_known()).count() as u64;
        let all = one.1.iter().flat_map(|gone| &gone.series).chain(&flows.series);
        prop_assert_eq!(all.map(|volume| volume.packets).sum::<u64>(), timed);
        for (flow, record) in (0_u32..).zip(&flows.records) {
            let of_flow: Vec<_> = flows.series.iter().filter(|volume| volume.flow == flow).collect();
            prop_assert!(of_flow.iter().map(|volume| volume.packets).sum::<u64>() <= record.packets);
            prop_assert!(of_flow.iter().map(|volume| volume.frame_bytes).sum::<u64>() <= record.frame_bytes);
            let ends = [record.first, record.last].map(|time| time.ns().map(|at| at / width));
            prop_assert_eq!([of_flow.first(), of_flow.last()].map(|end| end.map(|one| one.bucket)), ends);
        }
    }
}

fn numbered(number: u32) -> TimedPacket {
    let key = KeyV4 { source: number, destination: 1, source_port: 1, destination_port: 2, protocol: 17 };
    let packet = Packet { key: PacketKey::V4(key), ip_bytes: 40, tcp_flags: 0, dscp: 0 };
    TimedPacket { packet, time: PacketTime::at(u64::from(number)), frame_bytes: 54 }
}

/// Every packet is a new flow, far beyond the limit: memory stays bounded and nothing is lost.
#[test]
fn a_flood_of_flows_stays_within_the_bound() {
    let options = FlowTableOptions { max_flows: 10_000, ..FlowTableOptions::default() };
    let packets: Vec<_> = (0..200_000).map(numbered).collect();
    let mut table = FlowTable::new(options);
    let mut most_memory = 0;
    for batch in packets.chunks(BATCH) {
        table.add_batch(batch);
        assert!(table.len() <= 10_000);
        most_memory = most_memory.max(table.memory_bytes());
    }
    assert!(most_memory <= 64 * 65_536, "{most_memory} bytes");
    let flows = table.finish();
    assert_eq!(flows.evicted.flows + flows.records.len() as u64, 200_000);
    assert_eq!(flows.records.last().unwrap().first.ns(), Some(199_999));
}

/// An endless series of distinct buckets: the log stays within its limit.
#[test]
fn hostile_timestamps_stay_within_the_bound() {
    let options = FlowTableOptions { bucket_ns: Some(1), max_volumes: 1_000, ..FlowTableOptions::default() };
    let mut table = FlowTable::new(options);
    for step in 0..100_000_u64 {
        let time = PacketTime::at(step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1);
        table.add_batch(&[TimedPacket { time, ..numbered(7) }]);
    }
    assert!(table.memory_bytes() < 256 * (64 + 32) * 2 + 4_096 * 40, "{}", table.memory_bytes());
    let flows = table.finish();
    assert_eq!(flows.series.iter().map(|volume| volume.packets).sum::<u64>(), 100_000);
    assert!(flows.series.len() <= 1_000);
}

#[test]
fn an_empty_table_gives_nothing() {
    let table = FlowTable::new(FlowTableOptions::default());
    assert!(table.is_empty());
    assert_eq!(table.finish(), Flows::default());
}
