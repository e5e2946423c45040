//! Attributes in the azurerm provider that do not affect paths. An attribute that is neither listed here nor in the
//! table in `azurerm_schema` is counted by name and reported once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Instance;
use crate::import::terraform::azurerm_schema::{Field, Kind};

/// Attributes that any type of resource may have.
const EVERYWHERE: &[&str] =
    &["id", "guid", "resource_guid", "name", "tags", "timeouts", "location", "resource_group_name"];

/// Attributes of each type of resource, including those in its blocks.
const NO_PATH: &[(&str, &[&str])] = &[
    (
        "azurerm_express_route_circuit",
        // Keys, classic operations and rate limits of a port.
        &["service_key", "authorization_key", "allow_classic_operations", "rate_limiting_enabled", "family"],
    ),
    (
        "azurerm_express_route_circuit_peering",
        // VLAN, ports and keys, and attributes for the validation of prefixes.
        &[
            "vlan_id",
            "shared_key",
            "azure_asn",
            "primary_azure_port",
            "secondary_azure_port",
            "gateway_manager_etag",
            "customer_asn",
            "routing_registry_name",
            "advertised_communities",
            "express_route_circuit_name",
        ],
    ),
    ("azurerm_route_filter", &["rule_type"]),
    ("azurerm_route_table", &["subnets"]),
    ("azurerm_route", &["route_table_name"]),
    (
        "azurerm_virtual_network",
        // Names, protection, encryption, timeouts.
        &[
            "address_spaces",
            "ddos_protection_plan",
            "dns_servers",
            "encryption",
            "flow_timeout_in_minutes",
            "ip_address_pool",
            "private_endpoint_vnet_policies",
            "subnets",
            "vnet_peerings",
            "vnet_peerings_addresses",
            "security_group",
            "delegation",
            "private_link_service_network_policies_enabled",
            "enforce_private_link_service_network_policies",
        ],
    ),
    (
        "azurerm_subnet",
        // Packet filters, and the services that may use the subnet.
        &[
            "virtual_network_name",
            "delegation",
            "network_security_group_id",
            "private_link_service_network_policies_enabled",
            "enforce_private_link_service_network_policies",
            "ip_address_pool",
            "sharing_scope",
            "service_delegation",
        ],
    ),
    ("azurerm_virtual_network_peering", &["virtual_network_name", "virtual_network_id", "triggers"]),
    (
        "azurerm_virtual_network_gateway",
        // Instances, generation, names and protection; BGP is configured on each connection.
        &[
            "active_active",
            "bgp_enabled",
            "enable_bgp",
            "dns_forwarding_enabled",
            "generation",
            "ip_sec_replay_protection_enabled",
            "maximum_scale_unit",
            "minimum_scale_unit",
            "policy_group",
            "private_ip_address_enabled",
            "vpn_type",
            "peer_weight",
            "default_addresses",
            "tunnel_ip_addresses",
            "ip_configuration_name",
            "private_ip_address_allocation",
            "public_ip_address_id",
        ],
    ),
    (
        "azurerm_virtual_network_gateway_connection",
        // Keys and protection, and the remote end of a tunnel; tunnels are not imported.
        &[
            "authorization_key",
            "shared_key",
            "connection_mode",
            "connection_protocol",
            "dpd_timeout_seconds",
            "ipsec_policy",
            "local_azure_ip_address_enabled",
            "local_network_gateway_id",
            "peer_virtual_network_gateway_id",
        ],
    ),
    (
        "azurerm_express_route_connection",
        &[
            "express_route_gateway_id",
            "authorization_key",
            "enable_internet_security",
            "internet_security_enabled",
            "express_route_gateway_bypass_enabled",
            "private_link_fast_path_enabled",
            "routing",
        ],
    ),
    ("azurerm_express_route_gateway", &["virtual_hub_id", "scale_units", "allow_non_virtual_wan_traffic"]),
    (
        "azurerm_private_endpoint",
        // The service behind the endpoint, and its DNS names.
        &[
            "custom_dns_configs",
            "custom_network_interface_name",
            "network_interface",
            "private_dns_zone_configs",
            "private_dns_zone_group",
            "is_manual_connection",
            "private_connection_resource_alias",
            "private_connection_resource_id",
            "request_message",
            "subresource_name",
            "subresource_names",
            "member_name",
        ],
    ),
    (
        "azurerm_express_route_port",
        // Only the peering location of a port affects routing.
        &[
            "bandwidth_in_gbps",
            "billing_type",
            "encapsulation",
            "ethertype",
            "identity",
            "link1",
            "link2",
            "mtu",
        ],
    ),
];

/// Counts the attributes of a resource that have a value and are unknown to this import.
pub(super) fn count_unknown(instance: &Instance<'_>, kind: &Kind, unknown: &mut BTreeMap<String, u64>) {
    let no_path = NO_PATH.iter().find(|(name, _)| *name == kind.name).map_or(&[][..], |(_, names)| *names);
    let own = [kind.called, kind.parent.map_or("", |parent| parent.attribute)];
    let listed = |name: &str| [EVERYWHERE, no_path, &own].iter().any(|list| list.contains(&name));
    walk(instance.values, kind.fields, &listed, &mut |name| {
        *unknown
            .entry(format!("{}.{}", kind.name, crate::import::azure::redact::redact(name)))
            .or_default() += 1;
    });
}

/// Calls `found` for each unknown attribute of a resource and of the blocks that are read.
fn walk(values: &Value, fields: &[Field], listed: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(&str)) {
    for (name, value) in values.as_object().into_iter().flatten() {
        if listed(name) || says_nothing(value) {
            continue;
        }
        let known = fields.iter().map(Field::parts).filter(|(field, _)| field == name);
        let known = known.map(|(_, inner)| inner).collect::<Vec<_>>();
        match known.as_slice() {
            [] => found(name),
            [[], ..] => {}
            [inner, ..] => match value {
                Value::Array(items) => items.iter().for_each(|item| walk(item, inner, listed, found)),
                value => walk(value, inner, listed, found),
            },
        }
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(map) => map.values().all(says_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
