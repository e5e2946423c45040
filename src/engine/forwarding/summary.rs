//! Combines a first decision and the routers that follow into one decision.

use std::sync::Arc;

use crate::engine::decision::{At, Decision, Disposition, Hop, NextHop, Reason, Router, Tie, Why};
use crate::engine::peering_crossing::past_gateway;
use crate::engine::session::Session;
use crate::network::{Exchange, VirtualNetworkId};

use super::{Forwarding, crosses, is_delivered, is_internal, known_or_added};

/// Where packets start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Start {
    /// At a site's edge. Packets cross to Azure at the last edge that they pass.
    Site,
    /// In a subnet of a virtual network. If packets cross to a site, they do so at the last router, or at the router
    /// before Microsoft's edge.
    Subnet(VirtualNetworkId),
}

impl Start {
    /// Returns the virtual network in which packets start.
    pub(in crate::engine) const fn origin(self) -> Option<VirtualNetworkId> {
        match self {
            Self::Site => None,
            Self::Subnet(network) => Some(network),
        }
    }
}

impl Forwarding<'_> {
    /// Combines a first decision and the routers that follow: the prefix and reason of the first decision, and the
    /// disposition and carriers of the router at which packets cross between the company and Azure. `sessions` are the
    /// sessions of the start. Sessions of other routers' carriers are added to them.
    pub(in crate::engine) fn summary(
        &self,
        start: Start,
        first: &Decision,
        mut traces: Vec<Vec<Hop>>,
        sessions: &mut Vec<Session>,
    ) -> Decision {
        if traces.iter().all(Vec::is_empty) {
            return first.clone();
        }
        if start == Start::Site {
            traces = traces.into_iter().map(|trace| self.past_gateway(first, trace)).collect();
        }
        let ends: Vec<(Disposition, Vec<NextHop>)> =
            traces.iter().map(|trace| self.end(start, first, trace, sessions)).collect();
        let ways: Vec<Disposition> = ends.iter().map(|(disposition, _)| *disposition).collect();
        let (mut disposition, mut reason) = (first.disposition, first.reason().clone());
        let mut next_hops: Vec<NextHop> = Vec::new();
        match (ways.first(), ways.iter().find(|way| ways.first() != Some(way))) {
            (Some(one), Some(other)) => {
                let span = first.reason().span().unwrap_or_default();
                disposition = Disposition::Unknown;
                reason = Reason::UnknownTie { ways: [*one, *other], tie: Tie::Edge, span };
            }
            (Some(all), None) => {
                disposition = *all;
                for next_hop in ends.into_iter().flat_map(|(_, next_hops)| next_hops) {
                    if !next_hops.contains(&next_hop) {
                        next_hops.push(next_hop);
                    }
                }
            }
            (None, _) => {}
        }
        let hops = match traces.as_slice() {
            [_] => traces.pop().unwrap_or_default(),
            [first, others @ ..] => {
                let in_all = |hop: &&Hop| others.iter().all(|trace| trace.contains(hop));
                first.iter().filter(in_all).cloned().collect()
            }
            [] => Vec::new(),
        };
        let from_azure = start != Start::Site;
        let why = Why { reason, next_hops, step: first.step(), hops, traces, from_azure };
        let decision = Decision { disposition, prefix: first.prefix, why: Arc::new(why) };
        // Packets that pass a proxy are routed by the edge there.
        let prefix = decision.proxy_hop().map_or(first.prefix, |hop| hop.decision.prefix);
        Decision { prefix, ..decision }
    }

    /// Returns a trace from a site, up to the point where it may bypass a gateway.
    fn past_gateway(&self, first: &Decision, mut trace: Vec<Hop>) -> Vec<Hop> {
        let behind = trace.iter().rposition(|hop| hop.edge().is_some()).map_or(0, |exit| exit + 1);
        let inside = trace.split_off(behind);
        let crossing = trace.last().map_or(first, |hop| &hop.decision);
        let inside = past_gateway(self.network(), crossing.next_hops(), inside);
        trace.extend(inside);
        trace
    }

    /// Returns where a trace ends, and the carriers over which it leaves the company's network.
    fn end(
        &self,
        start: Start,
        first: &Decision,
        trace: &[Hop],
        sessions: &mut Vec<Session>,
    ) -> (Disposition, Vec<NextHop>) {
        let adopted = |router: Router, decision: &Decision, sessions: &mut Vec<Session>| {
            self.with_sessions_of(router, |theirs| {
                // Flows that another edge forwards onwards have traces of their own.
                let next_hops = decision.next_hops().iter().filter(|one| !is_internal(theirs, **one));
                next_hops.filter_map(|next_hop| adopt(sessions, theirs, *next_hop)).collect::<Vec<_>>()
            })
        };
        // The carriers of the site's own sessions, without other edges with equal cost.
        let own = |sessions: &[Session]| -> Vec<NextHop> {
            first.next_hops().iter().filter(|next_hop| !is_internal(sessions, **next_hop)).copied().collect()
        };
        let Some(last) = trace.last() else { return (first.disposition, own(sessions)) };
        let far = trace.iter().position(|hop| hop.router.site().is_some());
        let turn = trace.iter().rposition(|hop| matches!(hop.router, Router::MicrosoftEdge(_)));
        let exit = match (start, turn) {
            (Start::Subnet(_), None) if let Some(far) = far => far.checked_sub(1),
            (Start::Site, _) => trace.iter().rposition(|hop| hop.edge().is_some()),
            // A packet that turns back crossed over the carrier to which the router before Microsoft's edge sent it.
            (Start::Subnet(_), Some(turn)) => turn.checked_sub(1),
            (Start::Subnet(_), None) => {
                return (last.decision.disposition, adopted(last.router, &last.decision, sessions));
            }
        };
        let (crossing, next_hops) = match exit.and_then(|index| trace.get(index)) {
            Some(hop) => (&hop.decision, adopted(hop.router, &hop.decision, sessions)),
            None => (first, own(sessions)),
        };
        let end = last.decision.disposition;
        if start != Start::Site && last.edge().is_some()
            || matches!(last.router, Router::EdgePastGlobalReach(_))
        {
            return past_crossing(end, crossing.disposition, next_hops);
        }
        let leaves_by_tunnel = matches!(last.decision.reason(), Reason::OwnTunnel { to: None, .. });
        if last.edge().is_some() || is_delivered(&last.decision) || leaves_by_tunnel {
            return (crossing.disposition, next_hops);
        }
        match end {
            // A hub forwards packets from one site to another.
            _ if crosses(&last.decision) && matches!(last.router.at(), Some(At::Hub(_))) => {
                (crossing.disposition, next_hops)
            }
            _ if crosses(&last.decision) && self.passes_on(last.router, crossing, &last.decision) => {
                (crossing.disposition, next_hops)
            }
            // The packet arrived over a circuit or tunnel and leaves over one again. No document states the outcome.
            _ if crosses(&last.decision) => (Disposition::Unknown, next_hops),
            Disposition::Discarded | Disposition::Unreachable => (end, Vec::new()),
            _ => (end, next_hops),
        }
    }
}

impl Forwarding<'_> {
    /// Returns whether a gateway forwards packets between tunnels and circuits. A Route Server must exchange the routes
    /// of both (Microsoft, *Azure Route Server FAQ*).
    fn passes_on(&self, router: Router, crossing: &Decision, onward: &Decision) -> bool {
        let Router::Gateway(id) = router else { return false };
        let over_circuits =
            |decision: &Decision| decision.next_hops().iter().any(|one| one.circuit.is_some());
        self.network().exchange_with_vpn(id) == Exchange::Yes
            && over_circuits(crossing) != over_circuits(onward)
    }
}

/// Returns where a packet from Azure ends after it arrives at the edge of a site. `end` is the decision of that edge.
/// The packet crossed over `next_hops`, unless the edge drops it or its path after the edge is unknown.
fn past_crossing(
    end: Disposition,
    crossing: Disposition,
    next_hops: Vec<NextHop>,
) -> (Disposition, Vec<NextHop>) {
    match end {
        Disposition::Discarded | Disposition::Unreachable => (end, Vec::new()),
        Disposition::Unknown | Disposition::Ambiguous => (end, next_hops),
        _ => (crossing, next_hops),
    }
}

/// Returns a carrier of another router. Adds the carrier's session to the sessions of the start.
fn adopt(sessions: &mut Vec<Session>, theirs: &[Session], next_hop: NextHop) -> Option<NextHop> {
    let session = theirs.iter().find(|session| session.id == next_hop.session)?;
    Some(NextHop { session: known_or_added(sessions, session), ..next_hop })
}
