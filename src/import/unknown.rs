//! What a plan cannot tell.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Something that decides about paths and that the file does not tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Unknown {
    /// The resource's address, such as `module.net.azurerm_route_filter.eu`.
    pub address: String,
    /// The attribute, such as `rule[0].communities`; empty where it is the whole resource.
    pub attribute: String,
    /// Why it is not told.
    pub why: Why,
    /// Whether the network file says itself that it is not known, so that what depends on it is decided
    /// as `unknown`. Otherwise the file must not be used.
    pub in_file: bool,
}

impl Unknown {
    /// What an assumption calls it: `ADDRESS.ATTRIBUTE`, or the address alone of a whole resource.
    pub fn place(&self) -> String {
        if self.attribute.is_empty() {
            return self.address.clone();
        }
        format!("{}.{}", self.address, self.attribute)
    }
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = if self.in_file { "; what depends on it is `unknown`" } else { "" };
        write!(f, "`{}` {}{file}", self.place(), self.why)
    }
}

/// Why something is not told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// Azure gives it when the plan is applied.
    #[error("is known after apply only")]
    AfterApply,
    /// It is marked as sensitive and not taken.
    #[error("is marked as sensitive")]
    Sensitive,
    /// It refers to one of several resources, or to something that the file does not show.
    #[error("refers to a resource that the plan does not tell")]
    Reference,
    /// An expression that is not evaluated.
    #[error("is an expression that is not evaluated")]
    Expression,
    /// A network file cannot say it.
    #[error("cannot be said in a network file")]
    NoPlace,
    /// It changes, and takes effect through something that the file does not have.
    #[error("changes, and {missing} is not in the file")]
    Elsewhere {
        /// What is missing.
        missing: String,
    },
}

/// What the user says in place of what is unknown, by address and attribute
/// (`azurerm_route.to_firewall.next_hop_in_ip_address`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    values: BTreeMap<String, Value>,
}

impl Assumptions {
    /// Adds one; a value that is no JSON is a text.
    pub fn add(&mut self, place: &str, value: &str) {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        self.values.insert(place.to_owned(), value);
    }
}

/// The unknowns of a reading, and which assumptions it used.
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

    /// What is assumed in place of an unknown; without an assumption the unknown is listed.
    pub(super) fn miss(&mut self, address: &str, attribute: &str, why: Why) -> Option<Value> {
        self.list(address, attribute, why, false)
    }

    /// As [`Self::miss`], of what the network file can say not to be known.
    pub(super) fn miss_in_file(&mut self, address: &str, attribute: &str, why: Why) -> Option<Value> {
        self.list(address, attribute, why, true)
    }

    fn list(&mut self, address: &str, attribute: &str, why: Why, in_file: bool) -> Option<Value> {
        let unknown = Unknown { address: address.to_owned(), attribute: attribute.to_owned(), why, in_file };
        if let Some((place, value)) = self.assumptions.values.get_key_value(&unknown.place()) {
            self.used.insert(place);
            return Some(value.clone());
        }
        self.unknown.insert(unknown);
        None
    }

    /// What the reading came to.
    pub(super) fn finish(self) -> Unknowns {
        let places = self.assumptions.values.keys();
        let (used, idle) = places.cloned().partition(|place| self.used.contains(place.as_str()));
        Unknowns { unknown: self.unknown.into_iter().collect(), used, idle }
    }
}

/// What a reading could not tell, and what was assumed.
#[derive(Debug)]
pub(super) struct Unknowns {
    /// In order.
    pub(super) unknown: Vec<Unknown>,
    /// The places of the assumptions that stand for something unknown.
    pub(super) used: Vec<String>,
    /// The places of the others.
    pub(super) idle: Vec<String>,
}

impl Unknowns {
    /// The names of what is or was unknown that are nearest to a place.
    pub(super) fn nearest(&self, place: &str) -> Vec<String> {
        nearest(place, self.unknown.iter().map(Unknown::place).chain(self.used.iter().cloned()))
    }
}

/// Of the names of what is unknown, up to three that are nearest to a place, the nearest first.
pub fn nearest(place: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    const MOST: usize = 3;
    let mut known =
        known.into_iter().map(|name| (strsim::osa_distance(place, &name), name)).collect::<Vec<_>>();
    known.sort_unstable();
    known.dedup();
    known.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// What an error tells of the names that [`nearest`] found: `the nearest unknown is …`.
pub fn near(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "nothing is unknown".to_owned();
    }
    let names = nearest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    format!("the nearest unknown {} {}", if names.len() == 1 { "is" } else { "are" }, names.join(", "))
}
