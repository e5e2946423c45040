//! Every failure, one by one, against captured flows.
//!
//! ```text
//! FlowTable ─▶ Talks (conversations with their bytes by bucket of time)
//!                └─ for each distinct state after an outage: engines ─▶ ways ─▶ Sums ─▶ OutageResult
//! ```
//!
//! A sweep is fluid: it takes the bytes of flows by bucket of time, not packets, and compares two lasting states, as the network
//! is written and as it is once the failure has been noticed. The ways are those of a simulation, found by the same
//! code. Nothing is dropped by a full queue: what does not fit is told as bytes over capacity.
//!
//! Outages that leave the same sessions up are one state, judged once. A conversation whose decision is the same, over nothing
//! that the outage touches, keeps its way without a second look; a test holds that to looking at each.

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
use conversations::{Talks, Telling};
use state::{Case, Changed, wires};
use sums::{Sums, Ways};

/// What a link carries in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkLoad {
    /// Bits per second; `None`: not known, so it never fills.
    pub rate: Option<u64>,
    /// Bytes over the whole capture.
    pub ip_bytes: u64,
    /// The busiest bucket of time, in bits per second, rounded down.
    pub peak_bits_per_second: u64,
    /// Of `ip_bytes`, those past what the rate carries in their buckets.
    pub over_ip_bytes: u64,
}

impl LinkLoad {
    /// The busiest bucket in thousandths of the rate, rounded down.
    pub fn peak_permille(&self) -> Option<u64> {
        let permille = u128::from(self.peak_bits_per_second) * 1_000 / u128::from(self.rate?.max(1));
        Some(u64::try_from(permille).unwrap_or(u64::MAX))
    }
}

/// The gravest of what an outage does, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepVerdict {
    /// Every flow goes on as it did.
    Kept,
    /// Flows go on another way.
    Moved,
    /// Of some flows it cannot be told, or where traffic of the compliance scope goes.
    Unknown,
    /// Flows break, and go on when they begin anew.
    Reset,
    /// A link is offered more than it carries.
    Congested,
    /// Flows break, and new ones fail.
    Lost,
    /// Traffic of the compliance scope goes over the internet.
    Leaked,
}

impl SweepVerdict {
    /// The word used in every output.
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

/// What an outage does to the traffic of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageResult {
    /// Its name; `None`: the network as it is written.
    pub outage: Option<String>,
    /// By what becomes of existing flows; `None`: flows that nothing carried before either.
    pub fates: BTreeMap<Option<Continuity>, Count>,
    /// By path, once the failure is noticed.
    pub paths: BTreeMap<PathLabel, PathSum>,
    /// Of flows of which it cannot be told whether their answers arrive, by why; all of them are unknown.
    pub unanswered: BTreeMap<Unanswered, Count>,
    /// Of the compliance scope, by path and entry (the first that holds the remote end).
    pub compliance: BTreeMap<(PathLabel, String), Count>,
    /// By link and direction, of all that carry anything.
    pub links: BTreeMap<(LinkName, Direction), LinkLoad>,
    /// How long it goes unnoticed at most, in nanoseconds; `None` for what both ends know at once.
    pub detection_ns: Option<u64>,
    /// What its dead wires carry in that time, by their mean over the capture.
    pub black_holed_ip_bytes: u64,
}

impl OutageResult {
    /// Bytes of flows with one continuity.
    pub fn bytes(&self, fate: Option<Continuity>) -> u64 {
        self.fates.get(&fate).map_or(0, |count| count.volume.ip_bytes)
    }

    /// All bytes.
    pub fn total(&self) -> u64 {
        self.fates.values().map(|count| count.volume.ip_bytes).sum()
    }

    /// Bytes with an end, once the failure is noticed.
    pub fn ended(&self, end: End) -> u64 {
        self.paths.values().map(|sum| sum.tally.get(end).ip_bytes).sum()
    }

    /// Bytes of the compliance scope on the internet.
    pub fn leaked(&self) -> u64 {
        self.scoped(|path| path == Disposition::Internet)
    }

    /// Bytes of the compliance scope of which nobody can tell whether they touch the internet.
    pub fn unjudged(&self) -> u64 {
        self.scoped(is_doubtful)
    }

    /// Whether traffic of the compliance scope must not take a path, or nobody can tell.
    pub fn is_against(path: &PathLabel) -> bool {
        path.disposition == Disposition::Internet || is_doubtful(path.disposition)
    }

    fn scoped(&self, wanted: impl Fn(Disposition) -> bool) -> u64 {
        let rows = self.compliance.iter().filter(|((path, _), _)| wanted(path.disposition));
        rows.map(|(_, count)| count.volume.ip_bytes).sum()
    }

    /// Bytes over capacity, over all links and directions.
    pub fn over_capacity(&self) -> u64 {
        self.links.values().map(|load| load.over_ip_bytes).sum()
    }

    /// The link that is filled most, of those whose rate is known.
    pub fn worst_link(&self) -> Option<(&LinkName, Direction, u64)> {
        let filled = self.links.iter();
        let filled =
            filled.filter_map(|((name, direction), load)| Some((name, *direction, load.peak_permille()?)));
        // Of equal ones the first.
        filled.rev().max_by_key(|(_, _, permille)| *permille)
    }

    /// The gravest of what it does.
    pub fn verdict(&self) -> SweepVerdict {
        let told = [
            (self.leaked(), SweepVerdict::Leaked),
            (self.bytes(Some(Continuity::Lost)), SweepVerdict::Lost),
            (self.over_capacity(), SweepVerdict::Congested),
            (self.bytes(Some(Continuity::Reset)), SweepVerdict::Reset),
            (self.bytes(Some(Continuity::Unknown)) + self.unjudged(), SweepVerdict::Unknown),
            (self.bytes(Some(Continuity::Moved)), SweepVerdict::Moved),
        ];
        told.into_iter().find(|(bytes, _)| *bytes > 0).map_or(SweepVerdict::Kept, |(_, verdict)| verdict)
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

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepResult {
    /// The network as it is written.
    pub written: OutageResult,
    /// The outages, the gravest first: by verdict, then by bytes leaked, lost, over capacity, reset, unknown, moved,
    /// black-holed; of equal ones in the order in which they were asked for.
    pub outages: Vec<OutageResult>,
    /// Distinct states of the network among them.
    pub states: usize,
    /// A note for each hop that flows pass as the network is written, or their answers, and that nothing evaluates.
    pub unevaluated: BTreeSet<String>,
    /// Whether there is a compliance scope.
    pub watched: bool,
    /// Conversations.
    pub flows: u64,
    /// What they carried.
    pub volume: Volume,
    /// What was left out, since nothing says when it was captured.
    pub untimed: Volume,
    /// Of `volume`, what has a client outside the prefixes of every site and subnet, and went from the first site.
    pub outside_sites: Volume,
    /// The width of a bucket of time in nanoseconds.
    pub bucket_ns: u64,
    /// From the first packet to the last, in nanoseconds.
    pub span_ns: u64,
}

impl SweepResult {
    /// The network as it is written, then the outages.
    pub fn rows(&self) -> impl Iterator<Item = &OutageResult> {
        std::iter::once(&self.written).chain(&self.outages)
    }
}

/// A sweep that takes flows.
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
    talks: Talks,
    max_talks: usize,
    written: Sums,
    flows: u64,
    volume: Volume,
    outside: Volume,
    /// The earliest and the latest time of a packet.
    span: (PacketTime, PacketTime),
}

impl<'a> Sweep<'a> {
    /// Of these outages; of `scenario` seed, compliance scope, links and detection count. Of at most
    /// `max_talks` conversations at once; past it, what there is is judged, which compiles every engine once more.
    ///
    /// # Errors
    ///
    /// [`SimError::Compile`] where the network cannot be compiled.
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
            talks: Talks::default(),
            max_talks: max_talks.max(1),
            written: Sums::default(),
            flows: 0,
            volume: Volume::default(),
            outside: Volume::default(),
            span: (PacketTime::NONE, PacketTime::NONE),
        })
    }

    /// Takes flows that left a table, with their volumes over time: those are what counts. What of a flow is in no bucket of time is
    /// counted and left out.
    ///
    /// # Errors
    ///
    /// [`SimError::Compile`] as [`Self::new`].
    pub fn take(&mut self, flows: &EvictedFlows) -> Result<(), SimError> {
        for record in &flows.records {
            let (first, last) = self.span;
            self.span = (first.earlier(record.first), last.later(record.last));
        }
        let before = self.talks.bucket_ns;
        let State { catalog, network, .. } = &self.base.state;
        let (clients, scope) = (&*self.clients, &mut self.scope);
        self.talks.add(flows, &mut Telling { clients, scope, catalog, network });
        if let Some(factor) = self.talks.bucket_ns.checked_div(before).filter(|factor| *factor > 1) {
            self.written.widen(factor);
            self.cases.iter_mut().for_each(|case| case.sums.widen(factor));
        }
        if self.talks.list.len() >= self.max_talks { self.judge() } else { Ok(()) }
    }

    /// Judges what there is under every state.
    fn judge(&mut self) -> Result<(), SimError> {
        let Self { base, router, links, talks, .. } = self;
        let ways: Vec<_> = talks.list.iter().map(|talk| router.way(base, links, &talk.key)).collect();
        for (talk, way) in talks.list.iter().zip(&ways) {
            let mut volume = talk.sent;
            volume += talk.received;
            self.flows += 1;
            self.volume += volume;
            if !way.is_placed {
                self.outside += volume;
            }
        }
        let (base, router, links, talks): (&_, &Router, &_, &_) = (base, router, links, talks);
        let before = Ways { epoch: base, ways: &ways };
        self.written.merge(Sums::of(talks, before, before, router));
        let judged = side_by_side(&self.cases, |case| -> Result<Sums, CompileError> {
            let state = base.state.clone();
            let engines = Engines::compile(state.inputs(&case.links))?;
            let epoch = Epoch { start_ns: 0, state, links: case.links.clone(), engines };
            let (mut router, mut links) = (router.clone(), links.clone());
            router.turn(&epoch);
            let mut changed = Changed::new(case, base, &epoch, &router);
            let after: Vec<_> = talks
                .list
                .iter()
                .zip(&ways)
                .map(|(talk, way)| {
                    let kept = changed.kept(way, &talk.key);
                    kept.unwrap_or_else(|| router.way(&epoch, &mut links, &talk.key))
                })
                .collect();
            Ok(Sums::of(talks, before, Ways { epoch: &epoch, ways: &after }, &router))
        });
        for (case, sums) in self.cases.iter_mut().zip(judged) {
            case.sums.merge(sums?);
        }
        self.talks.clear();
        Ok(())
    }

    /// Judges the rest, and ends.
    ///
    /// # Errors
    ///
    /// [`SimError::Compile`] as [`Self::new`], [`SimError::NoTime`] where there were packets and none had a time,
    /// [`SimError::Conservation`] where a sum does not hold.
    pub fn finish(mut self) -> Result<SweepResult, SimError> {
        self.judge()?;
        if self.flows == 0 && self.talks.untimed.packets > 0 {
            return Err(SimError::NoTime { packets: self.talks.untimed.packets });
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
            untimed: self.talks.untimed,
            outside_sites: self.outside,
            bucket_ns: self.talks.bucket_ns.max(1),
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

    /// Bytes that pass dead wires as the network is written, by how soon the first of these is noticed on their way: a tunnel
    /// goes down with the circuit that it travels over.
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
        let bucket_ns = self.talks.bucket_ns.max(1);
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

/// What outages are ordered by, the gravest greatest.
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
