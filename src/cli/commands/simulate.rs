//! `peerpath replay --scenario`: captures through a network in which things happen.

mod feeding;
mod notes;
mod reading;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::args::{Global, ReplayArgs, SimViewArg};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::{self, Loaded, TextFile};
use super::super::output::{self, OutFile};
use super::super::progress;
use super::super::render;
use super::replay::{Capture, threads};
use crate::catalog::Catalog;
use crate::diag::Severity;
use crate::report::simulate::{Named, SimView, view};
use crate::report::{Format, Input, Report, Topology, View};
use crate::sim::scenario::{self, Scenario, Unread};
use crate::sim::{Setting, Setup, SimError, SimOptions, SimResult, Simulation, Volume};
use feeding::fed;
use notes::notes;
pub(super) use reading::{Read, holds_records, no_capture};

/// The version of the report.
const SCHEMA: &str = "peerpath.simulate/1";

/// What is too long for a terminal unless it is asked for.
const SERIES: [SimView; 2] = [SimView::PathSeries, SimView::LinkSeries];

/// Columns that tables for people have; `--wide` and other formats have all.
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
];

/// One variant with everything that it needs.
pub(super) struct Stage {
    pub(super) catalog: Catalog,
    pub(super) loaded: Loaded,
    pub(super) scenario: Scenario,
    /// The scenario file with its bytes, where there is one.
    file: Option<(PathBuf, Vec<u8>)>,
    networks: BTreeMap<String, Loaded>,
    catalogs: BTreeMap<String, Catalog>,
}

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
    let stages = stages(global, args, network, scenario)?;
    output::check_files(&files)?;
    let hash = output::carries_inputs(format) || files.iter().any(OutFile::carries_inputs);
    let (results, read) = simulate(global, args, &stages, hash)?;

    let names = names(&stages);
    let named: Vec<Named<'_>> = names.iter().map(String::as_str).zip(&results).collect();
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    let catalog = stages.first().map(|stage| crate::report::catalog_sources(&stage.catalog));
    report.catalog = catalog.unwrap_or_default();
    report.tell(stages.iter().flat_map(Stage::notes));
    report.notes.extend(notes(&named, &stages, &read));
    report.topology = stages.first().map(|stage| Topology::of(&stage.loaded.network));
    report.skipped = crate::report::skip_counts(&read.skips);
    report.views = views.into_iter().map(|which| view(&named, which, counting.top)).collect();
    report.inputs.clone_from(&read.inputs);
    for input in stages.iter().flat_map(|stage| stage.inputs(hash)) {
        if !report.inputs.contains(&input) {
            report.inputs.push(input);
        }
    }
    // One variant needs no name.
    let brief = BRIEF.get(usize::from(stages.len() == 1)..).filter(|_| !counting.wide);
    let shown = (args.view.is_empty() && for_people(format)).then(|| {
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
    if let (true, Some(what)) = (global.strict, read.lost()) {
        return Err(CliError::Strict { what });
    }
    let leaked = results.iter().any(|result| result.leaked().packets > 0);
    Ok(if leaked { Exit::Findings } else { Exit::Success })
}

/// Sends what was captured through every variant, in one pass over the captures.
fn simulate(
    global: &Global,
    args: &ReplayArgs,
    stages: &[Stage],
    hash: bool,
) -> Result<(Vec<SimResult>, Read), CliError> {
    let counting = &args.counting;
    let options = SimOptions {
        max_flows: usize::try_from(counting.max_flows).unwrap_or(usize::MAX),
        bucket_ns: counting.bucket.saturating_mul(1_000_000_000),
    };
    let mut simulations: Vec<Simulation<'_>> =
        stages.iter().map(|stage| Simulation::new(stage.setup(), &stage.scenario, options)).collect();
    let watcher = progress::watcher(global.quiet);
    let mut read = Read::default();
    let records = holds_records(&args.captures)?;
    fed(&mut simulations, threads(counting.threads), |take| {
        if records {
            return read.records(&args.captures, hash, watcher.as_ref(), take);
        }
        let mut captures = args.captures.iter();
        captures
            .try_for_each(|path| read.capture(Capture::File(path), counting, hash, watcher.as_ref(), take))
    })?;
    let skipped = read.skips.total();
    let skipped = Volume { packets: skipped.packets, frame_bytes: skipped.frame_bytes, ip_bytes: 0 };
    let results = simulations.into_iter().map(|one| one.finish(skipped));
    Ok((results.collect::<Result<_, SimError>>()?, read))
}

/// The variants: the scenario with the network, then each `--variant` with the other of the two.
fn stages(
    global: &Global,
    args: &ReplayArgs,
    network: &Path,
    scenario: &Path,
) -> Result<Vec<Stage>, CliError> {
    let mut stages = vec![Stage::load(global, network, Some(scenario))?];
    for path in &args.variant {
        stages.push(if scenario::is_scenario(&inputs::read_text(path)?.source) {
            Stage::load(global, network, Some(path))?
        } else {
            Stage::load(global, path, Some(scenario))?
        });
    }
    Ok(stages)
}

impl Stage {
    /// The network with a scenario, or with an empty one.
    pub(super) fn load(global: &Global, network: &Path, path: Option<&Path>) -> Result<Self, CliError> {
        let (catalog, loaded) = Loaded::open(global, network)?;
        let (mut networks, mut catalogs) = (BTreeMap::new(), BTreeMap::new());
        let Some(path) = path else {
            return Ok(Self { catalog, loaded, scenario: Scenario::empty(), file: None, networks, catalogs });
        };
        let TextFile { source, bytes } = inputs::read_text(path)?;
        let beside = |written: &str| path.parent().unwrap_or(Path::new("")).join(written);
        let needs = scenario::needs(&source);
        // What is wrong with a file is told at each line that names it, beside all else that is wrong.
        let mut unread = Unread::default();
        let quoted = |file: &Path| inputs::may_quote(&[path, network], file);
        for written in needs.networks {
            let file = beside(&written);
            match Loaded::beside(global, &file, &catalog, quoted(&file)) {
                Ok(other) => drop(networks.insert(written, other)),
                Err(error) => drop(unread.networks.insert(written, render::chain(&error))),
            }
        }
        for written in needs.catalogs {
            let file = [beside(&written)];
            let [place] = &file;
            let read = inputs::catalog_of(&file, catalog.cloud());
            match read.map_err(|error| if quoted(place) { error } else { inputs::without_text(error, place) })
            {
                Ok(other) => drop(catalogs.insert(written, other)),
                Err(error) => drop(unread.catalogs.insert(written, render::chain(&error))),
            }
        }
        let known: Vec<_> =
            std::iter::once(&loaded).chain(networks.values()).map(|loaded| &loaded.network).collect();
        let (scenario, diagnostics) = scenario::read_without(&source, &catalog, &known, &unread);
        inputs::show(&diagnostics, global)?;
        let errors = diagnostics.count(Severity::Error);
        let scenario = scenario.ok_or_else(|| CliError::Unusable { path: path.to_owned(), errors })?;
        Ok(Self { catalog, loaded, scenario, file: Some((path.to_owned(), bytes)), networks, catalogs })
    }

    pub(super) fn setup(&self) -> Setup<'_> {
        let setting = |loaded| self.setting(loaded);
        Setup {
            start: self.setting(&self.loaded),
            networks: self
                .networks
                .iter()
                .map(|(written, loaded)| (written.clone(), setting(loaded)))
                .collect(),
            catalogs: self.catalogs.iter().map(|(written, catalog)| (written.clone(), catalog)).collect(),
        }
    }

    fn setting<'s>(&'s self, loaded: &'s Loaded) -> Setting<'s> {
        Setting { network: &loaded.network, catalog: &self.catalog, tables: &loaded.tables }
    }

    /// What is to be said about the tables of routes of all its networks.
    pub(super) fn notes(&self) -> impl Iterator<Item = crate::report::Note> + '_ {
        let networks = std::iter::once(&self.loaded).chain(self.networks.values());
        networks.flat_map(|loaded| &loaded.notes).cloned()
    }

    /// The same as inputs of a report.
    pub(super) fn inputs(&self, hash: bool) -> Vec<Input> {
        let networks = std::iter::once(&self.loaded).chain(self.networks.values());
        let scenario = self.file.iter().map(|(path, bytes)| Input {
            kind: "scenario".to_owned(),
            name: path.display().to_string(),
            bytes: Some(bytes.len() as u64),
            sha256: hash.then(|| crate::catalog::sha256_hex(bytes)),
        });
        networks.map(|loaded| loaded.input(hash)).chain(scenario).collect()
    }
}

/// What reports call the variants: the scenario, and the network's file where networks differ.
fn names(stages: &[Stage]) -> Vec<String> {
    let first = stages.first().map(|stage| &stage.loaded.path);
    let networks = stages.iter().any(|stage| Some(&stage.loaded.path) != first);
    let mut names: Vec<String> = Vec::new();
    for stage in stages {
        let mut name = stage.scenario.name.clone();
        if networks {
            name = format!("{name} on {}", stage.loaded.path.display());
        }
        if names.contains(&name) {
            name = format!("{name} ({})", names.len() + 1);
        }
        names.push(name);
    }
    names
}

/// The views that were asked for; by default all, for people without the series, which is long, and of one variant
/// without the comparison.
fn views(args: &ReplayArgs, format: Format, files: &[OutFile]) -> Vec<SimView> {
    if args.view.is_empty() {
        let long = !for_people(format) || files.iter().any(OutFile::carries_inputs);
        let shown = |view: &SimView| long || !is_left_out(*view, args.variant.is_empty());
        return SimView::ALL.into_iter().filter(shown).collect();
    }
    let asked: Vec<SimView> = args.view.iter().map(|view| sim_view(*view)).collect();
    SimView::ALL.into_iter().filter(|view| asked.contains(view)).collect()
}

/// What people are not shown unless they ask for it.
fn is_left_out(view: SimView, alone: bool) -> bool {
    SERIES.contains(&view) || (alone && view == SimView::Variants)
}

pub(super) fn for_people(format: Format) -> bool {
    matches!(format, Format::Table | Format::Markdown)
}

fn sim_view(arg: SimViewArg) -> SimView {
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
        SimViewArg::Conservation => SimView::Conservation,
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::super::super::args::SweepViewArg;
    use super::super::sweep::sweep_view;
    use super::*;
    use crate::report::sweep::SweepView;

    /// A view may be asked for as outputs and messages call it.
    #[test]
    fn every_views_name_is_an_argument() {
        for view in SimView::ALL {
            assert_eq!(sim_view(SimViewArg::from_str(view.name(), false).unwrap()), view);
        }
        for view in SweepView::ALL {
            assert_eq!(sweep_view(SweepViewArg::from_str(view.name(), false).unwrap()), view);
        }
    }
}
