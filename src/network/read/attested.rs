//! Answers of people in the file.

use jiff::civil::Date;

use crate::catalog::{GUIDES, guide_item};
use crate::diag::{Code, Spanned};
use crate::network::Attested;
use crate::network::read::{Conversion, keys};
use crate::yaml::fields::Fields;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::Node;

impl Conversion<'_> {
    /// Reads the answers; each item has at most one.
    pub(super) fn attested(&mut self, file: &Fields<'_>) -> Vec<Attested> {
        let entries = self.entries(file, "attested", Self::one_attested);
        let mut all: Vec<Attested> = Vec::new();
        for entry in entries.into_iter().flatten() {
            if all.iter().any(|known| known.item.value == entry.item.value) {
                let message = format!("`{}` is attested twice", entry.item.value);
                self.reader.error(
                    Code::NETWORK_REPEATED,
                    entry.item.span,
                    message,
                    "keep one of the entries",
                );
                continue;
            }
            all.push(entry);
        }
        all
    }

    fn one_attested(&mut self, node: &Node) -> Option<Attested> {
        let fields = self.reader.fields(node, "an attested item", keys::ATTESTED, node.span)?;
        let item = self.reader.required_text(&fields, "item", "G26");
        let item = item.and_then(|item| self.known_item(item));
        let by = self.reader.required_text(&fields, "by", "\"A. Example\"");
        let on = self.reader.required_text(&fields, "on", "2026-11-30").and_then(|on| self.day(&on));
        let note = self.reader.required_text(&fields, "note", "\"how this is known\"");
        Some(Attested { item: item?, by: by?.value, on: on?, note: note?.value, span: node.span })
    }

    fn known_item(&mut self, text: Spanned<String>) -> Option<Spanned<String>> {
        if guide_item(&text.value).is_some() {
            return Some(text);
        }
        let all = GUIDES.iter().flat_map(|guide| guide.items).map(|item| item.id);
        let help = match nearest(&text.value, all) {
            Some(id) => format!("did you mean `{id}`?"),
            None => "write the id that `peerpath check --guide` prints, such as `G26`".to_owned(),
        };
        let message = format!("no guide has an item `{}`", text.value);
        self.reader.error(Code::NETWORK_REFERENCE, text.span, message, help);
        None
    }

    fn day(&mut self, text: &Spanned<String>) -> Option<Spanned<Date>> {
        let date = text.value.parse::<Date>().ok().filter(|date| date.to_string() == text.value);
        if date.is_none() {
            let message = format!("`{}` is not a date", text.value);
            let help = "write the day of the answer as year, month and day, such as `2026-11-30`";
            self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
        }
        date.map(|date| Spanned::new(date, text.span))
    }
}
