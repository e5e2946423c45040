//! Rules about virtual networks: whether sites can reach them.

use crate::check::lint::Subject;
use crate::diag::{Code, Diagnostic};
use crate::network::reach::Reach;
use crate::network::{Circuit, VirtualNetwork};

/// Reports virtual networks that no site can reach.
pub(in crate::check::lint) fn unreached(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (id, network) in subject.network.virtual_networks_with_ids() {
        let through_peer = network.peerings.iter().any(|peering| {
            let other = subject.network.virtual_network(peering.virtual_network);
            peering.use_remote_gateways
                && other.is_some_and(|other| {
                    has_way(other) && other.peering_with(id).is_some_and(|back| back.allow_gateway_transit)
                })
        });
        if has_way(network) || through_peer || subject.network.hub_of(id).is_some() {
            continue;
        }
        let message =
            format!("`{}` is not reachable over a circuit, a tunnel or a peer's gateway", network.name);
        found.push(
            Diagnostic::warning(Code::LINT_VIRTUAL_NETWORK_UNREACHED, &subject.network.source, message)
                .at(network.span, "")
                .help("add the network to the `virtual_networks` of a private peering or a tunnel, or use a peer's gateway (`use_remote_gateways`)"),
        );
    }
}

/// Whether a circuit or a tunnel terminates at the virtual network's own gateway.
fn has_way(network: &VirtualNetwork) -> bool {
    network.gateway.as_ref().is_some_and(|gateway| !gateway.circuits.is_empty() || !gateway.vpn.is_empty())
}

/// Reports virtual networks in a region that their circuit does not reach.
pub(in crate::check::lint) fn out_of_reach(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for circuit in &subject.network.circuits {
        let Some(peering) = &circuit.private_peering else { continue };
        let reach = subject.reach(circuit);
        let networks = peering.of_kind.virtual_networks.iter();
        for network in networks.filter_map(|id| subject.network.virtual_network(*id)) {
            report_out_of_reach(subject, circuit, &reach, network, found);
        }
    }
}

fn report_out_of_reach(
    subject: &Subject<'_>,
    circuit: &Circuit,
    reach: &Reach,
    network: &VirtualNetwork,
    found: &mut Vec<Diagnostic>,
) {
    let Some(region) = &network.region else { return };
    let Reach::Regions { reached, elsewhere } = reach else { return };
    // A region that is missing from the table does not produce a finding.
    let outside =
        elsewhere.as_ref().map_or(!reached.contains(&region.value), |list| list.contains(&region.value));
    if !outside {
        return;
    }
    let message = format!(
        "`{}` does not reach {}, the region of `{}`",
        circuit.name,
        subject.region_name(&region.value),
        network.name
    );
    let at = format!("{} at {}", circuit.sku.value, circuit.peering_location.value);
    found.push(
        Diagnostic::warning(Code::LINT_VIRTUAL_NETWORK_OUT_OF_REACH, &subject.network.source, message)
            .at(region.span, "unreachable")
            .at(circuit.sku.span, at)
            .help("order Premium and set `sku: premium`"),
    );
}
