//! The circuits and tunnels of a decision.

use crate::engine::decision::{Crossing, Decision, NextHop, Tunnel};
use crate::engine::inputs::Inputs;
use crate::engine::session::{Session, SessionKind, leads_to};
use crate::network::{CircuitId, Connection, SiteId};

/// Returns the links that carry the packets of a decision between sites and Azure, ascending. The carriers of the
/// decision are among `sessions`.
pub(super) fn crossings(sessions: &[Session], decision: &Decision) -> Vec<Crossing> {
    let crossing = |next_hop: &NextHop| {
        if let Some((circuit, _)) = next_hop.circuit {
            return Some(Crossing::Circuit(circuit));
        }
        let session = sessions.iter().find(|session| session.id == next_hop.session)?;
        match session.kind {
            SessionKind::Vpn(site, vpn) => Some(Crossing::Tunnel(Tunnel { site, vpn })),
            _ => None,
        }
    };
    let mut all: Vec<Crossing> = decision.next_hops().iter().filter_map(crossing).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns the connections of circuits among the carriers of a decision.
pub(super) fn connections(decision: &Decision) -> Vec<(CircuitId, Connection)> {
    decision.next_hops().iter().filter_map(|next_hop| next_hop.circuit).collect()
}

/// Returns whether the company's network has a path back to a site from the edges of some connections. All connections
/// of at least one circuit must have such a path, because flows are shared among them (Microsoft, *Designing for high
/// availability with ExpressRoute*).
pub(super) fn lead_back(inputs: Inputs<'_>, site: SiteId, all: &[(CircuitId, Connection)]) -> bool {
    let Inputs { network, links, .. } = inputs;
    let leads = |(circuit, connection): &(CircuitId, Connection)| {
        let edge = network.edge_of(*circuit, *connection);
        edge.is_none_or(|edge| leads_to(network, links, edge, site))
    };
    all.iter().any(|(circuit, _)| all.iter().filter(|(own, _)| own == circuit).all(leads))
}

/// Returns whether all links are circuits.
pub(super) fn is_by_circuits(crossings: &[Crossing]) -> bool {
    !crossings.is_empty() && crossings.iter().all(|crossing| matches!(crossing, Crossing::Circuit(_)))
}
