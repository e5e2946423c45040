//! `peerpath replay`, also as a simulation with `--scenario`, and `peerpath demo`, which replays the built-in capture.

mod critical_notes;
pub(super) mod demo;
mod feeding;
mod notes;
pub(super) mod scenario;

use std::collections::BTreeSet;

use super::super::args::{By, Global, ReplayArgs, ViewArgs};
use super::super::captures::Capture;
use super::super::captures::flows::{FlowReading, FlowsRead, table_options};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::Inputs;
use super::super::output::{self, OutFile};
use super::super::progress;
use crate::addr::FlowKey;
use crate::cli::record_names::no_such_record;
use crate::engine::Disposition;
use crate::flow::{Filter, OurTerm};
use crate::report::views::replay::view;
use crate::report::{Format, Note, Report, Topology};
use crate::rib::Community;
use crate::sim::{FlowPlace, GroupBy, Outcome, OutcomeOptions, Placer, VantageEngines};

/// The version of the report.
const SCHEMA: &str = "peerpath.replay/1";

/// Columns of text tables; `--wide` and other formats have all.
const BRIEF: &[&str] = &[
    "time",
    "protocol",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "service",
    "product",
    "communities",
    "path",
    "circuits",
    "support",
    "flows",
    "packets",
    "ip_bytes",
    "sent_ip_bytes",
    "received_ip_bytes",
    "site",
    "connections",
    "measured",
    "rtt_p50_ns",
    "rtt_p95_ns",
    "rtt_p99_ns",
    "rtt_max_ns",
    "sent_segments",
    "sent_retransmitted",
    "sent_out_of_order",
    "received_segments",
    "received_retransmitted",
    "received_out_of_order",
];

pub(super) fn run(global: &Global, args: &ReplayArgs) -> Result<Exit, CliError> {
    if let (Some(network), Some(scenario)) = (&args.network, &args.scenario) {
        return scenario::run(global, args, network, scenario);
    }
    let inputs = Inputs::load(global, args.network.as_deref())?;
    let captures: Vec<Capture<'_>> = args.captures.iter().map(|path| Capture::File(path)).collect();
    replay(global, &inputs, &captures, &args.counting)
}

/// Replays captures and writes the requested views.
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
    // Views that a format cannot represent are rejected before a long capture is read.
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.views = groups.iter().map(|group| view(&outcome, &placer, *group, args.top)).collect();
    output::check_formats(&report, format, &files)?;
    let watcher = progress::watcher(global.quiet);
    let reading = FlowReading {
        layer: args.layer,
        threads: args.threads,
        table: table_options(args.max_flows, args.by.contains(&By::Time).then_some(args.bucket)),
        hash,
        progress: watcher.as_ref(),
    };
    let mut keep = |key: &FlowKey, place: &FlowPlace, placer: &Placer<'_>| {
        filter.as_ref().is_none_or(|filter| filter.matches(key, &|term| term_holds(term, place, placer)))
    };
    let read = if groups.contains(&GroupBy::Latency) {
        reading.measure(captures, &mut placer, &mut outcome, &mut keep)?
    } else {
        reading.place(captures, &mut placer, &mut outcome, &mut keep)?
    };

    report.catalog = crate::report::catalog_sources(&inputs.catalog);
    report.notes = notes(&outcome, &placer, inputs, &read);
    report.notes.extend(inputs.network.iter().flat_map(|loaded| loaded.notes.iter().cloned()));
    report.topology = inputs.network.as_ref().map(|loaded| Topology::of(&loaded.network));
    report.skipped = crate::report::skip_counts(&read.captures.skips);
    report.views = groups.iter().map(|group| view(&outcome, &placer, *group, args.top)).collect();
    let lost = read.captures.lost().filter(|_| global.strict);
    let nothing = read.captures.nothing_decoded();
    report.inputs = read.captures.inputs;
    report.inputs.extend(inputs.network_input(hash));
    let brief = if args.wide { None } else { Some(BRIEF) };
    output::write(&report, format, &files, brief, global)?;
    match (nothing, lost) {
        (Some(what), _) => Err(CliError::NothingDecoded { what }),
        (None, Some(what)) => Err(CliError::Strict { what }),
        (None, None) => Ok(Exit::Success),
    }
}

/// Returns the requested groupings without duplicates; by default path, service and destination.
fn groups(args: &ViewArgs) -> Vec<GroupBy> {
    if args.by.is_empty() {
        return vec![GroupBy::Path, GroupBy::Service, GroupBy::Destination];
    }
    let mut seen = BTreeSet::new();
    let group = |by: &By| match by {
        By::Path => GroupBy::Path,
        By::Service => GroupBy::Service,
        By::Product => GroupBy::Product,
        By::Destination => GroupBy::Destination,
        By::Flow => GroupBy::Flow,
        By::Community => GroupBy::Community,
        By::Time => GroupBy::Time,
        By::Latency => GroupBy::Latency,
    };
    args.by.iter().map(group).filter(|group| seen.insert(*group)).collect()
}

/// Rejects unknown names in a filter: such a filter would silently match nothing.
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
                OurTerm::Tag(name) | OurTerm::Community(name) => no_such_record(&inputs.catalog, name),
            });
        }
    }
    Ok(())
}

/// Returns whether a `path`, `tag` or `community` term matches the remote end of a flow.
fn term_holds(term: &OurTerm, place: &FlowPlace, placer: &Placer<'_>) -> bool {
    let facts = placer.facts(place.facts);
    match term {
        OurTerm::Path(name) => Disposition::by_word(name) == Some(placer.path_name(place.path).disposition),
        OurTerm::Tag(name) => facts.tags.iter().any(|tag| tag.eq_ignore_ascii_case(name)),
        OurTerm::Community(name) => placer.forwards(facts, name),
    }
}

/// Returns notes that are needed to interpret the views.
fn notes(outcome: &Outcome, placer: &Placer<'_>, inputs: &Inputs, read: &FlowsRead) -> Vec<Note> {
    let mut notes = Vec::new();
    let conflict = outcome.unsupported_on_expressroute(placer);
    if conflict.flows > 0 {
        notes.push(Note::warning(format!(
            "{} flows with {} bytes use Microsoft peering, although Microsoft documents their services as not \
            supported there; `--by service --top 0 --filter \"path microsoft-peering\"` lists them with their support",
            conflict.flows, conflict.ip_bytes
        )));
    }
    if inputs.network.is_none() {
        notes.push(Note::advice(
            "without a network file, the path is eligibility: the best path that Microsoft's lists allow; \
            `peerpath init` writes a network file to start from",
        ));
    }
    notes.extend(
        read.captures
            .damage
            .iter()
            .map(|damage| Note::warning(format!("input not read completely: {damage}"))),
    );
    if read.untimed.packets > 0 {
        notes.push(Note::advice(format!(
            "packets without a timestamp (Simple Packet Blocks in pcapng): {}, with {} frame bytes; they are counted, but their \
            `first`, `last` and time bucket are unknown",
            read.untimed.packets, read.untimed.frame_bytes
        )));
    }
    if read.evicted_flows > 0 {
        notes.push(Note::warning(format!(
            "{} flows were counted and evicted to stay within --max-flows: sums are exact, but the flow view \
            may show one flow in several rows",
            read.evicted_flows
        )));
    }
    if read.evicted_connections > 0 {
        notes.push(Note::warning(format!(
            "{} TCP connections were evicted to stay within --max-flows while they were measured: the latency view \
            counts their later packets as further connections, without a SYN",
            read.evicted_connections
        )));
    }
    notes.extend(placer.unevaluated().into_iter().map(Note::warning));
    if outcome.outside_sites.flows > 0 {
        notes.push(Note::warning(format!(
            "{} flows belong to clients outside the prefixes of every site and subnet; these clients are assumed to \
            be at the first site: add their prefixes to the network file",
            outcome.outside_sites.flows
        )));
    }
    if outcome.filtered.flows > 0 {
        notes.push(Note::advice(format!(
            "the filter excluded {} flows with {} packets",
            outcome.filtered.flows, outcome.filtered.packets
        )));
    }
    notes
}
