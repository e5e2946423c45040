//! Every capture of the shared data, outer and inner, against what tshark counts in it: totals by
//! destination and by flow, frames, damage. Without the data the trials are ignored and counted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use peerpath::addr::FlowKey;
use peerpath::flow::{CaptureReader, CaptureSummary, DecodeSkip, Frame, Layer, Packet, SkipCounts, decode};

/// The captures, by name, so that missing data still yields ignored trials that can be counted.
const CAPTURES: &str = include_str!("../captures/oracle_captures.txt");

/// Where ours differs from tshark by intent: the end of the capture's name, its part (`outer`,
/// `inner`, `frames`), what the lines of the difference say, and why. One that no longer matches
/// anything fails.
const DIFFERENT: &[(&str, &str, &str, &str)] = &[
    ("048_zeek_mpls-6in6-broken.pcap.gz", "outer", "0.53.0.0", UNREADABLE_LABELS),
    ("048_zeek_mpls-6in6-broken.pcap.gz", "inner", "0.53.0.0", UNREADABLE_LABELS),
    ("075_tcpdump_rsvp-rsvp_obj_print-oobr.pcap", "outer", "20.100.238.255", WILD_FRACTION),
    ("075_tcpdump_rsvp-rsvp_obj_print-oobr.pcap", "inner", "20.100.238.255", WILD_FRACTION),
    ("078_gopacket_test202.pcapng", "frames", "frames: ours 8, tshark 11", CUSTOM_BLOCKS),
    ("100_tcpdump_dsa-high-vid.pcap", "frames", "frames: ours 4, tshark 0", NO_SUCH_LINK_TYPE),
    ("100_tcpdump_dsa-high-vid.pcap", "frames", "unread end: ours 0, tshark 2", NO_SUCH_LINK_TYPE),
];
const UNREADABLE_LABELS: &str =
    "two mangled frames with 22 and 23 MPLS labels: tshark gives up on the label stack";
const WILD_FRACTION: &str = "a fraction of 4,043 million microseconds: taken as it is written, where tshark's arithmetic wraps around";
const CUSTOM_BLOCKS: &str = "tshark counts the three custom blocks as frames";
const NO_SUCH_LINK_TYPE: &str =
    "tshark 4.0 refuses a file of link type 284; here its frames are read and skipped by name";

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
    /// The earliest and the latest time; none where tshark shows none either.
    first_ns: Option<u64>,
    last_ns: Option<u64>,
}

impl Totals {
    fn add(&mut self, other: Self) {
        *self = Self {
            packets: self.packets + other.packets,
            frame_bytes: self.frame_bytes + other.frame_bytes,
            ip_bytes: self.ip_bytes + other.ip_bytes,
            first_ns: self.first_ns.into_iter().chain(other.first_ns).min(),
            last_ns: self.last_ns.max(other.last_ns),
        };
    }

    fn agrees(&self, other: &Self) -> bool {
        let counts = |totals: &Self| (totals.packets, totals.frame_bytes, totals.ip_bytes);
        let near = |ours: Option<u64>, theirs: Option<u64>| match (ours, theirs) {
            (Some(ours), Some(theirs)) => ours.abs_diff(theirs) <= TIME_TOLERANCE_NS,
            (ours, theirs) => ours == theirs,
        };
        counts(self) == counts(other)
            && near(self.first_ns, other.first_ns)
            && near(self.last_ns, other.last_ns)
    }
}

struct Ours {
    summary: CaptureSummary,
    flows: BTreeMap<Flow, Totals>,
    skips: SkipCounts,
}

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
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
    trials
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
        .for_each(|frame| match innermost(&frame, layer, &mut skips) {
            Ok(packet) => {
                let key = FlowKey::from(packet.key);
                let flow =
                    (Some(key.protocol), key.source, key.source_port, key.destination, key.destination_port);
                flows.entry(flow).or_default().add(Totals {
                    packets: 1,
                    frame_bytes: u64::from(frame.original_length).min(MAX_FRAME_LENGTH),
                    ip_bytes: u64::from(packet.ip_bytes),
                    first_ns: frame.time.ns(),
                    last_ns: frame.time.ns(),
                });
            }
            Err(skip) => skips.add(skip, frame.original_length),
        })
        .unwrap();
    Ours { summary, flows, skips }
}

/// The packet of a frame. Where tshark finds no header inside a tunnel it counts by the one outside, and ours is skipped: such frames
/// are counted in `tunnels`, and by the outer header for the comparison.
fn innermost(frame: &Frame<'_>, layer: Layer, tunnels: &mut SkipCounts) -> Result<Packet, DecodeSkip> {
    decode(frame, layer).or_else(|skip| match skip {
        DecodeSkip::Tunnel(..) => {
            tunnels.add(skip, frame.original_length);
            decode(frame, Layer::Outer)
        }
        skip => Err(skip),
    })
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
    let tunnels = ours.skips.iter().filter(|(skip, _)| matches!(skip, DecodeSkip::Tunnel(..)));
    let in_tunnels: u64 = tunnels.map(|(_, count)| count.packets).sum();
    let counted: u64 = ours.flows.values().map(|totals| totals.packets).sum();
    let skipped = ours.skips.total().packets;
    assert_eq!(counted - in_tunnels + skipped, ours.summary.frames, "every frame is shown or skipped once");
    assert!(layer == Layer::Inner || in_tunnels == 0, "the outer view has every tunnel");
    let mut found = differences("destination", &by_destination(&ours.flows), &theirs_by_destination);
    found.extend(differences("flow", &ours_by_flow, &theirs));
    verdict(capture, layer_name(layer), &found, &ours)
}

fn compare_frames(data: &Path, capture: &str) -> Result<(), Failed> {
    let ours = read(&data.join(capture), Layer::Outer);
    let rows = csv(&data.join("oracle/summary.csv"));
    let row = rows.iter().find(|row| row["file"] == *capture).unwrap();
    let decoded: u64 = ours.flows.values().map(|totals| totals.packets).sum();
    let unread_end = if ours.summary.damage.is_empty() { 0 } else { 2 };
    let mut found = Vec::new();
    let mut expect = |what: &str, ours: u64, theirs: u64| {
        if ours != theirs {
            found.push(format!("{what}: ours {ours}, tshark {theirs}"));
        }
    };
    expect("frames", ours.summary.frames, number(&row["frames"]));
    expect("unread end", unread_end, number(&row["tshark_exit"]));
    assert_eq!(decoded + ours.skips.total().packets, ours.summary.frames, "every frame is counted once");
    verdict(capture, "frames", &found, &ours)
}

fn listed(data: &Path) -> Result<(), Failed> {
    let rows = csv(&data.join("oracle/summary.csv"));
    let known: BTreeSet<&str> = CAPTURES.lines().collect();
    let missing: Vec<&str> =
        rows.iter().map(|row| row["file"].as_str()).filter(|f| !known.contains(f)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("not in the list: {missing:?}").into()) }
}

/// Fails with the differences that are not intended, and with intended ones that are none.
fn verdict(capture: &str, part: &str, found: &[String], ours: &Ours) -> Result<(), Failed> {
    let intended = || DIFFERENT.iter().filter(|(file, at, ..)| capture.ends_with(file) && *at == part);
    let mut report = String::new();
    for difference in found.iter().filter(|text| !intended().any(|(_, _, subject, _)| text.contains(subject)))
    {
        let _ = writeln!(report, "{difference}");
    }
    for (.., subject, why) in intended() {
        if !found.iter().any(|text| text.contains(subject)) {
            let _ = writeln!(report, "`{subject}` agrees, so its exception can go: {why}");
        }
    }
    if report.is_empty() {
        return Ok(());
    }
    for (skip, count) in ours.skips.iter() {
        let _ = writeln!(report, "skipped {skip}: {} packets", count.packets);
    }
    for damage in &ours.summary.damage {
        let _ = writeln!(report, "damage {damage}");
    }
    Err(report.into())
}

fn differences<K: Ord + std::fmt::Debug>(
    what: &str,
    ours: &BTreeMap<K, Totals>,
    theirs: &BTreeMap<K, Totals>,
) -> Vec<String> {
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let total = |totals: &BTreeMap<K, Totals>, key| totals.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .map(|key| (key, total(ours, key), total(theirs, key)))
        .filter(|(_, a, b)| !a.agrees(b))
        .map(|(key, a, b)| format!("{what} {key:?}\n  ours   {a:?}\n  tshark {b:?}"))
        .collect()
}

/// tshark's protocol of a flow is the one in the IP header, ours the one behind extension headers
/// (AH also in IPv4): where its is an extension header, the protocol of that tuple is not compared.
fn same_protocols(
    theirs: BTreeMap<Flow, Totals>,
    ours: BTreeMap<Flow, Totals>,
) -> (BTreeMap<Flow, Totals>, BTreeMap<Flow, Totals>) {
    const EXTENSIONS: &[u8] = &[0, 43, 44, 51, 60, 135];
    let tuple = |flow: &Flow| (flow.1, flow.2, flow.3, flow.4);
    let extended: BTreeSet<_> = theirs
        .keys()
        .filter(|flow| flow.0.is_some_and(|protocol| EXTENSIONS.contains(&protocol)))
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

/// An empty cell is no time.
fn nanoseconds(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let nanoseconds = || number(seconds) * 1_000_000_000 + number(&format!("{fraction:0<9}")[..9]);
    (!text.is_empty()).then(nanoseconds)
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
