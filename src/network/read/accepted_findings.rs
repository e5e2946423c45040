//! Accepted findings in the file.

use crate::diag::{CODES, Code, Spanned};
use crate::network::Accepted;
use crate::network::read::{Conversion, keys};
use crate::yaml::fields::Fields;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::Node;

impl Conversion<'_> {
    pub(super) fn accepted(&mut self, node: &Node) -> Option<Accepted> {
        let fields = self.reader.fields(node, "an accepted finding", keys::ACCEPTED, node.span)?;
        let code = self.reader.required_text(&fields, "code", "lint::no-bfd");
        let code = code.and_then(|code| self.rule(code));
        let at = self.reader.optional_text(&fields, "at");
        let reason = self.reader.required_text(&fields, "reason", "\"why this is intended\"");
        let until = self.until(&fields);
        Some(Accepted { code: code?, at, reason: reason?.value, until: until?, span: node.span })
    }

    /// Reads the code of a readiness rule. Other codes report mistakes in the file, which must be corrected and
    /// cannot be accepted.
    fn rule(&mut self, text: Spanned<String>) -> Option<Spanned<String>> {
        let rules = || CODES.iter().map(|entry| entry.code.name()).filter(|name| name.starts_with("lint::"));
        if rules().any(|name| name == text.value) {
            return Some(text);
        }
        let help = match nearest(&text.value, rules()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "write the code that `peerpath check` prints, such as `lint::no-bfd`".to_owned(),
        };
        let message = format!("there is no rule `{}`", text.value);
        self.reader.error(Code::NETWORK_REFERENCE, text.span, message, help);
        None
    }

    fn until(&mut self, fields: &Fields<'_>) -> Option<jiff::civil::Date> {
        let text = self.reader.required_text(fields, "until", "2027-06-30")?;
        let date = text.value.parse::<jiff::civil::Date>().ok();
        let date = date.filter(|date| date.to_string() == text.value);
        if date.is_none() {
            let message = format!("`{}` is not a date", text.value);
            let help = "write the last day on which the finding is accepted as year, month and day, such as `2027-06-30`";
            self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
        }
        date
    }
}
