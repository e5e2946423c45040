//! The circuits and tunnels of a decision.

use crate::engine::decision::{Carrier, Crossing, Decision, Tunnel};
use crate::engine::session::{Session, SessionKind};
use crate::network::CircuitId;

/// What carries a decision between sites and Azure, whose carriers are among `sessions`; ascending.
pub(super) fn crossings(sessions: &[Session], decision: &Decision) -> Vec<Crossing> {
    let crossing = |carrier: &Carrier| {
        if let Some((circuit, _)) = carrier.circuit {
            return Some(Crossing::Circuit(circuit));
        }
        let session = sessions.iter().find(|session| session.id == carrier.session)?;
        match session.kind {
            SessionKind::Vpn(site, vpn) => Some(Crossing::Tunnel(Tunnel { site, vpn })),
            _ => None,
        }
    };
    let mut all: Vec<Crossing> = decision.carriers().iter().filter_map(crossing).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The circuits among some crossings.
pub(super) fn circuits(crossings: &[Crossing]) -> Vec<CircuitId> {
    let circuit = |crossing: &Crossing| match crossing {
        Crossing::Circuit(circuit) => Some(*circuit),
        _ => None,
    };
    crossings.iter().filter_map(circuit).collect()
}
