//! Converts table rows to routes, for tables of circuits, gateways, Route Servers, network interfaces and hubs.

use std::net::IpAddr;

use super::kind::ExportKind;
use super::notes::{ExportTolerance, ReadNotes};
use super::object::{self, Object};
use super::records::{PeeringType, TableHints};
use crate::import::learned::{LearnedRoute, Table};
use crate::rib::Origin;

/// Returns the routes in one row; a row with several prefixes has several. A row without content, as in schematic
/// examples, has no routes and is counted.
pub(super) fn row(kind: ExportKind, row: Object<'_>, notes: &mut ReadNotes) -> Vec<LearnedRoute> {
    match kind {
        ExportKind::CircuitRoutes => circuit_route(row, notes).into_iter().collect(),
        ExportKind::GatewayRoutes | ExportKind::RouteServerRoutes => {
            gateway_route(row, notes).into_iter().collect()
        }
        ExportKind::EffectiveRoutes => effective_routes(row, notes),
        ExportKind::HubRoutes => hub_routes(row, notes),
        _ => Vec::new(),
    }
}

/// Returns the owner of a table. Names that neither the export nor its command identifies are missing.
pub(super) fn table(kind: ExportKind, hints: &TableHints) -> Table {
    let name = hints.owner.clone();
    match kind {
        ExportKind::GatewayRoutes => Table::Gateway { name },
        ExportKind::RouteServerRoutes => Table::RouteServer { name },
        ExportKind::EffectiveRoutes => Table::Interface { name },
        ExportKind::HubRoutes => Table::Hub { name },
        _ => Table::Circuit {
            circuit: hints.circuit.clone(),
            peering: hints.peering.and_then(PeeringType::kind),
            connection: hints.connection,
        },
    }
}

/// Reads `{"network": …, "nextHop": "10.100.255.13*", "locPrf": "100", "weight": 0, "path": "65515 I\n  "}`.
fn circuit_route(row: Object<'_>, notes: &mut ReadNotes) -> Option<LearnedRoute> {
    row.count_unknown(&["network", "nextHop", "locPrf", "weight", "path"], notes);
    let mut route = network(row, notes)?;
    if let Some(text) = row.raw_text("nextHop") {
        route.best = text.ends_with('*');
        route.next_hop = address(text.trim_end_matches('*'), "nextHop", notes);
    }
    if let Some(text) = row.raw_text("path") {
        let (path, origin) = path_and_origin(text).or_else(|| {
            notes.add(ExportTolerance::OddValue, "path");
            None
        })?;
        route.as_path = Some(path);
        route.origin = origin;
    }
    route.local_preference = row.number_u32("locPrf");
    route.weight = row.number_u32("weight");
    Some(route)
}

/// Reads `{"network": …, "nextHop": …, "asPath": "12076-64512", "origin": "EBgp", "sourcePeer": …, "weight": 32769}`.
fn gateway_route(row: Object<'_>, notes: &mut ReadNotes) -> Option<LearnedRoute> {
    row.count_unknown(
        &["network", "nextHop", "asPath", "origin", "sourcePeer", "weight", "localAddress"],
        notes,
    );
    let mut route = network(row, notes)?;
    route.next_hop = row.raw_text("nextHop").and_then(|text| address(text, "nextHop", notes));
    route.peer = row.raw_text("sourcePeer").and_then(|text| address(text, "sourcePeer", notes));
    route.as_path = Some(dashed_path(row, notes)?);
    route.source = row.raw_text("origin").and_then(word);
    route.weight = row.number_u32("weight");
    Some(route)
}

/// Reads `{"addressPrefix": ["0.0.0.0/0"], "nextHopIpAddress": [], "nextHopType": "Internet", "source": …, "state": …}`.
fn effective_routes(row: Object<'_>, notes: &mut ReadNotes) -> Vec<LearnedRoute> {
    const KNOWN: &[&str] = &[
        "addressPrefix",
        "nextHopIpAddress",
        "nextHopType",
        "source",
        "state",
        "additionalProperties",
        "disableBgpRoutePropagation",
        "hasBgpOverride",
        "destinationServiceTags",
        "tagMap",
    ];
    row.count_unknown(KNOWN, notes);
    let mut next_hops = Vec::new();
    for text in row.texts("nextHopIpAddress") {
        next_hops.extend(address(text, "nextHopIpAddress", notes).map(Some));
    }
    if next_hops.is_empty() {
        next_hops.push(None);
    }
    let mut routes = Vec::new();
    for prefix in row.prefixes("addressPrefix", notes) {
        for next_hop in &next_hops {
            routes.push(LearnedRoute {
                next_hop: *next_hop,
                next_hop_type: row.raw_text("nextHopType").and_then(word),
                source: row.raw_text("source").and_then(word),
                state: row.raw_text("state").and_then(word),
                ..LearnedRoute::new(prefix)
            });
        }
    }
    routes
}

/// Reads `{"addressPrefixes": […], "asPath": "12076-12076", "nextHopType": "ExpressRouteGateway", "nextHops": […]}`.
fn hub_routes(row: Object<'_>, notes: &mut ReadNotes) -> Vec<LearnedRoute> {
    row.count_unknown(&["addressPrefixes", "asPath", "nextHopType", "nextHops", "routeOrigin"], notes);
    let Some(path) = dashed_path(row, notes) else { return Vec::new() };
    let path = row.has("asPath").then_some(path);
    let mut routes = Vec::new();
    for prefix in row.prefixes("addressPrefixes", notes) {
        routes.push(LearnedRoute {
            as_path: path.clone(),
            next_hop_type: row.raw_text("nextHopType").and_then(word),
            ..LearnedRoute::new(prefix)
        });
    }
    routes
}

/// Returns a route to the prefix in a row's `network`.
fn network(row: Object<'_>, notes: &mut ReadNotes) -> Option<LearnedRoute> {
    let Some(text) = row.raw_text("network") else {
        notes.add(ExportTolerance::EmptyRow, "network");
        return None;
    };
    object::prefix(text, "network", notes).map(LearnedRoute::new)
}

/// Parses a path such as `65515 65520 E`: ASNs, nearest first, and the letter of the origin.
fn path_and_origin(text: &str) -> Option<(Vec<u32>, Option<Origin>)> {
    let mut path = Vec::new();
    let mut origin = None;
    for word in text.split_whitespace() {
        if origin.is_some() {
            return None;
        }
        match word {
            "I" | "i" | "E" | "e" | "?" => origin = Some(word.parse().ok()?),
            // AS sets and confederations are in brackets; their members are read in order.
            _ => {
                for number in word.split([',', '{', '}', '(', ')']).filter(|number| !number.is_empty()) {
                    path.push(number.parse().ok()?);
                }
            }
        }
    }
    Some((path, origin))
}

/// Parses a path such as `12076-64512`; empty if it is missing.
fn dashed_path(row: Object<'_>, notes: &mut ReadNotes) -> Option<Vec<u32>> {
    let text = row.raw_text("asPath").unwrap_or_default();
    let numbers = text.split(['-', ' ']).filter(|number| !number.is_empty());
    let path = numbers.map(|number| number.parse().ok()).collect::<Option<Vec<u32>>>();
    if path.is_none() {
        notes.add(ExportTolerance::OddValue, "asPath");
    }
    path
}

fn address(text: &str, place: &str, notes: &mut ReadNotes) -> Option<IpAddr> {
    let address = text.trim().parse().ok();
    if address.is_none() {
        notes.add(ExportTolerance::OddValue, place);
    }
    address
}

/// Returns an Azure term without spaces and punctuation: `VirtualNetworkConnection`.
fn word(text: &str) -> Option<String> {
    let word = text.chars().filter(char::is_ascii_alphanumeric).take(48).collect::<String>();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_edge_routers() {
        for (text, expected) in [
            ("65515 I\n                    ", Some((vec![65515], Some(Origin::Igp)))),
            ("65001 16550 ?\n  ", Some((vec![65001, 16550], Some(Origin::Incomplete)))),
            ("65515 65520 65520 E", Some((vec![65515, 65520, 65520], Some(Origin::Egp)))),
            ("65020", Some((vec![65020], None))),
            ("I", Some((vec![], Some(Origin::Igp)))),
            ("65001 {64512,64513} i", Some((vec![65001, 64512, 64513], Some(Origin::Igp)))),
            ("65001 I 65002", None),
            ("4294967296", None),
            ("best", None),
        ] {
            assert_eq!(path_and_origin(text), expected, "{text}");
        }
    }
}
