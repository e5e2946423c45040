//! Rules about Route Servers: what they are told and do not use, and what stops at them.

use crate::addr::Family;
use crate::check::lint::Subject;
use crate::diag::{Code, Diagnostic};
use crate::network::{Exchange, Gateway, RouteServer, VirtualNetwork, VirtualNetworkId};
use crate::rib::is_private_autonomous_system;

/// How many routes of a peer a Route Server took in 2023 (Microsoft, *Azure Route Server FAQ*).
const ROUTES_OF_2023: usize = 1_000;

/// IPv6 beside a Route Server.
pub(in crate::check::lint) fn ipv6(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (_, own, server) in servers(subject) {
        let Some(prefix) = own.prefixes.iter().find(|prefix| prefix.value.family() == Family::V6) else {
            continue;
        };
        let message = format!("`{}` has IPv6 addresses and a Route Server, which takes IPv6 away", own.name);
        let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_IPV6, message);
        let help = "put the Route Server into a virtual network of IPv4 alone; answers about IPv6 here are given as if there were none";
        found.push(diagnostic.at(prefix.span, "of IPv6").at(server.span, "the Route Server").help(help));
    }
}

/// Prefixes that appliances advertise and a Route Server does not use.
pub(in crate::check::lint) fn prefixes(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (id, own, server) in servers(subject) {
        for route in server.peers.iter().flat_map(|peer| &peer.advertised) {
            let prefix = route.prefix.value;
            let (message, help) = if route.is_looped() {
                let message = format!(
                    "the Route Server of `{}` refuses {prefix}: its own number is in the path",
                    own.name
                );
                (message, "let the appliance override 65515 (`as-override`), which all Route Servers have")
            } else if let Some(held) = subject.network.held_around(id, prefix) {
                let message = format!(
                    "the Route Server of `{}` does not program {prefix}, which lies in `{}` of a virtual network",
                    own.name, held.value
                );
                (message, "advertise a shorter prefix, or lead packets to the appliance by route tables")
            } else {
                continue;
            };
            let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_PREFIX, message);
            found.push(diagnostic.at(route.prefix.span, "").help(help));
        }
    }
}

/// Appliances that tell more routes than a Route Server takes, or will take when they are sent again.
pub(in crate::check::lint) fn routes(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (_, own, server) in servers(subject) {
        for peer in &server.peers {
            let count = peer.advertised.len();
            let limit = RouteServer::ROUTES_PER_PEER;
            let what = if count > limit {
                "so that the session is torn down"
            } else if 2 * count > limit {
                "which are too many once all are sent again: the current and the new ones count together"
            } else if count > ROUTES_OF_2023 {
                "more than the 1000 that were the limit in 2023"
            } else {
                continue;
            };
            let appliance = own.appliances.get(peer.appliance.index()).map_or("", |one| &one.name);
            let message =
                format!("`{appliance}` tells the Route Server {count} routes of {limit} allowed, {what}");
            let diagnostic = warning(subject, Code::LINT_ROUTE_SERVER_ROUTES, message);
            found.push(diagnostic.at(peer.span, "").help("advertise summaries"));
        }
    }
}

/// A VPN gateway beside a Route Server that is to exchange routes and does not.
pub(in crate::check::lint) fn exchange(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (id, own, server) in servers(subject) {
        let Some(gateway) = own.gateway.as_ref().filter(|gateway| !gateway.vpn.is_empty()) else { continue };
        if !server.branch_to_branch || subject.network.exchange_with_vpn(id) == Exchange::Yes {
            continue;
        }
        let (what, help) = missing(gateway);
        let message = match subject.network.exchange_with_vpn(id) {
            Exchange::Unknown => {
                format!(
                    "nobody can tell whether the Route Server of `{}` and its VPN gateway exchange routes: {what}",
                    own.name
                )
            }
            _ => {
                format!("the Route Server of `{}` exchanges no routes with its VPN gateway: {what}", own.name)
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
        return (
            "the number of the gateway is not 65515",
            "give the VPN gateway the number 65515, which is its default",
        );
    }
    match gateway.active_active {
        Some(_) => ("the gateway is not active-active", "make the VPN gateway active-active"),
        None => (
            "nothing says that it is active-active",
            "write `active_active: true` at the gateway where it is so",
        ),
    }
}

/// A longer path that is to make a route worse, and is as long as others where sites hear it.
pub(in crate::check::lint) fn prepends(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (_, own, server) in servers(subject) {
        let circuits = own.gateway.as_ref().is_some_and(|gateway| !gateway.circuits.is_empty());
        if !(server.branch_to_branch && circuits) {
            continue;
        }
        for route in server.peers.iter().flat_map(|peer| &peer.advertised) {
            let is_private = |number: &u32| is_private_autonomous_system(*number);
            let repeated =
                route.as_path.windows(2).any(|two| two.first() == two.last() && two.iter().all(is_private));
            if !repeated || route.no_advertise {
                continue;
            }
            let message = format!(
                "private numbers that lengthen the path of {} do not reach sites over circuits",
                route.prefix.value
            );
            let help = "Microsoft's edge takes them out: advertise a longer prefix where it is to be preferred, or set a local \
                        preference at the site";
            let diagnostic =
                Diagnostic::advice(Code::LINT_ROUTE_SERVER_PREPEND, &subject.network.source, message);
            found.push(diagnostic.at(route.prefix.span, "").help(help));
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
