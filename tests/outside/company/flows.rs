//! TCP connections between sites, virtual networks and the internet: whether they come about as the way back is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::process::Child;

use peerpath::addr::IpPrefix;
use peerpath::engine::ReturnVerdict;

use super::answers::{From, STARTS, Start};
use super::plan::{SITES, VIRTUAL_NETWORKS, site};
use crate::machines::{Machines, PATIENCE, wait};

const PYTHON: &str = "/usr/bin/python3";
/// What answers and opens connections.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside/company/flows.py");
/// Seconds after which a connection counts as failed, where it is told that it comes about, and where not.
const LONG: f32 = 20.0;
const SHORT: f32 = 2.5;
/// Somewhere on the internet.
const INTERNET: [&str; 2] = ["9.9.9.9", "2620:fe::fe"];

/// A connection that is tried.
pub(crate) struct Flow {
    pub(crate) start: &'static Start,
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
}

/// What came of the connections of a situation.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// By what was told of the way back.
    pub(crate) found: BTreeMap<String, usize>,
    /// Those of which it was told whether they come about.
    pub(crate) settled: usize,
    pub(crate) differences: Vec<String>,
}

/// The machine where the clients and servers of a start are.
fn host(start: &Start) -> &'static str {
    if start.is_site() { site(start.name).clients } else { start.machines[0] }
}

/// A host of each half of a prefix.
fn hosts(prefix: &str, number: u8) -> [IpAddr; 2] {
    let prefix: IpPrefix = prefix.parse().unwrap();
    match (prefix.first(), prefix.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let half = (last.to_bits() - first.to_bits()) / 2 + 1;
            [0, half].map(|half| IpAddr::V4((first.to_bits() + half + u32::from(number)).into()))
        }
        (first, last) => {
            let [first, last] = [first, last].map(|one| match one {
                IpAddr::V6(address) => address.to_bits(),
                IpAddr::V4(address) => address.to_bits().into(),
            });
            let half = (last - first) / 2 + 1;
            [0, half].map(|half| IpAddr::V6((first + half + u128::from(number)).into()))
        }
    }
}

/// The prefix of a start, in a family.
fn prefix(start: &Start, index: usize) -> &'static str {
    let of_site = SITES.iter().find(|site| site.name == start.name).map(|site| site.prefixes[index]);
    let of_network = VIRTUAL_NETWORKS.iter().find(|own| Some(own.name) == start.name.strip_suffix("/app"));
    of_site.or(of_network.map(|own| own.subnet[index])).unwrap()
}

/// From a site to each virtual network; from a virtual network to each site, the other ones and the internet.
fn flows_from(start: &'static Start) -> Vec<Flow> {
    let mut all = Vec::new();
    for (index, internet) in INTERNET.into_iter().enumerate() {
        let others = STARTS.iter().filter(|other| other.name != start.name);
        let others = others.filter(|other| !(start.is_site() && other.is_site()));
        let ends = others.flat_map(|other| hosts(prefix(other, index), 9));
        let internet = internet.parse().ok().filter(|_| !start.is_site());
        for destination in ends.chain(internet) {
            let sources = (20..22).flat_map(|number| hosts(prefix(start, index), number));
            all.extend(sources.map(|source| Flow { start, source, destination }));
        }
    }
    all
}

/// Starts what answers, wherever connections end.
pub(crate) fn serve(machines: &mut Machines) -> Result<(), String> {
    let hosts: Vec<&str> = STARTS.iter().map(host).chain(["net"]).collect();
    for host in &hosts {
        machines.start(host, PYTHON, &[PROGRAM, "serve"])?;
    }
    for host in hosts {
        wait("servers", PATIENCE, || {
            if machines.log(host, PYTHON).contains("ready") { Ok(()) } else { Err(host.to_owned()) }
        })?;
    }
    Ok(())
}

/// A connection with what is told of it: a word, and whether it comes about if that is told.
type Told = (Flow, String, Option<bool>);

/// Connections on their way, by where they start.
pub(crate) struct Opening(Vec<(Vec<Told>, Child)>);

/// Opens all connections, with ports that no other `turn` has.
pub(crate) fn open(machines: &Machines, turn: usize, starts: &[From<'_>]) -> Result<Opening, String> {
    let mut all = Vec::new();
    for from in starts {
        let mut flows = Vec::new();
        let mut lines = String::new();
        for flow in flows_from(from.start) {
            let (word, comes) = found(from, &flow);
            let port = 10_000 + 500 * turn + flows.len();
            // One that comes about takes no time, however busy the machine is; the others are not waited for as long.
            let patience = if comes == Some(true) { LONG } else { SHORT };
            let _ = writeln!(lines, "{} {port} {} {patience}", flow.source, flow.destination);
            flows.push((flow, word, comes));
        }
        let host = host(from.start);
        let file = machines.write(&format!("flows-{host}"), &lines)?;
        let child = machines.beside(host, PYTHON, &[PROGRAM, "open", file.to_str().unwrap_or_default()])?;
        all.push((flows, child));
    }
    Ok(Opening(all))
}

/// What is told of a connection.
fn found(from: &From<'_>, flow: &Flow) -> (String, Option<bool>) {
    if from.answer(flow.destination).iter().all(|way| way.ends_with("lost")) {
        return ("lost on its way".to_owned(), Some(false));
    }
    match from.back(flow.source, flow.destination) {
        Some(ReturnVerdict::Symmetric) => ("symmetric".to_owned(), Some(true)),
        Some(ReturnVerdict::Dropped) => ("dropped".to_owned(), Some(false)),
        Some(other) => (other.to_string(), None),
        None => ("nothing".to_owned(), None),
    }
}

impl Opening {
    /// Waits for what comes of them, and compares that with what is told.
    pub(crate) fn evaluate(self) -> Result<Tried, String> {
        let mut tried = Tried::default();
        for (flows, child) in self.0 {
            let output = child.wait_with_output().map_err(|error| error.to_string())?;
            let words = String::from_utf8_lossy(&output.stdout);
            let came: Vec<bool> = words.lines().map(|line| line == "yes").collect();
            if came.len() != flows.len() {
                let errors = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{} of {} connections: {words}{errors}", came.len(), flows.len()));
            }
            for ((flow, word, comes), came) in flows.iter().zip(came) {
                let came_word = if came { "came about" } else { "did not" };
                *tried.found.entry(format!("{word}, {came_word}")).or_default() += 1;
                tried.settled += usize::from(comes.is_some());
                if comes.is_some_and(|comes| comes != came) {
                    let (start, source, destination) = (flow.start.name, flow.source, flow.destination);
                    tried
                        .differences
                        .push(format!("{start}: {source} to {destination}: {word}, it {came_word}"));
                }
            }
        }
        Ok(tried)
    }
}
