//! The reader held to the image of the format, and what it makes of a file.

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
compliance: {tags: [Storage.WestEurope], communities: [12076:51002], prefixes: [10.20.0.0/16]}
links:
  - {link: edge-ams, rate: 1 Gbps, buffer: 2 MB, delay: 3ms}
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
";

fn demo() -> (Catalog, Network) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let text = include_str!("../../../examples/demo/network.yaml");
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
    let Detection { bfd_ns, hold_ns, convergence_ns, restore_ns } = scenario.detection;
    assert_eq!((bfd_ns, hold_ns), (Some(300_000_000), Some(30_000_000_000)));
    assert_eq!((convergence_ns, restore_ns), (1_000_000_000, 5_000_000_000));
    assert_eq!(scenario.links.len(), 1);
    assert_eq!(scenario.events.len(), 11);
    let target = Target::Connection("er-ams".to_owned(), Connection::Primary);
    let down = Action::Down { target, detection_ns: Some(1_000_000_000) };
    assert_eq!(scenario.events[0].action, down);
    assert_eq!(scenario.events[1].at, When::Wall(1_782_115_200_000_000_000));
    let source = Source::new("failure.yaml", FULL);
    let wanted = Needs { networks: vec!["other.yaml".to_owned()], catalogs: vec!["lists".to_owned()] };
    assert_eq!(needs(&source), wanted);
    assert!(is_scenario(&source));
    assert!(!is_scenario(&Source::new("network.yaml", "version: 1\nsites: []")));
}

#[test]
fn the_name_is_the_files_by_default() {
    assert_eq!(scenario("version: 1").0.unwrap().name, "failure");
}

/// What serde reads by the image of the format, the reader reads too, key by key.
#[test]
fn the_image_has_the_same_keys() {
    let file: ScenarioFile = serde_saphyr::from_str(FULL).unwrap();
    let value = serde_json::to_value(&file).unwrap();
    let of = |value: &serde_json::Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(of(&value), set(keys::SCENARIO));
    assert_eq!(of(&value["detection"]), set(keys::DETECTION));
    assert_eq!(of(&value["compliance"]), set(keys::COMPLIANCE));
    assert_eq!(of(&value["links"][0]), set(keys::LINK));
    let events: BTreeSet<String> = value["events"].as_array().unwrap().iter().flat_map(of).collect();
    assert_eq!(events, set(keys::EVENT));
}
