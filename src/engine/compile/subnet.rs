//! A subnet's choice as a function over the whole address space, or over a part of it.

use std::collections::HashMap;

use crate::addr::{Address, AddressSet, Partition};
use crate::engine::decision::DecisionId;
use crate::engine::effective_routes::{SubnetRoute, choose};
use crate::engine::loc_rib::{apply_block, select};
use crate::fib::{CoverTable, NodeId};

use super::family::{block_at, blocks};
use super::interner::Interner;

/// Returns the choice for every address. It depends on the routes that cover the address, on the longest route that the
/// gateway learned over `tunnels`, on whether one of Microsoft's lists (`lists`) contains the address, and on its
/// special-purpose block.
///
/// All four are constant on each range of their common refinement, so each combination is decided once.
///
/// # Complexity
///
/// `O(n log n)` in the number of routes, linear in the number of list entries.
pub(super) fn subnet_partition<A: Address, T>(
    routes: &[SubnetRoute],
    tunnels: &[SubnetRoute],
    lists: &CoverTable<A, T>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    let table = Table::of(routes, tunnels);
    let mut known = HashMap::new();
    let places = table.places(&lists.partition().map(Option::is_some));
    places.map(|place| *known.entry(*place).or_insert_with(|| table.decide(*place, interner)))
}

/// As [`subnet_partition`], limited to a part of the address space; `None` outside of that part.
///
/// # Complexity
///
/// `O(n log n)` in the number of routes, linear in the number of list entries in the part.
pub(super) fn subnet_within<A: Address, T>(
    part: &AddressSet<A>,
    routes: &[SubnetRoute],
    tunnels: &[SubnetRoute],
    lists: &CoverTable<A, T>,
    interner: &mut Interner,
) -> Partition<A, Option<DecisionId>> {
    let mut listed = vec![(A::MIN, None)];
    for range in part.ranges() {
        let listed_here = lists.partition().within(range);
        listed.extend(listed_here.map(|(range, record)| (range.first(), Some(record.is_some()))));
        listed.extend(range.last().next().map(|behind| (behind, None)));
    }
    listed.dedup_by(|next, last| {
        // A range that starts where a part ends replaces the end marker.
        let same = next.0 == last.0;
        if same {
            last.1 = next.1;
        }
        same
    });
    let table = Table::of(routes, tunnels);
    let mut known = HashMap::new();
    table.places(&Partition::from_starts(listed)).map(|(node, onward, listed, block)| {
        let place = (*node, *onward, (*listed)?, *block);
        Some(*known.entry(place).or_insert_with(|| table.decide(place, interner)))
    })
}

/// The routes of a family that take part in the choice, and those that the gateway learned over tunnels.
struct Table<'r, A: Address> {
    routes: CoverTable<A, &'r SubnetRoute>,
    onward: CoverTable<A, &'r SubnetRoute>,
}

/// The properties on which the decision for an address depends: its longest route, its longest route over tunnels,
/// whether a list contains it, and its special-purpose block.
type Place<L> = (Option<NodeId>, Option<NodeId>, L, Option<usize>);

impl<'r, A: Address> Table<'r, A> {
    fn of(routes: &'r [SubnetRoute], tunnels: &'r [SubnetRoute]) -> Self {
        let used = routes.iter().filter(|route| route.is_used());
        Self {
            routes: CoverTable::build(used.filter_map(|route| Some((route.prefix.of_family::<A>()?, route)))),
            onward: CoverTable::build(
                tunnels.iter().filter_map(|route| Some((route.prefix.of_family::<A>()?, route))),
            ),
        }
    }

    fn places<L: Copy + Eq>(&self, listed: &Partition<A, L>) -> Partition<A, Place<L>> {
        let (routes, onward) = (self.routes.partition(), self.onward.partition());
        let places = routes.zip_with(onward, |node, onward| (*node, *onward));
        let places = places.zip_with(&blocks::<A>(), |(node, onward), block| (*node, *onward, *block));
        places.zip_with(listed, |(node, onward, block), listed| (*node, *onward, *listed, *block))
    }

    fn decide(&self, (node, onward, listed, block): Place<bool>, interner: &mut Interner) -> DecisionId {
        let chain = node.into_iter().flat_map(|node| self.routes.chain(node));
        let covering: Vec<&SubnetRoute> = chain.flat_map(|(_, all)| all).copied().collect();
        let longest = onward.into_iter().flat_map(|node| self.onward.chain(node)).next();
        let tunnel = longest.and_then(|(_, all)| all.first()).copied();
        let chosen = choose(&covering, listed, tunnel).map(|chosen| chosen.decision);
        let routed = chosen.unwrap_or_else(|| select(std::iter::empty()));
        interner.intern(match block.and_then(block_at) {
            Some(block) => apply_block(block, routed),
            None => routed,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use crate::addr::Address;
    use crate::diag::Source;
    use crate::engine::effective_routes::from_subnet;
    use crate::engine::forwarding::{Followed, Forwarding, Start, Started};
    use crate::engine::generated::catalog;
    use crate::engine::{Engine, Inputs, Vantage};
    use crate::network::{self, Network};

    fn read(text: String) -> Option<Network> {
        network::read(&Source::new("network.yaml", text), catalog()).0
    }

    /// Returns an address and its two neighbors.
    fn around<A: Address + Into<IpAddr>>(address: A) -> impl Iterator<Item = IpAddr> {
        [address.previous(), Some(address), address.next()].into_iter().flatten().map(Into::into)
    }

    /// Checks that the scan over all routes and the compiled engine give the same result at both ends of every range
    /// and of every route's prefix. Checks at most `most` ends of each kind, spread evenly, and returns their number.
    fn agree(network: &Network, most: usize) -> usize {
        let inputs = Inputs::new(network, catalog());
        let mut asked = 0;
        for vantage in Vantage::all(network) {
            let Vantage::Subnet(id, place) = vantage else { continue };
            let forwarding = Forwarding::new(inputs);
            let subnet = forwarding.subnet(id, place).unwrap();
            let Ok(engine) = Engine::compile_at(inputs, vantage) else { continue };
            let routes = subnet.routes(&|_| true);
            let step = |count: usize| count / most + 1;
            let starts4 = engine.partition4().starts();
            let starts6 = engine.partition6().starts();
            let edges4 = starts4.iter().step_by(step(starts4.len())).flat_map(|start| around(*start));
            let edges6 = starts6.iter().step_by(step(starts6.len())).flat_map(|start| around(*start));
            let of_routes = routes.iter().step_by(step(routes.len())).flat_map(|route| {
                [route.prefix.first(), route.prefix.last()].into_iter().flat_map(|address| match address {
                    IpAddr::V4(address) => around(address).collect::<Vec<_>>(),
                    IpAddr::V6(address) => around(address).collect(),
                })
            });
            for address in edges4.chain(edges6).chain(of_routes) {
                let lookup = catalog().lookup(address);
                let first = from_subnet(&subnet, address, &lookup).unwrap().decision;
                let started = Started::Packet(Some(id));
                let of = Followed { started, address, lookup: &lookup };
                let traces = forwarding.traces_from_subnet((id, place), &first, of);
                let mut sessions = engine.sessions().to_vec();
                let slow = forwarding.summary(Start::Subnet(id), &first, traces, &mut sessions);
                assert_eq!(sessions.len(), engine.sessions().len());
                let fast = engine.decision(engine.decide(address));
                assert_eq!(*fast, slow, "{address} from {}", vantage.name(network));
                asked += 1;
            }
        }
        asked
    }

    #[test]
    fn both_ways_agree_on_every_scenario() {
        let (mut networks, mut asked) = (0, 0);
        let topics = std::fs::read_dir("tests/scenarios").unwrap().map(|topic| topic.unwrap().path());
        let folders =
            topics.filter(|topic| topic.is_dir()).flat_map(|topic| std::fs::read_dir(topic).unwrap());
        for folder in folders {
            let Ok(text) = std::fs::read_to_string(folder.unwrap().path().join("network.yaml")) else {
                continue;
            };
            let found = read(text).map_or(0, |network| agree(&network, 500));
            networks += usize::from(found > 0);
            asked += found;
        }
        assert!(networks > 20 && asked > 60_000, "{networks} networks, {asked} addresses");
    }

    const LENGTHS: [u8; 6] = [0, 8, 13, 16, 24, 32];

    /// Generates a prefix: one near the virtual networks, one from a list, or an arbitrary one.
    fn prefix() -> impl Strategy<Value = String> {
        let v4 = (0..4_usize, any::<u32>(), 0..LENGTHS.len()).prop_map(|(near, bits, length)| {
            let base = [0x0a14_0000, 0x0a0a_0000, 0x1432_0000, 0xa83f_8110_u32][near];
            let length = LENGTHS[length];
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            let host = if near == 3 { 0 } else { bits & 0x3_ffff };
            format!("{}/{length}", std::net::Ipv4Addr::from((base ^ host) & mask))
        });
        let v6 =
            prop::sample::select(vec!["::/0", "fd20::/48", "fd20:0:0:1::/64", "2603:1000::/24", "fc00::/7"]);
        prop_oneof![4 => v4, 1 => v6.prop_map(str::to_owned)]
    }

    fn next_hop() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "none",
            "internet",
            "virtual-network",
            "virtual-network-gateway",
            "virtual-appliance 10.20.9.4",
        ])
    }

    fn user_route() -> impl Strategy<Value = String> {
        let tags =
            prop::sample::select(vec!["Storage", "Storage.WestEurope", "AzureCloud.westeurope", "Sql"]);
        let destination = prop_oneof![3 => prefix(), 1 => tags.prop_map(str::to_owned)];
        (destination, next_hop()).prop_map(|(to, next_hop)| {
            // An appliance must have the same address family as the prefix.
            let next_hop = if to.contains(':') && next_hop.contains('4') { "none" } else { next_hop };
            format!("{{prefix: \"{to}\", next_hop: {next_hop}}}")
        })
    }

    prop_compose! {
        fn generated()(
            advertised in prop::collection::vec(prop::collection::vec(prefix(), 1..5), 2),
            tunnel in prop::collection::vec(prefix(), 1..4),
            has_tunnel in any::<bool>(),
            weight in 0..2_u32,
            prepend in 0..2_usize,
            routes in prop::collection::vec(user_route(), 0..6),
            propagation in any::<bool>(),
            policies in any::<bool>(),
            endpoint in prop::sample::select(vec!["[]", "[Microsoft.Storage]", "[Microsoft.Sql, Microsoft.Storage]"]),
        ) -> String {
            let join = |all: &[String]| all.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(", ");
            let vpn = if has_tunnel {
                format!("vpn: [{{name: t, virtual_networks: [hub], advertised: [{}]}}]", join(&tunnel))
            } else {
                String::new()
            };
            let circuits: Vec<String> = advertised.iter().enumerate().map(|(n, all)| format!(
                "  - {{name: c{n}, peering_location: Amsterdam, sku: standard, bandwidth: 1 Gbps, private_peering: \
                 {{virtual_networks: [hub], advertised: [{}], prepend: [{}]}}}}\n",
                join(all), if n == 1 && prepend == 1 { "3333" } else { "" }
            )).collect();
            let mut routes = routes;
            routes.sort_unstable();
            routes.dedup_by_key(|route| route.split(", ").next().unwrap().to_owned());
            format!(
                "version: 1\ncloud: public\nsites:\n  - {{name: here, prefixes: [10.10.0.0/16], internet: {{name: e}}, \
                 circuits: [c0, c1], {vpn}}}\ncircuits:\n{}virtual_networks:\n  - name: hub\n    region: westeurope\n    \
                 prefixes: [10.20.0.0/16, \"fd20::/48\"]\n    gateway: {{circuits: [{{circuit: c1, weight: {weight}}}]}}\n    \
                 peerings: [{{virtual_network: spoke, allow_gateway_transit: true}}]\n    subnets:\n      \
                 - {{name: plain, prefixes: [10.20.1.0/24], route_table: table, service_endpoints: {endpoint}}}\n  \
                 - name: spoke\n    region: westeurope\n    prefixes: [10.21.0.0/16]\n    \
                 peerings: [{{virtual_network: hub, use_remote_gateways: true}}]\n    subnets:\n      \
                 - name: own\n        prefixes: [10.21.1.0/24]\n        private_endpoint_network_policies: {policies}\n        \
                 private_endpoints: [{{name: one, address: 10.21.1.4}}]\nroute_tables:\n  - name: table\n    \
                 disable_bgp_route_propagation: {}\n    routes: [{}]\n",
                circuits.concat(), !propagation, routes.join(", "),
            )
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn both_ways_agree_on_generated_networks(text in generated()) {
            let (network, found) = network::read(&Source::new("network.yaml", text.clone()), catalog());
            let all: Vec<String> = found.iter().map(ToString::to_string).collect();
            prop_assert!(network.is_some(), "{all:?}\n{text}");
            agree(&network.unwrap(), 60);
        }
    }
}
