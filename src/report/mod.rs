//! Floor 9: what a command found, as plain versioned data, and the writers that turn it into bytes.
//!
//! ```text
//! a command ─▶ Report { views, inputs, catalog, notes } ─▶ Format::check ─▶ Render::render ─▶ bytes
//!           └▶ RowWriter (one view, row by row, for streams without end)  ─────────────────▶ bytes
//! ```
//!
//! Nothing is computed here: a [`Report`] says everything that a reader will see, and every
//! [`Format`] says the same. Writers take a `&mut dyn io::Write`, know no terminal (its width is
//! an argument, see [`RenderOptions`]) and no clock: the same report gives the same bytes. The
//! containers are described in `docs/reference/containers.md`.
//!
//! A new format is a variant of [`Format`] and one implementation of [`Render`] in `writers`. Outcomes of checks
//! are a field of [`Report`] for the formats that services read (JUnit, SARIF, annotations), and
//! [`views::check::checks`] makes a view of them for all others.
//!
//! | module | what |
//! |---|---|
//! | `view`, `topology` | tables with typed columns, and the network that a page draws |
//! | `format` | the names of the formats, and the contract of their writers |
//! | `text` | cells as text |
//! | `explain` | decisions in words: explanations as text and JSON |
//! | `views` | what each command found, as tables |
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

mod check_text;
pub mod explain;
mod format;
mod text;
mod topology;
mod view;
#[doc(hidden)]
pub mod views;
mod writers;

pub use format::{Format, FormatError, Render, RenderOptions};
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

use crate::check::CheckOutcome;
use crate::diag::Severity;
use crate::flow::SkipCounts;

/// Everything that one run of a command has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name and version of the document's shape, as `peerpath.replay/1`. The version grows when a
    /// reader of the old shape would go wrong; new columns and keys alone do not raise it.
    pub schema: &'static str,
    /// The version of the program that made the report, as `0.1.0`.
    pub tool_version: &'static str,
    /// The editions of Microsoft's lists that the answers rest on.
    pub catalog: Vec<CatalogSource>,
    /// The user's files that went in, in the order they were named.
    pub inputs: Vec<Input>,
    /// What the reader must know to read the views right.
    pub notes: Vec<Note>,
    /// The network that the report is about, for formats that draw it; `None` where there is none.
    pub topology: Option<Topology>,
    /// Packets that are in no view, by reason; empty where nothing was skipped.
    pub skipped: Vec<SkipCount>,
    /// The tables, in the order they are shown.
    pub views: Vec<View>,
    /// What each check came to, in the order of the checks; empty where a command checks nothing.
    pub checks: Vec<CheckOutcome>,
    /// The least severity at which a warning counts as a failure.
    pub fail_on: Severity,
    /// Another output of the same run that holds everything, told where a format cuts to keep its limit.
    pub whole: Option<String>,
}

impl Report {
    /// A report that says nothing yet.
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
            checks: Vec::new(),
            fail_on: Severity::Warning,
            whole: None,
        }
    }
}

impl Report {
    /// Adds notes, each unless it is there already: the networks of a report often read the same tables.
    pub fn tell(&mut self, notes: impl IntoIterator<Item = Note>) {
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// The same report with only the named columns in its views, in the views' own order.
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

/// What a decoder skipped, as reports tell it.
#[doc(hidden)]
pub fn skip_counts(skips: &SkipCounts) -> Vec<SkipCount> {
    skips
        .iter()
        .map(|(reason, count)| SkipCount {
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
    /// What kind of list: `service-tags`, `endpoints`, `communities`.
    pub kind: String,
    /// The cloud it is about: `public`, `government`, `china`.
    pub cloud: String,
    /// The file's name.
    pub name: String,
    /// The edition as the publisher counts it: `406`, `2026-05-31`.
    pub edition: String,
    /// The day the edition is dated, as `2026-05-25`, where it is known.
    pub date: Option<String>,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// `shipped` with the program, or the `user`'s own.
    pub origin: String,
}

/// One file (or stream) that the user gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it was read as: `capture`, `network`, `addresses`.
    pub kind: String,
    /// Its name as the user typed it; `-` for standard input.
    pub name: String,
    /// Its size in bytes as it was read (before decompression), where that is known.
    pub bytes: Option<u64>,
    /// SHA-256 of those bytes, 64 lower-case hexadecimal digits, where it was computed.
    pub sha256: Option<String>,
}

impl Input {
    /// An input that was read whole, with its hash where that is asked for.
    pub(crate) fn of(kind: &str, name: impl Into<String>, bytes: &[u8], hash: bool) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.into(),
            bytes: Some(bytes.len() as u64),
            sha256: hash.then(|| crate::catalog::sha256_hex(bytes)),
        }
    }
}

/// A sentence for the reader: a tolerance, a limit that was reached, a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How grave it is.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
    /// Whether it stands on standard error already; no output shows this.
    pub is_told: bool,
}

impl Note {
    /// Something worth knowing that changes no answer.
    pub fn advice(text: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, text: text.into(), is_told: false }
    }

    /// Something that makes an answer less than it seems.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, text: text.into(), is_told: false }
    }
}

/// How many packets were left out of every view for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipCount {
    /// The reason's stable name: `arp`, `truncated`, `unknown-link-type`.
    pub reason: String,
    /// Packets left out.
    pub packets: u64,
    /// Their frames' bytes on the wire.
    pub frame_bytes: u64,
    /// Whether these are, or may be, IP packets that are missing in the views; no output shows this.
    pub is_loss: bool,
}
