//! Tests that shared engines equal engines compiled from scratch for each vantage point.

use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::generated::{catalog, generated, read, spokes, spokes_beside_route_server};
use super::*;
use crate::addr::{Address, Partition};
use crate::engine::return_path::{Destinations, ReturnVerdicts, VerdictEvaluator};
use crate::engine::state::Outage;

/// Returns whether two engines make the same decision for every address, including reasons, carriers, hops and
/// positions in the file.
fn same(one: &Engine, other: &Engine) -> bool {
    fn family<A: Address>(
        (one, v1): (&Engine, &Partition<A, DecisionId>),
        (other, v2): (&Engine, &Partition<A, DecisionId>),
    ) -> bool {
        let mut pairs = HashMap::new();
        v1.zip_with(v2, |left, right| (*left, *right)).iter().all(|(_, (left, right))| {
            *pairs.entry((*left, *right)).or_insert_with(|| one.decision(*left) == other.decision(*right))
        })
    }
    family::<Ipv4Addr>((one, one.partition4()), (other, other.partition4()))
        && family::<Ipv6Addr>((one, one.partition6()), (other, other.partition6()))
        && one.sessions() == other.sessions()
}

/// Compares the engine of every vantage point, as written and under every failure, with one compiled from scratch.
/// Returns the number of kinds and of engines.
fn hold(text: &str, doubles: bool) -> (usize, usize) {
    let network = read(text);
    let inputs = Inputs::new(&network, catalog());
    let classes = Classes::new(inputs).unwrap();
    let vantages: Vec<Vantage> = Vantage::all(&network).collect();
    let engine_dependents = classes.dependents(vantages.iter().map(|vantage| (*vantage, false)));
    let return_dependents = classes.dependents(vantages.iter().map(|vantage| (*vantage, true)));
    let destinations = Destinations::default();
    let mut failures = Outage::singles(&network);
    if doubles {
        failures.extend(Outage::pairs(&network).into_iter().step_by(7));
    }
    let mut before: Vec<(Engine, ReturnVerdicts)> = Vec::new();
    let (mut kinds, mut engines) = (0, 0);
    for failure in std::iter::once(None).chain(failures.iter().map(Some)) {
        let links =
            failure.map_or_else(LinkState::as_written, |one| one.applied_to(&LinkState::as_written()));
        let inputs = inputs.links(&links);
        let shared = classes.engines(&links, &vantages);
        let teller = VerdictEvaluator::new(&destinations, inputs);
        kinds += shared.iter().map(Engine::class).collect::<BTreeSet<_>>().len();
        engines += shared.len();
        let links_down = failure.map(|one| one.links.clone()).unwrap_or_default();
        let (on, on_returns) = (engine_dependents.on(&links_down), return_dependents.on(&links_down));
        for (index, (vantage, shared)) in vantages.iter().zip(&shared).enumerate() {
            let name = vantage.name(&network);
            let scratch = Engine::compile_at(inputs, *vantage).unwrap();
            assert!(same(shared, &scratch), "{name} under {failure:?}\n{text}");
            let found = ReturnVerdicts::of(inputs, *vantage, &scratch);
            assert_eq!(
                *teller.of(*vantage, shared),
                found,
                "return path to {name} under {failure:?}\n{text}"
            );
            match before.get(index) {
                None => before.push((scratch, found)),
                Some((engine, returns)) => {
                    let changed = !same(engine, &scratch);
                    assert!(!changed || on.contains(vantage), "{name} depends on {failure:?}\n{text}");
                    let changed = changed || *returns != found;
                    assert!(
                        !changed || on_returns.contains(vantage),
                        "return path to {name}: {failure:?}\n{text}"
                    );
                }
            }
        }
    }
    (kinds, engines)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        // The nightly run sets a higher number.
        std::env::var("PEERPATH_NETWORKS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3)
    ))]
    #[test]
    fn what_is_shared_is_what_compiling_from_scratch_gives(text in generated()) {
        hold(&text, false);
    }

    #[test]
    fn what_spokes_share_is_what_compiling_from_scratch_gives((text, _) in spokes()) {
        hold(&text, false);
    }

    #[test]
    fn spokes_beside_a_route_server_are_as_compiled_from_scratch((text, _) in spokes_beside_route_server()) {
        hold(&text, false);
    }
}

/// Packets from a subnet to the internet leave at a site, over its internet edge or over a circuit that is connected to
/// no gateway.
#[test]
fn subnets_depend_on_what_the_edge_past_azure_depends_on() {
    let text = "version: 1\nsites:\n  - {name: dc, prefixes: [10.1.0.0/16], internet: {nat: [198.18.0.0/28]}, circuits: [er1, \
                {name: er2, import: high}]}\ncircuits:\n  - {name: er1, peering_location: London, sku: premium, bandwidth: 1 \
                Gbps, private_peering: {virtual_networks: [hub], advertised: [0.0.0.0/0]}}\n  - {name: er2, peering_location: \
                London, sku: premium, bandwidth: 1 Gbps, microsoft_peering: {route_filter: [UK South], advertised: \
                [198.51.100.0/28], nat: [198.51.100.0/28]}}\nvirtual_networks:\n  - {name: hub, region: uksouth, prefixes: \
                [172.16.0.0/16], subnets: [{name: app, prefixes: [172.16.1.0/24]}]}\nroute_maps: [{name: high, clauses: [{set: \
                {local_preference: 200}}]}]\n";
    hold(text, false);
    let network = read(text);
    let classes = Classes::new(Inputs::new(&network, catalog())).unwrap();
    let subnets: Vec<Vantage> =
        Vantage::all(&network).filter(|vantage| matches!(vantage, Vantage::Subnet(..))).collect();
    let dependents = classes.dependents(subnets.iter().map(|vantage| (*vantage, false)));
    for link in [Link::Internet(SiteId(0)), Link::Circuit(crate::network::CircuitId(1))] {
        assert_eq!(dependents.on(&[link]), subnets.iter().copied().collect(), "{link:?}");
    }
}

/// Spokes with the same routes, one of which uses no gateway. Packets from the spokes leave the company over a circuit
/// or the internet at the edge beyond Azure, so the spokes differ in sessions and replies.
#[test]
fn what_routes_do_not_tell_apart_is_told_apart() {
    let text = "version: 1\nsites:\n  - {name: dc, prefixes: [10.1.0.0/16], internet: {nat: [198.18.0.0/28]}, circuits: [er1, \
                {name: er2, import: high}]}\ncircuits:\n  - {name: er1, peering_location: London, sku: premium, bandwidth: 1 \
                Gbps, private_peering: {virtual_networks: [hub], advertised: [0.0.0.0/0]}}\n  - {name: er2, peering_location: \
                London, sku: premium, bandwidth: 1 Gbps, microsoft_peering: {route_filter: [UK South], advertised: \
                [198.51.100.0/28], nat: [198.51.100.0/28]}}\nvirtual_networks:\n  - {name: hub, region: uksouth, prefixes: \
                [172.16.0.0/16], peerings: [{virtual_network: a, allow_gateway_transit: true}, {virtual_network: b, \
                allow_gateway_transit: true}, {virtual_network: c, allow_gateway_transit: true}, {virtual_network: d, \
                allow_gateway_transit: true}]}\n  - {name: a, region: uksouth, prefixes: [172.20.0.0/24], peerings: \
                [{virtual_network: hub, use_remote_gateways: true}], subnets: [{name: app, prefixes: [172.20.0.0/27]}]}\n  - \
                {name: b, region: uksouth, prefixes: [172.20.1.0/24], peerings: [{virtual_network: hub, use_remote_gateways: \
                true}], subnets: [{name: app, prefixes: [172.20.1.0/27]}]}\n  - {name: c, region: uksouth, prefixes: \
                [172.20.2.0/24], peerings: [{virtual_network: hub, use_remote_gateways: true}], subnets: [{name: app, prefixes: \
                [172.20.2.0/27], route_table: t}]}\n  - {name: d, region: uksouth, prefixes: [172.20.3.0/24], peerings: \
                [{virtual_network: hub}], subnets: [{name: app, prefixes: [172.20.3.0/27], route_table: t}]}\nroute_tables: \
                [{name: t, disable_bgp_route_propagation: true, routes: []}]\nroute_maps: [{name: high, clauses: [{set: \
                {local_preference: 200}}]}]\n";
    hold(text, false);
}

/// Two routers that are identical, except that a different connection of the circuit ends at each.
#[test]
fn ends_of_a_split_circuit_are_told_apart() {
    let text = "version: 1\nsites:\n  - {name: a, prefixes: [10.1.0.0/16], internet: {nat: [198.18.0.0/28]}, circuits: [{name: er1, \
                connections: [primary]}]}\n  - {name: b, prefixes: [10.2.0.0/16], internet: {nat: [198.18.1.0/28]}, circuits: [{name: er1, \
                connections: [secondary]}]}\ncircuits:\n  - {name: er1, peering_location: London, sku: premium, bandwidth: 1 Gbps, \
                private_peering: {virtual_networks: [hub], advertised: [10.0.0.0/8]}}\nvirtual_networks:\n  - {name: hub, region: \
                uksouth, prefixes: [172.16.0.0/16], subnets: [{name: app, prefixes: [172.16.1.0/24]}]}\n";
    let (kinds, engines) = hold(text, false);
    assert_eq!(kinds, engines);
}

#[test]
fn many_branches_are_of_few_kinds() {
    let mut sites = String::new();
    for n in 0..20 {
        sites += &format!(
            "  - {{name: br-{n}, prefixes: [10.0.{n}.0/24], internet: {{nat: [198.18.0.{n}/32]}}, circuits: [er1]}}\n"
        );
    }
    let text = format!(
        "version: 1\nsites:\n{sites}circuits:\n  - {{name: er1, peering_location: London, sku: premium, bandwidth: 1 Gbps, \
         private_peering: {{virtual_networks: [hub], advertised: [10.0.0.0/8]}}}}\nvirtual_networks: [{{name: hub, region: \
         uksouth, prefixes: [172.16.0.0/16]}}]\n"
    );
    let network = read(&text);
    let classes = Classes::new(Inputs::new(&network, catalog())).unwrap();
    let vantages: Vec<Vantage> = Vantage::all(&network).collect();
    let engines = classes.engines(&LinkState::as_written(), &vantages);
    assert_eq!(engines.iter().map(Engine::class).collect::<BTreeSet<_>>().len(), 1);
    // Each failing edge is of the same kind as the others.
    let down = |site: u32| LinkState::as_written().with_down(Link::Internet(SiteId(site)));
    let alone = |site: u32| classes.engines(&down(site), &[Vantage::Site(SiteId(site))]);
    assert_eq!(alone(3)[0].class(), alone(7)[0].class());
    assert_eq!(classes.kept.lock().unwrap().len(), 2);
    let dependents = classes.dependents(vantages.iter().map(|vantage| (*vantage, true)));
    assert_eq!(dependents.on(&[Link::Internet(SiteId(3))]), [Vantage::Site(SiteId(3))].into());
    assert_eq!(dependents.on(&[Link::Circuit(crate::network::CircuitId(0))]).len(), 20);
    let (kinds, engines) = hold(&text, false);
    assert!(kinds * 10 < engines * 2, "{kinds} kinds of {engines} engines");
}
