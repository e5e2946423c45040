//! `peerpath check`

mod guide;

use super::super::args::{CheckArgs, FailOnArg, Global};
use super::super::checks as own_checks;
use super::super::console::Stream;
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::{Parsed, TextFile, catalog, cloud_of, read_text_or_stdin};
use super::super::output::{self, OutFile};
use super::super::render::{self, show};
use crate::check::{
    Acceptance, CheckKind, CheckOutcome, LintEvidence, Linted, Status, StatusCounts, Verdict, accept, lint,
    lint_outcomes, unusable_outcomes,
};
use crate::cli::console;
use crate::cli::input_failure::write_failure;
use crate::cli::inputs::tables::route_tables;
use crate::diag::{Diagnostics, Severity, visible};
use crate::engine::Inputs;
use crate::network::Network;
use crate::report::explain::reason::Names;
use crate::report::views::assertion::check_parts;
use crate::report::views::check::checks;
use crate::report::views::coverage;
use crate::report::{Format, Input, Report, catalog_sources};

/// The version of the report.
const SCHEMA: &str = "peerpath.check/2";

/// Columns of the text tables of checks, of prefixes that do not meet them, and of coverage.
#[rustfmt::skip]
const BRIEF: &[&str] = &[
    "check", "status", "severity", "file", "line", "message",
    "result", "failure", "vantage", "prefix", "addresses", "path",
    "family", "checked", "captured", "untouched", "list_kind", "list", "what", "text",
    "ipv4", "ipv4_untouched", "ipv6", "ipv6_untouched",
];

pub(super) fn run(global: &Global, args: &CheckArgs) -> Result<Exit, CliError> {
    let path = args.file.as_path();
    let format: Option<Format> = match args.gate.format.as_str() {
        "text" => None,
        name => Some(name.parse()?),
    };
    let files = output::files(&args.gate.out)?;
    evaluate(global, args, format, &files).map_err(|error| match error {
        // The errors were already reported line by line, or in the requested format.
        CliError::Network { .. } => error,
        error => write_failure(SCHEMA, path, &files, error, global),
    })
}

/// Reads the network file, runs the checks and writes the report.
fn evaluate(
    global: &Global,
    args: &CheckArgs,
    format: Option<Format>,
    files: &[OutFile],
) -> Result<Exit, CliError> {
    let path = args.file.as_path();
    let TextFile { source, bytes } = read_text_or_stdin(path)?;
    let catalog = catalog(global, cloud_of(global, &source))?;
    let Parsed { network, mut findings } = Parsed::read(global, path, &source, &catalog)?;
    let read = network.as_ref().map(route_tables).transpose()?.unwrap_or_default();
    let Linted { findings: by_rules, evidence } = match &network {
        Some(network) => lint(Inputs::new(network, &catalog).tables(&read.tables))?,
        None => Linted::default(),
    };
    findings.extend(by_rules);
    findings.extend(read.found.clone());
    let mut report = begin(args, files);
    report.catalog = catalog_sources(&catalog);
    report.inputs.push(Input::of("network", path.display().to_string(), &bytes, true));
    if let (Some(network), Some(name)) = (&network, &args.guide) {
        let inputs = Inputs::new(network, &catalog).tables(&read.tables);
        return guide::run(global, args, (guide::named(name)?, inputs), &findings, report, (format, files));
    }
    let accepted = match &network {
        Some(network) => accept(network, &findings, own_checks::today(args.checks.today)),
        None => Acceptance { left: findings, ..Acceptance::default() },
    };
    let (findings, accepted) = (accepted.left.sorted(), accepted.outcomes);

    report.checks = outcomes(network.as_ref(), &findings, &evidence, accepted);
    let inputs = network.as_ref().map(|network| Inputs::new(network, &catalog).tables(&read.tables));
    let covered = inputs.map(|inputs| run_own_checks(global, args, inputs, &mut report)).transpose()?;
    let covered = covered.unwrap_or_default();
    report.views.insert(0, checks(&report.checks));
    output::choose_views(&mut report, &args.view)?;
    if let Some(format) = format {
        output::write(&report, format, files, Some(BRIEF), global)?;
    } else {
        if network.is_none() {
            show(&findings, global)?;
        } else {
            let drawn = text(&findings, &report.checks, global, source.name());
            output::text_of(&report, &format!("{drawn}{covered}"))?;
        }
        output::write_files(&report, files, Some(BRIEF), global)?;
        output::print_warnings(&report, global);
    }
    if network.is_none() {
        return Err(CliError::Network { path: path.to_owned(), errors: findings.count(Severity::Error) });
    }
    if global.strict && !read.lost.is_empty() {
        console::note(&format!("--strict: {}", read.lost.join("; ")));
        return Ok(Exit::CannotJudge);
    }
    Ok(Exit::of(Verdict::of(&report.checks, report.fail_on), &args.gate.verdict))
}

/// Returns the empty report of a run.
fn begin(args: &CheckArgs, files: &[OutFile]) -> Report {
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.fail_on = args.gate.verdict.fail_on.unwrap_or(FailOnArg::Warning).into();
    report.whole = output::whole(files);
    report
}

/// Runs the user's checks. With `--coverage`, also computes their coverage and returns its summary.
fn run_own_checks(
    global: &Global,
    args: &CheckArgs,
    inputs: Inputs<'_>,
    report: &mut Report,
) -> Result<String, CliError> {
    let Inputs { network, catalog, .. } = inputs;
    let (own, beside) = own_checks::gather(global, &args.checks, network, catalog)?;
    report.inputs.extend(beside);
    if !own.all.is_empty() {
        let evaluated = own_checks::evaluate(inputs, &own, &args.checks)?;
        report.checks.extend(evaluated.outcomes.iter().cloned());
        report.views.push(check_parts(&evaluated, Names { catalog, network: Some(network) }));
    }
    if !args.coverage {
        return Ok(String::new());
    }
    let found = own_checks::cover(global, inputs, &own, &args.capture, report)?;
    let name = network.source.name();
    report.views.extend(coverage::views(&found, name));
    Ok(coverage::summary(&found, &visible(name)))
}

/// Converts the findings and the evidence to outcomes. Without a network the file has errors, and nothing else can be
/// checked.
fn outcomes(
    network: Option<&Network>,
    found: &Diagnostics,
    evidence: &LintEvidence,
    accepted: Vec<CheckOutcome>,
) -> Vec<CheckOutcome> {
    match network {
        None => unusable_outcomes(found),
        Some(network) => lint_outcomes(network, found, evidence, accepted),
    }
}

/// Draws each finding with the lines of the file that it refers to, followed by what passed on which evidence, what was
/// not evaluated, and the number of checks that ran.
fn text(found: &Diagnostics, outcomes: &[CheckOutcome], global: &Global, name: &str) -> String {
    let colour = Stream::Out.is_coloured(global.color);
    let mut text = String::new();
    for diagnostic in found.iter() {
        text.push_str(&render::draw(diagnostic, colour));
        text.push('\n');
    }
    // Findings were already drawn, except waived ones.
    let shown = |outcome: &&CheckOutcome| match outcome.kind {
        CheckKind::Lint => outcome.status == Status::Waived,
        _ => outcome.status != Status::Passed,
    };
    for outcome in outcomes.iter().filter(shown) {
        text.push_str(&render::draw_outcome(outcome, colour));
        text.push('\n');
    }
    text.push_str(&evidence(outcomes));
    text.push_str(&format!("{}: {}\n", visible(name), StatusCounts::of(outcomes).sentence()));
    text
}

/// Returns a line for each check of the user that passed, one for all rules that passed, and one for each group of rules
/// that lack the same input.
fn evidence(outcomes: &[CheckOutcome]) -> String {
    let passed = |outcome: &&CheckOutcome| outcome.status == Status::Passed;
    let mut lines: Vec<String> = Vec::new();
    for own in outcomes.iter().filter(passed).filter(|one| one.kind != CheckKind::Lint) {
        lines.push(format!("passed: {} ({})", visible(&own.id), visible(&own.message)));
    }
    match outcomes.iter().filter(passed).filter(|one| one.kind == CheckKind::Lint).count() {
        0 => {}
        1 => lines.push("passed: 1 readiness rule".to_owned()),
        rules => lines.push(format!("passed: {rules} readiness rules")),
    }
    let mut open: Vec<(&CheckOutcome, Vec<&str>)> = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.status == Status::NotEvaluated) {
        let same = |(first, _): &&mut (&CheckOutcome, Vec<&str>)| {
            (&first.message, &first.remedy) == (&outcome.message, &outcome.remedy)
        };
        match open.iter_mut().find(same) {
            Some((_, rules)) => rules.push(&outcome.id),
            None => open.push((outcome, vec![&outcome.id])),
        }
    }
    lines.extend(open.iter().map(|(outcome, rules)| {
        let remedy = outcome.remedy.as_ref().map(|remedy| format!(": {remedy}")).unwrap_or_default();
        let line = format!("not evaluated: {} ({}){remedy}", rules.join(", "), outcome.message);
        visible(&line)
    }));
    lines.push(String::new());
    lines.join("\n")
}
