//! The reader as a whole: the files that are shipped, its twin, and text of any kind.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::lower::keys;
use super::*;
use crate::addr::Family;
use crate::rib::Community;

const DEMO: &str = include_str!("../../examples/demo/network.yaml");

/// A network in which every key of the format stands at least once.
const FULL: &str = include_str!("tests/full.yaml");

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::shipped(Cloud::Public).unwrap());

fn read_text(text: &str) -> (Option<Network>, Diagnostics) {
    read(&Source::new("networks/contoso.yaml", text), &CATALOG)
}

/// A network without any diagnostic.
fn clean(text: &str) -> Network {
    let (network, diagnostics) = read_text(text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    network.unwrap()
}

fn communities(network: &Network) -> Vec<Community> {
    let peering = network.circuits.first().unwrap().microsoft_peering.as_ref().unwrap();
    peering.route_filter.as_ref().unwrap().communities.iter().map(|community| community.value).collect()
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
    assert_eq!(private.virtual_networks, [VirtualNetworkId(0)]);
    assert_eq!(network.virtual_network(VirtualNetworkId(0)).unwrap().name, "hub-weu");
    // Places survive: findings point at the value.
    let span = circuit.sku.span;
    assert_eq!(DEMO.get(span.start..span.start + span.length), Some("premium"));
    assert_eq!(declared_cloud(&network.source), Some(Cloud::Public));
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
    // Each line doubles the one before: 2^40 values if written out.
    let mut bomb = "version: 1\na0: &a0 [x, x]\n".to_owned();
    for line in 1..40 {
        bomb.push_str(&format!("a{line}: &a{line} [*a{0}, *a{0}]\n", line - 1));
    }
    let (network, diagnostics) = read_text(&bomb);
    assert!(network.is_none());
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.message.starts_with("more than")));
}

#[test]
fn empty_files_are_said_to_be() {
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
    for text in [DEMO, TEMPLATE, FULL] {
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

#[cfg(feature = "schema")]
#[test]
fn the_schema_has_the_readers_keys() {
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
    ] {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        assert_eq!(properties(definition), keys, "{definition}");
    }
}

/// Reading must end, keep places inside the text, and give a network exactly where there is no error.
fn holds_for(text: &str) {
    let source = Source::new("any.yaml", text);
    let (network, diagnostics) = read(&source, &CATALOG);
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

/// Pieces of which network files and broken YAML are made.
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
    fn any_text_is_read(text in any::<String>()) {
        holds_for(&text);
    }

    #[test]
    fn soup_is_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        holds_for(&pieces.concat());
    }

    /// The demo with a stretch taken out and a piece put in.
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
