//! `peerpath diff`

use std::path::PathBuf;

use super::super::args::{DiffArgs, FailOnArg, Global};
use super::super::captures::flows::read_flows;
use super::super::checks::{evaluate_change, weights};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::output::{self, OutFile};
use crate::check::Verdict;
use crate::check::diff::{Diff, DiffVerdict, Lists, Weighed, weigh, what_if};
use crate::cli::input_failure::write_failure;
use crate::cli::inputs::pair::{Lists as ListFiles, Pair};
use crate::report::views::check::checks;
use crate::report::views::diff::{Found, remarks, sums, undeclared, unseen, view_names, views};
use crate::report::{Format, Note, Report};
use crate::sim::{Placer, VantageEngines};

/// The version of the report.
const SCHEMA: &str = "peerpath.diff/1";

pub(super) fn run(global: &Global, args: &DiffArgs) -> Result<Exit, CliError> {
    let format: Format = args.format.parse()?;
    let files = output::files(&args.out)?;
    let mut all = view_names(!args.capture.is_empty(), args.what_if);
    if args.intent.intent.is_some() {
        all.extend(["checks", "check_parts"]);
    }
    output::check_views(format, &files, &args.view, &all)?;
    let or_global = |own: &[PathBuf]| if own.is_empty() { global.catalog.clone() } else { own.to_vec() };
    let (base_lists, head_lists) = (or_global(&args.base_catalog), or_global(&args.head_catalog));
    if args.head.is_none() && base_lists == head_lists {
        return Err(CliError::DiffAlone { path: args.base.clone() });
    }
    let lists = ListFiles { base: &base_lists, head: &head_lists };
    let head = args.head.as_deref().unwrap_or(&args.base);
    evaluate(global, args, lists, format, &files)
        .map_err(|error| write_failure(SCHEMA, head, &files, error, global))
}

/// Loads both sides, compares them and writes the report.
fn evaluate(
    global: &Global,
    args: &DiffArgs,
    lists: ListFiles<'_>,
    format: Format,
    files: &[OutFile],
) -> Result<Exit, CliError> {
    let pair = Pair::load(global, &args.base, args.head.as_deref(), lists)?;
    pair.check_vantages(&args.from)?;

    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    let (found, refused) = pair.compare(&args.from)?;
    let weighed = match args.capture.as_slice() {
        [] => None,
        captures => Some(captured(global, captures, &pair, &found, &mut report)?),
    };
    let failures = if args.what_if {
        Some(what_if(pair.base_inputs(), pair.head_inputs(), &args.from, &found)?)
    } else {
        None
    };
    pair.describe(&mut report);
    report.notes.extend(refused.into_iter().map(Note::warning));
    report.notes.extend(remarks(&found).into_iter().map(Note::warning));
    report.notes.extend(unseen(&pair.base, &pair.head).into_iter().map(Note::warning));
    report.checks = sums(&found);
    let evaluated = evaluate_change(global, &args.intent, &pair, &found, weighed.as_ref())?;
    let groups = found.groups();
    let shown = Found {
        diff: &found,
        groups: &groups,
        weighed: weighed.as_ref(),
        what_if: failures.as_deref(),
        top: args.top,
    };
    report.views = views(&shown, &mut Lists::new(&pair.base_catalog, pair.head_catalog()));
    let declared = evaluated.is_some();
    if let Some((outcomes, parts, input)) = evaluated {
        report.checks.extend(outcomes);
        report.inputs.push(input);
        report.views.extend([checks(&report.checks), parts]);
    } else {
        report.checks.extend(undeclared(&found));
    }
    // With an intent, warnings affect the exit code only with `--detailed-exitcode`.
    let quiet = declared && !args.verdict.detailed_exitcode;
    let default = if quiet { FailOnArg::Error } else { FailOnArg::Warning };
    report.fail_on = args.verdict.fail_on.unwrap_or(default).into();
    report.whole = output::whole(files);
    output::choose_views(&mut report, &args.view)?;
    write(&report, format, files, weighed.is_some(), global)?;
    let verdict = match found.verdict() {
        _ if declared => Verdict::of(&report.checks, report.fail_on),
        DiffVerdict::Same => Verdict::Passed,
        DiffVerdict::Differs => Verdict::Failed,
        DiffVerdict::CannotJudge => Verdict::CannotJudge,
    };
    Ok(Exit::of(verdict, &args.verdict))
}

/// Writes the report. Text tables have columns for traffic only if captures were given.
fn write(
    report: &Report,
    format: Format,
    files: &[OutFile],
    captured: bool,
    global: &Global,
) -> Result<(), CliError> {
    let all = report.views.iter().flat_map(|view| &view.columns).map(|column| column.name);
    let brief: Vec<&str> = all.filter(|name| !["flows", "packets", "ip_bytes"].contains(name)).collect();
    output::write(report, format, files, (!captured).then_some(&brief), global)
}

/// Reads captures and returns the flows that the changes affect.
fn captured(
    global: &Global,
    captures: &[PathBuf],
    pair: &Pair,
    found: &Diff,
    report: &mut Report,
) -> Result<Weighed, CliError> {
    let engines = VantageEngines::new(&pair.base_catalog, Some(pair.base_inputs()))?;
    let (outcome, read) = read_flows(global, captures, &mut Placer::new(&engines))?;
    let weights = weights(&outcome, &pair.base);
    let weighed = weigh(found, weights);
    report.notes.extend(read.nothing_decoded().map(Note::warning));
    report.inputs.extend(read.inputs);
    report.skipped = crate::report::skip_counts(&read.skips);
    let damage = read.damage.iter().map(|damage| format!("input not read completely: {damage}"));
    report.notes.extend(damage.map(Note::warning));
    report.notes.push(Note::advice(format!(
        "{} of {} captured bytes ({} of {} flows) are to or from addresses whose path or reason changes, or whose path is unknown",
        weighed.changed.bytes, weighed.total.bytes, weighed.changed.flows, weighed.total.flows
    )));
    if outcome.outside_sites.flows > 0 {
        report.notes.push(Note::warning(format!(
            "{} flows belong to clients outside the prefixes of every site and subnet; these flows are counted at the first site",
            outcome.outside_sites.flows
        )));
    }
    if weighed.not_compared.flows > 0 {
        report.notes.push(Note::warning(format!(
            "{} flows start at a vantage point that is not compared",
            weighed.not_compared.flows
        )));
    }
    Ok(weighed)
}
