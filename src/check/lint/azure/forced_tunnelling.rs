//! Rules about default routes that virtual networks learn from private peering.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::sampled_flows::Trips;
use crate::check::lint::peerings::peering_addresses::examine_advertised;
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Device, Reason};
use crate::network::{Connection, PeeringKind};

/// Reports default routes that virtual networks learn from private peering.
pub(in crate::check::lint) fn forced_tunnelling(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_FORCED_TUNNELLING, Object::PrivatePeering, 0);
    for (id, circuit) in subject.network.circuits_with_ids() {
        let place = (circuit, PeeringKind::Private);
        examine_advertised(Code::LINT_FORCED_TUNNELLING, Object::PrivatePeering, place, found);
        let Some(peering) = circuit.private_peering.as_ref().filter(|peering| peering.enabled.value) else {
            continue;
        };
        let mut all = Connection::ALL.into_iter().flat_map(|connection| peering.advertised_on(connection));
        let Some(prefix) = all.find(|prefix| prefix.value.length() == 0) else { continue };
        let mut hubs = subject.network.virtual_hubs.iter().flat_map(|hub| &hub.circuits);
        if peering.of_kind.virtual_networks.is_empty() && !hubs.any(|link| link.circuit == id) {
            continue;
        }
        let message =
            format!("`{}` draws all internet traffic from its virtual networks to on-premises", circuit.name);
        found.push(
            Diagnostic::advice(Code::LINT_FORCED_TUNNELLING, &subject.network.source, message)
                .at(prefix.span, "")
                .help("handle Windows activation and public entry points separately, and deny internet access in security groups: \
                    if the route is withdrawn, this traffic goes directly to the internet"),
        );
    }
}

/// Reports Azure Firewalls that learn a default route and have no default route of their own to the internet (Microsoft,
/// *Azure Firewall forced tunneling*).
pub(in crate::check::lint) fn firewalls(subject: &Subject<'_>, found: &mut Findings) {
    let mut reported: Vec<(Device, Span)> = Vec::new();
    let hops = subject.trips().into_iter().flat_map(Trips::all).flat_map(|trip| trip.traced.decision.hops());
    for hop in hops {
        let (Some(device), &Reason::FirewallDefault { span }) = (hop.device(), hop.decision.reason()) else {
            continue;
        };
        if reported.contains(&(device, span)) {
            continue;
        }
        reported.push((device, span));
        let message = format!(
            "`{}` learns a default route, but an Azure Firewall needs its own default route to the internet",
            device.name(subject.network)
        );
        found.push(
            Diagnostic::warning(Code::LINT_FORCED_TUNNELLING, &subject.network.source, message)
                .at(span, "source of the default route")
                .help("add `{prefix: 0.0.0.0/0, next_hop: internet}` to the route table of the firewall's subnet, \
                or add the subnet `AzureFirewallManagementSubnet`"),
        );
    }
}
