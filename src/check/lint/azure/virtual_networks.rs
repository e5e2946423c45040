//! Rules about virtual networks: whether sites can reach them.

use std::collections::BTreeSet;

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::peerings::filter::unknown_reach;
use crate::diag::{Code, Diagnostic};
use crate::network::reach::Reach;
use crate::network::{Circuit, VirtualNetwork};

/// Reports virtual networks that no site can reach.
pub(in crate::check::lint) fn unreached(subject: &Subject<'_>, found: &mut Findings) {
    let count = subject.network.virtual_networks.len();
    found.examined(Code::LINT_VIRTUAL_NETWORK_UNREACHED, Object::VirtualNetwork, count);
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
pub(in crate::check::lint) fn out_of_reach(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_VIRTUAL_NETWORK_OUT_OF_REACH, Object::CircuitLink, 0);
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
    found: &mut Findings,
) {
    const CODE: Code = Code::LINT_VIRTUAL_NETWORK_OUT_OF_REACH;
    let (of, span) = (format!("`{}`", network.name), network.span);
    let (reached, elsewhere) = match reach {
        Reach::Unknown(why) => return found.lacks(CODE, unknown_reach(circuit, why)),
        // Premium reaches every region.
        Reach::Cloud => return found.examined(CODE, Object::CircuitLink, 1),
        Reach::Regions { reached, elsewhere } => (reached, elsewhere),
    };
    let Some(region) = &network.region else {
        let write = "set `region` on the virtual network";
        return found.lacks(CODE, Missing { what: "no `region`".to_owned(), of, span, write });
    };
    let is_listed = |list: &BTreeSet<String>| reached.contains(&region.value) || list.contains(&region.value);
    if elsewhere.as_ref().is_some_and(|list| !is_listed(list)) {
        let what = format!("the geopolitical region of `{}` is not documented", region.value);
        let write = "correct `region`; if it is correct, ask Microsoft which circuits reach it";
        return found.lacks(CODE, Missing { what, of, span: region.span, write });
    }
    found.examined(CODE, Object::CircuitLink, 1);
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
        Diagnostic::warning(CODE, &subject.network.source, message)
            .at(region.span, "unreachable")
            .at(circuit.sku.span, at)
            .help("order Premium and set `sku: premium`"),
    );
}
