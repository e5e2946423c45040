//! The guide's question whether critical applications keep their delay: with classes they do, without them they do not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs::{File, read_to_string};
use std::net::{Ipv4Addr, Ipv6Addr};

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::{Silent, Source, TaskId};
use peerpath::engine::{Outage, RoutingTables};
use peerpath::flow::{
    CaptureReader, Intake, KeyV4, KeyV6, Layer, Packet, PacketKey, PacketTime, TimedPacket,
};
use peerpath::network::{self, Network};
use peerpath::sim::scenario::{self, Bound, Scenario};
use peerpath::sim::{
    BoundVerdict, CriticalRow, Setting, Setup, SimOptions, SimResult, Simulation, Volume, single_failures,
};

struct Example {
    catalog: Catalog,
    network: Network,
    tables: RoutingTables,
    packets: Vec<TimedPacket>,
}

impl Example {
    fn load() -> Self {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let text = read_to_string("examples/guide/network.yaml").unwrap();
        let network = network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
        let file = File::open("examples/guide/critical.pcap").unwrap();
        let mut reader = CaptureReader::from_read("critical", file).unwrap();
        let mut packets = Vec::new();
        let intake = Intake { layer: Layer::Outer, progress: &Silent, task: TaskId(0) };
        intake.read(&mut reader, |batch| packets.extend_from_slice(batch)).unwrap();
        Self { catalog, network, tables: RoutingTables::none(), packets }
    }

    fn scenario(&self, text: &str) -> Scenario {
        let source = Source::new("critical.yaml", text);
        let (scenario, diagnostics) = scenario::read(&source, &self.catalog, &[&self.network]);
        scenario.unwrap_or_else(|| panic!("{diagnostics:?}"))
    }

    /// Runs a scenario, as the command does, with every single failure.
    fn run(&self, scenario: &Scenario) -> SimResult {
        let simulation = || {
            let start = Setting { network: &self.network, catalog: &self.catalog, tables: &self.tables };
            let setup = Setup { start, networks: BTreeMap::new(), catalogs: BTreeMap::new() };
            Simulation::new(setup, scenario, SimOptions { max_flows: 10_000, bucket_ns: 1_000_000_000 })
        };
        let finished = |mut one: Simulation<'_>| {
            one.take(&self.packets).unwrap();
            one.finish(Volume::default()).unwrap()
        };
        let mut result = finished(simulation());
        for (outage, names) in single_failures(&self.network) {
            result.add_failures(&names, finished(simulation().after(outage)), &["apps"]);
        }
        result
    }
}

/// The example without its lines about `qos`.
fn without_qos(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("qos:"));
    lines.collect::<Vec<_>>().join("\n")
}

fn of_scope<'r>(result: &'r SimResult, scope: &'r str) -> impl Iterator<Item = &'r CriticalRow> {
    result.critical.iter().filter(move |row| row.scope.as_deref() == Some(scope))
}

#[test]
fn classes_keep_the_bounds_of_critical_traffic() {
    let example = Example::load();
    let text = read_to_string("examples/guide/critical.yaml").unwrap();
    let (with, without) =
        (example.run(&example.scenario(&text)), example.run(&example.scenario(&without_qos(&text))));
    assert_eq!(with.verdict(), Some(BoundVerdict::Kept), "{:#?}", with.critical);
    assert_eq!(without.verdict(), Some(BoundVerdict::Missed));
    for (scope, exceeded) in
        [("apps", &[Bound::Loss, Bound::DelayP99][..]), ("calls", &[Bound::DelayP99][..])]
    {
        assert!(of_scope(&with, scope).all(|row| row.verdict == Some(BoundVerdict::Kept)), "{scope}");
        let missed: Vec<Bound> = of_scope(&without, scope).flat_map(|row| row.missed.clone()).collect();
        assert!(exceeded.iter().all(|bound| missed.contains(bound)), "{scope}: {missed:?}");
    }
    // The classes take nothing from anybody: all other traffic loses as much as before, give or take the packets
    // that critical traffic no longer loses.
    let lost = |result: &SimResult| result.total().lost().packets;
    assert!(lost(&with) > 500 && lost(&with).abs_diff(lost(&without)) < lost(&without) / 5);
    // Every failure of the network is in a row, and after that of Frankfurt apps use Amsterdam.
    let after: Vec<&CriticalRow> = of_scope(&with, "apps").filter(|row| !row.failures.is_empty()).collect();
    let failures: usize = after.iter().map(|row| row.failures.len()).sum();
    assert_eq!(failures, Outage::singles(&example.network).len());
    let frankfurt = after.iter().find(|row| row.failures.contains(&"circuit er-fra".to_owned())).unwrap();
    assert!(frankfurt.path.via.as_ref().unwrap().to_string().starts_with("er-ams/microsoft"));
    assert!(frankfurt.delay.unwrap().p50_ns > 9_000_000, "the delay of Amsterdam");
}

/// At 8 Mbit/s, a byte takes a microsecond. A packet marked EF overtakes the second of two full packets, in both families.
#[test]
fn delays_calculated_by_hand() {
    const US: u64 = 1_000;
    let example = Example::load();
    let link = |name| {
        format!(
            "  - {{link: er-fra/{name}, rate: 8 Mbps, delay: 1ms, qos: [{{name: voice, dscp: [ef], priority: true}}]}}\n"
        )
    };
    let text = format!(
        "version: 1\ncritical: [{{name: marked, dscp: [ef], expect: {{delay_max: 2100us}}}}]\nlinks:\n{}{}",
        link("primary"),
        link("secondary")
    );
    let scenario = example.scenario(&text);
    for key in [
        PacketKey::V4(KeyV4 {
            source: Ipv4Addr::new(10, 10, 1, 1).to_bits(),
            destination: Ipv4Addr::new(20, 50, 68, 200).to_bits(),
            source_port: 50_000,
            destination_port: 443,
            protocol: 6,
        }),
        PacketKey::V6(KeyV6 {
            source: "fd10:0:0:1::1".parse::<Ipv6Addr>().unwrap().to_bits(),
            destination: "2603:1061:2002:800::5".parse::<Ipv6Addr>().unwrap().to_bits(),
            source_port: 50_000,
            destination_port: 443,
            protocol: 6,
        }),
    ] {
        let packets =
            [(0, 1_000, 0), (0, 1_000, 0), (100, 200, 46)].map(|(at_us, ip_bytes, dscp)| TimedPacket {
                packet: Packet { key, ip_bytes, tcp_flags: 0, dscp },
                time: PacketTime::at(1_000_000_000 + at_us * US),
                frame_bytes: ip_bytes + 14,
            });
        let result = Example { packets: packets.to_vec(), ..Example::load() }.run(&scenario);
        let [marked, other] = &result.critical[..] else { panic!("{:#?}", result.critical) };
        // It is sent from 1,000 µs to 1,200 µs, and arrives 1 ms later.
        let figures = |row: &CriticalRow| (row.delay.unwrap().max_ns / US, row.wait.unwrap().max_ns / US);
        assert_eq!((figures(marked), marked.verdict), ((2_100, 900), Some(BoundVerdict::Kept)));
        // The second full packet is sent from 1,200 µs to 2,200 µs.
        assert_eq!((figures(other), other.verdict), ((3_200, 1_200), None));
        assert_eq!(other.delay.unwrap().p50_ns / (2 * US), 1_000, "rounded up by at most 0.1 %");
        let classes = result.link_classes.iter().filter(|row| row.class.is_some());
        let classes: Vec<_> = classes.map(|row| (row.class.as_deref(), row.sum.delivered.ip_bytes)).collect();
        assert_eq!(classes, [(Some("voice"), 200), (Some("default"), 2_000)]);
    }
}

/// What cannot be decided is no success: a link without a rate never fills, and a scope without packets has no delay.
#[test]
fn the_unknown_is_not_kept() {
    let example = Example::load();
    let text = read_to_string("examples/guide/critical.yaml").unwrap();
    let unrated = text.replace("    rate: 20 Mbps\n", "");
    assert_eq!(example.run(&example.scenario(&unrated)).verdict(), Some(BoundVerdict::Unknown));
    let undelayed = text.replace("    delay: 6 ms\n", "");
    assert_eq!(example.run(&example.scenario(&undelayed)).verdict(), Some(BoundVerdict::Unknown));
    let only_loss =
        undelayed.replace("{delay_p99: 20 ms, jitter: 3 ms, loss: 0.1 %}", "{jitter: 3 ms, loss: 0.1 %}");
    assert_ne!(undelayed, only_loss);
    assert_eq!(example.run(&example.scenario(&only_loss)).verdict(), Some(BoundVerdict::Kept));
    let absent = text.replace("ports: [3478-3481]", "ports: [9]");
    let result = example.run(&example.scenario(&absent));
    assert_eq!(
        (result.unmeasured.as_slice(), result.verdict()),
        (&["calls".to_owned()][..], Some(BoundVerdict::Unknown))
    );
}
