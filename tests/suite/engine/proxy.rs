//! Proxies: packets of a site's clients continue at the proxy's site, or are dropped.

use peerpath::engine::{Reason, Router};

use super::*;

/// A branch whose clients use the proxy at the headquarters, which has a circuit; `{…}` are holes.
const BRANCH: &str = r#"
version: 1
sites:
  - name: hq
    prefixes: [10.1.0.0/16, "fd00:1::/48"]
    internet: {name: edge-hq, nat: [203.0.113.0/28, "2001:db8:1::/64"]{deny}}
    circuits: [er]
    {hq}
  - name: branch
    prefixes: [10.2.0.0/16, "fd00:2::/48"]
    internet: {name: edge-branch, nat: [203.0.113.16/28, "2001:db8:2::/64"]}
    circuits: []
    proxy: {site: hq{proxy}}
  - {name: third, prefixes: [10.3.0.0/16], internet: {name: edge-third}, circuits: []}
{wan}
circuits:
  - name: er
    peering_location: Amsterdam
    sku: standard
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002, 12076:51003]
      advertised: [198.51.100.0/28, "2001:db8:8::/64"]
      nat: [198.51.100.0/28, "2001:db8:8::/64"]
"#;

const WAN: (&str, &str) = ("wan", "wan: [{name: mpls, sites: [branch, hq], announces: [own]}]");
const IPV6: &str = "2603:1061:2002:800::1";

fn branch(holes: &[(&str, &str)]) -> Network {
    let mut text = BRANCH.to_owned();
    for hole in ["deny", "hq", "proxy", "wan"] {
        let value = holes.iter().find(|(name, _)| *name == hole).map_or("", |(_, value)| value);
        text = text.replace(&format!("{{{hole}}}"), value);
    }
    read(&text)
}

/// Explains an address from a site, and compares the decision with that of the compiled engine.
fn explained<'a>(network: &'a Network, links: &'a LinkState, site: &str, address: &str) -> Explanation<'a> {
    let (id, _) = network.site_named(site).unwrap();
    let inputs = Inputs::new(network, catalog()).links(links);
    let address: IpAddr = address.parse().unwrap();
    let slow = explain(inputs, id, address).unwrap();
    let engine = Engine::compile(inputs, id).unwrap();
    assert_eq!(*engine.decision(engine.decide(address)), slow.decision, "{address} from {site}");
    slow
}

/// The path, and the routers that a packet passes.
fn trip(network: &Network, links: &LinkState, site: &str, address: &str) -> String {
    let found = explained(network, links, site, address);
    let hops = found.decision.hops().iter().map(|hop| hop.router.name(network));
    let hops: Vec<String> = hops.collect();
    format!("{} {}", found.decision.disposition, hops.join(" ")).trim_end().to_owned()
}

fn down(network: &Network, names: &[&str]) -> LinkState {
    names.iter().fold(LinkState::as_written(), |links, name| {
        let site = |name: &str| network.site_named(name).unwrap().0;
        links.with_down(match *name {
            "er" => Link::Circuit(CircuitId(0)),
            "mpls" => Link::Wan(network.wan_links_with_ids().next().unwrap().0),
            edge => Link::Internet(site(edge)),
        })
    })
}

/// Clients of the branch reach what the routes of the proxy's site reach, for the destinations of the proxy alone.
#[test]
fn packets_continue_at_the_site_of_the_proxy() {
    let tags = ", for: [{tag: PowerPlatformInfra.WestEurope}], except: [{prefix: 4.210.128.0/25}]";
    for (proxy, address, expected) in [
        ("", WEST_EUROPE, "microsoft-peering hq/proxy"),
        ("", IPV6, "microsoft-peering hq/proxy"),
        ("", "8.8.8.8", "internet hq/proxy"),
        // Clients reach private addresses without a proxy.
        ("", "10.2.0.1", "on-premises"),
        ("", "10.200.0.1", "discarded"),
        (tags, "4.210.128.200", "microsoft-peering hq/proxy"),
        (tags, "4.210.128.100", "internet"),
        (tags, IPV6, "microsoft-peering hq/proxy"),
        (tags, "8.8.8.8", "internet"),
        (", over: internet", WEST_EUROPE, "microsoft-peering hq/proxy"),
    ] {
        for wan in [WAN, ("wan", "")] {
            let network = branch(&[("proxy", proxy), wan]);
            assert_eq!(
                trip(&network, &LinkState::as_written(), "branch", address),
                expected,
                "{proxy} {address}"
            );
            // Other sites use no proxy.
            let other = trip(&network, &LinkState::as_written(), "hq", address);
            assert!(!other.contains("proxy"), "{other}");
        }
    }
}

/// Clients that cannot reach their proxy have no other path: it is never the branch's own internet edge.
#[test]
fn clients_without_their_proxy_reach_nothing() {
    for (proxy, fails, ipv4, other) in [
        ("", &["er"][..], "internet hq/proxy", "internet hq/proxy"),
        ("", &["er", "hq"], "unreachable hq/proxy", "unreachable hq/proxy"),
        ("", &["mpls"], "discarded", "discarded"),
        ("", &["mpls", "er"], "discarded", "discarded"),
        (", for: [{tag: PowerPlatformInfra}]", &["mpls"], "discarded", "internet"),
        (", over: internet", &["mpls"], "microsoft-peering hq/proxy", "internet hq/proxy"),
        (", over: internet", &["branch"], "discarded", "discarded"),
        (", over: internet", &["hq"], "discarded", "discarded"),
    ] {
        let network = branch(&[("proxy", proxy), WAN]);
        let links = down(&network, fails);
        for address in ["4.210.128.200", IPV6] {
            assert_eq!(trip(&network, &links, "branch", address), ipv4, "{proxy} {fails:?} {address}");
        }
        assert_eq!(trip(&network, &links, "branch", "8.8.8.8"), other, "{proxy} {fails:?}");
    }
}

/// What the edge at the proxy denies is denied to the clients of the branch.
#[test]
fn rules_and_routes_at_the_site_of_the_proxy_apply() {
    let deny = ("deny", ", deny: [{tag: PowerPlatformInfra}]");
    let discard = ("hq", "static_routes: [{community: 12076:51002, via: discard, distance: 250}]");
    for hole in [deny, discard] {
        let network = branch(&[hole, WAN]);
        let found = explained(&network, &down(&network, &["er"]), "branch", "4.210.128.200").decision;
        assert_eq!(found.disposition.to_string(), "discarded", "{hole:?}");
        assert!(matches!(found.reason(), Reason::Proxied { .. }), "{hole:?}");
        let last = found.last_reason();
        assert!(matches!(last, Reason::Denied { .. } | Reason::Static { .. }), "{hole:?} {last:?}");
    }
}

/// Packets have the proxy's address, so the replies need a route to the site of the proxy, and none to the client.
#[test]
fn replies_return_to_the_proxy() {
    let network = branch(&[WAN]);
    let as_written = LinkState::as_written();
    for address in [WEST_EUROPE, IPV6, "8.8.8.8"] {
        let from_hq = explained(&network, &as_written, "hq", address).return_path;
        let from_branch = explained(&network, &as_written, "branch", address).return_path;
        assert!(from_hq.is_some(), "{address}");
        assert_eq!(from_branch, from_hq, "{address}");
        let (id, _) = network.site_named("branch").unwrap();
        let inputs = Inputs::new(&network, catalog());
        let engine = Engine::compile(inputs, id).unwrap();
        let found = ReturnVerdicts::of(inputs, Vantage::Site(id), &engine);
        let outcome = match address.parse().unwrap() {
            IpAddr::V4(address) => *found.partition4().get(address),
            IpAddr::V6(address) => *found.partition6().get(address),
        };
        assert_eq!(outcome, from_hq.map(|back| back.outcome()), "{address}");
    }
}

/// A packet may pass its first edge again after the proxy, which is no loop: it has another destination on the first
/// part of its path.
#[test]
fn packets_may_return_through_the_edge_of_the_client() {
    let text =
        BRANCH.replace("internet: {name: edge-hq, nat: [203.0.113.0/28, \"2001:db8:1::/64\"]{deny}}", "");
    let wan = "wan: [{name: mpls, sites: [branch, hq], announces: [own, default]}]";
    let network = read(&text.replace("{hq}", "").replace("{proxy}", "").replace("{wan}", wan));
    for (address, expected) in
        [(WEST_EUROPE, "microsoft-peering hq/proxy"), ("8.8.8.8", "internet hq/proxy branch")]
    {
        assert_eq!(trip(&network, &LinkState::as_written(), "branch", address), expected);
    }
}

/// The clients of a proxy's site may use a proxy as well. The first proxy forwards to the second one.
#[test]
fn proxies_form_a_chain() {
    let network = branch(&[("hq", "proxy: {site: third, for: [{prefix: 8.0.0.0/8}]}")]);
    let as_written = LinkState::as_written();
    assert_eq!(trip(&network, &as_written, "branch", "8.8.8.8"), "internet hq/proxy third/proxy");
    assert_eq!(trip(&network, &as_written, "branch", WEST_EUROPE), "microsoft-peering hq/proxy");
    let decision = explained(&network, &as_written, "branch", "8.8.8.8").decision;
    assert_eq!(decision.proxy(), network.site_named("third").map(|(id, _)| id));
    let routers: Vec<Router> = decision.hops().iter().map(|hop| hop.router).collect();
    assert!(routers.iter().all(|router| matches!(router, Router::Proxy(_))), "{routers:?}");
}

/// The law at the edge of every range, of both families, as written and under failures.
#[test]
fn explaining_and_deciding_agree_where_clients_use_a_proxy() {
    let proxy =
        ", for: [{community: 12076:51002}, {prefix: 0.0.0.0/2}], except: [{tag: AzureFrontDoor.Frontend}]";
    for holes in [&[WAN][..], &[WAN, ("proxy", proxy)], &[("hq", "proxy: {site: third}")]] {
        let network = branch(holes);
        for fails in [&[][..], &["er"], &["hq"]] {
            let links = down(&network, fails);
            let inputs = Inputs::new(&network, catalog()).links(&links);
            let (id, _) = network.site_named("branch").unwrap();
            let engine = Engine::compile(inputs, id).unwrap();
            let starts4 = engine.partition4().starts().iter().map(|start| IpAddr::V4(*start));
            let starts6 = engine.partition6().starts().iter().map(|start| IpAddr::V6(*start));
            for address in starts4.step_by(101).chain(starts6.step_by(101)) {
                for address in [before(address), Some(address)].into_iter().flatten() {
                    let slow = explain(inputs, id, address).unwrap().decision;
                    assert_eq!(*engine.decision(engine.decide(address)), slow, "{address} {fails:?}");
                }
            }
        }
    }
}
