//! Merges Azure's side from a plan or template into a network file that has everything else.
//!
//! Resources match by name. Declared resources replace these parts of the file: a circuit's location, rate and SKU, a
//! peering's filter, prefixes and state, virtual networks with their subnets, gateways and peerings, and route
//! tables. Parts that a plan or template never contains stay as in the network file: sites, route maps, NAT pools,
//! routes advertised on private peering, prepending, authorization, the state of connections, and tunnels. Resources
//! in the file that nothing declares also stay; resources that were declared before and no longer are get removed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::addr::IpPrefix;
use crate::import::azure::flatten::has_id;
use crate::import::azure::{Finding, Imported, Site};
use crate::import::declared::Declared;
use crate::network::file::{
    ApplianceEntry, AttachmentItem, CircuitEntry, GatewayEntry, MicrosoftPeeringEntry, NetworkFile,
    PrivateEndpointEntry, PrivatePeeringEntry, SubnetEntry, UnsupportedEntry, VirtualNetworkEntry,
};

/// The resources declared on either side: kind and name of each, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    all: BTreeSet<(String, String)>,
}

impl Described {
    /// Adds the resources of one side.
    pub(super) fn add(&mut self, declared: &Declared) {
        let ids = declared.resources.iter().filter_map(|resource| resource.get("id")?.as_str());
        for id in ids {
            self.all.extend(kind_and_name(id));
        }
        for association in &declared.associations {
            let subnet = kind_and_name(&association.subnet);
            self.all.extend(subnet.map(|(_, name)| ("associations".to_owned(), name)));
        }
        self.add_links(declared);
        for resource in &declared.resources {
            let (Some(id), Some(subnets)) = (
                resource.get("id").and_then(Value::as_str),
                resource.pointer("/properties/subnets").and_then(Value::as_array),
            ) else {
                continue;
            };
            let names = subnets.iter().filter_map(|subnet| subnet.get("name")?.as_str());
            self.all.extend(names.filter_map(|name| kind_and_name(&format!("{id}/subnets/{name}"))));
        }
    }

    /// Adds the connections between circuits and the virtual networks of gateways.
    fn add_links(&mut self, declared: &Declared) {
        let text = |resource: &Value, pointer: &str| {
            resource.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
        };
        for connection in &declared.resources {
            let (Some(gateway), Some(circuit)) = (
                text(connection, "/properties/virtualNetworkGateway1/id"),
                text(connection, "/properties/peer/id").and_then(|id| kind_and_name(&id)),
            ) else {
                continue;
            };
            let gateway = declared.resources.iter().find(|resource| has_id(resource, &gateway));
            let configurations = gateway.and_then(|gateway| gateway.pointer("/properties/ipConfigurations"));
            for configuration in configurations.and_then(Value::as_array).into_iter().flatten() {
                let subnet = text(configuration, "/properties/subnet/id").and_then(|id| kind_and_name(&id));
                let network = subnet.and_then(|(_, name)| name.split('/').next().map(str::to_owned));
                self.all
                    .extend(network.map(|network| ("links".to_owned(), format!("{}/{network}", circuit.1))));
            }
        }
    }

    fn has(&self, kind: &str, name: &str) -> bool {
        self.all.contains(&(kind.to_owned(), name.to_ascii_lowercase()))
    }
}

/// Returns `virtualnetworks/subnets` and `hub/apps` of an id.
fn kind_and_name(id: &str) -> Option<(String, String)> {
    let id = id.to_ascii_lowercase();
    let (_, rest) = id.split_once("/providers/microsoft.network/")?;
    let parts = rest.split('/').collect::<Vec<_>>();
    let every = |from: usize| parts.iter().skip(from).step_by(2).copied().collect::<Vec<_>>().join("/");
    Some((every(0), every(1)))
}

/// Returns the sites of a file by name and prefixes, for an import that requires sites.
pub(super) fn sites(base: &NetworkFile) -> Vec<Site> {
    let sites = base.sites.iter().map(|site| Site {
        name: site.name.clone(),
        prefixes: site.prefixes.iter().filter_map(|prefix| prefix.parse().ok()).collect(),
    });
    sites.collect()
}

/// Returns whether the file has a route table with the resource's name.
pub(super) fn has_table(base: Option<&NetworkFile>, resource: &Value) -> bool {
    let name = resource.get("name").and_then(Value::as_str).unwrap_or_default();
    base.is_some_and(|base| base.route_tables.iter().any(|table| table.name.eq_ignore_ascii_case(name)))
}

/// Collects all ids in a value, in lower case, except its own.
pub(super) fn mentions(resource: &Value, found: &mut BTreeSet<String>) {
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

/// Returns stand-ins for circuits and virtual networks that other resources belong to or refer to, that are not
/// declared, and that the file contains.
pub(super) fn stand_ins(declared: &Declared, base: &NetworkFile) -> Vec<Value> {
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

/// Builds what the import requires of a circuit; its actual properties stay as in the file.
fn circuit_of(id: &str, circuit: &CircuitEntry) -> Value {
    let private = circuit.private_peering.iter().map(
        |_| json!({"name": "AzurePrivatePeering", "properties": {"peeringType": "AzurePrivatePeering"}}),
    );
    json!({"id": id, "name": circuit.name, "type": "Microsoft.Network/expressRouteCircuits",
        "sku": {"tier": circuit.sku}, "properties": {
            "peerings": private.collect::<Vec<_>>(),
            "serviceProviderProperties": {"peeringLocation": circuit.peering_location, "bandwidthInMbps": 50}}})
}

/// Merges an import into a network file.
pub(super) fn lay(imported: &mut Imported, described: &Described, base: &NetworkFile) {
    let Some(text) = imported.network.as_deref() else { return };
    // The import has just written this text, so it parses.
    let Ok(file) = serde_saphyr::from_str::<NetworkFile>(text) else { return };
    let heading = text.lines().next().unwrap_or_default().to_owned();
    let mut merged = merge(file, described, base);
    keep_filters(&mut merged, imported, base);
    imported.findings.retain(|finding| !finding.is_of_customer());
    merged.unsupported = unsupported(imported, base);
    imported.network = serde_saphyr::to_string(&merged).ok().map(|text| format!("{heading}\n{text}"));
}

/// Returns the unsupported entries of the file and those that the import adds. A filter of another subscription is
/// already in the file.
fn unsupported(imported: &Imported, base: &NetworkFile) -> Vec<UnsupportedEntry> {
    let mut entries = base.unsupported.clone();
    for finding in &imported.findings {
        let kept = matches!(finding, Finding::FilterMissing { circuit, .. }
        if base.circuits.iter().any(|known| {
            known.name.eq_ignore_ascii_case(circuit) && known.microsoft_peering.is_some()
        }));
        entries.extend(finding.entry().filter(|entry| !kept && !base.unsupported.contains(entry)));
    }
    entries
}

/// Keeps the filters that the export does not contain as they are in the file.
fn keep_filters(merged: &mut NetworkFile, imported: &Imported, base: &NetworkFile) {
    for finding in &imported.findings {
        let Finding::FilterMissing { circuit: name, .. } = finding else { continue };
        let known = base.circuits.iter().find(|circuit| circuit.name.eq_ignore_ascii_case(name));
        let known = known.and_then(|circuit| circuit.microsoft_peering.as_ref());
        let circuit = merged.circuits.iter_mut().find(|circuit| circuit.name.eq_ignore_ascii_case(name));
        if let (Some(known), Some(peering)) =
            (known, circuit.and_then(|circuit| circuit.microsoft_peering.as_mut()))
        {
            peering.route_filter.clone_from(&known.route_filter);
        }
    }
}

fn merge(file: NetworkFile, described: &Described, base: &NetworkFile) -> NetworkFile {
    let mut merged = NetworkFile { circuits: Vec::new(), virtual_networks: Vec::new(), ..base.clone() };
    merged.route_tables.retain(|table| !described.has("routetables", &table.name));
    merged.route_tables.extend(file.route_tables);
    for circuit in &base.circuits {
        let new = file.circuits.iter().find(|new| new.name.eq_ignore_ascii_case(&circuit.name));
        let gone = new.is_none() && described.has("expressroutecircuits", &circuit.name);
        if !gone {
            merged
                .circuits
                .push(new.map_or_else(|| circuit.clone(), |new| self::circuit(circuit, new, described)));
        }
    }
    for network in &base.virtual_networks {
        let new = file.virtual_networks.iter().find(|new| new.name.eq_ignore_ascii_case(&network.name));
        let gone = new.is_none() && described.has("virtualnetworks", &network.name);
        if !gone {
            merged
                .virtual_networks
                .push(new.map_or_else(|| network.clone(), |new| self::network(network, new, described)));
        }
    }
    let known = |name: &str| base.circuits.iter().any(|known| known.name.eq_ignore_ascii_case(name));
    merged.circuits.extend(file.circuits.into_iter().filter(|circuit| !known(&circuit.name)));
    let known = |name: &str| base.virtual_networks.iter().any(|known| known.name.eq_ignore_ascii_case(name));
    merged.virtual_networks.extend(file.virtual_networks.into_iter().filter(|network| !known(&network.name)));
    prune(&mut merged);
    prune_peerings(&mut merged);
    merged
}

/// Removes references to deleted resources, and appliances in deleted subnets, which no longer advertise anything to
/// a Route Server.
fn prune(merged: &mut NetworkFile) {
    let circuits = merged.circuits.iter().map(|circuit| circuit.name.clone()).collect::<BTreeSet<_>>();
    let networks =
        merged.virtual_networks.iter().map(|network| network.name.clone()).collect::<BTreeSet<_>>();
    for site in &mut merged.sites {
        if let Some(list) = &mut site.circuits {
            list.retain(|item| match item {
                AttachmentItem::Name(name) => circuits.contains(name),
                AttachmentItem::Entry(entry) => circuits.contains(&entry.name),
            });
        }
        site.vpn.iter_mut().for_each(|vpn| vpn.virtual_networks.retain(|name| networks.contains(name)));
    }
    for circuit in &mut merged.circuits {
        if let Some(private) = &mut circuit.private_peering {
            private.virtual_networks.retain(|name| networks.contains(name));
        }
    }
    for network in &mut merged.virtual_networks {
        network.peerings.retain(|peering| networks.contains(&peering.virtual_network));
        let VirtualNetworkEntry { appliances, subnets, route_server, .. } = network;
        appliances.retain(|appliance| subnets.iter().any(|subnet| is_in(appliance, subnet)));
        if let Some(server) = route_server {
            server.peers.retain(|peer| appliances.iter().any(|appliance| appliance.name == peer.appliance));
        }
        if let Some(gateway) = &mut network.gateway {
            gateway.circuits.retain(|entry| circuits.contains(&entry.circuit));
        }
    }
}

/// Removes deleted subnets from peerings that connect only certain subnets, and removes peerings that then connect
/// none.
fn prune_peerings(merged: &mut NetworkFile) {
    let subnets = merged.virtual_networks.iter().map(|network| {
        let names = network.subnets.iter().map(|subnet| subnet.name.to_ascii_lowercase());
        (network.name.clone(), names.collect::<BTreeSet<_>>())
    });
    let subnets = subnets.collect::<BTreeMap<_, _>>();
    for network in &mut merged.virtual_networks {
        let own = subnets.get(&network.name);
        network.peerings.retain_mut(|peering| {
            if peering.peer_complete_virtual_networks != Some(false) {
                return true;
            }
            let other = subnets.get(&peering.virtual_network);
            for (names, known) in [(&mut peering.local_subnets, own), (&mut peering.remote_subnets, other)] {
                names.retain(|name| known.is_some_and(|known| known.contains(&name.to_ascii_lowercase())));
            }
            !peering.local_subnets.is_empty() && !peering.remote_subnets.is_empty()
        });
    }
}

/// Returns whether an address of the appliance is in the subnet.
fn is_in(appliance: &ApplianceEntry, subnet: &SubnetEntry) -> bool {
    let prefixes = subnet.prefixes.iter().filter_map(|prefix| prefix.parse::<IpPrefix>().ok());
    let prefixes = prefixes.collect::<Vec<_>>();
    let mut addresses = appliance.addresses.iter().filter_map(|address| address.parse().ok());
    addresses.any(|address| prefixes.iter().any(|prefix| prefix.contains(address)))
}

fn circuit(base: &CircuitEntry, new: &CircuitEntry, described: &Described) -> CircuitEntry {
    let mut merged = base.clone();
    if described.has("expressroutecircuits", &base.name) {
        merged.peering_location.clone_from(&new.peering_location);
        merged.sku.clone_from(&new.sku);
        merged.bandwidth.clone_from(&new.bandwidth);
        merged.provider = new.provider.clone().or(merged.provider);
        merged.port = new.port.or(merged.port);
    }
    let has = |kind: &str| described.has("expressroutecircuits/peerings", &format!("{}/{kind}", base.name));
    if has("microsoftpeering") {
        merged.microsoft_peering =
            new.microsoft_peering.as_ref().map(|new| microsoft(base.microsoft_peering.as_ref(), new));
    }
    let base_private = base.private_peering.as_ref();
    merged.private_peering = match &new.private_peering {
        Some(new) => {
            let linked = |network: &str| described.has("links", &format!("{}/{network}", base.name));
            Some(private(base_private, new, linked, has("azureprivatepeering")))
        }
        None if has("azureprivatepeering") => None,
        None => base_private.cloned(),
    };
    merged
}

fn microsoft(base: Option<&MicrosoftPeeringEntry>, new: &MicrosoftPeeringEntry) -> MicrosoftPeeringEntry {
    let mut merged = base.cloned().unwrap_or_default();
    merged.route_filter.clone_from(&new.route_filter);
    merged.advertised.clone_from(&new.advertised);
    merged.autonomous_system = new.autonomous_system;
    merged.state = new.state;
    for (merged, new) in [(&mut merged.primary, &new.primary), (&mut merged.secondary, &new.secondary)] {
        if let Some(merged) = merged {
            // The prefixes that Azure showed with the old filter do not apply to the new one.
            merged.learned = None;
        }
        if let Some(new) = new.as_ref().filter(|new| !new.peer_addresses.is_empty()) {
            merged.get_or_insert_default().peer_addresses.clone_from(&new.peer_addresses);
        }
    }
    merged
}

fn private(
    base: Option<&PrivatePeeringEntry>,
    new: &PrivatePeeringEntry,
    linked: impl Fn(&str) -> bool,
    declared: bool,
) -> PrivatePeeringEntry {
    let mut merged = base.cloned().unwrap_or_default();
    merged.virtual_networks.retain(|name| !linked(name));
    let more = new.virtual_networks.iter().filter(|name| !merged.virtual_networks.contains(name));
    let more = more.cloned().collect::<Vec<_>>();
    merged.virtual_networks.extend(more);
    if declared {
        merged.autonomous_system = new.autonomous_system;
        merged.state = new.state;
    }
    for (merged, new) in [(&mut merged.primary, &new.primary), (&mut merged.secondary, &new.secondary)] {
        if let Some(merged) = merged {
            merged.learned = None;
        }
        if let Some(new) = new.as_ref().filter(|new| !new.peer_addresses.is_empty()) {
            merged.get_or_insert_default().peer_addresses.clone_from(&new.peer_addresses);
        }
    }
    merged
}

fn network(
    base: &VirtualNetworkEntry,
    new: &VirtualNetworkEntry,
    described: &Described,
) -> VirtualNetworkEntry {
    let mut merged = base.clone();
    let whole = described.has("virtualnetworks", &base.name);
    if whole {
        merged.region = new.region.clone().or(merged.region);
        merged.prefixes.clone_from(&new.prefixes);
        merged.bgp_community.clone_from(&new.bgp_community);
    }
    merged.subnets.clear();
    let of = |name: &str| format!("{}/{name}", base.name);
    for subnet in &base.subnets {
        let new = new.subnets.iter().find(|new| new.name.eq_ignore_ascii_case(&subnet.name));
        let declared = described.has("virtualnetworks/subnets", &of(&subnet.name));
        let associated = described.has("associations", &of(&subnet.name));
        merged.subnets.extend(match new {
            None => (!declared).then(|| subnet.clone()),
            Some(new) if declared => Some(SubnetEntry {
                private_endpoints: endpoints(subnet, new, described),
                public_addresses: subnet.public_addresses,
                ..new.clone()
            }),
            Some(new) => Some(SubnetEntry {
                private_endpoints: endpoints(subnet, new, described),
                route_table: if associated { new.route_table.clone() } else { subnet.route_table.clone() },
                ..subnet.clone()
            }),
        });
    }
    let known = |name: &str| base.subnets.iter().any(|known| known.name.eq_ignore_ascii_case(name));
    merged.subnets.extend(new.subnets.iter().filter(|subnet| !known(&subnet.name)).cloned());
    merged.peerings.retain(|peering| {
        let known = new.peerings.iter().any(|new| new.virtual_network == peering.virtual_network);
        let declared = whole && described.has("virtualnetworks", &peering.virtual_network);
        !known && !declared
    });
    merged.peerings.extend(new.peerings.iter().cloned());
    let linked = |circuit: &str| described.has("links", &format!("{circuit}/{}", base.name));
    merged.gateway = gateway(base.gateway.as_ref(), new.gateway.as_ref(), linked);
    merged
}

/// Returns the private endpoints of a subnet: the declared ones, and the others in the file.
fn endpoints(base: &SubnetEntry, new: &SubnetEntry, described: &Described) -> Vec<PrivateEndpointEntry> {
    let old = base.private_endpoints.iter().filter(|old| {
        let known =
            new.private_endpoints.iter().any(|new| new.name == old.name || new.address == old.address);
        !known && !described.has("privateendpoints", &old.name)
    });
    old.chain(&new.private_endpoints).cloned().collect()
}

fn gateway(
    base: Option<&GatewayEntry>,
    new: Option<&GatewayEntry>,
    linked: impl Fn(&str) -> bool,
) -> Option<GatewayEntry> {
    let mut merged = base.or(new)?.clone();
    if base.is_some() {
        let circuits = new.map_or(&[][..], |new| new.circuits.as_slice());
        let known = |name: &str| circuits.iter().any(|entry| entry.circuit == name);
        merged.circuits.retain(|entry| !known(&entry.circuit) && !linked(&entry.circuit));
        merged.circuits.extend(circuits.iter().cloned());
        if let Some(new) = new {
            merged.sku = new.sku.clone().or(merged.sku);
            let remote = new.allow_remote_virtual_network_traffic;
            merged.allow_remote_virtual_network_traffic =
                remote.or(merged.allow_remote_virtual_network_traffic);
            merged.allow_virtual_wan_traffic =
                new.allow_virtual_wan_traffic.or(merged.allow_virtual_wan_traffic);
            if !new.summarized_gateway_prefixes.is_empty() {
                merged.summarized_gateway_prefixes.clone_from(&new.summarized_gateway_prefixes);
            }
        }
    }
    Some(merged)
}

/// Changes every path of a route table that a file names.
pub fn rebase(file: &mut NetworkFile, path: impl Fn(&str) -> String) {
    let change = |slot: &mut Option<String>| {
        if let Some(old) = slot {
            *old = path(old);
        }
    };
    for site in &mut file.sites {
        if let Some(internet) = &mut site.internet {
            change(&mut internet.routes);
        }
    }
    for circuit in &mut file.circuits {
        if let Some(peering) = &mut circuit.microsoft_peering {
            let connections = [&mut peering.primary, &mut peering.secondary];
            connections.into_iter().flatten().for_each(|connection| change(&mut connection.learned));
        }
        if let Some(peering) = &mut circuit.private_peering {
            let connections = [&mut peering.primary, &mut peering.secondary];
            connections.into_iter().flatten().for_each(|connection| change(&mut connection.learned));
        }
    }
}
