//! Imports routing tables in the formats of routers and collectors.
//!
//! ```text
//! file ─ gunzip ─ sniff ─▶ list | CSV | BIRD | FRR JSON | MRT ─▶ ImportedTable { peers, attributes, routes, notes }
//! ```
//!
//! A record that cannot be read is skipped and *counted* with the reason and its position ([`TableNotes`]). A file
//! without any route is rejected with an error that names the file's actual format, if it is detected. Inputs are
//! streamed and limited ([`MAX_TABLE_BYTES`]), so memory grows with the number of distinct routes and attributes, not
//! with the number of bytes.

mod bird;
mod csv;
mod frr;
mod input;
mod list;
#[cfg(feature = "mrt")]
mod mrt;
mod notes;
mod rows;
mod sniff;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::net::IpAddr;
use std::path::Path;

pub use input::MAX_TABLE_BYTES;
use input::{HEAD, failed, limited, peek, unpacked};
pub use notes::{FilePlace, ImportNote, NoteCount, TableNotes};

use super::{AttributeTable, Attributes, AttributesId, Route, SessionId};
use crate::addr::{EmbeddedV4, IpPrefix};
use crate::diag::{InputError, NotUtf8, Utf8Reader, open_file, wide_encoding};

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableFormat {
    /// One prefix per line; `#` and `;` begin a comment.
    List,
    /// Comma-separated values with a header that contains the column `prefix`.
    Csv,
    /// BIRD's `show route all`, versions 1 to 3.
    Bird,
    /// FRR's `show bgp ipv4|ipv6 unicast json`, with or without `detail`.
    FrrJson,
    /// MRT routing information base dumps: TABLE_DUMP and TABLE_DUMP_V2 (RFC 6396, RFC 8050).
    Mrt,
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::List => "list of prefixes",
            Self::Csv => "CSV",
            Self::Bird => "BIRD `show route all`",
            Self::FrrJson => "FRR `show bgp json`",
            Self::Mrt => "MRT table dump",
        })
    }
}

/// The peer that advertised a route, with the properties that the file contains.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportedPeer {
    /// The name, if the file contains it (BIRD's protocol, a CSV column); empty otherwise.
    pub name: String,
    /// The address.
    pub address: Option<IpAddr>,
    /// The ASN.
    pub asn: Option<u32>,
}

/// A route in a file: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedRoute {
    /// The route; its session is an index into [`ImportedTable::peers`].
    pub route: Route,
    /// Whether the file marks the route as the router's best path; `None` if the format has no such mark.
    pub marked_best: Option<bool>,
}

/// An imported routing table.
#[derive(Clone, Debug)]
pub struct ImportedTable {
    /// The format of the table.
    pub format: TableFormat,
    /// The peers, in order of first appearance.
    pub peers: Vec<ImportedPeer>,
    /// The distinct attributes, in order of first appearance.
    pub attributes: AttributeTable,
    /// The routes, in the order of the file; never empty.
    pub routes: Vec<ImportedRoute>,
    /// The skipped and corrected items.
    pub notes: TableNotes,
}

/// The reason why a file yields no routes at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("`{name}` cannot be read: {error}")]
    Io {
        /// The file.
        name: String,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file is not a table.
    #[error("`{name}` is {what}, not a supported routing table; {remedy}")]
    NotATable {
        /// The file.
        name: String,
        /// The apparent type of the file.
        what: &'static str,
        /// The remedy, such as the input to use instead.
        remedy: &'static str,
    },
    /// The first lines of the file are not all in one format.
    #[error(
        "line {line} of `{name}` does not fit the detected format, {like}{}; use the complete output of one command, or CSV with a column `prefix`",
        quoted(text)
    )]
    OddLine {
        /// The file.
        name: String,
        /// The format of most lines.
        like: TableFormat,
        /// The first line that is not in this format, from 1.
        line: usize,
        /// The beginning of the line.
        text: String,
    },
    /// The JSON in the file is not valid.
    #[error("`{name}` is invalid JSON at line {line}, column {column}: {message}")]
    Json {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The parser's error message.
        message: String,
    },
    /// The file has no usable route.
    #[error("`{name}`, read as {format}, contains no usable route{}{}", first_note(.notes), other_form(*.format))]
    NoRoute {
        /// The file.
        name: String,
        /// The format as which the file was read.
        format: TableFormat,
        /// The items that were skipped or corrected.
        notes: TableNotes,
    },
}

/// Returns a remedy for a list whose lines contain more than a prefix.
fn other_form(format: TableFormat) -> &'static str {
    match format {
        TableFormat::List => {
            "; a list must have one prefix per line; for more columns, use CSV with a header such as `prefix,as_path`"
        }
        _ => "",
    }
}

fn first_note(notes: &TableNotes) -> String {
    let note = notes.iter().next();
    note.map_or_else(
        || ": it is empty".to_owned(),
        |(note, count)| {
            let place =
                count.places.first().map(|(place, text)| format!(", first at {place}{}", quoted(text)));
            format!(": {note} ({} times{})", count.count, place.unwrap_or_default())
        },
    )
}

/// Returns text from the file, quoted, to append to a message; empty if there is no text.
fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": `{text}`") }
}

impl TableError {
    /// Returns the same error without any text from the file, but with positions.
    #[must_use]
    pub fn without_text(self) -> Self {
        match self {
            Self::Json { name, line, column, .. } => {
                let message = "the text is not shown".to_owned();
                Self::Json { name, line, column, message }
            }
            Self::NoRoute { name, format, notes } => {
                Self::NoRoute { name, format, notes: notes.without_text() }
            }
            Self::OddLine { name, like, line, .. } => Self::OddLine { name, like, line, text: String::new() },
            // These errors contain no text from the file. A new variant must be assigned to one of the two groups.
            same @ (Self::Io { .. } | Self::NotATable { .. }) => same,
        }
    }
}

/// Reads a table. The format is detected from the content, and gzip is decompressed.
///
/// # Errors
///
/// Returns [`TableError`] if the input is unreadable, larger than [`MAX_TABLE_BYTES`], not a table, or without a
/// usable route.
pub fn read(name: &str, input: impl Read) -> Result<ImportedTable, TableError> {
    read_with(name, input, MAX_TABLE_BYTES)
}

/// Like [`read`], with at most `limit` bytes before and after decompression.
fn read_with(name: &str, input: impl Read, limit: u64) -> Result<ImportedTable, TableError> {
    let (head, input) = peek(limited(input, limit)).map_err(failed(name))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        let (head, input) = peek(unpacked(input, limit)).map_err(failed(name))?;
        read_as(name, recognised(name, &head)?, input)
    } else {
        read_as(name, recognised(name, &head)?, input)
    }
}

/// Returns the format of a file that begins with these bytes. Rejects UTF-16.
fn recognised(name: &str, head: &[u8]) -> Result<TableFormat, TableError> {
    match wide_encoding(head) {
        Some(encoding) => {
            let byte = head.first().copied().unwrap_or_default();
            let wide = NotUtf8 { encoding, offset: 0, line: 1, column: 1, byte };
            Err(failed(name)(InputError::NotUtf8(wide).into()))
        }
        None => sniff::format(name, head),
    }
}

/// Opens and reads a table like [`read`]. The path is used as the name.
///
/// # Errors
///
/// Those of [`read`]. Devices, named pipes and sockets are not opened.
pub fn open(path: &Path) -> Result<ImportedTable, TableError> {
    let name = path.display().to_string();
    let file = open_file(path).map_err(failed(&name))?;
    read(&name, file)
}

/// Reads an uncompressed table of a known format.
///
/// # Errors
/// Those of [`read`].
pub fn read_as(name: &str, format: TableFormat, input: impl Read) -> Result<ImportedTable, TableError> {
    let mut table = Builder::new(format);
    let failed = failed(name);
    let text = |input| BufReader::with_capacity(1 << 16, Utf8Reader::new(input));
    match format {
        TableFormat::List => list::read(text(input), &mut table).map_err(failed)?,
        TableFormat::Csv => csv::read(text(input), &mut table).map_err(failed)?,
        TableFormat::Bird => bird::read(text(input), &mut table).map_err(failed)?,
        TableFormat::FrrJson => frr::read(name, Utf8Reader::new(input), &mut table)?,
        #[cfg(feature = "mrt")]
        TableFormat::Mrt => {
            mrt::read(BufReader::with_capacity(1 << 16, input), &mut table).map_err(failed)?;
        }
        #[cfg(not(feature = "mrt"))]
        TableFormat::Mrt => {
            return Err(TableError::NotATable {
                name: name.to_owned(),
                what: "an MRT dump, which this build cannot read",
                remedy: "build with the feature `mrt`",
            });
        }
    }
    table.finish(name)
}

/// Collects the routes that the readers of all formats add.
struct Builder {
    table: ImportedTable,
    sessions: HashMap<ImportedPeer, SessionId>,
    /// The line numbers of routes in lists and CSV files.
    rows: rows::Rows,
    /// The number of routes at which repeated routes are removed, so that memory grows only with distinct routes.
    thin_out_at: usize,
    /// Whether the number of routes ever reached that limit.
    has_many: bool,
}

impl Builder {
    fn new(format: TableFormat) -> Self {
        let table = ImportedTable {
            format,
            peers: Vec::new(),
            attributes: AttributeTable::new(),
            routes: Vec::new(),
            notes: TableNotes::default(),
        };
        Self {
            table,
            sessions: HashMap::new(),
            rows: rows::Rows::default(),
            thin_out_at: rows::MANY,
            has_many: false,
        }
    }

    /// Returns the session of a peer, and creates it if the peer is new.
    fn session(&mut self, peer: ImportedPeer) -> SessionId {
        let next = SessionId::new(u32::try_from(self.table.peers.len()).unwrap_or(u32::MAX));
        *self.sessions.entry(peer).or_insert_with_key(|peer| {
            self.table.peers.push(peer.clone());
            next
        })
    }

    fn push(&mut self, prefix: IpPrefix, attributes: Attributes, session: SessionId, best: Option<bool>) {
        let attributes = self.table.attributes.intern(attributes);
        self.push_interned(prefix, attributes, session, best);
    }

    fn push_interned(
        &mut self,
        prefix: IpPrefix,
        attributes: AttributesId,
        session: SessionId,
        best: Option<bool>,
    ) {
        let route = Route { prefix, attributes, session };
        self.table.routes.push(ImportedRoute { route, marked_best: best });
        if self.table.routes.len() >= self.thin_out_at {
            self.has_many = true;
            rows::thin_out(&mut self.table, &mut self.rows);
            self.thin_out_at = self.thin_out_at.max(2 * self.table.routes.len());
        }
    }

    /// Like [`Self::push_interned`], but for a row in a list or CSV file. The line number is kept, so that
    /// [`Self::finish`] can report which rows a later row replaces.
    fn push_row(&mut self, prefix: IpPrefix, attributes: AttributesId, session: SessionId, line: u64) {
        self.rows.add(self.table.routes.len(), line);
        self.push_interned(prefix, attributes, session, None);
    }

    /// Parses a prefix. Host bits are cleared and counted, and an invalid prefix is counted as `bad`. In lists and
    /// CSV files, which people and programs write, an IPv4-mapped prefix is converted to IPv4 and counted. In a
    /// router's table, it is kept as it is.
    fn prefix(&mut self, text: &str, bad: ImportNote, place: impl Fn() -> FilePlace) -> Option<IpPrefix> {
        let is_written = matches!(self.table.format, TableFormat::List | TableFormat::Csv);
        let Ok((written, cleared)) = IpPrefix::parse_clearing_host_bits(text) else {
            self.note(bad, place, text);
            return None;
        };
        if cleared {
            self.note(ImportNote::HostBitsCleared, &place, text);
        }
        let Some(embedded) = written.embedded_v4().filter(|_| is_written) else { return Some(written) };
        self.note(ImportNote::Ipv4Mapped, &place, text);
        Some(embedded)
    }

    fn note(&mut self, note: ImportNote, place: impl FnOnce() -> FilePlace, text: &str) {
        self.table.notes.add(note, place, text);
    }

    fn finish(mut self, name: &str) -> Result<ImportedTable, TableError> {
        let mut table = self.table;
        if self.has_many || rows::is_written_down(table.format) {
            rows::thin_out(&mut table, &mut self.rows);
            rows::report(&mut table, self.rows);
        }
        tracing::debug!(
            name,
            format = %table.format,
            routes = table.routes.len(),
            attributes = table.attributes.len(),
            peers = table.peers.len(),
            left_out = table.notes.left_out(),
            "routing table read"
        );
        if table.routes.is_empty() {
            let (name, format, notes) = (name.to_owned(), table.format, table.notes);
            return Err(TableError::NoRoute { name, format, notes });
        }
        Ok(table)
    }
}
