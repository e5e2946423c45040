//! The routes of a subnet, from all sources.

mod gateway;
mod gateway_selection;
mod outside_own_space;
mod route_server_exchange;
mod selection;
mod system_routes;

pub(in crate::engine) use gateway::Gateways;
pub(in crate::engine) use outside_own_space::OutwardRoutes;
pub(in crate::engine) use route_server_exchange::exchanged_by_route_servers;
pub(in crate::engine) use selection::{NextHopType, RouteSource, SubnetRoute, choose};

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::addr::{IpPrefix, Prefix};
use crate::catalog::Lookup;
use crate::diag::Span;
use crate::engine::adj_rib_in::AbsentRoute;
use crate::engine::decision::{AzureStep, Decision, Disposition, HubDoubt, Reason, SystemPrefix};
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{PLATFORM, special_purpose};
use crate::engine::session::Session;
use crate::network::{
    Peer, PeeringEnd, RouteTable, Subnet as Settings, SubnetId, UserNextHop, UserRouteDestination,
    VirtualNetwork, VirtualNetworkId,
};

use selection::{GatewayChoice, key, overridden, same_prefix};
use system_routes::reserved;

/// The addresses at which Azure's own services respond to a virtual machine on its host. No route applies to these
/// addresses (Microsoft, *what is IP address 168.63.129.16*, *Azure Instance Metadata Service*).
const ON_HOST: [Ipv4Addr; 2] = [PLATFORM, Ipv4Addr::new(169, 254, 169, 254)];

/// Selects the prefixes for which a caller requests routes.
type Wanted<'w> = &'w dyn Fn(IpPrefix) -> bool;

/// A subnet with everything that gives it routes.
pub(super) struct Subnet<'a> {
    inputs: Inputs<'a>,
    id: VirtualNetworkId,
    own: &'a VirtualNetwork,
    /// The subnet's settings; `None` for a gateway whose subnet is not in the network file.
    settings: Option<&'a Settings>,
    table: Option<&'a RouteTable>,
    peers: Vec<Peer<'a>>,
    gateways: Arc<Gateways>,
}

/// The decision of a subnet about an address.
#[derive(Debug)]
pub(super) struct FromSubnet {
    pub(super) decision: Decision,
    /// Every route to the address, each with the rule by which it lost: the deciding route first, then by descending
    /// prefix length.
    pub(super) routes: Vec<(SubnetRoute, Option<AzureStep>)>,
}

impl<'a> Subnet<'a> {
    /// Returns the subnet with these ids, given the gateways of its virtual network; `None` where the network has
    /// no such subnet.
    pub(super) fn with_gateways(
        inputs: Inputs<'a>,
        id: VirtualNetworkId,
        subnet: SubnetId,
        gateways: Arc<Gateways>,
    ) -> Option<Self> {
        let own = inputs.network.virtual_network(id)?;
        let settings = own.subnets.get(subnet.index())?;
        let end = if settings.is_for_gateways() { PeeringEnd::Gateway } else { PeeringEnd::Subnet(subnet) };
        Some(Self::at(inputs, id, own, Some(settings), end, gateways))
    }

    /// Returns the subnet of a virtual network's gateway, whether or not it is in the network file.
    pub(super) fn of_gateway(
        inputs: Inputs<'a>,
        id: VirtualNetworkId,
        gateways: Arc<Gateways>,
    ) -> Option<Self> {
        let own = inputs.network.virtual_network(id)?;
        let settings = own.subnets.iter().find(|subnet| subnet.is_for_gateways());
        Some(Self::at(inputs, id, own, settings, PeeringEnd::Gateway, gateways))
    }

    fn at(
        inputs: Inputs<'a>,
        id: VirtualNetworkId,
        own: &'a VirtualNetwork,
        settings: Option<&'a Settings>,
        end: PeeringEnd,
        gateways: Arc<Gateways>,
    ) -> Self {
        let table = settings.and_then(|settings| settings.route_table);
        let table = table.and_then(|table| inputs.network.route_table(table.value));
        Self { inputs, id, own, settings, table, peers: inputs.network.peers(id, end), gateways }
    }

    /// Returns the subnet's position in the network file.
    fn span(&self) -> Span {
        self.settings.map_or(self.own.span, |settings| settings.span)
    }

    /// Returns the sessions of the gateways that the subnet uses.
    pub(super) fn sessions(&self) -> &[Session] {
        &self.gateways.sessions
    }

    /// Returns the position of the subnet's route table if it disables propagation of gateway routes.
    pub(super) fn propagates_nothing(&self) -> Option<Span> {
        self.table.filter(|table| table.disable_bgp_route_propagation).map(|table| table.span)
    }

    /// Returns every route to a prefix for which `wanted` is true.
    pub(super) fn routes(&self, wanted: Wanted<'_>) -> Vec<SubnetRoute> {
        let mut all = Vec::new();
        self.platform(wanted, &mut all);
        self.private_endpoints(wanted, &mut all);
        self.service_endpoints(wanted, &mut all);
        self.user_routes(wanted, &mut all);
        if self.propagates_nothing().is_none() {
            let at_gateway = self.settings.is_none_or(Settings::is_for_gateways);
            let mut learned = if at_gateway {
                self.gateways.routes_at_gateway(wanted)
            } else {
                self.gateways.routes(wanted)
            };
            for route in &mut learned {
                self.reach_next_hops(route);
            }
            // A route that bypasses a hub's firewall is omitted if a user route covers its prefix.
            learned.retain(|route| {
                !matches!(route.reason, Reason::HubStorage { .. }) || !self.has_user_route_over(route.prefix)
            });
            all.extend(learned);
        }
        self.virtual_networks(wanted, &mut all);
        self.system(wanted, &mut all);
        all
    }

    /// Returns the routes that the gateway learned over tunnels, to prefixes for which `wanted` is true. The gateway
    /// uses these routes for packets that a user route sends to it. Empty if no user route points to the gateway.
    pub(super) fn tunnel_routes(&self, wanted: Wanted<'_>) -> Vec<SubnetRoute> {
        let mut own = self.table.into_iter().flat_map(|table| &table.routes);
        let asked = own.any(|entry| entry.next_hop.value == UserNextHop::VirtualNetworkGateway);
        if asked { self.gateways.tunnel_routes(wanted) } else { Vec::new() }
    }

    /// Returns the rejected or missing routes to prefixes for which `wanted` is true.
    pub(super) fn absent(&self, wanted: Wanted<'_>) -> Vec<AbsentRoute> {
        self.gateways.absent(wanted)
    }

    fn platform(&self, wanted: Wanted<'_>, all: &mut Vec<SubnetRoute>) {
        for address in ON_HOST {
            let prefix = IpPrefix::host(IpAddr::V4(address));
            if wanted(prefix) {
                let way = NextHopType::To(Disposition::AzureBackbone);
                all.push(route(prefix, RouteSource::Platform, way, Reason::Platform, self.span()));
            }
        }
    }

    fn private_endpoints(&self, wanted: Wanted<'_>, all: &mut Vec<SubnetRoute>) {
        let peers = self.peers.iter().map(|peer| (peer.id, peer.network, Some(peer)));
        for (id, network, peer) in std::iter::once((self.id, self.own, None)).chain(peers) {
            for subnet in &network.subnets {
                for endpoint in &subnet.private_endpoints {
                    let address = endpoint.address.value;
                    if peer.is_some_and(|peer| !peer.holds(address)) {
                        continue;
                    }
                    let prefix = IpPrefix::host(address);
                    let overridden = self.names(prefix)
                        || subnet.private_endpoint_network_policies && self.overrides(network, address);
                    if overridden || !wanted(prefix) {
                        continue;
                    }
                    let reason = Reason::PrivateEndpoint { network: id, span: endpoint.span };
                    let (way, reason) = past(peer, reason);
                    all.push(route(prefix, RouteSource::PrivateEndpoint, way, reason, endpoint.span));
                }
            }
        }
    }

    /// Returns whether the route table has a prefix that covers the given one.
    fn has_user_route_over(&self, prefix: IpPrefix) -> bool {
        let mut routes = self.table.into_iter().flat_map(|table| &table.routes);
        routes.any(|route| match &route.destination.value {
            UserRouteDestination::Prefix(own) => own.covers(prefix),
            UserRouteDestination::ServiceTag(_) => true,
        })
    }

    /// Returns whether the route table has a route with the endpoint's own prefix. Such a route applies regardless of
    /// the network policies, because the user route wins among equal prefixes (Microsoft, *Virtual network traffic
    /// routing*).
    fn names(&self, endpoint: IpPrefix) -> bool {
        let mut routes = self.table.into_iter().flat_map(|table| &table.routes);
        routes.any(|route| route.destination.value == UserRouteDestination::Prefix(endpoint))
    }

    /// Returns whether the route table overrides the route of a private endpoint: its prefix must be at least as long
    /// as that of the address space that contains the endpoint.
    fn overrides(&self, network: &VirtualNetwork, address: IpAddr) -> bool {
        let space = network.prefixes.iter().filter(|prefix| prefix.value.contains(address));
        let Some(space) = space.map(|prefix| prefix.value.length()).max() else { return false };
        self.table.into_iter().flat_map(|table| &table.routes).any(|route| match &route.destination.value {
            UserRouteDestination::Prefix(prefix) => prefix.contains(address) && prefix.length() >= space,
            UserRouteDestination::ServiceTag(_) => false,
        })
    }

    fn service_endpoints(&self, wanted: Wanted<'_>, all: &mut Vec<SubnetRoute>) {
        for endpoint in self.settings.into_iter().flat_map(|settings| &settings.service_endpoints) {
            let Some(tag) = &endpoint.value.tag else { continue };
            let (way, span) = (NextHopType::To(Disposition::AzureBackbone), endpoint.span);
            all.extend(self.tag(tag, wanted).map(|prefix| {
                route(prefix, RouteSource::ServiceEndpoint, way, Reason::ServiceEndpoint { span }, span)
            }));
        }
    }

    fn user_routes(&self, wanted: Wanted<'_>, all: &mut Vec<SubnetRoute>) {
        for entry in self.table.into_iter().flat_map(|table| &table.routes) {
            let span = entry.destination.span;
            let (way, reason) = self.next_hop(entry.next_hop.value, span);
            let with = |prefix, source| route(prefix, source, way, reason.clone(), span);
            match &entry.destination.value {
                UserRouteDestination::Prefix(prefix) if wanted(*prefix) => {
                    all.push(with(*prefix, RouteSource::User));
                }
                UserRouteDestination::Prefix(_) => {}
                UserRouteDestination::ServiceTag(name) => {
                    let source = RouteSource::UserTag(tag_rank(name));
                    all.extend(self.tag(name, wanted).map(|prefix| with(prefix, source)));
                }
            }
        }
    }

    fn next_hop(&self, next_hop: UserNextHop, span: Span) -> (NextHopType, Reason) {
        let user = Reason::UserRoute { outside: next_hop == UserNextHop::Internet, span };
        match next_hop {
            UserNextHop::VirtualAppliance(address) => self.appliance(address, span),
            UserNextHop::Unknown => (NextHopType::To(Disposition::Unknown), user),
            UserNextHop::Internet => self.outside(user),
            UserNextHop::None => (NextHopType::To(Disposition::Discarded), user),
            UserNextHop::VirtualNetwork => (NextHopType::To(Disposition::AzureBackbone), user),
            // The gateway of a circuit cannot be the next hop of a user route.
            UserNextHop::VirtualNetworkGateway if self.gateways.has_tunnel() => (NextHopType::Gateway, user),
            UserNextHop::VirtualNetworkGateway if self.gateways.is_at_hub() => {
                let reason = Reason::HubUnknown { doubt: HubDoubt::UserRoute, span };
                (NextHopType::To(Disposition::Unknown), reason)
            }
            UserNextHop::VirtualNetworkGateway => {
                (NextHopType::To(Disposition::Discarded), Reason::NoTunnel { span })
            }
        }
    }

    /// Returns how packets leave the virtual network by a route with this reason.
    fn outside(&self, reason: Reason) -> (NextHopType, Reason) {
        match self.settings.and_then(Settings::no_way_out) {
            Some(span) => (NextHopType::ShutIn, Reason::NoOutbound { span }),
            None => (NextHopType::Outside, reason),
        }
    }

    /// Evaluates an appliance as next hop. The appliance must be in the virtual network or in a directly peered one
    /// (Microsoft, *Virtual network traffic routing*: reachable without a gateway).
    fn appliance(&self, address: IpAddr, span: Span) -> (NextHopType, Reason) {
        let available = (NextHopType::To(Disposition::Unknown), Reason::Appliance { address, span });
        if self.own.prefixes.iter().any(|own| own.value.contains(address)) {
            return available;
        }
        match self.peers.iter().find(|peer| peer.holds(address)) {
            Some(Peer { closed: Some(span), id, .. }) => {
                let reason = Reason::PeeringClosed { network: *id, span: *span };
                (NextHopType::To(Disposition::Discarded), reason)
            }
            Some(_) => available,
            None => (NextHopType::To(Disposition::Unknown), Reason::NextHopElsewhere { address, span }),
        }
    }

    /// Checks whether the next hops of a Route Server's route are reachable. Otherwise the route is not used.
    fn reach_next_hops(&self, route: &mut SubnetRoute) {
        let Reason::Injected { next_hops, span, .. } = &route.reason else { return };
        let away = next_hops.iter().map(|address| self.appliance(*address, *span));
        let away = away.into_iter().find(|(_, reason)| !matches!(reason, Reason::Appliance { .. }));
        if let Some((way, reason)) = away {
            (route.way, route.reason) = (way, reason);
        }
    }

    fn tag(&self, name: &str, wanted: Wanted<'_>) -> impl Iterator<Item = IpPrefix> {
        let tag = self.inputs.catalog.tag(name);
        tag.into_iter().flat_map(|tag| &tag.prefixes).copied().filter(move |prefix| wanted(*prefix))
    }

    fn virtual_networks(&self, wanted: Wanted<'_>, all: &mut Vec<SubnetRoute>) {
        let peers = self.peers.iter().map(|peer| (peer.id, peer.prefixes.as_ref(), Some(peer)));
        for (id, prefixes, peer) in
            std::iter::once((self.id, self.own.prefixes.as_slice(), None)).chain(peers)
        {
            for prefix in prefixes.iter().filter(|prefix| wanted(prefix.value)) {
                let span = prefix.span;
                let (way, reason) = past(peer, Reason::VirtualNetworkLocal { network: id, span });
                all.push(route(prefix.value, RouteSource::VirtualNetwork, way, reason, span));
            }
        }
    }

    /// Adds the routes that every subnet has: a default route to the internet and, unless another default route
    /// overrides it, routes that drop reserved prefixes. `all` contains the routes from every other source.
    fn system(&self, wanted: Wanted<'_>, all: &mut Vec<SubnetRoute>) {
        let span = self.span();
        for everything in [IpPrefix::V4(Prefix::ALL), IpPrefix::V6(Prefix::ALL)] {
            // `wanted` selects the prefixes that cover an address, or all prefixes, so it always includes rivals of the
            // default route.
            let overridden = all.iter().any(|route| route.prefix == everything && route.is_used());
            let of_family = |one: &&SystemPrefix| one.prefix.family() == everything.family();
            let dropped = reserved().iter().filter(of_family).filter(|_| !overridden);
            let dropped = dropped.filter(|one| wanted(one.prefix) && !self.includes(one.prefix));
            all.extend(dropped.map(|block| {
                let way = NextHopType::To(Disposition::Discarded);
                route(block.prefix, RouteSource::System, way, Reason::SystemDropped { block }, span)
            }));
            if wanted(everything) {
                let (way, reason) = self.outside(Reason::SystemDefault);
                all.push(route(everything, RouteSource::System, way, reason, span));
            }
        }
    }

    /// Returns whether the address space of the virtual network includes a prefix.
    fn includes(&self, prefix: IpPrefix) -> bool {
        self.own.prefixes.iter().any(|own| own.value.covers(prefix))
    }
}

/// Decides about an address by checking every route. This is the slow counterpart of the compiled partitions.
pub(super) fn from_subnet(subnet: &Subnet<'_>, address: IpAddr, lookup: &Lookup<'_>) -> Option<FromSubnet> {
    let mut routes = subnet.routes(&|prefix| prefix.contains(address));
    let local = routes.iter().any(|route| route.source == RouteSource::VirtualNetwork);
    routes.sort_by_key(|route| key(route, local));
    let all: Vec<&SubnetRoute> = routes.iter().collect();
    let tunnels = subnet.tunnel_routes(&|prefix| prefix.contains(address));
    let tunnel = tunnels.iter().max_by_key(|route| route.prefix.length());
    let chosen = choose(&all, !lookup.is_empty(), tunnel)?;
    let winner = routes.get(chosen.first)?;
    let lost = |index: usize, route: &SubnetRoute| match route.choice {
        _ if index == chosen.first => None,
        GatewayChoice::Lost(rule) => Some(rule),
        _ if winner.source.fixed().is_some() => winner.source.fixed(),
        _ if overridden(route, chosen.local) => Some(AzureStep::SystemPreferred),
        _ if route.prefix == winner.prefix => Some(same_prefix(winner, route)),
        _ => Some(AzureStep::LongerPrefix),
    };
    let mut found: Vec<_> =
        routes.iter().enumerate().map(|(index, route)| (route.clone(), lost(index, route))).collect();
    if let Some((winner, _)) = found.get_mut(chosen.first) {
        winner.next_hops.clone_from(&chosen.decision.why.next_hops);
    }
    found.sort_by_key(|(_, lost)| lost.is_some());
    Some(FromSubnet { decision: special_purpose(address, chosen.decision), routes: found })
}

/// Returns the target of a system route to the virtual network itself or to a peered one.
fn past(peer: Option<&Peer<'_>>, reason: Reason) -> (NextHopType, Reason) {
    match peer.and_then(|peer| Some((peer.id, peer.closed?))) {
        Some((network, span)) => {
            (NextHopType::To(Disposition::Discarded), Reason::PeeringClosed { network, span })
        }
        None => (NextHopType::To(Disposition::AzureBackbone), reason),
    }
}

fn route(prefix: IpPrefix, source: RouteSource, way: NextHopType, reason: Reason, span: Span) -> SubnetRoute {
    SubnetRoute {
        prefix,
        source,
        way,
        reason,
        next_hops: Vec::new(),
        choice: GatewayChoice::Alone,
        attributes: None,
        span,
    }
}

/// Returns the rank of a service tag: regional tags before global tags, with `AzureCloud` last in each group.
fn tag_rank(name: &str) -> u8 {
    match (name.starts_with("AzureCloud"), name.contains('.')) {
        (false, true) => 0,
        (false, false) => 1,
        (true, true) => 2,
        (true, false) => 3,
    }
}
