//! Virtual hubs in the network file.

use serde::{Deserialize, Serialize};

use super::DenyEntry;

/// A virtual hub of the Virtual WAN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VirtualHubEntry {
    /// The name of the hub, unique among virtual hubs and virtual networks.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The address prefix of the hub (`addressPrefix`), such as `10.200.0.0/23`. Virtual WAN supports only IPv4.
    pub prefix: String,
    /// The routing preference (`hubRoutingPreference`) among routes to the same on-premises prefix; `expressroute` by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_preference: Option<RoutingPreferenceName>,
    /// The circuits whose private peering is connected to the hub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<HubCircuitItem>,
    /// The virtual networks that are connected to the hub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<HubConnectionEntry>,
    /// The tables and labels to which routes from circuits and tunnels are propagated; `[default]` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branches_propagate: Option<Vec<String>>,
    /// The route tables of the hub. The Default table always exists. List the Default table, as `default`, only if it
    /// has static routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route_tables: Vec<HubRouteTableEntry>,
    /// The routing intent: the traffic that the hub sends through its own firewall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_intent: Option<RoutingIntentEntry>,
    /// The appliances in connected virtual networks that advertise routes to the hub by BGP.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bgp_peers: Vec<HubBgpPeerEntry>,
}

/// A routing preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RoutingPreferenceName {
    /// Prefer circuits over tunnels.
    #[serde(rename = "expressroute")]
    ExpressRoute,
    /// Prefer tunnels over circuits.
    Vpn,
    /// Prefer the shortest AS path.
    AsPath,
}

/// A circuit of a hub: its name, or a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum HubCircuitItem {
    /// The circuit's name.
    Name(String),
    /// The circuit's name, and the settings of the connection.
    Entry(HubCircuitEntry),
}

/// The connection of a hub to a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubCircuitEntry {
    /// The circuit's name.
    pub circuit: String,
    /// The connection weight (`routingWeight`). The highest weight wins; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 32000)))]
    pub weight: Option<u32>,
    /// Whether the hub advertises its default route to the circuit (`enableInternetSecurity`); `false` by default.
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
    /// The table that forwards packets from the virtual network (`associatedRouteTable`); `default` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associated: Option<String>,
    /// The tables and labels to which the virtual network's prefixes are propagated (`propagatedRouteTables`).
    /// `[none]` means no table; `[default]` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagates: Option<Vec<String>>,
    /// The static routes to appliances in the virtual network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub static_routes: Vec<HubStaticRouteEntry>,
    /// Whether the static routes are propagated to the same tables as the prefixes; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub propagate_static_routes: bool,
    /// Whether the virtual network's own prefixes override a static route that covers them (`Equal` in Azure);
    /// `false` by default (`Contains`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypass_next_hop: bool,
    /// Whether the virtual network learns the hub's default route (`enableInternetSecurity`); `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet_security: Option<bool>,
}

/// A static route of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubStaticRouteEntry {
    /// The destination prefix.
    pub prefix: String,
    /// The address of the appliance, which must be in the virtual network.
    pub next_hop: String,
}

/// A route table of a hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubRouteTableEntry {
    /// The name of the table, unique in the hub.
    pub name: String,
    /// The labels of the table. A label selects all tables with that label, in every hub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The static routes whose next hop is a connection. That connection must have a static route for the prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<HubTableRouteEntry>,
}

/// A static route in a route table of a hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubTableRouteEntry {
    /// The destination prefix.
    pub prefix: String,
    /// The virtual network of the connection that is the next hop.
    pub virtual_network: String,
}

/// The routing intent of a hub: the traffic that the hub sends through its own firewall.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RoutingIntentEntry {
    /// The name of the firewall for private traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<String>,
    /// The name of the firewall for internet traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<String>,
    /// The prefixes that count as private traffic in addition to the RFC 1918 prefixes. `0.0.0.0/0` means forced
    /// tunnelling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_prefixes: Vec<String>,
    /// The destinations to which the firewalls forward no packet. The first entry that selects a destination denies it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyEntry>,
}

/// An appliance that advertises routes to a hub by BGP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HubBgpPeerEntry {
    /// The address of the appliance, which must be in a connected virtual network.
    pub address: String,
    /// The prefixes that the appliance advertises.
    pub advertised: Vec<String>,
    /// The length of the AS path of the appliance's routes, in ASNs; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 64)))]
    pub as_path_length: Option<u32>,
}
