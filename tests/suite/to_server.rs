//! Connections from outside: what the lint says of a published server agrees with what becomes of its connections.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::OnceLock;

use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::lint;
use peerpath::diag::{Code, Source};
use peerpath::engine::{
    IngressLink, Inputs, LinkState, ReturnVerdict, ServerReason, ToServer, ToServerError, to_server,
};
use peerpath::network::{self, CircuitId, Connection, Network, SiteId};
use peerpath::report::explain::reason::Names;
use peerpath::report::explain::to_server::json;

/// In the route filter of West Europe, and in no community of it.
const REMOTES: [&str; 2] = ["4.210.128.200", "40.92.0.5"];

/// Two sites, of which the first publishes a server, and a circuit; `{…}` are holes.
const BASE: &str = r#"
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16, "fd10::/48"]
    internet: {name: edge, nat: [198.18.0.0/28], advertised: [{internet}], inbound_source_nat: {edge}}
    published: [{name: web, addresses: [203.0.113.5]}]
  - name: there
    prefixes: [10.11.0.0/16]
    internet: {name: far, nat: [198.18.0.16/28], advertised: [{far}], inbound_source_nat: {edge}}
    circuits: []
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002]
      advertised: [{circuit}]
      inbound_source_nat: {peering}
"#;

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

fn read(fills: &[(&str, &str)]) -> Network {
    let usual = [("internet", ""), ("far", ""), ("edge", "false"), ("circuit", ""), ("peering", "false")];
    let text = usual.iter().fold(BASE.to_owned(), |text, (hole, usual)| {
        let fill = fills.iter().find(|(name, _)| name == hole).map_or(*usual, |(_, fill)| fill);
        text.replace(&format!("{{{hole}}}"), fill)
    });
    network::read(&Source::new("network.yaml", text), catalog()).0.unwrap()
}

fn explain<'n>(network: &'n Network, remote: &str) -> Result<ToServer<'n>, ToServerError> {
    let (id, _) = network.published_named("web").unwrap();
    to_server(Inputs::new(network, catalog()), id, remote.parse::<IpAddr>().unwrap())
}

#[test]
fn the_lint_finds_what_is_dropped() {
    let prefixes = ["", "203.0.113.0/24", "203.0.113.0/28"];
    let mut found = [0, 0];
    for (internet, circuit) in prefixes.iter().flat_map(|one| prefixes.iter().map(move |other| (one, other)))
    {
        for (edge, peering) in [("false", "false"), ("false", "true"), ("true", "false"), ("true", "true")] {
            let network =
                read(&[("internet", internet), ("circuit", circuit), ("edge", edge), ("peering", peering)]);
            let dropped = REMOTES
                .iter()
                .any(|remote| explain(&network, remote).unwrap().verdict == ReturnVerdict::Dropped);
            let reported = lint(Inputs::new(&network, catalog())).unwrap().findings;
            let words = reported.iter().any(|one| one.code == Code::LINT_PUBLISHED);
            assert_eq!(words, dropped, "internet {internet:?} {edge}, circuit {circuit:?} {peering}");
            found[usize::from(words)] += 1;
        }
    }
    assert_eq!(found, [16, 20]);
}

#[test]
fn another_sites_edge() {
    let network = read(&[("far", "203.0.113.0/24")]);
    let reported = explain(&network, "8.8.8.8").unwrap();
    let arrival = reported.arrivals.first().unwrap();
    assert_eq!(arrival.over, Some(IngressLink::Internet(SiteId(1))));
    assert_eq!((reported.verdict, &arrival.reason), (ReturnVerdict::AtRisk, &ServerReason::OtherSite));
    // Announced alike at both: one is the server's own, and which it is nobody says.
    let network = read(&[("far", "203.0.113.0/24"), ("internet", "203.0.113.0/24")]);
    let reported = explain(&network, "8.8.8.8").unwrap();
    assert_eq!((reported.arrivals.len(), reported.verdict), (2, ReturnVerdict::Unspecified));
    let network = read(&[("far", "203.0.113.0/24"), ("edge", "true")]);
    assert_eq!(explain(&network, "4.210.128.200").unwrap().verdict, ReturnVerdict::Symmetric);
}

#[test]
fn who_cannot_reach_it() {
    let network = read(&[("internet", "203.0.113.0/24")]);
    assert!(matches!(
        explain(&network, "10.1.2.3"),
        Err(ToServerError::NotOutside { block: "private use", .. })
    ));
    assert!(matches!(explain(&network, "2603:1006::1"), Err(ToServerError::NoAddress { .. })));
    let words = explain(&network, "2603:1006::1").unwrap_err().to_string();
    assert_eq!(words, "`web` is published at no IPv6 address, so `2603:1006::1` cannot reach it");
}

#[test]
fn the_keys_of_the_json() {
    let network = read(&[("internet", "203.0.113.0/24")]);
    let reported = explain(&network, "4.210.128.200").unwrap();
    let value = json(&reported, Names { catalog: catalog(), network: Some(&network) });
    let keys =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&value), "address answer arrivals microsoft return service to verdict");
    let arrival = &value["arrivals"][0];
    assert_eq!(keys(arrival), "links path place prefix reason remedy sessions verdict why");
    assert_eq!((&arrival["path"], &arrival["sessions"][0]), (&"internet".into(), &"edge".into()));
    assert_eq!((&arrival["reason"], &arrival["links"]), (&"device-missed".into(), &vec!["c1"].into()));
    assert_eq!(keys(&value["to"]), "address place server site");
}

/// Two sites that announce a published prefix alike, of which `a` translates what comes in and `b` does not.
const TIED: [&str; 2] = [
    "  - name: a
    prefixes: [10.10.0.0/16]
    internet: {name: ea, nat: [198.18.0.0/28], advertised: [203.0.113.0/24], inbound_source_nat: true}
    circuits: [c0]
    published: [{name: mail, addresses: [203.0.113.5]}]
",
    "  - name: b
    prefixes: [10.11.0.0/16]
    internet: {name: eb, nat: [198.18.0.16/28], advertised: [203.0.113.0/24]}
    circuits: []
",
];

fn read_text(text: &str) -> Network {
    let (network, found) = network::read(&Source::new("network.yaml", text), catalog());
    network.unwrap_or_else(|| panic!("{found:?}"))
}

/// The messages of the lint about published servers.
fn published(network: &Network) -> Vec<String> {
    let found = lint(Inputs::new(network, catalog())).unwrap().findings;
    let of_servers = found.iter().filter(|one| one.code == Code::LINT_PUBLISHED);
    of_servers.map(|one| one.message.clone()).collect()
}

/// Whichever site stands first in the file, each edge that ties is judged.
#[test]
fn the_order_of_sites_changes_no_finding() {
    let [a, b] = TIED;
    let rest = "circuits:
  - name: c0
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering: {route_filter: [12076:51002], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
";
    for sites in [format!("{a}{b}"), format!("{b}{a}")] {
        let network = read_text(&format!("version: 1\ncloud: public\nsites:\n{sites}{rest}"));
        let expected = "replies from `mail` to Microsoft leave over `c0`, but the packets arrive at `eb`";
        assert_eq!(published(&network), [expected], "{sites}");
        let (id, _) = network.published_named("mail").unwrap();
        let inputs = Inputs::new(&network, catalog());
        let reported = to_server(inputs, id, "20.50.2.1".parse().unwrap()).unwrap();
        let verdicts: BTreeSet<&str> =
            reported.arrivals.iter().map(|arrival| arrival.verdict.word()).collect();
        assert_eq!(verdicts, BTreeSet::from(["dropped", "symmetric"]), "{sites}");
        assert_eq!(reported.verdict, ReturnVerdict::Unspecified, "{sites}");
    }
}

/// Two circuits that advertise a published prefix; `{…}` is what `c1` prepends.
const CIRCUITS: &str = "
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16]
    internet: {name: edge, nat: [198.18.0.0/28], advertised: []}
    published: [{name: mail, addresses: [203.0.113.5]}]
circuits:
  - name: c0
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering: {route_filter: [12076:51002], advertised: [203.0.113.0/24]}
  - name: c1
    peering_location: London
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering: {route_filter: [12076:51002], advertised: [203.0.113.0/24], prepend: [{prepend}]}
";

/// The lint warns of the circuits that packets come in over, and of no other; private numbers lengthen no path.
#[test]
fn a_longer_path_attracts_nothing() {
    for (prepend, expected) in [("3356, 3356", &["c0"][..]), ("65001", &["c0", "c1"]), ("", &["c0", "c1"])] {
        let network = read_text(&CIRCUITS.replace("{prepend}", prepend));
        let (id, _) = network.published_named("mail").unwrap();
        let inputs = Inputs::new(&network, catalog());
        let reported = to_server(inputs, id, "52.112.0.1".parse().unwrap()).unwrap();
        let over = reported.arrivals.iter().filter_map(|arrival| match arrival.over {
            Some(IngressLink::Circuit(circuit, _)) => Some(network.circuit(circuit)?.name.clone()),
            _ => None,
        });
        assert_eq!(over.collect::<Vec<_>>(), expected, "{prepend}");
        let warned: Vec<bool> = ["c0", "c1"]
            .iter()
            .map(|name| published(&network).iter().any(|message| message.contains(&format!("over `{name}`"))))
            .collect();
        let meant: Vec<bool> = ["c0", "c1"].iter().map(|name| expected.contains(name)).collect();
        assert_eq!(warned, meant, "{prepend}");
    }
}

/// While Microsoft maintains a circuit it prepends on it: packets and answers come in over the other.
#[test]
fn a_circuit_under_maintenance_attracts_nothing() {
    let network = read_text(&CIRCUITS.replace("{prepend}", ""));
    let (id, _) = network.published_named("mail").unwrap();
    let mut links = LinkState::as_written();
    for connection in Connection::ALL {
        links.set_prepended(CircuitId(0), connection, 2);
    }
    let inputs = Inputs::new(&network, catalog()).links(&links);
    let reported = to_server(inputs, id, "52.112.0.1".parse().unwrap()).unwrap();
    let over: Vec<_> = reported.arrivals.iter().map(|arrival| arrival.over.clone()).collect();
    assert_eq!(over, [Some(IngressLink::Circuit(CircuitId(1), Connection::ALL.to_vec()))]);
}
