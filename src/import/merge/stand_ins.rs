//! Information that an import needs from the network file into which its result is merged.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::import::azure::SiteOption;
use crate::import::declared::Declared;
use crate::network::file::{CircuitEntry, NetworkFile, SubnetEntry, VirtualNetworkEntry};

/// Returns the name and prefixes of each site in a file, because an import requires sites.
pub(in crate::import) fn sites(base: &NetworkFile) -> Vec<SiteOption> {
    let sites = base.sites.iter().map(|site| SiteOption {
        name: site.name.clone(),
        prefixes: site.prefixes.iter().filter_map(|prefix| prefix.parse().ok()).collect(),
    });
    sites.collect()
}

/// Returns whether the file has a route table with the resource's name.
pub(in crate::import) fn has_table(base: Option<&NetworkFile>, resource: &Value) -> bool {
    let name = resource.get("name").and_then(Value::as_str).unwrap_or_default();
    base.is_some_and(|base| base.route_tables.iter().any(|table| table.name.eq_ignore_ascii_case(name)))
}

/// Collects all ids in a resource, in lower case, except the resource's own id.
pub(in crate::import) fn mentions(resource: &Value, found: &mut BTreeSet<String>) {
    match resource {
        Value::String(text) if text.starts_with('/') => {
            found.insert(text.to_ascii_lowercase());
        }
        Value::Array(items) => items.iter().for_each(|item| mentions(item, found)),
        Value::Object(map) if map.contains_key("type") => {
            let inside = map.iter().filter(|(key, _)| *key != "id");
            inside.for_each(|(_, value)| mentions(value, found));
        }
        Value::Object(map) => map.values().for_each(|value| mentions(value, found)),
        _ => {}
    }
}

/// Returns stand-ins for circuits and virtual networks that are not declared but are in the file, and to which declared
/// resources belong or refer.
pub(in crate::import) fn stand_ins(declared: &Declared, base: &NetworkFile) -> Vec<Value> {
    let mut ids = BTreeSet::new();
    for resource in &declared.resources {
        mentions(resource, &mut ids);
        ids.extend(resource.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase));
    }
    ids.extend(declared.associations.iter().map(|association| association.subnet.to_ascii_lowercase()));
    let own = declared.resources.iter().filter_map(|resource| resource.get("id")?.as_str());
    let own = own.map(str::to_ascii_lowercase).collect::<BTreeSet<_>>();
    let mut made = BTreeSet::new();
    let mut found = Vec::new();
    for id in ids {
        for segment in ["/virtualnetworks/", "/expressroutecircuits/"] {
            let Some((head, tail)) = id.split_once(segment) else { continue };
            let name = tail.split('/').next().unwrap_or_default();
            let id = format!("{head}{segment}{name}");
            if own.contains(&id) || made.contains(&id) {
                continue;
            }
            let network = base.virtual_networks.iter().find(|known| known.name.eq_ignore_ascii_case(name));
            let circuit = base.circuits.iter().find(|known| known.name.eq_ignore_ascii_case(name));
            let stand_in = match segment {
                "/virtualnetworks/" => network.map(|network| network_of(&id, network)),
                _ => circuit.map(|circuit| circuit_of(&id, circuit)),
            };
            if let Some(stand_in) = stand_in {
                made.insert(id);
                found.push(stand_in);
            }
        }
    }
    found
}

fn network_of(id: &str, network: &VirtualNetworkEntry) -> Value {
    let subnet = |subnet: &SubnetEntry| json!({"name": subnet.name, "properties": {"addressPrefixes": subnet.prefixes}});
    json!({"id": id, "name": network.name, "type": "Microsoft.Network/virtualNetworks",
        "location": network.region, "properties": {
            "addressSpace": {"addressPrefixes": network.prefixes},
            "subnets": network.subnets.iter().map(subnet).collect::<Vec<_>>()}})
}

/// Builds a circuit with only the properties that an import requires. In the merged file, the circuit's actual
/// properties stay as they are.
fn circuit_of(id: &str, circuit: &CircuitEntry) -> Value {
    let private = circuit.private_peering.iter().map(
        |_| json!({"name": "AzurePrivatePeering", "properties": {"peeringType": "AzurePrivatePeering"}}),
    );
    json!({"id": id, "name": circuit.name, "type": "Microsoft.Network/expressRouteCircuits",
        "sku": {"tier": circuit.sku}, "properties": {
            "peerings": private.collect::<Vec<_>>(),
            "serviceProviderProperties": {"peeringLocation": circuit.peering_location, "bandwidthInMbps": 50}}})
}
