//! Evaluates every setting of a resource, so no setting is dropped silently.
//!
//! [`table`] lists the settings of every resource type that affects routing: settings that are read into the network
//! file, unsupported settings that are marked if their value changes a path, and settings that do not affect paths.
//! [`unsupported_types`] lists the types that affect routing but that a network file cannot represent at all. Settings
//! in exports, templates and plans are all evaluated with [`evaluate`], under their names in Azure Resource Manager. A
//! setting that is not in the table is counted by name and reported once.

mod table;
mod unsupported_types;

use std::collections::BTreeMap;

use serde_json::Value;

use super::finding::Finding;
use super::object::Object;
use crate::import::azure::redact::redact;
use table::{EVERYWHERE, Meaning, Setting, TYPES, When};
pub(in crate::import) use unsupported_types::{WHOLE, effect_of};

/// The result of evaluating the settings of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::import) struct Evaluated {
    /// Settings that affect routing but that a network file cannot express.
    pub(in crate::import) marked: Vec<Finding>,
    /// Settings that are not in the table, such as `virtualNetworks.fooBar`, each with the number of resources that
    /// have it.
    pub(in crate::import) unknown: BTreeMap<String, u64>,
}

/// The resource that is evaluated.
#[derive(Clone, Copy)]
pub(in crate::import) struct Place<'p> {
    /// Its names, such as `hub/to-spoke`.
    pub(in crate::import) name: &'p str,
    /// Its source: a file, or its address in a plan or a template.
    pub(in crate::import) source: &'p str,
}

/// The text that replaces a value that a plan or a template does not contain.
pub(in crate::import) const NOT_TOLD: &str = "not known";

/// Evaluates a resource of this type (such as `virtualNetworks`, without the provider) and the resources nested in it.
/// `address` returns the source of the nested resource with a given id, if that resource has its own source.
///
/// # Complexity
///
/// Linear in the size of the resource.
pub(super) fn evaluate(
    kind: &str,
    object: Object<'_>,
    place: Place<'_>,
    address: &dyn Fn(&str) -> Option<String>,
    evaluated: &mut Evaluated,
) {
    if let Some(effect) = effect_of(kind) {
        evaluated.marked.push(Finding::Unsupported {
            resource: format!("{kind} {}", place.name),
            setting: None,
            effect: effect.to_owned(),
            at: place.source.to_owned(),
        });
    }
    let Some((kind, settings)) = type_of(kind) else { return };
    for setting in settings {
        match setting.meaning {
            Meaning::Read | Meaning::NoPath(_) => {}
            Meaning::Nested(of) => {
                for inner in object.objects(setting.path) {
                    let id = inner.raw_text("id").and_then(address);
                    let name = format!("{}/{}", place.name, inner.text("name").unwrap_or_default());
                    let source = id.as_deref().unwrap_or(place.source);
                    evaluate(of, inner, Place { name: &name, source }, address, evaluated);
                }
            }
            Meaning::Marked(when, effect) => {
                let values = values(object, setting.path);
                if let Some(value) = values.into_iter().find(|value| when.holds(object, value)) {
                    evaluated.marked.push(Finding::Unsupported {
                        resource: format!("{kind} {}", place.name),
                        setting: Some(format!("{}: {}", setting.path.replace("[]", ""), shown(value))),
                        effect: effect.to_owned(),
                        at: place.source.to_owned(),
                    });
                }
            }
        }
    }
    for (key, value) in object.fields() {
        if !is_empty(value) && !is_listed(key, settings) {
            *evaluated.unknown.entry(format!("{kind}.{}", redact(key))).or_default() += 1;
        }
    }
}

/// How a setting is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Treatment {
    /// The setting is read into the network file.
    Read,
    /// The setting affects routing but is not supported. If its value changes a path, it is listed under `unsupported`
    /// in the network file.
    Marked,
    /// The setting does not affect paths.
    NoPath,
}

/// A row in the table of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingRow {
    /// The resource type in `Microsoft.Network`, such as `virtualNetworks/subnets`; types of other providers include
    /// the provider.
    pub kind: &'static str,
    /// The setting, such as `defaultOutboundAccess`; `None` for a type that a network file cannot represent at all.
    pub setting: Option<&'static str>,
    /// How the setting or type is treated.
    pub treatment: Treatment,
    /// Its effect on routing, or why it does not affect paths; empty for a setting that is read.
    pub why: &'static str,
}

/// Returns every setting that importers know, and every resource type that they mark as a whole.
pub fn settings() -> impl Iterator<Item = SettingRow> {
    let settings = TYPES.iter().flat_map(|(kind, settings)| {
        settings.iter().map(|setting| {
            let (treatment, why) = match setting.meaning {
                Meaning::Read | Meaning::Nested(_) => (Treatment::Read, ""),
                Meaning::Marked(_, effect) => (Treatment::Marked, effect),
                Meaning::NoPath(why) => (Treatment::NoPath, why),
            };
            SettingRow { kind, setting: Some(setting.path), treatment, why }
        })
    });
    let whole = unsupported_types::all();
    settings.chain(whole.map(|(kind, why)| SettingRow {
        kind,
        setting: None,
        treatment: Treatment::Marked,
        why,
    }))
}

/// Returns the settings of a type.
fn type_of(kind: &str) -> Option<(&'static str, &'static [Setting])> {
    TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind)).copied()
}

fn is_listed(key: &str, settings: &[Setting]) -> bool {
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    EVERYWHERE.iter().any(|name| is(name))
        || settings.iter().any(|setting| is(setting.path.split(['.', '[']).next().unwrap_or_default()))
}

/// Returns whether an importer must evaluate a field with this name, because some type reads or marks it.
pub(in crate::import) fn matters(key: &str) -> bool {
    let parts = |setting: &'static Setting| setting.path.split(['.', '[', ']']);
    TYPES
        .iter()
        .flat_map(|(_, settings)| settings.iter())
        .filter(|setting| !matches!(setting.meaning, Meaning::NoPath(_)))
        .flat_map(parts)
        .any(|part| part.eq_ignore_ascii_case(key))
}

/// Returns whether a value that is not empty becomes empty when all fields that no type reads are removed, although
/// some type marks a setting with this name. Such a value must be replaced with [`SET`].
pub(in crate::import) fn is_lost(key: &str, whole: &Value, reduced: &Value) -> bool {
    let last = |setting: &Setting| {
        setting.path.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(key))
    };
    let marks = |setting: &&Setting| matches!(setting.meaning, Meaning::Marked(..)) && last(setting);
    is_empty(reduced)
        && !is_empty(whole)
        && TYPES.iter().any(|(_, settings)| settings.iter().any(|setting| marks(&setting)))
}

/// The text that replaces a marked value whose content is not read.
pub(in crate::import) const SET: &str = "set";

/// Returns whether a setting of a type, or of a type nested in it, is only marked and never read. Such a setting is
/// marked even if its value is unknown. `path` is written as in a template:
/// `properties.subnets[0].properties.natGateway`.
pub(in crate::import) fn only_marked(kind: &str, path: &str) -> bool {
    let Some((_, mut settings)) = type_of(kind) else { return false };
    let keys = path.split('.').map(|key| key.split('[').next().unwrap_or_default());
    let mut keys = keys.filter(|key| *key != "properties").peekable();
    while let Some(key) = keys.next() {
        let first = |setting: &&Setting| {
            setting.path.split(['.', '[']).next().is_some_and(|first| first.eq_ignore_ascii_case(key))
        };
        let mut found = settings.iter().filter(first).peekable();
        match found.peek().map(|setting| setting.meaning) {
            Some(Meaning::Nested(of)) if keys.peek().is_some() => {
                let Some((_, inner)) = type_of(of) else { return false };
                settings = inner;
            }
            Some(_) => return found.all(|setting| matches!(setting.meaning, Meaning::Marked(..))),
            None => return false,
        }
    }
    false
}

/// Counts, by name, the settings of a raw resource that are not in the table.
pub(in crate::import) fn unknown_in(kind: &str, resource: &Value, unknown: &mut BTreeMap<String, u64>) {
    let mut evaluated = Evaluated::default();
    if let Some(object) = Object::of(resource) {
        evaluate(kind, object, Place { name: "", source: "" }, &|_| None, &mut evaluated);
    }
    for (name, count) in evaluated.unknown {
        *unknown.entry(name).or_default() += count;
    }
}

impl When {
    fn holds(self, object: Object<'_>, value: &Value) -> bool {
        // An unknown value may be one that matters.
        if value.as_str() == Some(NOT_TOLD) {
            return true;
        }
        match self {
            Self::True => flag(value) != Some(false) && !is_empty(value),
            Self::Present => !is_empty(value) && flag(value) != Some(false),
            Self::Not(word) => !is_empty(value) && !shown(value).eq_ignore_ascii_case(word),
            Self::If(test) => test(object, value),
        }
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Returns whether a value is empty: `null`, an empty string or list, or an object with only empty values.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(map) => map.values().all(is_empty),
    }
}

/// Returns the values at a path such as `bgpSettings.bgpPeeringAddresses[].customBgpIpAddresses`.
fn values<'a>(object: Object<'a>, path: &str) -> Vec<&'a Value> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let found: Vec<&Value> = match key.strip_suffix("[]") {
        Some(list) => object.list(list).iter().collect(),
        None => object.get(key).into_iter().collect(),
    };
    match rest {
        None => found,
        Some(rest) => {
            found.into_iter().filter_map(Object::of).flat_map(|inner| values(inner, rest)).collect()
        }
    }
}

/// Summarizes a value. A scalar is shown unchanged, a list shortened, and a reference as the last name in its id.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 4;
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(last_name(text)),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(items) => {
            let shown = items.iter().take(LONGEST).map(|item| scalar(item).or_else(|| reference(item)));
            match shown.collect::<Option<Vec<_>>>() {
                Some(shown) if items.len() <= LONGEST => format!("[{}]", shown.join(", ")),
                Some(shown) => format!("[{}, … {} in total]", shown.join(", "), items.len()),
                None => format!("{} entries", items.len()),
            }
        }
        Value::Object(map) => reference(value)
            .or_else(|| match map.values().collect::<Vec<_>>().as_slice() {
                [Value::Array(_)] => map.values().next().map(shown),
                _ => None,
            })
            .unwrap_or_else(|| "set".to_owned()),
        value => scalar(value).unwrap_or_default(),
    }
}

fn reference(value: &Value) -> Option<String> {
    value.get("id").and_then(Value::as_str).map(last_name)
}

/// Returns the last name in an id, or the whole string if it is not an id, without text that looks like a key.
fn last_name(text: &str) -> String {
    let text = text.trim();
    let name = if text.starts_with('/') { text.trim_end_matches('/').rsplit('/').next() } else { None };
    redact(name.unwrap_or(text)).chars().take(80).collect()
}
