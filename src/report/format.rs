//! The formats a report can be written in, what each can hold, and the contract of their writers.

use std::str::FromStr;
use std::{fmt, io};

use super::{Cell, Column, ColumnKind, Report, View};

/// Turns a report into bytes.
pub trait Render {
    /// Writes the whole report to `out`, in many small pieces (give a buffered writer), and does not
    /// flush it.
    ///
    /// # Errors
    ///
    /// What `out` answers; and `InvalidInput` around a [`FormatError`] where the format cannot
    /// hold the report, in which case nothing was written. [`Format::check`] tells that beforehand.
    fn render(&self, report: &Report, out: &mut dyn io::Write) -> io::Result<()>;
}

/// Rows of a table that are laid out together where it is written row by row.
pub(super) const BLOCK: usize = 256;

/// How text for people is laid out; formats for programs do not look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// The columns of the terminal; `None` where nothing limits the width of a line.
    pub width: Option<u16>,
    /// Whether ANSI escape sequences may set off titles and warnings.
    pub colour: bool,
    /// The most bytes that a step summary may have, where a part of its limit is used up; `None` for all of it.
    pub room: Option<usize>,
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
    /// GitHub-flavoured Markdown; of checks, a comment on a pull request within 64 KiB.
    Markdown,
    /// GitHub-flavoured Markdown for the summary of a step, within 1 MiB; files of it are appended to.
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
    /// Every format, in the order help texts name them.
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

    /// The format's name, as typed after `--format`.
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

    /// Whether its bytes may go to a terminal.
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Parquet)
    }

    /// Whether one file of it holds exactly one view.
    pub const fn holds_one_view(self) -> bool {
        matches!(self, Self::Csv | Self::Parquet)
    }

    /// Whether its reader sees notes and skipped packets. Parquet has them in its metadata, where few look.
    pub const fn shows_notes(self) -> bool {
        !matches!(self, Self::Csv | Self::Parquet | Self::Junit | Self::Github | Self::AzureDevops)
    }

    /// Whether it holds the outcomes of checks and nothing else.
    pub const fn holds_checks_only(self) -> bool {
        matches!(self, Self::Junit | Self::Sarif | Self::Github | Self::AzureDevops)
    }

    /// Whether a service reads it from the log, so that standard output is its natural place.
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
    #[error(
        "no output format is called `{text}`: use table, json, ndjson, csv, markdown, summary, html, parquet, junit, sarif, github or azuredevops"
    )]
    Unknown {
        /// What was asked for.
        text: String,
    },
    /// The program was built without the feature that the format needs.
    #[error("this build cannot write {format}: build it with the feature `{feature}`, or take json")]
    NotBuilt {
        /// The format.
        format: Format,
        /// The missing feature.
        feature: &'static str,
    },
    /// The format holds checks, and there are none.
    #[error(
        "{format} holds the outcomes of checks, and this report has none: take table, json, ndjson or markdown"
    )]
    NoChecks {
        /// The format.
        format: Format,
    },
    /// One file of the format holds exactly one view.
    #[error(
        "{format} holds exactly one view, this report has {}: choose one with `--by NAME` or `--view NAME` where the command has it, or take json, ndjson, markdown or table",
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
    /// Two views of a report bear one name.
    #[error("two views are called `{view}`")]
    ViewTwice {
        /// The name.
        view: String,
    },
    /// A column's name is there twice in its view, or is `view`, the key that ndjson keeps for itself.
    #[error("column `{column}` of view `{view}` needs another name: it is there twice, or reserved")]
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
    /// A cell does not hold what its column promises.
    #[error("row {row} of view `{view}` holds no {} in column `{column}`", kind.name())]
    CellKind {
        /// The view.
        view: String,
        /// The row, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
        /// What the column promises.
        kind: ColumnKind,
    },
    /// A moment lies past 2262-04-11, where signed nanoseconds end.
    #[error(
        "row {row} of view `{view}` has a time past 2262-04-11 in column `{column}`, which {format} cannot hold: take json or csv"
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
    /// Whether this format can hold `report`: to be asked before an output file is made.
    ///
    /// # Errors
    ///
    /// [`FormatError::ViewCount`] and [`FormatError::NoChecks`] where the user asked for what there is not; the other variants that name a
    /// view where the report itself breaks the promises of [`View`].
    ///
    /// # Complexity
    ///
    /// One look at every cell.
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

/// Whether the names of a view's columns can be the keys of an object.
pub(super) fn check_columns(view: &str, columns: &[Column]) -> Result<(), FormatError> {
    for (index, column) in columns.iter().enumerate() {
        let twice = columns.iter().take(index).any(|earlier| earlier.name == column.name);
        if twice || column.name == "view" {
            return Err(FormatError::ColumnName { view: view.to_owned(), column: column.name });
        }
    }
    Ok(())
}

/// Whether a row fits its columns; `row` counts from 1.
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

/// `none`, or the number and names of views.
fn listed(views: &[String]) -> String {
    if views.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = views.iter().map(|name| format!("`{name}`")).collect();
    format!("{} ({})", views.len(), names.join(", "))
}
