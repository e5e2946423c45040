//! Virtual networks and route tables in the file.

use serde::{Deserialize, Serialize};

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
}

/// A tunnel of a site that ends at a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayVpnEntry {
    /// The site's name.
    pub site: String,
}

/// A peering with another virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualNetworkPeeringEntry {
    /// The other's name.
    pub virtual_network: String,
    /// Whether the other may use this one's gateway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_gateway_transit: bool,
    /// Whether this one uses the other's gateway.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_remote_gateways: bool,
    /// Whether the two are in different regions; by default told from the regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global: Option<bool>,
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
