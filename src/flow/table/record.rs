//! What a flow table gives: records, volumes over time, and what was evicted.

use crate::addr::FlowKey;
use crate::flow::PacketTime;

/// One one-way flow: everything that was counted under one five-tuple.
///
/// Totals are over the whole capture: no time-out splits a flow. Records of the same key may only be
/// several where a flow was evicted in between (see [`FlowTable`](super::FlowTable)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRecord {
    /// The five-tuple.
    pub key: FlowKey,
    /// How many packets.
    pub packets: u64,
    /// Bytes on the wire, link-layer header included, whatever was cut off by the capture.
    pub frame_bytes: u64,
    /// Bytes by the IP header's length.
    pub ip_bytes: u64,
    /// The earliest time of a packet; none where no packet has one.
    pub first: PacketTime,
    /// The latest time of a packet; none where no packet has one.
    pub last: PacketTime,
    /// All TCP flags that were seen, or-ed; 0 for other protocols.
    pub tcp_flags: u8,
    /// The TCP flags of the first packet in the order of the capture; 0 for other protocols.
    pub first_tcp_flags: u8,
    /// Whether the source opened the connection: it sent a SYN without ACK (RFC 9293, section 3.5).
    pub opened: bool,
}

/// What a flow carried in one bucket of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketVolume {
    /// The index of the flow in the `records` that stand beside it.
    pub flow: u32,
    /// Which bucket: it holds the nanoseconds `bucket × bucket_ns .. (bucket + 1) × bucket_ns` since 1970.
    pub bucket: u64,
    /// How many packets.
    pub packets: u64,
    /// Bytes on the wire.
    pub frame_bytes: u64,
    /// Bytes by the IP header's length.
    pub ip_bytes: u64,
}

/// How much left the table before the end, to keep it within its bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvictionCounts {
    /// Records that were handed out early.
    pub flows: u64,
    /// Their packets.
    pub packets: u64,
    /// Their bytes on the wire.
    pub frame_bytes: u64,
    /// Their bytes by the IP header's length.
    pub ip_bytes: u64,
}

impl EvictionCounts {
    /// Counts these records.
    pub(super) fn add(&mut self, records: &[FlowRecord]) {
        for record in records {
            self.flows += 1;
            self.packets += record.packets;
            self.frame_bytes += record.frame_bytes;
            self.ip_bytes += record.ip_bytes;
        }
    }
}

/// What an eviction hands out: final records of flows that the table forgets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvictedFlows {
    /// The records, in the order of their first packets.
    pub records: Vec<FlowRecord>,
    /// Their volumes over time, ordered by flow, then bucket; empty unless they were asked for. Packets without a time are in the
    /// records alone.
    pub series: Vec<BucketVolume>,
    /// The width of a bucket of `series` in nanoseconds.
    pub bucket_ns: Option<u64>,
}

/// All flows of a capture, but for those that were evicted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// The records, in the order of their first packets.
    pub records: Vec<FlowRecord>,
    /// Their volumes over time, ordered by flow, then bucket; empty unless they were asked for. Packets without a time are in the
    /// records alone.
    pub series: Vec<BucketVolume>,
    /// The width of a bucket of `series` in nanoseconds: what was asked for, or that times a power of two where the
    /// bound on the log made buckets wider.
    pub bucket_ns: Option<u64>,
    /// What is missing here because it was evicted.
    pub evicted: EvictionCounts,
}

impl From<Flows> for EvictedFlows {
    /// The flows that a table kept to its end, for whoever takes those that it evicted before.
    fn from(Flows { records, series, bucket_ns, .. }: Flows) -> Self {
        Self { records, series, bucket_ns }
    }
}
