//! Virtual hubs of a Virtual WAN: their connections, route tables and routing intent.
//!
//! Sources: Microsoft, *about virtual hub routing*, *virtual hub routing preference*, *how to configure Virtual WAN hub
//! routing intent and routing policies*.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::azure::routing_preference::RoutingPreference;
use crate::network::ids::{HubFirewallId, HubTableId, VirtualHubId};
use crate::network::{CircuitId, DenyRule, Network, SiteId, VirtualNetworkId};

/// A virtual hub. All hubs in the file belong to one Virtual WAN.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualHub {
    /// The hub's name, unique among virtual hubs and virtual networks.
    pub name: String,
    /// The Azure region.
    pub region: Option<Spanned<String>>,
    /// The hub's address prefix, IPv4 only.
    pub prefix: Spanned<IpPrefix>,
    /// The hub's routing preference among routes to the same on-premises prefix.
    pub routing_preference: RoutingPreference,
    /// The circuits whose private peering is connected to the hub.
    pub circuits: Vec<HubCircuit>,
    /// The tunnels from sites that end at the hub.
    pub vpn: Vec<HubVpn>,
    /// The connected virtual networks.
    pub connections: Vec<HubConnection>,
    /// The tables, in any hub, to which routes from circuits and tunnels are propagated.
    pub branches: Vec<(VirtualHubId, HubTableId)>,
    /// The hub's route tables: the Default table first, then those in the file.
    pub route_tables: Vec<HubRouteTable>,
    /// The names of the firewalls in its routing intent, without repetition.
    pub firewalls: Vec<Spanned<String>>,
    /// The hub's routing intent.
    pub routing_intent: RoutingIntent,
    /// The appliances in connected virtual networks that advertise routes to the hub by BGP.
    pub bgp_peers: Vec<HubBgpPeer>,
    /// The position of the hub's name in the file.
    pub span: Span,
}

/// The connection of a hub to a circuit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubCircuit {
    /// The circuit. It has a private peering.
    pub circuit: CircuitId,
    /// The connection weight, 0 by default.
    pub weight: u32,
    /// Whether the hub advertises its default route to the circuit; `false` by default.
    pub internet_security: bool,
    /// The position of the circuit's name in the list.
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
    /// The position of the tunnel in the file.
    pub span: Span,
}

/// A virtual network that is connected to a hub.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubConnection {
    /// The virtual network. It has no gateway of its own and does not use the gateway of a peered virtual network.
    pub virtual_network: VirtualNetworkId,
    /// The table that forwards packets from the virtual network.
    pub associated: HubTableId,
    /// The tables, in any hub, to which the virtual network's prefixes are propagated.
    pub propagates: Vec<(VirtualHubId, HubTableId)>,
    /// The static routes to appliances in the virtual network.
    pub static_routes: Vec<HubStaticRoute>,
    /// Whether the connection's static routes are propagated to the same tables as the virtual network's prefixes.
    pub propagate_static_routes: bool,
    /// Whether the virtual network's own prefixes override a static route that covers them.
    pub bypasses_next_hop: bool,
    /// Whether the virtual network learns the hub's default route.
    pub internet_security: bool,
    /// The position of the virtual network's name in the list.
    pub span: Span,
}

/// A static route of a connection, to an appliance in its virtual network.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubStaticRoute {
    /// The destination prefix.
    pub prefix: Spanned<IpPrefix>,
    /// The address of the appliance, which is in the virtual network.
    pub next_hop: IpAddr,
}

/// A route table of a hub.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubRouteTable {
    /// The table's name, unique in the hub: `default` for the Default table.
    pub name: String,
    /// The table's labels. A label selects all tables with that label, in every hub.
    pub labels: Vec<String>,
    /// The table's static routes.
    pub routes: Vec<HubTableRoute>,
    /// The position of the table's name in the file.
    pub span: Span,
}

/// A static route in a route table of a hub. Its next hop is a connection, which has a static route for the prefix.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HubTableRoute {
    /// The destination prefix.
    pub prefix: Spanned<IpPrefix>,
    /// The virtual network of the connection.
    pub virtual_network: VirtualNetworkId,
    /// The next hop of the connection's most specific static route that covers the prefix.
    pub next_hop: IpAddr,
}

/// The traffic that a hub sends through its firewalls.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RoutingIntent {
    /// The firewall for private traffic.
    pub private: Option<Spanned<HubFirewallId>>,
    /// The firewall for internet traffic.
    pub internet: Option<Spanned<HubFirewallId>>,
    /// The prefixes that count as private traffic in addition to the RFC 1918 prefixes.
    pub private_prefixes: Vec<Spanned<IpPrefix>>,
    /// The destinations to which the firewalls forward no packet. The first rule that applies decides.
    pub deny: Vec<DenyRule>,
}

/// An appliance that advertises routes to a hub by BGP.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubBgpPeer {
    /// The appliance's address, which is in a connected virtual network.
    pub address: Spanned<IpAddr>,
    /// The connected virtual network that contains the address.
    pub virtual_network: VirtualNetworkId,
    /// The prefixes that the appliance advertises.
    pub advertised: Vec<Spanned<IpPrefix>>,
    /// The length of the AS path of the appliance's routes, in ASNs; 1 by default.
    pub path_length: usize,
}

impl VirtualHub {
    /// Returns the connection of a virtual network to this hub.
    pub fn connection(&self, id: VirtualNetworkId) -> Option<&HubConnection> {
        self.connections.iter().find(|connection| connection.virtual_network == id)
    }
}

impl Network {
    /// Returns the virtual hub with this id, or `None` if the id belongs to another network.
    pub fn virtual_hub(&self, id: VirtualHubId) -> Option<&VirtualHub> {
        self.virtual_hubs.get(id.index())
    }

    /// Returns every virtual hub with its id.
    pub fn virtual_hubs_with_ids(&self) -> impl Iterator<Item = (VirtualHubId, &VirtualHub)> {
        (0..).map(VirtualHubId).zip(&self.virtual_hubs)
    }

    /// Returns the virtual hub that a virtual network is connected to, with the connection. There is at most one.
    pub fn hub_of(&self, id: VirtualNetworkId) -> Option<(VirtualHubId, &HubConnection)> {
        self.virtual_hubs_with_ids().find_map(|(hub, own)| Some((hub, own.connection(id)?)))
    }

    /// Returns whether the Default table of any hub has static routes.
    pub fn has_static_routes_of_hubs(&self) -> bool {
        let default = self.virtual_hubs.iter().filter_map(|hub| hub.route_tables.first());
        default.into_iter().any(|table| !table.routes.is_empty())
    }

    /// Returns the virtual hub that terminates a tunnel.
    pub fn hub_of_tunnel(&self, site: SiteId, vpn: u32) -> Option<VirtualHubId> {
        self.site(site)?.vpn.get(usize::try_from(vpn).ok()?)?.virtual_hub
    }
}
