//! Applies the table of rules to two network files, both as JSON values: the existing file and the declared file.
//!
//! A missing key has its default value, as in a network file.

use serde_json::{Map, Value};

use super::described::Described;
use super::rules::{Items, Mapping, Removed, Rule, When};

/// Merges a mapping on the declared side into the file's mapping, each key according to its rule.
pub(super) fn merge(mapping: &Mapping, file: &Value, declared: &Value, described: &Described) -> Value {
    Place { described, resource: "", names: Vec::new() }.mapping(mapping, Some(file), Some(declared))
}

/// A position in the file, identified by the enclosing resource.
struct Place<'a> {
    described: &'a Described,
    /// The kind of the resource.
    resource: &'a str,
    /// The names of the resource's parents, followed by its own name in the file.
    names: Vec<&'a str>,
}

impl<'a> Place<'a> {
    /// Returns the position of a resource nested in this one.
    fn inside(&self, mapping: &Mapping, name: &'a str) -> Self {
        let names = self.names.iter().copied().chain([name]).collect();
        Self { described: self.described, resource: mapping.resource.unwrap_or_default(), names }
    }

    fn mapping(&self, mapping: &Mapping, file: Option<&'a Value>, declared: Option<&'a Value>) -> Value {
        let mut merged = Map::new();
        for (key, rule) in mapping.keys {
            let of = |side: Option<&'a Value>| side.and_then(|side| side.get(key));
            if let Some(value) = self.key(rule, of(file), of(declared)) {
                merged.insert((*key).to_owned(), value);
            }
        }
        Value::Object(merged)
    }

    /// Returns the merged value of a key; `None` if the key is omitted because it has its default value.
    fn key(&self, rule: &Rule, file: Option<&'a Value>, declared: Option<&'a Value>) -> Option<Value> {
        match rule {
            Rule::Keep => file.cloned(),
            Rule::Take(when) => (if self.holds(*when) { declared } else { file }).cloned(),
            Rule::TakeIfSet(when) => declared.filter(|_| self.holds(*when)).or(file).cloned(),
            Rule::Drop => None,
            Rule::Part(mapping) => {
                (file.is_some() || declared.is_some()).then(|| self.mapping(mapping, file, declared))
            }
            Rule::Peering { name, merged, mapping } => {
                let place = self.inside(mapping, name);
                match declared.filter(|_| place.holds(*merged)) {
                    Some(_) => Some(place.mapping(mapping, file, declared)),
                    None if declared.is_none() && place.holds(When::Declared) => None,
                    None => file.cloned(),
                }
            }
            Rule::Entries(mapping) => Some(self.entries(mapping, items(file), items(declared))),
            Rule::Listed { removed, items: of } => {
                Some(self.listed(*removed, of.as_ref(), items(file), items(declared)))
            }
        }
    }

    fn entries(&self, mapping: &Mapping, file: &'a [Value], declared: &'a [Value]) -> Value {
        let same = |one: &Value, other: &Value| name_of(one).eq_ignore_ascii_case(name_of(other));
        let merged = file.iter().filter_map(|entry| {
            let place = self.inside(mapping, name_of(entry));
            match declared.iter().find(|new| same(new, entry)) {
                Some(new) => Some(place.mapping(mapping, Some(entry), Some(new))),
                None => (!place.holds(When::Declared)).then(|| entry.clone()),
            }
        });
        let new = declared.iter().filter(|new| !file.iter().any(|entry| same(new, entry)));
        merged.chain(new.cloned()).collect()
    }

    fn listed(
        &self,
        removed: Removed,
        of: Option<&Items>,
        file: &'a [Value],
        declared: &'a [Value],
    ) -> Value {
        let same = |one: &Value, other: &Value| {
            let keys = of.map_or(&[][..], |of| of.same);
            keys.iter().any(|key| one.get(key) == other.get(key))
        };
        let stays =
            |item: &&Value| !self.removes(removed, item) && !declared.iter().any(|new| same(new, item));
        let kept = file.iter().filter(stays).collect::<Vec<_>>();
        let new = declared.iter().filter(|new| !kept.contains(new));
        let new = new.map(|new| match of {
            Some(of) => self.mapping(of.mapping, file.iter().find(|item| same(new, item)), Some(new)),
            None => new.clone(),
        });
        kept.iter().map(|item| (*item).clone()).chain(new).collect()
    }

    fn name(&self) -> String {
        self.names.join("/")
    }

    /// Returns the name of the circuit or virtual network that encloses this position.
    fn outermost(&self) -> &'a str {
        self.names.first().copied().unwrap_or_default()
    }

    fn holds(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Declared => self.described.has(self.resource, &self.name()),
            When::Associated => self.holds(When::Declared) || self.described.has_association(&self.name()),
            When::FilterDeclared => {
                self.holds(When::Declared) && !self.described.lacks_filter(self.outermost())
            }
        }
    }

    fn removes(&self, removed: Removed, item: &Value) -> bool {
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
        match removed {
            Removed::None => false,
            Removed::All => true,
            Removed::Named(kind) => self.described.has(kind, name_of(item)),
            Removed::NetworksLinked => {
                self.described.has_link(self.outermost(), item.as_str().unwrap_or_default())
            }
            Removed::CircuitsLinked => self.described.has_link(text("circuit"), self.outermost()),
            Removed::BothEndsDeclared => {
                self.holds(When::Declared) && self.described.has(self.resource, text("virtual_network"))
            }
        }
    }
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn name_of(entry: &Value) -> &str {
    entry.get("name").and_then(Value::as_str).unwrap_or_default()
}
