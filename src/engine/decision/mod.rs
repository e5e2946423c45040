//! Decisions about an address: a path, and the reason as typed data.

mod comparison;
mod comparison_words;
mod continuity_reason;
mod device;
mod disposition;
mod doubt;
mod hop;
mod hub_doubt;
mod reason;
mod reason_span;
mod reply_trace;
mod server_reason;
mod step;
mod subject;
mod trace_end;

pub use comparison::{
    Chooser, Comparison, Crossing, LostAt, NoRoute, ReplyArrival, ReplyOutcome, ReturnVerdict, Tunnel,
    UnknownInput,
};
pub use continuity_reason::{Continuity, ContinuityReason};
pub use device::Device;
pub use disposition::Disposition;
pub use doubt::{Doubt, RouteServerDoubt, TurnDoubt};
pub use hop::{At, Hop, MicrosoftEdge, Router};
pub use hub_doubt::HubDoubt;
pub use reason::Reason;
pub use reply_trace::{Attracting, ReplyStart, ReplyTrace};
pub use server_reason::ServerReason;
pub use step::{AzureStep, SelectionStep};
pub use subject::{SystemPrefix, TableFault, Tie};
pub use trace_end::TraceEnd;

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::addr::{FlowKey, IpPrefix};
use crate::network::{CircuitId, Connection, Network, SiteId};
use crate::rib::{SessionId, flow_path};

/// Index of a [`Decision`] in its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub u32);

/// A decision about an address, and its reason. It is small and cheap to copy, because the part that many decisions
/// share is stored only once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// The path of the packet.
    pub disposition: Disposition,
    /// The prefix of the deciding route or list entry; `None` if no route or entry matched.
    pub prefix: Option<IpPrefix>,
    /// The reason, and the sessions and hops.
    pub why: Arc<Why>,
}

/// The part of a decision that many prefixes have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// The sessions that carry the packet, best first. If there are several, a hash of the five-tuple
    /// distributes flows among them. Empty without a network file, and if no session carries the packet.
    pub next_hops: Vec<NextHop>,
    /// The rule that decided among the routes to the prefix; `None` if no route decided.
    pub step: Option<SelectionStep>,
    /// The routers that the packet passes after the first one, in order: edges of other sites, gateways with a
    /// user-defined route table, and appliances. The last router determines the path. If flows are shared among other
    /// edges, this list contains only the routers that all flows pass.
    pub hops: Vec<Hop>,
    /// The hops of each trace if flows are shared among other edges; otherwise empty.
    pub traces: Vec<Vec<Hop>>,
    /// Whether the packet starts in Azure. In that case, edges of sites follow the circuit or tunnel.
    pub(in crate::engine) from_azure: bool,
}

impl Why {
    /// Creates the reason of a single router, with no hops after it.
    pub(super) fn new(reason: Reason, next_hops: Vec<NextHop>, step: Option<SelectionStep>) -> Self {
        Self { reason, next_hops, step, hops: Vec::new(), traces: Vec::new(), from_azure: false }
    }
}

/// A session that carries a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextHop {
    /// The session, as an index into the engine's sessions.
    pub session: SessionId,
    /// The circuit and its connection; `None` if the session does not belong to a circuit.
    pub circuit: Option<(CircuitId, Connection)>,
}

impl Decision {
    /// Creates a decision that no session carries.
    pub(super) fn plain(disposition: Disposition, prefix: Option<IpPrefix>, reason: Reason) -> Self {
        Self { disposition, prefix, why: Arc::new(Why::new(reason, Vec::new(), None)) }
    }

    /// Returns the reason for the first router's decision.
    pub fn reason(&self) -> &Reason {
        &self.why.reason
    }

    /// Returns the reason for the last router's decision. This decision determines where the packet ends.
    pub fn last_reason(&self) -> &Reason {
        self.hops().last().map_or(self.reason(), |hop| hop.decision.reason())
    }

    /// Returns the reason of the last router after the first one that sends the packet over a circuit or a tunnel. If
    /// there is no such router, returns the reason of the last router in Azure.
    fn crossing_reason(&self) -> &Reason {
        let reasons = self.hops().iter().rev().map(|hop| hop.decision.reason());
        let mut crossing =
            reasons.filter(|reason| matches!(reason, Reason::Gateway { .. } | Reason::HubLearned { .. }));
        let inside = self.hops().iter().rev().find(|hop| !hop.router.is_edge());
        crossing.next().unwrap_or_else(|| inside.map_or(self.reason(), |hop| hop.decision.reason()))
    }

    /// Returns whether the packet turns at Microsoft's edge, between virtual networks.
    pub fn turns(&self) -> bool {
        self.hops().iter().any(|hop| matches!(hop.router, Router::MicrosoftEdge(_)))
    }

    /// Returns whether the packet is dropped, or no route leads to its destination.
    fn is_lost(&self) -> bool {
        matches!(self.disposition, Disposition::Discarded | Disposition::Unreachable)
    }

    /// Returns the routers after the first one; see [`Why::hops`].
    pub fn hops(&self) -> &[Hop] {
        &self.why.hops
    }

    /// Returns the hops of each flow after the first router: the only trace, or all traces if flows are shared among
    /// other edges.
    pub fn traces(&self) -> impl Iterator<Item = &[Hop]> {
        let only = self.why.traces.is_empty().then_some(self.why.hops.as_slice());
        only.into_iter().chain(self.why.traces.iter().map(Vec::as_slice))
    }

    /// Returns the names of the routers after the first one, each once. If flows are shared, the routers of all traces
    /// are included.
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

    /// Returns the sites, other than the first router's site, at whose edges packets leave the company's network or end
    /// in it. If there are several, flows are shared among them. The sites are in the order of the traces.
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

    /// Returns the edges of sites at which packets that start in Azure leave the company's network, each with its
    /// decision. If there are several, flows are shared among them. Empty for all other packets.
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

    /// Returns the site of the last proxy that the packet passes, with the decision that continues from there, as if the
    /// packet started at that site's edge. `None` if it passes no proxy.
    pub fn past_proxy(&self) -> Option<(SiteId, Self)> {
        let is_proxy = |hop: &Hop| matches!(hop.router, Router::Proxy(_));
        let after = |trace: &[Hop]| {
            let last = trace.iter().rposition(is_proxy);
            trace.iter().skip(last.map_or(0, |last| last + 1)).cloned().collect()
        };
        let own = &self.proxy_hop()?.decision;
        let why = Why {
            reason: own.reason().clone(),
            next_hops: self.why.next_hops.clone(),
            step: own.step(),
            hops: after(self.hops()),
            traces: self.why.traces.iter().map(|trace| after(trace)).collect(),
            from_azure: false,
        };
        let decision = Self { disposition: self.disposition, prefix: own.prefix, why: Arc::new(why) };
        Some((self.proxy()?, decision))
    }

    /// Returns the site of the last proxy that the packet passes.
    pub fn proxy(&self) -> Option<SiteId> {
        self.proxy_hop()?.router.site()
    }

    /// Returns the last proxy that the packet passes, with the decision of the edge there. All flows pass it.
    pub(in crate::engine) fn proxy_hop(&self) -> Option<&Hop> {
        if !matches!(self.reason(), Reason::Proxied { .. }) && self.why.traces.is_empty() {
            return None;
        }
        self.traces().next()?.iter().rev().find(|hop| matches!(hop.router, Router::Proxy(_)))
    }

    /// Returns the reason for the decision of the edge at which packets leave the company's network: the first router,
    /// or the edge to which it forwards packets. If flows are shared among several edges, returns the reason of the
    /// first edge.
    pub fn exit_reason(&self) -> &Reason {
        let edge = self.traces().next().and_then(|trace| trace.iter().rev().find(|hop| hop.edge().is_some()));
        let edge = edge.filter(|_| !self.why.from_azure);
        edge.map_or(self.reason(), |hop| hop.decision.reason())
    }

    /// Returns the appliances that the packet passes, in order.
    pub fn devices(&self) -> impl Iterator<Item = Device> {
        self.hops().iter().filter_map(Hop::device)
    }

    /// Returns the last appliance that translates the source to one of its own addresses. Replies reach this appliance
    /// first.
    pub fn translator(&self) -> Option<Device> {
        self.hops().iter().rev().find(|hop| hop.translates).and_then(Hop::device)
    }

    /// Returns the sessions that carry the packet, best first.
    pub fn next_hops(&self) -> &[NextHop] {
        &self.why.next_hops
    }

    /// Returns the rule that decided among the routes to the prefix.
    pub fn step(&self) -> Option<SelectionStep> {
        self.why.step
    }

    /// Returns the session that carries a flow. If there are several sessions, a hash of the flow's five-tuple selects
    /// one.
    pub fn carrier_of(&self, flow: &FlowKey) -> Option<NextHop> {
        let next_hops = self.next_hops();
        let paths = NonZeroUsize::new(next_hops.len())?;
        next_hops.get(flow_path(flow, paths)).copied()
    }

    /// Returns the circuits that carry the packet. There are several if they tie.
    pub fn circuits(&self) -> &[CircuitId] {
        let crossing = match self.exit_reason() {
            // If a packet is dropped beyond the circuit, no circuit carries it to its destination.
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
            | Reason::PossiblyAdvertised { circuits, .. } => circuits,
            _ => &[],
        }
    }
}
