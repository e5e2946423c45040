//! Draws diagnostics and errors for standard error.

use std::fmt;
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::args::{ColourArg, Global};
use super::console::{self, Stream};
use super::error::CliError;
use crate::check::{CheckOutcome, Status};
use crate::diag::{Diagnostic, Diagnostics, Drawing, Label, Severity, visible};

/// Draws the findings about a file on standard error; with `--quiet`, without advice.
pub(super) fn show(all: &Diagnostics, global: &Global) -> Result<(), CliError> {
    let mut grave = Diagnostics::new();
    let shown = if global.quiet {
        let warnings = all.iter().filter(|one| one.severity >= Severity::Warning);
        warnings.cloned().for_each(|one| grave.push(one));
        &grave
    } else {
        all
    };
    diagnostics(shown, global.color)
        .map_err(|source| CliError::Write { path: "standard error".into(), source })
}

/// Writes each diagnostic with the lines of the file that it refers to.
pub(super) fn diagnostics(all: &Diagnostics, choice: ColourArg) -> io::Result<()> {
    for diagnostic in all.iter() {
        writeln!(console::stderr(), "{}", draw(diagnostic, Stream::Err.is_coloured(choice)))?;
    }
    Ok(())
}

/// Draws one diagnostic as text.
pub(super) fn draw(diagnostic: &Diagnostic, colour: bool) -> String {
    drawn(&Drawing::from(diagnostic), colour)
        .unwrap_or_else(|_| format!("{}: {}", diagnostic.code, visible(&diagnostic.message)))
}

/// Draws the outcome of a check in the same form as a diagnostic.
pub(super) fn draw_outcome(outcome: &CheckOutcome, colour: bool) -> String {
    drawn(&drawing(outcome), colour)
        .unwrap_or_else(|_| format!("{}: {}", visible(&outcome.id), visible(&outcome.message)))
}

fn drawn(drawing: &Drawing, colour: bool) -> Result<String, fmt::Error> {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    let mut text = String::new();
    handler.render_report(&mut text, drawing).map(|()| text)
}

/// Converts an outcome to a drawing.
fn drawing(outcome: &CheckOutcome) -> Drawing {
    let code = format!("{} {}: {}", outcome.kind.word(), outcome.id, outcome.word());
    let severity = match (outcome.status, outcome.severity) {
        (Status::Failed | Status::CannotJudge, _) => Severity::Error,
        (Status::Warned, Severity::Advice) => Severity::Advice,
        (Status::Passed | Status::NotApplicable | Status::NotEvaluated | Status::Waived, _) => {
            Severity::Advice
        }
        (Status::Warned, _) => Severity::Warning,
    };
    let mut lines: Vec<String> = outcome.remedy.iter().cloned().collect();
    if let Some(witness) = &outcome.witness {
        lines.push(format!("witness: {} from {}", witness.address, witness.vantage));
        lines.extend(witness.explanation.iter().map(|sentence| format!("- {sentence}")));
    }
    if let Some(waiver) = &outcome.waiver {
        lines.push(format!("waived until {}: {}", waiver.expires, waiver.reason));
    }
    let drawing = Drawing::new(&code, severity, &outcome.message).help(lines.iter().map(String::as_str));
    match &outcome.place {
        Some(place) => drawing.places(&place.source, &[Label { span: place.span, text: String::new() }]),
        None => drawing,
    }
}

/// Prints why a command failed: the error with its causes on one line, then one line for each detail.
pub(super) fn failure(failure: &CliError) {
    let details = failure.details();
    let colon = if details.is_empty() { "" } else { ":" };
    console::note(&format!("peerpath: {}{colon}", chain(failure)));
    for detail in details {
        console::note(&format!("  {detail}"));
    }
}

/// Prints an error with its causes on one line.
#[cfg(feature = "fetch")]
pub(super) fn error(error: &dyn std::error::Error) {
    console::note(&format!("peerpath: {}", chain(error)));
}

/// Joins an error and its causes on one line.
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
