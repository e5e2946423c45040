//! The network file as serde types. The JSON Schema is generated from these types, network files are written with
//! them, and tests compare the hand-written reader with them. Users' files are read by [`super::read`], which reports
//! every mistake at its position. A deserializer would stop at the first mistake.

mod check;
mod circuit;
mod intent;
#[cfg(feature = "schema")]
mod json_schema;
mod policy;
mod route_server;
mod site;
mod virtual_hub;
mod vnet;

use serde::{Deserialize, Serialize};

pub use check::{
    AddressesEntry, AllName, BudgetEntry, ChangedEntry, CheckEntry, ChecksFile, ExpectEntry, FlowEntry,
    M365Entry, OneOrMany, ProtocolName, ScopeEntry, ScopeKeys, SeverityName, SurvivesName, WaiverEntry,
};
pub use circuit::{
    AuthorizationName, CircuitEntry, MicrosoftConnectionEntry, MicrosoftPeeringEntry, PeeringStateName,
    PortName, PrivateConnectionEntry, PrivatePeeringEntry, StateName,
};
pub use intent::{IntentFile, MoveEntry};
#[cfg(feature = "schema")]
pub use json_schema::{checks_schema, intent_schema, schema};
pub use policy::{
    ClauseActionName, ClauseEntry, DecisionProcessEntry, MatchEntry, OriginName, PrefixListFile,
    RouteMapFile, SetEntry,
};
pub use route_server::{InjectedRouteEntry, InjectedRouteItem, RouteServerEntry, RouteServerPeerEntry};
pub use site::{
    AttachmentEntry, AttachmentItem, ConnectionName, DefaultRouteName, DenyEntry, InternetEntry,
    LinkStateName, Nat64Entry, ProxyEntry, ProxyPathName, PublishedEntry, SelectorEntry, SiteEntry,
    StaticRouteEntry, VpnEntry, WanAnnouncesName, WanLinkEntry,
};
pub use virtual_hub::{
    HubBgpPeerEntry, HubCircuitEntry, HubCircuitItem, HubConnectionEntry, HubRouteTableEntry,
    HubStaticRouteEntry, HubTableRouteEntry, RoutingIntentEntry, RoutingPreferenceName, VirtualHubEntry,
};
pub use vnet::{
    ApplianceEntry, GatewayCircuitEntry, GatewayEntry, GatewayVpnEntry, PrivateEndpointEntry, RouteTableFile,
    SubnetEntry, UserRouteEntry, VirtualNetworkEntry, VirtualNetworkPeeringEntry,
};

/// A network: its sites with their clients, its ExpressRoute circuits, and its Azure virtual networks and hubs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NetworkFile {
    /// The version of the format of this file.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// The name of the network; the file's name without its extension by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The Microsoft cloud; `public` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudName>,
    /// The sites, where the clients are. At least one site is required.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub sites: Vec<SiteEntry>,
    /// The links between sites. Without this key, every site can reach all other sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wan: Option<Vec<WanLinkEntry>>,
    /// The NAT64 translators (IPv6 to IPv4) at sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nat64: Vec<Nat64Entry>,
    /// The ExpressRoute circuits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<CircuitEntry>,
    /// The Azure virtual networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_networks: Vec<VirtualNetworkEntry>,
    /// The virtual hubs, all in one Virtual WAN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_hubs: Vec<VirtualHubEntry>,
    /// The user-defined route tables that subnets refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route_tables: Vec<RouteTableFile>,
    /// The route maps (import policies) that sessions refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route_maps: Vec<RouteMapFile>,
    /// The prefix lists that route maps refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix_lists: Vec<PrefixListFile>,
    /// The checks: expected paths, and limits for changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckEntry>,
    /// The accepted findings of readiness rules, each with a reason and a last day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<AcceptedEntry>,
    /// The answers of people to questions of guides that no file can answer; see `peerpath check --guide`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attested: Vec<AttestedEntry>,
    /// Settings that affect routing and that an import could not convert to keys of this file. `peerpath check` warns
    /// about each entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<UnsupportedEntry>,
}

/// A setting that affects routing and that the network file cannot express, or that an import omitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UnsupportedEntry {
    /// The setting or resource, such as `allowVirtualNetworkAccess: false (…)`.
    pub what: String,
    /// What the setting affects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// The location of the setting: a file, or an address in a plan or template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// An accepted finding of a readiness rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AcceptedEntry {
    /// The code of the rule, such as `lint::power-platform-pair`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^lint::")))]
    pub code: String,
    /// The name that the finding is about or is reported at. Without this key, every finding of the rule is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The reason why the finding is accepted.
    pub reason: String,
    /// The last day on which the finding is accepted, such as `2027-06-30`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    pub until: String,
}

/// The answer of a person to a question of a guide. It replaces the verdicts `manual`, `not-evaluated` and `partly`, but
/// never `refuted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AttestedEntry {
    /// The item of the guide, such as `G26`.
    pub item: String,
    /// The person who answers for it.
    pub by: String,
    /// The day of the answer, such as `2026-11-30`. A day in the future does not count.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    pub on: String,
    /// The answer, in the person's words.
    pub note: String,
}

impl Default for NetworkFile {
    /// Returns an empty file of the current version. The file is not valid until a site is added.
    fn default() -> Self {
        Self {
            version: 1,
            name: None,
            cloud: None,
            sites: Vec::new(),
            wan: None,
            nat64: Vec::new(),
            circuits: Vec::new(),
            virtual_networks: Vec::new(),
            virtual_hubs: Vec::new(),
            route_tables: Vec::new(),
            route_maps: Vec::new(),
            prefix_lists: Vec::new(),
            checks: Vec::new(),
            accepted: Vec::new(),
            attested: Vec::new(),
            unsupported: Vec::new(),
        }
    }
}

/// A Microsoft cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CloudName {
    /// The Azure public cloud.
    Public,
    /// Azure Government.
    Government,
    /// Azure operated by 21Vianet.
    China,
}
