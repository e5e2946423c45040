//! Sweeps against two twins that know nothing of them: every conversation decided by itself under every outage, and the
//! simulation of the same outage from the first packet on.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod devices;
mod records;
mod scale;
mod twin;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use twin::{conversations, twin};

use peerpath::addr::{Family, FlowKey};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::{Silent, Source, TaskId};
use peerpath::engine::{
    Continuity, ContinuityReason, Departures, Disposition, Engine, Inputs, LinkState, Outage, RoutingTables,
    continuity, explain,
};
use peerpath::flow::{
    BucketVolume, CaptureReader, EvictedFlows, FlowRecord, FlowTable, FlowTableOptions, Intake, Layer,
    PacketTime, TimedPacket,
};
use peerpath::network::{self, Network, SiteId};
use peerpath::rib::flow_path;
use peerpath::sim::scenario::{self, Scenario};
use peerpath::sim::{
    Direction, End, OutageResult, Setting, Setup, SimError, SimOptions, SimResult, Simulation, Sweep,
    SweepResult, SweepVerdict, Volume,
};

const MINUTE: u64 = 60_000_000_000;

/// The demo's capture before three circuits: two of one pool at Amsterdam, one of another in Frankfurt, a tunnel beside.
const THREE: &str = r#"
version: 1
cloud: public
sites:
  - name: amsterdam
    prefixes: [10.10.0.0/16, "fd10::/48"]
    internet: {name: edge-ams, nat: [203.0.113.0/28, "2001:db8:113::/64"], default_route: both, bandwidth: 1 Mbps}
    circuits: [{name: er-one, import: prefer}, {name: er-two, import: prefer}]
    vpn: [{name: vpn-ams, virtual_networks: [hub]}]
  - name: utrecht
    prefixes: [10.11.0.0/16, "fd11::/48"]
    internet: {name: edge-utr, nat: [203.0.113.16/28, "2001:db8:114::/64"]}
    circuits: [{name: er-three, import: prefer}]
circuits:
  - name: er-one
    peering_location: Amsterdam
    sku: premium
    bandwidth: 50 Mbps
    microsoft_peering: {route_filter: [12076:51002, 12076:51003, 12076:5030], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
    private_peering: {virtual_networks: [hub], advertised: [10.10.0.0/16, "fd10::/48"]}
  - name: er-two
    peering_location: Amsterdam
    sku: premium
    bandwidth: 50 Mbps
    microsoft_peering: {route_filter: [12076:51002, 12076:5030], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
  - name: er-three
    peering_location: Frankfurt
    sku: premium
    bandwidth: 50 Mbps
    microsoft_peering: {route_filter: [12076:51002], advertised: [198.51.100.32/28], nat: [198.51.100.32/28]}
virtual_networks:
  - {name: hub, region: westeurope, prefixes: [10.20.0.0/16, "fd20::/48"]}
route_maps:
  - name: prefer
    clauses: [{set: {local_preference: 150}}]
"#;

/// A branch behind three links, of which two are equal, to the site that has the circuit, with a tunnel over it, and the
/// internet edge.
const LINKED: &str = r#"
version: 1
cloud: public
sites:
  - name: amsterdam
    prefixes: [10.11.0.0/16, "fd11::/48"]
    internet: {name: edge-ams, nat: [203.0.113.0/28, "2001:db8:113::/64"], default_route: both, bandwidth: 1 Mbps}
    circuits: [{name: er-one, import: prefer}]
    vpn: [{name: ipsec, over: er-one/private, virtual_networks: [hub], advertised: [10.10.0.0/17]}]
  - name: utrecht
    prefixes: [10.10.0.0/16, "fd10::/48"]
    circuits: []
wan:
  - {name: first, sites: [amsterdam, utrecht], announces: [own, circuits, default]}
  - {name: second, sites: [utrecht, amsterdam], bandwidth: 10 Gbps, announces: [own, circuits, default]}
  - {name: third, sites: [amsterdam, utrecht], metric: 30, announces: [own, circuits, default]}
circuits:
  - name: er-one
    peering_location: Amsterdam
    sku: premium
    bandwidth: 50 Mbps
    microsoft_peering: {route_filter: [12076:51002, 12076:5030], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
    private_peering: {virtual_networks: [hub], advertised: [10.10.0.0/16, 10.11.0.0/16, "fd10::/48", "fd11::/48"]}
virtual_networks:
  - {name: hub, region: westeurope, prefixes: [10.20.0.0/16, "fd20::/48"]}
route_maps:
  - name: prefer
    clauses: [{set: {local_preference: 150}}]
"#;

/// Two circuits, of which each advertises its own site, to a hub whose machines send what no longer route of the gateway takes
/// to a firewall; `{second}` is what the second circuit advertises beside.
const FIREWALL: &str = r#"
version: 1
cloud: public
sites:
  - name: amsterdam
    prefixes: [10.10.0.0/16, "fd10::/48"]
    internet: {name: edge-ams, nat: [203.0.113.0/28, "2001:db8:113::/64"], default_route: both, bandwidth: 1 Mbps}
    circuits: [er-one, er-two]
  - name: utrecht
    prefixes: [10.11.0.0/16, "fd11::/48"]
    internet: {name: edge-utr, nat: [203.0.113.16/28, "2001:db8:114::/64"]}
    circuits: [er-one, er-two]
circuits:
  - name: er-one
    peering_location: Amsterdam
    sku: premium
    bandwidth: 50 Mbps
    private_peering: {virtual_networks: [hub], advertised: [10.10.0.0/16]}
  - name: er-two
    peering_location: Frankfurt
    sku: premium
    bandwidth: 50 Mbps
    private_peering: {virtual_networks: [hub], advertised: [10.11.0.0/16{second}]}
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [10.20.0.0/16]
    subnets: [{name: all, prefixes: [10.20.0.0/16]{table}}]
route_tables:
  - {name: out, routes: [{prefix: 10.0.0.0/8, next_hop: virtual-appliance 10.20.255.4}]}
"#;

/// What the scope holds in every test.
const SCOPE: &str = "version: 1\ncompliance: {communities: [12076:51002], tags: [AzureActiveDirectory]}\n";

struct Given {
    catalog: Catalog,
    network: Network,
    tables: RoutingTables,
    packets: Vec<TimedPacket>,
}

impl Given {
    fn load(text: &str) -> Self {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (network, diagnostics) = network::read(&Source::new("network.yaml", text), &catalog);
        let network = network.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let file = File::open("examples/demo/capture.pcap").unwrap();
        let mut reader = CaptureReader::from_read("demo", file).unwrap();
        let mut packets = Vec::new();
        let intake = Intake { layer: Layer::Outer, progress: &Silent, task: TaskId(0) };
        intake.read(&mut reader, |batch| packets.extend_from_slice(batch)).unwrap();
        Self { catalog, network, tables: RoutingTables::none(), packets }
    }

    fn setting(&self) -> Setting<'_> {
        Setting { network: &self.network, catalog: &self.catalog, tables: &self.tables }
    }

    fn scenario(&self, text: &str) -> Scenario {
        let source = Source::new("scenario.yaml", text);
        let (scenario, diagnostics) = scenario::read(&source, &self.catalog, &[&self.network]);
        scenario.unwrap_or_else(|| panic!("{diagnostics:?}"))
    }

    fn outages(&self) -> Vec<Outage> {
        Outage::singles(&self.network)
    }

    fn sweep(&self, outages: Vec<Outage>, max_flows: usize, max_talks: usize) -> SweepResult {
        let scenario = self.scenario(SCOPE);
        let mut sweep = Sweep::new(self.setting(), &scenario, outages, max_talks).unwrap();
        let options = FlowTableOptions { max_flows, bucket_ns: Some(MINUTE), ..FlowTableOptions::default() };
        let flows = {
            let mut table = FlowTable::new(options).on_evict(|evicted| sweep.take(&evicted).unwrap());
            table.add_batch(&self.packets);
            table.finish()
        };
        sweep.take(&flows.into()).unwrap();
        sweep.finish().unwrap()
    }

    /// The simulation of something that is down from the first packet on, and known to be.
    fn simulated(&self, target: &str) -> SimResult {
        let known = "detection: {bfd: 0s, hold: 0s}\nlinks: [{link: edge-ams, rate: 100 Gbps}]";
        let fast = format!("{known}\nevents: [{{at: 0s, down: {target}}}]\n");
        let scenario = self.scenario(&format!("{SCOPE}{fast}"));
        let setup = Setup { start: self.setting(), networks: BTreeMap::new(), catalogs: BTreeMap::new() };
        let options = SimOptions { max_flows: 1_000_000, bucket_ns: MINUTE };
        let mut simulation = Simulation::new(setup, &scenario, options);
        simulation.take(&self.packets).unwrap();
        simulation.finish(Volume::default()).unwrap()
    }
}

fn demo() -> &'static Given {
    static GIVEN: LazyLock<Given> =
        LazyLock::new(|| Given::load(&std::fs::read_to_string("examples/demo/network.yaml").unwrap()));
    &GIVEN
}

fn three() -> &'static Given {
    static GIVEN: LazyLock<Given> = LazyLock::new(|| Given::load(THREE));
    &GIVEN
}

fn linked() -> &'static Given {
    static GIVEN: LazyLock<Given> = LazyLock::new(|| Given::load(LINKED));
    &GIVEN
}

/// A firewall that nothing is known of turns no loss into a success: with `er-one` down no gateway has a route to Amsterdam, and
/// flows are lost with the firewall as without. Where one has, nobody can tell whether the firewall uses it.
#[test]
fn a_firewall_saves_no_flow() {
    let given = |second: &str, table: &str| {
        Given::load(&FIREWALL.replace("{second}", second).replace("{table}", table))
    };
    let of = |given: &Given| -> (OutageResult, OutageResult) {
        let result = given.sweep(given.outages(), 1_000_000, 1_000_000);
        let down = result.outages.iter().find(|one| one.outage.as_deref() == Some("circuit er-one"));
        (result.written.clone(), down.unwrap().clone())
    };
    let bytes = |one: &OutageResult| {
        [Continuity::Moved, Continuity::Unknown, Continuity::Lost].map(|fate| one.bytes(Some(fate)))
    };
    let (_, open) = of(&given("", ""));
    let (_, guarded) = of(&given("", ", route_table: out"));
    let [moved, unknown, lost] = bytes(&open);
    assert!(unknown == 0 && lost > 0, "{:?}", open.fates);
    assert_eq!(guarded.fates, open.fates);
    assert_eq!(guarded.ended(End::Asymmetric), open.ended(End::Asymmetric));

    let aggregate = given(", 10.0.0.0/8", ", route_table: out");
    let (written, guarded) = of(&aggregate);
    assert_eq!(written.bytes(Some(Continuity::Unknown)), 0);
    assert_eq!(bytes(&guarded), [moved, lost, 0], "{:?}", guarded.fates);
    assert!(guarded.ended(End::Unknown) > 0);
    assert_eq!(guarded.unanswered.values().map(|count| count.volume.ip_bytes).sum::<u64>(), lost);
    // The same conversation by conversation, and packet by packet.
    let conversations = conversations(&aggregate);
    for outage in aggregate.outages() {
        let result = aggregate.sweep(vec![outage.clone()], 1_000_000, 1_000_000);
        let reported = twin(&aggregate, &outage, &conversations);
        assert_eq!(
            result.outages[0].bytes(Some(Continuity::Unknown)),
            reported.fates.get(&Some(Continuity::Unknown)).copied().unwrap_or(0),
            "{}",
            outage.name
        );
    }
    let simulated = aggregate.simulated("er-one");
    assert_eq!(simulated.total().get(End::Unknown).ip_bytes, guarded.ended(End::Unknown));
}

/// Bytes by path, by end and by link, as the simulation of the same outage has them.
#[test]
fn the_simulation_of_an_outage_has_the_same_bytes() {
    for given in [demo(), three(), linked()] {
        let result = given.sweep(given.outages(), 1_000_000, 1_000_000);
        let mut compared = 0;
        for one in &result.outages {
            let (kind, target) = one.outage.as_ref().unwrap().split_once(' ').unwrap();
            if kind == "route-filter" {
                continue;
            }
            let simulated = given.simulated(target);
            let mut paths = BTreeMap::new();
            for row in &simulated.rows {
                assert!(paths.insert(row.path.clone(), (row.flows, row.tally)).is_none());
            }
            let found: BTreeMap<_, _> =
                one.paths.iter().map(|(path, sum)| (path.clone(), (sum.flows, sum.tally))).collect();
            assert_eq!(found, paths, "{target}");
            let mut links = BTreeMap::new();
            for link in &simulated.links {
                for (direction, carried) in Direction::ALL.into_iter().zip(&link.totals) {
                    if carried.offered.packets > 0 {
                        links.insert((link.name.clone(), direction), carried.offered.ip_bytes);
                    }
                }
            }
            let found: BTreeMap<_, _> =
                one.links.iter().map(|(key, load)| (key.clone(), load.ip_bytes)).collect();
            assert_eq!(found, links, "{target}");
            assert_eq!(one.leaked(), simulated.leaked().ip_bytes, "{target}");
            compared += 1;
        }
        assert!(compared > 10, "{compared}");
    }
}

/// A link between sites that fails takes what it carries, until the hold time, to the one that is left.
#[test]
fn links_between_sites_fail() {
    let result = linked().sweep(linked().outages(), 1_000_000, 1_000_000);
    let outage = |name: &str| result.outages.iter().find(|one| one.outage.as_deref() == Some(name)).unwrap();
    let load = |one: &OutageResult, link: &str| -> u64 {
        one.links
            .iter()
            .filter(|((name, _), _)| name.to_string() == link)
            .map(|(_, load)| load.ip_bytes)
            .sum()
    };
    let written = &result.written;
    let [first, second] = ["first", "second"].map(|link| load(written, link));
    assert!(first > 0 && second > 0 && load(written, "third") == 0, "{:?}", written.links);
    let failed = outage("wan first");
    assert_eq!(["first", "second"].map(|link| load(failed, link)), [0, first + second]);
    assert_eq!((failed.detection_ns, &failed.fates), (Some(180_000_000_000), &written.fates));
    assert!(failed.black_holed_ip_bytes > 0);
    // The longer one stands by.
    let standing_by = outage("wan third");
    assert_eq!((standing_by.detection_ns, standing_by.black_holed_ip_bytes), (None, 0));
    assert_eq!(standing_by.links, written.links);
}

/// A bound on flows, and on conversations that wait, changes no sum; nor does the order of batches.
#[test]
fn bounds_change_no_sum() {
    let given = demo();
    let free = given.sweep(given.outages(), 1_000_000, 1_000_000);
    let sums = |result: &SweepResult| -> Vec<_> {
        let row = |row: &OutageResult| {
            let fates: Vec<_> = row.fates.iter().map(|(fate, count)| (*fate, count.volume)).collect();
            let paths: Vec<_> = row.paths.iter().map(|(path, sum)| (path.clone(), sum.tally)).collect();
            (row.outage.clone(), fates, paths, row.links.clone(), row.leaked())
        };
        result.rows().map(row).collect()
    };
    assert_eq!(sums(&given.sweep(given.outages(), 1_000_000, 50)), sums(&free));
    let tight = given.sweep(given.outages(), 100, 50);
    assert!(tight.flows > free.flows);
    assert_eq!(sums(&tight), sums(&free));
}

/// A connection that fails moves what it carried, out or back, and nothing else.
#[test]
fn answers_alone_count_as_moved() {
    let given = demo();
    let result = given.sweep(given.outages(), 1_000_000, 1_000_000);
    let wanted = |row: &OutageResult| row.outage.as_deref() == Some("connection er-ams/primary");
    let found = result.outages.iter().find(|row| wanted(row)).unwrap();
    let inputs = Inputs::new(&given.network, &given.catalog);
    let engine = Engine::compile(inputs, SiteId(0)).unwrap();
    let mut moved = 0;
    for (key, bytes) in conversations(given) {
        let decision = engine.decision(engine.decide(key.destination));
        let two = NonZeroUsize::new(2).unwrap();
        let client = key.source.to_string();
        let here = client.starts_with("10.10.") || client.starts_with("fd10:");
        if here && decision.next_hops().len() == 2 {
            let first = flow_path(&key, two) == 0 || flow_path(&key.reversed(), two) == 0;
            moved += if first { bytes.iter().sum() } else { 0 };
        }
    }
    assert_eq!(found.bytes(Some(Continuity::Moved)), moved);
    assert_eq!(found.verdict(), SweepVerdict::Moved);
    assert!(moved > 0);
}

/// By hand: what the dead wire carries in the time until it is noticed, by the mean over the capture.
#[test]
fn what_is_lost_until_it_is_noticed() {
    let given = demo();
    let result = given.sweep(given.outages(), 1_000_000, 1_000_000);
    let row = |name: &str| result.outages.iter().find(|row| row.outage.as_deref() == Some(name)).unwrap();
    let edge = row("internet edge-ams");
    let carried: u64 = result
        .written
        .paths
        .iter()
        .filter(|(path, _)| path.disposition == Disposition::Internet)
        .map(|(_, sum)| sum.tally.get(End::Delivered).ip_bytes)
        .sum();
    let lost = u128::from(carried) * 180_000_000_000 / u128::from(result.span_ns);
    assert_eq!((edge.detection_ns, u128::from(edge.black_holed_ip_bytes)), (Some(180_000_000_000), lost));
    let session = row("session er-ams/microsoft/primary");
    assert_eq!((session.detection_ns, session.black_holed_ip_bytes), (None, 0));
}

#[test]
fn what_is_over_capacity() {
    let given = three();
    let scenario = given.scenario("version: 1");
    let mut sweep = Sweep::new(given.setting(), &scenario, given.outages(), 10).unwrap();
    let key = FlowKey {
        source: "10.10.0.1".parse().unwrap(),
        destination: "192.0.9.1".parse().unwrap(),
        protocol: 6,
        source_port: 50_000,
        destination_port: 443,
    };
    let record = FlowRecord {
        key,
        packets: 10_000,
        frame_bytes: 10_140_000,
        ip_bytes: 10_000_000,
        first: PacketTime::at(0),
        last: PacketTime::at(MINUTE),
        tcp_flags: 0,
        first_tcp_flags: 0,
        opened: false,
    };
    let volume =
        BucketVolume { flow: 0, bucket: 0, packets: 10_000, frame_bytes: 10_140_000, ip_bytes: 10_000_000 };
    sweep
        .take(&EvictedFlows { records: vec![record], series: vec![volume], bucket_ns: Some(MINUTE) })
        .unwrap();
    let result = sweep.finish().unwrap();
    let (name, direction, permille) = result.written.worst_link().unwrap();
    assert_eq!((name.to_string().as_str(), direction, permille), ("edge-ams", Direction::Out, 1_333));
    assert_eq!(result.written.over_capacity(), 2_500_000);
    assert_eq!(result.written.verdict(), SweepVerdict::Congested);
    let lost = result.outages.iter().find(|one| one.outage.as_deref() == Some("internet edge-ams")).unwrap();
    assert_eq!((lost.over_capacity(), lost.verdict()), (0, SweepVerdict::Lost));
    assert_eq!(lost.ended(End::NoRoute), 10_000_000);
}
