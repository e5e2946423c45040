//! The Route Server routes that gateways announce to sites: for each prefix, the routes that the Route Server prefers.

use std::collections::{BTreeMap, HashSet};

use crate::addr::IpPrefix;
use crate::engine::decision::{Disposition, Reason};
use crate::engine::inputs::Inputs;
use crate::engine::route_server::{ExchangedRoute, ExchangedRoutes, RouteServers};
use crate::engine::virtual_hub::Hubs;
use crate::network::{Exchange, VirtualNetworkId};
use crate::rib::AsPathSegment;

use crate::engine::effective_routes::gateway::Gateways;
use crate::engine::effective_routes::selection::{NextHopType, SubnetRoute};

/// Returns the Route Server routes that the gateways of a network announce.
///
/// # Complexity
///
/// `O(n log n)` in the routes that are advertised to the Route Servers, times the number of prefixes of the virtual
/// networks next to each Route Server.
pub(in crate::engine) fn exchanged_by_route_servers(inputs: Inputs<'_>, hubs: &Hubs) -> RouteServers {
    let network = inputs.network;
    let mut all = BTreeMap::new();
    for (id, own) in network.virtual_networks_with_ids() {
        let exchanges = own.route_server.as_ref().is_some_and(|server| server.branch_to_branch);
        if exchanges && own.gateway.is_some() {
            all.insert(id, announced(inputs, id, hubs));
        }
    }
    RouteServers::new(all)
}

fn announced(inputs: Inputs<'_>, id: VirtualNetworkId, hubs: &Hubs) -> ExchangedRoutes {
    let network = inputs.network;
    let exchange = network.exchange_with_vpn(id);
    let injected = network.injected(id).filter(|(_, route)| !route.no_advertise);
    let told_on: HashSet<IpPrefix> = injected.map(|(_, route)| route.prefix.value).collect();
    let mut all = ExchangedRoutes::default();
    for route in Gateways::at(inputs, &[id], hubs).routes(&|_| true).iter().filter(|route| route.is_used()) {
        let found = |possibly: bool| ExchangedRoute {
            prefix: route.prefix,
            path: path(route),
            possibly,
            span: route.span,
        };
        let over_tunnels = match exchange {
            Exchange::No => None,
            Exchange::Yes => Some(found(false)),
            Exchange::Unknown => Some(found(true)),
        };
        match (&route.reason, route.way) {
            (Reason::Injected { .. }, _) if told_on.contains(&route.prefix) => {
                all.circuits.push(found(false));
                all.tunnels.extend(over_tunnels);
            }
            (Reason::Gateway { .. }, NextHopType::To(Disposition::PrivatePeering)) => {
                all.tunnels.extend(over_tunnels);
            }
            (Reason::Gateway { .. }, _) => all.circuits.extend(over_tunnels),
            _ => {}
        }
    }
    all
}

fn path(route: &SubnetRoute) -> Vec<u32> {
    let segments = route.attributes.iter().flat_map(|own| own.as_path.segments());
    segments.flat_map(AsPathSegment::numbers).copied().collect()
}
