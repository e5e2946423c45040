//! Networks of sites that are alike, nearly alike and not alike at all, for tests.

use proptest::prelude::*;

/// How a branch is attached.
const CIRCUITS: [&str; 6] = [
    "[er1]",
    "[{name: er1, metric: 10}]",
    "[er1, er2]",
    "[{name: er2, metric: 10}, {name: er1, metric: 20}]",
    "[{name: er1, metric: 10, import: low}]",
    "[]",
];

/// What it has of the internet; `N` stands for its number.
const INTERNET: [&str; 9] = [
    "internet: {nat: [198.18.0.N/32]}",
    "internet: {nat: [198.18.0.N/32]}",
    "internet: {nat: [198.18.1.0/28], stateful: false}",
    "internet: {nat: [198.18.0.N/32], default_route: none}",
    "internet: {nat: [198.18.0.N/32], state: down}",
    "internet: {nat: [198.18.0.N/32], import: named}",
    "internet: {name: out-N, provider_autonomous_system: 64999}",
    "internet: {nat: [198.51.100.N/32], advertised: [198.51.100.N/32]}",
    "published: []",
];

/// What else it has.
const MORE: [&str; 7] = [
    "",
    "",
    "",
    ", vpn: [{name: t-N, virtual_networks: [hub]}]",
    ", static_routes: [{prefix: 203.0.113.0/24, via: discard}]",
    ", decision_process: {compare_router_id: true}",
    ", autonomous_system: 65010",
];

prop_compose! {
    /// A network file.
    pub(crate) fn generated()(
        kinds in prop::collection::vec((0..CIRCUITS.len(), 0..INTERNET.len(), 0..MORE.len()), 1..4),
        sites in prop::collection::vec(any::<prop::sample::Index>(), 2..7),
        data_center in any::<bool>(),
        gateway_table in any::<bool>(),
        advertised in prop::sample::select(vec!["10.0.0.0/8", "10.0.1.0/24, 10.0.2.0/24", "0.0.0.0/0"]),
        nested in any::<bool>(),
    ) -> String {
        let mut text = "version: 1\nsites:\n".to_owned();
        if data_center {
            text.push_str(
                "  - {name: dc, prefixes: [10.9.0.0/16], internet: {nat: [198.18.9.0/28]}, circuits: [er1, er2]}\n",
            );
        }
        for (number, index) in sites.iter().enumerate() {
            let (circuits, internet, more) = *index.get(&kinds);
            // One route map names the session of this one.
            let internet = if number == 1 && [6, 8].contains(&internet) { 5 } else { internet };
            let of = |text: &str| text.replace('N', &number.to_string());
            let (internet, more) = (of(INTERNET[internet]), of(MORE[more]));
            let inner = if nested && number == 1 { format!(", 10.0.0.{}/28", number * 16) } else { String::new() };
            text.push_str(&format!(
                "  - {{name: br-{number}, prefixes: [10.0.{number}.0/24, \"fd00:{number}::/64\"{inner}], circuits: {}, {internet}{more}}}\n",
                CIRCUITS[circuits]
            ));
        }
        let table = if gateway_table { ", route_table: gw" } else { "" };
        text.push_str(&format!(
            "circuits:\n  - {{name: er1, peering_location: London, sku: premium, bandwidth: 1 Gbps, microsoft_peering: \
             {{route_filter: [UK South], advertised: [198.51.100.0/24], nat: [198.51.100.0/28], import: p}}, private_peering: \
             {{virtual_networks: [hub], advertised: [{advertised}], import: p}}}}\n  - {{name: er2, peering_location: London, \
             sku: standard, bandwidth: 1 Gbps, microsoft_peering: {{route_filter: [UK South, UK West], advertised: \
             [198.51.100.0/25], nat: [198.51.100.16/28]}}}}\nvirtual_networks:\n  - name: hub\n    region: uksouth\n    \
             prefixes: [172.16.0.0/16]\n    gateway: {{circuits: [{{circuit: er1}}]}}\n    peerings: [{{virtual_network: spoke, \
             allow_gateway_transit: true}}]\n    subnets:\n      - {{name: GatewaySubnet, prefixes: [172.16.0.0/26]{table}}}\n      \
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
