//! Removes references to deleted resources from a merged file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::addr::IpPrefix;

/// A list whose items refer to circuits or virtual networks by name.
struct References {
    /// The keys on the way to the list. If a key on the way has a list as its value, all items of that list are
    /// followed.
    path: &'static [&'static str],
    /// The key of an item that contains the name; an item can also be the name itself.
    key: &'static str,
    /// The list in the file that contains the resources: `circuits` or `virtual_networks`.
    to: &'static str,
}

const REFERENCES: [References; 9] = [
    References { path: &["sites", "circuits"], key: "name", to: "circuits" },
    References { path: &["sites", "vpn", "virtual_networks"], key: "", to: "virtual_networks" },
    References {
        path: &["circuits", "private_peering", "virtual_networks"],
        key: "",
        to: "virtual_networks",
    },
    References { path: &["circuits", "global_reach"], key: "", to: "circuits" },
    References { path: &["virtual_networks", "peerings"], key: "virtual_network", to: "virtual_networks" },
    References { path: &["virtual_networks", "gateway", "circuits"], key: "circuit", to: "circuits" },
    References { path: &["virtual_hubs", "circuits"], key: "circuit", to: "circuits" },
    References { path: &["virtual_hubs", "connections"], key: "virtual_network", to: "virtual_networks" },
    References {
        path: &["virtual_hubs", "route_tables", "routes"],
        key: "virtual_network",
        to: "virtual_networks",
    },
];

/// Removes references to deleted resources, appliances in deleted subnets, and peerings that connect nothing.
pub(super) fn prune(file: &mut Value) {
    for References { path, key, to } in REFERENCES {
        let known = names(file.get(to));
        each_list(file, path, &mut |list| {
            list.retain(|item| {
                item.as_str().or_else(|| text(item, key)).is_some_and(|name| known.contains(name))
            });
        });
    }
    each_list(file, &["virtual_networks"], &mut |networks| networks.iter_mut().for_each(appliances));
    partial_peerings(file);
}

/// Calls a function with each list at the end of a path.
fn each_list(value: &mut Value, path: &[&str], change: &mut dyn FnMut(&mut Vec<Value>)) {
    match (value, path) {
        (Value::Array(items), []) => change(items),
        (Value::Array(items), _) => items.iter_mut().for_each(|item| each_list(item, path, change)),
        (Value::Object(map), [key, rest @ ..]) => {
            if let Some(inner) = map.get_mut(*key) {
                each_list(inner, rest, change);
            }
        }
        _ => {}
    }
}

/// Removes the appliances of a virtual network whose subnets no longer exist, and removes them from the peers of its
/// Route Server.
fn appliances(network: &mut Value) {
    let prefixes = items(network, "subnets").iter().flat_map(|subnet| texts(subnet, "prefixes"));
    let prefixes = prefixes.filter_map(|prefix| prefix.parse::<IpPrefix>().ok()).collect::<Vec<_>>();
    let is_inside = |appliance: &Value| {
        let mut addresses = texts(appliance, "addresses").filter_map(|address| address.parse().ok());
        addresses.any(|address| prefixes.iter().any(|prefix| prefix.contains(address)))
    };
    each_list(network, &["appliances"], &mut |list| list.retain(is_inside));
    let known = names(network.get("appliances"));
    each_list(network, &["route_server", "peers"], &mut |list| {
        list.retain(|peer| text(peer, "appliance").is_some_and(|name| known.contains(name)));
    });
}

/// Removes deleted subnets from peerings that connect only certain subnets, and removes peerings that connect none of
/// the remaining subnets.
fn partial_peerings(file: &mut Value) {
    let subnets = items(file, "virtual_networks").iter().map(|network| {
        let names = names(network.get("subnets")).iter().map(|name| name.to_ascii_lowercase()).collect();
        (text(network, "name").unwrap_or_default().to_owned(), names)
    });
    let subnets = subnets.collect::<BTreeMap<String, BTreeSet<String>>>();
    each_list(file, &["virtual_networks"], &mut |networks| {
        for network in networks {
            let own = subnets.get(text(network, "name").unwrap_or_default());
            each_list(network, &["peerings"], &mut |peerings| {
                peerings.retain_mut(|peering| {
                    let other = subnets.get(text(peering, "virtual_network").unwrap_or_default());
                    is_whole(peering)
                        || (keep_subnets(peering, "local_subnets", own)
                            & keep_subnets(peering, "remote_subnets", other))
                });
            });
        }
    });
}

/// Returns whether a peering connects both virtual networks as a whole.
fn is_whole(peering: &Value) -> bool {
    peering.get("peer_complete_virtual_networks") != Some(&Value::Bool(false))
}

/// Removes deleted subnets from a list in a peering; returns whether any subnet remains.
fn keep_subnets(peering: &mut Value, key: &str, known: Option<&BTreeSet<String>>) -> bool {
    let exists = |name: &str| known.is_some_and(|known| known.contains(&name.to_ascii_lowercase()));
    each_list(peering, &[key], &mut |list| list.retain(|name| name.as_str().is_some_and(exists)));
    !items(peering, key).is_empty()
}

/// Returns the names of the entries in a list.
fn names(list: Option<&Value>) -> BTreeSet<String> {
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| text(entry, "name")).map(str::to_owned).collect()
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn texts<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    items(value, key).iter().filter_map(Value::as_str)
}
