//! Circuits in the network file.

use serde::{Deserialize, Serialize};

/// An ExpressRoute circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CircuitEntry {
    /// The name of the circuit, unique among circuits, internet edges, tunnels and links between sites.
    pub name: String,
    /// The peering location of the circuit (`peeringLocation`), such as `Amsterdam`.
    pub peering_location: String,
    /// The SKU tier, which limits the regions that the circuit can reach: `local` (the local regions), `standard`
    /// (the geopolitical region) or `premium` (all regions).
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^(?i:local|standard|premium)$")))]
    pub sku: String,
    /// The bandwidth of the circuit with its unit, such as `500 Mbps` or `1 Gbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    pub bandwidth: String,
    /// The connectivity provider, as free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The owner of the port on which the circuit ends; `provider` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortName>,
    /// How data from Microsoft are billed (`sku.family`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing: Option<BillingName>,
    /// The price for 10^9 bytes from Microsoft with its currency, such as `0.025 EUR`, for the view `metering` of
    /// `replay --scenario`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]{1,6})? +[A-Z]{3}$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_price: Option<String>,
    /// The day on which the circuit was configured, such as `2016-05-31`. On circuits configured before 2017-08-01,
    /// Microsoft advertises Microsoft 365 prefixes even without a route filter.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The authorizations that Microsoft has granted for the circuit; all that the route filter needs by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized: Option<Vec<AuthorizationName>>,
    /// The circuit's Microsoft peering, for Microsoft's public services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_peering: Option<MicrosoftPeeringEntry>,
    /// The circuit's private peering, for virtual networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_peering: Option<PrivatePeeringEntry>,
    /// The circuits that ExpressRoute Global Reach connects to this circuit. It is sufficient to list a pair of
    /// circuits at one of the two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub global_reach: Vec<String>,
}

/// Microsoft peering: Microsoft's public services over the circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MicrosoftPeeringEntry {
    /// The communities in the route filter, by value (`12076:51002`), name (`Exchange`) or region (`West Europe`).
    /// Without a route filter, Microsoft advertises nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_filter: Option<Vec<String>>,
    /// The public prefixes that are advertised to Microsoft.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advertised: Vec<String>,
    /// The NAT pool: the public prefixes to which the clients' addresses are translated. The pool should be inside
    /// the advertised prefixes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nat: Vec<String>,
    /// Whether the circuit's edge translates the source address of inbound connections to one of its own addresses;
    /// `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbound_source_nat: bool,
    /// The company's ASN on the sessions; the site's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Whether the peering is enabled; `enabled` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PeeringStateName>,
    /// The route map for the learned routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// The ASNs to prepend to the AS path of the advertised routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepend: Vec<u32>,
    /// The settings of the primary connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<MicrosoftConnectionEntry>,
    /// The settings of the secondary connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<MicrosoftConnectionEntry>,
}

/// Private peering: virtual networks over the circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrivatePeeringEntry {
    /// The virtual networks whose gateways are connected to the circuit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_networks: Vec<String>,
    /// The prefixes that are advertised to Microsoft.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advertised: Vec<String>,
    /// The company's ASN on the sessions; the site's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Whether the peering is enabled; `enabled` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PeeringStateName>,
    /// The route map for the learned routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// The ASNs to prepend to the AS path of the advertised routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepend: Vec<u32>,
    /// The settings of the primary connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<PrivateConnectionEntry>,
    /// The settings of the secondary connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<PrivateConnectionEntry>,
}

/// The settings of one connection of a Microsoft peering.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MicrosoftConnectionEntry {
    /// The state of the BGP session; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// Whether BFD monitors the session; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bfd: bool,
    /// The BFD interval on the company's side, in milliseconds. The longer interval of the two sides applies.
    #[cfg_attr(feature = "schema", schemars(range(min = 50, max = 60_000)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd_interval: Option<u32>,
    /// The BGP hold time on the company's side, in seconds. The shorter hold time of the two sides applies;
    /// Microsoft's is 180.
    #[cfg_attr(feature = "schema", schemars(range(min = 10, max = 180)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<u32>,
    /// The route map on this connection, which replaces the peering's route map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// The ASNs to prepend on this connection, which replace those of the peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepend: Option<Vec<u32>>,
    /// The prefixes advertised over this connection, which replace those of the peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// The NAT pool on this connection, which replaces the peering's NAT pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat: Option<Vec<String>>,
    /// The path of the file with this connection's route table as exported from Azure, relative to the network file.
    /// The routes in the file replace the derived routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
    /// The load at the busiest time in the busier direction, such as `600 Mbps`. If this connection fails, its load
    /// moves to the other connection.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// Microsoft's addresses on the session, at most one IPv4 and one IPv6 address. A family without an address here
    /// has no session if the other family has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_addresses: Vec<String>,
}

/// The settings of one connection of a private peering.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrivateConnectionEntry {
    /// The state of the BGP session; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// Whether BFD monitors the session; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bfd: bool,
    /// The BFD interval on the company's side, in milliseconds. The longer interval of the two sides applies.
    #[cfg_attr(feature = "schema", schemars(range(min = 50, max = 60_000)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd_interval: Option<u32>,
    /// The BGP hold time on the company's side, in seconds. The shorter hold time of the two sides applies;
    /// Microsoft's is 180.
    #[cfg_attr(feature = "schema", schemars(range(min = 10, max = 180)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<u32>,
    /// The route map on this connection, which replaces the peering's route map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// The ASNs to prepend on this connection, which replace those of the peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepend: Option<Vec<u32>>,
    /// The prefixes advertised over this connection, which replace those of the peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// The path of the file with this connection's route table as exported from Azure, relative to the network file.
    /// The routes in the file replace the derived routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
    /// The load at the busiest time in the busier direction, such as `600 Mbps`. If this connection fails, its load
    /// moves to the other connection.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// Microsoft's addresses on the session, at most one IPv4 and one IPv6 address. A family without an address here
    /// has no session if the other family has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_addresses: Vec<String>,
}

/// The state of a connection's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StateName {
    /// The session is established.
    #[default]
    Up,
    /// The session is configured but not established.
    Down,
    /// The session is shut down by an administrator.
    Disabled,
}

/// The state of a peering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PeeringStateName {
    /// The peering is enabled.
    #[default]
    Enabled,
    /// The peering is disabled.
    Disabled,
}

/// The owner of the port on which a circuit ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PortName {
    /// A connectivity provider.
    #[default]
    Provider,
    /// The company: ExpressRoute Direct.
    Direct,
}

/// How data from Microsoft are billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BillingName {
    /// By volume; data to Microsoft are free.
    Metered,
    /// No charge by volume.
    Unlimited,
}

/// An authorization that Microsoft grants only on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationName {
    /// The Microsoft 365 communities.
    #[serde(rename = "microsoft-365")]
    Microsoft365,
}
