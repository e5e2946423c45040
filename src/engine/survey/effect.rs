//! Determines whether user routes have any effect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, Family, IpPrefix};
use crate::catalog::Lookup;
use crate::engine::decision::Router;
use crate::engine::effective_routes::{RouteSource, Subnet, SubnetRoute, choose, from_subnet};
use crate::engine::forwarding::Table;
use crate::fib::CoverTable;
use crate::network::{SubnetId, UserRouteDestination, VirtualNetworkId};

use super::Survey;

impl Survey<'_> {
    /// Returns whether any route in a subnet's route table is chosen for any address. For the subnet of a gateway, only
    /// addresses that the gateway announces are checked. `true` for a subnet without a route table, and if the table
    /// has a route to a service tag.
    ///
    /// # Complexity
    ///
    /// Usually linear in the routes of the subnet. If no route in the table is chosen, `O(n log n)` in the routes.
    pub fn routes_count(&self, id: VirtualNetworkId, subnet: SubnetId) -> bool {
        let network = self.common.inputs().network;
        let Some(own) = network.virtual_network(id) else { return true };
        let Some(settings) = own.subnets.get(subnet.index()) else { return true };
        let Some(table) = settings.route_table.and_then(|table| network.route_table(table.value)) else {
            return true;
        };
        let mut prefixes = Vec::new();
        for route in &table.routes {
            match route.destination.value {
                UserRouteDestination::Prefix(prefix) => prefixes.push(prefix),
                UserRouteDestination::ServiceTag(_) => return true,
            }
        }
        if settings.is_for_gateways() {
            return self.routes_count_at_gateway(id, &prefixes);
        }
        let Some(subnet) = self.common.forwarding().subnet(id, subnet) else { return true };
        let ends = prefixes.iter().flat_map(|prefix| [prefix.first(), prefix.last()]);
        ends.into_iter().any(|address| is_users(&subnet, address)) || is_users_anywhere(&subnet)
    }

    fn routes_count_at_gateway(&self, hub: VirtualNetworkId, own: &[IpPrefix]) -> bool {
        let network = self.common.inputs().network;
        let Some(Table::Routes(subnet)) = self.common.forwarding().table(Router::Gateway(hub)) else {
            // A fault that prevents the gateway from working is also an effect.
            return true;
        };
        network.behind_gateway(hub).any(|(id, _)| {
            network.announced(hub, id).iter().any(|announced| {
                let inside = own.iter().filter(|prefix| announced.value.covers(**prefix));
                let ends =
                    inside.chain([&announced.value]).flat_map(|prefix| [prefix.first(), prefix.last()]);
                ends.into_iter().any(|address| is_users(&subnet, address))
            })
        })
    }
}

/// Returns whether a user route is chosen for an address.
fn is_users(subnet: &Subnet<'_>, address: IpAddr) -> bool {
    let found = from_subnet(subnet, address, &Lookup::default());
    found.and_then(|found| found.routes.into_iter().next()).is_some_and(|(route, _)| is_user(&route))
}

fn is_user(route: &SubnetRoute) -> bool {
    matches!(route.source, RouteSource::User | RouteSource::UserTag(_))
}

/// Returns whether a user route is chosen for any address. Checks all addresses.
fn is_users_anywhere(subnet: &Subnet<'_>) -> bool {
    let routes = subnet.routes(&|_| true);
    let of_family = |family: Family| {
        let mut own = routes.iter().filter(|route| is_user(route));
        own.any(|route| route.prefix.family() == family)
    };
    of_family(Family::V4) && wins::<Ipv4Addr>(&routes) || of_family(Family::V6) && wins::<Ipv6Addr>(&routes)
}

fn wins<A: Address>(routes: &[SubnetRoute]) -> bool {
    let used = routes.iter().filter(|route| route.is_used());
    let cover = CoverTable::build(used.filter_map(|route| Some((route.prefix.of_family::<A>()?, route))));
    cover.partition().iter().any(|(_, node)| {
        let chain = node.iter().flat_map(|node| cover.chain(*node));
        let covering: Vec<&SubnetRoute> = chain.flat_map(|(_, all)| all).copied().collect();
        let chosen = choose(&covering, false, None);
        chosen.and_then(|chosen| covering.get(chosen.first).copied()).is_some_and(is_user)
    })
}
