//! The outcomes of checks: the verdict, failures as cards with a witness, everything else folded.

use std::cmp::Reverse;

use maud::{Markup, html};

use crate::check::{CheckKind, CheckOutcome, Status, StatusCounts, Verdict};
use crate::report::Report;
use crate::report::check_text::{Lines, path_of};

/// Maximum number of cards; the machine-readable formats have all outcomes.
const CARDS: usize = 60;

/// Returns the section of the checks; `None` if the report has none.
pub(super) fn section(report: &Report) -> Option<Markup> {
    if report.checks.is_empty() {
        return None;
    }
    let mut found: Vec<&CheckOutcome> =
        report.checks.iter().filter(|one| one.status != Status::Passed && !one.status.is_open()).collect();
    found.sort_by_key(|one| Reverse((one.status, one.severity)));
    Some(html! {
        (verdict(report))
        ol .findings {
            @for one in found.iter().take(CARDS) { (card(one)) }
        }
        @if found.len() > CARDS {
            p .cut { (found.len() - CARDS) " more: " code { "--out ndjson=FILE" } " writes all of them." }
        }
        (folded(report, Status::NotEvaluated, "Not evaluated, because the file lacks an input"))
        (folded(report, Status::Passed, "Passed"))
        (folded(report, Status::NotApplicable, "Rules that do not apply to this network"))
    })
}

/// Returns the verdict in one sentence, the number of checks, and the first failure.
fn verdict(report: &Report) -> Markup {
    let verdict = Verdict::of(&report.checks, report.fail_on);
    let counts = StatusCounts::of(&report.checks);
    let own = |one: &&CheckOutcome| one.kind != CheckKind::Lint;
    let failed: Vec<&CheckOutcome> =
        report.checks.iter().filter(own).filter(|one| one.objects(report.fail_on)).collect();
    html! {
        p .verdict {
            @match verdict {
                Verdict::Passed => { "What was checked holds. " }
                Verdict::Warned => { "The network has " strong { "warnings" } ". " }
                Verdict::Failed => { strong { (counts.failed) " of the requirements " @if counts.failed == 1 { "does" } @else { "do" } " not hold" } ". " }
                Verdict::CannotJudge => { strong { "Not everything can be decided" } ": an input is missing, or sources disagree. " }
            }
            @if let Some(first) = failed.first() { (quoted(&first.title)) ": " (quoted(&first.message)) ". " }
            @if counts.not_evaluated > 0 { (counts.not_evaluated) " rules were not evaluated, because the file lacks an input; they have not passed." }
        }
        p { (counts.sentence()) "." }
    }
}

fn card(one: &CheckOutcome) -> Markup {
    let bad = matches!(one.status, Status::Failed | Status::CannotJudge);
    html! {
        li .{ "finding" @if bad { " bad" } } {
            p .finding-head {
                span .{ "badge" @if bad { " bad" } } { (one.word()) } " "
                strong { (one.id) } " " span .support { (quoted(&one.title)) }
            }
            p { (quoted(&one.message)) }
            @if let Some(remedy) = &one.remedy { p { strong { "What to do: " } (quoted(remedy)) } }
            @if let Some(place) = &one.place {
                p .support { (path_of(place)) ", line " (Lines::of(place).line) }
            }
            @if let Some(witness) = &one.witness {
                details {
                    summary { "Witness: " (witness.address) " from " (witness.vantage) }
                    ul { @for sentence in &witness.explanation { li { (quoted(sentence)) } } }
                }
            }
            @if let Some(waiver) = &one.waiver { p { "Accepted until " (waiver.expires) ": " (waiver.reason) } }
        }
    }
}

fn folded(report: &Report, status: Status, heading: &str) -> Markup {
    let all: Vec<&CheckOutcome> = report.checks.iter().filter(|one| one.status == status).collect();
    html! {
        @if !all.is_empty() {
            details {
                summary { (heading) " (" (all.len()) ")" }
                ul .notes { @for one in &all { li { strong { (one.id) } ": " (quoted(&one.title)) "; " (quoted(&one.message)) } } }
            }
        }
    }
}

/// Returns a text in which what stands between backquotes is code.
pub(super) fn quoted(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // A text with an unpaired backquote stays as it is.
    let paired = parts.len() % 2 == 1;
    html! {
        @if paired {
            @for (place, part) in parts.iter().enumerate() {
                @if place % 2 == 0 { (part) } @else { code { (part) } }
            }
        } @else { (text) }
    }
}
