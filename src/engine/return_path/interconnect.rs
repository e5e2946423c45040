//! Between a site and a virtual network: circuits and tunnels, and whether both ways take the same.

use crate::engine::decision::{Carrier, Decision, Tunnel};
use crate::engine::session::{Session, SessionKind};
use crate::network::CircuitId;

/// A circuit, over either of its connections, or a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Road {
    Circuit(CircuitId),
    Tunnel(Tunnel),
}

/// The roads that carry a decision, whose carriers are among `sessions`; ascending.
pub(super) fn roads(sessions: &[Session], decision: &Decision) -> Vec<Road> {
    let road = |carrier: &Carrier| {
        if let Some((circuit, _)) = carrier.circuit {
            return Some(Road::Circuit(circuit));
        }
        let session = sessions.iter().find(|session| session.id == carrier.session)?;
        match session.kind {
            SessionKind::Vpn(site, vpn) => Some(Road::Tunnel(Tunnel { site, vpn })),
            _ => None,
        }
    };
    let mut all: Vec<Road> = decision.carriers().iter().filter_map(road).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The circuits of some roads.
pub(in crate::engine) fn circuits(roads: &[Road]) -> Vec<CircuitId> {
    let circuit = |road: &Road| match road {
        Road::Circuit(circuit) => Some(*circuit),
        Road::Tunnel(_) => None,
    };
    roads.iter().filter_map(circuit).collect()
}

/// The tunnels of some roads.
pub(in crate::engine) fn tunnels(roads: &[Road]) -> Vec<Tunnel> {
    let tunnel = |road: &Road| match road {
        Road::Circuit(_) => None,
        Road::Tunnel(tunnel) => Some(*tunnel),
    };
    roads.iter().filter_map(tunnel).collect()
}

/// What the roads of a packet and of its answer have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// There is one alone, and both take it.
    Same,
    /// Some; where there are several each end chooses by a hash of its own, even if both have the same ones.
    Some,
    None,
}

/// How the roads of a packet and of its answer meet.
pub(super) fn meeting(out: &[Road], back: &[Road]) -> Meeting {
    match (out, back) {
        ([out], [back]) if out == back => Meeting::Same,
        _ if back.iter().any(|road| out.contains(road)) => Meeting::Some,
        _ => Meeting::None,
    }
}
