//! Compares the reader with the serde types of the format, and checks its results.

use std::collections::BTreeSet;

use super::keys;
use super::*;
use crate::catalog::{Catalog, Cloud};
use crate::diag::Diagnostics;
use crate::network::{self, Connection, Network};

/// Every key of the format.
const FULL: &str = r"
version: 1
name: everything
seed: 3
scale: 1.5
compress: 20
detection: {bfd: 300ms, hold: 30s, convergence: 1s, restore: 5s}
compliance: {products: [Power Platform], tags: [Storage.WestEurope], communities: [12076:51002], prefixes: [10.20.0.0/16]}
critical:
  - name: voice
    products: [Power Platform]
    tags: [Storage.WestEurope]
    communities: [12076:51002]
    prefixes: [10.20.0.0/16]
    protocol: udp
    ports: [443, 3478-3481]
    dscp: [ef, 34]
    expect: {loss: 0.1 %, delay_p50: 5ms, delay_p95: 10 ms, delay_p99: 20ms, delay_max: 50ms, jitter: 3ms, survives: each-single}
links:
  - link: edge-ams
    rate: 1 Gbps
    buffer: 2 MB
    delay: 3ms
    qos:
      - {name: voice, critical: voice, priority: true, rate: 20 Mbps, burst: 10 kB, buffer: 64 kB}
      - {name: video, dscp: [af41, 36], weight: 30}
      - {name: default, weight: 70}
events:
  - {at: 2m, down: er-ams/primary, detection: 1s}
  - {at: 2026-06-22T08:00:00Z, up: er-ams/primary}
  - {at: 3m, reset: er-ams/microsoft/primary, for: 30s}
  - {at: 4m, maintenance: er-ams, for: 10m}
  - {at: 5m, route_filter: er-ams, to: [12076:51002, North Europe]}
  - {at: 6m, network: other.yaml}
  - {at: 7m, catalog: lists}
  - {at: 8m, rate: er-ams/primary, to: 200 Mbps}
  - {at: 9m, announce: 198.51.100.64/28, on: er-ams/microsoft}
  - {at: 10m, withdraw: 198.51.100.0/28, on: er-ams}
  - {at: 11m, nat: edge-ams, to: [203.0.113.0/28]}
  - {at: 12m, down: mpls, detection: 40s}
  - {at: 13m, metric: mpls, to: 50}
  - {at: 14m, down: hub-weu/fw}
";

/// Returns the demo network with an added link between its sites and an added appliance.
fn demo() -> (Catalog, Network) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let inside = "    region: westeurope\n";
    let appliance = "    appliances: [{name: fw, addresses: [10.20.1.4], throughput: 2 Gbps}]\n    subnets: [{name: firewall, prefixes: \
                     [10.20.1.0/26]}]\n";
    let text =
        include_str!("../../../examples/demo/network.yaml").replace(inside, &format!("{inside}{appliance}"));
    let text = format!("{text}\nwan: [{{name: mpls, sites: [amsterdam, utrecht], bandwidth: 200 Mbps}}]\n");
    let network = network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
    (catalog, network)
}

fn scenario(text: &str) -> (Option<Scenario>, Diagnostics) {
    let (catalog, network) = demo();
    read(&Source::new("folder/failure.yaml", text), &catalog, &[&network])
}

#[test]
fn every_key_is_read() {
    let (scenario, diagnostics) = scenario(FULL);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let scenario = scenario.unwrap();
    assert_eq!((scenario.name.as_str(), scenario.seed, scenario.compress), ("everything", 3, 20));
    assert_eq!(scenario.scale_thousandths, 1_500);
    let DetectionTimes { bfd_ns, hold_ns, convergence_ns, restore_ns } = scenario.detection;
    assert_eq!((bfd_ns, hold_ns), (Some(300_000_000), Some(30_000_000_000)));
    assert_eq!((convergence_ns, restore_ns), (1_000_000_000, 5_000_000_000));
    assert_eq!(scenario.links.len(), 1);
    let voice = &scenario.critical[0];
    assert_eq!((voice.remote_ends.len(), voice.protocol), (4, Some(17)));
    assert_eq!(voice.ports, [443..=443, 3_478..=3_481]);
    assert_eq!(voice.dscp.values().collect::<Vec<_>>(), [34, 46]);
    let expect = voice.expect.as_ref().unwrap();
    assert!(expect.survives_each_single);
    let figures = [1_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000, 3_000_000];
    assert_eq!(expect.bounds, Bound::ALL.into_iter().zip(figures).collect::<Vec<_>>());
    let classes = &scenario.links[0].qos;
    assert_eq!(classes[0].of, ClassMatch::Critical(0));
    assert_eq!(classes[0].service, Service::Priority(Some(RateLimit { rate: 20_000_000, burst: 10_000 })));
    assert_eq!((classes[0].buffer, classes[2].of), (Some(64_000), ClassMatch::Rest));
    assert_eq!([1, 2].map(|class| classes[class].service), [Service::Weight(30), Service::Weight(70)]);
    assert_eq!(scenario.events.len(), 14);
    let target = Target::Connection("er-ams".to_owned(), Connection::Primary);
    let down = EventAction::Down { target, detection_ns: Some(1_000_000_000) };
    assert_eq!(scenario.events[0].action, down);
    assert_eq!(scenario.events[1].at, When::Wall(1_782_115_200_000_000_000));
    let source = Source::new("failure.yaml", FULL);
    let wanted = Needs { networks: vec!["other.yaml".to_owned()], catalogs: vec!["lists".to_owned()] };
    assert_eq!(needs(&source), wanted);
    assert!(is_scenario(&source));
    assert!(!is_scenario(&Source::new("network.yaml", "version: 1\nsites: []")));
}

/// Tests that an event whose target does not support it is reported at its place.
#[test]
fn events_that_do_not_fit_their_target_are_errors() {
    for (event, place, message) in [
        (
            "reset: mpls, for: 3s",
            "mpls",
            "no circuit, connection, peering, session, internet edge or tunnel `mpls`",
        ),
        ("announce: 10.9.0.0/16, on: hub-weu/fw", "hub-weu/fw", "internet edge or tunnel `hub-weu/fw`"),
        ("down: hub-weu/fw, detection: 3s", "detection", "no meaning for the failure of an appliance"),
        ("metric: er-ams, to: 5", "er-ams", "no link between sites `er-ams`"),
        ("metric: mpls, to: 5 Mbps", "5 Mbps", "`to` must be a number"),
        ("metric: mpls", "metric: mpls", "lacks `to`"),
        ("down: mpls, to: 5", "to", "`to` has no meaning together with `down`"),
    ] {
        let text = format!("version: 1\nevents: [{{at: 1s, {event}}}]\n");
        let (read, diagnostics) = scenario(&text);
        assert!(read.is_none(), "{event}");
        let found = diagnostics.iter().find(|one| one.message.contains(message));
        let found = found.unwrap_or_else(|| panic!("{event}: {diagnostics:?}"));
        let span = found.labels[0].span;
        let place_of = text[span.start..span.start + span.length].to_owned();
        assert!(place_of.contains(place), "{event}: {place_of}");
    }
}

#[test]
fn the_default_name_is_that_of_the_file() {
    assert_eq!(scenario("version: 1").0.unwrap().name, "failure");
}

/// Tests that the reader accepts the same keys as serde.
#[test]
fn the_serde_types_have_the_same_keys() {
    let file: ScenarioFile = serde_saphyr::from_str(FULL).unwrap();
    let value = serde_json::to_value(&file).unwrap();
    let of = |value: &serde_json::Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(of(&value), set(keys::SCENARIO));
    assert_eq!(of(&value["detection"]), set(keys::DETECTION));
    assert_eq!(of(&value["compliance"]), set(keys::COMPLIANCE));
    assert_eq!(of(&value["critical"][0]), set(keys::CRITICAL));
    assert_eq!(of(&value["critical"][0]["expect"]), set(keys::EXPECT));
    assert_eq!(of(&value["links"][0]), set(keys::LINK));
    let classes = value["links"][0]["qos"].as_array().unwrap();
    assert_eq!(classes.iter().flat_map(of).collect::<BTreeSet<_>>(), set(keys::CLASS));
    let events: BTreeSet<String> = value["events"].as_array().unwrap().iter().flat_map(of).collect();
    assert_eq!(events, set(keys::EVENT));
}
