//! What a subnet does, held to Azure's effective route tables of network interfaces in `../shared/data/azure-exports`.
//!
//! ```text
//! table ─┬─▶ network file (address spaces, user routes, what the gateway learned) ─▶ engine ─┐
//!        └─▶ longest active prefix, by hand ────────────────────────────────────────────────┴─▶ the same disposition
//! ```
//!
//! The system's own routes are in the table and not in the network file: so the engine must have them, and have none that the table
//! lacks.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use libtest_mimic::Trial;
use peerpath::addr::IpPrefix;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs, Vantage};
use peerpath::network;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/azure-exports");

/// The tables; what documentation shortened is among them.
const TABLES: [&str; 6] = [
    "arm-examples-2021-02-01/NetworkInterfaceEffectiveRouteTableList.json",
    "lab-cli/dual-hub-hubless-region-ars__baseline-pre-delta3__15-effective-routes-c1-ep.json",
    "lab-cli/dual-hub-interconnect-ars-route-policy__new__square-faults__normal__effective-nic-vm-hub2-ep.json",
    "lab-cli/dual-hub-interconnect-ars-route-policy__new__square-faults__normal__effective-nic-vm-onprem-ep.json",
    "lab-cli/dual-hub-interconnect-ars-route-policy__new__square-faults__normal__effective-nic-vm-onprem2-ep.json",
    "recorded/api2023_nic_effective_route_table_or_nsg.json",
];

/// Addresses that tell a route that drops from a default route, in every table.
const PRIVATE: [&str; 5] = ["10.99.0.1", "100.64.0.1", "172.31.0.1", "192.168.200.1", "8.8.8.8"];

/// Those of which documentation says nothing.
const RESERVED: [&str; 3] = ["198.18.0.1", "25.4.0.1", "40.109.0.1"];

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let missing = !Path::new(DATA).is_dir();
    let trial = |table: &'static str| {
        let run = move || {
            agree(table);
            Ok(())
        };
        Trial::test(table.rsplit("__").next().unwrap(), run).with_ignored_flag(missing)
    };
    TABLES.map(trial).into()
}

/// An active route.
struct Route {
    prefix: IpPrefix,
    source: String,
    next_hop: String,
    address: Option<String>,
}

fn routes(table: &str) -> Vec<Route> {
    let text = fs::read_to_string(Path::new(DATA).join(table)).unwrap();
    // Recorders put notes before and behind the table.
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let json: serde_json::Value = serde_json::from_str(&text.join("\n")).unwrap();
    let body = json.pointer("/responses/200/body").unwrap_or(&json);
    let word = |route: &serde_json::Value, key: &str| route[key].as_str().unwrap().to_owned();
    let rows = body["value"].as_array().unwrap().iter().filter(|row| row["state"] == "Active");
    rows.flat_map(|row| {
        row["addressPrefix"].as_array().unwrap().iter().map(move |prefix| Route {
            prefix: prefix.as_str().unwrap().parse().unwrap(),
            source: word(row, "source"),
            next_hop: word(row, "nextHopType"),
            address: row["nextHopIpAddress"][0].as_str().map(str::to_owned),
        })
    })
    .collect()
}

/// The network that has this table, the system's own routes aside.
fn network_of(routes: &[Route]) -> String {
    let of = |source: &str, next_hop: &[&str]| -> Vec<&Route> {
        let all = routes.iter().filter(|one| one.source == source);
        all.filter(|one| next_hop.contains(&one.next_hop.as_str())).collect()
    };
    let list = |all: &[&Route]| all.iter().map(|one| one.prefix.to_string()).collect::<Vec<_>>().join(", ");
    let own = of("Default", &["VnetLocal"]);
    let peered = of("Default", &["VNetPeering", "VNetGlobalPeering"]);
    let learned = of("VirtualNetworkGateway", &["VirtualNetworkGateway"]);
    let mut text = String::from(
        "version: 1\nsites: [{name: here, prefixes: [203.0.113.0/24], circuits: [c]}]\ncircuits:\n  - {name: c, \
         peering_location: Amsterdam, sku: premium, bandwidth: 1 Gbps, private_peering: {virtual_networks: [own]",
    );
    let _ = writeln!(text, ", advertised: [{}]}}}}\nvirtual_networks:", list(&learned));
    let peerings: Vec<String> =
        (0..peered.len()).map(|index| format!("{{virtual_network: peer{index}}}")).collect();
    let _ = writeln!(
        text,
        "  - {{name: own, region: westeurope, prefixes: [{}], peerings: [{}], subnets: [{{name: s, prefixes: [{}], route_table: t}}]}}",
        list(&own),
        peerings.join(", "),
        own[0].prefix,
    );
    for (index, peer) in peered.iter().enumerate() {
        let _ = writeln!(
            text,
            "  - {{name: peer{index}, region: westeurope, prefixes: [{}], peerings: [{{virtual_network: own}}]}}",
            peer.prefix
        );
    }
    let user = of("User", &["VirtualAppliance"]).into_iter().map(|one| {
        format!("{{prefix: {}, next_hop: virtual-appliance {}}}", one.prefix, one.address.as_ref().unwrap())
    });
    let _ = writeln!(text, "route_tables: [{{name: t, routes: [{}]}}]", user.collect::<Vec<_>>().join(", "));
    text
}

fn agree(table: &str) {
    let routes = routes(table);
    let text = network_of(&routes);
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let (read, found) = network::read(&Source::new("network.yaml", text.clone()), &catalog);
    let network = read
        .unwrap_or_else(|| panic!("{:?}\n{text}", found.iter().map(ToString::to_string).collect::<Vec<_>>()));
    let subnet = Vantage::all(&network).find(|one| matches!(one, Vantage::Subnet(..))).unwrap();
    let engine = Engine::compile_at(Inputs::new(&network, &catalog), subnet).unwrap();
    let ends = routes.iter().filter(|one| one.prefix.length() > 0);
    let ends = ends.flat_map(|one| [one.prefix.first(), one.prefix.last()]);
    let reserved: &[&str] = if table.starts_with("arm-examples") { &[] } else { &RESERVED };
    let chosen = PRIVATE.iter().chain(reserved).map(|address| address.parse::<IpAddr>().unwrap());
    // Loopback leaves no host, whatever a table says.
    for address in ends.chain(chosen).filter(|address| !address.is_loopback()) {
        let covering = routes.iter().filter(|one| one.prefix.contains(address));
        let longest = covering.max_by_key(|one| one.prefix.length()).unwrap();
        let decision = engine.decision(engine.decide(address));
        let expected: &[&str] = match longest.next_hop.as_str() {
            "VnetLocal" | "VNetPeering" | "VNetGlobalPeering" => &["azure-backbone"],
            "VirtualNetworkGateway" => &["private-peering"],
            "VirtualAppliance" => &["unknown"],
            "Internet" => &["internet", "azure-backbone"],
            "None" => &["discarded"],
            other => panic!("{other} in {table}"),
        };
        let path = decision.disposition.to_string();
        assert!(expected.contains(&path.as_str()), "{address} by {}: {path}", longest.prefix);
    }
}
