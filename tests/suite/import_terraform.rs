//! Plans of Terraform: the plan's two sides decide as the network files do that say the same, and what
//! a plan cannot tell is listed, never guessed.
//!
//! `tests/import_terraform/plan/plan.json` is written by us in the documented format 1.2.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::net::IpAddr;

use peerpath::addr::IpPrefix;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Disposition, Engine, Inputs, explain_from_subnet};
use peerpath::import::azure::{ImportOptions, SiteOption};
use peerpath::import::terraform::{Plan, PlanError, PlanSide, read};
use peerpath::import::{Assumptions, Laid};
use peerpath::network;
use peerpath::network::file::NetworkFile;
use peerpath::network::{Network, SubnetId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import_terraform/plan");
const KEY: &str = "f07eb97c-6fb8-444f-a921-74728997c704";
const FRA: &str = r#"azurerm_express_route_circuit_peering.microsoft["fra"]"#;
const HUB: &str = r#"module.net["hub"].azurerm_virtual_network.this"#;

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap()
}

fn plan_json() -> Value {
    serde_json::from_str(&file("plan.json")).unwrap()
}

fn plan(value: &Value) -> Plan {
    read(&value.to_string(), &Assumptions::default()).unwrap()
}

fn catalog() -> Catalog {
    Catalog::shipped(Cloud::Public).unwrap()
}

fn base() -> NetworkFile {
    serde_saphyr::from_str(&file("base.yaml")).unwrap()
}

fn laid(plan: &Plan, side: PlanSide, catalog: &Catalog) -> Laid {
    plan.import(side, catalog, &ImportOptions::default(), Some(&base()))
}

fn network(text: &str, catalog: &Catalog) -> Network {
    let (network, diagnostics) = network::read(&Source::new("network.yaml", text), catalog);
    network.unwrap_or_else(|| {
        panic!("{:#?}\n{text}", diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>())
    })
}

/// The network of a side of a plan that is laid onto `base.yaml`.
fn side(plan: &Plan, side: PlanSide, catalog: &Catalog) -> Network {
    let laid = laid(plan, side, catalog);
    assert_eq!(laid.unplaced, []);
    network(laid.imported.network.as_deref().unwrap(), catalog)
}

/// A value without the places in files that it names.
fn without_spans(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let mut parts = text.split("Span {");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('}').unwrap().1)
}

/// Each range of both families with its decision, of every site; then from every subnet the decision at
/// every address where a prefix of the network begins or ends.
fn decisions(network: &Network, catalog: &Catalog) -> Vec<String> {
    let inputs = Inputs::new(network, catalog);
    let mut all = Vec::new();
    for (engine, site) in Engine::compile_sites(inputs).unwrap().iter().zip(&network.sites) {
        let key = |id: &_| format!("{} {}", site.name, without_spans(engine.decision(*id)));
        all.extend(engine.partition4().map(key).iter().map(|(range, key)| format!("{range:?} {key}")));
        all.extend(engine.partition6().map(key).iter().map(|(range, key)| format!("{range:?} {key}")));
    }
    let edges = edges();
    for (id, own) in network.virtual_networks_with_ids() {
        for index in 0..own.subnets.len() {
            let subnet = SubnetId(u32::try_from(index).unwrap());
            for address in &edges {
                let decision = explain_from_subnet(inputs, id, subnet, *address).unwrap().decision;
                all.push(format!("{} {index} {address} {}", own.name, without_spans(&decision)));
            }
        }
    }
    all
}

/// First and last address of prefixes that the files name, and of Microsoft's, and their neighbours.
fn edges() -> Vec<IpAddr> {
    let prefixes = [
        "10.10.0.0/16",
        "10.11.0.0/16",
        "10.20.0.0/16",
        "10.20.1.0/24",
        "10.20.1.5/32",
        "10.20.1.6/32",
        "10.20.9.0/24",
        "10.21.0.0/16",
        "10.21.1.0/24",
        "10.30.0.0/16",
        "10.40.0.0/16",
        "fd10::/48",
        "fd20::/48",
        "13.69.0.0/17",
        "20.60.0.0/24",
        "52.112.0.0/14",
        "8.8.8.0/24",
        "2603:1020:200::/48",
        "2001:db8::/32",
    ];
    let mut found = Vec::new();
    for prefix in prefixes {
        let prefix: IpPrefix = prefix.parse().unwrap();
        for address in [prefix.first(), prefix.last()] {
            found.push(address);
            let step = |by: i128| match address {
                IpAddr::V4(address) => {
                    let bits = i128::from(address.to_bits()) + by;
                    IpAddr::V4(u32::try_from(bits).unwrap().into())
                }
                IpAddr::V6(address) => IpAddr::V6(address.to_bits().wrapping_add_signed(by).into()),
            };
            found.extend([step(-1), step(1)]);
        }
    }
    found
}

#[test]
fn the_plan_decides_as_the_files_that_say_the_same() {
    let catalog = catalog();
    let plan = plan(&plan_json());
    assert_eq!(plan.unknown, []);
    let mut sides = Vec::new();
    for (side, name) in [(PlanSide::Before, "base.yaml"), (PlanSide::After, "after.yaml")] {
        let ours = decisions(&self::side(&plan, side, &catalog), &catalog);
        let theirs = decisions(&network(&file(name), &catalog), &catalog);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{name}");
        }
        assert_eq!(ours.len(), theirs.len());
        assert!(ours.len() > 1000, "{}", ours.len());
        sides.push(ours);
    }
    assert_ne!(sides.first(), sides.last(), "the plan changes something");
}

#[test]
fn an_appliance_goes_with_its_subnet() {
    let catalog = catalog();
    let plan = plan(&plan_json());
    let gateway = "    gateway: {sku: ErGw1AZ}\n";
    let appliances =
        "    appliances: [{name: stays, addresses: [10.20.1.4]}, {name: goes, addresses: [10.20.9.4]}]\n";
    let text = file("base.yaml").replace(gateway, &format!("{appliances}{gateway}"));
    let base: NetworkFile = serde_saphyr::from_str(&text).unwrap();
    for (side, expected) in [(PlanSide::Before, ["stays", "goes"].as_slice()), (PlanSide::After, &["stays"])]
    {
        let laid = plan.import(side, &catalog, &ImportOptions::default(), Some(&base));
        let network = network(laid.imported.network.as_deref().unwrap(), &catalog);
        let (_, hub) = network.virtual_network_named("hub").unwrap();
        let names = hub.appliances.iter().map(|appliance| appliance.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), expected, "{side:?}");
    }
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_no_keys() {
    let catalog = catalog();
    let both = |plan: &Plan| [PlanSide::Before, PlanSide::After].map(|side| laid(plan, side, &catalog));
    let value = plan_json();
    let first = both(&plan(&value));
    assert_eq!(first, both(&plan(&value)));
    assert!(file("plan.json").contains(KEY));
    let shown = format!("{first:?}{:?}", plan(&value).notes);
    assert!(!shown.contains(KEY) && !shown.contains("SUBSCRIPTION_ID"));
}

/// The change of a resource in a plan.
fn change<'v>(plan: &'v mut Value, address: &str) -> &'v mut Value {
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    &mut changes.iter_mut().find(|change| change["address"] == address).unwrap()["change"]
}

fn unknowns(plan: &Plan) -> Vec<String> {
    plan.unknown.iter().map(ToString::to_string).collect()
}

#[test]
fn what_decides_and_is_not_told_is_listed() {
    let filter = "azurerm_route_filter.europe";
    let ams = r#"azurerm_express_route_circuit_peering.microsoft["ams"]"#;
    for (address, unknown, expected) in [
        (filter, json!({"rule": [{"communities": true}]}), "rule[0].communities` is known only after apply"),
        (
            filter,
            json!({"rule": [{"communities": [false, true]}]}),
            "rule[0].communities` is known only after",
        ),
        (filter, json!({"rule": true}), "rule` is known only after apply"),
        (ams, json!({"route_filter_id": true}), "route_filter_id` refers to a resource that the plan"),
        (ams, json!({"ipv6": [{"primary_peer_address_prefix": true}]}), ""),
    ] {
        let mut value = plan_json();
        change(&mut value, address)["after_unknown"] = unknown;
        let found = unknowns(&plan(&value));
        if expected.is_empty() {
            // Nobody sets it, so Azure chooses: nothing that a file could say.
            assert_eq!(found, Vec::<String>::new());
        } else {
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with(&format!("`{address}.{expected}")), "{found:?}");
        }
    }
}

/// A next hop that the plan does not tell: the file says so, and the decision is `unknown`.
#[test]
fn an_unknown_next_hop_is_decided_as_unknown() {
    let catalog = catalog();
    let route = "azurerm_route.apps[0]";
    let mut value = plan_json();
    change(&mut value, route)["after_unknown"] = json!({"next_hop_in_ip_address": true});
    assert_eq!(unknowns(&plan(&value)), Vec::<String>::new(), "nobody sets it");
    let resources = value.pointer_mut("/configuration/root_module/resources").unwrap();
    let resources = resources.as_array_mut().unwrap();
    let own = resources.iter_mut().find(|resource| resource["address"] == "azurerm_route.apps").unwrap();
    own["expressions"]["next_hop_in_ip_address"] = json!({"references": ["local.firewall"]});
    let place = format!("{route}.next_hop_in_ip_address");
    let open = plan(&value);
    let expected = format!("`{place}` is known only after apply; paths that depend on it are `unknown`");
    assert_eq!(unknowns(&open), [expected]);
    let from_apps = |plan: &Plan, address: &str| {
        let network = side(plan, PlanSide::After, &catalog);
        let (id, subnet, _) = network.subnet_named("hub/apps").unwrap();
        let inputs = Inputs::new(&network, &catalog);
        explain_from_subnet(inputs, id, subnet, address.parse().unwrap()).unwrap().decision.disposition
    };
    assert_eq!(from_apps(&open, "8.8.8.8"), Disposition::Unknown);
    assert_eq!(from_apps(&open, "10.21.0.1"), Disposition::AzureBackbone, "another route holds it");
    let mut assumptions = Assumptions::default();
    assumptions.add(&place, "10.20.2.5");
    let plan = read(&value.to_string(), &assumptions).unwrap();
    assert_eq!(plan.unknown, []);
    assert_eq!(from_apps(&plan, "8.8.8.8"), Disposition::Internet);
    // Without a configuration nothing is known of who sets what.
    value["configuration"] = Value::Null;
    assert!(unknowns(&self::plan(&value)).len() > 1);
}

#[test]
fn a_private_endpoint_has_an_address_or_is_listed() {
    let catalog = catalog();
    let mut value = plan_json();
    change(&mut value, "azurerm_private_endpoint.vault")["after"]["ip_configuration"] = json!([]);
    let place = "azurerm_private_endpoint.vault.private_service_connection[0].private_ip_address";
    let open = plan(&value);
    assert_eq!(unknowns(&open), [format!("`{place}` is known only after apply")]);
    let endpoints = |plan: &Plan| {
        let network = side(plan, PlanSide::After, &catalog);
        let (_, _, subnet) = network.subnet_named("hub/apps").unwrap();
        subnet.private_endpoints.iter().map(|endpoint| endpoint.address.value.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(endpoints(&open), Vec::<String>::new());
    let mut assumptions = Assumptions::default();
    assumptions.add(place, "10.20.1.9");
    assert_eq!(endpoints(&read(&value.to_string(), &assumptions).unwrap()), ["10.20.1.9"]);
}

#[test]
fn sensitive_values_are_unknown() {
    let mut value = plan_json();
    change(&mut value, HUB)["after_sensitive"] = json!({"address_space": true});
    assert_eq!(unknowns(&plan(&value)), [format!("`{HUB}.address_space` is marked as sensitive")]);
    // A key is not asked for.
    let mut value = plan_json();
    change(&mut value, HUB)["after_sensitive"] = json!({"guid": true});
    assert_eq!(plan(&value).unknown, []);
}

#[test]
fn a_reference_that_does_not_settle_can_be_assumed() {
    let catalog = catalog();
    let mut value = plan_json();
    let resources = value.pointer_mut("/configuration/root_module/resources").unwrap();
    let resources = resources.as_array_mut().unwrap();
    let own = resources
        .iter_mut()
        .find(|resource| resource["address"] == "azurerm_express_route_circuit_peering.microsoft");
    // Either of two, by a condition.
    own.unwrap()["expressions"]["route_filter_id"] = json!({"references": [
        "azurerm_route_filter.europe.id", "azurerm_route_filter.europe", "module.filter[\"fra\"].id"]});
    let open = plan(&value);
    assert_eq!(open.unknown.len(), 1);
    let laid = laid(&open, PlanSide::After, &catalog);
    assert_eq!(laid.unplaced.len(), 1, "a filter of no peering: {:?}", laid.unplaced);
    let place = format!("{FRA}.route_filter_id");
    assert_eq!(open.unknown[0].place(), place);
    let mut assumptions = Assumptions::default();
    assumptions.add(&place, r#"module.filter["fra"].azurerm_route_filter.this"#);
    let assumed = read(&value.to_string(), &assumptions).unwrap();
    assert_eq!(assumed.unknown, []);
    assert_eq!(
        self::laid(&assumed, PlanSide::After, &catalog).imported.network,
        self::laid(&plan(&plan_json()), PlanSide::After, &catalog).imported.network
    );
    let text = value.to_string();
    assumptions.add("azurerm_route_filter.typo.rule", "[]");
    let error = read(&text, &assumptions).unwrap_err();
    assert!(
        matches!(&error, PlanError::Assumption { place, nearest } if place == "azurerm_route_filter.typo.rule" && !nearest.is_empty()),
        "{error}"
    );
}

/// Keeps of a plan what has one of these addresses.
fn only(addresses: &[&str]) -> Value {
    let mut value = plan_json();
    let changes = value["resource_changes"].as_array_mut().unwrap();
    changes.retain(|change| addresses.iter().any(|address| change["address"] == *address));
    assert_eq!(changes.len(), addresses.len());
    value
}

#[test]
fn what_stands_in_another_plan_comes_from_the_file() {
    let catalog = catalog();
    let connection = r#"azurerm_virtual_network_gateway_connection.this["ams"]"#;
    let value = only(&[connection, "azurerm_virtual_network_gateway.er"]);
    let plan = self::plan(&value);
    let after = side(&plan, PlanSide::After, &catalog);
    assert_eq!(without_circuits(&after), without_circuits(&network(&file("base.yaml"), &catalog)));
    let (_, hub) = after.virtual_network_named("hub").unwrap();
    assert!(format!("{hub:?}").contains("weight: 10"), "{hub:?}");
    // A peering alone changes its circuit in the file.
    let ams = r#"azurerm_express_route_circuit_peering.microsoft["ams"]"#;
    let plan = self::plan(&only(&[ams, "azurerm_route_filter.europe"]));
    let after = side(&plan, PlanSide::After, &catalog);
    let (_, circuit) = after.circuit_named("er-ams").unwrap();
    let communities = circuit.microsoft_peering.as_ref().unwrap().of_kind.route_filter.as_ref().unwrap();
    assert_eq!(communities.communities.len(), 2);
    // A subnet's table alone.
    let value = only(&["azurerm_subnet_route_table_association.apps", "azurerm_route_table.apps"]);
    let after = side(&self::plan(&value), PlanSide::After, &catalog);
    let (_, hub) = after.virtual_network_named("hub").unwrap();
    assert_eq!(hub.subnets.len(), 3);
    assert_eq!(
        after.route_tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
        ["rt-apps-v2"]
    );
}

fn without_circuits(network: &Network) -> String {
    let subnets = network.virtual_networks.iter().map(|network| (&network.name, network.subnets.len()));
    format!("{:?}", subnets.collect::<Vec<_>>())
}

#[test]
fn what_belongs_nowhere_is_listed() {
    let catalog = catalog();
    for (address, missing) in [
        ("azurerm_route_filter.europe", "the peering that uses it"),
        (r#"azurerm_virtual_network_gateway_connection.this["ams"]"#, "its gateway or its circuit"),
    ] {
        let value = only(&[address]);
        let plan = self::plan(&value);
        let laid = laid(&plan, PlanSide::After, &catalog);
        let found = laid.unplaced.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found, [format!("`{address}` changes, but {missing} is not in the file")]);
        let mut assumptions = Assumptions::default();
        assumptions.add(address, "unchanged");
        let plan = read(&value.to_string(), &assumptions).unwrap();
        assert_eq!(self::laid(&plan, PlanSide::After, &catalog).unplaced, []);
    }
    // Without the file, the subnet's network is nowhere.
    let plan = self::plan(&only(&[r#"module.net["hub"].azurerm_subnet.this["legacy"]"#]));
    let options = options();
    let laid = plan.import(PlanSide::Before, &catalog, &options, None);
    assert_eq!(laid.unplaced.len(), 1, "{:?}", laid.unplaced);
    // What a network file cannot say at all.
    let mut value = plan_json();
    let changes = value["resource_changes"].as_array_mut().unwrap();
    changes.push(json!({"address": "azurerm_virtual_hub_connection.x", "mode": "managed",
        "type": "azurerm_virtual_hub_connection", "name": "x",
        "change": {"actions": ["create"], "before": null, "after": {"name": "x"}, "after_unknown": {"id": true}}}));
    let found = unknowns(&self::plan(&value));
    assert_eq!(found, ["`azurerm_virtual_hub_connection.x` cannot be expressed in a network file"]);
}

#[test]
fn a_change_that_the_files_cannot_show_is_hidden() {
    let catalog = catalog();
    let both = |value: &Value| {
        let plan = plan(value);
        [PlanSide::Before, PlanSide::After].map(|side| laid(&plan, side, &catalog))
    };
    let hidden = |value: &Value| {
        let [before, after] = both(value);
        before.hidden(&after).map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(hidden(&plan_json()), Vec::<String>::new());
    // A community that the catalog lacks: hidden where it comes, not where it stays.
    let filter = "azurerm_route_filter.europe";
    let mut value = plan_json();
    change(&mut value, filter)["after"]["rule"][0]["communities"] = json!(["12076:51002", "12076:59999"]);
    assert!(hidden(&value)[0].starts_with("community `12076:59999`"), "{:?}", hidden(&value));
    change(&mut value, filter)["before"]["rule"][0]["communities"] = json!(["12076:59999"]);
    assert_eq!(hidden(&value), Vec::<String>::new());
    // A filter of another plan is as the file says, and one that takes its place is not known.
    let ams = r#"azurerm_express_route_circuit_peering.microsoft["ams"]"#;
    let mut value = only(&[ams]);
    let [before, after] = both(&value);
    assert_eq!(before.imported.network, after.imported.network);
    assert!(
        after
            .imported
            .network
            .as_deref()
            .unwrap()
            .contains("route_filter:\n    - 12076:51002\n    advertised")
    );
    let id = "/subscriptions/s/resourceGroups/rg-net/providers/Microsoft.Network/routeFilters/other";
    change(&mut value, ams)["after"]["route_filter_id"] = json!(id);
    assert_eq!(hidden(&value).len(), 2, "{:?}", hidden(&value));
}

fn options() -> ImportOptions {
    let site = SiteOption { name: "office".to_owned(), prefixes: vec!["192.0.2.0/24".parse().unwrap()] };
    ImportOptions { sites: vec![site], ..ImportOptions::default() }
}

#[test]
fn a_plan_alone_makes_a_network_file() {
    let catalog = catalog();
    let plan = plan(&plan_json());
    let laid = plan.import(PlanSide::After, &catalog, &options(), None);
    let network = network(laid.imported.network.as_deref().unwrap(), &catalog);
    assert_eq!(network.sites.len(), 1);
    assert_eq!(network.circuits.len(), 2);
    assert_eq!(network.virtual_networks.len(), 2);
    let (_, hub) = network.virtual_network_named("hub").unwrap();
    assert_eq!(hub.subnets.len(), 2, "the one that goes no longer shows");
    assert_eq!(plan.notes.ignored.values().sum::<u64>(), 2);
    assert_eq!(plan.notes.actions.get("delete/create"), Some(&2));
}

#[test]
fn older_names_of_attributes_are_read() {
    let catalog = catalog();
    let mut value = plan_json();
    for change in value["resource_changes"].as_array_mut().unwrap() {
        for side in ["before", "after"] {
            let Some(map) = change["change"][side].as_object_mut() else { continue };
            if let Some(flag) = map.remove("bgp_route_propagation_enabled") {
                map.insert("disable_bgp_route_propagation".to_owned(), json!(!flag.as_bool().unwrap()));
            }
            if let Some(policies) = map.remove("private_endpoint_network_policies") {
                map.insert(
                    "private_endpoint_network_policies_enabled".to_owned(),
                    json!(policies == "Enabled"),
                );
            }
            map.insert("not_known_yet".to_owned(), json!(1));
        }
    }
    let text = |value: &Value| laid(&plan(value), PlanSide::After, &catalog).imported.network;
    assert_eq!(text(&value), text(&plan_json()));
}

/// Whatever stands where: a plan is read or refused, and what is written is a network or has its errors.
#[test]
fn mutations_are_read_or_refused() {
    let catalog = catalog();
    let shape = plan_json();
    let mut pointers = Vec::new();
    walk(&shape, String::new(), &mut pointers);
    let odd = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\PC\\[\\]\".]{0,8}".prop_map(Value::from),
        Just(json!(["10.0.0.0/8", {"id": "/subscriptions/x"}])),
        Just(
            json!({"references": ["module.net", "each.key", "var.x", "each.value", "module.net[\"hub\"].id"]})
        ),
        prop::sample::select(pointers.clone()).prop_map({
            let shape = shape.clone();
            move |pointer| shape.pointer(&pointer).unwrap().clone()
        }),
    ];
    let edits = prop::collection::vec((prop::sample::select(pointers), odd), 1..8);
    let mut runner = TestRunner::new(Config { cases: 120, failure_persistence: None, ..Config::default() });
    let base = base();
    runner
        .run(&edits, |edits| {
            let mut value = shape.clone();
            for (pointer, with) in edits {
                if let Some(slot) = value.pointer_mut(&pointer) {
                    *slot = with;
                }
            }
            let Ok(plan) = read(&value.to_string(), &Assumptions::default()) else { return Ok(()) };
            for side in [PlanSide::Before, PlanSide::After] {
                let alone = plan.import(side, &catalog, &options(), None);
                plan.import(side, &catalog, &options(), Some(&base));
                let text = alone.imported.network.unwrap_or_default();
                let (network, diagnostics) = network::read(&Source::new("a.yaml", text.as_str()), &catalog);
                prop_assert!(network.is_some() || diagnostics.has_errors(), "{text}");
            }
            Ok(())
        })
        .unwrap();
}

fn walk(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, format!("{at}/{index}"), found));
        }
        _ => {}
    }
    found.push(at);
}
