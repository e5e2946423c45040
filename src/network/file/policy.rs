//! Route maps, prefix lists and the decision process in the network file.

use serde::{Deserialize, Serialize};

/// A named list of prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrefixListFile {
    /// The name of the list, unique among prefix lists.
    pub name: String,
    /// The entries, such as `13.64.0.0/11 ge 12 le 24` or `deny 10.0.0.0/8 le 32`. The first matching entry decides.
    /// A prefix that matches no entry is denied.
    pub entries: Vec<String>,
}

/// A route map (import policy).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RouteMapFile {
    /// The name of the route map, unique among route maps.
    pub name: String,
    /// The clauses, evaluated in order. A route that matches no clause is denied.
    pub clauses: Vec<ClauseEntry>,
}

/// A clause of a route map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClauseEntry {
    /// The match conditions. All conditions must be met. Without this key, the clause matches every route.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub conditions: Option<MatchEntry>,
    /// The attributes to change.
    #[serde(rename = "set", skip_serializing_if = "Option::is_none")]
    pub changes: Option<SetEntry>,
    /// The action for a matching route; `permit` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ClauseActionName>,
}

/// The action for a route that matches a clause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClauseActionName {
    /// Accept the route.
    #[default]
    Permit,
    /// Reject the route.
    Deny,
    /// Apply the changes and continue with the next clause. After the last clause, accept the route.
    Continue,
}

/// The match conditions. A route matches if, for every key that is present, it matches one of the key's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MatchEntry {
    /// Communities by value (`12076:51002`), leading digits (`12076:51*`), name or region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// The name of a prefix list that permits the prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list: Option<String>,
    /// Regular expressions on the AS path, such as `_8075$`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_paths: Vec<String>,
    /// Prefixes, one of which must contain the next hop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_hops: Vec<String>,
    /// The neighbour that the route was learned from: a circuit (`er-ams`, `er-ams/microsoft/primary`), an internet
    /// edge or a tunnel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
    /// The BGP origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginName>,
}

/// The BGP origin of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OriginName {
    /// Originated inside its AS (IGP).
    #[default]
    Igp,
    /// Learned from EGP.
    Egp,
    /// Learned by other means.
    Incomplete,
}

/// The attributes that a clause changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SetEntry {
    /// The local preference. The highest value wins; 100 is the usual value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_preference: Option<u32>,
    /// The weight, compared before the local preference. The highest value wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The MED. The lowest value wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub med: Option<u32>,
    /// The ASNs to prepend to the AS path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepend: Vec<u32>,
    /// The communities that replace all communities of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communities: Option<Vec<String>>,
    /// The communities to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_communities: Vec<String>,
    /// The communities to remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_communities: Vec<String>,
}

/// The BGP decision process of an edge: how it selects the best path among routes to one prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DecisionProcessEntry {
    /// The steps, in order. Steps that are not listed are skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<String>>,
    /// The maximum number of equal-cost routes among which flows are distributed (ECMP). With 1, only the best path
    /// is used. Without this key, flows are distributed among all equal-cost routes with the same AS path.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_paths: Option<u32>,
    /// Whether flows are also distributed among routes with different AS paths of equal length (ECMP). Requires
    /// `max_paths`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multipath_relax: bool,
    /// Whether the MED is compared between routes from different neighbouring autonomous systems; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always_compare_med: bool,
    /// Whether a route without a MED is treated as having the worst MED instead of 0; `false` by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing_med_as_worst: bool,
    /// Whether router ids and peer addresses break the tie between equal external routes. Without this tie-break,
    /// routers keep the oldest route, which is unknown. `true` if `steps` contains `router-id` or `peer-address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_router_id: Option<bool>,
}
