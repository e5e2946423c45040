//! The tables of a hub: its own decisions, the decisions of its firewalls, and the routes that connected virtual
//! networks learn.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::Span;
use crate::engine::decision::{Decision, Disposition, HubDoubt, Reason, Why};
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::network::{
    CircuitId, HubConnection, HubFirewallId, HubTableId, Network, VirtualHub, VirtualHubId,
};

use super::choice::{Known, OfPrefix, choose};
use super::{Origin, Rib, Route, Row, longest};

/// The prefixes that count as private traffic by default (Microsoft, *routing intent and routing policies*; RFC 1918).
const PRIVATE: [(Ipv4Addr, u8); 3] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];

const EVERYTHING: IpPrefix = IpPrefix::V4(Prefix::ALL);

/// Builds all tables of a hub.
pub(super) fn rib(
    inputs: Inputs<'_>,
    (id, hub): (VirtualHubId, &VirtualHub),
    known: &Known,
    sessions: Vec<Session>,
) -> Rib {
    let network = inputs.network;
    let empty = BTreeMap::new();
    let own = known.get(id.index()).unwrap_or(&empty);
    let mut writer = Writer { network, id, hub, own, turned: BTreeMap::new() };
    let tables: Vec<Vec<Row>> =
        (0..).map(HubTableId).zip(&hub.route_tables).map(|(table, _)| writer.table(table)).collect();
    let firewalls = (0..).map(HubFirewallId).zip(&hub.firewalls);
    let firewalls: Vec<Vec<Row>> = firewalls.map(|(firewall, _)| writer.firewall(firewall)).collect();
    let mut learned: Vec<Vec<Row>> =
        tables.iter().map(|rows| rows.iter().filter_map(|row| writer.learned(row)).collect()).collect();
    let mut tables = tables;
    if let Some(internet) = hub.routing_intent.internet {
        let storage = storage(inputs, hub).into_iter();
        let found = |disposition| {
            let reason = Reason::HubStorage { hub: id, span: internet.span };
            move |prefix| (prefix, Decision::plain(disposition, Some(prefix), reason.clone()))
        };
        for rows in &mut learned {
            rows.extend(storage.clone().map(found(Disposition::AzureBackbone)));
        }
        if let Some(default) = tables.first_mut() {
            default.extend(storage.map(found(Disposition::Unreachable)));
            default.sort_by_key(|(prefix, _)| *prefix);
        }
    }
    Rib { learned, tables, firewalls, turned: writer.turned.into_iter().collect(), sessions }
}

struct Writer<'a> {
    network: &'a Network,
    id: VirtualHubId,
    hub: &'a VirtualHub,
    own: &'a BTreeMap<IpPrefix, OfPrefix>,
    turned: BTreeMap<IpPrefix, Decision>,
}

impl Writer<'_> {
    /// Returns the decisions of the hub according to a table.
    fn table(&mut self, table: HubTableId) -> Vec<Row> {
        let mut rows = BTreeMap::new();
        let intent = &self.hub.routing_intent;
        match intent.private {
            Some(firewall) if table == HubTableId::DEFAULT => {
                let through = self.through(firewall.value, firewall.span);
                let private: Vec<IpPrefix> = self.private().collect();
                for (prefix, of_prefix) in self.own {
                    if !private.iter().any(|private| private.covers(*prefix)) {
                        let span = of_prefix.routes.first().map_or(self.hub.span, |route| route.span);
                        rows.insert(*prefix, unknown(*prefix, HubDoubt::NotPrivate, span));
                    }
                }
                rows.extend(private.into_iter().map(|prefix| (prefix, through(prefix))));
                self.private_endpoints(&mut rows);
            }
            _ => {
                self.routes(&mut rows, &|route, own| route.is_in(own.id, table));
                self.static_routes(table, &mut rows);
            }
        }
        if let Some(firewall) = intent.internet.filter(|_| table == HubTableId::DEFAULT) {
            let through = self.through(firewall.value, firewall.span);
            rows.insert(EVERYTHING, through(EVERYTHING));
        }
        rows.into_iter().collect()
    }

    /// Returns the decisions of a firewall. A firewall has all routes of the hub.
    fn firewall(&mut self, firewall: HubFirewallId) -> Vec<Row> {
        let mut rows = BTreeMap::new();
        self.routes(&mut rows, &|_, _| true);
        let intent = &self.hub.routing_intent;
        let forced = intent.private_prefixes.iter().find(|prefix| prefix.value == EVERYTHING);
        if let Some(forced) = forced {
            for (prefix, decision) in rows.iter_mut().filter(|(prefix, _)| prefix.length() == 1) {
                *decision = unknown(*prefix, HubDoubt::HalfDefault, forced.span);
            }
        }
        if intent.internet.is_some_and(|internet| internet.value == firewall) && forced.is_none() {
            let out = Decision::plain(Disposition::Internet, Some(EVERYTHING), Reason::SystemDefault);
            rows.insert(EVERYTHING, out);
        }
        rows.into_iter().collect()
    }

    /// Returns the route that a virtual network learns from a row. It points to the hub, or directly to the hub's
    /// firewall.
    fn learned(&self, (prefix, decision): &Row) -> Option<Row> {
        let learned = match decision.reason() {
            Reason::HubFirewall { .. } | Reason::HubUnknown { .. } => decision.clone(),
            // Only sites learn the routes that bypass the firewall.
            Reason::PrivateEndpoint { .. } => return None,
            reason => {
                let span = reason.span().unwrap_or(self.hub.span);
                let reason = Reason::VirtualHub { hub: self.id, circuits: Vec::new(), span };
                Decision::plain(Disposition::Unknown, Some(*prefix), reason)
            }
        };
        Some((*prefix, learned))
    }

    fn private(&self) -> impl Iterator<Item = IpPrefix> {
        let implied = PRIVATE.into_iter().filter_map(|(address, length)| Prefix::new(address, length).ok());
        let listed = self.hub.routing_intent.private_prefixes.iter().map(|prefix| prefix.value);
        implied.map(IpPrefix::V4).chain(listed)
    }

    fn through(&self, firewall: HubFirewallId, span: Span) -> impl Fn(IpPrefix) -> Decision + use<> {
        let reason = Reason::HubFirewall { hub: self.id, firewall, span };
        move |prefix| Decision::plain(Disposition::Unknown, Some(prefix), reason.clone())
    }

    /// Adds the private endpoints in connected virtual networks. Traffic from sites to private endpoints bypasses the
    /// firewall if no route table applies to them (Microsoft, *routing intent and routing policies*).
    fn private_endpoints(&self, rows: &mut BTreeMap<IpPrefix, Decision>) {
        for connection in &self.hub.connections {
            let id = connection.virtual_network;
            let subnets = self.network.virtual_network(id).into_iter().flat_map(|own| &own.subnets);
            for endpoint in subnets
                .filter(|own| !own.private_endpoint_network_policies)
                .flat_map(|own| &own.private_endpoints)
            {
                let prefix = IpPrefix::host(endpoint.address.value);
                if endpoint.address.value.is_ipv4() {
                    let reason = Reason::PrivateEndpoint { network: id, span: endpoint.span };
                    rows.insert(prefix, Decision::plain(Disposition::AzureBackbone, Some(prefix), reason));
                }
            }
        }
    }

    /// Adds the choice among the routes to each prefix for which `visible` is true.
    fn routes(&mut self, rows: &mut BTreeMap<IpPrefix, Decision>, visible: &dyn Fn(&Route, &Self) -> bool) {
        let mut over_circuits: Vec<(IpPrefix, Vec<CircuitId>)> = Vec::new();
        let mut turned = BTreeMap::new();
        for (prefix, of_prefix) in self.own {
            let seen = of_prefix.routes.iter().filter(|route| visible(route, self));
            let best = choose(self.network, self.id, seen);
            let Some(first) = best.first() else { continue };
            if let Some((doubt, span)) = of_prefix.doubt {
                rows.insert(*prefix, unknown(*prefix, doubt, span));
                continue;
            }
            let decision = self.decision(*prefix, first, &best);
            if let Reason::HubLearned { circuits, span, .. } = decision.reason() {
                match first.turned {
                    Some(hub) => {
                        let reason = Reason::OtherHub { hub, span: *span };
                        let over = Decision::plain(Disposition::PrivatePeering, Some(*prefix), reason);
                        turned.insert(*prefix, over);
                    }
                    None => over_circuits.push((*prefix, circuits.clone())),
                }
            }
            rows.insert(*prefix, decision);
        }
        self.turned.extend(turned);
        self.beside_gateways(&over_circuits, rows);
    }

    fn decision(&self, prefix: IpPrefix, first: &Route, best: &[&Route]) -> Decision {
        let span = first.span;
        let alike = |other: &&Route| {
            let kind = |route: &Route| (route.through, route.turned, route.is_of_circuit());
            kind(first) == kind(other)
        };
        if !best.iter().all(alike) {
            let doubt = if best.iter().all(|route| route.through.is_some()) {
                HubDoubt::SharedHubs
            } else {
                HubDoubt::NotSettled
            };
            return unknown(prefix, doubt, span);
        }
        let plain = |disposition, reason| Decision::plain(disposition, Some(prefix), reason);
        if let Some(hub) = first.through {
            return plain(Disposition::Unknown, Reason::OtherHub { hub, span });
        }
        let mut circuits: Vec<CircuitId> = best.iter().flat_map(|route| &route.circuits).copied().collect();
        circuits.sort_unstable();
        circuits.dedup();
        let disposition = match first.origin {
            _ if first.turned.is_some() => Disposition::PrivatePeering,
            Origin::Network(network) => {
                return plain(Disposition::AzureBackbone, Reason::VirtualNetworkLocal { network, span });
            }
            Origin::Hub => {
                return plain(Disposition::AzureBackbone, Reason::HubItself { hub: self.id, span });
            }
            Origin::Static(address) | Origin::Peer(address) => {
                // Appliances with equal cost are not distinguished.
                let same = |route: &&Route| {
                    route.origin == Origin::Static(address) || route.origin == Origin::Peer(address)
                };
                if !best.iter().all(same) {
                    return unknown(prefix, HubDoubt::NotSettled, span);
                }
                return plain(Disposition::Unknown, Reason::Appliance { address, span });
            }
            Origin::Circuit => Disposition::PrivatePeering,
            Origin::Tunnel(..) => Disposition::Vpn,
        };
        let next_hops = best.iter().flat_map(|route| &route.next_hops).copied().collect();
        let why = Why::new(
            Reason::HubLearned { hub: self.id, circuits, turned: first.turned, span },
            next_hops,
            None,
        );
        Decision { disposition, prefix: Some(prefix), why: Arc::new(why) }
    }

    /// Adds the prefixes that the gateways of virtual networks announce on circuits to which a hub sends packets.
    /// Microsoft's edge has these longer prefixes in addition to the sites' prefixes that the hub uses.
    fn beside_gateways(&self, over: &[(IpPrefix, Vec<CircuitId>)], rows: &mut BTreeMap<IpPrefix, Decision>) {
        if over.is_empty() {
            return;
        }
        let mut known: Vec<(IpPrefix, ())> = rows.keys().map(|prefix| (*prefix, ())).collect();
        known.sort_unstable();
        let mut doubtful = Vec::new();
        for (prefix, circuits) in over {
            for circuit in circuits.iter().filter_map(|circuit| self.network.circuit(*circuit)) {
                let hubs =
                    circuit.private_peering.iter().flat_map(|peering| &peering.of_kind.virtual_networks);
                for hub in hubs {
                    let behind = self.network.behind_gateway(*hub);
                    let announced =
                        behind.map(|(behind, _)| self.network.announced(*hub, behind).into_owned());
                    for announced in announced.chain([self.network.advertised_to_circuits(*hub)]) {
                        let inside = announced.iter().filter(|own| prefix.covers(own.value));
                        // Packets to prefixes for which the hub itself has a better route take another path.
                        let followed = inside.filter(|own| {
                            longest(&known, own.value).is_some_and(|(best, ())| best == prefix)
                        });
                        doubtful.extend(followed.map(|own| (own.value, own.span)));
                    }
                }
            }
        }
        for (prefix, span) in doubtful {
            rows.insert(prefix, unknown(prefix, HubDoubt::Turned, span));
        }
    }

    /// Adds static routes: the routes in the table itself, and the virtual network prefixes to which static routes of
    /// the table or of connections apply.
    fn static_routes(&self, table: HubTableId, rows: &mut BTreeMap<IpPrefix, Decision>) {
        let own = self.hub.route_tables.get(table.index());
        let to = |prefix: IpPrefix, address, span| {
            let reason = Reason::Appliance { address, span };
            Decision::plain(Disposition::Unknown, Some(prefix), reason)
        };
        for route in own.into_iter().flat_map(|table| &table.routes) {
            let prefix = route.prefix.value;
            rows.insert(prefix, to(prefix, route.next_hop, route.prefix.span));
        }
        for connection in self.hub.connections.iter().filter(|connection| !connection.bypasses_next_hop) {
            let Some(network) = self.network.virtual_network(connection.virtual_network) else { continue };
            for prefix in network.prefixes.iter().map(|prefix| prefix.value) {
                let taken =
                    in_effect(connection, own.into_iter().flat_map(|table| &table.routes), (self.id, table));
                let longest =
                    taken.filter(|(own, ..)| own.covers(prefix)).max_by_key(|(own, ..)| own.length());
                if let (Some((_, address, span)), Some(row)) = (longest, rows.get_mut(&prefix)) {
                    *row = to(prefix, address, span);
                }
            }
        }
    }
}

/// Returns the static routes of a connection that are in effect in a table, either through the table's own routes or
/// because the connection propagates them.
fn in_effect<'r>(
    connection: &'r HubConnection,
    routes: impl Iterator<Item = &'r crate::network::HubTableRoute>,
    table: (VirtualHubId, HubTableId),
) -> impl Iterator<Item = (IpPrefix, std::net::IpAddr, Span)> {
    let of_table = routes.filter(|route| route.virtual_network == connection.virtual_network);
    let of_table = of_table.map(|route| (route.prefix.value, route.next_hop, route.prefix.span));
    let propagated = connection.propagate_static_routes && connection.propagates.contains(&table);
    let own = connection.static_routes.iter().filter(move |_| propagated);
    of_table.chain(own.map(|route| (route.prefix.value, route.next_hop, route.prefix.span)))
}

/// Returns the public IPv4 addresses of Azure Storage in the region of a hub.
fn storage(inputs: Inputs<'_>, hub: &VirtualHub) -> Vec<IpPrefix> {
    let Some(region) = &hub.region else { return Vec::new() };
    let here = |name: &str| {
        name.strip_prefix("Storage.").is_some_and(|suffix| suffix.eq_ignore_ascii_case(&region.value))
    };
    let tag = inputs.catalog.tags().iter().find(|tag| here(&tag.name));
    let prefixes = tag.into_iter().flat_map(|tag| &tag.prefixes).copied();
    prefixes.filter(|prefix| prefix.family() == Family::V4).collect()
}

fn unknown(prefix: IpPrefix, doubt: HubDoubt, span: Span) -> Decision {
    Decision::plain(Disposition::Unknown, Some(prefix), Reason::HubUnknown { doubt, span })
}
