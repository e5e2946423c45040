//! Simulations: the demo's scenario against a plain, slow twin of it, and what else may happen to a network. Of the
//! library the twin uses the reader of captures, the engine's decisions and the flow hash.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod hops;
mod laws;
mod twin;

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::LazyLock;

use peerpath::addr::FlowKey;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::{Silent, Source, TaskId};
use peerpath::engine::{Disposition, ReturnVerdict, RoutingTables};
use peerpath::flow::{CaptureReader, Intake, Layer, PacketTime, TimedPacket};
use peerpath::network::{self, Network};
use peerpath::sim::scenario::{self, Scenario};
use peerpath::sim::{End, Fate, Setting, Setup, SimError, SimOptions, SimResult, Simulation, Volume};

const SECOND: u64 = 1_000_000_000;

struct Demo {
    catalog: Catalog,
    network: Network,
    tables: RoutingTables,
    packets: Vec<TimedPacket>,
}

impl Demo {
    fn load() -> Self {
        Self::of(&std::fs::read_to_string("examples/demo/network.yaml").unwrap())
    }

    /// The demo's capture in another network.
    fn of(text: &str) -> Self {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let network = network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
        let mut reader =
            CaptureReader::from_read("demo", File::open("examples/demo/capture.pcap").unwrap()).unwrap();
        let mut packets = Vec::new();
        let intake = Intake { layer: Layer::Outer, progress: &Silent, task: TaskId(0) };
        intake.read(&mut reader, |batch| packets.extend_from_slice(batch)).unwrap();
        Self { catalog, network, tables: RoutingTables::none(), packets }
    }

    fn scenario(&self, text: &str) -> Scenario {
        let source = Source::new("scenario.yaml", text);
        let (scenario, diagnostics) = scenario::read(&source, &self.catalog, &[&self.network]);
        scenario.unwrap_or_else(|| panic!("{diagnostics:?}"))
    }

    fn run(&self, scenario: &Scenario, batch: usize, max_flows: usize) -> SimResult {
        let start = Setting { network: &self.network, catalog: &self.catalog, tables: &self.tables };
        let setup = Setup { start, networks: BTreeMap::new(), catalogs: BTreeMap::new() };
        let options = SimOptions { max_flows, bucket_ns: 60 * SECOND };
        let mut simulation = Simulation::new(setup, scenario, options);
        for part in self.packets.chunks(batch) {
            simulation.take(part).unwrap();
        }
        simulation.finish(Volume::default()).unwrap()
    }
}

/// Loaded once for all tests.
fn demo() -> &'static Demo {
    static DEMO: LazyLock<Demo> = LazyLock::new(Demo::load);
    &DEMO
}

/// The scenario that is shipped.
fn shipped() -> String {
    std::fs::read_to_string("examples/demo/scenario.yaml").unwrap()
}

/// What reports are made of, as text: equal text, equal report.
fn reported(result: &SimResult) -> String {
    format!("{result:?}")
}

#[test]
fn batches_change_nothing() {
    let demo = demo();
    let scenario = demo.scenario(&shipped());
    let whole = reported(&demo.run(&scenario, demo.packets.len(), 1_000_000));
    for batch in [1, 7, 64] {
        assert_eq!(reported(&demo.run(&scenario, batch, 1_000_000)), whole);
    }
}

/// A bound on conversations changes rows of conversations, and no sum.
#[test]
fn eviction_is_counted_and_changes_no_sum() {
    let demo = demo();
    let scenario = demo.scenario(&shipped());
    let (free, tight) = (demo.run(&scenario, 64, 1_000_000), demo.run(&scenario, 64, 20));
    assert_eq!(free.evicted, 0);
    assert!(tight.evicted > 100 && tight.changed.len() == 20 && tight.changed_left_off > 0);
    assert_eq!(format!("{:?}", tight.links), format!("{:?}", free.links));
    assert_eq!((tight.total(), tight.flow_total), (free.total(), free.flow_total));
    let services = |result: &SimResult| -> Vec<_> {
        result.services.iter().map(|(name, sum)| (name.clone(), sum.tally, sum.leaked)).collect()
    };
    assert_eq!(services(&tight), services(&free));
}

/// Another seed stands for routers that hash otherwise: other members, the same sums.
#[test]
fn a_seed_moves_flows_between_connections() {
    let demo = demo();
    let one = demo.run(&demo.scenario("version: 1"), 64, 1_000_000);
    let other = demo.run(&demo.scenario("version: 1\nseed: 7"), 64, 1_000_000);
    assert_ne!(one.rows, other.rows);
    assert_eq!(one.total(), other.total());
}

/// Bytes by end over the whole run.
fn ends(result: &SimResult) -> BTreeMap<End, u64> {
    End::ALL
        .iter()
        .map(|end| (*end, result.total().get(*end).ip_bytes))
        .filter(|(_, bytes)| *bytes > 0)
        .collect()
}

/// Bytes that were offered to a link, both ways, by minute.
fn by_minute(result: &SimResult, link: &str) -> Vec<u64> {
    let mut minutes = vec![0; 13];
    for one in result.links.iter().filter(|one| one.name.to_string() == link) {
        for ((_, minute), carried) in &one.buckets {
            minutes[usize::try_from(*minute).unwrap()] += carried.offered.ip_bytes;
        }
    }
    minutes
}

fn kinds(result: &SimResult) -> Vec<String> {
    result
        .happenings
        .iter()
        .map(|one| format!("{} {} {}", one.at_ns / 1_000_000_000, one.kind, one.subject))
        .collect()
}

#[test]
fn a_failure_that_nobody_notices_moves_nothing() {
    let demo = demo();
    let text = "version: 1\ncompress: 20\nevents:\n  - {at: 2m, down: er-ams/primary}\n  - {at: 4m59s, up: er-ams/primary}\n";
    let result = demo.run(&demo.scenario(text), 64, 1_000_000);
    assert_eq!(kinds(&result), ["120 event er-ams/primary", "299 event er-ams/primary"]);
    assert!(result.total().get(End::BlackHoled).ip_bytes > 0);
    assert!(!result.fates.contains_key(&Fate::Moved), "{:?}", result.fates);

    // A second longer, and the hold timer ends before.
    let result = demo.run(&demo.scenario(&text.replace("4m59s", "5m1s")), 64, 1_000_000);
    assert_eq!(
        kinds(&result),
        [
            "120 event er-ams/primary",
            "300 detected er-ams/microsoft/primary",
            "300 detected er-ams/private/primary",
            "301 event er-ams/primary",
            "301 restored er-ams/microsoft/primary",
            "301 restored er-ams/private/primary",
        ]
    );
}

#[test]
fn maintenance_drains_one_connection_after_the_other_both_ways() {
    let demo = demo();
    let text = "version: 1\ncompress: 20\nevents: [{at: 0s, maintenance: er-ams, for: 4m}]";
    let result = demo.run(&demo.scenario(text), 64, 1_000_000);
    let (primary, secondary) = (by_minute(&result, "er-ams/primary"), by_minute(&result, "er-ams/secondary"));
    assert!(primary[..4].iter().all(|bytes| *bytes == 0) && primary[4..8].iter().all(|bytes| *bytes > 0));
    assert!(secondary[..4].iter().all(|bytes| *bytes > 0) && secondary[4..8].iter().all(|bytes| *bytes == 0));
    assert!(primary[8] > 0 && secondary[8] > 0);
    assert_eq!(ends(&result).into_keys().collect::<Vec<_>>(), [End::Delivered]);
    // Both connections have one pool, so nothing breaks.
    assert!(result.fates.contains_key(&Fate::Moved) && !result.fates.contains_key(&Fate::Reset));
}

#[test]
fn what_administrators_change_is_known_at_once() {
    let demo = demo();
    let run = |event: &str| {
        demo.run(&demo.scenario(&format!("version: 1\ncompress: 20\nevents:\n  - {event}\n")), 64, 1_000_000)
    };
    let paths = |result: &SimResult, epoch| {
        let of = result.rows.iter().filter(|row| row.epoch == epoch).map(|row| row.path.disposition);
        of.collect::<std::collections::BTreeSet<_>>()
    };
    let peering = Disposition::MicrosoftPeering;

    for event in [
        "{at: 3m, down: er-ams/microsoft}",
        "{at: 3m, route_filter: er-ams, to: []}",
        "{at: 3m, reset: er-ams/microsoft, for: 20m}",
    ] {
        let result = run(event);
        assert!(paths(&result, 0).contains(&peering) && !paths(&result, 1).contains(&peering), "{event}");
        assert_eq!(ends(&result).into_keys().collect::<Vec<_>>(), [End::Delivered], "{event}");
        assert!(result.fates[&Fate::Reset].flows > 0, "{event}");
    }
    // The pool is no longer advertised: answers have no way back.
    let result = run("{at: 3m, withdraw: 198.51.100.0/28, on: er-ams/microsoft}");
    assert!(result.fates[&Fate::Asymmetric].flows > 0);
    // Another pool breaks what is open, and its answers find back as long as it is advertised.
    let result = run("{at: 7m, nat: edge-ams, to: [203.0.113.64/28, \"2001:db8:113::/64\"]}");
    assert!(result.fates[&Fate::Reset].flows > 0);
    let twice = |pools: &str| {
        run(&format!(
            "{{at: 7m, nat: er-ams, to: [{pools}]}}\n  - {{at: 7m, announce: 198.51.100.64/28, on: er-ams}}"
        ))
    };
    // With a pool of IPv4 alone, clients of IPv6 keep their private addresses.
    assert!(twice("198.51.100.64/28").fates[&Fate::Asymmetric].flows > 0);
    let result = twice("198.51.100.64/28, \"2001:db8:100::/64\"");
    assert!(result.fates[&Fate::Reset].flows > 0 && !result.fates.contains_key(&Fate::Asymmetric));
    // A link becomes narrow.
    let result = run("{at: 3m, rate: edge-ams, to: 0.01 Mbps}");
    assert!(result.fates[&Fate::Congested].flows > 0);
    // Where nothing else leads, what is noticed has no route.
    let result = run("{at: 3m, down: edge-ams}");
    assert!(result.fates[&Fate::BlackHoled].flows > 0 && result.fates[&Fate::NoRoute].flows > 0);
}

#[test]
fn networks_and_lists_are_swapped() {
    let demo = demo();
    let text = std::fs::read_to_string("examples/demo/network.yaml").unwrap();
    let smaller = text.replace("- North Europe", "# - North Europe").replace("1 Gbps", "50 Mbps");
    let smaller = network::read(&Source::new("smaller.yaml", smaller), &demo.catalog).0.unwrap();
    let other = Catalog::shipped(Cloud::Public).unwrap();
    let source = Source::new(
        "scenario.yaml",
        "version: 1\nevents:\n  - {at: 1h, network: smaller.yaml}\n  - {at: 2026-06-22T09:30:00Z, catalog: lists}\n",
    );
    let scenario = scenario::read(&source, &demo.catalog, &[&demo.network, &smaller]).0.unwrap();
    let setting = |network| Setting { network, catalog: &demo.catalog, tables: &demo.tables };
    let setup = Setup {
        start: setting(&demo.network),
        networks: BTreeMap::from([("smaller.yaml".to_owned(), setting(&smaller))]),
        catalogs: BTreeMap::from([("lists".to_owned(), &other)]),
    };
    let options = SimOptions { max_flows: 1_000_000, bucket_ns: SECOND };
    let mut simulation = Simulation::new(setup.clone(), &scenario, options);
    simulation.take(&demo.packets).unwrap();
    let result = simulation.finish(Volume::default()).unwrap();
    assert_eq!(result.epochs.len(), 3);
    let link = result.links.iter().find(|link| link.name.to_string() == "er-ams/primary").unwrap();
    assert_eq!(link.figures.rate, Some(50_000_000));

    let mut simulation = Simulation::new(Setup { catalogs: BTreeMap::new(), ..setup }, &scenario, options);
    let error = simulation.take(&demo.packets).unwrap_err().to_string();
    assert_eq!(error, "`scenario.yaml` line 4: `lists` was not read");
}

/// An event that comes when its subject is gone, or withdraws what is not there, is an error and no no-op.
#[test]
fn events_about_nothing_are_errors() {
    let demo = demo();
    let fails = |text: &str| {
        let scenario = demo.scenario(text);
        let start = Setting { network: &demo.network, catalog: &demo.catalog, tables: &demo.tables };
        let setup = Setup { start, networks: BTreeMap::new(), catalogs: BTreeMap::new() };
        let mut simulation = Simulation::new(setup, &scenario, SimOptions { max_flows: 1, bucket_ns: 1 });
        simulation.begin(0).unwrap_err().to_string()
    };
    let text = "version: 1\nevents:\n  - {at: 1m, withdraw: 192.0.2.0/24, on: er-ams/microsoft}";
    assert_eq!(
        fails(text),
        "`scenario.yaml` line 3: `192.0.2.0/24` cannot be withdrawn, because it is not advertised there"
    );
}

const BRANCH: &str = r"
version: 1
sites:
  - name: branch
    prefixes: [10.10.0.0/16]
    internet: {name: edge, nat: [203.0.113.0/28]}
    vpn: [{name: tunnel, virtual_networks: [hub]}]
    circuits: [{name: c1, metric: 5, import: prefer}]
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: standard
    bandwidth: 1 Gbps
    private_peering: {virtual_networks: [hub], advertised: [10.10.0.0/16], import: prefer}
virtual_networks:
  - {name: hub, region: westeurope, prefixes: [10.20.0.0/16], gateway: {sku: ErGw1AZ, vpn: [{site: branch}]}}
route_maps:
  - {name: prefer, clauses: [{set: {local_preference: 150}}]}
";

/// 100 bytes a second each way for ten minutes between a client of the branch and the hub.
fn branch(network: &str, events: &str) -> SimResult {
    branch_with(network, events, |packets| packets).unwrap()
}

/// The same, of other packets made of these.
fn branch_with(
    network: &str,
    events: &str,
    change: impl Fn(Vec<TimedPacket>) -> Vec<TimedPacket>,
) -> Result<SimResult, SimError> {
    use peerpath::addr::Protocol;
    use peerpath::flow::{KeyV4, Packet, PacketKey};
    let catalog = &demo().catalog;
    let (network, found) = network::read(&Source::new("branch.yaml", network), catalog);
    let network = network.unwrap_or_else(|| panic!("{found:?}"));
    let text = format!("version: 1\nevents:\n{events}");
    let scenario = scenario::read(&Source::new("scenario.yaml", text), catalog, &[&network]).0.unwrap();
    let (client, server) = (0x0a0a_0005, 0x0a14_0004);
    let packets: Vec<TimedPacket> = (0..600)
        .flat_map(|second| [(second, true), (second, false)])
        .map(|(second, out)| {
            let (source, destination) = if out { (client, server) } else { (server, client) };
            let (source_port, destination_port) = if out { (50_000, 443) } else { (443, 50_000) };
            let key = PacketKey::V4(KeyV4 {
                source,
                destination,
                source_port,
                destination_port,
                protocol: Protocol::TCP,
            });
            let packet = Packet { key, ip_bytes: 100, tcp_flags: 0, dscp: 0 };
            TimedPacket { packet, time: PacketTime::at(1_000 * SECOND + second * SECOND), frame_bytes: 114 }
        })
        .collect();
    let tables = RoutingTables::none();
    let start = Setting { network: &network, catalog, tables: &tables };
    let setup = Setup { start, networks: BTreeMap::new(), catalogs: BTreeMap::new() };
    let mut simulation = Simulation::new(setup, &scenario, SimOptions { max_flows: 10, bucket_ns: SECOND });
    simulation.take(&change(packets)).unwrap();
    simulation.finish(Volume::default())
}

/// A packet without a time begins no replay and is in no epoch: what has a time goes as it does alone, and the rest is counted.
#[test]
fn packets_without_a_time_are_left_out_and_counted() {
    let events = "  - {at: 100s, down: c1, detection: 2s}\n";
    let alone = branch(BRANCH, events);
    // One before all others, then one behind every hundredth.
    let untimed = |packets: Vec<TimedPacket>| {
        let without = TimedPacket { time: PacketTime::NONE, ..packets[0] };
        let chunks = packets.chunks(100).flat_map(|chunk| [chunk.to_vec(), vec![without]].concat());
        std::iter::once(without).chain(chunks).collect()
    };
    let with = branch_with(BRANCH, events, untimed).unwrap();
    assert_eq!(with.untimed, Volume { packets: 13, frame_bytes: 13 * 114, ip_bytes: 1_300 });
    assert_eq!(with.first_ns, 1_000 * SECOND);
    assert_eq!((ends(&with), with.captured, &with.epochs), (ends(&alone), alone.captured, &alone.epochs));
    assert_eq!((with.disordered, &with.changed), (0, &alone.changed));
    let none = |packets: Vec<TimedPacket>| {
        packets.into_iter().map(|packet| TimedPacket { time: PacketTime::NONE, ..packet }).collect()
    };
    let refused = branch_with(BRANCH, events, none).unwrap_err();
    assert!(matches!(refused, SimError::NoTime { packets: 1_200 }), "{refused}");
}

/// By hand, over WAN link, circuit and gateway. At 100 s the circuit fails; two seconds later that is noticed, and the
/// tunnel takes over.
#[test]
fn a_tunnel_backs_up_private_peering() {
    let result = branch(BRANCH, "  - {at: 100s, down: c1, detection: 2s}\n");
    // Two seconds each way are lost.
    assert_eq!(ends(&result), BTreeMap::from([(End::Delivered, 119_600), (End::BlackHoled, 400)]));
    let flow = &result.changed[0];
    assert_eq!((result.changed.len(), flow.moves, flow.resets, flow.outage_ns), (1, 1, 0, 2 * SECOND));
    assert_eq!(flow.fates, [Fate::BlackHoled, Fate::Moved]);
    let labels = [&flow.first_path, &flow.last_path].map(|path| path.as_ref().unwrap().disposition);
    assert_eq!(labels, [Disposition::PrivatePeering, Disposition::Vpn]);
    let offered: BTreeMap<String, [u64; 2]> = result
        .links
        .iter()
        .map(|link| (link.name.to_string(), link.totals.map(|carried| carried.offered.packets)))
        .filter(|(_, packets)| *packets != [0, 0])
        .map(|(name, packets)| (name.split('/').next_back().unwrap().to_owned(), packets))
        .collect();
    let carried = |name: &str| offered.get(name).copied();
    assert_eq!(carried("wan"), Some([102, 100]));
    assert_eq!(carried("c1"), Some([100, 102]));
    assert_eq!((carried("edge"), carried("tunnel")), (Some([498, 498]), Some([498, 498])));
    assert_eq!(carried("gateway"), Some([598, 600]));
}

/// The same where the file has the internet edge down: there is no tunnel to take over until the edge comes up.
#[test]
fn an_internet_edge_that_is_down_has_no_tunnel() {
    let network = BRANCH.replace("nat: [203.0.113.0/28]", "nat: [203.0.113.0/28], state: down");
    let result = branch(&network, "  - {at: 100s, down: c1, detection: 2s}\n  - {at: 300s, up: edge}\n");
    let expected = [(End::Delivered, 80_000), (End::BlackHoled, 400), (End::NoRoute, 39_600)];
    assert_eq!(ends(&result), BTreeMap::from(expected));
    let last = result.changed[0].last_path.as_ref().unwrap();
    assert_eq!(last.disposition, Disposition::Vpn);
}

/// What has no known path is no delivery, either way.
#[test]
fn packets_of_no_known_path_are_not_delivered() {
    // The tunnel and the circuit have the hub alike, and the age of routes settles it.
    let alike = BRANCH.replace("{name: c1, metric: 5, import: prefer}", "c1").replace(", import: prefer", "");
    let result = branch(&alike, "  - {at: 1h, down: c1}\n");
    assert_eq!(ends(&result), BTreeMap::from([(End::Unknown, 120_000)]), "{:?}", result.fates);
}

/// Answers of which nobody says what becomes of them are an account of their own, whatever keeps them from being told:
/// an appliance, or a far end that the file does not describe. What merely shares equal ways arrives.
#[test]
fn unknown_answers_are_not_delivered() {
    let tunnel = "    vpn: [{name: tunnel, virtual_networks: [hub]}]\n";
    let base = BRANCH.replace(tunnel, "").replace(", gateway: {sku: ErGw1AZ, vpn: [{site: branch}]}", "");
    let gateway = "prefixes: [10.20.0.0/16]";
    let subnets = format!("{gateway}, subnets: [{{name: app, prefixes: [10.20.0.0/24], route_table: out}}]");
    let table = |prefix: &str| {
        format!(
            "route_tables: [{{name: out, routes: [{{prefix: {prefix}, next_hop: virtual-appliance 10.20.9.4}}]}}]\n"
        )
    };
    let guarded = base.replace(gateway, &subnets) + &table("10.10.0.0/16");
    let unlearned = |text: &str| text.replace("advertised: [10.10.0.0/16]", "advertised: [10.99.0.0/16]");
    let elsewhere = base.replace("10.20.0.0/16", "10.21.0.0/16").replace(
        "    circuits: [{name: c1",
        "    static_routes: [{prefix: 10.20.0.0/16, via: c1/private}]\n    circuits: [{name: c1",
    );
    let alone = format!("{base}{}", "");
    let second = "  - name: c2\n    peering_location: London\n    sku: standard\n    bandwidth: 1 Gbps\n    private_peering: \
                  {virtual_networks: [hub], advertised: [10.10.0.0/16], import: prefer}\n";
    let shared = base
        .replace("circuits: [{name: c1, metric: 5, import: prefer}]", "circuits: [c1, c2]")
        .replace("virtual_networks:\n  - {name: hub", &format!("{second}virtual_networks:\n  - {{name: hub"));
    let all = End::Delivered;
    let cases = [
        ("direct", alone.clone(), all, ReturnVerdict::Symmetric, None),
        ("shared", shared, all, ReturnVerdict::Unspecified, None),
        // A shorter user route stands behind what the gateway learned.
        (
            "shorter",
            base.replace(gateway, &subnets) + &table("10.0.0.0/8"),
            all,
            ReturnVerdict::Symmetric,
            None,
        ),
        (
            "appliance",
            guarded.clone(),
            End::Unknown,
            ReturnVerdict::Unspecified,
            Some("sends the reply to an appliance"),
        ),
        (
            "far end",
            elsewhere,
            End::Unknown,
            ReturnVerdict::Unspecified,
            Some("no virtual network with a gateway"),
        ),
        // Wherever the appliance sends them, no gateway has a route: the loss is as certain as without it.
        ("lost", unlearned(&alone), End::Asymmetric, ReturnVerdict::Dropped, None),
        ("lost past an appliance", unlearned(&guarded), End::Asymmetric, ReturnVerdict::Dropped, None),
    ];
    for (name, network, end, verdict, why) in cases {
        let result = branch(&network, "  - {at: 1h, down: c1}\n");
        let mut expected = BTreeMap::from([(End::Delivered, 60_000)]);
        *expected.entry(end).or_default() += 60_000;
        assert_eq!(ends(&result), expected, "{name}");
        let fate = |fate| result.fates.get(&fate).map_or((0, 0), |sum| (sum.gravest, sum.volume.ip_bytes));
        let meant = match end {
            End::Delivered => Fate::Kept,
            End::Unknown => Fate::Unknown,
            _ => Fate::Asymmetric,
        };
        let bytes = if end == End::Asymmetric { 60_000 } else { 120_000 };
        assert_eq!((result.fates.len(), fate(meant)), (1, (1, bytes)), "{name}: {:?}", result.fates);
        if let Some(flow) = result.changed.first() {
            assert_eq!(flow.verdict, Some(verdict), "{name}");
        }
        let reported: Vec<String> = result.unanswered.keys().map(ToString::to_string).collect();
        assert_eq!(reported.len(), usize::from(why.is_some()), "{name}: {reported:?}");
        assert!(why.is_none_or(|why| reported[0].contains(why)), "{name}: {reported:?}");
        // Nobody knows over what they come, so no link carries them.
        let inward: u64 = result.links.iter().map(|link| link.totals[1].offered.packets).sum();
        assert_eq!(inward > 0, end == End::Delivered, "{name}");
    }
    let result = branch(&guarded, "  - {at: 1h, down: c1}\n");
    let place = result.unanswered.keys().next().unwrap().place.clone();
    let line = guarded.lines().position(|line| line.starts_with("route_tables")).unwrap() + 1;
    assert_eq!(place, Some(format!("branch.yaml:{line}")));
}

/// A circuit that a site reaches over the company's network ends at an edge that nobody asks: once for the hop, however many
/// packets pass it.
#[test]
fn another_edge_is_told_to_be_unevaluated() {
    let result = branch(BRANCH, "  - {at: 100s, down: c1, detection: 2s}\n");
    let reported: Vec<&String> = result.unevaluated.iter().collect();
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].starts_with("the edge at which `c1` ends is not evaluated"), "{reported:?}");
    let result = branch(&BRANCH.replace(", metric: 5", ""), "  - {at: 100s, down: c1, detection: 2s}\n");
    assert!(result.unevaluated.is_empty(), "{:?}", result.unevaluated);
}

/// Half as much again: every second packet twice, and the sums say so.
#[test]
fn traffic_is_scaled_by_whole_packets() {
    let demo = demo();
    let result = demo.run(&demo.scenario("version: 1\nscale: 1.5"), 64, 1_000_000);
    let mut seen: BTreeMap<FlowKey, u64> = BTreeMap::new();
    for packet in &demo.packets {
        let key = FlowKey::from(packet.packet.key);
        *seen.entry(key.min(key.reversed())).or_default() += 1;
    }
    assert_eq!(result.captured.packets, demo.packets.len() as u64);
    assert_eq!(result.offered.packets, seen.values().map(|packets| packets * 3 / 2).sum::<u64>());
}

/// Flow records have the same sums as the packets that they were made of; when the packets came is lost.
#[test]
fn flow_records_have_the_sums_of_their_packets() {
    use peerpath::flow::{EvenPackets, FlowTable, FlowTableOptions};
    let demo = demo();
    let mut table = FlowTable::new(FlowTableOptions::default());
    table.add_batch(&demo.packets);
    let packets: Vec<TimedPacket> = EvenPackets::new(table.finish().records).collect();
    assert!(packets.is_sorted_by_key(|packet| packet.time));
    assert_eq!(packets.len(), demo.packets.len());
    let scenario = demo.scenario("version: 1");
    let start = Setting { network: &demo.network, catalog: &demo.catalog, tables: &demo.tables };
    let setup = Setup { start, networks: BTreeMap::new(), catalogs: BTreeMap::new() };
    let mut simulation =
        Simulation::new(setup, &scenario, SimOptions { max_flows: 1_000_000, bucket_ns: SECOND });
    simulation.take(&packets).unwrap();
    let (even, real) = (simulation.finish(Volume::default()).unwrap(), demo.run(&scenario, 64, 1_000_000));
    let by_path = |result: &SimResult| -> BTreeMap<_, _> {
        result.rows.iter().map(|row| (row.path.clone(), row.tally)).collect()
    };
    assert_eq!(by_path(&even), by_path(&real));
}

/// Every output is the same for any number of threads: with variants side by side, of captures and of flow records, and
/// where a scenario fails.
#[test]
fn threads_change_nothing() {
    let run = |arguments: &[&str], threads: &str| {
        let fixed = ["--network", "examples/demo/network.yaml", "--format", "json", "--threads", threads];
        let output = crate::peerpath().arg("replay").args(arguments).args(fixed).output().unwrap();
        (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yaml");
    std::fs::write(
        &wrong,
        "version: 1\nevents:\n  - {at: 1m, withdraw: 192.0.2.0/24, on: er-ams/microsoft}\n",
    )
    .unwrap();
    let wrong = wrong.to_str().unwrap();
    let (scenario, maintenance) = ("examples/demo/scenario.yaml", "examples/demo/maintenance.yaml");
    let capture = "examples/demo/capture.pcap";
    // Of the three variants two threads simulate all in turn, three and more some beside each other.
    let cases: [(&[&str], &[&str], i32); 3] = [
        (
            &[capture, capture, "--scenario", scenario, "--variant", maintenance, "--variant", maintenance],
            &["2", "3", "8"],
            1,
        ),
        (&["tests/cmd/flows.csv", "--scenario", maintenance], &["2"], 0),
        (&[capture, "--scenario", maintenance, "--variant", wrong], &["2"], 2),
    ];
    for (arguments, numbers, code) in cases {
        let one = run(arguments, "1");
        assert_eq!(one.0, Some(code), "{}", one.2);
        for threads in numbers {
            assert!(run(arguments, threads) == one, "{arguments:?} with {threads} threads");
        }
    }
}

/// M/D/1 (Pollaczek–Khinchine): with packets of one length arriving by a Poisson process, the mean wait is
/// ρ / (2 (1 − ρ)) times the time that one is sent, and a share of 1 − ρ does not wait.
#[test]
fn waits_agree_with_theory() {
    use peerpath::sim::{LinkFigures, Offer, Queue};
    // 1,250 bytes at 1 Gbit/s take 10 µs.
    let service = 10_000.0;
    for (load, seed) in [(0.3, 1_u64), (0.5, 2), (0.7, 3), (0.8, 4)] {
        let figures = LinkFigures { rate: Some(1_000_000_000), buffer: Some(u64::MAX / 16), delay_ns: None };
        let mut queue = Queue::new(figures);
        let (mut state, mut now, mut waits, mut idle) = (seed, 0.0_f64, 0_u128, 0_u64);
        let packets = 4_000_000_u32;
        for _ in 0..packets {
            // splitmix64, and the inverse of the exponential distribution.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
            let uniform = (((mixed ^ (mixed >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            now += -uniform.ln() * service / load;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "nanoseconds of a minute"
            )]
            let Offer::Taken { waited_ns, .. } = queue.offer(now as u64, 1_250) else { panic!("dropped") };
            waits += u128::from(waited_ns);
            idle += u64::from(waited_ns == 0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let (mean, still) = (waits as f64 / f64::from(packets), idle as f64 / f64::from(packets));
        let theory = load / (2.0 * (1.0 - load)) * service;
        assert!((mean / theory - 1.0).abs() < 0.02, "load {load}: {mean} ns, in theory {theory} ns");
        assert!((still / (1.0 - load) - 1.0).abs() < 0.02, "load {load}: {still} do not wait");
    }
}
