//! The intent file: the intended effects of a change.

use serde::{Deserialize, Serialize};

use super::check::{OneOrMany, ScopeEntry};

/// The intended effects of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct IntentFile {
    /// The version of the format of this file.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// The ticket or request for the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The intended moves. If the list is empty, no path may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveEntry>,
    /// The vantage points that exist only in the head. They are sites, or subnets as `VIRTUAL-NETWORK/SUBNET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds: Option<OneOrMany<String>>,
    /// The vantage points that exist only in the base.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removes: Option<OneOrMany<String>>,
    /// Whether the circuit, connection, route, return path or support of an address may change while its path stays
    /// the same; `false` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_reason_only: Option<bool>,
}

/// An intended move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MoveEntry {
    /// The paths before the change, such as `internet`; any by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OneOrMany<String>>,
    /// The paths after the change, such as `microsoft-peering`; any by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<OneOrMany<String>>,
    /// The addresses that move, resolved in the head's network and lists.
    pub scope: ScopeEntry,
    /// The vantage points: sites, or subnets as `VIRTUAL-NETWORK/SUBNET`; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vantage: Option<OneOrMany<String>>,
}
