//! Links of ways by hop: links between sites, tunnels over circuits, appliances, and clients in subnets of Azure.

use std::collections::BTreeMap;
use std::net::IpAddr;

use peerpath::addr::Protocol;
use peerpath::diag::Source;
use peerpath::engine::RoutingTables;
use peerpath::flow::{KeyV4, KeyV6, Packet, PacketKey, PacketTime, TimedPacket};
use peerpath::network;
use peerpath::sim::scenario;
use peerpath::sim::{End, Fate, Setting, Setup, SimOptions, SimResult, Simulation, Volume};

use super::{SECOND, demo, ends};

/// Three sites in a row, of which the last is joined with the second by two links; a circuit and a hub with a firewall at
/// the first, and two spokes, of which one sends everything over the firewall.
pub(super) const COMPANY: &str = r"
version: 1
sites:
  - name: hq
    prefixes: [10.1.0.0/16]
    internet: {name: edge, nat: [203.0.113.0/28]}
    circuits: [er]
  - {name: branch, prefixes: [10.2.0.0/16], circuits: []}
  - {name: plant, prefixes: [10.3.0.0/16], circuits: []}
wan:
  - {name: mpls, sites: [hq, branch], bandwidth: 1 Mbps, announces: [own, circuits, default]}
  - {name: fiber, sites: [plant, branch], announces: [own, circuits, default]}
  - {name: radio, sites: [plant, branch], metric: 20, announces: [own, circuits, default]}
circuits:
  - name: er
    peering_location: London
    sku: standard
    bandwidth: 1 Gbps
    private_peering: {virtual_networks: [hub], advertised: [10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16], secondary: {state: down}}
virtual_networks:
  - name: hub
    region: uksouth
    prefixes: [10.100.0.0/22]
    gateway: {sku: ErGw1AZ, circuits: [{circuit: er}]}
    peerings: [{virtual_network: spoke, allow_gateway_transit: true}, {virtual_network: plain, allow_gateway_transit: true}]
    appliances: [{name: fw, addresses: [10.100.1.4], stateful: true, throughput: 1 Mbps, snat_private_ranges: [10.0.0.0/8]}]
    subnets:
      - {name: GatewaySubnet, prefixes: [10.100.0.0/26], route_table: in}
      - {name: firewall, prefixes: [10.100.1.0/26]}
      - {name: machines, prefixes: [10.100.2.0/24]}
  - name: spoke
    region: uksouth
    prefixes: [10.110.0.0/16]
    peerings: [{virtual_network: hub, use_remote_gateways: true}]
    subnets: [{name: app, prefixes: [10.110.1.0/24], route_table: out}]
  - name: plain
    region: uksouth
    prefixes: [10.120.0.0/16]
    peerings: [{virtual_network: hub, use_remote_gateways: true}]
    subnets: [{name: app, prefixes: [10.120.1.0/24]}]
route_tables:
  - {name: out, disable_bgp_route_propagation: true, routes: [{prefix: 0.0.0.0/0, next_hop: virtual-appliance 10.100.1.4}, {prefix: 10.100.2.0/24, next_hop: virtual-appliance 10.100.1.4}]}
  - {name: in, routes: [{prefix: 10.110.0.0/16, next_hop: virtual-appliance 10.100.1.4}]}
";

/// Its firewall.
const FIREWALL: &str = "    appliances: [{name: fw, addresses: [10.100.1.4], stateful: true, throughput: 1 Mbps, snat_private_ranges: [10.0.0.0/8]}]\n";

/// Packets of 100 bytes, one each second each way for so many seconds, between two addresses.
pub(super) fn packets(client: &str, server: &str, seconds: u64) -> Vec<TimedPacket> {
    let both = (0..seconds).flat_map(|second| [(second, true), (second, false)]);
    both.map(|(second, out)| {
        let (source, destination) = if out { (client, server) } else { (server, client) };
        let (source_port, destination_port) = if out { (50_000, 443) } else { (443, 50_000) };
        let protocol = Protocol::TCP;
        let key = match (source.parse().unwrap(), destination.parse().unwrap()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let (source, destination) = (source.to_bits(), destination.to_bits());
                PacketKey::V4(KeyV4 { source, destination, source_port, destination_port, protocol })
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let (source, destination) = (source.to_bits(), destination.to_bits());
                PacketKey::V6(KeyV6 { source, destination, source_port, destination_port, protocol })
            }
            (source, destination) => panic!("{source} to {destination}"),
        };
        let packet = Packet { key, ip_bytes: 100, tcp_flags: 0, dscp: 0 };
        TimedPacket { packet, time: PacketTime::at((1_000 + second) * SECOND), frame_bytes: 114 }
    })
    .collect()
}

/// A scenario of `text` over packets in a network.
pub(super) fn run(network: &str, text: &str, packets: &[TimedPacket]) -> SimResult {
    let catalog = &demo().catalog;
    let (network, found) = network::read(&Source::new("company.yaml", network), catalog);
    let network = network.unwrap_or_else(|| panic!("{found:?}"));
    let (scenario, found) =
        scenario::read(&Source::new("scenario.yaml", format!("version: 1\n{text}")), catalog, &[&network]);
    let scenario = scenario.unwrap_or_else(|| panic!("{found:?}"));
    let tables = RoutingTables::none();
    let start = Setting { network: &network, catalog, tables: &tables };
    let setup = Setup { start, networks: BTreeMap::new(), catalogs: BTreeMap::new() };
    let mut simulation = Simulation::new(setup, &scenario, SimOptions { max_flows: 100, bucket_ns: SECOND });
    simulation.take(packets).unwrap();
    simulation.finish(Volume::default()).unwrap()
}

/// Packets that came to each link, out and in, of those to which any did.
fn loads(result: &SimResult) -> String {
    let used = result.links.iter().filter(|link| link.totals.iter().any(|one| one.offered.packets > 0));
    let reported = used.map(|link| {
        let [out, back] = link.totals.map(|one| one.offered.packets);
        format!("{} {out}/{back}", link.name)
    });
    reported.collect::<Vec<_>>().join(", ")
}

#[test]
fn links_are_those_of_the_hops() {
    let tunnel = with_tunnel();
    let apart = COMPANY.replace("wan:\n", "unused:\n");
    let apart = {
        let (before, rest) = apart.split_once("unused:\n").unwrap();
        let (_, after) = rest.split_once("circuits:\n  - name: er").unwrap();
        format!("{before}circuits:\n  - name: er{after}").replace(
            "branch, prefixes: [10.2.0.0/16], circuits: []}",
            "branch, prefixes: [10.2.0.0/16], circuits: [{name: er, metric: 5}]}",
        )
    };
    // Everything of Azure that leads nowhere else goes to the first site, and so do packets between spokes as far as
    // Microsoft's edge.
    let forced = COMPANY.replace("advertised: [10.1.0.0/16", "advertised: [0.0.0.0/0, 10.1.0.0/16");
    let second = "  - {name: er-plant, peering_location: Dublin, sku: standard, bandwidth: 1 Gbps, global_reach: [er], \
                  private_peering: {advertised: [10.3.0.0/16], secondary: {state: down}}}\nvirtual_networks:\n";
    let (before, rest) = COMPANY.split_once("wan:\n").unwrap();
    let (_, after) = rest.split_once("circuits:\n  - name: er").unwrap();
    let reach = format!("{before}wan: []\ncircuits:\n  - name: er{after}")
        .replace(
            "plant, prefixes: [10.3.0.0/16], circuits: []",
            "plant, prefixes: [10.3.0.0/16], circuits: [er-plant]",
        )
        .replace("virtual_networks:\n", second)
        .replace("10.2.0.0/16, 10.3.0.0/16]", "10.2.0.0/16]");
    // The connection that is up ends at the second router.
    let split = COMPANY
        .replace("    circuits: [er]", "    circuits: [{name: er, connections: [secondary]}]")
        .replace(
            "[10.2.0.0/16], circuits: []",
            "[10.2.0.0/16], circuits: [{name: er, connections: [primary]}]",
        );
    let split_tunnel =
        tunnel.replace("    circuits: [er]", "    circuits: [{name: er, connections: [primary]}]").replace(
            "[10.2.0.0/16], circuits: []",
            "[10.2.0.0/16], circuits: [{name: er, connections: [secondary]}]",
        );
    let undescribed = COMPANY.replace(FIREWALL, "");
    let unknown = vec![(End::Unknown, 1_800)];
    let circuit = "er/primary 9/9, er 9/9, hub/gateway 9/9";
    let (all, half) = (vec![(End::Delivered, 1_800)], vec![(End::Delivered, 900), (End::Asymmetric, 900)]);
    let cases = [
        // Over the company's network, out in the order of each link's sites.
        (COMPANY, "10.2.0.5", "10.120.1.4", format!("{circuit}, branch/wan 9/9, hq/wan 9/9, mpls 9/9"), &all),
        (
            COMPANY,
            "10.3.0.5",
            "10.120.1.4",
            format!("{circuit}, hq/wan 9/9, plant/wan 9/9, fiber 9/9, mpls 9/9"),
            &all,
        ),
        (
            COMPANY,
            "10.3.0.5",
            "8.8.8.8",
            "edge 9/9, hq/wan 9/9, plant/wan 9/9, fiber 9/9, mpls 9/9".into(),
            &all,
        ),
        (COMPANY, "10.2.0.5", "10.3.0.4", "branch/wan 9/9, plant/wan 9/9, fiber 9/9".into(), &all),
        (COMPANY, "10.3.0.5", "10.2.0.4", "branch/wan 9/9, plant/wan 9/9, fiber 9/9".into(), &all),
        (&split, "10.1.0.5", "10.120.1.4", format!("{circuit}, branch/wan 9/9, hq/wan 9/9, mpls 9/9"), &all),
        (&split, "10.2.0.5", "10.120.1.4", circuit.into(), &all),
        (&split, "10.120.1.4", "10.1.0.5", format!("{circuit}, branch/wan 9/9, hq/wan 9/9, mpls 9/9"), &all),
        // Past the firewall, which both ways pass.
        (COMPANY, "10.1.0.5", "10.110.1.4", format!("{circuit}, hub/fw 9/9"), &all),
        // From subnets; the firewall drops answers to what it did not see.
        (COMPANY, "10.120.1.4", "10.120.1.5", String::new(), &all),
        (COMPANY, "10.120.1.4", "8.8.8.8", String::new(), &all),
        (COMPANY, "10.110.1.4", "8.8.8.8", "hub/fw 9/9".into(), &all),
        (COMPANY, "10.100.2.4", "10.110.1.4", "hub/fw 0/9".into(), &half),
        // What Azure sends comes in at the site, and there goes out over the internet edge.
        (&forced, "10.120.1.4", "8.8.8.8", "edge 9/9, er/primary 9/9, er 9/9, hub/gateway 9/9".into(), &all),
        (&forced, "10.120.1.4", "10.110.1.4", "hub/gateway 9/9, hub/fw 9/9".into(), &all),
        // An appliance of which the file says nothing.
        (&undescribed, "10.110.1.4", "8.8.8.8", String::new(), &unknown),
        // A tunnel's own packets take one connection.
        (
            &tunnel,
            "10.1.0.5",
            "10.100.2.9",
            "er/secondary 9/9, er 9/9, hub/gateway 9/9, ipsec 9/9".into(),
            &all,
        ),
        // The site sends them over its own, the gateway over either: what comes in at the other router crosses the link.
        (&split_tunnel, "10.1.0.5", "10.100.2.9", "er/primary 9/0, er/secondary 0/9, er 9/9, hub/gateway 9/9, branch/wan 0/9, hq/wan 0/9, ipsec 9/9, mpls 0/9".into(), &all),
        // Global Reach leads to the other circuit, and back where nothing else does.
        (
            &reach,
            "10.1.0.5",
            "10.3.0.4",
            "er/primary 9/9, er-plant/primary 9/9, er 9/9, er-plant 9/9".into(),
            &all,
        ),
        // Without links between sites there is one link for each site alone.
        (&apart, "10.2.0.5", "10.120.1.4", format!("{circuit}, branch/wan 9/9, hq/wan 9/9"), &all),
    ];
    let mut wrong = Vec::new();
    for (network, client, server, expected, becomes) in cases {
        let result = run(network, "", &packets(client, server, 9));
        if (loads(&result), ends(&result)) != (expected, becomes.iter().copied().collect()) {
            wrong.push(format!("{client} to {server}: {} {:?}", loads(&result), ends(&result)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The tunnel of the first site over its circuit, of which both connections are up.
fn with_tunnel() -> String {
    let tunnel = "    vpn: [{name: ipsec, over: er/private, virtual_networks: [hub], advertised: [10.1.0.0/17], import: first}]\n";
    COMPANY
        .replace(", secondary: {state: down}", "")
        .replace("    circuits: [er]\n", &format!("    circuits: [er]\n{tunnel}"))
        .replace("[{circuit: er}]}", "[{circuit: er}], vpn: [{site: hq}]}")
        + "route_maps: [{name: first, clauses: [{set: {local_preference: 200}}]}]\n"
}

/// Links between sites, circuits below tunnels, and appliances fail and come back.
#[test]
fn whatever_carries_packets_can_fail() {
    let tunnel = with_tunnel();
    let forced = COMPANY.replace("advertised: [10.1.0.0/16", "advertised: [0.0.0.0/0, 10.1.0.0/16");
    let (branch, plant) = (["10.2.0.5", "10.120.1.4"], ["10.3.0.5", "10.2.0.4"]);
    let (guarded, over_tunnel) = (["10.1.0.5", "10.110.1.4"], ["10.1.0.5", "10.100.2.9"]);
    // What happens to ten packets each way, their ends (delivered, congested, black-holed, without a route that leads there),
    // their fates, and what comes to the link at hand.
    type Case<'c> = (&'c str, [&'c str; 2], &'c str, [u64; 4], &'c [Fate], &'c str);
    let cases: &[Case<'_>] = &[
        // Nobody notices for two seconds, then nothing leads there.
        (
            COMPANY,
            branch,
            "{at: 2500ms, down: mpls, detection: 2s}",
            [6, 0, 4, 10],
            &[Fate::NoRoute, Fate::BlackHoled],
            "mpls 5/5",
        ),
        // The other link takes over, until the first one is back.
        (
            COMPANY,
            plant,
            "{at: 2500ms, down: fiber, detection: 2s}\n  - {at: 7500ms, up: fiber}",
            [16, 0, 4, 0],
            &[Fate::BlackHoled],
            "fiber 7/7, radio 3/3",
        ),
        (
            COMPANY,
            plant,
            "{at: 2500ms, metric: fiber, to: 30}",
            [20, 0, 0, 0],
            &[Fate::Kept],
            "fiber 3/3, radio 7/7",
        ),
        (
            COMPANY,
            plant,
            "{at: 0s, rate: fiber, to: 0.0004 Mbps}",
            [10, 10, 0, 0],
            &[Fate::Congested],
            "fiber 10/10",
        ),
        // Routes to an appliance stay, whether it works or not.
        (
            COMPANY,
            guarded,
            "{at: 2500ms, down: hub/fw}\n  - {at: 6500ms, up: hub/fw}",
            [12, 0, 8, 0],
            &[Fate::BlackHoled],
            "hub/fw 10/10",
        ),
        (
            COMPANY,
            guarded,
            "{at: 0s, rate: hub/fw, to: 0.0004 Mbps}",
            [10, 10, 0, 0],
            &[Fate::Congested],
            "hub/fw 10/10",
        ),
        // What Azure sent over the site goes out from Azure, with another source.
        (
            &forced,
            ["10.120.1.4", "8.8.8.8"],
            "{at: 2500ms, down: er, detection: 0s}",
            [20, 0, 0, 0],
            &[Fate::Reset],
            "edge 3/3",
        ),
        // A tunnel goes on over the other connection, and not without the circuit.
        (
            &tunnel,
            over_tunnel,
            "{at: 0s, down: er/secondary, detection: 0s}\n  - {at: 2500ms, down: er/primary, detection: 2s}",
            [6, 0, 4, 10],
            &[Fate::Discarded, Fate::BlackHoled],
            "er/primary 5/5, ipsec 3/5",
        ),
        (
            &tunnel,
            over_tunnel,
            "{at: 2500ms, down: er, detection: 2s}",
            [6, 0, 4, 10],
            &[Fate::Discarded, Fate::BlackHoled],
            "ipsec 3/5",
        ),
    ];
    let mut wrong = Vec::new();
    for (network, [client, server], events, ends, fates, links) in cases {
        let result = run(network, &format!("events:\n  - {events}\n"), &packets(client, server, 10));
        let of = |end| result.total().get(end).packets;
        let nowhere = of(End::NoRoute) + of(End::Discarded);
        let reported = [of(End::Delivered), of(End::Congested), of(End::BlackHoled), nowhere];
        let told_fates = &result.changed.first().map_or(vec![Fate::Kept], |flow| flow.fates.clone());
        let told_links = loads(&result);
        let named = links.split(", ").all(|link| told_links.split(", ").any(|reported| reported == link));
        if reported != *ends || told_fates != fates || !named {
            wrong.push(format!("{events}: {reported:?} {told_fates:?} {told_links}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What Azure sends out over a site has an address of that site's pool, and what goes out from Azure one that no file has.
#[test]
fn the_edge_where_packets_go_on_translates_them() {
    let forced = COMPANY.replace("advertised: [10.1.0.0/16", "advertised: [0.0.0.0/0, 10.1.0.0/16");
    let events = "events: [{at: 3s, down: er, detection: 0s}]\n";
    let result = run(&forced, events, &packets("10.120.1.4", "8.8.8.8", 9));
    let flow = &result.changed[0];
    let pool: peerpath::addr::IpPrefix = "203.0.113.0/28".parse().unwrap();
    assert!(flow.first_source.is_some_and(|source| pool.contains(source)), "{:?}", flow.first_source);
    assert_eq!(flow.last_source, None);
}

/// What a translator of the client's site sends on takes the links of the IPv4 address, and comes back to its pool; elsewhere nobody
/// can tell.
#[test]
fn translated_packets_go_where_their_ipv4_address_leads() {
    let network = COMPANY
        .replace("[10.1.0.0/16]\n    internet", "[10.1.0.0/16, \"fd10:1::/48\"]\n    internet")
        .replace("[10.2.0.0/16], circuits", "[10.2.0.0/16, \"fd10:2::/48\"], circuits")
        .replace("wan:\n", "nat64: [{prefix: \"2001:db8:64::/48\", site: hq, pool: 10.1.9.0/24}]\nwan:\n");
    let circuit = "er/primary 9/9, er 9/9, hub/gateway 9/9";
    for (client, server, expected, end) in [
        ("fd10:1::5", "2001:db8:64:a78:1:400::", circuit, End::Delivered),
        ("fd10:1::5", "2001:db8:64:808:8:800::", "edge 9/9", End::Delivered),
        ("10.1.0.5", "10.120.1.4", circuit, End::Delivered),
        ("fd10:1::5", "2001:db8:64:a78:101:400::", "", End::Unknown),
        ("fd10:2::5", "2001:db8:64:a78:1:400::", "", End::Unknown),
    ] {
        let result = run(&network, "", &packets(client, server, 9));
        assert_eq!(loads(&result), expected, "{client} to {server}");
        assert_eq!(ends(&result), [(end, 1_800)].into(), "{client} to {server}");
    }
    // Where the way of the IPv4 address fails, so does the flow.
    let events = "events: [{at: 3s, down: er, detection: 0s}]\n";
    let result = run(&network, events, &packets("fd10:1::5", "2001:db8:64:a78:1:400::", 9));
    assert!(ends(&result).get(&End::Delivered).is_none_or(|bytes| *bytes < 1_800), "{:?}", ends(&result));
}

/// Flow after flow between all places of the company, while links, circuits and appliances come and go.
mod laws {
    use super::*;
    use proptest::prelude::*;

    const PLACES: [&str; 9] = [
        "10.1.0.5",
        "10.2.0.5",
        "10.3.0.5",
        "10.100.2.4",
        "10.110.1.4",
        "10.120.1.4",
        "8.8.8.8",
        "20.38.108.5",
        "192.168.7.7",
    ];

    fn network() -> impl Strategy<Value = String> {
        (any::<[bool; 5]>(), 1..40_u32, 1..40_u32).prop_map(
            |([forced, tunnel, both, dark, loose], fiber, radio)| {
                let mut text = if tunnel { with_tunnel() } else { COMPANY.to_owned() };
                if forced {
                    text = text.replace("advertised: [10.1.0.0/16", "advertised: [0.0.0.0/0, 10.1.0.0/16");
                }
                if both {
                    text = text.replace(", secondary: {state: down}", "");
                }
                if dark {
                    text = text.replace("announces: [own, circuits, default]}", "announces: [circuits]}");
                }
                if loose {
                    text = text.replace("stateful: true, ", "");
                    text = text.replace("snat_private_ranges: [10.0.0.0/8]", "snat_private_ranges: []");
                }
                text.replace(
                    "radio, sites: [plant, branch], metric: 20",
                    &format!("radio, sites: [plant, branch], metric: {radio}"),
                )
                .replace(
                    "fiber, sites: [plant, branch]",
                    &format!("fiber, sites: [plant, branch], metric: {fiber}"),
                )
            },
        )
    }

    fn event() -> impl Strategy<Value = String> {
        let any = prop::sample::select(vec![
            "mpls",
            "fiber",
            "radio",
            "hub/fw",
            "er",
            "er/primary",
            "er/private",
            "edge",
        ]);
        let wan = prop::sample::select(vec!["mpls", "fiber", "radio"]);
        let links =
            prop::sample::select(vec!["mpls", "fiber", "hub/fw", "hub/gateway", "er/primary", "edge"]);
        let action = prop_oneof![
            4 => any.clone().prop_map(|target| format!("down: {target}")),
            3 => any.prop_map(|target| format!("up: {target}")),
            2 => (wan, 0..40_u32).prop_map(|(link, metric)| format!("metric: {link}, to: {metric}")),
            2 => (links, 1..90_u32).prop_map(|(link, rate)| format!("rate: {link}, to: 0.000{rate:02} Mbps")),
        ];
        (0..40_u32, action).prop_map(|(at, action)| format!("  - {{at: {at}s, {action}}}\n"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        /// The run checks its own sums; here they are summed once more, apart from it: by end, by link, and over time.
        #[test]
        fn packets_in_are_packets_accounted_for(
            network in network(),
            events in prop::collection::vec(event(), 0..8),
            flows in prop::collection::vec((0..PLACES.len(), 0..PLACES.len(), 1..40_u64), 1..8),
        ) {
            let mut all: Vec<TimedPacket> = Vec::new();
            for (client, server, seconds) in flows.iter().filter(|(client, server, _)| client != server) {
                all.extend(packets(PLACES[*client], PLACES[*server], *seconds));
            }
            prop_assume!(!all.is_empty());
            all.sort_by_key(|packet| packet.time);
            let events = if events.is_empty() { "  []\n".to_owned() } else { events.concat() };
            let detection = "detection: {hold: 3s, convergence: 1s}\n";
            let result = run(&network, &format!("{detection}events:\n{events}"), &all);
            let total = result.total();
            prop_assert_eq!(result.offered.packets, all.len() as u64);
            let ended: u64 = End::ALL.iter().map(|end| total.get(*end).packets).sum();
            prop_assert_eq!(ended, all.len() as u64);
            let mut over_time = 0;
            for ((_, _), tally) in &result.series {
                over_time += tally.accounted().packets;
            }
            prop_assert_eq!(over_time, all.len() as u64);
            let (mut dropped, mut lost) = (0, 0);
            for link in &result.links {
                for (direction, one) in peerpath::sim::Direction::ALL.into_iter().zip(&link.totals) {
                    let gone = one.delivered.packets + one.dropped.packets + one.black_holed.packets;
                    prop_assert_eq!(gone, one.offered.packets, "{} {}", link.name, direction.word());
                    let buckets = link.buckets.iter().filter(|((own, _), _)| *own == direction);
                    let buckets: u64 = buckets.map(|(_, carried)| carried.offered.packets).sum();
                    prop_assert_eq!(buckets, one.offered.packets);
                    dropped += one.dropped.packets;
                    lost += one.black_holed.packets;
                }
            }
            prop_assert_eq!(dropped, total.get(End::Congested).packets);
            prop_assert_eq!(lost, total.get(End::BlackHoled).packets);
        }
    }
}
