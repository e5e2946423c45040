//! Checks in the network file, or in a checks file beside it.
//!
//! This module contains only the structure of the checks. The module `check` evaluates them and defines the names of
//! paths and verdicts.

use serde::{Deserialize, Serialize};

/// A checks file beside the network file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChecksFile {
    /// The version of the format of this file.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// The checks.
    pub checks: Vec<CheckEntry>,
}

/// A check on a scope, on one flow, or on the extent of a change. A check has `scope` and `expect`, `flow` and
/// `expect`, or `budget`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CheckEntry {
    /// The id of the check, unique among the checks.
    pub id: String,
    /// The severity of a failure; `error` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<SeverityName>,
    /// The vantage points: sites, or subnets as `VIRTUAL-NETWORK/SUBNET`; every site by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OneOrMany<String>>,
    /// The addresses to check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeEntry>,
    /// The flow to check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowEntry>,
    /// The expected result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectEntry>,
    /// The upper limits for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetEntry>,
    /// The waivers. Each waiver accepts failures up to and including a certain day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverEntry>,
}

/// The severity of a failed check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SeverityName {
    /// A failure fails the build.
    #[default]
    Error,
    /// A failure is reported as a warning.
    Warning,
    /// A failure is reported as advice.
    Advice,
}

/// One value or a list of values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One value.
    One(T),
    /// A list of values.
    Many(Vec<T>),
}

/// A set of addresses: `all`, or a mapping of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ScopeEntry {
    /// Every address.
    All(AllName),
    /// The addresses that every key selects.
    Of(Box<ScopeKeys>),
}

/// The keyword for all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AllName {
    /// Every address of both families.
    All,
}

/// A set of addresses. Several values of one key are combined as a union, and several keys as an intersection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScopeKeys {
    /// Products, by id, name or alias. This key selects the prefixes in the service tags and endpoint sets of each product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<OneOrMany<String>>,
    /// Service tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<OneOrMany<String>>,
    /// Services as named in traffic reports: names of Microsoft 365 service areas and names of service tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<OneOrMany<String>>,
    /// Microsoft 365 endpoint sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub m365: Option<M365Entry>,
    /// BGP communities, by value, name or region. This key selects the prefixes that belong to these communities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<OneOrMany<String>>,
    /// Azure regions, or Power Platform geographies, such as `Europe`. This key selects the prefixes in all service tags of
    /// each region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<OneOrMany<String>>,
    /// Prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<OneOrMany<String>>,
    /// Sites. This key selects the prefixes of these sites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<OneOrMany<String>>,
    /// Virtual networks. This key selects the address spaces of these virtual networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_network: Option<OneOrMany<String>>,
    /// Subnets, as `VIRTUAL-NETWORK/SUBNET`. This key selects the prefixes of these subnets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<OneOrMany<String>>,
    /// Scopes. This key selects the union of these scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<ScopeEntry>>,
    /// A scope. This key selects the addresses outside this scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<ScopeEntry>,
}

/// A selection of Microsoft 365 endpoint sets. An endpoint set is selected if it matches all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct M365Entry {
    /// The ids of endpoint sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<OneOrMany<u32>>,
    /// Service areas, such as `Exchange` or `Skype`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_area: Option<OneOrMany<String>>,
    /// Categories: `optimize`, `allow`, `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<OneOrMany<String>>,
}

/// A single flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlowEntry {
    /// The vantage point: a site, or a subnet as `VIRTUAL-NETWORK/SUBNET`.
    pub from: String,
    /// The destination address.
    pub to: String,
    /// The source address. If the address, both ports and the protocol are given, only the connection that the flow's
    /// hash selects is checked. Otherwise, every connection that the flow may use is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The source port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_port: Option<u16>,
    /// The destination port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<ProtocolName>,
}

/// A protocol that has ports.
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

/// The expected result. For every key that is present, the result must match one of the key's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExpectEntry {
    /// The allowed paths, such as `microsoft-peering`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<OneOrMany<String>>,
    /// The paths that are not allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_path: Option<OneOrMany<String>>,
    /// The allowed circuits. The flows must not use any other circuit or edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub circuit: Option<OneOrMany<String>>,
    /// The allowed connections, `primary` or `secondary`. The flows must not use any other connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<OneOrMany<String>>,
    /// The required hops. The trace must contain at least one of them. A hop is the edge of another site, an
    /// appliance, or a gateway with a route table, such as `hub/fw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<OneOrMany<String>>,
    /// The forbidden hops, named as for `via`. The trace must not contain any of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_via: Option<OneOrMany<String>>,
    /// The allowed ends of the trace, such as `delivered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<OneOrMany<String>>,
    /// The allowed return verdicts, such as `symmetric`; `any` if replies need not arrive. With `survives`, replies must
    /// arrive by default.
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    pub back: Option<OneOrMany<String>>,
    /// The allowed verdicts on documented support, such as `supported`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<OneOrMany<String>>,
    /// The failures under which the other expectations must also be met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survives: Option<SurvivesName>,
}

/// The failures under which a check must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SurvivesName {
    /// Every single failure.
    EachSingle,
    /// Every single failure and every pair of simultaneous failures.
    EachDouble,
}

/// The upper limits for a change. Every key that is present applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BudgetEntry {
    /// The maximum number of addresses whose path may change, in total over all vantage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_addresses: Option<ChangedEntry>,
    /// The maximum number of captured bytes whose path may change, such as `500 MB`, or their share of all captured
    /// bytes, such as `0.5%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_bytes: Option<String>,
}

/// The maximum number of addresses in each family. A family that is not listed has no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChangedEntry {
    /// The maximum number of IPv4 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<AddressesEntry>,
    /// The maximum number of IPv6 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<AddressesEntry>,
}

/// A number of addresses, as a decimal number or a power of two: `4096`, `2^64`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AddressesEntry {
    /// A decimal number.
    Number(u64),
    /// A power of two.
    Power(String),
}

/// A waiver. It accepts failures up to and including a certain day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WaiverEntry {
    /// The reason why the failures are accepted.
    pub reason: String,
    /// The last day on which the waiver is valid, such as `2026-12-31`.
    pub expires: String,
    /// The addresses that the waiver covers; all addresses in the check by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeEntry>,
}
