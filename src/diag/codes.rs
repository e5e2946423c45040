//! Every diagnostic code once: its name, title and explanation.

use std::fmt;

/// A stable name of a kind of diagnostic, such as `network::unknown-key`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// The code of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        CODES.iter().find(|entry| entry.code.0 == name).map(|entry| entry.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// A code with what it means.
#[derive(Clone, Copy, Debug)]
pub struct CodeEntry {
    /// The code.
    pub code: Code,
    /// What it says, in a few words.
    pub title: &'static str,
    /// Why it is said and how to mend it.
    pub explanation: &'static str,
}

/// Declares each code as a constant of [`Code`] and lists it in [`CODES`].
macro_rules! codes {
    ($($constant:ident = $name:literal, $title:literal, $explanation:literal;)*) => {
        impl Code {
            $(#[doc = $title] pub const $constant: Self = Self($name);)*
        }

        /// Every code, ordered by name.
        pub const CODES: &[CodeEntry] = &[
            $(CodeEntry { code: Code::$constant, title: $title, explanation: $explanation },)*
        ];
    };
}

codes! {
    NETWORK_SYNTAX = "network::syntax", "the network file is not valid YAML or has a value of the wrong type",
        "The file could not be read as YAML, or a value has another type than the format asks for. The format is described in docs/formats.md; `peerpath schema network` prints its JSON Schema for editors.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_ordered() {
        assert!(CODES.is_sorted_by(|left, right| left.code < right.code));
        assert_eq!(Code::by_name("network::syntax"), Some(Code::NETWORK_SYNTAX));
    }
}
