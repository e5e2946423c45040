//! Packets on their way: the clock, links and outcomes.

use std::cmp::Reverse;

use super::Simulation;
use crate::sim::accounting::link_classes::AtLink;
use crate::sim::flight::Flight;
use crate::sim::link::{Carried, Carry, Direction};
use crate::sim::paths::walk::Hop;
use crate::sim::queueing::{Admission, Started};
use crate::sim::scenario::LinkName;
use crate::sim::shapers::At;
use crate::sim::volumes::End;

/// What a link does with a packet that arrives.
enum Step {
    /// The packet arrives at the other end.
    Sent { arrives_ns: u64, waited_ns: u64 },
    /// The packet waits in a class.
    Waits,
    /// The packet is lost.
    Lost(End),
}

impl Simulation<'_> {
    /// Advances the clock: starts epochs, ends transmissions and forwards packets in flight, in the order of time. At the
    /// same time, the epoch starts first and transmissions end before packets arrive.
    pub(super) fn advance(&mut self, to_ns: u64) {
        loop {
            let flight = self.flights.peek().map_or(u64::MAX, |Reverse(flight)| flight.at_ns);
            let ends = self.shapers.next_ns().unwrap_or(u64::MAX);
            let next = flight.min(ends);
            let epoch = self.timeline.epochs.get(self.epoch + 1).map(|epoch| epoch.start_ns);
            if let Some(start) = epoch.filter(|start| *start <= next && *start <= to_ns) {
                self.now_ns = self.now_ns.max(start);
                self.turn(self.epoch + 1);
                continue;
            }
            if next > to_ns || (self.flights.is_empty() && self.shapers.next_ns().is_none()) {
                break;
            }
            self.now_ns = self.now_ns.max(next);
            if ends <= flight {
                if let Some((at, started)) = self.shapers.complete() {
                    self.lands(started.packet.ids.conversation);
                    self.depart(at, started);
                }
                continue;
            }
            let Some(Reverse(flight)) = self.flights.pop() else { break };
            self.lands(flight.ids.conversation);
            self.fly(flight);
        }
        self.now_ns = to_ns;
    }

    /// Counts a packet that no longer waits or is no longer between two links.
    fn lands(&mut self, conversation: u32) {
        if let Some(one) = self.conversations.get_mut(conversation as usize).and_then(Option::as_mut) {
            one.in_flight = one.in_flight.saturating_sub(1);
        }
    }

    /// Counts a packet that waits, or is between two links.
    fn lifts(&mut self, conversation: u32) {
        if let Some(one) = self.conversations.get_mut(conversation as usize).and_then(Option::as_mut) {
            one.in_flight += 1;
        }
    }

    /// Sends a packet over its next links until it ends or must wait for the clock to advance.
    pub(super) fn fly(&mut self, mut flight: Flight) {
        loop {
            let (hops, end) = self.hops(&flight);
            let Some(hop) = hops.get(flight.hop as usize).copied() else { return self.end(&flight, end) };
            match self.cross(&mut flight, hop) {
                Step::Lost(end) => return self.end(&flight, end),
                Step::Waits => return self.lifts(flight.ids.conversation),
                Step::Sent { arrives_ns, waited_ns } => match self.onwards(flight, arrives_ns, waited_ns) {
                    Some(next) => flight = next,
                    None => return,
                },
            }
        }
    }

    /// Returns the links of a packet, and its outcome behind them.
    fn hops(&self, flight: &Flight) -> (&[Hop], End) {
        match (self.router.routes.get(flight.ids.route as usize), flight.direction) {
            (Some(route), Direction::Out) => (route.out.0.as_slice(), route.out.1),
            (Some(route), Direction::In) => (route.answers.0.as_slice(), route.answers.1),
            (None, _) => (&[], End::Unknown),
        }
    }

    /// Offers a packet to a link.
    fn cross(&mut self, flight: &mut Flight, hop: Hop) -> Step {
        let at = (hop.link, hop.direction);
        let class = self.shapers.class(at, flight);
        self.tell(at, class, flight, AtLink::Offered);
        if hop.session.and_then(|session| self.dead.get(session as usize)) == Some(&true) {
            let (offered, black_holed) = (flight.volume, flight.volume);
            self.links.count(flight.at_ns, at, Carried { offered, black_holed, ..Carried::default() });
            self.tell(at, class, flight, AtLink::BlackHoled);
            return Step::Lost(End::BlackHoled);
        }
        if self.measured.is_some() {
            let (rate, delay) = self.unknown(hop);
            flight.unrated = flight.unrated.or(rate.then_some(hop.link));
            flight.undelayed = flight.undelayed.or(delay.then_some(hop.link));
        }
        match class {
            Some(class) => self.cross_classes(flight, at, class),
            None => match self.links.carry(flight.at_ns, at, flight.volume) {
                Carry::Sent { arrives_ns, waited_ns } => {
                    self.tell(at, class, flight, AtLink::Sent { waited_ns });
                    Step::Sent { arrives_ns, waited_ns }
                }
                Carry::Dropped => {
                    self.tell(at, class, flight, AtLink::Dropped);
                    Step::Lost(End::Congested)
                }
            },
        }
    }

    /// Offers a packet to a link with classes.
    fn cross_classes(&mut self, flight: &Flight, at: At, class: usize) -> Step {
        self.links.count(flight.at_ns, at, Carried { offered: flight.volume, ..Carried::default() });
        let lost = match self.shapers.offer(at, class, *flight) {
            Some(Admission::Started(started)) => return self.sent(at, &started),
            Some(Admission::Waits) => return Step::Waits,
            Some(Admission::Limited) => AtLink::Limited,
            Some(Admission::Full) | None => AtLink::Dropped,
        };
        self.links.count(flight.at_ns, at, Carried { dropped: flight.volume, ..Carried::default() });
        self.tell(at, Some(class), flight, lost);
        Step::Lost(End::Congested)
    }

    /// Sends a packet that waited in a class.
    fn depart(&mut self, at: At, started: Started<Flight>) {
        if let Step::Sent { arrives_ns, waited_ns } = self.sent(at, &started)
            && let Some(flight) = self.onwards(started.packet, arrives_ns, waited_ns)
        {
            self.fly(flight);
        }
    }

    /// Counts a packet whose transmission starts.
    fn sent(&mut self, at: At, started: &Started<Flight>) -> Step {
        let Started { packet, class, waited_ns, leaves_ns } = *started;
        self.links.count(packet.at_ns, at, Carried::sent(packet.volume, waited_ns));
        self.tell(at, Some(class), &packet, AtLink::Sent { waited_ns });
        Step::Sent { arrives_ns: leaves_ns.saturating_add(self.shapers.delay_ns(at)), waited_ns }
    }

    /// Takes a packet to the other end of a link. Returns the packet if it continues at the same moment or has arrived.
    fn onwards(&mut self, mut flight: Flight, arrives_ns: u64, waited_ns: u64) -> Option<Flight> {
        flight.hop += 1;
        flight.reached_ns = arrives_ns;
        flight.waited_ns = flight.waited_ns.saturating_add(waited_ns);
        let (hops, _) = self.hops(&flight);
        if arrives_ns > flight.at_ns && (flight.hop as usize) < hops.len() {
            self.sequence += 1;
            (flight.at_ns, flight.sequence) = (arrives_ns, self.sequence);
            self.lifts(flight.ids.conversation);
            self.flights.push(Reverse(flight));
            return None;
        }
        Some(flight)
    }

    /// Counts what happens to a packet at a link towards its class.
    fn tell(&mut self, at: At, class: Option<usize>, flight: &Flight, what: AtLink) {
        let Some(measured) = &mut self.measured else { return };
        let epoch = self.rows.get(flight.ids.row as usize).map_or(0, |row| row.epoch);
        measured.classes.count((epoch, at, class.unwrap_or(0), flight.scope), flight.volume, what);
    }

    /// Returns whether rate and propagation delay of a link are unknown. The connections of a circuit have no shared limit by
    /// default, and that limit has no delay.
    fn unknown(&self, hop: Hop) -> (bool, bool) {
        match self.links.names.get(hop.link as usize) {
            None | Some(LinkName::Circuit(_)) => (false, false),
            Some(name) => match self.figures.get(name) {
                Some(known) => (known.rate.is_none(), known.delay_ns.is_none()),
                None => (true, true),
            },
        }
    }

    fn end(&mut self, flight: &Flight, end: End) {
        let mut one = self.conversations.get_mut(flight.ids.conversation as usize).and_then(Option::as_mut);
        if let Some(one) = &mut one {
            one.end(flight.at_ns, end, flight.volume);
        }
        if let (Some(measured), Some(one)) = (&mut self.measured, one) {
            let scope = self.scenario.critical.get(usize::from(flight.scope));
            let expected = scope.and_then(|scope| scope.expect.as_ref());
            let [out, back] = &mut one.last_arrivals;
            let last = if flight.direction == Direction::Out { out } else { back };
            measured.critical.end(flight, end, expected, last);
        }
        let index = flight.ids.row as usize;
        let (Some(row), Some(facts)) = (self.rows.get_mut(index), self.row_facts.get(index)) else { return };
        row.tally.end(end, flight.volume);
        if let Some(sum) = self.series.at(facts.path, flight.at_ns) {
            sum.end(end, flight.volume);
        }
    }
}
