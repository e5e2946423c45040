//! Types of resources that affect routing but are not imported. An existing resource of one of these types is marked as
//! unsupported. A change to such a resource may change paths in a way that the network file cannot show.

use serde_json::Value;

use crate::import::terraform::document::Instance;

/// Each Terraform type with its type in Azure, without `Microsoft.Network/`; `None` if it is not a separate resource in
/// Azure.
const KINDS: &[(&str, Option<&str>)] = &[
    ("azurerm_express_route_circuit_connection", Some("expressRouteCircuits/peerings/connections")),
    ("azurerm_express_route_connection", Some("expressRouteGateways/expressRouteConnections")),
    ("azurerm_express_route_gateway", Some("expressRouteGateways")),
    ("azurerm_local_network_gateway", Some("localNetworkGateways")),
    (
        "azurerm_network_manager_connectivity_configuration",
        Some("networkManagers/connectivityConfigurations"),
    ),
    ("azurerm_network_manager_deployment", None),
    ("azurerm_network_manager_routing_configuration", Some("networkManagers/routingConfigurations")),
    ("azurerm_network_manager_routing_rule", None),
    ("azurerm_network_manager_routing_rule_collection", None),
    ("azurerm_palo_alto_virtual_network_appliance", Some("networkVirtualAppliances")),
    ("azurerm_point_to_site_vpn_gateway", Some("p2sVpnGateways")),
    ("azurerm_route_map", Some("virtualHubs/routeMaps")),
    ("azurerm_route_server", Some("virtualHubs")),
    ("azurerm_route_server_bgp_connection", Some("virtualHubs/bgpConnections")),
    ("azurerm_virtual_hub", Some("virtualHubs")),
    ("azurerm_virtual_hub_bgp_connection", Some("virtualHubs/bgpConnections")),
    ("azurerm_virtual_hub_connection", Some("virtualHubs/hubVirtualNetworkConnections")),
    ("azurerm_virtual_hub_ip", Some("virtualHubs/ipConfigurations")),
    ("azurerm_virtual_hub_route_table", Some("virtualHubs/hubRouteTables")),
    ("azurerm_virtual_hub_route_table_route", None),
    ("azurerm_virtual_hub_routing_intent", Some("virtualHubs/routingIntent")),
    ("azurerm_virtual_hub_security_partner_provider", Some("securityPartnerProviders")),
    ("azurerm_virtual_network_gateway_nat_rule", Some("virtualNetworkGateways/natRules")),
    ("azurerm_virtual_wan", Some("virtualWans")),
    ("azurerm_vmware_express_route_authorization", None),
    ("azurerm_vmware_private_cloud", Some("Microsoft.AVS/privateClouds")),
    ("azurerm_vpn_gateway", Some("vpnGateways")),
    ("azurerm_vpn_gateway_connection", Some("vpnGateways/vpnConnections")),
    ("azurerm_vpn_gateway_nat_rule", Some("vpnGateways/natRules")),
    ("azurerm_vpn_site", Some("vpnSites")),
    ("azapi_update_resource", Some("azapi/azapi_update_resource")),
    ("azapi_resource_action", Some("azapi/azapi_resource_action")),
    ("azurerm_management_group_template_deployment", Some("azurerm/template_deployment")),
    ("azurerm_resource_group_template_deployment", Some("azurerm/template_deployment")),
    ("azurerm_subscription_template_deployment", Some("azurerm/template_deployment")),
    ("azurerm_template_deployment", Some("azurerm/template_deployment")),
];

/// Returns the type in Azure under which a resource is marked, such as `virtualHubs`; `None` if it is not marked.
pub(super) fn azure_type(instance: &Instance<'_>) -> Option<&'static str> {
    routes(instance).then(|| known(instance.kind))?
}

fn known(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, _)| *name == kind).and_then(|(_, azure)| *azure)
}

/// Returns whether a resource affects routing but is not imported.
pub(super) fn routes(instance: &Instance<'_>) -> bool {
    let text = |name: &str| instance.values.get(name).and_then(Value::as_str);
    match instance.kind {
        // Resources of these types can change any Azure resource, so the type of the changed resource decides.
        "azapi_update_resource" | "azapi_resource_action" => {
            text("type").is_none_or(|kind| kind.to_ascii_lowercase().starts_with("microsoft.network/"))
        }
        // Of the templates in a plan, only those with network resources count.
        kind if kind.ends_with("template_deployment") => ["template_content", "template_body"]
            .into_iter()
            .find_map(text)
            .is_none_or(|template| template.to_ascii_lowercase().contains("microsoft.network/")),
        kind => KINDS.iter().any(|(name, _)| *name == kind),
    }
}
