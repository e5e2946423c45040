//! The keys of each mapping in the format.

pub(super) const SCENARIO: &[&str] =
    &["version", "name", "seed", "scale", "compress", "detection", "compliance", "links", "events"];
pub(super) const DETECTION: &[&str] = &["bfd", "hold", "convergence", "restore"];
pub(super) const COMPLIANCE: &[&str] = &["products", "tags", "communities", "prefixes"];
pub(super) const LINK: &[&str] = &["link", "rate", "buffer", "delay"];

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
