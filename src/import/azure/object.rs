//! An Azure JSON object, independent of the tool that wrote it.
//!
//! REST nests fields under `properties`, the CLI flattens them, PowerShell writes them in PascalCase, and the case of
//! some names differs between versions (`azureAsn`, `azureASN`). This type hides the differences.

use serde_json::{Map, Value};

use super::arm::ArmId;
use super::notes::{ExportTolerance, ReadNotes};
use crate::addr::{IpPrefix, ListedPrefix};
use crate::import::azure::redact::redact;

/// The fields of an object and of its `properties`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    own: &'a Map<String, Value>,
    properties: Option<&'a Map<String, Value>>,
}

impl<'a> Object<'a> {
    /// Returns the object, if the value is one.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        let own = value.as_object()?;
        let properties = field(own, "properties").and_then(Value::as_object);
        Some(Self { own, properties })
    }

    /// Returns the field with this name in any case, unless it is missing or `null`; the object's own fields take
    /// precedence over those in `properties`.
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        field(self.own, name)
            .or_else(|| self.properties.and_then(|properties| field(properties, name)))
            .filter(|value| !value.is_null())
    }

    /// Returns whether there is a field with this name, even if it is `null`.
    pub(super) fn has(self, name: &str) -> bool {
        field(self.own, name).is_some()
            || self.properties.is_some_and(|properties| field(properties, name).is_some())
    }

    pub(super) fn object(self, name: &str) -> Option<Object<'a>> {
        self.get(name).and_then(Self::of)
    }

    /// Returns the elements of a list; empty if the field is missing or not a list.
    pub(super) fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns the objects in a list.
    pub(super) fn objects(self, name: &str) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.list(name).iter().filter_map(Self::of)
    }

    /// Returns a string without surrounding white space and without text that looks like a key; `None` if empty.
    pub(super) fn text(self, name: &str) -> Option<String> {
        let text = redact(self.raw_text(name)?);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns a string unchanged, for values that are parsed and never kept.
    pub(super) fn raw_text(self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Returns a whole number, written as a number, as a string or with `.0`.
    pub(super) fn number(self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Value::Number(number) => number.as_u64().or_else(|| {
                let text = number.to_string();
                text.strip_suffix(".0")?.parse().ok()
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Like [`Self::number`], up to [`u32::MAX`].
    pub(super) fn number_u32(self, name: &str) -> Option<u32> {
        self.number(name).and_then(|number| u32::try_from(number).ok())
    }

    /// Returns a Boolean, written as such or as a string.
    pub(super) fn flag(self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Returns a reference to a resource: `{"id": "/subscriptions/…"}` or only the id.
    pub(super) fn reference(self, name: &str) -> Option<ArmId> {
        match self.get(name)? {
            Value::String(text) => ArmId::parse(text),
            value => Self::of(value)?.id(),
        }
    }

    /// Returns the object's own id.
    pub(super) fn id(self) -> Option<ArmId> {
        ArmId::parse(field(self.own, "id")?.as_str()?)
    }

    /// Returns the strings in a list; a single string counts as a list of one.
    pub(super) fn texts(self, name: &str) -> Vec<&'a str> {
        match self.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => vec![text.trim()],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::trim).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the prefixes in a list or in a single string. Host bits are cleared and counted; an invalid prefix is
    /// skipped and counted.
    pub(super) fn prefixes(self, name: &str, notes: &mut ReadNotes) -> Vec<IpPrefix> {
        let mut found = Vec::new();
        for text in self.texts(name) {
            if let Some(prefix) = prefix(text, name, notes)
                && !found.contains(&prefix)
            {
                found.push(prefix);
            }
        }
        found
    }

    /// Returns one prefix; see [`Self::prefixes`].
    pub(super) fn prefix(self, name: &str, notes: &mut ReadNotes) -> Option<IpPrefix> {
        prefix(self.raw_text(name)?, name, notes)
    }

    /// Returns all fields, the object's own fields before those in `properties`.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let fields = self.own.iter().chain(self.properties.into_iter().flatten());
        fields.map(|(key, value)| (key.as_str(), value))
    }

    /// Counts the fields whose names are not among the known names.
    pub(super) fn count_unknown(self, known: &[&str], notes: &mut ReadNotes) {
        let keys = self.own.keys().chain(self.properties.into_iter().flat_map(Map::keys));
        for key in keys {
            let is = |name: &&str| key.eq_ignore_ascii_case(name);
            if !EVERYWHERE.iter().any(is) && !known.iter().any(is) {
                notes.add(ExportTolerance::UnknownField, &redact(key));
            }
        }
    }
}

/// Fields that any resource may have and that do not affect routing.
const EVERYWHERE: [&str; 11] = [
    "properties",
    "id",
    "name",
    "type",
    "etag",
    "location",
    "tags",
    "resourceGroup",
    "provisioningState",
    "resourceGuid",
    "gatewayManagerEtag",
];

/// Parses a prefix; host bits are cleared and counted, and an invalid prefix is counted.
pub(super) fn prefix(text: &str, place: &str, notes: &mut ReadNotes) -> Option<IpPrefix> {
    if let Ok(listed) = ListedPrefix::parse(text) {
        if listed.had_host_bits {
            notes.add(ExportTolerance::HostBits, place);
        }
        if listed.was_mapped {
            notes.add(ExportTolerance::Ipv4Mapped, place);
        }
        Some(listed.prefix)
    } else {
        notes.add(ExportTolerance::OddValue, place);
        None
    }
}

fn field<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name)
        .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
