//! Route Servers in the file.

use serde::{Deserialize, Serialize};

use super::{LinkStateName, RoutingPreferenceName};

/// The Route Server of a virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteServerEntry {
    /// The appliances that tell it routes by BGP, 8 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<RouteServerPeerEntry>,
    /// Whether it exchanges routes between the appliances and the gateways of the virtual network; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub branch_to_branch: bool,
    /// What it prefers of routes to one prefix; `expressroute` by default. Appliances count with tunnels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_preference: Option<RoutingPreferenceName>,
}

/// An appliance that tells a Route Server routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteServerPeerEntry {
    /// Its name among the `appliances` of the virtual network.
    pub appliance: String,
    /// Its autonomous system, of 16 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 65534)))]
    pub autonomous_system: Option<u32>,
    /// Whether its sessions are up; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// The next hop of its routes that name none: the address of a load balancer in front of appliances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_hop: Option<String>,
    /// How it sends on what it draws: `tunnel` (one of its own, to what the file does not hold), `subnet` (the routes of its
    /// subnet), or the appliance at the other end of a tunnel, as `hub-neu/nva`. By default `tunnel`, but `subnet` for a
    /// default route and for what overlaps a virtual network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// What it advertises.
    pub advertises: Vec<InjectedRouteItem>,
}

/// A route of an appliance: its prefix, or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum InjectedRouteItem {
    /// The prefix.
    Prefix(String),
    /// With more.
    Entry(InjectedRouteEntry),
}

/// A route of an appliance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InjectedRouteEntry {
    /// Where it leads, of IPv4.
    pub prefix: String,
    /// Its AS path as the Route Server hears it; the appliance's number alone by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_path: Option<Vec<u32>>,
    /// The address of a load balancer in front of appliances; the peer's `next_hop` by default, else the appliance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_hop: Option<String>,
    /// As the peer's `through`, of this route alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Whether it has the community `NO_ADVERTISE` (65535:65282): no gateway is told it; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_advertise: bool,
}
