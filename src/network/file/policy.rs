//! Route maps, prefix lists and the decision process in the file.

use serde::{Deserialize, Serialize};

/// A named list of prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrefixListFile {
    /// Unique among prefix lists.
    pub name: String,
    /// Entries as `13.64.0.0/11 ge 12 le 24` or `deny 10.0.0.0/8 le 32`; the first that matches
    /// decides, nothing else is in the list.
    pub entries: Vec<String>,
}

/// An import policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteMapFile {
    /// Unique among route maps.
    pub name: String,
    /// In order; what no clause matches is denied.
    pub clauses: Vec<ClauseEntry>,
}

/// A clause of a route map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClauseEntry {
    /// The conditions, all of which must hold; every route by default.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub conditions: Option<MatchEntry>,
    /// The changes.
    #[serde(rename = "set", skip_serializing_if = "Option::is_none")]
    pub changes: Option<SetEntry>,
    /// What becomes of the route; `permit` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ClauseActionName>,
}

/// What becomes of a route that a clause matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClauseActionName {
    /// It is taken.
    #[default]
    Permit,
    /// It is refused.
    Deny,
    /// It goes on to the next clause with its changes; behind the last it is taken.
    Continue,
}

/// Conditions: each that is there holds by any of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MatchEntry {
    /// Communities by value (`12076:51002`), beginning (`12076:51*`), name or region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// The prefix list that the prefix is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list: Option<String>,
    /// Patterns of the AS path, such as `_8075$`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_paths: Vec<String>,
    /// Prefixes that the next hop lies in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_hops: Vec<String>,
    /// What the route was learned from: a circuit (`er-ams`, `er-ams/microsoft/primary`), internet edge or
    /// tunnel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
    /// The origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginName>,
}

/// How a route came into BGP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OriginName {
    /// From inside.
    #[default]
    Igp,
    /// From EGP.
    Egp,
    /// In another way.
    Incomplete,
}

/// What a clause changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SetEntry {
    /// The local preference; higher wins, 100 is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_preference: Option<u32>,
    /// The weight; higher wins, before the local preference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The MED; lower wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub med: Option<u32>,
    /// Autonomous systems to put before the path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepend: Vec<u32>,
    /// The communities instead of those that it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communities: Option<Vec<String>>,
    /// Communities to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_communities: Vec<String>,
    /// Communities to take away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_communities: Vec<String>,
}

/// How an edge chooses among routes to one prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DecisionProcessEntry {
    /// The steps in order; those left out are not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<String>>,
    /// The most routes that share flows, if equally good; 1 is the best alone. Without it, all that are equally good and have the
    /// same AS path share them.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_paths: Option<u32>,
    /// Whether routes whose AS paths are of equal length share flows, though they name other systems; needs `max_paths`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multipath_relax: bool,
    /// Whether the MED is compared between different neighbouring systems.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always_compare_med: bool,
    /// Whether a route without MED counts as the worst, not as 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing_med_as_worst: bool,
    /// Whether router ids and peer addresses part equal external routes. Without it the older route is kept, as routers do, and
    /// which one that is stays unknown. `true` where `steps` names `router-id` or `peer-address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_router_id: Option<bool>,
}
