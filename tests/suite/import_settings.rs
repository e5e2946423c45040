//! No importer drops a setting that affects routing: every row of the table of settings, in an export, a
//! template and a plan; then what the field cases and public exports in `../shared/data` come to.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]
#![expect(clippy::too_many_lines, reason = "tables of cases")]

mod field_cases;
mod plans;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::{Code, Source};
use peerpath::import::azure::{Finding, Import, ImportOptions, Imported, SiteOption, Treatment, settings};
use peerpath::import::terraform::{self, PlanSide};
use peerpath::import::{Assumptions, Laid, arm};
use peerpath::network;
use peerpath::rib;
use serde_json::{Value, json};

/// A setting that is marked: type, setting, what stands beside it, values that change nothing, a value that does.
type Case = (&'static str, &'static str, Value, Vec<Value>, Value);

fn cases() -> Vec<Case> {
    let none = || json!({});
    let tunnel = || json!({"connectionType": "IPsec"});
    let circuit = || json!({"connectionType": "ExpressRoute"});
    let reference = |name: &str| json!({"id": format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{name}")});
    let (network, subnet, peering) =
        ("virtualNetworks", "virtualNetworks/subnets", "virtualNetworks/virtualNetworkPeerings");
    let (er, er_peering, gateway) =
        ("expressRouteCircuits", "expressRouteCircuits/peerings", "virtualNetworkGateways");
    let off = || vec![json!(false), json!("False"), Value::Null];
    let empty = || vec![Value::Null, json!([])];
    let nothing = || vec![Value::Null, json!({})];
    vec![
        (network, "extendedLocation", none(), nothing(), json!({"name": "losangeles", "type": "EdgeZone"})),
        (
            subnet,
            "serviceEndpointPolicies",
            none(),
            empty(),
            json!([reference("serviceEndpointPolicies/store")]),
        ),
        (subnet, "serviceGateway", none(), nothing(), reference("serviceGateways/out")),
        (peering, "enableOnlyIPv6Peering", none(), off(), json!(true)),
        (
            peering,
            "peeringSyncLevel",
            none(),
            vec![json!("FullyInSync"), Value::Null],
            json!("LocalNotInSync"),
        ),
        ("routeTables", "disablePeeringRoute", none(), vec![json!("None"), Value::Null], json!("All")),
        (
            "routeTables/routes",
            "nextHop",
            none(),
            nothing(),
            json!({"nextHopIpAddresses": ["10.20.0.4", "10.20.0.5"]}),
        ),
        (er, "globalReachEnabled", none(), off(), json!(true)),
        (er, "allowGlobalReach", none(), off(), json!(true)),
        (
            er_peering,
            "ipv6PeeringConfig.routeFilter",
            json!({"routeFilter": reference("routeFilters/four")}),
            vec![Value::Null, reference("routeFilters/FOUR")],
            reference("routeFilters/six"),
        ),
        (
            er_peering,
            "ipv6PeeringConfig",
            json!({"state": "Disabled"}),
            vec![Value::Null, json!({"primaryPeerAddressPrefix": "2001:db8::/126", "state": "Disabled"})],
            json!({"primaryPeerAddressPrefix": "2001:db8::/126", "state": "Enabled"}),
        ),
        (er_peering, "microsoftPeeringConfig.legacyMode", none(), vec![json!(0), Value::Null], json!(1)),
        (
            er_peering,
            "connections",
            none(),
            empty(),
            json!([{"name": "to-fra", "properties": {"addressPrefix": "192.168.8.0/29"}}]),
        ),
        (er_peering, "peeredConnections", none(), empty(), json!([{"name": "from-fra"}])),
        (
            er_peering,
            "expressRouteConnection",
            none(),
            nothing(),
            reference("expressRouteGateways/g/expressRouteConnections/c"),
        ),
        ("routeFilters/routeFilterRules", "access", none(), vec![json!("Allow"), Value::Null], json!("Deny")),
        (
            "routeFilters/routeFilterRules",
            "routeFilterRuleType",
            none(),
            vec![json!("Community")],
            json!("Other"),
        ),
        (gateway, "allowNonVirtualWanTraffic", none(), off(), json!(true)),
        (gateway, "bgpSettings.asn", none(), vec![json!(65515), json!("65515"), Value::Null], json!(65010)),
        (
            gateway,
            "bgpSettings.bgpPeeringAddresses[].customBgpIpAddresses",
            none(),
            empty(),
            json!(["169.254.21.5"]),
        ),
        (gateway, "natRules", none(), empty(), json!([{"name": "overlap"}])),
        (gateway, "enableBgpRouteTranslationForNat", none(), off(), json!(true)),
        (
            gateway,
            "customRoutes",
            none(),
            vec![json!({"addressPrefixes": []})],
            json!({"addressPrefixes": ["10.99.0.0/16"]}),
        ),
        (
            gateway,
            "vpnClientConfiguration",
            none(),
            nothing(),
            json!({"vpnClientAddressPool": {"addressPrefixes": ["172.16.0.0/24"]}}),
        ),
        (gateway, "gatewayDefaultSite", none(), nothing(), reference("localNetworkGateways/dc")),
        (gateway, "adminState", none(), vec![json!("Enabled"), Value::Null], json!("Disabled")),
        (gateway, "extendedLocation", none(), nothing(), json!({"name": "losangeles"})),
        (
            gateway,
            "vNetExtendedLocationResourceId",
            none(),
            vec![json!("")],
            json!("/subscriptions/s/zones/losangeles"),
        ),
        ("connections", "routingWeight", tunnel(), vec![json!(0), Value::Null], json!(10)),
        ("connections", "enablePrivateLinkFastPath", circuit(), off(), json!(true)),
        ("connections", "enableBgp", tunnel(), vec![json!(true), Value::Null], json!(false)),
        ("connections", "usePolicyBasedTrafficSelectors", tunnel(), off(), json!(true)),
        (
            "connections",
            "trafficSelectorPolicies",
            tunnel(),
            empty(),
            json!([{"localAddressRanges": ["10.20.0.0/16"]}]),
        ),
        (
            "connections",
            "egressNatRules",
            tunnel(),
            empty(),
            json!([reference("virtualNetworkGateways/g/natRules/n")]),
        ),
        (
            "connections",
            "ingressNatRules",
            tunnel(),
            empty(),
            json!([reference("virtualNetworkGateways/g/natRules/n")]),
        ),
        (
            "connections",
            "gatewayCustomBgpIpAddresses",
            tunnel(),
            empty(),
            json!([{"customBgpIpAddress": "169.254.21.5"}]),
        ),
        (
            "connections",
            "connectionStatus",
            circuit(),
            vec![json!("Connected"), json!("Unknown")],
            json!("NotConnected"),
        ),
    ]
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::shipped(Cloud::Public).unwrap());

fn options() -> ImportOptions {
    let site = SiteOption { name: "office".to_owned(), prefixes: vec!["192.0.2.0/24".parse().unwrap()] };
    ImportOptions { sites: vec![site], ..ImportOptions::default() }
}

/// Sets a value at a path such as `a.b[].c`.
fn put(object: &mut Value, path: &str, value: Value) {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let Some(rest) = rest else {
        object[key] = value;
        return;
    };
    if let Some(list) = key.strip_suffix("[]") {
        let mut item = json!({});
        put(&mut item, rest, value);
        object[list] = json!([item]);
    } else {
        if !object[key].is_object() {
            object[key] = json!({});
        }
        put(&mut object[key], rest, value);
    }
}

/// A resource of a type, or the one that it stands in, with these properties.
fn resource(kind: &str, properties: &Value) -> Value {
    let (outer, _) = kind.split_once('/').unwrap_or((kind, ""));
    let mut whole = json!({"type": format!("Microsoft.Network/{outer}"), "name": "outer", "location": "westeurope",
        "id": format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{outer}/outer"),
        "properties": {}});
    match outer {
        "virtualNetworks" => {
            whole["properties"] =
                json!({"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}, "subnets": []});
        }
        "expressRouteCircuits" => {
            whole["sku"] = json!({"tier": "Standard"});
            whole["properties"]["serviceProviderProperties"] =
                json!({"peeringLocation": "Amsterdam", "bandwidthInMbps": 1000});
        }
        "virtualNetworkGateways" => whole["properties"]["gatewayType"] = json!("ExpressRoute"),
        _ => {}
    }
    let mut inner = json!({"name": "inner", "properties": {}});
    let list = match kind.split_once('/').map(|(_, list)| list) {
        Some("subnets") => {
            inner["properties"]["addressPrefix"] = json!("10.20.1.0/24");
            Some("subnets")
        }
        Some("routes") => {
            inner["properties"] = json!({"addressPrefix": "10.0.0.0/8", "nextHopType": "None"});
            Some("routes")
        }
        Some("peerings") => {
            inner["properties"]["peeringType"] = json!("MicrosoftPeering");
            inner["properties"]["primaryPeerAddressPrefix"] = json!("198.51.100.0/30");
            Some("peerings")
        }
        Some("routeFilterRules") => {
            inner["properties"]["communities"] = json!(["12076:51002"]);
            Some("rules")
        }
        other => other,
    };
    let target = if list.is_some() { &mut inner } else { &mut whole };
    for (key, value) in properties.as_object().unwrap() {
        target["properties"][key] = value.clone();
    }
    if let Some(list) = list {
        whole["properties"][list] = json!([inner]);
    }
    whole
}

fn of_export(resource: &Value) -> Imported {
    let mut import = Import::new();
    import.add("folder/export.json", json!([resource]).to_string().as_bytes());
    import.finish(&CATALOG, &options())
}

fn template(resources: &[Value]) -> String {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    json!({"$schema": schema, "parameters": {"open": {"type": "string"}}, "resources": resources}).to_string()
}

fn of_template(resource: &Value) -> Imported {
    let mut resource = resource.clone();
    resource.as_object_mut().unwrap().remove("id");
    let read = arm::read(&template(&[resource]), None, &Assumptions::default()).unwrap();
    assert_eq!(read.unknown, []);
    read.import(&CATALOG, &options(), None).imported
}

/// What is marked, after every mark was found in the network file, at the line that the reader warns of.
fn marked(imported: &Imported) -> Vec<String> {
    let text = imported.network.as_deref().unwrap();
    let found = imported.findings.iter().filter_map(|finding| match finding {
        Finding::Unsupported { resource, setting, .. } => Some(
            setting.as_ref().map_or_else(|| resource.clone(), |setting| format!("{setting} ({resource})")),
        ),
        _ => None,
    });
    let found = found.collect::<Vec<_>>();
    let (network, diagnostics) = network::read(&Source::new("network.yaml", text), &CATALOG);
    assert!(network.is_some(), "{text}\n{:#?}", diagnostics.iter().collect::<Vec<_>>());
    for what in &found {
        let line = format!("what: \"{what}\"");
        let at = text.find(&line).unwrap_or_else(|| panic!("{line}\n{text}"));
        let warned = diagnostics.iter().any(|diagnostic| {
            diagnostic.code == Code::NETWORK_UNSUPPORTED
                && diagnostic.help.is_some()
                && diagnostic.labels.iter().any(|label| (at..at + line.len()).contains(&label.span.start))
        });
        assert!(warned, "{what}");
    }
    found
}

#[test]
fn every_setting_that_is_marked_is_marked_by_its_value_in_exports_and_templates() {
    let cases = cases();
    let rows = settings().filter(|row| row.treatment == Treatment::Marked);
    let rows = rows.filter_map(|row| Some((row.kind, row.setting?))).collect::<Vec<_>>();
    let tested = cases.iter().map(|(kind, setting, ..)| (*kind, *setting)).collect::<Vec<_>>();
    for row in &rows {
        assert!(tested.contains(row), "no case for {row:?}");
    }
    assert_eq!(rows.len(), tested.len());
    for (kind, setting, beside, neutral, marking) in cases {
        let with = |value: &Value| {
            let mut properties = beside.clone();
            put(&mut properties, setting, value.clone());
            resource(kind, &properties)
        };
        for (importer, import) in [("export", of_export as fn(&Value) -> Imported), ("template", of_template)]
        {
            for value in &neutral {
                let found = marked(&import(&with(value)));
                assert_eq!(found, Vec::<String>::new(), "{importer} {kind} {setting} {value}");
            }
            let found = marked(&import(&with(&marking)));
            let names = if kind.contains('/') { "outer/inner" } else { "outer" };
            let (begin, end) = (setting.replace("[]", ""), format!(" ({kind} {names})"));
            assert_eq!(found.len(), 1, "{importer} {kind} {setting}: {found:?}");
            assert!(found[0].starts_with(&begin) && found[0].ends_with(&end), "{importer}: {found:?}");
        }
        // What a template does not tell may be either.
        let open = with(&json!("[parameters('open')]"));
        if setting != "ipv6PeeringConfig"
            && !setting.starts_with("ipv6")
            && !setting.starts_with("microsoft")
            && setting != "routingWeight"
            && setting != "connectionStatus"
        {
            assert_eq!(marked(&of_template(&open)).len(), 1, "{kind} {setting}");
        }
    }
}

#[test]
fn types_that_a_network_file_cannot_hold_are_marked() {
    let rows = settings().filter(|row| row.setting.is_none()).map(|row| row.kind).collect::<Vec<_>>();
    assert!(rows.len() > 30);
    for kind in rows.into_iter().filter(|kind| !kind.starts_with("azapi/") && !kind.starts_with("azurerm/")) {
        let full = if kind.starts_with("Microsoft.") {
            kind.to_owned()
        } else {
            format!("Microsoft.Network/{kind}")
        };
        let (provider, path) = full.split_once('/').unwrap();
        let parts = path.split('/').collect::<Vec<_>>();
        let names = ["one", "two", "three", "four"].get(..parts.len()).unwrap();
        let id =
            parts.iter().zip(names).flat_map(|(part, name)| ["/", *part, "/", *name]).collect::<String>();
        let id = format!("/subscriptions/s/resourceGroups/g/providers/{provider}{id}");
        let expected = format!("{kind} {}", names.join("/"));
        let value = json!({"type": full, "name": names.last().unwrap(), "id": id, "properties": {}});
        let mut import = Import::new();
        import.add("hub.json", value.to_string().as_bytes());
        import.add("other.json", resource("virtualNetworks", &json!({})).to_string().as_bytes());
        let found = marked(&import.finish(&CATALOG, &options()));
        // Some are refused, by what they hold, and marked all the same.
        let refused = ["virtualHubs/hubRouteTables", "virtualHubs/routeMaps"].contains(&kind);
        assert!(refused && found.len() == 1 || found.contains(&expected), "{kind}: {found:?}");
        let mut value = json!({"type": full, "name": names.join("/"), "properties": {}});
        // How often a loop runs does not matter, but for what is read beside being marked.
        if !kind.starts_with("expressRouteGateways") {
            value["copy"] = json!({"name": "l", "count": "[parameters('open')]"});
        }
        assert_eq!(marked(&of_template(&value)), [expected], "{kind}");
    }
}

#[test]
fn flags_of_peerings_gateways_and_subnets_are_written() {
    let id = |rest: &str| format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{rest}");
    let of = |rest: &str| json!({"id": id(rest)});
    let subnet = |network: &str, name: &str, prefix: &str, more: &Value| {
        let mut subnet = json!({"name": name, "id": id(&format!("virtualNetworks/{network}/subnets/{name}")),
            "properties": {"addressPrefix": prefix}});
        for (key, value) in more.as_object().unwrap() {
            subnet["properties"][key] = value.clone();
        }
        subnet
    };
    let network = |name: &str, subnets: Value, peering: Value| {
        let prefix = if name == "hub" { "10.20.0.0/16" } else { "10.21.0.0/16" };
        json!({"type": "Microsoft.Network/virtualNetworks", "name": name, "location": "westeurope",
            "id": id(&format!("virtualNetworks/{name}")),
            "properties": {"addressSpace": {"addressPrefixes": [prefix]}, "subnets": subnets,
                "virtualNetworkPeerings": [{"name": "p", "properties": peering}]}})
    };
    let mut hub = network(
        "hub",
        json!([
            subnet("hub", "GatewaySubnet", "10.20.255.0/27", &json!({})),
            subnet("hub", "wl", "10.20.1.0/24", &json!({}))
        ]),
        json!({"remoteVirtualNetwork": of("virtualNetworks/spoke"), "allowVirtualNetworkAccess": true, "allowForwardedTraffic": true,
            "peerCompleteVnets": false, "localSubnetNames": ["wl"], "remoteSubnetNames": ["app", "gone"]}),
    );
    hub["properties"]["summarizedGatewayPrefixes"] = json!({"addressPrefixes": ["10.16.0.0/12"]});
    let spoke = network(
        "spoke",
        json!([
            subnet("spoke", "app", "10.21.1.0/24", &json!({"defaultOutboundAccess": false})),
            subnet(
                "spoke",
                "nat",
                "10.21.2.0/24",
                &json!({"defaultOutboundAccess": false, "natGateway": of("natGateways/n")})
            )
        ]),
        json!({"remoteVirtualNetwork": of("virtualNetworks/hub"), "allowVirtualNetworkAccess": "False",
            "peerCompleteVnets": false, "localSubnetNames": ["App"], "remoteSubnetNames": ["wl"]}),
    );
    let all = json!([
        hub,
        spoke,
        {"type": "Microsoft.Network/expressRouteCircuits", "name": "er", "id": id("expressRouteCircuits/er"), "sku": {"tier": "Standard"},
            "properties": {"serviceProviderProperties": {"peeringLocation": "Amsterdam", "bandwidthInMbps": 1000},
                "peerings": [{"name": "AzurePrivatePeering", "properties": {"peeringType": "AzurePrivatePeering", "state": "Enabled"}}]}},
        {"type": "Microsoft.Network/virtualNetworkGateways", "name": "gw", "id": id("virtualNetworkGateways/gw"), "properties": {
            "gatewayType": "ExpressRoute", "allowRemoteVnetTraffic": true, "allowVirtualWanTraffic": false,
            "ipConfigurations": [{"properties": {"subnet": of("virtualNetworks/hub/subnets/GatewaySubnet")}}]}},
        {"type": "Microsoft.Network/connections", "name": "c", "id": id("connections/c"), "properties": {"connectionType": "ExpressRoute",
            "expressRouteGatewayBypass": true, "virtualNetworkGateway1": of("virtualNetworkGateways/gw"), "peer": of("expressRouteCircuits/er")}},
    ]);
    let mut import = Import::new();
    import.add("export.json", all.to_string().as_bytes());
    let imported = import.finish(&CATALOG, &options());
    assert_eq!(marked(&imported), Vec::<String>::new());
    let text = imported.network.unwrap();
    let (network, reported) = network::read(&Source::new("network.yaml", text.clone()), &CATALOG);
    let reported: Vec<String> = reported.iter().map(ToString::to_string).collect();
    let network = network.unwrap_or_else(|| panic!("{reported:?}\n{text}"));
    let hub = network.virtual_network_named("hub").unwrap().1;
    let gateway = hub.gateway.as_ref().unwrap();
    assert_eq!(gateway.allow_remote_virtual_network_traffic.map(|switch| switch.value), Some(true), "{text}");
    assert_eq!(gateway.allow_virtual_wan_traffic.map(|switch| switch.value), Some(false), "{text}");
    assert_eq!(gateway.summarized.len(), 1, "{text}");
    assert!(gateway.circuits[0].fast_path.is_some(), "{text}");
    let names =
        |all: &[peerpath::diag::Spanned<String>]| all.iter().map(|one| one.value.clone()).collect::<Vec<_>>();
    let joined = hub.peerings[0].subnets.as_ref().unwrap();
    assert_eq!(
        (names(&joined.local), names(&joined.remote)),
        (vec!["wl".to_owned()], vec!["app".to_owned()])
    );
    assert_eq!(hub.peerings[0].allow_forwarded_traffic.map(|switch| switch.value), Some(true), "{text}");
    let spoke = network.virtual_network_named("spoke").unwrap().1;
    assert_eq!(
        spoke.peerings[0].allow_virtual_network_access.map(|switch| switch.value),
        Some(false),
        "{text}"
    );
    // Azure's default.
    assert_eq!(spoke.peerings[0].allow_forwarded_traffic.map(|switch| switch.value), Some(false), "{text}");
    let shut: Vec<bool> = spoke.subnets.iter().map(|subnet| subnet.no_way_out().is_some()).collect();
    assert_eq!(shut, [true, false], "{text}");
}

#[test]
fn settings_that_decide_no_path_are_not_said_to_be_unknown() {
    for (kind, setting) in
        [("virtualNetworks", "flowTimeoutInMinutes"), ("virtualNetworks/subnets", "delegations")]
    {
        for import in [of_export as fn(&Value) -> Imported, of_template] {
            let words = import(&resource(kind, &json!({ setting: [4] }))).findings;
            assert!(
                !words.iter().any(|one| one.to_string().contains("does not know")),
                "{kind} {setting}: {words:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_joined_or_read_is_marked_and_what_is_unknown_is_said_once() {
    let value = resource(
        "virtualNetworks",
        &json!({"subnets": [
        {"name": "a", "properties": {"addressPrefix": "10.20.1.0/24", "newSwitch": true,
            "routeTable": {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/routeTables/other"}}},
        {"name": "b", "properties": {"addressPrefix": "10.20.2.0/24", "newSwitch": true, "otherSwitch": null}},
        {"name": "c", "properties": {"addressPrefix": "ten.20.3.0/24"}}],
        "virtualNetworkPeerings": [{"name": "p", "properties": {"remoteVirtualNetwork":
            {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/far"}}}]}),
    );
    for import in [of_export as fn(&Value) -> Imported, of_template] {
        let imported = import(&value);
        let words = imported.findings.iter().map(ToString::to_string).collect::<Vec<_>>();
        let text = imported.network.as_deref().unwrap();
        for (part, entries) in [
            ("subnet `a` of virtual network `outer` is written without its route table `other`", 1),
            ("the peering of virtual network `outer` with `far` is not imported", 1),
            ("subnet `c` of virtual network `outer` is written as a comment", 1),
            ("skipped 1 unreadable value in", 1),
            ("does not know are ignored: virtualNetworks/subnets.newSwitch (2);", 0),
        ] {
            assert_eq!(words.iter().filter(|line| line.contains(part)).count(), 1, "{part}: {words:#?}");
            let entry = format!("what: \"{part}");
            assert_eq!(text.matches(&entry).count(), entries, "{part}: {text}");
        }
    }
}
