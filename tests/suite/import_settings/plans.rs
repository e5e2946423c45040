//! Plans: attributes are marked where they stay, and stop the import where they change.

use super::*;

/// A plan in which these resources are, and nothing changes; or in which they are made.
fn plan(resources: &[(&str, Value)], made: bool) -> String {
    let changes = resources.iter().map(|(kind, values)| {
        let before = if made { Value::Null } else { values.clone() };
        json!({"address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": {"actions": [if made { "create" } else { "no-op" }], "before": before, "after": values,
                "after_unknown": {}}})
    });
    json!({"format_version": "1.2", "resource_changes": changes.collect::<Vec<_>>()}).to_string()
}

fn sides(plan: &str, assumptions: &Assumptions) -> [Laid; 2] {
    let plan = terraform::read(plan, assumptions).unwrap();
    [PlanSide::Before, PlanSide::After].map(|side| plan.import(side, &CATALOG, &options(), None))
}

#[test]
fn attributes_of_plans_are_marked_where_they_stay_and_stop_where_they_change() {
    let network = json!({"name": "hub", "resource_group_name": "g", "address_space": ["10.20.0.0/16"]});
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/far";
    let peering = |more: Value| {
        let mut values = json!({"name": "p", "resource_group_name": "g", "virtual_network_name": "hub", "remote_virtual_network_id": id});
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("azurerm_virtual_network_peering", values)
    };
    let subnet = |more: Value| {
        let mut values = json!({"name": "s", "resource_group_name": "g", "virtual_network_name": "hub", "address_prefixes": ["10.20.1.0/24"]});
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("azurerm_subnet", values)
    };
    let gateway = |more: Value| {
        let mut values =
            json!({"name": "g", "resource_group_name": "g", "type": "ExpressRoute", "sku": "ErGw1AZ"});
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("azurerm_virtual_network_gateway", values)
    };
    let connection = |more: Value| {
        let mut values =
            json!({"name": "c", "resource_group_name": "g", "type": "ExpressRoute", "routing_weight": 0});
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("azurerm_virtual_network_gateway_connection", values)
    };
    let azapi = |body: Value| {
        (
            "azapi_resource",
            json!({"type": "Microsoft.Network/virtualNetworks@2025-07-01", "name": "far", "parent_id": "/subscriptions/s/resourceGroups/g",
            "location": "westeurope", "body": body}),
        )
    };
    let summary = json!({"properties": {"addressSpace": {"addressPrefixes": ["10.30.0.0/16"]}}, "extendedLocation": {"name": "losangeles"}});
    for (resource, expected) in [
        (peering(json!({"allow_virtual_network_access": false})), None),
        (peering(json!({"only_ipv6_peering_enabled": true})), Some("enableOnlyIPv6Peering: true")),
        (subnet(json!({"default_outbound_access_enabled": false})), None),
        (subnet(json!({"service_endpoint_policy_ids": ["/a/b"]})), Some("serviceEndpointPolicies: [b]")),
        (gateway(json!({"virtual_wan_traffic_enabled": true, "remote_vnet_traffic_enabled": false})), None),
        (
            gateway(
                json!({"bgp_settings": [{"asn": 65010, "peering_addresses": [{"apipa_addresses": []}]}]}),
            ),
            Some("bgpSettings.asn: 65010"),
        ),
        (
            gateway(
                json!({"bgp_settings": [{"asn": 65515, "peering_addresses": [{"apipa_addresses": ["169.254.21.5"]}]}]}),
            ),
            Some("bgpSettings.bgpPeeringAddresses.customBgpIpAddresses: [169.254.21.5]"),
        ),
        (
            gateway(
                json!({"bgp_settings": [{"asn": 65515, "peering_addresses": [{"apipa_addresses": []}]}]}),
            ),
            None,
        ),
        (connection(json!({"express_route_gateway_bypass": true})), None),
        (
            connection(json!({"private_link_fast_path_enabled": true})),
            Some("enablePrivateLinkFastPath: true"),
        ),
        (connection(json!({"enable_bgp": false})), None),
        (("azurerm_virtual_hub", json!({"name": "h"})), Some("virtualHubs h")),
        (("azurerm_virtual_wan", json!({"name": "w"})), Some("virtualWans w")),
        (("azurerm_local_network_gateway", json!({"name": "dc"})), Some("localNetworkGateways dc")),
        (
            (
                "azapi_update_resource",
                json!({"name": "u", "type": "Microsoft.Network/virtualNetworks@2025-07-01"}),
            ),
            Some("azapi/azapi_update_resource u"),
        ),
        (
            (
                "azapi_update_resource",
                json!({"name": "u", "type": "Microsoft.Storage/storageAccounts@2025-01-01"}),
            ),
            None,
        ),
        (azapi(summary.clone()), Some("extendedLocation: set")),
        (azapi(json!(summary.to_string())), Some("extendedLocation: set")),
    ] {
        let all = [("azurerm_virtual_network", network.clone()), resource.clone()];
        let [before, after] = sides(&plan(&all, false), &Assumptions::default());
        let found = marked(&after.imported);
        match expected {
            Some(expected) => {
                assert!(found.len() == 1 && found[0].starts_with(expected), "{resource:?}: {found:?}");
            }
            None => assert_eq!(found, Vec::<String>::new(), "{resource:?}"),
        }
        assert_eq!(before.hidden(&after).count(), 0, "{resource:?}");
        // Made by the plan, the change would not show; unless the user says that it moves no path.
        let text = plan(&all, true);
        let [before, after] = sides(&text, &Assumptions::default());
        let hidden =
            before.hidden(&after).filter(|finding| matches!(finding, Finding::Unsupported { .. })).count();
        assert_eq!(hidden, usize::from(expected.is_some()), "{resource:?}");
        if expected.is_some() {
            let address = format!("{}.x", resource.0);
            let mut assumptions = Assumptions::default();
            assumptions.add(&address, "unchanged");
            let [before, after] = sides(&text, &assumptions);
            let hidden = before
                .hidden(&after)
                .filter(|finding| matches!(finding, Finding::Unsupported { .. }))
                .count();
            assert_eq!((hidden, Laid::idle([&before, &after])), (0, Vec::new()), "{resource:?}");
        }
    }
}

#[test]
fn an_assumption_about_nothing_is_an_error_that_names_the_nearest() {
    let network = json!({"name": "hub", "resource_group_name": "g", "address_space": ["10.20.0.0/16"], "new_switch": true});
    let text = plan(&[("azurerm_virtual_network", network)], false);
    let mut assumptions = Assumptions::default();
    assumptions.add("azurerm_virtual_network.x", "unchanged");
    let [before, after] = sides(&text, &assumptions);
    assert_eq!(Laid::idle([&before, &after]), ["azurerm_virtual_network.x"]);
    assert!(
        after
            .imported
            .findings
            .iter()
            .any(|finding| finding.to_string().contains("azurerm_virtual_network.new_switch (1)"))
    );
    let mut assumptions = Assumptions::default();
    assumptions.add("azurerm_virtual_network.y", "unchanged");
    let error = terraform::read(&text, &assumptions).unwrap_err().to_string();
    assert!(
        error.contains("`azurerm_virtual_network.y`") && error.contains("no value is unknown"),
        "{error}"
    );
    let open =
        resource("virtualNetworks", &json!({"addressSpace": {"addressPrefixes": "[parameters('open')]"}}));
    let mut assumptions = Assumptions::default();
    assumptions.add("virtualNetworks/outer.properties.adressSpace.addressPrefixes", "[\"10.0.0.0/8\"]");
    let error = arm::read(&template(&[open]), None, &assumptions).unwrap_err().to_string();
    assert!(
        error.contains(
            "the most similar unknown value is `virtualNetworks/outer.properties.addressSpace.addressPrefixes`"
        ),
        "{error}"
    );
}
