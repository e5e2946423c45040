//! The path of a conversation in one epoch: the links out and back, and the source address after translation.
//!
//! Of several equal-cost routes, a conversation uses the route selected by the [`flow_hash`] of its five-tuple as seen
//! from the client, and its replies use the route selected by the hash of the reversed five-tuple. A client is
//! translated to one address in a pool. The hash of the client's address alone selects this address, so all
//! conversations of the client share it.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::{Family, FlowKey, IpPrefix};
use crate::catalog::RecordId;
use crate::diag::Spanned;
use crate::engine::{
    Attractions, Decision, DecisionId, Departure, Departures, Disposition, Engine, Passing, Responder,
    Responders, ReturnDestination, ReturnPath, ReturnVerdict, SessionKind, Vantage, return_at,
};
use crate::network::{Network, PeeringKind, SiteId, SubnetId, Translated};
use crate::rib::flow_hash;
use crate::sim::clock::timeline::Epoch;
use crate::sim::link::{Direction, Links};
use crate::sim::paths::company::{Beyond, Company, Passage};
use crate::sim::paths::equal_cost::{member, mixed};
use crate::sim::paths::reply::{Reply, Rests, ReturnContext, Unanswered};
use crate::sim::paths::walk::{Hop, SessionIndex, Sessions, Walk, back, gateway_of, tunnel_of};
use crate::sim::scenario::SessionName;
use crate::sim::volumes::End;

/// The route of a conversation, shared by all conversations that use the same route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Route {
    pub(in crate::sim) disposition: Disposition,
    /// The session over which packets leave.
    pub(in crate::sim) via: Option<SessionName>,
    /// The session over which replies arrive.
    pub(in crate::sim) back: Option<SessionName>,
    pub(in crate::sim) verdict: Option<ReturnVerdict>,
    /// The missing information, if it is unknown whether replies arrive.
    pub(in crate::sim) unanswered: Option<Unanswered>,
    pub(in crate::sim) rests: Rests,
    /// The outgoing links with the outcome of packets, then the links of replies.
    pub(in crate::sim) out: (Vec<Hop>, End),
    pub(in crate::sim) answers: (Vec<Hop>, End),
}

impl Route {
    /// Creates the route of packets that leave over a session according to a decision. Replies are assumed to have the
    /// same outcome.
    pub(in crate::sim) fn out(decision: &Decision, via: Option<SessionName>, out: (Vec<Hop>, End)) -> Self {
        Self {
            disposition: decision.disposition,
            via,
            back: None,
            verdict: None,
            unanswered: None,
            rests: Rests::default(),
            answers: (Vec::new(), out.1),
            out,
        }
    }
}

/// The path of a conversation: the route, and the source address that the destination sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct ConversationPath {
    /// The index of the [`Route`] in its [`Router`].
    pub(in crate::sim) route: u32,
    /// The source address after translation; `None` if no packet leaves.
    pub(in crate::sim) source: Option<IpAddr>,
    /// Whether the client is in the prefixes of a site or subnet. If it is not, the first site is used instead.
    pub(in crate::sim) is_placed: bool,
    /// The decision and its context; `None` if the network has no site.
    pub(in crate::sim) leaving: Option<Leaving>,
}

/// The data from which a [`Departure`] is created, in the epoch of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Leaving {
    pub(in crate::sim) vantage: Vantage,
    pub(in crate::sim) decision: DecisionId,
    /// The index of the next hop in the decision.
    pub(in crate::sim) next_hop: Option<usize>,
    pub(in crate::sim) family: Family,
    pub(in crate::sim) verdict: Option<ReturnVerdict>,
    /// Whether the arrival of replies is unknown.
    pub(in crate::sim) unanswered: bool,
}

impl Leaving {
    /// Returns the same departure with an equal decision from another engine.
    pub(in crate::sim) fn by(self, decision: DecisionId) -> Self {
        Self { decision, ..self }
    }

    /// Returns the decision.
    pub(in crate::sim) fn decision<'e>(&self, epoch: &'e Epoch<'_>) -> Option<&'e Decision> {
        Some(epoch.engine(self.vantage)?.decision(self.decision))
    }

    /// Returns how the conversation leaves, for comparison with another departure of the same conversation.
    pub(in crate::sim) fn departure<'e>(&self, epoch: &'e Epoch<'_>) -> Option<Departure<'e>> {
        let engine = epoch.engine(self.vantage)?;
        let decision = engine.decision(self.decision);
        let next_hop = self.next_hop.and_then(|index| decision.next_hops().get(index)).copied();
        let network = &*epoch.state.network;
        let departures = match self.vantage {
            Vantage::Site(site) => Departures::new(network, site, engine.sessions()),
            Vantage::Subnet(..) => Departures::of_subnet(network, engine.sessions()),
        };
        let departure = departures.of(decision, next_hop, self.family).with_return(self.verdict);
        Some(departure.with_unknown_return(self.unanswered))
    }
}

/// A site or subnet and a decision of its engine, regardless of the prefix. The data shared by decisions has a constant
/// memory address during the lifetime of their engine.
type About = (Vantage, Disposition, usize);

/// The key of a route from a site: the decision, the session out, and the replies, with the path over the company's
/// network in both directions.
type RouteKey = (About, Option<SessionKind>, (Passage, Option<Beyond>), Option<(Reply, Passage)>);

/// Finds paths, and caches them.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Router {
    seed: u64,
    pub(in crate::sim) routes: Vec<Route>,
    ids: HashMap<Route, u32, foldhash::fast::FixedState>,
    sessions: Sessions,
    /// The return paths of the current epoch.
    backs: HashMap<(About, ReturnDestination), Option<Arc<ReturnPath>>, foldhash::fast::FixedState>,
    /// The routes of the current epoch.
    known: HashMap<RouteKey, u32, foldhash::fast::FixedState>,
    /// The destinations by the memory address of the catalog and the list record.
    destinations: HashMap<(usize, Option<RecordId>, bool), ReturnDestination, foldhash::fast::FixedState>,
    /// The vantage points by prefix, the longest first.
    vantage_of: Vec<(IpPrefix, Vantage)>,
    /// The responders for the sites in the current epoch, and for its subnets if any subnet has a client.
    responders: [Option<Responders>; 2],
    /// The advertisements that draw packets from outside in the current epoch.
    attractions: Arc<Attractions>,
    /// The hops in the current epoch that are not evaluated, if any.
    passing: Option<Passing>,
    /// A note for each hop that is not evaluated and was passed in any epoch.
    pub(in crate::sim) unevaluated: BTreeSet<String>,
}

impl Router {
    pub(in crate::sim) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Switches to another epoch.
    pub(in crate::sim) fn turn(&mut self, epoch: &Epoch<'_>) {
        let network: &Network = &epoch.state.network;
        self.passing = Passing::of(network);
        self.attractions = Arc::new(Attractions::of(epoch.state.inputs(&epoch.links)));
        self.backs.clear();
        self.known.clear();
        self.vantage_of.clear();
        // The responders are the same for every site.
        self.responders = [Some(Responders::of(network, Vantage::Site(SiteId(0)))), None];
        for (id, site) in network.sites_with_ids() {
            let nat = site.internet.iter().flat_map(|edge| &edge.nat);
            let own = site.prefixes.iter().chain(nat);
            self.vantage_of.extend(own.map(|prefix| (prefix.value, Vantage::Site(id))));
        }
        for (id, own) in network.virtual_networks_with_ids() {
            for (subnet, index) in own.subnets.iter().zip(0..) {
                let vantage = Vantage::Subnet(id, SubnetId(index));
                self.vantage_of.extend(subnet.prefixes.iter().map(|prefix| (prefix.value, vantage)));
            }
        }
        self.vantage_of.sort_by_key(|(prefix, vantage)| (u8::MAX - prefix.length(), *vantage));
    }

    /// Returns the index of a session's name, adding the name if it is new.
    pub(in crate::sim) fn session(&mut self, name: &SessionName) -> SessionIndex {
        self.sessions.index(name)
    }

    /// Returns the session name with an index.
    pub(in crate::sim) fn session_name(&self, index: SessionIndex) -> Option<&SessionName> {
        self.sessions.name(index)
    }

    /// Returns a conversation as translated by a NAT64 translator at the client's site. Other conversations are
    /// unchanged.
    pub(in crate::sim) fn translated(&self, network: &Network, key: &FlowKey) -> FlowKey {
        let (vantage, _) = self.vantage_for(key.source);
        match vantage.translated(network, key.destination) {
            Some(Translated { source, destination, .. }) => FlowKey { source, destination, ..*key },
            None => *key,
        }
    }

    /// Returns the site or subnet of a client, or the first site if the client is in no site or subnet.
    fn vantage_for(&self, client: IpAddr) -> (Vantage, bool) {
        let found = self.vantage_of.iter().find(|(prefix, _)| prefix.contains(client));
        found.map_or((Vantage::Site(SiteId(0)), false), |(_, own)| (*own, true))
    }

    /// Returns the path of a conversation from its client to the remote end.
    pub(in crate::sim) fn way(
        &mut self,
        epoch: &Epoch<'_>,
        links: &mut Links,
        key: &FlowKey,
    ) -> ConversationPath {
        let (vantage, is_placed) = self.vantage_for(key.source);
        let key = &self.translated(&epoch.state.network, key);
        let way = match vantage {
            Vantage::Site(site) => self.way_from_site(epoch, links, (site, is_placed), key),
            Vantage::Subnet(..) => self.way_from_subnet(epoch, links, vantage, key),
        };
        way.unwrap_or(ConversationPath { route: 0, source: None, is_placed, leaving: None })
    }

    /// As [`Self::way`], for a client at a site.
    pub(in crate::sim) fn way_from_site(
        &mut self,
        epoch: &Epoch<'_>,
        links: &mut Links,
        (site, is_placed): (SiteId, bool),
        key: &FlowKey,
    ) -> Option<ConversationPath> {
        let network = &*epoch.state.network;
        let (vantage, engine) = (Vantage::Site(site), epoch.engines.site(site)?);
        let id = engine.decide(key.destination);
        if let Some(way) = self.way_through_proxy(epoch, links, (site, id), key) {
            return Some(ConversationPath { is_placed, ..way });
        }
        let decision = engine.decision(id);
        let next_hop = member(key, self.seed, decision.next_hops().len());
        let kind = next_hop.and_then(|index| kind_of(engine, decision, index));
        let source = kind.map(|kind| self.source(network, kind, key.source));
        let end = end_of(decision.disposition);
        let attractions = Arc::clone(&self.attractions);
        let company = Company { epoch, seed: self.seed };
        // Packets with an unknown path use no links; packets that are dropped behind another edge use the links to it.
        let leaves = kind.is_some() || matches!(end, End::Discarded | End::NoRoute);
        let out = if leaves { company.to_exit(site, decision, kind, key) } else { Passage::default() };
        let beyond = company.beyond(decision, key.destination, key);
        // The site at which packets arrived, if this site replies.
        let other = beyond.as_ref().map(|beyond| beyond.site).or(out.sites.get(1).copied()).unwrap_or(site);
        let reply = match (kind, source) {
            (Some(kind), Some(source)) if end == End::Delivered => {
                let path = self.back(epoch, (vantage, engine), key.destination, decision);
                let (seed, reversed) = (self.seed, key.reversed());
                let back =
                    ReturnContext { epoch, site, kind, source, seed, reversed, attractions: &attractions };
                let reply = back.reply(path.as_deref(), decision);
                let passage = match reply.over {
                    Some(over) => home(company, over, (site, key.source), other, &reversed),
                    None => Passage::default(),
                };
                Some((reply, passage))
            }
            _ => None,
        };
        let verdict = reply.as_ref().and_then(|(reply, _)| reply.verdict);
        let family = family_of(key.destination);
        let unanswered = reply.as_ref().is_some_and(|(reply, _)| reply.unanswered.is_some());
        let leaving = Some(Leaving { vantage, decision: id, next_hop, family, verdict, unanswered });
        let about = (vantage, decision.disposition, Arc::as_ptr(&decision.why).addr());
        let route_key = (about, kind, (out, beyond), reply);
        let known = self.known.get(&route_key).copied();
        let route = known.unwrap_or_else(|| {
            let (_, _, (out, beyond), reply) = &route_key;
            let route = self.route((epoch, links), decision, (kind, out, beyond.as_ref()), reply.as_ref());
            let route = self.intern(route);
            self.known.insert(route_key, route);
            route
        });
        Some(ConversationPath { route, source, is_placed, leaving })
    }

    /// Returns the return path for a decision about an address. The return path is evaluated once for all decisions
    /// that share its dependencies.
    pub(in crate::sim) fn back(
        &mut self,
        epoch: &Epoch<'_>,
        (vantage, engine): (Vantage, &Engine),
        address: IpAddr,
        decision: &Decision,
    ) -> Option<Arc<ReturnPath>> {
        let catalog = epoch.state.catalog;
        let record = (std::ptr::from_ref(catalog).addr(), catalog.record(address), address.is_ipv4());
        let destination = *self
            .destinations
            .entry(record)
            .or_insert_with(|| ReturnDestination::of(catalog, address, &catalog.lookup(address)));
        let responder = self.responder(vantage, address);
        let destination = match decision.disposition {
            Disposition::PrivatePeering | Disposition::Vpn | Disposition::AzureBackbone => {
                destination.at(responder)
            }
            _ => destination,
        };
        let about = (vantage, decision.disposition, Arc::as_ptr(&decision.why).addr());
        if let Some(known) = self.backs.get(&(about, destination)) {
            return known.clone();
        }
        let inputs = epoch.inputs();
        let back = return_at(inputs, vantage, destination, decision, engine.sessions()).map(Arc::new);
        if let Some(passing) = &self.passing {
            let hops = passing.of_decision(inputs.network, vantage, decision, responder, back.as_deref());
            self.unevaluated.extend(hops.iter().map(|hop| hop.note(inputs.network)));
        }
        self.backs.insert((about, destination), back.clone());
        back
    }

    /// Determines the responders for subnets in the current epoch, unless they are known.
    pub(in crate::sim) fn know_responders(&mut self, of_subnets: impl FnOnce() -> Responders) {
        let [_, known] = &mut self.responders;
        if known.is_none() {
            *known = Some(of_subnets());
        }
    }

    /// Returns the seed of the flow hash of routers.
    pub(in crate::sim) fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the responder at an address, as seen from a site or subnet.
    pub(in crate::sim) fn responder(&self, vantage: Vantage, address: IpAddr) -> Option<Responder> {
        let [of_sites, of_subnets] = &self.responders;
        let all = if matches!(vantage, Vantage::Site(_)) { of_sites } else { of_subnets };
        all.as_ref().and_then(|all| all.get(address))
    }

    /// Returns a finder of links in an epoch.
    pub(in crate::sim) fn walk<'w, 'a>(
        &'w mut self,
        epoch: &'w Epoch<'a>,
        links: &'w mut Links,
    ) -> Walk<'w, 'a> {
        Walk { epoch, links, sessions: &mut self.sessions, seed: self.seed }
    }

    /// Returns the route of a site's decision over a session, with the given path of replies. If no such path is given,
    /// replies use the reverse of the packets' path.
    fn route(
        &mut self,
        (epoch, links): (&Epoch<'_>, &mut Links),
        decision: &Decision,
        (kind, passage, beyond): (Option<SessionKind>, &Passage, Option<&Beyond>),
        reply: Option<&(Reply, Passage)>,
    ) -> Route {
        let network = &*epoch.state.network;
        let end = end_of(decision.disposition);
        let mut walk = self.walk(epoch, links);
        let mut out = walk.leave(passage, decision, kind, Direction::Out);
        let behind = beyond.map(|beyond| walk.enter(beyond.kind, None, &[], &beyond.passage));
        let behind = behind.unwrap_or_default();
        out.extend(&behind);
        let via = kind.and_then(|kind| name_of(network, kind));
        let mut route = Route::out(decision, via, (out, end));
        let Some((reply, passage)) = reply else {
            route.answers.0 = back(&route.out.0);
            return route;
        };
        if let Some(kind) = reply.over {
            route.back = name_of(network, kind);
            let gateway = gateway_of(network, decision);
            // Replies over the company's own links do not use Global Reach.
            route.answers.0 = if kind == SessionKind::OnPremises { Vec::new() } else { back(&behind) };
            route.answers.0.extend(walk.enter(kind, gateway, &reply.devices, passage));
        }
        if reply.verdict == Some(ReturnVerdict::Dropped) {
            route.answers.1 = End::Asymmetric;
        }
        if reply.unanswered.is_some() {
            route.answers.1 = End::Unknown;
        }
        (route.verdict, route.unanswered, route.rests) =
            (reply.verdict, reply.unanswered.clone(), reply.rests.clone());
        route
    }

    pub(in crate::sim) fn intern(&mut self, route: Route) -> u32 {
        if let Some(known) = self.ids.get(&route) {
            return *known;
        }
        let id = u32::try_from(self.routes.len()).unwrap_or(u32::MAX);
        self.routes.push(route.clone());
        self.ids.insert(route, id);
        id
    }

    /// Returns the source address of a client after it leaves over a session: an address in the session's pool, or the
    /// client's own.
    pub(in crate::sim) fn source(&self, network: &Network, kind: SessionKind, client: IpAddr) -> IpAddr {
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
}

/// Returns the path over the company's network to the client, for replies that arrive over a session or start at
/// another site.
fn home(
    company: Company<'_, '_>,
    over: SessionKind,
    (site, client): (SiteId, IpAddr),
    other: SiteId,
    reversed: &FlowKey,
) -> Passage {
    let from = match over {
        SessionKind::Internet(edge) | SessionKind::Vpn(edge, _) => Some(edge),
        SessionKind::Circuit(id, _, connection) => company.landing((id, connection), Some(site), reversed),
        _ => Some(other),
    };
    match from {
        Some(from) => company.to_site(from, site, client, reversed),
        None => Passage { sites: vec![site], links: Vec::new() },
    }
}

/// Returns the family of an address.
pub(in crate::sim) fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

/// Returns the session of one of a decision's next hops.
pub(in crate::sim) fn kind_of(engine: &Engine, decision: &Decision, next_hop: usize) -> Option<SessionKind> {
    let index = usize::try_from(decision.next_hops().get(next_hop)?.session.index()).ok()?;
    engine.sessions().get(index).map(|session| session.kind)
}

/// Returns the outcome of packets that are not lost on links.
pub(in crate::sim) fn end_of(disposition: Disposition) -> End {
    match disposition {
        Disposition::Discarded => End::Discarded,
        Disposition::Unreachable => End::NoRoute,
        Disposition::Ambiguous | Disposition::Unknown | Disposition::Private => End::Unknown,
        _ => End::Delivered,
    }
}

/// Returns the address in a pool to which a client is translated, or the client's own address if the pool has no prefix
/// in its family.
fn translated(pool: &[Spanned<IpPrefix>], client: IpAddr, seed: u64) -> IpAddr {
    let of_family = |prefix: &&Spanned<IpPrefix>| prefix.value.first().is_ipv4() == client.is_ipv4();
    let prefixes: Vec<IpPrefix> = pool.iter().filter(of_family).map(|prefix| prefix.value).collect();
    let alone =
        FlowKey { source: client, destination: client, protocol: 0, source_port: 0, destination_port: 0 };
    let Some(prefix) = member(&alone, seed, prefixes.len()).and_then(|index| prefixes.get(index)) else {
        return client;
    };
    // This is not the seed that selected the prefix, so the two choices are independent.
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

/// Returns the name of a site's session, or `None` if `kind` is not a session.
pub(in crate::sim) fn name_of(network: &Network, kind: SessionKind) -> Option<SessionName> {
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
