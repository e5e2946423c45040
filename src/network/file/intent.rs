//! The intent file: what a change is declared to move.

use serde::{Deserialize, Serialize};

use super::check::{OneOrMany, ScopeEntry};

/// What a change is declared to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct IntentFile {
    /// The version of this format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// Where the change was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// What it moves; without any, nothing may move.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveEntry>,
    /// Vantage points that only the head has: sites, or subnets as `VIRTUAL-NETWORK/SUBNET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds: Option<OneOrMany<String>>,
    /// Vantage points that only the base has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removes: Option<OneOrMany<String>>,
    /// Whether addresses may keep their path in another way (circuit, connection, route, way back, support); not by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_reason_only: Option<bool>,
}

/// A declared move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MoveEntry {
    /// The paths that addresses leave, as `internet`; any by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OneOrMany<String>>,
    /// The paths that they take, as `microsoft-peering`; any by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<OneOrMany<String>>,
    /// The addresses, as the head's network and lists have them.
    pub scope: ScopeEntry,
    /// Seen from where: sites, or subnets as `VIRTUAL-NETWORK/SUBNET`; from all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vantage: Option<OneOrMany<String>>,
}
