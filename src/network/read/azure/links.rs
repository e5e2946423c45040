//! Links entries of the network by id: gateways to their circuits and tunnels, and the two sides of virtual network
//! peerings to each other.
//!
//! A circuit or tunnel lists the virtual networks that it is connected to, and a gateway only adds settings such as
//! weights. Here, each gateway is given all its circuits and tunnels, so later code needs to read only the gateway.

use crate::diag::{Code, Span, Spanned};
use crate::network::read::azure::peering::{both_sides, one_remote_gateway};
use crate::network::{
    Circuit, CircuitId, Gateway, GatewayCircuit, GatewayVpn, Network, SiteId, Sku, VirtualNetwork,
    VirtualNetworkId,
};
use crate::yaml::fields::Reader;

/// Links the gateways and peerings and checks them.
pub(in crate::network::read) fn link(reader: &mut Reader<'_>, network: &mut Network) {
    let gateways: Vec<Option<Gateway>> =
        network.virtual_networks_with_ids().map(|(id, here)| gateway(reader, network, id, here)).collect();
    for (virtual_network, gateway) in network.virtual_networks.iter_mut().zip(gateways) {
        virtual_network.gateway = gateway;
    }
    for (id, circuit) in network.circuits_with_ids() {
        for partner in &circuit.global_reach {
            global_reach(reader, network, (id, circuit), *partner);
        }
    }
    for (id, here) in network.virtual_networks_with_ids() {
        for peering in &here.peerings {
            both_sides(reader, network, (id, here), peering);
        }
        one_remote_gateway(reader, here);
    }
}

/// Builds the gateway with all its circuits and tunnels; `None` if the file contains neither a gateway nor a circuit
/// or tunnel for it.
fn gateway(
    reader: &mut Reader<'_>,
    network: &Network,
    id: VirtualNetworkId,
    here: &VirtualNetwork,
) -> Option<Gateway> {
    let written = here.gateway.clone().unwrap_or_default();
    let mut circuits = Vec::new();
    for (circuit_id, circuit) in network.circuits_with_ids() {
        let Some(peering) = &circuit.private_peering else { continue };
        if peering.of_kind.virtual_networks.contains(&id) {
            let unlisted =
                GatewayCircuit { circuit: circuit_id, weight: 0, fast_path: None, span: peering.span };
            let listed = written.circuits.iter().find(|entry| entry.circuit == circuit_id);
            circuits.push(listed.copied().unwrap_or(unlisted));
        }
    }
    let mut vpn = Vec::new();
    for (site_id, site) in network.sites_with_ids() {
        for (index, tunnel) in (0..).zip(&site.vpn) {
            if tunnel.virtual_networks.contains(&id) {
                let listed = written.vpn.iter().find(|entry| entry.site == site_id);
                let span = listed.map_or(tunnel.span, |entry| entry.span);
                let dual_stack = listed.and_then(|entry| entry.dual_stack);
                vpn.push(GatewayVpn { site: site_id, vpn: index, dual_stack, span });
            }
        }
    }
    for entry in &written.circuits {
        if !circuits.iter().any(|circuit| circuit.circuit == entry.circuit) {
            circuit_elsewhere(reader, network, entry.circuit, here, entry.span);
        }
    }
    for entry in &written.vpn {
        if !vpn.iter().any(|tunnel| tunnel.site == entry.site) {
            no_tunnel(reader, network, entry.site, here, entry.span);
        }
    }
    let any = here.gateway.is_some() || !circuits.is_empty() || !vpn.is_empty();
    any.then_some(Gateway { circuits, vpn, ..written })
}

/// Checks the requirements of Global Reach on both circuits (Microsoft, *ExpressRoute Global Reach*).
fn global_reach(
    reader: &mut Reader<'_>,
    network: &Network,
    (id, circuit): (CircuitId, &Circuit),
    partner: Spanned<CircuitId>,
) {
    let Some(other) = network.circuit(partner.value) else { return };
    let both = [circuit, other];
    let at_one_place = circuit.peering_location.value == other.peering_location.value;
    let (message, help) = if id == partner.value {
        (
            format!("`{}` is connected to itself by Global Reach", circuit.name),
            "name another circuit in `global_reach`",
        )
    } else if let Some(without) = both.iter().find(|one| one.private_peering.is_none()) {
        let help = "add a `private_peering` to that circuit, or remove `global_reach`";
        (
            format!("Global Reach connects private peerings, but `{}` has no private peering", without.name),
            help,
        )
    } else if let Some(local) = both.iter().find(|one| one.sku.value == Sku::Local) {
        let help = "change the SKU to `standard` or `premium`, or remove `global_reach`";
        (format!("`{}` is a `local` circuit, which Global Reach does not support", local.name), help)
    } else if at_one_place {
        let help =
            "remove `global_reach`; Global Reach connects only circuits at different peering locations";
        (format!("`{}` and `{}` are at the same peering location", circuit.name, other.name), help)
    } else {
        return;
    };
    reader.error(Code::NETWORK_VALUE, partner.span, message, help);
}

fn circuit_elsewhere(
    reader: &mut Reader<'_>,
    network: &Network,
    id: CircuitId,
    here: &VirtualNetwork,
    span: Span,
) {
    let Some(circuit) = network.circuit(id) else { return };
    let message = format!("the circuit `{}` is not connected to `{}`", circuit.name, here.name);
    let help = match &circuit.private_peering {
        Some(_) => format!("add `{}` to the `virtual_networks` of the circuit's private peering", here.name),
        None => format!("add a `private_peering` with `virtual_networks: [{}]` to the circuit", here.name),
    };
    reader.error(Code::NETWORK_GATEWAY, span, message, help);
}

fn no_tunnel(reader: &mut Reader<'_>, network: &Network, id: SiteId, here: &VirtualNetwork, span: Span) {
    let Some(site) = network.site(id) else { return };
    let message = format!("the site `{}` has no tunnel to `{}`", site.name, here.name);
    let help =
        format!("add `vpn: [{{name: {}-vpn, virtual_networks: [{}]}}]` to the site", site.name, here.name);
    reader.error(Code::NETWORK_GATEWAY, span, message, help);
}
