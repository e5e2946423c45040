//! Sites in the file.

use serde::{Deserialize, Serialize};

use super::DecisionProcessEntry;

/// A place with clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SiteEntry {
    /// Unique among sites.
    pub name: String,
    /// The clients' addresses, such as `10.10.0.0/16`; no two sites overlap. None at an edge router that has circuits or an
    /// internet edge alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// The way to the internet; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<InternetEntry>,
    /// The circuits that the site's edge learns routes from, by name or with more; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuits: Option<Vec<AttachmentItem>>,
    /// The number of the edge's autonomous system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// Tunnels over the internet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpn: Vec<VpnEntry>,
    /// Routes that are configured by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub static_routes: Vec<StaticRouteEntry>,
    /// Servers that others begin connections to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<PublishedEntry>,
    /// How the edge chooses among routes to one prefix; by default in routers' order of steps, and equally good routes share flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_process: Option<DecisionProcessEntry>,
}

/// A server that others begin connections to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PublishedEntry {
    /// Unique among published servers.
    pub name: String,
    /// The public addresses that it is reached at, one of a family at most.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 2)))]
    pub addresses: Vec<String>,
}

/// A circuit that a site's edge learns routes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AttachmentItem {
    /// Its name.
    Name(String),
    /// Its name, and how its routes are taken.
    Entry(AttachmentEntry),
}

/// A link between sites, over which their edges are internal peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WanLinkEntry {
    /// Its name.
    pub name: String,
    /// The sites that it joins.
    #[cfg_attr(feature = "schema", schemars(length(min = 2)))]
    pub sites: Vec<String>,
    /// What it adds to the internal metric; 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    /// What it carries in each direction, as `200 Mbps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<String>,
    /// `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// What its sites tell each other over it; `[own, circuits]` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announces: Option<Vec<WanAnnouncesName>>,
}

/// A translator of IPv6 to IPv4 (NAT64) at a site: packets of the site's clients to its prefix go on as IPv4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Nat64Entry {
    /// The IPv6 prefix whose addresses embed the IPv4 addresses, of 32, 40, 48, 56, 64 or 96 bits.
    pub prefix: String,
    /// The site that the translator is at.
    pub site: String,
    /// The IPv4 addresses that it translates sources to, in the site's prefixes; the site's first IPv4 prefix by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// What the edges of sites tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WanAnnouncesName {
    /// The prefixes of the sites.
    Own,
    /// What circuits bring.
    Circuits,
    /// The default route of the internet edge.
    Default,
    /// What tunnels bring.
    Tunnels,
}

/// How a site's edge takes the routes of a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttachmentEntry {
    /// The circuit's name.
    pub name: String,
    /// The site's route map, after those of the peering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// The internal metric to the circuit's edge router, where that is another site's; without it the circuit
    /// ends here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    /// The connections that end here, where the other one ends at another site's edge; both by default.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 2)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Vec<ConnectionName>>,
}

/// One of a circuit's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConnectionName {
    /// The first.
    Primary,
    /// The second.
    Secondary,
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
    /// The number of the provider's autonomous system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_autonomous_system: Option<u32>,
    /// Whether the session with the provider is up; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// A file of the routes that are learned there, beside the default route; relative to the network file. A list of
    /// prefixes, CSV with a column `prefix`, BIRD, FRR JSON or MRT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routes: Option<String>,
    /// The prefixes that the internet sends here; the NAT pools by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// The route map that what is learned passes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Whether packets pass a device that drops what it saw no beginning of; `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateful: Option<bool>,
    /// Whether connections that come in here are translated to a source of the edge's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbound_source_nat: bool,
    /// What the access carries in each direction, as `1 Gbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<String>,
    /// The load at the busiest time in the busier direction, while all circuits work, as `300 Mbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// The provider's addresses on the session, one of a family.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_addresses: Vec<String>,
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

/// Whether a link works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LinkStateName {
    /// It does.
    #[default]
    Up,
    /// It does not.
    Down,
}

/// A tunnel over the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VpnEntry {
    /// Unique among circuits, internet edges and tunnels.
    pub name: String,
    /// The virtual networks whose gateways end it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_networks: Vec<String>,
    /// The virtual hub that ends it, in place of virtual networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_hub: Option<String>,
    /// What is learned over it beside the virtual networks' prefixes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// What is announced over it; the site's prefixes by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// What its own packets travel over: `internet`, the default, or a peering of a circuit, as `er-ams/private`. It is down
    /// where that is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// Whether it is up; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// The route map that what is learned passes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
}

/// A route that is configured by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StaticRouteEntry {
    /// Where it leads.
    pub prefix: String,
    /// `internet`, `discard`, the name of a tunnel, or a circuit as `er-ams/private` or
    /// `er-ams/microsoft/primary`.
    pub via: String,
}
