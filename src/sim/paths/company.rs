//! The company's network between the edges of sites: the links that packets use from one edge to another.
//!
//! The edges on the path are those in the hops of a decision. Between two edges, packets use the link that is up and
//! has the lowest metric. Between links with equal metrics, a hash of the flow decides; each router mixes its own seed
//! into this hash.

use std::net::IpAddr;

use crate::addr::{Family, FlowKey};
use crate::engine::{
    Decision, Disposition, Engine, Hop, Link, Reason, SessionKind, SessionState, neighbors_towards,
};
use crate::network::{CircuitId, Connection, Network, PeeringKind, Site, SiteId, State, WanLinkId};
use crate::sim::clock::timeline::Epoch;
use crate::sim::link::Direction;
use crate::sim::paths::equal_cost::member;

/// The path from the edge of one site to the edge of another site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Passage {
    /// The site at which the path starts, and the site at which it ends if known; empty if no link is used.
    pub(in crate::sim) sites: Vec<SiteId>,
    /// The links, if the file has any. The direction of a link is `Out` if packets use it in the order of its sites.
    pub(in crate::sim) links: Vec<(WanLinkId, Direction)>,
}

/// The path after Global Reach: the session over which packets return to the company, the path from that edge, and the
/// site at which the path ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Beyond {
    pub(in crate::sim) kind: SessionKind,
    pub(in crate::sim) passage: Passage,
    pub(in crate::sim) site: SiteId,
}

/// The company's network in an epoch.
#[derive(Clone, Copy)]
pub(in crate::sim) struct Company<'w, 'a> {
    pub(in crate::sim) epoch: &'w Epoch<'a>,
    pub(in crate::sim) seed: u64,
}

impl<'w> Company<'w, '_> {
    fn network(self) -> &'w Network {
        &self.epoch.state.network
    }

    /// Returns the path from a site to the edge at which packets end or leave over a session, according to the site's
    /// decision.
    pub(in crate::sim) fn to_exit(
        self,
        site: SiteId,
        decision: &Decision,
        kind: Option<SessionKind>,
        key: &FlowKey,
    ) -> Passage {
        let leaves = |edges: &Vec<SiteId>| {
            let exit = edges.last().copied().unwrap_or(site);
            match kind {
                Some(SessionKind::Internet(at) | SessionKind::Vpn(at, _)) => at == exit,
                Some(SessionKind::Circuit(id, _, connection)) => self.ends_at((id, connection), exit),
                _ => true,
            }
        };
        let edges = self.share(decision, key, leaves);
        let exit = match edges.last() {
            Some(last) => Some(*last),
            None => self.known_exit(site, decision, kind),
        };
        self.passage(site, exit, &edges, key)
    }

    /// Returns the path from the edge of a site back to the site of a client or a server.
    pub(in crate::sim) fn to_site(self, from: SiteId, to: SiteId, address: IpAddr, key: &FlowKey) -> Passage {
        let engine = self.epoch.engines.site(from).filter(|_| self.network().wan.is_some() && from != to);
        let edges = engine.map(|engine| {
            let decision = engine.decision(engine.decide_as_edge(address));
            self.share(decision, key, |edges| edges.last() == Some(&to))
        });
        self.passage(from, Some(to), &edges.unwrap_or_default(), key)
    }

    /// Returns a shortest path from the edge of one site to the edge of another, selected by the hash of the flow.
    pub(in crate::sim) fn to_edge(self, from: SiteId, to: SiteId, key: &FlowKey) -> Passage {
        let mut edges = Vec::new();
        let mut here = from;
        // A shortest path never passes a site twice.
        for hop in (1..).take(self.network().sites.len()) {
            let next = neighbors_towards(self.network(), &self.epoch.links, here, to);
            let chosen = member(key, self.seed.wrapping_add(hop), next.len());
            let Some(next) = chosen.and_then(|index| next.into_iter().nth(index)) else { break };
            edges.push(next);
            here = next;
        }
        self.passage(from, Some(to), &edges, key)
    }

    /// Returns the site at whose edge packets for a site arrive over a connection of a circuit; `None` if unknown.
    pub(in crate::sim) fn landing(
        self,
        over: (CircuitId, Connection),
        to: Option<SiteId>,
        key: &FlowKey,
    ) -> Option<SiteId> {
        if let Some(site) = to.filter(|site| self.ends_at(over, *site)) {
            return Some(site);
        }
        if let Some(edge) = self.network().edge_of(over.0, over.1) {
            return Some(edge);
        }
        // Links determine which sites learn routes from each other. Without links, the edge at which a circuit with a
        // `metric` ends is unknown.
        let known = self.network().wan.is_some() || to.is_none();
        let ends = self.network().sites_with_ids().map(|(id, _)| id);
        let ends: Vec<SiteId> = ends.filter(|site| known && self.ends_at(over, *site)).collect();
        member(key, self.seed.wrapping_add(1), ends.len()).and_then(|index| ends.get(index)).copied()
    }

    /// Returns the connection of a circuit for packets without a decision of their own, such as the packets of a
    /// tunnel. Of the connections that are up, this is the one with the shortest AS path; a hash selects among
    /// connections with equal AS paths. For packets that leave at the edge of a site, connections that end at this site
    /// come first. For packets that arrive, the company's advertisements count.
    pub(in crate::sim) fn connection(
        self,
        (id, peering): (CircuitId, PeeringKind),
        at: Option<SiteId>,
        key: &FlowKey,
        direction: Direction,
    ) -> Option<Connection> {
        let circuit = self.network().circuit(id)?;
        let sessions = || self.epoch.engines.sites().iter().flat_map(Engine::sessions);
        let up = |connection: &Connection| {
            let kind = SessionKind::Circuit(id, peering, *connection);
            sessions().any(|session| session.kind == kind && session.state(Family::V4) == SessionState::Up)
        };
        let length = |connection: Connection| {
            let own = match peering {
                PeeringKind::Microsoft => circuit.microsoft_peering.as_ref()?.prepend_on(connection).len(),
                PeeringKind::Private => circuit.private_peering.as_ref()?.prepend_on(connection).len(),
            };
            let theirs = usize::from(self.epoch.links.prepended(id, connection));
            Some(theirs + if direction == Direction::In { own } else { 0 })
        };
        let mut up: Vec<_> = Connection::ALL.into_iter().filter(up).collect();
        let own = |connection: &Connection| at.is_some_and(|site| self.ends_at((id, *connection), site));
        if direction == Direction::Out && up.iter().any(own) {
            up.retain(own);
        }
        let least = up.iter().filter_map(|connection| length(*connection)).min();
        let equal: Vec<_> = up.into_iter().filter(|connection| length(*connection) == least).collect();
        let key = if direction == Direction::Out { *key } else { key.reversed() };
        equal.get(member(&key, self.seed, equal.len())?).copied()
    }

    /// Returns the path of packets that Global Reach forwards to another circuit.
    pub(in crate::sim) fn beyond(
        self,
        decision: &Decision,
        address: IpAddr,
        key: &FlowKey,
    ) -> Option<Beyond> {
        let Reason::GlobalReach { partner, .. } = decision.exit_reason() else { return None };
        let connection = self.connection((*partner, PeeringKind::Private), None, key, Direction::In)?;
        let edge = self.landing((*partner, connection), None, key)?;
        let engine = self.epoch.engines.site(edge)?;
        let there = engine.decision(engine.decide_as_edge(address));
        let passage = match there.disposition {
            Disposition::OnPremises => self.to_exit(edge, there, Some(SessionKind::OnPremises), key),
            _ => Passage::default(),
        };
        let site = passage.sites.last().copied().unwrap_or(edge);
        Some(Beyond { kind: SessionKind::Circuit(*partner, PeeringKind::Private, connection), passage, site })
    }

    /// Returns the edges after the site's own edge on one of the matching traces of its decision, selected by the hash
    /// of the flow.
    fn share(self, decision: &Decision, key: &FlowKey, fits: impl Fn(&Vec<SiteId>) -> bool) -> Vec<SiteId> {
        if decision.hops().is_empty() && decision.why.traces.is_empty() {
            return Vec::new();
        }
        let traces = decision.traces().map(|trace| trace.iter().filter_map(Hop::edge).collect());
        let mut fitting: Vec<Vec<SiteId>> = traces.filter(fits).collect();
        fitting.dedup();
        let chosen = member(key, self.seed.wrapping_add(1), fitting.len());
        chosen.map(|index| fitting.swap_remove(index)).unwrap_or_default()
    }

    /// Returns the site of the exit edge if the hops do not contain it.
    fn known_exit(self, site: SiteId, decision: &Decision, kind: Option<SessionKind>) -> Option<SiteId> {
        match kind {
            Some(SessionKind::Internet(exit) | SessionKind::Vpn(exit, _)) => Some(exit),
            Some(SessionKind::Circuit(id, _, connection)) if self.ends_at((id, connection), site) => {
                Some(site)
            }
            Some(SessionKind::Circuit(id, _, connection)) => self.network().edge_of(id, connection),
            Some(SessionKind::OnPremises) => match decision.exit_reason() {
                Reason::Site { site, .. } => Some(*site),
                _ => Some(site),
            },
            Some(SessionKind::Edge(_) | SessionKind::Discard) | None => Some(site),
        }
    }

    fn ends_at(self, (circuit, connection): (CircuitId, Connection), site: SiteId) -> bool {
        let ends =
            |site: &Site| site.attachments.iter().any(|own| own.circuit == circuit && own.ends(connection));
        self.network().site(site).is_some_and(ends)
    }

    fn passage(self, from: SiteId, to: Option<SiteId>, edges: &[SiteId], key: &FlowKey) -> Passage {
        if edges.is_empty() && to == Some(from) {
            return Passage::default();
        }
        let mut links = Vec::new();
        let mut here = from;
        for (hop, next) in (2..).zip(edges) {
            links.extend(self.link(here, *next, key, self.seed.wrapping_add(hop)));
            here = *next;
        }
        Passage { sites: std::iter::once(from).chain(to).collect(), links }
    }

    /// Returns the link that packets use between two neighbors.
    fn link(self, from: SiteId, to: SiteId, key: &FlowKey, seed: u64) -> Option<(WanLinkId, Direction)> {
        let state = &self.epoch.links;
        let place = |sites: &[SiteId], site: SiteId| sites.iter().position(|own| *own == site);
        let up = self.network().wan_links_with_ids().filter_map(|(id, link)| {
            let up = state.get(Link::Wan(id)).unwrap_or(link.state.value == State::Up);
            let (begin, end) = place(&link.sites, from).zip(place(&link.sites, to)).filter(|_| up)?;
            Some((link.metric, (id, if begin < end { Direction::Out } else { Direction::In })))
        });
        let up: Vec<_> = up.collect();
        let least = up.iter().map(|(metric, _)| *metric).min()?;
        let equal: Vec<_> = up.into_iter().filter(|(metric, _)| *metric == least).collect();
        member(key, seed, equal.len()).and_then(|index| equal.get(index)).map(|(_, link)| *link)
    }
}
