//! Unsupported settings that the file lists.

use crate::diag::Code;
use crate::network::read::{Conversion, keys};
use crate::yaml::fields::Fields;

impl Conversion<'_> {
    /// Warns about each entry of `unsupported`, because results ignore the setting in the entry.
    pub(super) fn unsupported(&mut self, file: &Fields<'_>) {
        let items = self.reader.list(file.get("unsupported"), "[{what: \"…\"}]");
        for item in items {
            let Some(fields) =
                self.reader.fields(item, "an entry of `unsupported`", keys::UNSUPPORTED, item.span)
            else {
                continue;
            };
            let what = self.reader.required_text(&fields, "what", "\"allowVirtualNetworkAccess: false (…)\"");
            let effect = self.reader.optional_text(&fields, "effect");
            let source = self.reader.optional_text(&fields, "source");
            let Some(what) = what else { continue };
            let mut message = format!("not described in this file: {}", what.value);
            if let Some(source) = source {
                message.push_str(&format!(", from {}", source.value));
            }
            if let Some(effect) = effect {
                message.push_str(&format!("; {}", effect.value));
            }
            self.reader.warning(
                Code::NETWORK_UNSUPPORTED,
                what.span,
                message,
                "describe this in the file as completely as its keys allow, then remove the entry; until then, results that depend on this may be wrong",
            );
        }
    }
}
