//! Exact sums over placed flows, by path, service, destination, flow, community and time.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::ops::AddAssign;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::addr::FlowKey;
use crate::engine::{Conversation, Disposition, SupportVerdict};
use crate::flow::tcp::TcpConversation;
use crate::flow::{BucketVolume, EvictedFlows, FlowRecord};

use crate::sim::counting::hash::HashMap;
use crate::sim::counting::latency::{Latency, LatencyRow};
use crate::sim::counting::pairs::Pairs;
use crate::sim::counting::place::{FactsId, FlowPlace, PathId, Placer};

/// The number of flows that are processed side by side.
const BATCH: usize = 64;

/// The totals of a group of flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Unidirectional flows.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames on the wire.
    pub frame_bytes: u64,
    /// Bytes according to the IP header.
    pub ip_bytes: u64,
    /// The bytes in `ip_bytes` that were sent from the client to the remote end.
    pub sent_ip_bytes: u64,
}

impl Totals {
    /// Returns the bytes in `ip_bytes` that were sent from the remote end to the client.
    pub fn received_ip_bytes(&self) -> u64 {
        self.ip_bytes.saturating_sub(self.sent_ip_bytes)
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.flows += other.flows;
        self.packets += other.packets;
        self.frame_bytes += other.frame_bytes;
        self.ip_bytes += other.ip_bytes;
        self.sent_ip_bytes += other.sent_ip_bytes;
    }
}

impl Totals {
    /// Subtracts the totals of a part of the same flow.
    fn take_off(&mut self, part: &Self) {
        self.packets = self.packets.saturating_sub(part.packets);
        self.frame_bytes = self.frame_bytes.saturating_sub(part.frame_bytes);
        self.ip_bytes = self.ip_bytes.saturating_sub(part.ip_bytes);
        self.sent_ip_bytes = self.sent_ip_bytes.saturating_sub(part.sent_ip_bytes);
    }
}

/// A grouping of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupBy {
    /// The path to the remote end.
    Path,
    /// The service of the remote end, with the path.
    Service,
    /// The product of the remote end, with the path.
    Product,
    /// The destination address of the packets.
    Destination,
    /// The five-tuple.
    Flow,
    /// The communities that contain the remote end, with the path.
    Community,
    /// The time bucket, with the path.
    Time,
    /// What was measured of TCP connections, by site, product and path.
    Latency,
}

/// The options of an outcome.
#[derive(Clone, Debug)]
pub struct OutcomeOptions {
    /// The requested groupings. Groupings that were not requested stay empty.
    pub groups: Vec<GroupBy>,
    /// The maximum number of destinations, of flows and of measured handshakes. Further ones are only summed up and counted.
    pub max_rows: usize,
}

/// A flow with its place.
#[derive(Clone, Debug)]
pub struct FlowRow {
    /// The flow.
    pub record: FlowRecord,
    /// The place of the flow.
    pub place: FlowPlace,
}

/// The totals of one path in one time bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRow {
    /// The start of the bucket, in nanoseconds since 1970; `None` for packets without a timestamp.
    pub start_ns: Option<u64>,
    /// The path.
    pub path: PathId,
    /// The sums. Flows are counted if they have a packet in the bucket.
    pub totals: Totals,
}

/// The sums of all groupings.
#[derive(Debug, Default)]
pub struct Groups {
    path: HashMap<PathId, Totals>,
    service: HashMap<(FactsId, PathId), Totals>,
    destination: Destinations,
    destination_overflow: Totals,
    flow: Vec<FlowRow>,
    flow_overflow: Totals,
    time: BTreeMap<(u64, PathId), Totals>,
    /// The traffic without a timestamp, by path.
    untimed: BTreeMap<PathId, Totals>,
    /// The widest bucket of all added series.
    bucket_ns: u64,
}

/// Sums by destination and path to the destination: rows in order of arrival, and an index that is small enough for
/// processor caches.
#[derive(Debug, Default)]
struct Destinations {
    rows: Vec<(IpAddr, PathId, Totals)>,
    /// Row numbers by hash.
    index: HashTable<u32>,
    hasher: foldhash::quality::RandomState,
}

impl Destinations {
    /// Reserves room for more rows in the index.
    fn reserve(&mut self, rows: usize) {
        let all = &self.rows;
        let hash = |number: &u32| {
            let row = all.get(*number as usize);
            row.map_or(0, |(address, path, _)| self.hasher.hash_one((bits(*address), *path)))
        };
        self.index.reserve(rows, hash);
    }

    /// Adds to a row, and creates the row if there are fewer than `most` rows. Returns `false` if the row does not
    /// exist and cannot be created.
    fn add(&mut self, address: IpAddr, path: PathId, totals: Totals, most: usize) -> bool {
        let hash = |address, path| self.hasher.hash_one((bits(address), path));
        let rows = &self.rows;
        let row = |number: u32| rows.get(number as usize).map(|(address, path, _)| (*address, *path));
        let rehash = |number: &u32| row(*number).map_or(0, |(address, path)| hash(address, path));
        let entry =
            self.index.entry(hash(address, path), |number| row(*number) == Some((address, path)), rehash);
        match (entry, u32::try_from(rows.len())) {
            (Entry::Occupied(entry), _) => {
                let number = *entry.get() as usize;
                if let Some((.., sums)) = self.rows.get_mut(number) {
                    *sums += totals;
                }
                true
            }
            (Entry::Vacant(entry), Ok(number)) if rows.len() < most => {
                entry.insert(number);
                self.rows.push((address, path, totals));
                true
            }
            (Entry::Vacant(_), _) => false,
        }
    }
}

/// Returns an address as one number, because a number hashes several times faster. Addresses in different families may
/// have the same number.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The first rows in some order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// The number of further rows.
    pub left_off: u64,
}

impl<T> Ranked<T> {
    /// Returns the first `most` rows of `rows` in the order of `key`. The keys of two rows must differ if the order of
    /// the rows matters.
    fn of<K: Ord>(mut rows: Vec<T>, most: usize, key: impl Fn(&T) -> K) -> Self {
        let left_off = rows.len().saturating_sub(most) as u64;
        if most > 0 && left_off > 0 {
            rows.select_nth_unstable_by_key(most - 1, &key);
        }
        rows.truncate(most);
        rows.sort_by_key(key);
        Self { rows, left_off }
    }
}

/// Sums over placed flows.
#[derive(Debug)]
pub struct Outcome {
    options: OutcomeOptions,
    groups: Groups,
    latency: Latency,
    /// All added traffic.
    pub total: Totals,
    /// The traffic that a filter excluded.
    pub filtered: Totals,
    /// Flows whose client is outside every site in the network file.
    pub outside_sites: Totals,
}

impl Outcome {
    /// Creates an empty outcome.
    pub fn new(options: OutcomeOptions) -> Self {
        Self {
            options,
            groups: Groups::default(),
            latency: Latency::default(),
            total: Totals::default(),
            filtered: Totals::default(),
            outside_sites: Totals::default(),
        }
    }

    /// Adds flows that left the flow table, with their time series. The two directions of a conversation are matched here.
    /// `keep` is the filter.
    pub fn add_flows(
        &mut self,
        placer: &mut Placer<'_>,
        flows: EvictedFlows,
        keep: &mut dyn FnMut(&FlowKey, &FlowPlace, &Placer<'_>) -> bool,
    ) {
        let EvictedFlows { records, series, bucket_ns } = flows;
        let bucket_ns = bucket_ns.unwrap_or(1);
        self.groups.bucket_ns = self.groups.bucket_ns.max(bucket_ns);
        let pairs = Pairs::of(&records);
        let wants = [GroupBy::Destination, GroupBy::Flow].map(|group| self.options.groups.contains(&group));
        if wants[0] {
            // Most flows have packets in both directions, and several share a destination.
            self.groups.destination.reserve(records.len() / 2);
        }
        let mut places: Vec<(FlowPlace, bool)> = Vec::with_capacity(records.len());
        // Flows are processed in batches, so that cache misses for distant partners overlap.
        let mut found = Vec::with_capacity(BATCH);
        for batch in records.chunks(BATCH) {
            let first = places.len();
            found.extend((first..).zip(batch).map(|(index, record)| match pairs.partner(index) {
                Some(partner) if partner < index => Err(partner),
                partner => Ok(conversation(record, partner.and_then(|partner| records.get(partner)))),
            }));
            for (record, known) in batch.iter().zip(found.drain(..)) {
                let place = match known.map_err(|partner| places.get(partner)) {
                    Ok(conversation) => placer.place(&record.key, conversation),
                    Err(Some((place, _))) => place.of_reverse(&record.key),
                    Err(None) => placer.place(&record.key, conversation(record, None)),
                };
                let kept = keep(&record.key, &place, placer);
                places.push((place, kept));
                if kept {
                    self.add(placer, record, &place, wants);
                } else {
                    self.filtered += totals_of(record, false);
                }
            }
        }
        if !series.is_empty() || self.options.groups.contains(&GroupBy::Time) {
            self.add_times(&records, &places, &series, bucket_ns);
        }
    }

    /// Adds what was measured of a TCP connection. Its packets are not counted here but as flows. `keep` is the filter; a
    /// connection counts if one of its directions passes it.
    pub fn add_connection(
        &mut self,
        placer: &mut Placer<'_>,
        connection: &TcpConversation,
        keep: &mut dyn FnMut(&FlowKey, &FlowPlace, &Placer<'_>) -> bool,
    ) {
        self.latency.add(placer, connection, self.options.max_rows, keep);
    }

    /// Returns what was measured of TCP connections by site, product and path, the rows with most connections first.
    pub fn latency<'p>(&self, placer: &'p Placer<'_>) -> Vec<LatencyRow<'p>> {
        self.latency.rows(placer)
    }

    /// Adds the traffic of flows by time bucket, and the traffic that is in no time bucket.
    fn add_times(
        &mut self,
        records: &[FlowRecord],
        places: &[(FlowPlace, bool)],
        series: &[BucketVolume],
        bucket_ns: u64,
    ) {
        let mut series = series.iter().peekable();
        for (flow, (record, (place, kept))) in records.iter().zip(places).enumerate() {
            let mut untimed = totals_of(record, place.sent);
            while let Some(volume) = series.next_if(|volume| volume.flow as usize == flow) {
                let totals = totals_of_volume(volume, place.sent);
                untimed.take_off(&totals);
                if *kept {
                    let start_ns = volume.bucket.saturating_mul(bucket_ns);
                    *self.groups.time.entry((start_ns, place.path)).or_default() += totals;
                }
            }
            if *kept && untimed.packets > 0 {
                *self.groups.untimed.entry(place.path).or_default() += untimed;
            }
        }
    }

    /// Returns the totals by path, the largest first.
    pub fn paths(&self) -> Vec<(PathId, Totals)> {
        let mut rows: Vec<_> = self.groups.path.iter().map(|(path, totals)| (*path, *totals)).collect();
        rows.sort_by_key(|(path, totals)| (Reverse(totals.ip_bytes), *path));
        rows
    }

    /// Returns the totals by service name and path, the largest first. `name` returns the group for the facts about a
    /// remote end.
    pub fn by_facts<'p, N: Ord + Clone>(
        &self,
        placer: &'p Placer<'_>,
        name: impl Fn(&'p crate::sim::Facts) -> N,
    ) -> Vec<(N, PathId, Totals)> {
        let mut sums: BTreeMap<(N, PathId), Totals> = BTreeMap::new();
        for ((facts, path), totals) in &self.groups.service {
            *sums.entry((name(placer.facts(*facts)), *path)).or_default() += *totals;
        }
        let mut rows: Vec<_> = sums.into_iter().map(|((name, path), totals)| (name, path, totals)).collect();
        rows.sort_by(|left, right| {
            (Reverse(left.2.ip_bytes), &left.0, left.1).cmp(&(Reverse(right.2.ip_bytes), &right.0, right.1))
        });
        rows
    }

    /// Returns the traffic that is routed to Microsoft peering although Microsoft does not support it there.
    pub fn unsupported_on_expressroute(&self, placer: &Placer<'_>) -> Totals {
        let mut sum = Totals::default();
        for ((facts, path), totals) in &self.groups.service {
            let routed = placer.path_name(*path).disposition == Disposition::MicrosoftPeering;
            if routed && placer.facts(*facts).support == SupportVerdict::Unsupported {
                sum += *totals;
            }
        }
        sum
    }

    /// Returns the `most` largest totals by destination address and by the path from the packet's source to that
    /// address, and the total of destinations that were not kept.
    ///
    /// # Complexity
    ///
    /// Linear in the number of rows, and O(n log n) in the number of returned rows.
    pub fn destinations(&self, most: usize) -> (Ranked<&(IpAddr, PathId, Totals)>, Totals) {
        let rows = self.groups.destination.rows.iter().collect();
        let ranked = Ranked::of(rows, most, |(address, path, totals): &&(IpAddr, PathId, Totals)| {
            (Reverse(totals.ip_bytes), *address, *path)
        });
        (ranked, self.groups.destination_overflow)
    }

    /// Returns the `most` largest flows, and the total of flows that were not kept. The complexity is that of
    /// [`Self::destinations`].
    pub fn flows(&self, most: usize) -> (Ranked<&FlowRow>, Totals) {
        let rows = self.groups.flow.iter().collect();
        let ranked = Ranked::of(rows, most, |row: &&FlowRow| {
            (Reverse(row.record.ip_bytes), row.record.key, row.record.first)
        });
        (ranked, self.groups.flow_overflow)
    }

    /// Returns the totals by time and path in order of time, with traffic without a timestamp last. Each bucket is
    /// [`Self::bucket_ns`] wide.
    pub fn times(&self) -> Vec<TimeRow> {
        let width = self.bucket_ns();
        let mut sums: BTreeMap<(u64, PathId), Totals> = BTreeMap::new();
        for ((start_ns, path), totals) in &self.groups.time {
            *sums.entry((start_ns - start_ns % width, *path)).or_default() += *totals;
        }
        let timed = sums.into_iter().map(|((start_ns, path), totals)| (Some(start_ns), path, totals));
        let untimed = self.groups.untimed.iter().map(|(path, totals)| (None, *path, *totals));
        timed.chain(untimed).map(|(start_ns, path, totals)| TimeRow { start_ns, path, totals }).collect()
    }

    /// Returns the width of a bucket in [`Self::times`]. This is the widest bucket in any part of the series, because a
    /// flow table widens its buckets to limit the size of its log.
    pub fn bucket_ns(&self) -> u64 {
        self.groups.bucket_ns.max(1)
    }

    fn add(
        &mut self,
        placer: &mut Placer<'_>,
        record: &FlowRecord,
        place: &FlowPlace,
        [wants_destination, wants_flow]: [bool; 2],
    ) {
        let totals = totals_of(record, place.sent);
        self.total += totals;
        if place.vantage.is_some() && !place.is_there {
            self.outside_sites += totals;
        }
        *self.groups.path.entry(place.path).or_default() += totals;
        *self.groups.service.entry((place.facts, place.path)).or_default() += totals;
        if wants_destination {
            let FlowKey { source, destination, .. } = record.key;
            // Packets from the client to the remote end use the path on which the flow was placed.
            let path = if place.sent {
                place.path
            } else {
                let (vantage, _) = placer.vantage_for(source);
                placer.path(vantage, placer.translated(vantage, destination))
            };
            if !self.groups.destination.add(destination, path, totals, self.options.max_rows) {
                self.groups.destination_overflow += totals;
            }
        }
        if wants_flow {
            if self.groups.flow.len() < self.options.max_rows {
                self.groups.flow.push(FlowRow { record: record.clone(), place: *place });
            } else {
                self.groups.flow_overflow += totals;
            }
        }
    }
}

/// A five-tuple as numbers, because numbers hash several times faster.
pub(in crate::sim) type PackedKey = (u128, u128, u64);

/// Packs a five-tuple. The address family is stored with the ports and the protocol, so that different five-tuples never
/// collide.
pub(in crate::sim) fn packed(key: FlowKey) -> PackedKey {
    let bits = |address| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let ports = u64::from(key.source_port) << 32 | u64::from(key.destination_port) << 16;
    let rest = ports | u64::from(key.protocol) << 8 | u64::from(key.source.is_ipv6());
    (bits(key.source), bits(key.destination), rest)
}

/// Determines from both directions who opened the conversation. A direction without a timestamp counts as the later
/// direction.
pub(in crate::sim) fn conversation<'r>(
    record: &'r FlowRecord,
    reverse: Option<&'r FlowRecord>,
) -> Conversation<'r> {
    match reverse {
        Some(reverse) if (reverse.first, reverse.key) < (record.first, record.key) => Conversation {
            first: &reverse.key,
            opened_by_source: reverse.opened,
            opened_by_destination: record.opened,
        },
        _ => Conversation {
            first: &record.key,
            opened_by_source: record.opened,
            opened_by_destination: reverse.is_some_and(|reverse| reverse.opened),
        },
    }
}

fn totals_of(record: &FlowRecord, sent: bool) -> Totals {
    Totals {
        flows: 1,
        packets: record.packets,
        frame_bytes: record.frame_bytes,
        ip_bytes: record.ip_bytes,
        sent_ip_bytes: if sent { record.ip_bytes } else { 0 },
    }
}

fn totals_of_volume(volume: &BucketVolume, sent: bool) -> Totals {
    Totals {
        flows: 1,
        packets: volume.packets,
        frame_bytes: volume.frame_bytes,
        ip_bytes: volume.ip_bytes,
        sent_ip_bytes: if sent { volume.ip_bytes } else { 0 },
    }
}
