//! Floor 0: diagnostics about a user's files, with the position, the problem and the fix.
//!
//! Reading a file yields a value *and* all [`Diagnostics`], not only the first. A diagnostic has
//! a stable [`Code`] and points into its [`Source`]. Its [`Drawing`] implements [`miette::Diagnostic`], so the
//! command line can draw it, and other programs can read the same facts as data.
//!
//! ```
//! use peerpath::diag::{Code, Diagnostic, Source, Span};
//!
//! let source = Source::new("network.yaml", "version: 1\nsku: gold\n");
//! let gold = Span { start: 16, length: 4 };
//! let found = Diagnostic::error(Code::NETWORK_VALUE, &source, "`gold` is not a SKU")
//!     .at(gold, "here")
//!     .help("write `standard`, `premium` or `local`");
//! assert_eq!(found.position(), Some((2, 6)));
//! ```

mod codes;
mod drawing;
mod encoding;
mod excerpt;
mod file;
mod progress;
mod source;
mod text;
mod utf8_reader;

use std::fmt;

pub use codes::{CODES, Code, CodeEntry};
pub use drawing::Drawing;
#[doc(hidden)]
pub use encoding::{Encoding, NotUtf8, decode, wide_encoding};
#[doc(hidden)]
pub use file::{InputError, Limited, open_file, open_stream, read_all, read_file};
pub use progress::{Progress, Silent, TaskId};
pub use source::{Source, Span, Spanned};
#[doc(hidden)]
pub use text::{code_point, is_hidden, is_unsafe, visible};
#[doc(hidden)]
pub use utf8_reader::Utf8Reader;

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The finding is worth knowing but does not affect the verdict.
    Advice,
    /// The finding is probably not intended, but the file is usable.
    Warning,
    /// The file cannot be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A position in the source, with a text about that position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The position.
    pub span: Span,
    /// The text. It is empty if the position is only marked.
    pub text: String,
}

/// One finding about a user's file.
///
/// Style: lower case, no full stop, the user's text in backticks, and numbers always with their unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// The severity.
    pub severity: Severity,
    /// The problem, with the entry that it concerns.
    pub message: String,
    /// The positions, the most relevant first. Empty if the finding is about the whole file.
    pub labels: Vec<Label>,
    /// The fix for the problem.
    pub help: Option<String>,
    /// The file.
    pub source: Source,
}

impl Diagnostic {
    /// Creates an error without a position or help.
    pub fn error(code: Code, source: &Source, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            source: source.clone(),
        }
    }

    /// Creates a warning without a position or help.
    pub fn warning(code: Code, source: &Source, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, source, message) }
    }

    /// Creates a diagnostic with severity [`Severity::Advice`], without a position or help.
    pub fn advice(code: Code, source: &Source, message: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, ..Self::error(code, source, message) }
    }

    /// Adds a position.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Sets the help, which states the fix for the problem.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns the line and column (both from 1) of the first position, or `None` if there is no position.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.labels.first().map(|label| self.source.position(label.span.start))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// All diagnostics from reading one file, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all diagnostics from another list.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns whether there is an error, in which case the file cannot be used.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns the number of diagnostics with a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Returns whether there are no diagnostics.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the diagnostics, ordered by position in the file. Diagnostics without a position come first.
    pub fn sorted(mut self) -> Self {
        self.0.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span.start));
        self
    }

    /// Iterates over all diagnostics.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
