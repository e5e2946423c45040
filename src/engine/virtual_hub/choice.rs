//! Route selection in a hub for one prefix, and the exchange of routes between hubs.

use std::collections::{BTreeMap, BTreeSet};

use crate::addr::{Family, IpPrefix};
use crate::diag::Span;
use crate::engine::decision::{HubDoubt, NextHop};
use crate::engine::session::{Session, SessionKind, SessionState};
use crate::network::{CircuitId, HubTableId, Network, PeeringKind, RoutingPreference, VirtualHubId};

use super::learn::{Candidates, connected};
use super::{Origin, Route, inspects};

/// The routes of each hub, by prefix.
pub(super) type Known = Vec<BTreeMap<IpPrefix, OfPrefix>>;

/// The routes of one hub to one prefix.
#[derive(Clone, Debug, Default)]
pub(super) struct OfPrefix {
    pub(super) routes: Vec<Route>,
    /// Why the result for the routes to this prefix is unknown.
    pub(super) doubt: Option<(HubDoubt, Span)>,
}

/// The number of ASNs that a hub prepends to routes that it advertises to other hubs: 65520 twice (Microsoft, *virtual
/// hub routing preference*).
const BETWEEN_HUBS: usize = 2;

/// The minimum path length of a route that another hub announced and that is learned from Microsoft's edge. Published
/// route listings show that it is longer than the route learned directly from that hub, so the AS path preference
/// selects the direct path between the hubs (Microsoft, *Virtual WAN routing deep dive*).
const AT_EDGE: usize = 3;

/// The additional path length over Global Reach.
const OVER_GLOBAL_REACH: usize = 2;

/// According to Microsoft's list of known issues, a local route may lose if its path is longer than a remote route's
/// path by this number of ASNs.
const KNOWN_ISSUE: usize = 2;

/// Returns the routes of all hubs after they have exchanged their best routes.
///
/// A hub advertises its best routes if it learned them itself. It does not readvertise routes that it learned
/// from other hubs.
pub(super) fn settled(network: &Network, own: &Candidates, sessions: &[Vec<Session>]) -> Known {
    let edges = Edges::of(network, sessions);
    let mut known: Known = vec![BTreeMap::new(); own.len()];
    let prefixes: BTreeSet<IpPrefix> = own.iter().flat_map(|own| own.keys().copied()).collect();
    let spaces: Vec<IpPrefix> = connected(network).map(|(_, prefix)| prefix.value).collect();
    for prefix in prefixes {
        let of_prefix = of_prefix(network, &edges, prefix, own, &spaces);
        for (hub, entry) in known.iter_mut().zip(of_prefix) {
            if !entry.routes.is_empty() {
                hub.insert(prefix, entry);
            }
        }
    }
    known
}

fn of_prefix(
    network: &Network,
    edges: &Edges,
    prefix: IpPrefix,
    own: &Candidates,
    spaces: &[IpPrefix],
) -> Vec<OfPrefix> {
    let local =
        |hub: VirtualHubId| own.get(hub.index()).and_then(|own| own.get(&prefix)).into_iter().flatten();
    let hubs: Vec<VirtualHubId> = network.virtual_hubs_with_ids().map(|(id, _)| id).collect();
    let mut all: Vec<Vec<Route>> = hubs.iter().map(|hub| local(*hub).cloned().collect()).collect();
    let mut settles = hubs.len() < 2;
    // In each round, a hub may yield to another hub. Additional rounds beyond the number of hubs and edges between them
    // change nothing.
    for _ in 0..2 * hubs.len() + 2 {
        if settles {
            break;
        }
        let chosen: Vec<Vec<&Route>> =
            hubs.iter().zip(&all).map(|(hub, routes)| choose(network, *hub, routes.iter())).collect();
        let next: Vec<Vec<Route>> = hubs
            .iter()
            .map(|hub| {
                let mut next: Vec<Route> = local(*hub).cloned().collect();
                if prefix.length() > 0 {
                    next.extend(remote(*hub, &hubs, &chosen));
                    edges.add_turned(network, *hub, &hubs, &chosen, &mut next);
                }
                next
            })
            .collect();
        settles = next == all;
        all = next;
    }
    let learned_inside = |route: &Route| {
        let learned = matches!(route.origin, Origin::Circuit | Origin::Tunnel(..));
        learned && spaces.iter().any(|space| space.covers(prefix))
    };
    let third = edges.third_hub(network, &hubs, &all);
    let doubts = all.iter().zip(&hubs).map(|(routes, hub)| {
        let first = routes.first()?;
        if !settles {
            return Some((HubDoubt::NotSettled, first.span));
        }
        if let Some(inside) = routes.iter().find(|route| learned_inside(route)) {
            return Some((HubDoubt::InsideNetwork, inside.span));
        }
        if third.contains(hub) {
            return Some((HubDoubt::ThirdHub, first.span));
        }
        longer_local(network, *hub, routes)
    });
    let doubts: Vec<_> = doubts.collect();
    all.into_iter().zip(doubts).map(|(routes, doubt)| OfPrefix { routes, doubt }).collect()
}

/// Returns the routes that the other hubs advertise to one hub.
fn remote(hub: VirtualHubId, hubs: &[VirtualHubId], chosen: &[Vec<&Route>]) -> Vec<Route> {
    let mut all = Vec::new();
    for (other, routes) in hubs.iter().zip(chosen).filter(|(other, _)| **other != hub) {
        let reported = routes.iter().filter(|route| route.is_local() && route.is_advertised_to(hub));
        all.extend(reported.map(|route| Route {
            through: Some(*other),
            length: route.length + BETWEEN_HUBS,
            next_hops: Vec::new(),
            circuits: Vec::new(),
            ..(*route).clone()
        }));
    }
    all
}

impl Route {
    /// Returns whether the hub learned the route itself, not from another hub.
    pub(super) fn is_local(&self) -> bool {
        self.through.is_none() && self.turned.is_none()
    }

    /// Returns whether the route was learned from a circuit, at this hub or at the hub that advertised it.
    pub(super) fn is_of_circuit(&self) -> bool {
        self.turned.is_some() || self.origin == Origin::Circuit
    }

    fn is_of_tunnel(&self) -> bool {
        self.turned.is_none() && matches!(self.origin, Origin::Tunnel(..))
    }

    /// Returns whether another hub learns the route.
    fn is_advertised_to(&self, hub: VirtualHubId) -> bool {
        self.inspected || self.tables.iter().any(|(other, _)| *other == hub)
    }

    /// Returns whether a table of a hub learns the route.
    pub(super) fn is_in(&self, hub: VirtualHubId, table: HubTableId) -> bool {
        let reported = self.inspected && self.through.is_some() && table == HubTableId::DEFAULT;
        reported || self.tables.contains(&(hub, table))
    }
}

/// Selects a hub's best routes to one prefix. The selected routes have equal cost (Microsoft, *virtual hub routing
/// preference*).
pub(super) fn choose<'r>(
    network: &Network,
    hub: VirtualHubId,
    routes: impl Iterator<Item = &'r Route>,
) -> Vec<&'r Route> {
    let mut remaining: Vec<&Route> = routes.collect();
    let connected =
        |route: &&Route| route.is_local() && matches!(route.origin, Origin::Network(_) | Origin::Hub);
    keep(&mut remaining, connected);
    keep(&mut remaining, |route| route.is_local() && matches!(route.origin, Origin::Static(_)));
    let preference = network.virtual_hub(hub).map(|hub| hub.routing_preference).unwrap_or_default();
    match preference {
        RoutingPreference::ExpressRoute => {
            keep(&mut remaining, |route| route.through.is_none());
            by_kind(&mut remaining);
            shortest(&mut remaining);
        }
        RoutingPreference::Vpn => {
            keep(&mut remaining, |route| route.through.is_none());
            if remaining.iter().any(|route| route.is_of_circuit()) {
                keep_beside(&mut remaining, |route| route.is_of_tunnel(), |route| !route.is_of_circuit());
            }
            shortest(&mut remaining);
        }
        RoutingPreference::AsPath => {
            let remote: BTreeSet<VirtualHubId> = remaining.iter().filter_map(|route| route.through).collect();
            if remote.len() > 1 {
                // Routes that other hubs learned from circuits have the lowest preference.
                keep(&mut remaining, |route| route.through.is_none() || !route.is_of_circuit());
            }
            shortest(&mut remaining);
            keep(&mut remaining, |route| route.through.is_none());
            by_kind(&mut remaining);
        }
    }
    if remaining.iter().all(|route| route.through.is_some()) {
        keep(&mut remaining, |route| route.inspected);
    }
    remaining
}

/// Chooses between routes from circuits and routes from tunnels. If all routes are local, routes from circuits win. If
/// all routes are remote, routes from tunnels win.
fn by_kind(remaining: &mut Vec<&Route>) {
    let local = remaining.iter().all(|route| route.through.is_none());
    let has = |wanted: fn(&Route) -> bool| remaining.iter().any(|route| wanted(route));
    if !(has(Route::is_of_circuit) && has(Route::is_of_tunnel)) {
        return;
    }
    if local {
        remaining.retain(|route| !route.is_of_tunnel());
    } else {
        remaining.retain(|route| !route.is_of_circuit());
    }
}

fn shortest(remaining: &mut Vec<&Route>) {
    let least = remaining.iter().map(|route| route.length).min();
    remaining.retain(|route| Some(route.length) == least);
}

/// Keeps the routes for which `wanted` is true, if there are any.
fn keep(remaining: &mut Vec<&Route>, wanted: impl Fn(&&Route) -> bool) {
    if remaining.iter().any(&wanted) {
        remaining.retain(wanted);
    }
}

/// Keeps the routes for which `stays` is true, if `wanted` is true for any.
fn keep_beside(
    remaining: &mut Vec<&Route>,
    wanted: impl Fn(&&Route) -> bool,
    stays: impl Fn(&&Route) -> bool,
) {
    if remaining.iter().any(wanted) {
        remaining.retain(stays);
    }
}

/// Returns a doubt if a local route wins only because it is local, although its path is much longer than a remote
/// route's path.
fn longer_local(network: &Network, hub: VirtualHubId, routes: &[Route]) -> Option<(HubDoubt, Span)> {
    let best = choose(network, hub, routes.iter());
    let first = best.first()?;
    if first.through.is_some() || matches!(first.origin, Origin::Network(_) | Origin::Hub) && first.is_local()
    {
        return None;
    }
    let remote = routes.iter().filter(|route| route.through.is_some()).map(|route| route.length).min()?;
    (first.length >= remote + KNOWN_ISSUE).then_some((HubDoubt::LongerLocal, first.span))
}

/// Microsoft's edges of the circuits that connect hubs.
pub(super) struct Edges {
    /// The circuits of each hub, with the connections that are up, the weight, and the circuits that Global Reach
    /// connects to each circuit.
    circuits: Vec<Vec<OfHub>>,
}

struct OfHub {
    circuit: CircuitId,
    weight: u32,
    next_hops: Vec<NextHop>,
    /// The circuits whose edges propagate the announcements of other hubs: the circuit itself, and the circuits that
    /// Global Reach connects to it.
    joined: Vec<CircuitId>,
}

impl Edges {
    fn of(network: &Network, sessions: &[Vec<Session>]) -> Self {
        let circuits = network.virtual_hubs.iter().zip(sessions).map(|(hub, sessions)| {
            let circuits = hub.circuits.iter().map(|link| {
                let here = |session: &&Session| {
                    let private = matches!(session.kind, SessionKind::Circuit(own, PeeringKind::Private, _) if own == link.circuit);
                    private && session.state(Family::V4) == SessionState::Up
                };
                let partners = network.global_reach(link.circuit).into_iter().map(|partner| partner.value);
                OfHub {
                    circuit: link.circuit,
                    weight: link.weight,
                    next_hops: sessions.iter().filter(here).map(Session::next_hop).collect(),
                    joined: std::iter::once(link.circuit).chain(partners).collect(),
                }
            });
            circuits.filter(|own| !own.next_hops.is_empty()).collect()
        });
        Self { circuits: circuits.collect() }
    }

    fn of_hub(&self, hub: VirtualHubId) -> &[OfHub] {
        self.circuits.get(hub.index()).map_or(&[], Vec::as_slice)
    }

    /// Returns whether a circuit of one hub receives the announcements of another hub: `None` if it does not, otherwise
    /// whether it receives them over Global Reach.
    fn joins(&self, own: &OfHub, other: VirtualHubId) -> Option<bool> {
        let theirs = self.of_hub(other);
        let index =
            own.joined.iter().position(|circuit| theirs.iter().any(|link| link.circuit == *circuit))?;
        Some(index > 0)
    }

    /// Adds the routes that other hubs announce on circuits of a hub. Packets that follow these routes turn back at
    /// Microsoft's edge.
    fn add_turned(
        &self,
        network: &Network,
        hub: VirtualHubId,
        hubs: &[VirtualHubId],
        chosen: &[Vec<&Route>],
        all: &mut Vec<Route>,
    ) {
        let tables = network.virtual_hub(hub).map(|own| own.branches.clone()).unwrap_or_default();
        let mut turned: Vec<(u32, Route)> = Vec::new();
        for own in self.of_hub(hub) {
            for (other, routes) in hubs.iter().zip(chosen).filter(|(other, _)| **other != hub) {
                let Some(over) = self.joins(own, *other) else { continue };
                let announced = routes.iter().filter(|route| {
                    let known = inspects(network, *other) || route.is_in(*other, HubTableId::DEFAULT);
                    known && route.is_local() && !route.is_of_circuit()
                });
                turned.extend(announced.map(|route| {
                    let longer = if over { OVER_GLOBAL_REACH } else { 0 };
                    let route = Route {
                        turned: Some(*other),
                        length: AT_EDGE + route.length + longer,
                        next_hops: own.next_hops.clone(),
                        circuits: vec![own.circuit],
                        tables: tables.clone(),
                        ..(*route).clone()
                    };
                    (own.weight, route)
                }));
            }
        }
        let Some(weight) = turned.iter().map(|(weight, _)| *weight).max() else { return };
        let least = turned.iter().filter(|(own, _)| *own == weight).map(|(_, route)| route.length).min();
        let mut best: Vec<Route> = Vec::new();
        for (_, route) in
            turned.into_iter().filter(|(own, route)| *own == weight && Some(route.length) == least)
        {
            match best.iter_mut().find(|known| known.turned == route.turned && known.origin == route.origin) {
                Some(known) => {
                    known.next_hops.extend(route.next_hops);
                    known.circuits.extend(route.circuits);
                }
                None => best.push(route),
            }
        }
        // If a site and a hub announce the same prefix, Microsoft's edge prefers the hub, unless the hub's path is
        // longer.
        all.retain(|route| {
            let hidden = |turned: &Route| {
                route.circuits.iter().all(|own| turned.circuits.contains(own))
                    && turned.length <= route.length + 1
            };
            route.origin != Origin::Circuit || !route.is_local() || !best.iter().any(hidden)
        });
        all.extend(best);
    }

    /// Returns the hubs on whose circuits another hub announces routes from a third hub, although the third hub
    /// announces them on none of these circuits. The result at these hubs is not documented.
    fn third_hub(
        &self,
        network: &Network,
        hubs: &[VirtualHubId],
        all: &[Vec<Route>],
    ) -> BTreeSet<VirtualHubId> {
        let mut found = BTreeSet::new();
        if hubs.len() < 3 {
            return found;
        }
        for (hub, routes) in hubs.iter().zip(all) {
            if routes.iter().any(|route| route.is_local() || route.turned.is_some()) {
                continue;
            }
            let learns_from =
                |other: VirtualHubId| self.of_hub(*hub).iter().any(|own| self.joins(own, other).is_some());
            let passed = hubs.iter().zip(all).filter(|(other, _)| *other != hub && learns_from(**other));
            let mut passed = passed.flat_map(|(other, routes)| choose(network, *other, routes.iter()));
            let third = |route: &&Route| {
                route.through.is_some_and(|third| third != *hub && !learns_from(third))
                    && !route.is_of_circuit()
            };
            if passed.any(|route| third(&route)) {
                found.insert(*hub);
            }
        }
        found
    }
}
