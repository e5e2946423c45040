//! From a subnet of a virtual network: what Azure does with a packet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (longest match; of the same prefix user routes, then
//! gateway routes, then system routes; system routes of virtual networks stand against longer gateway routes;
//! routes of service endpoints cannot be overridden), *network policies for private endpoints*, *optimize
//! ExpressRoute routing* (connection weight, then AS path), *S2S VPN as a backup* (ExpressRoute before VPN).

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::special::{self, Scope};
use crate::addr::{IpPrefix, Prefix};
use crate::catalog::Lookup;
use crate::diag::Span;
use crate::network::{
    Network, RouteTable, Subnet, SubnetId, UserNextHop, UserRouteDestination, VirtualNetwork,
    VirtualNetworkId,
};

use super::deciding::{AzureRule, Deciding};
use super::decision::{Carrier, Decision, Disposition, Reason, Why};
use super::gateway::{Gateways, Learned};
use super::inputs::Inputs;
use super::select::special_purpose;
use super::session::Session;

/// A route that a subnet has, in the order in which sources of the same prefix win.
#[derive(Clone, Debug)]
pub(super) struct SubnetRoute {
    pub(super) prefix: IpPrefix,
    pub(super) source: RouteSource,
    pub(super) disposition: Disposition,
    pub(super) reason: Reason,
    pub(super) carriers: Vec<Carrier>,
    pub(super) span: Span,
}

/// Where a subnet's route comes from; of the same prefix the earlier wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RouteSource {
    PrivateEndpoint,
    ServiceEndpoint,
    User,
    /// A route of the user's own by service tag; narrower tags first.
    UserTag(u8),
    Gateway,
    VirtualNetwork,
    System,
}

/// What a subnet does with an address.
#[derive(Debug)]
pub(super) struct FromSubnet {
    pub(super) decision: Decision,
    /// Every route to the address: the one that decides first, then longest first; with what each lost at.
    pub(super) routes: Vec<(SubnetRoute, Option<AzureRule>)>,
    pub(super) sessions: Vec<Session>,
}

/// Decides from a subnet; `None` for one of another network.
pub(super) fn from_subnet(
    inputs: Inputs<'_>,
    network: VirtualNetworkId,
    subnet: SubnetId,
    address: IpAddr,
    lookup: &Lookup<'_>,
) -> Option<FromSubnet> {
    let own = inputs.network.virtual_network(network)?;
    let place = own.subnets.get(subnet.index())?;
    let view = View { inputs, id: network, own, subnet: place, address, lookup };
    let table = place.route_table.and_then(|id| inputs.network.route_table(id.value));
    let mut routes = view.endpoints(table);
    routes.extend(table.into_iter().flat_map(|table| view.user_routes(table)));
    let gateways = Gateways::of(inputs, network);
    if !table.is_some_and(|table| table.disable_bgp_route_propagation) {
        routes.extend(gateways.best(address).into_iter().map(gateway_route));
    }
    routes.extend(view.system_routes());
    let local = routes.iter().any(|route| route.source == RouteSource::VirtualNetwork);
    let key = |route: &SubnetRoute| {
        let fixed = matches!(route.source, RouteSource::PrivateEndpoint | RouteSource::ServiceEndpoint);
        let overridden = local && route.source == RouteSource::Gateway;
        (!fixed, overridden, Reverse(route.prefix.length()), route.source)
    };
    routes.sort_by_key(key);
    let step = deciding(&routes, local);
    let first = routes.first()?;
    let why = Why {
        reason: first.reason.clone(),
        carriers: first.carriers.clone(),
        step: Some(Deciding::Azure(step)),
    };
    let routed = Decision { disposition: first.disposition, prefix: Some(first.prefix), why: Arc::new(why) };
    let decision = special_purpose(address, routed);
    let decided = (first.prefix, first.source);
    let lost = |route: &SubnetRoute| {
        if (route.prefix, route.source) == decided {
            return None;
        }
        Some(match decided.1 {
            RouteSource::PrivateEndpoint => AzureRule::PrivateEndpoint,
            RouteSource::ServiceEndpoint => AzureRule::ServiceEndpoint,
            _ if local && route.source == RouteSource::Gateway => AzureRule::SystemPreferred,
            _ if route.prefix == decided.0 => AzureRule::SourceOrder,
            _ => AzureRule::LongerPrefix,
        })
    };
    let routes = routes.iter().map(|route| (route.clone(), lost(route))).collect();
    Some(FromSubnet { decision, routes, sessions: gateways.sessions })
}

/// What parted the first route from the next one.
fn deciding(routes: &[SubnetRoute], local: bool) -> AzureRule {
    match routes {
        [first, ..] if first.source == RouteSource::PrivateEndpoint => AzureRule::PrivateEndpoint,
        [first, ..] if first.source == RouteSource::ServiceEndpoint => AzureRule::ServiceEndpoint,
        [first, second, ..] if first.prefix == second.prefix => match (first.source, second.source) {
            (RouteSource::UserTag(_), RouteSource::UserTag(_)) => AzureRule::ServiceTagOrder,
            _ => AzureRule::SourceOrder,
        },
        [first, rest @ ..]
            if local && rest.iter().any(|route| route.prefix.length() > first.prefix.length()) =>
        {
            AzureRule::SystemPreferred
        }
        [_, _, ..] => AzureRule::LongerPrefix,
        _ => AzureRule::Only,
    }
}

fn gateway_route(learned: Learned) -> SubnetRoute {
    SubnetRoute {
        prefix: learned.prefix,
        source: RouteSource::Gateway,
        disposition: learned.disposition,
        reason: Reason::Gateway { network: learned.gateway, circuits: learned.circuits, span: learned.span },
        carriers: learned.carriers,
        span: learned.span,
    }
}

struct View<'a> {
    inputs: Inputs<'a>,
    id: VirtualNetworkId,
    own: &'a VirtualNetwork,
    subnet: &'a Subnet,
    address: IpAddr,
    lookup: &'a Lookup<'a>,
}

impl<'a> View<'a> {
    fn network(&self) -> &'a Network {
        self.inputs.network
    }

    /// The virtual network itself and those that it is peered with.
    fn reachable(&self) -> impl Iterator<Item = (VirtualNetworkId, &'a VirtualNetwork)> {
        let network = self.network();
        let peered = self.own.peerings.iter().map(|peering| peering.virtual_network);
        std::iter::once(self.id).chain(peered).filter_map(|id| Some((id, network.virtual_network(id)?)))
    }

    fn endpoints(&self, table: Option<&RouteTable>) -> Vec<SubnetRoute> {
        let mut all = Vec::new();
        for (id, network) in self.reachable() {
            for subnet in &network.subnets {
                let endpoints = subnet.private_endpoints.iter();
                for endpoint in endpoints.filter(|endpoint| endpoint.address.value == self.address) {
                    if subnet.private_endpoint_network_policies && self.is_overridden(network, table) {
                        continue;
                    }
                    all.push(SubnetRoute {
                        prefix: IpPrefix::host(self.address),
                        source: RouteSource::PrivateEndpoint,
                        disposition: Disposition::AzureBackbone,
                        reason: Reason::PrivateEndpoint { network: id, span: endpoint.span },
                        carriers: Vec::new(),
                        span: endpoint.span,
                    });
                }
            }
        }
        for endpoint in &self.subnet.service_endpoints {
            let tag = endpoint.value.tag.as_deref().and_then(|name| self.inputs.catalog.tag(name));
            let covering = tag.into_iter().flat_map(|tag| &tag.prefixes).copied();
            let covering = covering.filter(|prefix| prefix.contains(self.address));
            if let Some(prefix) = covering.max_by_key(|prefix| prefix.length()) {
                all.push(SubnetRoute {
                    prefix,
                    source: RouteSource::ServiceEndpoint,
                    disposition: Disposition::AzureBackbone,
                    reason: Reason::ServiceEndpoint { span: endpoint.span },
                    carriers: Vec::new(),
                    span: endpoint.span,
                });
            }
        }
        all
    }

    /// Whether the route table invalidates a private endpoint: by a prefix that is at least as long as the
    /// address space that holds it.
    fn is_overridden(&self, network: &VirtualNetwork, table: Option<&RouteTable>) -> bool {
        let space = network.prefixes.iter().filter(|prefix| prefix.value.contains(self.address));
        let Some(space) = space.map(|prefix| prefix.value.length()).max() else { return false };
        table.into_iter().flat_map(|table| &table.routes).any(|route| match &route.destination.value {
            UserRouteDestination::Prefix(prefix) => prefix.contains(self.address) && prefix.length() >= space,
            UserRouteDestination::ServiceTag(_) => false,
        })
    }

    fn user_routes(&self, table: &RouteTable) -> Vec<SubnetRoute> {
        let mut all = Vec::new();
        for route in &table.routes {
            let (prefix, source) = match &route.destination.value {
                UserRouteDestination::Prefix(prefix) => (Some(*prefix), RouteSource::User),
                UserRouteDestination::ServiceTag(name) => {
                    let tag = self.inputs.catalog.tag(name);
                    let held = tag.into_iter().flat_map(|tag| &tag.prefixes).copied();
                    let held = held.filter(|prefix| prefix.contains(self.address));
                    (held.max_by_key(|prefix| prefix.length()), RouteSource::UserTag(tag_rank(name)))
                }
            };
            let Some(prefix) = prefix.filter(|prefix| prefix.contains(self.address)) else { continue };
            let span = route.destination.span;
            let (disposition, reason) = match route.next_hop.value {
                UserNextHop::VirtualAppliance(address) => {
                    (Disposition::Unknown, Reason::Appliance { address, span })
                }
                UserNextHop::Internet => (self.outside(), Reason::UserRoute { span }),
                UserNextHop::None => (Disposition::Discarded, Reason::UserRoute { span }),
                UserNextHop::VirtualNetworkGateway => (Disposition::Vpn, Reason::UserRoute { span }),
                UserNextHop::VirtualNetwork => (Disposition::AzureBackbone, Reason::UserRoute { span }),
            };
            all.push(SubnetRoute { prefix, source, disposition, reason, carriers: Vec::new(), span });
        }
        all
    }

    fn system_routes(&self) -> Vec<SubnetRoute> {
        let mut all = Vec::new();
        for (id, network) in self.reachable() {
            let covering = network.prefixes.iter().filter(|prefix| prefix.value.contains(self.address));
            all.extend(covering.map(|prefix| SubnetRoute {
                prefix: prefix.value,
                source: RouteSource::VirtualNetwork,
                disposition: Disposition::AzureBackbone,
                reason: Reason::VirtualNetworkLocal { network: id, span: prefix.span },
                carriers: Vec::new(),
                span: prefix.span,
            }));
        }
        let system = |prefix, disposition, reason| SubnetRoute {
            prefix,
            source: RouteSource::System,
            disposition,
            reason,
            carriers: Vec::new(),
            span: self.subnet.span,
        };
        let private = |block: &special::SpecialBlock| matches!(block.scope, Scope::Private | Scope::Shared);
        if let Some(block) = special::block_of(self.address).filter(|block| private(block)) {
            all.push(system(block.prefix, Disposition::Discarded, Reason::SystemDropped { block }));
        }
        let everything = match self.address {
            IpAddr::V4(_) => IpPrefix::V4(Prefix::ALL),
            IpAddr::V6(_) => IpPrefix::V6(Prefix::ALL),
        };
        all.push(system(everything, self.outside(), Reason::SystemDefault));
        all
    }

    /// Out of the virtual network: Microsoft's addresses stay on its network.
    fn outside(&self) -> Disposition {
        if self.lookup.is_empty() { Disposition::Internet } else { Disposition::AzureBackbone }
    }
}

/// Regional tags before global ones, `AzureCloud` last of each.
fn tag_rank(name: &str) -> u8 {
    match (name.starts_with("AzureCloud"), name.contains('.')) {
        (false, true) => 0,
        (false, false) => 1,
        (true, true) => 2,
        (true, false) => 3,
    }
}
