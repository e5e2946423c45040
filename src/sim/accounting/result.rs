//! The result of a simulation as plain data, and the sums that must agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Disposition;
use crate::sim::accounting::critical::{BoundVerdict, CriticalRow};
use crate::sim::accounting::fate::{Fate, FateSum, FlowFate, PathLabel};
use crate::sim::accounting::link_classes::LinkClassRow;
use crate::sim::accounting::link_result::LinkResult;
use crate::sim::accounting::metering::Metered;
use crate::sim::accounting::scope::Scope;
use crate::sim::accounting::service::ServiceSum;
use crate::sim::clock::timeline::TimelineEvent;
use crate::sim::error::SimError;
use crate::sim::link::Direction;
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
    /// Delay, jitter and loss of critical traffic and of all other traffic; empty if the scenario has neither critical
    /// traffic nor classes.
    pub critical: Vec<CriticalRow>,
    /// The traffic on links by class and critical scope; empty like `critical`.
    pub link_classes: Vec<LinkClassRow>,
    /// The critical scopes with expectations of which the capture has no packet.
    pub unmeasured: Vec<String>,
    /// The packets that clients sent over Microsoft peering with a mark that Microsoft does not keep, by mark.
    pub lost_marks: BTreeMap<u8, u64>,
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

    /// Adds what happens to these critical scopes after failures that leave the network in the same state: of each scope,
    /// the row with the worst verdict, loss and delay. Failures with equal rows share one.
    pub fn add_failures(&mut self, failures: &[String], after: Self, scopes: &[&str]) {
        let of_scope = |row: &CriticalRow| row.scope.as_deref().is_some_and(|scope| scopes.contains(&scope));
        for row in CriticalRow::worst(after.critical.into_iter().filter(of_scope).collect()) {
            let mut known = self.critical.iter_mut().filter(|known| !known.failures.is_empty());
            if let Some(known) = known.find(|known| known.is_measured_as(&row)) {
                known.failures.extend_from_slice(failures);
            } else {
                self.critical.push(CriticalRow { failures: failures.to_vec(), ..row });
            }
        }
    }

    /// Returns the worst verdict on an expectation, or `None` if nothing is expected.
    pub fn verdict(&self) -> Option<BoundVerdict> {
        let unmeasured = (!self.unmeasured.is_empty()).then_some(BoundVerdict::Unknown);
        self.critical.iter().filter_map(|row| row.verdict).chain(unmeasured).max()
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
        self.check_classes(agree)
    }

    /// Verifies that the sums of critical scopes and classes agree with all others. What still waited in a class would be
    /// missing here.
    fn check_classes(
        &self,
        agree: impl Fn(String, Volume, Volume) -> Result<(), SimError>,
    ) -> Result<(), SimError> {
        let mut by_scope = Tally::default();
        for row in &self.critical {
            let what = format!("a critical scope in epoch {}, path {}", row.epoch, row.path.disposition);
            agree(what, row.tally.offered, row.tally.accounted())?;
            by_scope += row.tally;
        }
        if !self.critical.is_empty() {
            for end in End::ALL {
                let what = format!("`{}` by critical scope", end.word());
                agree(what, self.total().get(end), by_scope.get(end))?;
            }
        }
        let mut by_link: BTreeMap<(&LinkName, Direction), Volume> = BTreeMap::new();
        for row in &self.link_classes {
            let class = row.class.as_deref().unwrap_or("all");
            let what = format!("class {class} of link {} {}", row.link, row.direction.word());
            agree(what, row.sum.offered, row.sum.accounted())?;
            *by_link.entry((&row.link, row.direction)).or_default() += row.sum.offered;
        }
        for ((name, direction), offered) in by_link {
            let link = self.links.iter().find(|link| link.name == *name);
            let total = link.and_then(|link| link.totals.get(direction as usize));
            let total = total.map(|carried| carried.offered).unwrap_or_default();
            agree(format!("all classes of link {name} {}", direction.word()), total, offered)?;
        }
        Ok(())
    }
}
