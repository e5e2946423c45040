//! Edges of several sites, which hand packets to each other: what is followed for one address is what the whole space says.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cell::Cell;

use peerpath::diag::Source;
use peerpath::engine::{Absence, Inputs, Link, LinkState, RoutingTable, RoutingTables, explain};
use peerpath::network::{self, Connection};
use peerpath::rib::{AsPath, Attributes};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::forwarding::{catalog, config, hold};

/// What providers and static routes lead to: a prefix that Microsoft advertises, its halves, what holds it, a virtual
/// network and parts of it, the sites, and all.
const PREFIXES: [&str; 10] = [
    "20.38.108.0/23",
    "20.38.108.0/24",
    "20.38.109.128/25",
    "20.38.0.0/16",
    "10.20.1.0/24",
    "10.20.0.0/16",
    "10.1.5.0/24",
    "0.0.0.0/0",
    "fd20:0:0:1::/64",
    "2603:1000::/24",
];

const SITES: [&str; 4] = ["a", "b", "c", "d"];

/// The routes of a provider: each a prefix and how many systems lie between.
fn provider() -> impl Strategy<Value = Vec<(usize, u32)>> {
    prop::collection::vec((0..PREFIXES.len(), 0..3_u32), 0..5)
}

/// A site: its metric to each circuit if it reaches it, the map for each, static routes, the ways these lead.
#[derive(Clone, Debug)]
struct Generated {
    metrics: Vec<Option<u32>>,
    maps: Vec<usize>,
    statics: Vec<(usize, usize, usize)>,
    internet: bool,
    deny: usize,
    map: usize,
}

fn site() -> impl Strategy<Value = Generated> {
    let metrics = prop::collection::vec(prop::option::weighted(0.7, 5..8_u32), 3);
    let maps = prop::collection::vec(0..MAPS.len(), 3);
    let statics =
        prop::collection::vec((0..PREFIXES.len() + LISTED.len(), 0..5_usize, 0..DISTANCES.len()), 0..3);
    (metrics, maps, statics, prop::bool::weighted(0.8), 0..MAPS.len(), 0..DENIED.len()).prop_map(
        |(metrics, maps, statics, internet, map, deny)| Generated {
            metrics,
            maps,
            statics,
            internet,
            deny,
            map,
        },
    )
}

/// Destinations of static routes that stand for several prefixes.
const LISTED: [&str; 3] = ["community: 12076:51002", "tag: AzureCosmosDB.WestEurope", "tag: Sql.WestEurope"];

/// The default distance, distances between external and internal BGP, and distances beyond both.
const DISTANCES: [&str; 5] = ["", ", distance: 15", ", distance: 150", ", distance: 250", ", distance: 254"];

/// The rules of an internet edge that deny packets.
const DENIED: [&str; 6] = [
    "",
    "",
    ", deny: [{prefix: 20.38.108.0/24}, {prefix: \"2603:1000::/25\"}]",
    ", deny: [{community: 12076:51002, except: [{prefix: 20.38.109.0/24}]}]",
    ", deny: [{prefix: 0.0.0.0/0, except: [{tag: AzureCloud.westeurope}, {prefix: 20.38.0.0/17}]}, {prefix: 20.38.0.0/16}]",
    ", deny: [{tag: AzureCloud}, {prefix: \"::/0\"}]",
];

/// Route maps by name; the first stands for none.
const MAPS: [(&str, &str); 5] = [
    ("", ""),
    ("heavy", "{set: {weight: 50}}"),
    ("better", "{set: {local_preference: 200}}"),
    ("west", "{match: {communities: [12076:51002]}, set: {local_preference: 150}}, {set: {weight: 7}}"),
    ("longer", "{set: {prepend: [65000]}}"),
];

fn import(map: usize) -> String {
    if map == 0 { String::new() } else { format!(", import: {}", MAPS[map].0) }
}

/// A link between two sites: which, its metric, and what it announces.
fn link() -> impl Strategy<Value = (usize, usize, u32, usize)> {
    (0..4_usize, 1..4_usize, 5..8_u32, 0..ANNOUNCED.len())
}

const ANNOUNCED: [&str; 4] =
    ["[own, circuits]", "[own]", "[own, circuits, default]", "[own, circuits, default, tunnels]"];

fn wan(links: &[(usize, usize, u32, usize)]) -> String {
    let mut text = "wan:\n".to_owned();
    for (index, (one, other, metric, announced)) in links.iter().enumerate() {
        let (one, other, announced) = (SITES[*one], SITES[(one + other) % 4], ANNOUNCED[*announced]);
        text.push_str(&format!(
            "  - {{name: l{index}, sites: [{one}, {other}], metric: {metric}, announces: {announced}}}\n"
        ));
    }
    text
}

/// The circuits end at a, at b and at c; d has none, but the secondary connection of the first where that is `split`. With links
/// between sites no site says how far it is from another.
fn text(
    sites: &[Generated],
    links: Option<&[(usize, usize, u32, usize)]>,
    table: bool,
    split: bool,
) -> String {
    let mut text = "version: 1\nsites:\n".to_owned();
    for (index, (name, site)) in SITES.iter().zip(sites).enumerate() {
        let circuits: Vec<String> = (0..3)
            .filter_map(|circuit| {
                let import = import(site.maps[circuit]);
                let metric = match (circuit, index) {
                    (0, 0) if split => Some(", connections: [primary]".to_owned()),
                    (0, 3) if split => Some(", connections: [secondary]".to_owned()),
                    _ if circuit == index => Some(String::new()),
                    _ => site.metrics[circuit].map(|own| format!(", metric: {own}")),
                };
                Some(format!("{{name: er-{}{}{import}}}", SITES[circuit], metric?))
            })
            .collect();
        let ends = |circuit: usize| circuit == index || split && (circuit, index) == (0, 3);
        let has = |circuit: usize| ends(circuit) || site.metrics[circuit].is_some();
        let statics: Vec<String> = site
            .statics
            .iter()
            .filter_map(|(destination, way, distance)| {
                let via = match way {
                    3 => "discard".to_owned(),
                    4 => site.internet.then(|| "internet".to_owned())?,
                    circuit => has(*circuit).then(|| format!("er-{}/microsoft", SITES[*circuit]))?,
                };
                let destination = match PREFIXES.get(*destination) {
                    Some(prefix) => format!("prefix: \"{prefix}\""),
                    None => LISTED[*destination - PREFIXES.len()].to_owned(),
                };
                Some(format!("{{{destination}, via: {via}{}}}", DISTANCES[*distance]))
            })
            .collect();
        let internet = if site.internet {
            let (import, deny) = (import(site.map), DENIED[site.deny]);
            format!(
                "    internet: {{name: edge-{name}, nat: [203.0.113.{}/28], routes: {name}.csv{import}{deny}}}\n",
                index * 16
            )
        } else {
            String::new()
        };
        text.push_str(&format!(
            "  - name: {name}\n    vpn: [{{name: t{name}, virtual_networks: [hub]}}]\n    prefixes: [10.{}.0.0/16, \"fd10:{}::/48\"]\n{internet}    circuits: [{}]\n    static_routes: [{}]\n",
            index + 1, index + 1, circuits.join(", "), statics.join(", "),
        ));
    }
    text.push_str(&links.map(wan).unwrap_or_default());
    text.push_str("circuits:\n");
    for (index, name) in SITES.iter().enumerate().take(3) {
        text.push_str(&format!(
            "  - name: er-{name}\n    peering_location: Amsterdam\n    sku: standard\n    bandwidth: 1 Gbps\n    microsoft_peering: \
             {{route_filter: [12076:51002], advertised: [198.51.100.{}/28], nat: [198.51.100.{}/28]}}\n    private_peering: \
             {{virtual_networks: [hub], advertised: [10.1.0.0/16, 10.{}.0.0/16, \"fd10:1::/48\"]}}\n",
            index * 16, index * 16, index + 1,
        ));
    }
    let routes = if table { ", route_table: gw" } else { "" };
    text.push_str(&format!(
        "virtual_networks:\n  - name: hub\n    region: westeurope\n    prefixes: [10.20.0.0/16, \"fd20::/48\"]\n    gateway: {{circuits: \
         [{{circuit: er-a}}, {{circuit: er-b}}, {{circuit: er-c}}]}}\n    subnets:\n      - {{name: GatewaySubnet, prefixes: [10.20.0.0/26]{routes}}}\n      \
         - {{name: app, prefixes: [10.20.1.0/24]}}\nroute_tables: [{{name: gw, routes: [{{prefix: 10.20.1.0/25, next_hop: none}}]}}]\nroute_maps:\n"
    ));
    for (name, clauses) in &MAPS[1..] {
        text.push_str(&format!("  - {{name: {name}, clauses: [{clauses}]}}\n"));
    }
    text
}

fn tables(providers: &[Vec<(usize, u32)>]) -> RoutingTables {
    let mut tables = RoutingTables::none();
    for (name, routes) in SITES.iter().zip(providers) {
        let mut routes = routes.clone();
        routes.sort_unstable();
        routes.dedup_by_key(|(prefix, _)| *prefix);
        let rows = routes.iter().map(|(prefix, between)| {
            let path = (0..=*between).map(|number| 64_500 + number);
            let set = Attributes { as_path: AsPath::sequence(path), ..Attributes::default() };
            (PREFIXES[*prefix].parse().unwrap(), set)
        });
        tables.insert(format!("{name}.csv"), rows.collect::<RoutingTable>());
    }
    tables
}

#[test]
fn following_one_address_over_edges_is_what_the_space_says() {
    let ProptestConfig { cases, .. } = config();
    // Each has four starts, and each of these is asked by linear scans.
    let mut runner = TestRunner::new(ProptestConfig { cases: cases.div_ceil(2), ..config() });
    let hops = Cell::new(0);
    let sites = prop::collection::vec(site(), 4);
    let providers = prop::collection::vec(provider(), 4);
    let links = prop::option::of(prop::collection::vec(link(), 1..5));
    let ran = runner.run(
        &(sites, providers, links, any::<[bool; 2]>()),
        |(mut sites, providers, links, [table, split])| {
            if links.is_some() {
                for site in &mut sites {
                    site.metrics.fill(None);
                }
            }
            let text = text(&sites, links.as_deref(), table, split);
            let (network, found) = network::read(&Source::new("network.yaml", text.clone()), catalog());
            let all: Vec<String> = found.iter().map(ToString::to_string).collect();
            prop_assert!(network.is_some(), "{all:?}\n{text}");
            let network = network.unwrap();
            let tables = tables(&providers);
            let text = format!("{text}\n{providers:?}");
            let inputs = Inputs::new(&network, catalog()).tables(&tables);
            hops.set(hops.get() + hold(inputs, &text)?);
            let (circuit, _) = network.circuits_with_ids().next().unwrap();
            let without = LinkState::as_written().with_down(Link::Circuit(circuit));
            let link = network.wan_links_with_ids().next();
            let without = link.map_or(without.clone(), |(link, _)| without.with_down(Link::Wan(link)));
            hops.set(hops.get() + hold(inputs.links(&without), &text)?);
            let without = LinkState::as_written().with_down(Link::Connection(circuit, Connection::Primary));
            hops.set(hops.get() + hold(inputs.links(&without), &text)?);
            Ok(())
        },
    );
    ran.unwrap();
    assert!(hops.get() > 1000, "only {} hops passed", hops.get());
}

/// What an edge keeps to itself is told once, and not beside a route of the same circuit that it tells.
#[test]
fn routes_that_an_edge_keeps_to_itself_are_told() {
    for (import, hidden) in [("", 0), (", import: preferred", 2)] {
        let text = format!(
            "version: 1\nsites:\n  - {{name: a, prefixes: [10.1.0.0/16], internet: {{name: edge-a}}, circuits: [{{name: er-b, metric: 10}}]}}\n  \
             - {{name: b, prefixes: [10.2.0.0/16], internet: {{name: edge-b, routes: b.csv{import}}}, circuits: [er-b]}}\ncircuits:\n  - {{name: er-b, \
             peering_location: Amsterdam, sku: standard, bandwidth: 1 Gbps, microsoft_peering: {{route_filter: [12076:51002], advertised: \
             [198.51.100.0/28], nat: [198.51.100.0/28]}}}}\nroute_maps: [{{name: preferred, clauses: [{{set: {{local_preference: 400}}}}]}}]\n"
        );
        let network = network::read(&Source::new("network.yaml", text), catalog()).0.unwrap();
        let path = AsPath::sequence([64_500, 64_501]);
        let set = Attributes { as_path: path, ..Attributes::default() };
        let mut tables = RoutingTables::none();
        tables.insert("b.csv".to_owned(), [("20.38.108.0/23".parse().unwrap(), set)].into_iter().collect());
        let (site, _) = network.site_named("a").unwrap();
        let inputs = Inputs::new(&network, catalog()).tables(&tables);
        let found = explain(inputs, site, "20.38.108.5".parse().unwrap()).unwrap();
        let kept = found.absent.iter().filter(|one| matches!(one.absence, Absence::Hidden { .. }));
        assert_eq!(kept.count(), hidden, "with `{import}`");
    }
}
