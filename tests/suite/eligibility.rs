//! Eligibility: total, exact, and at every edge what the explanation says by plain scans.

use std::net::IpAddr;

use peerpath::addr::{Address, AddressCount, Partition};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::engine::{DecisionId, Disposition, Engine, explain_eligibility};

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
            assert_eq!(compiled, &explain_eligibility(&catalog, address).decision, "{cloud} {address}");
        }
    }
}

#[test]
fn eligibility_of_known_addresses() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let path = |text: &str| explain_eligibility(&catalog, text.parse().unwrap()).decision.disposition;
    let cases = [
        ("52.113.194.132", Disposition::MicrosoftPeering),
        ("2603:1006::1", Disposition::MicrosoftPeering),
        ("10.1.2.3", Disposition::Private),
        ("fd00::1", Disposition::Private),
        ("127.0.0.1", Disposition::OnPremises),
        ("8.8.8.8", Disposition::Internet),
        ("2001:4860:4860::8888", Disposition::Internet),
        // Where the translator is decides; what is not global does not pass one.
        ("64:ff9b::808:808", Disposition::Unknown),
        ("64:ff9b::a01:203", Disposition::OnPremises),
    ];
    for (address, expected) in cases {
        assert_eq!(path(address), expected, "{address}");
    }
}
