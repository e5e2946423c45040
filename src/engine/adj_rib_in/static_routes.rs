//! Learns the static routes of a site's edge.

use crate::engine::session::{Brought, SessionKind, attachment};
use crate::network::{StaticRoute, StaticVia};

use super::advertisement::Source;
use super::learn::{Learning, local};
use super::origin::RouteOrigin;

impl Learning<'_, '_> {
    /// Learns the static routes that point to this session.
    pub(super) fn static_routes(&mut self) {
        for route in &self.edge.site.static_routes {
            let over = match (route.via.value, self.session.kind) {
                (StaticVia::Internet, SessionKind::Internet(_))
                | (StaticVia::Discard, SessionKind::Discard) => true,
                (StaticVia::Vpn(wanted), SessionKind::Vpn(_, index)) => wanted == index,
                // A static route to a circuit that ends at another edge. That edge decides where the packet goes.
                (StaticVia::Peering { circuit, connection, .. }, SessionKind::Edge(site)) => {
                    let peer = self.edge.peers.iter().find(|peer| peer.site == site);
                    let listens = peer.is_some_and(|peer| peer.metric(Brought::Circuit(circuit)).is_some());
                    let attached = attachment(self.edge.site, circuit);
                    let ends =
                        |connection| self.edge.inputs.network.edge_of(circuit, connection) == Some(site);
                    // With links between sites, the static route points to one of the site's own circuits.
                    listens && attached.is_some_and(|own| own.metric.is_some()) && connection.is_none_or(ends)
                }
                (
                    StaticVia::Peering { circuit, peering, connection },
                    SessionKind::Circuit(id, kind, own),
                ) => circuit == id && peering == kind && connection.is_none_or(|wanted| wanted == own),
                _ => false,
            };
            if over {
                self.static_route(route);
            }
        }
    }

    /// Learns a static route to each prefix that it stands for.
    fn static_route(&mut self, route: &StaticRoute) {
        let mut made = None;
        for prefix in route.destination.value.prefixes(self.edge.inputs.catalog) {
            if !(self.wanted)(prefix) {
                continue;
            }
            let (source, attributes) = *made.get_or_insert_with(|| {
                let origin = RouteOrigin::Static { distance: route.distance };
                let source = Source { origin, span: route.span, internal: None };
                (self.edge.source_id(source), self.edge.attributes.intern(local()))
            });
            self.offer(prefix, source, attributes);
        }
    }
}
