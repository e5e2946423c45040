//! Generates networks for tests, with sites that are identical, similar or entirely different.

use std::sync::OnceLock;

use proptest::prelude::*;

use crate::catalog::{Catalog, Cloud};
use crate::diag::Source;
use crate::network::{self, Network};

/// Returns the built-in lists of the public cloud, read once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

/// Reads the network in a generated file.
///
/// # Panics
///
/// If the reader rejects it.
pub(crate) fn read(text: &str) -> Network {
    let (network, found) = network::read(&Source::new("network.yaml", text.to_owned()), catalog());
    let all: Vec<String> = found.iter().map(ToString::to_string).collect();
    network.unwrap_or_else(|| panic!("{all:?}\n{text}"))
}

/// How a branch is attached.
const CIRCUITS: [&str; 10] = [
    "[er1]",
    "[{name: er1, metric: 10}]",
    "[er1, er2]",
    "[{name: er1, stateful: true}, {name: er2, stateful: true}]",
    "[{name: er2, stateful: true}, {name: er1, stateful: false}]",
    "[{name: er2, metric: 10}, {name: er1, metric: 20}]",
    "[{name: er1, metric: 10, import: low}]",
    "[{name: er1, connections: [primary]}]",
    "[{name: er1, connections: [secondary], import: low}, er2]",
    "[]",
];

/// The internet edge of a branch; `N` stands for its number.
const INTERNET: [&str; 10] = [
    "internet: {nat: [198.18.0.N/32]}",
    "internet: {nat: [198.18.0.N/32]}",
    "internet: {nat: [198.18.1.0/28], stateful: false}",
    "internet: {nat: [198.18.0.N/32], default_route: none}",
    "internet: {nat: [198.18.0.N/32], state: down}",
    "internet: {nat: [198.18.0.N/32], import: named}",
    "internet: {name: out-N, provider_autonomous_system: 64999}",
    "internet: {nat: [198.51.100.N/32], advertised: [198.51.100.N/32]}",
    "published: []",
    "internet: {nat: [198.18.0.N/32], deny: [{tag: AzureCloud.uksouth, except: [{prefix: 20.0.0.0/8}]}, {prefix: \"2603:1020::/32\"}]}",
];

/// Further settings of a branch.
const MORE: [&str; 8] = [
    "",
    "",
    "",
    ", vpn: [{name: t-N, virtual_networks: [hub]}]",
    ", static_routes: [{prefix: 203.0.113.0/24, via: discard}]",
    ", static_routes: [{community: UK South, via: discard, distance: 250}, {tag: AzureCloud.ukwest, via: discard, distance: 150}]",
    ", decision_process: {compare_router_id: true}",
    ", autonomous_system: 65010",
];

/// The proxy of a branch's clients, at the site `P`.
const PROXIES: [&str; 7] = [
    "",
    "",
    "",
    ", proxy: {site: P}",
    ", proxy: {site: P, for: [{tag: AzureCloud.uksouth}, {prefix: 203.0.113.0/24}, {prefix: 172.16.0.0/15}], except: [{prefix: 20.0.0.0/8}]}",
    ", proxy: {site: P, for: [{community: UK South}, {prefix: \"2603:1020::/32\"}, {prefix: \"64:ff9b::/96\"}]}",
    ", proxy: {site: P, over: internet}",
];

/// The Route Server of the hub.
const ROUTE_SERVERS: [&str; 4] = [
    "",
    "",
    "    appliances: [{name: n, addresses: [172.16.2.4], stateful: true}]\n    route_server: {branch_to_branch: true, peers: [{appliance: n, \
     advertises: [10.0.1.0/24, 10.64.0.0/16]}]}\n",
    "    appliances: [{name: n, addresses: [172.16.2.4]}, {name: o, addresses: [172.16.2.5]}]\n    route_server: {routing_preference: vpn, \
     branch_to_branch: true, peers: [{appliance: n, advertises: [10.64.0.0/16]}, {appliance: o, advertises: [10.0.2.0/24, 10.64.0.0/16]}]}\n",
];

prop_compose! {
    /// Generates a network file.
    pub(crate) fn generated()(
        kinds in prop::collection::vec((0..CIRCUITS.len(), 0..INTERNET.len(), 0..MORE.len()), 1..4),
        sites in prop::collection::vec(any::<prop::sample::Index>(), 2..7),
        proxies in prop::collection::vec((0..PROXIES.len(), any::<bool>()), 6),
        data_center in any::<bool>(),
        gateway_table in any::<bool>(),
        advertised in prop::sample::select(vec!["10.0.0.0/8", "10.0.1.0/24, 10.0.2.0/24", "0.0.0.0/0"]),
        nested in any::<bool>(),
        route_server in prop::sample::select(ROUTE_SERVERS.to_vec()),
    ) -> String {
        let mut text = "version: 1\nsites:\n".to_owned();
        if data_center {
            text.push_str(
                "  - {name: dc, prefixes: [10.9.0.0/16], internet: {nat: [198.18.9.0/28]}, circuits: [er1, er2]}\n",
            );
        }
        let mut has_internet = Vec::new();
        for (number, index) in sites.iter().enumerate() {
            let (circuits, internet, more) = *index.get(&kinds);
            has_internet.push(INTERNET[internet].starts_with("internet"));
            // One route map refers to the session of this branch.
            let internet = if number == 1 && [6, 8].contains(&internet) { 5 } else { internet };
            let of = |text: &str| text.replace('N', &number.to_string());
            let (internet, more) = (of(INTERNET[internet]), of(MORE[more]));
            // A proxy is at the data center or at a branch before this one, so there is no loop.
            let (proxy, far) = proxies[number];
            let at = match number {
                0 if data_center => Some(("dc".to_owned(), true)),
                0 => None,
                _ if far => Some(("br-0".to_owned(), has_internet[0])),
                _ => Some((format!("br-{}", number - 1), has_internet[number - 1])),
            };
            let proxy = at.filter(|(_, edge)| *edge && has_internet[number] || !PROXIES[proxy].contains("over"));
            let proxy = proxy.map(|(site, _)| PROXIES[proxies[number].0].replace('P', &site)).unwrap_or_default();
            let inner = if nested && number == 1 { format!(", 10.0.0.{}/28", number * 16) } else { String::new() };
            text.push_str(&format!(
                "  - {{name: br-{number}, prefixes: [10.0.{number}.0/24, \"fd00:{number}::/64\"{inner}], circuits: {}, {internet}{more}{proxy}}}\n",
                CIRCUITS[circuits]
            ));
        }
        if nested {
            text.push_str("nat64: [{prefix: \"64:ff9b::/96\", site: br-1}, {prefix: \"fd00:1::/96\", site: br-0}]\n");
        }
        let table = if gateway_table { ", route_table: gw" } else { "" };
        text.push_str(&format!(
            "circuits:\n  - {{name: er1, peering_location: London, sku: premium, bandwidth: 1 Gbps, microsoft_peering: \
             {{route_filter: [UK South], advertised: [198.51.100.0/24], nat: [198.51.100.0/28], import: p}}, private_peering: \
             {{virtual_networks: [hub], advertised: [{advertised}], import: p}}}}\n  - {{name: er2, peering_location: London, \
             sku: standard, bandwidth: 1 Gbps, microsoft_peering: {{route_filter: [UK South, UK West], advertised: \
             [198.51.100.0/25], nat: [198.51.100.16/28]}}}}\nvirtual_networks:\n  - name: hub\n    region: uksouth\n    \
             prefixes: [172.16.0.0/16]\n    gateway: {{circuits: [{{circuit: er1}}], active_active: true}}\n{route_server}    peerings: [{{virtual_network: \
             spoke, allow_gateway_transit: true}}]\n    subnets:\n      - {{name: nva, prefixes: [172.16.2.0/26]}}\n      - {{name: GatewaySubnet, prefixes: [172.16.0.0/26]{table}}}\n      \
             - {{name: AzureFirewallSubnet, prefixes: [172.16.1.0/26]}}\n  - name: spoke\n    region: uksouth\n    prefixes: \
             [172.17.0.0/16]\n    peerings: [{{virtual_network: hub, use_remote_gateways: true}}]\n    subnets: [{{name: app, \
             prefixes: [172.17.1.0/24], route_table: sp}}, {{name: plain, prefixes: [172.17.2.0/24]}}]\nroute_tables:\n  \
             - {{name: gw, routes: [{{prefix: 172.17.0.0/16, next_hop: virtual-appliance 172.16.1.4}}]}}\n  - {{name: sp, \
             disable_bgp_route_propagation: true, routes: [{{prefix: 0.0.0.0/0, next_hop: virtual-appliance 172.16.1.4}}]}}\n\
             route_maps:\n  - {{name: p, clauses: [{{set: {{local_preference: 200}}}}]}}\n  - {{name: low, clauses: [{{set: \
             {{local_preference: 50}}}}]}}\n  - {{name: named, clauses: [{{match: {{peers: [br-1-internet]}}, action: deny}}, \
             {{set: {{local_preference: 300}}}}]}}\n"
        ));
        text
    }
}

/// The settings of a spoke's subnet, in addition to its name and prefix; `N` stands for the number of the spoke.
const SUBNETS: [&str; 9] = [
    "",
    "",
    ", route_table: sp",
    ", route_table: sp",
    ", route_table: odd",
    ", default_outbound_access: false",
    ", private_endpoints: [{name: pe, address: 172.20.N.9}]",
    ", service_endpoints: [Microsoft.Sql]",
    ", route_table: own-N",
];

/// The settings of a spoke's peering with the hub.
const PEERINGS: [&str; 5] = [
    "use_remote_gateways: true",
    "use_remote_gateways: true",
    "use_remote_gateways: false",
    "use_remote_gateways: true, allow_forwarded_traffic: false",
    "use_remote_gateways: true, allow_virtual_network_access: false",
];

/// Further settings of a spoke.
const BESIDE: [&str; 4] = [
    "",
    "",
    "\n      - {name: db, prefixes: [172.20.N.64/27], route_table: sp}",
    "\n    appliances: [{name: nva, addresses: [172.20.N.5], stateful: true}]",
];

/// How packets that arrive over the circuit leave the company again at the edge of the site, and the circuit over which
/// they leave.
const PAST: [(&str, &str); 5] = [
    ("internet: {nat: [198.18.0.0/28]}, circuits: [er1]", ""),
    ("circuits: [er1]", ""),
    (
        "internet: {nat: [198.18.0.0/28], deny: [{tag: AzureCloud.uksouth}, {prefix: 192.0.0.0/4}]}, circuits: [er1]",
        "",
    ),
    (
        "internet: {nat: [198.18.0.0/28]}, circuits: [er1, {name: er2, import: high}]",
        "  - {name: er2, peering_location: London, sku: premium, bandwidth: 1 Gbps, microsoft_peering: {route_filter: [UK South, \
         West Europe], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}}\n",
    ),
    (
        "internet: {nat: [198.18.0.0/28], advertised: [198.51.100.0/24]}, circuits: [er1, er2]",
        "  - {name: er2, peering_location: Paris, sku: standard, bandwidth: 1 Gbps, microsoft_peering: {route_filter: [UK South, \
         West Europe], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}}\n",
    ),
];

/// Virtual networks that are identical, except that they are associated with different tables of the virtual hub.
const AT_HUB: &str = "  - {name: w-0, prefixes: [172.30.0.0/24], subnets: [{name: app, prefixes: [172.30.0.0/27]}]}\n  \
    - {name: w-1, prefixes: [172.30.1.0/24], subnets: [{name: app, prefixes: [172.30.1.0/27]}]}\n  \
    - {name: w-2, prefixes: [172.30.2.0/24], subnets: [{name: app, prefixes: [172.30.2.0/27]}]}\nvirtual_hubs:\n  \
    - name: vhub\n    region: uksouth\n    prefix: 172.31.0.0/23\n    circuits: [er1]\n    branches_propagate: [default, apart]\n    \
    route_tables: [{name: default}, {name: isolated, labels: [apart]}]\n    connections:\n      - {virtual_network: w-0}\n      \
    - {virtual_network: w-1, associated: isolated}\n      - {virtual_network: w-2}\n";

/// The Route Server of the hub of spokes.
const SPOKES_SERVERS: [&str; 4] = [
    "    route_server: {branch_to_branch: true, peers: [{appliance: fw, advertises: [10.64.0.0/16]}]}\n",
    "    route_server: {peers: [{appliance: fw, advertises: [0.0.0.0/0, 10.0.0.0/17]}]}\n",
    "    route_server: {routing_preference: as-path, branch_to_branch: true, peers: [{appliance: fw, through: subnet, advertises: \
     [10.0.0.0/8, {prefix: 10.65.0.0/16, no_advertise: true}]}]}\n",
    "    route_server: {routing_preference: vpn, branch_to_branch: true, peers: [{appliance: fw, next_hop: 172.16.1.9, through: \
     tunnel, advertises: [10.1.0.0/16, 172.20.0.0/14]}]}\n",
];

prop_compose! {
    /// As [`spokes`], with a Route Server in the hub that is replaced by another one in the change.
    pub(crate) fn spokes_beside_route_server()(
        (before, after) in spokes(),
        servers in prop::array::uniform2(prop::sample::select(SPOKES_SERVERS.to_vec())),
    ) -> (String, String) {
        const HUB: &str = "    appliances: [{name: fw";
        let with = |text: &str, server: &str| text.replacen(HUB, &format!("{server}{HUB}"), 1);
        (with(&before, servers[0]), with(&after, servers[1]))
    }
}

prop_compose! {
    /// Generates the network files, before and after a change, of a hub with spokes that are identical, similar or
    /// entirely different.
    pub(crate) fn spokes()(
        kinds in prop::collection::vec((0..SUBNETS.len(), 0..PEERINGS.len(), 0..BESIDE.len()), 1..4),
        spokes in prop::collection::vec(any::<prop::sample::Index>(), 3..8),
        changed in any::<prop::sample::Index>(),
        becomes in (0..SUBNETS.len(), 0..PEERINGS.len(), 0..BESIDE.len()),
        gateway_table in any::<bool>(),
        tunnel in any::<bool>(),
        dual in any::<bool>(),
        joined in any::<bool>(),
        advertised in prop::sample::select(vec!["10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0", "172.20.1.0/28, 10.0.0.0/16"]),
        to in prop::sample::select(vec!["virtual-appliance 172.16.1.4", "internet", "none", "virtual-network-gateway"]),
        translates in any::<bool>(),
        past in 0..PAST.len(),
        linked in any::<bool>(),
        split in any::<bool>(),
        hub in prop::bool::weighted(0.2),
        proxies in prop::array::uniform2(0..6_usize),
    ) -> (String, String) {
        let text = |changes: bool| {
            let kind = |number: usize, index: &prop::sample::Index| {
                if changes && number == changed.index(spokes.len()) { becomes } else { *index.get(&kinds) }
            };
            let tunnel = if tunnel { "vpn: [{name: t, virtual_networks: [hub]}]" } else { "" };
            let (edge, circuit) = PAST[past];
            let (near, wan) = match (linked, split) {
                (true, true) => ("[{name: er1, connections: [secondary]}]", "wan: [{name: w, sites: [dc, br]}]\n"),
                (true, false) => ("[]", "wan: [{name: w, sites: [dc, br]}]\n"),
                (false, _) => ("[{name: er1, metric: 10}]", ""),
            };
            let own = if split { "circuits: [{name: er1, connections: [primary]}" } else { "circuits: [er1" };
            let edge = edge.replace("circuits: [er1", own);
            // The company's network leads to the proxy, unless it has a tunnel of its own.
            let proxy = PROXIES[proxies[usize::from(changes)]].replace('P', "dc");
            let mut text = format!(
                "version: 1\nsites:\n  - {{name: dc, prefixes: [10.0.0.0/16, \"fd00:1::/48\"], {edge}, {tunnel}}}\n  - {{name: br, \
                 prefixes: [10.1.0.0/16], internet: {{nat: [198.18.1.0/28]}}, circuits: {near}{proxy}}}\n{wan}route_maps: [{{name: high, \
                 clauses: [{{set: {{local_preference: 200}}}}]}}]\ncircuits:\n{circuit}  - {{name: er1, peering_location: London, sku: \
                 premium, bandwidth: 1 Gbps, private_peering: {{virtual_networks: [hub], advertised: [{advertised}]}}}}\n\
                 virtual_networks:\n"
            );
            let table = if gateway_table { ", route_table: gw" } else { "" };
            text.push_str(&format!(
                "  - name: hub\n    region: uksouth\n    prefixes: [172.16.0.0/16, \"fd20:ffff::/48\"]\n    gateway: \
                 {{circuits: [{{circuit: er1}}]}}\n    subnets:\n      - {{name: GatewaySubnet, prefixes: \
                 [172.16.0.0/26]{table}}}\n      - {{name: AzureFirewallSubnet, prefixes: [172.16.1.0/26]}}\n    peerings:\n"
            ));
            for number in 0..spokes.len() {
                text.push_str(&format!("      - {{virtual_network: s-{number}, allow_gateway_transit: true}}\n"));
            }
            let ranges = if translates { ", snat_private_ranges: [10.0.0.0/8]" } else { "" };
            text.push_str(&format!(
                "    appliances: [{{name: fw, addresses: [172.16.1.4]{ranges}}}]\n"
            ));
            let mut tables = String::new();
            for (number, index) in spokes.iter().enumerate() {
                let (subnet, peering, beside) = kind(number, index);
                let of = |text: &str| text.replace('N', &number.to_string());
                let (six, own_six) = if dual {
                    (format!(", \"fd20:{number}::/48\""), format!(", \"fd20:{number}::/64\""))
                } else {
                    (String::new(), String::new())
                };
                let next = (number + 1) % spokes.len();
                let before = (number + spokes.len() - 1) % spokes.len();
                let other = match number {
                    0 if joined => format!(", {{virtual_network: s-{next}}}"),
                    1 if joined => format!(", {{virtual_network: s-{before}}}"),
                    _ => String::new(),
                };
                text.push_str(&format!(
                    "  - name: s-{number}\n    region: uksouth\n    prefixes: [172.20.{number}.0/24{six}]\n    peerings: \
                     [{{virtual_network: hub, {}}}{other}]\n    subnets:\n      - {{name: app, prefixes: \
                     [172.20.{number}.0/27{own_six}]{}}}{}\n",
                    PEERINGS[peering], of(SUBNETS[subnet]), of(BESIDE[beside]),
                ));
                tables.push_str(&format!(
                    "  - {{name: own-{number}, routes: [{{prefix: 172.20.0.0/16, next_hop: virtual-appliance \
                     172.20.{number}.5}}]}}\n"
                ));
            }
            if hub {
                text.push_str(AT_HUB);
            }
            let to = if changes { to } else { "virtual-appliance 172.16.1.4" };
            text.push_str(&format!(
                "route_tables:\n{tables}  - {{name: gw, routes: [{{prefix: 172.20.0.0/16, next_hop: virtual-appliance \
                 172.16.1.4}}]}}\n  - {{name: sp, disable_bgp_route_propagation: true, routes: [{{prefix: 0.0.0.0/0, \
                 next_hop: {to}}}, {{prefix: 172.20.2.0/28, next_hop: none}}]}}\n  - {{name: odd, routes: [{{prefix: 172.20.0.0/16, next_hop: \
                 virtual-appliance 172.16.1.4}}, {{prefix: 10.0.128.0/17, next_hop: none}}]}}\n"
            ));
            text
        };
        (text(false), text(true))
    }
}
