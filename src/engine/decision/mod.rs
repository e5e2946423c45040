//! What is decided about an address: a path, and the reason in types.

mod answer_trace;
mod comparison;
mod comparison_words;
mod continuity_reason;
mod disposition;
mod doubt;
mod hop;
mod hub_doubt;
mod reason;
mod server_reason;
mod step;
mod subject;
mod trace_end;

pub use answer_trace::{AnswerStart, AnswerTrace, Attracting};
pub use comparison::{Chooser, Comparison, Crossing, LostAt, NoRoute, ReturnVerdict, Tunnel, Unsaid};
pub use continuity_reason::{Continuity, ContinuityReason};
pub use disposition::Disposition;
pub use doubt::{Doubt, RouteServerDoubt, TurnDoubt};
pub use hop::{At, Device, Hop, MicrosoftEdge, Router};
pub use hub_doubt::HubDoubt;
pub use reason::Reason;
pub use server_reason::ServerReason;
pub use step::{AzureRule, Deciding};
pub use subject::{Reserved, TableFault, Tie};
pub use trace_end::TraceEnd;

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::addr::{FlowKey, IpPrefix};
use crate::network::{CircuitId, Connection, Network, SiteId};
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
    /// edges of other sites, gateways with a route table of the user's own, and appliances. Where flows are shared among
    /// other edges, those that all flows pass.
    pub hops: Vec<Hop>,
    /// Where flows are shared among other edges, all of each; else empty.
    pub traces: Vec<Vec<Hop>>,
    /// Whether the packet begins in Azure, so that edges of sites are behind the crossing.
    pub(in crate::engine) from_azure: bool,
}

impl Why {
    /// Of one router, with nothing behind it.
    pub(super) fn new(reason: Reason, carriers: Vec<Carrier>, step: Option<Deciding>) -> Self {
        Self { reason, carriers, step, hops: Vec::new(), traces: Vec::new(), from_azure: false }
    }
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
        Self { disposition, prefix, why: Arc::new(Why::new(reason, Vec::new(), None)) }
    }

    /// Why the first router decides as it does.
    pub fn reason(&self) -> &Reason {
        &self.why.reason
    }

    /// Why the last router decides as it does: what settles where the packet ends.
    pub fn last_reason(&self) -> &Reason {
        self.hops().last().map_or(self.reason(), |hop| hop.decision.reason())
    }

    /// The reason of the router past the first one that sends the packet over a circuit or a tunnel, else of the last one in Azure.
    fn crossing_reason(&self) -> &Reason {
        let reasons = self.hops().iter().rev().map(|hop| hop.decision.reason());
        let mut crossing =
            reasons.filter(|reason| matches!(reason, Reason::Gateway { .. } | Reason::HubLearned { .. }));
        let inside = self.hops().iter().rev().find(|hop| !hop.router.is_edge());
        crossing.next().unwrap_or_else(|| inside.map_or(self.reason(), |hop| hop.decision.reason()))
    }

    /// Whether it turns at Microsoft's edge, between virtual networks.
    pub fn turns(&self) -> bool {
        self.hops().iter().any(|hop| matches!(hop.router, Router::MicrosoftEdge(_)))
    }

    /// Whether the packet is dropped, or no route leads to its destination.
    fn is_lost(&self) -> bool {
        matches!(self.disposition, Disposition::Discarded | Disposition::Unreachable)
    }

    /// The routers behind the first one; see [`Why::hops`].
    pub fn hops(&self) -> &[Hop] {
        &self.why.hops
    }

    /// What each flow passes behind the first router: the only trace, or all where flows are shared among other edges.
    pub fn traces(&self) -> impl Iterator<Item = &[Hop]> {
        let only = self.why.traces.is_empty().then_some(self.why.hops.as_slice());
        only.into_iter().chain(self.why.traces.iter().map(Vec::as_slice))
    }

    /// The names of the routers behind the first one, each once; where flows are shared, those of all.
    pub fn hop_names(&self, network: &Network) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for hop in self.traces().flatten() {
            let name = hop.router.name(network);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The sites at whose edges packets leave the company's network, or end in it, where these are not the first
    /// router's: one, or several that share the flows, in their order.
    pub fn exits(&self) -> Vec<SiteId> {
        let mut exits: Vec<SiteId> = Vec::new();
        if self.why.from_azure {
            return exits;
        }
        for trace in self.traces() {
            if let Some(site) = trace.iter().rev().find_map(Hop::edge).filter(|site| !exits.contains(site)) {
                exits.push(site);
            }
        }
        exits
    }

    /// The edges of sites at which packets that come from Azure leave the company's network, each with its choice; several share
    /// the flows. Empty for all other packets.
    pub(in crate::engine) fn exits_past_azure(&self) -> Vec<(SiteId, &Self)> {
        let mut exits: Vec<(SiteId, &Self)> = Vec::new();
        for last in self.traces().filter_map(<[Hop]>::last).filter(|_| self.why.from_azure) {
            let leaves =
                matches!(last.decision.disposition, Disposition::Internet | Disposition::MicrosoftPeering);
            if let Some(site) = last.edge().filter(|site| leaves && !exits.iter().any(|(own, _)| own == site))
            {
                exits.push((site, &last.decision));
            }
        }
        exits
    }

    /// Why the edge at which packets leave the company's network decides as it does: the first router's reason, but where
    /// that hands them to another edge. Of edges that share flows the first counts.
    pub fn exit_reason(&self) -> &Reason {
        let edge = self.traces().next().and_then(|trace| trace.iter().rev().find(|hop| hop.edge().is_some()));
        let edge = edge.filter(|_| !self.why.from_azure);
        edge.map_or(self.reason(), |hop| hop.decision.reason())
    }

    /// The appliances that the packet passes, in their order.
    pub fn devices(&self) -> impl Iterator<Item = Device> {
        self.hops().iter().filter_map(Hop::device)
    }

    /// The last appliance that puts an address of its own into the packet: answers come there first.
    pub fn translator(&self) -> Option<Device> {
        self.hops().iter().rev().find(|hop| hop.translates).and_then(Hop::device)
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
        let crossing = match self.exit_reason() {
            // What is dropped past a crossing was carried by nothing to its end.
            _ if !self.hops().is_empty() && self.is_lost() => return &[],
            Reason::Appliance { .. } | Reason::HubFirewall { .. } | Reason::Injected { .. } => {
                self.crossing_reason()
            }
            Reason::VirtualHub { circuits, .. }
                if circuits.is_empty() && self.disposition == Disposition::PrivatePeering =>
            {
                self.crossing_reason()
            }
            exit => exit,
        };
        match crossing {
            Reason::VirtualNetwork { circuits, .. }
            | Reason::Advertised { circuits, .. }
            | Reason::Learned { circuits, .. }
            | Reason::GlobalReach { circuits, .. }
            | Reason::Static { circuits, .. }
            | Reason::BeyondLists { circuits, .. }
            | Reason::Gateway { circuits, .. }
            | Reason::VirtualHub { circuits, .. }
            | Reason::HubLearned { circuits, .. }
            | Reason::RouteServer { circuits, .. }
            | Reason::PerhapsAdvertised { circuits, .. } => circuits,
            _ => &[],
        }
    }
}
