//! Writes virtual networks with subnets, gateways and peerings, and route tables.

use super::super::finding::Finding;
use super::super::records::{
    Destination, RouteTable, Subnet, UserRoute, VirtualNetwork, VirtualNetworkPeering,
};
use super::super::yaml::{prefix, prefixes, scalar};
use super::Writer;
use crate::addr::IpPrefix;
use crate::rib::Community;

/// The type of a next hop that a plan or a template does not contain.
pub(in crate::import) const UNKNOWN: &str = "unknown";

impl Writer<'_> {
    /// Returns for each virtual network why it is not written, if so. Virtual networks that are connected to circuits
    /// take precedence.
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
                self.yaml.comment(&format!("Its community {community} is not an Azure community."));
            }
        }
        if !network.subnets.is_empty() {
            let usable = |subnet: &Subnet| inside(subnet, network);
            let none = !network.subnets.iter().any(usable);
            let before = self.yaml.switch_off(none || self.is_off());
            self.yaml.open("subnets");
            for subnet in &network.subnets {
                let outer = self.yaml.switch_off(!usable(subnet) || before || none);
                if !usable(subnet) && !before {
                    self.findings
                        .push(Finding::SubnetOutside { network: name.clone(), subnet: subnet.name.clone() });
                }
                self.subnet(&name, subnet);
                self.yaml.switch_off(outer);
            }
            self.yaml.close();
            self.yaml.switch_off(before);
        }
        self.gateway(index);
        self.tunnels(Some(index));
        self.peerings(index, network);
    }

    fn subnet(&mut self, network: &str, subnet: &Subnet) {
        let table = subnet
            .route_table
            .as_ref()
            .and_then(|id| self.joined.route_tables.iter().position(|table| table.id.as_ref() == Some(id)));
        let yaml = &mut self.yaml;
        yaml.begin();
        yaml.field("name", &scalar(&subnet.name));
        yaml.list("prefixes", &prefixes(&subnet.prefixes));
        match (table.and_then(|table| self.tables.get(table)), &subnet.route_table) {
            (Some(table), _) => yaml.field("route_table", &scalar(table)),
            (None, Some(id)) => {
                let table = id.behind("routeTables").unwrap_or_default();
                yaml.comment(&format!("TODO: its route table {table} was not exported"));
                if !yaml.is_off() {
                    let (network, subnet) = (network.to_owned(), subnet.name.clone());
                    self.findings.push(Finding::RouteTableMissing { network, subnet, table });
                }
            }
            (None, None) => {}
        }
        let services = subnet.service_endpoints.iter().map(|service| scalar(service)).collect::<Vec<_>>();
        yaml.list("service_endpoints", &services);
        if !subnet.private_endpoints.is_empty() {
            yaml.open("private_endpoints");
            for (name, address) in &subnet.private_endpoints {
                yaml.line(&format!("- {{name: {}, address: \"{address}\"}}", scalar(name)));
            }
            yaml.close();
        }
        if subnet.network_policies {
            yaml.field("private_endpoint_network_policies", "true");
        }
        if subnet.default_outbound_access == Some(false) {
            yaml.field("default_outbound_access", "false");
            if !subnet.nat_gateway {
                yaml.comment("If its machines have public addresses, which network exports do not contain: public_addresses: true");
            }
        }
        if subnet.nat_gateway {
            yaml.field("nat_gateway", "true");
        }
        yaml.end();
    }

    /// Writes the gateway, if it has a SKU, a weight or another setting.
    fn gateway(&mut self, index: usize) {
        let joined = self.joined;
        let Some(network) = joined.virtual_networks.get(index) else { return };
        let own = joined.gateways.iter().find(|gateway| {
            let here = |id: &super::super::arm::ArmId| network.gateways.contains(id);
            let by_subnet = gateway.virtual_networks.iter().any(|id| network.id.as_ref() == Some(id));
            gateway.express_route && (by_subnet || gateway.id.as_ref().is_some_and(here))
        });
        let skus = crate::network::GatewaySku::ALL;
        let sku = own
            .and_then(|gateway| gateway.sku.as_deref())
            .and_then(|sku| skus.into_iter().find(|known| known.name().eq_ignore_ascii_case(sku)));
        let mut circuits = Vec::new();
        let mut linked_to_any = false;
        for (at, circuit) in joined.circuits.iter().enumerate() {
            let written = self.unusable.get(at).is_some_and(Option::is_none);
            let linked = joined.linked(circuit).into_iter().find(|(network, _)| *network == index);
            let private = circuit
                .peerings
                .iter()
                .any(|peering| peering.kind == super::super::records::PeeringType::Private);
            let fast_path = joined.has_fast_path(circuit, network);
            linked_to_any |= linked.is_some();
            if let Some((_, weight)) = linked
                && (weight > 0 || fast_path)
                && written
                && private
            {
                circuits.extend(self.circuits.get(at).map(|name| (scalar(name), weight, fast_path)));
            }
        }
        let switches = own.map(|own| {
            [
                ("allow_remote_virtual_network_traffic", own.remote_traffic),
                ("allow_virtual_wan_traffic", own.wan_traffic),
            ]
        });
        let switches = switches.into_iter().flatten().filter_map(|(key, switch)| Some((key, switch?)));
        let switches: Vec<(&str, bool)> = switches.collect();
        let summarized = if own.is_some() || linked_to_any { network.summarized.as_slice() } else { &[] };
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
            for (circuit, weight, fast_path) in circuits {
                let fast_path = if fast_path { ", fast_path: true" } else { "" };
                yaml.line(&format!("- {{circuit: {circuit}, weight: {weight}{fast_path}}}"));
            }
            yaml.close();
        }
        for (key, switch) in switches {
            yaml.field(key, if switch { "true" } else { "false" });
        }
        yaml.list("summarized_gateway_prefixes", &prefixes(summarized));
        yaml.close();
    }

    /// Writes a gateway without details, which must exist because a peered virtual network uses it.
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

    /// Returns whether a peering connects only certain subnets, and none of them is in the file on one side.
    fn joins_nothing(&self, network: &VirtualNetwork, peering: &VirtualNetworkPeering, at: usize) -> bool {
        let (Some([local, remote]), Some(other)) = (&peering.subnets, self.joined.virtual_networks.get(at))
        else {
            return false;
        };
        joined_subnets(network, local).is_empty() || joined_subnets(other, remote).is_empty()
    }

    fn peerings(&mut self, index: usize, network: &VirtualNetwork) {
        let joined = self.joined;
        let mut written = Vec::new();
        let mut comments = Vec::new();
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
                        "TODO: it is peered with {name}, which was not exported or not imported"
                    ));
                    if !self.is_off() {
                        let network = self.networks.get(index).cloned().unwrap_or_default();
                        self.findings.push(Finding::PeeringUnjoined { network, other: name });
                    }
                }
            }
        }
        written.retain(|(at, peering)| {
            let nothing = self.joins_nothing(network, peering, *at);
            if nothing {
                comments.push(format!(
                    "TODO: its peering {} connects subnets that were not exported",
                    peering.name
                ));
                if !self.is_off() {
                    let name = self.networks.get(index).cloned().unwrap_or_default();
                    self.findings.push(Finding::Unsupported {
                        resource: format!("virtualNetworks/virtualNetworkPeerings {name}/{}", peering.name),
                        setting: Some("peerCompleteVnets: false".to_owned()),
                        effect: "only the listed subnets are peered, and none of them was exported"
                            .to_owned(),
                        at: peering.source.clone(),
                    });
                }
            }
            !nothing
        });
        let yaml = &mut self.yaml;
        for comment in comments {
            yaml.comment(&comment);
        }
        if written.is_empty() {
            return;
        }
        yaml.open("peerings");
        for (at, peering) in written {
            let Some(name) = self.networks.get(at) else { continue };
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
            if let (Some([local, remote]), Some(other)) = (&peering.subnets, joined.virtual_networks.get(at))
            {
                yaml.field("peer_complete_virtual_networks", "false");
                yaml.list("local_subnets", &joined_subnets(network, local));
                yaml.list("remote_subnets", &joined_subnets(other, remote));
            }
            yaml.end();
        }
        yaml.close();
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
                let missing = "gateway with its virtual network";
                self.findings.push(Finding::ConnectionUnjoined { connection: name, missing });
            }
        }
    }

    pub(super) fn route_tables(&mut self) {
        let joined = self.joined;
        if joined.route_tables.is_empty() {
            return;
        }
        self.yaml.blank();
        self.yaml.comment("Route tables, which subnets reference.");
        self.yaml.open("route_tables");
        for (index, table) in joined.route_tables.iter().enumerate() {
            self.route_table(index, table);
        }
        self.yaml.close();
    }

    fn route_table(&mut self, index: usize, table: &RouteTable) {
        let name = self.tables.get(index).cloned().unwrap_or_default();
        self.yaml.begin();
        self.yaml.field("name", &scalar(&name));
        if table.disable_bgp_route_propagation {
            self.yaml.field("disable_bgp_route_propagation", "true");
        }
        let mut routes = Vec::new();
        for route in &table.routes {
            match self.user_route(route) {
                Ok(line) => routes.push(line),
                Err(why) => {
                    let finding = Finding::UserRoute { table: name.clone(), why };
                    self.yaml.comment(&format!("TODO: {finding}"));
                    self.findings.push(finding);
                }
            }
        }
        if !routes.is_empty() {
            self.yaml.open("routes");
            for route in routes {
                self.yaml.line(&route);
            }
            self.yaml.close();
        }
        self.yaml.end();
    }

    /// Returns the line of a route, or why it cannot be written.
    fn user_route(&self, route: &UserRoute) -> Result<String, String> {
        let destination = match &route.destination {
            Destination::Prefix(destination) => prefix(destination),
            Destination::Tag(tag) => match self.catalog.tag(tag) {
                Some(known) => scalar(&known.name),
                None => return Err(format!("the catalog has no service tag `{tag}`")),
            },
        };
        let next_hop = match (route.next_hop_type.to_ascii_lowercase().as_str(), route.next_hop) {
            ("virtualappliance", Some(address)) => format!("virtual-appliance {address}"),
            ("virtualappliance", None) => {
                return Err(format!(
                    "`{destination}` has a virtual appliance without an address as next hop"
                ));
            }
            ("internet", _) => "internet".to_owned(),
            ("none", _) => "none".to_owned(),
            ("virtualnetworkgateway", _) => "virtual-network-gateway".to_owned(),
            ("vnetlocal", _) => "virtual-network".to_owned(),
            (UNKNOWN, _) => "unknown".to_owned(),
            (other, _) => {
                return Err(format!("`{destination}` has a next hop of unsupported type `{other}`"));
            }
        };
        let next_hop = if next_hop.contains(':') { format!("\"{next_hop}\"") } else { next_hop };
        Ok(format!("- {{prefix: {destination}, next_hop: {next_hop}}}"))
    }

    fn is_off(&self) -> bool {
        self.yaml.is_off()
    }
}

/// Returns whether a subnet has addresses, all within the address space.
fn inside(subnet: &Subnet, network: &VirtualNetwork) -> bool {
    let covered = |prefix: &IpPrefix| network.prefixes.iter().any(|space| space.covers(*prefix));
    !subnet.prefixes.is_empty() && subnet.prefixes.iter().all(covered)
}

/// Returns the names, as written in the file, of the subnets of a virtual network that a peering connects.
fn joined_subnets(network: &VirtualNetwork, names: &[String]) -> Vec<String> {
    let named = |subnet: &&Subnet| names.iter().any(|name| name.eq_ignore_ascii_case(&subnet.name));
    let written = network.subnets.iter().filter(named).filter(|subnet| inside(subnet, network));
    written.map(|subnet| scalar(&subnet.name)).collect()
}
