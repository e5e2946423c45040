//! The resources, associations and links that a template or the two sides of a plan declare, by kind and name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::import::azure::flatten::has_id;
use crate::import::declared::Declared;

/// The kind of a separately declared association of a subnet with a route table.
const ASSOCIATION: &str = "associations";
/// The kind of a connection between a circuit and the gateway of a virtual network.
const LINK: &str = "links";
/// The kind of a route filter that a declared peering uses but that is not declared itself.
const MISSING_FILTER: &str = "missing filters";

/// The kind and name, in lower case, of each resource declared on either side.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct Described {
    all: BTreeSet<(String, String)>,
}

impl Described {
    /// Adds the resources on one side.
    pub(in crate::import) fn add(&mut self, declared: &Declared) {
        let ids = declared.resources.iter().filter_map(|resource| resource.get("id")?.as_str());
        for id in ids {
            self.all.extend(kind_and_name(id));
        }
        for association in &declared.associations {
            let subnet = kind_and_name(&association.subnet);
            self.all.extend(subnet.map(|(_, name)| (ASSOCIATION.to_owned(), name)));
        }
        self.add_links(declared);
        for resource in &declared.resources {
            let (Some(id), Some(subnets)) = (
                resource.get("id").and_then(Value::as_str),
                resource.pointer("/properties/subnets").and_then(Value::as_array),
            ) else {
                continue;
            };
            let names = subnets.iter().filter_map(|subnet| subnet.get("name")?.as_str());
            self.all.extend(names.filter_map(|name| kind_and_name(&format!("{id}/subnets/{name}"))));
        }
    }

    /// Adds the connections between circuits and the virtual networks of gateways.
    fn add_links(&mut self, declared: &Declared) {
        let text = |resource: &Value, pointer: &str| {
            resource.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
        };
        for connection in &declared.resources {
            let (Some(gateway), Some(circuit)) = (
                text(connection, "/properties/virtualNetworkGateway1/id"),
                text(connection, "/properties/peer/id").and_then(|id| kind_and_name(&id)),
            ) else {
                continue;
            };
            let gateway = declared.resources.iter().find(|resource| has_id(resource, &gateway));
            let configurations = gateway.and_then(|gateway| gateway.pointer("/properties/ipConfigurations"));
            for configuration in configurations.and_then(Value::as_array).into_iter().flatten() {
                let subnet = text(configuration, "/properties/subnet/id").and_then(|id| kind_and_name(&id));
                let network = subnet.and_then(|(_, name)| name.split('/').next().map(str::to_owned));
                self.all.extend(network.map(|network| (LINK.to_owned(), format!("{}/{network}", circuit.1))));
            }
        }
    }

    /// Adds a circuit whose Microsoft peering has a route filter that is not declared.
    pub(super) fn add_missing_filter(&mut self, circuit: &str) {
        self.all.insert((MISSING_FILTER.to_owned(), circuit.to_ascii_lowercase()));
    }

    /// Returns whether a resource is declared. Its name begins with the names of its parents, as in `hub/apps`.
    pub(super) fn has(&self, kind: &str, name: &str) -> bool {
        self.all.contains(&(kind.to_owned(), name.to_ascii_lowercase()))
    }

    /// Returns whether an association of the subnet with a route table is declared separately.
    pub(super) fn has_association(&self, subnet: &str) -> bool {
        self.has(ASSOCIATION, subnet)
    }

    /// Returns whether a connection between the circuit and the gateway of the virtual network is declared.
    pub(super) fn has_link(&self, circuit: &str, network: &str) -> bool {
        self.has(LINK, &format!("{circuit}/{network}"))
    }

    /// Returns whether the route filter of the circuit's Microsoft peering is not declared.
    pub(super) fn lacks_filter(&self, circuit: &str) -> bool {
        self.has(MISSING_FILTER, circuit)
    }
}

/// Returns the type and the names in an id, such as `virtualnetworks/subnets` and `hub/apps`.
fn kind_and_name(id: &str) -> Option<(String, String)> {
    let id = id.to_ascii_lowercase();
    let (_, rest) = id.split_once("/providers/microsoft.network/")?;
    let parts = rest.split('/').collect::<Vec<_>>();
    let every = |from: usize| parts.iter().skip(from).step_by(2).copied().collect::<Vec<_>>().join("/");
    Some((every(0), every(1)))
}
