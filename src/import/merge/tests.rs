//! Compares the merge table with the format of the network file.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::rules::{Items, Mapping, NETWORK, Rule};
use super::{Described, merge};
use crate::import::declared::Declared;
use crate::network::file::{NetworkFile, schema};

/// A network in which nearly every key of the format occurs.
const FULL: &str = include_str!("../../network/tests/full.yaml");

/// Finds the keys that do not have exactly one rule, and the rules that do not fit their key, in a mapping and in all
/// mappings nested in it.
fn gaps(mapping: &Mapping, schema: &Value, node: &Value, path: &str, found: &mut Vec<String>) {
    let Some(properties) = node["properties"].as_object() else {
        return found.push(format!("{path}: not a mapping"));
    };
    let ruled = mapping.keys.iter().map(|(key, _)| *key).collect::<Vec<_>>();
    let count = |key: &str| ruled.iter().filter(|known| **known == key).count();
    for key in properties.keys().map(String::as_str).chain(ruled.iter().copied()).collect::<BTreeSet<_>>() {
        if count(key) != 1 || !properties.contains_key(key) {
            found.push(format!("{path}.{key}: {} rules", count(key)));
        }
    }
    for (key, rule) in mapping.keys {
        let path = format!("{path}.{key}");
        let below = properties.get(*key).and_then(|node| mapping_in(schema, node));
        let (inner, same) = match rule {
            Rule::Keep => continue,
            Rule::Take(_) | Rule::TakeIfSet(_) | Rule::Drop | Rule::Listed { items: None, .. } => {
                (None, &[][..])
            }
            Rule::Part(inner) | Rule::Peering { mapping: inner, .. } => (Some(*inner), &[][..]),
            Rule::Entries(inner) => (Some(*inner), &["name"][..]),
            Rule::Listed { items: Some(Items { same, mapping }), .. } => (Some(*mapping), *same),
        };
        match (inner, below) {
            (Some(inner), Some(below)) => gaps(inner, schema, below, &path, found),
            (None, None) => {}
            _ => found.push(format!("{path}: only the rule or only the key is a mapping")),
        }
        let known = |key: &&str| below.is_some_and(|below| !below["properties"][*key].is_null());
        if !same.iter().all(known) {
            found.push(format!("{path}: matched by {same:?}"));
        }
    }
}

/// Returns the schema of the mapping in the value of a key: of the value itself, or of the items of a list.
fn mapping_in<'s>(schema: &'s Value, node: &'s Value) -> Option<&'s Value> {
    if let Some(name) = node["$ref"].as_str() {
        return mapping_in(schema, schema.pointer(name.strip_prefix('#')?)?);
    }
    if node["properties"].is_object() {
        return Some(node);
    }
    let mut inner = node["anyOf"].as_array().into_iter().flatten().chain(node.get("items"));
    inner.find_map(|inner| mapping_in(schema, inner))
}

fn gaps_of(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    gaps(&NETWORK, schema, schema, "", &mut found);
    found
}

#[test]
fn every_key_has_one_rule() {
    assert_eq!(gaps_of(&serde_json::from_str(&schema()).unwrap()), Vec::<String>::new());
}

/// A new key in the format is reported until it has a rule, in every mapping that the declared side can change.
#[test]
fn a_key_without_a_rule_is_found() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    for (definition, path) in [
        ("", ""),
        ("CircuitEntry", ".circuits"),
        ("PrivateConnectionEntry", ".circuits.private_peering.secondary"),
        ("SubnetEntry", ".virtual_networks.subnets"),
        ("GatewayCircuitEntry", ".virtual_networks.gateway.circuits"),
        ("VirtualNetworkPeeringEntry", ".virtual_networks.peerings"),
        ("UserRouteEntry", ".route_tables.routes"),
        ("UnsupportedEntry", ".unsupported"),
    ] {
        let mut more = schema.clone();
        let at = if definition.is_empty() { &mut more } else { &mut more["$defs"][definition] };
        at["properties"]["new_key"] = json!({"type": "string"});
        let expected = format!("{path}.new_key: 0 rules");
        assert!(gaps_of(&more).contains(&expected), "{:?}", gaps_of(&more));
    }
    let mut more = schema.clone();
    more["$defs"]["CircuitEntry"]["properties"]["sku"] = json!({"$ref": "#/$defs/GatewayEntry"});
    assert_eq!(gaps_of(&more), [".circuits.sku: only the rule or only the key is a mapping"]);
    let mut fewer = schema;
    fewer["$defs"]["SubnetEntry"]["properties"].as_object_mut().unwrap().remove("nat_gateway");
    assert_eq!(gaps_of(&fewer), [".virtual_networks.subnets.nat_gateway: 1 rules"]);
}

#[test]
fn a_file_that_nothing_declares_stays() {
    let full: NetworkFile = serde_saphyr::from_str(FULL).unwrap();
    let merged = merge(&NetworkFile::default(), &Described::default(), &full);
    assert_eq!(merged, Some(full));
}

/// References to resources that were declared before but no longer are must be removed from each list in the file.
#[test]
fn references_go_with_what_they_name() {
    let file = |circuits: &str, networks: &str, lists: [&str; 4]| {
        let [circuit_names, hub_circuits, connections, routes] = lists;
        let text = format!(
            "version: 1\nsites: [{{name: s, circuits: [{circuit_names}]}}]\n\
             circuits: [{circuits}{{name: a, peering_location: Amsterdam, sku: premium, bandwidth: 1 Gbps, \
             global_reach: [{circuit_names}]}}]\n\
             virtual_networks: [{networks}{{name: n, prefixes: [10.20.0.0/16]}}]\n\
             virtual_hubs: [{{name: h, prefix: 10.40.0.0/24, circuits: [a{hub_circuits}], \
             connections: [{{virtual_network: n}}{connections}], \
             route_tables: [{{name: t, routes: [{routes}]}}]}}]\n"
        );
        serde_saphyr::from_str::<NetworkFile>(&text).unwrap()
    };
    let before = file(
        "{name: gone, peering_location: London, sku: premium, bandwidth: 1 Gbps}, ",
        "{name: lost, prefixes: [10.21.0.0/16]}, ",
        [
            "gone",
            ", gone, {circuit: gone, weight: 1}",
            ", {virtual_network: lost}",
            "{prefix: 10.77.0.0/16, virtual_network: lost}",
        ],
    );
    let id = |rest: &str| json!({"id": format!("/subscriptions/s/providers/Microsoft.Network/{rest}")});
    let resources = vec![id("expressRouteCircuits/gone"), id("virtualNetworks/lost")];
    let mut described = Described::default();
    described.add(&Declared { resources, ..Declared::default() });
    let merged = merge(&NetworkFile::default(), &described, &before);
    assert_eq!(merged, Some(file("", "", ["", "", "", ""])));
}
