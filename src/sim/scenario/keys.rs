//! The keys of each mapping in the format.

pub(super) const SCENARIO: &[&str] = &[
    "version",
    "name",
    "seed",
    "scale",
    "compress",
    "detection",
    "compliance",
    "critical",
    "links",
    "events",
];
pub(super) const DETECTION: &[&str] = &["bfd", "hold", "convergence", "restore"];
pub(super) const COMPLIANCE: &[&str] = &["products", "tags", "communities", "prefixes"];
pub(super) const CRITICAL: &[&str] =
    &["name", "products", "tags", "communities", "prefixes", "protocol", "ports", "dscp", "expect"];
pub(super) const EXPECT: &[&str] =
    &["loss", "delay_p50", "delay_p95", "delay_p99", "delay_max", "jitter", "survives"];
pub(super) const LINK: &[&str] = &["link", "rate", "buffer", "delay", "qos"];
pub(super) const CLASS: &[&str] =
    &["name", "critical", "dscp", "priority", "rate", "burst", "weight", "buffer"];

/// The keys of an event. The keys after `at`, up to `nat`, are actions.
pub(super) const EVENT: &[&str] = &[
    "at",
    "down",
    "up",
    "reset",
    "maintenance",
    "route_filter",
    "network",
    "catalog",
    "rate",
    "metric",
    "announce",
    "withdraw",
    "nat",
    "for",
    "detection",
    "to",
    "on",
];

/// The keys of [`EVENT`] that are actions.
pub(super) const ACTIONS: &[&str] = &[
    "down",
    "up",
    "reset",
    "maintenance",
    "route_filter",
    "network",
    "catalog",
    "rate",
    "metric",
    "announce",
    "withdraw",
    "nat",
];
