//! Forwarding beyond the first router: a decision passes a packet to another site's edge, a gateway or an appliance.
//! That router decides according to its own table, until no router follows.
//!
//! A packet from a site enters a virtual network through its gateway, where the effective routes of `GatewaySubnet`,
//! including its route table, decide. Packets from a virtual machine to a site go to Microsoft's edge directly, so this
//! table applies only to inbound packets. An appliance forwards by the effective routes of its own subnet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (next hop virtual appliance; a route table on
//! `GatewaySubnet`), *Use Azure Firewall to route a multi-hub and spoke topology* (packets from on-premises follow the
//! routes of `GatewaySubnet`; the prefixes that these routes must have).

mod alike_subnets;
mod appliance_rules;
mod fault;
mod handoff;
mod into_azure;
mod proxy;
mod site_ingress;
mod summary;
mod walk;

pub(in crate::engine) use alike_subnets::Outward;
pub(in crate::engine) use appliance_rules::denied_at;
pub(in crate::engine) use handoff::{OwnWay, at_device, own_ways};
pub(in crate::engine) use into_azure::Entered;
pub(in crate::engine) use proxy::since_proxy;
pub(in crate::engine) use site_ingress::Ingress;
pub(in crate::engine) use summary::Start;
pub(in crate::engine) use walk::{Followed, Started, looped, onto_backbone, past_reach};

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::addr::{IpPrefix, IpSet};
use crate::engine::adj_rib_in::{Advertisements, Announcements, Neighbors};
use crate::engine::decision::{At, Decision, Device, Disposition, NextHop, Router};
use crate::engine::effective_routes::{Gateways, Subnet, exchanged_by_route_servers};
use crate::engine::inputs::Inputs;
use crate::engine::internal_bgp::announcements;
use crate::engine::microsoft_edge::{MicrosoftEdges, Row};
use crate::engine::route_server::RouteServers;
use crate::engine::session::{Peer, Session, SessionKind, peers, sessions};
use crate::engine::site_routes::SiteRoutes;
use crate::engine::virtual_hub::{Hubs, Row as HubRow};
use crate::network::{
    Network, PeeringEnd, SiteId, Subnet as Settings, SubnetId, Through, UserNextHop, VirtualNetworkId,
};
use crate::rib::SessionId;

use fault::{always, fault, firewall_fault};
use into_azure::Inbound;

/// The routers of a network, with their common state computed once.
pub(in crate::engine) struct Forwarding<'a> {
    inputs: Inputs<'a>,
    /// The part of the address space that is evaluated; `None` for all of it.
    part: Option<&'a IpSet>,
    /// Microsoft's advertisements, for the evaluated address space.
    microsoft: OnceLock<Advertisements>,
    /// The advertisements between edges, for the evaluated address space.
    edges: OnceLock<Announcements>,
    /// The routes of gateways. The key consists of the gateways' virtual networks, so that all spokes of a hub share an
    /// entry, and of the virtual network itself if it is connected to a virtual hub.
    gateways: Mutex<HashMap<Used, Arc<Gateways>>>,
    /// All prefixes from which [`Self::prefixes`] selects.
    prefixes: OnceLock<Vec<IpPrefix>>,
    peers: Mutex<HashMap<SiteId, Arc<[Peer]>>>,
    /// The sessions of the edges that packets pass.
    sessions: Mutex<HashMap<SiteId, Arc<[Session]>>>,
    inbound: OnceLock<Inbound>,
    /// The gateways that do not deliver every packet directly.
    deciding: OnceLock<BTreeSet<VirtualNetworkId>>,
    microsoft_edges: OnceLock<MicrosoftEdges>,
    /// The tables of routers inside Azure. The table of a hub contains all its peerings.
    subnets: Mutex<HashMap<Router, Table<'a>>>,
    hubs: OnceLock<Arc<Hubs>>,
    /// See [`Self::with_devices`].
    with_devices: OnceLock<BTreeSet<VirtualNetworkId>>,
    route_servers: OnceLock<Arc<RouteServers>>,
}

/// The virtual networks whose gateways are used, and the virtual network itself if it is connected to a virtual hub.
type Used = (Vec<VirtualNetworkId>, Option<VirtualNetworkId>);

/// The routing table of a router inside Azure.
#[derive(Clone)]
pub(in crate::engine) enum Table<'a> {
    /// The effective routes of a subnet.
    Routes(Arc<Subnet<'a>>),
    /// The same decision for every address.
    Always(Decision),
    /// The table of Microsoft's edge, for longest-prefix match.
    MicrosoftEdge(Vec<Row>),
    /// The table of a virtual hub or of its firewall, for longest-prefix match. Addresses that no row contains have no
    /// route.
    Hub(Vec<HubRow>),
}

impl<'a> Forwarding<'a> {
    pub(in crate::engine) fn new(inputs: Inputs<'a>) -> Self {
        Self {
            inputs,
            part: None,
            microsoft: OnceLock::new(),
            edges: OnceLock::new(),
            gateways: Mutex::default(),
            prefixes: OnceLock::new(),
            peers: Mutex::default(),
            sessions: Mutex::default(),
            inbound: OnceLock::new(),
            deciding: OnceLock::new(),
            microsoft_edges: OnceLock::new(),
            subnets: Mutex::default(),
            hubs: OnceLock::new(),
            with_devices: OnceLock::new(),
            route_servers: OnceLock::new(),
        }
    }

    /// Limits evaluation to a part of the address space. Outside of it, the tables of routers are undefined.
    #[must_use]
    pub(in crate::engine) fn within(self, part: Option<&'a IpSet>) -> Self {
        Self { part, ..self }
    }

    /// Returns the part of the address space that is evaluated; `None` for all of it.
    pub(in crate::engine) fn part(&self) -> Option<&'a IpSet> {
        self.part
    }

    /// Returns whether any address of a prefix is evaluated.
    pub(in crate::engine) fn counts(&self, prefix: IpPrefix) -> bool {
        self.part.is_none_or(|part| part.overlaps(prefix))
    }

    pub(in crate::engine) fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    pub(in crate::engine) fn network(&self) -> &'a Network {
        self.inputs.network
    }

    /// Returns the virtual hubs.
    pub(in crate::engine) fn hubs(&self) -> &Arc<Hubs> {
        self.hubs.get_or_init(|| Arc::new(Hubs::of(self.inputs)))
    }

    /// Returns the Route Server routes that gateways announce.
    pub(in crate::engine) fn route_servers(&self) -> &Arc<RouteServers> {
        self.route_servers.get_or_init(|| Arc::new(exchanged_by_route_servers(self.inputs, self.hubs())))
    }

    /// Returns the announcements in Azure of prefixes for which `wanted` is true.
    fn advertisements(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Advertisements {
        Advertisements::of(self.inputs, Arc::clone(self.hubs()), Arc::clone(self.route_servers()), wanted)
    }

    /// Returns the advertisements that site edges receive, for the evaluated address space.
    pub(in crate::engine) fn neighbors(&self) -> Neighbors<'_> {
        let counts = |prefix: IpPrefix| self.counts(prefix);
        let microsoft = self.microsoft.get_or_init(|| self.advertisements(&counts));
        let all = || announcements(self.inputs, microsoft, false, &counts);
        Neighbors { microsoft, edges: self.edges.get_or_init(all) }
    }

    /// Returns the routes of a site's edge to prefixes for which `wanted` is true. With `all`, possible routes that are
    /// missing are included. `None` for a site of another network.
    pub(in crate::engine) fn routes_of(
        &self,
        site: SiteId,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
    ) -> Option<SiteRoutes<'a>> {
        let near;
        let microsoft = if let Some(everything) = self.microsoft.get().filter(|_| self.part.is_none()) {
            everything
        } else {
            near = self.advertisements(wanted);
            &near
        };
        let edges = announcements(self.inputs, microsoft, all, wanted);
        SiteRoutes::learn(self.inputs, site, Neighbors { microsoft, edges: &edges }, all, wanted)
    }

    /// Returns the other edges that packets from a site may pass.
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

    /// Adds the sessions of the other edges that packets from a site may pass to the site's own sessions, including the
    /// edges after a proxy.
    pub(in crate::engine) fn add_sessions_behind(&self, site: SiteId, own: &mut Vec<Session>) {
        let past_proxies = self.network().proxies_of(site).into_iter();
        let past_proxies =
            past_proxies.flat_map(|proxy| std::iter::once(proxy).chain(self.edges_behind(proxy)));
        for other in self.edges_behind(site).into_iter().chain(past_proxies) {
            for session in self.sessions_of_edge(other).iter() {
                if matches!(
                    session.kind,
                    SessionKind::Internet(_) | SessionKind::Circuit(..) | SessionKind::Vpn(..)
                ) {
                    known_or_added(own, session);
                }
            }
        }
    }

    /// Returns the routes learned by the gateways that `end` of a virtual network uses.
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

    /// Returns a subnet with everything that gives it routes.
    pub(in crate::engine) fn subnet(&self, id: VirtualNetworkId, subnet: SubnetId) -> Option<Subnet<'a>> {
        Subnet::with_gateways(self.inputs, id, subnet, self.gateways(id, PeeringEnd::Subnet(subnet)))
    }

    /// Returns the sessions to which the carriers of a router's decisions refer.
    pub(in crate::engine) fn sessions_of(&self, router: Router) -> Vec<Session> {
        self.with_sessions_of(router, <[Session]>::to_vec)
    }

    /// Calls `visit` with the sessions that [`Self::sessions_of`] would return.
    fn with_sessions_of<R>(&self, router: Router, visit: impl FnOnce(&[Session]) -> R) -> R {
        match (router, router.at()) {
            (Router::Edge(site) | Router::EdgePastGlobalReach(site) | Router::Proxy(site), _) => {
                visit(&self.sessions_of_edge(site))
            }
            (_, Some(At::Network(network))) => visit(&self.gateways(network, router.end()).sessions),
            (_, Some(At::Hub(hub))) => visit(self.hubs().sessions(hub)),
            (_, None) => visit(&[]),
        }
    }

    /// Returns the sessions of a site's edge.
    fn sessions_of_edge(&self, site: SiteId) -> Arc<[Session]> {
        let known = || self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&site) {
            return Arc::clone(known);
        }
        let made = sessions(self.inputs.network, self.inputs.links, site).into();
        Arc::clone(known().entry(site).or_insert(made))
    }

    /// Returns the table of a router inside Azure; `None` for an edge, and for a router of another network.
    pub(in crate::engine) fn table(&self, router: Router) -> Option<Table<'a>> {
        let network = self.inputs.network;
        match router {
            Router::Edge(_) | Router::EdgePastGlobalReach(_) | Router::Proxy(_) => None,
            Router::Device(Device::InSubnet { network: id, subnet, .. }) => self.passed(router, || {
                let own = self.subnet(id, subnet)?;
                let fault = firewall_fault(network, id, subnet, &own);
                Some(fault.map_or_else(|| Table::Routes(Arc::new(own)), always))
            }),
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
                if let Some(fault) = subnet.and_then(|subnet| fault(network, id, subnet)) {
                    return Some(always(fault));
                }
                self.passed(router, || {
                    let gateways = self.gateways(id, PeeringEnd::Gateway);
                    Subnet::of_gateway(self.inputs, id, gateways).map(Arc::new).map(Table::Routes)
                })
            }
        }
    }

    /// Returns the table of a router that packets pass. The table is created only once.
    fn passed(&self, router: Router, make: impl FnOnce() -> Option<Table<'a>>) -> Option<Table<'a>> {
        let known = || self.subnets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&router) {
            return Some(known.clone());
        }
        let made = make()?;
        Some(known().entry(router).or_insert(made).clone())
    }

    /// Returns the other edges to which a site's decision passes packets, each once. If there are several, they have
    /// equal cost.
    pub(in crate::engine) fn other_edges(
        &self,
        site: SiteId,
        decision: &Decision,
        sessions: &[Session],
    ) -> Vec<Router> {
        let mut edges: Vec<Router> = Vec::new();
        for next_hop in decision.next_hops() {
            let session = sessions.iter().find(|session| session.id == next_hop.session);
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

    /// Returns the other edges from which a site's edge learns.
    fn peers(&self, site: SiteId) -> Arc<[Peer]> {
        let known = || self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&site) {
            return Arc::clone(known);
        }
        // Other threads need not wait.
        let made = peers(self.inputs.network, self.inputs.links, site).into();
        Arc::clone(known().entry(site).or_insert(made))
    }

    fn microsoft_edges(&self) -> &MicrosoftEdges {
        self.microsoft_edges
            .get_or_init(|| MicrosoftEdges::of(self.inputs, self.hubs(), self.route_servers()))
    }

    /// Returns the prefixes for which `wanted` is true and that routers beyond the first one distinguish: those of
    /// every gateway and of every appliance that a route names.
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
        all.extend(
            self.inputs
                .network
                .virtual_networks_with_ids()
                .flat_map(|(id, _)| self.inputs.network.injected(id).map(|(_, route)| route.prefix.value)),
        );
        for subnet in tables {
            all.extend(subnet.routes(wanted).iter().map(|route| route.prefix));
            all.extend(subnet.tunnel_routes(wanted).iter().map(|route| route.prefix));
        }
        let Inputs { network, catalog, .. } = self.inputs;
        for router in Router::all(network) {
            // Rules of other appliances do not apply to replies.
            let Router::Device(device) = router else { continue };
            if device.denies_replies(network) {
                let rules = device.deny_rules(network).iter();
                all.extend(rules.flat_map(|rule| rule.prefixes(catalog)));
            }
        }
        all.extend(self.inbound().prefixes.iter().map(|(prefix, _)| *prefix));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Returns whether a carrier is the edge of another site.
fn is_internal(sessions: &[Session], next_hop: NextHop) -> bool {
    let session = sessions.iter().find(|session| session.id == next_hop.session);
    session.is_some_and(|session| matches!(session.kind, SessionKind::Edge(_)))
}

/// Returns whether a decision sends a packet over a circuit's private peering or a tunnel.
pub(in crate::engine) fn crosses(decision: &Decision) -> bool {
    matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn)
}

/// Returns whether a router's decision delivers a packet to a virtual machine or private endpoint.
pub(in crate::engine) fn is_delivered(decision: &Decision) -> bool {
    decision.disposition == Disposition::AzureBackbone
}

/// Lists every router beyond the first one that has effective routes: the given gateways, and the appliances that
/// routes name.
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
        // Appliances that advertise routes to a Route Server, and those at the other ends of their tunnels.
        for (peer, route) in network.injected(id) {
            let other = match network.way_of(route) {
                Through::Appliance(other, appliance) => Device::listed(network, other, appliance),
                Through::Tunnel | Through::Subnet => None,
            };
            let next_hop = route.next_hop.and_then(|address| Device::at(network, id, address.value));
            let own = Device::listed(network, id, peer.appliance);
            all.extend([other, next_hop, own].into_iter().flatten().map(Router::Device));
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

/// Returns the subnet of a virtual network's gateway.
fn gateway_subnet(network: &Network, id: VirtualNetworkId) -> Option<&Settings> {
    network.virtual_network(id)?.subnets.iter().find(|subnet| subnet.is_for_gateways())
}

/// Returns the id of a session among the sessions of the start. Adds the session if it is missing.
pub(in crate::engine) fn known_or_added(sessions: &mut Vec<Session>, session: &Session) -> SessionId {
    if let Some(known) = sessions.iter().find(|own| (own.kind, &own.name) == (session.kind, &session.name)) {
        return known.id;
    }
    let id = SessionId::new(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
    sessions.push(Session { id, ..session.clone() });
    id
}
