//! Converts one side of a plan to Azure Resource Manager resources, which are imported like an export.

use serde_json::{Value, json};

use super::document::Instance;
use super::fields::{Side, set};
use super::marked_value::Marked;
use super::planned_ids::{called, identify};
use super::references::Configuration;
use crate::import::declared::{Association, Declared};
use crate::import::resource_tree::endpoint_address;
use crate::import::terraform::azurerm_schema::{
    ASSOCIATED, ASSOCIATION, KINDS, Kind, NAT_ASSOCIATED, NAT_ASSOCIATION, PORT, kind,
};
use crate::import::terraform::{attributes, azapi, marked_types};
use crate::import::unknown::{Ledger, UnknownBecause};

/// Converts one side of a plan. All resources in the result count as changed.
pub(super) fn convert(
    instances: &[Instance<'_>],
    configuration: Option<&Value>,
    ledger: &mut Ledger<'_>,
) -> Declared {
    let configuration = Configuration { root: configuration, instances };
    let ids = identify(configuration);
    let mut side = Side { configuration, ids, ledger };
    let mut converted = Declared::default();
    for index in 0..instances.len() {
        side.resource(index, &mut converted);
    }
    ports(&mut converted.resources);
    converted
}

impl<'p> Side<'p, '_, '_, '_> {
    /// Converts an instance to a resource and adds the resource.
    fn resource(&mut self, index: usize, converted: &mut Declared) {
        let Some(instance) = self.configuration.instances.get(index).cloned() else { return };
        if instance.kind == ASSOCIATION {
            return self.association(&instance, converted);
        }
        if instance.kind == NAT_ASSOCIATION {
            return self.nat_association(&instance, converted);
        }
        let Some(id) = self.ids.get(index).cloned() else { return };
        if let Some(azure) = azapi::kind(&instance) {
            if let Some(resource) = azapi::resource(&instance, azure, &id, self.ledger) {
                push(converted, &instance, &id, resource);
            }
        } else if let Some(kind) = kind(instance.kind) {
            self.known_resource(&instance, kind, &id, converted);
        } else if let Some(azure) = marked_types::azure_type(&instance) {
            let name = id.rsplit('/').next().unwrap_or_default();
            push(converted, &instance, &id, json!({"id": id, "type": azure, "name": name}));
        }
    }

    /// Adds the association of a subnet with a route table.
    fn association(&mut self, instance: &Instance<'p>, converted: &mut Declared) {
        let mut found = json!({});
        self.fields(instance, &ASSOCIATED, "", Marked::of(instance), &mut found);
        let id = |pointer: &str| found.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if let (Some(subnet), Some(table)) = (id("/subnet/id"), id("/routeTable/id")) {
            converted.associations.push(Association {
                address: instance.address.to_owned(),
                subnet,
                table,
                changed: false,
            });
        }
    }

    /// Adds the association of a subnet with a NAT gateway.
    fn nat_association(&mut self, instance: &Instance<'p>, converted: &mut Declared) {
        let mut found = json!({});
        self.fields(instance, &NAT_ASSOCIATED, "", Marked::of(instance), &mut found);
        let subnet = found.pointer("/subnet/id").and_then(Value::as_str);
        converted.nat_subnets.extend(subnet.map(str::to_owned));
    }

    /// Adds a resource whose type is in the table.
    fn known_resource(&mut self, instance: &Instance<'p>, kind: &Kind, id: &str, converted: &mut Declared) {
        attributes::count_unknown(instance, kind, &mut converted.unknown);
        if instance.data && converted.resources.iter().any(|known| known.get("id") == Some(&json!(id))) {
            return;
        }
        let mut resource = json!({"id": id, "type": format!("Microsoft.Network/{}", kind.azure)});
        set(&mut resource, "name", called(instance, kind).into());
        self.fields(instance, kind.fields, "", Marked::of(instance), &mut resource);
        self.one_family(instance, &mut resource);
        endpoint_address(
            self.ledger,
            &mut resource,
            instance.address,
            "private_service_connection[0].private_ip_address",
        );
        push(converted, instance, id, resource);
    }

    /// Lists a peering that is disabled for IPv4 but enabled for IPv6, because a network file has only one state for
    /// both.
    fn one_family(&mut self, instance: &Instance<'_>, resource: &mut Value) {
        let text = |pointer: &str| resource.pointer(pointer).and_then(Value::as_str);
        let off = text("/properties/state") == Some("Disabled");
        let ipv6 = resource.pointer("/properties/ipv6PeeringConfig").is_some()
            && text("/properties/ipv6PeeringConfig/state") != Some("Disabled");
        if instance.kind.ends_with("_peering") && off && ipv6 {
            let assumed = self.ledger.miss(instance.address, "ipv4_enabled", UnknownBecause::NoPlace);
            if assumed == Some(Value::Bool(true)) {
                set(resource, "properties.state", "Enabled".into());
            }
        }
    }
}

fn push(converted: &mut Declared, instance: &Instance<'_>, id: &str, resource: Value) {
    converted.addresses.insert(id.to_ascii_lowercase(), instance.address.to_owned());
    converted.changed.insert(id.to_ascii_lowercase(), instance.address.to_owned());
    converted.resources.push(resource);
}

/// Sets the peering location of circuits on an ExpressRoute Direct port to that of the port.
fn ports(resources: &mut Vec<Value>) {
    let azure = KINDS.iter().find(|kind| kind.name == PORT).map_or("", |kind| kind.azure);
    let kind = format!("Microsoft.Network/{azure}");
    let (ports, others): (Vec<_>, Vec<_>) = std::mem::take(resources)
        .into_iter()
        .partition(|resource| resource.get("type") == Some(&json!(kind)));
    *resources = others;
    for circuit in resources {
        let Some(id) = circuit.pointer("/properties/expressRoutePort/id").and_then(Value::as_str) else {
            continue;
        };
        let port = ports.iter().find(|port| crate::import::azure::flatten::has_id(port, id));
        let location = port.and_then(|port| port.pointer("/properties/peeringLocation")).cloned();
        if let Some(location) = location {
            set(circuit, "properties.serviceProviderProperties.peeringLocation", location);
        }
    }
}
