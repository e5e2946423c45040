//! Annotations: the commands with which GitHub Actions and Azure Pipelines show a message next to a line.
//! There is one annotation for each outcome that did not pass, at the line in the user's file. Services show ten of each kind
//! per step and drop the rest silently. Therefore no more are written, and the tenth reports how many were omitted.
//! The last line is the tally, as plain text.

use std::io::{self, Write};

use crate::check::{CheckOutcome, Status, StatusCounts};
use crate::diag::Severity;
use crate::report::check_text::{Lines, command, path_of, sentences, shortened, where_the_rest_is};
use crate::report::text::visible;
use crate::report::{Format, Render, Report};

/// Maximum number of annotations of each kind that a service shows per step.
const PER_KIND: usize = 10;
/// Maximum size of a message in bytes; GitHub accepts 64 KiB.
const LONGEST_MESSAGE: usize = 4_000;
/// Maximum size of a title in bytes; GitHub accepts 255 characters.
const LONGEST_TITLE: usize = 200;

/// Writes checks as workflow commands of GitHub Actions: `::error file=…,line=…::message`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GithubRenderer;

impl Render for GithubRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Github.check(report)?;
        for annotation in annotations(report, &Kind::ALL) {
            writeln!(out, "{}", github(&annotation))?;
        }
        write_tally(report, out)
    }
}

/// Writes checks as logging commands of Azure Pipelines: `##vso[task.logissue type=error;…]message`. Azure has no level
/// below a warning, so advice is a plain line.
#[derive(Clone, Copy, Debug, Default)]
pub struct AzureDevopsRenderer;

impl Render for AzureDevopsRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::AzureDevops.check(report)?;
        for annotation in annotations(report, &[Kind::Error, Kind::Warning]) {
            writeln!(out, "{}", azure(&annotation))?;
        }
        for outcome in report.checks.iter().filter(|outcome| kind(outcome) == Some(Kind::Notice)) {
            let place =
                outcome.place.as_ref().map(|place| format!("{}:{}: ", path_of(place), Lines::of(place).line));
            let line = format!("advice: {}{}: {}", place.unwrap_or_default(), outcome.id, outcome.message);
            // The agent also recognizes a command in the middle of a line.
            writeln!(out, "{}", visible(&line).replace("##", "# #"))?;
        }
        write_tally(report, out)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

struct Annotation {
    kind: Kind,
    place: Option<(String, Lines)>,
    title: String,
    message: String,
}

/// Returns the kind of an outcome's annotation; `None` for a pass, a waiver, and a rule that was not evaluated: the
/// tally counts these.
fn kind(outcome: &CheckOutcome) -> Option<Kind> {
    match (outcome.status, outcome.severity) {
        (Status::Passed | Status::NotApplicable | Status::NotEvaluated | Status::Waived, _) => None,
        (Status::Failed | Status::CannotJudge, _) => Some(Kind::Error),
        (Status::Warned, Severity::Advice) => Some(Kind::Notice),
        (Status::Warned, Severity::Warning | Severity::Error) => Some(Kind::Warning),
    }
}

/// Returns at most [`PER_KIND`] annotations of each kind, grouped by kind, each in the order of the checks.
fn annotations(report: &Report, kinds: &[Kind]) -> Vec<Annotation> {
    let mut all = Vec::new();
    for wanted in kinds {
        let of_kind: Vec<&CheckOutcome> =
            report.checks.iter().filter(|outcome| kind(outcome) == Some(*wanted)).collect();
        let shown = if of_kind.len() > PER_KIND { PER_KIND - 1 } else { of_kind.len() };
        all.extend(of_kind.iter().take(shown).map(|outcome| annotation(*wanted, outcome)));
        let rest = of_kind.len() - shown;
        if rest > 0 {
            let what = format!("{rest} more of this kind are omitted");
            all.push(Annotation {
                kind: *wanted,
                place: None,
                title: command(report),
                message: format!("{what}: {}", where_the_rest_is(report)),
            });
        }
    }
    all
}

fn annotation(kind: Kind, outcome: &CheckOutcome) -> Annotation {
    let unsure = if outcome.status == Status::CannotJudge { "cannot judge: " } else { "" };
    Annotation {
        kind,
        place: outcome.place.as_ref().map(|place| (path_of(place), Lines::of(place))),
        title: shortened(&visible(&format!("{unsure}{}", outcome.id)), LONGEST_TITLE),
        message: shortened(&sentences(outcome).join("\n"), LONGEST_MESSAGE),
    }
}

fn write_tally(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", command(report), StatusCounts::of(&report.checks).sentence())
}

/// Formats `::error file=…,line=…,endLine=…,col=…,title=…::message` (GitHub, workflow-commands-for-github-actions).
fn github(annotation: &Annotation) -> String {
    let mut properties = Vec::new();
    if let Some((file, lines)) = &annotation.place {
        properties.push(format!("file={}", github_property(file)));
        properties.push(format!("line={}", lines.line));
        properties.push(format!("endLine={}", lines.end_line));
        // GitHub accepts a column only for an annotation of a single line.
        if lines.line == lines.end_line {
            properties.push(format!("col={}", lines.column));
        }
    }
    properties.push(format!("title={}", github_property(&annotation.title)));
    format!("::{} {}::{}", annotation.kind.word(), properties.join(","), github_data(&annotation.message))
}

/// Escapes a message as GitHub's toolkit does.
fn github_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property as GitHub's toolkit does.
fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Formats `##vso[task.logissue type=…;sourcepath=…;linenumber=…;columnnumber=…;code=…]message` (Azure Pipelines,
/// logging-commands).
fn azure(annotation: &Annotation) -> String {
    let mut properties = format!("type={};", annotation.kind.word());
    if let Some((file, lines)) = &annotation.place {
        properties.push_str(&format!("sourcepath={};", azure_property(file)));
        properties.push_str(&format!("linenumber={};columnnumber={};", lines.line, lines.column));
    }
    properties.push_str(&format!("code={};", azure_property(&annotation.title)));
    format!("##vso[task.logissue {properties}]{}", azure_data(&annotation.message))
}

/// Escapes a message as Azure's task library does.
fn azure_data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property as Azure's task library does.
fn azure_property(text: &str) -> String {
    azure_data(text).replace(']', "%5D").replace(';', "%3B")
}
