//! How the trace of a packet ends.

use std::fmt;

use super::disposition::Disposition;
use super::{Decision, Hop, Reason};

/// How a trace ends; the list is closed (Batfish calls them dispositions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TraceEnd {
    /// At a site, a virtual machine or a private endpoint.
    Delivered,
    /// On the internet, or at a service of Microsoft's.
    ExitsNetwork,
    /// Where no route leads on.
    NoRoute,
    /// Where a route, Azure or the internet drops it.
    Discarded,
    /// At a router that it passed before.
    Loop,
    /// Nobody can tell where.
    Unknown,
}

impl TraceEnd {
    /// Every end, the best first.
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
    /// How the trace of the packet ends; where flows are shared, that of all of them.
    pub fn end(&self) -> TraceEnd {
        match self.disposition {
            Disposition::Internet | Disposition::MicrosoftPeering => TraceEnd::ExitsNetwork,
            Disposition::OnPremises => TraceEnd::Delivered,
            // What comes from Azure may leave the company at the edge of a site, what goes there by a firewall Azure.
            Disposition::PrivatePeering | Disposition::Vpn => {
                match self.traces().next().and_then(<[Hop]>::last).map(|last| &last.decision) {
                    Some(last)
                        if matches!(
                            last.disposition,
                            Disposition::Internet
                                | Disposition::MicrosoftPeering
                                | Disposition::AzureBackbone
                        ) =>
                    {
                        last.end()
                    }
                    _ => TraceEnd::Delivered,
                }
            }
            Disposition::AzureBackbone => match self.last_reason() {
                Reason::SystemDefault
                | Reason::ServiceEndpoint { .. }
                | Reason::HubStorage { .. }
                | Reason::UserRoute { outside: true, .. } => TraceEnd::ExitsNetwork,
                _ => TraceEnd::Delivered,
            },
            Disposition::Unreachable => TraceEnd::NoRoute,
            Disposition::Discarded if matches!(self.last_reason(), Reason::Loop { .. }) => TraceEnd::Loop,
            Disposition::Discarded => TraceEnd::Discarded,
            Disposition::Private | Disposition::Ambiguous | Disposition::Unknown => TraceEnd::Unknown,
        }
    }
}
