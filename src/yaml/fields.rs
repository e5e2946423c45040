//! Reads a tree by key and type, and collects every mistake.

use std::fmt::Display;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use crate::addr::{EmbeddedV4, IpPrefix, PrefixError};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Source, Span, Spanned, code_point, is_hidden};
use crate::yaml::dialect::Dialect;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};

/// Collects the diagnostics of one file.
pub(crate) struct Reader<'s> {
    pub(crate) dialect: &'static Dialect,
    pub(crate) source: &'s Source,
    pub(crate) diagnostics: Diagnostics,
}

/// A mapping whose keys have been checked.
pub(crate) struct Fields<'n> {
    /// The type of entry that the mapping describes, such as `a site`.
    what: &'static str,
    /// The position for findings about the mapping as a whole.
    pub(crate) span: Span,
    entries: &'n [Entry],
    /// The keys that were probably intended by misspelt keys. They are not reported as missing.
    misspelt: Vec<String>,
}

impl Reader<'_> {
    /// Reports an error at a position.
    pub(crate) fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Severity::Error, code, span, message, help);
    }

    /// Reports a warning at a position.
    pub(crate) fn warning(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Severity::Warning, code, span, message, help);
    }

    /// Reports advice at a position.
    pub(crate) fn advice(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Severity::Advice, code, span, message, help);
    }

    fn note(
        &mut self,
        severity: Severity,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let diagnostic = Diagnostic::error(code, self.source, message).at(span, "").help(help);
        self.diagnostics.push(Diagnostic { severity, ..diagnostic });
    }

    /// Reads a node as a mapping that may contain only these keys. `place` is the position of the node's key or list
    /// entry.
    pub(crate) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &'static str,
        keys: &[&str],
        place: Span,
    ) -> Option<Fields<'n>> {
        let Kind::Map(entries) = &node.kind else {
            let known = quoted(keys);
            self.wrong_type(
                node,
                place,
                &format!("{what} must be a mapping"),
                &format!("write a mapping with the keys {known}"),
            );
            return None;
        };
        let mut misspelt = Vec::new();
        for Entry { key, .. } in entries {
            if keys.contains(&key.value.as_str()) {
                continue;
            }
            let help = match nearest(&key.value, keys.iter().copied()) {
                Some(known) => {
                    misspelt.push(known.to_owned());
                    format!("did you mean `{known}`?")
                }
                None => format!("the allowed keys are {}", quoted(keys)),
            };
            self.error(
                self.dialect.unknown_key,
                key.span,
                format!("unknown key `{}` in {what}", key.value),
                help,
            );
        }
        Some(Fields { what, span: place, entries, misspelt })
    }

    /// Returns the value of a required key.
    pub(crate) fn required<'n>(
        &mut self,
        fields: &Fields<'n>,
        key: &str,
        example: &str,
    ) -> Option<&'n Entry> {
        let entry = fields.get(key);
        if entry.is_none() && !fields.is_misspelt(key) {
            let message = format!("{} lacks `{key}`", fields.what);
            self.error(self.dialect.missing_key, fields.span, message, format!("add `{key}: {example}`"));
        }
        entry
    }

    /// Returns the items of a list, which is empty if the key is missing.
    pub(crate) fn list<'n>(&mut self, entry: Option<&'n Entry>, example: &str) -> &'n [Node] {
        let Some(Entry { key, value }) = entry else { return &[] };
        if let Kind::List(items) = &value.kind {
            return items;
        }
        let help = format!("write the list as `{}: {example}`", key.value);
        self.wrong_type(value, key.span, &format!("`{}` must be a list", key.value), &help);
        &[]
    }

    /// Reads a value as non-empty text on one line. Numbers and Boolean values must be quoted.
    pub(crate) fn text(&mut self, node: &Node, place: Span, what: &str) -> Option<Spanned<String>> {
        match &node.kind {
            Kind::Scalar { text, .. } if text.contains(char::is_control) => {
                let message =
                    format!("{what} has a line break or control character: `{}`", text.escape_debug());
                self.error(
                    self.dialect.value,
                    node.span,
                    message,
                    "write the text on one line, without control characters",
                );
                None
            }
            Kind::Scalar { text, .. } if node.what() == "text" && !text.trim().is_empty() => {
                Some(Spanned::new(text.clone(), node.span))
            }
            Kind::Scalar { text, .. } if node.what() == "text" => {
                self.error(
                    self.dialect.value,
                    node.span,
                    format!("{what} is empty: `{text}`"),
                    "write a value, or remove the key",
                );
                None
            }
            Kind::Scalar { text, .. } => {
                let help = format!("put the value in quotes to use it as text: `\"{text}\"`");
                self.wrong_type(node, place, &format!("{what} must be text"), &help);
                None
            }
            Kind::Map(entries) => {
                // YAML parses an unquoted `2001:db8::` before a space or in brackets as a key without a value.
                let help = match entries.first() {
                    Some(first) if first.key.value.contains(':') => {
                        format!("text that ends in a colon must be quoted: `\"{}:\"`", first.key.value)
                    }
                    _ => "write one word or phrase".to_owned(),
                };
                self.wrong_type(node, place, &format!("{what} must be text"), &help);
                None
            }
            Kind::Null | Kind::List(_) => {
                self.wrong_type(node, place, &format!("{what} must be text"), "write one word or phrase");
                None
            }
        }
    }

    /// Rejects a name with bidirectional controls or invisible characters, because it could look like another name or
    /// change the order of the surrounding text.
    pub(crate) fn name(&mut self, name: &Spanned<String>) {
        let Some((at, hidden)) = name.value.chars().enumerate().find(|(_, letter)| is_hidden(*letter)) else {
            return;
        };
        let written = self.source.text().get(name.span.start..).unwrap_or_default();
        let written = written.get(..name.span.length).unwrap_or_default();
        // If the character is written as an escape, mark the whole name.
        let span = match written.find(hidden) {
            Some(offset) => Span::new(name.span.start + offset, hidden.len_utf8()),
            None => name.span,
        };
        let message = format!(
            "`{}` is not a valid name: its character {} is invisible ({})",
            name.value.escape_debug(),
            at + 1,
            code_point(hidden)
        );
        self.error(self.dialect.value, span, message, "remove this character");
    }

    /// Reads the text of an optional key.
    pub(crate) fn optional_text(&mut self, fields: &Fields<'_>, key: &str) -> Option<Spanned<String>> {
        let entry = fields.get(key)?;
        self.text(&entry.value, entry.key.span, &format!("`{key}`"))
    }

    /// Reads the text of a required key.
    pub(crate) fn required_text(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        example: &str,
    ) -> Option<Spanned<String>> {
        let entry = self.required(fields, key, example)?;
        self.text(&entry.value, entry.key.span, &format!("`{key}`"))
    }

    /// Reads the prefixes of a list.
    pub(crate) fn prefixes(&mut self, entry: Option<&Entry>) -> Vec<Spanned<IpPrefix>> {
        let items = self.list(entry, "[10.0.0.0/16, \"2001:db8::/48\"]");
        let mut prefixes: Vec<Spanned<IpPrefix>> = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = self.text(item, item.span, "a prefix") else { continue };
            prefixes.extend(self.prefix(&text));
        }
        prefixes
    }

    /// Reads the prefixes in a list. Returns `None` if the key is missing, as opposed to an empty list.
    pub(crate) fn optional_prefixes(&mut self, entry: Option<&Entry>) -> Option<Vec<Spanned<IpPrefix>>> {
        entry.map(|entry| self.prefixes(Some(entry)))
    }

    /// Parses a text as a prefix.
    pub(crate) fn prefix(&mut self, text: &Spanned<String>) -> Option<Spanned<IpPrefix>> {
        match text.value.parse::<IpPrefix>() {
            Ok(prefix) => Some(self.as_v4(self.dialect.prefix, text, prefix)),
            Err(error) => {
                self.prefix_error(text.span, &error);
                None
            }
        }
    }

    /// Reports an invalid prefix.
    pub(crate) fn prefix_error(&mut self, span: Span, error: &PrefixError) {
        let help = match error {
            PrefixError::HostBits { canonical, .. } => format!("write `{canonical}`"),
            PrefixError::Length { width, .. } => format!("write a length from 0 to {width}"),
            _ => "write a prefix such as `10.10.0.0/16` or `2001:db8::/48`".to_owned(),
        };
        self.error(self.dialect.prefix, span, error.to_string(), help);
    }

    /// Converts an IPv4-mapped value to IPv4 and reports it as advice. Other values are returned unchanged.
    fn as_v4<T>(&mut self, code: Code, text: &Spanned<String>, written: T) -> Spanned<T>
    where
        T: EmbeddedV4 + Copy + Display,
    {
        let (value, was_mapped) = written.read_as_v4();
        if was_mapped {
            let message = format!("`{}` is IPv4-mapped and is read as `{value}`", text.value);
            self.advice(code, text.span, message, format!("write `{value}`"));
        }
        Spanned::new(value, text.span)
    }

    /// Parses a text as an address.
    pub(crate) fn address(&mut self, text: &Spanned<String>) -> Option<Spanned<IpAddr>> {
        let Ok(address) = text.value.parse::<IpAddr>() else {
            let message = format!("`{}` is not an address", text.value);
            let help = "write an address such as `10.10.0.4` or `2001:db8::4`, without a prefix length";
            self.error(self.dialect.address, text.span, message, help);
            return None;
        };
        Some(self.as_v4(self.dialect.address, text, address))
    }

    /// Reads the addresses of a session.
    pub(crate) fn peer_addresses(&mut self, fields: &Fields<'_>) -> Vec<Spanned<IpAddr>> {
        self.addresses(fields.get("peer_addresses"), "a session has")
    }

    /// Reads the addresses in a list, at most one of each family. `whose` is the beginning of the sentence that
    /// states this limit.
    pub(crate) fn addresses(&mut self, entry: Option<&Entry>, whose: &str) -> Vec<Spanned<IpAddr>> {
        let mut addresses: Vec<Spanned<IpAddr>> = Vec::new();
        for item in self.list(entry, "[192.0.2.2, \"2001:db8::2\"]") {
            let Some(text) = self.text(item, item.span, "an address") else { continue };
            let Some(address) = self.address(&text) else { continue };
            if addresses.iter().any(|other| other.value.is_ipv4() == address.value.is_ipv4()) {
                let message = format!("`{}` is a second address of its family", address.value);
                let help =
                    format!("keep one of the two; {whose} at most one IPv4 address and one IPv6 address");
                self.error(self.dialect.address, address.span, message, help);
            } else {
                addresses.push(address);
            }
        }
        addresses
    }

    /// Reads a value as a whole number in a range.
    pub(crate) fn number(
        &mut self,
        node: &Node,
        place: Span,
        what: &str,
        range: &RangeInclusive<u32>,
    ) -> Option<Spanned<u32>> {
        let number = match &node.kind {
            Kind::Scalar { text, plain: true } if node.what() == "a number" => text,
            Kind::Scalar { text, plain: false } if text.parse::<u32>().is_ok() => {
                let help = format!("write `{text}` without quotes");
                self.wrong_type(node, place, &format!("{what} must be a number"), &help);
                return None;
            }
            _ => {
                let help = format!("write a whole number from {} to {}", range.start(), range.end());
                self.wrong_type(node, place, &format!("{what} must be a number"), &help);
                return None;
            }
        };
        let plain = number == "0" || !number.starts_with(['0', '+', '-']);
        let value = number.parse::<u32>().ok().filter(|value| plain && range.contains(value));
        if value.is_none() {
            let message = format!("`{number}` is not a valid value for {what}");
            let help = format!("write a whole number from {} to {}", range.start(), range.end());
            self.error(self.dialect.value, node.span, message, help);
        }
        value.map(|value| Spanned::new(value, node.span))
    }

    /// Reads the number of an optional key.
    pub(crate) fn optional_number(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        range: &RangeInclusive<u32>,
    ) -> Option<Spanned<u32>> {
        let entry = fields.get(key)?;
        self.number(&entry.value, entry.key.span, &format!("`{key}`"), range)
    }

    /// Reads the Boolean value of an optional key.
    pub(crate) fn optional_truth(&mut self, fields: &Fields<'_>, key: &str) -> Option<bool> {
        let Entry { key, value } = fields.get(key)?;
        match &value.kind {
            Kind::Scalar { text, plain: true } if text == "true" => Some(true),
            Kind::Scalar { text, plain: true } if text == "false" => Some(false),
            _ => {
                let expected = format!("`{}` must be a Boolean value", key.value);
                self.wrong_type(value, key.span, &expected, "write `true` or `false`, without quotes");
                None
            }
        }
    }

    /// Reports that a value does not have the expected type.
    pub(crate) fn wrong_type(&mut self, node: &Node, place: Span, expected: &str, help: &str) {
        let place = if node.span.length == 0 { place } else { node.span };
        self.error(self.dialect.wrong_type, place, format!("{expected}, but found {}", node.what()), help);
    }
}

impl<'n> Fields<'n> {
    /// Returns whether an unknown key is probably a misspelling. In that case, the intended key is not reported as
    /// missing.
    pub(crate) fn has_misspelt(&self) -> bool {
        !self.misspelt.is_empty()
    }

    /// Returns whether an unknown key is probably a misspelling of this one.
    pub(crate) fn is_misspelt(&self, key: &str) -> bool {
        self.misspelt.iter().any(|misspelt| misspelt == key)
    }

    /// Returns the entry of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }
}

/// Returns the words, each in backticks, separated by commas.
pub(crate) fn quoted<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
