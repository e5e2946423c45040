//! A JSON value with its path, so that every error can include it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::text::{cut, one_line};
use super::{FeedNotes, Refusal, Tolerance};
use crate::addr::{IpPrefix, ListedPrefix};

/// A value and its path. Field names are matched ignoring case, but an exact match is preferred. REST and the
/// CLI write `addressPrefixes`, PowerShell writes `AddressPrefixes`.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    value: &'a Value,
    step: Step<'a>,
    parent: Option<&'a Node<'a>>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

const FROM_SOURCE: &str = "get the file again, or correct the entry";

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, step: Step::Root, parent: None }
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.is_array()
    }

    pub(super) fn array_len(&self) -> Option<usize> {
        self.value.as_array().map(Vec::len)
    }

    /// Returns the field with this name (ignoring case), unless it is missing or `null`.
    pub(super) fn get(&'a self, name: &'a str) -> Option<Self> {
        self.field(name).filter(|node| !node.value.is_null())
    }

    /// Returns whether there is a field with this name, `null` or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value.as_object().is_some_and(|map| map.keys().any(|key| key.eq_ignore_ascii_case(name)))
    }

    /// Returns the element at `index`.
    pub(super) fn at(&'a self, index: usize) -> Option<Self> {
        let value = self.value.as_array()?.get(index)?;
        Some(Self { value, step: Step::Index(index), parent: Some(self) })
    }

    /// Returns the path, such as `values[3].properties`; `.` for the root.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        self.write_path(&mut path);
        if path.is_empty() { ".".to_owned() } else { path }
    }

    /// Returns the value as text for a message, truncated to 80 characters.
    pub(super) fn excerpt(&self) -> String {
        cut(&match self.value {
            Value::String(text) => one_line(text),
            Value::Array(list) => format!("a list of {}", list.len()),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string(),
        })
    }

    /// Returns the text if this value is a text.
    pub(super) fn as_str(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// Returns the elements of this list.
    pub(super) fn elements(&'a self) -> Result<impl Iterator<Item = Node<'a>>, Refusal> {
        let list = self.value.as_array().ok_or_else(|| {
            self.refuse(
                "a list",
                "if PowerShell truncated the list, write it in full with `ConvertTo-Json -Depth 10`",
            )
        })?;
        Ok(list.iter().enumerate().map(move |(index, value)| Node {
            value,
            step: Step::Index(index),
            parent: Some(self),
        }))
    }

    /// Checks that this is an object and counts its unknown fields.
    pub(super) fn object(
        &'a self,
        known: &[&str],
        notes: &mut FeedNotes,
    ) -> Result<&'a Map<String, Value>, Refusal> {
        let map = self.value.as_object().ok_or_else(|| {
            self.refuse(
                "an object",
                "if PowerShell truncated the object, write it in full with `ConvertTo-Json -Depth 10`",
            )
        })?;
        for key in map.keys() {
            if !known.iter().any(|name| name.eq_ignore_ascii_case(key)) {
                notes.add(Tolerance::UnknownField, || self.path_of(&one_line(key)));
            }
        }
        Ok(map)
    }

    /// Returns a required, nonempty text.
    pub(super) fn required_text(&'a self, name: &'a str, notes: &mut FeedNotes) -> Result<String, Refusal> {
        let text = self.text(name, notes)?;
        if text.is_empty() {
            return Err(Refusal::Missing { path: self.path_of(name), remedy: FROM_SOURCE });
        }
        Ok(text)
    }

    /// Returns a text on one line; empty if missing.
    pub(super) fn text(&'a self, name: &'a str, notes: &mut FeedNotes) -> Result<String, Refusal> {
        let Some(node) = self.get(name) else { return Ok(String::new()) };
        node.as_line(notes)
    }

    /// Returns a list of texts; empty if missing or `null`.
    pub(super) fn texts(
        &'a self,
        name: &'a str,
        usual: bool,
        notes: &mut FeedNotes,
    ) -> Result<Vec<String>, Refusal> {
        let Some(node) = self.list(name, usual, notes) else { return Ok(Vec::new()) };
        let mut texts = Vec::new();
        for element in node.elements()? {
            let text = element.as_line(notes)?;
            if !text.is_empty() {
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// Returns a list of prefixes, empty if missing. Host bits are cleared, and prefixes with host bits are
    /// counted.
    pub(super) fn prefixes(
        &'a self,
        name: &'a str,
        usual: bool,
        notes: &mut FeedNotes,
    ) -> Result<Vec<IpPrefix>, Refusal> {
        // A list that is present but `null` differs from a list without prefixes.
        if let Some(node) = self.field(name).filter(|node| node.value.is_null()) {
            return Err(
                node.refuse("a list of prefixes", "get the file again; `null` would drop all prefixes")
            );
        }
        let Some(node) = self.list(name, usual, notes) else { return Ok(Vec::new()) };
        let mut prefixes = Vec::with_capacity(node.array_len().unwrap_or_default());
        for element in node.elements()? {
            let text = element.value.as_str().ok_or_else(|| element.refuse("a prefix", FROM_SOURCE))?;
            let trimmed = text.trim();
            if trimmed.len() != text.len() {
                notes.add(Tolerance::WhiteSpace, || element.path());
            }
            let listed = ListedPrefix::parse(trimmed)
                .map_err(|error| Refusal::Prefix { path: element.path(), error })?;
            if listed.had_host_bits {
                notes.add(Tolerance::HostBits, || element.path());
            }
            if listed.was_mapped {
                notes.add(Tolerance::Ipv4Mapped, || element.path());
            }
            prefixes.push(listed.prefix);
        }
        Ok(prefixes)
    }

    /// Returns a whole number that may be written as text; `None` if missing, `null` or empty.
    pub(super) fn number(&'a self, name: &'a str, notes: &mut FeedNotes) -> Result<Option<u64>, Refusal> {
        let Some(node) = self.get(name) else { return Ok(None) };
        match node.value {
            Value::Number(number) if number.as_u64().is_some() => Ok(number.as_u64()),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            Value::String(text) if text.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
                notes.add(Tolerance::TypedAsText, || node.path());
                text.trim().parse().map(Some).map_err(|_| node.refuse("a whole number", FROM_SOURCE))
            }
            _ => Err(node.refuse("a whole number", FROM_SOURCE)),
        }
    }

    /// Works like [`Self::number`], up to [`u32::MAX`].
    pub(super) fn number_u32(&'a self, name: &'a str, notes: &mut FeedNotes) -> Result<Option<u32>, Refusal> {
        let Some(number) = self.number(name, notes)? else { return Ok(None) };
        u32::try_from(number).map(Some).map_err(|_| {
            self.get(name).unwrap_or(*self).refuse("a whole number below 4294967296", FROM_SOURCE)
        })
    }

    /// Returns a boolean that may be written as text; `None` if missing or `null`.
    pub(super) fn flag(&'a self, name: &'a str, notes: &mut FeedNotes) -> Result<Option<bool>, Refusal> {
        let Some(node) = self.get(name) else { return Ok(None) };
        match node.value {
            Value::Bool(flag) => Ok(Some(*flag)),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => {
                notes.add(Tolerance::TypedAsText, || node.path());
                Ok(Some(true))
            }
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => {
                notes.add(Tolerance::TypedAsText, || node.path());
                Ok(Some(false))
            }
            _ => Err(node.refuse("`true` or `false`", FROM_SOURCE)),
        }
    }

    /// Returns the error that rejects this value.
    pub(super) fn refuse(&self, expected: &'static str, remedy: &'static str) -> Refusal {
        let found = match self.value {
            Value::String(_) => format!("the text `{}`", self.excerpt()),
            Value::Array(_) | Value::Object(_) => self.excerpt(),
            _ => format!("`{}`", self.excerpt()),
        };
        Refusal::Value { path: self.path(), expected, found, remedy }
    }

    /// Returns the path of a field of this object, whether it exists or not.
    pub(super) fn path_of(&self, name: &str) -> String {
        match self.path() {
            path if path == "." => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// Returns the text of this value on one line; removed white space is counted.
    fn as_line(&self, notes: &mut FeedNotes) -> Result<String, Refusal> {
        let text = self.value.as_str().ok_or_else(|| self.refuse("a text", FROM_SOURCE))?;
        let line = one_line(text);
        if line != text {
            notes.add(Tolerance::WhiteSpace, || self.path());
        }
        Ok(line)
    }

    /// Returns a list field. Its absence is counted if the field is `usual`.
    fn list(&'a self, name: &'a str, usual: bool, notes: &mut FeedNotes) -> Option<Self> {
        let field = self.field(name);
        match field {
            Some(node) if node.value.is_null() => None,
            None => {
                if usual {
                    notes.add(Tolerance::MissingList, || self.path_of(name));
                }
                None
            }
            found => found,
        }
    }

    fn field(&'a self, name: &'a str) -> Option<Self> {
        let map = self.value.as_object()?;
        let value = map
            .get(name)
            .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))?;
        Some(Self { value, step: Step::Key(name), parent: Some(self) })
    }

    fn write_path(&self, path: &mut String) {
        if let Some(parent) = self.parent {
            parent.write_path(path);
        }
        match self.step {
            Step::Root => {}
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            // Writing to a string cannot fail.
            Step::Index(index) => _ = write!(path, "[{index}]"),
        }
    }
}
