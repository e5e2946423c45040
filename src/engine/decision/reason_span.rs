//! The line of the network file behind a reason.

use super::reason::Reason;
use crate::diag::Span;

impl Reason {
    /// Returns the position in the network file of the cause; `None` if no line in the file caused the decision.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::Site { span, .. }
            | Self::VirtualNetwork { span, .. }
            | Self::Advertised { span, .. }
            | Self::PossiblyAdvertised { span, .. }
            | Self::Learned { span, .. }
            | Self::GlobalReach { span, .. }
            | Self::OtherEdge { span, .. }
            | Self::Proxied { span, .. }
            | Self::ProxyUnreachable { span, .. }
            | Self::Tunnel { span, .. }
            | Self::Static { span, .. }
            | Self::BeyondLists { span, .. }
            | Self::InternetRoute { span, .. }
            | Self::VirtualNetworkLocal { span, .. }
            | Self::PrivateEndpoint { span, .. }
            | Self::ServiceEndpoint { span }
            | Self::UserRoute { span, .. }
            | Self::NoTunnel { span }
            | Self::NoTunnelRoute { span }
            | Self::Gateway { span, .. }
            | Self::Appliance { span, .. }
            | Self::NoOutbound { span }
            | Self::FastPath { span }
            | Self::PeeringClosed { span, .. }
            | Self::ForwardedTraffic { span, .. }
            | Self::NextHopElsewhere { span, .. }
            | Self::Turned { span, .. }
            | Self::TurnUnknown { span, .. }
            | Self::VirtualHub { span, .. }
            | Self::HubItself { span, .. }
            | Self::HubLearned { span, .. }
            | Self::OtherHub { span, .. }
            | Self::HubFirewall { span, .. }
            | Self::HubStorage { span, .. }
            | Self::HubUnknown { span, .. }
            | Self::RouteServer { span, .. }
            | Self::Injected { span, .. }
            | Self::OwnTunnel { span, .. }
            | Self::RouteServerUnknown { span, .. }
            | Self::Loop { span }
            | Self::GatewayTable { span, .. }
            | Self::FirewallDefault { span }
            | Self::UnknownPath { span, .. }
            | Self::UnknownTie { span, .. }
            | Self::UnknownPolicy { span, .. }
            | Self::DefaultRoute { span, .. }
            | Self::Denied { span, .. }
            | Self::DeniedByAppliance { span, .. }
            | Self::NotRoutedOnInternet { span, .. }
            | Self::Translated { span }
            | Self::NotTranslated { span, .. } => Some(*span),
            Self::SpecialPurpose { .. }
            | Self::Carried { .. }
            | Self::PossiblyCarried { .. }
            | Self::DocumentedInternet { .. }
            | Self::NoKnownCommunity
            | Self::NotListed
            | Self::Platform
            | Self::SystemDefault
            | Self::SystemDropped { .. }
            | Self::NoRoute => None,
        }
    }
}
