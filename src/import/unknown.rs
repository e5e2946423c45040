//! Values that a plan or template does not contain.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A value that affects paths but is not in the plan or template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Unknown {
    /// The resource's address, such as `module.net.azurerm_route_filter.eu`.
    pub address: String,
    /// The attribute, such as `rule[0].communities`; empty for the whole resource.
    pub attribute: String,
    /// Why the value is unknown.
    pub why: UnknownBecause,
    /// Whether the network file records the value as unknown. If so, paths that depend on the value are `unknown`; if
    /// not, the network file must not be used.
    pub in_file: bool,
}

impl Unknown {
    /// Returns the name under which the value can be assumed: `ADDRESS.ATTRIBUTE`, or only the address for a whole
    /// resource.
    pub fn place(&self) -> String {
        if self.attribute.is_empty() {
            return self.address.clone();
        }
        format!("{}.{}", self.address, self.attribute)
    }
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = if self.in_file { "; paths that depend on it are `unknown`" } else { "" };
        write!(f, "`{}` {}{file}", self.place(), self.why)
    }
}

/// Why a value is unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownBecause {
    /// Azure assigns the value when the plan is applied.
    #[error("is known only after apply")]
    AfterApply,
    /// The value is marked as sensitive, so it is not read.
    #[error("is marked as sensitive")]
    Sensitive,
    /// The value refers to one of several resources, or to a resource that the plan or template does not contain.
    #[error("refers to a resource that the plan does not identify")]
    Reference,
    /// The value is an expression that is not evaluated.
    #[error("is an expression that is not evaluated")]
    Expression,
    /// A network file cannot express the value.
    #[error("cannot be expressed in a network file")]
    NoPlace,
    /// The resource changes, but it takes effect only through a resource that the file does not contain.
    #[error("changes, but {missing} is not in the file")]
    Elsewhere {
        /// The missing resource.
        missing: String,
    },
}

/// Values that the user assumes in place of unknown values, by address and attribute
/// (`azurerm_route.to_firewall.next_hop_in_ip_address`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    values: BTreeMap<String, Value>,
}

impl Assumptions {
    /// Adds an assumption; a value that is not valid JSON is treated as a string.
    pub fn add(&mut self, place: &str, value: &str) {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        self.values.insert(place.to_owned(), value);
    }
}

/// The unknown values found in a plan or template, and the assumptions that replaced others.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    assumptions: &'a Assumptions,
    used: BTreeSet<&'a str>,
    unknown: BTreeSet<Unknown>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(assumptions: &'a Assumptions) -> Self {
        Self { assumptions, used: BTreeSet::new(), unknown: BTreeSet::new() }
    }

    /// Returns the value assumed in place of an unknown value; without an assumption, lists the unknown value.
    pub(super) fn miss(&mut self, address: &str, attribute: &str, why: UnknownBecause) -> Option<Value> {
        self.list(address, attribute, why, false)
    }

    /// Like [`Self::miss`], for a value that the network file can record as unknown.
    pub(super) fn miss_in_file(
        &mut self,
        address: &str,
        attribute: &str,
        why: UnknownBecause,
    ) -> Option<Value> {
        self.list(address, attribute, why, true)
    }

    fn list(&mut self, address: &str, attribute: &str, why: UnknownBecause, in_file: bool) -> Option<Value> {
        let unknown = Unknown { address: address.to_owned(), attribute: attribute.to_owned(), why, in_file };
        if let Some((place, value)) = self.assumptions.values.get_key_value(&unknown.place()) {
            self.used.insert(place);
            return Some(value.clone());
        }
        self.unknown.insert(unknown);
        None
    }

    /// Returns the unknown values, the assumptions that were used, and the assumptions that were not.
    pub(super) fn finish(self) -> Unknowns {
        let places = self.assumptions.values.keys();
        let (used, idle) = places.cloned().partition(|place| self.used.contains(place.as_str()));
        Unknowns { unknown: self.unknown.into_iter().collect(), used, idle }
    }
}

/// The unknown values in a plan or template, and the user's assumptions.
#[derive(Debug)]
pub(super) struct Unknowns {
    /// The unknown values, in order.
    pub(super) unknown: Vec<Unknown>,
    /// The names of the assumptions that replaced an unknown value.
    pub(super) used: Vec<String>,
    /// The names of the assumptions that replaced no unknown value.
    pub(super) idle: Vec<String>,
}

impl Unknowns {
    /// Returns the names of unknown values, with or without an assumption, that are most similar to a given name.
    pub(super) fn nearest(&self, place: &str) -> Vec<String> {
        nearest(place, self.unknown.iter().map(Unknown::place).chain(self.used.iter().cloned()))
    }
}

/// Returns up to three names of unknown values that are most similar to a given name, most similar first.
pub fn nearest(place: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    const MOST: usize = 3;
    let mut known =
        known.into_iter().map(|name| (strsim::osa_distance(place, &name), name)).collect::<Vec<_>>();
    known.sort_unstable();
    known.dedup();
    known.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Formats the names that [`nearest`] found for an error: `the most similar unknown value is …`.
pub fn near(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "no value is unknown".to_owned();
    }
    let names = nearest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    format!(
        "the most similar unknown {} {}",
        if names.len() == 1 { "value is" } else { "values are" },
        names.join(", ")
    )
}
