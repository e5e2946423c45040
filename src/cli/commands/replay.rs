//! `peerpath replay`

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::super::args::{By, Global, LayerArg, ReplayArgs, ViewArgs};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::Inputs;
use super::super::output::{self, OutFile};
use super::super::progress;
use super::super::reads;
use super::simulate::no_capture;
use super::unjudged::nothing_decoded;
use crate::addr::FlowKey;
use crate::diag::Progress;
use crate::engine::Disposition;
use crate::flow::{
    CaptureReader, CaptureSource, CaptureSummary, EvictedFlows, Filter, FlowIntake, FlowTable,
    FlowTableOptions, Flows, Layer, OurTerm, Readers, SkipCount, SkipCounts,
};
use crate::report::replay::view;
use crate::report::{Format, Input, Note, Report, Topology};
use crate::rib::Community;
use crate::sim::{GroupBy, Outcome, OutcomeOptions, Place, Placer, VantageEngines};

/// The version of the report.
const SCHEMA: &str = "peerpath.replay/1";

/// Columns that tables for people have; `--wide` and other formats have all.
const BRIEF: &[&str] = &[
    "time",
    "protocol",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "service",
    "communities",
    "path",
    "circuits",
    "support",
    "flows",
    "packets",
    "ip_bytes",
    "sent_ip_bytes",
    "received_ip_bytes",
];

/// Where a capture comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Capture<'a> {
    /// A file, or standard input for `-`.
    File(&'a Path),
    /// Built in.
    Memory {
        /// Its name in reports.
        name: &'a str,
        /// Its bytes.
        bytes: &'static [u8],
    },
}

pub(super) fn run(global: &Global, args: &ReplayArgs) -> Result<Exit, CliError> {
    if let (Some(network), Some(scenario)) = (&args.network, &args.scenario) {
        return super::simulate::run(global, args, network, scenario);
    }
    let inputs = Inputs::load(global, args.network.as_deref())?;
    let captures: Vec<Capture<'_>> = args.captures.iter().map(|path| Capture::File(path)).collect();
    replay(global, &inputs, &captures, &args.counting)
}

/// Replays captures and writes the views that were asked for.
pub(super) fn replay(
    global: &Global,
    inputs: &Inputs,
    captures: &[Capture<'_>],
    args: &ViewArgs,
) -> Result<Exit, CliError> {
    let format: Format = args.format.parse()?;
    let files = output::files(&args.out)?;
    let filter = args.filter.as_deref().map(str::parse::<Filter>).transpose()?;
    if let Some(filter) = &filter {
        check_names(filter, inputs)?;
    }
    let groups = groups(args);
    let hash = output::carries_inputs(format) || files.iter().any(OutFile::carries_inputs);
    let engines = VantageEngines::new(&inputs.catalog, inputs.engine_inputs())?;
    let mut placer = Placer::new(&engines);
    let max_rows = usize::try_from(args.max_flows).unwrap_or(usize::MAX);
    let mut outcome = Outcome::new(OutcomeOptions { groups: groups.clone(), max_rows });
    // What the formats cannot hold is refused before a long capture is read.
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.views = groups.iter().map(|group| view(&outcome, &placer, *group, args.top)).collect();
    output::check_formats(&report, format, &files)?;
    let watcher = progress::watcher(global.quiet);
    let job = Job { args, hash, progress: watcher.as_ref(), filter: filter.as_ref() };
    let read = job.run(captures, &mut placer, &mut outcome)?;

    report.catalog = crate::report::catalog_sources(&inputs.catalog);
    report.notes = notes(&outcome, &placer, inputs, &read);
    report.notes.extend(inputs.network.iter().flat_map(|loaded| loaded.notes.iter().cloned()));
    report.topology = inputs.network.as_ref().map(|loaded| Topology::of(&loaded.network));
    report.skipped = crate::report::skip_counts(&read.skips);
    report.views = groups.iter().map(|group| view(&outcome, &placer, *group, args.top)).collect();
    let lost: u64 =
        read.skips.iter().filter(|(skip, _)| skip.is_loss()).map(|(_, count)| count.packets).sum();
    let failed = global.strict && (lost > 0 || !read.damage.is_empty());
    let what = format!(
        "packets that could not be decoded: {lost}; places in captures that could not be read: {}",
        read.damage.len()
    );
    let nothing = read.nothing_decoded();
    report.inputs = read.inputs;
    report.inputs.extend(inputs.network_input(hash));
    let brief = if args.wide { None } else { Some(BRIEF) };
    output::write(&report, format, &files, brief, global)?;
    match nothing {
        Some(what) => Err(CliError::NothingDecoded { what }),
        None if failed => Err(CliError::Strict { what }),
        None => Ok(Exit::Success),
    }
}

/// What was asked for, without repetition; by default the three views of the main job.
fn groups(args: &ViewArgs) -> Vec<GroupBy> {
    if args.by.is_empty() {
        return vec![GroupBy::Path, GroupBy::Service, GroupBy::Destination];
    }
    let mut seen = BTreeSet::new();
    let group = |by: &By| match by {
        By::Path => GroupBy::Path,
        By::Service => GroupBy::Service,
        By::Destination => GroupBy::Destination,
        By::Flow => GroupBy::Flow,
        By::Community => GroupBy::Community,
        By::Time => GroupBy::Time,
    };
    args.by.iter().map(group).filter(|group| seen.insert(*group)).collect()
}

/// Every flow of captures, with its place; and what was read.
pub(super) fn read_flows(
    global: &Global,
    captures: &[PathBuf],
    placer: &mut Placer<'_>,
) -> Result<(Outcome, Read), CliError> {
    let args = ViewArgs {
        by: vec![By::Flow],
        top: 0,
        format: "table".to_owned(),
        out: Vec::new(),
        wide: false,
        filter: None,
        layer: LayerArg::Outer,
        bucket: 60,
        max_flows: 4_000_000,
        threads: None,
    };
    // What leaves the table early must not be lost: every flow needs its remote end.
    let mut outcome = Outcome::new(OutcomeOptions { groups: vec![GroupBy::Flow], max_rows: usize::MAX });
    let captures: Vec<Capture<'_>> = captures.iter().map(|path| Capture::File(path)).collect();
    let watcher = progress::watcher(global.quiet);
    let job = Job { args: &args, hash: true, progress: watcher.as_ref(), filter: None };
    let read = job.run(&captures, placer, &mut outcome)?;
    Ok((outcome, read))
}

/// One pass over the captures.
pub(super) struct Job<'a> {
    pub(super) args: &'a ViewArgs,
    pub(super) hash: bool,
    pub(super) progress: &'a dyn Progress,
    pub(super) filter: Option<&'a Filter>,
}

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    pub(super) inputs: Vec<Input>,
    pub(super) skips: SkipCounts,
    pub(super) damage: Vec<String>,
    /// Packets that were read, decoded or not.
    pub(super) frames: u64,
    /// Of these, those without a time.
    untimed: SkipCount,
    evicted_flows: u64,
}

impl Read {
    /// Why nothing can be told, where the captures have packets and not one was decoded.
    pub(super) fn nothing_decoded(&self) -> Option<String> {
        nothing_decoded(self.frames, &self.skips, &self.damage)
    }
}

impl Job<'_> {
    fn run(
        &self,
        captures: &[Capture<'_>],
        placer: &mut Placer<'_>,
        outcome: &mut Outcome,
    ) -> Result<Read, CliError> {
        let filter = self.filter;
        let mut keep = |key: &FlowKey, place: &Place, placer: &Placer<'_>| match filter {
            Some(filter) => filter.matches(key, &|term| term_holds(term, place, placer)),
            None => true,
        };
        let engines = placer.engines();
        // Flows ask for the engines when they leave the table, mostly after the last packet.
        let (flows, read) = std::thread::scope(|scope| {
            scope.spawn(|| engines.prepare());
            self.flows(captures, |evicted| outcome.add_flows(placer, evicted, &mut keep))
        })?;
        let rest = EvictedFlows { records: flows.records, series: flows.series, bucket_ns: flows.bucket_ns };
        outcome.add_flows(placer, rest, &mut keep);
        Ok(read)
    }

    /// The table that was asked for.
    pub(super) fn options(&self) -> FlowTableOptions {
        let wants_time = self.args.by.contains(&By::Time);
        FlowTableOptions {
            max_flows: usize::try_from(self.args.max_flows).unwrap_or(usize::MAX),
            bucket_ns: wants_time.then(|| self.args.bucket.saturating_mul(1_000_000_000)),
            seed: seed(),
            ..FlowTableOptions::default()
        }
    }

    /// The flows of captures; those that leave the table early go to `evict`.
    pub(super) fn flows(
        &self,
        captures: &[Capture<'_>],
        evict: impl FnMut(EvictedFlows) + Send,
    ) -> Result<(Flows, Read), CliError> {
        let layer = layer(self.args.layer);
        let mut read = Read::default();
        let mut table = FlowTable::new(self.options()).on_evict(evict);
        let readers = Readers { layer, threads: threads(self.args.threads), progress: self.progress };
        let sources = captures.iter().map(|capture| capture.source()).collect();
        // Files are hashed beside the reading: they are in the page cache for both.
        let (intakes, hashes) = std::thread::scope(|scope| {
            let hashes = self.hash.then(|| scope.spawn(|| self.hashes(captures)));
            let intakes = readers.read(sources, &mut table);
            let hashes = hashes.map_or_else(
                || self.hashes(captures),
                |hashes| hashes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
            (intakes, hashes)
        });
        for ((capture, intake), sha256) in captures.iter().zip(intakes.map_err(no_capture)?).zip(hashes?) {
            let FlowIntake { summary, skips } = intake;
            read.skips.merge(&skips);
            read.frames += summary.frames;
            read.untimed.add(summary.untimed);
            read.damage.extend(damage(&summary));
            read.inputs.push(input(*capture, &summary, sha256)?);
        }
        let flows = table.finish();
        read.evicted_flows = flows.evicted.flows;
        Ok((flows, read))
    }

    fn hashes(&self, captures: &[Capture<'_>]) -> Result<Vec<Option<String>>, CliError> {
        captures.iter().map(|capture| sha256(*capture, self.hash)).collect()
    }
}

/// What of a capture could not be read, each place with the capture's name.
pub(super) fn damage(summary: &CaptureSummary) -> Vec<String> {
    let name = &summary.name;
    let mut told: Vec<String> = summary.damage.iter().map(|damage| format!("{name}: {damage}")).collect();
    if summary.damage_left_off > 0 {
        told.push(format!("{name}: {} places more", summary.damage_left_off));
    }
    told
}

/// Opens a capture.
pub(super) fn open(capture: Capture<'_>) -> Result<CaptureReader, CliError> {
    Ok(match capture {
        Capture::File(path) => reads::capture(path)?,
        Capture::Memory { name, bytes } => CaptureReader::from_read(name, bytes)?,
    })
}

/// Which IP header counts, as meant.
pub(super) fn layer(arg: LayerArg) -> Layer {
    match arg {
        LayerArg::Outer => Layer::Outer,
        LayerArg::Inner => Layer::Inner,
    }
}

/// The hash of a capture, where a format carries it; a pipe cannot be read twice.
pub(super) fn sha256(capture: Capture<'_>, wanted: bool) -> Result<Option<String>, CliError> {
    match capture {
        _ if !wanted => Ok(None),
        Capture::Memory { bytes, .. } => Ok(Some(crate::catalog::sha256_hex(bytes))),
        Capture::File(path) if !is_regular(path) => Ok(None),
        Capture::File(path) => {
            let file = reads::open(path)?;
            Ok(Some(crate::catalog::sha256_of(file).map_err(CliError::read(path))?))
        }
    }
}

impl<'a> Capture<'a> {
    fn source(self) -> CaptureSource<'a> {
        match self {
            Self::File(path) => reads::capture_source(path),
            Self::Memory { name, bytes } => {
                CaptureSource::Read { name: name.to_owned(), input: Box::new(bytes) }
            }
        }
    }
}

/// As many threads as were asked for, or as the machine has for us.
pub(super) fn threads(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Whether a path names a file that can be read again: not standard input, a pipe or a device.
pub(super) fn is_regular(path: &Path) -> bool {
    path.as_os_str() != "-" && std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// The capture as an input of the report.
pub(super) fn input(
    capture: Capture<'_>,
    summary: &CaptureSummary,
    sha256: Option<String>,
) -> Result<Input, CliError> {
    let bytes = match capture {
        Capture::Memory { bytes, .. } => Some(bytes.len() as u64),
        Capture::File(path) if is_regular(path) => {
            Some(std::fs::metadata(path).map_err(CliError::read(path))?.len())
        }
        Capture::File(_) => None,
    };
    Ok(Input { kind: "capture".to_owned(), name: summary.name.clone(), bytes, sha256 })
}

/// How many bytes the reader will give, where that is known beforehand.
pub(super) fn plain_size(capture: Capture<'_>, reader: &CaptureReader) -> Option<u64> {
    match capture {
        Capture::File(path) if reader.compression().is_none() && path.as_os_str() != "-" => {
            std::fs::metadata(path).ok().map(|metadata| metadata.len())
        }
        _ => None,
    }
}

/// Refuses names in a filter that nothing has: such a filter would silently match nothing.
fn check_names(filter: &Filter, inputs: &Inputs) -> Result<(), CliError> {
    for term in filter.our_terms() {
        let known = match term {
            OurTerm::Path(name) => Disposition::by_word(name).is_some(),
            OurTerm::Tag(name) => inputs.catalog.tag(name).is_some(),
            OurTerm::Community(name) => {
                name.parse::<Community>().is_ok() || !inputs.catalog.communities_named(name).is_empty()
            }
        };
        if !known {
            return Err(match term {
                OurTerm::Path(name) => CliError::FilterPath { name: name.clone() },
                OurTerm::Tag(name) | OurTerm::Community(name) => {
                    super::catalog::no_such_record(&inputs.catalog, name)
                }
            });
        }
    }
    Ok(())
}

/// Whether one of our own filter terms holds for a flow's remote end.
fn term_holds(term: &OurTerm, place: &Place, placer: &Placer<'_>) -> bool {
    let facts = placer.facts(place.facts);
    match term {
        OurTerm::Path(name) => Disposition::by_word(name) == Some(placer.path_name(place.path).disposition),
        OurTerm::Tag(name) => facts.tags.iter().any(|tag| tag.eq_ignore_ascii_case(name)),
        OurTerm::Community(name) => placer.carries(facts, name),
    }
}

/// What the reader must know to read the views right.
fn notes(outcome: &Outcome, placer: &Placer<'_>, inputs: &Inputs, read: &Read) -> Vec<Note> {
    let mut notes = Vec::new();
    let conflict = outcome.unsupported_on_expressroute(placer);
    if conflict.flows > 0 {
        notes.push(Note::warning(format!(
            "{} flows with {} bytes are carried by Microsoft peering although Microsoft documents them as not \
             supported there; `--by service --top 0 --filter \"path microsoft-peering\"` lists them with their support",
            conflict.flows, conflict.ip_bytes
        )));
    }
    if inputs.network.is_none() {
        notes.push(Note::advice(
            "without a network file the path is eligibility: the best path that Microsoft's lists allow; \
             `peerpath init` writes a network file to start from",
        ));
    }
    notes.extend(read.damage.iter().map(|damage| Note::warning(format!("not all could be read: {damage}"))));
    if read.untimed.packets > 0 {
        notes.push(Note::advice(format!(
            "packets without a time (Simple Packet Blocks of pcapng): {}, with {} bytes of frames; they count everywhere, but nothing \
             tells their `first`, `last` and time bucket",
            read.untimed.packets, read.untimed.frame_bytes
        )));
    }
    if read.evicted_flows > 0 {
        notes.push(Note::warning(format!(
            "{} flows were counted and let go to stay within --max-flows: sums are exact, but the flow view \
             may show one flow in several rows",
            read.evicted_flows
        )));
    }
    notes.extend(placer.unevaluated().into_iter().map(Note::warning));
    if outcome.outside_sites.flows > 0 {
        notes.push(Note::warning(format!(
            "{} flows have a client outside the prefixes of every site and subnet: they were decided from the first site; \
             add their prefixes to the network file",
            outcome.outside_sites.flows
        )));
    }
    if outcome.filtered.flows > 0 {
        notes.push(Note::advice(format!(
            "the filter left out {} flows with {} packets",
            outcome.filtered.flows, outcome.filtered.packets
        )));
    }
    notes
}

/// A seed that a capture's author cannot guess; it never changes a result.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}
