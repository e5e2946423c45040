//! What packets pass on their way: proved over a scope, both directions, under each failure.

use super::{catalog, network, one};
use peerpath::check::{Status, read_checks_file};
use peerpath::diag::Source;

/// A site with two circuits, a hub with a firewall, and a spoke whose packets are led over it in both directions.
const HUB: &str = r"
version: 1
sites:
  - {name: dc, prefixes: [10.1.0.0/16], internet: {name: edge, nat: [203.0.113.0/28]}, circuits: [er1, er2]}
circuits:
  - name: er1
    peering_location: London
    sku: standard
    bandwidth: 1 Gbps
    private_peering: {virtual_networks: [hub], advertised: [10.1.0.0/16]}
  - name: er2
    peering_location: Newport (Wales)
    sku: standard
    bandwidth: 1 Gbps
    private_peering: {virtual_networks: [hub], advertised: [10.1.0.0/16]}
virtual_networks:
  - name: hub
    region: uksouth
    prefixes: [10.100.0.0/22]
    gateway: {sku: ErGw1AZ, circuits: [{circuit: er1, weight: 10}, {circuit: er2}]}
    peerings: [{virtual_network: spoke, allow_gateway_transit: true}]
    appliances: [{name: fw, addresses: [10.100.1.4, 10.100.1.5], stateful: true}]
    subnets:
      - {name: GatewaySubnet, prefixes: [10.100.0.0/26], route_table: inbound}
      - {name: firewalls, prefixes: [10.100.1.0/26]}
  - name: spoke
    region: uksouth
    prefixes: [10.110.0.0/16]
    peerings: [{virtual_network: hub, use_remote_gateways: true}]
    subnets: [{name: app, prefixes: [10.110.1.0/24], route_table: outbound}]
route_tables:
  - name: inbound
    routes: [{prefix: 10.110.0.0/16, next_hop: virtual-appliance 10.100.1.4}]
  - name: outbound
    disable_bgp_route_propagation: true
    routes: [{prefix: 0.0.0.0/0, next_hop: virtual-appliance 10.100.1.5}]
";

/// The site prefers the circuit that the gateway prefers, so that both directions take the same.
fn preferred() -> String {
    HUB.replace("circuits: [er1, er2]}", "circuits: [{name: er1, import: first}, er2]}").replace(
        "route_tables:",
        "route_maps: [{name: first, clauses: [{set: {local_preference: 200}}]}]\nroute_tables:",
    )
}

#[test]
fn a_firewall_is_proved_on_both_ways_under_each_failure() {
    let whole = preferred();
    let open = whole.replace("- {name: GatewaySubnet, prefixes: [10.100.0.0/26], route_table: inbound}", "");
    let from_site = "from: [dc], scope: {subnet: spoke/app}";
    let from_spoke = "from: [spoke/app], scope: {site: dc}";
    for (text, about, expect, status, says) in [
        (&whole, from_site, "{via: hub/fw, return: symmetric, survives: each-single}", Status::Passed, ""),
        (&whole, from_spoke, "{via: fw, return: symmetric, survives: each-single}", Status::Passed, ""),
        (&whole, from_site, "{via: hub/GatewaySubnet}", Status::Passed, ""),
        // What goes out passes no gateway.
        (&whole, from_spoke, "{not_via: hub/GatewaySubnet}", Status::Passed, ""),
        (&whole, from_spoke, "{via: hub/GatewaySubnet}", Status::Failed, "path private-peering via hub/fw"),
        (&whole, from_site, "{not_via: fw}", Status::Failed, "via hub/GatewaySubnet, hub/fw"),
        (&open, from_site, "{via: fw}", Status::Failed, "without passing another edge, appliance or gateway"),
        (&open, from_site, "{return: symmetric}", Status::Failed, "return dropped"),
        (&open, from_spoke, "{via: fw}", Status::Passed, ""),
        (&open, from_spoke, "{return: symmetric}", Status::Failed, "return dropped"),
        (&whole, from_site, "{ends: delivered}", Status::Passed, ""),
        (&whole, from_site, "{ends: [discarded, exits-network]}", Status::Failed, "ends delivered"),
        (
            &whole,
            "from: [spoke/app], scope: {prefix: 9.9.9.9/32}",
            "{ends: exits-network}",
            Status::Passed,
            "",
        ),
    ] {
        let network = network(text);
        let outcome = one(&network, &format!("  - {{id: hops, {about}, expect: {expect}}}\n"));
        assert_eq!(outcome.status, status, "{about} {expect}: {}", outcome.message);
        assert!(outcome.message.contains(says), "{about} {expect}: {}", outcome.message);
    }
}

/// A router that is attached to no circuit, and from which the scope is not reached.
#[test]
fn a_check_of_every_site_asks_those_with_clients() {
    let spare = |prefixes: &str| {
        let site = format!(
            "sites:\n  - {{name: spare, {prefixes}internet: {{nat: [198.51.100.0/28]}}, circuits: []}}\n"
        );
        network(&preferred().replace("sites:\n", &site))
    };
    let check = "  - {id: all, scope: {subnet: spoke/app}, expect: {path: private-peering}}\n";
    assert_eq!(one(&spare(""), check).status, Status::Passed);
    assert_eq!(one(&spare("prefixes: [10.9.0.0/16], "), check).status, Status::Failed);
    let from = check.replace("scope", "from: [spare], scope");
    assert_eq!(one(&spare(""), &from).status, Status::Failed);
}

/// Of a site of which the gateway learns one prefix, and not the other.
#[test]
fn a_flow_is_judged_by_the_answers_to_its_own_source() {
    let text = preferred()
        .replace("prefixes: [10.1.0.0/16], internet", "prefixes: [10.1.0.0/16, 10.9.0.0/16], internet");
    let network = network(&text);
    for (source, status) in
        [("10.1.0.5", Status::Passed), ("10.9.0.5", Status::Failed), ("192.0.2.5", Status::Failed)]
    {
        let flow = format!(
            "{{from: dc, to: 10.110.1.4, source: {source}, source_port: 50000, port: 443, protocol: tcp}}"
        );
        let outcome =
            one(&network, &format!("  - {{id: hops, flow: {flow}, expect: {{return: symmetric}}}}\n"));
        assert_eq!(outcome.status, status, "{source}: {}", outcome.message);
    }
    let all = "  - {id: hops, flow: {from: dc, to: 10.110.1.4}, expect: {return: symmetric}}\n";
    assert_eq!(one(&network, all).status, Status::Failed);
}

/// What a gateway's table drops was carried by no circuit to its end.
#[test]
fn what_is_dropped_past_a_circuit_is_not_carried_by_it() {
    let text = preferred()
        .replace("10.110.0.0/16, next_hop: virtual-appliance 10.100.1.4", "10.110.0.0/16, next_hop: none");
    let network = network(&text);
    for expect in ["{circuit: [er1, er2]}", "{connection: [primary, secondary]}", "{path: private-peering}"] {
        let entry = format!("  - {{id: hops, from: [dc], scope: {{subnet: spoke/app}}, expect: {expect}}}\n");
        assert_eq!(one(&network, &entry).status, Status::Failed, "{expect}");
    }
}

/// A tunnel that ends at another gateway does not enter by the hub's.
#[test]
fn a_gateway_lets_in_what_its_own_connections_carry() {
    let tunnel = "circuits: [{name: er1, import: first}, er2], vpn: [{name: t, virtual_networks: [other], prefixes: [10.110.1.0/24]}]}";
    let text = preferred().replace("circuits: [{name: er1, import: first}, er2]}", tunnel).replace(
        "route_maps:",
        "  - {name: other, region: uksouth, prefixes: [10.200.0.0/16], gateway: {vpn: [{site: dc}]}}\nroute_maps:",
    );
    let network = network(&text);
    let entry = "  - {id: hops, from: [dc], scope: {subnet: spoke/app}, expect: {via: hub/GatewaySubnet}}\n";
    let outcome = one(&network, entry);
    assert_eq!(outcome.status, Status::Failed);
    assert!(
        outcome.message.contains("path vpn, without passing another edge, appliance or gateway"),
        "{}",
        outcome.message
    );
}

/// A gateway without a route table is passed and never shown, so that nothing can prove that it is not.
#[test]
fn a_gateway_without_a_table_is_no_hop() {
    let network = network(&preferred().replace(", route_table: inbound", ""));
    let entry = |expect: &str| {
        format!("  - {{id: hops, from: [dc], scope: {{subnet: spoke/app}}, expect: {expect}}}\n")
    };
    assert_eq!(one(&network, &entry("{via: hub/GatewaySubnet}")).status, Status::Failed);
    let text = format!("version: 1\nchecks:\n{}", entry("{not_via: hub/GatewaySubnet}"));
    let (_, found) = read_checks_file(&Source::new("checks.yaml", text), Some(&network), catalog());
    assert!(found.iter().any(|one| one.to_string().contains("has no route table")), "{found:?}");
}

#[test]
fn past_what_is_not_known_nobody_can_tell() {
    let text = preferred()
        .replace("next_hop: virtual-appliance 10.100.1.5", "next_hop: virtual-appliance 10.100.3.9");
    let network = network(&text);
    for expect in ["{via: fw}", "{not_via: fw}", "{ends: delivered}"] {
        let entry = format!("  - {{id: hops, from: [spoke/app], scope: {{site: dc}}, expect: {expect}}}\n");
        assert_eq!(one(&network, &entry).status, Status::CannotJudge, "{expect}");
    }
}
