//! The twin: the demo's scenario packet by packet, with queues, ways and fates of its own.

use std::collections::BTreeMap;
use std::net::IpAddr;

use peerpath::addr::{FlowKey, IpPrefix};
use peerpath::engine::{Disposition, Engine, Inputs, Link, LinkState, SessionKind, service_name};
use peerpath::flow::TimedPacket;
use peerpath::network::{Connection, SiteId};
use peerpath::rib::{Community, flow_path};
use peerpath::sim::{Direction, End, Fate, SimResult};

use super::{Demo, SECOND, demo, shipped};

/// What the twin counts of a path in an epoch, or of a link: bytes in, delivered, congested, black-holed, discarded,
/// sent, of unknown answers.
type Counts = [u64; 7];

/// A queue in whole nanoseconds: the demo's rates send each byte in a whole number of them.
struct Line {
    ns_per_byte: u64,
    buffer: u64,
    free_at: u64,
}

#[derive(Default)]
struct Trace {
    ways: Vec<(Disposition, String, String)>,
    black_holed: u64,
    congested: u64,
    discarded: u64,
    leaked: u64,
    bytes: u64,
    sent: u64,
    after: [u64; 2],
    changes: [u64; 2],
    /// Whether its answers go where nobody can follow them, since it first had a way.
    doubtful: bool,
    /// Answers that went there, and all else since then.
    unknown: [u64; 2],
}

impl Trace {
    fn is_kept(&self) -> bool {
        let lost = self.black_holed + self.congested + self.discarded + self.leaked;
        lost + self.after[0] + self.after[1] + self.unknown[0] + self.unknown[1] == 0
    }
}

/// The demo's scenario by hand: when each stretch begins, what is dead in it, and what is known to be down.
fn chunks() -> Vec<(u64, Vec<Connection>, Vec<Connection>)> {
    use Connection::{Primary, Secondary};
    vec![
        (0, vec![], vec![]),
        (120 * SECOND, vec![Primary], vec![]),
        (120 * SECOND + 900_000_000, vec![Primary], vec![Primary]),
        (300 * SECOND, vec![Primary, Secondary], vec![Primary]),
        (360 * SECOND, vec![Primary, Secondary], vec![Primary, Secondary]),
        (480 * SECOND, vec![], vec![]),
    ]
}

struct Twin<'d> {
    demo: &'d Demo,
    /// Where machines answer by way of an appliance, of which nobody knows what it does.
    guarded: Option<IpPrefix>,
    copies: usize,
    engines: Vec<Vec<Engine>>,
    lines: BTreeMap<(String, bool), Line>,
    rows: BTreeMap<(usize, Disposition, String), Counts>,
    links: BTreeMap<(String, bool), Counts>,
    traces: BTreeMap<FlowKey, Trace>,
}

impl<'d> Twin<'d> {
    /// The internet edge of Amsterdam sends a byte in `edge_ns` and holds `buffer` bytes; each packet comes `copies` times.
    fn new(demo: &'d Demo, edge_ns: u64, buffer: u64, copies: usize) -> Self {
        let (circuit, _) = demo.network.circuit_named("er-ams").unwrap();
        let engines = chunks().into_iter().map(|(_, _, down)| {
            let links = down.iter().fold(LinkState::as_written(), |links, connection| {
                links.with_down(Link::Connection(circuit, *connection))
            });
            let inputs = Inputs::new(&demo.network, &demo.catalog).links(&links);
            (0..2).map(|site| Engine::compile(inputs, SiteId(site)).unwrap()).collect()
        });
        let mut lines = BTreeMap::new();
        for out in [true, false] {
            lines.insert(("edge-ams".to_owned(), out), Line { ns_per_byte: edge_ns, buffer, free_at: 0 });
            for name in ["er-ams/primary", "er-ams/secondary"] {
                // 1 Gbit/s; 50 ms of it may wait.
                lines.insert((name.to_owned(), out), Line { ns_per_byte: 8, buffer: 6_250_000, free_at: 0 });
            }
        }
        let engines = engines.collect();
        Self {
            demo,
            guarded: None,
            copies,
            engines,
            lines,
            rows: BTreeMap::new(),
            links: BTreeMap::new(),
            traces: BTreeMap::new(),
        }
    }

    /// Amsterdam is the first site, Utrecht the second.
    fn site(address: IpAddr) -> Option<usize> {
        let is_in = |prefix: &str| prefix.parse::<IpPrefix>().unwrap().contains(address);
        [["10.10.0.0/16", "fd10::/48"], ["10.11.0.0/16", "fd11::/48"]]
            .iter()
            .position(|prefixes| prefixes.iter().any(|prefix| is_in(prefix)))
    }

    fn packet(&mut self, packet: &TimedPacket, first: u64) {
        let at = (packet.time.ns().unwrap() - first) / 20;
        let chunks = chunks();
        let epoch = chunks.iter().rposition(|(start, ..)| *start <= at).unwrap();
        let (_, dead, down) = &chunks[epoch];
        let key = FlowKey::from(packet.packet.key);
        let sent = Self::site(key.source).is_some();
        let key = if sent { key } else { key.reversed() };
        let site = Self::site(key.source).unwrap();
        let engine = &self.engines[epoch][site];
        let decision = engine.decision(engine.decide(key.destination));
        let next_hop =
            decision.carrier_of(&key).map(|next_hop| &engine.sessions()[next_hop.session.index() as usize]);
        let via = next_hop.map_or(String::new(), |session| session.name.clone());
        // Answers come over any connection that is up; none of the demo's prefixes is advertised elsewhere.
        let back = match next_hop.map(|session| session.kind) {
            Some(SessionKind::Circuit(_, peering, _)) => {
                let up: Vec<_> = Connection::ALL.iter().filter(|one| !down.contains(one)).collect();
                let chosen = up[flow_path(&key.reversed(), up.len().try_into().unwrap())];
                format!("er-ams/{}/{}", peering.name(), chosen.name())
            }
            _ => via.clone(),
        };
        // `er-ams/microsoft/primary` runs over `er-ams/primary`.
        let over = if sent { &via } else { &back };
        let link = match over.split('/').collect::<Vec<_>>()[..] {
            [circuit, _, connection] => format!("{circuit}/{connection}"),
            _ => over.clone(),
        };
        let guarded = self.guarded.is_some_and(|guarded| guarded.contains(key.destination));
        let nowhere = matches!(decision.disposition, Disposition::Discarded | Disposition::Unreachable);
        let unanswered = guarded && !nowhere;
        // Nobody knows over what such answers come.
        let (link, back) =
            if unanswered { (if sent { link } else { String::new() }, String::new()) } else { (link, back) };
        let lost = dead.iter().any(|one| link == format!("er-ams/{}", one.name()));
        let bytes = u64::from(packet.packet.ip_bytes);
        let in_scope = {
            let lookup = self.demo.catalog.lookup(key.destination);
            lookup.communities.iter().any(|entry| entry.community == Community::microsoft(51_002))
        };
        let trace = self.traces.entry(key).or_default();
        trace.doubtful |= unanswered;
        let way = (decision.disposition, via.clone(), back);
        let known = trace.ways.last().filter(|last| **last != way && !nowhere && !trace.doubtful);
        if let Some(last) = known {
            // The demo's pools are apart: whoever leaves over the other of internet and Microsoft peering gets another
            // source, and a device that saw no beginning of it. To virtual networks nothing else leads.
            let breaks = last.0 != way.0;
            trace.changes[usize::from(breaks)] += 1;
        }
        if trace.ways.last() != Some(&way) && !nowhere {
            trace.ways.push(way);
        }
        for _ in 0..self.copies {
            let end = if unanswered && !sent {
                6
            } else if lost {
                3
            } else if nowhere {
                4
            } else {
                self.lines.get_mut(&(link.clone(), sent)).map_or(1, |line| line.offer(at, bytes))
            };
            let row = self.rows.entry((epoch, decision.disposition, via.clone())).or_default();
            let count = |counts: &mut Counts| {
                counts[0] += bytes;
                counts[end] += bytes;
                counts[5] += if sent { bytes } else { 0 };
            };
            count(row);
            if !link.is_empty() {
                count(self.links.entry((link.clone(), sent)).or_default());
            }
            trace.bytes += bytes;
            trace.sent += if sent { bytes } else { 0 };
            trace.black_holed += if end == 3 { bytes } else { 0 };
            trace.congested += if end == 2 { bytes } else { 0 };
            trace.discarded += if end == 4 { bytes } else { 0 };
            trace.unknown[0] += if end == 6 { bytes } else { 0 };
            trace.unknown[1] += if trace.doubtful && end != 6 { bytes } else { 0 };
            trace.leaked += if in_scope && decision.disposition == Disposition::Internet { bytes } else { 0 };
            for (after, changes) in trace.after.iter_mut().zip(trace.changes) {
                *after += if changes > 0 { bytes } else { 0 };
            }
        }
    }
}

impl Line {
    /// 1 where it is delivered, 2 where it is dropped.
    fn offer(&mut self, at: u64, bytes: u64) -> usize {
        let waiting = self.free_at.saturating_sub(at);
        if waiting > 0 && waiting + bytes * self.ns_per_byte > self.buffer * self.ns_per_byte {
            return 2;
        }
        self.free_at = at + waiting + bytes * self.ns_per_byte;
        1
    }
}

#[test]
fn the_demo_equals_its_twin_to_the_byte() {
    let demo = demo();
    // 200 Mbit/s, 1 MB.
    compare(&shipped(), Twin::new(demo, 40, 1_000_000, 1), &[]);
    // 5 Mbit/s, 250 kB, and ten times the traffic: queues fill.
    let narrow = shipped().replace("200 Mbps", "5 Mbps").replace("1 MB", "250 kB") + "scale: 10\n";
    compare(&narrow, Twin::new(demo, 1_600, 250_000, 10), &[Fate::Congested]);
}

/// The same where every machine of the hub answers by way of a firewall that nobody describes.
#[test]
fn a_demo_with_a_firewall_equals_its_twin() {
    let subnets = "    prefixes: [10.20.0.0/16, \"fd20::/48\"]\n    subnets: [{name: all, prefixes: [10.20.0.0/16], route_table: out}]\n\
                   route_tables: [{name: out, routes: [{prefix: 10.10.0.0/16, next_hop: virtual-appliance 10.20.255.4}]}]\n";
    let text = std::fs::read_to_string("examples/demo/network.yaml").unwrap();
    let (before, after) = text.split_once("    prefixes: [10.20.0.0/16, \"fd20::/48\"]\n").unwrap();
    let guarded = Demo::of(&format!("{before}{subnets}{after}"));
    let mut twin = Twin::new(&guarded, 40, 1_000_000, 1);
    twin.guarded = Some("10.20.0.0/16".parse().unwrap());
    compare(&shipped(), twin, &[Fate::Unknown]);
}

/// Runs a scenario of the demo both ways; each of these fates, and of those that the demo always has, occurs.
fn compare(text: &str, mut twin: Twin<'_>, occur: &[Fate]) {
    let demo = twin.demo;
    let scenario = demo.scenario(text);
    let result = demo.run(&scenario, 64, 1_000_000);
    let first = demo.packets[0].time.ns().unwrap();
    for packet in &demo.packets {
        twin.packet(packet, first);
    }

    let starts: Vec<u64> = chunks().iter().map(|(start, ..)| *start).collect();
    assert_eq!(result.epochs, starts);
    let rows: BTreeMap<_, Counts> = result
        .rows
        .iter()
        .map(|row| {
            let via = row.path.via.as_ref().map(ToString::to_string).unwrap_or_default();
            let bytes = |end| row.tally.get(end).ip_bytes;
            let counts = [
                row.tally.offered.ip_bytes,
                bytes(End::Delivered),
                bytes(End::Congested),
                bytes(End::BlackHoled),
                bytes(End::Discarded),
                row.tally.sent.ip_bytes,
                bytes(End::Unknown),
            ];
            ((row.epoch, row.path.disposition, via), counts)
        })
        .collect();
    assert_eq!(rows, twin.rows);
    assert!(rows.len() > 15, "{}", rows.len());

    let mut compared = 0;
    for link in &result.links {
        for (direction, carried) in Direction::ALL.into_iter().zip(&link.totals) {
            let out = direction == Direction::Out;
            let Some(counts) = twin.links.get(&(link.name.to_string(), out)) else { continue };
            let found = [carried.offered, carried.delivered, carried.dropped, carried.black_holed];
            assert_eq!(found.map(|volume| volume.ip_bytes), counts[..4], "{} {direction:?}", link.name);
            compared += 1;
        }
    }
    assert_eq!(compared, twin.links.len());

    let fate = |fate: Fate| result.fates.get(&fate).map_or((0, 0), |sum| (sum.flows, sum.volume.ip_bytes));
    let wanted = |amount: &dyn Fn(&Trace) -> u64| {
        let amounts = twin.traces.values().map(amount).filter(|bytes| *bytes > 0);
        (amounts.clone().count() as u64, amounts.sum::<u64>())
    };
    assert_eq!(fate(Fate::BlackHoled), wanted(&|one| one.black_holed));
    assert_eq!(fate(Fate::Congested), wanted(&|one| one.congested));
    assert_eq!(fate(Fate::Discarded), wanted(&|one| one.discarded));
    assert_eq!(fate(Fate::Leaked), wanted(&|one| one.leaked));
    assert_eq!(fate(Fate::Moved), wanted(&|one| one.after[0]));
    assert_eq!(fate(Fate::Reset), wanted(&|one| one.after[1]));
    assert_eq!(fate(Fate::Unknown), wanted(&|one| one.unknown[0] + one.unknown[1]));
    assert_eq!(fate(Fate::Kept), wanted(&|one| if one.is_kept() { one.bytes } else { 0 }));
    compare_services(&result, &twin);
    // Each of them occurs, or the comparison would say nothing.
    let always = [Fate::BlackHoled, Fate::Discarded, Fate::Leaked, Fate::Moved, Fate::Reset, Fate::Kept];
    for occurs in always.iter().chain(occur) {
        assert!(fate(*occurs).0 > 0, "{occurs:?}");
    }
}

/// The same by service, of which the twin knows the name alone.
fn compare_services(result: &SimResult, twin: &Twin<'_>) {
    let mut services: BTreeMap<String, [u64; 12]> = BTreeMap::new();
    for (key, one) in &twin.traces {
        let service = service_name(key.destination, &twin.demo.catalog.lookup(key.destination));
        let counts = [
            1,
            u64::from(!one.is_kept()),
            one.bytes,
            one.sent,
            one.black_holed,
            one.congested,
            one.discarded,
            one.after[0],
            one.after[1],
            one.leaked,
            one.unknown[0],
            one.unknown[1],
        ];
        for (sum, count) in services.entry(service).or_default().iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let found: BTreeMap<String, [u64; 12]> = result
        .services
        .iter()
        .map(|(service, sum)| {
            let bytes = |end| sum.tally.get(end).ip_bytes;
            assert_eq!(sum.tally.accounted(), sum.tally.offered);
            let counts = [
                sum.flows,
                sum.changed,
                sum.tally.offered.ip_bytes,
                sum.tally.sent.ip_bytes,
                bytes(End::BlackHoled),
                bytes(End::Congested),
                bytes(End::Discarded),
                sum.moved.ip_bytes,
                sum.reset.ip_bytes,
                sum.leaked.ip_bytes,
                bytes(End::Unknown),
                sum.doubtful.ip_bytes,
            ];
            (service.clone(), counts)
        })
        .collect();
    assert_eq!(found, services);
    assert!(found.len() > 5, "{found:?}");
}
