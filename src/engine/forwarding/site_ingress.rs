//! Beyond Azure: the edges of sites at which packets that leave Azure arrive.
//!
//! Sources: RFC 4271 section 9.1.3 (a router advertises only routes that it uses itself); Microsoft, *ExpressRoute
//! routing requirements* (forced tunneling), *ExpressRoute Global Reach*.

use crate::addr::IpPrefix;
use crate::engine::decision::{At, Decision, Reason, Router};
use crate::engine::inputs::Inputs;
use crate::engine::session::{SessionKind, advertised_over};
use crate::network::{CircuitId, Connection, PeeringEnd, SiteId};

use crate::engine::forwarding::{Forwarding, crosses};

/// Where packets that leave Azure for the company arrive. Each edge evaluates the packets again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Ingress {
    /// The edges of sites. If there are several, they have equal cost. Empty if packets stay in Azure, or if the file
    /// does not give the edge at the end of every circuit.
    pub(in crate::engine) edges: Vec<Router>,
    /// The prefix that attracts the packets.
    prefix: Option<IpPrefix>,
    /// Whether the packets arrive over Global Reach from the edge of another site.
    pub(in crate::engine) is_reach: bool,
}

impl Ingress {
    /// Returns whether the network file describes how an edge forwards the packets that arrive there. If `owned` is
    /// set, the packets go to a site, and the file describes their path. In all other cases, an edge must have a route
    /// to each prefix that it advertises (RFC 4271 section 9.1.3). If the file contains only a shorter route, it does
    /// not describe the path after the edge. The same applies after Global Reach if the edge's only route to an
    /// advertised prefix is one that other edges learned from the edge's own advertisement.
    pub(in crate::engine) fn is_described(&self, decision: &Decision, owned: bool) -> bool {
        let length = |prefix: Option<IpPrefix>| prefix.map(IpPrefix::length);
        let heard_back = self.is_reach
            && decision.prefix == self.prefix
            && matches!(decision.reason(), Reason::GlobalReach { .. } | Reason::OtherEdge { .. });
        !heard_back && (owned || length(decision.prefix) >= length(self.prefix))
    }
}

impl Forwarding<'_> {
    /// Returns where packets arrive over circuits and tunnels after a decision in Azure. The decision uses routes that
    /// the gateways at `end` of a virtual network learned.
    pub(in crate::engine) fn ingress(&self, at: At, end: PeeringEnd, decision: &Decision) -> Ingress {
        if !crosses(decision) || matches!(decision.reason(), Reason::Turned { .. }) {
            return Ingress::default();
        }
        let mut edges: Vec<Option<Router>> = Vec::new();
        let sessions = match at {
            At::Network(network) => self.gateways(network, end).sessions.clone(),
            At::Hub(hub) => self.hubs().sessions(hub).to_vec(),
        };
        for next_hop in decision.next_hops() {
            let session = sessions.iter().find(|session| session.id == next_hop.session);
            let sites = match (next_hop.circuit, session.map(|session| session.kind)) {
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

    /// Returns the edges at which packets that a site's edge sends to another circuit over Global Reach arrive: the
    /// edges of the connections over which the prefix is advertised on that circuit.
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

    /// Returns the sites at whose edges packets that a gateway sends over a connection arrive. If the prefix is
    /// advertised on the circuit itself, this is the site at the end of the connection. Otherwise, it is every site at
    /// the end of a connection that advertises the prefix on a circuit that Global Reach connects to this circuit.
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
