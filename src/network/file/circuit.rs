//! Circuits in the file.

use serde::{Deserialize, Serialize};

/// An ExpressRoute circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CircuitEntry {
    /// Unique among circuits and internet edges.
    pub name: String,
    /// Where the circuit meets Microsoft, such as `Amsterdam`.
    pub peering_location: String,
    /// Which regions it reaches: `local`, `standard` (the geopolitical region), `premium` (all).
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^(?i:local|standard|premium)$")))]
    pub sku: String,
    /// The rate with its unit, such as `500 Mbps` or `1 Gbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    pub bandwidth: String,
    /// The connectivity provider, free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whose port the circuit ends on; `provider` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortName>,
    /// The day it was configured, such as `2016-05-31`: before 2017-08-01 Microsoft advertises without a filter.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// What Microsoft has authorized the circuit for; by default whatever the route filter asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized: Option<Vec<AuthorizationName>>,
    /// The peering for Microsoft's public services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_peering: Option<MicrosoftPeeringEntry>,
    /// The peering for virtual networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_peering: Option<PrivatePeeringEntry>,
    /// The circuits that ExpressRoute Global Reach joins with this one, said at either of both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub global_reach: Vec<String>,
}

/// Microsoft peering: public services of Microsoft over the circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MicrosoftPeeringEntry {
    /// Communities by value (`12076:51002`), name (`Exchange`) or region (`West Europe`). Without a
    /// route filter Microsoft advertises nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_filter: Option<Vec<String>>,
    /// The public prefixes that are advertised to Microsoft.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advertised: Vec<String>,
    /// The public prefixes that clients appear from; they lie inside what is advertised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nat: Vec<String>,
    /// Whether connections that come in over the peering are translated to a source of its edge's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbound_source_nat: bool,
    /// The company's autonomous system on the sessions; the site's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Whether the peering is switched on; `enabled` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PeeringStateName>,
    /// The route map that what is learned passes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Autonomous systems to put before the path of what is advertised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepend: Vec<u32>,
    /// What the primary connection has of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<MicrosoftConnectionEntry>,
    /// What the secondary connection has of its own.
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
    /// The company's autonomous system on the sessions; the site's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Whether the peering is switched on; `enabled` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PeeringStateName>,
    /// The route map that what is learned passes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Autonomous systems to put before the path of what is advertised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepend: Vec<u32>,
    /// What the primary connection has of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<PrivateConnectionEntry>,
    /// What the secondary connection has of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<PrivateConnectionEntry>,
}

/// What a connection of a Microsoft peering has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MicrosoftConnectionEntry {
    /// Whether its session is up; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// Whether BFD watches it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bfd: bool,
    /// The BFD interval of the company's side in milliseconds; the slower side counts.
    #[cfg_attr(feature = "schema", schemars(range(min = 50, max = 60_000)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd_interval: Option<u32>,
    /// The hold time of the company's side in seconds; the smaller side counts, and Microsoft's is 180.
    #[cfg_attr(feature = "schema", schemars(range(min = 10, max = 180)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<u32>,
    /// Its route map, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// What is put before the path here, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepend: Option<Vec<u32>>,
    /// What is advertised here, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// Its NAT pool, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat: Option<Vec<String>>,
    /// The file of its route table as Azure exports it, relative to the network file; it replaces what is
    /// derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
    /// The load at the busiest time in the busier direction, as `600 Mbps`; the other connection gets it when
    /// this one fails.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// Microsoft's addresses on the session, one of a family. With addresses of one family alone there is no session
    /// of the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_addresses: Vec<String>,
}

/// What a connection of a private peering has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrivateConnectionEntry {
    /// Whether its session is up; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// Whether BFD watches it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bfd: bool,
    /// The BFD interval of the company's side in milliseconds; the slower side counts.
    #[cfg_attr(feature = "schema", schemars(range(min = 50, max = 60_000)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd_interval: Option<u32>,
    /// The hold time of the company's side in seconds; the smaller side counts, and Microsoft's is 180.
    #[cfg_attr(feature = "schema", schemars(range(min = 10, max = 180)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<u32>,
    /// Its route map, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// What is put before the path here, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepend: Option<Vec<u32>>,
    /// What is advertised here, instead of the peering's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// The file of its route table as Azure exports it, relative to the network file; it replaces what is
    /// derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<String>,
    /// The load at the busiest time in the busier direction, as `600 Mbps`; the other connection gets it when
    /// this one fails.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// Microsoft's addresses on the session, one of a family. With addresses of one family alone there is no session
    /// of the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_addresses: Vec<String>,
}

/// Whether a connection works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StateName {
    /// Its session is established.
    #[default]
    Up,
    /// Its session is configured and not established.
    Down,
    /// It is switched off.
    Disabled,
}

/// Whether a peering is switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PeeringStateName {
    /// It is.
    #[default]
    Enabled,
    /// It is not.
    Disabled,
}

/// Whose port a circuit ends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PortName {
    /// A connectivity provider's.
    #[default]
    Provider,
    /// The company's own: ExpressRoute Direct.
    Direct,
}

/// What Microsoft lets a circuit use only after asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationName {
    /// Microsoft 365's communities.
    #[serde(rename = "microsoft-365")]
    Microsoft365,
}
