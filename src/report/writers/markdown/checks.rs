//! The outcomes of checks, as shown in a comment on a pull request.

use std::cmp::Reverse;
use std::io;

use crate::check::{CheckOutcome, Status, StatusCounts, Verdict};
use crate::report::check_text::{
    Lines, command, file_path, path_of, sentences, shortened, where_the_rest_is,
};
use crate::report::text::{grouped, visible};
use crate::report::writers::bounded_text::Sheet;
use crate::report::writers::markdown::{escaped, line};
use crate::report::{Input, Report};

/// Maximum number of outcomes in the table of a comment, and in the explanations below it.
const COMMENT_OUTCOMES: usize = 50;
/// Maximum size of one finding in bytes.
const LONGEST: usize = 1_000;

/// Returns the line by which a comment is found and updated, `<!-- peerpath:FILE -->`. FILE is the evaluated network
/// file, without its revision.
pub(super) fn marker(report: &Report) -> String {
    let network_file = |input: &&Input| ["network", "base", "head"].contains(&input.kind.as_str());
    let file =
        report.inputs.iter().rfind(network_file).map_or_else(String::new, |input| file_path(&input.name));
    format!("<!-- peerpath:{} -->\n", visible(&file).replace('>', "%3E").replace("--", "-%2D"))
}

/// Writes the verdict, the number of checks, and the findings, the most severe first.
pub(super) fn head(report: &Report, comment: bool, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let verdict = report.verdict.unwrap_or_else(|| Verdict::of(&report.checks, report.fail_on));
    sheet.put(&format!("### {}: {} {}\n\n", command(report), symbol(verdict), verdict.word()))?;
    sheet.put(&format!("{}\n", StatusCounts::of(&report.checks).sentence()))?;
    let open = open(report);
    if open.is_empty() {
        return Ok(());
    }
    sheet.put("\n")?;
    sheet.put(&line(["outcome", "check", "where", "what"].iter().map(|&name| name.to_owned())))?;
    sheet.put("| --- | --- | --- | --- |\n")?;
    let shown = if comment { COMMENT_OUTCOMES } else { usize::MAX };
    for outcome in open.iter().take(shown) {
        let message = escaped(&shortened(&outcome.message, LONGEST));
        let cells = [badge(outcome), escaped(&shortened(&outcome.id, LONGEST)), place(outcome), message];
        sheet.put(&line(cells.into_iter()))?;
    }
    let rest = open.len().saturating_sub(shown);
    if rest > 0 {
        let rest = grouped(&rest.to_string());
        sheet.put(&format!("\nand {rest} more: {}\n", escaped(&where_the_rest_is(report))))?;
    }
    Ok(())
}

/// Writes the reason and the remedy for each finding, then what was not evaluated, what passed on which evidence, and
/// what does not apply.
pub(super) fn tail(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let open = open(report);
    if !open.is_empty() {
        sheet.fold("reasons and remedies")?;
        for outcome in open.iter().take(COMMENT_OUTCOMES) {
            let (id, title) = (shortened(&outcome.id, LONGEST), shortened(&outcome.title, LONGEST));
            let mut text = format!(
                "\n**{}** {} {}: {}\n\n",
                escaped(&id),
                badge(outcome),
                place(outcome),
                escaped(&title)
            );
            for sentence in sentences(outcome) {
                text.push_str(&format!("- {}\n", escaped(&shortened(&sentence, LONGEST))));
            }
            sheet.put(&text)?;
        }
        sheet.unfold()?;
    }
    for (status, heading) in [
        (Status::NotEvaluated, "not evaluated"),
        (Status::Passed, "passed"),
        (Status::NotApplicable, "not applicable"),
    ] {
        let all: Vec<&CheckOutcome> =
            report.checks.iter().filter(|outcome| outcome.status == status).collect();
        if all.is_empty() {
            continue;
        }
        sheet.fold(&format!("{} {heading}", grouped(&all.len().to_string())))?;
        sheet.put("\n")?;
        for outcome in all {
            let message = shortened(&sentences(outcome).join("; "), LONGEST);
            sheet.put(&format!(
                "- {}: {}\n",
                escaped(&shortened(&outcome.id, LONGEST)),
                escaped(&message)
            ))?;
        }
        sheet.unfold()?;
    }
    Ok(())
}

/// Returns the findings, the most severe first, otherwise in the order of the checks.
fn open(report: &Report) -> Vec<&CheckOutcome> {
    let mut open: Vec<&CheckOutcome> =
        report.checks.iter().filter(|one| one.status != Status::Passed && !one.status.is_open()).collect();
    open.sort_by_key(|outcome| Reverse((outcome.status, outcome.severity)));
    open
}

fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✅",
        Verdict::Warned => "⚠️",
        Verdict::Failed => "❌",
        Verdict::CannotJudge => "❔",
    }
}

/// Returns the status of an outcome with a symbol.
fn badge(outcome: &CheckOutcome) -> String {
    let sign = match (outcome.status, outcome.word()) {
        (Status::Passed, _) => "✅",
        (Status::NotApplicable, _) => "➖",
        (Status::Waived, _) => "☑️",
        (Status::Warned, "advice") => "ℹ️",
        (Status::Warned, _) => "⚠️",
        (Status::Failed, _) => "❌",
        (Status::NotEvaluated | Status::CannotJudge, _) => "❔",
    };
    format!("{sign} {}", outcome.word())
}

fn place(outcome: &CheckOutcome) -> String {
    let place = outcome.place.as_ref();
    place.map_or_else(String::new, |place| escaped(&format!("{}:{}", path_of(place), Lines::of(place).line)))
}
