//! From a subnet of a virtual network: what Azure does with a packet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (longest match; of the same prefix user routes, then
//! gateway routes, then system routes; system routes of virtual networks stand against longer gateway routes;
//! routes of service endpoints cannot be overridden), *network policies for private endpoints*, *what is IP address
//! 168.63.129.16*.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::catalog::Lookup;
use crate::diag::Span;
use crate::rib::Attributes;

use super::deciding::{AzureRule, Deciding};
use super::decision::{Carrier, Decision, Disposition, Reason, Why};
use super::select::special_purpose;
use super::subnet_routes::Subnet;

/// A route that a subnet has.
#[derive(Clone, Debug)]
pub(super) struct SubnetRoute {
    pub(super) prefix: IpPrefix,
    pub(super) source: RouteSource,
    pub(super) way: Way,
    pub(super) reason: Reason,
    pub(super) carriers: Vec<Carrier>,
    pub(super) race: Race,
    /// What the gateway knows of it; `None` for every other source.
    pub(super) attributes: Option<Box<Attributes>>,
    pub(super) span: Span,
}

impl SubnetRoute {
    /// Whether it takes part in the subnet's choice.
    pub(super) fn is_used(&self) -> bool {
        !matches!(self.race, Race::Lost(_))
    }
}

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    To(Disposition),
    /// Out of the virtual network: Microsoft's addresses stay on its network.
    Outside,
    /// To the gateway in which tunnels end: it chooses among what it learned over them.
    Gateway,
}

impl Way {
    fn disposition(self, listed: bool) -> Disposition {
        match self {
            Self::To(disposition) => disposition,
            Self::Outside if listed => Disposition::AzureBackbone,
            Self::Outside => Disposition::Internet,
            Self::Gateway => Disposition::Vpn,
        }
    }
}

/// How a route came out among its rivals inside the gateway; elsewhere there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Race {
    Alone,
    Won(AzureRule),
    Lost(AzureRule),
}

/// Where a subnet's route comes from; of the same prefix the earlier wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RouteSource {
    Platform,
    PrivateEndpoint,
    ServiceEndpoint,
    User,
    /// A route of the user's own by service tag; narrower tags first.
    UserTag(u8),
    Gateway,
    VirtualNetwork,
    System,
}

impl RouteSource {
    /// The rule of a source that wins whatever the other routes are.
    fn fixed(self) -> Option<AzureRule> {
        match self {
            Self::Platform => Some(AzureRule::Platform),
            Self::PrivateEndpoint => Some(AzureRule::PrivateEndpoint),
            Self::ServiceEndpoint => Some(AzureRule::ServiceEndpoint),
            _ => None,
        }
    }
}

/// What becomes of the routes that cover an address.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// The decision, special-purpose blocks aside.
    pub(super) decision: Decision,
    /// Index of the route that decides.
    pub(super) first: usize,
    /// Whether the address is of the virtual network or one peered with it.
    pub(super) local: bool,
}

/// What a subnet does with an address.
#[derive(Debug)]
pub(super) struct FromSubnet {
    pub(super) decision: Decision,
    /// Every route to the address: the one that decides first, then longest first; with what each lost at.
    pub(super) routes: Vec<(SubnetRoute, Option<AzureRule>)>,
}

/// Chooses among the routes that cover an address, of which `listed` says whether one of Microsoft's lists holds it;
/// `None` without routes. `tunnel` is the longest that the gateway learned over tunnels: it carries what a user's route
/// sends there.
pub(super) fn choose(routes: &[&SubnetRoute], listed: bool, tunnel: Option<&SubnetRoute>) -> Option<Chosen> {
    let local = routes.iter().any(|route| route.source == RouteSource::VirtualNetwork);
    let used = routes.iter().enumerate().filter(|(_, route)| route.is_used());
    let (first, winner) = used.min_by_key(|(_, route)| key(route, local))?;
    let step = Some(Deciding::Azure(deciding(winner, routes, local)));
    let (disposition, reason, carriers) = match (winner.way, tunnel) {
        (Way::Gateway, Some(tunnel)) => (Disposition::Vpn, winner.reason.clone(), tunnel.carriers.clone()),
        // Whether the gateway hands it back to its own network is not documented.
        (Way::Gateway, None) if local => (Disposition::Unknown, winner.reason.clone(), Vec::new()),
        (Way::Gateway, None) => {
            (Disposition::Discarded, Reason::NoTunnelRoute { span: winner.span }, Vec::new())
        }
        (way, _) => (way.disposition(listed), winner.reason.clone(), winner.carriers.clone()),
    };
    let why = Why { reason, carriers, step };
    let decision = Decision { disposition, prefix: Some(winner.prefix), why: Arc::new(why) };
    Some(Chosen { decision, first, local })
}

/// The order of choice: the least wins.
fn key(route: &SubnetRoute, local: bool) -> (bool, bool, Reverse<u8>, RouteSource) {
    (route.source.fixed().is_none(), overridden(route, local), Reverse(route.prefix.length()), route.source)
}

/// Whether a system route of a virtual network stands against it.
fn overridden(route: &SubnetRoute, local: bool) -> bool {
    local && route.source == RouteSource::Gateway
}

/// What parted the winner from the others.
fn deciding(winner: &SubnetRoute, routes: &[&SubnetRoute], local: bool) -> AzureRule {
    if let Some(rule) = winner.source.fixed() {
        return rule;
    }
    let rivals = || routes.iter().filter(|route| route.is_used() && !std::ptr::eq(**route, winner));
    let mut same = rivals().filter(|route| route.prefix == winner.prefix && !overridden(route, local));
    if let Some(rival) = same.next() {
        return same_prefix(winner, rival);
    }
    if rivals().any(|route| overridden(route, local) && route.prefix.length() >= winner.prefix.length()) {
        return AzureRule::SystemPreferred;
    }
    match winner.race {
        Race::Won(rule) => rule,
        _ if rivals().next().is_some() => AzureRule::LongerPrefix,
        _ => AzureRule::Only,
    }
}

/// What parts two routes of one prefix.
fn same_prefix(winner: &SubnetRoute, rival: &SubnetRoute) -> AzureRule {
    match (winner.source, rival.source) {
        (RouteSource::UserTag(_), RouteSource::UserTag(_)) => AzureRule::ServiceTagOrder,
        _ => AzureRule::SourceOrder,
    }
}

/// Decides about an address by looking at every route: the slow twin of the compiled partitions.
pub(super) fn from_subnet(subnet: &Subnet<'_>, address: IpAddr, lookup: &Lookup<'_>) -> Option<FromSubnet> {
    let mut routes = subnet.routes(&|prefix| prefix.contains(address));
    let local = routes.iter().any(|route| route.source == RouteSource::VirtualNetwork);
    routes.sort_by_key(|route| key(route, local));
    let all: Vec<&SubnetRoute> = routes.iter().collect();
    let tunnels = subnet.tunnel_routes(&|prefix| prefix.contains(address));
    let tunnel = tunnels.iter().max_by_key(|route| route.prefix.length());
    let chosen = choose(&all, !lookup.is_empty(), tunnel)?;
    let winner = routes.get(chosen.first)?;
    let lost = |index: usize, route: &SubnetRoute| match route.race {
        _ if index == chosen.first => None,
        Race::Lost(rule) => Some(rule),
        _ if winner.source.fixed().is_some() => winner.source.fixed(),
        _ if overridden(route, chosen.local) => Some(AzureRule::SystemPreferred),
        _ if route.prefix == winner.prefix => Some(same_prefix(winner, route)),
        _ => Some(AzureRule::LongerPrefix),
    };
    let mut told: Vec<_> =
        routes.iter().enumerate().map(|(index, route)| (route.clone(), lost(index, route))).collect();
    if let Some((winner, _)) = told.get_mut(chosen.first) {
        winner.carriers.clone_from(&chosen.decision.why.carriers);
    }
    told.sort_by_key(|(_, lost)| lost.is_some());
    Some(FromSubnet { decision: special_purpose(address, chosen.decision), routes: told })
}
