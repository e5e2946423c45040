//! The image of the scenario file for serde: what the JSON Schema is made from, and the twin that a test
//! holds the hand-made reader to.

use serde::{Deserialize, Serialize};

/// What happens to a network while a capture is replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScenarioFile {
    /// The version of this format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// What it is called; the file's name by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which routers hash the flows over equally good routes; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// Traffic times this, such as `1.5`: each packet is sent so often; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<serde_json::Number>,
    /// The capture is replayed so many times faster; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compress: Option<u32>,
    /// How fast failures show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<DetectionEntry>,
    /// What must never touch the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance: Option<ComplianceEntry>,
    /// Rates, buffers and delays of links, where the network file does not say them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkEntry>,
    /// What happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventEntry>,
}

/// How fast failures show; durations such as `900ms`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DetectionEntry {
    /// On a session with BFD; by default what the network file says, else `900ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd: Option<String>,
    /// On a session without BFD; by default the hold time of the network file, else `180s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// From detection until packets go the new way; `0s` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convergence: Option<String>,
    /// From the return of a link until its session brings routes; `0s` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<String>,
}

/// Remote ends that must never be reached over the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ComplianceEntry {
    /// Service tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Communities, by value, name or region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// Prefixes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
}

/// A link's figures, the same in both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LinkEntry {
    /// `edge-ams`, `er-ams/primary`, `er-ams`, `hub-weu/gateway`, `amsterdam/wan`, a tunnel, a link between sites or an
    /// appliance (`hub-weu/fw`).
    pub link: String,
    /// Such as `500 Mbps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// How much may wait, such as `2 MB`; what 50 ms at the rate carry by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<String>,
    /// One way, such as `3ms`; `0s` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
}

/// A number, or one or several texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany {
    /// A number.
    Number(u32),
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// One thing that happens: `at`, one action, and what the action takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EventEntry {
    /// A duration after the first packet, such as `2m`, or a time of the capture in RFC 3339.
    pub at: String,
    /// Action: a circuit, connection, peering, session, internet edge, tunnel, link between sites or appliance goes down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<String>,
    /// Action: it comes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<String>,
    /// Action: its sessions are reset; takes `for`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
    /// Action: Microsoft maintains a circuit, one connection after the other; takes `for`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// Action: a circuit's route filter is replaced; takes `to`, communities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_filter: Option<String>,
    /// Action: another network file, relative to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Action: another edition of Microsoft's lists, a feed file or a directory, relative to this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// Action: a link's rate changes; takes `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Action: the metric of a link between sites changes; takes `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Action: a prefix is advertised; takes `on`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce: Option<String>,
    /// Action: a prefix is no longer advertised; takes `on`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdraw: Option<String>,
    /// Action: clients of a circuit, connection or internet edge are translated to another pool; takes `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat: Option<String>,
    /// How long, such as `10m`: of `reset` and `maintenance` (there for each connection).
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// How long until a `down` is noticed, instead of what BFD and hold timer say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<String>,
    /// The new value of `route_filter` and `nat` (a list), of `rate`, and of `metric` (a number).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<OneOrMany>,
    /// Where `announce` and `withdraw` happen: a circuit, connection, peering, session, internet edge or tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
}

/// The JSON Schema of the scenario file (draft 2020-12), indented, for editors.
#[cfg(feature = "schema")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(ScenarioFile);
    schema.insert("title".to_owned(), "peerpath scenario file, version 1".into());
    // A schema holds strings and lists only; `{:#}` of such a value cannot fail.
    format!("{:#}\n", schema.as_value())
}
