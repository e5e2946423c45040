//! Replays one variant: sends packets in the order of the capture through the epochs of its timeline.
//!
//! ```text
//! TimedPacket ─▶ clock ─▶ epoch ─▶ conversation ─▶ way ─▶ link ─▶ … ─▶ end ─▶ timeline, links, fates
//!                                                      └ on the way to the next link: a heap by time
//! ```
//!
//! A replay is an open loop: packets are offered at the time of their capture, regardless of earlier losses. No sender
//! slows down or retransmits. The clock is the latest time seen, so a packet out of order is replayed at the same time
//! as the packet before it.
//!
//! The result depends only on the order of packets, so batches may be split anywhere. Memory grows with the number of
//! conversations (bounded, and evictions are counted), links × time buckets (bounded by widening buckets) and packets
//! between two links.

mod finish;
mod fly;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::error::SimError;
use super::flight::{Flight, Ids, OTHER, ScopeIndex};
use super::link::{Direction, Links};
use super::queueing::LinkFigures;
use super::scenario::{DscpSet, LinkName, Scenario, SessionName};
use super::shapers::Shapers;
use crate::addr::FlowKey;
use crate::engine::{Conversation as Seen, Disposition, Outage, orient};
use crate::flow::TimedPacket;
use crate::network::{Network, PeeringKind};
use crate::sim::accounting::conversation::{Conversation, Fates};
use crate::sim::accounting::critical::CriticalSums;
use crate::sim::accounting::fate::PathLabel;
use crate::sim::accounting::figures::figures;
use crate::sim::accounting::link_classes::ClassSums;
use crate::sim::accounting::result::TimelineRow;
use crate::sim::accounting::scope::Scope;
use crate::sim::accounting::scopes::{Candidates, Scopes};
use crate::sim::clock::timeline::{Setup, Timeline};
use crate::sim::counting::hash;
use crate::sim::counting::outcome::{PackedKey, packed};
use crate::sim::paths::conversation::Router;
use crate::sim::time_buckets::Buckets;
use crate::sim::volumes::{Count, End, Tally, Volume};

/// The options of a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimOptions {
    /// The maximum number of conversations kept at the same time, and of changed conversations kept for the report; at
    /// least 1.
    pub max_flows: usize,
    /// The width of a time bucket in nanoseconds; 0 counts as 1.
    pub bucket_ns: u64,
}

/// Additional facts about a row of the timeline.
#[derive(Clone, Copy, Debug)]
struct RowFacts {
    /// The index of the row's path.
    path: u32,
    /// The traffic in the compliance scope that counts towards the row.
    scoped: Count,
}

/// What is measured for scenarios with critical traffic or classes.
#[derive(Debug)]
struct Measured {
    scopes: Scopes,
    critical: CriticalSums,
    classes: ClassSums,
}

impl Measured {
    fn of(scenario: &Scenario) -> Option<Self> {
        let asked = !scenario.critical.is_empty() || scenario.links.iter().any(|link| !link.qos.is_empty());
        asked.then(|| Self {
            scopes: Scopes::new(&scenario.critical),
            critical: CriticalSums::default(),
            classes: ClassSums::default(),
        })
    }
}

/// The replay of one variant.
#[derive(Debug)]
pub struct Simulation<'a> {
    setup: Setup<'a>,
    scenario: &'a Scenario,
    options: SimOptions,
    /// The failure after which the network is replayed, in place of the scenario's events.
    outage: Option<Outage>,
    first_ns: Option<u64>,
    timeline: Timeline<'a>,
    epoch: usize,
    now_ns: u64,
    router: Router,
    links: Links,
    /// The links with classes; all others have a queue in `links`.
    shapers: Shapers,
    figures: BTreeMap<LinkName, LinkFigures>,
    /// Whether the link of each session is dead, in the order of session indexes.
    dead: Vec<bool>,
    clients: Vec<crate::addr::IpPrefix>,
    conversations: Vec<Option<Conversation>>,
    free: Vec<u32>,
    /// Slots by [`both_ways`].
    index: hash::HashMap<PackedKey, u32>,
    flights: BinaryHeap<Reverse<Flight>>,
    sequence: u64,
    scope: Scope,
    /// Delays and classes, which are only measured if the scenario asks for them.
    measured: Option<Measured>,
    /// The packets sent to Microsoft over Microsoft peering with a mark that it does not keep, by mark.
    lost_marks: BTreeMap<u8, u64>,
    rows: Vec<TimelineRow>,
    /// Facts by row.
    row_facts: Vec<RowFacts>,
    paths: Vec<PathLabel>,
    row_of: HashMap<(usize, u32), u32, foldhash::fast::FixedState>,
    /// Sums by path index.
    series: Buckets<Tally>,
    fates: Fates,
    captured: Volume,
    untimed: Volume,
    offered: Volume,
    outside: Volume,
    disordered: u64,
    evicted: u64,
}

impl<'a> Simulation<'a> {
    /// Creates a replay that has not started.
    pub fn new(setup: Setup<'a>, scenario: &'a Scenario, options: SimOptions) -> Self {
        let mut links = Links::new(options.bucket_ns);
        let shapers = Shapers::new(&scenario.links, &mut links);
        Self {
            outage: None,
            links,
            shapers,
            measured: Measured::of(scenario),
            lost_marks: BTreeMap::new(),
            first_ns: None,
            timeline: Timeline { epochs: Vec::new(), happenings: Vec::new() },
            epoch: 0,
            now_ns: 0,
            router: Router::new(scenario.seed),
            figures: BTreeMap::new(),
            dead: Vec::new(),
            clients: Vec::new(),
            conversations: Vec::new(),
            free: Vec::new(),
            index: HashMap::default(),
            flights: BinaryHeap::new(),
            sequence: 0,
            scope: Scope::new(scenario.compliance.clone()),
            rows: Vec::new(),
            row_facts: Vec::new(),
            paths: Vec::new(),
            row_of: HashMap::default(),
            series: Buckets::new(options.bucket_ns),
            fates: Fates::new(options.max_flows),
            captured: Volume::default(),
            untimed: Volume::default(),
            offered: Volume::default(),
            outside: Volume::default(),
            disordered: 0,
            evicted: 0,
            setup,
            scenario,
            options,
        }
    }

    /// Replays the network after a failure has been detected, without the events of the scenario.
    #[must_use]
    pub fn after(mut self, outage: Outage) -> Self {
        self.outage = Some(outage);
        self
    }

    /// Replays packets in the order of the capture. The first timestamp starts the replay: all engines are compiled
    /// before the first packet is evaluated. Packets without a timestamp are counted but not replayed, because their
    /// epoch is unknown.
    ///
    /// # Errors
    ///
    /// Returns [`SimError`] if an event refers to something that the network does not contain, or a network cannot be
    /// compiled.
    pub fn take(&mut self, packets: &[TimedPacket]) -> Result<(), SimError> {
        for packet in packets {
            let Some(captured_ns) = packet.time.ns() else {
                self.untimed += volume(packet);
                continue;
            };
            if self.first_ns.is_none() {
                self.begin(captured_ns)?;
            }
            self.packet(packet, captured_ns);
        }
        Ok(())
    }

    /// Builds the timeline of the scenario for a capture that starts at this time, unless the timeline exists already.
    ///
    /// # Errors
    ///
    /// The errors of [`Self::take`].
    pub fn begin(&mut self, first_ns: u64) -> Result<(), SimError> {
        if self.first_ns.is_none() {
            self.timeline = match &self.outage {
                Some(outage) => Timeline::after(&self.setup, outage)?,
                None => Timeline::build(&self.setup, self.scenario, first_ns)?,
            };
            self.first_ns = Some(first_ns);
            self.turn(0);
        }
        Ok(())
    }

    fn packet(&mut self, packet: &TimedPacket, captured_ns: u64) {
        let since = captured_ns.saturating_sub(self.first_ns.unwrap_or(0));
        let at_ns = since / self.scenario.compress.max(1);
        if at_ns < self.now_ns {
            self.disordered += 1;
        }
        self.advance(at_ns.max(self.now_ns));
        let volume = volume(packet);
        self.captured += volume;
        let key = FlowKey::from(packet.packet.key);
        let slot = self.conversation(key, packet.packet.opens_connection());
        let Some(one) = self.conversations.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let scale = self.scenario.scale_thousandths;
        let copies = (one.captured + 1) * scale / 1_000 - one.captured * scale / 1_000;
        one.captured += 1;
        one.last_ns = self.now_ns;
        let sent = one.key == key;
        let (route, row, in_scope) = (one.way.route, one.row, one.in_scope);
        let candidates = one.candidates;
        let way = self.router.routes.get(route as usize);
        let on_internet = way.is_some_and(|way| way.disposition == Disposition::Internet);
        let known = way.is_some_and(|way| (if sent { way.out.1 } else { way.answers.1 }) != End::Unknown);
        let all = volume * copies;
        one.offer(all, sent, known, in_scope && on_internet);
        if !one.way.is_placed {
            self.outside += all;
        }
        self.offered += all;
        if in_scope && let Some(facts) = self.row_facts.get_mut(row as usize) {
            facts.scoped.volume += all;
        }
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.tally.offered += all;
            if sent {
                row.tally.sent += all;
            }
        }
        let direction = if sent { Direction::Out } else { Direction::In };
        let dscp = packet.packet.dscp;
        let scope = self.measure(all, (row, direction), candidates, dscp);
        if sent && dscp != 0 {
            self.mark(route, dscp, copies);
        }
        let ids = Ids { conversation: slot, row, route };
        for _ in 0..copies {
            self.fly(Flight::sent(self.now_ns, ids, direction, volume, (scope, dscp)));
        }
    }

    /// Counts offered traffic towards its critical scope, and returns the scope.
    fn measure(
        &mut self,
        all: Volume,
        (row, direction): (u32, Direction),
        candidates: Candidates,
        dscp: u8,
    ) -> ScopeIndex {
        let Some(measured) = &mut self.measured else { return OTHER };
        let scope = measured.scopes.of(candidates, dscp);
        measured.critical.offer(row, scope, direction, all);
        scope
    }

    /// Counts packets with a mark that Microsoft does not keep. Such marks must be rewritten to 0 before the packets are
    /// sent to Microsoft (Microsoft, *ExpressRoute QoS requirements*).
    fn mark(&mut self, route: u32, dscp: u8, packets: u64) {
        let via = self.router.routes.get(route as usize).and_then(|route| route.via.as_ref());
        if matches!(via, Some(SessionName::Circuit(_, PeeringKind::Microsoft, _)))
            && !DscpSet::MICROSOFT.contains(dscp)
        {
            *self.lost_marks.entry(dscp).or_default() += packets;
        }
    }

    /// Returns the slot of a packet's conversation, after updating the conversation to its path in the current epoch.
    fn conversation(&mut self, key: FlowKey, opens: bool) -> u32 {
        let both = both_ways(key);
        if let Some(slot) = self.index.get(&both).copied() {
            self.renew(slot);
            return slot;
        }
        if self.index.len() >= self.options.max_flows.max(1) {
            self.evict();
        }
        let seen = Seen { first: &key, opened_by_source: opens, opened_by_destination: false };
        let key = if orient(seen, &self.clients).client_is_source { key } else { key.reversed() };
        let Some(epoch) = self.timeline.epochs.get(self.epoch) else { return u32::MAX };
        let way = self.router.way(epoch, &mut self.links, &key);
        let listed = epoch.state.network.stands_for(key.destination);
        let in_scope = self.scope.holds(epoch.state.catalog, listed);
        let measured = self.measured.as_mut();
        let candidates = measured.map_or(0, |all| all.scopes.candidates(epoch.state.catalog, &key, listed));
        let service = self.fates.services.of(epoch.state.catalog, listed);
        let row = self.row(way.route);
        let mut one = Conversation::new(key, self.sequence, self.now_ns, self.epoch, way, row);
        one.answered_by(&self.router.routes);
        self.sequence += 1;
        one.in_scope = in_scope;
        one.candidates = candidates;
        one.service = service;
        self.count_flow(row, in_scope);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.conversations.push(None);
            u32::try_from(self.conversations.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(place) = self.conversations.get_mut(slot as usize) {
            *place = Some(one);
        }
        self.index.insert(both, slot);
        slot
    }

    /// Updates a conversation from an earlier epoch to its path in the current epoch.
    fn renew(&mut self, slot: u32) {
        let Some(one) = self.conversations.get(slot as usize).and_then(Option::as_ref) else { return };
        if one.epoch == self.epoch {
            return;
        }
        let (key, in_scope) = (one.key, one.in_scope);
        let Some(epoch) = self.timeline.epochs.get(self.epoch) else { return };
        let way = self.router.way(epoch, &mut self.links, &key);
        let row = self.row(way.route);
        self.count_flow(row, in_scope);
        if let Some(one) = self.conversations.get_mut(slot as usize).and_then(Option::as_mut) {
            one.turn(&self.timeline.epochs, self.epoch, way, row, &self.router.routes);
        }
    }

    fn count_flow(&mut self, row: u32, in_scope: bool) {
        let index = row as usize;
        let (Some(row), Some(facts)) = (self.rows.get_mut(index), self.row_facts.get_mut(index)) else {
            return;
        };
        row.flows += 1;
        if in_scope {
            facts.scoped.flows += 1;
        }
    }

    /// Returns the timeline row of a route in the current epoch.
    fn row(&mut self, route: u32) -> u32 {
        if let Some(known) = self.row_of.get(&(self.epoch, route)) {
            return *known;
        }
        let path = self.router.routes.get(route as usize).map(PathLabel::from);
        let path = path.unwrap_or(PathLabel { disposition: Disposition::Unknown, via: None });
        let known = self.rows.iter().rposition(|row| row.epoch == self.epoch && row.path == path);
        let index = known.unwrap_or_else(|| {
            let known = self.paths.iter().position(|known| *known == path);
            let index = known.unwrap_or_else(|| {
                self.paths.push(path.clone());
                self.paths.len() - 1
            });
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            self.row_facts.push(RowFacts { path: index, scoped: Count::default() });
            self.rows.push(TimelineRow { epoch: self.epoch, path, flows: 0, tally: Tally::default() });
            self.rows.len() - 1
        });
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        self.row_of.insert((self.epoch, route), index);
        index
    }

    /// Starts an epoch.
    fn turn(&mut self, index: usize) {
        self.epoch = index;
        let Some(epoch) = self.timeline.epochs.get(index) else { return };
        let network: &Network = &epoch.state.network;
        self.router.turn(epoch);
        self.clients =
            network.sites.iter().flat_map(|site| &site.prefixes).map(|prefix| prefix.value).collect();
        for (name, now) in figures(network, self.scenario, &epoch.state.rates) {
            if self.figures.get(&name) != Some(&now) {
                self.links.change(self.now_ns, &name, now);
                let link = self.links.index(&name);
                self.shapers.change(link, now);
                self.figures.insert(name, now);
            }
        }
        self.dead.clear();
        for session in &epoch.state.dead {
            let session = self.router.session(session) as usize;
            if self.dead.len() <= session {
                self.dead.resize(session + 1, false);
            }
            if let Some(dead) = self.dead.get_mut(session) {
                *dead = true;
            }
        }
    }

    /// Evicts the eighth of all conversations that has been idle longest.
    fn evict(&mut self) {
        let mut quiet: Vec<(u64, u64, u32)> = (0..)
            .zip(&self.conversations)
            .filter_map(|(slot, one)| one.as_ref().map(|one| (slot, one)))
            .filter(|(_, one)| one.in_flight == 0)
            .map(|(slot, one)| (one.last_ns, one.order, slot))
            .collect();
        quiet.sort_unstable();
        quiet.truncate((quiet.len() / 8).max(1));
        for (_, _, slot) in quiet {
            let Some(one) = self.conversations.get_mut(slot as usize).and_then(Option::take) else {
                continue;
            };
            self.index.remove(&both_ways(one.key));
            self.fates.add(&one, &self.router.routes);
            self.free.push(slot);
            self.evicted += 1;
        }
    }
}

fn volume(packet: &TimedPacket) -> Volume {
    let (frame_bytes, ip_bytes) = (u64::from(packet.frame_bytes), u64::from(packet.packet.ip_bytes));
    Volume { packets: 1, frame_bytes, ip_bytes }
}

/// Returns a key that is the same for both directions of a five-tuple.
fn both_ways(key: FlowKey) -> PackedKey {
    packed(key).min(packed(key.reversed()))
}
