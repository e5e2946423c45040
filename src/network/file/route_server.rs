//! Route Servers in the network file.

use serde::{Deserialize, Serialize};

use super::{LinkStateName, RoutingPreferenceName};

/// The Route Server of a virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteServerEntry {
    /// The appliances that advertise routes to the Route Server by BGP, at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<RouteServerPeerEntry>,
    /// Whether the Route Server exchanges routes between appliances and the gateways of the virtual network; `false`
    /// by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub branch_to_branch: bool,
    /// The routing preference among routes to one prefix; `expressroute` by default. Routes from appliances are
    /// treated as routes from tunnels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_preference: Option<RoutingPreferenceName>,
}

/// An appliance that advertises routes to a Route Server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteServerPeerEntry {
    /// The name of the appliance, which must be listed in the virtual network's `appliances`.
    pub appliance: String,
    /// The 16-bit ASN of the appliance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 65534)))]
    pub autonomous_system: Option<u32>,
    /// The state of the appliance's BGP sessions; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// The default next hop for the appliance's routes: the address of a load balancer in front of appliances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_hop: Option<String>,
    /// How the appliance forwards the traffic that follows its routes: `tunnel` (over its own tunnel to destinations
    /// outside the file), `subnet` (according to the routes of its subnet), or the name of the appliance at the other
    /// end of a tunnel, such as `hub-neu/nva`. Without this key, `subnet` applies to a default route and to a prefix
    /// that overlaps a virtual network, and `tunnel` to any other route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The routes that the appliance advertises.
    pub advertises: Vec<InjectedRouteItem>,
}

/// A route from an appliance: its prefix, or a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum InjectedRouteItem {
    /// The prefix.
    Prefix(String),
    /// The prefix, and the attributes of the route.
    Entry(InjectedRouteEntry),
}

/// A route that an appliance advertises.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InjectedRouteEntry {
    /// The destination prefix, IPv4 only.
    pub prefix: String,
    /// The AS path as received by the Route Server; only the appliance's ASN by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_path: Option<Vec<u32>>,
    /// The next hop: the address of a load balancer in front of appliances. Without this key, the peer's `next_hop`
    /// applies, or else the address of the appliance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_hop: Option<String>,
    /// How the appliance forwards the traffic that follows this route. The values are those of the peer's `through`,
    /// which this key overrides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Whether the route has the community `NO_ADVERTISE` (65535:65282), so that it is not advertised to gateways;
    /// `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_advertise: bool,
}
