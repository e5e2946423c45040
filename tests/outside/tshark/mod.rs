//! Our measures of TCP against tshark's `tcp.analysis`: for every segment whether it was sent again or overtaken, for
//! every connection its handshake. On the captures of the shared data, our own, and generated ones with everything that
//! a sender, a network and a capture can do.
//!
//! Needs Debian's `tshark`, 4.0: later versions have other rules. Without it every trial counts as ignored; with
//! `PEERPATH_REQUIRE_READERS=1` it fails instead. The shared data is in `../shared/data`; where it is missing, it counts
//! as ignored.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says where it is"
)]

mod dns;
mod generated;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Failed, Trial};
use peerpath::addr::FlowKey;
use peerpath::flow::tcp::{HandshakeTimes, SegmentKind, Tcp, TcpTable, Unmeasured, Unreadable, decode_tcp};
use peerpath::flow::{CaptureReader, Layer};

use crate::machines::shell::run;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The version whose rules ours are.
const VERSION: &str = "4.0.";
/// Seeds of generated captures.
const SEEDS: u64 = 12;
/// The fewest segments that all generated captures must have of each kind.
const LEAST: usize = 50;

/// The two ends of a connection.
type Ends = [(IpAddr, u16); 2];

/// Where ours differs from tshark by intent: the end of the capture's name, what the line says, and why.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("captures/simple.pcapng", "frame 2:", NO_TIME),
    ("captures/tunnels.pcap", "frame 4:", FIRST_FRAGMENT),
    ("captures/tunnels.pcap", "frame 7:", LINUX_PORT),
    ("captures/tunnels.pcap", "frame 29:", NOT_DECODED),
    ("captures/tunnels.pcap", "frame 30:", NOT_DECODED),
    ("captures/tunnels.pcap", "frame 32:", NOT_DECODED),
    ("captures/tunnels.pcap", "frame 33:", NOT_DECODED),
    ("pcaps-derived/teams__snaplen64.pcap", "tshark None", OPTIONS),
    ("pcaps-derived/teams__snaplen64.pcap", "initial_rtt_ns: None", OPTIONS),
    ("pcaps/036_mercury_capture2.pcap", "frame 4170:", TWICE),
];
/// Where the shared data is, from the root of the crate.
const SHARED: [&str; 2] = ["../shared/data/pcaps", "../shared/data/pcaps-derived"];
const NO_TIME: &str = "the packet before has no time, so it is not measured; tshark takes 1970";
const FIRST_FRAGMENT: &str =
    "the inner header is in the first fragment of the outer packet; tshark waits for the others";
const LINUX_PORT: &str = "VXLAN on the port that Linux used first, which tshark does not know";
const NOT_DECODED: &str = "a tunnel that is not decoded, and counted as skipped";
const TWICE: &str = "the capture has each packet twice, so tshark counts each duplicate acknowledgment twice";
const OPTIONS: &str = "the options of the header are cut off, which tshark needs and this measure does not";

/// The trials of this suite; `list`: they are only listed.
pub(super) fn trials(list: bool) -> Vec<Trial> {
    let missing = missing();
    let required = std::env::var("PEERPATH_REQUIRE_READERS").is_ok_and(|value| value == "1");
    if let (Some(missing), false) = (&missing, required || list) {
        eprintln!("tshark: not run, {missing}; `.ci/run` installs what is needed");
    }
    let ignored = missing.is_some() && !required;
    let captures = captures().into_iter().flat_map(|path| {
        let name = path.strip_prefix(ROOT).unwrap_or(&path).display().to_string();
        let answers = path.clone();
        let dns = Trial::test(format!("DNS answers of {name}"), move || dns::compare(&answers).map(|_| ()));
        [Trial::test(name, move || compare(&path).map(|_| ())), dns]
    });
    let generated = Trial::test("generated", generated_captures);
    let lacking = SHARED.iter().filter(|folder| !Path::new(ROOT).join(folder).is_dir());
    let lacking =
        lacking.map(|folder| Trial::test(format!("{folder} (missing)"), || Ok(())).with_ignored_flag(true));
    captures.chain([generated]).map(|trial| trial.with_ignored_flag(ignored)).chain(lacking).collect()
}

/// Returns what is missing.
fn missing() -> Option<String> {
    match run("tshark", &["--version"]) {
        Ok(version) if version.contains(&format!("TShark (Wireshark) {VERSION}")) => None,
        Ok(version) => Some(format!("tshark is `{}`, not {VERSION}x", version.lines().next().unwrap_or(""))),
        Err(error) => Some(error),
    }
}

/// Our own captures, and those of the shared data where it is.
fn captures() -> Vec<PathBuf> {
    let folders = ["tests/captures", "examples/demo", "examples/guide"];
    let files = folders
        .iter()
        .chain(&SHARED)
        .flat_map(|folder| fs::read_dir(Path::new(ROOT).join(folder)).into_iter().flatten());
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.to_string_lossy();
        [".pcap", ".pcapng", ".pcap.gz", ".cap", ".snoop"].iter().any(|end| name.ends_with(end))
    });
    paths.sort();
    paths
}

fn generated_captures() -> Result<(), Failed> {
    let mut kinds = BTreeMap::<SegmentKind, usize>::new();
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..SEEDS {
        let path = folder.path().join(format!("{seed}.pcap"));
        fs::write(&path, generated::capture(seed)).unwrap();
        for (kind, count) in
            compare(&path).map_err(|failed| format!("seed {seed}: {}", failed.message().unwrap_or("")))?
        {
            *kinds.entry(kind).or_default() += count;
        }
    }
    match kinds.iter().find(|(_, count)| **count < LEAST) {
        Some((kind, count)) => Err(format!("only {count} segments are {kind:?}: {kinds:?}").into()),
        None if kinds.len() < 4 => Err(format!("kinds are missing: {kinds:?}").into()),
        None => Ok(()),
    }
}

/// What one reader found in a capture.
#[derive(Default)]
struct Found {
    /// The kinds of segments by frame number, those that continue their direction aside.
    kinds: BTreeMap<u64, SegmentKind>,
    /// The connections by their ends, in order: the time of the handshake in nanoseconds.
    handshakes: BTreeMap<Ends, Vec<Result<u64, Unmeasured>>>,
    /// The same of tshark.
    initial: BTreeMap<Ends, Vec<Handshake>>,
}

/// What tshark tells of a handshake.
#[derive(Debug, Default)]
struct Handshake {
    /// The source of the last SYN.
    opener: Option<IpAddr>,
    /// The time from that SYN to the first ACK of either end.
    initial_rtt_ns: Option<u64>,
    /// The source of this ACK.
    first_ack: Option<IpAddr>,
}

impl Handshake {
    fn add(&mut self, source: IpAddr, flags: &str, rtt: &str) {
        const SYN: u16 = 0x02;
        const ACK: u16 = 0x10;
        let flags = u16::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap();
        if flags & (SYN | ACK) == SYN && self.first_ack.is_none() {
            self.opener = Some(source);
        }
        if let (None, Some((seconds, fraction))) = (self.initial_rtt_ns, rtt.split_once('.')) {
            let seconds: u64 = seconds.parse().unwrap();
            self.initial_rtt_ns = Some(seconds * 1_000_000_000 + fraction.parse::<u64>().unwrap());
        }
        // tshark shows the time at every packet of the connection, so the first ACK is known by its flags.
        if flags & (SYN | ACK) == ACK && self.first_ack.is_none() {
            self.first_ack = Some(source);
        }
    }

    /// Returns whether our handshake is this one. tshark's is the time from the last SYN to the first ACK of either end;
    /// ours is that of a complete handshake, or a reason why there is none.
    fn is(&self, ours: &Result<u64, Unmeasured>) -> bool {
        match ours {
            // Two equal times are none for tshark, so that a later ACK gives its time.
            Ok(0) => true,
            Ok(ours) if self.first_ack == self.opener => self.initial_rtt_ns == Some(*ours),
            Ok(ours) => self.initial_rtt_ns.is_none_or(|theirs| theirs < *ours),
            Err(Unmeasured::NoSyn | Unmeasured::Unreadable) => self.initial_rtt_ns.is_none(),
            Err(_) => true,
        }
    }
}

/// Compares one capture; the number of segments of each kind.
fn compare(path: &Path) -> Result<BTreeMap<SegmentKind, usize>, Failed> {
    let (ours, unreadable) = ours(path)?;
    let theirs = theirs(path)?;
    let mut lines = Vec::new();
    let frames = ours.kinds.keys().chain(theirs.kinds.keys()).collect::<std::collections::BTreeSet<_>>();
    for frame in frames {
        let (our, their) = (ours.kinds.get(frame), theirs.kinds.get(frame));
        // tshark takes the second copy of a packet for a retransmission.
        if our != their && our != Some(&SegmentKind::Copy) {
            lines.push(format!(
                "frame {frame}: ours {our:?}, tshark {their:?}, unreadable {:?}",
                unreadable.get(frame)
            ));
        }
    }
    for (ends, theirs) in &theirs.initial {
        let ours = ours.handshakes.get(ends).map(Vec::as_slice).unwrap_or_default();
        if ours.len() != theirs.len() {
            lines.push(format!("{ends:?}: ours {ours:?}, tshark {theirs:?}"));
            continue;
        }
        for (our, their) in ours.iter().zip(theirs).filter(|(our, their)| !their.is(our)) {
            lines.push(format!("{ends:?}: handshake ours {our:?}, tshark {their:?}"));
        }
    }
    let name = path.display().to_string();
    let intended = || DIFFERENT.iter().filter(|(end, ..)| name.ends_with(end));
    let mut report = String::new();
    for line in lines.iter().filter(|line| !intended().any(|(_, what, _)| line.contains(what))) {
        let _ = writeln!(report, "{line}");
    }
    for (_, what, why) in intended().filter(|(_, what, _)| !lines.iter().any(|line| line.contains(what))) {
        let _ = writeln!(report, "`{what}` agrees, so its exception can go: {why}");
    }
    let mut kinds = BTreeMap::new();
    ours.kinds.values().for_each(|kind| *kinds.entry(*kind).or_default() += 1);
    if report.is_empty() { Ok(kinds) } else { Err(report.into()) }
}

/// What we find in a capture, and the frames whose TCP header cannot be read.
fn ours(path: &Path) -> Result<(Found, BTreeMap<u64, Unreadable>), Failed> {
    let mut found = Found::default();
    let mut unreadable = BTreeMap::new();
    let done = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&done);
    let mut table = TcpTable::new(usize::MAX, move |conversation| sink.lock().unwrap().push(conversation));
    let mut number = 0;
    let mut reader = CaptureReader::open(path).map_err(|error| error.to_string())?;
    let read = reader.for_each(|frame| {
        number += 1;
        let Ok((packet, tcp)) = decode_tcp(&frame, Layer::Inner) else { return };
        if let Tcp::Unreadable(why) = tcp {
            unreadable.insert(number, why);
        }
        match table.add(packet.key.into(), &tcp) {
            None | Some(SegmentKind::New) => {}
            Some(kind) => drop(found.kinds.insert(number, kind)),
        }
    });
    read.map_err(|error| error.to_string())?;
    table.finish();
    for conversation in done.lock().unwrap().drain(..) {
        let handshake = conversation.handshake.map(HandshakeTimes::total_ns);
        found.handshakes.entry(ends(&conversation.first)).or_default().push(handshake);
    }
    Ok((found, unreadable))
}

/// What tshark finds.
fn theirs(path: &Path) -> Result<Found, Failed> {
    let fields = [
        "frame.number",
        "tcp.stream",
        "tcp.analysis.spurious_retransmission",
        "tcp.analysis.fast_retransmission",
        "tcp.analysis.retransmission",
        "tcp.analysis.out_of_order",
        "tcp.analysis.initial_rtt",
        "ip.src",
        "ip.dst",
        "ipv6.src",
        "ipv6.dst",
        "tcp.srcport",
        "tcp.dstport",
        "tcp.flags",
    ];
    let path = path.display().to_string();
    let mut arguments = vec!["-n", "-r", &path, "-Y", "tcp", "-T", "fields", "-E", "occurrence=l"];
    for field in &fields {
        arguments.extend(["-e", field]);
    }
    let text = tshark(&arguments)?;
    let mut found = Found::default();
    let mut streams = BTreeMap::<u64, (Ends, Handshake)>::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [frame, stream, spurious, fast, again, overtaken, rtt, ip4, to4, ip6, to6, port, to_port, flags] =
            cells[..]
        else {
            return Err(format!("unexpected line `{line}`").into());
        };
        let kinds = [
            (spurious, SegmentKind::SpuriousRetransmission),
            (fast, SegmentKind::FastRetransmission),
            (again, SegmentKind::Retransmission),
            (overtaken, SegmentKind::OutOfOrder),
        ];
        if let Some((_, kind)) = kinds.iter().find(|(cell, _)| !cell.is_empty()) {
            found.kinds.insert(frame.parse().unwrap(), *kind);
        }
        // A frame with both families is a tunnel: the inner addresses are unknown here, and its streams are not compared.
        let (source, destination) = match (ip4.parse(), to4.parse(), ip6.parse(), to6.parse()) {
            (Ok(source), Ok(destination), Err(_), Err(_)) => (IpAddr::V4(source), IpAddr::V4(destination)),
            (Err(_), Err(_), Ok(source), Ok(destination)) => (IpAddr::V6(source), IpAddr::V6(destination)),
            _ => continue,
        };
        // Only a part of the header was captured.
        if port.is_empty() || flags.is_empty() {
            continue;
        }
        let key = FlowKey {
            source,
            destination,
            protocol: 6,
            source_port: port.parse().unwrap(),
            destination_port: to_port.parse().unwrap(),
        };
        let one =
            streams.entry(stream.parse().unwrap()).or_insert_with(|| (ends(&key), Handshake::default()));
        one.1.add(key.source, flags, rtt);
    }
    for (ends, rtt) in streams.into_values() {
        found.initial.entry(ends).or_default().push(rtt);
    }
    Ok(found)
}

/// Returns what tshark prints. A damaged capture ends with an error after its last frame.
fn tshark(arguments: &[&str]) -> Result<String, String> {
    run("tshark", arguments).or_else(|error| damaged(arguments).ok_or(error))
}

/// What tshark prints of a capture that ends in the middle of a packet.
fn damaged(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("tshark").args(arguments).output().ok()?;
    (output.status.code() == Some(2)).then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn ends(key: &FlowKey) -> Ends {
    let mut ends = [(key.source, key.source_port), (key.destination, key.destination_port)];
    ends.sort_unstable();
    ends
}
