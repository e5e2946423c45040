//! Checks in the file, or in a file of their own beside it.
//!
//! What they mean is judged by `check`, which knows the words of paths and verdicts; here is only their
//! shape.

use serde::{Deserialize, Serialize};

/// A file of checks beside the network file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChecksFile {
    /// The version of this format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// The checks.
    pub checks: Vec<CheckEntry>,
}

/// A check: of a scope, of one flow, or of what a change may move. It has `scope` and `expect`, or `flow` and
/// `expect`, or `budget`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CheckEntry {
    /// Unique among the checks.
    pub id: String,
    /// How grave a failure is; `error` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<SeverityName>,
    /// Where packets start: sites, or subnets as `VIRTUAL-NETWORK/SUBNET`; every site by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OneOrMany<String>>,
    /// The addresses that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeEntry>,
    /// The one flow that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowEntry>,
    /// What must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectEntry>,
    /// What a change may move at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetEntry>,
    /// Why a failure is accepted for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverEntry>,
}

/// How grave a failed check is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SeverityName {
    /// It fails the build.
    #[default]
    Error,
    /// It is told as a warning.
    Warning,
    /// It is told.
    Advice,
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Some.
    Many(Vec<T>),
}

/// Addresses: `all`, or what all of its keys hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ScopeEntry {
    /// Every address.
    All(AllName),
    /// The addresses that every key holds.
    Of(Box<ScopeKeys>),
}

/// The word for every address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AllName {
    /// Every address of both families.
    All,
}

/// Several keys hold what each of them holds; several values of one key hold what any of them holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScopeKeys {
    /// Service tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<OneOrMany<String>>,
    /// Names that traffic is counted under: of Microsoft 365 areas and of service tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<OneOrMany<String>>,
    /// Microsoft 365 endpoint sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub m365: Option<M365Entry>,
    /// Communities by value, name or region: what they carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<OneOrMany<String>>,
    /// Azure regions: all service tags of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<OneOrMany<String>>,
    /// Prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<OneOrMany<String>>,
    /// Sites: their own prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<OneOrMany<String>>,
    /// Virtual networks: their address spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_network: Option<OneOrMany<String>>,
    /// Subnets, as `VIRTUAL-NETWORK/SUBNET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<OneOrMany<String>>,
    /// What any of these scopes holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<ScopeEntry>>,
    /// What this scope does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<ScopeEntry>,
}

/// The endpoint sets that all of its keys select.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct M365Entry {
    /// Numbers of sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<OneOrMany<u32>>,
    /// Service areas, as `Exchange` or `Skype`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_area: Option<OneOrMany<String>>,
    /// Categories: `optimize`, `allow`, `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<OneOrMany<String>>,
}

/// One flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlowEntry {
    /// Where it starts: a site, or a subnet as `VIRTUAL-NETWORK/SUBNET`.
    pub from: String,
    /// Its destination address.
    pub to: String,
    /// Its source address. With all of the keys below, the one connection that the flow's hash picks is
    /// judged; else every connection that may carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its source port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_port: Option<u16>,
    /// Its destination port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<ProtocolName>,
}

/// A protocol with ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ProtocolName {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

/// What must hold; every key that is there, by any of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExpectEntry {
    /// Paths, as `microsoft-peering`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<OneOrMany<String>>,
    /// Paths that it must not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_path: Option<OneOrMany<String>>,
    /// Circuits: nothing else carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuit: Option<OneOrMany<String>>,
    /// Connections, `primary` or `secondary`: nothing else carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<OneOrMany<String>>,
    /// Edges of sites that others hand packets to, appliances and gateways with a route table, as `hub/fw`: it passes one of
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<OneOrMany<String>>,
    /// The same: it passes none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_via: Option<OneOrMany<String>>,
    /// Ends of traces, as `delivered`: it ends so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<OneOrMany<String>>,
    /// Return verdicts, as `symmetric`.
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    pub back: Option<OneOrMany<String>>,
    /// Verdicts of documented support, as `supported`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<OneOrMany<String>>,
    /// The failures under which the rest must hold, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survives: Option<SurvivesName>,
}

/// Failures that a check must hold under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SurvivesName {
    /// Each single one.
    EachSingle,
    /// Each single one, and each two at once.
    EachDouble,
}

/// What a change may move at most; every key that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BudgetEntry {
    /// Addresses whose path may change, over all vantage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_addresses: Option<ChangedEntry>,
    /// Captured bytes that may change their path: `500 MB`, or a share of all captured bytes, `0.5%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_bytes: Option<String>,
}

/// A number of addresses for each family; what is not named is not bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChangedEntry {
    /// IPv4 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<AddressesEntry>,
    /// IPv6 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<AddressesEntry>,
}

/// A number of addresses, in digits or as a power of two: `4096`, `2^64`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AddressesEntry {
    /// In digits.
    Number(u64),
    /// As a power of two.
    Power(String),
}

/// Why a failure is accepted for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WaiverEntry {
    /// Why.
    pub reason: String,
    /// The last day on which it counts, as `2026-12-31`.
    pub expires: String,
    /// The addresses that it is about; all of the check's by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeEntry>,
}
