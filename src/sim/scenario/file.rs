//! The scenario file as serde types. The JSON Schema is generated from these types, and a test compares them with the
//! hand-written reader.

use serde::{Deserialize, Serialize};

/// Events that change a network while a capture is replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScenarioFile {
    /// The version of this format.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    pub version: u32,
    /// The name of the scenario; by default the name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The seed of the hash with which routers select equal-cost routes (ECMP) for flows; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The factor by which traffic is multiplied, such as `1.5`; 1 by default. Each packet is sent that many times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<serde_json::Number>,
    /// The factor by which the replay is faster than the capture; 1 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compress: Option<u32>,
    /// How fast failures are detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<DetectionEntry>,
    /// Remote ends that must never be reached over the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance: Option<ComplianceEntry>,
    /// Traffic that the company depends on, in the order of precedence: its delay and loss are measured apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<CriticalEntry>,
    /// Rates, buffers and delays of links, which override those in the network file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkEntry>,
    /// The events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventEntry>,
}

/// How fast failures are detected, as durations such as `900ms`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DetectionEntry {
    /// The detection time of a session with BFD; by default the time in the network file, otherwise `900ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd: Option<String>,
    /// The detection time of a session without BFD; by default the hold time in the network file, otherwise `180s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// The time from detection until packets use the new path; `0s` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convergence: Option<String>,
    /// The time from the return of a link until its session provides routes; `0s` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<String>,
}

/// Remote ends that must never be reached over the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ComplianceEntry {
    /// Products, by id, name or alias.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
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

/// Critical traffic. All conditions that are given must hold; at least one is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CriticalEntry {
    /// The name.
    pub name: String,
    /// Products of the remote end, by id, name or alias. Products, tags, communities and prefixes are alternatives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// Service tags of the remote end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Communities of the remote end, by value, name or region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// Prefixes of the remote end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// The protocol: `tcp`, `udp` or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<NumberOrText>,
    /// Ports of the remote end, such as `443` or `3478-3481`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<NumberOrText>,
    /// Marks of packets (DSCP), such as `ef`, `af41` or `46`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dscp: Vec<NumberOrText>,
    /// What is expected in each direction, on each path and in each epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<ExpectEntry>,
}

/// Bounds of delay and loss; at least one is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExpectEntry {
    /// The highest share of packets that may be lost, such as `0.1 %`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<String>,
    /// The highest median of the one-way delay, such as `20ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_p50: Option<String>,
    /// The highest 95th percentile of the one-way delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_p95: Option<String>,
    /// The highest 99th percentile of the one-way delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_p99: Option<String>,
    /// The longest one-way delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_max: Option<String>,
    /// The highest mean difference between the delays of consecutive packets of a conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
    /// `each-single`: the bounds must also be kept in the network after each single failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survives: Option<String>,
}

/// A number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum NumberOrText {
    /// A number.
    Number(u16),
    /// A text.
    Text(String),
}

/// A class of a link's queues, with either `critical` or `dscp` (neither for `default`), and either `priority` or
/// `weight`. The first class that contains a packet counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct QosEntry {
    /// The name; `default` is the last class, which takes the rest.
    pub name: String,
    /// The name of a critical scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical: Option<String>,
    /// Marks of packets (DSCP), such as `ef`, `af41` or `46`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dscp: Vec<NumberOrText>,
    /// Whether the class is served before all later ones and all with a weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<bool>,
    /// The rate that a class with priority may not exceed, such as `20 Mbps`; what exceeds it is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The bytes by which a burst may exceed `rate`; by default those of 50 ms at `rate`, and at least 1500 B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<String>,
    /// The share of what classes with priority leave, from 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The bytes that may wait in the class; by default the buffer of the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<String>,
}

/// The figures of a link, which are the same in both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LinkEntry {
    /// The name of the link: `edge-ams`, `er-ams/primary`, `er-ams`, `hub-weu/gateway`, `amsterdam/wan`, a tunnel, a link
    /// between sites or an appliance (`hub-weu/fw`).
    pub link: String,
    /// The rate, such as `500 Mbps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The size of the buffer, such as `2 MB`; by default the bytes that the link sends in 50 ms at its rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<String>,
    /// The one-way delay, such as `3ms`; `0s` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
    /// Classes of the link's queues, in the order of precedence, where the company decides the order of packets: out of an
    /// internet edge, a connection and a tunnel, and in both directions of `SITE/wan` and of a link between sites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qos: Vec<QosEntry>,
}

/// A number, a text or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany {
    /// A number.
    Number(u32),
    /// One text.
    One(String),
    /// Several texts.
    Many(Vec<String>),
}

/// One event: `at`, one action, and the options of the action.
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
    /// Action: something that is down returns, such as a circuit, session or appliance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<String>,
    /// Action: one session, or all sessions of a circuit, connection, peering, internet edge or tunnel, are reset;
    /// requires `for`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
    /// Action: Microsoft maintains a circuit, one connection after the other; requires `for`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<String>,
    /// Action: a circuit's route filter is replaced; requires `to`, a list of communities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_filter: Option<String>,
    /// Action: another network file is loaded; the path is relative to the scenario file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Action: another edition of Microsoft's lists, a feed file or a directory, is loaded; the path is relative to the
    /// scenario file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// Action: a link's rate changes; requires `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Action: the metric of a link between sites changes; requires `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Action: a prefix is advertised; requires `on`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announce: Option<String>,
    /// Action: a prefix is withdrawn; requires `on`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdraw: Option<String>,
    /// Action: clients of a circuit, connection or internet edge are translated to another pool; requires `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat: Option<String>,
    /// The duration of `reset`, or of `maintenance` for each connection, such as `10m`.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The time until a `down` is detected; overrides the time of BFD or the hold timer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection: Option<String>,
    /// The new value: a list for `route_filter` and `nat`, a rate for `rate`, and a number for `metric`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<OneOrMany>,
    /// The target of `announce` and `withdraw`: a circuit, connection, peering, session, internet edge or tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
}

/// Returns the JSON Schema of the scenario file (draft 2020-12), indented, for editors.
#[cfg(feature = "schema")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(ScenarioFile);
    schema.insert("title".to_owned(), "peerpath scenario file, version 1".into());
    // A schema contains only strings and lists, so formatting it with `{:#}` cannot fail.
    format!("{:#}\n", schema.as_value())
}
