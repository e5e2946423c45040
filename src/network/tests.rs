//! Tests of the reader as a whole with the shipped files and with arbitrary text, and compared with the serde types.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::addr::Family;
use crate::catalog::Catalog;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::network::file::NetworkFile;
use crate::rib::{AsPath, Attributes, Community, DecisionProcess, MapResult, Multipath};

const DEMO: &str = include_str!("../../examples/demo/network.yaml");

/// Networks in which every key of the format occurs at least once.
const FULL: &str = include_str!("tests/full.yaml");
const LINKED: &str = include_str!("tests/linked.yaml");

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::shipped(Cloud::Public).unwrap());

fn read_text(text: &str) -> (Option<Network>, Diagnostics) {
    read(&Source::new("networks/contoso.yaml", text), &CATALOG)
}

/// Reads a network that must have no diagnostics.
fn clean(text: &str) -> Network {
    let (network, diagnostics) = read_text(text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    network.unwrap()
}

fn communities(network: &Network) -> Vec<Community> {
    let peering = network.circuits.first().unwrap().microsoft_peering.as_ref().unwrap();
    peering
        .of_kind
        .route_filter
        .as_ref()
        .unwrap()
        .communities
        .iter()
        .map(|community| community.value)
        .collect()
}

#[test]
fn the_demo_reads_as_meant() {
    let network = clean(DEMO);
    assert_eq!((network.name.as_str(), network.cloud), ("contoso", Cloud::Public));
    let (_, amsterdam) = network.site_named("amsterdam").unwrap();
    let (_, utrecht) = network.site_named("utrecht").unwrap();
    assert_eq!(
        amsterdam.prefixes.iter().map(|prefix| prefix.value.to_string()).collect::<Vec<_>>(),
        ["10.10.0.0/16", "fd10::/48"]
    );
    assert_eq!(amsterdam.circuits, [CircuitId(0)]);
    assert!(utrecht.circuits.is_empty());
    let edge = utrecht.internet.as_ref().unwrap();
    assert!(edge.default_route.has(Family::V4) && edge.default_route.has(Family::V6));
    let circuit = network.circuit(CircuitId(0)).unwrap();
    assert_eq!(circuit.sku.value, Sku::Premium);
    assert_eq!(circuit.bandwidth.value.bits_per_second(), 1_000_000_000);
    assert_eq!(communities(&network), [51002, 51003, 5030].map(Community::microsoft));
    let private = circuit.private_peering.as_ref().unwrap();
    assert_eq!(private.of_kind.virtual_networks, [VirtualNetworkId(0)]);
    assert_eq!(network.virtual_network(VirtualNetworkId(0)).unwrap().name, "hub-weu");
    // Positions are kept: findings mark the value.
    let span = circuit.sku.span;
    assert_eq!(DEMO.get(span.start..span.start + span.length), Some("premium"));
    assert_eq!(declared_cloud(&network.source), Some(Cloud::Public));
}

#[test]
fn a_pool_is_advertised_only_by_the_connection_that_has_it() {
    let text = "version: 1
circuits:
  - name: c
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002]
      primary: {advertised: [198.51.100.0/28], nat: [198.51.100.16/28]}
      secondary: {advertised: [198.51.100.16/28], nat: [198.51.100.16/28]}
";
    let (_, found) = read_text(text);
    let reported = found.iter().filter(|one| one.code == Code::NETWORK_NAT_NOT_ADVERTISED);
    assert_eq!(reported.map(Diagnostic::position).collect::<Vec<_>>(), [Some((9, 54))]);
}

#[test]
fn the_template_is_clean() {
    let network = clean(TEMPLATE);
    assert_eq!(network.sites.len() + network.circuits.len() + network.virtual_networks.len(), 3);
}

#[test]
fn the_least_file_and_its_defaults() {
    let network = clean(
        "version: 1\nsites: [{name: a, prefixes: [10.0.0.0/8], internet: {}}]\n\
         circuits: [{name: c, peering_location: london2, sku: Standard, bandwidth: 50Mbps}]\n",
    );
    assert_eq!((network.name.as_str(), network.cloud), ("contoso", Cloud::Public));
    let site = network.sites.first().unwrap();
    assert_eq!(site.internet.as_ref().unwrap().name, "a-internet");
    assert_eq!(site.circuits, [CircuitId(0)]);
    assert_eq!(network.circuits.first().unwrap().peering_location.value, "London2");
}

#[test]
fn a_community_is_read_with_and_without_quotes_and_from_json() {
    let file = |filter: &str| {
        clean(&format!(
            "version: 1\nsites: [{{name: a, prefixes: [10.0.0.0/8]}}]\ncircuits:\n- {{name: c, peering_location: \
             Amsterdam, sku: premium, bandwidth: 1 Gbps, microsoft_peering: {{route_filter: {filter}}}}}\n"
        ))
    };
    let regional = [Community::microsoft(51002)];
    for filter in [
        "[12076:51002]",
        "[\"12076:51002\"]",
        "['12076:51002']",
        "[ 12076:51002 ,]",
        "[West Europe]",
        "[westeurope]",
        "[Azure West Europe]",
    ] {
        assert_eq!(communities(&file(filter)), regional, "{filter}");
    }
    let block = clean(
        "version: 1\nsites: [{name: a, prefixes: [10.0.0.0/8]}]\ncircuits:\n- name: c\n  peering_location: \
         Amsterdam\n  sku: premium\n  bandwidth: 1 Gbps\n  microsoft_peering:\n    route_filter:\n    - 12076:51002\n",
    );
    assert_eq!(communities(&block), regional);
    let json = clean(
        "\u{feff}{\"version\": 1,\r\n\"sites\": [{\"name\": \"a\", \"prefixes\": [\"10.0.0.0/8\"]}],\r\n\"circuits\": \
         [{\"name\": \"c\", \"peering_location\": \"Amsterdam\", \"sku\": \"premium\", \"bandwidth\": \"1 Gbps\", \
         \"microsoft_peering\": {\"route_filter\": [\"12076:51002\"]}}]}",
    );
    assert_eq!(communities(&json), regional);
}

#[test]
fn aliases_stand_for_their_values() {
    let network = clean(
        "version: 1\nsites:\n- name: &name a\n  prefixes: &clients [10.0.0.0/8]\ncircuits:\n- {name: c, peering_location: \
         Amsterdam, sku: local, bandwidth: 1 Gbps, private_peering: {advertised: *clients}}\n",
    );
    let peering = network.circuits.first().unwrap().private_peering.as_ref().unwrap();
    assert_eq!(peering.advertised.first().unwrap().value.to_string(), "10.0.0.0/8");
    // Each line doubles the previous one: 2^40 values when expanded.
    let mut bomb = "version: 1\na0: &a0 [x, x]\n".to_owned();
    for line in 1..40 {
        bomb.push_str(&format!("a{line}: &a{line} [*a{0}, *a{0}]\n", line - 1));
    }
    let (network, diagnostics) = read_text(&bomb);
    assert!(network.is_none());
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.message.starts_with("more than")));
}

#[test]
fn empty_files_are_reported() {
    for (text, code) in [
        ("", Code::NETWORK_EMPTY),
        ("# nothing\n", Code::NETWORK_EMPTY),
        ("---\n", Code::NETWORK_TYPE),
        ("- 1\n", Code::NETWORK_TYPE),
    ] {
        let (network, diagnostics) = read_text(text);
        assert!(network.is_none());
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.code == code), "{text:?} {diagnostics:?}");
    }
}

#[test]
fn the_twin_agrees_on_what_is_shipped() {
    for text in [DEMO, TEMPLATE, FULL, LINKED] {
        let file: NetworkFile = serde_saphyr::from_str(text).unwrap();
        let written = serde_saphyr::to_string(&file).unwrap();
        let (first, second) = (clean(text), clean(&written));
        assert_eq!(serde_saphyr::from_str::<NetworkFile>(&written).unwrap(), file);
        assert_eq!(communities(&first), communities(&second));
        let prefixes = |network: &Network| {
            network.sites.iter().flat_map(|site| site.prefixes.clone()).collect::<Vec<_>>()
        };
        assert_eq!(prefixes(&first), prefixes(&second));
    }
}

/// Two routers with one connection each, and two sites that claim the same connection.
#[test]
fn a_connection_ends_at_the_one_site_that_has_it() {
    let ends = |first: &str, second: &str| {
        let network = clean(&format!(
            "version: 1\nsites:\n  - {{name: ce1, prefixes: [10.1.0.0/16], circuits: [{first}]}}\n  - {{name: ce2, circuits: \
             [{second}]}}\ncircuits: [{{name: er, peering_location: Amsterdam, sku: standard, bandwidth: 1 Gbps, private_peering: \
             {{}}}}]\n"
        ));
        let edges = Connection::ALL.map(|connection| network.edge_of(CircuitId(0), connection));
        let mut each = edges.to_vec();
        each.dedup();
        assert_eq!(network.edges_of(CircuitId(0)), each);
        edges.map(|edge| edge.map(|site| site.0))
    };
    let (primary, secondary) = ("{name: er, connections: [primary]}", "{name: er, connections: [secondary]}");
    for (first, second, edges) in [
        (primary, secondary, [Some(0), Some(1)]),
        (secondary, primary, [Some(1), Some(0)]),
        ("er", "{name: er, metric: 10}", [Some(0); 2]),
        (primary, "{name: er, metric: 10}", [Some(0), None]),
        ("er", secondary, [Some(0), None]),
        ("{name: er, connections: [secondary, primary]}", secondary, [Some(0), None]),
        ("er", "er", [None; 2]),
    ] {
        assert_eq!(ends(first, second), edges, "{first} {second}");
    }
}

#[test]
fn the_routing_model_reads_as_meant() {
    let network = clean(FULL);
    let (amsterdam_id, amsterdam) = network.site_named("amsterdam").unwrap();
    let edge = amsterdam.internet.as_ref().unwrap();
    assert!(!edge.stateful && edge.announced().first().unwrap().value.to_string() == "203.0.113.0/24");
    let written = &edge.routes.as_ref().unwrap().value;
    assert_eq!(network.path_of(written), std::path::Path::new("networks/tables/provider.mrt"));
    assert_eq!(amsterdam.circuits, [CircuitId(0), CircuitId(1)]);
    assert_eq!(amsterdam.attachments.iter().map(|entry| entry.metric).collect::<Vec<_>>(), [None, Some(20)]);
    let (circuit, peering) = (CircuitId(0), PeeringKind::Private);
    let ways = amsterdam.static_routes.iter().map(|route| route.via.value).collect::<Vec<_>>();
    let secondary = StaticVia::Peering {
        circuit,
        peering: PeeringKind::Microsoft,
        connection: Some(Connection::Secondary),
    };
    assert_eq!(
        ways,
        [
            StaticVia::Discard,
            StaticVia::Internet,
            StaticVia::Vpn(0),
            StaticVia::Peering { circuit, peering, connection: None },
            StaticVia::Discard,
            StaticVia::Discard,
            secondary,
            StaticVia::Peering { circuit: CircuitId(1), peering, connection: None },
        ]
    );
    let floating = amsterdam.static_routes.iter().filter(|route| route.distance == 250);
    let floating: Vec<String> = floating.map(|route| route.destination.value.to_string()).collect();
    assert_eq!(floating, ["tag Sql.WestEurope", "community 12076:51002"]);
    let deny: Vec<String> = edge.deny.iter().map(ToString::to_string).collect();
    let except = "tag AzureCloud except tag AzureFrontDoor.Frontend and community 12076:51003";
    assert_eq!(deny, ["192.0.2.0/24", "product power-platform", except]);
    let proxy = network.sites.get(1).unwrap().proxy.as_ref().unwrap();
    let served = |address: &str| proxy.serves(&network, &CATALOG, address.parse().unwrap());
    assert_eq!((proxy.site, proxy.over), (amsterdam_id, ProxyPath::Company));
    assert_eq!(["192.0.2.1", "192.0.2.9", "8.8.8.8"].map(served), [true, false, false]);
    assert_eq!(amsterdam.decision_process.multipath, Multipath::SameAsPathLength { paths: 4 });

    let circuit = network.circuit(circuit).unwrap();
    assert!(circuit.advertises_without_filter() && circuit.is_authorized(Authorization::Microsoft365));
    let peering = circuit.microsoft_peering.as_ref().unwrap();
    assert_eq!(Connection::ALL.map(|side| peering.is_up(side)), [true, false]);
    assert_eq!(Connection::ALL.map(|side| peering.prepend_on(side).len()), [0, 2]);
    assert_eq!(Connection::ALL.map(|side| peering.advertised_on(side).len()), [2, 1]);
    let pools = Connection::ALL.map(|side| peering.nat_on(side).first().unwrap().value.to_string());
    assert_eq!(pools, ["198.51.100.16/28", "198.51.100.0/29"]);
    assert_eq!(Connection::ALL.map(|side| peering.import_on(side).unwrap().value.0), [1, 0]);

    // A gateway has all its circuits and tunnels, listed or not.
    let (hub_id, subnet_id, subnet) = network.subnet_named("hub-weu/workload").unwrap();
    let hub = network.virtual_network(hub_id).unwrap();
    let gateway = hub.gateway.as_ref().unwrap();
    let weights = gateway.circuits.iter().map(|entry| (entry.circuit.0, entry.weight)).collect::<Vec<_>>();
    assert_eq!((subnet_id, weights), (SubnetId(0), vec![(0, 100), (1, 0)]));
    assert_eq!(
        gateway.vpn.iter().map(|entry| (entry.site, entry.vpn)).collect::<Vec<_>>(),
        [(amsterdam_id, 0)]
    );
    assert_eq!(network.is_global(hub_id, hub.peerings.first().unwrap()), Some(true));
    let tags = subnet.service_endpoints.iter().map(|entry| entry.value.tag.as_deref().unwrap());
    assert_eq!(tags.collect::<Vec<_>>(), ["Storage.WestEurope", "AzureKeyVault"]);
    let throughput = hub.appliances.iter().map(|entry| entry.throughput.map(|rate| rate.value.to_string()));
    assert_eq!(throughput.collect::<Vec<_>>(), [Some("2 Gbps".to_owned()), None]);
    let appliances = hub.appliances.iter().map(|entry| {
        (entry.name.as_str(), entry.addresses.iter().map(|at| at.value.to_string()).collect(), entry.stateful)
    });
    assert_eq!(
        appliances.collect::<Vec<(_, Vec<_>, _)>>(),
        [
            ("fw", vec!["10.20.0.4".to_owned(), "10.20.0.5".to_owned(), "fd20::4".to_owned()], Some(true)),
            ("proxy", vec!["10.20.0.6".to_owned()], None),
        ]
    );
    let spoke = network.virtual_network(VirtualNetworkId(1)).unwrap();
    assert!(spoke.gateway.is_none() && spoke.appliances.is_empty());
}

/// A mistake is reported once. An address that may be in an unreadable subnet is not a second mistake.
#[test]
fn a_mistake_in_an_appliance_is_reported_once() {
    let subnets = "subnets: [{name: a, prefixes: [10.20.1.0/26]}, {name: b, prefixes: [10.20.2.0/26]}]";
    for (text, expected) in [
        (format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.1.4, 10.20.1.5]}}]"), None),
        (
            format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.3.4]}}]"),
            Some(Code::NETWORK_SUBNET),
        ),
        (
            format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.1.4, 10.20.2.4]}}]"),
            Some(Code::NETWORK_APPLIANCE),
        ),
        (format!("{subnets}, appliances: [{{name: fw}}]"), Some(Code::NETWORK_MISSING_KEY)),
        (format!("{subnets}, appliances: [{{name: fw, addresses: []}}]"), Some(Code::NETWORK_EMPTY)),
        (format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.1]}}]"), Some(Code::NETWORK_ADDRESS)),
        (
            format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.1.4], deny: [{{tag: Sql}}]}}]"),
            Some(Code::NETWORK_MISSING_KEY),
        ),
        (
            format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.1.4], stateful: false, deny: [{{tag: Sql}}]}}]"),
            None,
        ),
        (
            format!("{subnets}, appliances: [{{name: fw, addresses: [10.20.1.4], stateful: 1}}]"),
            Some(Code::NETWORK_TYPE),
        ),
        (
            "subnets: [{name: a, prefixes: [10.20.1.1/26]}], appliances: [{name: fw, addresses: [10.20.1.4]}]"
                .to_owned(),
            Some(Code::NETWORK_PREFIX),
        ),
        ("appliances: [{name: fw, addresses: [10.20.1.4]}]".to_owned(), Some(Code::NETWORK_SUBNET)),
    ] {
        let (_, diagnostics) = read_text(&format!(
            "version: 1\nsites: [{{name: s, prefixes: [10.0.0.0/16]}}]\n\
             virtual_networks: [{{name: v, prefixes: [10.20.0.0/16], {text}}}]\n"
        ));
        let codes = diagnostics.iter().map(|diagnostic| diagnostic.code);
        assert_eq!(codes.collect::<Vec<_>>(), Vec::from_iter(expected), "{text}");
    }
}

#[test]
fn a_route_map_does_what_it_says() {
    let network = clean(FULL);
    let map = &network.route_map(RouteMapId(0)).unwrap().map;
    let prefix = "13.64.0.0/16".parse().unwrap();
    let attributes = |community: u16| Attributes {
        as_path: AsPath::sequence([12076]),
        communities: [Community::microsoft(community), Community::new(65010, 9)].into_iter().collect(),
        next_hop: Some("192.0.2.5".parse().unwrap()),
        ..Attributes::default()
    };
    let regional = attributes(51002);
    let MapResult::Permit { attributes: accepted, matched } =
        map.apply(prefix, &regional, "er-ams/microsoft/primary")
    else {
        unreachable!("the last clause accepts every route");
    };
    assert_eq!(
        (matched, accepted.local_preference, accepted.weight, accepted.med),
        (vec![0, 2], 150, 10, Some(5))
    );
    assert_eq!(accepted.as_path.to_string(), "64999 64998 12076");
    assert_eq!(accepted.communities.to_string(), "65010:2");
    // The second clause denies Exchange, because it does not match the first.
    let exchange = attributes(5010);
    assert_eq!(map.apply(prefix, &exchange, "er-ams/microsoft/primary").clause(), Some(1));
    // The circuit's name matches both peerings; `er-lon/private` matches one peering.
    let matched = |peer: &str| map.apply(prefix, &regional, peer).matched().to_vec();
    assert_eq!(matched("er-ams/private/secondary"), [0, 2]);
    assert_eq!(matched("er-lon/microsoft/primary"), [2]);
    let spans = &network.route_map(RouteMapId(0)).unwrap().clauses;
    assert_eq!(spans.len(), map.clauses().len());
}

#[test]
fn what_the_file_does_not_say_means_what_it_meant_before() {
    let network = clean(DEMO);
    for site in &network.sites {
        assert_eq!(site.attachments.iter().map(|entry| entry.circuit).collect::<Vec<_>>(), site.circuits);
        assert_eq!(site.decision_process, DecisionProcess::default());
        let edge = site.internet.as_ref().unwrap();
        assert!(edge.stateful && edge.state.value == State::Up && edge.announced() == edge.nat);
    }
    let circuit = network.circuits.first().unwrap();
    assert!(circuit.is_authorized(Authorization::Microsoft365) && !circuit.advertises_without_filter());
    let peering = circuit.microsoft_peering.as_ref().unwrap();
    assert!(
        Connection::ALL
            .into_iter()
            .all(|side| peering.is_up(side) && peering.nat_on(side) == peering.of_kind.nat)
    );
    assert_eq!(network.virtual_networks.first().unwrap().gateway.as_ref().unwrap().circuits.len(), 1);
}

/// The commented part of the template, uncommented, is valid together with the rest.
#[test]
fn the_templates_comments_are_clean_too() {
    let (shown, hidden) = TEMPLATE.split_once("# sites:\n").unwrap();
    let hidden =
        format!("sites:\n{}", hidden.replace("\n# ", "\n").replacen("# ", "", 1).replace("\n#\n", "\n\n"));
    assert!(serde_saphyr::from_str::<serde_json::Value>(&hidden).is_ok(), "{hidden}");
    let mut all: serde_json::Value = serde_saphyr::from_str(shown).unwrap();
    let more: serde_json::Value = serde_saphyr::from_str(&hidden).unwrap();
    merge(&mut all, more);
    clean(&all.to_string());
}

/// Merges mappings key by key, and lists of entries by index.
fn merge(into: &mut serde_json::Value, more: serde_json::Value) {
    use serde_json::Value;
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(more)) if into.iter().any(Value::is_object) => {
            for (index, value) in more.into_iter().enumerate() {
                match into.get_mut(index) {
                    Some(old) => merge(old, value),
                    None => into.push(value),
                }
            }
        }
        (into, more) => *into = more,
    }
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_has_the_readers_keys() {
    use crate::network::read::keys;

    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let properties = |definition: &str| {
        let at = if definition.is_empty() { &schema } else { &schema["$defs"][definition] };
        assert_eq!(at["additionalProperties"], false, "{definition}");
        let mut keys = at["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        keys.sort();
        keys
    };
    for (definition, keys) in [
        ("", keys::NETWORK),
        ("SiteEntry", keys::SITE),
        ("AttachmentEntry", keys::ATTACHMENT),
        ("InternetEntry", keys::INTERNET),
        ("VpnEntry", keys::VPN),
        ("DenyEntry", keys::DENY),
        ("SelectorEntry", keys::SELECTOR),
        ("StaticRouteEntry", keys::STATIC_ROUTE),
        ("DecisionProcessEntry", keys::DECISION_PROCESS),
        ("CircuitEntry", keys::CIRCUIT),
        ("MicrosoftPeeringEntry", keys::MICROSOFT_PEERING),
        ("PrivatePeeringEntry", keys::PRIVATE_PEERING),
        ("MicrosoftConnectionEntry", keys::MICROSOFT_CONNECTION),
        ("PrivateConnectionEntry", keys::PRIVATE_CONNECTION),
        ("VirtualNetworkEntry", keys::VIRTUAL_NETWORK),
        ("SubnetEntry", keys::SUBNET),
        ("PrivateEndpointEntry", keys::PRIVATE_ENDPOINT),
        ("ApplianceEntry", keys::APPLIANCE),
        ("RouteServerEntry", keys::ROUTE_SERVER),
        ("RouteServerPeerEntry", keys::ROUTE_SERVER_PEER),
        ("InjectedRouteEntry", keys::INJECTED_ROUTE),
        ("GatewayEntry", keys::GATEWAY),
        ("GatewayCircuitEntry", keys::GATEWAY_CIRCUIT),
        ("GatewayVpnEntry", keys::GATEWAY_VPN),
        ("VirtualNetworkPeeringEntry", keys::VIRTUAL_NETWORK_PEERING),
        ("RouteTableFile", keys::ROUTE_TABLE),
        ("UserRouteEntry", keys::USER_ROUTE),
        ("PrefixListFile", keys::PREFIX_LIST),
        ("RouteMapFile", keys::ROUTE_MAP),
        ("ClauseEntry", keys::CLAUSE),
        ("MatchEntry", keys::MATCH),
        ("SetEntry", keys::SET),
        ("UnsupportedEntry", keys::UNSUPPORTED),
        ("AcceptedEntry", keys::ACCEPTED),
        ("AttestedEntry", keys::ATTESTED),
        ("WanLinkEntry", keys::WAN),
        ("Nat64Entry", keys::NAT64),
        ("PublishedEntry", keys::PUBLISHED),
        ("VirtualHubEntry", keys::VIRTUAL_HUB),
        ("HubCircuitEntry", keys::HUB_CIRCUIT),
        ("HubConnectionEntry", keys::HUB_CONNECTION),
        ("HubStaticRouteEntry", keys::HUB_STATIC_ROUTE),
        ("HubRouteTableEntry", keys::HUB_ROUTE_TABLE),
        ("HubTableRouteEntry", keys::HUB_TABLE_ROUTE),
        ("RoutingIntentEntry", keys::ROUTING_INTENT),
        ("HubBgpPeerEntry", keys::HUB_BGP_PEER),
    ] {
        for key in keys {
            let stands = |text: &str| text.contains(&format!("{key}:"));
            // Every entry of `unsupported` is a warning, and these files must have none.
            let warns = definition == "UnsupportedEntry" || *key == "unsupported";
            assert!(warns || stands(FULL) || stands(LINKED), "no file of tests/ has `{key}` of {definition}");
        }
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        assert_eq!(properties(definition), keys, "{definition}");
    }
}

/// Checks that the reader terminates, that positions are inside the text, and that there is a network if and only if
/// there is no error.
fn holds_for(text: &str) {
    let source = Source::new("any.yaml", text);
    let (network, diagnostics) = read(&source, &CATALOG);
    // Positions refer to the text without a byte-order mark.
    let text = source.text();
    assert_eq!(network.is_some(), !diagnostics.has_errors(), "{text:?}");
    for diagnostic in diagnostics.iter() {
        assert!(diagnostic.help.is_some(), "{diagnostic:?}");
        assert!(!diagnostic.message.contains('\n'), "{diagnostic:?}");
        for label in &diagnostic.labels {
            let marked = text.get(label.span.start..label.span.start + label.span.length);
            assert!(marked.is_some_and(|marked| !marked.contains('\n')), "{text:?} {diagnostic:?}");
        }
    }
    if network.is_some() {
        assert!(serde_saphyr::from_str::<NetworkFile>(text).is_ok(), "the twin refuses {text:?}");
    }
}

/// Fragments of network files and of broken YAML.
const PIECES: &[&str] = &[
    "version: 1\n",
    "sites:\n",
    "  - name: a\n",
    "    prefixes: [10.0.0.0/8]\n",
    "    internet:\n",
    "      nat: ",
    "circuits: ",
    "microsoft_peering:",
    "route_filter: [12076:51002]",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ": ",
    "::",
    "&a ",
    "*a ",
    "!!str ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "? ",
    "null",
    "~",
    "\t",
    "\r\n",
    "\u{feff}",
    "é",
    "\u{85}",
    "\u{2028}",
    "\0",
    "1",
    "true",
    "<<: ",
    "2001:db8::",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_mark_before_a_mistake_is_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..4)) {
        holds_for(&format!("\u{feff}|\n- {}", pieces.concat()));
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        holds_for(&text);
    }

    #[test]
    fn soup_is_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        holds_for(&pieces.concat());
    }

    /// The demo with a range of text replaced by a fragment.
    #[test]
    fn mutations_are_read(
        start in any::<prop::sample::Index>(),
        length in 0_usize..40,
        piece in prop::sample::select(PIECES),
    ) {
        let start = start.index(DEMO.len());
        let end = (start + length).min(DEMO.len());
        holds_for(&format!("{}{piece}{}", &DEMO[..start], &DEMO[end..]));
    }
}

#[test]
fn tables_are_named_by_any_text() {
    let cases: [(&str, &[&str]); 9] = [
        ("internet: {routes: a.txt, name: x}", &["a.txt", "a.txt, name: x", "a.txt, name: x}"]),
        ("learned: 'a b.txt' # why", &["a b.txt"]),
        (r#"{"routes": "a\"b.txt"}"#, &["a\"b.txt"]),
        (r#"{"routes":"\u0061.txt"}"#, &["a.txt"]),
        ("routes:\n  a.txt\nlearned: &t b.txt\n", &["a.txt", "b.txt"]),
        ("sku: [torn\nlearned : a.txt", &["a.txt"]),
        ("routes: a.txt # why", &["a.txt", "a.txt # why"]),
        ("no_routes_here, learned without", &[]),
        ("", &[]),
    ];
    for (text, tables) in cases {
        assert_eq!(named_tables(text), tables, "{text}");
    }
}
