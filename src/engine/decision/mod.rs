//! What is decided about an address: a path, and the reason in types.

mod continuity_reason;
mod disposition;
mod hop;
mod inbound_reason;
mod reason;
mod return_reason;
mod return_remedy;
mod return_sentence;
mod step;

pub use continuity_reason::{Continuity, ContinuityReason};
pub use disposition::Disposition;
pub use hop::{Device, Hop, Router};
pub use inbound_reason::InboundReason;
pub use reason::{Doubt, Reason, Reserved, TableFault, Tie};
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
    /// The routers that the packet passes behind the first one, in their order, of which the last decides where it ends:
    /// gateways with a route table of the user's own, and appliances.
    pub hops: Vec<Hop>,
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
        let why = Arc::new(Why { reason, carriers: Vec::new(), step: None, hops: Vec::new() });
        Self { disposition, prefix, why }
    }

    /// Why the first router decides as it does.
    pub fn reason(&self) -> &Reason {
        &self.why.reason
    }

    /// Why the last router decides as it does: what settles where the packet ends.
    pub fn last_reason(&self) -> &Reason {
        self.hops().last().map_or(self.reason(), |hop| hop.decision.reason())
    }

    /// Whether the packet is dropped, or no route leads to its destination.
    fn is_lost(&self) -> bool {
        matches!(self.disposition, Disposition::Discarded | Disposition::Unreachable)
    }

    /// The routers behind the first one; see [`Why::hops`].
    pub fn hops(&self) -> &[Hop] {
        &self.why.hops
    }

    /// The appliances that the packet passes, in their order.
    pub fn devices(&self) -> impl Iterator<Item = Device> {
        self.hops().iter().filter_map(Hop::device)
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
        let crossing = match self.reason() {
            // What is dropped past a crossing was carried by nothing to its end.
            _ if !self.hops().is_empty() && self.is_lost() => return &[],
            Reason::Appliance { .. } => self.last_reason(),
            first => first,
        };
        match crossing {
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
