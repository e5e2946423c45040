//! Rules about route tables: whether the next hop of a route can be reached.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::unevaluated::routes_to_appliances;
use crate::diag::{Code, Diagnostic};
use crate::network::{Network, PeeringEnd, Subnet, SubnetId, UserNextHop, VirtualNetwork, VirtualNetworkId};

/// Reports routes to a virtual network gateway that terminates no tunnel.
pub(in crate::check::lint) fn gateway_next_hop(subject: &Subject<'_>, found: &mut Findings) {
    let routes = subject.network.route_tables.iter().flat_map(|table| &table.routes);
    let to_gateways = routes.filter(|route| route.next_hop.value == UserNextHop::VirtualNetworkGateway);
    found.examined(Code::LINT_GATEWAY_NEXT_HOP, Object::RouteToGateway, to_gateways.count());
    for (id, network) in subject.network.virtual_networks_with_ids() {
        if ends_tunnel(subject.network, id, network) || subject.network.hub_of(id).is_some() {
            continue;
        }
        for subnet in &network.subnets {
            report(subject, network, subnet, found);
        }
    }
}

fn report(subject: &Subject<'_>, network: &VirtualNetwork, subnet: &Subnet, found: &mut Findings) {
    let table = subnet.route_table.and_then(|id| subject.network.route_table(id.value));
    for route in table.into_iter().flat_map(|table| &table.routes) {
        if route.next_hop.value != UserNextHop::VirtualNetworkGateway {
            continue;
        }
        let message = format!("the gateway of `{}/{}` terminates no tunnel", network.name, subnet.name);
        found.push(
            Diagnostic::warning(Code::LINT_GATEWAY_NEXT_HOP, &subject.network.source, message)
                .at(route.next_hop.span, "packets are dropped")
                .help("remove the route, and let the gateway learn the prefix over the circuit"),
        );
    }
}

/// Reports routes to an appliance that the subnet can only reach through a gateway.
pub(in crate::check::lint) fn next_hop(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_NEXT_HOP, Object::RouteToAppliance, routes_to_appliances(subject.network));
    let mut reported = Vec::new();
    for (id, own) in subject.network.virtual_networks_with_ids() {
        for (index, subnet) in (0..).map(SubnetId).zip(&own.subnets) {
            let table = subnet.route_table.and_then(|table| subject.network.route_table(table.value));
            let end = if subnet.is_for_gateways() { PeeringEnd::Gateway } else { PeeringEnd::Subnet(index) };
            let peers = if table.is_some() { subject.network.peers(id, end) } else { Vec::new() };
            for route in table.into_iter().flat_map(|table| &table.routes) {
                let UserNextHop::VirtualAppliance(address) = route.next_hop.value else { continue };
                let at_hand = own.prefixes.iter().any(|prefix| prefix.value.contains(address))
                    || peers.iter().any(|peer| peer.holds(address));
                if at_hand || reported.contains(&route.next_hop.span) {
                    continue;
                }
                reported.push(route.next_hop.span);
                let message = format!("`{}/{}` cannot reach the next hop {address}", own.name, subnet.name);
                found.push(
                    Diagnostic::warning(Code::LINT_NEXT_HOP, &subject.network.source, message)
                        .at(route.next_hop.span, "not in a directly peered virtual network")
                        .help("paths through this next hop are `unknown`: place the appliance where the subnet can reach it without a gateway, \
                            or let the site advertise the prefix"),
                );
            }
        }
    }
}

/// Whether a tunnel terminates at the gateway that a virtual network uses: its own, or a peer's.
fn ends_tunnel(network: &Network, id: VirtualNetworkId, own: &VirtualNetwork) -> bool {
    let peers = own.peerings.iter().filter(|peering| peering.use_remote_gateways);
    let peers = peers.filter_map(|peering| network.virtual_network(peering.virtual_network));
    let lending = peers.filter(|peer| peer.peering_with(id).is_some_and(|back| back.allow_gateway_transit));
    let gateways = std::iter::once(own).chain(lending).filter_map(|one| one.gateway.as_ref());
    gateways.into_iter().any(|gateway| !gateway.vpn.is_empty())
}
