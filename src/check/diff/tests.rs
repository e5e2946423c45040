//! Tests that reading many vantage points together gives the same result as evaluating each route, address by address.

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::addr::{Family, IpRange};
use crate::engine::generated::{catalog, read, spokes, spokes_beside_route_server};
use crate::engine::{Inputs, Vantage};
use crate::network::Network;

/// Returns addresses at which something may change, inside and outside everything that the file names.
fn asked(network: &Network) -> Vec<IpAddr> {
    let spaces = network.virtual_networks.iter().flat_map(|own| &own.prefixes);
    let subnets = network.virtual_networks.iter().flat_map(|own| &own.subnets);
    let endpoints = subnets.clone().flat_map(|subnet| &subnet.private_endpoints);
    let sites = network.sites.iter().flat_map(|site| &site.prefixes);
    let prefixes = spaces.chain(sites).chain(subnets.flat_map(|subnet| &subnet.prefixes));
    let mut all: Vec<IpAddr> =
        prefixes.flat_map(|prefix| [prefix.value.first(), prefix.value.last()]).collect();
    all.extend(endpoints.map(|endpoint| endpoint.address.value));
    let others = [
        "10.0.128.1",
        "10.77.0.1",
        "10.64.0.1",
        "10.65.0.1",
        "8.8.8.8",
        "20.38.108.1",
        "172.20.2.15",
        "172.20.77.1",
        "::1",
        "2603:1000::1",
    ];
    all.extend(others.iter().map(|other| other.parse::<IpAddr>().unwrap()));
    all.sort_unstable();
    all.dedup();
    all
}

/// The maximum number of samples, which are spread evenly.
const FEW: usize = 16;

fn few<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().step_by(all.len() / FEW + 1)
}

/// Verifies a difference against both networks.
fn hold(base: &str, head: &str) {
    let (was, is) = (read(base), read(head));
    let (was_inputs, is_inputs) = (Inputs::new(&was, catalog()), Inputs::new(&is, catalog()));
    let (was_side, is_side) = (DiffSide::compile(was_inputs).unwrap(), DiffSide::compile(is_inputs).unwrap());
    let found = diff(&was_side, &is_side).unwrap();
    let addresses = asked(&was);
    for (index, vantage) in found.vantages.iter().enumerate() {
        if vantage.presence != Presence::Both {
            continue;
        }
        let at =
            |network: &Network| Vantage::all(network).find(|one| one.name(network) == vantage.name).unwrap();
        let own = found.changes.iter().filter(|change| change.vantage == index);
        let changes: Vec<&Change> = own.collect();
        // Ranges ascend and are maximal, so that the outcome changes at both ends.
        for family in [Family::V4, Family::V6] {
            let ranges: Vec<IpRange> =
                changes.iter().map(|change| change.range).filter(|range| range.family() == family).collect();
            assert!(ranges.windows(2).all(|pair| pair[0].last() < pair[1].first()), "{ranges:?}");
        }
        let edges: Vec<IpAddr> =
            changes.iter().flat_map(|change| [change.range.first(), change.range.last()]).collect();
        // Each vantage point is tested with different addresses.
        let others = addresses.iter().skip(index % 3).step_by(3);
        for address in few(&edges).chain(others).copied() {
            let slow = [
                outcome_at(was_inputs, at(&was), address).unwrap(),
                outcome_at(is_inputs, at(&is), address).unwrap(),
            ];
            let change = changes.iter().find(|change| change.range.contains(address));
            match change {
                Some(change) => {
                    let fast = [found.outcome(change.from), found.outcome(change.to)];
                    assert_eq!(fast, slow.each_ref(), "{address} from {}\n{base}\n{head}", vantage.name);
                }
                None => assert_eq!(slow[0], slow[1], "{address} from {}\n{base}\n{head}", vantage.name),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        // The nightly run uses more cases.
        std::env::var("PEERPATH_NETWORKS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2)
    ))]
    #[test]
    fn spokes_differ_where_their_routes_say_so((base, head) in spokes()) {
        hold(&base, &head);
    }

    #[test]
    fn so_do_spokes_beside_a_route_server((base, head) in spokes_beside_route_server()) {
        hold(&base, &head);
    }
}
