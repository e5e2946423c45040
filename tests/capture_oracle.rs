//! Every capture of the shared data, outer and inner, against what tshark counts in it: totals by
//! destination and by flow, frames, damage. Without the data the trials are ignored and counted.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use peerpath::addr::FlowKey;
use peerpath::flow::{CaptureReader, CaptureSummary, Layer, SkipCounts, decode};

/// The captures, by name, so that missing data still yields ignored trials that can be counted.
const CAPTURES: &str = include_str!("captures/oracle_captures.txt");

/// Where ours differs from tshark by intent: capture, layer or `frames`, why.
const DIFFERENT: &[(&str, &str, &str)] = &[];

/// tshark's times went through a double: seconds of this century keep some 240 ns.
const TIME_TOLERANCE_NS: u64 = 1000;
/// tshark takes a longer frame as one of this length.
const MAX_FRAME_LENGTH: u64 = 0x7fff_ffff;

/// Protocol, source, its port, destination, its port; `None` for any protocol.
type Flow = (Option<u8>, IpAddr, u16, IpAddr, u16);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    packets: u64,
    frame_bytes: u64,
    ip_bytes: u64,
    first_ns: u64,
    last_ns: u64,
}

impl Totals {
    fn add(&mut self, other: Self) {
        let first = if self.packets == 0 { u64::MAX } else { self.first_ns };
        *self = Self {
            packets: self.packets + other.packets,
            frame_bytes: self.frame_bytes + other.frame_bytes,
            ip_bytes: self.ip_bytes + other.ip_bytes,
            first_ns: first.min(other.first_ns),
            last_ns: self.last_ns.max(other.last_ns),
        };
    }

    fn agrees(&self, other: &Self) -> bool {
        let counts = |totals: &Self| (totals.packets, totals.frame_bytes, totals.ip_bytes);
        counts(self) == counts(other)
            && self.first_ns.abs_diff(other.first_ns) <= TIME_TOLERANCE_NS
            && self.last_ns.abs_diff(other.last_ns) <= TIME_TOLERANCE_NS
    }
}

struct Ours {
    summary: CaptureSummary,
    flows: BTreeMap<Flow, Totals>,
    skips: SkipCounts,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let missing = !data.join("oracle/summary.csv").exists();
    let mut trials = Vec::new();
    for capture in CAPTURES.lines() {
        for layer in [Layer::Outer, Layer::Inner] {
            let data = data.clone();
            let name = format!("{capture}::{}", layer_name(layer));
            let trial = Trial::test(name, move || compare_layer(&data, capture, layer));
            trials.push(trial.with_ignored_flag(missing));
        }
        let data = data.clone();
        let trial = Trial::test(format!("{capture}::frames"), move || compare_frames(&data, capture));
        trials.push(trial.with_ignored_flag(missing));
    }
    if !missing {
        let data = data.clone();
        trials.push(Trial::test("every_capture_is_listed", move || listed(&data)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Outer => "outer",
        Layer::Inner => "inner",
    }
}

fn read(path: &Path, layer: Layer) -> Ours {
    let mut flows = BTreeMap::<Flow, Totals>::new();
    let mut skips = SkipCounts::new();
    let mut reader = CaptureReader::open(path).unwrap();
    let summary = reader
        .for_each(|frame| match decode(&frame, layer) {
            Ok(packet) => {
                let key = FlowKey::from(packet.key);
                let flow =
                    (Some(key.protocol), key.source, key.source_port, key.destination, key.destination_port);
                flows.entry(flow).or_default().add(Totals {
                    packets: 1,
                    frame_bytes: u64::from(frame.original_length).min(MAX_FRAME_LENGTH),
                    ip_bytes: u64::from(packet.ip_bytes),
                    first_ns: frame.timestamp_ns,
                    last_ns: frame.timestamp_ns,
                });
            }
            Err(skip) => skips.add(skip, frame.original_length),
        })
        .unwrap();
    Ours { summary, flows, skips }
}

fn by_destination(flows: &BTreeMap<Flow, Totals>) -> BTreeMap<IpAddr, Totals> {
    let mut destinations = BTreeMap::<IpAddr, Totals>::new();
    for ((_, _, _, destination, _), totals) in flows {
        destinations.entry(*destination).or_default().add(*totals);
    }
    destinations
}

fn compare_layer(data: &Path, capture: &str, layer: Layer) -> Result<(), Failed> {
    let ours = read(&data.join(capture), layer);
    let oracle = |kind: &str| data.join("oracle").join(format!("{capture}.{kind}.csv"));
    let theirs_by_destination = oracle_destinations(&oracle("dst"), layer);
    let (theirs, ours_by_flow) = same_protocols(oracle_flows(&oracle("flows"), layer), ours.flows.clone());
    let mut report = differences("destination", &by_destination(&ours.flows), &theirs_by_destination);
    report += &differences("flow", &ours_by_flow, &theirs);
    for (skip, count) in ours.skips.iter() {
        let _ = writeln!(report, "# skipped {skip}: {} packets", count.packets);
    }
    verdict(capture, layer_name(layer), &report)
}

fn compare_frames(data: &Path, capture: &str) -> Result<(), Failed> {
    let ours = read(&data.join(capture), Layer::Outer);
    let rows = csv(&data.join("oracle/summary.csv"));
    let row = rows.iter().find(|row| row["file"] == *capture).unwrap();
    let mut report = String::new();
    let mut expect = |what: &str, ours: u64, column: &str| {
        if ours != number(&row[column]) {
            let _ = writeln!(report, "{what}: ours {ours}, tshark {}", row[column]);
        }
    };
    expect("frames", ours.summary.frames, "frames");
    expect("frames without IP", ours.skips.total().packets, "frames_without_ip");
    expect("cannot be read to its end", if ours.summary.damage.is_empty() { 0 } else { 2 }, "tshark_exit");
    for damage in &ours.summary.damage {
        let _ = writeln!(report, "# {damage}");
    }
    verdict(capture, "frames", &report)
}

fn listed(data: &Path) -> Result<(), Failed> {
    let rows = csv(&data.join("oracle/summary.csv"));
    let known: BTreeSet<&str> = CAPTURES.lines().collect();
    let missing: Vec<&str> =
        rows.iter().map(|row| row["file"].as_str()).filter(|f| !known.contains(f)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("not in the list: {missing:?}").into()) }
}

/// Lines that start with `#` are remarks, every other one is a difference.
fn verdict(capture: &str, layer: &str, report: &str) -> Result<(), Failed> {
    let differs = report.lines().any(|line| !line.starts_with('#'));
    let intended = DIFFERENT.iter().find(|(file, part, _)| capture.ends_with(file) && *part == layer);
    match (differs, intended) {
        (true, None) => Err(report.lines().take(40).collect::<Vec<_>>().join("\n").into()),
        (false, Some((_, _, why))) => Err(format!("agrees, so the exception can go: {why}").into()),
        _ => Ok(()),
    }
}

fn differences<K: Ord + std::fmt::Debug>(
    what: &str,
    ours: &BTreeMap<K, Totals>,
    theirs: &BTreeMap<K, Totals>,
) -> String {
    let mut report = String::new();
    for key in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        let (a, b) =
            (ours.get(key).copied().unwrap_or_default(), theirs.get(key).copied().unwrap_or_default());
        if !a.agrees(&b) {
            let _ = writeln!(report, "{what} {key:?}\n  ours   {a:?}\n  tshark {b:?}");
        }
    }
    report
}

/// tshark's protocol of an IPv6 flow is the first next header, ours the one behind the extension
/// headers: where its first is an extension header, the protocol of that tuple is not compared.
fn same_protocols(
    theirs: BTreeMap<Flow, Totals>,
    ours: BTreeMap<Flow, Totals>,
) -> (BTreeMap<Flow, Totals>, BTreeMap<Flow, Totals>) {
    const EXTENSIONS: &[u8] = &[0, 43, 44, 51, 60, 135];
    let tuple = |flow: &Flow| (flow.1, flow.2, flow.3, flow.4);
    let extended: BTreeSet<_> = theirs
        .keys()
        .filter(|flow| flow.1.is_ipv6() && flow.0.is_some_and(|protocol| EXTENSIONS.contains(&protocol)))
        .map(tuple)
        .collect();
    let blur = |flows: BTreeMap<Flow, Totals>| {
        let mut blurred = BTreeMap::<Flow, Totals>::new();
        for (mut flow, totals) in flows {
            if extended.contains(&tuple(&flow)) {
                flow.0 = None;
            }
            blurred.entry(flow).or_default().add(totals);
        }
        blurred
    };
    (blur(theirs), blur(ours))
}

fn oracle_destinations(path: &Path, layer: Layer) -> BTreeMap<IpAddr, Totals> {
    let mut totals = BTreeMap::<IpAddr, Totals>::new();
    for row in csv(path).iter().filter(|row| row["layer"] == layer_name(layer)) {
        totals.entry(row["dst"].parse().unwrap()).or_default().add(totals_of(row));
    }
    totals
}

fn oracle_flows(path: &Path, layer: Layer) -> BTreeMap<Flow, Totals> {
    let mut totals = BTreeMap::<Flow, Totals>::new();
    for row in csv(path).iter().filter(|row| row["layer"] == layer_name(layer)) {
        let port = |column: &str| u16::try_from(number(&row[column])).unwrap();
        let flow = (
            Some(u8::try_from(number(&row["proto"])).unwrap()),
            row["src"].parse().unwrap(),
            port("sport"),
            row["dst"].parse().unwrap(),
            port("dport"),
        );
        totals.entry(flow).or_default().add(totals_of(row));
    }
    totals
}

fn totals_of(row: &BTreeMap<String, String>) -> Totals {
    Totals {
        packets: number(&row["packets"]),
        frame_bytes: number(&row["frame_bytes"]),
        ip_bytes: number(&row["ip_bytes"]),
        first_ns: nanoseconds(&row["first_ts"]),
        last_ns: nanoseconds(&row["last_ts"]),
    }
}

/// An empty cell is 0.
fn number(text: &str) -> u64 {
    if text.is_empty() { 0 } else { text.parse().unwrap_or_else(|_| panic!("`{text}` is no number")) }
}

fn nanoseconds(text: &str) -> u64 {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    number(seconds) * 1_000_000_000 + number(&format!("{fraction:0<9}")[..9])
}

/// The rows of a file without quoted commas in the columns used here, by column name.
fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            names.iter().map(|name| (*name).to_owned()).zip(line.split(',').map(str::to_owned)).collect()
        })
        .collect()
}
