//! Reads the user's checks from the network file and from files of checks, and runs them for `check` and `diff`.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::args::{ChecksArgs, Global, IntentArgs};
use super::captures::flows::read_flows;
use super::clock;
use super::error::CliError;
use super::inputs::{TextFile, read_text};
use super::render::show;
use crate::catalog::Catalog;
use crate::check::diff::{CapturedVolume, Diff, Weighed, Weight};
use crate::check::intent::{Head, evaluate_budgets, evaluate_changes, guards, read_intent};
use crate::check::{
    CheckOutcome, Checks, Coverage, Evaluated, Subject, coverage, read_checks, read_checks_file, run_checks,
};
use crate::cli::inputs::pair::Pair;
use crate::diag::{Diagnostics, Severity};
use crate::engine::{Explanation, Inputs};
use crate::network::Network;
use crate::report::explain::reason::Names;
use crate::report::explain::sentences::sentences;
use crate::report::views::assertion::check_parts;
use crate::report::{Input, Note, Report, View};
use crate::sim::{FlowRow, Outcome, Placer, Ranked, VantageEngines};

/// Reads the checks in the network file and in the `--checks` files. Errors in the network file were reported when it was
/// read.
pub(super) fn gather(
    global: &Global,
    args: &ChecksArgs,
    network: &Network,
    catalog: &Catalog,
) -> Result<(Checks, Vec<Input>), CliError> {
    let (mut checks, _) = read_checks(&network.source, Some(network), catalog);
    let mut inputs = Vec::new();
    for path in &args.checks {
        let TextFile { source, bytes } = read_text(path)?;
        let name = source.name().to_owned();
        let (more, mut findings) = read_checks_file(&source, Some(network), catalog);
        findings.extend(checks.join(more));
        refuse(global, path, &findings)?;
        inputs.push(Input::of("checks", name, &bytes, true));
    }
    Ok((checks, inputs))
}

/// Shows the findings about a file of checks; returns an error if the file cannot be used.
fn refuse(global: &Global, path: &Path, findings: &Diagnostics) -> Result<(), CliError> {
    show(findings, global)?;
    match findings.count(Severity::Error) {
        0 => Ok(()),
        errors => Err(CliError::Unusable { path: path.to_owned(), errors }),
    }
}

/// Runs the checks.
pub(super) fn evaluate(
    inputs: Inputs<'_>,
    checks: &Checks,
    args: &ChecksArgs,
) -> Result<Evaluated, CliError> {
    let names = Names { catalog: inputs.catalog, network: Some(inputs.network) };
    let explain = |explanation: &Explanation<'_>| sentences(explanation, names);
    Ok(run_checks(Subject { inputs, today: today(args.today), explain: &explain }, checks)?)
}

/// Evaluates a change against its intent, the head against the base's checks, and the change against the base's budgets.
/// Returns all outcomes, and the view of the prefixes that do not meet the checks.
pub(super) fn evaluate_change(
    global: &Global,
    args: &IntentArgs,
    pair: &Pair,
    diff: &Diff,
    weighed: Option<&Weighed>,
) -> Result<Option<(Vec<CheckOutcome>, View, Input)>, CliError> {
    let Some(path) = &args.intent else { return Ok(None) };
    let TextFile { source, bytes } = read_text(path)?;
    let name = source.name().to_owned();
    let (intent, findings) = read_intent(&source, &pair.base, &pair.head, pair.head_catalog());
    refuse(global, path, &findings)?;
    let Some(intent) = intent else {
        return Err(CliError::Unusable { path: path.clone(), errors: findings.count(Severity::Error) });
    };
    let inputs = pair.head_inputs();
    let names = Names { catalog: inputs.catalog, network: Some(inputs.network) };
    let explain = |explanation: &Explanation<'_>| sentences(explanation, names);
    let guards = guards(&pair.base.source, &pair.head, pair.head_catalog());
    let evaluated =
        run_checks(Subject { inputs, today: today(args.today), explain: &explain }, &guards.checks)?;
    let mut outcomes = evaluate_changes(diff, &intent, Head { inputs, explain: &explain })?;
    outcomes.extend(guards.outcomes);
    outcomes.extend(evaluate_budgets(diff, weighed, &guards.checks));
    outcomes.extend(evaluated.outcomes.iter().cloned());
    Ok(Some((outcomes, check_parts(&evaluated, names), Input::of("intent", name, &bytes, true))))
}

/// Finds what no check and no captured flow covers.
pub(super) fn cover(
    global: &Global,
    inputs: Inputs<'_>,
    checks: &Checks,
    captures: &[PathBuf],
    report: &mut Report,
) -> Result<Coverage, CliError> {
    let mut flows = Vec::new();
    if !captures.is_empty() {
        let engines = VantageEngines::new(inputs.catalog, Some(inputs))?;
        let (outcome, read) = read_flows(global, captures, &mut Placer::new(&engines))?;
        flows = weights(&outcome, inputs.network);
        report.notes.extend(read.nothing_decoded().map(Note::warning));
        report.inputs.extend(read.inputs);
        report.skipped = crate::report::skip_counts(&read.skips);
        let damage = read.damage.iter().map(|damage| format!("input not read completely: {damage}"));
        report.notes.extend(damage.map(Note::warning));
    }
    Ok(coverage(inputs, checks, &flows)?)
}

/// Returns the flows of a replay as weights on their remote addresses.
pub(super) fn weights(outcome: &Outcome, network: &Network) -> Vec<Weight> {
    let (Ranked { rows, .. }, _) = outcome.flows(usize::MAX);
    let weight = |row: &FlowRow| {
        let vantage = row.place.vantage?;
        let record = &row.record;
        let remote = row.place.remote(&record.key);
        // Flows that NAT64 translates at the site are counted under the IPv4 address.
        let remote = vantage.translated(network, remote).map_or(remote, |translated| translated.destination);
        let volume = CapturedVolume { flows: 1, packets: record.packets, bytes: record.ip_bytes };
        Some(Weight { vantage: vantage.name(network), remote, volume })
    };
    rows.into_iter().filter_map(weight).collect()
}

/// Returns the date for waivers: the given one, or today in UTC.
pub(super) fn today(given: Option<Date>) -> Date {
    given.unwrap_or_else(clock::today)
}
