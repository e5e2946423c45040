//! Virtual networks: subnets, gateways, peerings and route tables.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::azure::route_server::RouteServer;
use crate::network::ids::{RouteTableId, VirtualNetworkId};
use crate::network::{Bandwidth, CircuitId, DenyRule, SiteId};
use crate::rib::Community;

/// An Azure virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualNetwork {
    /// The virtual network's name, unique in the network.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    pub region: Option<Spanned<String>>,
    /// The virtual network's address space; no two virtual networks in the file overlap.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The virtual network's subnets. Each is in the address space, and no two overlap.
    pub subnets: Vec<Subnet>,
    /// The appliances in its subnets; no two share an address.
    pub appliances: Vec<Appliance>,
    /// The virtual network's Route Server.
    pub route_server: Option<RouteServer>,
    /// The virtual network's gateway. It exists if the file has the key, or if a private peering or a site's tunnel
    /// names this virtual network.
    pub gateway: Option<Gateway>,
    /// The virtual network's peerings with other virtual networks.
    pub peerings: Vec<VirtualNetworkPeering>,
    /// The BGP community that its prefixes have on private peering.
    pub bgp_community: Option<Spanned<Community>>,
    /// The position of the virtual network's name in the file.
    pub span: Span,
}

impl VirtualNetwork {
    /// Returns the peering with another virtual network.
    pub fn peering_with(&self, other: VirtualNetworkId) -> Option<&VirtualNetworkPeering> {
        self.peerings.iter().find(|peering| peering.virtual_network == other)
    }

    /// Returns whether the virtual network has a gateway or a Route Server, whose BGP routes peered virtual networks
    /// may use.
    pub fn has_bgp(&self) -> bool {
        self.gateway.is_some() || self.route_server.is_some()
    }
}

/// A subnet of a virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subnet {
    /// The subnet's name, unique in the virtual network.
    pub name: String,
    /// The subnet's addresses.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The subnet's route table with user-defined routes.
    pub route_table: Option<Spanned<RouteTableId>>,
    /// The services that are reached over Azure's backbone, regardless of other routes.
    pub service_endpoints: Vec<Spanned<ServiceEndpoint>>,
    /// The subnet's private endpoints.
    pub private_endpoints: Vec<PrivateEndpoint>,
    /// Whether route tables apply to private endpoints in the subnet; `false` by default.
    pub private_endpoint_network_policies: bool,
    /// Whether Azure provides outbound internet access through one of its own public addresses, if configured; see
    /// [`no_way_out`](Self::no_way_out).
    pub default_outbound_access: Option<Spanned<bool>>,
    /// Whether the subnet has a NAT gateway.
    pub nat_gateway: bool,
    /// Whether the subnet's machines have public addresses, or use the public addresses of a load balancer.
    pub public_addresses: bool,
    /// The position of the subnet's name in the file.
    pub span: Span,
}

impl Subnet {
    /// Returns the position in the file that shows that no packet can leave the subnet for the internet, because the
    /// subnet has neither default outbound access nor any other public address (Microsoft, *default outbound access
    /// in Azure*). Gateways and Azure Firewalls have their own public addresses.
    pub fn no_way_out(&self) -> Option<Span> {
        let access = self.default_outbound_access.filter(|access| !access.value)?;
        let other =
            self.nat_gateway || self.public_addresses || self.is_for_gateways() || self.is_for_firewalls();
        (!other).then_some(access.span)
    }

    /// Returns whether the subnet is `GatewaySubnet`, which is reserved for gateways.
    pub fn is_for_gateways(&self) -> bool {
        self.name.eq_ignore_ascii_case("GatewaySubnet")
    }

    /// Returns whether the subnet is `AzureFirewallSubnet`, which is reserved for an Azure Firewall.
    pub fn is_for_firewalls(&self) -> bool {
        self.name.eq_ignore_ascii_case("AzureFirewallSubnet")
    }

    /// Returns whether the subnet is `AzureFirewallManagementSubnet`, which gives an Azure Firewall its own access
    /// to the internet.
    pub fn is_for_firewall_management(&self) -> bool {
        self.name.eq_ignore_ascii_case("AzureFirewallManagementSubnet")
    }
}

/// A service for which a subnet has a service endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ServiceEndpoint {
    /// The name in Azure, such as `Microsoft.Storage`.
    pub name: String,
    /// The service tag whose prefixes the service endpoint routes, or `None` if the service is unknown.
    pub tag: Option<String>,
}

/// A private endpoint: an address in a subnet that represents a service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrivateEndpoint {
    /// The private endpoint's name, unique in the virtual network.
    pub name: String,
    /// The private endpoint's address, inside the subnet.
    pub address: Spanned<IpAddr>,
    /// The position of the private endpoint's name in the file.
    pub span: Span,
}

/// An appliance in a virtual network: a firewall, router or proxy that user-defined routes name as their next hop. It
/// forwards packets according to the effective routes of its own subnet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Appliance {
    /// The appliance's name, unique in the virtual network.
    pub name: String,
    /// The appliance's own addresses and those of a load balancer in front of it. There is at least one address, all
    /// are in one subnet other than `GatewaySubnet`, and none belongs to a private endpoint.
    pub addresses: Vec<Spanned<IpAddr>>,
    /// Whether the appliance drops packets that do not belong to a known session. `None` if this is not configured.
    pub stateful: Option<bool>,
    /// The destinations for which the appliance does not translate the source address. `None` if this is not
    /// configured. In that case, an Azure Firewall translates the source address unless the destination is private,
    /// and any other appliance never translates it.
    pub snat_private_ranges: Option<Vec<Spanned<IpPrefix>>>,
    /// The appliance's throughput in each direction, if configured.
    pub throughput: Option<Spanned<Bandwidth>>,
    /// The destinations to which the appliance forwards no packet. The first rule that applies decides.
    pub deny: Vec<DenyRule>,
    /// The position of the appliance's name in the file.
    pub span: Span,
}

/// The gateway of a virtual network, for circuits and tunnels together.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Gateway {
    /// The gateway's SKU, if configured.
    pub sku: Option<Spanned<GatewaySku>>,
    /// The circuits whose private peering is connected to the gateway, with their weights.
    pub circuits: Vec<GatewayCircuit>,
    /// The tunnels from sites that end at the gateway.
    pub vpn: Vec<GatewayVpn>,
    /// The ASN of its VPN gateway, if configured; 65515 by default.
    pub autonomous_system: Option<Spanned<u32>>,
    /// Whether its VPN gateway is active-active, if configured.
    pub active_active: Option<Spanned<bool>>,
    /// Whether the gateway accepts the prefixes that other virtual networks announce on the same circuit, if
    /// configured. By default, it does not accept them (Microsoft, *connect virtual networks over ExpressRoute*; the
    /// *ExpressRoute FAQ* states the opposite).
    pub allow_remote_virtual_network_traffic: Option<Spanned<bool>>,
    /// Whether the gateway accepts the prefixes that a Virtual WAN announces on the same circuit, if configured.
    pub allow_virtual_wan_traffic: Option<Spanned<bool>>,
    /// The prefixes that replace, in the gateway's announcements, its virtual network's address space and all
    /// prefixes of other virtual networks that they cover. If empty, nothing is replaced.
    pub summarized: Vec<Spanned<IpPrefix>>,
    /// The position of the gateway's key in the file, or `None` if the file does not have the key.
    pub span: Option<Span>,
}

/// The connection of a gateway to a circuit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GatewayCircuit {
    /// The circuit. Its private peering names the virtual network.
    pub circuit: CircuitId,
    /// The connection weight, 0 by default. The highest weight wins, before the AS path is compared.
    pub weight: u32,
    /// The position of the setting in the file with which packets from on-premises bypass the gateway (FastPath).
    pub fast_path: Option<Span>,
    /// The position of the circuit's name in the gateway's list, or of its private peering if the list does not
    /// contain the circuit.
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
    /// Whether the gateway was deployed as dual-stack, so that the tunnel carries IPv6, if configured.
    pub dual_stack: Option<Spanned<bool>>,
    /// The position of the site's name in the gateway's list, or of the tunnel's name if the list does not contain
    /// the site.
    pub span: Span,
}

/// The SKU of a gateway (expressroute-about-virtual-network-gateways).
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
    /// Every variant.
    pub const ALL: [Self; 7] = [
        Self::Standard,
        Self::HighPerformance,
        Self::UltraPerformance,
        Self::ErGw1Az,
        Self::ErGw2Az,
        Self::ErGw3Az,
        Self::ErGwScale,
    ];

    /// Returns the throughput (Microsoft, *About ExpressRoute virtual network gateways*). `None` for a scalable gateway,
    /// whose throughput depends on its scale units, which the network file does not contain.
    pub fn throughput(self) -> Option<Bandwidth> {
        let gbps = match self {
            Self::Standard | Self::ErGw1Az => 1,
            Self::HighPerformance | Self::ErGw2Az => 2,
            Self::UltraPerformance | Self::ErGw3Az => 10,
            Self::ErGwScale => return None,
        };
        Some(Bandwidth::from_bits_per_second(gbps * 1_000_000_000))
    }

    /// Returns the name in the network file, which is Azure's name.
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

/// A virtual network's side of a peering with another virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualNetworkPeering {
    /// The other virtual network.
    pub virtual_network: VirtualNetworkId,
    /// Whether the two virtual networks can reach each other, if configured; `true` by default. `false` on either
    /// side blocks both directions.
    pub allow_virtual_network_access: Option<Spanned<bool>>,
    /// Whether this virtual network accepts packets that an appliance in the other virtual network forwards from a
    /// third network. `None` if this is not configured. In that case, such packets are assumed to be accepted.
    pub allow_forwarded_traffic: Option<Spanned<bool>>,
    /// Whether the other virtual network may use this virtual network's gateway.
    pub allow_gateway_transit: bool,
    /// Whether this virtual network uses the other virtual network's gateway.
    pub use_remote_gateways: bool,
    /// Whether the two virtual networks are in different regions, if configured; see
    /// [`Network::is_global`](crate::network::Network::is_global).
    pub global: Option<bool>,
    /// The subnets that the peering connects; `None` if it connects both virtual networks as a whole.
    pub subnets: Option<PeeredSubnets>,
    /// The position of the peering's entry in the file.
    pub span: Span,
}

/// The subnets that a peering connects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeeredSubnets {
    /// The subnets of this side, by name.
    pub local: Vec<Spanned<String>>,
    /// The subnets of the other side, by name.
    pub remote: Vec<Spanned<String>>,
}

impl VirtualNetworkPeering {
    /// Returns the position in the file that forbids access, if any.
    pub(in crate::network) fn forbids_access(&self) -> Option<Span> {
        self.allow_virtual_network_access.filter(|allowed| !allowed.value).map(|allowed| allowed.span)
    }
}

/// A route table with user-defined routes, for the subnets that name it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteTable {
    /// The table's name, unique in the network.
    pub name: String,
    /// Whether gateway routes are withheld from the table's subnets.
    pub disable_bgp_route_propagation: bool,
    /// The routes.
    pub routes: Vec<UserRoute>,
    /// The position of the table's name in the file.
    pub span: Span,
}

/// A route of a [`RouteTable`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserRoute {
    /// The destination.
    pub destination: Spanned<UserRouteDestination>,
    /// The next hop.
    pub next_hop: Spanned<UserNextHop>,
}

/// The destination of a user-defined route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserRouteDestination {
    /// A prefix.
    Prefix(IpPrefix),
    /// The prefixes of a service tag, in the catalog's spelling.
    ServiceTag(String),
}

/// The next hop of a user-defined route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserNextHop {
    /// A network virtual appliance at this address.
    VirtualAppliance(IpAddr),
    /// The internet. Packets to Microsoft's own addresses stay on its backbone.
    Internet,
    /// None: packets are dropped.
    None,
    /// The VPN gateway. An ExpressRoute gateway cannot be the next hop.
    VirtualNetworkGateway,
    /// A destination inside the virtual network.
    VirtualNetwork,
    /// The next hop is unknown, because a plan does not contain it before it is applied.
    Unknown,
}
