//! The image of the network file for serde: what the JSON Schema is made from, what a network file
//! is written from, and the twin that tests hold the hand-made reader to.
//!
//! People's files are read by [`super::read`], which reports every mistake at its place; a
//! deserializer would stop at the first.

use serde::{Deserialize, Serialize};

/// A network: who the clients are, which circuits they have, what Microsoft advertises to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NetworkFile {
    /// The version of this format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// What the network is called; the file's name by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Microsoft's cloud; `public` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudName>,
    /// Where clients sit.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub sites: Vec<SiteEntry>,
    /// The ExpressRoute circuits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<CircuitEntry>,
    /// The virtual networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_networks: Vec<VirtualNetworkEntry>,
}

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CloudName {
    /// Azure for everybody.
    Public,
    /// Azure Government.
    Government,
    /// Azure operated by 21Vianet.
    China,
}

/// A place with clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SiteEntry {
    /// Unique among sites.
    pub name: String,
    /// The clients' addresses, such as `10.10.0.0/16`; no two sites overlap.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub prefixes: Vec<String>,
    /// The way to the internet; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<InternetEntry>,
    /// The circuits that the site's edge learns routes from; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuits: Option<Vec<String>>,
}

/// A site's way to the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InternetEntry {
    /// Unique among internet edges and circuits; the site's name and `-internet` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The prefixes that clients appear from; their own by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nat: Vec<String>,
    /// For which families a default route is learned; `both` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_route: Option<DefaultRouteName>,
}

/// For which families a default route is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DefaultRouteName {
    /// IPv4 and IPv6.
    Both,
    /// `0.0.0.0/0` only.
    Ipv4,
    /// `::/0` only.
    Ipv6,
    /// Neither.
    None,
}

/// An ExpressRoute circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The peering for Microsoft's public services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_peering: Option<MicrosoftPeeringEntry>,
    /// The peering for virtual networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_peering: Option<PrivatePeeringEntry>,
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
}

/// An Azure virtual network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// The JSON Schema of the network file (draft 2020-12), indented, for editors.
#[cfg(feature = "schema")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(NetworkFile);
    schema.insert("title".to_owned(), "peerpath network file, version 1".into());
    // A schema holds strings and lists only; `{:#}` of such a value cannot fail.
    format!("{:#}\n", schema.as_value())
}
