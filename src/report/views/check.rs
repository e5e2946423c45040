//! The view of checks.

use crate::check::CheckOutcome;
use crate::report::check_text::{CHECKS, Lines};
use crate::report::{Cell, Column, ColumnKind, View};

/// Returns the view of all outcomes, in the given order.
pub fn checks(outcomes: &[CheckOutcome]) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let integer = |name, meaning| Column::new(name, ColumnKind::Integer, meaning);
    let columns = [
        text("check", "the name of the check; for a lint, its code"),
        text("kind", "lint, assertion, example, budget, intent, sum, waiver or input"),
        text("status", "passed, waived, warned, failed or cannot-judge"),
        text("severity", "the severity of a failure: advice, warning or error"),
        text("title", "the title of the check"),
        text("message", "the finding, with its subject"),
        text("file", "the file"),
        integer("line", "the line, from 1; empty if the finding is about the whole file"),
        integer("column", "the character in the line, from 1"),
        integer("end_line", "the line in which the place ends"),
        integer("end_column", "the character after the last one of the place"),
        text("remedy", "how to fix it"),
        text("explanation", "the meaning of the check, with its source"),
        text("from", "the vantage point of the packet to the witness"),
        text("witness", "an address that demonstrates the failure"),
        Column::new("why", ColumnKind::List, "the reasons for the path to the witness, sentence by sentence"),
        text("waiver", "the reason why the failure is accepted"),
        text("waived_until", "the last day of the waiver"),
    ];
    let mut view = View::new(CHECKS, &columns);
    for outcome in outcomes {
        let lines = outcome.place.as_ref().map(Lines::of);
        let witness = outcome.witness.as_ref();
        let number = |number: usize| number as u64;
        view.push(vec![
            Cell::from(outcome.id.as_str()),
            Cell::from(outcome.kind.word()),
            Cell::from(outcome.status.word()),
            Cell::from(outcome.severity.to_string()),
            Cell::from(outcome.title.as_str()),
            Cell::from(outcome.message.as_str()),
            Cell::from(outcome.place.as_ref().map(|place| place.source.name())),
            Cell::from(lines.map(|lines| number(lines.line))),
            Cell::from(lines.map(|lines| number(lines.column))),
            Cell::from(lines.map(|lines| number(lines.end_line))),
            Cell::from(lines.map(|lines| number(lines.end_column))),
            Cell::from(outcome.remedy.clone()),
            Cell::from(outcome.explanation),
            Cell::from(witness.map(|witness| witness.vantage.as_str())),
            Cell::from(witness.map(|witness| witness.address.to_string())),
            Cell::from(witness.map(|witness| witness.explanation.clone())),
            Cell::from(outcome.waiver.as_ref().map(|waiver| waiver.reason.as_str())),
            Cell::from(outcome.waiver.as_ref().map(|waiver| waiver.expires.to_string())),
        ]);
    }
    view
}
