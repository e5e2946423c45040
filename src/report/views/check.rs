//! The view of checks.

use crate::check::{CheckOutcome, Witness};
use crate::report::View;
use crate::report::check_text::{CHECKS, Lines};
use crate::report::columns::Columns;

/// The outcome of a check with its place in lines.
struct Placed<'o> {
    outcome: &'o CheckOutcome,
    lines: Option<Lines>,
}

/// Returns the view of all outcomes, in the given order.
pub fn checks(outcomes: &[CheckOutcome]) -> View {
    let rows =
        outcomes.iter().map(|outcome| Placed { outcome, lines: outcome.place.as_ref().map(Lines::of) });
    Columns::<Placed<'_>>::new()
        .text("check", "the name of the check; for a lint, its code", |row| row.outcome.id.clone())
        .text("kind", "lint, assertion, example, budget, intent, sum, waiver or input", |row| {
            row.outcome.kind.word()
        })
        .text("status", "passed, waived, warned, failed or cannot-judge", |row| row.outcome.status.word())
        .text("severity", "the severity of a failure: advice, warning or error", |row| {
            row.outcome.severity.to_string()
        })
        .text("title", "the title of the check", |row| row.outcome.title.clone())
        .text("message", "the finding, with its subject", |row| row.outcome.message.clone())
        .text("file", "the file", |row| {
            row.outcome.place.as_ref().map(|place| place.source.name().to_owned())
        })
        .group_if(|row| row.lines.as_ref(), lines())
        .text("remedy", "how to fix it", |row| row.outcome.remedy.clone())
        .text("explanation", "the meaning of the check, with its source", |row| row.outcome.explanation)
        .group_if(|row| row.outcome.witness.as_ref(), witness())
        .text("waiver", "the reason why the failure is accepted", |row| {
            row.outcome.waiver.as_ref().map(|waiver| waiver.reason.clone())
        })
        .text("waived_until", "the last day of the waiver", |row| {
            row.outcome.waiver.as_ref().map(|waiver| waiver.expires.to_string())
        })
        .view(CHECKS, rows)
}

fn lines<'c>() -> Columns<'c, Lines> {
    Columns::<Lines>::new()
        .integer("line", "the line, from 1; empty if the finding is about the whole file", |lines| {
            lines.line as u64
        })
        .integer("column", "the character in the line, from 1", |lines| lines.column as u64)
        .integer("end_line", "the line in which the place ends", |lines| lines.end_line as u64)
        .integer("end_column", "the character after the last one of the place", |lines| {
            lines.end_column as u64
        })
}

fn witness<'c>() -> Columns<'c, Witness> {
    Columns::<Witness>::new()
        .text("from", "the vantage point of the packet to the witness", |witness| witness.vantage.clone())
        .text("witness", "an address that demonstrates the failure", |witness| witness.address.to_string())
        .list("why", "the reasons for the path to the witness, sentence by sentence", |witness| {
            witness.explanation.clone()
        })
}
