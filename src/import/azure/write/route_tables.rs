//! Writes route tables with their user-defined routes.

use super::super::finding::Finding;
use super::super::records::{Destination, RouteTable, UserRoute};
use super::super::yaml::{prefix, scalar};
use super::Writer;

/// The type of a next hop that a plan or a template does not contain.
pub(in crate::import) const UNKNOWN: &str = "unknown";

impl Writer<'_> {
    /// Writes all route tables.
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

    /// Returns the YAML line for a route, or why the route cannot be written.
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
                    "the next hop of `{destination}` is a virtual appliance without an address"
                ));
            }
            ("internet", _) => "internet".to_owned(),
            ("none", _) => "none".to_owned(),
            ("virtualnetworkgateway", _) => "virtual-network-gateway".to_owned(),
            ("vnetlocal", _) => "virtual-network".to_owned(),
            (UNKNOWN, _) => "unknown".to_owned(),
            (other, _) => {
                return Err(format!("the next hop of `{destination}` has the unsupported type `{other}`"));
            }
        };
        let next_hop = if next_hop.contains(':') { format!("\"{next_hop}\"") } else { next_hop };
        Ok(format!("- {{prefix: {destination}, next_hop: {next_hop}}}"))
    }
}
