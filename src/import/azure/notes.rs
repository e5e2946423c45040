//! What was accepted although it is not as it should be: counted, with the first place of each.

use std::collections::BTreeMap;

/// A deviation that does not change what an export says, or an entry of it that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tolerance {
    /// A line of other text stands around the JSON.
    TextAround,
    /// A field of a row of routes that this program does not know; it was left out.
    UnknownField,
    /// A prefix has bits set past its length; they were cleared.
    HostBits,
    /// A prefix is IPv4 written in IPv6, `::ffff:192.0.2.0/120`; it was read as IPv4.
    Ipv4Mapped,
    /// A value cannot be read; the entry was left out.
    OddValue,
    /// A row without content; it was left out.
    EmptyRow,
    /// The answer says that more pages follow; what follows is missing here.
    MorePages,
    /// One of several answers in the file was not taken.
    PartRefused,
}

impl Tolerance {
    /// A stable name for output: `host-bits`.
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

    /// Whether something of the export is missing in the result because of it.
    pub const fn loses(self) -> bool {
        matches!(self, Self::OddValue | Self::MorePages | Self::PartRefused)
    }
}

/// How often each [`Tolerance`] was needed in one file, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadNotes {
    counts: BTreeMap<Tolerance, (u64, String)>,
}

impl ReadNotes {
    /// Each tolerance that was needed, with its count and the first place: a field's name, or the
    /// reason why a part was refused.
    pub fn iter(&self) -> impl Iterator<Item = (Tolerance, u64, &str)> {
        self.counts.iter().map(|(tolerance, (count, first))| (*tolerance, *count, first.as_str()))
    }

    pub(super) fn add(&mut self, tolerance: Tolerance, place: &str) {
        self.add_many(tolerance, 1, place);
    }

    pub(super) fn add_many(&mut self, tolerance: Tolerance, count: u64, place: &str) {
        if count > 0 {
            let entry = self.counts.entry(tolerance).or_insert_with(|| (0, place.to_owned()));
            entry.0 = entry.0.saturating_add(count);
        }
    }
}
