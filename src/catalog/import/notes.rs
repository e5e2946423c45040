//! Counts the deviations that were accepted, with the first position of each.

use std::collections::BTreeMap;
use std::fmt;

/// A deviation that does not change the meaning of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tolerance {
    /// The file starts with a UTF-8 byte order mark.
    ByteOrderMark,
    /// The file is UTF-16, as redirection in old PowerShell versions writes; it was converted.
    Utf16,
    /// A line ends in carriage return and line feed.
    CarriageReturn,
    /// A line of other text precedes or follows the JSON; it was ignored.
    TextAround,
    /// A prefix has host bits set; they were cleared.
    HostBits,
    /// A prefix is IPv4-mapped, such as `::ffff:192.0.2.0/120`; it was read as IPv4.
    Ipv4Mapped,
    /// A prefix occurs twice in one record; the second one was ignored.
    DuplicatePrefix,
    /// Two records have the same name; their prefixes were joined.
    DuplicateRecord,
    /// A field is unknown to peerpath; it was ignored.
    UnknownField,
    /// A list that usually exists is missing; it was read as empty.
    MissingList,
    /// A field other than a list is missing or `null`; it was read as the most cautious value.
    MissingField,
    /// A number or a boolean is written as text.
    TypedAsText,
    /// White space or control characters in a text were reduced to single spaces.
    WhiteSpace,
    /// A community entry lists no prefix.
    CommunityWithoutPrefixes,
    /// A community entry has no value of the form `12076:5010`; the entry was ignored.
    OddCommunity,
    /// The instance of endpoint sets was derived from their host names.
    InstanceByUrls,
}

impl Tolerance {
    /// Returns a stable name for output, such as `host-bits`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte-order-mark",
            Self::Utf16 => "utf-16",
            Self::CarriageReturn => "carriage-return",
            Self::TextAround => "text-around",
            Self::HostBits => "host-bits",
            Self::Ipv4Mapped => "ipv4-mapped",
            Self::DuplicatePrefix => "duplicate-prefix",
            Self::DuplicateRecord => "duplicate-record",
            Self::UnknownField => "unknown-field",
            Self::MissingList => "missing-list",
            Self::MissingField => "missing-field",
            Self::TypedAsText => "typed-as-text",
            Self::WhiteSpace => "white-space",
            Self::CommunityWithoutPrefixes => "community-without-prefixes",
            Self::OddCommunity => "odd-community",
            Self::InstanceByUrls => "instance-by-urls",
        }
    }

    /// Returns a short description for reports.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "the file starts with a byte order mark",
            Self::Utf16 => "the file is UTF-16 and was converted",
            Self::CarriageReturn => "lines end in carriage return and line feed",
            Self::TextAround => "lines of other text around the JSON were ignored",
            Self::HostBits => "host bits in prefixes were cleared",
            Self::Ipv4Mapped => "IPv4-mapped prefixes were read as IPv4",
            Self::DuplicatePrefix => "duplicate prefixes in a record were ignored",
            Self::DuplicateRecord => "records with the same name were joined",
            Self::UnknownField => "unknown fields were ignored",
            Self::MissingList => "missing lists were read as empty",
            Self::MissingField => "each missing field was read as the most cautious value",
            Self::TypedAsText => "numbers or booleans are written as text",
            Self::WhiteSpace => "white space in texts was collapsed",
            Self::CommunityWithoutPrefixes => "community entries list no prefix",
            Self::OddCommunity => "entries without a valid community value were ignored",
            Self::InstanceByUrls => "the instance was derived from the host names",
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often each [`Tolerance`] occurred in one file, and where it occurred first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedNotes {
    counts: BTreeMap<Tolerance, (u64, String)>,
}

impl FeedNotes {
    /// Returns how often a tolerance occurred.
    pub fn count(&self, tolerance: Tolerance) -> u64 {
        self.counts.get(&tolerance).map_or(0, |(count, _)| *count)
    }

    /// Returns the total of all occurrences.
    pub fn total(&self) -> u64 {
        self.counts.values().map(|(count, _)| count).sum()
    }

    /// Returns each tolerance that occurred, with its count and its first position. The position is a JSON
    /// path or a line, or empty if the tolerance concerns the file as a whole.
    pub fn iter(&self) -> impl Iterator<Item = (Tolerance, u64, &str)> {
        self.counts.iter().map(|(tolerance, (count, first))| (*tolerance, *count, first.as_str()))
    }

    /// Counts one occurrence of `tolerance`. The position is computed only for the first occurrence.
    pub(super) fn add(&mut self, tolerance: Tolerance, place: impl FnOnce() -> String) {
        let entry = self.counts.entry(tolerance).or_insert_with(|| (0, place()));
        entry.0 += 1;
    }

    /// Counts `count` occurrences of `tolerance` at unknown positions.
    pub(super) fn count_many(&mut self, tolerance: Tolerance, count: usize) {
        if count > 0 {
            let entry = self.counts.entry(tolerance).or_default();
            entry.0 = entry.0.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
}
