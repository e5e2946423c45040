//! Writes virtual networks, and reports connections that the file cannot represent.

use super::super::finding::Finding;
use super::super::records::VirtualNetwork;
use super::super::yaml::{prefixes, scalar};
use super::Writer;
use crate::addr::IpPrefix;
use crate::rib::Community;

impl Writer<'_> {
    /// Returns, for each virtual network, why it is written only as a comment; `None` if it is written normally. If
    /// virtual networks overlap, those that are connected to circuits take precedence.
    pub(super) fn find_overlaps(&self) -> Vec<Option<Finding>> {
        let networks = &self.joined.virtual_networks;
        let linked = self.joined.circuits.iter().flat_map(|circuit| self.joined.linked(circuit));
        let mut order = linked.map(|(index, _)| index).chain(0..networks.len()).collect::<Vec<_>>();
        let mut seen = vec![false; networks.len()];
        order.retain(|index| seen.get_mut(*index).is_some_and(|seen| !std::mem::replace(seen, true)));
        let mut findings = vec![None; networks.len()];
        let mut kept: Vec<(IpPrefix, usize)> = Vec::new();
        for index in order {
            let Some(network) = networks.get(index) else { continue };
            let name = |index: usize| self.networks.get(index).cloned().unwrap_or_default();
            let clash = network.prefixes.iter().find_map(|prefix| {
                let overlaps =
                    |(known, _): &&(IpPrefix, usize)| known.covers(*prefix) || prefix.covers(*known);
                kept.iter().find(overlaps).map(|(_, other)| (*prefix, *other))
            });
            let finding = match clash {
                _ if network.prefixes.is_empty() => Some(Finding::NoAddressSpace { network: name(index) }),
                Some((prefix, other)) => {
                    Some(Finding::Overlap { network: name(index), prefix, other: name(other) })
                }
                None => None,
            };
            if finding.is_none() {
                kept.extend(network.prefixes.iter().map(|prefix| (*prefix, index)));
            }
            if let Some(slot) = findings.get_mut(index) {
                *slot = finding;
            }
        }
        findings
    }

    pub(super) fn virtual_networks(&mut self) {
        let joined = self.joined;
        self.connection_findings();
        if joined.virtual_networks.is_empty() {
            return;
        }
        self.yaml.blank();
        self.yaml.comment("The virtual networks.");
        let none = self.overlaps.iter().all(Option::is_some);
        let before = self.yaml.switch_off(none);
        self.yaml.open("virtual_networks");
        for (index, network) in joined.virtual_networks.iter().enumerate() {
            let finding = self.overlaps.get(index).cloned().flatten();
            self.yaml.switch_off(finding.is_some());
            self.yaml.begin();
            if let Some(finding) = finding {
                self.yaml.comment(&format!("TODO: {finding}"));
                self.findings.push(finding);
            }
            self.virtual_network(index, network);
            self.yaml.end();
        }
        self.yaml.close();
        self.yaml.switch_off(before);
    }

    fn virtual_network(&mut self, index: usize, network: &VirtualNetwork) {
        let name = self.networks.get(index).cloned().unwrap_or_default();
        self.yaml.field("name", &scalar(&name));
        if let Some(region) = &network.region {
            self.yaml.field("region", &scalar(region));
        }
        self.yaml.list("prefixes", &prefixes(&network.prefixes));
        if let Some(community) = network.community {
            if community.asn() == Community::MICROSOFT {
                self.yaml.field("bgp_community", &community.to_string());
            } else {
                self.yaml.comment(&format!(
                    "BGP community {community} of this virtual network is not an Azure community."
                ));
            }
        }
        self.subnets(&name, network);
        self.gateway(index);
        self.tunnels(Some(index));
        self.peerings(index, network);
    }

    /// Reports connections that the file cannot represent.
    fn connection_findings(&mut self) {
        self.tunnels(None);
        let joined = self.joined;
        for connection in &joined.connections {
            let name = connection.name.clone();
            let of = |circuit: &super::super::records::Circuit| {
                circuit.id.is_some() && circuit.id == connection.circuit
            };
            let circuit = joined.circuits.iter().find(|circuit| of(circuit));
            let gateway = connection.gateway.as_ref();
            let network = joined.virtual_networks.iter().any(|network| {
                let record = joined.gateways.iter().find(|record| record.id.as_ref() == gateway);
                let by_subnet = record.is_some_and(|record| {
                    record.virtual_networks.iter().any(|id| network.id.as_ref() == Some(id))
                });
                gateway.is_some_and(|gateway| network.gateways.contains(gateway)) || by_subnet
            });
            if connection.hub {
                self.findings.push(Finding::HubConnection { connection: name });
            } else if circuit.is_none() {
                self.findings.push(Finding::ConnectionUnjoined { connection: name, missing: "circuit" });
            } else if !network {
                let missing = "gateway or the gateway's virtual network";
                self.findings.push(Finding::ConnectionUnjoined { connection: name, missing });
            }
        }
    }
}
