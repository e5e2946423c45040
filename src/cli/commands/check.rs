//! `peerpath check`

use super::super::args::{CheckArgs, FailOnArg, Global};
use super::super::checks as own_checks;
use super::super::console::Stream;
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::{TextFile, judge_network, read_text_or_stdin};
use super::super::output::{self, OutFile};
use super::super::render::{self, show};
use super::super::tables::route_tables;
use super::super::unjudged::unjudged;
use crate::check::{
    Acceptance, CheckKind, CheckOutcome, Status, Tally, Verdict, accept, lint, lint_outcomes,
    unusable_outcomes,
};
use crate::diag::{Diagnostics, Severity, visible};
use crate::engine::Inputs;
use crate::network::Network;
use crate::report::explain::reason::Names;
use crate::report::views::assertion::check_parts;
use crate::report::views::check::checks;
use crate::report::views::coverage;
use crate::report::{Format, Input, Report, catalog_sources};

/// The version of the report.
const SCHEMA: &str = "peerpath.check/1";

/// Columns that tables for people have: of checks, of what does not meet them, of coverage.
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
    judge(global, args, format, &files).map_err(|error| match error {
        // Told line by line already, or in the format that was asked for.
        CliError::Network { .. } => error,
        error => unjudged(SCHEMA, path, &files, error, global),
    })
}

/// Reads, checks, writes.
fn judge(
    global: &Global,
    args: &CheckArgs,
    format: Option<Format>,
    files: &[OutFile],
) -> Result<Exit, CliError> {
    let path = args.file.as_path();
    let TextFile { source, bytes } = read_text_or_stdin(path)?;
    let (catalog, network, mut found) = judge_network(global, path, &source)?;
    let read = network.as_ref().map(route_tables).transpose()?.unwrap_or_default();
    if let Some(network) = &network {
        found.extend(lint(Inputs::new(network, &catalog).tables(&read.tables))?);
    }
    found.extend(read.found.clone());
    let today = own_checks::today(args.checks.today);
    let Acceptance { left: found, outcomes: accepted } = match &network {
        Some(network) => accept(network, &found, today),
        None => Acceptance { left: found, ..Acceptance::default() },
    };
    let found = found.sorted();

    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.catalog = catalog_sources(&catalog);
    report.inputs.push(Input {
        kind: "network".to_owned(),
        name: path.display().to_string(),
        bytes: Some(bytes.len() as u64),
        sha256: Some(crate::catalog::sha256_hex(&bytes)),
    });
    report.checks = outcomes(network.as_ref(), &found, accepted);
    let mut covered = String::new();
    if let Some(network) = &network {
        let (own, beside) = own_checks::gather(global, &args.checks, network, &catalog)?;
        report.inputs.extend(beside);
        let inputs = Inputs::new(network, &catalog).tables(&read.tables);
        if !own.all.is_empty() {
            let judged = own_checks::judge(inputs, &own, &args.checks)?;
            report.checks.extend(judged.outcomes.iter().cloned());
            report.views.push(check_parts(&judged, Names { catalog: &catalog, network: Some(network) }));
        }
        if args.coverage {
            let found = own_checks::cover(global, inputs, &own, &args.capture, &mut report)?;
            report.views.extend(coverage::views(&found, source.name()));
            covered = coverage::summary(&found, &visible(source.name()));
        }
    }
    report.views.insert(0, checks(&report.checks));
    output::choose_views(&mut report, &args.view)?;
    report.fail_on = args.gate.verdict.fail_on.unwrap_or(FailOnArg::Warning).into();
    report.whole = output::whole(files);
    match format {
        None => {
            if network.is_none() {
                show(&found, global)?;
            } else {
                let found = text(&found, &report.checks, global, source.name());
                output::text(&format!("{found}{covered}"))?;
            }
            output::write_files(&report, files, Some(BRIEF), global)?;
            output::tell(&report, global);
        }
        Some(format) => output::write(&report, format, files, Some(BRIEF), global)?,
    }
    if network.is_none() {
        return Err(CliError::Network { path: path.to_owned(), errors: found.count(Severity::Error) });
    }
    if global.strict && !read.lost.is_empty() {
        output::note(&format!("--strict: {}", read.lost.join("; ")));
        return Ok(Exit::CannotJudge);
    }
    Ok(Exit::of(Verdict::of(&report.checks, report.fail_on), &args.gate.verdict))
}

/// What every check came to: those of `found`, which reading and the rules said. Without a network the file has
/// errors, and nothing else can be checked.
fn outcomes(
    network: Option<&Network>,
    found: &Diagnostics,
    accepted: Vec<CheckOutcome>,
) -> Vec<CheckOutcome> {
    match network {
        None => unusable_outcomes(found),
        Some(_) => lint_outcomes(found, accepted),
    }
}

/// Every finding drawn into the file, then how many checks ran.
fn text(found: &Diagnostics, outcomes: &[CheckOutcome], global: &Global, name: &str) -> String {
    let colour = Stream::Out.is_coloured(global.color);
    let mut text = String::new();
    for diagnostic in found.iter() {
        text.push_str(&render::draw(diagnostic, colour));
        text.push('\n');
    }
    // Findings are drawn already, but for those that are accepted.
    let shown = |outcome: &&CheckOutcome| match outcome.kind {
        CheckKind::Lint => outcome.status == Status::Waived,
        _ => outcome.status != Status::Passed,
    };
    for outcome in outcomes.iter().filter(shown) {
        text.push_str(&render::draw_outcome(outcome, colour));
        text.push('\n');
    }
    text.push_str(&format!("{}: {}\n", visible(name), Tally::of(outcomes).sentence()));
    text
}
