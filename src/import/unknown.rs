//! Values that a plan or template does not contain.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A value that affects paths and that the file does not contain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Unknown {
    /// The resource's address, such as `module.net.azurerm_route_filter.eu`.
    pub address: String,
    /// The attribute, such as `rule[0].communities`; empty for the whole resource.
    pub attribute: String,
    /// Why it is unknown.
    pub why: UnknownBecause,
    /// Whether the network file itself records the value as unknown, so that paths that depend on it are `unknown`.
    /// Otherwise the file must not be used.
    pub in_file: bool,
}

impl Unknown {
    /// Returns the name for an assumption: `ADDRESS.ATTRIBUTE`, or only the address for a whole resource.
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
    /// Azure assigns it when the plan is applied.
    #[error("is known only after apply")]
    AfterApply,
    /// It is marked as sensitive, so it is not read.
    #[error("is marked as sensitive")]
    Sensitive,
    /// It refers to one of several resources, or to one that the file does not contain.
    #[error("refers to a resource that the plan does not identify")]
    Reference,
    /// An expression that is not evaluated.
    #[error("is an expression that is not evaluated")]
    Expression,
    /// A network file cannot express it.
    #[error("cannot be expressed in a network file")]
    NoPlace,
    /// It changes, and takes effect through a resource that the file does not contain.
    #[error("changes, and {missing} is not in the file")]
    Elsewhere {
        /// The missing resource.
        missing: String,
    },
}

/// Values that the user assumes for unknown ones, by address and attribute
/// (`azurerm_route.to_firewall.next_hop_in_ip_address`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    values: BTreeMap<String, Value>,
}

impl Assumptions {
    /// Adds an assumption; a value that is not JSON is a string.
    pub fn add(&mut self, place: &str, value: &str) {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        self.values.insert(place.to_owned(), value);
    }
}

/// The unknowns found during a reading, and the assumptions that it used.
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

    /// Returns the value assumed for an unknown; without an assumption, the unknown is listed.
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

    /// Returns the unknowns and the assumptions.
    pub(super) fn finish(self) -> Unknowns {
        let places = self.assumptions.values.keys();
        let (used, idle) = places.cloned().partition(|place| self.used.contains(place.as_str()));
        Unknowns { unknown: self.unknown.into_iter().collect(), used, idle }
    }
}

/// The unknowns of a reading, and the assumptions.
#[derive(Debug)]
pub(super) struct Unknowns {
    /// In order.
    pub(super) unknown: Vec<Unknown>,
    /// The places of the assumptions that replace an unknown.
    pub(super) used: Vec<String>,
    /// The places of the other assumptions.
    pub(super) idle: Vec<String>,
}

impl Unknowns {
    /// Returns the names of present or resolved unknowns that are most similar to a place.
    pub(super) fn nearest(&self, place: &str) -> Vec<String> {
        nearest(place, self.unknown.iter().map(Unknown::place).chain(self.used.iter().cloned()))
    }
}

/// Returns up to three names of unknowns that are most similar to a place, most similar first.
pub fn nearest(place: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    const MOST: usize = 3;
    let mut known =
        known.into_iter().map(|name| (strsim::osa_distance(place, &name), name)).collect::<Vec<_>>();
    known.sort_unstable();
    known.dedup();
    known.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Formats the names that [`nearest`] found for an error: `the nearest unknown is …`.
pub fn near(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "nothing is unknown".to_owned();
    }
    let names = nearest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    format!("the nearest unknown {} {}", if names.len() == 1 { "is" } else { "are" }, names.join(", "))
}
