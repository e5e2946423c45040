//! Route selection in a subnet of a virtual network: how Azure forwards a packet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (longest match; for the same prefix user routes, then gateway
//! routes, then system routes; system routes for virtual networks take precedence over longer gateway routes; routes of
//! service endpoints cannot be overridden), *network policies for private endpoints*, *what is IP address
//! 168.63.129.16*.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::{AzureStep, Decision, Disposition, NextHop, Reason, SelectionStep, Why};
use crate::rib::Attributes;

/// A route of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct SubnetRoute {
    pub(in crate::engine) prefix: IpPrefix,
    pub(in crate::engine) source: RouteSource,
    pub(in crate::engine) way: NextHopType,
    pub(in crate::engine) reason: Reason,
    pub(in crate::engine) next_hops: Vec<NextHop>,
    pub(super) choice: GatewayChoice,
    /// The attributes of the route at the gateway; `None` for routes from any other source.
    pub(in crate::engine) attributes: Option<Box<Attributes>>,
    pub(in crate::engine) span: Span,
}

impl SubnetRoute {
    /// Returns whether the route takes part in the subnet's choice.
    pub(in crate::engine) fn is_used(&self) -> bool {
        !matches!(self.choice, GatewayChoice::Lost(_))
    }
}

/// The target of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) enum NextHopType {
    To(Disposition),
    /// Out of the virtual network. Traffic to Microsoft's addresses stays on Microsoft's network.
    Outside,
    /// Out of the virtual network, but the subnet has no public source address. It can still reach some of Microsoft's
    /// addresses.
    ShutIn,
    /// To the gateway at which tunnels end. The gateway chooses among the routes that it learned over tunnels.
    Gateway,
}

impl NextHopType {
    fn disposition(self, listed: bool) -> Disposition {
        match self {
            Self::To(disposition) => disposition,
            Self::Outside if listed => Disposition::AzureBackbone,
            Self::Outside => Disposition::Internet,
            Self::ShutIn if listed => Disposition::Unknown,
            Self::ShutIn => Disposition::Discarded,
            Self::Gateway => Disposition::Vpn,
        }
    }
}

/// The result of a route's comparison with its rivals inside the gateway. Routes from other sources have no such
/// result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum GatewayChoice {
    Alone,
    Won(AzureStep),
    Lost(AzureStep),
}

/// The source of a subnet's route. For the same prefix the earlier source wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::engine) enum RouteSource {
    Platform,
    PrivateEndpoint,
    ServiceEndpoint,
    User,
    /// A user route to a service tag; narrower tags first.
    UserTag(u8),
    Gateway,
    VirtualNetwork,
    System,
}

impl RouteSource {
    /// Returns the rule of a source that wins regardless of the other routes.
    pub(super) fn fixed(self) -> Option<AzureStep> {
        match self {
            Self::Platform => Some(AzureStep::Platform),
            Self::PrivateEndpoint => Some(AzureStep::PrivateEndpoint),
            Self::ServiceEndpoint => Some(AzureStep::ServiceEndpoint),
            _ => None,
        }
    }
}

/// The choice among the routes that cover an address.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Chosen {
    /// The decision, before special-purpose blocks are applied.
    pub(in crate::engine) decision: Decision,
    /// The index of the deciding route.
    pub(in crate::engine) first: usize,
    /// Whether the address belongs to the virtual network or to a directly peered one.
    pub(in crate::engine) local: bool,
}

/// Chooses among the routes that cover an address; `None` without routes. `listed` states whether one of
/// Microsoft's lists contains the address. `tunnel` is the longest route that the gateway learned over tunnels,
/// which it uses for packets that a user route sends there.
pub(in crate::engine) fn choose(
    routes: &[&SubnetRoute],
    listed: bool,
    tunnel: Option<&SubnetRoute>,
) -> Option<Chosen> {
    let local = routes.iter().any(|route| route.source == RouteSource::VirtualNetwork);
    let used = routes.iter().enumerate().filter(|(_, route)| route.is_used());
    let (first, winner) = used.min_by_key(|(_, route)| key(route, local))?;
    let step = Some(SelectionStep::Azure(deciding(winner, routes, local)));
    let (disposition, reason, next_hops) = match (winner.way, tunnel) {
        (NextHopType::Gateway, Some(tunnel)) => {
            (Disposition::Vpn, winner.reason.clone(), tunnel.next_hops.clone())
        }
        // It is not documented whether the gateway returns the packet to its own virtual network.
        (NextHopType::Gateway, None) if local => (Disposition::Unknown, winner.reason.clone(), Vec::new()),
        (NextHopType::Gateway, None) => {
            (Disposition::Discarded, Reason::NoTunnelRoute { span: winner.span }, Vec::new())
        }
        (way, _) => (way.disposition(listed), winner.reason.clone(), winner.next_hops.clone()),
    };
    let why = Why::new(reason, next_hops, step);
    let decision = Decision { disposition, prefix: Some(winner.prefix), why: Arc::new(why) };
    Some(Chosen { decision, first, local })
}

/// Returns the sort key of a route for the choice: the smallest key wins.
pub(in crate::engine) fn key(route: &SubnetRoute, local: bool) -> (bool, bool, Reverse<u8>, RouteSource) {
    (route.source.fixed().is_none(), overridden(route, local), Reverse(route.prefix.length()), route.source)
}

/// Returns whether a system route for a virtual network takes precedence over the route.
pub(super) fn overridden(route: &SubnetRoute, local: bool) -> bool {
    local && route.source == RouteSource::Gateway
}

/// Returns the rule by which the winner was preferred to the other routes.
fn deciding(winner: &SubnetRoute, routes: &[&SubnetRoute], local: bool) -> AzureStep {
    if let Some(rule) = winner.source.fixed() {
        return rule;
    }
    let rivals = || routes.iter().filter(|route| route.is_used() && !std::ptr::eq(**route, winner));
    let mut same = rivals().filter(|route| route.prefix == winner.prefix && !overridden(route, local));
    if let Some(rival) = same.next() {
        return same_prefix(winner, rival);
    }
    if rivals().any(|route| overridden(route, local) && route.prefix.length() >= winner.prefix.length()) {
        return AzureStep::SystemPreferred;
    }
    match winner.choice {
        GatewayChoice::Won(rule) => rule,
        _ if rivals().next().is_some() => AzureStep::LongerPrefix,
        _ => AzureStep::Only,
    }
}

/// Returns the rule that decides between two routes to one prefix.
pub(super) fn same_prefix(winner: &SubnetRoute, rival: &SubnetRoute) -> AzureStep {
    match (winner.source, rival.source) {
        (RouteSource::UserTag(_), RouteSource::UserTag(_)) => AzureStep::ServiceTagOrder,
        _ => AzureStep::SourceOrder,
    }
}
