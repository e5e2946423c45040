//! The engine as a whole: pinned answers, cases of the routing model, and the law that the slow way of
//! explaining and the fast way of deciding agree.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod fail_closed;
mod proxy;
mod return_path;

use std::net::IpAddr;
use std::sync::OnceLock;

use peerpath::addr::{FlowKey, IpPrefix};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{
    Absence, Chooser, Comparison, Crossing, Engine, Explanation, Inputs, Link, LinkState, ReturnVerdict,
    ReturnVerdicts, RouteStatus, RoutingTable, RoutingTables, Vantage, explain, explain_at,
    explain_from_subnet,
};
use peerpath::network::{self, CircuitId, Connection, Network, PeeringKind, SiteId};
use peerpath::rib::{self, AsPath, Attributes};

const DEMO: &str = include_str!("../../examples/demo/network.yaml");
const WEST_EUROPE: &str = "20.50.2.1";

/// One site, one circuit or two, both peerings, an internet edge; `{…}` are holes.
const BASE: &str = r"
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16]
    internet: {name: edge, nat: [203.0.113.0/28], {edge}}
    {site}
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: standard
    bandwidth: 1 Gbps
    {circuit}
    microsoft_peering:
      {filter}
      advertised: [{pool}]
      nat: [198.51.100.0/28]
      {peering}
    private_peering:
      virtual_networks: [hub]
      advertised: [{private}]
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [10.20.0.0/16]
{rest}
";

const HOLES: [(&str, &str); 8] = [
    ("edge", "default_route: both"),
    ("site", "circuits: [c1]"),
    ("circuit", ""),
    ("filter", "route_filter: [12076:51002, 12076:51003]"),
    ("pool", "198.51.100.0/28"),
    ("peering", ""),
    ("private", "10.10.0.0/16"),
    ("rest", ""),
];

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

fn read(text: &str) -> Network {
    let source = Source::new("network.yaml", text);
    let (network, diagnostics) = network::read(&source, catalog());
    network.unwrap_or_else(|| {
        let all: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        panic!("{all:?}\n{text}")
    })
}

/// The base network with some holes filled otherwise.
fn base(changes: &[(&str, &str)]) -> Network {
    let mut text = BASE.to_owned();
    for (hole, usual) in HOLES {
        let fill = changes.iter().find(|(name, _)| *name == hole).map_or(usual, |(_, fill)| fill);
        text = text.replace(&format!("{{{hole}}}"), fill);
    }
    read(&text)
}

fn reported<'a>(inputs: Inputs<'a>, address: &str) -> Explanation<'a> {
    explain(inputs, SiteId(0), address.parse().unwrap()).unwrap()
}

fn path(network: &Network, links: &LinkState, address: &str) -> String {
    let inputs = Inputs::new(network, catalog()).links(links);
    let engine = Engine::compile(inputs, SiteId(0)).unwrap();
    let decision = engine.decision(engine.decide(address.parse().unwrap()));
    assert_eq!(*decision, reported(inputs, address).decision, "{address}");
    let sessions = decision.next_hops().iter().map(|next_hop| {
        engine.sessions().iter().find(|session| session.id == next_hop.session).unwrap().name.clone()
    });
    format!("{} {}", decision.disposition, sessions.collect::<Vec<_>>().join(" "))
}

fn back(network: &Network, address: &str) -> (ReturnVerdict, Comparison) {
    let explanation = reported(Inputs::new(network, catalog()), address);
    let back = explanation.return_path.unwrap();
    let worst = back.sources.iter().max_by_key(|source| source.verdict).unwrap();
    (back.verdict, worst.reason.clone())
}

#[test]
fn the_demo_network_decides_as_it_always_did() {
    let network = read(DEMO);
    let engines = Engine::compile_sites(Inputs::new(&network, catalog())).unwrap();
    for (site, address, expected) in [
        (0, "52.112.0.1", "microsoft-peering 52.112.0.0/14"),
        (0, "8.8.8.8", "internet 0.0.0.0/0"),
        (0, "10.20.1.4", "private-peering 10.20.0.0/16"),
        (0, "10.10.3.3", "on-premises 10.10.0.0/16"),
        (0, "10.11.0.1", "on-premises 10.11.0.0/16"),
        (0, "20.50.2.1", "microsoft-peering 20.50.0.0/18"),
        (0, "52.96.0.1", "internet 0.0.0.0/0"),
        (0, "192.168.1.1", "discarded 0.0.0.0/0"),
        (0, "2603:1061:2002::1", "internet ::/0"),
        (0, "2603:1063::1", "microsoft-peering 2603:1063::/38"),
        (0, "fd20::5", "private-peering fd20::/48"),
        (0, "169.254.0.1", "on-premises 169.254.0.0/16"),
        (0, "40.74.28.1", "microsoft-peering 40.74.0.0/19"),
        (0, "168.63.129.16", "unreachable 168.63.129.16/32"),
        (1, "52.112.0.1", "internet 0.0.0.0/0"),
        (1, "10.20.1.4", "discarded 0.0.0.0/0"),
        (1, "fd10::1", "on-premises fd10::/48"),
    ] {
        let engine = engines.get(site).unwrap();
        let decision = engine.decision(engine.decide(address.parse().unwrap()));
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        assert_eq!(format!("{} {prefix}", decision.disposition), expected, "{address} from site {site}");
    }
    assert_eq!(
        engines.iter().map(|engine| engine.partition4().len() + engine.partition6().len()).sum::<usize>(),
        2064
    );
}

#[test]
fn sessions_go_down_one_by_one_and_together() {
    let network = base(&[]);
    let up = LinkState::as_written();
    let both = "microsoft-peering c1/microsoft/primary c1/microsoft/secondary";
    assert_eq!(path(&network, &up, WEST_EUROPE), both);
    let primary = Link::Session(CircuitId(0), PeeringKind::Microsoft, Connection::Primary);
    let down = up.clone().with_down(primary);
    assert_eq!(path(&network, &down, WEST_EUROPE), "microsoft-peering c1/microsoft/secondary");
    assert!(path(&network, &down, "10.20.1.4").contains("c1/private/primary"));
    let down = up.clone().with_down(Link::Circuit(CircuitId(0)));
    assert_eq!(path(&network, &down, WEST_EUROPE), "internet edge");
    assert_eq!(path(&network, &down, "10.20.1.4"), "discarded ");
    let detached = up.with_down(Link::RouteFilter(CircuitId(0)));
    assert_eq!(path(&network, &detached, WEST_EUROPE), "internet edge");
    let absent = reported(Inputs::new(&network, catalog()).links(&detached), WEST_EUROPE).absent;
    assert!(absent.iter().any(|one| one.absence == Absence::RouteFilterDetached));
}

#[test]
fn limits_drop_the_whole_session() {
    let prefixes = |count: u32| {
        (0..count).map(|n| format!("198.{}.{}.0/24", 20 + n / 256, n % 256)).collect::<Vec<_>>().join(", ")
    };
    let up = LinkState::as_written();
    let within = base(&[("pool", &format!("198.51.100.0/28, {}", prefixes(199)))]);
    assert!(path(&within, &up, WEST_EUROPE).starts_with("microsoft-peering"));
    let beyond = base(&[("pool", &format!("198.51.100.0/28, {}", prefixes(200)))]);
    assert_eq!(path(&beyond, &up, WEST_EUROPE), "internet edge");
    let many = |count: u32| {
        (0..count).map(|n| format!("10.{}.{}.0/24", 32 + n / 256, n % 256)).collect::<Vec<_>>().join(", ")
    };
    assert!(path(&base(&[("private", &many(4_000))]), &up, "10.20.1.4").starts_with("private-peering"));
    assert_eq!(path(&base(&[("private", &many(4_001))]), &up, "10.20.1.4"), "discarded ");
}

#[test]
fn filters_authorization_and_age_bound_what_is_advertised() {
    let up = LinkState::as_written();
    assert_eq!(path(&base(&[("filter", "")]), &up, WEST_EUROPE), "internet edge");
    let exchange = "route_filter: [12076:5010]";
    let absence = |network: &Network| {
        let found = reported(Inputs::new(network, catalog()), "40.96.1.1").absent;
        found
            .into_iter()
            .find(|one| one.community.is_some_and(|own| own.value() == 5010))
            .map(|one| one.absence)
    };
    assert!(matches!(absence(&base(&[("filter", exchange)])), Some(Absence::NeedsPremium { .. })));
    let circuit = |text: &str| {
        let text = BASE.replace("sku: standard", "sku: premium").replace("{circuit}", text);
        let filled = HOLES.iter().fold(text, |text, (hole, usual)| {
            text.replace(&format!("{{{hole}}}"), if *hole == "filter" { exchange } else { usual })
        });
        read(&filled)
    };
    assert!(path(&circuit(""), &up, "40.96.1.1").starts_with("microsoft-peering"));
    let not_authorized = circuit("authorized: []");
    assert_eq!(path(&not_authorized, &up, "40.96.1.1"), "internet edge");
    assert!(matches!(absence(&not_authorized), Some(Absence::NotAuthorized { .. })));
}

#[test]
fn route_maps_deny_and_prefer() {
    let rest = "route_maps:\n  - name: m\n    clauses:\n      - {match: {communities: [12076:51003]}, action: deny}\n      - {match: {peers: [c1/microsoft/secondary]}, set: {local_preference: 200}}\n      - {action: permit}";
    let network = base(&[("peering", "import: m"), ("rest", rest)]);
    let up = LinkState::as_written();
    assert_eq!(path(&network, &up, WEST_EUROPE), "microsoft-peering c1/microsoft/secondary");
    let explanation = reported(Inputs::new(&network, catalog()), WEST_EUROPE);
    let lost = explanation.candidates.iter().find_map(|candidate| match candidate.standing {
        RouteStatus::Lost(step) => Some(step.name()),
        _ => None,
    });
    assert_eq!(lost, Some("local preference"));
    let north = catalog().routes(peerpath::rib::Community::microsoft(51003));
    let north =
        north.iter().find(|route| catalog().lookup(route.prefix.first()).communities.len() == 1).unwrap();
    let denied = reported(Inputs::new(&network, catalog()), &north.prefix.first().to_string());
    assert_eq!(denied.decision.disposition.word(), "internet");
    let clause = denied.absent.iter().find_map(|one| match one.absence {
        Absence::Denied(denial) => denial.clause,
        _ => None,
    });
    assert_eq!(clause, Some(1));
}

#[test]
fn a_longer_prefix_of_the_internet_wins_and_a_full_table_is_needed() {
    let network = base(&[("edge", "routes: table.txt")]);
    assert!(Engine::compile(Inputs::new(&network, catalog()), SiteId(0)).is_err());
    let mut tables = RoutingTables::none();
    let route = |prefix: &str| {
        let as_path = AsPath::sequence([64500, 8075]);
        (prefix.parse::<IpPrefix>().unwrap(), Attributes { as_path, ..Attributes::default() })
    };
    // The same prefix as on the circuit, whose AS path is shorter; and a longer one.
    let table: RoutingTable = [route("20.50.0.0/18"), route("20.50.2.0/24")].into_iter().collect();
    tables.insert("table.txt".to_owned(), table);
    let inputs = Inputs::new(&network, catalog()).tables(&tables);
    let longer = reported(inputs, WEST_EUROPE).decision;
    assert_eq!((longer.disposition.word(), longer.step().unwrap().name()), ("internet", "only candidate"));
    let same = reported(inputs, "20.50.3.1").decision;
    assert_eq!(
        (same.disposition.word(), same.step().unwrap().name()),
        ("microsoft-peering", "AS path length")
    );
}

/// A route that went through the site's own network is refused, from the internet's table as from a connection's, and
/// told among those that are not there.
#[test]
fn loops_are_refused() {
    let table = "prefix,as_path\n20.50.2.0/24,3320 65010 8075\n20.50.0.0/18,12076 8075\n";
    let table = || rib::import::read("table.csv", table.as_bytes()).unwrap();
    for (key, text, number, prefix) in [
        ("edge", "routes: table.csv", Some(65_010), "20.50.0.0/18"),
        ("edge", "routes: table.csv", Some(65_011), "20.50.2.0/24"),
        ("edge", "routes: table.csv", None, "20.50.2.0/24"),
        ("peering", "primary: {learned: table.csv}", Some(65_010), "20.50.0.0/18"),
        ("peering", "primary: {learned: table.csv}", Some(65_011), "20.50.2.0/24"),
    ] {
        let own = number.map(|number| format!("autonomous_system: {number}")).unwrap_or_default();
        let own = format!("circuits: [c1]\n    {own}");
        let network = base(&[(key, text), ("site", &own)]);
        let mut tables = RoutingTables::none();
        tables.insert("table.csv".to_owned(), table().into());
        let inputs = Inputs::new(&network, catalog()).tables(&tables);
        let reported = reported(inputs, "20.50.2.1");
        assert_eq!(reported.decision.prefix.unwrap().to_string(), prefix, "{text} {number:?}");
        let engine = Engine::compile(inputs, SiteId(0)).unwrap();
        assert_eq!(*engine.decision(engine.decide("20.50.2.1".parse().unwrap())), reported.decision);
        let loops = reported
            .absent
            .iter()
            .filter(|one| matches!(one.absence, peerpath::engine::Absence::Loop { .. }))
            .count();
        assert_eq!(loops, usize::from(number == Some(65_010)), "{text} {number:?}");
    }
}

/// What cannot be told about a shorter prefix is no doubt about the decision.
#[test]
fn a_longer_prefix_leaves_nothing_undetermined() {
    let network = base(&[("edge", "routes: table.txt")]);
    let mut tables = RoutingTables::none();
    let table = "20.50.0.0/18\n20.50.2.0/24\n".as_bytes();
    tables.insert("table.txt".to_owned(), rib::import::read("table.txt", table).unwrap().into());
    let inputs = Inputs::new(&network, catalog()).tables(&tables);
    let standings = |address| {
        let candidates = reported(inputs, address).candidates;
        let of_both = candidates.into_iter().filter(|one| one.prefix.length() == 18);
        of_both.map(|one| one.standing).collect::<Vec<_>>()
    };
    let (longer, same) = (standings("20.50.2.1"), standings("20.50.3.1"));
    assert!(longer.len() > 1 && longer.iter().all(|one| *one == RouteStatus::ShorterPrefix), "{longer:?}");
    assert!(same.contains(&RouteStatus::Undetermined), "{same:?}");
}

const SUBNETS: &str = r"
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16]
    internet: {name: edge}
    vpn:
      - {name: tunnel, virtual_networks: [hub], advertised: [10.10.0.0/16, 10.10.7.0/24]}
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: standard
    bandwidth: 1 Gbps
    private_peering:
      virtual_networks: [hub]
      advertised: [10.10.0.0/16, 10.20.9.0/24, 0.0.0.0/0]
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [10.20.0.0/16]
    subnets:
      - {name: plain, prefixes: [10.20.1.0/24]}
      - {name: routed, prefixes: [10.20.2.0/24], route_table: table}
route_tables:
  - name: table
    disable_bgp_route_propagation: true
    routes:
      - {prefix: 10.10.3.0/24, next_hop: none}
";

#[test]
fn a_subnet_has_routes_of_its_own() {
    let network = read(SUBNETS);
    let from = |subnet: &str, links: &LinkState, address: &str| {
        let inputs = Inputs::new(&network, catalog()).links(links);
        let (network, subnet, _) = network.subnet_named(subnet).unwrap();
        let decision =
            explain_from_subnet(inputs, network, subnet, address.parse().unwrap()).unwrap().decision;
        format!("{} {}", decision.disposition, decision.prefix.unwrap())
    };
    let up = LinkState::as_written();
    // Of the same prefix ExpressRoute before VPN, but a longer one over VPN wins; 0/0 is taken too.
    assert_eq!(from("hub/plain", &up, "10.10.1.1"), "private-peering 10.10.0.0/16");
    assert_eq!(from("hub/plain", &up, "10.10.7.1"), "vpn 10.10.7.0/24");
    assert_eq!(from("hub/plain", &up, "8.8.8.8"), "private-peering 0.0.0.0/0");
    // The system's route to the virtual network stands against a longer one of the gateway.
    assert_eq!(from("hub/plain", &up, "10.20.9.1"), "azure-backbone 10.20.0.0/16");
    let down = up.clone().with_down(Link::Peering(CircuitId(0), PeeringKind::Private));
    assert_eq!(from("hub/plain", &down, "10.10.1.1"), "vpn 10.10.0.0/16");
    assert_eq!(from("hub/plain", &down, "8.8.8.8"), "internet 0.0.0.0/0");
    assert_eq!(from("hub/plain", &down, WEST_EUROPE), "azure-backbone 0.0.0.0/0");
    assert_eq!(from("hub/routed", &up, "10.10.3.1"), "discarded 10.10.3.0/24");
    assert_eq!(from("hub/routed", &up, "10.10.1.1"), "discarded 10.0.0.0/8");
}

#[test]
fn flows_share_both_connections() {
    let network = base(&[]);
    let decision = reported(Inputs::new(&network, catalog()), WEST_EUROPE).decision;
    let flow = |source_port| FlowKey {
        source: "10.10.0.1".parse().unwrap(),
        destination: WEST_EUROPE.parse().unwrap(),
        protocol: 6,
        source_port,
        destination_port: 443,
    };
    let primary = (0..1000).filter_map(|port| decision.carrier_of(&flow(port))?.circuit);
    let primary = primary.filter(|(_, connection)| *connection == Connection::Primary).count();
    assert!((400..600).contains(&primary), "{primary}");
}

fn before(address: IpAddr) -> Option<IpAddr> {
    Some(match address {
        IpAddr::V4(address) => IpAddr::V4(u32::from(address).checked_sub(1)?.into()),
        IpAddr::V6(address) => IpAddr::V6(u128::from(address).checked_sub(1)?.into()),
    })
}
