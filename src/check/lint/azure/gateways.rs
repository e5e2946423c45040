//! Rules about virtual network gateways: the limits of each gateway size, and the gateway subnet.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use crate::addr::{Family, IpPrefix};
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::{Limit, Reason, TableFault};
use crate::network::{
    Bandwidth, Circuit, Connection, Gateway, GatewaySku, PrivatePeering, Sku, UserRouteDestination,
    VirtualNetwork, VirtualNetworkId,
};

/// The maximum number of circuits used for ECMP (expressroute-faqs).
const ECMP_CIRCUITS: usize = 4;
/// The maximum number of circuits from one peering location at a gateway (expressroute-about-virtual-network-gateways).
const CIRCUITS_OF_A_LOCATION: usize = 4;
/// The recommended maximum number of routes at a gateway, for its virtual network, peered virtual networks and
/// on-premises together (expressroute-faqs).
const ROUTES_IN_ALL: usize = 11_000;
/// The maximum number of routes with service tags in a route table (virtual-networks-udr-overview).
const SERVICE_TAG_ROUTES: usize = 25;

/// The limits of a gateway size (expressroute-about-virtual-network-gateways). The older names are the same sizes
/// without zone redundancy.
struct Size {
    throughput: Bandwidth,
    circuits: usize,
    learned: usize,
}

fn size(sku: GatewaySku) -> Size {
    let (circuits, learned) = match sku {
        GatewaySku::Standard | GatewaySku::ErGw1Az => (4, 4_000),
        GatewaySku::HighPerformance | GatewaySku::ErGw2Az => (8, 9_500),
        GatewaySku::UltraPerformance | GatewaySku::ErGw3Az | GatewaySku::ErGwScale => (16, 9_500),
    };
    // A scalable gateway has 1 Gbps for each of up to 40 units.
    let largest = Bandwidth::from_bits_per_second(40_000_000_000);
    Size { throughput: sku.throughput().unwrap_or(largest), circuits, learned }
}

/// A gateway with its virtual network.
struct FindingPlace<'n> {
    id: VirtualNetworkId,
    network: &'n VirtualNetwork,
    gateway: &'n Gateway,
    circuits: Vec<(&'n Circuit, &'n PrivatePeering, u32)>,
}

impl FindingPlace<'_> {
    fn span(&self) -> Span {
        self.gateway.span.unwrap_or(self.network.span)
    }
}

/// All gateways with at least one circuit.
fn gateways<'n>(subject: &Subject<'n>) -> impl Iterator<Item = FindingPlace<'n>> {
    let network = subject.network;
    network.virtual_networks_with_ids().filter_map(move |(id, here)| {
        let gateway = here.gateway.as_ref()?;
        let circuits = gateway.circuits.iter().filter_map(|link| {
            let circuit = network.circuit(link.circuit)?;
            Some((circuit, circuit.private_peering.as_ref()?, link.weight))
        });
        let circuits: Vec<_> = circuits.collect();
        (!circuits.is_empty()).then_some(FindingPlace { id, network: here, gateway, circuits })
    })
}

/// Returns the input that is missing if the size of a gateway is unknown.
pub(in crate::check::lint) fn no_sku(own: &VirtualNetwork) -> Missing {
    let span = own.gateway.as_ref().and_then(|gateway| gateway.span).unwrap_or(own.span);
    Missing {
        what: "no `sku`".to_owned(),
        of: format!("the gateway of `{}`", own.name),
        span,
        write: "set `sku` on the `gateway` of the virtual network",
    }
}

/// Returns the input that is missing if a limit depends on the number of units of an ErGwScale gateway.
pub(in crate::check::lint) fn no_units(own: &VirtualNetwork, span: Span) -> Missing {
    Missing {
        what: "unknown number of scale units".to_owned(),
        of: format!("the gateway of `{}`", own.name),
        span,
        write: "the network file has no key for scale units: verify this in the Azure portal",
    }
}

/// States that a rule examined every gateway.
fn examine_gateways(subject: &Subject<'_>, code: Code, found: &mut Findings) {
    found.examined(code, Object::Gateway, gateways(subject).count());
}

/// Returns the prefixes that a gateway advertises to a circuit: those of its virtual network, and those of peered
/// virtual networks that use the gateway.
fn behind<'n>(subject: &Subject<'n>, place: &FindingPlace<'n>) -> Vec<Spanned<IpPrefix>> {
    let network = subject.network;
    let behind = network.behind_gateway(place.id);
    behind.flat_map(|(id, _)| network.announced(place.id, id).into_owned()).collect()
}

/// Returns the prefixes that a gateway learns from circuits and tunnels, without duplicates.
fn learned(subject: &Subject<'_>, place: &FindingPlace<'_>) -> BTreeSet<IpPrefix> {
    let mut all = BTreeSet::new();
    for (_, peering, _) in &place.circuits {
        for connection in Connection::ALL {
            all.extend(peering.advertised_on(connection).iter().map(|prefix| prefix.value));
        }
    }
    for end in &place.gateway.vpn {
        let Some(site) = subject.network.site(end.site) else { continue };
        let tunnel = usize::try_from(end.vpn).ok().and_then(|index| site.vpn.get(index));
        let advertised = tunnel.and_then(|tunnel| tunnel.advertised.as_ref()).unwrap_or(&site.prefixes);
        all.extend(advertised.iter().map(|prefix| prefix.value));
    }
    all
}

/// Returns a finding if a count exceeds a limit or is at least 80 % of the limit. `past` states what happens above the
/// limit.
fn near_or_past(
    subject: &Subject<'_>,
    code: Code,
    what: &str,
    (count, limit): (usize, usize),
    past: &str,
) -> Option<Diagnostic> {
    if count * 10 < limit * 8 {
        return None;
    }
    let source = &subject.network.source;
    Some(if count > limit {
        Diagnostic::warning(code, source, format!("{what}: the limit is {limit}; {past}"))
    } else {
        Diagnostic::advice(code, source, format!("{what}: the limit is {limit}"))
    })
}

/// Reports gateways whose number of advertised prefixes is near or above the limit of a circuit.
pub(in crate::check::lint) fn advertised(subject: &Subject<'_>, found: &mut Findings) {
    examine_gateways(subject, Code::LINT_GATEWAY_PREFIX_COUNT, found);
    for place in gateways(subject) {
        let prefixes = behind(subject, &place);
        for (family, name) in [(Family::V4, "IPv4"), (Family::V6, "IPv6")] {
            let count = prefixes.iter().filter(|prefix| prefix.value.family() == family).count();
            let limit = Limit::Gateway.allowed(family, Sku::Standard);
            let what = format!("the gateway of `{}` advertises {count} {name} prefixes", place.network.name);
            let past = "above the limit, the gateway is disconnected from the circuit";
            let diagnostic =
                near_or_past(subject, Code::LINT_GATEWAY_PREFIX_COUNT, &what, (count, limit), past);
            found.extend(diagnostic.map(|diagnostic| {
                diagnostic
                    .at(place.span(), "")
                    .help("use fewer and larger prefixes for the virtual networks behind it")
            }));
        }
    }
}

/// Reports gateways whose number of learned routes is near or above the limit of their size, or whose total number of
/// routes is near or above the limit for any size.
pub(in crate::check::lint) fn routes(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_GATEWAY_ROUTES, Object::Gateway, 0);
    for place in gateways(subject) {
        let count = learned(subject, &place).len();
        let name = &place.network.name;
        let mut limits = Vec::new();
        // Up to 80 % of the lowest limit, the size does not matter.
        if place.gateway.sku.is_none() && count * 10 >= size(GatewaySku::ErGw1Az).learned * 8 {
            found.lacks(Code::LINT_GATEWAY_ROUTES, no_sku(place.network));
        } else {
            found.examined(Code::LINT_GATEWAY_ROUTES, Object::Gateway, 1);
        }
        if let Some(sku) = place.gateway.sku {
            let what = format!("the gateway of `{name}` ({}) learns {count} prefixes", sku.value.name());
            limits.push((
                what,
                count,
                size(sku.value).learned,
                "the effect of exceeding the limit is not documented",
            ));
        }
        let all = count + behind(subject, &place).len();
        let what = format!("the gateway of `{name}` has {all} prefixes (advertised and learned)");
        limits.push((what, all, ROUTES_IN_ALL, "above the limit, the connection is unstable"));
        for (what, count, limit, past) in limits {
            let diagnostic = near_or_past(subject, Code::LINT_GATEWAY_ROUTES, &what, (count, limit), past);
            found.extend(diagnostic.map(|diagnostic| {
                diagnostic.at(place.span(), "").help("aggregate the prefixes advertised on private peering")
            }));
        }
    }
}

/// Reports gateways with less throughput than the bandwidth of one of their circuits.
pub(in crate::check::lint) fn throughput(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_GATEWAY_THROUGHPUT, Object::Gateway, 0);
    for place in gateways(subject) {
        // A circuit that the smallest size can serve fits every gateway.
        let least = size(GatewaySku::ErGw1Az).throughput;
        let fits = place.circuits.iter().all(|(circuit, ..)| circuit.bandwidth.value <= least);
        match place.gateway.sku {
            None if !fits => found.lacks(Code::LINT_GATEWAY_THROUGHPUT, no_sku(place.network)),
            Some(Spanned { value: GatewaySku::ErGwScale, span }) if !fits => {
                found.lacks(Code::LINT_GATEWAY_THROUGHPUT, no_units(place.network, span));
            }
            _ => found.examined(Code::LINT_GATEWAY_THROUGHPUT, Object::Gateway, 1),
        }
        let Some(sku) = place.gateway.sku else { continue };
        let Size { throughput, .. } = size(sku.value);
        for (circuit, ..) in &place.circuits {
            if circuit.bandwidth.value <= throughput {
                continue;
            }
            let message = format!(
                "the throughput of the gateway of `{}` is {throughput}, but the bandwidth of `{}` is {}",
                place.network.name, circuit.name, circuit.bandwidth.value
            );
            found.push(
                Diagnostic::advice(Code::LINT_GATEWAY_THROUGHPUT, &subject.network.source, message)
                    .at(sku.span, "the gateway")
                    .at(circuit.bandwidth.span, "the circuit")
                    .help("excess packets are dropped: use a larger gateway, or bypass the gateway with FastPath"),
            );
        }
    }
}

/// Reports gateways with more circuits than they support.
pub(in crate::check::lint) fn circuits(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_GATEWAY_CIRCUITS, Object::Gateway, 0);
    for place in gateways(subject) {
        let least = size(GatewaySku::ErGw1Az).circuits;
        if place.gateway.sku.is_none() && place.circuits.len() > least {
            found.lacks(Code::LINT_GATEWAY_CIRCUITS, no_sku(place.network));
        } else {
            found.examined(Code::LINT_GATEWAY_CIRCUITS, Object::Gateway, 1);
        }
        let mut report = |message: String| {
            found.push(
                Diagnostic::warning(Code::LINT_GATEWAY_CIRCUITS, &subject.network.source, message)
                    .at(place.span(), "")
                    .help("use a larger gateway, or connect circuits at other peering locations instead"),
            );
        };
        let (name, count) = (&place.network.name, place.circuits.len());
        let limit = place.gateway.sku.map_or(size(GatewaySku::ErGwScale), |sku| size(sku.value)).circuits;
        if count > limit {
            report(format!("the gateway of `{name}` has {count} circuits, but its limit is {limit}"));
        }
        let at = |circuit: &Circuit| circuit.peering_location.value.clone();
        let locations: BTreeSet<String> = place.circuits.iter().map(|(circuit, ..)| at(circuit)).collect();
        for location in locations {
            let count = place.circuits.iter().filter(|(circuit, ..)| at(circuit) == location).count();
            if count > CIRCUITS_OF_A_LOCATION {
                report(format!(
                    "the gateway of `{name}` has {count} circuits at {location}, but the limit is {CIRCUITS_OF_A_LOCATION} per peering location"
                ));
            }
        }
    }
}

/// Reports gateways with more equal-cost circuits than ECMP uses.
pub(in crate::check::lint) fn equal_circuits(subject: &Subject<'_>, found: &mut Findings) {
    examine_gateways(subject, Code::LINT_EQUAL_CIRCUITS, found);
    for place in gateways(subject) {
        let equal = equal_paths(&place).into_iter().map(|(prefix, count)| (count, prefix));
        let Some((count, prefix)) = equal.max() else { continue };
        if count <= ECMP_CIRCUITS {
            continue;
        }
        let message = format!(
            "`{}` has {count} equal-cost circuits to `{prefix}`, but only {ECMP_CIRCUITS} of them are used",
            place.network.name
        );
        found.push(
            Diagnostic::advice(Code::LINT_EQUAL_CIRCUITS, &subject.network.source, message)
                .at(place.span(), "")
                .help("set a higher `weight` at the gateway for the preferred circuits, so that the other circuits are on standby"),
        );
    }
}

/// Counts the circuits with the best path to each prefix that the gateway learns over circuits. The best path has the
/// highest weight, then the shortest AS path.
fn equal_paths(place: &FindingPlace<'_>) -> BTreeMap<IpPrefix, usize> {
    let mut best = BTreeMap::new();
    for (_, peering, weight) in &place.circuits {
        let mut shortest: BTreeMap<IpPrefix, usize> = BTreeMap::new();
        for connection in Connection::ALL {
            let length = peering.prepend_on(connection).len();
            for prefix in peering.advertised_on(connection) {
                shortest
                    .entry(prefix.value)
                    .and_modify(|least| *least = length.min(*least))
                    .or_insert(length);
            }
        }
        for (prefix, length) in shortest {
            let path = (Reverse(*weight), length);
            let (known, count) = best.entry(prefix).or_insert((path, 0));
            match path.cmp(known) {
                Ordering::Less => (*known, *count) = (path, 1),
                Ordering::Equal => *count += 1,
                Ordering::Greater => {}
            }
        }
    }
    best.into_iter().map(|(prefix, (_, count))| (prefix, count)).collect()
}

/// The maximum number of virtual networks that can be linked to a circuit (expressroute-faqs).
fn link_limit(sku: Sku, bandwidth: Bandwidth) -> usize {
    const MBPS: u64 = 1_000_000;
    if sku != Sku::Premium {
        return 10;
    }
    match bandwidth.bits_per_second() / MBPS {
        0..100 => 20,
        100..500 => 25,
        500..1_000 => 40,
        1_000..2_000 => 50,
        2_000..5_000 => 60,
        5_000..10_000 => 75,
        _ => 100,
    }
}

/// Reports circuits with more virtual networks than they support.
pub(in crate::check::lint) fn links(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_VIRTUAL_NETWORK_LINKS, Object::PrivatePeering, 0);
    for circuit in &subject.network.circuits {
        let Some(peering) = &circuit.private_peering else { continue };
        found.examined(Code::LINT_VIRTUAL_NETWORK_LINKS, Object::PrivatePeering, 1);
        let (count, limit) =
            (peering.of_kind.virtual_networks.len(), link_limit(circuit.sku.value, circuit.bandwidth.value));
        if count <= limit {
            continue;
        }
        let message = format!(
            "{count} virtual networks are linked to `{}`, but a {} circuit with {} supports only {limit}",
            circuit.name, circuit.sku.value, circuit.bandwidth.value
        );
        found.push(
            Diagnostic::warning(Code::LINT_VIRTUAL_NETWORK_LINKS, &subject.network.source, message)
                .at(peering.span, "")
                .at(circuit.sku.span, "the SKU")
                .help(
                    "connect only a hub and peer the other virtual networks with it, or order a larger SKU",
                ),
        );
    }
}

/// Reports gateway subnets that are too small or have a user-defined default route.
pub(in crate::check::lint) fn subnet(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_GATEWAY_SUBNET, Object::GatewaySubnet, 0);
    for own in subject.network.virtual_networks.iter().filter(|own| own.gateway.is_some()) {
        let subnets = own.subnets.iter().filter(|subnet| subnet.is_for_gateways()).count();
        found.examined(Code::LINT_GATEWAY_SUBNET, Object::GatewaySubnet, subnets);
        if subnets == 0 {
            let (of, what) = (format!("`{}`", own.name), "no `GatewaySubnet`".to_owned());
            let write = "list `GatewaySubnet` among the `subnets` of the virtual network";
            found.lacks(Code::LINT_GATEWAY_SUBNET, Missing { what, of, span: own.span, write });
        }
    }
    for place in gateways(subject) {
        for subnet in place.network.subnets.iter().filter(|subnet| subnet.is_for_gateways()) {
            let many = place.circuits.len() == size(GatewaySku::ErGwScale).circuits;
            let longest = |family| match family {
                Family::V4 if many => 26,
                Family::V4 => 27,
                Family::V6 => 64,
            };
            let source = &subject.network.source;
            for prefix in &subnet.prefixes {
                let longest = longest(prefix.value.family());
                if prefix.value.length() <= longest {
                    continue;
                }
                let message =
                    format!("the gateway of `{}` needs a subnet of at least /{longest}", place.network.name);
                found.push(
                    Diagnostic::warning(Code::LINT_GATEWAY_SUBNET, source, message)
                        .at(prefix.span, "too small")
                        .help("give `GatewaySubnet` a shorter prefix"),
                );
            }
            let Some(named) = subnet.route_table else { continue };
            let Some(table) = subject.network.route_table(named.value) else { continue };
            let everything = |destination: &UserRouteDestination| matches!(destination, UserRouteDestination::Prefix(prefix) if prefix.length() == 0);
            if let Some(route) = table.routes.iter().find(|route| everything(&route.destination.value)) {
                let message =
                    format!("the gateway of `{}` has a user-defined default route", place.network.name);
                found.push(
                    Diagnostic::warning(Code::LINT_GATEWAY_SUBNET, source, message)
                        .at(named.span, "the table of `GatewaySubnet`")
                        .at(route.destination.span, "")
                        .help("gateways do not support a user-defined default route: remove the route, or detach the table from the subnet"),
                );
            }
        }
    }
}

/// Reports gateway subnets, for any type of gateway, whose route table disables propagation of the gateway's routes.
pub(in crate::check::lint) fn propagation(subject: &Subject<'_>, found: &mut Findings) {
    for network in subject.network.virtual_networks.iter().filter(|network| network.gateway.is_some()) {
        for subnet in network.subnets.iter().filter(|subnet| subnet.is_for_gateways()) {
            let Some(named) = subnet.route_table else { continue };
            let Some(table) = subject.network.route_table(named.value) else { continue };
            if !table.disable_bgp_route_propagation {
                continue;
            }
            let message = format!("route propagation is disabled at the gateway of `{}`", network.name);
            found.push(
                Diagnostic::warning(Code::LINT_GATEWAY_SUBNET, &subject.network.source, message)
                    .at(named.span, "the table of `GatewaySubnet`")
                    .at(table.span, "has `disable_bgp_route_propagation`")
                    .help("the gateway does not work with this setting: use a table without that key for `GatewaySubnet`, or no table"),
            );
        }
    }
}

/// Reports route tables that divert a gateway's own addresses.
pub(in crate::check::lint) fn own_addresses(subject: &Subject<'_>, found: &mut Findings) {
    let mut reported: Vec<Span> = Vec::new();
    for trip in subject.trips().into_iter().flat_map(|trips| &trips.inward) {
        let &Reason::GatewayTable { fault: TableFault::OwnAddresses, span } =
            trip.traced.decision.last_reason()
        else {
            continue;
        };
        let Some((hub, _)) = trip.gateway().filter(|_| !reported.contains(&span)) else { continue };
        reported.push(span);
        let name = subject.network.virtual_network(hub).map_or("", |own| &own.name);
        let message = format!("a route diverts the addresses of the gateway of `{name}` itself");
        found.push(
            Diagnostic::warning(Code::LINT_GATEWAY_SUBNET, &subject.network.source, message)
                .at(span, "contains `GatewaySubnet`")
                .help("the gateway cannot be created with this route: use the `prefix` of each intended subnet instead"),
        );
    }
}

/// Reports route tables with more service tag routes than Azure supports.
pub(in crate::check::lint) fn service_tag_routes(subject: &Subject<'_>, found: &mut Findings) {
    let tables = subject.network.route_tables.len();
    found.examined(Code::LINT_SERVICE_TAG_ROUTES, Object::RouteTable, tables);
    for table in &subject.network.route_tables {
        let by_tag =
            |destination: &UserRouteDestination| matches!(destination, UserRouteDestination::ServiceTag(_));
        let count = table.routes.iter().filter(|route| by_tag(&route.destination.value)).count();
        if count <= SERVICE_TAG_ROUTES {
            continue;
        }
        let message = format!(
            "`{}` has {count} routes to service tags, but the limit is {SERVICE_TAG_ROUTES}",
            table.name
        );
        found.push(
            Diagnostic::warning(Code::LINT_SERVICE_TAG_ROUTES, &subject.network.source, message)
                .at(table.span, "")
                .help("use a wider tag, such as `AzureCloud.westeurope`, or prefixes"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::check::lint;
    use crate::diag::Source;
    use crate::engine::Inputs;
    use crate::network;

    /// Returns the messages of `lint::gateway-routes` for a number of prefixes on private peering.
    fn words(count: u32, sku: &str) -> Vec<String> {
        use std::fmt::Write as _;
        let mut text = String::from(
            "version: 1\nsites: [{name: a, prefixes: [10.0.0.0/8]}]\ncircuits:\n  - name: c\n    \
             peering_location: Amsterdam\n    sku: premium\n    bandwidth: 1 Gbps\n    private_peering:\n      \
             virtual_networks: [hub]\n      advertised:\n",
        );
        for index in 0..count {
            writeln!(text, "        - 10.{}.{}.0/24", index / 256, index % 256).unwrap();
        }
        writeln!(text, "virtual_networks: [{{name: hub, prefixes: [172.16.0.0/16]{sku}}}]").unwrap();
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (network, diagnostics) = network::read(&Source::new("network.yaml", text), &catalog);
        let network = network.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let found = lint(Inputs::new(&network, &catalog)).unwrap().findings;
        let of_routes = found.iter().filter(|one| one.code == Code::LINT_GATEWAY_ROUTES);
        of_routes.map(|one| one.message.clone()).collect()
    }

    #[test]
    fn a_gateway_of_any_kind_needs_propagation() {
        const SWITCHED_OFF: &str = "route propagation is disabled at the gateway of `hub`";
        let tunnel = "vpn: [{name: t, virtual_networks: [hub]}]";
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        for (site, network, subnet, table, expected) in [
            (
                "",
                "gateway: {}",
                "GatewaySubnet",
                "disable_bgp_route_propagation: true",
                [SWITCHED_OFF].as_slice(),
            ),
            (tunnel, "", "gatewaysubnet", "disable_bgp_route_propagation: true", &[SWITCHED_OFF]),
            ("", "", "GatewaySubnet", "disable_bgp_route_propagation: true", &[]),
            ("", "gateway: {}", "workload", "disable_bgp_route_propagation: true", &[]),
            ("", "gateway: {}", "GatewaySubnet", "disable_bgp_route_propagation: false", &[]),
            ("", "gateway: {}", "GatewaySubnet", "", &[]),
        ] {
            let text = format!(
                "version: 1\nsites: [{{name: a, prefixes: [10.0.0.0/8], {site}}}]\nvirtual_networks:\n  - {{name: hub, \
                 prefixes: [172.16.0.0/16], subnets: [{{name: {subnet}, prefixes: [172.16.0.0/27], route_table: table}}], \
                 {network}}}\nroute_tables: [{{name: table, {table}}}]\n"
            );
            let (network, diagnostics) = network::read(&Source::new("network.yaml", text.clone()), &catalog);
            let network = network.unwrap_or_else(|| panic!("{diagnostics:?}"));
            let found = lint(Inputs::new(&network, &catalog)).unwrap().findings;
            let of_subnet = found.iter().filter(|one| one.code == Code::LINT_GATEWAY_SUBNET);
            let messages = of_subnet.map(|one| one.message.as_str()).collect::<Vec<_>>();
            assert_eq!(messages, expected, "{text}");
        }
    }

    #[test]
    fn routes_are_counted_against_both_limits() {
        assert_eq!(words(3_199, ", gateway: {sku: ErGw1AZ}"), Vec::<String>::new());
        assert_eq!(
            words(3_200, ", gateway: {sku: ErGw1AZ}"),
            ["the gateway of `hub` (ErGw1AZ) learns 3200 prefixes: the limit is 4000"]
        );
        // Without a size, only the limit common to all sizes applies.
        assert_eq!(words(8_798, ""), Vec::<String>::new());
        assert_eq!(
            words(8_799, ""),
            ["the gateway of `hub` has 8800 prefixes (advertised and learned): the limit is 11000"]
        );
        assert_eq!(words(11_000, "").len(), 1);
    }

    #[test]
    fn links_grow_with_bandwidth_on_premium_alone() {
        let limit = |sku, mbps: u64| link_limit(sku, Bandwidth::from_bits_per_second(mbps * 1_000_000));
        assert_eq!(limit(Sku::Standard, 10_000), 10);
        for (mbps, links) in [
            (50, 20),
            (100, 25),
            (200, 25),
            (500, 40),
            (1_000, 50),
            (2_000, 60),
            (5_000, 75),
            (10_000, 100),
            (100_000, 100),
        ] {
            assert_eq!(limit(Sku::Premium, mbps), links, "{mbps}");
        }
    }
}
