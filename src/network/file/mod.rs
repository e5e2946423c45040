//! The image of the network file for serde: what the JSON Schema is made from, what a network file
//! is written from, and the twin that tests hold the hand-made reader to.
//!
//! People's files are read by [`super::read`], which reports every mistake at its place; a
//! deserializer would stop at the first.

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
    AttachmentEntry, AttachmentItem, ConnectionName, DefaultRouteName, InternetEntry, LinkStateName,
    Nat64Entry, PublishedEntry, SiteEntry, StaticRouteEntry, VpnEntry, WanAnnouncesName, WanLinkEntry,
};
pub use virtual_hub::{
    HubBgpPeerEntry, HubCircuitEntry, HubCircuitItem, HubConnectionEntry, HubRouteTableEntry,
    HubStaticRouteEntry, HubTableRouteEntry, RoutingIntentEntry, RoutingPreferenceName, VirtualHubEntry,
};
pub use vnet::{
    ApplianceEntry, GatewayCircuitEntry, GatewayEntry, GatewayVpnEntry, PrivateEndpointEntry, RouteTableFile,
    SubnetEntry, UserRouteEntry, VirtualNetworkEntry, VirtualNetworkPeeringEntry,
};

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
    /// The links between sites; without the key every site reaches all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wan: Option<Vec<WanLinkEntry>>,
    /// The translators of IPv6 to IPv4 (NAT64) at sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nat64: Vec<Nat64Entry>,
    /// The ExpressRoute circuits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<CircuitEntry>,
    /// The virtual networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_networks: Vec<VirtualNetworkEntry>,
    /// The virtual hubs, all of one Virtual WAN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtual_hubs: Vec<VirtualHubEntry>,
    /// Route tables of the user's own, which subnets name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route_tables: Vec<RouteTableFile>,
    /// Import policies, which sessions name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route_maps: Vec<RouteMapFile>,
    /// Lists of prefixes, which route maps name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix_lists: Vec<PrefixListFile>,
    /// What must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckEntry>,
    /// The findings of rules that are accepted, each with a reason and a last day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<AcceptedEntry>,
    /// What affects routing and is not in this file, as an import found it; `peerpath check` warns of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<UnsupportedEntry>,
}

/// Something that affects routing and that a network file cannot express, or that an import left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UnsupportedEntry {
    /// The setting or the resource, such as `allowVirtualNetworkAccess: false (…)`.
    pub what: String,
    /// What it affects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
    /// Where it stands: a file, or an address in a plan or a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A finding of a rule that is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AcceptedEntry {
    /// The rule's code, as `lint::power-platform-pair`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^lint::")))]
    pub code: String,
    /// A name that the finding is about or stands at; every finding of the rule by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Why it is right as it is.
    pub reason: String,
    /// The last day on which it counts, such as `2027-06-30`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    pub until: String,
}

impl Default for NetworkFile {
    /// The empty file of the version that is read; it lacks a site.
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
            unsupported: Vec::new(),
        }
    }
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
