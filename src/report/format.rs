//! The output formats of a report, their capabilities, and the contract of their writers.

use std::str::FromStr;
use std::{fmt, io};

use super::{Cell, Column, ColumnKind, Report, View};

/// Renders a report as bytes.
pub trait Render {
    /// Writes the whole report to `out` in many small pieces (pass a buffered writer), and does not flush it.
    ///
    /// # Errors
    /// Errors from `out`, and `InvalidInput` with a [`FormatError`] inside if the format cannot represent the report. In that
    /// case, nothing was written. [`Format::check`] reports this error in advance.
    fn render(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()>;
}

/// Rows of a table that are laid out together when it is written row by row.
pub(super) const BLOCK: usize = 256;

/// Layout of text for people; formats for programs ignore it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// The width of the terminal in columns; `None` if the line width is unlimited.
    pub width: Option<u16>,
    /// Whether ANSI escape sequences may highlight titles and warnings.
    pub colour: bool,
    /// Maximum size of a step summary, in bytes, if part of the limit is already used; `None` for the whole limit.
    pub room: Option<usize>,
}

/// An output format of a report.
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
    /// GitHub-flavoured Markdown; with checks, a comment on a pull request within 64 KiB.
    Markdown,
    /// GitHub-flavoured Markdown for a step summary, within 1 MiB; appended to an existing file.
    Summary,
    /// One page for a browser, for people.
    Html,
    /// Apache Parquet, one view.
    Parquet,
    /// JUnit XML, checks only.
    Junit,
    /// SARIF 2.1.0, checks only.
    Sarif,
    /// Workflow commands of GitHub Actions, checks only.
    Github,
    /// Logging commands of Azure Pipelines, checks only.
    AzureDevops,
}

impl Format {
    /// Every format, in the order of the help texts.
    pub const ALL: [Self; 12] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Summary,
        Self::Html,
        Self::Parquet,
        Self::Junit,
        Self::Sarif,
        Self::Github,
        Self::AzureDevops,
    ];

    /// Returns the format's name, as typed after `--format`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Summary => "summary",
            Self::Html => "html",
            Self::Parquet => "parquet",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::AzureDevops => "azuredevops",
        }
    }

    /// Returns whether the format is text that a terminal can show.
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Parquet)
    }

    /// Returns whether a file in this format contains exactly one view.
    pub const fn holds_one_view(self) -> bool {
        matches!(self, Self::Csv | Self::Parquet)
    }

    /// Returns whether people who read the format see notes and skipped packets. Parquet stores them in its metadata, where few
    /// look.
    pub const fn shows_notes(self) -> bool {
        !matches!(self, Self::Csv | Self::Parquet | Self::Junit | Self::Github | Self::AzureDevops)
    }

    /// Returns whether the format contains only outcomes of checks.
    pub const fn holds_checks_only(self) -> bool {
        matches!(self, Self::Junit | Self::Sarif | Self::Github | Self::AzureDevops)
    }

    /// Returns whether a service reads the format from the log; if so, it goes to standard output by default.
    pub const fn is_command(self) -> bool {
        matches!(self, Self::Github | Self::AzureDevops)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = FormatError;

    /// Parses the exact lower-case name.
    fn from_str(text: &str) -> Result<Self, FormatError> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| FormatError::Unknown { text: text.to_owned() })
    }
}

/// Why a format is unavailable or cannot represent a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// No format has this name.
    #[error(
        "unknown output format `{text}`: use table, json, ndjson, csv, markdown, summary, html, parquet, junit, sarif, github or azuredevops"
    )]
    Unknown {
        /// The name that was requested.
        text: String,
    },
    /// The program was built without the feature that the format needs.
    #[error("this build cannot write {format}: build it with the feature `{feature}`, or use json")]
    NotBuilt {
        /// The format.
        format: Format,
        /// The missing feature.
        feature: &'static str,
    },
    /// The format contains only checks, and there are none.
    #[error(
        "{format} contains only outcomes of checks, and this report has none: use table, json, ndjson or markdown"
    )]
    NoChecks {
        /// The format.
        format: Format,
    },
    /// One file of the format contains exactly one view.
    #[error(
        "{format} contains exactly one view, and this report has {}: choose one with `--by NAME` or `--view NAME` if the command has that option, or use json, ndjson, markdown or table",
        listed(views)
    )]
    ViewCount {
        /// The format.
        format: Format,
        /// The names of the report's views.
        views: Vec<String>,
    },
    /// The format cannot be written row by row.
    #[error("{format} cannot be written row by row: use table, csv or ndjson")]
    NotStreamed {
        /// The format.
        format: Format,
    },
    /// Two views of a report have the same name.
    #[error("two views have the name `{view}`")]
    ViewTwice {
        /// The name.
        view: String,
    },
    /// A column's name occurs twice in its view, or is `view`, which is reserved in ndjson.
    #[error("column `{column}` of view `{view}` needs another name: the name is duplicate or reserved")]
    ColumnName {
        /// The view.
        view: String,
        /// The column.
        column: &'static str,
    },
    /// A row has more or fewer cells than its view has columns.
    #[error("row {row} of view `{view}` has {cells} cells for {columns} columns")]
    RowLength {
        /// The view.
        view: String,
        /// The row, counted from 1.
        row: usize,
        /// Cells in the row.
        cells: usize,
        /// Columns of the view.
        columns: usize,
    },
    /// A cell does not match its column's kind.
    #[error("row {row} of view `{view}` does not contain a value of kind {} in column `{column}`", kind.name())]
    CellKind {
        /// The view.
        view: String,
        /// The row, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
        /// The column's kind.
        kind: ColumnKind,
    },
    /// A time is after 2262-04-11, the end of signed 64-bit nanoseconds.
    #[error(
        "row {row} of view `{view}` has a time after 2262-04-11 in column `{column}`, which {format} cannot represent: use json or csv"
    )]
    TimeRange {
        /// The format.
        format: Format,
        /// The view.
        view: String,
        /// The row, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
    },
}

impl From<FormatError> for io::Error {
    fn from(error: FormatError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

impl Format {
    /// Checks whether this format can represent `report`. Call it before creating an output file.
    ///
    /// # Errors
    ///
    /// [`FormatError::ViewCount`] and [`FormatError::NoChecks`] if the user requested something that does not exist;
    /// the other variants that name a view if the report violates the contract of [`View`].
    ///
    /// # Complexity
    ///
    /// Linear in the number of cells.
    pub fn check(self, report: &Report) -> Result<(), FormatError> {
        if self.holds_one_view() && report.views.len() != 1 {
            let views = report.views.iter().map(|view| view.name.clone()).collect();
            return Err(FormatError::ViewCount { format: self, views });
        }
        if self.holds_checks_only() && report.checks.is_empty() {
            return Err(FormatError::NoChecks { format: self });
        }
        for (index, view) in report.views.iter().enumerate() {
            if report.views.iter().take(index).any(|earlier| earlier.name == view.name) {
                return Err(FormatError::ViewTwice { view: view.name.clone() });
            }
            check_columns(&view.name, &view.columns)?;
            for (row, cells) in (1..).zip(&view.rows) {
                check_row(&view.name, &view.columns, row, cells)?;
                self.check_times(view, row, cells)?;
            }
        }
        Ok(())
    }

    fn check_times(self, view: &View, row: usize, cells: &[Cell]) -> Result<(), FormatError> {
        if self != Self::Parquet {
            return Ok(());
        }
        let late = |cell: &Cell| matches!(cell, Cell::Time(ns) if i64::try_from(*ns).is_err());
        match view.columns.iter().zip(cells).find(|(_, cell)| late(cell)) {
            Some((column, _)) => Err(FormatError::TimeRange {
                format: self,
                view: view.name.clone(),
                row,
                column: column.name,
            }),
            None => Ok(()),
        }
    }
}

/// Checks that the names of a view's columns can be the keys of an object.
pub(super) fn check_columns(view: &str, columns: &[Column]) -> Result<(), FormatError> {
    for (index, column) in columns.iter().enumerate() {
        let twice = columns.iter().take(index).any(|earlier| earlier.name == column.name);
        if twice || column.name == "view" {
            return Err(FormatError::ColumnName { view: view.to_owned(), column: column.name });
        }
    }
    Ok(())
}

/// Checks that a row matches its columns; `row` counts from 1.
pub(super) fn check_row(
    view: &str,
    columns: &[Column],
    row: usize,
    cells: &[Cell],
) -> Result<(), FormatError> {
    if cells.len() != columns.len() {
        let (view, cells, columns) = (view.to_owned(), cells.len(), columns.len());
        return Err(FormatError::RowLength { view, row, cells, columns });
    }
    match columns.iter().zip(cells).find(|(column, cell)| !column.kind.accepts(cell)) {
        Some((column, _)) => {
            Err(FormatError::CellKind { view: view.to_owned(), row, column: column.name, kind: column.kind })
        }
        None => Ok(()),
    }
}

/// Returns `none`, or the number and names of the views.
fn listed(views: &[String]) -> String {
    if views.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = views.iter().map(|name| format!("`{name}`")).collect();
    format!("{} ({})", views.len(), names.join(", "))
}
