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
use crate::report::views::simulate::{Named, SimView, view};
use crate::report::{Format, Report, Topology, View};
use crate::sim::{SimError, SimOptions, SimResult, Simulation, Volume, scenario};

/// The version of the report.
const SCHEMA: &str = "peerpath.simulate/1";

/// Views that are too long for a terminal, unless requested.
const SERIES: [SimView; 2] = [SimView::PathSeries, SimView::LinkSeries];

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
    "circuit",
    "billing",
    "from_microsoft_ip_bytes",
    "monthly_bytes",
    "egress_price",
    "monthly_cost",
];

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
    report.views = views.into_iter().map(|which| view(&named, which, counting.top)).collect();
    report.inputs.clone_from(&read.captures.inputs);
    for input in variants.iter().flat_map(|variant| variant.inputs(hash)) {
        if !report.inputs.contains(&input) {
            report.inputs.push(input);
        }
    }
    // A single variant needs no name.
    let brief = BRIEF.get(usize::from(variants.len() == 1)..).filter(|_| !counting.wide);
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
    let leaked = results.iter().any(|result| result.leaked().packets > 0);
    Ok(if leaked { Exit::Findings } else { Exit::Success })
}

/// Runs all variants in a single pass over the captures.
fn simulate(
    global: &Global,
    args: &ReplayArgs,
    variants: &[Variant],
    hash: bool,
) -> Result<(Vec<SimResult>, PacketsRead), CliError> {
    let counting = &args.counting;
    let options = SimOptions {
        max_flows: usize::try_from(counting.max_flows).unwrap_or(usize::MAX),
        bucket_ns: counting.bucket.saturating_mul(1_000_000_000),
    };
    let mut simulations: Vec<Simulation<'_>> =
        variants.iter().map(|variant| Simulation::new(variant.setup(), &variant.scenario, options)).collect();
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
    let results = simulations.into_iter().map(|one| one.finish(skipped));
    Ok((results.collect::<Result<_, SimError>>()?, read))
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
        SimViewArg::Metering => SimView::Metering,
        SimViewArg::Conservation => SimView::Conservation,
    }
}
