//! Prefix lists: ordered entries with length bounds (`ge`, `le`), the first that matches decides.

use std::fmt;
use std::str::FromStr;

use crate::addr::{IpPrefix, PrefixError};

/// One entry: prefixes that `prefix` covers and whose length is in bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixListEntry {
    permit: bool,
    prefix: IpPrefix,
    shortest: u8,
    longest: u8,
}

/// Ordered entries. The first that matches decides; a prefix that none matches is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixList {
    /// The entries, in the order in which they are asked.
    pub entries: Vec<PrefixListEntry>,
}

/// Why a text or its numbers are no entry of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixListError {
    /// The prefix is none.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// Bounds that no prefix can satisfy, or that leave the family.
    #[error(
        "`ge {shortest} le {longest}` does not fit `{prefix}`: the order must be {length} <= ge <= le <= {width}"
    )]
    Bounds {
        /// The prefix of the entry.
        prefix: IpPrefix,
        /// Its length.
        length: u8,
        /// The lower bound, given or implied.
        shortest: u8,
        /// The upper bound, given or implied.
        longest: u8,
        /// The family's width in bits.
        width: u8,
    },
    /// A word that belongs nowhere.
    #[error("`{text}` is not understood at `{word}`; write `[permit|deny] PREFIX [ge N] [le N]`")]
    Word {
        /// The whole text.
        text: String,
        /// The word.
        word: String,
    },
}

impl PrefixListEntry {
    /// An entry as routers have it: without bounds `prefix` itself and nothing else; `ge` alone goes
    /// up to the family's width, `le` alone starts at the prefix's own length. Both are inclusive.
    ///
    /// # Errors
    ///
    /// [`PrefixListError::Bounds`] unless length <= ge <= le <= width.
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

    /// Whether the prefixes that it matches are permitted.
    pub fn permits(&self) -> bool {
        self.permit
    }

    /// The prefix that covers all that it matches.
    pub fn prefix(&self) -> IpPrefix {
        self.prefix
    }

    /// The shortest and the longest length that it matches, both inclusive.
    pub fn lengths(&self) -> (u8, u8) {
        (self.shortest, self.longest)
    }

    /// Whether `prefix` is covered and its length in bounds.
    pub fn matches(&self, prefix: IpPrefix) -> bool {
        (self.shortest..=self.longest).contains(&prefix.length()) && self.prefix.covers(prefix)
    }
}

impl FromStr for PrefixListEntry {
    type Err = PrefixListError;

    /// `[permit|deny] PREFIX [ge N] [le N]`; `permit` where neither stands.
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
    /// The shortest text that reads back as this entry.
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
    /// A list of these entries.
    pub fn new(entries: impl IntoIterator<Item = PrefixListEntry>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }

    /// The entry that decides about `prefix`, with its index, or `None` where none matches. O(n).
    pub fn deciding(&self, prefix: IpPrefix) -> Option<(usize, &PrefixListEntry)> {
        self.entries.iter().enumerate().find(|(_, entry)| entry.matches(prefix))
    }

    /// Whether `prefix` is permitted: the first matching entry says so; none matching denies. O(n).
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
