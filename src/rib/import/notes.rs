//! What an import left out or mended: counted by reason, with the first places of each.

use std::collections::BTreeMap;
use std::fmt;

/// Why something was left out, or what was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImportNote {
    /// A line that is no prefix; left out.
    NotAPrefix,
    /// A field that does not parse; its route is left out.
    BadField,
    /// A record that cannot be decoded; left out.
    BadRecord,
    /// Routes at the end of an MRT record that cannot be decoded; left out, one count each.
    BadEntry,
    /// The file ends inside a record; what came before is used.
    Truncated,
    /// A route of a peer that the file does not introduce; left out.
    UnknownPeer,
    /// A multicast, VPN or other table that does not forward unicast packets; left out.
    OtherTable,
    /// An update or a change of state of a session, no table entry; left out.
    NotARoute,
    /// A route that its router marks as not valid; left out.
    NotValid,
    /// Host bits past the length; cleared.
    HostBitsCleared,
    /// IPv4 written in IPv6, `::ffff:192.0.2.0/120`, in a list or CSV; read as IPv4.
    Ipv4Mapped,
    /// Extended communities; the route is used without them.
    ExtendedCommunities,
    /// A column of a CSV file that means nothing here; passed over.
    UnknownColumn,
    /// An attribute that breaks its RFC (RFC 7606); the route is used as decoded.
    AttributeWarning,
    /// A row of a list or CSV after which the same peer has other attributes for the same prefix; the later row
    /// stands, as on a session (RFC 4271 section 9.1.4).
    Replaced,
    /// A row of a list or CSV that a later one says again; counted once. Of a router's table only where it has more than
    /// a million routes.
    Repeated,
}

impl ImportNote {
    /// Whether a route was lost; otherwise it was used all the same.
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

    /// Whether something stands in the file that cannot be read, so that a route may be missing. What is rightly left
    /// out (other tables, updates, routes that are not valid) is none.
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

    /// Whether something that could be read is not used as it stands.
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

    /// Whether something was mended that may have been meant otherwise, so that answers may be wrong.
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::HostBitsCleared | Self::Replaced)
    }

    /// The reason in a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAPrefix => "not a prefix",
            Self::BadField => "a field does not parse",
            Self::BadRecord => "a record cannot be decoded",
            Self::BadEntry => "a route of a record cannot be decoded",
            Self::Truncated => "the file ends inside a record",
            Self::UnknownPeer => "the peer is not in the file",
            Self::OtherTable => "not a unicast table",
            Self::NotARoute => "an update or state change, not a table entry",
            Self::NotValid => "marked as not valid",
            Self::HostBitsCleared => "host bits cleared",
            Self::Ipv4Mapped => "IPv4-mapped, read as IPv4",
            Self::ExtendedCommunities => "extended communities passed over",
            Self::UnknownColumn => "unknown column passed over",
            Self::AttributeWarning => "an attribute breaks its RFC",
            Self::Replaced => "a later row of the peer replaces it",
            Self::Repeated => "a later row says it again",
        }
    }
}

impl fmt::Display for ImportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// A line, from 1.
    Line(u64),
    /// A record of a binary file.
    Record {
        /// Its number, from 1.
        number: u64,
        /// Its first byte, from 0, after decompression.
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

/// How often, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteCount {
    /// How often.
    pub count: u64,
    /// Up to [`ImportNotes::PLACES`] first places, with the start of what stands there.
    pub places: Vec<(FilePlace, String)>,
}

/// All notes of one import, in a fixed order of reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportNotes(BTreeMap<ImportNote, NoteCount>);

impl ImportNotes {
    /// How many places are kept for each reason.
    pub const PLACES: usize = 5;

    /// How often this happened.
    pub fn count(&self, note: ImportNote) -> u64 {
        self.0.get(&note).map_or(0, |count| count.count)
    }

    /// How many records were left out, all reasons together.
    pub fn left_out(&self) -> u64 {
        self.0.iter().filter(|(note, _)| note.is_loss()).map(|(_, count)| count.count).sum()
    }

    /// How often something could not be read, all reasons together (see [`ImportNote::is_unreadable`]).
    pub fn unreadable(&self) -> u64 {
        self.0.iter().filter(|(note, _)| note.is_unreadable()).map(|(_, count)| count.count).sum()
    }

    /// How often something was not used as it stands, all reasons together (see [`ImportNote::is_mended`]).
    pub fn mended(&self) -> u64 {
        self.0.iter().filter(|(note, _)| note.is_mended()).map(|(_, count)| count.count).sum()
    }

    /// Whether all of the file was used as it is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each reason that occurred, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (ImportNote, &NoteCount)> {
        self.0.iter().map(|(note, count)| (*note, count))
    }

    /// The same without any text of the file: numbers and places only.
    #[must_use]
    pub fn without_text(mut self) -> Self {
        for (place, text) in self.0.values_mut().flat_map(|count| &mut count.places) {
            text.clear();
            if matches!(place, FilePlace::Json(_)) {
                *place = FilePlace::Json("a place in its JSON".to_owned());
            }
        }
        self
    }

    /// Counts rows that say something of a prefix, of which the first stand on these lines; the earliest places of all
    /// are kept.
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

    /// Whether one more note of this reason is kept with its place and text.
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
