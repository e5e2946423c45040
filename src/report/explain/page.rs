//! A page of indented text, as printed by `explain`.

use crate::addr::IpPrefix;

/// Text that grows line by line.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// Returns the text.
    pub(super) fn text(self) -> String {
        self.0
    }

    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    pub(super) fn field(&mut self, name: &str, value: &str) {
        self.line(&format!("  {name:<10} {value}"));
    }

    pub(super) fn item(&mut self, text: &str) {
        self.line(&format!("             {text}"));
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.line("");
        self.line(&format!("  {text}"));
    }

    pub(super) fn row(&mut self, prefix: IpPrefix, text: &str) {
        self.line(&format!("    {:<22} {text}", prefix.to_string()));
    }

    pub(super) fn none_if(&mut self, empty: bool) {
        if empty {
            self.line("    none");
        }
    }
}
