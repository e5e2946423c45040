//! Counts of tolerated deviations, with the first occurrence of each.

use std::collections::BTreeMap;

/// A deviation that does not change the meaning of an export, or an entry that was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExportTolerance {
    /// A line of other text before or after the JSON.
    TextAround,
    /// An unknown field in a row of routes; it was ignored.
    UnknownField,
    /// A prefix with host bits set; the host bits were cleared.
    HostBits,
    /// An IPv4-mapped IPv6 prefix, such as `::ffff:192.0.2.0/120`; it was read as IPv4.
    Ipv4Mapped,
    /// An unreadable value; its entry was skipped.
    OddValue,
    /// A row without content; it was skipped.
    EmptyRow,
    /// The response has more pages, which are not in the file.
    MorePages,
    /// One of several responses in the file was rejected.
    PartRefused,
}

impl ExportTolerance {
    /// Returns a stable name for output: `host-bits`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TextAround => "text-around",
            Self::UnknownField => "unknown-field",
            Self::HostBits => "host-bits",
            Self::Ipv4Mapped => "ipv4-mapped",
            Self::OddValue => "odd-value",
            Self::EmptyRow => "empty-row",
            Self::MorePages => "more-pages",
            Self::PartRefused => "part-refused",
        }
    }

    /// Returns whether the deviation means that a part of the export is missing from the result.
    pub const fn loses(self) -> bool {
        matches!(self, Self::OddValue | Self::MorePages | Self::PartRefused)
    }
}

/// The number of occurrences of each [`ExportTolerance`] in one file, with the first occurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadNotes {
    counts: BTreeMap<ExportTolerance, (u64, String)>,
}

impl ReadNotes {
    /// Returns each tolerance that occurred, with its count and its first occurrence: the name of a field, or the
    /// reason why a part was rejected.
    pub fn iter(&self) -> impl Iterator<Item = (ExportTolerance, u64, &str)> {
        self.counts.iter().map(|(tolerance, (count, first))| (*tolerance, *count, first.as_str()))
    }

    pub(super) fn add(&mut self, tolerance: ExportTolerance, place: &str) {
        self.add_many(tolerance, 1, place);
    }

    pub(super) fn add_many(&mut self, tolerance: ExportTolerance, count: u64, place: &str) {
        if count > 0 {
            let entry = self.counts.entry(tolerance).or_insert_with(|| (0, place.to_owned()));
            entry.0 = entry.0.saturating_add(count);
        }
    }
}
