//! `peerpath replay --scenario`: simulates captured traffic in a network with failures and changes.

use std::path::Path;

use super::super::super::args::{Global, ReplayArgs, SimViewArg};
use super::super::super::captures::packets::{PacketsRead, holds_records};
use super::super::super::captures::{Capture, threads};
use super::super::super::error::CliError;
use super::super::super::exit::Exit;
use super::super::super::output::{self, OutFile};
use super::super::super::{inputs, progress};
use super::feeding::fed;
use super::notes::notes;
use crate::cli::inputs::variant::Variant;
use crate::engine::Outage;
use crate::report::views::simulate::{Named, SimView, view};
use crate::report::{Format, Report, Topology, View};
use crate::sim::scenario::{CriticalScope, Scenario};
use crate::sim::{
    BoundVerdict, SimError, SimOptions, SimResult, Simulation, Volume, scenario, single_failures,
};

/// The version of the report.
const SCHEMA: &str = "peerpath.simulate/1";

/// Views that are too long for a terminal, unless requested.
const SERIES: [SimView; 2] = [SimView::PathSeries, SimView::LinkSeries];

/// Views that are left out unless a scenario has critical traffic or classes, or they are requested.
const MEASURED: [SimView; 2] = [SimView::Critical, SimView::LinkClasses];

/// Columns of text tables; `--wide` and other formats have all.
const BRIEF: &[&str] = &[
    "variant",
    "time",
    "kind",
    "action",
    "subject",
    "service",
    "epoch",
    "start",
    "path",
    "via",
    "flows",
    "changed_flows",
    "reset_flows",
    "moved_flows",
    "ip_bytes",
    "delivered_ip_bytes",
    "congested_ip_bytes",
    "black_holed_ip_bytes",
    "lost_ip_bytes",
    "moved_ip_bytes",
    "reset_ip_bytes",
    "leaked_ip_bytes",
    "delivered_over_time",
    "lost_over_time",
    "fate",
    "gravest",
    "longest_outage_ns",
    "client",
    "remote",
    "fates",
    "first_via",
    "last_via",
    "moves",
    "leaks",
    "account",
    "packets",
    "frame_bytes",
    "link",
    "direction",
    "rate_bits_per_second",
    "offered_ip_bytes",
    "dropped_ip_bytes",
    "worst_link",
    "worst_permille",
    "peak_permille",
    "n_minus_1_permille",
    "max_wait_ns",
    "scope",
    "failures",
    "class",
    "limited_ip_bytes",
    "loss_millionths",
    "delay_p50_ns",
    "delay_p99_ns",
    "wait_p99_ns",
    "wait_max_ns",
    "jitter_ns",
    "verdict",
    "missed",
    "circuit",
    "billing",
    "from_microsoft_ip_bytes",
    "monthly_bytes",
    "egress_price",
    "monthly_cost",
];

/// Columns of text tables if a scenario has critical traffic.
const CRITICAL_BRIEF: [&str; 4] =
    ["critical_verdict", "critical_missed", "critical_delay_p99_ns", "critical_loss_millionths"];

pub(super) fn run(
    global: &Global,
    args: &ReplayArgs,
    network: &Path,
    scenario: &Path,
) -> Result<Exit, CliError> {
    let counting = &args.counting;
    let format: Format = counting.format.parse()?;
    let files = output::files(&counting.out)?;
    let views = views(args, format, &files);
    let view_names: Vec<&str> = views.iter().map(|view| view.name()).collect();
    output::check_views(format, &files, &[], &view_names)?;
    let variants = variants(global, args, network, scenario)?;
    output::check_files(&files)?;
    let hash = output::carries_inputs(format) || files.iter().any(OutFile::carries_inputs);
    let (results, read) = simulate(global, args, &variants, hash)?;

    let names = names(&variants);
    let named: Vec<Named<'_>> = names.iter().map(String::as_str).zip(&results).collect();
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    let catalog = variants.first().map(|variant| crate::report::catalog_sources(&variant.catalog));
    report.catalog = catalog.unwrap_or_default();
    report.add_notes(variants.iter().flat_map(Variant::notes));
    report.notes.extend(notes(&named, &variants, &read));
    report.topology = variants.first().map(|variant| Topology::of(&variant.loaded.network));
    report.compliance_scope = variants.first().map(|one| one.scenario.compliance.names()).unwrap_or_default();
    report.skipped = crate::report::skip_counts(&read.captures.skips);
    let measured = results.iter().any(|result| !result.critical.is_empty()) || !args.view.is_empty();
    let views = views.into_iter().filter(|view| measured || !MEASURED.contains(view));
    report.views = views.map(|which| view(&named, which, counting.top)).collect();
    report.inputs.clone_from(&read.captures.inputs);
    for input in variants.iter().flat_map(|variant| variant.inputs(hash)) {
        if !report.inputs.contains(&input) {
            report.inputs.push(input);
        }
    }
    // A single variant needs no name.
    let mut brief: Vec<&str> = BRIEF.iter().skip(usize::from(variants.len() == 1)).copied().collect();
    if results.iter().any(|result| !result.critical.is_empty()) {
        brief.extend(CRITICAL_BRIEF);
    }
    let brief = Some(brief.as_slice()).filter(|_| !counting.wide);
    let shown = (args.view.is_empty() && output::is_for_people(format)).then(|| {
        let mut shown = report.clone();
        let alone = args.variant.is_empty();
        let long =
            |view: &View| SimView::ALL.iter().any(|one| one.name() == view.name && is_left_out(*one, alone));
        shown.views.retain(|view| !long(view));
        shown
    });
    output::write_both((shown.as_ref().unwrap_or(&report), format), (&report, &files), brief, global)?;
    if let Some(what) = read.nothing_decoded() {
        return Err(CliError::NothingDecoded { what });
    }
    if let (true, Some(what)) = (global.strict, read.captures.lost()) {
        return Err(CliError::Strict { what });
    }
    Ok(exit(&results))
}

/// Findings come before what cannot be decided, as in `check`.
fn exit(results: &[SimResult]) -> Exit {
    let leaked = results.iter().any(|result| result.leaked().packets > 0);
    match results.iter().filter_map(SimResult::verdict).max() {
        Some(BoundVerdict::Missed) => Exit::Findings,
        _ if leaked => Exit::Findings,
        Some(BoundVerdict::Unknown) => Exit::CannotJudge,
        Some(BoundVerdict::Kept) | None => Exit::Success,
    }
}

/// Runs all variants in a single pass over the captures.
fn simulate<'v>(
    global: &Global,
    args: &ReplayArgs,
    variants: &'v [Variant],
    hash: bool,
) -> Result<(Vec<SimResult>, PacketsRead), CliError> {
    let counting = &args.counting;
    let options = SimOptions {
        max_flows: usize::try_from(counting.max_flows).unwrap_or(usize::MAX),
        bucket_ns: counting.bucket.saturating_mul(1_000_000_000),
    };
    let simulation = |variant: &'v Variant| Simulation::new(variant.setup(), &variant.scenario, options);
    let mut simulations: Vec<Simulation<'_>> = variants.iter().map(simulation).collect();
    // Behind the variants: each again after every single failure that its critical scopes must survive.
    let failures: Vec<(usize, Outage, Vec<String>)> = (0..).zip(variants).flat_map(failures_of).collect();
    let variant_of = |index: &usize| variants.get(*index);
    simulations.extend(
        failures
            .iter()
            .filter_map(|(index, outage, _)| Some(simulation(variant_of(index)?).after(outage.clone()))),
    );
    let watcher = progress::watcher(global.quiet);
    let mut read = PacketsRead::default();
    let records = holds_records(&args.captures)?;
    fed(&mut simulations, threads(counting.threads), |take| {
        if records {
            return read.records(&args.captures, hash, watcher.as_ref(), take);
        }
        let mut captures = args.captures.iter();
        captures.try_for_each(|path| {
            read.capture(Capture::File(path), counting.layer, hash, watcher.as_ref(), take)
        })
    })?;
    let skipped = read.captures.skips.total();
    let skipped = Volume { packets: skipped.packets, frame_bytes: skipped.frame_bytes, ip_bytes: 0 };
    let mut results = simulations.into_iter().map(|one| one.finish(skipped));
    let mut of_variants = results.by_ref().take(variants.len()).collect::<Result<Vec<_>, SimError>>()?;
    for ((index, _, names), after) in failures.iter().zip(results) {
        if let (Some(variant), Some(result)) = (variants.get(*index), of_variants.get_mut(*index)) {
            let scopes: Vec<&str> = survivors(&variant.scenario).map(|scope| scope.name.as_str()).collect();
            result.add_failures(names, after?, &scopes);
        }
    }
    Ok((of_variants, read))
}

/// Returns the critical scopes whose expectations must also be met after each single failure.
fn survivors(scenario: &Scenario) -> impl Iterator<Item = &CriticalScope> {
    let survives =
        |scope: &&CriticalScope| scope.expect.as_ref().is_some_and(|expect| expect.survives_each_single);
    scenario.critical.iter().filter(survives)
}

/// Returns the single failures after which a variant is replayed, one for each state of the network.
fn failures_of((index, variant): (usize, &Variant)) -> Vec<(usize, Outage, Vec<String>)> {
    if survivors(&variant.scenario).next().is_none() {
        return Vec::new();
    }
    let failures = single_failures(&variant.loaded.network).into_iter();
    failures.map(|(outage, names)| (index, outage, names)).collect()
}

/// Loads the variants: the network with the scenario, then each `--variant` in place of one of them.
fn variants(
    global: &Global,
    args: &ReplayArgs,
    network: &Path,
    scenario: &Path,
) -> Result<Vec<Variant>, CliError> {
    let mut variants = vec![Variant::load(global, network, Some(scenario))?];
    for path in &args.variant {
        variants.push(if scenario::is_scenario(&inputs::read_text(path)?.source) {
            Variant::load(global, network, Some(path))?
        } else {
            Variant::load(global, path, Some(scenario))?
        });
    }
    Ok(variants)
}

/// Returns the names of the variants for reports: the scenario file, and also the network file if the networks differ.
fn names(variants: &[Variant]) -> Vec<String> {
    let first = variants.first().map(|variant| &variant.loaded.path);
    let networks = variants.iter().any(|variant| Some(&variant.loaded.path) != first);
    let mut names: Vec<String> = Vec::new();
    for variant in variants {
        let mut name = variant.scenario.name.clone();
        if networks {
            name = format!("{name} on {}", variant.loaded.path.display());
        }
        if names.contains(&name) {
            name = format!("{name} ({})", names.len() + 1);
        }
        names.push(name);
    }
    names
}

/// Returns the requested views; by default all, except that text formats omit the long series and, for a single variant,
/// the comparison.
fn views(args: &ReplayArgs, format: Format, files: &[OutFile]) -> Vec<SimView> {
    if args.view.is_empty() {
        let long = !output::is_for_people(format) || files.iter().any(OutFile::carries_inputs);
        let shown = |view: &SimView| long || !is_left_out(*view, args.variant.is_empty());
        return SimView::ALL.into_iter().filter(shown).collect();
    }
    let asked: Vec<SimView> = args.view.iter().map(|view| sim_view(*view)).collect();
    SimView::ALL.into_iter().filter(|view| asked.contains(view)).collect()
}

/// Returns whether text formats omit a view by default.
fn is_left_out(view: SimView, alone: bool) -> bool {
    SERIES.contains(&view) || (alone && view == SimView::Variants)
}

pub(in crate::cli) fn sim_view(arg: SimViewArg) -> SimView {
    match arg {
        SimViewArg::Variants => SimView::Variants,
        SimViewArg::Events => SimView::Events,
        SimViewArg::Timeline => SimView::Timeline,
        SimViewArg::Shape => SimView::Shape,
        SimViewArg::PathSeries => SimView::PathSeries,
        SimViewArg::Fates => SimView::Fates,
        SimViewArg::Services => SimView::Services,
        SimViewArg::FlowsChanged => SimView::FlowsChanged,
        SimViewArg::Links => SimView::Links,
        SimViewArg::LinkSeries => SimView::LinkSeries,
        SimViewArg::Compliance => SimView::Compliance,
        SimViewArg::Critical => SimView::Critical,
        SimViewArg::LinkClasses => SimView::LinkClasses,
        SimViewArg::Metering => SimView::Metering,
        SimViewArg::Conservation => SimView::Conservation,
    }
}
