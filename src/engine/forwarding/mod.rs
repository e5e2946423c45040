//! Past the first router: where a decision hands a packet to another site's edge, a gateway or an appliance, that decides
//! again by its own table, until nothing hands it on.
//!
//! A packet from a site enters a virtual network over its gateway, and the effective routes of `GatewaySubnet` decide,
//! its route table included; what a virtual machine sends to a site goes to Microsoft's edge directly, so that this
//! table is passed on the way in alone. An appliance forwards by the effective routes of its own subnet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (next hop virtual appliance; a route table on `GatewaySubnet`),
//! *Use Azure Firewall to route a multi-hub and spoke topology* (what comes in from on-premises follows the routes of
//! `GatewaySubnet`, and which prefixes these must have).

mod fault;
mod ingress;
mod summary;
mod walk;

pub(in crate::engine) use ingress::Ingress;
pub(in crate::engine) use summary::Start;
pub(in crate::engine) use walk::{Followed, Started, looped, onto_backbone};

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::addr::IpPrefix;
use crate::engine::adj_rib_in::{Advertisements, Announcements, Neighbors};
use crate::engine::decision::{At, Carrier, Decision, Device, Disposition, MicrosoftEdge, Reason, Router};
use crate::engine::effective_routes::{Gateways, Subnet};
use crate::engine::inputs::Inputs;
use crate::engine::internal_bgp::announcements;
use crate::engine::microsoft_edge::{MicrosoftEdges, Row};
use crate::engine::session::{Peer, Session, SessionKind, peers, sessions};
use crate::engine::site_routes::SiteRoutes;
use crate::engine::virtual_hub::{Hubs, Row as HubRow};
use crate::network::{
    HubTableId, Network, PeeringEnd, SiteId, Subnet as Settings, SubnetId, UserNextHop, VirtualHubId,
    VirtualNetworkId,
};
use crate::rib::SessionId;

use fault::fault;

/// The routers of a network, with what they have in common worked out once.
pub(in crate::engine) struct Forwarding<'a> {
    inputs: Inputs<'a>,
    /// What Microsoft advertises, of the whole space.
    microsoft: OnceLock<Advertisements>,
    /// What edges tell each other, of the whole space.
    edges: OnceLock<Announcements>,
    /// By the virtual networks whose gateways they are: all spokes of a hub share them. Beside it the virtual network that is
    /// connected to a virtual hub, where it is to one.
    gateways: Mutex<HashMap<Used, Arc<Gateways>>>,
    /// Of [`Self::prefixes`], all of them.
    prefixes: OnceLock<Vec<IpPrefix>>,
    peers: Mutex<HashMap<SiteId, Arc<[Peer]>>>,
    inbound: OnceLock<Vec<(IpPrefix, Router)>>,
    /// The gateways that do not deliver whatever comes in.
    deciding: OnceLock<BTreeSet<VirtualNetworkId>>,
    microsoft_edges: OnceLock<MicrosoftEdges>,
    hubs: OnceLock<Arc<Hubs>>,
}

/// The virtual networks whose gateways a place uses, and its own where that is connected to a virtual hub.
type Used = (Vec<VirtualNetworkId>, Option<VirtualNetworkId>);

/// What a router inside Azure decides by.
pub(in crate::engine) enum Table<'a> {
    /// The effective routes of a subnet.
    Routes(Subnet<'a>),
    /// One decision whatever the address.
    Always(Decision),
    /// Microsoft's edge, by longest match.
    MicrosoftEdge(Vec<Row>),
    /// A virtual hub, or what belongs to it, by longest match: no route leads to what no row holds.
    Hub(Vec<HubRow>),
}

/// By what packets that a site sends over circuits enter Azure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::engine) struct Entered {
    /// The gateway that holds the address.
    pub(in crate::engine) gateway: Option<Router>,
    /// What virtual hubs announce that holds it: an index into [`Hubs::entries`].
    pub(in crate::engine) hubs: Option<u32>,
}

impl<'a> Forwarding<'a> {
    pub(in crate::engine) fn new(inputs: Inputs<'a>) -> Self {
        Self {
            inputs,
            microsoft: OnceLock::new(),
            edges: OnceLock::new(),
            gateways: Mutex::default(),
            prefixes: OnceLock::new(),
            peers: Mutex::default(),
            inbound: OnceLock::new(),
            deciding: OnceLock::new(),
            microsoft_edges: OnceLock::new(),
            hubs: OnceLock::new(),
        }
    }

    pub(in crate::engine) fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    pub(in crate::engine) fn network(&self) -> &'a Network {
        self.inputs.network
    }

    /// The virtual hubs.
    pub(in crate::engine) fn hubs(&self) -> &Arc<Hubs> {
        self.hubs.get_or_init(|| Arc::new(Hubs::of(self.inputs)))
    }

    /// What a site's edge learns, of the whole space.
    pub(in crate::engine) fn neighbors(&self) -> Neighbors<'_> {
        let microsoft = self
            .microsoft
            .get_or_init(|| Advertisements::of(self.inputs, Arc::clone(self.hubs()), &|_| true));
        let all = || announcements(self.inputs, microsoft, false, &|_| true);
        Neighbors { microsoft, edges: self.edges.get_or_init(all) }
    }

    /// The routes of a site's edge to prefixes for which `wanted` holds; with `all` also those that could be there and are
    /// not. `None` for a site of another network.
    pub(in crate::engine) fn routes_of(
        &self,
        site: SiteId,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
    ) -> Option<SiteRoutes<'a>> {
        let near;
        let microsoft = if let Some(everything) = self.microsoft.get() {
            everything
        } else {
            near = Advertisements::of(self.inputs, Arc::clone(self.hubs()), wanted);
            &near
        };
        let edges = announcements(self.inputs, microsoft, all, wanted);
        SiteRoutes::learn(self.inputs, site, Neighbors { microsoft, edges: &edges }, all, wanted)
    }

    /// The other edges that packets from a site may pass.
    pub(in crate::engine) fn edges_behind(&self, site: SiteId) -> Vec<SiteId> {
        let mut all = vec![site];
        let mut next = 0;
        while let Some(site) = all.get(next).copied() {
            for peer in self.peers(site).iter().filter(|peer| !peer.next.is_empty()) {
                for passed in peer.next.iter().chain([&peer.site]) {
                    if !all.contains(passed) {
                        all.push(*passed);
                    }
                }
            }
            next += 1;
        }
        all.split_off(1)
    }

    /// Adds the sessions of the other edges that packets from a site may pass to those of its own.
    pub(in crate::engine) fn add_sessions_behind(&self, site: SiteId, own: &mut Vec<Session>) {
        for other in self.edges_behind(site) {
            for session in sessions(self.inputs.network, self.inputs.links, other) {
                if matches!(
                    session.kind,
                    SessionKind::Internet(_) | SessionKind::Circuit(..) | SessionKind::Vpn(..)
                ) {
                    known_or_added(own, &session);
                }
            }
        }
    }

    /// What the gateways that a place of a virtual network uses have learned.
    pub(in crate::engine) fn gateways(&self, id: VirtualNetworkId, end: PeeringEnd) -> Arc<Gateways> {
        let network = self.inputs.network;
        let connected = network.hub_of(id).map(|_| id);
        let key = (network.gateways_of(id, end), connected);
        let mut known = self.gateways.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&key) {
            return Arc::clone(known);
        }
        let gateways = Gateways::at(self.inputs, &key.0, self.hubs()).at_hub(network, id, self.hubs());
        let gateways = Arc::new(gateways);
        known.insert(key, Arc::clone(&gateways));
        gateways
    }

    /// A subnet with all that gives it routes.
    pub(in crate::engine) fn subnet(&self, id: VirtualNetworkId, subnet: SubnetId) -> Option<Subnet<'a>> {
        Subnet::with_gateways(self.inputs, id, subnet, self.gateways(id, PeeringEnd::Subnet(subnet)))
    }

    /// The sessions that the carriers of a router's decisions are among.
    pub(in crate::engine) fn sessions_of(&self, router: Router) -> Vec<Session> {
        match (router, router.at()) {
            (Router::Edge(site), _) => sessions(self.inputs.network, self.inputs.links, site),
            (_, Some(At::Network(network))) => self.gateways(network, router.end()).sessions.clone(),
            (_, Some(At::Hub(hub))) => self.hubs().sessions(hub).to_vec(),
            (_, None) => Vec::new(),
        }
    }

    /// What a router inside Azure decides by; `None` for an edge, and for one of another network.
    pub(in crate::engine) fn table(&self, router: Router) -> Option<Table<'a>> {
        let network = self.inputs.network;
        match router {
            Router::Edge(_) => None,
            Router::Device(Device::InSubnet { network, subnet, .. }) => {
                self.subnet(network, subnet).map(Table::Routes)
            }
            Router::Device(Device::InHub { hub, firewall }) => {
                Some(Table::Hub(self.hubs().firewall(hub, firewall).to_vec()))
            }
            Router::Hub(hub, table) => Some(Table::Hub(self.hubs().table(hub, table).to_vec())),
            Router::MicrosoftEdge(edge) => Some(match edge.from {
                At::Network(from) => Table::MicrosoftEdge(self.microsoft_edges().table(network, edge, from)),
                At::Hub(hub) => Table::Hub(self.hubs().turned(hub).to_vec()),
            }),
            Router::Gateway(id) => {
                let subnet = gateway_subnet(network, id);
                if let Some((fault, span)) = subnet.and_then(|subnet| fault(network, id, subnet)) {
                    let reason = Reason::GatewayTable { fault, span };
                    return Some(Table::Always(Decision::plain(Disposition::Unknown, None, reason)));
                }
                let gateways = self.gateways(id, PeeringEnd::Gateway);
                Subnet::of_gateway(self.inputs, id, gateways).map(Table::Routes)
            }
        }
    }

    /// The other edges that a site's decision hands packets to, each once; several share the flows.
    pub(in crate::engine) fn other_edges(
        &self,
        site: SiteId,
        decision: &Decision,
        sessions: &[Session],
    ) -> Vec<Router> {
        let mut edges: Vec<Router> = Vec::new();
        for carrier in decision.carriers() {
            let session = sessions.iter().find(|session| session.id == carrier.session);
            let Some(SessionKind::Edge(other)) = session.map(|session| session.kind) else { continue };
            let peers = self.peers(site);
            let peer = peers.iter().find(|peer| peer.site == other);
            for next in peer.into_iter().flat_map(|peer| &peer.next).map(|next| Router::Edge(*next)) {
                if !edges.contains(&next) {
                    edges.push(next);
                }
            }
        }
        edges
    }

    /// The other edges that a site's edge listens to.
    fn peers(&self, site: SiteId) -> Arc<[Peer]> {
        let mut known = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || peers(self.inputs.network, self.inputs.links, site).into();
        Arc::clone(known.entry(site).or_insert_with(made))
    }

    /// The router that a decision in a virtual network, at a virtual hub or at Microsoft's edge hands a packet to.
    pub(in crate::engine) fn onward(&self, at: At, decision: &Decision) -> Option<Router> {
        match decision.reason() {
            Reason::HubLearned { hub, circuits, turned: Some(_), .. } => {
                Some(Router::MicrosoftEdge(MicrosoftEdge::of(At::Hub(*hub), circuits)))
            }
            Reason::Gateway { network, circuits, .. } => {
                self.microsoft_edges().met(*network, circuits).map(Router::MicrosoftEdge)
            }
            Reason::Turned { network, .. } => Some(Router::Gateway(*network)),
            _ => self.handed(at, decision),
        }
    }

    fn microsoft_edges(&self) -> &MicrosoftEdges {
        self.microsoft_edges.get_or_init(|| MicrosoftEdges::of(self.inputs, self.hubs()))
    }

    /// The appliance or the virtual hub that a decision in a virtual network, or at a virtual hub, hands a packet to.
    pub(in crate::engine) fn handed(&self, at: At, decision: &Decision) -> Option<Router> {
        let network = self.inputs.network;
        if decision.disposition != Disposition::Unknown {
            // At Microsoft's edge.
            return match decision.reason() {
                Reason::OtherHub { hub, .. } => Some(Router::Hub(*hub, HubTableId::DEFAULT)),
                _ => None,
            };
        }
        match (decision.reason(), at) {
            (Reason::Appliance { address, .. }, At::Network(at)) => {
                Device::at(network, at, *address).map(Router::Device)
            }
            (Reason::Appliance { address, .. }, At::Hub(hub)) => {
                Device::at_hub(network, hub, *address).map(Router::Device)
            }
            (Reason::VirtualHub { hub, .. }, At::Network(at)) => {
                let connection = network.virtual_hub(*hub)?.connection(at)?;
                Some(Router::Hub(*hub, connection.associated))
            }
            (Reason::OtherHub { hub, .. }, _) => Some(Router::Hub(*hub, HubTableId::DEFAULT)),
            (Reason::HubFirewall { hub, firewall, .. }, _) => {
                Some(Router::Device(Device::InHub { hub: *hub, firewall: *firewall }))
            }
            _ => None,
        }
    }

    /// What comes from sites over a gateway, by destination; empty where every gateway delivers directly, by system
    /// routes.
    pub(in crate::engine) fn inbound(&self) -> &[(IpPrefix, Router)] {
        self.inbound.get_or_init(|| self.all_inbound())
    }

    fn all_inbound(&self) -> Vec<(IpPrefix, Router)> {
        let network = self.inputs.network;
        let mut all = Vec::new();
        if self.deciding().is_empty() {
            return all;
        }
        for (hub, _) in network.virtual_networks_with_ids().filter(|(_, own)| own.gateway.is_some()) {
            let behind = network.behind_gateway(hub);
            // A spoke with a gateway of its own is entered over that one.
            let behind = behind.filter(|(id, own)| *id == hub || own.gateway.is_none());
            for (id, _) in behind {
                let announced = network.announced(hub, id);
                all.extend(announced.iter().map(|prefix| (prefix.value, Router::Gateway(hub))));
            }
        }
        all
    }

    /// The gateways that do not deliver whatever comes in.
    fn deciding(&self) -> &BTreeSet<VirtualNetworkId> {
        self.deciding.get_or_init(|| {
            let network = self.inputs.network;
            let gateways = network.virtual_networks_with_ids().filter(|(_, own)| own.gateway.is_some());
            gateways.map(|(id, _)| id).filter(|id| Router::Gateway(*id).is_hop(network)).collect()
        })
    }

    /// What lets in what a site's decision sends to an address: the slow twin of [`Self::inbound`] and [`Hubs::entries`].
    fn entered(&self, decision: &Decision, sessions: &[Session], address: IpAddr) -> Entered {
        let holding = self.inbound().iter().filter(|(prefix, _)| prefix.contains(address));
        let gateway = holding.max_by_key(|(prefix, _)| prefix.length()).map(|(_, router)| *router);
        let lets_in =
            |router: &Router| router.network().is_some_and(|hub| self.lets_in(hub, decision, sessions));
        let entries = (0_u32..).zip(self.hubs().entries());
        let holding = entries.filter(|(_, (prefix, _))| prefix.contains(address));
        let hubs = holding.max_by_key(|(_, (prefix, _))| prefix.length()).map(|(index, _)| index);
        Entered { gateway: gateway.filter(lets_in), hubs }
    }

    /// The virtual hubs at which what carries a site's decision ends, each once.
    fn hubs_entered(
        &self,
        decision: &Decision,
        sessions: &[Session],
        entry: Option<u32>,
    ) -> Vec<Option<Router>> {
        let network = self.inputs.network;
        let mut all: Vec<Option<Router>> = Vec::new();
        if network.virtual_hubs.is_empty() || !crosses(decision) {
            return all;
        }
        let entry = entry.and_then(|index| self.hubs().entries().get(usize::try_from(index).ok()?));
        for carrier in decision.carriers().iter().filter(|carrier| !is_internal(sessions, **carrier)) {
            let kind = sessions.iter().find(|own| own.id == carrier.session).map(|session| session.kind);
            let hubs: Vec<VirtualHubId> = match (carrier.circuit, kind) {
                (Some((circuit, _)), _) => {
                    let of_circuit = entry.into_iter().flat_map(|(_, circuits)| circuits);
                    of_circuit
                        .filter(|(own, _)| *own == circuit)
                        .flat_map(|(_, hubs)| hubs)
                        .copied()
                        .collect()
                }
                (None, Some(SessionKind::Vpn(site, vpn))) => {
                    network.hub_of_tunnel(site, vpn).into_iter().collect()
                }
                _ => Vec::new(),
            };
            let routers = hubs.into_iter().map(|hub| Some(Router::Hub(hub, HubTableId::DEFAULT)));
            let routers: Vec<Option<Router>> = routers.collect();
            let routers = if routers.is_empty() { vec![None] } else { routers };
            all.extend(routers);
        }
        all.sort_unstable();
        all.dedup();
        if all.iter().all(Option::is_none) { Vec::new() } else { all }
    }

    /// Whether what carries a site's decision ends at the gateway of a virtual network, which does not deliver all of it.
    pub(in crate::engine) fn lets_in(
        &self,
        hub: VirtualNetworkId,
        decision: &Decision,
        sessions: &[Session],
    ) -> bool {
        let network = self.inputs.network;
        let own = network.virtual_network(hub).filter(|_| self.deciding().contains(&hub));
        let Some(gateway) = own.and_then(|own| own.gateway.as_ref()) else { return false };
        let tunnel =
            |kind: SessionKind| gateway.vpn.iter().any(|end| kind == SessionKind::Vpn(end.site, end.vpn));
        let ends_there = |carrier: &Carrier| match carrier.circuit {
            Some((circuit, _)) => gateway.circuits.iter().any(|own| own.circuit == circuit),
            None => sessions.iter().any(|own| own.id == carrier.session && tunnel(own.kind)),
        };
        crosses(decision) && decision.carriers().iter().any(ends_there)
    }

    /// The prefixes by which routers past the first one tell addresses near `wanted` apart: those of every gateway and of
    /// every appliance that a route names.
    pub(in crate::engine) fn prefixes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<IpPrefix> {
        let all = self.prefixes.get_or_init(|| self.all_prefixes());
        all.iter().copied().filter(|prefix| wanted(*prefix)).collect()
    }

    fn all_prefixes(&self) -> Vec<IpPrefix> {
        let wanted = &|_: IpPrefix| true;
        let (edges, gateways) = self.microsoft_edges().all();
        let entered: BTreeSet<VirtualNetworkId> = self.deciding().iter().copied().chain(gateways).collect();
        let routers = routers(self.inputs.network, &entered);
        let tables = routers.into_iter().filter_map(|router| match self.table(router)? {
            Table::Routes(subnet) => Some(subnet),
            Table::Always(_) | Table::MicrosoftEdge(_) | Table::Hub(_) => None,
        });
        let mut all: Vec<IpPrefix> = edges;
        all.extend(self.hubs().prefixes());
        for subnet in tables {
            all.extend(subnet.routes(wanted).iter().map(|route| route.prefix));
            all.extend(subnet.tunnel_routes(wanted).iter().map(|route| route.prefix));
        }
        all.extend(self.inbound().iter().map(|(prefix, _)| *prefix));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Whether a carrier is the edge of another site.
fn is_internal(sessions: &[Session], carrier: Carrier) -> bool {
    let session = sessions.iter().find(|session| session.id == carrier.session);
    session.is_some_and(|session| matches!(session.kind, SessionKind::Edge(_)))
}

/// Whether a decision sends a packet over a circuit's private peering or a tunnel.
pub(in crate::engine) fn crosses(decision: &Decision) -> bool {
    matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn)
}

/// Whether a router's decision brings a packet to a virtual machine or private endpoint.
pub(in crate::engine) fn is_delivered(decision: &Decision) -> bool {
    decision.disposition == Disposition::AzureBackbone
}

/// Every router past the first one that has effective routes: these gateways, and the appliances that routes name.
fn routers(network: &Network, gateways: &BTreeSet<VirtualNetworkId>) -> Vec<Router> {
    let mut all: Vec<Router> = gateways.iter().copied().map(Router::Gateway).collect();
    for (id, own) in network.virtual_networks_with_ids() {
        for subnet in &own.subnets {
            let table = subnet.route_table.and_then(|table| network.route_table(table.value));
            let routes = table.into_iter().flat_map(|table| &table.routes);
            let devices = routes.filter_map(|route| match route.next_hop.value {
                UserNextHop::VirtualAppliance(address) => Device::at(network, id, address),
                _ => None,
            });
            all.extend(devices.map(Router::Device));
        }
    }
    for (id, hub) in network.virtual_hubs_with_ids() {
        let statics = hub.connections.iter().flat_map(|connection| &connection.static_routes);
        let peers = hub.bgp_peers.iter().map(|peer| peer.address.value);
        let named = statics.map(|route| route.next_hop).chain(peers);
        all.extend(named.filter_map(|address| Device::at_hub(network, id, address)).map(Router::Device));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The subnet of a virtual network's gateway.
fn gateway_subnet(network: &Network, id: VirtualNetworkId) -> Option<&Settings> {
    network.virtual_network(id)?.subnets.iter().find(|subnet| subnet.is_for_gateways())
}

/// The id of a session among those of the start, to which it is added where it is none of them.
pub(super) fn known_or_added(sessions: &mut Vec<Session>, session: &Session) -> SessionId {
    if let Some(known) = sessions.iter().find(|own| (own.kind, &own.name) == (session.kind, &session.name)) {
        return known.id;
    }
    let id = SessionId::new(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
    sessions.push(Session { id, ..session.clone() });
    id
}
