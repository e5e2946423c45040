//! `peerpath replay --scenario`: captures through a network in which things happen.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::super::args::{Global, ReplayArgs, SimViewArg, ViewArgs};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::{self, Loaded};
use super::super::output::{self, OutFile};
use super::super::progress;
use super::replay::{Capture, input, is_regular, layer, open, plain_size, sha256};
use crate::catalog::Catalog;
use crate::diag::{Progress, Severity, Source};
use crate::flow::table::BATCH;
use crate::flow::{CaptureSummary, EvenPackets, Intake, SkipCounts, is_records, read_records};
use crate::report::simulate::{Named, SimView, view};
use crate::report::{Format, Input, Note, Report};
use crate::sim::scenario::{self, LinkName, Scenario};
use crate::sim::{
    DEFAULT_BUFFER_MS, LinkResult, Setting, Setup, SimError, SimOptions, SimResult, Simulation, Volume,
};

/// The version of the report.
const SCHEMA: &str = "peerpath.simulate/1";

/// Columns that tables for people have; `--wide` and other formats have all.
const BRIEF: &[&str] = &[
    "variant",
    "time",
    "kind",
    "action",
    "subject",
    "epoch",
    "start",
    "path",
    "via",
    "flows",
    "ip_bytes",
    "delivered_ip_bytes",
    "congested_ip_bytes",
    "black_holed_ip_bytes",
    "lost_ip_bytes",
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
    "leaks",
    "account",
    "packets",
    "frame_bytes",
    "link",
    "direction",
    "rate_bits_per_second",
    "offered_ip_bytes",
    "dropped_ip_bytes",
    "peak_permille",
    "n_minus_1_permille",
    "max_wait_ns",
];

/// One variant with everything that it needs.
struct Stage {
    catalog: Catalog,
    loaded: Loaded,
    scenario: Scenario,
    path: PathBuf,
    bytes: Vec<u8>,
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
    let files = counting.out.iter().map(|text| OutFile::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let stages = stages(global, args, network, scenario)?;
    let read_paths: Vec<&Path> = args
        .captures
        .iter()
        .chain(&global.catalog)
        .chain(stages.iter().flat_map(Stage::paths))
        .map(PathBuf::as_path)
        .collect();
    output::check_files(&files, &read_paths)?;
    let hash = output::carries_inputs(format) || files.iter().any(OutFile::carries_inputs);

    let options = SimOptions {
        max_flows: usize::try_from(counting.max_flows).unwrap_or(usize::MAX),
        bucket_ns: counting.bucket.saturating_mul(1_000_000_000),
    };
    let mut simulations: Vec<Simulation<'_>> =
        stages.iter().map(|stage| Simulation::new(stage.setup(), &stage.scenario, options)).collect();
    let watcher = progress::watcher(global.quiet);
    let mut read = Read::default();
    let records = args.captures.iter().map(|path| holds_records(path)).collect::<Result<Vec<_>, _>>()?;
    if records.contains(&true) {
        if records.contains(&false) {
            return Err(CliError::RecordsAndCaptures);
        }
        read.records(&args.captures, hash, &mut simulations)?;
    } else {
        for path in &args.captures {
            read.capture(Capture::File(path), counting, hash, watcher.as_ref(), &mut simulations)?;
        }
    }
    let skipped = read.skips.total();
    let skipped = Volume { packets: skipped.packets, frame_bytes: skipped.frame_bytes, ip_bytes: 0 };
    let results: Vec<SimResult> =
        simulations.into_iter().map(|one| one.finish(skipped)).collect::<Result<_, SimError>>()?;

    let names = names(&stages);
    let named: Vec<Named<'_>> = names.iter().map(String::as_str).zip(&results).collect();
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.catalog =
        stages.first().map(|stage| crate::report::catalog_sources(&stage.catalog)).unwrap_or_default();
    report.notes = notes(&named, &stages, &read);
    report.skipped = crate::report::skip_counts(&read.skips);
    report.views =
        views(args, format, &files).into_iter().map(|which| view(&named, which, counting.top)).collect();
    report.inputs = std::mem::take(&mut read.inputs);
    for stage in &stages {
        for input in stage.inputs(hash) {
            if !report.inputs.contains(&input) {
                report.inputs.push(input);
            }
        }
    }
    let lost: u64 =
        read.skips.iter().filter(|(skip, _)| skip.is_loss()).map(|(_, count)| count.packets).sum();
    // One variant needs no name.
    let brief = BRIEF.get(usize::from(stages.len() == 1)..).filter(|_| !counting.wide);
    output::write(&report, format, &files, brief, global)?;
    if global.strict && (lost > 0 || !read.damage.is_empty()) {
        let damaged = read.damage.len();
        let what = format!(
            "packets that could not be decoded: {lost}; places in captures that could not be read: {damaged}"
        );
        return Err(CliError::Strict { what });
    }
    let leaked = results.iter().any(|result| result.leaked().packets > 0);
    Ok(if leaked { Exit::Findings } else { Exit::Success })
}

/// The variants: the scenario with the network, then each `--variant` with the other of the two.
fn stages(
    global: &Global,
    args: &ReplayArgs,
    network: &Path,
    scenario: &Path,
) -> Result<Vec<Stage>, CliError> {
    let mut stages = vec![Stage::load(global, network, scenario)?];
    for path in &args.variant {
        let text = fs::read(path).map_err(CliError::read(path))?;
        let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&text).into_owned());
        stages.push(if scenario::is_scenario(&source) {
            Stage::load(global, network, path)?
        } else {
            Stage::load(global, path, scenario)?
        });
    }
    Ok(stages)
}

impl Stage {
    fn load(global: &Global, network: &Path, path: &Path) -> Result<Self, CliError> {
        let (catalog, loaded) = Loaded::open(global, network)?;
        let bytes = fs::read(path).map_err(CliError::read(path))?;
        let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned());
        let beside = |written: &str| path.parent().unwrap_or(Path::new("")).join(written);
        let needs = scenario::needs(&source);
        let (mut networks, mut catalogs) = (BTreeMap::new(), BTreeMap::new());
        for written in needs.networks {
            let other = Loaded::beside(global, &beside(&written), &catalog)?;
            networks.insert(written, other);
        }
        for written in needs.catalogs {
            let paths = [beside(&written)];
            catalogs.insert(written, inputs::catalog_of(&paths, catalog.cloud())?);
        }
        let known: Vec<_> =
            std::iter::once(&loaded).chain(networks.values()).map(|loaded| &loaded.network).collect();
        let (scenario, diagnostics) = scenario::read(&source, &catalog, &known);
        if scenario.is_none() || !global.quiet {
            inputs::show(&diagnostics, global)?;
        }
        let errors = diagnostics.count(Severity::Error);
        let scenario = scenario.ok_or_else(|| CliError::Unusable { path: path.to_owned(), errors })?;
        Ok(Self { catalog, loaded, scenario, path: path.to_owned(), bytes, networks, catalogs })
    }

    fn setup(&self) -> Setup<'_> {
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

    /// Every file that was read for it.
    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        let networks = std::iter::once(&self.loaded).chain(self.networks.values());
        std::iter::once(&self.path).chain(networks.map(|loaded| &loaded.path))
    }

    /// The same as inputs of a report.
    fn inputs(&self, hash: bool) -> Vec<Input> {
        let networks = std::iter::once(&self.loaded).chain(self.networks.values());
        let scenario = Input {
            kind: "scenario".to_owned(),
            name: self.path.display().to_string(),
            bytes: Some(self.bytes.len() as u64),
            sha256: hash.then(|| crate::catalog::sha256_hex(&self.bytes)),
        };
        networks.map(|loaded| loaded.input(hash)).chain(std::iter::once(scenario)).collect()
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

/// The views that were asked for; by default all, for people without the series, which is long.
fn views(args: &ReplayArgs, format: Format, files: &[OutFile]) -> Vec<SimView> {
    if args.view.is_empty() {
        let people = |format: Format| matches!(format, Format::Table | Format::Markdown);
        let long = !people(format) || files.iter().any(OutFile::carries_inputs);
        return SimView::ALL.into_iter().filter(|view| long || *view != SimView::LinkSeries).collect();
    }
    let asked: Vec<SimView> = args.view.iter().map(|view| sim_view(*view)).collect();
    SimView::ALL.into_iter().filter(|view| asked.contains(view)).collect()
}

fn sim_view(arg: SimViewArg) -> SimView {
    match arg {
        SimViewArg::Events => SimView::Events,
        SimViewArg::Timeline => SimView::Timeline,
        SimViewArg::Shape => SimView::Shape,
        SimViewArg::Fates => SimView::Fates,
        SimViewArg::FlowsChanged => SimView::FlowsChanged,
        SimViewArg::Links => SimView::Links,
        SimViewArg::LinkSeries => SimView::LinkSeries,
        SimViewArg::Compliance => SimView::Compliance,
        SimViewArg::Conservation => SimView::Conservation,
    }
}

/// What was read.
#[derive(Default)]
struct Read {
    inputs: Vec<Input>,
    skips: SkipCounts,
    damage: Vec<String>,
    /// Flow records that were read in place of packets.
    records: usize,
}

/// Whether a file holds flow records. A pipe is taken for a capture, since it can be read only once.
fn holds_records(path: &Path) -> Result<bool, CliError> {
    if !is_regular(path) {
        return Ok(false);
    }
    let mut beginning = Vec::new();
    let file = File::open(path).map_err(CliError::read(path))?;
    file.take(16).read_to_end(&mut beginning).map_err(CliError::read(path))?;
    Ok(is_records(&beginning))
}

impl Read {
    /// Reads files of flow records, and sends their packets in the order of time, evenly spread.
    fn records(
        &mut self,
        paths: &[PathBuf],
        hash: bool,
        simulations: &mut [Simulation<'_>],
    ) -> Result<(), CliError> {
        let mut all = Vec::new();
        for path in paths {
            let bytes = fs::read(path).map_err(CliError::read(path))?;
            let name = path.display().to_string();
            let file = read_records(&name, bytes.as_slice())?;
            for (column, rows) in &file.refused {
                let line = file.first_refused.unwrap_or(0);
                self.damage.push(format!(
                    "{name}: {rows} rows whose `{column}` cannot be read, from line {line} on"
                ));
            }
            self.inputs.push(Input {
                kind: "flows".to_owned(),
                name,
                bytes: Some(bytes.len() as u64),
                sha256: hash.then(|| crate::catalog::sha256_hex(&bytes)),
            });
            all.extend(file.records);
        }
        self.records = all.len();
        let mut packets = EvenPackets::new(all);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(packets.by_ref().take(BATCH));
            if batch.is_empty() {
                return Ok(());
            }
            for simulation in &mut *simulations {
                simulation.take(&batch)?;
            }
        }
    }

    /// Reads a capture once, for all variants.
    fn capture(
        &mut self,
        capture: Capture<'_>,
        counting: &ViewArgs,
        hash: bool,
        progress: &dyn Progress,
        simulations: &mut [Simulation<'_>],
    ) -> Result<(), CliError> {
        // A file is hashed beside the reading: it is in the page cache for both.
        let (summary, hashed) = std::thread::scope(|scope| {
            let hashed = scope.spawn(|| sha256(capture, hash));
            let summary = self.packets(capture, counting, progress, simulations);
            let hashed = hashed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (summary, hashed)
        });
        let summary = summary?;
        let name = &summary.name;
        self.damage.extend(summary.damage.iter().map(|damage| format!("{name}: {damage}")));
        self.inputs.push(input(capture, &summary, hashed?)?);
        Ok(())
    }

    fn packets(
        &mut self,
        capture: Capture<'_>,
        counting: &ViewArgs,
        progress: &dyn Progress,
        simulations: &mut [Simulation<'_>],
    ) -> Result<CaptureSummary, CliError> {
        let mut reader = open(capture)?;
        let name = match capture {
            Capture::File(path) => path.display().to_string(),
            Capture::Memory { name, .. } => name.to_owned(),
        };
        let task = progress.begin(&name, plain_size(capture, &reader));
        let mut failed: Option<SimError> = None;
        let intake = Intake { layer: layer(counting.layer), progress, task };
        let read = intake.read(&mut reader, |batch| {
            for simulation in &mut *simulations {
                if failed.is_none() {
                    failed = simulation.take(batch).err();
                }
            }
        });
        progress.end(task);
        if let Some(error) = failed {
            return Err(error.into());
        }
        let read = read?;
        self.skips.merge(&read.skips);
        Ok(read.summary)
    }
}

/// Whether a link is the limit that a circuit's connections share.
fn is_shared(link: &LinkResult) -> bool {
    matches!(link.name, LinkName::Circuit(_))
}

/// What the reader must know to read the views right.
fn notes(results: &[Named<'_>], stages: &[Stage], read: &Read) -> Vec<Note> {
    let mut notes = vec![Note::advice(
        "packets are offered when they were captured: nobody slows down or sends again after a loss",
    )];
    if read.records > 0 {
        notes.push(Note::warning(format!(
            "{} flow records say nothing of when their packets came: these are spread evenly from first to last (a \
             fluid model in whole packets), so bursts are missing, and waits and drops are underestimated",
            read.records
        )));
    }
    notes.extend(read.damage.iter().map(|damage| Note::warning(format!("not all could be read: {damage}"))));
    for ((name, result), stage) in results.iter().zip(stages) {
        let Scenario { scale_thousandths, compress, .. } = stage.scenario;
        let mut say = |warning: bool, text: String| {
            let text = if results.len() > 1 { format!("{name}: {text}") } else { text };
            notes.push(if warning { Note::warning(text) } else { Note::advice(text) });
        };
        if scale_thousandths != 1_000 {
            let (whole, rest) = (scale_thousandths / 1_000, scale_thousandths % 1_000);
            say(
                false,
                format!(
                    "traffic is {whole}.{rest:03} times what was captured, each packet sent as often, back to back"
                ),
            );
        }
        if compress > 1 {
            say(
                false,
                format!("the capture is replayed {compress} times faster; times are those of the replay"),
            );
        }
        let used =
            || result.links.iter().filter(|link| link.totals.iter().any(|one| one.offered.packets > 0));
        let unlimited: Vec<String> = used()
            .filter(|link| link.figures.rate.is_none() && !is_shared(link))
            .map(|link| format!("`{}`", link.name))
            .collect();
        if !unlimited.is_empty() {
            let list = unlimited.join(", ");
            say(false, format!("the rate of {list} is not known, so it never fills: say it under `links`"));
        }
        if used().any(|link| link.figures.rate.is_none() && is_shared(link)) {
            say(false, "a circuit's connections share no limit unless `links` gives one: each carries the full bandwidth".to_owned());
        }
        if used().any(|link| link.figures.rate.is_some() && link.figures.buffer.is_none()) {
            say(
                false,
                format!("where no buffer is given, what {DEFAULT_BUFFER_MS} ms at the rate carry may wait"),
            );
        }
        let leaked = result.leaked();
        if leaked.packets > 0 {
            say(true, format!("{} bytes of the compliance scope went over the internet", leaked.ip_bytes));
        }
        if result.outside_sites.packets > 0 {
            let packets = result.outside_sites.packets;
            say(
                true,
                format!(
                    "{packets} packets have a client outside every site's prefixes: they went from the first site; add their prefixes to the network file"
                ),
            );
        }
        if result.disordered > 0 {
            say(
                false,
                format!(
                    "{} packets were captured out of order; they go with those before them",
                    result.disordered
                ),
            );
        }
        if result.evicted > 0 {
            say(
                true,
                format!(
                    "{} conversations were counted and let go to stay within --max-flows: sums are exact, but a conversation may count as two",
                    result.evicted
                ),
            );
        }
        if result.changed_left_off > 0 {
            say(
                true,
                format!(
                    "{} changed conversations do not fit within --max-flows and have no row",
                    result.changed_left_off
                ),
            );
        }
    }
    notes
}
