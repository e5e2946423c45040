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
mod result;
mod state;
mod sums;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use result::{LinkLoad, OutageResult, SweepResult, SweepVerdict};
pub use state::single_failures;
pub use sums::PathSum;

use super::error::SimError;
use super::link::{Direction, Links};
use super::scenario::{LinkName, Scenario, SessionName};
use crate::addr::IpPrefix;
use crate::engine::{CompileError, Continuity, LinkState, Outage};
use crate::flow::{EvictedFlows, PacketTime};
use crate::parallel::side_by_side;
use crate::sim::accounting::figures::figures;
use crate::sim::accounting::link_result::per_second;
use crate::sim::accounting::scope::Scope;
use crate::sim::clock::engines::Engines;
use crate::sim::clock::state::{Setting, State};
use crate::sim::clock::timeline::{Epoch, noticed_ns};
use crate::sim::paths::conversation::Router;
use crate::sim::volumes::{Volume, scaled};
use conversations::{Classifier, Conversations};
use state::{Case, Changed, wires};
use sums::{StatePaths, Sums};

/// A sweep over outages, to which flows can be added.
#[derive(Debug)]
pub struct Sweep<'a> {
    scenario: &'a Scenario,
    scale_thousandths: u64,
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
            scale_thousandths: 1_000,
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

    /// Multiplies the traffic of the capture by a factor in thousandths. Numbers of conversations stay the same. The
    /// load of a link is multiplied by time bucket, and every other amount as a sum; each is rounded down.
    #[must_use]
    pub fn scaled(self, thousandths: u64) -> Self {
        Self { scale_thousandths: thousandths, ..self }
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
        let scale_thousandths = self.scale_thousandths;
        Ok(SweepResult {
            written: written.scaled(scale_thousandths),
            outages: outages.into_iter().map(|one| one.scaled(scale_thousandths)).collect(),
            states: self.cases.len(),
            unevaluated: self.router.unevaluated,
            watched: !self.scenario.compliance.is_empty(),
            flows: self.flows,
            volume: self.volume.scaled(scale_thousandths),
            untimed: self.conversations.untimed,
            outside_sites: self.outside.scaled(scale_thousandths),
            bucket_ns: self.conversations.bucket_ns.max(1),
            span_ns,
            scale_thousandths,
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
            let carried = load.rate.map(|rate| u128::from(rate) * u128::from(bucket_ns) / 8_000_000_000);
            let fits = carried.and_then(|carried| largest_factor(*bytes, carried));
            load.fits_thousandths = load.fits_thousandths.into_iter().chain(fits).min();
            let bytes = scaled(*bytes, self.scale_thousandths);
            load.ip_bytes = load.ip_bytes.saturating_add(bytes);
            load.peak_bits_per_second = load.peak_bits_per_second.max(per_second(bytes, bucket_ns));
            let over = carried.map_or(0, |carried| u128::from(bytes).saturating_sub(carried));
            load.over_ip_bytes = load.over_ip_bytes.saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
        }
        loads
    }
}

/// Returns the largest factor, in thousandths, by which the bytes of a bucket can be multiplied (rounded down) without
/// exceeding what the link carries in the bucket; `None` without bytes, which fit with any factor.
fn largest_factor(bytes: u64, carried: u128) -> Option<u64> {
    let last = ((carried + 1) * 1_000 - 1).checked_div(u128::from(bytes))?;
    Some(u64::try_from(last).unwrap_or(u64::MAX))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every factor tried one after the other gives the same.
    #[test]
    fn the_largest_factor_is_the_last_that_fits() {
        for bytes in [1, 7, 999, 1_000, 1_001, 65_537] {
            for carried in [0, 1, 6, 7, 1_000, 1_234] {
                let fits = |factor: &u64| u128::from(scaled(bytes, *factor)) <= carried;
                let tried = (0..=2_000_000).take_while(fits).last();
                assert_eq!(largest_factor(bytes, carried), tried, "{bytes} bytes of {carried}");
            }
        }
        assert_eq!(largest_factor(0, 5), None);
        assert_eq!(largest_factor(1, u128::MAX / 2_000), Some(u64::MAX));
    }
}
