//! Beyond Azure: the edges of sites at which packets arrive that leave Azure.
//!
//! Sources: RFC 4271 section 9.1.3 (a router advertises only routes that it uses itself); Microsoft,
//! *ExpressRoute routing requirements* (forced tunnelling), *ExpressRoute Global Reach*.

use crate::addr::IpPrefix;
use crate::engine::decision::{At, Decision, Reason, Router};
use crate::engine::inputs::Inputs;
use crate::engine::session::{SessionKind, advertised_over};
use crate::network::{CircuitId, Connection, PeeringEnd, SiteId};

use crate::engine::forwarding::{Forwarding, crosses};

/// Where packets arrive that leave Azure for the company. Each edge evaluates them again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Ingress {
    /// The edges of sites, several with equal cost. Empty where packets stay in Azure, and where the file does
    /// not give the edge at the end of every circuit.
    pub(in crate::engine) edges: Vec<Router>,
    /// The prefix that attracts them.
    prefix: Option<IpPrefix>,
    /// Whether they arrive over Global Reach from the edge of another site.
    pub(in crate::engine) is_reach: bool,
}

impl Ingress {
    /// Returns whether the network file describes how an edge forwards the packets that arrive there. It does for
    /// packets to a site, which `owned` states. Otherwise an edge has a route to each prefix that it advertises
    /// (RFC 4271 section 9.1.3), so where the file contains only a shorter route, it does not describe what
    /// follows. Nor does it after Global Reach, where the edge's only route to an advertised prefix is one that
    /// other edges learned from its own advertisement.
    pub(in crate::engine) fn is_described(&self, decision: &Decision, owned: bool) -> bool {
        let length = |prefix: Option<IpPrefix>| prefix.map(IpPrefix::length);
        let heard_back = self.is_reach
            && decision.prefix == self.prefix
            && matches!(decision.reason(), Reason::GlobalReach { .. } | Reason::OtherEdge { .. });
        !heard_back && (owned || length(decision.prefix) >= length(self.prefix))
    }
}

impl Forwarding<'_> {
    /// Returns where packets arrive over circuits and tunnels after a decision in Azure that uses routes that the
    /// gateways of a virtual network learned at `end`.
    pub(in crate::engine) fn ingress(&self, at: At, end: PeeringEnd, decision: &Decision) -> Ingress {
        if !crosses(decision) || matches!(decision.reason(), Reason::Turned { .. }) {
            return Ingress::default();
        }
        let mut edges: Vec<Option<Router>> = Vec::new();
        let sessions = match at {
            At::Network(network) => self.gateways(network, end).sessions.clone(),
            At::Hub(hub) => self.hubs().sessions(hub).to_vec(),
        };
        for carrier in decision.carriers() {
            let session = sessions.iter().find(|session| session.id == carrier.session);
            let sites = match (carrier.circuit, session.map(|session| session.kind)) {
                (Some(carrying), _) => self.sites_past(carrying, decision.prefix),
                (None, Some(SessionKind::Vpn(site, _))) => vec![Some(site)],
                (None, _) => vec![None],
            };
            for edge in sites.into_iter().map(|site| site.map(Router::Edge)) {
                if !edges.contains(&edge) {
                    edges.push(edge);
                }
            }
        }
        let edges: Option<Vec<Router>> = edges.into_iter().collect();
        Ingress { edges: edges.unwrap_or_default(), prefix: decision.prefix, is_reach: false }
    }

    /// Returns the edges at which packets arrive that a site's edge sends to another circuit over Global Reach: those
    /// of the connections over which that circuit's prefix is advertised.
    pub(in crate::engine) fn past_global_reach(&self, decision: &Decision) -> Ingress {
        let Reason::GlobalReach { partner, .. } = decision.reason() else { return Ingress::default() };
        let Inputs { network, links, .. } = self.inputs;
        let advertises = |connection: &Connection| {
            let mut all = advertised_over(network, links, *partner, *connection);
            all.any(|advertised| Some(advertised.value) == decision.prefix)
        };
        let mut edges: Vec<Option<Router>> = Vec::new();
        for connection in Connection::ALL.into_iter().filter(advertises) {
            let edge = network.edge_of(*partner, connection).map(Router::EdgePastGlobalReach);
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        let edges: Option<Vec<Router>> = edges.into_iter().collect();
        Ingress { edges: edges.unwrap_or_default(), prefix: decision.prefix, is_reach: true }
    }

    /// Returns the sites at whose edges packets arrive that a gateway sends over a connection. That is the edge
    /// of the connection, if the prefix is advertised on the circuit itself. Otherwise it is those of the
    /// connections that advertise it, on circuits that Global Reach joins with this one.
    fn sites_past(
        &self,
        (circuit, connection): (CircuitId, Connection),
        prefix: Option<IpPrefix>,
    ) -> Vec<Option<SiteId>> {
        let Inputs { network, links, .. } = self.inputs;
        let own = vec![network.edge_of(circuit, connection)];
        let partners = network.global_reach(circuit);
        let advertises = |id: CircuitId, connection: Connection| {
            let mut all = advertised_over(network, links, id, connection);
            all.any(|advertised| Some(advertised.value) == prefix)
        };
        if partners.is_empty() || Connection::ALL.into_iter().any(|one| advertises(circuit, one)) {
            return own;
        }
        let connections =
            partners.iter().flat_map(|partner| Connection::ALL.map(|connection| (partner.value, connection)));
        let reached = connections.filter(|(id, connection)| advertises(*id, *connection));
        let reached: Vec<Option<SiteId>> =
            reached.map(|(id, connection)| network.edge_of(id, connection)).collect();
        if reached.is_empty() { own } else { reached }
    }
}
