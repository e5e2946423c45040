//! The result of a simulation as plain data, and the sums that must agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Disposition;
use crate::sim::accounting::fate::{Fate, FateSum, FlowFate, PathLabel};
use crate::sim::accounting::metering::Metered;
use crate::sim::accounting::scope::Scope;
use crate::sim::accounting::service::ServiceSum;
use crate::sim::clock::timeline::TimelineEvent;
use crate::sim::error::SimError;
use crate::sim::link::{Carried, Direction, LinkFigures, Links};
use crate::sim::paths::reply::Unanswered;
use crate::sim::scenario::LinkName;
use crate::sim::volumes::{Count, End, Tally, Volume};

/// The traffic on a path in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// The number of the epoch, from 0.
    pub epoch: usize,
    /// The path from the client. Replies are counted under this path too.
    pub path: PathLabel,
    /// The number of conversations with a packet in the epoch.
    pub flows: u64,
    /// The traffic offered in the epoch, and its outcome.
    pub tally: Tally,
}

/// The traffic on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkResult {
    /// The link.
    pub name: LinkName,
    /// The figures of the link at the end of the run.
    pub figures: LinkFigures,
    /// The totals of the two directions, out and in.
    pub totals: [Carried; 2],
    /// The traffic by direction and time bucket, ordered by both.
    pub buckets: BTreeMap<(Direction, u64), Carried>,
    /// The width of a bucket in nanoseconds.
    pub bucket_ns: u64,
}

impl LinkResult {
    /// Returns the results of all links in the networks of the run, ordered by name.
    pub(in crate::sim) fn of(links: Links, figures: &BTreeMap<LinkName, LinkFigures>) -> Vec<Self> {
        let Links { names, totals, buckets, .. } = links;
        let (buckets, bucket_ns) = buckets.finish();
        let mut all: Vec<Self> = names
            .into_iter()
            .zip(totals)
            .map(|(name, totals)| Self {
                figures: figures.get(&name).copied().unwrap_or_default(),
                name,
                totals,
                buckets: BTreeMap::new(),
                bucket_ns,
            })
            .collect();
        for ((key, bucket), carried) in buckets {
            // The inverse of `bucket_key`.
            let direction = if key % 2 == 0 { Direction::Out } else { Direction::In };
            if let Some(result) = all.get_mut(key as usize / 2) {
                result.buckets.insert((direction, bucket), carried);
            }
        }
        all.sort_by(|left, right| left.name.cmp(&right.name));
        all
    }

    /// Returns the offered bits per second in the busiest bucket of a direction, rounded down.
    pub fn peak_bits_per_second(&self, direction: Direction) -> u64 {
        let of = self.buckets.iter().filter(|((own, _), _)| *own == direction);
        of.map(|(_, carried)| per_second(carried.offered.ip_bytes, self.bucket_ns)).max().unwrap_or(0)
    }
}

/// Returns bytes over a period as bits per second, rounded down.
pub fn per_second(bytes: u64, nanoseconds: u64) -> u64 {
    let bits = u128::from(bytes) * 8 * 1_000_000_000;
    u64::try_from(bits / u128::from(nanoseconds.max(1))).unwrap_or(u64::MAX)
}

/// The traffic in the compliance scope on one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplianceRow {
    /// The path.
    pub path: PathLabel,
    /// The number of conversations, counted once for each epoch in which they had a packet.
    pub flows: u64,
    /// The traffic of these conversations.
    pub volume: Volume,
}

impl ComplianceRow {
    pub(in crate::sim) fn of(scope: Scope) -> Vec<Self> {
        scope
            .sums
            .into_iter()
            .map(|(path, count)| Self { path, flows: count.flows, volume: count.volume })
            .collect()
    }

    /// Returns whether the path violates the scope.
    pub fn leaks(&self) -> bool {
        self.path.disposition == Disposition::Internet
    }
}

/// The complete result of a simulation.
#[derive(Clone, Debug)]
pub struct SimResult {
    /// The name of the scenario.
    pub name: String,
    /// The timestamp of the first packet that has one, in nanoseconds since 1970. Times of the replay are relative to it.
    pub first_ns: u64,
    /// The time of the last packet in the replay.
    pub ended_ns: u64,
    /// The start of each epoch, in nanoseconds after the first packet.
    pub epochs: Vec<u64>,
    /// Everything that happened, in order of time.
    pub happenings: Vec<TimelineEvent>,
    /// The traffic by epoch and path, in order of appearance.
    pub rows: Vec<TimelineRow>,
    /// The outcomes of packets, by the time bucket of the outcome and by path.
    pub series: BTreeMap<(u64, PathLabel), Tally>,
    /// The width of a bucket of `series` in nanoseconds.
    pub series_bucket_ns: u64,
    /// The traffic by link, ordered by kind and name.
    pub links: Vec<LinkResult>,
    /// The data that metered billing counts, by circuit.
    pub metering: Vec<Metered>,
    /// The traffic by fate.
    pub fates: BTreeMap<Fate, FateSum>,
    /// The sum over all conversations.
    pub flow_total: Tally,
    /// The traffic by service of the remote end. Services have the same names as in a plain replay.
    pub services: BTreeMap<String, ServiceSum>,
    /// Conversations with a fate other than `kept`, in the order in which they ended.
    pub changed: Vec<FlowFate>,
    /// The number of changed conversations that are not listed in `changed`.
    pub changed_left_off: u64,
    /// Conversations for which it is unknown whether replies arrive, by the first reason, with all of their traffic
    /// that counts as `unknown`.
    pub unanswered: BTreeMap<Unanswered, Count>,
    /// A note for each hop on the path of packets or replies that is not evaluated.
    pub unevaluated: BTreeSet<String>,
    /// The traffic in the compliance scope, by path.
    pub compliance: Vec<ComplianceRow>,
    /// Whether the scenario has a compliance scope.
    pub watched: bool,
    /// The decoded traffic with a timestamp.
    pub captured: Volume,
    /// The decoded traffic without a timestamp, which is not part of any other sum.
    pub untimed: Volume,
    /// The replayed traffic: `captured` times the scale.
    pub offered: Volume,
    /// The traffic that was not decoded. Its IP bytes are unknown.
    pub skipped: Volume,
    /// The traffic from clients outside the prefixes of every site and subnet, which was replayed from the first site.
    pub outside_sites: Volume,
    /// The number of packets whose timestamp is earlier than that of a previous packet.
    pub disordered: u64,
    /// The number of conversations that were evicted to stay within the limit.
    pub evicted: u64,
}

impl SimResult {
    /// Returns the offered traffic and its outcome.
    pub fn total(&self) -> Tally {
        let mut sum = Tally::default();
        for row in &self.rows {
            sum += row.tally;
        }
        sum
    }

    /// Returns the traffic in the compliance scope that used the internet.
    pub fn leaked(&self) -> Volume {
        let mut sum = Volume::default();
        for row in self.compliance.iter().filter(|row| row.leaks()) {
            sum += row.volume;
        }
        sum
    }

    /// Verifies that all sums agree: in total, by row, by conversation, by service, by link and over time.
    pub(in crate::sim) fn check(&self) -> Result<(), SimError> {
        let agree = |what: String, offered: Volume, accounted: Volume| {
            if offered == accounted {
                return Ok(());
            }
            let (offered, accounted) = (offered.ip_bytes, accounted.ip_bytes);
            Err(SimError::Conservation { what, offered, accounted })
        };
        for row in &self.rows {
            let what = format!("epoch {}, path {}", row.epoch, row.path.disposition);
            agree(what, row.tally.offered, row.tally.accounted())?;
        }
        let total = self.total();
        agree("all epochs".to_owned(), self.offered, total.offered)?;
        agree("all conversations".to_owned(), self.offered, self.flow_total.accounted())?;
        let mut over_time = Tally::default();
        for tally in self.series.values() {
            over_time += *tally;
        }
        let mut by_service = Tally::default();
        for sum in self.services.values() {
            by_service += sum.tally;
        }
        agree("all services".to_owned(), self.offered, by_service.offered)?;
        for end in End::ALL {
            agree(format!("`{}` by conversation", end.word()), total.get(end), self.flow_total.get(end))?;
            agree(format!("`{}` by service", end.word()), total.get(end), by_service.get(end))?;
            agree(format!("`{}` over time", end.word()), total.get(end), over_time.get(end))?;
        }
        for link in &self.links {
            for (direction, carried) in Direction::ALL.into_iter().zip(&link.totals) {
                let what = format!("link {} {}", link.name, direction.word());
                let mut accounted = carried.delivered;
                accounted += carried.dropped;
                accounted += carried.black_holed;
                agree(what.clone(), carried.offered, accounted)?;
                let mut over_time = Volume::default();
                for ((own, _), bucket) in &link.buckets {
                    if *own == direction {
                        over_time += bucket.offered;
                    }
                }
                agree(format!("{what} over time"), carried.offered, over_time)?;
            }
        }
        Ok(())
    }
}
