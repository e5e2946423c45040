//! What a simulation found, as plain data, and the sums that must hold.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Disposition;
use crate::sim::accounting::fate::{Fate, FateSum, FlowFate, PathLabel};
use crate::sim::accounting::scope::Scope;
use crate::sim::accounting::service::ServiceSum;
use crate::sim::clock::timeline::Happening;
use crate::sim::error::SimError;
use crate::sim::link::{Carried, Direction, LinkFigures, Links};
use crate::sim::paths::reply::Unanswered;
use crate::sim::scenario::LinkName;
use crate::sim::volumes::{Count, End, Tally, Volume};

/// What took a path in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// The number of the epoch, from 0.
    pub epoch: usize,
    /// The path from the client; answers count to it too.
    pub path: PathLabel,
    /// Conversations with a packet in the epoch.
    pub flows: u64,
    /// What was offered in the epoch, and what became of it.
    pub tally: Tally,
}

/// What a link carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkResult {
    /// The link.
    pub name: LinkName,
    /// Its figures in the end.
    pub figures: LinkFigures,
    /// Out, then in.
    pub totals: [Carried; 2],
    /// By direction and bucket of time, in the order of both.
    pub buckets: BTreeMap<(Direction, u64), Carried>,
    /// The width of a bucket in nanoseconds.
    pub bucket_ns: u64,
}

impl LinkResult {
    /// Of all links that exist in a network of the run, in the order in which they came up.
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
            // As `bucket_key` has it.
            let direction = if key % 2 == 0 { Direction::Out } else { Direction::In };
            if let Some(result) = all.get_mut(key as usize / 2) {
                result.buckets.insert((direction, bucket), carried);
            }
        }
        all.sort_by(|left, right| left.name.cmp(&right.name));
        all
    }

    /// The busiest bucket of a direction: its offered bits per second, rounded down.
    pub fn peak_bits_per_second(&self, direction: Direction) -> u64 {
        let of = self.buckets.iter().filter(|((own, _), _)| *own == direction);
        of.map(|(_, carried)| per_second(carried.offered.ip_bytes, self.bucket_ns)).max().unwrap_or(0)
    }
}

/// Bytes in a stretch of time as bits per second, rounded down.
pub fn per_second(bytes: u64, nanoseconds: u64) -> u64 {
    let bits = u128::from(bytes) * 8 * 1_000_000_000;
    u64::try_from(bits / u128::from(nanoseconds.max(1))).unwrap_or(u64::MAX)
}

/// What of the compliance scope took a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplianceRow {
    /// The path.
    pub path: PathLabel,
    /// Conversations, once for each epoch in which they had a packet.
    pub flows: u64,
    /// Their traffic.
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

    /// Whether it is against the scope.
    pub fn leaks(&self) -> bool {
        self.path.disposition == Disposition::Internet
    }
}

/// All that a simulation found.
#[derive(Clone, Debug)]
pub struct SimResult {
    /// The scenario.
    pub name: String,
    /// The time of the first packet that has one, in nanoseconds since 1970; times of the replay count from it.
    pub first_ns: u64,
    /// The time of the last packet in the replay.
    pub ended_ns: u64,
    /// When each epoch begins.
    pub epochs: Vec<u64>,
    /// What happened, in the order of time.
    pub happenings: Vec<Happening>,
    /// By epoch and path, in the order in which they came up.
    pub rows: Vec<TimelineRow>,
    /// What became of packets, by the bucket of time in which it did, and path.
    pub series: BTreeMap<(u64, PathLabel), Tally>,
    /// The width of a bucket of `series` in nanoseconds.
    pub series_bucket_ns: u64,
    /// By link, in the order of their kinds and names.
    pub links: Vec<LinkResult>,
    /// By fate.
    pub fates: BTreeMap<Fate, FateSum>,
    /// The sum over all conversations.
    pub flow_total: Tally,
    /// By service of the remote end, as a plain replay names it.
    pub services: BTreeMap<String, ServiceSum>,
    /// Conversations with any fate but `kept`, in the order in which they left.
    pub changed: Vec<FlowFate>,
    /// How many more there were.
    pub changed_left_off: u64,
    /// Conversations of which it cannot be told whether their answers arrive, by the first reason for it, with all that
    /// counts as `unknown` of them.
    pub unanswered: BTreeMap<Unanswered, Count>,
    /// A note for each hop that packets or answers passed and that nothing evaluates.
    pub unevaluated: BTreeSet<String>,
    /// What of the compliance scope took which path.
    pub compliance: Vec<ComplianceRow>,
    /// Whether the scenario has a compliance scope.
    pub watched: bool,
    /// What was decoded and has a time.
    pub captured: Volume,
    /// What was decoded and has no time: it is in none of the other sums.
    pub untimed: Volume,
    /// What was replayed: `captured` times the scale.
    pub offered: Volume,
    /// What was not decoded; its IP bytes are not known.
    pub skipped: Volume,
    /// What has a client outside the prefixes of every site and subnet, and was replayed from the first site.
    pub outside_sites: Volume,
    /// Packets that were captured later than one before them.
    pub disordered: u64,
    /// Conversations that were let go to stay within the bound.
    pub evicted: u64,
}

impl SimResult {
    /// What was offered, and what became of it.
    pub fn total(&self) -> Tally {
        let mut sum = Tally::default();
        for row in &self.rows {
            sum += row.tally;
        }
        sum
    }

    /// Traffic of the compliance scope on the internet.
    pub fn leaked(&self) -> Volume {
        let mut sum = Volume::default();
        for row in self.compliance.iter().filter(|row| row.leaks()) {
            sum += row.volume;
        }
        sum
    }

    /// Whether every sum holds: in all, by row, by conversation, by service, by link and over time.
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
