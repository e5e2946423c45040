//! What `survives` requires of replies, and what a check without anything to evaluate is worth.

use super::*;

/// Two sites, two circuits to one hub. `munich` and `rotterdam` are what each circuit advertises.
fn two_circuits(fra: &str, ams: &str, hub: &str) -> Network {
    network(&format!(
        "version: 1
sites:
  - name: munich
    prefixes: [10.10.0.0/16, \"fd10::/48\"]
    internet: {{name: edge-muc, nat: [203.0.113.0/28], default_route: both}}
    circuits: [er-fra, er-ams]
  - name: rotterdam
    prefixes: [10.11.0.0/16, \"fd11::/48\"]
    internet: {{name: edge-rtm, nat: [203.0.113.16/28], default_route: both}}
    circuits: [er-fra, er-ams]
circuits:
  - name: er-fra
    peering_location: Frankfurt
    sku: standard
    bandwidth: 1 Gbps
    private_peering: {{virtual_networks: [hub], advertised: [{fra}]}}
  - name: er-ams
    peering_location: Amsterdam
    sku: standard
    bandwidth: 500 Mbps
    private_peering: {{virtual_networks: [hub], advertised: [{ams}]}}
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [10.20.0.0/16, \"fd20::/48\"]
{hub}"
    ))
}

/// A check from `munich` of one family of the hub.
fn check(family: &str, expect: &str) -> String {
    format!(
        "  - {{id: x, from: munich, scope: {{virtual_network: hub, prefix: \"{family}\"}}, expect: {expect}}}\n"
    )
}

const MUNICH: &str = "10.10.0.0/16, \"fd10::/48\"";
const ROTTERDAM: &str = "10.11.0.0/16, \"fd11::/48\"";
const BOTH: &str = "10.10.0.0/16, 10.11.0.0/16, \"fd10::/48\", \"fd11::/48\"";

#[test]
fn what_survives_is_answered() {
    let guarded = "    subnets:
      - {name: work, prefixes: [10.20.1.0/24, \"fd20:0:0:1::/64\"], route_table: out}
      - {name: fw, prefixes: [10.20.9.0/24, \"fd20:0:0:9::/64\"]}
route_tables:
  - name: out
    routes:
      - {prefix: 10.10.0.0/16, next_hop: virtual-appliance 10.20.9.4}
      - {prefix: \"fd10::/48\", next_hop: \"virtual-appliance fd20:0:0:9::4\"}
";
    let alone = two_circuits(MUNICH, ROTTERDAM, "");
    let both = two_circuits(BOTH, BOTH, "");
    let unknown = two_circuits(BOTH, BOTH, guarded);
    for (network, expect, status, message) in [
        // Each circuit advertises its own site only: with that circuit down, packets arrive and replies do not.
        (&alone, "{path: private-peering, survives: each-single}", Status::Failed, "return dropped"),
        (&alone, "{path: private-peering, survives: each-single, return: any}", Status::Passed, "failures"),
        (&alone, "{path: private-peering}", Status::Passed, "1 vantage point"),
        (&alone, "{path: private-peering, return: any}", Status::Passed, "1 vantage point"),
        // Flows are shared between both circuits, whichever the virtual network picks.
        (&both, "{path: private-peering, survives: each-single}", Status::Passed, "failures"),
        (
            &both,
            "{path: private-peering, survives: each-single, return: symmetric}",
            Status::CannotJudge,
            "return unspecified",
        ),
        // What an appliance that is not described does with the reply is unknown.
        (
            &unknown,
            "{path: private-peering, survives: each-single}",
            Status::CannotJudge,
            "return unspecified",
        ),
        (&unknown, "{path: private-peering, survives: each-single, return: any}", Status::Passed, "failures"),
        // Packets that are dropped need no reply: the prohibition is met with both circuits down.
        (&both, "{not_path: internet, survives: each-double}", Status::Passed, "failures"),
        (&both, "{path: private-peering, survives: each-double}", Status::Failed, "with "),
    ] {
        for family in ["0.0.0.0/0", "::/0"] {
            let outcome = one(network, &check(family, expect));
            assert_eq!(outcome.status, status, "{expect} {family}: {}", outcome.message);
            assert!(outcome.message.contains(message), "{expect} {family}: {}", outcome.message);
            if outcome.message.contains(" down, ") && outcome.message.contains("return") {
                let remedy = outcome.remedy.as_deref().unwrap();
                assert!(remedy.contains("return: any"), "{remedy}");
                assert_eq!(outcome.witness.unwrap().vantage, "munich");
            }
        }
    }
}

#[test]
fn examples_are_answered_too() {
    let alone = two_circuits(MUNICH, ROTTERDAM, "");
    for (to, more, status) in [
        ("10.20.1.4", "", Status::Failed),
        ("10.20.1.4", ", return: any", Status::Passed),
        ("\"fd20::4\"", "", Status::Failed),
    ] {
        let expect = format!("{{path: private-peering, survives: each-single{more}}}");
        let entry = format!("  - {{id: x, flow: {{from: munich, to: {to}}}, expect: {expect}}}\n");
        assert_eq!(one(&alone, &entry).status, status, "{to}{more}");
    }
}

#[test]
fn implied_replies_are_what_brute_force_says() {
    let alone = two_circuits(MUNICH, BOTH, "");
    let all = checks(
        &alone,
        "  - {id: x, scope: {virtual_network: hub}, expect: {path: private-peering, survives: each-single}}\n\
         \x20 - {id: y, scope: {any: [{virtual_network: hub}, {prefix: 8.8.8.0/24}]}, expect: {not_path: discarded, survives: each-single}}\n",
    );
    let [holds, _, fails] = hold_to_brute_force(&alone, &all, 7);
    assert!(holds > 100 && fails > 10, "{holds} {fails}");
}

#[test]
fn a_pass_states_what_it_covers() {
    let both = two_circuits(BOTH, BOTH, "");
    let singles = Outage::singles(&both).len();
    let pairs = Outage::pairs(&both).len();
    for (expect, scope, message) in [
        (
            "{path: private-peering}",
            "{virtual_network: hub}",
            "2^16 IPv4 and 2^80 IPv6 addresses × 2 vantage points".to_owned(),
        ),
        // A scope that is nearly empty, and one without IPv6.
        (
            "{path: internet}",
            "{prefix: 9.9.9.8/31}",
            "2 IPv4 and no IPv6 addresses × 2 vantage points".to_owned(),
        ),
        (
            "{path: private-peering, survives: each-single}",
            "{prefix: 10.20.0.0/24}",
            format!("256 IPv4 and no IPv6 addresses × 2 vantage points × {singles} failures"),
        ),
        (
            "{not_path: internet, survives: each-double}",
            "{prefix: 10.20.0.0/24}",
            format!("256 IPv4 and no IPv6 addresses × 2 vantage points × {} failures", singles + pairs),
        ),
    ] {
        let outcome = one(&both, &format!("  - {{id: x, scope: {scope}, expect: {expect}}}\n"));
        assert_eq!((outcome.status, outcome.message), (Status::Passed, message), "{expect}");
    }
    let example =
        one(&both, "  - {id: x, flow: {from: munich, to: 10.20.0.9}, expect: {path: private-peering}}\n");
    assert_eq!(example.message, "10.20.0.9 × 1 vantage point");
}

/// What evaluates nothing never passes.
#[test]
fn a_check_of_nothing_cannot_be_judged() {
    let no_clients = "version: 1\nsites: [{name: edge, internet: {name: isp, nat: [203.0.113.0/28]}}]\n";
    let no_links = "version: 1\nsites: [{name: a, prefixes: [10.0.0.0/16]}]\n";
    for (text, expect, message) in [
        (no_clients, "{not_path: vpn}", "the check has no vantage point: no site has `prefixes`"),
        (no_links, "{not_path: internet, survives: each-single}", "the network has nothing that can fail"),
    ] {
        let entry = format!("  - {{id: x, scope: {{prefix: 9.9.9.0/24}}, expect: {expect}}}\n");
        let outcome = one(&network(text), &entry);
        assert_eq!((outcome.status, outcome.message.as_str()), (Status::CannotJudge, message));
        assert!(outcome.remedy.unwrap().starts_with("describe the network further"));
    }
}

#[test]
fn any_reply_is_no_requirement() {
    let both = two_circuits(BOTH, BOTH, "");
    for (expect, message) in [
        ("{return: any}", "the expectation is empty"),
        ("{return: any, survives: each-single}", "`survives` without an expectation"),
        ("{return: [any, symmetric]}", "`any` includes the other values of `return`"),
    ] {
        let text = format!("version: 1\nchecks:\n{}", check("0.0.0.0/0", expect));
        let (_, found) = read_checks_file(&Source::new("checks.yaml", text), Some(&both), catalog());
        assert!(reported(&found).iter().any(|one| one.contains(message)), "{expect}: {:?}", reported(&found));
    }
}
