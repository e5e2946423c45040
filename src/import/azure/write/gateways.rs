//! Writes the gateways of virtual networks.

use super::super::finding::Finding;
use super::super::records::{Circuit, Gateway, PeeringType, VirtualNetwork, VirtualNetworkPeering};
use super::super::yaml::{prefixes, scalar};
use super::Writer;
use crate::network::GatewaySku;

impl<'a> Writer<'a> {
    /// Writes the gateway of a virtual network, if it has a SKU, a weight or another setting.
    pub(super) fn gateway(&mut self, index: usize) {
        let joined = self.joined;
        let Some(network) = joined.virtual_networks.get(index) else { return };
        let own = self.own_gateway(network);
        let sku = own.and_then(|gateway| sku(gateway.sku.as_deref()?));
        let circuits = self.gateway_circuits(index, network);
        let switches = own.map(switches).unwrap_or_default();
        let is_linked = || joined.circuits.iter().any(|circuit| self.weight(circuit, index).is_some());
        let summarized = if own.is_some() || is_linked() { network.summarized.as_slice() } else { &[] };
        if sku.is_none() && circuits.is_empty() && switches.is_empty() && summarized.is_empty() {
            return self.gateway_of_others(index);
        }
        let yaml = &mut self.yaml;
        yaml.open("gateway");
        if let Some(sku) = sku {
            yaml.field("sku", sku.name());
        }
        if !circuits.is_empty() {
            yaml.open("circuits");
            for line in &circuits {
                yaml.line(line);
            }
            yaml.close();
        }
        for (key, switch) in switches {
            yaml.field(key, if switch { "true" } else { "false" });
        }
        yaml.list("summarized_gateway_prefixes", &prefixes(summarized));
        yaml.close();
    }

    /// Returns the ExpressRoute gateway of a virtual network.
    fn own_gateway(&self, network: &VirtualNetwork) -> Option<&'a Gateway> {
        self.joined.gateways.iter().find(|gateway| {
            let here = gateway.id.as_ref().is_some_and(|id| network.gateways.contains(id));
            let by_subnet = gateway.virtual_networks.iter().any(|id| network.id.as_ref() == Some(id));
            gateway.express_route && (by_subnet || here)
        })
    }

    /// Returns the weight of the connection between a circuit and the gateway of a virtual network, if they are
    /// connected.
    fn weight(&self, circuit: &Circuit, index: usize) -> Option<u32> {
        let linked = self.joined.linked(circuit).into_iter().find(|(network, _)| *network == index);
        linked.map(|(_, weight)| weight)
    }

    /// Returns a line for each circuit whose connection to the gateway has a setting.
    fn gateway_circuits(&self, index: usize, network: &VirtualNetwork) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, circuit) in self.joined.circuits.iter().enumerate() {
            let written = self.unusable.get(at).is_some_and(Option::is_none);
            let private = circuit.peerings.iter().any(|peering| peering.kind == PeeringType::Private);
            let fast_path = self.joined.has_fast_path(circuit, network);
            if let (Some(weight), Some(name)) = (self.weight(circuit, index), self.circuits.get(at))
                && (weight > 0 || fast_path)
                && written
                && private
            {
                let fast_path = if fast_path { ", fast_path: true" } else { "" };
                lines.push(format!("- {{circuit: {}, weight: {weight}{fast_path}}}", scalar(name)));
            }
        }
        lines
    }

    /// Writes a gateway without details if one must exist because a peered virtual network uses it.
    fn gateway_of_others(&mut self, index: usize) {
        let joined = self.joined;
        let Some(network) = joined.virtual_networks.get(index) else { return };
        let written = |at: usize| self.overlaps.get(at).is_some_and(Option::is_none);
        let used = joined.virtual_networks.iter().enumerate().any(|(at, other)| {
            let uses = |peering: &VirtualNetworkPeering| {
                peering.use_remote_gateways && peering.connected && peering.remote == network.id
            };
            at != index && written(at) && network.id.is_some() && other.peerings.iter().any(uses)
        });
        let of_circuit = joined.circuits.iter().enumerate().any(|(at, circuit)| {
            self.unusable.get(at).is_some_and(Option::is_none)
                && joined.linked(circuit).iter().any(|(network, _)| *network == index)
        });
        if !used || of_circuit || !written(index) {
            return;
        }
        let known = joined.gateways.iter().any(|gateway| self.network_of(gateway.id.as_ref()) == Some(index));
        if !known {
            let finding =
                Finding::GatewayUnknown { network: self.networks.get(index).cloned().unwrap_or_default() };
            self.yaml.comment(&format!("TODO: {finding}"));
            self.findings.push(finding);
        }
        self.yaml.field("gateway", "{}");
    }
}

/// Returns the SKU with this Azure name, if the SKU is known.
fn sku(name: &str) -> Option<GatewaySku> {
    GatewaySku::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
}

/// Returns the keys and values of the Boolean settings that a gateway has.
fn switches(gateway: &Gateway) -> Vec<(&'static str, bool)> {
    let switches = [
        ("allow_remote_virtual_network_traffic", gateway.remote_traffic),
        ("allow_virtual_wan_traffic", gateway.wan_traffic),
    ];
    switches.into_iter().filter_map(|(key, switch)| Some((key, switch?))).collect()
}
