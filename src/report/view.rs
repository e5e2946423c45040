//! A table as data: typed columns, rows of cells.

use crate::addr::AddressCount;

/// One table of a report.
///
/// Every row has exactly one cell per column, and a cell is [`Cell::Empty`] or matches its column's [`ColumnKind`];
/// [`Format::check`](super::Format::check) rejects a view that violates this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Stable name, unique in its report: `path`, `destination`.
    pub name: String,
    /// The columns, in the order they are shown.
    pub columns: Vec<Column>,
    /// The rows, in the order they are shown.
    pub rows: Vec<Vec<Cell>>,
    /// The number of rows before the view was truncated to its top rows; at least `rows.len()`.
    pub total_rows: u64,
    /// Whether formats for people omit the view unless it is requested by name.
    pub is_detail: bool,
}

impl View {
    /// Returns a view without rows.
    pub fn new(name: impl Into<String>, columns: &[Column]) -> Self {
        Self {
            name: name.into(),
            columns: columns.to_vec(),
            rows: Vec::new(),
            total_rows: 0,
            is_detail: false,
        }
    }

    /// Adds a row and counts it in `total_rows`.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
        self.total_rows = self.total_rows.saturating_add(1);
    }
}

/// One column of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Stable name in `snake_case`, unique in its view; the key in JSON, the header everywhere.
    pub name: &'static str,
    /// The kind of its cells.
    pub kind: ColumnKind,
    /// The meaning of the column, with units, in one sentence without a full stop.
    pub meaning: &'static str,
}

impl Column {
    /// Returns a column.
    pub const fn new(name: &'static str, kind: ColumnKind, meaning: &'static str) -> Self {
        Self { name, kind, meaning }
    }
}

/// The kind of values in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Text; addresses and prefixes too.
    Text,
    /// A whole number, `0..2^64`, that in practice stays below 2^53.
    Integer,
    /// An exact number of addresses, up to and past 2^128.
    Count,
    /// Yes or no.
    Flag,
    /// Several texts, in a meaningful or sorted order.
    List,
    /// A point in time.
    Time,
    /// A number of bytes, in [`Cell::Integer`].
    Bytes,
}

impl ColumnKind {
    /// Returns the kind's name in machine formats.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Count => "count",
            Self::Flag => "flag",
            Self::List => "list",
            Self::Time => "time",
            Self::Bytes => "bytes",
        }
    }

    /// Returns whether people expect its cells aligned to the right.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Count | Self::Bytes)
    }

    /// Returns whether a column of this kind may contain `cell`.
    pub const fn accepts(self, cell: &Cell) -> bool {
        match cell {
            Cell::Empty => true,
            Cell::Text(_) => matches!(self, Self::Text),
            Cell::Integer(_) => matches!(self, Self::Integer | Self::Bytes),
            Cell::Duration(_) => matches!(self, Self::Integer),
            Cell::Count(_) => matches!(self, Self::Count),
            Cell::Flag(_) => matches!(self, Self::Flag),
            Cell::List(_) => matches!(self, Self::List),
            Cell::Time(_) => matches!(self, Self::Time),
        }
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No value: unknown or not applicable.
    Empty,
    /// Text.
    Text(String),
    /// A whole number, also of bytes.
    Integer(u64),
    /// An exact number of addresses.
    Count(AddressCount),
    /// Yes or no.
    Flag(bool),
    /// Several texts; an empty list is a value, unlike [`Cell::Empty`].
    List(Vec<String>),
    /// A duration in nanoseconds; an integer in machine formats.
    Duration(u64),
    /// A point in time, in nanoseconds since 1970-01-01T00:00:00Z.
    Time(u64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<AddressCount> for Cell {
    fn from(count: AddressCount) -> Self {
        Self::Count(count)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Vec<String>> for Cell {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    /// `None` is [`Cell::Empty`].
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
