//! Denied destinations and administrative distances: what leaves over the internet, and what does not.

use peerpath::check::{Demand, Expectation, read_checks_file};
use peerpath::engine::{ServerReason, to_server};

use super::*;

/// A site with a circuit and an internet edge, and a site behind it; `{…}` are holes.
const TWO_SITES: &str = r"
version: 1
sites:
  - name: a
    prefixes: [10.1.0.0/16]
    internet: {name: edge-a, nat: [203.0.113.0/28]{deny-a}}
    circuits: [er]
    static_routes: [{statics-a}]
  - name: b
    prefixes: [10.2.0.0/16]
    {internet-b}
    circuits: []
    static_routes: [{statics-b}]
wan: [{name: l, sites: [a, b], announces: [own, circuits, default]}]
circuits:
  - name: er
    peering_location: Amsterdam
    sku: standard
    bandwidth: 1 Gbps
    microsoft_peering: {route_filter: [12076:51002], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
";

fn two_sites(holes: &[(&str, &str)]) -> Network {
    let mut text = TWO_SITES.to_owned();
    for hole in ["deny-a", "statics-a", "internet-b", "statics-b"] {
        let value = holes.iter().find(|(name, _)| *name == hole).map_or("", |(_, value)| value);
        text = text.replace(&format!("{{{hole}}}"), value);
    }
    read(&text)
}

/// The path of an address from a site, by the slow way and the fast way.
fn path(network: &Network, links: &LinkState, site: &str, address: &str) -> String {
    let (id, _) = network.site_named(site).unwrap();
    let inputs = Inputs::new(network, catalog()).links(links);
    let address: IpAddr = address.parse().unwrap();
    let slow = explain(inputs, id, address).unwrap().decision;
    let engine = Engine::compile(inputs, id).unwrap();
    assert_eq!(*engine.decision(engine.decide(address)), slow, "{address} from {site}");
    slow.disposition.to_string()
}

/// A static route against one from the site's own circuit (20) and one from another site (200), and without either.
#[test]
fn the_lowest_distance_wins_among_routes_to_one_prefix() {
    for (distance, at_a, at_b) in [
        ("", "discarded", "discarded"),
        (", distance: 19", "discarded", "discarded"),
        (", distance: 21", "microsoft-peering", "discarded"),
        (", distance: 199", "microsoft-peering", "discarded"),
        (", distance: 201", "microsoft-peering", "microsoft-peering"),
        (", distance: 254", "microsoft-peering", "microsoft-peering"),
    ] {
        let statics = format!("{{community: 12076:51002, via: discard{distance}}}");
        let network = two_sites(&[("statics-a", &statics), ("statics-b", &statics)]);
        let found = ["a", "b"].map(|site| path(&network, &LinkState::as_written(), site, WEST_EUROPE));
        // A packet from b that follows the route from a is decided about again at a.
        assert_eq!(found, [at_a, at_b], "{distance}");
        let circuit = LinkState::as_written().with_down(Link::Circuit(CircuitId(0)));
        let found = ["a", "b"].map(|site| path(&network, &circuit, site, WEST_EUROPE));
        assert_eq!(found, ["discarded", "discarded"], "{distance} without the circuit");
    }
}

/// A rule applies at the edge over which packets leave, wherever they start.
#[test]
fn packets_are_denied_where_they_leave() {
    let deny = ", deny: [{community: 12076:51002, except: [{prefix: 20.50.2.0/24}]}]";
    let own = "internet: {name: edge-b, nat: [203.0.113.16/28]}";
    let circuit = LinkState::as_written().with_down(Link::Circuit(CircuitId(0)));
    for (holes, a, b) in [
        ([("deny-a", ""), ("internet-b", "")], "internet", "internet"),
        ([("deny-a", deny), ("internet-b", "")], "discarded", "discarded"),
        ([("deny-a", deny), ("internet-b", own)], "discarded", "internet"),
    ] {
        let network = two_sites(&holes);
        let found = |address: &str| ["a", "b"].map(|site| path(&network, &circuit, site, address));
        assert_eq!(found("20.50.3.1"), [a, b], "{holes:?}");
        assert_eq!(found(WEST_EUROPE), ["internet", "internet"], "excepted, {holes:?}");
        assert_eq!(found("8.8.8.8"), ["internet", "internet"], "not selected, {holes:?}");
        let up = ["a", "b"].map(|site| path(&network, &LinkState::as_written(), site, "20.50.3.1"));
        assert_eq!(up, ["microsoft-peering", "microsoft-peering"], "{holes:?}");
    }
}

/// Whether Microsoft advertises a prefix may be unknown; where the internet is denied, it is excluded all the same.
#[test]
fn an_unknown_advertisement_is_not_the_internet_where_that_is_denied() {
    // Only the tag of storage contains the address, so the sources disagree on whether its community does.
    let address: IpAddr = "20.33.145.1".parse().unwrap();
    let filter = ("filter", "route_filter: [12076:52002]");
    let expectation = |text: &str| -> Expectation {
        let text = format!("version: 1\nchecks: [{{id: x, scope: all, expect: {{{text}}}}}]\n");
        let (checks, found) = read_checks_file(&Source::new("checks.yaml", text), None, catalog());
        match checks.all.into_iter().next().map(|check| check.demand) {
            Some(Demand::Assertion(assertion)) => assertion.expect,
            _ => panic!("{found:?}"),
        }
    };
    let all = ", deny: [{prefix: 0.0.0.0/0}]";
    for (deny, text, holds) in [
        ("", "not_path: internet", "CannotTell(Path)"),
        (all, "not_path: internet", "Holds"),
        (all, "not_path: [microsoft-peering, discarded]", "Fails(Path)"),
        (all, "path: microsoft-peering", "CannotTell(Path)"),
        (all, "path: [microsoft-peering, discarded]", "Holds"),
    ] {
        let network = base(&[("edge", &format!("default_route: both{deny}")), filter]);
        let explained = explain(Inputs::new(&network, catalog()), SiteId(0), address).unwrap();
        let found = expectation(text).evaluate(&explained, None);
        assert_eq!(format!("{found:?}"), holds, "{text} with `{deny}`");
    }
}

/// A stateful edge lets out the replies of connections that it let in, also to destinations that it denies.
#[test]
fn replies_of_published_servers_are_denied_by_stateless_edges_only() {
    for (edge, reason) in
        [("stateful: true", ServerReason::SameWay), ("stateful: false", ServerReason::NoWayOut)]
    {
        let site = "circuits: [c1]\n    published: [{name: mail, addresses: [203.0.113.5]}]";
        let network = base(&[("edge", &format!("{edge}, deny: [{{prefix: 8.0.0.0/8}}]")), ("site", site)]);
        let (id, _) = network.published_named("mail").unwrap();
        let found = to_server(Inputs::new(&network, catalog()), id, "8.8.8.8".parse().unwrap()).unwrap();
        let reasons: Vec<ServerReason> = found.arrivals.into_iter().map(|arrival| arrival.reason).collect();
        assert_eq!(reasons, [reason], "{edge}");
    }
}
