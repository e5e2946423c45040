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

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::error::SimError;
use super::link::{Direction, LinkFigures, Links};
use super::scenario::{LinkName, Scenario};
use crate::addr::FlowKey;
use crate::engine::{Conversation as Seen, Disposition, orient};
use crate::flow::TimedPacket;
use crate::network::Network;
use crate::sim::accounting::conversation::{Conversation, Fates};
use crate::sim::accounting::fate::PathLabel;
use crate::sim::accounting::figures::figures;
use crate::sim::accounting::metering::Metered;
use crate::sim::accounting::result::{ComplianceRow, LinkResult, SimResult, TimelineRow};
use crate::sim::accounting::scope::Scope;
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

/// A packet between two links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    at_ns: u64,
    sequence: u64,
    conversation: u32,
    row: u32,
    route: u32,
    hop: u32,
    direction: Direction,
    volume: Volume,
}

/// Additional facts about a row of the timeline.
#[derive(Clone, Copy, Debug)]
struct RowFacts {
    /// The index of the row's path.
    path: u32,
    /// The traffic in the compliance scope that counts towards the row.
    scoped: Count,
}

/// The replay of one variant.
#[derive(Debug)]
pub struct Simulation<'a> {
    setup: Setup<'a>,
    scenario: &'a Scenario,
    options: SimOptions,
    first_ns: Option<u64>,
    timeline: Timeline<'a>,
    epoch: usize,
    now_ns: u64,
    router: Router,
    links: Links,
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
        Self {
            first_ns: None,
            timeline: Timeline { epochs: Vec::new(), happenings: Vec::new() },
            epoch: 0,
            now_ns: 0,
            router: Router::new(scenario.seed),
            links: Links::new(options.bucket_ns),
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
            self.timeline = Timeline::build(&self.setup, self.scenario, first_ns)?;
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
        for _ in 0..copies {
            self.fly(Flight {
                at_ns: self.now_ns,
                sequence: 0,
                conversation: slot,
                row,
                route,
                hop: 0,
                direction,
                volume,
            });
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
        let service = self.fates.services.of(epoch.state.catalog, listed);
        let row = self.row(way.route);
        let mut one = Conversation::new(key, self.sequence, self.now_ns, self.epoch, way, row);
        one.answered_by(&self.router.routes);
        self.sequence += 1;
        one.in_scope = in_scope;
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

    /// Advances the clock: forwards packets in flight and starts epochs, in the order of time.
    fn advance(&mut self, to_ns: u64) {
        loop {
            let flight = self.flights.peek().map(|Reverse(flight)| flight.at_ns);
            let epoch = self.timeline.epochs.get(self.epoch + 1).map(|epoch| epoch.start_ns);
            let begins = epoch.filter(|start| flight.is_none_or(|flight| *start <= flight));
            if let Some(start) = begins.filter(|start| *start <= to_ns) {
                self.now_ns = self.now_ns.max(start);
                self.turn(self.epoch + 1);
                continue;
            }
            if flight.is_none_or(|flight| flight > to_ns) {
                break;
            }
            let Some(Reverse(flight)) = self.flights.pop() else { break };
            self.now_ns = self.now_ns.max(flight.at_ns);
            if let Some(one) =
                self.conversations.get_mut(flight.conversation as usize).and_then(Option::as_mut)
            {
                one.in_flight = one.in_flight.saturating_sub(1);
            }
            self.fly(flight);
        }
        self.now_ns = to_ns;
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

    /// Sends a packet over its next links until it ends or must wait for the clock to advance.
    fn fly(&mut self, mut flight: Flight) {
        loop {
            let route = self.router.routes.get(flight.route as usize);
            let (hops, end) = match (route, flight.direction) {
                (Some(route), Direction::Out) => (route.out.0.as_slice(), route.out.1),
                (Some(route), Direction::In) => (route.answers.0.as_slice(), route.answers.1),
                (None, _) => (&[][..], End::Unknown),
            };
            let Some(hop) = hops.get(flight.hop as usize) else { return self.end(&flight, end) };
            let dead = hop.session.and_then(|session| self.dead.get(session as usize)) == Some(&true);
            let at = (hop.link, hop.direction);
            match self.links.carry(flight.at_ns, at, flight.volume, dead) {
                Err(full) => return self.end(&flight, if full { End::Congested } else { End::BlackHoled }),
                Ok(arrives_ns) => {
                    flight.hop += 1;
                    if arrives_ns > flight.at_ns && (flight.hop as usize) < hops.len() {
                        self.sequence += 1;
                        (flight.at_ns, flight.sequence) = (arrives_ns, self.sequence);
                        let one = self.conversations.get_mut(flight.conversation as usize);
                        if let Some(one) = one.and_then(Option::as_mut) {
                            one.in_flight += 1;
                        }
                        self.flights.push(Reverse(flight));
                        return;
                    }
                }
            }
        }
    }

    fn end(&mut self, flight: &Flight, end: End) {
        if let Some(one) = self.conversations.get_mut(flight.conversation as usize).and_then(Option::as_mut) {
            one.end(flight.at_ns, end, flight.volume);
        }
        let index = flight.row as usize;
        let (Some(row), Some(facts)) = (self.rows.get_mut(index), self.row_facts.get(index)) else { return };
        row.tally.end(end, flight.volume);
        if let Some(sum) = self.series.at(facts.path, flight.at_ns) {
            sum.end(end, flight.volume);
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

    /// Ends the replay. `skipped` is the traffic in the capture that was not decoded.
    ///
    /// # Errors
    ///
    /// Returns [`SimError::NoTime`] if there were packets but none had a timestamp, and [`SimError::Conservation`] if
    /// the sums do not agree.
    pub fn finish(mut self, skipped: Volume) -> Result<SimResult, SimError> {
        if self.captured.packets == 0 && self.untimed.packets > 0 {
            return Err(SimError::NoTime { packets: self.untimed.packets });
        }
        let ended_ns = self.now_ns;
        self.advance(u64::MAX);
        let mut rest: Vec<Conversation> = self.conversations.drain(..).flatten().collect();
        rest.sort_unstable_by_key(|one| one.order);
        for one in &rest {
            self.fates.add(one, &self.router.routes);
        }
        let counted = |(_, facts): &(&TimelineRow, &RowFacts)| facts.scoped != Count::default();
        for (row, facts) in self.rows.iter().zip(&self.row_facts).filter(counted) {
            self.scope.add(row.path.clone(), facts.scoped);
        }
        let (sums, series_bucket_ns) = self.series.finish();
        let label = |path: u32| self.paths.get(path as usize).cloned();
        let series = sums.into_iter().filter_map(|((path, bucket), sum)| Some(((bucket, label(path)?), sum)));
        let links = LinkResult::of(self.links, &self.figures);
        let covered_ns = ended_ns.saturating_mul(self.scenario.compress.max(1));
        let metering = Metered::of(&self.timeline.epochs, &links, covered_ns);
        let result = SimResult {
            name: self.scenario.name.clone(),
            first_ns: self.first_ns.unwrap_or(0),
            ended_ns,
            epochs: self.timeline.epochs.iter().map(|epoch| epoch.start_ns).collect(),
            happenings: self.timeline.happenings,
            rows: self.rows,
            series: series.collect(),
            series_bucket_ns,
            links,
            metering,
            fates: self.fates.sums,
            flow_total: self.fates.total,
            services: self.fates.services.into_sums(),
            changed: self.fates.changed,
            changed_left_off: self.fates.left_off,
            unanswered: self.fates.unanswered,
            unevaluated: self.router.unevaluated,
            compliance: ComplianceRow::of(self.scope),
            watched: !self.scenario.compliance.is_empty(),
            captured: self.captured,
            untimed: self.untimed,
            offered: self.offered,
            skipped,
            outside_sites: self.outside,
            disordered: self.disordered,
            evicted: self.evicted,
        };
        result.check()?;
        Ok(result)
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
