//! The way of a conversation in one epoch: links out and back, the source after translation.
//!
//! Where equally good routes share the flows, a conversation takes one by [`flow_hash`] of its five-tuple from the
//! client's side, and its answers one by that of the reversed tuple. A client appears from one address of a pool: by
//! the hash of its address alone, so that all of its conversations share it.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use super::equal_cost::{member, mixed};
use super::ledger::End;
use super::link::{LinkIndex, Links};
use super::route_back::{Back, Rests, Told, Unanswered};
use super::scenario::{LinkName, SessionName};
use super::timeline::Epoch;
use crate::addr::{Family, FlowKey, IpPrefix};
use crate::catalog::RecordId;
use crate::diag::Spanned;
use crate::engine::{
    Attractions, Decision, DecisionId, Departure, Departures, Disposition, Engine, FarEnds, Passing, Reason,
    ReturnDestination, ReturnPath, ReturnVerdict, SessionKind, Vantage, return_at,
};
use crate::network::{Attachment, Network, PeeringKind, Site, SiteId, Underlay, VirtualNetworkId, Vpn};
use crate::rib::flow_hash;

/// Index of a session's name in its [`Router`].
pub(super) type SessionIndex = u32;

/// A link on a way, and the session whose wire it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hop {
    pub(super) link: LinkIndex,
    pub(super) session: Option<SessionIndex>,
}

/// The way of a conversation, shared by all that go the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) disposition: Disposition,
    /// The session that packets leave over.
    pub(super) via: Option<SessionName>,
    /// The session that answers come over.
    pub(super) back: Option<SessionName>,
    pub(super) verdict: Option<ReturnVerdict>,
    /// What nobody says, where it cannot be told whether answers arrive.
    pub(super) unanswered: Option<Unanswered>,
    pub(super) rests: Rests,
    /// The links out and their end, then those of answers.
    pub(super) out: (Vec<Hop>, End),
    pub(super) answers: (Vec<Hop>, End),
}

/// A conversation's way: the route, and the source that the far end sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Index of the [`Route`] in its [`Router`].
    pub(super) route: u32,
    /// The source after translation; `None` where nothing leaves.
    pub(super) source: Option<IpAddr>,
    /// Whether the client lies in a site's prefixes; else the first site stands in.
    pub(super) at_site: bool,
    /// What decided; `None` where the network has no site.
    pub(super) leaving: Option<Leaving>,
}

/// What a [`Departure`] is made from, in the epoch of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Leaving {
    pub(super) site: SiteId,
    pub(super) decision: DecisionId,
    /// Which of the decision's carriers.
    carrier: Option<usize>,
    family: Family,
    verdict: Option<ReturnVerdict>,
    /// Whether it cannot be told if answers arrive.
    unanswered: bool,
}

impl Leaving {
    /// The same by a decision of another engine that says the same.
    pub(super) fn by(self, decision: DecisionId) -> Self {
        Self { decision, ..self }
    }

    /// How the conversation leaves, to be held against another departure of the same conversation.
    pub(super) fn departure<'e>(&self, epoch: &'e Epoch<'_>) -> Option<Departure<'e>> {
        let engine = epoch.engines.get(self.site.index())?;
        let decision = engine.decision(self.decision);
        let carrier = self.carrier.and_then(|index| decision.carriers().get(index)).copied();
        let departures = Departures::new(&epoch.state.network, self.site, engine.sessions());
        let departure = departures.of(decision, carrier, self.family).with_return(self.verdict);
        Some(departure.with_unknown_return(self.unanswered))
    }
}

/// A site and a decision of its engine, but for the prefix: what decisions share has one address while their engine lives.
type About = (u32, Disposition, usize);

/// What settles a route: the decision, the session out, and the answers.
type RouteKey = (About, Option<SessionKind>, Option<AnswersKey>);

/// What settles the answers of a route: over whose session they come, and what is said of them.
type AnswersKey = (Option<(usize, SessionKind)>, Option<ReturnVerdict>, Option<Unanswered>, Rests);

/// Finds ways, and remembers those that it found.
#[derive(Clone, Debug, Default)]
pub(super) struct Router {
    seed: u64,
    pub(super) routes: Vec<Route>,
    ids: HashMap<Route, u32, foldhash::fast::FixedState>,
    sessions: Vec<SessionName>,
    /// Of the current epoch.
    backs: HashMap<(About, ReturnDestination), Option<Arc<ReturnPath>>, foldhash::fast::FixedState>,
    /// Of the current epoch.
    known: HashMap<RouteKey, u32, foldhash::fast::FixedState>,
    /// By record of the lists, of the catalog at this address.
    destinations: HashMap<(usize, Option<RecordId>, bool), ReturnDestination, foldhash::fast::FixedState>,
    site_of: Vec<(IpPrefix, SiteId)>,
    /// What answers the sites of the current epoch.
    far_ends: Option<FarEnds>,
    /// What attracts packets from outside in the current epoch.
    attractions: Arc<Attractions>,
    /// The hops of the current epoch that nothing evaluates, where it has any.
    passing: Option<Passing>,
    /// A note for each of them that was passed in any epoch.
    pub(super) unevaluated: BTreeSet<String>,
}

impl Router {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Turns to another epoch.
    pub(super) fn turn(&mut self, epoch: &Epoch<'_>) {
        let network: &Network = &epoch.state.network;
        self.passing = Passing::of(network);
        self.attractions = Arc::new(Attractions::of(epoch.state.inputs(&epoch.links)));
        self.backs.clear();
        self.known.clear();
        self.site_of.clear();
        // From one site as from any.
        self.far_ends = Some(FarEnds::of(network, Vantage::Site(SiteId(0))));
        for (id, site) in network.sites_with_ids() {
            let nat = site.internet.iter().flat_map(|edge| &edge.nat);
            self.site_of.extend(site.prefixes.iter().chain(nat).map(|prefix| (prefix.value, id)));
        }
        self.site_of.sort_by_key(|(prefix, id)| (u8::MAX - prefix.length(), *id));
    }

    /// The index of a session's name, which it gets now if it has none.
    pub(super) fn session(&mut self, name: &SessionName) -> SessionIndex {
        let known = self.sessions.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.sessions.push(name.clone());
            self.sessions.len() - 1
        });
        SessionIndex::try_from(index).unwrap_or(SessionIndex::MAX)
    }

    /// The way of a conversation from its client to the remote end.
    pub(super) fn way(&mut self, epoch: &Epoch<'_>, links: &mut Links, key: &FlowKey) -> Way {
        let network = &*epoch.state.network;
        let found = self.site_of.iter().find(|(prefix, _)| prefix.contains(key.source));
        let (site_id, at_site) = found.map_or((SiteId(0), false), |(_, site)| (*site, true));
        let parts = network.site(site_id).zip(epoch.engines.get(site_id.index()));
        let Some((site, engine)) = parts else {
            return Way { route: 0, source: None, at_site, leaving: None };
        };
        let id = engine.decide(key.destination);
        let decision = engine.decision(id);
        let carrier = member(key, self.seed, decision.carriers().len());
        let kind = carrier.and_then(|index| kind_of(engine, decision, index));
        let source = kind.map(|kind| self.source(network, kind, key.source));
        let end = end_of(decision.disposition);
        let attractions = Arc::clone(&self.attractions);
        let told = match (kind, source) {
            (Some(kind), Some(source)) if end == End::Delivered => {
                let path = self.back(epoch, (site_id, engine), key.destination, decision);
                let (seed, reversed) = (self.seed, key.reversed());
                let back = Back { epoch, site, kind, source, seed, reversed, attractions: &attractions };
                Some(back.tell(path.as_deref(), decision))
            }
            _ => None,
        };
        let verdict = told.as_ref().and_then(|told| told.verdict);
        let family = if key.destination.is_ipv4() { Family::V4 } else { Family::V6 };
        let unanswered = told.as_ref().is_some_and(|told| told.unanswered.is_some());
        let leaving = Some(Leaving { site: site_id, decision: id, carrier, family, verdict, unanswered });
        let about = (site_id.0, decision.disposition, Arc::as_ptr(&decision.why).addr());
        let answers = told.as_ref().map(|told| {
            let over = told.over.map(|(owner, kind)| (std::ptr::from_ref(owner).addr(), kind));
            (over, told.verdict, told.unanswered.clone(), told.rests.clone())
        });
        let route_key = (about, kind, answers);
        let known = self.known.get(&route_key).copied();
        let route = known.unwrap_or_else(|| {
            let route = self.route(links, (network, site), decision, kind, told);
            let route = self.intern(route);
            self.known.insert(route_key, route);
            route
        });
        Way { route, source, at_site, leaving }
    }

    /// The way back of a decision about an address, told once for all that share what it depends on.
    fn back(
        &mut self,
        epoch: &Epoch<'_>,
        (site, engine): (SiteId, &Engine),
        address: IpAddr,
        decision: &Decision,
    ) -> Option<Arc<ReturnPath>> {
        let catalog = epoch.state.catalog;
        let record = (std::ptr::from_ref(catalog).addr(), catalog.record(address), address.is_ipv4());
        let destination = *self
            .destinations
            .entry(record)
            .or_insert_with(|| ReturnDestination::of(catalog, address, &catalog.lookup(address)));
        let destination = match decision.disposition {
            Disposition::PrivatePeering | Disposition::Vpn => {
                destination.at(self.far_ends.as_ref().and_then(|all| all.get(address)))
            }
            _ => destination,
        };
        let about = (site.0, decision.disposition, Arc::as_ptr(&decision.why).addr());
        if let Some(known) = self.backs.get(&(about, destination)) {
            return known.clone();
        }
        let (inputs, vantage) = (epoch.state.inputs(&epoch.links), Vantage::Site(site));
        let back = return_at(inputs, vantage, destination, decision, engine.sessions()).map(Arc::new);
        if let Some(passing) = &self.passing {
            let far_end = self.far_ends.as_ref().and_then(|all| all.get(address));
            let hops = passing.of_decision(inputs.network, vantage, decision, far_end, back.as_deref());
            self.unevaluated.extend(hops.iter().map(|hop| hop.note(inputs.network)));
        }
        self.backs.insert((about, destination), back.clone());
        back
    }

    /// The route of a decision over a session, with answers as told; without, they are as packets out.
    fn route(
        &mut self,
        links: &mut Links,
        (network, site): (&Network, &Site),
        decision: &Decision,
        kind: Option<SessionKind>,
        told: Option<Told<'_>>,
    ) -> Route {
        let end = end_of(decision.disposition);
        let out = self.out_hops(links, network, site, decision, kind);
        let mut route = Route {
            disposition: decision.disposition,
            via: kind.and_then(|kind| name_of(network, kind)),
            back: None,
            verdict: None,
            unanswered: None,
            rests: Rests::default(),
            answers: (Vec::new(), end),
            out: (out, end),
        };
        let Some(told) = told else {
            route.answers.0 = route.out.0.iter().rev().copied().collect();
            return route;
        };
        if let Some((owner, kind)) = told.over {
            route.back = name_of(network, kind);
            route.answers.0 = self.out_hops(links, network, owner, decision, Some(kind));
            route.answers.0.reverse();
        }
        if told.verdict == Some(ReturnVerdict::Dropped) {
            route.answers.1 = End::Asymmetric;
        }
        if told.unanswered.is_some() {
            route.answers.1 = End::Unknown;
        }
        (route.verdict, route.unanswered, route.rests) = (told.verdict, told.unanswered, told.rests);
        route
    }

    fn intern(&mut self, route: Route) -> u32 {
        if let Some(known) = self.ids.get(&route) {
            return *known;
        }
        let id = u32::try_from(self.routes.len()).unwrap_or(u32::MAX);
        self.routes.push(route.clone());
        self.ids.insert(route, id);
        id
    }

    fn source(&self, network: &Network, kind: SessionKind, client: IpAddr) -> IpAddr {
        let pool: &[Spanned<IpPrefix>] = match kind {
            SessionKind::Internet(site) => {
                network.site(site).and_then(|site| site.internet.as_ref()).map_or(&[], |edge| &edge.nat)
            }
            SessionKind::Circuit(id, PeeringKind::Microsoft, connection) => network
                .circuit(id)
                .and_then(|circuit| circuit.microsoft_peering.as_ref())
                .map_or(&[], |peering| peering.nat_on(connection)),
            _ => &[],
        };
        translated(pool, client, self.seed)
    }

    /// The links that a packet passes from the client to where it leaves the model.
    fn out_hops(
        &mut self,
        links: &mut Links,
        network: &Network,
        site: &Site,
        decision: &Decision,
        kind: Option<SessionKind>,
    ) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut pass = |link: LinkName, session: Option<SessionIndex>| {
            hops.push(Hop { link: links.index(&link), session });
        };
        let edge_of = |site: SiteId| {
            let edge = network.site(site).and_then(|site| site.internet.as_ref());
            edge.map(|edge| edge.name.clone())
        };
        // Over the company's network to the edge of another site.
        let cross = |other: &Site, pass: &mut dyn FnMut(LinkName, Option<SessionIndex>)| {
            if other.name != site.name {
                pass(LinkName::Wan(site.name.clone()), None);
                pass(LinkName::Wan(other.name.clone()), None);
            }
        };
        match kind {
            Some(SessionKind::Internet(exit)) => {
                if let Some(other) = network.site(exit) {
                    cross(other, &mut pass);
                }
                if let Some(edge) = edge_of(exit) {
                    pass(LinkName::Internet(edge.clone()), Some(self.session(&SessionName::Internet(edge))));
                }
            }
            Some(SessionKind::Vpn(exit, index)) => {
                if let Some(other) = network.site(exit) {
                    cross(other, &mut pass);
                }
                let tunnel = tunnel_of(network, exit, index);
                match tunnel.map(|vpn| vpn.over) {
                    // Which connection its own packets take is the choice of the edge.
                    Some(Underlay::Peering(id, _)) => {
                        let circuit = network.circuit(id).map(|circuit| circuit.name.clone());
                        if let Some(name) = circuit {
                            pass(LinkName::Circuit(name), None);
                        }
                    }
                    _ => {
                        if let Some(edge) = edge_of(exit) {
                            let session = self.session(&SessionName::Internet(edge.clone()));
                            pass(LinkName::Internet(edge), Some(session));
                        }
                    }
                }
                if let Some(vpn) = tunnel {
                    let session = self.session(&SessionName::Vpn(vpn.name.clone()));
                    pass(LinkName::Vpn(vpn.name.clone()), Some(session));
                }
                if let Some(gateway) = gateway_of(network, decision) {
                    pass(LinkName::Gateway(gateway), None);
                }
            }
            Some(SessionKind::Circuit(id, peering, connection)) => {
                let here = |own: &Attachment| own.circuit == id && own.metric.is_none();
                match network.edge_of(id).and_then(|edge| network.site(edge)) {
                    _ if site.attachments.iter().any(here) => {}
                    Some(other) => cross(other, &mut pass),
                    None => pass(LinkName::Wan(site.name.clone()), None),
                }
                if let Some(circuit) = network.circuit(id) {
                    let name = || circuit.name.clone();
                    let session = self.session(&SessionName::Circuit(name(), peering, connection));
                    pass(LinkName::Connection(name(), connection), Some(session));
                    pass(LinkName::Circuit(name()), None);
                }
                if let Some(gateway) =
                    gateway_of(network, decision).filter(|_| peering == PeeringKind::Private)
                {
                    pass(LinkName::Gateway(gateway), None);
                }
            }
            Some(SessionKind::OnPremises) => {
                if let Reason::Site { site, .. } = decision.exit_reason()
                    && let Some(other) = network.site(*site)
                {
                    cross(other, &mut pass);
                }
            }
            // Where it goes on, the sessions of that edge carry the decision.
            Some(SessionKind::Edge(_) | SessionKind::Discard) | None => {}
        }
        hops
    }
}

/// The session of one of a decision's carriers.
pub(super) fn kind_of(engine: &Engine, decision: &Decision, carrier: usize) -> Option<SessionKind> {
    let index = usize::try_from(decision.carriers().get(carrier)?.session.index()).ok()?;
    engine.sessions().get(index).map(|session| session.kind)
}

/// The end of packets that nothing stops on the way.
fn end_of(disposition: Disposition) -> End {
    match disposition {
        Disposition::Discarded => End::Discarded,
        Disposition::Unreachable => End::NoRoute,
        Disposition::Ambiguous | Disposition::Unknown | Disposition::Private => End::Unknown,
        _ => End::Delivered,
    }
}

/// The address of a pool that a client appears from; its own where nothing of its family is translated.
fn translated(pool: &[Spanned<IpPrefix>], client: IpAddr, seed: u64) -> IpAddr {
    let of_family = |prefix: &&Spanned<IpPrefix>| prefix.value.first().is_ipv4() == client.is_ipv4();
    let prefixes: Vec<IpPrefix> = pool.iter().filter(of_family).map(|prefix| prefix.value).collect();
    let alone =
        FlowKey { source: client, destination: client, protocol: 0, source_port: 0, destination_port: 0 };
    let Some(prefix) = member(&alone, seed, prefixes.len()).and_then(|index| prefixes.get(index)) else {
        return client;
    };
    // Another mix than the one that chose the prefix, so that the two do not go together.
    let hash = u128::from(mixed(flow_hash(&alone), seed.wrapping_add(1)));
    match prefix.first() {
        IpAddr::V4(first) => {
            let host = hash & ((1_u128 << (32 - u32::from(prefix.length()))) - 1);
            IpAddr::V4((first.to_bits() | u32::try_from(host).unwrap_or(0)).into())
        }
        IpAddr::V6(first) => {
            let mask = u128::MAX.checked_shr(u32::from(prefix.length())).unwrap_or(0);
            IpAddr::V6((first.to_bits() | (hash & mask)).into())
        }
    }
}

/// The name of a site's session; `None` for what is none.
pub(super) fn name_of(network: &Network, kind: SessionKind) -> Option<SessionName> {
    match kind {
        SessionKind::Internet(site) => {
            Some(SessionName::Internet(network.site(site)?.internet.as_ref()?.name.clone()))
        }
        SessionKind::Circuit(id, peering, connection) => {
            Some(SessionName::Circuit(network.circuit(id)?.name.clone(), peering, connection))
        }
        SessionKind::Vpn(site, index) => {
            Some(SessionName::Vpn(tunnel_of(network, site, index)?.name.clone()))
        }
        SessionKind::OnPremises | SessionKind::Discard | SessionKind::Edge(_) => None,
    }
}

/// A tunnel of a site.
fn tunnel_of(network: &Network, site: SiteId, index: u32) -> Option<&Vpn> {
    network.site(site)?.vpn.get(usize::try_from(index).ok()?)
}

/// The virtual network whose gateway leads to a decision's virtual network: its own, or a peered one's.
fn gateway_of(network: &Network, decision: &Decision) -> Option<String> {
    let id: VirtualNetworkId = match decision.exit_reason() {
        Reason::VirtualNetwork { network, .. } | Reason::Tunnel { network: Some(network), .. } => *network,
        _ => return None,
    };
    let own = network.virtual_network(id)?;
    if own.gateway.is_some() {
        return Some(own.name.clone());
    }
    let remote = own.peerings.iter().find(|peering| peering.use_remote_gateways)?;
    network.virtual_network(remote.virtual_network).map(|hub| hub.name.clone())
}
