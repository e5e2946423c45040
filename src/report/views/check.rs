//! The view of checks.

use crate::check::{CheckOutcome, Covered, Witness};
use crate::report::View;
use crate::report::check_text::{CHECKS, Lines};
use crate::report::columns::Columns;

/// The outcome of a check, with its position as lines and columns.
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
        .text(
            "kind",
            "the kind of check: lint, assertion, example, budget, intent, sum, waiver or input",
            |row| row.outcome.kind.word(),
        )
        .text("status", "the status: passed, not-applicable, not-evaluated, waived, warned, failed or cannot-judge", |row| {
            row.outcome.status.word()
        })
        .text("severity", "the severity of a failure: advice, warning or error", |row| {
            row.outcome.severity.to_string()
        })
        .text("title", "the title of the check", |row| row.outcome.title.clone())
        .text(
            "message",
            "the finding, with its subject; for a pass, what was examined; for not-evaluated, the missing input",
            |row| row.outcome.message.clone(),
        )
        .text("file", "the file to which the finding refers", |row| {
            row.outcome.place.as_ref().map(|place| place.source.name().to_owned())
        })
        .group_if(|row| row.lines.as_ref(), lines())
        .text("remedy", "how to fix the problem", |row| row.outcome.remedy.clone())
        .text("explanation", "the meaning of the check, with its source", |row| row.outcome.explanation)
        .group_if(|row| row.outcome.witness.as_ref(), witness())
        .group_if(|row| row.outcome.covered.as_ref(), covered())
        .text("waiver", "the reason why the failure is accepted", |row| {
            row.outcome.waiver.as_ref().map(|waiver| waiver.reason.clone())
        })
        .text("waived_until", "the last day on which the waiver applies", |row| {
            row.outcome.waiver.as_ref().map(|waiver| waiver.expires.to_string())
        })
        .view(CHECKS, rows)
}

fn lines<'c>() -> Columns<'c, Lines> {
    Columns::<Lines>::new()
        .integer("line", "the line, from 1; empty if the finding is about the whole file", |lines| {
            lines.line as u64
        })
        .integer("column", "the first character of the reported text in the line, from 1", |lines| {
            lines.column as u64
        })
        .integer("end_line", "the line in which the reported text ends", |lines| lines.end_line as u64)
        .integer("end_column", "the position after the last character of the reported text", |lines| {
            lines.end_column as u64
        })
}

fn covered<'c>() -> Columns<'c, Covered> {
    Columns::<Covered>::new()
        .count("ipv4", "the number of IPv4 addresses in the scope of a check of your own", |covered| {
            covered.ipv4
        })
        .count("ipv6", "the number of IPv6 addresses in the scope", |covered| covered.ipv6)
        .integer(
            "vantage_points",
            "the number of vantage points from which the scope was evaluated",
            |covered| covered.vantage_points as u64,
        )
        .integer(
            "failures",
            "the number of failures under which the scope was evaluated as well; 0 without `survives`",
            |covered| covered.failures.unwrap_or_default() as u64,
        )
}

fn witness<'c>() -> Columns<'c, Witness> {
    Columns::<Witness>::new()
        .text("from", "the vantage point from which packets to the witness start", |witness| {
            witness.vantage.clone()
        })
        .text("witness", "an address that demonstrates the failure", |witness| witness.address.to_string())
        .list("why", "the reasons for the path to the witness, one sentence each", |witness| {
            witness.explanation.clone()
        })
}
