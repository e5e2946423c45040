//! Writes the peerings between virtual networks.

use super::super::finding::Finding;
use super::super::records::{VirtualNetwork, VirtualNetworkPeering};
use super::super::yaml::scalar;
use super::Writer;
use super::subnets::joined_subnets;

/// A peering with the index of the other virtual network.
type Peered<'a> = (usize, &'a VirtualNetworkPeering);

impl Writer<'_> {
    /// Writes comments about the peerings of a virtual network that cannot be written, then the other peerings.
    pub(super) fn peerings(&mut self, index: usize, network: &VirtualNetwork) {
        let mut comments = Vec::new();
        let mut written = self.joined_peerings(index, network, &mut comments);
        written.retain(|(at, peering)| {
            let nothing = self.joins_nothing(network, peering, *at);
            if nothing {
                self.report_nothing(index, peering, &mut comments);
            }
            !nothing
        });
        for comment in comments {
            self.yaml.comment(&comment);
        }
        if written.is_empty() {
            return;
        }
        self.yaml.open("peerings");
        for (at, peering) in written {
            self.peering(network, peering, at);
        }
        self.yaml.close();
    }

    /// Returns the connected peerings with virtual networks in the file, one for each virtual network. Adds comments
    /// about the other peerings.
    fn joined_peerings<'n>(
        &mut self,
        index: usize,
        network: &'n VirtualNetwork,
        comments: &mut Vec<String>,
    ) -> Vec<Peered<'n>> {
        let joined = self.joined;
        let mut written: Vec<Peered<'n>> = Vec::new();
        for peering in &network.peerings {
            let Some(remote) = &peering.remote else { continue };
            let position = joined.virtual_networks.iter().position(|other| other.id.as_ref() == Some(remote));
            let usable = |at: &usize| *at != index && self.overlaps.get(*at).is_some_and(Option::is_none);
            let name = remote.behind("virtualNetworks").unwrap_or_default();
            match position.filter(usable) {
                Some(_) if !peering.connected => {
                    comments.push(format!("The peering with {name} is not connected."));
                }
                Some(at) if written.iter().any(|(known, _)| *known == at) => {}
                Some(at) => written.push((at, peering)),
                None => {
                    comments.push(format!(
                        "TODO: this virtual network is peered with {name}, which was not exported or not imported"
                    ));
                    if !self.is_off() {
                        let network = self.networks.get(index).cloned().unwrap_or_default();
                        self.findings.push(Finding::PeeringUnjoined { network, other: name });
                    }
                }
            }
        }
        written
    }

    /// Returns whether a peering connects only certain subnets, and none of those on one side is in the file.
    fn joins_nothing(&self, network: &VirtualNetwork, peering: &VirtualNetworkPeering, at: usize) -> bool {
        let (Some([local, remote]), Some(other)) = (&peering.subnets, self.joined.virtual_networks.get(at))
        else {
            return false;
        };
        joined_subnets(network, local).is_empty() || joined_subnets(other, remote).is_empty()
    }

    /// Reports a peering that connects only subnets that are not in the file.
    fn report_nothing(&mut self, index: usize, peering: &VirtualNetworkPeering, comments: &mut Vec<String>) {
        comments.push(format!("TODO: peering {} connects only subnets that were not exported", peering.name));
        if self.is_off() {
            return;
        }
        let name = self.networks.get(index).cloned().unwrap_or_default();
        self.findings.push(Finding::Unsupported {
            resource: format!("virtualNetworks/virtualNetworkPeerings {name}/{}", peering.name),
            setting: Some("peerCompleteVnets: false".to_owned()),
            effect: "only the listed subnets are peered, and none of them was exported".to_owned(),
            at: peering.source.clone(),
        });
    }

    /// Writes a peering with the virtual network at an index.
    fn peering(&mut self, network: &VirtualNetwork, peering: &VirtualNetworkPeering, at: usize) {
        let Some(name) = self.networks.get(at) else { return };
        let yaml = &mut self.yaml;
        yaml.begin();
        yaml.field("virtual_network", &scalar(name));
        if !peering.allow_virtual_network_access {
            yaml.field("allow_virtual_network_access", "false");
        }
        let forwarded = if peering.allow_forwarded_traffic { "true" } else { "false" };
        yaml.field("allow_forwarded_traffic", forwarded);
        if peering.allow_gateway_transit {
            yaml.field("allow_gateway_transit", "true");
        }
        if peering.use_remote_gateways {
            yaml.field("use_remote_gateways", "true");
        }
        let other = self.joined.virtual_networks.get(at);
        if let (Some([local, remote]), Some(other)) = (&peering.subnets, other) {
            yaml.field("peer_complete_virtual_networks", "false");
            yaml.list("local_subnets", &joined_subnets(network, local));
            yaml.list("remote_subnets", &joined_subnets(other, remote));
        }
        yaml.end();
    }
}
