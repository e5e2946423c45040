//! Routers past the first one: what is followed for one address is what the whole space says, forth and back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::OnceLock;

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{
    Decision, Engine, Inputs, Link, LinkState, NextHop, ReturnVerdicts, Session, Vantage, explain_at,
};
use peerpath::network;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

pub(super) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

/// Destinations of routes: sites, the hub, both spokes, parts of them, and all around.
const PREFIXES: [&str; 16] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.1.0/24",
    "10.100.0.0/22",
    "10.100.2.0/24",
    "10.110.0.0/16",
    "10.110.1.0/24",
    "10.120.0.0/16",
    "10.120.1.0/24",
    "203.0.113.0/24",
    "13.64.0.0/11",
    "fd10::/48",
    "fd30:110::/48",
    "fd20::/48",
    "::/0",
];

/// As [`NEXT_HOPS`], of prefixes of IPv6.
const NEXT_HOPS6: [&str; 4] =
    ["virtual-appliance fd20:0:0:1::4", "virtual-appliance fd20:0:0:3::4", "none", "virtual-network"];

/// Next hops: an Azure Firewall, two appliances that are described and one that is not, and the other kinds.
const NEXT_HOPS: [&str; 8] = [
    "virtual-appliance 10.100.1.4",
    "virtual-appliance 10.100.1.4",
    "virtual-appliance 10.100.3.4",
    "virtual-appliance 10.110.9.4",
    "virtual-appliance 10.100.2.9",
    "none",
    "internet",
    "virtual-network",
];

/// Rules of an appliance that lets replies pass.
const DENY: &str = ", stateful: true, deny: [{prefix: 10.110.0.0/16, except: [{prefix: 10.110.1.0/28}]}, {tag: AzureCloud.westeurope}, \
                    {prefix: 10.0.0.0/15}, {prefix: \"fd10::/48\"}]";

/// Rules of an appliance that apply to replies, too.
const DENY_REPLIES: &str =
    ", stateful: false, deny: [{prefix: 10.1.1.0/24}, {prefix: 10.120.1.0/25}, {prefix: \"fd30:110::/48\"}]";

/// Settings of a spoke's peering: on its own side, and on the hub's where they go together.
const PEERINGS: [(&str, &str); 5] = [
    ("", ""),
    (", allow_virtual_network_access: false", ""),
    (", allow_forwarded_traffic: false", ", allow_forwarded_traffic: true"),
    ("", ", allow_forwarded_traffic: false"),
    (
        ", peer_complete_virtual_networks: false, local_subnets: [app], remote_subnets: [AzureFirewallSubnet, wl]",
        ", peer_complete_virtual_networks: false, local_subnets: [AzureFirewallSubnet, wl], remote_subnets: [app]",
    ),
];

/// A route table: whether it propagates, and its routes.
fn table() -> impl Strategy<Value = (bool, String)> {
    let route = (0..PREFIXES.len(), 0..NEXT_HOPS.len());
    (any::<bool>(), prop::collection::vec(route, 0..5)).prop_map(|(propagates, mut routes)| {
        routes.sort_unstable();
        routes.dedup_by_key(|(prefix, _)| *prefix);
        let routes = routes.into_iter().map(|(prefix, next_hop)| {
            let prefix = PREFIXES[prefix];
            // An appliance is of the family of the prefix.
            let next_hop = if prefix.contains(':') { NEXT_HOPS6[next_hop % 4] } else { NEXT_HOPS[next_hop] };
            format!("{{prefix: \"{prefix}\", next_hop: {next_hop}}}")
        });
        (propagates, routes.collect::<Vec<_>>().join(", "))
    })
}

prop_compose! {
    /// A hub with a firewall, an appliance and a workload, two spokes, a site with a circuit and perhaps a tunnel.
    fn generated()(
        tables in prop::collection::vec(table(), 6),
        has_table in prop::collection::vec(any::<bool>(), 6),
        gateway_propagates in prop::bool::weighted(0.9),
        advertised in prop::sample::select(vec!["10.1.0.0/16", "10.1.0.0/16, 10.1.1.0/24", "10.0.0.0/8", "0.0.0.0/0"]),
        stateful in prop::sample::select(vec!["", ", stateful: true", ", stateful: false", DENY, DENY_REPLIES, ", stateful: true, snat_private_ranges: []", ", snat_private_ranges: [10.0.0.0/9]"]),
        has_tunnel in any::<bool>(),
        switches in prop::collection::vec(prop::sample::select(&["", ": true", ": false"][..]), 2),
        summary in prop::sample::select(&["", "", ", summarized_gateway_prefixes: [10.96.0.0/11]"][..]),
        peerings in prop::collection::vec(prop::sample::select(&[0, 0, 0, 0, 1, 2, 3, 4][..]), 2),
    ) -> String {
        let switch = |index: usize| match switches[index] {
            "" => String::new(),
            words => format!(", allow_remote_virtual_network_traffic{words}"),
        };
        let [(_, hub_a), (_, hub_b)] = [PEERINGS[peerings[0]], PEERINGS[peerings[1]]];
        let of = |index: usize| if has_table[index] { format!(", route_table: t{index}") } else { String::new() };
        let vpn = if has_tunnel {
            ", vpn: [{name: tunnel, virtual_networks: [hub], advertised: [10.1.0.0/16, \"fd10::/48\"]}]"
        } else {
            ""
        };
        let mut text = format!(
            "version: 1\nsites:\n  - {{name: dc, prefixes: [10.1.0.0/16, \"fd10::/48\"], internet: {{name: edge, nat: \
             [203.0.113.0/28]}}, circuits: [er1]{vpn}}}\ncircuits:\n  - name: er1\n    peering_location: London\n    \
             sku: standard\n    bandwidth: 1 Gbps\n    private_peering: {{virtual_networks: [hub, c], advertised: \
             [{advertised}, \"fd10::/48\"]}}\nvirtual_networks:\n  - name: hub\n    region: uksouth\n    prefixes: [10.100.0.0/22, \
             \"fd20::/48\"]\n    gateway: {{circuits: [{{circuit: er1}}]{summary}{}}}\n    peerings:\n      - {{virtual_network: a, \
             allow_gateway_transit: true{hub_a}}}\n      - {{virtual_network: b, allow_gateway_transit: true{hub_b}}}\n    appliances:\n      \
             - {{name: nva, addresses: [10.100.3.4, \"fd20:0:0:3::4\"]{stateful}}}\n    subnets:\n      - {{name: AzureFirewallSubnet, \
             prefixes: [10.100.1.0/26, \"fd20:0:0:1::/64\"]{}}}\n      - {{name: nva, prefixes: [10.100.3.0/26, \"fd20:0:0:3::/64\"]{}}}\n      - {{name: wl, prefixes: \
             [10.100.2.0/24]}}\n      - {{name: GatewaySubnet, prefixes: [10.100.0.0/26]{}}}\n",
            switch(0), of(0), of(1), of(2),
        );
        for (name, second, index) in [("a", 110, 3), ("b", 120, 4)] {
            text.push_str(&format!(
                "  - name: {name}\n    region: uksouth\n    prefixes: [10.{second}.0.0/16, \"fd30:{second}::/48\"]\n    peerings: \
                 [{{virtual_network: hub, use_remote_gateways: true{}}}]\n    subnets:\n      - {{name: app, prefixes: \
                 [10.{second}.1.0/24, \"fd30:{second}:0:1::/64\"]{}}}\n      - {{name: inspect, prefixes: [10.{second}.9.0/26]{}}}\n",
                PEERINGS[peerings[index - 3]].0, of(index), if second == 110 { of(5) } else { String::new() },
            ));
            if second == 110 {
                text.push_str("    appliances: [{name: proxy, addresses: [10.110.9.4], stateful: true}]\n");
            }
        }
        text.push_str(&format!(
            "  - name: c\n    region: uksouth\n    prefixes: [10.130.0.0/16]\n    gateway: {{circuits: [{{circuit: er1}}]{}}}\n    \
             subnets: [{{name: app, prefixes: [10.130.1.0/24]}}]\n",
            switch(1),
        ));
        text.push_str("route_tables:\n");
        for (index, (propagates, routes)) in tables.iter().enumerate() {
            let kept = if index == 2 { !gateway_propagates } else { !propagates };
            text.push_str(&format!(
                "  - {{name: t{index}, disable_bgp_route_propagation: {kept}, routes: [{routes}]}}\n"
            ));
        }
        text
    }
}

/// What a site advertises to virtual hubs.
const TO_HUBS: [&str; 6] = [
    "10.1.0.0/16",
    "10.1.0.0/16, 10.1.1.0/24",
    "10.1.0.0/16, 10.0.0.0/8",
    "10.1.0.0/16, 0.0.0.0/0",
    "10.1.0.0/16, 10.9.0.0/16",
    "10.1.0.0/16, 10.110.1.0/24, 203.0.114.0/24",
];

/// Routing intents.
const INTENTS: [&str; 7] = [
    "",
    "",
    "private: fw",
    "private: fw, internet: fw",
    "private: fw, internet: fw, deny: [{prefix: 10.110.0.0/17}, {tag: AzureCloud.westeurope, except: [{prefix: 20.0.0.0/8}]}]",
    "internet: fw",
    "private: fw, internet: out, private_prefixes: [203.0.114.0/24]",
];

/// Of hubs without an intent: what a connection is associated with and propagates to.
const ROUTING: [&str; 5] = [
    "",
    ", associated: isolated",
    ", propagates: [none]",
    ", associated: isolated, propagates: [default]",
    ", propagates: [default, apart]",
];

prop_compose! {
    /// Up to three virtual hubs with circuits, tunnels, an appliance behind which another virtual network is, and a gateway on
    /// one of the circuits.
    fn generated_hubs()(
        hubs in 1..4_usize,
        intents in prop::collection::vec(0..INTENTS.len(), 3),
        preferences in prop::collection::vec(prop::sample::select(&["expressroute", "vpn", "as-path"][..]), 3),
        circuits in prop::collection::vec(prop::sample::select(&["", "er1", "er2", "er1, er2"][..]), 3),
        tunnels in prop::collection::vec(any::<bool>(), 3),
        routing in prop::collection::vec(0..ROUTING.len(), 3),
        advertised in (0..TO_HUBS.len(), 0..TO_HUBS.len()),
        prepend in prop::sample::select(&["", ", prepend: [65001, 65001]"][..]),
        statics in prop::sample::select(&["", "table", "propagated", "peer"][..]),
        table in prop::sample::select(&["", "fw", "none", "gateway"][..]),
        joined in any::<bool>(),
        gateway in any::<bool>(),
        reached in any::<bool>(),
    ) -> String {
        let mut text = String::from("version: 1\nsites:\n  - {name: dc, prefixes: [10.1.0.0/16, \"fd10::/48\"], autonomous_system: 65001, \
                                     internet: {nat: [203.0.113.0/28]}, circuits: [er1]}\n  - {name: e, prefixes: [10.2.0.0/16], \
                                     circuits: [er2]}\n  - name: r\n    prefixes: [10.9.0.0/16]\n    internet: {name: out}\n    \
                                     circuits: []\n    vpn:\n");
        for (index, _) in tunnels.iter().take(hubs).enumerate().filter(|(index, there)| *index == 0 || **there) {
            text.push_str(&format!("      - {{name: t{index}, virtual_hub: h{index}}}\n"));
        }
        if !joined {
            text.push_str("wan: []\n");
        }
        if reached {
            text.push_str("nat64: [{prefix: \"64:ff9b::/96\", site: dc}, {prefix: \"fd10:0:64::/48\", site: r}]\n");
        }
        let global = if reached { ", global_reach: [er2]" } else { "" };
        let of_gateway = if gateway { "virtual_networks: [g], " } else { "" };
        text.push_str(&format!(
            "circuits:\n  - {{name: er1, peering_location: London, sku: standard, bandwidth: 1 Gbps{global}, private_peering: \
             {{{of_gateway}advertised: [{}], autonomous_system: 65001{prepend}}}}}\n  - {{name: er2, peering_location: Amsterdam, sku: \
             standard, bandwidth: 1 Gbps, private_peering: {{advertised: [10.2.0.0/16, {}]}}}}\nvirtual_networks:\n",
            TO_HUBS[advertised.0], TO_HUBS[advertised.1].replace("10.1.0.0/16, ", "").replace("10.1.0.0/16", "10.2.1.0/24"),
        ));
        let udr = if table.is_empty() { "" } else { ", route_table: t" };
        for (index, second) in [110, 120, 130].into_iter().take(hubs).enumerate() {
            text.push_str(&format!(
                "  - name: v{index}\n    region: westeurope\n    prefixes: [10.{second}.0.0/16, \"fd30:{second}::/48\"]\n    subnets:\n      \
                 - {{name: app, prefixes: [10.{second}.1.0/24, \"fd30:{second}:0:1::/64\"]{}, private_endpoints: [{{name: p, address: \
                 10.{second}.1.9}}]}}\n",
                if index == 0 { udr } else { "" },
            ));
        }
        text.push_str("  - name: n\n    prefixes: [10.70.0.0/16]\n    appliances: [{name: nva, addresses: [10.70.1.4], stateful: true}]\n    \
                       subnets: [{name: nva, prefixes: [10.70.1.0/24]}, {name: app, prefixes: [10.70.2.0/24]}]\n    peerings: \
                       [{virtual_network: behind}]\n  - name: behind\n    prefixes: [10.77.0.0/16]\n    subnets: [{name: app, prefixes: \
                       [10.77.1.0/24], route_table: to-nva}]\n    peerings: [{virtual_network: n}]\n");
        if gateway {
            text.push_str("  - {name: g, prefixes: [10.140.0.0/16], subnets: [{name: app, prefixes: [10.140.1.0/24]}]}\n");
        }
        text.push_str("virtual_hubs:\n");
        for index in 0..hubs {
            let intent = INTENTS[intents[index]];
            let plain = intent.is_empty();
            text.push_str(&format!(
                "  - name: h{index}\n    region: westeurope\n    prefix: 10.20{index}.0.0/23\n    routing_preference: {}\n    circuits: [{}]\n",
                preferences[index], circuits[index],
            ));
            let with_table = index == 0 && plain && statics == "table";
            if plain {
                let routes = if with_table { "[{prefix: 10.77.0.0/16, virtual_network: n}]" } else { "[]" };
                text.push_str(&format!(
                    "    branches_propagate: [default, apart]\n    route_tables:\n      - {{name: default, routes: {routes}}}\n      - {{name: \
                     isolated, labels: [apart]}}\n",
                ));
            } else {
                text.push_str(&format!("    routing_intent: {{{intent}}}\n"));
            }
            let own = if plain { ROUTING[routing[index]] } else { "" };
            text.push_str(&format!("    connections:\n      - {{virtual_network: v{index}{own}}}\n"));
            if index == 0 {
                let own = match statics {
                    "table" => ", static_routes: [{prefix: 10.77.0.0/16, next_hop: 10.70.1.4}]",
                    "propagated" => ", static_routes: [{prefix: 10.77.0.0/16, next_hop: 10.70.1.4}], propagate_static_routes: true",
                    _ => "",
                };
                text.push_str(&format!("      - {{virtual_network: n{own}}}\n"));
                if statics == "peer" {
                    text.push_str("    bgp_peers: [{address: 10.70.1.4, advertised: [10.77.0.0/16, 10.1.0.0/16, 10.110.0.0/24]}]\n");
                }
            }
        }
        let route = match table {
            "fw" => "{prefix: 10.0.0.0/8, next_hop: virtual-appliance 10.200.0.132}",
            "gateway" => "{prefix: 10.9.0.0/16, next_hop: virtual-network-gateway}",
            _ => "{prefix: 10.1.0.0/16, next_hop: none}",
        };
        text.push_str(&format!(
            "route_tables:\n  - {{name: t, routes: [{route}]}}\n  - {{name: to-nva, routes: [{{prefix: 0.0.0.0/0, next_hop: virtual-appliance \
             10.70.1.4}}]}}\n",
        ));
        text
    }
}

/// What appliances advertise to Route Servers.
const TO_ROUTE_SERVERS: [&str; 8] = [
    "[10.200.0.0/16]",
    "[10.200.0.0/16, 10.1.0.0/16]",
    "[{prefix: 10.200.0.0/16, as_path: [65010, 65010]}, 10.200.1.0/24]",
    "[10.0.0.0/8]",
    "[0.0.0.0/0, {prefix: 10.121.0.0/16, as_path: [65011, 65012]}, 10.110.0.0/16]",
    "[{prefix: 10.200.0.0/16, no_advertise: true}, {prefix: 10.9.0.0/16, as_path: [65010, 65009]}]",
    "[{prefix: 10.1.1.0/24, through: subnet}, {prefix: 10.200.0.0/15, as_path: [64999, 65515]}]",
    "[{prefix: 10.121.0.0/16, through: h1/n3}, {prefix: 10.110.0.0/16, through: h0/n1}]",
];

/// Route tables of the subnets of appliances.
const BESIDE_ROUTE_SERVERS: [&str; 5] = [
    "",
    "{prefix: 0.0.0.0/0, next_hop: internet}",
    "{prefix: 10.200.0.0/16, next_hop: none}",
    "{prefix: 10.121.0.0/16, next_hop: virtual-appliance 10.104.3.4}",
    "{prefix: 10.0.0.0/8, next_hop: virtual-appliance 10.100.3.5}",
];

prop_compose! {
    /// Two hubs with gateways on circuits, one of which ends tunnels too, with Route Servers and appliances, and a spoke of each.
    fn generated_route_servers()(
        switches in prop::collection::vec(any::<bool>(), 2),
        preferences in prop::collection::vec(prop::sample::select(&["expressroute", "vpn", "as-path"][..]), 2),
        advertised in prop::collection::vec(0..TO_ROUTE_SERVERS.len(), 3),
        next_hops in prop::collection::vec(prop::sample::select(&["", "", ", next_hop: 10.100.3.100", ", state: down"][..]), 2),
        servers in (prop::bool::weighted(0.9), prop::bool::weighted(0.8)),
        states in prop::collection::vec(prop::sample::select(&["", ", stateful: true", ", stateful: false", DENY, DENY_REPLIES, ", stateful: true, snat_private_ranges: [10.0.0.0/9]"][..]), 3),
        tables in prop::collection::vec((any::<bool>(), 0..BESIDE_ROUTE_SERVERS.len()), 4),
        active in prop::sample::select(&["", ", active_active: true", ", active_active: true", ", active_active: false", ", autonomous_system: 65010, active_active: true"][..]),
        shared in any::<bool>(),
        joined in any::<bool>(),
        peered in any::<bool>(),
        remote in any::<bool>(),
        to_azure in prop::sample::select(&["10.1.0.0/16", "10.1.0.0/16, 10.1.1.0/24", "10.0.0.0/8", "10.1.0.0/16, 0.0.0.0/0"][..]),
    ) -> String {
        let mut text = String::from(
            "version: 1\nsites:\n  - {name: dc, prefixes: [10.1.0.0/16], autonomous_system: 65001, internet: {nat: [203.0.113.0/28]}, circuits: \
             [er1, er2]}\n  - name: r\n    prefixes: [10.9.0.0/16]\n    autonomous_system: 65009\n    internet: {name: out}\n    circuits: []\n    vpn: \
             [{name: t, virtual_networks: [h0]}]\n",
        );
        if !joined {
            text.push_str("wan: []\n");
        }
        let second = if shared { "h0, h1" } else { "h0" };
        let third = if shared { "" } else { "virtual_networks: [h1], " };
        text.push_str(&format!(
            "circuits:\n  - {{name: er1, peering_location: London, sku: premium, bandwidth: 1 Gbps, private_peering: {{virtual_networks: \
             [{second}], advertised: [{to_azure}], autonomous_system: 65001}}}}\n  - {{name: er2, peering_location: Amsterdam, sku: premium, \
             bandwidth: 1 Gbps, private_peering: {{{third}advertised: [10.1.0.0/16]}}}}\nvirtual_networks:\n",
        ));
        let taken = if remote { ", allow_remote_virtual_network_traffic: true" } else { "" };
        let across = |other: &str| if peered { format!(", {{virtual_network: {other}}}") } else { String::new() };
        let peer = |name: &str, index: usize| {
            let more = next_hops.get(index).copied().unwrap_or_default();
            format!("{{appliance: {name}, autonomous_system: 6501{index}{more}, advertises: {}}}", TO_ROUTE_SERVERS[advertised[index]])
        };
        let server = |there: bool, index: usize, peers: &str| {
            if there {
                format!(
                    "    route_server: {{branch_to_branch: {}, routing_preference: {}, peers: [{peers}]}}\n",
                    switches[index], preferences[index],
                )
            } else {
                String::new()
            }
        };
        text.push_str(&format!(
            "  - name: h0\n    region: uksouth\n    prefixes: [10.100.0.0/22]\n    gateway: {{circuits: [{{circuit: er1}}], vpn: [{{site: \
             r}}]{active}{taken}}}\n    appliances: [{{name: n1, addresses: [10.100.3.4]{}}}, {{name: n2, addresses: [10.100.3.5]{}}}]\n{}    \
             peerings: [{{virtual_network: a, allow_gateway_transit: true}}{}]\n    subnets: [{{name: nva, prefixes: [10.100.3.0/25], route_table: \
             t0}}, {{name: wl, prefixes: [10.100.2.0/24]}}, {{name: GatewaySubnet, prefixes: [10.100.0.0/26]}}]\n",
            states[0], states[1], server(servers.0, 0, &format!("{}, {}", peer("n1", 0), peer("n2", 1))), across("h1"),
        ));
        text.push_str(&format!(
            "  - name: h1\n    region: uksouth\n    prefixes: [10.104.0.0/22]\n    gateway: {{allow_remote_virtual_network_traffic: {remote}}}\n    appliances: [{{name: n3, addresses: \
             [10.104.3.4]{}}}]\n{}    peerings: [{{virtual_network: k, allow_gateway_transit: true}}{}]\n    subnets: [{{name: nva, prefixes: \
             [10.104.3.0/26], route_table: t1}}, {{name: wl, prefixes: [10.104.2.0/24]}}]\n",
            states[2], server(servers.1, 1, &peer("n3", 2)), across("h0"),
        ));
        for (name, second, hub, table) in [("a", 110, "h0", "t2"), ("k", 121, "h1", "t3")] {
            text.push_str(&format!(
                "  - name: {name}\n    region: uksouth\n    prefixes: [10.{second}.0.0/16]\n    peerings: [{{virtual_network: {hub}, \
                 use_remote_gateways: true}}]\n    subnets: [{{name: app, prefixes: [10.{second}.1.0/24], route_table: {table}}}]\n",
            ));
        }
        text.push_str("route_tables:\n");
        for (index, (quiet, routes)) in tables.iter().enumerate() {
            // A spoke's next hops are those of its own hub.
            let reachable = index == 0 && peered || !BESIDE_ROUTE_SERVERS[*routes].contains("virtual-appliance");
            let routes = if reachable { BESIDE_ROUTE_SERVERS[*routes] } else { "" };
            text.push_str(&format!("  - {{name: t{index}, disable_bgp_route_propagation: {}, routes: [{routes}]}}\n", *quiet && index != 2));
        }
        text
    }
}

/// An address with those before and after it.
fn around(first: IpAddr) -> Vec<IpAddr> {
    match first {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            [bits.checked_sub(1), Some(bits), bits.checked_add(1)]
                .into_iter()
                .flatten()
                .map(|bits| IpAddr::V4(bits.into()))
                .collect()
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [bits.checked_sub(1), Some(bits), bits.checked_add(1)]
                .into_iter()
                .flatten()
                .map(|bits| IpAddr::V6(bits.into()))
                .collect()
        }
    }
}

/// The edges of private ranges, and some of the others.
fn asked(engine: &Engine) -> Vec<IpAddr> {
    let v4 = engine.partition4().starts();
    let private = v4.iter().filter(|start| matches!(start.octets(), [10, ..] | [20, 38, 108 | 109, _]));
    let others = v4.iter().step_by(v4.len() / 10 + 1);
    let v6 = engine.partition6().starts();
    let others6 = v6.iter().step_by(v6.len() / 10 + 1);
    let local6 = v6.iter().filter(|start| start.octets()[0] == 0xfd);
    let v4 = private.chain(others).map(|start| IpAddr::V4(*start));
    let v6 = others6.chain(local6).map(|start| IpAddr::V6(*start));
    v4.chain(v6).flat_map(around).collect()
}

/// All of a decision, with the names of the sessions that carry it: their ids are in the order in which they were met.
fn found<'d>(decision: &'d Decision, sessions: &'d [Session]) -> impl PartialEq + Debug + 'd {
    let name = |next_hop: &NextHop| {
        let session = sessions.iter().find(|session| session.id == next_hop.session).unwrap();
        (session.name.as_str(), next_hop.circuit)
    };
    let next_hops: Vec<_> = decision.next_hops().iter().map(name).collect();
    let Decision { disposition, prefix, why } = decision;
    (disposition, prefix, &why.reason, why.step, next_hops, &why.hops, &why.traces)
}

/// Holds what is said of the whole space to what is said of single addresses; how many hops were passed.
pub(super) fn hold(inputs: Inputs<'_>, text: &str) -> Result<usize, TestCaseError> {
    let network = inputs.network;
    let mut hops = 0;
    for vantage in Vantage::all(network) {
        let engine = Engine::compile_at(inputs, vantage).unwrap();
        let verdicts = ReturnVerdicts::of(inputs, vantage, &engine);
        for address in asked(&engine) {
            let slow = explain_at(inputs, vantage, address).unwrap();
            let fast = engine.decision(engine.decide(address));
            let (one, other) = (found(&slow.decision, &slow.sessions), found(fast, engine.sessions()));
            prop_assert_eq!(one, other, "{} from {}\n{}", address, vantage.name(network), text);
            let back = match address {
                IpAddr::V4(address) => *verdicts.partition4().get(address),
                IpAddr::V6(address) => *verdicts.partition6().get(address),
            };
            let found = slow.return_path.map(|back| back.outcome());
            prop_assert_eq!(found, back, "back from {} to {}\n{}", address, vantage.name(network), text);
            hops += fast.hops().len();
        }
    }
    Ok(hops)
}

/// How many networks are asked: the nightly run asks for more.
pub(super) fn config() -> ProptestConfig {
    let cases = std::env::var("PEERPATH_NETWORKS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

#[test]
fn following_one_address_is_what_the_space_says() {
    both_twins_agree(&generated());
}

#[test]
fn following_one_address_through_virtual_hubs_is_what_the_space_says() {
    both_twins_agree(&generated_hubs());
}

#[test]
fn following_one_address_past_route_servers_is_what_the_space_says() {
    both_twins_agree(&generated_route_servers());
}

fn both_twins_agree(generated: &impl Strategy<Value = String>) {
    let mut runner = TestRunner::new(config());
    let hops = Cell::new(0);
    let ran = runner.run(generated, |text| {
        let (network, found) = network::read(&Source::new("network.yaml", text.clone()), catalog());
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        prop_assert!(network.is_some(), "{all:?}\n{text}");
        let network = network.unwrap();
        hops.set(hops.get() + hold(Inputs::new(&network, catalog()), &text)?);
        let (circuit, _) = network.circuits_with_ids().next().unwrap();
        let without = LinkState::as_written().with_down(Link::Circuit(circuit));
        hops.set(hops.get() + hold(Inputs::new(&network, catalog()).links(&without), &text)?);
        Ok(())
    });
    ran.unwrap();
    assert!(hops.get() > 100, "only {} hops passed", hops.get());
}
