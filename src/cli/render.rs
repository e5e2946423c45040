//! Diagnostics and errors as people read them on standard error.

use std::fmt;
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::args::ColourArg;
use super::console::{self, Stream};
use super::error::CliError;
use crate::check::{CheckOutcome, Status};
use crate::diag::{Diagnostic, Diagnostics, Severity};

/// Writes every diagnostic with its place, drawn into the file's text.
pub(super) fn diagnostics(all: &Diagnostics, choice: ColourArg) -> io::Result<()> {
    for diagnostic in all.iter() {
        writeln!(console::stderr(), "{}", draw(diagnostic, Stream::Err.is_coloured(choice)))?;
    }
    Ok(())
}

/// One diagnostic as text.
pub(super) fn draw(diagnostic: &Diagnostic, colour: bool) -> String {
    drawn(diagnostic, colour).unwrap_or_else(|_| format!("{}: {diagnostic}", diagnostic.code))
}

/// One outcome of a check as text, drawn as a diagnostic is.
pub(super) fn draw_outcome(outcome: &CheckOutcome, colour: bool) -> String {
    drawn(&Drawn(outcome), colour).unwrap_or_else(|_| format!("{}: {}", outcome.id, outcome.message))
}

fn drawn(diagnostic: &dyn miette::Diagnostic, colour: bool) -> Result<String, fmt::Error> {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    let mut text = String::new();
    handler.render_report(&mut text, diagnostic).map(|()| text)
}

/// An outcome in the eyes of the drawing library.
#[derive(Debug)]
struct Drawn<'a>(&'a CheckOutcome);

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{} {}: {}", self.0.kind.word(), self.0.id, self.0.word())))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match (self.0.status, self.0.severity) {
            (Status::Failed | Status::CannotJudge, _) => miette::Severity::Error,
            (Status::Passed | Status::Waived, _) | (Status::Warned, Severity::Advice) => {
                miette::Severity::Advice
            }
            (Status::Warned, _) => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let mut lines: Vec<String> = self.0.remedy.iter().cloned().collect();
        if let Some(witness) = &self.0.witness {
            lines.push(format!("witness: {} from {}", witness.address, witness.vantage));
            lines.extend(witness.explanation.iter().map(|sentence| format!("- {sentence}")));
        }
        if let Some(waiver) = &self.0.waiver {
            lines.push(format!("waived until {}: {}", waiver.expires, waiver.reason));
        }
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.place.as_ref().map(|place| &place.source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let place = self.0.place.as_ref()?;
        let span = miette::LabeledSpan::new(None, place.span.start, place.span.length);
        Some(Box::new(std::iter::once(span)))
    }
}

/// Writes why a command failed: the error with what lies under it on one line, then one line for each of its details.
pub(super) fn failure(failure: &CliError) {
    let details = failure.details();
    let colon = if details.is_empty() { "" } else { ":" };
    console::note(&format!("peerpath: {}{colon}", chain(failure)));
    for detail in details {
        console::note(&format!("  {detail}"));
    }
}

/// Writes an error with what lies under it, on one line.
pub(super) fn error(error: &dyn std::error::Error) {
    console::note(&format!("peerpath: {}", chain(error)));
}

/// An error and what lies under it, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        let line = below.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = below.source();
    }
    text
}
