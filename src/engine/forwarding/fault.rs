//! Faults that keep a gateway or an Azure Firewall from working.

use crate::addr::IpPrefix;
use crate::engine::decision::{Decision, Disposition, Reason, TableFault};
use crate::engine::effective_routes::{RouteSource, Subnet};
use crate::network::{
    Network, Subnet as Settings, SubnetId, UserNextHop, UserRouteDestination, VirtualNetworkId,
};

use super::Table;

/// Returns the table of a router that does not work: it gives `reason` for every address.
pub(super) fn always<'a>(reason: Reason) -> Table<'a> {
    Table::Always(Decision::plain(Disposition::Unknown, None, reason))
}

/// Returns the fault of an Azure Firewall that learned a default route. That route replaces the firewall's own route to
/// the internet (Microsoft, *Azure Firewall forced tunneling*, *Azure Firewall management NIC*). A user route to the
/// internet, or a management subnet, prevents the fault.
pub(super) fn firewall_fault(
    network: &Network,
    id: VirtualNetworkId,
    subnet: SubnetId,
    routes: &Subnet<'_>,
) -> Option<Reason> {
    let subnets = &network.virtual_network(id)?.subnets;
    let managed = subnets.iter().any(Settings::is_for_firewall_management);
    if managed || !subnets.get(subnet.index()).is_some_and(Settings::is_for_firewalls) {
        return None;
    }
    let default = |prefix: IpPrefix| prefix.length() == 0 && prefix.first().is_ipv4();
    let all = routes.routes(&default);
    let wins = all
        .iter()
        .filter(|route| default(route.prefix) && route.is_used())
        .min_by_key(|route| route.source)?;
    (wins.source == RouteSource::Gateway).then_some(Reason::FirewallDefault { span: wins.span })
}

/// Returns the fault in the route table of a `GatewaySubnet` that keeps the gateway from working (Microsoft,
/// *Virtual network traffic routing*, *ExpressRoute virtual network gateways*).
pub(super) fn fault(network: &Network, id: VirtualNetworkId, subnet: &Settings) -> Option<Reason> {
    let table = network.route_table(subnet.route_table?.value)?;
    let space = &network.virtual_network(id)?.prefixes;
    // A route with a prefix as long as that of the address space overrides the system route for the gateway's own
    // addresses. A shorter route does not.
    let covers = |prefix: IpPrefix| {
        let own = subnet.prefixes.iter().any(|own| prefix.covers(own.value));
        own && space.iter().any(|space| space.value.covers(prefix))
    };
    if table.disable_bgp_route_propagation {
        return Some(Reason::GatewayTable { fault: TableFault::NoPropagation, span: table.span });
    }
    table.routes.iter().find_map(|route| {
        let fault = match &route.destination.value {
            UserRouteDestination::Prefix(prefix) if prefix.length() == 0 => TableFault::DefaultRoute,
            UserRouteDestination::Prefix(prefix)
                if matches!(route.next_hop.value, UserNextHop::VirtualAppliance(_) | UserNextHop::None)
                    && covers(*prefix) =>
            {
                TableFault::OwnAddresses
            }
            _ => return None,
        };
        Some(Reason::GatewayTable { fault, span: route.destination.span })
    })
}
