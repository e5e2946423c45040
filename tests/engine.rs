//! The compiled engine gives, at every edge, the answer that the explanation gives by plain scans.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::net::IpAddr;

use peerpath::addr::{Address, AddressCount, Partition};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{DecisionId, Disposition, Engine, explain};
use peerpath::network::{Network, SiteId, read};

const DEMO: &str = include_str!("../examples/demo/network.yaml");

fn demo(catalog: &Catalog) -> Network {
    let (network, diagnostics) = read(&Source::new("network.yaml", DEMO), catalog);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    network.unwrap()
}

/// The first and last address of every `step`th range of both families.
fn edges(engine: &Engine, step: usize) -> Vec<IpAddr> {
    fn of<A: Address + Into<IpAddr>>(partition: &Partition<A, DecisionId>, step: usize) -> Vec<IpAddr> {
        partition
            .iter()
            .step_by(step)
            .flat_map(|(range, _)| [range.first().into(), range.last().into()])
            .collect()
    }
    let mut edges = of(engine.partition4(), step);
    edges.extend(of(engine.partition6(), step));
    edges
}

#[test]
fn eligibility_is_total_and_agrees_with_the_explanation() {
    for cloud in Cloud::ALL {
        let catalog = Catalog::shipped(cloud).unwrap();
        let engine = Engine::eligibility(&catalog);
        let v4 = engine.partition4().count_where(|_| true);
        let v6 = engine.partition6().count_where(|_| true);
        assert_eq!((v4, v6), (AddressCount::power_of_two(32), AddressCount::power_of_two(128)));
        for address in edges(&engine, 7) {
            let compiled = engine.decision(engine.decide(address));
            assert_eq!(compiled, &explain(&catalog, None, address).decision, "{cloud} {address}");
        }
    }
}

#[test]
fn routing_agrees_with_the_explanation() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let network = demo(&catalog);
    for (site, _) in network.sites_with_ids() {
        let engine = Engine::compile(&network, &catalog, site);
        for address in edges(&engine, 5) {
            let compiled = engine.decision(engine.decide(address));
            let explained = explain(&catalog, Some((&network, site)), address).decision;
            assert_eq!(compiled, &explained, "{address}");
        }
    }
}

#[test]
fn the_demo_network_shows_every_path() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let network = demo(&catalog);
    let engine = Engine::compile(&network, &catalog, SiteId(0));
    let path = |text: &str| engine.decision(engine.decide(text.parse().unwrap())).disposition;
    assert_eq!(path("52.113.194.132"), Disposition::MicrosoftPeering, "Teams is in the filter");
    assert_eq!(path("40.96.1.1"), Disposition::Internet, "Exchange is not");
    assert_eq!(path("10.20.1.4"), Disposition::PrivatePeering, "the virtual network");
    assert_eq!(path("fd20::4"), Disposition::PrivatePeering, "the same in IPv6");
    assert_eq!(path("10.10.1.1"), Disposition::OnPremises, "the site itself");
    assert_eq!(path("8.8.8.8"), Disposition::Internet);
    assert_eq!(path("172.16.0.1"), Disposition::Discarded, "private, and no route but the default");
    assert_eq!(path("224.0.0.1"), Disposition::OnPremises, "multicast follows no unicast route");
    let seen: BTreeSet<_> = engine.decisions().iter().map(|decision| decision.disposition).collect();
    assert!(seen.contains(&Disposition::MicrosoftPeering) && seen.contains(&Disposition::Internet));
}

#[test]
fn eligibility_of_known_addresses() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let path = |text: &str| explain(&catalog, None, text.parse().unwrap()).decision.disposition;
    let cases = [
        ("52.113.194.132", Disposition::MicrosoftPeering),
        ("2603:1006::1", Disposition::MicrosoftPeering),
        ("10.1.2.3", Disposition::Private),
        ("fd00::1", Disposition::Private),
        ("127.0.0.1", Disposition::OnPremises),
        ("8.8.8.8", Disposition::Internet),
        ("2001:4860:4860::8888", Disposition::Internet),
    ];
    for (address, expected) in cases {
        assert_eq!(path(address), expected, "{address}");
    }
}
