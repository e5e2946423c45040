//! Virtual networks: subnets, gateways, peerings and route tables.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::azure::route_server::RouteServer;
use crate::network::ids::{RouteTableId, VirtualNetworkId};
use crate::network::{Bandwidth, CircuitId, SiteId};
use crate::rib::Community;

/// An Azure virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualNetwork {
    /// Its name, unique in the network.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    pub region: Option<Spanned<String>>,
    /// Its address space; no two virtual networks of the file overlap.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// Its subnets; each lies in the address space, and no two overlap.
    pub subnets: Vec<Subnet>,
    /// The appliances in its subnets; no two share an address.
    pub appliances: Vec<Appliance>,
    /// Its Route Server.
    pub route_server: Option<RouteServer>,
    /// Its gateway. There is one exactly where the file has the key, or a private peering or a tunnel
    /// of a site names this virtual network.
    pub gateway: Option<Gateway>,
    /// The virtual networks that it is peered with.
    pub peerings: Vec<VirtualNetworkPeering>,
    /// The community of its own that its prefixes carry on private peering.
    pub bgp_community: Option<Spanned<Community>>,
    /// Its name in the file.
    pub span: Span,
}

impl VirtualNetwork {
    /// The peering with another virtual network.
    pub fn peering_with(&self, other: VirtualNetworkId) -> Option<&VirtualNetworkPeering> {
        self.peerings.iter().find(|peering| peering.virtual_network == other)
    }

    /// Whether it has routes by BGP that it may lend to others: a gateway or a Route Server.
    pub fn has_bgp(&self) -> bool {
        self.gateway.is_some() || self.route_server.is_some()
    }
}

/// A subnet of a virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subnet {
    /// Its name, unique in the virtual network.
    pub name: String,
    /// Its addresses.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The routes of the user's own.
    pub route_table: Option<Spanned<RouteTableId>>,
    /// The services that are reached over Azure's backbone, whatever other routes say.
    pub service_endpoints: Vec<Spanned<ServiceEndpoint>>,
    /// The addresses in it that stand for services.
    pub private_endpoints: Vec<PrivateEndpoint>,
    /// Whether route tables count for private endpoints of this subnet; not so by default.
    pub private_endpoint_network_policies: bool,
    /// Whether Azure gives what leaves for the internet a public address of its own, where the file says it; see
    /// [`no_way_out`](Self::no_way_out).
    pub default_outbound_access: Option<Spanned<bool>>,
    /// Whether it has a NAT gateway.
    pub nat_gateway: bool,
    /// Whether its machines have public addresses of their own, or leave by those of a load balancer.
    pub public_addresses: bool,
    /// Its name in the file.
    pub span: Span,
}

impl Subnet {
    /// Where the file says that nothing leaves it for the internet: it has no default outbound access, and no public address
    /// of another kind (Microsoft, *default outbound access in Azure*). Gateways and Azure Firewalls have addresses of
    /// their own.
    pub fn no_way_out(&self) -> Option<Span> {
        let access = self.default_outbound_access.filter(|access| !access.value)?;
        let other =
            self.nat_gateway || self.public_addresses || self.is_for_gateways() || self.is_for_firewalls();
        (!other).then_some(access.span)
    }

    /// Whether it is `GatewaySubnet`, the subnet that is for gateways alone.
    pub fn is_for_gateways(&self) -> bool {
        self.name.eq_ignore_ascii_case("GatewaySubnet")
    }

    /// Whether it is `AzureFirewallSubnet`, the subnet that is for an Azure Firewall alone.
    pub fn is_for_firewalls(&self) -> bool {
        self.name.eq_ignore_ascii_case("AzureFirewallSubnet")
    }

    /// Whether it is `AzureFirewallManagementSubnet`, over which an Azure Firewall has a way to the internet of its own.
    pub fn is_for_firewall_management(&self) -> bool {
        self.name.eq_ignore_ascii_case("AzureFirewallManagementSubnet")
    }
}

/// A service that a subnet has an endpoint for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ServiceEndpoint {
    /// The name in Azure, such as `Microsoft.Storage`.
    pub name: String,
    /// The service tag whose prefixes it routes, or `None` for a service that is not known.
    pub tag: Option<String>,
}

/// An address of a subnet that stands for a service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrivateEndpoint {
    /// Its name, unique in the virtual network.
    pub name: String,
    /// Its address, inside the subnet.
    pub address: Spanned<IpAddr>,
    /// Its name in the file.
    pub span: Span,
}

/// An appliance in a virtual network: a firewall, router or proxy that user routes name as their next hop. It forwards
/// what it gets by the effective routes of its own subnet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Appliance {
    /// Its name, unique in the virtual network.
    pub name: String,
    /// Its own addresses and those of a load balancer in front of it: at least one, all in one subnet, which is not the
    /// gateways', and none that a private endpoint has.
    pub addresses: Vec<Spanned<IpAddr>>,
    /// Whether it drops packets of sessions whose beginning it did not see. `None` where the file does not say it.
    pub stateful: Option<bool>,
    /// The destinations to which it keeps the source of packets. `None` where the file does not say it: an Azure Firewall
    /// then keeps it to private addresses, another appliance to all.
    pub snat_private_ranges: Option<Vec<Spanned<IpPrefix>>>,
    /// What it forwards in each direction, where the file says it.
    pub throughput: Option<Spanned<Bandwidth>>,
    /// Its name in the file.
    pub span: Span,
}

/// The gateway of a virtual network, for circuits and tunnels together.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Gateway {
    /// Its SKU, where the file says it.
    pub sku: Option<Spanned<GatewaySku>>,
    /// Every circuit whose private peering leads here, with its weight.
    pub circuits: Vec<GatewayCircuit>,
    /// Every tunnel of a site that leads here.
    pub vpn: Vec<GatewayVpn>,
    /// The autonomous system of its VPN gateway, where the file says it: 65515 by default.
    pub autonomous_system: Option<Spanned<u32>>,
    /// Whether its VPN gateway is active-active, where the file says it.
    pub active_active: Option<Spanned<bool>>,
    /// Whether it takes what other virtual networks announce on the same circuit, where the file says it. By default it
    /// does not (Microsoft, *connect virtual networks over ExpressRoute*; the *ExpressRoute FAQ* says that it does).
    pub allow_remote_virtual_network_traffic: Option<Spanned<bool>>,
    /// Whether it takes what a virtual WAN announces on the same circuit, where the file says it.
    pub allow_virtual_wan_traffic: Option<Spanned<bool>>,
    /// What it announces in place of the address space of its virtual network and of the prefixes of others that these
    /// cover; empty where it announces them all.
    pub summarized: Vec<Spanned<IpPrefix>>,
    /// Its key in the file, or `None` where the file has none.
    pub span: Option<Span>,
}

/// The connection of a gateway to a circuit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GatewayCircuit {
    /// The circuit; its private peering names the virtual network.
    pub circuit: CircuitId,
    /// The connection weight, 0 by default: higher wins before the AS path is looked at.
    pub weight: u32,
    /// Where the file says that packets from on-premises go past the gateway (FastPath).
    pub fast_path: Option<Span>,
    /// The circuit's name in the list, or its private peering where the list does not have it.
    pub span: Span,
}

/// The end of a tunnel at a gateway.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GatewayVpn {
    /// The site.
    pub site: SiteId,
    /// The tunnel's index in [`Site::vpn`](crate::network::Site::vpn).
    pub vpn: u32,
    /// Whether the gateway was deployed as dual stack, so that the tunnel carries IPv6, where the file says it.
    pub dual_stack: Option<Spanned<bool>>,
    /// The site's name in the list, or the tunnel's where the list does not have it.
    pub span: Span,
}

/// The size of a gateway (expressroute-about-virtual-network-gateways).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are Microsoft's; there is nothing to add")]
pub enum GatewaySku {
    Standard,
    HighPerformance,
    UltraPerformance,
    ErGw1Az,
    ErGw2Az,
    ErGw3Az,
    ErGwScale,
}

impl GatewaySku {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::HighPerformance,
        Self::UltraPerformance,
        Self::ErGw1Az,
        Self::ErGw2Az,
        Self::ErGw3Az,
        Self::ErGwScale,
    ];

    /// The name in the network file, which is Azure's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::HighPerformance => "HighPerformance",
            Self::UltraPerformance => "UltraPerformance",
            Self::ErGw1Az => "ErGw1AZ",
            Self::ErGw2Az => "ErGw2AZ",
            Self::ErGw3Az => "ErGw3AZ",
            Self::ErGwScale => "ErGwScale",
        }
    }
}

/// A virtual network's peering with another, from this one's side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualNetworkPeering {
    /// The other.
    pub virtual_network: VirtualNetworkId,
    /// Whether the two reach each other; they do where the file does not say it. Either side closes both directions.
    pub allow_virtual_network_access: Option<Spanned<bool>>,
    /// Whether packets are let in that an appliance of the other forwards for a third. `None` where the file does not say
    /// it: they are then taken as let in.
    pub allow_forwarded_traffic: Option<Spanned<bool>>,
    /// Whether the other may use this one's gateway.
    pub allow_gateway_transit: bool,
    /// Whether this one uses the other's gateway.
    pub use_remote_gateways: bool,
    /// Whether the two are in different regions, where the file says it; see
    /// [`Network::is_global`](crate::network::Network::is_global).
    pub global: Option<bool>,
    /// The subnets that it joins; `None` where it joins both virtual networks as a whole.
    pub subnets: Option<PeeredSubnets>,
    /// Its entry in the file.
    pub span: Span,
}

/// The subnets that a peering joins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeeredSubnets {
    /// Those of this side, by name.
    pub local: Vec<Spanned<String>>,
    /// Those of the other side, by name.
    pub remote: Vec<Spanned<String>>,
}

impl VirtualNetworkPeering {
    /// Where it forbids access, if it does.
    pub(in crate::network) fn forbids_access(&self) -> Option<Span> {
        self.allow_virtual_network_access.filter(|allowed| !allowed.value).map(|allowed| allowed.span)
    }
}

/// Routes of the user's own, for the subnets that name the table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteTable {
    /// Its name, unique in the network.
    pub name: String,
    /// Whether the subnets get no routes from the gateway.
    pub disable_bgp_route_propagation: bool,
    /// The routes.
    pub routes: Vec<UserRoute>,
    /// Its name in the file.
    pub span: Span,
}

/// A route of a [`RouteTable`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserRoute {
    /// Where it leads.
    pub destination: Spanned<UserRouteDestination>,
    /// Where packets go.
    pub next_hop: Spanned<UserNextHop>,
}

/// Where a route of the user's own leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserRouteDestination {
    /// A prefix.
    Prefix(IpPrefix),
    /// The prefixes of this service tag, in the catalog's spelling.
    ServiceTag(String),
}

/// Where a route of the user's own sends packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserNextHop {
    /// A network virtual appliance at this address.
    VirtualAppliance(IpAddr),
    /// The internet; Microsoft's own addresses stay on its backbone.
    Internet,
    /// Nowhere: packets are dropped.
    None,
    /// The gateway, for tunnels: a circuit's gateway cannot be named so.
    VirtualNetworkGateway,
    /// Inside the virtual network.
    VirtualNetwork,
    /// Not known: a plan tells it once it is applied.
    Unknown,
}
