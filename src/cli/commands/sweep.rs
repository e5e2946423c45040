//! `peerpath sweep`: captured flows under every failure.

use std::collections::{BTreeMap, BTreeSet};

use super::super::args::{Global, SweepArgs, SweepViewArg};
use super::super::captures::Capture;
use super::super::captures::flows::{FlowReading, table_options};
use super::super::captures::packets::{PacketsRead, holds_records};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::output::{self, OutFile};
use super::super::progress;
use crate::cli::inputs::variant::Variant;
use crate::engine::Outage;
use crate::flow::table::BATCH;
use crate::flow::{EvictedFlows, FlowTable, Flows};
use crate::report::views::sweep::{SHAPE_LEGEND, SweepView, view};
use crate::report::{Format, Note, Report, Topology};
use crate::sim::scenario::{LinkName, Scenario};
use crate::sim::{OutageResult, SimError, Sweep, SweepResult, Unanswered};

/// The version of the report.
const SCHEMA: &str = "peerpath.sweep/1";

/// The default views of text formats.
const SHORT: [SweepView; 3] = [SweepView::Shape, SweepView::Sweep, SweepView::Compliance];

/// Columns of text tables; `--wide` and other formats have all.
const BRIEF: &[&str] = &[
    "outage",
    "verdict",
    "becomes",
    "kept_ip_bytes",
    "moved_ip_bytes",
    "unknown_ip_bytes",
    "reset_ip_bytes",
    "lost_ip_bytes",
    "leaked_ip_bytes",
    "black_holed_ip_bytes",
    "detection_ns",
    "worst_link",
    "worst_permille",
    "fits_thousandths",
    "path",
    "via",
    "leaks",
    "flows",
    "ip_bytes",
    "link",
    "direction",
    "rate_bits_per_second",
    "peak_permille",
    "scope",
    "over_ip_bytes",
];

pub(super) fn run(global: &Global, args: &SweepArgs) -> Result<Exit, CliError> {
    let format: Format = args.format.parse()?;
    let files = output::files(&args.out)?;
    let shown = views(args, format, &files);
    let names: Vec<&str> = shown.iter().map(|view| view.name()).collect();
    output::check_views(format, &files, &[], &names)?;
    let variant = Variant::load(global, &args.network, args.scenario.as_deref())?;
    output::check_files(&files)?;
    let hash = output::carries_inputs(format) || files.iter().any(OutFile::carries_inputs);
    let (result, read) = sweep(global, args, &variant, hash)?;

    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.catalog = crate::report::catalog_sources(&variant.catalog);
    report.add_notes(variant.notes());
    report.notes.extend(notes(&result, &variant.scenario, &read));
    report.topology = Some(Topology::of(&variant.loaded.network));
    report.compliance_scope = variant.scenario.compliance.names();
    report.skipped = crate::report::skip_counts(&read.captures.skips);
    report.views = shown.iter().map(|which| view(&result, *which, args.top)).collect();
    report.inputs.clone_from(&read.captures.inputs);
    report.inputs.extend(variant.inputs(hash));
    let brief = Some(BRIEF).filter(|_| !args.wide);
    let on_screen = output::is_for_people(format).then(|| {
        let mut on_screen = report.clone();
        if args.view.is_empty() {
            on_screen.views.retain(|view| SHORT.iter().any(|short| short.name() == view.name));
        }
        if shown.contains(&SweepView::Shape) {
            on_screen.notes.insert(0, Note::advice(SHAPE_LEGEND));
        }
        on_screen
    });
    output::write_both((on_screen.as_ref().unwrap_or(&report), format), (&report, &files), brief, global)?;
    if let Some(what) = read.nothing_decoded() {
        return Err(CliError::NothingDecoded { what });
    }
    if let (true, Some(what)) = (global.strict, read.captures.lost()) {
        return Err(CliError::Strict { what });
    }
    Ok(if result.rows().any(|row| row.undetermined() > 0) {
        Exit::CannotJudge
    } else if result.rows().any(|row| row.leaked() > 0) && !args.exit_zero {
        Exit::Findings
    } else {
        Exit::Success
    })
}

/// Reads all inputs once and evaluates every outage.
fn sweep(
    global: &Global,
    args: &SweepArgs,
    variant: &Variant,
    hash: bool,
) -> Result<(SweepResult, PacketsRead), CliError> {
    let network = &variant.loaded.network;
    let mut outages = Outage::singles(network);
    if args.depth > 1 {
        outages.extend(Outage::pairs(network));
    }
    let max_flows = usize::try_from(args.max_flows).unwrap_or(usize::MAX);
    let mut sweep = Sweep::new(variant.setup().start, &variant.scenario, outages, max_flows)?;
    sweep = sweep.scaled(args.scale);
    let mut failed: Option<SimError> = None;
    let evict = |evicted: EvictedFlows| {
        if failed.is_none() {
            failed = sweep.take(&evicted).err();
        }
    };
    let (flows, read) = flows(global, args, hash, evict)?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    sweep.take(&flows.into())?;
    Ok((sweep.finish()?, read))
}

/// Reads the flows of all inputs.
fn flows(
    global: &Global,
    args: &SweepArgs,
    hash: bool,
    evict: impl FnMut(EvictedFlows) + Send,
) -> Result<(Flows, PacketsRead), CliError> {
    let watcher = progress::watcher(global.quiet);
    let table = table_options(args.max_flows, Some(args.bucket));
    if holds_records(&args.captures)? {
        let mut read = PacketsRead::default();
        let mut packets = read.open_records(&args.captures, hash)?;
        let mut table = FlowTable::new(table).on_evict(evict);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(packets.by_ref().take(BATCH));
            if batch.is_empty() {
                break;
            }
            table.add_batch(&batch);
        }
        return Ok((table.finish(), read));
    }
    let captures: Vec<Capture<'_>> = args.captures.iter().map(|path| Capture::File(path)).collect();
    let reading =
        FlowReading { layer: args.layer, threads: args.threads, table, hash, progress: watcher.as_ref() };
    let (flows, read) = reading.flows(&captures, evict)?;
    Ok((flows, PacketsRead { captures: read.captures, ..PacketsRead::default() }))
}

/// Returns the requested views. The default is all views or, for text formats, the views in `SHORT`.
fn views(args: &SweepArgs, format: Format, files: &[OutFile]) -> Vec<SweepView> {
    if args.view.is_empty() {
        let long = !output::is_for_people(format) || files.iter().any(OutFile::carries_inputs);
        return SweepView::ALL.into_iter().filter(|view| long || SHORT.contains(view)).collect();
    }
    let asked: Vec<SweepView> = args.view.iter().map(|view| sweep_view(*view)).collect();
    SweepView::ALL.into_iter().filter(|view| asked.contains(view)).collect()
}

pub(super) fn sweep_view(arg: SweepViewArg) -> SweepView {
    match arg {
        SweepViewArg::Shape => SweepView::Shape,
        SweepViewArg::Sweep => SweepView::Sweep,
        SweepViewArg::Compliance => SweepView::Compliance,
        SweepViewArg::Paths => SweepView::Paths,
        SweepViewArg::Links => SweepView::Links,
    }
}

/// Returns notes about method, inputs and results.
fn notes(result: &SweepResult, scenario: &Scenario, read: &PacketsRead) -> Vec<Note> {
    let mut notes = about_the_method(result, scenario);
    notes.extend(about_the_reading(result, read));
    notes.extend(unanswered(result).map(Note::warning));
    notes.extend(result.unevaluated.iter().cloned().map(Note::warning));
    notes.extend(about_compliance(result));
    notes
}

/// Returns notes about what a sweep does not model.
fn about_the_method(result: &SweepResult, scenario: &Scenario) -> Vec<Note> {
    let seconds = result.bucket_ns / 1_000_000_000;
    let mut notes = vec![Note::advice(format!(
        "a sweep is a fluid model: it adds up the bytes of flows in buckets of {seconds} s. Each failure lasts from the first packet \
        to the last and counts as detected from the start; only `black_holed_ip_bytes` estimates the loss before detection. \
        Traffic above the rate of a link is counted, not dropped. `replay --scenario` simulates the packets of one failure"
    ))];
    if !result.watched {
        notes.push(Note::advice(
            "no compliance scope was given, so no traffic can leak: set `compliance` in the file of `--scenario`",
        ));
    }
    if !scenario.events.is_empty() || scenario.scale_thousandths != 1_000 || scenario.compress > 1 {
        notes.push(Note::advice(
            "`events`, `scale` and `compress` of the scenario are ignored; for a scale, use `--scale`",
        ));
    }
    if result.scale_thousandths != 1_000 {
        notes.push(Note::advice(format!(
            "the traffic of the capture is multiplied by {}; the numbers of flows are those of the capture",
            factor(result.scale_thousandths)
        )));
    }
    notes.push(fits(result));
    let unknown: BTreeSet<String> = result
        .rows()
        .flat_map(|row| &row.links)
        .filter(|((name, _), load)| load.rate.is_none() && !matches!(name, LinkName::Circuit(_)))
        .map(|((name, _), _)| format!("`{name}`"))
        .collect();
    if !unknown.is_empty() {
        let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(Note::advice(format!(
            "the rate of {names} is unknown and is treated as unlimited: set it under `links` in the file of `--scenario`"
        )));
    }
    notes
}

/// Returns the factor by which the traffic of the capture may grow, without a failure and under the worst one.
fn fits(result: &SweepResult) -> Note {
    let of = |row: &OutageResult| row.fits_thousandths().map(factor);
    let worst = result.outages.iter().filter(|row| row.fits_thousandths().is_some());
    let worst = worst.min_by_key(|row| row.fits_thousandths());
    let named = worst.and_then(|row| Some((row.outage.as_deref()?, of(row)?)));
    match (of(&result.written), named) {
        (Some(written), Some((outage, least))) => Note::advice(format!(
            "the captured traffic fits up to ×{written} as written, and up to ×{least} under the failure that leaves least (`{outage}`), \
            on links with a known rate"
        )),
        _ => Note::advice(
            "how far the captured traffic may grow is unknown: no link with traffic has a known rate",
        ),
    }
}

/// Formats thousandths as a factor, such as `1.5`.
fn factor(thousandths: u64) -> String {
    let fraction = format!("{:03}", thousandths % 1_000);
    match fraction.trim_end_matches('0') {
        "" => (thousandths / 1_000).to_string(),
        fraction => format!("{}.{fraction}", thousandths / 1_000),
    }
}

/// Returns notes about inputs that were not read completely or as written.
fn about_the_reading(result: &SweepResult, read: &PacketsRead) -> Vec<Note> {
    let mut notes = Vec::new();
    if read.records > 0 {
        notes.push(Note::warning(format!(
            "{} flow records have no per-packet timestamps: the packets are spread evenly from first to last",
            read.records
        )));
    }
    notes.extend(read.mapped());
    if result.untimed.packets > 0 {
        notes.push(Note::warning(format!(
            "{} packets with {} bytes have no timestamp (Simple Packet Blocks in pcapng, flow records without `first` and `last`): \
            they are omitted, because it is unknown when they load a link",
            result.untimed.packets, result.untimed.ip_bytes
        )));
    }
    let damage = read.captures.damage.iter();
    notes.extend(damage.map(|damage| Note::warning(format!("input not read completely: {damage}"))));
    if result.outside_sites.ip_bytes > 0 {
        notes.push(Note::warning(format!(
            "{} bytes belong to clients outside the prefixes of every site and subnet; these clients are assumed to \
            be at the first site: add their prefixes to a site",
            result.outside_sites.ip_bytes
        )));
    }
    notes
}

/// Counts the states in which traffic in the compliance scope uses the internet, or may use it.
fn about_compliance(result: &SweepResult) -> Vec<Note> {
    let count = |bytes: fn(&OutageResult) -> u64| result.rows().filter(|row| bytes(row) > 0).count();
    let (leaks, undetermined) = (count(OutageResult::leaked), count(OutageResult::undetermined));
    let states = result.outages.len() + 1;
    let leaking = (leaks > 0).then(|| {
        format!("in {leaks} of {states} states, traffic in the compliance scope goes over the internet")
    });
    let unknown = (undetermined > 0).then(|| {
        format!(
            "in {undetermined} of {states} states, it is unknown whether traffic in the compliance scope goes over the internet"
        )
    });
    [leaking, unknown].into_iter().flatten().map(Note::warning).collect()
}

/// Reports flows with unknown return paths, by the information that is missing in the network file.
fn unanswered(result: &SweepResult) -> impl Iterator<Item = String> {
    let mut all: BTreeMap<&Unanswered, (usize, u64)> = BTreeMap::new();
    for (why, count) in result.rows().flat_map(|row| &row.unanswered) {
        let (states, most) = all.entry(why).or_default();
        *states += 1;
        *most = (*most).max(count.volume.ip_bytes);
    }
    let of = result.outages.len() + 1;
    all.into_iter().map(move |(why, (states, most))| {
        format!(
            "in {states} of {of} states, it is unknown whether the replies of some flows arrive (up to {most} bytes in one state): {why}"
        )
    })
}
