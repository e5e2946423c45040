//! Conversations during a replay, and sums over conversations that have ended.

use std::collections::BTreeMap;

use crate::addr::FlowKey;
use crate::engine::{Continuity, Decision, Device, Disposition, Vantage, continuity};
use crate::network::Network;
use crate::sim::accounting::critical::LastArrival;
use crate::sim::accounting::fate::{Fate, FateSum, FlowFate, PathLabel};
use crate::sim::accounting::scopes::Candidates;
use crate::sim::accounting::service::{ServiceIndex, Services};
use crate::sim::clock::timeline::Epoch;
use crate::sim::paths::conversation::{ConversationPath, Route};
use crate::sim::paths::reply::Unanswered;
use crate::sim::volumes::{Count, End, Tally, Volume};

/// A conversation in a replay: both directions of a five-tuple, seen from the client.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Conversation {
    pub(in crate::sim) key: FlowKey,
    /// The number of the conversation's first packet, which determines the order in reports and breaks ties for
    /// eviction.
    pub(in crate::sim) order: u64,
    pub(in crate::sim) first_ns: u64,
    pub(in crate::sim) last_ns: u64,
    /// The epoch of `way`.
    pub(in crate::sim) epoch: usize,
    pub(in crate::sim) way: ConversationPath,
    first_way: ConversationPath,
    /// The last path that forwarded packets, with its epoch. New paths are compared with this path.
    carried: (usize, ConversationPath),
    /// The row of the timeline in which the conversation is counted.
    pub(in crate::sim) row: u32,
    pub(in crate::sim) in_scope: bool,
    pub(in crate::sim) service: ServiceIndex,
    pub(in crate::sim) candidates: Candidates,
    /// The last arrivals at the remote end and at the client.
    pub(in crate::sim) last_arrivals: [LastArrival; 2],
    /// The number of captured packets, used to apply a fractional scale evenly.
    pub(in crate::sim) captured: u64,
    /// The number of packets in flight between two links.
    pub(in crate::sim) in_flight: u32,
    moves: u32,
    doubts: u32,
    resets: u32,
    tally: Tally,
    after_move: Volume,
    after_doubt: Volume,
    after_reset: Volume,
    leaked: Volume,
    outage: Outage,
    /// The conversation's first route for which it is unknown whether replies arrive.
    unanswered: Option<u32>,
}

/// The time during which a conversation lost packets on dead links.
#[derive(Clone, Copy, Debug, Default)]
struct Outage {
    /// The time of the first lost packet of an ongoing outage.
    since: Option<u64>,
    /// The time of the last lost packet.
    last: u64,
    /// The total duration of earlier outages in nanoseconds.
    sum: u64,
}

impl Conversation {
    pub(in crate::sim) fn new(
        key: FlowKey,
        order: u64,
        now_ns: u64,
        epoch: usize,
        way: ConversationPath,
        row: u32,
    ) -> Self {
        Self {
            key,
            order,
            first_ns: now_ns,
            last_ns: now_ns,
            epoch,
            way,
            first_way: way,
            carried: (epoch, way),
            row,
            in_scope: false,
            service: ServiceIndex::MAX,
            candidates: 0,
            last_arrivals: [None; 2],
            captured: 0,
            in_flight: 0,
            moves: 0,
            doubts: 0,
            resets: 0,
            tally: Tally::default(),
            after_move: Volume::default(),
            after_doubt: Volume::default(),
            after_reset: Volume::default(),
            leaked: Volume::default(),
            outage: Outage::default(),
            unanswered: None,
        }
    }

    /// Records that it is unknown whether replies arrive. If the conversation starts on such a path, its fate is
    /// unknown.
    pub(in crate::sim) fn answered_by(&mut self, routes: &[Route]) {
        if routes.get(self.way.route as usize).is_some_and(|route| route.unanswered.is_some()) {
            if self.unanswered.is_none() && self.doubts == 0 {
                self.doubts = 1;
            }
            self.unanswered = self.unanswered.or(Some(self.way.route));
        }
    }

    /// Switches to another epoch, possibly with another path. A path that forwards nothing has a fate of its own; it is
    /// neither a move nor a reset.
    pub(in crate::sim) fn turn(
        &mut self,
        epochs: &[Epoch<'_>],
        epoch: usize,
        way: ConversationPath,
        row: u32,
        routes: &[Route],
    ) {
        let (before, held) = self.carried;
        if let (Some(before), Some(after)) = (epochs.get(before), epochs.get(epoch)) {
            match became((before, held), (after, way), routes) {
                Some(Continuity::Reset) => self.resets += 1,
                Some(Continuity::Unknown) => self.doubts += 1,
                Some(Continuity::Moved) => self.moves += 1,
                Some(Continuity::Kept | Continuity::Lost) | None => {}
            }
            // Only a path that forwards the flow can be compared with later ones.
            if became((after, way), (after, way), routes).is_some() {
                self.carried = (epoch, way);
            }
        }
        (self.epoch, self.way, self.row) = (epoch, way, row);
        self.answered_by(routes);
    }

    /// Counts the traffic offered by the conversation.
    pub(in crate::sim) fn offer(&mut self, volume: Volume, sent: bool, known: bool, leaks: bool) {
        self.tally.offered += volume;
        if sent {
            self.tally.sent += volume;
        }
        if self.moves > 0 {
            self.after_move += volume;
        }
        // Traffic without a known path is counted by its outcome.
        if self.doubts > 0 && known {
            self.after_doubt += volume;
        }
        if self.resets > 0 {
            self.after_reset += volume;
        }
        if leaks {
            self.leaked += volume;
        }
    }

    /// Counts the outcome of offered traffic.
    pub(in crate::sim) fn end(&mut self, now_ns: u64, end: End, volume: Volume) {
        self.tally.end(end, volume);
        match (end, self.outage.since) {
            (End::BlackHoled, None) => (self.outage.since, self.outage.last) = (Some(now_ns), now_ns),
            (End::BlackHoled, Some(_)) => self.outage.last = now_ns,
            (_, Some(since)) => {
                self.outage.sum += now_ns.saturating_sub(since);
                self.outage.since = None;
            }
            _ => {}
        }
    }

    fn summary(&self, routes: &[Route]) -> FlowFate {
        let label = |way: ConversationPath| routes.get(way.route as usize).map(PathLabel::from);
        let last = routes.get(self.way.route as usize);
        let outage = self.outage;
        let open_ns = outage.since.map_or(0, |since| outage.last.saturating_sub(since));
        let mut one = FlowFate {
            key: self.key,
            first_ns: self.first_ns,
            last_ns: self.last_ns,
            fates: Vec::new(),
            moves: self.moves,
            doubts: self.doubts,
            resets: self.resets,
            tally: self.tally,
            after_move: self.after_move,
            after_doubt: self.after_doubt,
            after_reset: self.after_reset,
            leaked: self.leaked,
            outage_ns: outage.sum + open_ns,
            first_path: label(self.first_way),
            last_path: label(self.way),
            back: last.and_then(|route| route.back.clone()),
            verdict: last.and_then(|route| route.verdict),
            first_source: self.first_way.source,
            last_source: self.way.source,
        };
        let is = |fate: &Fate| *fate == Fate::Kept || one.amount(*fate).packets > 0;
        one.fates = Fate::ALL.into_iter().rev().filter(is).collect();
        if one.fates.len() > 1 {
            one.fates.pop();
        }
        one
    }
}

/// Returns what happens to a conversation whose path changes, according to the rules of [`crate::engine::continuity`],
/// or `None` if there was nothing to lose. These rules consider only the forward path, so a flow whose return path is
/// the only change also counts as moved.
pub(in crate::sim) fn became(
    (before, held): (&Epoch<'_>, ConversationPath),
    (after, way): (&Epoch<'_>, ConversationPath),
    routes: &[Route],
) -> Option<Continuity> {
    let (held_by, leaves_by) = (held.leaving?, way.leaving?);
    let reason = continuity(&held_by.departure(before)?, &leaves_by.departure(after)?)?;
    let back = |way: ConversationPath| routes.get(way.route as usize).and_then(|route| route.back.as_ref());
    let general = match reason.continuity() {
        Continuity::Kept if back(held) != back(way) => Continuity::Moved,
        other => other,
    };
    let goes_on = matches!(general, Continuity::Kept | Continuity::Moved);
    if !goes_on || matches!(leaves_by.vantage, Vantage::Site(_)) {
        return Some(general);
    }
    // The edge of the other site translates the client to another address.
    if held.source.zip(way.source).is_some_and(|(held, now)| held != now) {
        return Some(Continuity::Reset);
    }
    let held = (held_by.decision(before)?, &*before.state.network);
    let now = (leaves_by.decision(after)?, &*after.state.network);
    Some(inside_azure(held, now).unwrap_or(general))
}

/// Returns what interrupts a flow from a subnet inside Azure: the flow gets another source address, or reaches an
/// appliance that has no session for it. The internet sees an Azure address (Microsoft, *default outbound access in
/// Azure*); sites see the client's own address.
fn inside_azure(
    (held, before): (&Decision, &Network),
    (now, network): (&Decision, &Network),
) -> Option<Continuity> {
    let public = |decision: &Decision| decision.disposition == Disposition::Internet;
    let named = |device: Option<Device>, network: &Network| device.map(|device| device.name(network));
    let same_source = named(held.translator(), before) == named(now.translator(), network);
    if !same_source || public(held) != public(now) {
        return Some(Continuity::Reset);
    }
    let known: Vec<String> = held.devices().map(|device| device.name(before)).collect();
    let new = now.devices().filter(|device| !known.contains(&device.name(network)));
    let new: Vec<Option<bool>> = new.map(|device| device.is_stateful(network)).collect();
    if new.contains(&Some(true)) {
        return Some(Continuity::Reset);
    }
    new.contains(&None).then_some(Continuity::Unknown)
}

/// Sums over conversations that have ended.
#[derive(Debug, Default)]
pub(in crate::sim) struct Fates {
    pub(in crate::sim) sums: BTreeMap<Fate, FateSum>,
    pub(in crate::sim) total: Tally,
    pub(in crate::sim) services: Services,
    pub(in crate::sim) changed: Vec<FlowFate>,
    pub(in crate::sim) unanswered: BTreeMap<Unanswered, Count>,
    /// The number of changed conversations that did not fit into `changed`.
    pub(in crate::sim) left_off: u64,
    max_changed: usize,
}

impl Fates {
    pub(in crate::sim) fn new(max_changed: usize) -> Self {
        Self { max_changed, ..Self::default() }
    }

    pub(in crate::sim) fn add(&mut self, conversation: &Conversation, routes: &[Route]) {
        let one = conversation.summary(routes);
        self.total += one.tally;
        self.services.add(conversation.service, &one);
        for (index, fate) in one.fates.iter().enumerate() {
            let sum = self.sums.entry(*fate).or_default();
            sum.flows += 1;
            sum.gravest += u64::from(index == 0);
            sum.volume += one.amount(*fate);
            sum.longest_outage_ns = sum.longest_outage_ns.max(one.outage_ns);
        }
        let unanswered = conversation.unanswered.and_then(|route| routes.get(route as usize));
        if let Some(why) = unanswered.and_then(|route| route.unanswered.clone()) {
            let sum = self.unanswered.entry(why).or_default();
            sum.merge(Count { flows: 1, volume: one.amount(Fate::Unknown) });
        }
        if one.fates == [Fate::Kept] {
            return;
        }
        if self.changed.len() < self.max_changed {
            self.changed.push(one);
        } else {
            self.left_off += 1;
        }
    }
}
