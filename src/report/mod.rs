//! Floor 9: the results of a command as plain versioned data, and the writers that render them as bytes.
//!
//! ```text
//! a command ─▶ Report { views, inputs, catalog, notes } ─▶ Format::check ─▶ Render::render ─▶ bytes
//!           └▶ RowWriter (one view, row by row, for streams without end)  ─────────────────▶ bytes
//! ```
//!
//! Nothing is computed here: a [`Report`] contains everything that a reader will see, and every [`Format`] shows the
//! same content. Writers take a `&mut dyn io::Write` and know neither a terminal (its width is an argument, see
//! [`RenderOptions`]) nor a clock: the same report gives the same bytes. `docs/reference/containers.md` describes the
//! containers.
//!
//! A new format is a variant of [`Format`] and one implementation of [`Render`] in `writers`. Outcomes of checks
//! are a field of [`Report`] for the formats that other services read (JUnit, SARIF, annotations);
//! [`views::check::checks`] makes a view of them for the other formats.
//!
//! | module | contents |
//! |---|---|
//! | `view`, `topology` | tables with typed columns, and the network that the HTML page draws |
//! | `columns` | columns, each with the function that makes its cell from a row |
//! | `format` | the names of the formats, and the contract of their writers |
//! | `text` | cells as text |
//! | `advice` | advice as text, patch, commands and Bicep |
//! | `explain` | explanations of decisions as text and JSON |
//! | `views` | the results of each command as tables |
//! | `writers` | one file for each format |
//!
//! ```
//! use peerpath::report::{Cell, Column, ColumnKind, Format, RenderOptions, Report, View};
//!
//! let columns = [Column::new("path", ColumnKind::Text, "the path"), Column::new("bytes", ColumnKind::Bytes, "bytes")];
//! let mut view = View::new("path", &columns);
//! view.push(vec![Cell::from("internet"), Cell::Integer(1500)]);
//! let mut report = Report::new("example.paths/1", "1.0.0");
//! report.views.push(view);
//! let mut out = Vec::new();
//! Format::Csv.renderer(RenderOptions::default())?.render(&report, &mut out)?;
//! assert_eq!(String::from_utf8(out)?, "path,bytes\ninternet,1500\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[doc(hidden)]
pub mod advice;
mod check_text;
mod columns;
#[cfg(feature = "cli")]
mod editions;
pub mod explain;
mod format;
#[doc(hidden)]
pub mod guide_text;
#[cfg(feature = "cli")]
mod list_age;
mod text;
mod topology;
mod view;
#[doc(hidden)]
pub mod views;
mod writers;

#[cfg(feature = "cli")]
pub(crate) use editions::editions;
pub use format::{Format, FormatError, Render, RenderOptions};
#[cfg(feature = "cli")]
pub use list_age::list_age;
#[cfg(feature = "cli")]
pub(crate) use text::duration;
pub use topology::{CircuitNode, SiteNode, SpokeNode, Topology, TunnelNode, VirtualNetworkNode, WanNode};
pub use view::{Cell, Column, ColumnKind, View};
#[doc(hidden)]
pub use views::catalog::catalog_sources;
#[cfg(feature = "html")]
#[doc(hidden)]
pub use writers::HtmlRenderer;
#[cfg(feature = "junit")]
#[doc(hidden)]
pub use writers::JunitRenderer;
#[cfg(feature = "parquet")]
#[doc(hidden)]
pub use writers::ParquetRenderer;
pub use writers::RowWriter;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use writers::TableRenderer;
#[cfg(feature = "cli")]
pub(crate) use writers::warnings;
#[doc(hidden)]
pub use writers::{
    AzureDevopsRenderer, CsvRenderer, GithubRenderer, JsonRenderer, MarkdownRenderer, NdjsonRenderer,
    SarifRenderer, document,
};

use crate::check::{CheckOutcome, Verdict};
use crate::diag::Severity;
use crate::flow::SkipCounts;

/// The complete result of one run of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name and version of the document's schema, such as `peerpath.replay/1`. The version is raised only when a reader of
    /// the old schema would misread the document; new columns and keys do not raise it.
    pub schema: &'static str,
    /// The version of the program that made the report, such as `0.1.0`.
    pub tool_version: &'static str,
    /// The editions of Microsoft's lists that the results are based on.
    pub catalog: Vec<CatalogSource>,
    /// The user's input files, in the order they were named.
    pub inputs: Vec<Input>,
    /// Notes needed to interpret the views correctly.
    pub notes: Vec<Note>,
    /// The network of the report, for formats that draw the network; `None` if there is none.
    pub topology: Option<Topology>,
    /// Packets that appear in no view, by reason; empty if nothing was skipped.
    pub skipped: Vec<SkippedPackets>,
    /// The tables, in the order they are shown.
    pub views: Vec<View>,
    /// What must not touch the internet, as the scenario names it; empty without a compliance scope.
    pub compliance_scope: Vec<String>,
    /// The outcome of each check, in the order of the checks; empty for commands without checks.
    pub checks: Vec<CheckOutcome>,
    /// The verdict, if it is not that of the checks in the order of severity.
    pub verdict: Option<Verdict>,
    /// The lowest severity at which a warning counts as a failure.
    pub fail_on: Severity,
    /// A complete output of the same run. Formats that truncate the report refer to it.
    pub whole: Option<String>,
}

impl Report {
    /// Returns an empty report.
    pub const fn new(schema: &'static str, tool_version: &'static str) -> Self {
        Self {
            schema,
            tool_version,
            catalog: Vec::new(),
            inputs: Vec::new(),
            notes: Vec::new(),
            topology: None,
            skipped: Vec::new(),
            views: Vec::new(),
            compliance_scope: Vec::new(),
            checks: Vec::new(),
            verdict: None,
            fail_on: Severity::Warning,
            whole: None,
        }
    }
}

impl Report {
    /// Adds notes that are not yet present: the networks of a report often read the same tables.
    pub fn add_notes(&mut self, notes: impl IntoIterator<Item = Note>) {
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// Returns the same report with only the named columns in its views, in the views' own order.
    pub fn with_columns(&self, names: &[&str]) -> Self {
        let mut report = self.clone();
        for view in &mut report.views {
            let keep: Vec<bool> = view.columns.iter().map(|column| names.contains(&column.name)).collect();
            let kept = |index: usize| keep.get(index).copied().unwrap_or_default();
            let mut index = 0..;
            view.columns.retain(|_| index.next().is_some_and(kept));
            for row in &mut view.rows {
                let mut index = 0..;
                row.retain(|_| index.next().is_some_and(kept));
            }
        }
        report
    }
}

/// Converts a decoder's skip counts to those of a report.
#[doc(hidden)]
pub fn skip_counts(skips: &SkipCounts) -> Vec<SkippedPackets> {
    skips
        .iter()
        .map(|(reason, count)| SkippedPackets {
            reason: reason.to_string(),
            packets: count.packets,
            frame_bytes: count.frame_bytes,
            is_loss: reason.is_loss(),
        })
        .collect()
}

/// One edition of one of Microsoft's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogSource {
    /// The type of list: `service-tags`, `endpoints`, `communities`.
    pub kind: String,
    /// The cloud it applies to: `public`, `government`, `china`.
    pub cloud: String,
    /// The file's name.
    pub name: String,
    /// The publisher's edition: `406`, `2026-05-31`.
    pub edition: String,
    /// The date of the edition, such as `2026-05-25`, if known.
    pub date: Option<String>,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// `shipped` with the program, or `user` for a file of the user.
    pub origin: String,
}

/// One input file (or stream) of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The type it was read as: `capture`, `network`, `addresses`.
    pub kind: String,
    /// Its name as the user typed it; `-` for standard input.
    pub name: String,
    /// Its size in bytes as read (before decompression), if known.
    pub bytes: Option<u64>,
    /// SHA-256 of the bytes as read, 64 lower-case hexadecimal digits, if computed.
    pub sha256: Option<String>,
}

#[cfg(feature = "cli")]
impl Input {
    /// Describes an input that was read in full, with its hash if `hash` is set.
    pub(crate) fn of(kind: &str, name: impl Into<String>, bytes: &[u8], hash: bool) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.into(),
            bytes: Some(bytes.len() as u64),
            sha256: hash.then(|| crate::catalog::sha256_hex(bytes)),
        }
    }
}

/// A note for the reader, in one sentence: a tolerance, a limit that was reached, a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its severity.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
    /// Whether the note was already printed to standard error; no output shows this field.
    pub is_told: bool,
}

impl Note {
    /// Returns a note that affects no result.
    pub fn advice(text: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, text: text.into(), is_told: false }
    }

    /// Returns a note that limits or qualifies a result.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, text: text.into(), is_told: false }
    }
}

/// The number of packets omitted from every view for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedPackets {
    /// The stable name of the reason: `arp`, `truncated`, `unknown-link-type`.
    pub reason: String,
    /// Packets omitted.
    pub packets: u64,
    /// Bytes of their frames on the wire.
    pub frame_bytes: u64,
    /// Whether these packets are, or may be, IP packets that are missing from the views; no output shows this field.
    pub is_loss: bool,
}
