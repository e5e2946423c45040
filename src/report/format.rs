//! The formats a report can be written in, what each can hold, and the contract of their writers.

use std::fmt;
use std::io;
use std::str::FromStr;

use super::{Report, View};

/// Turns a report into bytes.
pub trait Render {
    /// Writes the whole report to `out`; does not flush it.
    ///
    /// # Errors
    ///
    /// What `out` answers; and `InvalidInput` around a [`FormatError`] where the format cannot
    /// hold the report, in which case nothing was written. [`Format::check`] tells that beforehand.
    fn render(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()>;
}

/// How text for people is laid out; machine formats do not look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// The columns of the terminal; `None` where nothing limits the width of a line.
    pub width: Option<u16>,
    /// Whether ANSI escape sequences may set off titles and warnings.
    pub colour: bool,
}

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Aligned text for people.
    Table,
    /// One JSON document.
    Json,
    /// JSON, one object per line.
    Ndjson,
    /// Comma-separated values (RFC 4180), one view.
    Csv,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// Apache Parquet, one view.
    Parquet,
}

impl Format {
    /// Every format, in the order help texts name them.
    pub const ALL: [Self; 6] =
        [Self::Table, Self::Json, Self::Ndjson, Self::Csv, Self::Markdown, Self::Parquet];

    /// The format's name, as typed after `--format`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Parquet => "parquet",
        }
    }

    /// Whether its bytes may go to a terminal.
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Parquet)
    }

    /// Whether one file of it holds exactly one view.
    pub const fn holds_one_view(self) -> bool {
        matches!(self, Self::Csv | Self::Parquet)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = FormatError;

    /// The exact lower-case name.
    fn from_str(text: &str) -> Result<Self, FormatError> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| FormatError::Unknown { text: text.to_owned() })
    }
}

/// Why a format cannot be had, or cannot hold a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// No format has this name.
    #[error("no output format is called `{text}`: use table, json, ndjson, csv, markdown or parquet")]
    Unknown {
        /// What was asked for.
        text: String,
    },
}

impl From<FormatError> for io::Error {
    fn from(error: FormatError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

impl Format {
    /// Whether this format can hold `report`.
    ///
    /// # Errors
    ///
    /// See [`FormatError`].
    pub fn check(self, report: &Report) -> Result<(), FormatError> {
        let _: &[View] = &report.views;
        Ok(())
    }
}
