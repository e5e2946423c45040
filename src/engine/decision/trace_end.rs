//! How the trace of a packet ends.

use std::fmt;

use super::disposition::Disposition;
use super::{Decision, Hop, Reason};

/// How a trace ends. The list is closed (Batfish calls these ends dispositions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TraceEnd {
    /// The packet arrives at a site, a virtual machine or a private endpoint.
    Delivered,
    /// The packet leaves for the internet or a Microsoft service.
    ExitsNetwork,
    /// The packet reaches a router without a matching route.
    NoRoute,
    /// A route, Azure or the internet drops the packet.
    Discarded,
    /// The packet returns to a router that it already passed.
    Loop,
    /// The end is unknown, or flows of the packet end differently.
    Unknown,
}

impl TraceEnd {
    /// Every end, best first.
    pub const ALL: [Self; 6] =
        [Self::Delivered, Self::ExitsNetwork, Self::NoRoute, Self::Discarded, Self::Loop, Self::Unknown];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::ExitsNetwork => "exits-network",
            Self::NoRoute => "no-route",
            Self::Discarded => "discarded",
            Self::Loop => "loop",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for TraceEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Decision {
    /// Returns how the trace of the packet ends. If flows are shared and their traces end differently, the end is
    /// unknown. If some traces end discarded and all others in a loop, the end is discarded.
    pub fn end(&self) -> TraceEnd {
        let mut ends: Vec<TraceEnd> = self.traces().map(|trace| self.end_of(trace)).collect();
        ends.sort_unstable();
        ends.dedup();
        match ends.as_slice() {
            [only] => *only,
            [TraceEnd::Discarded, TraceEnd::Loop] => TraceEnd::Discarded,
            _ => TraceEnd::Unknown,
        }
    }

    /// Returns how one trace of the packet ends.
    fn end_of(&self, trace: &[Hop]) -> TraceEnd {
        let last = trace.last().map(|hop| &hop.decision);
        match self.disposition {
            Disposition::Internet | Disposition::MicrosoftPeering => TraceEnd::ExitsNetwork,
            Disposition::OnPremises => TraceEnd::Delivered,
            // A packet from Azure may leave the company at the edge of a site, and a packet to Azure may leave Azure
            // after a firewall there.
            Disposition::PrivatePeering | Disposition::Vpn => match last {
                Some(last) if last.leaves() => last.end_of(&[]),
                _ => TraceEnd::Delivered,
            },
            Disposition::AzureBackbone => match last.unwrap_or(self).reason() {
                Reason::SystemDefault
                | Reason::ServiceEndpoint { .. }
                | Reason::HubStorage { .. }
                | Reason::UserRoute { outside: true, .. } => TraceEnd::ExitsNetwork,
                _ => TraceEnd::Delivered,
            },
            Disposition::Unreachable => TraceEnd::NoRoute,
            Disposition::Discarded => match last.unwrap_or(self).reason() {
                Reason::Loop { .. } => TraceEnd::Loop,
                _ => TraceEnd::Discarded,
            },
            Disposition::Private | Disposition::Ambiguous | Disposition::Unknown => TraceEnd::Unknown,
        }
    }

    /// Returns whether a router beyond the circuit or tunnel sends the packet out of the company's network, or delivers
    /// it in Azure.
    fn leaves(&self) -> bool {
        matches!(
            self.disposition,
            Disposition::Internet | Disposition::MicrosoftPeering | Disposition::AzureBackbone
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diag::Span;
    use crate::engine::decision::{Router, Why};
    use crate::network::SiteId;

    /// Creates a decision whose flows are shared among edges with these decisions. Without any edges, only the
    /// decision's own path applies.
    fn shared(disposition: Disposition, edges: &[(Disposition, Reason)]) -> Decision {
        let first = Decision::plain(disposition, None, Reason::NoRoute);
        let hop = |(disposition, reason): &(Disposition, Reason)| {
            let decision = Decision::plain(*disposition, None, reason.clone());
            vec![Hop { router: Router::Edge(SiteId(0)), translates: false, decision }]
        };
        let why = Why { traces: edges.iter().map(hop).collect(), ..(*first.why).clone() };
        Decision { why: Arc::new(why), ..first }
    }

    #[test]
    fn flows_that_end_differently_end_nowhere_known() {
        use Disposition::{Discarded, Internet, OnPremises, PrivatePeering};
        let exits = (Internet, Reason::NoRoute);
        let stays = (OnPremises, Reason::NoRoute);
        let drops = (Discarded, Reason::NoRoute);
        let turns = (Discarded, Reason::Loop { span: Span::default() });
        for (disposition, edges, end) in [
            (PrivatePeering, vec![], TraceEnd::Delivered),
            (PrivatePeering, vec![exits.clone(), exits.clone()], TraceEnd::ExitsNetwork),
            (PrivatePeering, vec![stays.clone(), exits.clone()], TraceEnd::Unknown),
            (PrivatePeering, vec![exits, stays], TraceEnd::Unknown),
            (Discarded, vec![turns.clone(), turns.clone()], TraceEnd::Loop),
            (Discarded, vec![turns, drops], TraceEnd::Discarded),
        ] {
            assert_eq!(shared(disposition, &edges).end(), end, "{disposition} by {edges:?}");
        }
    }
}
