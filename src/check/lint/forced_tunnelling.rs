//! Rules about default routes that virtual networks learn from private peering.

use super::Subject;
use crate::diag::{Code, Diagnostic, Span};
use crate::network::{Connection, PrivatePeering, Subnet, UserRoute, UserRouteDestination};

/// A default route that virtual networks learn from private peering.
pub(super) fn forced_tunnelling(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (id, circuit) in subject.network.circuits_with_ids() {
        let Some(peering) = circuit.private_peering.as_ref().filter(|peering| peering.enabled.value) else {
            continue;
        };
        let mut all = Connection::ALL.into_iter().flat_map(|connection| peering.advertised_on(connection));
        let Some(prefix) = all.find(|prefix| prefix.value.length() == 0) else { continue };
        let mut hubs = subject.network.virtual_hubs.iter().flat_map(|hub| &hub.circuits);
        if peering.virtual_networks.is_empty() && !hubs.any(|link| link.circuit == id) {
            continue;
        }
        if prefix.value.first().is_ipv4() {
            firewalls_without_a_way_out(subject, peering, prefix.span, found);
        }
        let message = format!("`{}` draws all traffic of its virtual networks on-premises", circuit.name);
        found.push(
            Diagnostic::advice(Code::LINT_FORCED_TUNNELLING, &subject.network.source, message)
                .at(prefix.span, "")
                .help("provide for Windows activation and public entry points, and deny the internet in security groups: withdrawn, the route leaves all of it to the internet"),
        );
    }
}

/// Azure Firewalls that learn a default route, and have none of their own to the internet (Microsoft, *Azure Firewall forced
/// tunneling*).
fn firewalls_without_a_way_out(
    subject: &Subject<'_>,
    peering: &PrivatePeering,
    learned: Span,
    found: &mut Vec<Diagnostic>,
) {
    let named = |subnet: &Subnet, name: &str| subnet.name.eq_ignore_ascii_case(name);
    for id in &peering.virtual_networks {
        let Some(own) = subject.network.virtual_network(*id) else { continue };
        if own.subnets.iter().any(|subnet| named(subnet, "AzureFirewallManagementSubnet")) {
            continue;
        }
        for subnet in own.subnets.iter().filter(|subnet| named(subnet, "AzureFirewallSubnet")) {
            let table = subnet.route_table.and_then(|table| subject.network.route_table(table.value));
            let keeps = table.is_some_and(|table| {
                let default = |route: &UserRoute| {
                    matches!(&route.destination.value, UserRouteDestination::Prefix(prefix)
                        if prefix.length() == 0 && prefix.first().is_ipv4())
                };
                table.disable_bgp_route_propagation || table.routes.iter().any(default)
            });
            if keeps {
                continue;
            }
            let message = format!(
                "`{}/{}` learns a default route, and an Azure Firewall needs its own to the internet",
                own.name, subnet.name
            );
            let at = subnet.prefixes.first().map_or(learned, |prefix| prefix.span);
            found.push(
                Diagnostic::warning(Code::LINT_FORCED_TUNNELLING, &subject.network.source, message)
                    .at(at, "the firewall's subnet")
                    .at(learned, "the default route")
                    .help("write `{prefix: 0.0.0.0/0, next_hop: internet}` into the route table of that subnet, or the subnet `AzureFirewallManagementSubnet`"),
            );
        }
    }
}
