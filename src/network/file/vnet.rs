//! Virtual networks and route tables in the network file.

use serde::{Deserialize, Serialize};

use super::{DenyEntry, RouteServerEntry};

/// An Azure virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualNetworkEntry {
    /// The name of the virtual network, unique among virtual networks and virtual hubs.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The address space, such as `10.20.0.0/16`. Address spaces of different virtual networks must not overlap.
    pub prefixes: Vec<String>,
    /// The subnets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<SubnetEntry>,
    /// The firewalls, routers and proxies. Routes refer to them as `virtual-appliance ADDRESS`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appliances: Vec<ApplianceEntry>,
    /// The Route Server, to which appliances advertise routes by BGP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_server: Option<RouteServerEntry>,
    /// The gateway. Circuits and sites that name this virtual network are connected to the gateway without being
    /// listed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayEntry>,
    /// The peerings with other virtual networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peerings: Vec<VirtualNetworkPeeringEntry>,
    /// The BGP community that the virtual network's prefixes have on private peering (`virtualNetworkCommunity`),
    /// such as `12076:20001`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bgp_community: Option<String>,
}

/// A subnet of a virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SubnetEntry {
    /// The name of the subnet, unique in the virtual network.
    pub name: String,
    /// The prefixes of the subnet, which must be inside the address space.
    pub prefixes: Vec<String>,
    /// The name of the subnet's route table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table: Option<String>,
    /// The services that have a service endpoint in the subnet, such as `Microsoft.Storage`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_endpoints: Vec<String>,
    /// The private endpoints in the subnet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_endpoints: Vec<PrivateEndpointEntry>,
    /// Whether route tables apply to private endpoints in the subnet (`privateEndpointNetworkPolicies`); `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private_endpoint_network_policies: bool,
    /// Whether Azure provides outbound internet access through one of its own public addresses
    /// (`defaultOutboundAccess`); `true` by default. If `false`, packets can leave for the internet only if
    /// `nat_gateway` or `public_addresses` is `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_outbound_access: Option<bool>,
    /// Whether a NAT gateway provides the public address for outbound packets; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nat_gateway: bool,
    /// Whether the machines have public addresses or are behind a load balancer with an outbound rule; `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public_addresses: bool,
}

/// A private endpoint: an address in a subnet that represents a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrivateEndpointEntry {
    /// The name of the endpoint, unique in the virtual network.
    pub name: String,
    /// The address of the endpoint, such as `10.20.5.4`.
    pub address: String,
}

/// A firewall, router or proxy in a virtual network. It forwards packets according to the effective routes of its
/// subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ApplianceEntry {
    /// The name of the appliance, unique in the virtual network.
    pub name: String,
    /// The addresses of the appliance and of a load balancer in front of it. All of them must be in one subnet.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub addresses: Vec<String>,
    /// Whether the appliance drops packets that do not belong to a known session; unknown by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateful: Option<bool>,
    /// The destinations for which the appliance does not translate the source address. For all other destinations, it
    /// translates the source address to one of its own addresses. Without this key, an Azure Firewall translates the
    /// source address unless the destination is private, and any other appliance never translates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snat_private_ranges: Option<Vec<String>>,
    /// The throughput in each direction, such as `2 Gbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput: Option<String>,
    /// The destinations to which the appliance forwards no packet. The first entry that selects a destination denies it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyEntry>,
}

/// The gateway of a virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayEntry {
    /// The gateway SKU as named in Azure, such as `ErGw1AZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The settings of connections to circuits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<GatewayCircuitEntry>,
    /// The settings of the tunnels from sites to the gateway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpn: Vec<GatewayVpnEntry>,
    /// The ASN of the VPN gateway; 65515 by default. A Route Server exchanges routes with the VPN gateway only if this
    /// ASN is 65515.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Whether the VPN gateway is active-active; unknown by default. A Route Server exchanges routes with the VPN
    /// gateway only if the VPN gateway is active-active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_active: Option<bool>,
    /// Whether the gateway accepts the prefixes that other virtual networks advertise on the same circuit
    /// (`allowRemoteVnetTraffic`); `false` by default. If `true`, packets to these prefixes go to Microsoft's edge
    /// and back into Azure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_remote_virtual_network_traffic: Option<bool>,
    /// Whether the gateway accepts the prefixes that a Virtual WAN advertises on the same circuit
    /// (`allowVirtualWanTraffic`); `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_virtual_wan_traffic: Option<bool>,
    /// The prefixes that the gateway advertises (`summarizedGatewayPrefixes`). They replace the virtual network's own
    /// address space and all prefixes of other virtual networks that they cover.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summarized_gateway_prefixes: Vec<String>,
}

/// The connection of a gateway to a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayCircuitEntry {
    /// The circuit's name.
    pub circuit: String,
    /// The connection weight (`routingWeight`). The highest weight wins; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 32000)))]
    pub weight: Option<u32>,
    /// Whether packets from on-premises bypass the gateway (FastPath, `expressRouteGatewayBypass`); `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fast_path: bool,
}

/// A tunnel from a site to a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayVpnEntry {
    /// The name of the site.
    pub site: String,
    /// Whether the gateway was deployed as dual-stack, so that the tunnel carries IPv6; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dual_stack: Option<bool>,
}

/// A virtual network peering.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualNetworkPeeringEntry {
    /// The name of the other virtual network.
    pub virtual_network: String,
    /// Whether the two virtual networks can reach each other (`allowVirtualNetworkAccess`); `true` by default. If
    /// either side is `false`, both directions are blocked although the peering is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_virtual_network_access: Option<bool>,
    /// Whether this virtual network accepts packets that an appliance in the other virtual network forwards from a
    /// third network (`allowForwardedTraffic`). Without this key, the setting is unknown, and such packets are
    /// assumed to be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_forwarded_traffic: Option<bool>,
    /// Whether the other virtual network may use this virtual network's gateway (`allowGatewayTransit`); `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_gateway_transit: bool,
    /// Whether this virtual network uses the other virtual network's gateway (`useRemoteGateways`); `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_remote_gateways: bool,
    /// Whether the two virtual networks are in different regions; derived from their regions by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global: Option<bool>,
    /// Whether the peering connects both virtual networks as a whole (`peerCompleteVnets`); `true` by default. If
    /// `false`, the peering connects only the subnets in `local_subnets` and `remote_subnets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_complete_virtual_networks: Option<bool>,
    /// The subnets of this virtual network that the peering connects (`localSubnetNames`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_subnets: Vec<String>,
    /// The subnets of the other virtual network that the peering connects (`remoteSubnetNames`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remote_subnets: Vec<String>,
}

/// A route table with user-defined routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteTableFile {
    /// The name of the table, unique among route tables.
    pub name: String,
    /// Whether gateway routes are withheld from the table's subnets (`disableBgpRoutePropagation`); `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disable_bgp_route_propagation: bool,
    /// The routes of the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<UserRouteEntry>,
}

/// A user-defined route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UserRouteEntry {
    /// The destination: a prefix or the name of a service tag.
    pub prefix: String,
    /// The next hop: `virtual-appliance 10.20.0.4`, `internet`, `none`, `virtual-network-gateway`, `virtual-network`,
    /// or `unknown` if a plan does not contain the next hop yet.
    pub next_hop: String,
}
