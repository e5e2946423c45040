//! The output of a flow table: records, volumes over time, and evictions.

use crate::addr::FlowKey;
use crate::flow::PacketTime;

/// A one-way flow: everything that was counted for one five-tuple.
///
/// Totals cover the whole capture: no timeout splits a flow. There are several records with the same key only
/// if the flow was evicted in between (see [`FlowTable`](super::FlowTable)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRecord {
    /// The five-tuple.
    pub key: FlowKey,
    /// The number of packets.
    pub packets: u64,
    /// Bytes on the wire, including the link-layer header and everything that the capture truncated.
    pub frame_bytes: u64,
    /// Bytes according to the length in the IP header.
    pub ip_bytes: u64,
    /// The earliest time of a packet; none if no packet has a time.
    pub first: PacketTime,
    /// The latest time of a packet; none if no packet has a time.
    pub last: PacketTime,
    /// The bitwise or of all TCP flags seen; 0 for other protocols.
    pub tcp_flags: u8,
    /// The TCP flags of the first packet in the order of the capture; 0 for other protocols.
    pub first_tcp_flags: u8,
    /// Whether the source opened the connection: it sent a SYN without ACK (RFC 9293, section 3.5).
    pub opened: bool,
}

/// The volume of a flow in one time bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketVolume {
    /// The index of the flow in the accompanying `records`.
    pub flow: u32,
    /// The number of the bucket. It covers the nanoseconds `bucket × bucket_ns .. (bucket + 1) × bucket_ns`
    /// since 1970.
    pub bucket: u64,
    /// The number of packets.
    pub packets: u64,
    /// Bytes on the wire.
    pub frame_bytes: u64,
    /// Bytes according to the length in the IP header.
    pub ip_bytes: u64,
}

/// Counts of what was evicted before the end to keep the table within its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvictionCounts {
    /// The number of records that were returned early.
    pub flows: u64,
    /// The number of packets in these records.
    pub packets: u64,
    /// The bytes on the wire in these records.
    pub frame_bytes: u64,
    /// The bytes in these records according to the length in the IP header.
    pub ip_bytes: u64,
}

impl EvictionCounts {
    /// Adds these records to the counts.
    pub(super) fn add(&mut self, records: &[FlowRecord]) {
        for record in records {
            self.flows += 1;
            self.packets += record.packets;
            self.frame_bytes += record.frame_bytes;
            self.ip_bytes += record.ip_bytes;
        }
    }
}

/// The result of an eviction: final records of flows that are removed from the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvictedFlows {
    /// The records, in the order of their first packets.
    pub records: Vec<FlowRecord>,
    /// The volumes of these records over time, ordered by flow, then bucket; empty unless requested. Packets
    /// without a time are only in the records.
    pub series: Vec<BucketVolume>,
    /// The width of a bucket of `series` in nanoseconds.
    pub bucket_ns: Option<u64>,
}

/// All flows of a capture, except those that were evicted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// The records, in the order of their first packets.
    pub records: Vec<FlowRecord>,
    /// The volumes of these records over time, ordered by flow, then bucket; empty unless requested. Packets
    /// without a time are only in the records.
    pub series: Vec<BucketVolume>,
    /// The width of a bucket of `series` in nanoseconds: the requested width, multiplied by a power of two if
    /// the limit on the log made buckets wider.
    pub bucket_ns: Option<u64>,
    /// Counts of the evicted records, which are missing here.
    pub evicted: EvictionCounts,
}

impl From<Flows> for EvictedFlows {
    /// Converts the flows that remained in a table to the form in which it passes on evicted flows.
    fn from(Flows { records, series, bucket_ns, .. }: Flows) -> Self {
        Self { records, series, bucket_ns }
    }
}
