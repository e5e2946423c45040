//! Rules about Route Servers: routes that they learn but do not use, and routes that they do not pass on.

use crate::addr::Family;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::diag::{Code, Diagnostic};
use crate::network::{Exchange, Gateway, RouteServer, VirtualNetwork, VirtualNetworkId};
use crate::rib::is_private_autonomous_system;

/// The number of routes that a Route Server accepted from a peer in 2023 (Microsoft, *Azure Route Server FAQ*).
const ROUTES_OF_2023: usize = 1_000;

/// Reports IPv6 in a virtual network with a Route Server.
pub(in crate::check::lint) fn ipv6(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_ROUTE_SERVER_IPV6, Object::RouteServer, servers(subject).count());
    for (_, own, server) in servers(subject) {
        let Some(prefix) = own.prefixes.iter().find(|prefix| prefix.value.family() == Family::V6) else {
            continue;
        };
        let message =
            format!("`{}` has IPv6 addresses and a Route Server, which breaks IPv6 connectivity", own.name);
        let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_IPV6, message);
        let help = "move the Route Server to an IPv4-only virtual network; IPv6 paths here are evaluated as if there were no Route Server";
        found.push(diagnostic.at(prefix.span, "IPv6").at(server.span, "the Route Server").help(help));
    }
}

/// Reports prefixes that appliances advertise but a Route Server does not use.
pub(in crate::check::lint) fn prefixes(subject: &Subject<'_>, found: &mut Findings) {
    examine_peers(subject, Code::LINT_ROUTE_SERVER_PREFIX, found);
    for (id, own, server) in servers(subject) {
        for route in server.peers.iter().flat_map(|peer| &peer.advertised) {
            let prefix = route.prefix.value;
            let (message, help) = if route.is_looped() {
                let message = format!(
                    "the Route Server of `{}` rejects {prefix}, because its own ASN is in the AS path",
                    own.name
                );
                (
                    message,
                    "let the appliance replace 65515, the ASN of all Route Servers, in the AS path (`as-override`)",
                )
            } else if let Some(held) = subject.network.held_around(id, prefix) {
                let message = format!(
                    "the Route Server of `{}` does not program {prefix}, because the prefix lies within `{}` of a virtual network",
                    own.name, held.value
                );
                (
                    message,
                    "advertise a less specific prefix, or use route tables to send packets to the appliance",
                )
            } else {
                continue;
            };
            let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_PREFIX, message);
            found.push(diagnostic.at(route.prefix.span, "").help(help));
        }
    }
}

/// Reports appliances that advertise more routes than a Route Server accepts, or more than it accepts if all routes are
/// readvertised.
pub(in crate::check::lint) fn routes(subject: &Subject<'_>, found: &mut Findings) {
    examine_peers(subject, Code::LINT_ROUTE_SERVER_ROUTES, found);
    for (_, own, server) in servers(subject) {
        for peer in &server.peers {
            let count = peer.advertised.len();
            let limit = RouteServer::ROUTES_PER_PEER;
            let what = if count > limit {
                "the session is torn down"
            } else if 2 * count > limit {
                "readvertising all routes exceeds the limit, because current and new routes count together"
            } else if count > ROUTES_OF_2023 {
                "the limit was 1000 in 2023"
            } else {
                continue;
            };
            let appliance = own.appliances.get(peer.appliance.index()).map_or("", |one| &one.name);
            let message = format!(
                "`{appliance}` advertises {count} routes to the Route Server, which accepts at most {limit}: {what}"
            );
            let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_ROUTES, message);
            found.push(diagnostic.at(peer.span, "").help("advertise summary routes"));
        }
    }
}

/// Reports VPN gateways that should exchange routes with a Route Server but do not.
pub(in crate::check::lint) fn exchange(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_ROUTE_SERVER_EXCHANGE, Object::RouteServerExchange, 0);
    for (id, own, server) in servers(subject) {
        let Some(gateway) = own.gateway.as_ref().filter(|gateway| !gateway.vpn.is_empty()) else { continue };
        let exchanges = usize::from(server.branch_to_branch);
        found.examined(Code::LINT_ROUTE_SERVER_EXCHANGE, Object::RouteServerExchange, exchanges);
        if !server.branch_to_branch || subject.network.exchange_with_vpn(id) == Exchange::Yes {
            continue;
        }
        let (what, help) = missing(gateway);
        let message = match subject.network.exchange_with_vpn(id) {
            Exchange::Unknown => {
                format!(
                    "it is unknown whether the Route Server of `{}` and its VPN gateway exchange routes: {what}",
                    own.name
                )
            }
            _ => {
                format!(
                    "the Route Server of `{}` does not exchange routes with its VPN gateway: {what}",
                    own.name
                )
            }
        };
        let at = gateway.autonomous_system.filter(|own| own.value != RouteServer::AUTONOMOUS_SYSTEM);
        let at = at.map(|own| own.span).or(gateway.active_active.map(|active| active.span));
        let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_EXCHANGE, message);
        found.push(diagnostic.at(at.or(gateway.span).unwrap_or(server.span), "").help(help));
    }
}

fn missing(gateway: &Gateway) -> (&'static str, &'static str) {
    if gateway.autonomous_system.is_some_and(|own| own.value != RouteServer::AUTONOMOUS_SYSTEM) {
        return ("the gateway's ASN is not 65515", "give the VPN gateway the ASN 65515, its default");
    }
    match gateway.active_active {
        Some(_) => ("the gateway is not active-active", "make the VPN gateway active-active"),
        None => (
            "the file does not state that the gateway is active-active",
            "if the gateway is active-active, set `active_active: true` on the gateway",
        ),
    }
}

/// Reports prepended private ASNs that are removed before sites learn the route.
pub(in crate::check::lint) fn prepends(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_ROUTE_SERVER_PREPEND, Object::RouteServerExchange, 0);
    for (_, own, server) in servers(subject) {
        let circuits = own.gateway.as_ref().is_some_and(|gateway| !gateway.circuits.is_empty());
        if !(server.branch_to_branch && circuits) {
            continue;
        }
        found.examined(Code::LINT_ROUTE_SERVER_PREPEND, Object::RouteServerExchange, 1);
        for route in server.peers.iter().flat_map(|peer| &peer.advertised) {
            let is_private = |number: &u32| is_private_autonomous_system(*number);
            let repeated =
                route.as_path.windows(2).any(|two| two.first() == two.last() && two.iter().all(is_private));
            if !repeated || route.no_advertise {
                continue;
            }
            let message =
                format!("private ASNs prepended to {} do not reach sites over circuits", route.prefix.value);
            let help = "Microsoft's edge removes private ASNs: advertise a more specific prefix on the preferred path, or set a local \
                        preference at the site";
            let diagnostic =
                Diagnostic::advice(Code::LINT_ROUTE_SERVER_PREPEND, &subject.network.source, message);
            found.push(diagnostic.at(route.prefix.span, "").help(help));
        }
    }
}

/// States that a rule about the routes of appliances examined every Route Server, except for appliances without routes
/// in the file.
fn examine_peers(subject: &Subject<'_>, code: Code, found: &mut Findings) {
    found.examined(code, Object::RouteServer, servers(subject).count());
    for (_, own, server) in servers(subject) {
        for peer in server.peers.iter().filter(|peer| peer.advertised.is_empty()) {
            let name = own.appliances.get(peer.appliance.index()).map_or("", |one| &one.name);
            let write = "list the routes that the appliance advertises under `advertised` of the peer";
            let (what, of) = ("no `advertised`".to_owned(), format!("`{name}`"));
            found.lacks(code, Missing { what, of, span: peer.span, write });
        }
    }
}

fn servers<'s>(
    subject: &Subject<'s>,
) -> impl Iterator<Item = (VirtualNetworkId, &'s VirtualNetwork, &'s RouteServer)> + use<'s> {
    let networks = subject.network.virtual_networks_with_ids();
    networks.filter_map(|(id, own)| Some((id, own, own.route_server.as_ref()?)))
}

fn warning(subject: &Subject<'_>, code: Code, message: String) -> Diagnostic {
    Diagnostic::warning(code, &subject.network.source, message)
}
