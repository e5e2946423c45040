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
            let mut message = format!("setting that this file does not contain: {}", what.value);
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
                "add the setting to this file if there is a key for it, and remove the entry; results that depend on the setting may be wrong",
            );
        }
    }
}
