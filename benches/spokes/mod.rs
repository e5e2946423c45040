//! A company of many spokes behind one hub that differ in their names and addresses alone.

/// So many spokes, behind a hub or behind the hub's firewall; `changed` gives one of them another route table.
pub(crate) fn text(spokes: usize, firewall: bool, changed: bool) -> String {
    let mut text = "version: 1\nsites:\n  \
         - {name: dc, prefixes: [10.1.0.0/16], internet: {nat: [203.0.113.0/28]}, circuits: [er1]}\n  \
         - {name: br, prefixes: [10.2.0.0/16], internet: {nat: [203.0.113.16/28]}, circuits: [{name: er1, metric: 10}]}\n\
         circuits:\n  - {name: er1, peering_location: London, sku: premium, bandwidth: 1 Gbps, private_peering: \
         {virtual_networks: [hub], advertised: [10.1.0.0/16, 10.2.0.0/16]}}\nvirtual_networks:\n  \
         - name: hub\n    region: uksouth\n    prefixes: [10.100.0.0/22]\n    gateway: {circuits: [{circuit: er1}]}\n    \
         peerings:\n"
        .to_owned();
    for n in 0..spokes {
        text += &format!("      - {{virtual_network: s{n}, allow_gateway_transit: true}}\n");
    }
    let table = if firewall { ", route_table: gateway" } else { "" };
    text += &format!(
        "    subnets:\n      - {{name: GatewaySubnet, prefixes: [10.100.0.0/26]{table}}}\n      \
         - {{name: AzureFirewallSubnet, prefixes: [10.100.1.0/26]}}\n"
    );
    let prefix = |n: usize| format!("10.{}.{}.0", 128 + n / 256, n % 256);
    for n in 0..spokes {
        let table = match (changed && n == spokes / 2, firewall) {
            (true, _) => ", route_table: other",
            (false, true) => ", route_table: spoke",
            (false, false) => "",
        };
        let prefix = prefix(n);
        text += &format!(
            "  - {{name: s{n}, region: uksouth, prefixes: [{prefix}/24], peerings: [{{virtual_network: hub, \
             use_remote_gateways: true}}], subnets: [{{name: app, prefixes: [{prefix}/25]{table}}}]}}\n"
        );
    }
    text += "route_tables:\n  - {name: other, routes: [{prefix: 10.1.0.0/16, next_hop: none}]}\n";
    if firewall {
        let route = |n| format!("{{prefix: {}/24, next_hop: virtual-appliance 10.100.1.4}}", prefix(n));
        let routes: Vec<String> = (0..spokes).map(route).collect();
        text += &format!(
            "  - {{name: spoke, disable_bgp_route_propagation: true, routes: [{{prefix: 0.0.0.0/0, next_hop: \
             virtual-appliance 10.100.1.4}}]}}\n  - {{name: gateway, routes: [{}]}}\n",
            routes.join(", ")
        );
    }
    text
}
