//! Sites in the network file.

use serde::{Deserialize, Serialize};

use super::DecisionProcessEntry;

/// A site: a place with clients and an edge router.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SiteEntry {
    /// The name of the site, unique among sites.
    pub name: String,
    /// The clients' prefixes, such as `10.10.0.0/16`. A prefix belongs to one site only. A site that is
    /// only an edge router with circuits or an internet edge may have no prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// The site's internet edge; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet: Option<InternetEntry>,
    /// The circuits whose routes the site's edge learns, each by name or as a mapping; all circuits by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuits: Option<Vec<AttachmentItem>>,
    /// The ASN of the site's edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonomous_system: Option<u32>,
    /// The site's VPN tunnels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpn: Vec<VpnEntry>,
    /// The static routes of the site's edge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub static_routes: Vec<StaticRouteEntry>,
    /// The proxy at another site that the site's clients use; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyEntry>,
    /// The servers at the site that accept connections from outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<PublishedEntry>,
    /// The BGP decision process of the site's edge. Without this key, the usual steps of routers apply in their usual
    /// order, and flows are distributed among equal-cost routes (ECMP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_process: Option<DecisionProcessEntry>,
}

/// The proxy of a site's clients, or the concentrator of their VPN. It stands at another site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProxyEntry {
    /// The site of the proxy. Packets continue from there as packets of that site.
    pub site: String,
    /// The destinations for which clients use the proxy; all public addresses by default.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub destinations: Option<Vec<SelectorEntry>>,
    /// The destinations for which clients never use the proxy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<SelectorEntry>,
    /// The path to the proxy; `wan` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<ProxyPathName>,
}

/// The path from a site's clients to their proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ProxyPathName {
    /// The company's network: the links between sites. Without links in the file, every site can reach all others.
    Wan,
    /// A tunnel over the internet. It needs the internet edges of both sites.
    Internet,
}

/// A server that accepts connections from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PublishedEntry {
    /// The name of the server, unique among published servers.
    pub name: String,
    /// The public addresses of the server, at most one IPv4 and one IPv6 address.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 2)))]
    pub addresses: Vec<String>,
}

/// A circuit whose routes a site's edge learns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AttachmentItem {
    /// The circuit's name.
    Name(String),
    /// The circuit's name, and the settings for importing its routes.
    Entry(AttachmentEntry),
}

/// A link between sites, over which their edges are internal BGP peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WanLinkEntry {
    /// The name of the link, unique among circuits, internet edges, tunnels and links between sites.
    pub name: String,
    /// The sites that the link connects, at least two.
    #[cfg_attr(feature = "schema", schemars(length(min = 2)))]
    pub sites: Vec<String>,
    /// The internal metric of the link; 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    /// The bandwidth in each direction, such as `200 Mbps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<String>,
    /// The load at the busiest time in the busier direction while all links and circuits are up, such as `80 Mbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// The state of the link; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// The routes that the sites advertise to each other over the link; `own` and `circuits` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announces: Option<Vec<WanAnnouncesName>>,
}

/// A NAT64 translator (IPv6 to IPv4) at a site. Packets from the site's clients to the translator's prefix continue
/// as IPv4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Nat64Entry {
    /// The IPv6 prefix whose addresses embed IPv4 addresses. The prefix length must be 32, 40, 48, 56, 64 or 96.
    pub prefix: String,
    /// The site of the translator.
    pub site: String,
    /// The IPv4 prefix to which source addresses are translated. It must be inside the site's prefixes; the site's
    /// first IPv4 prefix by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// A type of route that the edges of sites advertise to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WanAnnouncesName {
    /// The prefixes of the sites.
    Own,
    /// Routes learned from circuits.
    Circuits,
    /// The default route of the internet edge.
    Default,
    /// Routes learned over tunnels.
    Tunnels,
}

/// The settings with which a site's edge imports routes from a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttachmentEntry {
    /// The circuit's name.
    pub name: String,
    /// The site's route map for routes from the circuit. It applies after the route map of the peering or connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// The internal metric to the circuit's edge router if that router is at another site. Without this key, the
    /// circuit ends at this site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    /// The connection of the circuit that ends at this site if the other connection ends at another site's edge; both
    /// by default.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 2)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Vec<ConnectionName>>,
    /// Whether the site's own stateful device stands between its clients and this circuit. It drops packets that do not
    /// belong to a known session, and stands in front of all circuits of the site with `true`. Only where the circuit
    /// ends; unknown by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateful: Option<bool>,
}

/// One of the two connections of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConnectionName {
    /// The primary connection.
    Primary,
    /// The secondary connection.
    Secondary,
}

/// The internet edge of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct InternetEntry {
    /// The name of the edge, unique among circuits, internet edges, tunnels and links between sites; the site's name
    /// followed by `-internet` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The NAT pool: the public prefixes to which the clients' addresses are translated. Without this key, the
    /// clients' addresses are not translated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nat: Vec<String>,
    /// The address families for which a default route is learned; `both` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_route: Option<DefaultRouteName>,
    /// The ASN of the internet provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_autonomous_system: Option<u32>,
    /// The state of the BGP session with the provider; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// The path of a file with the routes learned from the provider in addition to the default route, relative to the
    /// network file. The file can be a list of prefixes, CSV with a column `prefix`, BIRD output, FRR JSON or MRT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routes: Option<String>,
    /// The prefixes that are advertised to the provider; the NAT pools by default. Without this key, a family without a
    /// NAT pool uses the site's prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// The route map for the learned routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
    /// Whether packets pass through a stateful device, which drops packets that do not belong to a known session;
    /// `true` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stateful: Option<bool>,
    /// Whether the edge translates the source address of inbound connections to one of its own addresses; `false` by
    /// default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbound_source_nat: bool,
    /// The bandwidth of the access in each direction, such as `1 Gbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<String>,
    /// The load at the busiest time in the busier direction while all circuits are up, such as `300 Mbps`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? *[MmGg][Bb][Pp][Ss]$")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<String>,
    /// The provider's addresses on the session, at most one IPv4 and one IPv6 address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peer_addresses: Vec<String>,
    /// The destinations to which the edge sends no packet. The first entry that selects a destination denies it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<DenyEntry>,
}

/// Destinations to which an internet edge or an appliance sends no packet: those of `prefix`, `tag`, `product` or `community`,
/// exactly one of which is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DenyEntry {
    /// The destination prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A service tag, such as `AzureCloud` or `PowerPlatformInfra.WestEurope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// A product, by id, name or alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// A community by value (`12076:51002`), name or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// The destinations to which the entry does not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<SelectorEntry>,
}

/// Destinations: those of `prefix`, `tag`, `product` or `community`, exactly one of which is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SelectorEntry {
    /// The destination prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A service tag, such as `AzureCloud` or `PowerPlatformInfra.WestEurope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// A product, by id, name or alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// A community by value (`12076:51002`), name or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
}

/// The address families for which a default route is learned.
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
    /// No default route.
    None,
}

/// The state of a link or session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LinkStateName {
    /// Up.
    #[default]
    Up,
    /// Down.
    Down,
}

/// A VPN tunnel of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VpnEntry {
    /// The name of the tunnel, unique among circuits, internet edges, tunnels and links between sites.
    pub name: String,
    /// The virtual networks whose gateways terminate the tunnel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_networks: Vec<String>,
    /// The virtual hub that terminates the tunnel. A tunnel with this key must not have `virtual_networks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_hub: Option<String>,
    /// The prefixes that are learned over the tunnel in addition to the prefixes of the virtual networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// The prefixes that are advertised over the tunnel; the site's prefixes by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertised: Option<Vec<String>>,
    /// The path of the tunnel's own packets: `internet` or a peering of a circuit, such as `er-ams/private`;
    /// `internet` by default. The tunnel is down while that path is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// The state of the tunnel; `up` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LinkStateName>,
    /// The route map for the learned routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<String>,
}

/// A static route. Exactly one of `prefix`, `tag`, `product` and `community` is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StaticRouteEntry {
    /// The destination prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A service tag, such as `PowerPlatformInfra.WestEurope`: one route to each of its prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// A product, by id, name or alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// A community by value (`12076:51002`), name or region: one route to each of its prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// The next hop: `internet`, `discard`, the name of a tunnel, or a circuit such as `er-ams/private` or
    /// `er-ams/microsoft/primary`.
    pub via: String,
    /// The administrative distance; 1 by default. External BGP has 20, internal BGP has 200. A route with a higher
    /// distance is used only while there is no BGP route to the same prefix.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 254)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<u8>,
}
