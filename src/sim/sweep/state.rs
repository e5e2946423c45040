//! The states that result from outages, and the conversations that a state does not affect.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::scenario::{SessionName, Target, all_sessions};
use super::sums::Sums;
use crate::addr::{Family, FlowKey};
use crate::engine::{
    Decision, DecisionId, Engine, Link, LinkState, Outage, Session, SessionKind, SessionState, Vantage,
};
use crate::network::{CircuitId, Network, SiteId};
use crate::sim::clock::state::link_of;
use crate::sim::clock::timeline::{Epoch, is_up};
use crate::sim::paths::conversation::{ConversationPath, Route, Router, kind_of, name_of};
use crate::sim::paths::walk::Hop;

/// A state of the network that results from one or several outages.
#[derive(Debug)]
pub(super) struct Case {
    /// The indices of the outages.
    pub(super) outages: Vec<usize>,
    /// The state of the links after the first of these outages.
    pub(super) links: LinkState,
    /// The circuits that the outages affect.
    circuits: BTreeSet<CircuitId>,
    /// Whether the outages affect links between sites.
    links_between_sites: bool,
    pub(super) sums: Sums,
}

/// Returns the single failures of a network, each with the names of all that leave it in the same state, itself first.
pub fn single_failures(network: &Network) -> Vec<(Outage, Vec<String>)> {
    let outages = Outage::singles(network);
    let states = Case::all(network, &outages).into_iter().filter_map(|case| {
        let outage = outages.get(*case.outages.first()?)?.clone();
        let names = case.outages.iter().filter_map(|index| outages.get(*index));
        Some((outage, names.map(|outage| outage.name.clone()).collect()))
    });
    states.collect()
}

impl Case {
    /// Returns the distinct states, in the order of the outages. Outages that leave the same sessions up and the same route
    /// filters attached result in the same state.
    pub(super) fn all(network: &Network, outages: &[Outage]) -> Vec<Self> {
        let mut cases: Vec<Self> = Vec::new();
        let mut known: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        for (index, outage) in outages.iter().enumerate() {
            let links = outage.applied_to(&LinkState::as_written());
            let at = *known.entry(what_is_up(network, &links)).or_insert_with(|| {
                cases.push(Self {
                    outages: Vec::new(),
                    links,
                    circuits: BTreeSet::new(),
                    links_between_sites: false,
                    sums: Sums::default(),
                });
                cases.len() - 1
            });
            if let Some(case) = cases.get_mut(at) {
                case.outages.push(index);
                case.links_between_sites |= outage.links.iter().any(|link| matches!(link, Link::Wan(_)));
                case.circuits.extend(outage.links.iter().filter_map(|link| circuit_of(*link)));
            }
        }
        cases
    }
}

fn what_is_up(network: &Network, links: &LinkState) -> Vec<bool> {
    let sessions = all_sessions(network).into_iter().map(|session| {
        let known = match link_of(network, &session) {
            Some(Link::Session(circuit, peering, connection)) => links.session(circuit, peering, connection),
            Some(link) => links.get(link),
            None => None,
        };
        known.unwrap_or_else(|| is_up(network, &session))
    });
    let filters = network.circuits_with_ids();
    let filters = filters.map(|(id, _)| links.get(Link::RouteFilter(id)) != Some(false));
    sessions.chain(filters).collect()
}

fn circuit_of(link: Link) -> Option<CircuitId> {
    match link {
        Link::Circuit(id)
        | Link::Connection(id, _)
        | Link::Peering(id, _)
        | Link::Session(id, ..)
        | Link::RouteFilter(id) => Some(id),
        Link::Internet(_) | Link::Vpn(..) | Link::Wan(_) => None,
    }
}

/// Returns the sessions whose link is dead during an outage. There are none for administrative changes, because both
/// ends know of these changes immediately.
pub(super) fn wires(network: &Network, outage: &Outage) -> BTreeSet<SessionName> {
    let circuit = |id| Some(network.circuit(id)?.name.clone());
    let target = |link: &Link| match link {
        Link::Circuit(id) => circuit(*id).map(Target::Circuit),
        Link::Connection(id, connection) => circuit(*id).map(|name| Target::Connection(name, *connection)),
        Link::Internet(site) => {
            network.site(*site)?.internet.as_ref().map(|edge| Target::Internet(edge.name.clone()))
        }
        Link::Vpn(site, index) => {
            let vpn = network.site(*site)?.vpn.get(usize::try_from(*index).ok()?)?;
            Some(Target::Session(SessionName::Vpn(vpn.name.clone())))
        }
        Link::Wan(id) => {
            let link = network.wan.iter().flatten().nth(id.index())?;
            Some(Target::Session(SessionName::Wan(link.name.clone())))
        }
        Link::Peering(..) | Link::Session(..) | Link::RouteFilter(_) => None,
    };
    let targets = outage.links.iter().filter_map(target);
    targets.flat_map(|target| target.sessions(network)).collect()
}

/// Finds the conversations that a state does not affect, without evaluating their paths.
pub(super) struct Changed<'c, 'a> {
    before: &'c Epoch<'a>,
    after: &'c Epoch<'a>,
    /// Whether each route depends on nothing that the state affects, in the order of routes.
    stands: Vec<bool>,
    same: HashMap<(SiteId, DecisionId, DecisionId), bool, foldhash::fast::FixedState>,
}

impl<'c, 'a> Changed<'c, 'a> {
    pub(super) fn new(case: &Case, before: &'c Epoch<'a>, after: &'c Epoch<'a>, router: &Router) -> Self {
        let network = &after.state.network;
        let mut circuits = case.circuits.clone();
        let mut sessions = BTreeSet::new();
        // In addition to the links that the outage takes down: sessions that fail with these links, and sessions that
        // return because a limit is no longer exceeded.
        for (one, other) in before.engines.sites().iter().zip(after.engines.sites()) {
            for (old, new) in one.sessions().iter().zip(other.sessions()) {
                let up = |session: &Session| {
                    [Family::V4, Family::V6].map(|family| session.state(family) == SessionState::Up)
                };
                if up(old) != up(new) {
                    sessions.extend(name_of(network, new.kind));
                    if let SessionKind::Circuit(id, ..) = new.kind {
                        circuits.insert(id);
                    }
                }
            }
        }
        let edges = sessions.iter().any(|session| !matches!(session, SessionName::Circuit(..)));
        let wan = case.links_between_sites;
        let stands = |route: &Route| {
            let hops = || route.out.0.iter().chain(&route.answers.0);
            let crosses = |hop: &Hop| {
                let session = hop.session.and_then(|session| router.session_name(session));
                matches!(session, Some(SessionName::Wan(_)))
            };
            let touched = [&route.via, &route.back];
            let gone = touched.into_iter().flatten().any(|session| sessions.contains(session));
            let attracts = route.rests.circuits.iter().any(|id| circuits.contains(id));
            let announced = edges && route.rests.edges;
            !(gone || attracts || announced || route.rests.gateways || (wan && hops().any(crosses)))
        };
        let stands = router.routes.iter().map(stands).collect();
        Self { before, after, stands, same: HashMap::default() }
    }

    /// Returns the path of a conversation that certainly keeps its path, with the decision of the new engines.
    pub(super) fn kept(&mut self, way: &ConversationPath, key: &FlowKey) -> Option<ConversationPath> {
        let leaving = way.leaving.filter(|_| self.stands.get(way.route as usize) == Some(&true))?;
        // Packets from a subnet, and replies to them, also depend on the decisions of edges.
        let Vantage::Site(site) = leaving.vantage else { return None };
        let (old, new) = (self.before.engines.site(site)?, self.after.engines.site(site)?);
        let network = &*self.after.state.network;
        let destination =
            network.translated(site, key.destination).map_or(key.destination, |to| to.destination);
        let now = new.decide(destination);
        let same = *self.same.entry((site, leaving.decision, now)).or_insert_with(|| {
            let (before, after) = (old.decision(leaving.decision), new.decision(now));
            let kinds = |engine: &Engine, decision: &Decision| -> Vec<_> {
                (0..decision.next_hops().len()).map(|next_hop| kind_of(engine, decision, next_hop)).collect()
            };
            before.disposition == after.disposition
                && before.reason() == after.reason()
                && before.hops() == after.hops()
                && before.why.traces == after.why.traces
                && kinds(old, before) == kinds(new, after)
        });
        same.then_some(ConversationPath { leaving: Some(leaving.by(now)), ..*way })
    }
}
