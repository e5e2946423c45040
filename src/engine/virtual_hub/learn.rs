//! The routes that each hub learns itself, from connected virtual networks, circuits, tunnels and appliances.

use std::collections::BTreeMap;

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::engine::inputs::Inputs;
use crate::engine::session::{
    Session, SessionKind, SessionState, advertised_on_private_peering, connection_states, tunnel_states,
};
use crate::network::{
    Connection, HubCircuit, HubTableId, Network, PeeringKind, VirtualHub, VirtualHubId, VirtualNetworkId,
};
use crate::rib::SessionId;

use super::{Origin, Route, inspects};

/// The maximum number of circuits with equal cost (Microsoft, *ExpressRoute FAQ*).
const ECMP_CIRCUITS: usize = 4;

/// The routes that each hub learned itself, by prefix.
pub(super) type Candidates = Vec<BTreeMap<IpPrefix, Vec<Route>>>;

/// Returns the routes that each hub learns, and the sessions of each hub.
pub(super) fn candidates(inputs: Inputs<'_>) -> (Candidates, Vec<Vec<Session>>) {
    let hubs = inputs.network.virtual_hubs_with_ids();
    hubs.map(|(id, hub)| {
        let mut learning = Learning { inputs, id, hub, sessions: Vec::new(), all: BTreeMap::new() };
        learning.own();
        learning.connections();
        learning.circuits();
        learning.tunnels();
        (learning.all, learning.sessions)
    })
    .unzip()
}

struct Learning<'a> {
    inputs: Inputs<'a>,
    id: VirtualHubId,
    hub: &'a VirtualHub,
    sessions: Vec<Session>,
    all: BTreeMap<IpPrefix, Vec<Route>>,
}

/// A prefix learned from a circuit, with the connection weight of the circuit.
struct LearnedRoute {
    prefix: IpPrefix,
    weight: u32,
    route: Route,
}

impl Learning<'_> {
    /// Creates a route that the hub learned itself, with default values for all other properties.
    fn route(&self, origin: Origin, span: Span) -> Route {
        Route {
            origin,
            through: None,
            turned: None,
            length: 0,
            numbers: Vec::new(),
            next_hops: Vec::new(),
            circuits: Vec::new(),
            tables: Vec::new(),
            inspected: inspects(self.inputs.network, self.id),
            span,
        }
    }

    fn add(&mut self, prefix: IpPrefix, route: Route) {
        if prefix.family() == Family::V4 {
            self.all.entry(prefix).or_default().push(route);
        }
    }

    /// Adds a route to the hub's own addresses. All tables of all hubs learn it.
    fn own(&mut self) {
        let tables = self.inputs.network.virtual_hubs_with_ids().flat_map(|(hub, own)| {
            (0..).map(HubTableId).zip(&own.route_tables).map(move |(table, _)| (hub, table))
        });
        let route = self.route(Origin::Hub, self.hub.prefix.span);
        self.add(self.hub.prefix.value, Route { tables: tables.collect(), ..route });
    }

    fn connections(&mut self) {
        let network = self.inputs.network;
        for connection in &self.hub.connections {
            let id = connection.virtual_network;
            let Some(own) = network.virtual_network(id) else { continue };
            let tables = &connection.propagates;
            for prefix in &own.prefixes {
                let route = self.route(Origin::Network(id), prefix.span);
                self.add(prefix.value, Route { tables: tables.clone(), ..route });
            }
            for entry in connection.static_routes.iter().filter(|_| connection.propagate_static_routes) {
                let route = self.route(Origin::Static(entry.next_hop), entry.prefix.span);
                self.add(entry.prefix.value, Route { tables: tables.clone(), ..route });
            }
            for peer in self.hub.bgp_peers.iter().filter(|peer| peer.virtual_network == id) {
                // A hub's BGP peer cannot advertise the prefix of a connected virtual network, or a part of that
                // prefix.
                let taken = |prefix: IpPrefix| connected(network).any(|(_, own)| own.value.covers(prefix));
                for prefix in peer.advertised.iter().filter(|prefix| !taken(prefix.value)) {
                    let route = self.route(Origin::Peer(peer.address.value), prefix.span);
                    let length = peer.path_length;
                    self.add(prefix.value, Route { tables: tables.clone(), length, ..route });
                }
            }
        }
    }

    fn circuits(&mut self) {
        let mut learned = Vec::new();
        for link in &self.hub.circuits {
            self.circuit(link, &mut learned);
        }
        learned.sort_by_key(|learned| learned.prefix);
        for group in learned.chunk_by(|left, right| left.prefix == right.prefix) {
            if let Some((prefix, route)) = of_gateway(group) {
                self.add(prefix, route);
            }
        }
    }

    /// Adds the routes from a circuit: prefixes advertised on its private peering, and on the private peerings that
    /// Global Reach connects to it.
    fn circuit(&mut self, link: &HubCircuit, learned: &mut Vec<LearnedRoute>) {
        let Inputs { network, links, .. } = self.inputs;
        let Some(circuit) = network.circuit(link.circuit) else { return };
        let Some(peering) = &circuit.private_peering else { return };
        let private = PeeringKind::Private;
        for connection in Connection::ALL {
            let states = connection_states(links, link.circuit, circuit, private, connection);
            let name = circuit.connection_name(private, connection);
            let kind = SessionKind::Circuit(link.circuit, private, connection);
            let session = self.session(kind, name, states, link.span);
            if session.state(Family::V4) != SessionState::Up {
                continue;
            }
            let times = usize::from(links.prepended(link.circuit, connection));
            let own = peering.autonomous_system.map(|own| own.value);
            let prepend = peering.prepend_on(connection).iter().map(|asn| asn.value);
            // The ASNs of Microsoft and of the site, and the ASNs that either prepends.
            let length = 2 + times + peering.prepend_on(connection).len();
            let route = self.route(Origin::Circuit, peering.span);
            let route = Route {
                length,
                numbers: prepend.chain(own).collect(),
                next_hops: vec![session.next_hop()],
                circuits: vec![link.circuit],
                tables: self.hub.branches.clone(),
                ..route
            };
            let mut learn = |prefix: &Spanned<IpPrefix>, route: Route| {
                let route = Route { span: prefix.span, ..route };
                learned.push(LearnedRoute { prefix: prefix.value, weight: link.weight, route });
            };
            for prefix in peering.advertised_on(connection) {
                learn(prefix, route.clone());
            }
            for partner in network.global_reach(link.circuit) {
                let theirs = network.circuit(partner.value).and_then(|own| own.private_peering.as_ref());
                let own = theirs.and_then(|own| own.autonomous_system).map(|own| own.value);
                let prepended = theirs.map_or(0, |own| own.prepend_on(Connection::Primary).len());
                for prefix in advertised_on_private_peering(network, links, partner.value) {
                    let length = 3 + times + prepended;
                    learn(&prefix, Route { length, numbers: own.into_iter().collect(), ..route.clone() });
                }
            }
        }
    }

    fn tunnels(&mut self) {
        let Inputs { network, links, .. } = self.inputs;
        for end in &self.hub.vpn {
            let Some(site) = network.site(end.site) else { continue };
            let Some(vpn) = usize::try_from(end.vpn).ok().and_then(|index| site.vpn.get(index)) else {
                continue;
            };
            let states = tunnel_states(network, links, (end.site, site), (end.vpn, vpn));
            let kind = SessionKind::Vpn(end.site, end.vpn);
            let session = self.session(kind, vpn.name.clone(), states, vpn.span);
            if session.state(Family::V4) != SessionState::Up {
                continue;
            }
            for prefix in vpn.advertised.as_deref().unwrap_or(&site.prefixes) {
                let route = self.route(Origin::Tunnel(end.site, end.vpn), prefix.span);
                let own = site.autonomous_system.map(|own| own.value);
                let route = Route {
                    length: 1,
                    numbers: own.into_iter().collect(),
                    next_hops: vec![session.next_hop()],
                    tables: self.hub.branches.clone(),
                    ..route
                };
                self.add(prefix.value, route);
            }
        }
    }

    fn session(&mut self, kind: SessionKind, name: String, states: [SessionState; 2], span: Span) -> Session {
        let id = SessionId::new(u32::try_from(self.sessions.len()).unwrap_or(u32::MAX));
        let session = Session { id, kind, name, states, span };
        self.sessions.push(session.clone());
        session
    }
}

/// Returns the route that the hub's ExpressRoute gateway selects for one prefix among the routes from its circuits: the
/// highest connection weight wins, then the shortest AS path. Routes that are still equal have equal cost (ECMP).
fn of_gateway(group: &[LearnedRoute]) -> Option<(IpPrefix, Route)> {
    let weight = group.iter().map(|learned| learned.weight).max()?;
    let heaviest = || group.iter().filter(|learned| learned.weight == weight);
    let length = heaviest().map(|learned| learned.route.length).min()?;
    let mut best = heaviest().filter(|learned| learned.route.length == length);
    let first = best.next()?;
    let mut route = first.route.clone();
    for other in best {
        let circuits = &other.route.circuits;
        let known = circuits.iter().all(|circuit| route.circuits.contains(circuit));
        if known || route.circuits.len() < ECMP_CIRCUITS {
            route.next_hops.extend(&other.route.next_hops);
            route.circuits.extend(circuits);
        }
    }
    route.circuits.sort_unstable();
    route.circuits.dedup();
    Some((first.prefix, route))
}

/// Lists the prefixes of virtual networks that are connected to any hub.
pub(super) fn connected(network: &Network) -> impl Iterator<Item = (VirtualNetworkId, Spanned<IpPrefix>)> {
    let connections = network.virtual_hubs.iter().flat_map(|hub| &hub.connections);
    connections.flat_map(|connection| {
        let own = network.virtual_network(connection.virtual_network);
        let prefixes = own.into_iter().flat_map(|own| &own.prefixes);
        prefixes.map(|prefix| (connection.virtual_network, *prefix))
    })
}

/// Lists the IPv6 prefixes that hubs would learn if they carried IPv6.
pub(super) fn ipv6(network: &Network) -> Vec<Spanned<IpPrefix>> {
    let networks = connected(network).map(|(_, prefix)| prefix);
    let circuits = network.virtual_hubs.iter().flat_map(|hub| &hub.circuits);
    let peerings = circuits.filter_map(|link| network.circuit(link.circuit)?.private_peering.as_ref());
    let advertised = peerings.flat_map(|peering| {
        Connection::ALL.into_iter().flat_map(|connection| peering.advertised_on(connection).iter().copied())
    });
    let ends = network.virtual_hubs.iter().flat_map(|hub| &hub.vpn);
    let tunnels = ends.filter_map(|end| {
        let site = network.site(end.site)?;
        let vpn = site.vpn.get(usize::try_from(end.vpn).ok()?)?;
        Some(vpn.advertised.as_deref().unwrap_or(&site.prefixes).iter().copied())
    });
    let mut all: Vec<Spanned<IpPrefix>> = networks.chain(advertised).chain(tunnels.flatten()).collect();
    all.retain(|prefix| prefix.value.family() == Family::V6);
    all.sort_by_key(|prefix| prefix.value);
    all.dedup_by_key(|prefix| prefix.value);
    all
}
