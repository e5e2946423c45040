//! Prefix lists: ordered entries with length bounds (`ge`, `le`); the first matching entry decides.

use std::fmt;
use std::str::FromStr;

use crate::addr::{IpPrefix, PrefixError};

/// An entry of a prefix list. It matches prefixes that `prefix` covers and whose length is within the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixListEntry {
    permit: bool,
    prefix: IpPrefix,
    shortest: u8,
    longest: u8,
}

/// A prefix list: ordered entries, of which the first matching entry decides. A prefix that matches no entry is
/// denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixList {
    /// The entries, in the order of evaluation.
    pub entries: Vec<PrefixListEntry>,
}

/// The reason why a text, or the numbers in it, are not an entry of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixListError {
    /// The prefix is not valid.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The bounds cannot match any prefix, or exceed the address length.
    #[error(
        "`ge {shortest} le {longest}` does not fit `{prefix}`: the order must be {length} <= ge <= le <= {width}"
    )]
    Bounds {
        /// The prefix of the entry.
        prefix: IpPrefix,
        /// The length of that prefix.
        length: u8,
        /// The lower bound, given or implied.
        shortest: u8,
        /// The upper bound, given or implied.
        longest: u8,
        /// The address length in the family, in bits.
        width: u8,
    },
    /// A word that is not part of the syntax.
    #[error("`{text}` is not understood at `{word}`; write `[permit|deny] PREFIX [ge N] [le N]`")]
    Word {
        /// The whole text.
        text: String,
        /// The word that is not valid.
        word: String,
    },
}

impl PrefixListEntry {
    /// Builds an entry with router semantics: without bounds, the entry matches exactly `prefix`; with only `ge`, it
    /// matches lengths up to the address length; with only `le`, it matches lengths from the prefix's own length.
    /// Both bounds are inclusive.
    ///
    /// # Errors
    ///
    /// Returns [`PrefixListError::Bounds`] unless length <= ge <= le <= width.
    pub fn new(
        permit: bool,
        prefix: IpPrefix,
        ge: Option<u8>,
        le: Option<u8>,
    ) -> Result<Self, PrefixListError> {
        let width = IpPrefix::host(prefix.first()).length();
        let length = prefix.length();
        let shortest = ge.unwrap_or(length);
        let longest = le.unwrap_or(if ge.is_some() { width } else { length });
        if length <= shortest && shortest <= longest && longest <= width {
            Ok(Self { permit, prefix, shortest, longest })
        } else {
            Err(PrefixListError::Bounds { prefix, length, shortest, longest, width })
        }
    }

    /// Returns whether the entry permits matching prefixes.
    pub fn permits(&self) -> bool {
        self.permit
    }

    /// Returns the prefix that covers all matching prefixes.
    pub fn prefix(&self) -> IpPrefix {
        self.prefix
    }

    /// Returns the shortest and the longest prefix length that match, both inclusive.
    pub fn lengths(&self) -> (u8, u8) {
        (self.shortest, self.longest)
    }

    /// Returns whether the entry covers `prefix` and the length of `prefix` is within the bounds.
    pub fn matches(&self, prefix: IpPrefix) -> bool {
        (self.shortest..=self.longest).contains(&prefix.length()) && self.prefix.covers(prefix)
    }
}

impl FromStr for PrefixListEntry {
    type Err = PrefixListError;

    /// Parses `[permit|deny] PREFIX [ge N] [le N]`; the default is `permit`.
    fn from_str(text: &str) -> Result<Self, PrefixListError> {
        let not_understood =
            |word: &str| PrefixListError::Word { text: text.to_owned(), word: word.to_owned() };
        let mut words = text.split_whitespace().peekable();
        let permit = match words.peek() {
            Some(&"deny") => words.next().is_none(),
            Some(&"permit") => words.next().is_some(),
            _ => true,
        };
        let prefix = words.next().ok_or_else(|| not_understood(""))?.parse()?;
        let (mut ge, mut le) = (None, None);
        while let Some(word) = words.next() {
            let bound = match word {
                "ge" if ge.is_none() => &mut ge,
                "le" if le.is_none() => &mut le,
                _ => return Err(not_understood(word)),
            };
            let number = words.next().unwrap_or_default();
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            *bound = Some(number.parse().ok().filter(|_: &u8| digits).ok_or_else(|| not_understood(number))?);
        }
        Self::new(permit, prefix, ge, le)
    }
}

impl fmt::Display for PrefixListEntry {
    /// Writes the shortest text that parses to this entry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.prefix.length();
        let width = IpPrefix::host(self.prefix.first()).length();
        write!(f, "{} {}", if self.permit { "permit" } else { "deny" }, self.prefix)?;
        let ge = self.shortest != length || (self.longest == width && self.longest != length);
        if ge && self.longest == width {
            return write!(f, " ge {}", self.shortest);
        }
        if ge {
            write!(f, " ge {}", self.shortest)?;
        }
        if self.longest == length { Ok(()) } else { write!(f, " le {}", self.longest) }
    }
}

impl PrefixList {
    /// Builds a list of these entries.
    pub fn new(entries: impl IntoIterator<Item = PrefixListEntry>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }

    /// Returns the entry that decides for `prefix`, with its index, or `None` if no entry matches. O(n).
    pub fn deciding(&self, prefix: IpPrefix) -> Option<(usize, &PrefixListEntry)> {
        self.entries.iter().enumerate().find(|(_, entry)| entry.matches(prefix))
    }

    /// Returns whether the list permits `prefix`. The first matching entry decides. If no entry matches, `prefix` is
    /// denied. O(n).
    pub fn permits(&self, prefix: IpPrefix) -> bool {
        self.deciding(prefix).is_some_and(|(_, entry)| entry.permit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_reads() {
        for text in [
            "permit 10.0.0.0/8",
            "deny 0.0.0.0/0",
            "permit 0.0.0.0/0 ge 0",
            "permit 10.0.0.0/8 ge 8",
            "permit 10.0.0.0/8 le 24",
            "deny 10.0.0.0/8 ge 16 le 24",
            "permit 10.0.0.0/8 ge 25",
            "permit 10.0.0.1/32",
            "permit 2603:1000::/24 le 48",
            "permit ::/0 ge 48 le 48",
        ] {
            let entry: PrefixListEntry = text.parse().unwrap();
            assert_eq!(entry.to_string(), text);
        }
    }
}
