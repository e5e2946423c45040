//! Reports VPN gateways and their tunnels. No export contains the site of a tunnel, so each tunnel is only a finding.

use super::super::arm::ArmId;
use super::super::finding::Finding;
use super::Writer;

impl Writer<'_> {
    /// Reports the VPN gateways and tunnels of a virtual network, and writes comments about them. With `None`, reports
    /// the VPN gateways and tunnels that belong to no virtual network in the file.
    pub(super) fn tunnels(&mut self, of: Option<usize>) {
        let joined = self.joined;
        let network = of.and_then(|index| self.networks.get(index)).cloned();
        let mut found = Vec::new();
        for gateway in joined.gateways.iter().filter(|gateway| gateway.vpn) {
            if self.network_of(gateway.id.as_ref()) == of {
                found.push(Finding::VpnGateway { gateway: gateway.name.clone() });
            }
        }
        for tunnel in &joined.tunnels {
            if self.network_of(tunnel.gateway.as_ref()) == of {
                let connection = tunnel.name.clone();
                found.push(if tunnel.to_site {
                    Finding::TunnelUnknown { connection, network: network.clone() }
                } else {
                    Finding::OtherConnection { connection }
                });
            }
        }
        for finding in found {
            if of.is_some() {
                self.yaml.comment(&format!("TODO: {finding}"));
            }
            self.findings.push(finding);
        }
    }

    /// Returns the index of the virtual network of a gateway, if it was exported.
    pub(super) fn network_of(&self, gateway: Option<&ArmId>) -> Option<usize> {
        let gateway = gateway?;
        let record = self.joined.gateways.iter().find(|record| record.id.as_ref() == Some(gateway));
        self.joined.virtual_networks.iter().position(|network| {
            let by_subnet = record.is_some_and(|record| {
                record.virtual_networks.iter().any(|id| network.id.as_ref() == Some(id))
            });
            by_subnet || network.gateways.contains(gateway)
        })
    }
}
