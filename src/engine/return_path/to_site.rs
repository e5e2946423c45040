//! Replies to packets from a site. The path of a reply depends on the prefixes that attract it, or on the decision of
//! the virtual network or of the other site.

mod appliances;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::diag::Spanned;
use crate::engine::attraction::{Attracted, OnCircuit, OnInternet};
use crate::engine::decision::{
    Chooser, Comparison, Crossing, Decision, Device, Disposition, NoRoute, Reason, ReplyStart, ReplyTrace,
    TraceEnd, UnknownInput,
};
use crate::engine::inputs::Inputs;
use crate::engine::session::{Session, SessionState, connection_states, leads_to};
use crate::network::{CircuitId, Connection, PeeringKind, Site, SiteId, SubnetId, VirtualNetworkId};

use crate::engine::return_path::appliance_nat::from_device;
use crate::engine::return_path::appliance_tunnels::is_beyond;
use crate::engine::return_path::between_sites::{answers, is_through_hub};
use crate::engine::return_path::circuit_devices::chosen_at;
use crate::engine::return_path::common::ReturnCommon;
use crate::engine::return_path::crossings::{connections, crossings, is_by_circuits, lead_back};
use crate::engine::return_path::destination::ReturnDestination;
use crate::engine::return_path::from_virtual_network::NetworkAnswers;
use crate::engine::return_path::reply::{
    Reply, ReturnPath, SourceReturn, attracted_trace, away_from_site, chosen,
};
use crate::engine::return_path::responder::Responder;
use crate::engine::return_path::source_parts::{is_public, near, parts, parts_with_address};

/// The virtual network that sends the reply, and the subnet whose routes apply.
type Answering = (VirtualNetworkId, Option<SubnetId>);

/// Evaluates the return paths to one site. Data that they share is computed once.
pub(in crate::engine) struct ReturnPaths<'a> {
    common: Arc<ReturnCommon<'a>>,
    id: SiteId,
    site: &'a Site,
    networks: NetworkAnswers<'a>,
    /// The evaluations for the sites of proxies, created on first use.
    proxies: RefCell<HashMap<SiteId, Rc<Self>>>,
}

impl<'a> ReturnPaths<'a> {
    /// Creates the evaluation for a site; `None` if the network does not contain the site.
    pub(in crate::engine) fn of(common: &Arc<ReturnCommon<'a>>, id: SiteId) -> Option<Self> {
        let inputs = common.inputs;
        let site = inputs.network.site(id)?;
        let networks = NetworkAnswers::of(common, (id, site));
        Some(Self { common: Arc::clone(common), id, site, networks, proxies: RefCell::default() })
    }

    /// Returns the evaluation for the site of a proxy.
    fn of_proxy(&self, id: SiteId) -> Option<Rc<Self>> {
        if let Some(known) = self.proxies.borrow().get(&id) {
            return Some(Rc::clone(known));
        }
        let made = Rc::new(Self::of(&self.common, id)?);
        self.proxies.borrow_mut().insert(id, Rc::clone(&made));
        Some(made)
    }

    /// Returns whether the company's network has a path back to this site from the edge of another site.
    fn leads_back(&self, from: SiteId) -> bool {
        leads_to(self.common.inputs.network, self.common.inputs.links, from, self.id)
    }

    /// Returns the return path for the site's decision about a destination; `None` if no packet leaves, or if the link
    /// over which it leaves is unknown. The result depends only on the disposition and the [`Why`](crate::engine::Why)
    /// of the decision. The carriers of the decision must be among `sessions`.
    ///
    /// Replies to the packets of a proxy return to the proxy, and from there over the path on which the client reached it.
    pub(in crate::engine) fn return_path(
        &self,
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        if let Some((proxy, decision)) = decision.past_proxy() {
            return self.of_proxy(proxy)?.return_path(destination, &decision, sessions);
        }
        self.return_path_to(&self.site.prefixes, destination, decision, sessions)
    }

    /// As [`Self::return_path`], for packets from these sources that the edge of the site forwards.
    pub(super) fn return_path_to(
        &self,
        sources: &[Spanned<IpPrefix>],
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        if !has_return(decision.disposition) {
            return None;
        }
        let reached =
            self.common.circuits().iter().map(|advertiser| {
                destination.regional.is_none_or(|community| advertiser.may_reach(community))
            });
        let reached = reached.collect();
        let mut back = ReturnContext { ways: self, own: sources, destination, reached, sources: Vec::new() };
        match decision.disposition {
            Disposition::MicrosoftPeering => {
                for (circuit, connection) in
                    decision.next_hops().iter().filter_map(|next_hop| next_hop.circuit)
                {
                    back.over_microsoft_peering(circuit, connection);
                }
            }
            // The packet left for the internet from a virtual network, not from the site's own edge. No document states
            // its source address after that.
            Disposition::Internet if decision.hops().last().is_some_and(|hop| hop.edge().is_none()) => {
                back.beyond_azure(decision, sessions);
            }
            Disposition::Internet => {
                let exits = decision.exits();
                let exits = if exits.is_empty() { vec![self.id] } else { exits };
                for exit in exits {
                    back.over_internet(exit);
                }
            }
            Disposition::PrivatePeering | Disposition::Vpn => back.over_private_paths(decision, sessions),
            _ => return None,
        }
        let verdict = back.sources.iter().map(|source| source.verdict).max()?;
        Some(ReturnPath { verdict, sources: back.sources })
    }
}

struct ReturnContext<'w, 'a> {
    ways: &'w ReturnPaths<'a>,
    /// The sources before translation.
    own: &'w [Spanned<IpPrefix>],
    destination: ReturnDestination,
    /// For each circuit, whether its SKU reaches the region of the destination. A circuit that does not reach the
    /// region attracts no reply from it.
    reached: Vec<bool>,
    sources: Vec<SourceReturn>,
}

impl ReturnContext<'_, '_> {
    fn over_microsoft_peering(&mut self, circuit: CircuitId, connection: Connection) {
        let network = self.ways.common.inputs.network;
        let Some(peering) = network.circuit(circuit).and_then(|one| one.microsoft_peering.as_ref()) else {
            return;
        };
        for source in self.translated(peering.nat_on(connection)) {
            for part in parts(source.value, self.known(source.value)) {
                let answer = self.evaluate_circuit((circuit, connection), part);
                self.push(Some((circuit, connection)), Spanned::new(part, source.span), answer);
            }
        }
    }

    fn evaluate_circuit(&self, (out, connection): (CircuitId, Connection), source: IpPrefix) -> Reply {
        if !is_public(source) {
            return Comparison::PrivateSource.into();
        }
        let attracted = self.attracted(source);
        let comparison = match &attracted {
            Attracted::Nowhere => Comparison::NoRoute(NoRoute::MicrosoftPeering),
            Attracted::Internet(edges) => {
                let stateful = self.are_stateful(edges);
                let on_circuits =
                    self.ways.common.attractions().circuits(source, |circuit| self.reaches(circuit));
                let longer = edges.first().filter(|_| !on_circuits.is_empty());
                Comparison::OverInternet { longer: longer.map(|edge| edge.prefix.value), stateful }
            }
            Attracted::Circuits(tied) => match circuits(tied) {
                _ if !self.leads_back(&connections_of(tied)) => Comparison::NoRoute(NoRoute::Links),
                _ if self.meets_other_translator((out, connection), tied) => {
                    Comparison::OtherTranslator { circuit: out }
                }
                circuits => {
                    let answer = circuits.into_iter().map(Crossing::Circuit).collect();
                    let network = self.ways.common.inputs.network;
                    let links = (vec![Crossing::Circuit(out)], answer);
                    chosen_at(network, self.ways.id, links, Chooser::Microsoft)
                }
            },
        };
        Reply { comparison, trace: attracted_trace(&attracted) }
    }

    /// Returns whether a reply to a packet that left over a connection may arrive over the circuit's other connection,
    /// and each connection's router translates to a pool of its own.
    fn meets_other_translator(
        &self,
        (circuit, connection): (CircuitId, Connection),
        tied: &[&OnCircuit],
    ) -> bool {
        let network = self.ways.common.inputs.network;
        let peering = network.circuit(circuit).and_then(|own| own.microsoft_peering.as_ref());
        let pool = |connection: Connection| -> Vec<IpPrefix> {
            let all = self.of_family(peering.map_or(&[], |peering| peering.nat_on(connection)));
            all.into_iter().map(|prefix| prefix.value).collect()
        };
        let edge = |connection: Connection| network.edge_of(circuit, connection);
        let (own, here) = (pool(connection), edge(connection));
        let others = tied.iter().filter(|one| one.circuit == circuit).map(|one| one.connection);
        !own.is_empty()
            && here.is_some()
            && others
                .into_iter()
                .any(|other| edge(other).is_some_and(|there| Some(there) != here) && pool(other) != own)
    }

    /// Evaluates replies from the internet to packets that left over the internet edge of this site or of another site.
    fn over_internet(&mut self, exit: SiteId) {
        let site = self.ways.common.inputs.network.site(exit);
        let Some(edge) = site.and_then(|site| site.internet.as_ref()) else { return };
        for source in self.translated(&edge.nat) {
            for part in parts(source.value, self.known(source.value)) {
                let answer = self.evaluate_internet(exit, part);
                self.push(None, Spanned::new(part, source.span), answer);
            }
        }
    }

    /// Evaluates replies to packets that left Azure through an appliance. If the appliance translates, the packets have
    /// one of its addresses as their source, and the appliance forwards the replies.
    fn beyond_azure(&mut self, decision: &Decision, sessions: &[Session]) {
        let network = self.ways.common.inputs.network;
        let device = decision.devices().last();
        let kept = device.and_then(|device| device.kept_sources(network));
        let translates = kept.is_some_and(|kept| {
            !kept.iter().any(|one| one.length() == 0 && one.family() == self.destination.family)
        });
        if let Some(device) = device.filter(|_| translates) {
            let sources = self.of_family(self.own);
            let forwarding = self.ways.networks.forwarding();
            for (part, answer) in
                from_device(forwarding, (self.ways.id, device), &sources, (decision, sessions))
            {
                self.push(None, part, self.led_back(answer));
            }
            return;
        }
        let Some(route) = decision.hops().iter().rev().find_map(|hop| hop.decision.reason().span()) else {
            return;
        };
        self.push_all(&Comparison::Unknown(UnknownInput::NextHop { route, first: false }).into());
    }

    fn evaluate_internet(&self, exit: SiteId, source: IpPrefix) -> Reply {
        if !is_public(source) {
            return Comparison::PrivateSource.into();
        }
        let attracted = self.attracted(source);
        let comparison = match &attracted {
            Attracted::Circuits(tied) => {
                Comparison::OverCircuits { circuits: circuits(tied), listed: self.destination.listed }
            }
            Attracted::Nowhere => Comparison::NoRoute(NoRoute::Internet),
            Attracted::Internet(edges) if !edges.iter().any(|edge| self.ways.leads_back(edge.site)) => {
                Comparison::NoRoute(NoRoute::Links)
            }
            Attracted::Internet(edges) => {
                let mut sites: Vec<Crossing> =
                    edges.iter().map(|edge| Crossing::Internet(edge.site)).collect();
                sites.sort_unstable();
                sites.dedup();
                chosen(vec![Crossing::Internet(exit)], sites, Chooser::Internet)
            }
        };
        Reply { comparison, trace: attracted_trace(&attracted) }
    }

    /// Evaluates replies from a virtual network, according to the decision of the subnet that contains the destination.
    fn over_private_paths(&mut self, decision: &Decision, sessions: &[Session]) {
        if let Reason::GlobalReach { partner, .. } = decision.exit_reason() {
            self.over_global_reach(*partner);
            return;
        }
        if decision.traces().any(is_through_hub) {
            let sources = self.of_family(self.own);
            let forwarding = self.ways.networks.forwarding();
            for (part, answer) in answers(forwarding, self.ways.id, &sources, (decision, sessions)) {
                self.push(None, part, answer);
            }
            return;
        }
        if is_beyond(decision) {
            self.over_tunnels_of_appliances(decision, sessions);
            return;
        }
        let place = self.responding_place(decision);
        let leaves = decision.end() == TraceEnd::ExitsNetwork;
        if place.is_none() && leaves && decision.hops().last().is_some_and(|hop| hop.edge().is_none()) {
            self.beyond_azure(decision, sessions);
            return;
        }
        let Some(place) = place else {
            self.push_all(&Comparison::Unknown(UnknownInput::Responder).into());
            return;
        };
        // Replies to packets that an appliance translated return to that appliance, and from there follow the routes of
        // its subnet.
        let (place, before) = match decision.translator() {
            None => (place, None),
            Some(device) => match self.to_translator(place, device) {
                Ok(found) => found,
                Err(answer) => {
                    self.push_all(&answer);
                    return;
                }
            },
        };
        let network = self.ways.common.inputs.network;
        let out = crossings(sessions, decision);
        let devices: Vec<Device> = decision.devices().collect();
        let responder = self.destination.responder.filter(|_| before.is_none());
        for sent in self.ways.networks.from(place).iter() {
            if sent.source.value.family() != self.destination.family {
                continue;
            }
            let Reply { comparison, trace } =
                sent.answer((network, self.ways.id), &out, &devices, before.as_ref());
            let comparison = without_routes(responder, comparison);
            self.push(None, sent.source, self.led_back(Reply { comparison, trace }));
        }
    }

    /// Returns the virtual network that replies to a packet, and its subnet if known; `None` if its replies cannot be
    /// evaluated.
    fn responding_place(&self, decision: &Decision) -> Option<(VirtualNetworkId, Option<SubnetId>)> {
        let networks = &self.ways.networks;
        let by_name = match decision.exit_reason() {
            Reason::VirtualNetwork { network, .. } | Reason::Tunnel { network: Some(network), .. } => {
                Some(*network)
            }
            _ => None,
        };
        // Virtual networks do not overlap, so packets are routed to the virtual network that contains the address.
        let place = match self.destination.responder {
            Some(Responder::VirtualNetwork(network, subnet)) => Some((network, subnet)),
            Some(Responder::PrivateEndpoint(network)) => Some((network, None)),
            _ => by_name.map(|network| (network, None)),
        };
        let through_hub = matches!(decision.exit_reason(), Reason::VirtualHub { .. });
        place.filter(|(network, _)| by_name.is_some() || through_hub || networks.has_gateway(*network))
    }

    /// Evaluates replies from the sites at whose edges the other circuit of Global Reach ends, according to the
    /// decision of each site.
    fn over_global_reach(&mut self, partner: CircuitId) {
        let Inputs { network, links, .. } = self.ways.common.inputs;
        let circuit = network.circuit(partner);
        let is_up = |connection: &Connection| {
            let states =
                circuit.map(|own| connection_states(links, partner, own, PeeringKind::Private, *connection));
            states.is_some_and(|states| states.contains(&SessionState::Up))
        };
        let mut edges: Vec<Option<SiteId>> = Vec::new();
        for connection in Connection::ALL.into_iter().filter(is_up) {
            let edge = network.edge_of(partner, connection);
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        for edge in edges {
            self.over_global_reach_from(partner, edge);
        }
    }

    fn over_global_reach_from(&mut self, partner: CircuitId, edge: Option<SiteId>) {
        let sources = self.of_family(self.own);
        let forwarding = self.ways.networks.forwarding();
        let near = near(&sources);
        let Some((edge, routes)) =
            edge.and_then(|edge| Some((edge, forwarding.routes_of(edge, false, &near)?)))
        else {
            self.push_all(&Comparison::Unknown(UnknownInput::Site).into());
            return;
        };
        let known: Vec<IpPrefix> = routes.prefixes().collect();
        for source in sources.iter().copied() {
            for (part, address) in parts_with_address(source.value, known.iter().copied()) {
                let back = routes.decision(address, false);
                let (comparison, over) = match (back.disposition, back.reason()) {
                    (_, Reason::GlobalReach { circuits, partner: own, .. }) if circuits == &[partner] => {
                        (Comparison::SameLinks, vec![Crossing::Circuit(*own)])
                    }
                    (Disposition::OnPremises, _) => {
                        let (packet, answer) = (vec![Crossing::Circuit(partner)], vec![Crossing::OnPremises]);
                        let over = answer.clone();
                        (Comparison::OtherLinks { packet, answer, by: Chooser::Site }, over)
                    }
                    (Disposition::Unknown | Disposition::Ambiguous, _) => {
                        (Comparison::Unknown(UnknownInput::SiteChoice), Vec::new())
                    }
                    (way, _) => (away_from_site(way), Vec::new()),
                };
                let start = ReplyStart::Site(edge);
                let trace = ReplyTrace { start, first: Some(back), over, ..ReplyTrace::default() };
                self.push(None, Spanned::new(part, source.span), Reply { comparison, trace });
            }
        }
    }

    /// Returns the reply. Returns `NoRoute` instead if the reply arrives only over circuits and the company's network
    /// has no path back from the edges of these circuits.
    fn led_back(&self, answer: Reply) -> Reply {
        let trace = &answer.trace;
        let last = trace.hops.last().map(|hop| &hop.decision).or(trace.first.as_ref());
        let over = last.filter(|_| is_by_circuits(&trace.over)).map(connections);
        if over.is_none_or(|over| self.leads_back(&over)) {
            return answer;
        }
        Reply { comparison: Comparison::NoRoute(NoRoute::Links), ..answer }
    }

    /// Returns whether the company's network has a path back from the edges at which replies over some connections
    /// arrive.
    fn leads_back(&self, over: &[(CircuitId, Connection)]) -> bool {
        lead_back(self.ways.common.inputs, self.ways.id, over)
    }

    /// Returns the links that attract the destination's replies to a source.
    fn attracted(&self, source: IpPrefix) -> Attracted<'_> {
        self.ways.common.attractions().microsoft(source, |circuit| self.reaches(circuit))
    }

    fn reaches(&self, circuit: CircuitId) -> bool {
        self.reached.get(circuit.index()).is_some_and(|reached| *reached)
    }

    /// Returns all prefixes inside a source that may attract replies: prefixes advertised on circuits, and prefixes
    /// advertised on the internet.
    fn known(&self, source: IpPrefix) -> impl Iterator<Item = IpPrefix> {
        self.ways.common.attractions().prefixes(source, |circuit| self.reaches(circuit))
    }

    /// Returns the source addresses of packets: a NAT pool, or the clients' own addresses if the pool has no address of
    /// the family.
    fn translated(&self, pool: &[Spanned<IpPrefix>]) -> Vec<Spanned<IpPrefix>> {
        let pool = self.of_family(pool);
        if pool.is_empty() { self.of_family(self.own) } else { pool }
    }

    fn of_family(&self, all: &[Spanned<IpPrefix>]) -> Vec<Spanned<IpPrefix>> {
        all.iter().filter(|prefix| prefix.value.family() == self.destination.family).copied().collect()
    }

    /// Returns whether all internet edges at which a reply may arrive drop packets for which they have no session.
    fn are_stateful(&self, edges: &[&OnInternet]) -> bool {
        let network = self.ways.common.inputs.network;
        edges.iter().all(|edge| {
            let site = network.site(edge.site).and_then(|site| site.internet.as_ref());
            site.is_none_or(|edge| edge.stateful)
        })
    }

    fn push_all(&mut self, answer: &Reply) {
        for source in self.of_family(self.own) {
            self.push(None, source, answer.clone());
        }
    }

    fn push(&mut self, over: Option<(CircuitId, Connection)>, source: Spanned<IpPrefix>, answer: Reply) {
        self.sources.push(SourceReturn { over, ..answer.to(None, source) });
    }
}

/// Adjusts a comparison that names an appliance if no route table applies to the responder.
pub(super) fn without_routes(responder: Option<Responder>, comparison: Comparison) -> Comparison {
    match (responder, comparison.device()) {
        (Some(Responder::PrivateEndpoint(_)), Some(device)) => Comparison::EndpointAnswers { device },
        (Some(Responder::VirtualNetwork(_, None)), Some(_)) => Comparison::Unknown(UnknownInput::Subnet),
        _ => comparison,
    }
}

fn connections_of(tied: &[&OnCircuit]) -> Vec<(CircuitId, Connection)> {
    tied.iter().map(|one| (one.circuit, one.connection)).collect()
}

/// Returns the circuits among tied routes, ascending.
fn circuits(tied: &[&OnCircuit]) -> Vec<CircuitId> {
    let mut circuits: Vec<CircuitId> = tied.iter().map(|one| one.circuit).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}

/// Returns whether packets from a site on this path have a return path to evaluate.
pub(crate) const fn has_return(path: Disposition) -> bool {
    matches!(
        path,
        Disposition::MicrosoftPeering
            | Disposition::Internet
            | Disposition::PrivatePeering
            | Disposition::Vpn
    )
}
