//! What becomes of existing flows: cases by the network file, and the law that what holds for a flow is among what
//! is told of its range.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::OnceLock;

use peerpath::addr::{Family, FlowKey};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{
    Continuity, ContinuityReason, Departures, Engine, Inputs, Link, LinkState, ReturnVerdict, continuities,
    continuity,
};
use peerpath::network::{self, CircuitId, Connection, Network, PeeringKind, SiteId};

const WEST_EUROPE: &str = "20.50.2.1";
const HERE: SiteId = SiteId(0);

/// Two circuits, an internet edge and a tunnel; `{…}` are holes.
const BASE: &str = r"
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16]
    internet: {nat: [{internet}], stateful: {stateful}}
    circuits: [c1, {name: c2, {second}}]
    vpn: [{name: tunnel, virtual_networks: [hub], import: second}]
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: standard
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002]
      advertised: [198.51.100.0/24, 2001:db8:51::/48]
      nat: [198.51.100.0/28]
      secondary: {nat: [{pool}]}
    private_peering: {virtual_networks: [hub], advertised: [10.10.0.0/16]}
  - name: c2
    peering_location: London
    sku: standard
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002]
      advertised: [198.51.100.0/24, 2001:db8:51::/48]
      nat: [198.51.100.0/28]
virtual_networks:
  - {name: hub, region: westeurope, prefixes: [10.20.0.0/16]}
route_maps:
  - {name: second, clauses: [{set: {local_preference: 90}}]}
";

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

fn read(changes: &[(&str, &str)]) -> Network {
    let usual = [
        ("internet", "203.0.113.0/28"),
        ("stateful", "true"),
        ("second", "import: second"),
        ("pool", "198.51.100.0/28"),
    ];
    let text = usual.iter().fold(BASE.to_owned(), |text, (hole, usual)| {
        let fill = changes.iter().find(|(name, _)| name == hole).map_or(*usual, |(_, fill)| fill);
        text.replace(&format!("{{{hole}}}"), fill)
    });
    network::read(&Source::new("network.yaml", text), catalog()).0.unwrap()
}

const PRIMARY: Link = Link::Session(CircuitId(0), PeeringKind::Microsoft, Connection::Primary);
const SECONDARY: Link = Link::Session(CircuitId(0), PeeringKind::Microsoft, Connection::Secondary);
const FIRST: Link = Link::Circuit(CircuitId(0));
const SECOND: Link = Link::Circuit(CircuitId(1));
const INTERNET: Link = Link::Internet(HERE);

/// The engine with these links down.
fn engine(network: &Network, down: &[Link]) -> Engine {
    let links = down.iter().fold(LinkState::as_written(), |links, link| links.with_down(*link));
    Engine::compile(Inputs::new(network, catalog()).links(&links), HERE).unwrap()
}

/// What becomes of flows to an address when the links of `after` go down too.
fn change(
    before: &Network,
    after: &Network,
    address: &str,
    down: [&[Link]; 2],
) -> BTreeSet<ContinuityReason> {
    let address: IpAddr = address.parse().unwrap();
    let sides = [(before, engine(before, down[0])), (after, engine(after, &[down[0], down[1]].concat()))];
    let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
    let [before, after] = sides.each_ref().map(|(network, engine)| {
        let decision = engine.decision(engine.decide(address));
        Departures::new(network, HERE, engine.sessions()).all(decision, family)
    });
    continuities(&before, &after)
}

#[test]
fn cases() {
    use ContinuityReason as Why;
    let common = ("pool", "198.51.100.0/28");
    let apart = ("pool", "198.51.100.16/28");
    for (what, changes, address, before, after, expected) in [
        (
            "a common pool",
            vec![common],
            WEST_EUROPE,
            vec![],
            vec![PRIMARY],
            vec![Why::SameSession, Why::OtherConnection],
        ),
        (
            "only the primary carried",
            vec![common],
            WEST_EUROPE,
            vec![SECONDARY],
            vec![],
            vec![Why::SameSession],
        ),
        (
            "a pool each",
            vec![apart],
            WEST_EUROPE,
            vec![],
            vec![PRIMARY],
            vec![Why::SameSession, Why::SourceChanges],
        ),
        (
            "a wider pool",
            vec![("pool", "198.51.100.0/27")],
            WEST_EUROPE,
            vec![],
            vec![PRIMARY],
            vec![Why::SameSession, Why::OtherConnection],
        ),
        (
            "a narrower pool",
            vec![("pool", "198.51.100.0/29")],
            WEST_EUROPE,
            vec![],
            vec![PRIMARY],
            vec![Why::SameSession, Why::SourceMayChange],
        ),
        ("the other circuit", vec![], WEST_EUROPE, vec![], vec![FIRST], vec![Why::OtherTranslation]),
        // IPv6 is advertised and the pools are IPv4 only, so IPv6 clients keep their own addresses.
        ("the other circuit", vec![], "2603:1020:206::1", vec![], vec![FIRST], vec![Why::OtherCircuit]),
        (
            "the other circuit behind another edge",
            vec![("second", "import: second, metric: 10")],
            WEST_EUROPE,
            vec![],
            vec![FIRST],
            vec![Why::OtherDevice],
        ),
        ("the internet", vec![], WEST_EUROPE, vec![SECOND], vec![FIRST], vec![Why::SourceChanges]),
        (
            "the internet from the same pool",
            vec![("internet", "198.51.100.0/28")],
            WEST_EUROPE,
            vec![SECOND],
            vec![FIRST],
            vec![Why::OtherDevice],
        ),
        (
            "no device there",
            vec![("internet", "198.51.100.0/28"), ("stateful", "false")],
            WEST_EUROPE,
            vec![SECOND],
            vec![FIRST],
            vec![Why::OtherPath],
        ),
        ("nothing is left", vec![], WEST_EUROPE, vec![SECOND, INTERNET], vec![FIRST], vec![Why::NoRoute]),
        ("nothing was there", vec![], WEST_EUROPE, vec![FIRST, SECOND, INTERNET], vec![], vec![]),
        ("a tunnel takes over", vec![], "10.20.0.4", vec![], vec![FIRST], vec![Why::OtherPath]),
        (
            "the default route discards",
            vec![],
            "10.20.0.4",
            vec![Link::Vpn(HERE, 0)],
            vec![FIRST],
            vec![Why::Discarded],
        ),
        ("IPv6 on the internet", vec![], "2a00:1450::1", vec![], vec![INTERNET], vec![Why::NoRoute]),
    ] {
        let network = read(&changes);
        let found = change(&network, &network, address, [&before, &after]);
        assert_eq!(found, expected.into_iter().collect(), "{what}");
    }
}

#[test]
fn between_two_files_sessions_are_known_by_name() {
    let (before, after) = (read(&[]), read(&[("pool", "198.51.100.16/28")]));
    let found = change(&before, &after, WEST_EUROPE, [&[], &[]]);
    assert_eq!(found, BTreeSet::from([ContinuityReason::SameSession, ContinuityReason::SourceChanges]));
}

#[test]
fn answers_that_do_not_arrive_lose_the_flow() {
    let network = read(&[]);
    let engine = engine(&network, &[]);
    let decision = engine.decision(engine.decide(WEST_EUROPE.parse().unwrap()));
    let departures = Departures::new(&network, HERE, engine.sessions()).all(decision, Family::V4);
    let here = departures.first().unwrap();
    let with = |back| here.with_return(Some(back));
    let found = continuity(here, &with(ReturnVerdict::Dropped));
    assert_eq!(found.map(ContinuityReason::continuity), Some(Continuity::Lost));
    assert_eq!(continuity(&with(ReturnVerdict::Dropped), here), None, "there was no flow");
    assert_eq!(continuity(here, &with(ReturnVerdict::AtRisk)), Some(ContinuityReason::SameSession));
}

#[test]
fn what_holds_for_a_flow_is_told_of_its_range() {
    let states: [&[Link]; 6] =
        [&[], &[PRIMARY], &[SECONDARY], &[FIRST], &[FIRST, SECOND], &[SECOND, PRIMARY]];
    let mut seen = BTreeSet::new();
    for pool in ["198.51.100.0/28", "198.51.100.16/28"] {
        let network = read(&[("pool", pool), ("second", "metric: 0")]);
        let engines: Vec<Engine> = states.iter().map(|down| engine(&network, down)).collect();
        for (before, after) in engines.iter().flat_map(|one| engines.iter().map(move |other| (one, other))) {
            let address: IpAddr = WEST_EUROPE.parse().unwrap();
            let [old, new] = [before, after].map(|engine| engine.decision(engine.decide(address)));
            let (was, is) = (
                Departures::new(&network, HERE, before.sessions()),
                Departures::new(&network, HERE, after.sessions()),
            );
            let found = continuities(&was.all(old, Family::V4), &is.all(new, Family::V4));
            for port in 1024..1280 {
                let source = "10.10.0.9".parse().unwrap();
                let flow = FlowKey {
                    source,
                    destination: address,
                    protocol: 6,
                    source_port: port,
                    destination_port: 443,
                };
                let was = was.of(old, old.carrier_of(&flow), Family::V4);
                let of_flow = continuity(&was, &is.of(new, new.carrier_of(&flow), Family::V4)).unwrap();
                assert!(found.contains(&of_flow), "{of_flow} is not among {found:?}");
                seen.insert(of_flow.continuity());
            }
        }
    }
    assert_eq!(seen, BTreeSet::from([Continuity::Kept, Continuity::Moved, Continuity::Reset]));
}

#[test]
fn reasons_stand_in_the_order_of_what_they_mean() {
    let meant: Vec<Continuity> =
        ContinuityReason::ALL.into_iter().map(ContinuityReason::continuity).collect();
    assert!(meant.is_sorted() && ContinuityReason::ALL.is_sorted());
    assert_eq!(meant.into_iter().collect::<BTreeSet<_>>(), Continuity::ALL.into_iter().collect());
}

/// Where nobody can tell whether answers arrive, before or after, nobody can tell of the flow; what is lost for sure is lost
/// all the same.
#[test]
fn unknown_answers_make_a_flow_unknown() {
    let text = BASE.replace("{internet}", "203.0.113.0/28").replace("{stateful}", "true");
    let text = text.replace("{second}", "import: second").replace("{pool}", "198.51.100.0/28");
    let network = network::read(&Source::new("network.yaml", text), catalog()).0.unwrap();
    let engine = Engine::compile(Inputs::new(&network, catalog()), HERE).unwrap();
    let decision = engine.decision(engine.decide(WEST_EUROPE.parse::<IpAddr>().unwrap()));
    let departures = Departures::new(&network, HERE, engine.sessions());
    let one = departures.of(decision, decision.next_hops().first().copied(), Family::V4);
    let (known, unknown) = (one.with_return(Some(ReturnVerdict::Symmetric)), one.with_unknown_return(true));
    let dropped = unknown.with_return(Some(ReturnVerdict::Dropped));
    for (before, after, expected) in [
        (known, known, Some(ContinuityReason::SameSession)),
        (known, unknown, Some(ContinuityReason::ReturnUnknown)),
        (unknown, known, Some(ContinuityReason::ReturnUnknown)),
        (unknown, dropped, Some(ContinuityReason::NoWayBack)),
        (dropped, known, None),
    ] {
        assert_eq!(continuity(&before, &after), expected);
    }
    assert_eq!(ContinuityReason::ReturnUnknown.continuity(), Continuity::Unknown);
}
