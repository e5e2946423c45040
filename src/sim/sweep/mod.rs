//! Applies every single failure to captured flows.
//!
//! ```text
//! FlowTable ─▶ Talks (conversations with their bytes by bucket of time)
//!                └─ for each distinct state after an outage: engines ─▶ ways ─▶ Sums ─▶ OutageResult
//! ```
//!
//! A sweep uses a fluid model: it evaluates the bytes of flows by time bucket instead of packets, and compares two
//! stable states, the network as written and the network after the failure has been detected. Paths are found by the
//! same code as in a simulation. No queue drops packets. Traffic that exceeds the bandwidth is reported as bytes over
//! capacity.
//!
//! Outages that leave the same sessions up result in a single state, which is evaluated once. If a conversation has the
//! same decision as before and does not depend on anything that the outage affects, it keeps its path without another
//! evaluation. A test compares this with evaluating each conversation.

mod conversations;
mod state;
mod sums;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use sums::PathSum;

use super::error::SimError;
use super::link::{Direction, Links};
use super::scenario::{LinkName, Scenario, SessionName};
use crate::addr::IpPrefix;
use crate::engine::{CompileError, Continuity, Disposition, LinkState, Outage};
use crate::flow::{EvictedFlows, PacketTime};
use crate::parallel::side_by_side;
use crate::sim::accounting::fate::PathLabel;
use crate::sim::accounting::figures::figures;
use crate::sim::accounting::result::per_second;
use crate::sim::accounting::scope::Scope;
use crate::sim::clock::engines::Engines;
use crate::sim::clock::state::{Setting, State};
use crate::sim::clock::timeline::{Epoch, noticed_ns};
use crate::sim::paths::conversation::Router;
use crate::sim::paths::reply::Unanswered;
use crate::sim::volumes::{Count, End, Volume};
use conversations::{Classifier, Conversations};
use state::{Case, Changed, wires};
use sums::{StatePaths, Sums};

/// The load of a link in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkLoad {
    /// The rate in bits per second; `None` if unknown, in which case the link never fills.
    pub rate: Option<u64>,
    /// Bytes over the whole capture.
    pub ip_bytes: u64,
    /// Bits per second in the busiest time bucket, rounded down.
    pub peak_bits_per_second: u64,
    /// The bytes in `ip_bytes` that exceed the rate in their time bucket.
    pub over_ip_bytes: u64,
}

impl LinkLoad {
    /// Returns the load in the busiest bucket, in thousandths of the rate, rounded down.
    pub fn peak_permille(&self) -> Option<u64> {
        let permille = u128::from(self.peak_bits_per_second) * 1_000 / u128::from(self.rate?.max(1));
        Some(u64::try_from(permille).unwrap_or(u64::MAX))
    }
}

/// The most severe effect of an outage. The effects are ordered from the mildest to the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepVerdict {
    /// All flows continue unchanged.
    Kept,
    /// Flows continue over another path.
    Moved,
    /// The effect on some flows, or the path of traffic in the compliance scope, is unknown.
    Unknown,
    /// Flows are interrupted, and continue after they are re-established.
    Reset,
    /// The load of a link exceeds its rate.
    Congested,
    /// Flows are interrupted, and new flows fail.
    Lost,
    /// Traffic in the compliance scope uses the internet.
    Leaked,
}

impl SweepVerdict {
    /// Returns the word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
            Self::Reset => "reset",
            Self::Congested => "congested",
            Self::Lost => "lost",
            Self::Leaked => "leaked",
        }
    }
}

/// The effect of an outage on the traffic of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageResult {
    /// The name of the outage; `None` for the network as written.
    pub outage: Option<String>,
    /// The traffic by effect on existing flows; `None` for flows whose packets or replies are lost in the network as
    /// written too.
    pub fates: BTreeMap<Option<Continuity>, Count>,
    /// The traffic by path after the failure has been detected.
    pub paths: BTreeMap<PathLabel, PathSum>,
    /// Flows for which it is unknown whether replies arrive, by reason. All of these flows count as unknown.
    pub unanswered: BTreeMap<Unanswered, Count>,
    /// The traffic in the compliance scope by path and entry (the first that contains the remote end).
    pub compliance: BTreeMap<(PathLabel, String), Count>,
    /// The load by link and direction, for all links with traffic.
    pub links: BTreeMap<(LinkName, Direction), LinkLoad>,
    /// The maximum time until the outage is detected in nanoseconds; `None` if both ends know immediately.
    pub detection_ns: Option<u64>,
    /// The traffic lost on dead links until the outage is detected, based on the mean traffic over the capture.
    pub black_holed_ip_bytes: u64,
}

impl OutageResult {
    /// Returns the bytes of flows with one effect.
    pub fn bytes(&self, fate: Option<Continuity>) -> u64 {
        self.fates.get(&fate).map_or(0, |count| count.volume.ip_bytes)
    }

    /// Returns the bytes of all flows.
    pub fn total(&self) -> u64 {
        self.fates.values().map(|count| count.volume.ip_bytes).sum()
    }

    /// Returns the bytes with an outcome after the failure has been detected.
    pub fn ended(&self, end: End) -> u64 {
        self.paths.values().map(|sum| sum.tally.get(end).ip_bytes).sum()
    }

    /// Returns the bytes in the compliance scope that use the internet.
    pub fn leaked(&self) -> u64 {
        self.scoped(|path| path == Disposition::Internet)
    }

    /// Returns the bytes in the compliance scope for which it is unknown whether they use the internet.
    pub fn undetermined(&self) -> u64 {
        self.scoped(is_doubtful)
    }

    /// Returns whether a path is forbidden for traffic in the compliance scope, or whether this is unknown.
    pub fn is_against(path: &PathLabel) -> bool {
        path.disposition == Disposition::Internet || is_doubtful(path.disposition)
    }

    fn scoped(&self, wanted: impl Fn(Disposition) -> bool) -> u64 {
        let rows = self.compliance.iter().filter(|((path, _), _)| wanted(path.disposition));
        rows.map(|(_, count)| count.volume.ip_bytes).sum()
    }

    /// Returns the bytes over capacity, summed over all links and directions.
    pub fn over_capacity(&self) -> u64 {
        self.links.values().map(|load| load.over_ip_bytes).sum()
    }

    /// Returns the link with the highest load relative to its rate, among links with a known rate.
    pub fn worst_link(&self) -> Option<(&LinkName, Direction, u64)> {
        let filled = self.links.iter();
        let filled =
            filled.filter_map(|((name, direction), load)| Some((name, *direction, load.peak_permille()?)));
        // The first of several equal links is returned.
        filled.rev().max_by_key(|(_, _, permille)| *permille)
    }

    /// Returns the most severe effect of the outage.
    pub fn verdict(&self) -> SweepVerdict {
        let effects = [
            (self.leaked(), SweepVerdict::Leaked),
            (self.bytes(Some(Continuity::Lost)), SweepVerdict::Lost),
            (self.over_capacity(), SweepVerdict::Congested),
            (self.bytes(Some(Continuity::Reset)), SweepVerdict::Reset),
            (self.bytes(Some(Continuity::Unknown)) + self.undetermined(), SweepVerdict::Unknown),
            (self.bytes(Some(Continuity::Moved)), SweepVerdict::Moved),
        ];
        effects.into_iter().find(|(bytes, _)| *bytes > 0).map_or(SweepVerdict::Kept, |(_, verdict)| verdict)
    }

    fn check(&self) -> Result<(), SimError> {
        let name = self.outage.as_deref().unwrap_or("none");
        let total = self.total();
        let agree = |what: &str, accounted: u64| {
            let what = format!("outage {name}, {what}");
            if total == accounted {
                return Ok(());
            }
            Err(SimError::Conservation { what, offered: total, accounted })
        };
        agree("all paths", self.paths.values().map(|sum| sum.tally.offered.ip_bytes).sum())?;
        agree("all ends", End::ALL.iter().map(|end| self.ended(*end)).sum())
    }
}

/// The result of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepResult {
    /// The result for the network as written.
    pub written: OutageResult,
    /// The outages, the most severe first: by verdict, then by bytes leaked, lost, over capacity, reset, unknown, moved
    /// and black-holed, then in the order in which they were requested.
    pub outages: Vec<OutageResult>,
    /// The number of distinct states of the network that result from the outages.
    pub states: usize,
    /// A note for each hop that is not evaluated and is on the path of flows or their replies in the network as
    /// written.
    pub unevaluated: BTreeSet<String>,
    /// Whether there is a compliance scope.
    pub watched: bool,
    /// The number of conversations.
    pub flows: u64,
    /// The traffic of these conversations.
    pub volume: Volume,
    /// The traffic that was skipped because it has no timestamp.
    pub untimed: Volume,
    /// The traffic in `volume` from clients outside the prefixes of every site and subnet, which was evaluated from the
    /// first site.
    pub outside_sites: Volume,
    /// The width of a time bucket in nanoseconds.
    pub bucket_ns: u64,
    /// The time from the first to the last packet, in nanoseconds.
    pub span_ns: u64,
}

impl SweepResult {
    /// Returns the network as written, then the outages.
    pub fn rows(&self) -> impl Iterator<Item = &OutageResult> {
        std::iter::once(&self.written).chain(&self.outages)
    }
}

/// A sweep over outages, to which flows can be added.
#[derive(Debug)]
pub struct Sweep<'a> {
    scenario: &'a Scenario,
    outages: Vec<Outage>,
    base: Epoch<'a>,
    cases: Vec<Case>,
    router: Router,
    links: Links,
    clients: Vec<IpPrefix>,
    scope: Scope,
    conversations: Conversations,
    max_talks: usize,
    written: Sums,
    flows: u64,
    volume: Volume,
    outside: Volume,
    /// The earliest and the latest time of a packet.
    span: (PacketTime, PacketTime),
}

impl<'a> Sweep<'a> {
    /// Creates a sweep over these outages. Only the seed, compliance scope, links and detection in `scenario` are used.
    /// At most `max_talks` conversations are kept at the same time. When this number is reached, the kept conversations
    /// are evaluated, for which all engines are compiled once more.
    ///
    /// # Errors
    ///
    /// Returns [`SimError::Compile`] if the network cannot be compiled.
    pub fn new(
        setting: Setting<'a>,
        scenario: &'a Scenario,
        outages: Vec<Outage>,
        max_talks: usize,
    ) -> Result<Self, SimError> {
        let state = State::new(setting);
        let written = LinkState::as_written();
        let engines = Engines::compile(state.inputs(&written))?;
        let base = Epoch { start_ns: 0, state, links: written, engines };
        let network = Arc::clone(&base.state.network);
        let (mut router, mut links) = (Router::new(scenario.seed), Links::new(1));
        router.turn(&base);
        for name in LinkName::all(&network) {
            links.index(&name);
        }
        Ok(Self {
            cases: Case::all(&network, &outages),
            clients: network.sites.iter().flat_map(|site| &site.prefixes).map(|one| one.value).collect(),
            scope: Scope::new(scenario.compliance.clone()),
            scenario,
            outages,
            base,
            router,
            links,
            conversations: Conversations::default(),
            max_talks: max_talks.max(1),
            written: Sums::default(),
            flows: 0,
            volume: Volume::default(),
            outside: Volume::default(),
            span: (PacketTime::NONE, PacketTime::NONE),
        })
    }

    /// Adds flows that left a flow table, with their traffic over time. Traffic of a flow that is in no time bucket is
    /// counted separately and otherwise ignored.
    ///
    /// # Errors
    ///
    /// Returns [`SimError::Compile`] like [`Self::new`].
    pub fn take(&mut self, flows: &EvictedFlows) -> Result<(), SimError> {
        for record in &flows.records {
            let (first, last) = self.span;
            self.span = (first.earlier(record.first), last.later(record.last));
        }
        let before = self.conversations.bucket_ns;
        let State { catalog, network, .. } = &self.base.state;
        let (clients, scope) = (&*self.clients, &mut self.scope);
        self.conversations.add(flows, &mut Classifier { clients, scope, catalog, network });
        if let Some(factor) = self.conversations.bucket_ns.checked_div(before).filter(|factor| *factor > 1) {
            self.written.widen(factor);
            self.cases.iter_mut().for_each(|case| case.sums.widen(factor));
        }
        if self.conversations.list.len() >= self.max_talks { self.evaluate() } else { Ok(()) }
    }

    /// Evaluates the collected conversations in every state.
    fn evaluate(&mut self) -> Result<(), SimError> {
        let Self { base, router, links, conversations, .. } = self;
        let ways: Vec<_> = conversations.list.iter().map(|talk| router.way(base, links, &talk.key)).collect();
        for (talk, way) in conversations.list.iter().zip(&ways) {
            let mut volume = talk.sent;
            volume += talk.received;
            self.flows += 1;
            self.volume += volume;
            if !way.is_placed {
                self.outside += volume;
            }
        }
        let (base, router, links, conversations): (&_, &Router, &_, &_) =
            (base, router, links, conversations);
        let before = StatePaths { epoch: base, ways: &ways };
        self.written.merge(Sums::of(conversations, before, before, router));
        let evaluated = side_by_side(&self.cases, |case| -> Result<Sums, CompileError> {
            let state = base.state.clone();
            let engines = Engines::compile(state.inputs(&case.links))?;
            let epoch = Epoch { start_ns: 0, state, links: case.links.clone(), engines };
            let (mut router, mut links) = (router.clone(), links.clone());
            router.turn(&epoch);
            let mut changed = Changed::new(case, base, &epoch, &router);
            let after: Vec<_> = conversations
                .list
                .iter()
                .zip(&ways)
                .map(|(talk, way)| {
                    let kept = changed.kept(way, &talk.key);
                    kept.unwrap_or_else(|| router.way(&epoch, &mut links, &talk.key))
                })
                .collect();
            Ok(Sums::of(conversations, before, StatePaths { epoch: &epoch, ways: &after }, &router))
        });
        for (case, sums) in self.cases.iter_mut().zip(evaluated) {
            case.sums.merge(sums?);
        }
        self.conversations.clear();
        Ok(())
    }

    /// Evaluates the remaining conversations, and ends the sweep.
    ///
    /// # Errors
    ///
    /// Returns [`SimError::Compile`] like [`Self::new`], [`SimError::NoTime`] if there were packets but none had a
    /// timestamp, and [`SimError::Conservation`] if the sums do not agree.
    pub fn finish(mut self) -> Result<SweepResult, SimError> {
        self.evaluate()?;
        if self.flows == 0 && self.conversations.untimed.packets > 0 {
            return Err(SimError::NoTime { packets: self.conversations.untimed.packets });
        }
        let (first, last) = self.span;
        let span_ns = last.ns().zip(first.ns()).map_or(0, |(last, first)| last.saturating_sub(first));
        let written = self.result(None, &self.written, span_ns);
        let mut outages = vec![None; self.outages.len()];
        for case in &self.cases {
            for index in &case.outages {
                let outage = self.outages.get(*index);
                if let Some(place) = outages.get_mut(*index) {
                    *place = Some(self.result(outage, &case.sums, span_ns));
                }
            }
        }
        let mut outages: Vec<OutageResult> = outages.into_iter().flatten().collect();
        outages.sort_by_key(|one| std::cmp::Reverse(rank(one)));
        for one in std::iter::once(&written).chain(&outages) {
            one.check()?;
        }
        Ok(SweepResult {
            written,
            outages,
            states: self.cases.len(),
            unevaluated: self.router.unevaluated,
            watched: !self.scenario.compliance.is_empty(),
            flows: self.flows,
            volume: self.volume,
            untimed: self.conversations.untimed,
            outside_sites: self.outside,
            bucket_ns: self.conversations.bucket_ns.max(1),
            span_ns,
        })
    }

    fn result(&self, outage: Option<&Outage>, sums: &Sums, span_ns: u64) -> OutageResult {
        let network = &self.base.state.network;
        let mut detection_ns = None;
        let mut black_holed: u128 = 0;
        let dead: BTreeSet<SessionName> = outage.map(|outage| wires(network, outage)).unwrap_or_default();
        for ((noticed, _), bytes) in self.until_noticed(&dead) {
            detection_ns = detection_ns.max(Some(noticed));
            let share = u128::from(bytes) * u128::from(noticed.min(span_ns));
            black_holed += share.checked_div(u128::from(span_ns)).unwrap_or(u128::from(bytes));
        }
        let entry = |index| self.scenario.compliance.entry(index).unwrap_or_default();
        let scoped = sums.scoped.iter();
        let compliance =
            scoped.map(|((path, index), count)| ((path.clone(), entry(*index)), *count)).collect();
        OutageResult {
            outage: outage.map(|outage| outage.name.clone()),
            fates: sums.fates.clone(),
            paths: sums.paths.clone(),
            unanswered: sums.unanswered.clone(),
            compliance,
            links: self.loads(sums),
            detection_ns,
            black_holed_ip_bytes: u64::try_from(black_holed).unwrap_or(u64::MAX),
        }
    }

    /// Returns the bytes that use dead links in the network as written, by the earliest detection of a dead link on
    /// their path: a tunnel goes down together with the circuit that it uses.
    fn until_noticed(&self, dead: &BTreeSet<SessionName>) -> BTreeMap<(u64, SessionName), u64> {
        let network = &self.base.state.network;
        let mut all = BTreeMap::new();
        for ((route, direction), bytes) in self.written.routes.iter().filter(|_| !dead.is_empty()) {
            let Some(route) = self.router.routes.get(*route as usize).filter(|_| *bytes > 0) else {
                continue;
            };
            let hops = if *direction == Direction::Out { &route.out.0 } else { &route.answers.0 };
            let passed = hops.iter().filter_map(|hop| self.router.session_name(hop.session?));
            let passed = passed.filter(|session| dead.contains(session));
            let noticed = passed.map(|session| {
                (noticed_ns(network, session, self.scenario.detection), std::cmp::Reverse(session))
            });
            if let Some((noticed, std::cmp::Reverse(session))) = noticed.min() {
                *all.entry((noticed, session.clone())).or_default() += *bytes;
            }
        }
        all
    }

    fn loads(&self, sums: &Sums) -> BTreeMap<(LinkName, Direction), LinkLoad> {
        let network = &self.base.state.network;
        let known = figures(network, self.scenario, &BTreeMap::new());
        let rates: BTreeMap<LinkName, Option<u64>> =
            known.into_iter().map(|(name, figures)| (name, figures.rate)).collect();
        let bucket_ns = self.conversations.bucket_ns.max(1);
        let mut loads: BTreeMap<(LinkName, Direction), LinkLoad> = BTreeMap::new();
        for ((link, direction, _), bytes) in &sums.links {
            let Some(name) = self.links.names.get(*link as usize) else { continue };
            let load = loads.entry((name.clone(), *direction)).or_default();
            load.rate = rates.get(name).copied().flatten();
            load.ip_bytes += bytes;
            load.peak_bits_per_second = load.peak_bits_per_second.max(per_second(*bytes, bucket_ns));
            let fits = |rate: u64| u128::from(rate) * u128::from(bucket_ns) / 8_000_000_000;
            let over = load.rate.map_or(0, |rate| u128::from(*bytes).saturating_sub(fits(rate)));
            load.over_ip_bytes += u64::try_from(over).unwrap_or(u64::MAX);
        }
        loads
    }
}

fn is_doubtful(path: Disposition) -> bool {
    matches!(path, Disposition::Unknown | Disposition::Ambiguous)
}

/// Returns the sort key of an outage. The most severe outage has the greatest key.
fn rank(one: &OutageResult) -> (SweepVerdict, [u64; 7]) {
    let bytes = |fate| one.bytes(Some(fate));
    let amounts = [
        one.leaked(),
        bytes(Continuity::Lost),
        one.over_capacity(),
        bytes(Continuity::Reset),
        bytes(Continuity::Unknown),
        bytes(Continuity::Moved),
        one.black_holed_ip_bytes,
    ];
    (one.verdict(), amounts)
}
