//! Virtual hubs in the file.

use serde::{Deserialize, Serialize};

/// A virtual hub of the Virtual WAN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualHubEntry {
    /// Unique among virtual hubs and virtual networks.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its own addresses, such as `10.200.0.0/23`; Virtual WAN carries IPv4 alone.
    pub prefix: String,
    /// What it prefers of routes to one prefix of sites; `expressroute` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_preference: Option<RoutingPreferenceName>,
    /// The circuits whose private peering leads here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<HubCircuitItem>,
    /// The virtual networks that are connected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<HubConnectionEntry>,
    /// The tables and labels to which what circuits and tunnels bring is propagated; `[default]` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branches_propagate: Option<Vec<String>>,
    /// Its route tables; the Default table is there without being listed, and listed as `default` where it has static routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route_tables: Vec<HubRouteTableEntry>,
    /// What it sends through a firewall of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_intent: Option<RoutingIntentEntry>,
    /// The appliances in connected virtual networks that tell it routes by BGP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bgp_peers: Vec<HubBgpPeerEntry>,
}

/// What a hub prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RoutingPreferenceName {
    /// Circuits before tunnels.
    #[serde(rename = "expressroute")]
    ExpressRoute,
    /// Tunnels before circuits.
    Vpn,
    /// The shortest AS path first.
    AsPath,
}

/// A circuit of a hub: its name, or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum HubCircuitItem {
    /// The circuit's name.
    Name(String),
    /// With more.
    Entry(HubCircuitEntry),
}

/// A hub's connection to a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubCircuitEntry {
    /// The circuit's name.
    pub circuit: String,
    /// The connection weight; the higher wins, 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 32000)))]
    pub weight: Option<u32>,
    /// Whether the hub's default route is advertised there; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internet_security: bool,
}

/// A virtual network that is connected to a hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubConnectionEntry {
    /// The virtual network's name.
    pub virtual_network: String,
    /// The table by which packets are sent on that come from it; `default` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associated: Option<String>,
    /// The tables and labels that learn its prefixes; `[default]` by default, `[none]` for no table at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagates: Option<Vec<String>>,
    /// Static routes to appliances in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub static_routes: Vec<HubStaticRouteEntry>,
    /// Whether the tables that learn its prefixes learn its static routes as well; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub propagate_static_routes: bool,
    /// Whether its own prefixes stand against a static route that covers them (`Equal` in Azure); `false` by default
    /// (`Contains`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypass_next_hop: bool,
    /// Whether it gets the hub's default route; `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet_security: Option<bool>,
}

/// A static route of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubStaticRouteEntry {
    /// Where it leads.
    pub prefix: String,
    /// The address of the appliance, in the virtual network.
    pub next_hop: String,
}

/// A route table of a hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubRouteTableEntry {
    /// Unique in the hub.
    pub name: String,
    /// Its labels; one names tables of all hubs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Static routes to connections that have a static route for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<HubTableRouteEntry>,
}

/// A static route of a hub's table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubTableRouteEntry {
    /// Where it leads.
    pub prefix: String,
    /// The virtual network of the connection.
    pub virtual_network: String,
}

/// What a hub sends through a firewall of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RoutingIntentEntry {
    /// The name of the firewall of private traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<String>,
    /// The name of the firewall of what goes to the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<String>,
    /// What is private traffic beside RFC 1918; `0.0.0.0/0` for forced tunnelling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_prefixes: Vec<String>,
}

/// An appliance that tells a hub routes by BGP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubBgpPeerEntry {
    /// Its address, in a virtual network that is connected.
    pub address: String,
    /// What it advertises.
    pub advertised: Vec<String>,
    /// How many numbers its AS path has; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 64)))]
    pub as_path_length: Option<u32>,
}
