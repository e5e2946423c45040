//! The items that an import skipped or corrected, counted by reason, with the first positions for each reason.

use std::collections::BTreeMap;
use std::fmt;

/// The reason why an item was skipped, or the type of correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImportNote {
    /// A line that is not a prefix; skipped.
    NotAPrefix,
    /// A field that is not valid; the route is skipped.
    BadField,
    /// A record that cannot be decoded; skipped.
    BadRecord,
    /// A route at the end of an MRT record that cannot be decoded; skipped.
    BadEntry,
    /// The file ends inside a record; the records before it are used.
    Truncated,
    /// A route from a peer that the file does not declare; skipped.
    UnknownPeer,
    /// A multicast, VPN or other table that is not used to forward unicast packets; skipped.
    OtherTable,
    /// An update or a state change of a session, not a table entry; skipped.
    NotARoute,
    /// A route that the router marks as not valid; skipped.
    NotValid,
    /// Host bits beyond the prefix length; cleared.
    HostBitsCleared,
    /// An IPv4-mapped IPv6 prefix, such as `::ffff:192.0.2.0/120`, in a list or CSV file; read as IPv4.
    Ipv4Mapped,
    /// Extended communities; the route is used without them.
    ExtendedCommunities,
    /// An unknown column in a CSV file; ignored.
    UnknownColumn,
    /// An attribute that violates its RFC (RFC 7606); the route is used as decoded.
    AttributeWarning,
    /// A row in a list or CSV file, if a later row from the same peer has other attributes for the same prefix; the
    /// later row is used, as on a session (RFC 4271 section 9.1.4).
    Replaced,
    /// A row in a list or CSV file that a later row repeats; the route is used once. In a router's table, repetition
    /// is detected only if the table has more than a million routes.
    Repeated,
}

impl ImportNote {
    /// Returns whether the route was skipped. Otherwise, it was used despite the note.
    pub const fn is_loss(self) -> bool {
        !matches!(
            self,
            Self::HostBitsCleared
                | Self::Ipv4Mapped
                | Self::ExtendedCommunities
                | Self::UnknownColumn
                | Self::AttributeWarning
                | Self::Replaced
                | Self::Repeated
        )
    }

    /// Returns whether part of the file cannot be read, so that a route may be missing. This excludes content that is
    /// skipped correctly (other tables, updates, routes that are not valid).
    pub const fn is_unreadable(self) -> bool {
        matches!(
            self,
            Self::NotAPrefix
                | Self::BadField
                | Self::BadRecord
                | Self::BadEntry
                | Self::Truncated
                | Self::UnknownPeer
        )
    }

    /// Returns whether a readable item is not used exactly as written.
    pub const fn is_mended(self) -> bool {
        matches!(
            self,
            Self::HostBitsCleared
                | Self::Ipv4Mapped
                | Self::UnknownColumn
                | Self::AttributeWarning
                | Self::Replaced
                | Self::Repeated
        )
    }

    /// Returns whether a correction may not be what was intended, so that results may be wrong.
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::HostBitsCleared | Self::Replaced)
    }

    /// Returns the reason in a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAPrefix => "not a prefix",
            Self::BadField => "a field is not valid",
            Self::BadRecord => "a record cannot be decoded",
            Self::BadEntry => "a route in a record cannot be decoded",
            Self::Truncated => "the file ends inside a record",
            Self::UnknownPeer => "the peer is not in the file",
            Self::OtherTable => "not a unicast table",
            Self::NotARoute => "an update or state change, not a table entry",
            Self::NotValid => "marked as not valid",
            Self::HostBitsCleared => "host bits cleared",
            Self::Ipv4Mapped => "IPv4-mapped, read as IPv4",
            Self::ExtendedCommunities => "extended communities ignored",
            Self::UnknownColumn => "unknown column ignored",
            Self::AttributeWarning => "an attribute violates its RFC",
            Self::Replaced => "replaced by a later row for the same peer",
            Self::Repeated => "repeated by a later row",
        }
    }
}

impl fmt::Display for ImportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// A line, from 1.
    Line(u64),
    /// A record in a binary file.
    Record {
        /// The number of the record, from 1.
        number: u64,
        /// The offset of the record's first byte, from 0, after decompression.
        offset: u64,
    },
    /// A path in a JSON file, such as `$.routes["10.0.0.0/8"][1]`.
    Json(String),
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Record { number, offset } => write!(f, "record {number} at byte {offset}"),
            Self::Json(path) => f.write_str(path),
        }
    }
}

/// The number of occurrences of a reason, and the first positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteCount {
    /// The number of occurrences.
    pub count: u64,
    /// The first positions, up to [`TableNotes::PLACES`], each with the beginning of the text at that position.
    pub places: Vec<(FilePlace, String)>,
}

/// All notes of one import, in a fixed order of reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableNotes(BTreeMap<ImportNote, NoteCount>);

impl TableNotes {
    /// The maximum number of positions that are kept for each reason.
    pub const PLACES: usize = 5;

    /// Returns the number of occurrences of a reason.
    pub fn count(&self, note: ImportNote) -> u64 {
        self.0.get(&note).map_or(0, |count| count.count)
    }

    /// Returns the number of skipped records, for all reasons.
    pub fn left_out(&self) -> u64 {
        self.0.iter().filter(|(note, _)| note.is_loss()).map(|(_, count)| count.count).sum()
    }

    /// Returns the number of unreadable items, for all reasons (see [`ImportNote::is_unreadable`]).
    pub fn unreadable(&self) -> u64 {
        self.0.iter().filter(|(note, _)| note.is_unreadable()).map(|(_, count)| count.count).sum()
    }

    /// Returns the number of items not used as written, for all reasons (see [`ImportNote::is_mended`]).
    pub fn mended(&self) -> u64 {
        self.0.iter().filter(|(note, _)| note.is_mended()).map(|(_, count)| count.count).sum()
    }

    /// Returns whether there are no notes, so that the whole file was used as written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each reason that occurred, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (ImportNote, &NoteCount)> {
        self.0.iter().map(|(note, count)| (*note, count))
    }

    /// Returns the same notes without any text from the file, but with numbers and positions.
    #[must_use]
    pub fn without_text(mut self) -> Self {
        for (place, text) in self.0.values_mut().flat_map(|count| &mut count.places) {
            text.clear();
            if matches!(place, FilePlace::Json(_)) {
                *place = FilePlace::Json("a position in the JSON".to_owned());
            }
        }
        self
    }

    /// Adds a count of rows with the same note about a prefix, and the lines of the first of them. Of all positions,
    /// the earliest are kept.
    pub(super) fn add_rows(
        &mut self,
        note: ImportNote,
        times: u64,
        lines: &[u64],
        prefix: &impl fmt::Display,
    ) {
        let count = self.0.entry(note).or_default();
        count.count += times;
        for line in lines {
            let before =
                |place: &(FilePlace, String)| matches!(place.0, FilePlace::Line(other) if other < *line);
            let at = count.places.partition_point(before);
            if at < Self::PLACES {
                count.places.insert(at, (FilePlace::Line(*line), prefix.to_string()));
                count.places.truncate(Self::PLACES);
            }
        }
    }

    /// Returns whether the next note with this reason is kept with its position and text.
    #[cfg(feature = "mrt")]
    pub(super) fn keeps_text(&self, note: ImportNote) -> bool {
        self.0.get(&note).is_none_or(|count| count.places.len() < Self::PLACES)
    }

    pub(super) fn add(&mut self, note: ImportNote, place: impl FnOnce() -> FilePlace, text: &str) {
        self.add_many(note, 1, place, text);
    }

    pub(super) fn add_many(
        &mut self,
        note: ImportNote,
        times: u64,
        place: impl FnOnce() -> FilePlace,
        text: &str,
    ) {
        const LONGEST: usize = 80;
        let count = self.0.entry(note).or_default();
        count.count += times;
        if count.places.len() < Self::PLACES {
            count.places.push((place(), text.trim().chars().take(LONGEST).collect()));
        }
    }
}
