//! Virtual hubs of a Virtual WAN: what is connected to each, its route tables, its routing intent.
//!
//! Sources: Microsoft, *about virtual hub routing*, *virtual hub routing preference*, *how to configure Virtual WAN hub
//! routing intent and routing policies*.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::azure::routing_preference::RoutingPreference;
use crate::network::ids::{HubFirewallId, HubTableId, VirtualHubId};
use crate::network::{CircuitId, Network, SiteId, VirtualNetworkId};

/// A virtual hub. All hubs of the file are of one Virtual WAN.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualHub {
    /// Its name, unique among virtual hubs and virtual networks.
    pub name: String,
    /// The Azure region.
    pub region: Option<Spanned<String>>,
    /// Its own addresses, of IPv4.
    pub prefix: Spanned<IpPrefix>,
    /// What it prefers of routes to one prefix of sites.
    pub routing_preference: RoutingPreference,
    /// The circuits whose private peering leads here.
    pub circuits: Vec<HubCircuit>,
    /// The tunnels of sites that lead here.
    pub vpn: Vec<HubVpn>,
    /// The virtual networks that are connected.
    pub connections: Vec<HubConnection>,
    /// The tables to which what circuits and tunnels bring is propagated, in any hub.
    pub branches: Vec<(VirtualHubId, HubTableId)>,
    /// Its route tables: the Default table first, then those of the file.
    pub route_tables: Vec<HubRouteTable>,
    /// The names of the firewalls that its routing intent names, each once.
    pub firewalls: Vec<Spanned<String>>,
    /// What it sends through them.
    pub routing_intent: RoutingIntent,
    /// The appliances in connected virtual networks that tell it routes by BGP.
    pub bgp_peers: Vec<HubBgpPeer>,
    /// Its name in the file.
    pub span: Span,
}

/// The connection of a hub to a circuit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubCircuit {
    /// The circuit; it has a private peering.
    pub circuit: CircuitId,
    /// The connection weight, 0 by default.
    pub weight: u32,
    /// Whether the hub's default route is advertised there; not by default.
    pub internet_security: bool,
    /// Its name in the list.
    pub span: Span,
}

/// The end of a tunnel at a hub.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubVpn {
    /// The site.
    pub site: SiteId,
    /// The tunnel's index in [`Site::vpn`](crate::network::Site::vpn).
    pub vpn: u32,
    /// The tunnel.
    pub span: Span,
}

/// A virtual network that is connected to a hub.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubConnection {
    /// The virtual network; it has no gateway of its own and uses none of a peer's.
    pub virtual_network: VirtualNetworkId,
    /// The table by which packets are sent on that come from it.
    pub associated: HubTableId,
    /// The tables that learn its prefixes, in any hub.
    pub propagates: Vec<(VirtualHubId, HubTableId)>,
    /// What its appliances lead to.
    pub static_routes: Vec<HubStaticRoute>,
    /// Whether the tables that learn its prefixes learn its static routes as well.
    pub propagate_static_routes: bool,
    /// Whether its own prefixes stand against a static route that covers them.
    pub bypasses_next_hop: bool,
    /// Whether it gets the hub's default route.
    pub internet_security: bool,
    /// The virtual network's name in the list.
    pub span: Span,
}

/// A static route of a connection: to an appliance in its virtual network.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubStaticRoute {
    /// Where it leads.
    pub prefix: Spanned<IpPrefix>,
    /// The appliance, in the virtual network.
    pub next_hop: IpAddr,
}

/// A route table of a hub.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubRouteTable {
    /// Its name, unique in the hub: `default` for the Default table.
    pub name: String,
    /// Its labels; one names tables of all hubs.
    pub labels: Vec<String>,
    /// Static routes.
    pub routes: Vec<HubTableRoute>,
    /// Its name in the file.
    pub span: Span,
}

/// A static route of a hub's table: to a connection, which has a static route for it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubTableRoute {
    /// Where it leads.
    pub prefix: Spanned<IpPrefix>,
    /// The virtual network of the connection.
    pub virtual_network: VirtualNetworkId,
    /// The appliance that the connection's longest static route for the prefix names.
    pub next_hop: IpAddr,
}

/// What a hub sends through its firewalls.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RoutingIntent {
    /// The firewall of private traffic.
    pub private: Option<Spanned<HubFirewallId>>,
    /// The firewall of what goes to the internet.
    pub internet: Option<Spanned<HubFirewallId>>,
    /// What is private traffic beside RFC 1918.
    pub private_prefixes: Vec<Spanned<IpPrefix>>,
}

/// An appliance that tells a hub routes by BGP.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubBgpPeer {
    /// Its address, in a virtual network that is connected.
    pub address: Spanned<IpAddr>,
    /// That virtual network.
    pub virtual_network: VirtualNetworkId,
    /// What it advertises.
    pub advertised: Vec<Spanned<IpPrefix>>,
    /// How many numbers its AS path has; 1 by default.
    pub path_length: usize,
}

impl VirtualHub {
    /// The connection of a virtual network.
    pub fn connection(&self, id: VirtualNetworkId) -> Option<&HubConnection> {
        self.connections.iter().find(|connection| connection.virtual_network == id)
    }
}

impl Network {
    /// The virtual hub of this id, or `None` for an id of another network.
    pub fn virtual_hub(&self, id: VirtualHubId) -> Option<&VirtualHub> {
        self.virtual_hubs.get(id.index())
    }

    /// Every virtual hub with its id.
    pub fn virtual_hubs_with_ids(&self) -> impl Iterator<Item = (VirtualHubId, &VirtualHub)> {
        (0..).map(VirtualHubId).zip(&self.virtual_hubs)
    }

    /// The virtual hub that a virtual network is connected to, with the connection; there is one at most.
    pub fn hub_of(&self, id: VirtualNetworkId) -> Option<(VirtualHubId, &HubConnection)> {
        self.virtual_hubs_with_ids().find_map(|(hub, own)| Some((hub, own.connection(id)?)))
    }

    /// Whether the Default table of any hub has static routes.
    pub fn has_static_routes_of_hubs(&self) -> bool {
        let default = self.virtual_hubs.iter().filter_map(|hub| hub.route_tables.first());
        default.into_iter().any(|table| !table.routes.is_empty())
    }

    /// The virtual hub that a tunnel leads to.
    pub fn hub_of_tunnel(&self, site: SiteId, vpn: u32) -> Option<VirtualHubId> {
        self.site(site)?.vpn.get(usize::try_from(vpn).ok()?)?.virtual_hub
    }
}
