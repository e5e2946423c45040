//! Virtual networks and route tables in the file.

use serde::{Deserialize, Serialize};

use super::RouteServerEntry;

/// An Azure virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualNetworkEntry {
    /// Unique among virtual networks.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The address space, such as `10.20.0.0/16`; no two virtual networks overlap.
    pub prefixes: Vec<String>,
    /// Its subnets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<SubnetEntry>,
    /// Its firewalls, routers and proxies, which routes name as `virtual-appliance ADDRESS`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appliances: Vec<ApplianceEntry>,
    /// Its Route Server, which appliances tell routes by BGP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_server: Option<RouteServerEntry>,
    /// Its gateway; the connections that circuits and sites name are there without being listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayEntry>,
    /// The virtual networks that it is peered with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peerings: Vec<VirtualNetworkPeeringEntry>,
    /// The community of its own that its prefixes carry on private peering, such as `12076:20001`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bgp_community: Option<String>,
}

/// A subnet of a virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SubnetEntry {
    /// Unique in the virtual network.
    pub name: String,
    /// Its addresses, inside the address space.
    pub prefixes: Vec<String>,
    /// The route table of the user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table: Option<String>,
    /// The services with an endpoint here, such as `Microsoft.Storage`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_endpoints: Vec<String>,
    /// Addresses of the subnet that stand for services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_endpoints: Vec<PrivateEndpointEntry>,
    /// Whether route tables count for private endpoints here; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private_endpoint_network_policies: bool,
    /// Whether Azure gives what leaves for the internet a public address of its own; taken as so by default. `false`: nothing
    /// leaves without one of the two below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_outbound_access: Option<bool>,
    /// Whether a NAT gateway gives what leaves for the internet its address; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nat_gateway: bool,
    /// Whether its machines have public addresses of their own, or a load balancer with a rule for what leaves; `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public_addresses: bool,
}

/// An address of a subnet that stands for a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrivateEndpointEntry {
    /// Unique in the virtual network.
    pub name: String,
    /// Its address, such as `10.20.5.4`.
    pub address: String,
}

/// A firewall, router or proxy in a virtual network; it forwards by the effective routes of its subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ApplianceEntry {
    /// Unique in the virtual network.
    pub name: String,
    /// Its own addresses and those of a load balancer in front of it, all in one subnet.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub addresses: Vec<String>,
    /// Whether it drops packets of sessions whose beginning it did not see; by default that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateful: Option<bool>,
    /// The destinations to which it keeps the source of packets; to all others it puts in an address of its own. An Azure
    /// Firewall does so by default for all but private addresses, another appliance is taken as keeping every source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snat_private_ranges: Option<Vec<String>>,
    /// What it forwards in each direction, as `2 Gbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput: Option<String>,
}

/// The gateway of a virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayEntry {
    /// Its SKU as Azure names it, such as `ErGw1AZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Weights of its connections to circuits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<GatewayCircuitEntry>,
    /// The sites whose tunnels end here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpn: Vec<GatewayVpnEntry>,
    /// The autonomous system of the VPN gateway; 65515 by default. A Route Server exchanges routes with no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Whether the VPN gateway is active-active, without which a Route Server exchanges no routes with it; by default that is
    /// not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_active: Option<bool>,
    /// Whether it takes what other virtual networks announce on the same circuit, so that packets for them turn at
    /// Microsoft's edge; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_remote_virtual_network_traffic: Option<bool>,
    /// Whether it takes what a virtual WAN announces on the same circuit; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_virtual_wan_traffic: Option<bool>,
    /// What it announces in place of the address space of its virtual network and of the prefixes of others that these
    /// cover.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summarized_gateway_prefixes: Vec<String>,
}

/// A gateway's connection to a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayCircuitEntry {
    /// The circuit's name.
    pub circuit: String,
    /// The connection weight; the higher wins, 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 32000)))]
    pub weight: Option<u32>,
    /// Whether packets from on-premises go past the gateway (FastPath); `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fast_path: bool,
}

/// A tunnel of a site that ends at a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayVpnEntry {
    /// The site's name.
    pub site: String,
    /// Whether the gateway was deployed as dual stack, so that the tunnel carries IPv6; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dual_stack: Option<bool>,
}

/// A peering with another virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualNetworkPeeringEntry {
    /// The other's name.
    pub virtual_network: String,
    /// Whether the two reach each other; `true` by default. `false` on either side closes both directions, although the
    /// peering is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_virtual_network_access: Option<bool>,
    /// Whether packets are let in that an appliance of the other forwards for a third; by default that is not known, and
    /// they are taken as let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_forwarded_traffic: Option<bool>,
    /// Whether the other may use this one's gateway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_gateway_transit: bool,
    /// Whether this one uses the other's gateway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_remote_gateways: bool,
    /// Whether the two are in different regions; by default told from the regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global: Option<bool>,
    /// Whether it joins both virtual networks as a whole; `true` by default. `false`: the subnets below alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_complete_virtual_networks: Option<bool>,
    /// The subnets of this one that it joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_subnets: Vec<String>,
    /// The subnets of the other one that it joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remote_subnets: Vec<String>,
}

/// Routes of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteTableFile {
    /// Unique among route tables.
    pub name: String,
    /// Whether the subnets get no routes from the gateway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disable_bgp_route_propagation: bool,
    /// The routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<UserRouteEntry>,
}

/// A route of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UserRouteEntry {
    /// A prefix or the name of a service tag.
    pub prefix: String,
    /// `virtual-appliance 10.20.0.4`, `internet`, `none`, `virtual-network-gateway`, `virtual-network`, or
    /// `unknown` where a plan does not tell it yet.
    pub next_hop: String,
}
