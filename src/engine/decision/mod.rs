//! What is decided about an address: a path, and the reason in types.

mod continuity_reason;
mod disposition;
mod inbound_reason;
mod reason;
mod return_reason;
mod return_remedy;
mod step;

pub use continuity_reason::{Continuity, ContinuityReason};
pub use disposition::Disposition;
pub use inbound_reason::InboundReason;
pub use reason::{Doubt, Reason, Reserved, Tie};
pub use return_reason::{ReturnReason, ReturnVerdict, Tunnel};
pub use step::{AzureRule, Deciding};

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::addr::{FlowKey, IpPrefix};
use crate::network::{CircuitId, Connection};
use crate::rib::{SessionId, flow_path};

/// Index of a [`Decision`] in its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub u32);

/// What is decided about an address, and why. Small and cheap to copy: what many decisions have in
/// common is shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Where the packet goes.
    pub disposition: Disposition,
    /// The prefix of the route, or of the list entry, that decided; `None` where none matched.
    pub prefix: Option<IpPrefix>,
    /// Why, and over what.
    pub why: Arc<Why>,
}

/// The part of a decision that many prefixes have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// The sessions that carry it, the best first; several share the flows by a hash of the five-tuple.
    /// Empty without a network file, and where no session carries it.
    pub carriers: Vec<Carrier>,
    /// What decided among the routes to the prefix; `None` where no route decided.
    pub step: Option<Deciding>,
}

/// A session that carries a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Carrier {
    /// The session, of the engine's.
    pub session: SessionId,
    /// The circuit and its connection, where it is a circuit's.
    pub circuit: Option<(CircuitId, Connection)>,
}

impl Decision {
    /// A decision that no session carries.
    pub(super) fn plain(disposition: Disposition, prefix: Option<IpPrefix>, reason: Reason) -> Self {
        let why = Arc::new(Why { reason, carriers: Vec::new(), step: None });
        Self { disposition, prefix, why }
    }

    /// Why it is what it is.
    pub fn reason(&self) -> &Reason {
        &self.why.reason
    }

    /// The sessions that carry it, the best first.
    pub fn carriers(&self) -> &[Carrier] {
        &self.why.carriers
    }

    /// What decided among the routes to the prefix.
    pub fn step(&self) -> Option<Deciding> {
        self.why.step
    }

    /// The session that carries a flow: where several do, by a hash of its five-tuple.
    pub fn carrier_of(&self, flow: &FlowKey) -> Option<Carrier> {
        let carriers = self.carriers();
        let paths = NonZeroUsize::new(carriers.len())?;
        carriers.get(flow_path(flow, paths)).copied()
    }

    /// The circuits that carry it; several where they tie.
    pub fn circuits(&self) -> &[CircuitId] {
        match self.reason() {
            Reason::VirtualNetwork { circuits, .. }
            | Reason::Advertised { circuits, .. }
            | Reason::Learned { circuits, .. }
            | Reason::Static { circuits, .. }
            | Reason::BeyondLists { circuits, .. }
            | Reason::Gateway { circuits, .. }
            | Reason::PerhapsAdvertised { circuits, .. } => circuits,
            _ => &[],
        }
    }
}
