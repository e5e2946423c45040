//! Writes the subnets of virtual networks.

use super::super::finding::Finding;
use super::super::records::{Subnet, VirtualNetwork};
use super::super::yaml::{prefixes, scalar};
use super::Writer;
use crate::addr::IpPrefix;

impl Writer<'_> {
    /// Writes the subnets of a virtual network, which is called `name` in the file.
    pub(super) fn subnets(&mut self, name: &str, network: &VirtualNetwork) {
        if network.subnets.is_empty() {
            return;
        }
        let usable = |subnet: &Subnet| inside(subnet, network);
        let none = !network.subnets.iter().any(usable);
        let before = self.yaml.switch_off(none || self.is_off());
        self.yaml.open("subnets");
        for subnet in &network.subnets {
            let outer = self.yaml.switch_off(!usable(subnet) || before || none);
            if !usable(subnet) && !before {
                self.findings
                    .push(Finding::SubnetOutside { network: name.to_owned(), subnet: subnet.name.clone() });
            }
            self.subnet(name, subnet);
            self.yaml.switch_off(outer);
        }
        self.yaml.close();
        self.yaml.switch_off(before);
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
                yaml.comment(&format!("TODO: route table {table} of this subnet was not exported"));
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
                yaml.comment("If machines in this subnet have public addresses, which network exports do not contain, add: public_addresses: true");
            }
        }
        if subnet.nat_gateway {
            yaml.field("nat_gateway", "true");
        }
        yaml.end();
    }
}

/// Returns whether a subnet has prefixes and all of them are within the address space.
fn inside(subnet: &Subnet, network: &VirtualNetwork) -> bool {
    let covered = |prefix: &IpPrefix| network.prefixes.iter().any(|space| space.covers(*prefix));
    !subnet.prefixes.is_empty() && subnet.prefixes.iter().all(covered)
}

/// Returns the names in the file of those subnets of a virtual network that a peering connects.
pub(super) fn joined_subnets(network: &VirtualNetwork, names: &[String]) -> Vec<String> {
    let named = |subnet: &&Subnet| names.iter().any(|name| name.eq_ignore_ascii_case(&subnet.name));
    let written = network.subnets.iter().filter(named).filter(|subnet| inside(subnet, network));
    written.map(|subnet| scalar(&subnet.name)).collect()
}
