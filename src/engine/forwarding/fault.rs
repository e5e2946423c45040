//! What keeps a gateway or an Azure Firewall from working.

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::{Decision, Disposition, Reason, TableFault, is_firewall};
use crate::engine::effective_routes::{RouteSource, Subnet};
use crate::network::{
    Network, Subnet as Settings, SubnetId, UserNextHop, UserRouteDestination, VirtualNetworkId,
};

use super::Table;

/// The subnet that gives an Azure Firewall a way to the internet of its own.
const MANAGEMENT: &str = "AzureFirewallManagementSubnet";

/// What a router decides that does not work.
pub(super) fn always<'a>((fault, span): (TableFault, Span)) -> Table<'a> {
    let reason = Reason::GatewayTable { fault, span };
    Table::Always(Decision::plain(Disposition::Unknown, None, reason))
}

/// Whether an Azure Firewall learned a default route, which leaves it without its own to the internet (Microsoft, *Azure
/// Firewall forced tunneling*, *Azure Firewall management NIC*): a user's route to the internet, or a subnet for management,
/// prevents that.
pub(super) fn firewall_fault(
    network: &Network,
    id: VirtualNetworkId,
    subnet: SubnetId,
    routes: &Subnet<'_>,
) -> Option<(TableFault, Span)> {
    let subnets = &network.virtual_network(id)?.subnets;
    let managed = subnets.iter().any(|own| own.name.eq_ignore_ascii_case(MANAGEMENT));
    if managed || !subnets.get(subnet.index()).is_some_and(is_firewall) {
        return None;
    }
    let default = |prefix: IpPrefix| prefix.length() == 0 && prefix.first().is_ipv4();
    let all = routes.routes(&default);
    let wins = all
        .iter()
        .filter(|route| default(route.prefix) && route.is_used())
        .min_by_key(|route| route.source)?;
    (wins.source == RouteSource::Gateway).then_some((TableFault::FirewallDefault, wins.span))
}

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
