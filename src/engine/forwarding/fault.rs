//! What keeps a gateway from working.

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::TableFault;
use crate::network::{Network, Subnet as Settings, UserNextHop, UserRouteDestination, VirtualNetworkId};

/// What of the route table of a `GatewaySubnet` keeps the gateway from working (Microsoft, *Virtual network traffic
/// routing*, *ExpressRoute virtual network gateways*).
pub(super) fn fault(
    network: &Network,
    id: VirtualNetworkId,
    subnet: &Settings,
) -> Option<(TableFault, Span)> {
    let table = network.route_table(subnet.route_table?.value)?;
    let space = &network.virtual_network(id)?.prefixes;
    // A route as long as the address space takes the gateway's own addresses from the system's route; a shorter one does not.
    let covers = |prefix: IpPrefix| {
        let own = subnet.prefixes.iter().any(|own| prefix.covers(own.value));
        own && space.iter().any(|space| space.value.covers(prefix))
    };
    if table.disable_bgp_route_propagation {
        return Some((TableFault::NoPropagation, table.span));
    }
    table.routes.iter().find_map(|route| match &route.destination.value {
        UserRouteDestination::Prefix(prefix) if prefix.length() == 0 => {
            Some((TableFault::DefaultRoute, route.destination.span))
        }
        UserRouteDestination::Prefix(prefix)
            if matches!(route.next_hop.value, UserNextHop::VirtualAppliance(_) | UserNextHop::None)
                && covers(*prefix) =>
        {
            Some((TableFault::OwnAddresses, route.destination.span))
        }
        _ => None,
    })
}
