//! Return paths by rules that no scenario has alone.

use super::*;

#[test]
fn the_way_back_follows_what_is_advertised() {
    let network = base(&[]);
    assert_eq!(back(&network, WEST_EUROPE), (ReturnVerdict::Symmetric, Comparison::SameLinks));
    assert_eq!(back(&network, "8.8.8.8"), (ReturnVerdict::Symmetric, Comparison::SameLinks));
    assert_eq!(back(&network, "10.20.1.4"), (ReturnVerdict::Symmetric, Comparison::SameLinks));
    // As `nat/pool-not-on-the-circuit`: the pool is not advertised on the circuit.
    let unadvertised =
        base(&[("pool", "198.51.101.0/28"), ("edge", "advertised: [198.51.100.0/24, 203.0.113.0/28]")]);
    let reason = Comparison::OverInternet { longer: None, stateful: true };
    assert_eq!(back(&unadvertised, WEST_EUROPE), (ReturnVerdict::Dropped, reason));
    // As `nat/pool-on-internet-and-circuit`: the internet's pool is advertised on the circuit too.
    let both = base(&[("pool", "198.51.100.0/28, 203.0.113.0/28")]);
    let circuits = vec![CircuitId(0)];
    assert_eq!(
        back(&both, "52.96.0.1"),
        (ReturnVerdict::Dropped, Comparison::OverCircuits { circuits: circuits.clone(), listed: true })
    );
    assert_eq!(back(&both, "8.8.8.8").1, Comparison::OverCircuits { circuits, listed: false });
}

#[test]
fn prepends_choose_the_circuit_of_the_way_back() {
    let second = |prepend: &str| {
        let one = base(&[("site", "circuits: [c1]")]);
        let text = one.source.text().replace(
            "virtual_networks:\n  - name: hub",
            &format!(
                "  - name: c2\n    peering_location: Amsterdam\n    sku: standard\n    bandwidth: 1 Gbps\n    microsoft_peering:\n      advertised: [198.51.100.0/28]\n      nat: [198.51.100.0/28]\n      {prepend}\nvirtual_networks:\n  - name: hub"
            ),
        );
        read(&text)
    };
    let answer = vec![Crossing::Circuit(CircuitId(0)), Crossing::Circuit(CircuitId(1))];
    let reason = Comparison::Shared { answer, by: Chooser::Microsoft };
    assert_eq!(back(&second(""), WEST_EUROPE), (ReturnVerdict::Unspecified, reason));
    assert_eq!(back(&second("prepend: [3333, 3333]"), WEST_EUROPE).1, Comparison::SameLinks);
}

#[test]
fn the_way_back_to_a_subnet_is_the_sites_choice() {
    let back = |site: &str, edge: &str| {
        let network = base(&[
            ("site", site),
            ("edge", edge),
            (
                "rest",
                "    subnets: [{name: app, prefixes: [10.20.1.0/24, 10.20.2.0/24]}]\nroute_maps: [{name: none, clauses: [{action: deny}]}]",
            ),
        ]);
        let inputs = Inputs::new(&network, catalog());
        let from = Vantage::named(&network, "hub/app").unwrap();
        let found = explain_at(inputs, from, "10.10.1.1".parse().unwrap()).unwrap();
        assert_eq!(found.decision.disposition.word(), "private-peering");
        let back = found.return_path.unwrap();
        assert!(back.sources.len() >= 2, "{:?}", back.sources);
        let reasons: Vec<_> =
            back.sources.iter().map(|one| (one.source.to_string(), one.reason.word())).collect();
        (back.verdict, reasons)
    };
    let all =
        |reason: &'static str| vec![("10.20.1.0/24".to_owned(), reason), ("10.20.2.0/24".to_owned(), reason)];
    let plain = "default_route: both";
    assert_eq!(back("circuits: [c1]", plain), (ReturnVerdict::Symmetric, all("same-links")));
    // The site takes nothing from the circuit: the answer meets the default route, and is dropped.
    let deaf = "circuits: [{name: c1, import: none}]";
    assert_eq!(back(deaf, plain), (ReturnVerdict::Dropped, all("discarded")));
    // A part of one of the subnet's prefixes goes elsewhere: it is told apart.
    let apart = "circuits: [c1]\n    static_routes: [{prefix: 10.20.2.128/25, via: discard}]";
    let mut expected = all("same-links");
    expected.push(("10.20.2.128/25".to_owned(), "discarded"));
    assert_eq!(back(apart, plain), (ReturnVerdict::Dropped, expected));
    // The site is not attached to the circuit; and no site of the file has the address.
    let subnet = "    subnets: [{name: app, prefixes: [10.20.1.0/24]}]";
    let network = base(&[("site", "circuits: []"), ("private", "10.10.0.0/15"), ("rest", subnet)]);
    let from = Vantage::named(&network, "hub/app").unwrap();
    let inputs = Inputs::new(&network, catalog());
    let found = |address: &str| {
        let back = explain_at(inputs, from, address.parse().unwrap()).unwrap().return_path.unwrap();
        (back.verdict, back.sources.first().unwrap().reason.word())
    };
    assert_eq!(found("10.10.1.1"), (ReturnVerdict::Dropped, "discarded"));
    assert_eq!(found("10.11.1.1"), (ReturnVerdict::Unspecified, "unknown"));
    assert_eq!(found("8.8.8.8"), (ReturnVerdict::Symmetric, "same-links"));
}

/// The law over the edges of every return verdict: where circuits of different reach attract answers, from a subnet to
/// a site that answers over its tunnel, and between sites and subnets with route tables and tunnels of their own.
#[test]
fn return_verdicts_are_those_of_explanations() {
    let demo = read(DEMO);
    // The Local circuit attracts answers of its own region only, and attracts the internet's pool there.
    let circuit = "  - {name: c2, peering_location: Amsterdam, sku: local, bandwidth: 1 Gbps, microsoft_peering: {advertised: [198.51.100.0/24, 203.0.113.0/28]}}\n";
    let text = BASE.replace(
        "virtual_networks:\n  - {name: hub",
        &format!("{circuit}virtual_networks:\n  - {{name: hub"),
    );
    let text = HOLES.iter().fold(text, |text, (hole, fill)| text.replace(&format!("{{{hole}}}"), fill));
    let two = read(&text);
    let scenarios = [
        include_str!("../../scenarios/return-path/answer-over-the-tunnel/network.yaml"),
        include_str!("../../scenarios/nat/internet-announces-one-half/network.yaml"),
        include_str!("../../scenarios/return-path/one-half-over-the-tunnel/network.yaml"),
        include_str!("../../scenarios/return-path/answers-by-the-route-table/network.yaml"),
        include_str!("../../scenarios/return-path/answer-over-another-sites-tunnel/network.yaml"),
        include_str!("../../scenarios/return-path/two-circuits-on-both-sides/network.yaml"),
        include_str!("../../scenarios/return-path/static-route-over-the-tunnel/network.yaml"),
    ];
    let scenarios = scenarios.map(read);
    let is_private = |address: &IpAddr| match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    };
    let mut seen = std::collections::BTreeSet::new();
    for network in [&demo, &two].into_iter().chain(&scenarios) {
        let inputs = Inputs::new(network, catalog());
        for vantage in Vantage::all(network) {
            let engine = Engine::compile_at(inputs, vantage).unwrap();
            let verdicts = ReturnVerdicts::of(inputs, vantage, &engine);
            let starts4 = verdicts.partition4().starts().iter().map(|start| IpAddr::V4(*start));
            let starts6 = verdicts.partition6().starts().iter().map(|start| IpAddr::V6(*start));
            let starts = starts4.chain(starts6).enumerate();
            let sample = starts.filter(|(index, start)| index % 7 == 0 || is_private(start));
            let mut edges: Vec<IpAddr> = sample.map(|(_, start)| start).collect();
            let subnets = network.virtual_networks.iter().flat_map(|own| &own.subnets);
            edges.extend(subnets.flat_map(|subnet| &subnet.prefixes).map(|prefix| prefix.value.first()));
            for address in edges {
                for address in [before(address), Some(address)].into_iter().flatten() {
                    let slow = explain_at(inputs, vantage, address).unwrap();
                    let slow = slow.return_path.map(|back| back.outcome());
                    let fast = match address {
                        IpAddr::V4(address) => verdicts.partition4().get(address),
                        IpAddr::V6(address) => verdicts.partition6().get(address),
                    };
                    assert_eq!(*fast, slow, "{address} from {}", vantage.name(network));
                    seen.insert(slow.map(|back| back.verdict));
                }
            }
        }
    }
    let all = [
        None,
        Some(ReturnVerdict::Symmetric),
        Some(ReturnVerdict::Unspecified),
        Some(ReturnVerdict::AtRisk),
        Some(ReturnVerdict::Dropped),
    ];
    assert!(all.iter().all(|verdict| seen.contains(verdict)), "{seen:?}");
}
