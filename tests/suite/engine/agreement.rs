//! The engine and the explanation, its slow twin, agree.

use super::*;

/// The law over the edges of every route, first, last and their neighbours, of both families.
#[test]
fn explaining_and_deciding_agree_at_prefix_edges() {
    let demo = read(DEMO);
    let rest = "route_maps:\n  - name: m\n    clauses:\n      - {match: {communities: [12076:51003]}, action: deny}\n      - {set: {local_preference: 150}}";
    let other = base(&[("peering", "import: m"), ("rest", rest)]);
    for network in [&demo, &other] {
        let inputs = Inputs::new(network, catalog());
        for (site, engine) in (0..).zip(Engine::compile_sites(inputs).unwrap()) {
            let starts4 = engine.partition4().starts().iter().map(|start| IpAddr::V4(*start));
            let starts6 = engine.partition6().starts().iter().map(|start| IpAddr::V6(*start));
            // Every edge is too many for the slow way: a sample that is spread evenly.
            for address in starts4.step_by(13).chain(starts6.step_by(13)) {
                for address in [before(address), Some(address)].into_iter().flatten() {
                    let slow = explain(inputs, SiteId(site), address).unwrap().decision;
                    assert_eq!(*engine.decision(engine.decide(address)), slow, "{address}");
                }
            }
        }
    }
}

/// The law where routes of a file have rivals: on their own session, on a circuit's whose filter or table brings the
/// same prefixes, and by static routes. Attributes of a file are looked at late where no import policy asks for them,
/// and at once where one does.
#[test]
fn tables_with_rivals_agree_with_the_slow_way() {
    let mut state = 1_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let near = catalog().routes(peerpath::rib::Community::microsoft(51002)).to_vec();
    let mut route = |_: u64| {
        let prefix = near[usize::try_from(random(12)).unwrap()].prefix;
        let wider = |prefix: peerpath::addr::Prefix<_>, by: u64| {
            (0..by).fold(prefix, |prefix, _| prefix.parent().unwrap_or(prefix))
        };
        let prefix = match prefix {
            IpPrefix::V4(prefix) => IpPrefix::V4(wider(prefix, random(3))),
            IpPrefix::V6(_) => prefix,
        };
        let as_path = match random(4) {
            0 => AsPath::UNKNOWN,
            length => AsPath::sequence((0..length).map(|_| 64_500)),
        };
        let med = (random(2) == 0).then_some(7);
        (prefix, Attributes { as_path, med, ..Attributes::default() })
    };
    let mut asked = 0;
    let maps = "route_maps:\n  - name: m\n    clauses:\n      - {set: {local_preference: 100}}";
    for round in 0..12 {
        let mut tables = RoutingTables::none();
        tables.insert("edge.txt".to_owned(), (0..40).map(&mut route).collect());
        tables.insert("circuit.txt".to_owned(), (0..40).map(&mut route).collect());
        let site = "circuits: [c1]\n    static_routes: [{prefix: 20.50.0.0/18, via: internet}]";
        let learned = if round % 2 == 0 { "primary: {learned: circuit.txt}" } else { "" };
        let deferred = base(&[("edge", "routes: edge.txt"), ("site", site), ("peering", learned)]);
        let at_once = base(&[
            ("edge", "routes: edge.txt, import: m"),
            ("site", site),
            ("peering", learned),
            ("rest", maps),
        ]);
        for network in [&deferred, &at_once] {
            let inputs = Inputs::new(network, catalog()).tables(&tables);
            let engine = Engine::compile(inputs, SiteId(0)).unwrap();
            let starts4 = engine.partition4().starts().iter().map(|start| IpAddr::V4(*start));
            let starts6 = engine.partition6().starts().iter().map(|start| IpAddr::V6(*start));
            let mut edges: Vec<IpAddr> = starts4.step_by(97).chain(starts6.step_by(97)).collect();
            edges.extend(["edge.txt", "circuit.txt"].iter().flat_map(|name| {
                tables.get(name).unwrap().iter().flat_map(|(prefix, _)| [prefix.first(), prefix.last()])
            }));
            for address in edges {
                let slow = explain(inputs, SiteId(0), address).unwrap().decision;
                assert_eq!(*engine.decision(engine.decide(address)), slow, "{address} in round {round}");
                asked += usize::from(slow.next_hops().len() > 1 || slow.step().is_some());
            }
        }
    }
    assert!(asked > 1_000, "{asked} answers of routes");
}

/// What is not known of the routes of a table, and asked for by route maps: the engine says what the explanation says,
/// and whatever paths and communities the routes really have, no answer but `unknown` differs from that of a table with
/// them.
#[test]
fn what_route_maps_ask_for_in_vain_is_unknown() {
    let mut state = 5_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let near = catalog().routes(peerpath::rib::Community::microsoft(51002)).to_vec();
    let near = near.iter().map(|route| route.prefix).filter(|prefix| matches!(prefix, IpPrefix::V4(_)));
    let near: Vec<IpPrefix> = near.take(6).collect();
    let paths = ["64500", "64500 64501", "64501", "64502 64500 64501"];
    let known = ["", "64500:1", "64500:2", "64500:1 64500:2"];
    let (mut unknown, mut settled) = (0, 0);
    for round in 0..45 {
        let mut map = |name: &str| {
            let mut text = format!("  - name: {name}\n    clauses:\n");
            for _ in 0..=random(3) {
                let matches =
                    ["as_paths: ['^64500']", "as_paths: ['64501$']", "communities: ['64500:1']", ""];
                let matches = matches[random(4)];
                let (action, set) =
                    [("deny", 0), ("permit", 50), ("permit", 150), ("continue", 200)][random(4)];
                let set = if set > 0 { format!(", set: {{local_preference: {set}}}") } else { String::new() };
                text += &format!("      - {{match: {{{matches}}}, action: {action}{set}}}\n");
            }
            text + "      - {}\n"
        };
        let maps = format!("route_maps:\n{}{}", map("m"), map("n"));
        let learned = if round % 3 == 0 { "primary: {learned: circuit.csv}" } else { "" };
        let default = if round % 2 == 0 { "both" } else { "none" };
        let network = base(&[
            ("edge", &format!("routes: edge.csv, import: m, default_route: {default}")),
            ("site", "circuits: [{name: c1, import: n}]"),
            ("peering", learned),
            ("rest", &maps),
        ]);
        // Of a connection's table Microsoft's router is known to be at the head of every path.
        let rows: Vec<(IpPrefix, usize, usize, bool)> =
            near.iter().map(|prefix| (*prefix, random(4), random(4), random(2) == 0)).collect();
        let tables = |blind: bool| {
            let mut tables = RoutingTables::none();
            for (name, of_edge) in [("edge.csv", true), ("circuit.csv", false)] {
                let mut text =
                    if blind { "prefix,as_path\n" } else { "prefix,as_path,communities\n" }.to_owned();
                for (prefix, path, communities, found) in &rows {
                    let path = if of_edge && (*found || !blind) { paths[*path] } else { "" };
                    let communities = if blind { String::new() } else { format!(",{}", known[*communities]) };
                    text += &format!("{prefix},{path}{communities}\n");
                }
                tables.insert(name.to_owned(), rib::import::read(name, text.as_bytes()).unwrap().into());
            }
            tables
        };
        let (blind, sighted) = (tables(true), tables(false));
        let inputs = Inputs::new(&network, catalog()).tables(&blind);
        let engine = Engine::compile(inputs, SiteId(0)).unwrap();
        for prefix in &near {
            let words = reported(inputs, &prefix.first().to_string()).decision;
            assert_eq!(*engine.decision(engine.decide(prefix.first())), words, "{prefix} in round {round}");
            let really = Inputs::new(&network, catalog()).tables(&sighted);
            let really = reported(really, &prefix.first().to_string()).decision;
            let is_policy = matches!(words.reason(), peerpath::engine::Reason::UnknownPolicy { .. });
            unknown += usize::from(is_policy);
            if words.disposition != peerpath::engine::Disposition::Unknown {
                settled += 1;
                assert_eq!(
                    words.disposition, really.disposition,
                    "{prefix} in round {round}: {maps} {rows:?}"
                );
            }
        }
    }
    assert!(unknown > 20 && settled > 20, "{unknown} unknown, {settled} settled");
}
