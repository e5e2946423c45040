//! Replies from a virtual network to a site, according to the routes of the subnet that contains the destination.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (user routes before gateway routes; gateway routes that are
//! not propagated), *Optimize ExpressRoute routing* and *S2S VPN as a backup* (the gateway's choice).

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::addr::{Address, AddressSet, IpPrefix, IpSet, Partition, Prefix};
use crate::catalog::Lookup;
use crate::diag::{Span, Spanned};
use crate::engine::decision::{
    At, Chooser, Comparison, Crossing, Decision, Device, Disposition, Hop, LostAt, NoRoute, Reason,
    ReplyStart, ReplyTrace, Router, UnknownInput,
};
use crate::engine::effective_routes::{Gateways, NextHopType, RouteSource, Subnet, SubnetRoute, choose};
use crate::engine::forwarding::{Followed, Forwarding, Started};
use crate::fib::{CoverTable, NodeId};
use crate::network::{Network, PeeringEnd, Site, SiteId, SubnetId, VirtualNetworkId};

use crate::engine::return_path::appliance_nat::Before;
use crate::engine::return_path::circuit_devices::{chosen_at, worse};
use crate::engine::return_path::common::ReturnCommon;
use crate::engine::return_path::crossings::crossings;
use crate::engine::return_path::reply::Reply;
use crate::engine::return_path::shared_flows::combined;
use crate::engine::return_path::source_parts::is_public;
use crate::engine::return_path::stateful_devices::device_difference;

/// The virtual network that sends the reply, and the subnet whose routes apply.
type Place = (VirtualNetworkId, Option<SubnetId>);

/// The replies from virtual networks to one site. The replies from each subnet are computed once.
pub(super) struct NetworkAnswers<'a> {
    common: Arc<ReturnCommon<'a>>,
    site: &'a Site,
    /// The site's own addresses.
    own: IpSet,
    known: RefCell<HashMap<Place, Arc<[Sent]>>>,
}

/// The replies to a part of the site's addresses.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// The part of the addresses, and the position of its prefix in the network file.
    pub(super) source: Spanned<IpPrefix>,
    /// The links over which the reply leaves for the site, or why it does not leave.
    leaving: Leaving,
    /// The start of the reply, and the decision of the router there.
    trace: ReplyTrace,
    /// The hops after the first decision. If flows are shared among several appliances, there is an entry for each
    /// flow; at least one entry.
    flows: Vec<Vec<Hop>>,
}

/// The links over which replies leave for the site, ascending, or why replies do not leave.
type Leaving = Result<Vec<Crossing>, Comparison>;

impl<'a> NetworkAnswers<'a> {
    pub(super) fn of(common: &Arc<ReturnCommon<'a>>, (id, site): (SiteId, &'a Site)) -> Self {
        let own = IpSet::from_prefixes(site.prefixes.iter().map(|prefix| prefix.value));
        // A prefix inside one of the site's prefixes belongs to another site.
        let nested = site.prefixes.iter().flat_map(|prefix| common.nested(id, prefix.value));
        let nested: Vec<IpPrefix> = nested.collect();
        let own = if nested.is_empty() { own } else { own.difference(&IpSet::from_prefixes(nested)) };
        Self { common: Arc::clone(common), site, own, known: RefCell::default() }
    }

    /// Returns the routers of the network.
    pub(super) fn forwarding(&self) -> &Forwarding<'a> {
        &self.common.forwarding
    }

    /// Returns whether any circuit or tunnel ends at the gateway of a virtual network. Only in that case are its
    /// learned routes known.
    pub(super) fn has_gateway(&self, id: VirtualNetworkId) -> bool {
        let gateways = self.gateways(id, PeeringEnd::Gateway);
        !gateways.sessions.is_empty() || gateways.is_at_hub()
    }

    /// Returns the replies from a place to every part of the site's prefixes, in the order of the file.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the place's routes to prefixes near the site, linear in all its routes; once for each place.
    pub(in crate::engine) fn from(&self, place: Place) -> Arc<[Sent]> {
        let place = self.stand_in(place);
        if let Some(known) = self.known.borrow().get(&place) {
            return Arc::clone(known);
        }
        let found: Arc<[Sent]> = self.work_out(place).into();
        self.known.borrow_mut().insert(place, Arc::clone(&found));
        found
    }

    /// Returns a place with equivalent replies to the site. If no route to the place's own address space affects the
    /// reply, many places share the same one.
    fn stand_in(&self, (network, subnet): Place) -> Place {
        let Some(place) = subnet.map(|subnet| (network, subnet)) else { return (network, subnet) };
        let other = self.common.stand_in_for(place);
        let is_apart = |id: VirtualNetworkId| {
            let own =
                self.common.inputs.network.virtual_network(id).into_iter().flat_map(|own| &own.prefixes);
            own.into_iter().all(|prefix| !self.own.overlaps(prefix.value))
        };
        let (network, subnet) = if is_apart(network) && is_apart(other.0) { other } else { place };
        (network, Some(subnet))
    }

    fn gateways(&self, id: VirtualNetworkId, end: PeeringEnd) -> Arc<Gateways> {
        self.common.forwarding.gateways(id, end)
    }

    /// Returns the prefixes near the site that the gateways of a virtual network, and of all networks joined to it by
    /// peerings, learned. Without such a route, no appliance in these networks can forward a reply to the site.
    fn learned_around(&self, id: VirtualNetworkId, near: &dyn Fn(IpPrefix) -> bool) -> Vec<IpPrefix> {
        let mut joined = vec![id];
        let mut next = 0;
        while let Some(network) =
            joined.get(next).and_then(|id| self.common.inputs.network.virtual_network(*id))
        {
            for peering in &network.peerings {
                if !joined.contains(&peering.virtual_network) {
                    joined.push(peering.virtual_network);
                }
            }
            next += 1;
        }
        let routes = |id| self.gateways(id, PeeringEnd::Gateway).routes(near);
        joined.into_iter().flat_map(routes).map(|route| route.prefix).collect()
    }

    fn work_out(&self, (network, subnet): Place) -> Vec<Sent> {
        let gateways = self.gateways(network, subnet.map_or(PeeringEnd::Space, PeeringEnd::Subnet));
        let near = |prefix: IpPrefix| self.own.overlaps(prefix);
        let start = match subnet {
            Some(subnet) => ReplyStart::Subnet(network, subnet),
            None => ReplyStart::VirtualNetwork(network),
        };
        let subnet = subnet
            .and_then(|id| Subnet::with_gateways(self.common.inputs, network, id, Arc::clone(&gateways)));
        let of_gateway = || gateways.routes(&near);
        let routes = subnet.as_ref().map_or_else(of_gateway, |subnet| subnet.routes(&near));
        // The routes that the subnet would have learned from the gateway if its route table propagated them.
        let kept_from = subnet.as_ref().and_then(Subnet::propagates_nothing);
        let kept = if kept_from.is_some() { of_gateway() } else { Vec::new() };
        let described = routes.iter().any(|route| match route.reason {
            Reason::Appliance { address, .. } => {
                Device::at(self.common.inputs.network, network, address).is_some()
            }
            Reason::VirtualHub { .. } | Reason::HubFirewall { .. } | Reason::Injected { .. } => true,
            _ => false,
        });
        let beyond = if described { self.common.forwarding.prefixes(&near) } else { Vec::new() };
        let leads_on = routes.iter().any(|route| route.way == NextHopType::To(Disposition::Unknown));
        let evaluate = Judge {
            forwarding: &self.common.forwarding,
            at: network,
            start,
            gateways: &gateways,
            kept_from: kept_from.map(|span| (span, kept.as_slice())),
            learned: if leads_on { self.learned_around(network, &near) } else { Vec::new() },
        };
        let mut found = Vec::new();
        let onward = subnet.as_ref().map(|subnet| subnet.tunnel_routes(&near)).unwrap_or_default();
        let v4 = Tables::<Ipv4Addr>::of(&routes, &onward, &beyond);
        let v6 = Tables::<Ipv6Addr>::of(&routes, &onward, &beyond);
        for source in &self.site.prefixes {
            match source.value {
                IpPrefix::V4(prefix) => evaluate.parts(&v4, &self.own.v4, prefix, source.span, &mut found),
                IpPrefix::V6(prefix) => evaluate.parts(&v6, &self.own.v6, prefix, source.span, &mut found),
            }
        }
        found
    }
}

/// Evaluates replies from one place.
struct Judge<'j, 'a> {
    forwarding: &'j Forwarding<'a>,
    at: VirtualNetworkId,
    start: ReplyStart,
    gateways: &'j Gateways,
    /// The position of the route table that does not propagate gateway routes, and the gateway routes.
    kept_from: Option<(Span, &'j [SubnetRoute])>,
    /// The prefixes learned by the gateways to which an appliance can forward a reply.
    learned: Vec<IpPrefix>,
}

/// The properties that distinguish addresses: the longest route, the longest route that the gateway learned over
/// tunnels, and the longest route of any router after the first one.
type Spot<A> = (Option<NodeId>, Option<NodeId>, Option<Prefix<A>>);

/// The routes of a family among which the subnet chooses.
struct Tables<'t, A: Address> {
    routes: CoverTable<A, &'t SubnetRoute>,
    /// The routes that the gateway learned over tunnels, for packets that a user route sends to it.
    onward: CoverTable<A, &'t SubnetRoute>,
    places: Partition<A, Spot<A>>,
}

impl<'t, A: Address> Tables<'t, A> {
    fn of(routes: &'t [SubnetRoute], onward: &'t [SubnetRoute], beyond: &[IpPrefix]) -> Self {
        let table = |routes: &'t [SubnetRoute]| {
            let used = routes.iter().filter(|route| route.is_used());
            CoverTable::build(used.filter_map(|route| Some((route.prefix.of_family::<A>()?, route))))
        };
        let (routes, onward) = (table(routes), table(onward));
        let places = routes.partition().zip_with(onward.partition(), |node, onward| (*node, *onward));
        let beyond =
            beyond.iter().filter_map(|prefix| prefix.of_family::<A>()).map(|prefix| (prefix, Some(prefix)));
        let beyond = Partition::from_lpm(beyond, None);
        let places = places.zip_with(&beyond, |(node, onward), beyond| (*node, *onward, *beyond));
        Self { routes, onward, places }
    }
}

impl Judge<'_, '_> {
    /// Evaluates the reply to each part of a source. There is one part for each longest match of the source's
    /// addresses.
    fn parts<A: Address>(
        &self,
        tables: &Tables<'_, A>,
        own: &AddressSet<A>,
        source: Prefix<A>,
        span: Span,
        found: &mut Vec<Sent>,
    ) {
        let places = own.within(source.range()).flat_map(|range| tables.places.within(range));
        let mut places: Vec<_> = places.map(|(range, place)| (*place, range.first())).collect();
        places.sort_unstable();
        places.dedup_by_key(|(place, _)| *place);
        let mut seen = BTreeSet::new();
        for ((node, onward, beyond), address) in places {
            let chain = node.into_iter().flat_map(|node| tables.routes.chain(node));
            let covering: Vec<&SubnetRoute> = chain.flat_map(|(_, routes)| routes).copied().collect();
            let tunnel = onward.and_then(|node| tables.onward.get(node));
            let chosen = choose(&covering, false, tunnel.and_then(|(_, routes)| routes.first()).copied());
            let winner = chosen.as_ref().and_then(|chosen| covering.get(chosen.first)).copied();
            let sent_on = winner.is_some_and(|winner| winner.way == NextHopType::Gateway);
            let handed =
                chosen.as_ref().map(|chosen| self.forwarding.handed(At::Network(self.at), &chosen.decision));
            let routers: Option<Vec<Router>> = handed.and_then(|handed| handed.into_iter().collect());
            let routers = routers.filter(|routers| !routers.is_empty());
            // If no packet is forwarded, the routes of the gateway and of later routers make no difference.
            let told_apart = (node, onward.filter(|_| sent_on), beyond.filter(|_| routers.is_some()));
            if !seen.insert(told_apart) {
                continue;
            }
            let longest = node.and_then(|node| tables.routes.get(node)).map(|(prefix, _)| prefix);
            let within = tunnel.map(|(prefix, _)| prefix).filter(|_| sent_on);
            let past = beyond.filter(|_| routers.is_some());
            let longest = longest.into_iter().chain(within).chain(past).max_by_key(|prefix| prefix.length());
            let part = longest.filter(|prefix| source.covers(*prefix)).unwrap_or(source);
            let part = IpPrefix::from(part);
            let decision = chosen.map(|chosen| chosen.decision);
            let (leaving, flows) = match (&decision, winner) {
                (_, Some(winner)) if let Some(routers) = &routers => {
                    self.past_any(routers, part, address.into(), winner)
                }
                (Some(decision), Some(winner)) => (self.leaving(part, decision, winner), vec![Vec::new()]),
                _ => (Err(self.nothing(part)), vec![Vec::new()]),
            };
            let trace = ReplyTrace { start: self.start, first: decision, ..ReplyTrace::default() };
            found.push(Sent { source: Spanned::new(part, span), leaving, trace, flows });
        }
    }

    fn leaving(&self, part: IpPrefix, decision: &Decision, winner: &SubnetRoute) -> Leaving {
        let (way, route) = (decision.disposition, winner.span);
        let comparison = match (way, winner.source) {
            (Disposition::PrivatePeering | Disposition::Vpn, _) => {
                return Ok(crossings(&self.gateways.sessions, decision));
            }
            (Disposition::Unknown, _)
                if matches!(
                    decision.reason(),
                    Reason::HubUnknown { .. } | Reason::RouteServerUnknown { .. } | Reason::Injected { .. }
                ) =>
            {
                Comparison::Unknown(UnknownInput::NextHop { route, first: false })
            }
            (Disposition::Unknown, _) if winner.way != NextHopType::Gateway && self.is_cut_off(part) => {
                Comparison::NoRoute(NoRoute::PastRoute { route })
            }
            (Disposition::Unknown, _) => Comparison::Unknown(UnknownInput::NextHop { route, first: true }),
            (_, RouteSource::User | RouteSource::UserTag(_)) => {
                Comparison::Lost { way, at: LostAt::Subnet, route: Some(route) }
            }
            (_, RouteSource::System | RouteSource::Gateway) => self.nothing(part),
            _ => Comparison::Lost { way, at: LostAt::Azure, route: None },
        };
        Err(comparison)
    }

    /// Returns the outcome of a reply that the route `winner` sends to appliances, and the hops of each flow. The
    /// outcome is the same for all addresses in the part.
    fn past_any(
        &self,
        routers: &[Router],
        part: IpPrefix,
        address: IpAddr,
        winner: &SubnetRoute,
    ) -> (Leaving, Vec<Vec<Hop>>) {
        let lookup = Lookup::default();
        let of = Followed { started: Started::Answer(Some(self.at)), address, lookup: &lookup };
        let open = || Err(Comparison::Unknown(UnknownInput::NextHop { route: winner.span, first: false }));
        let mut over: Option<Vec<Crossing>> = None;
        let mut flows = Vec::new();
        for hops in routers.iter().flat_map(|router| self.forwarding.follow_all(*router, of)) {
            match (self.past(&hops, part, winner), &over) {
                (Ok(back), None) => over = Some(back),
                (Ok(back), Some(known)) if back == *known => {}
                // Flows that leave over different links are not distinguished.
                (Ok(_), Some(_)) => return (open(), vec![hops]),
                (lost, _) => return (lost, vec![hops]),
            }
            flows.push(hops);
        }
        over.map_or_else(|| (open(), vec![Vec::new()]), |over| (Ok(over), flows))
    }

    /// Returns the outcome of a flow that passes these routers.
    fn past(&self, hops: &[Hop], part: IpPrefix, winner: &SubnetRoute) -> Leaving {
        let unknown = |route| Err(Comparison::Unknown(UnknownInput::NextHop { route, first: false }));
        let Some(last) = hops.last() else { return unknown(winner.span) };
        let route = last.decision.reason().span().unwrap_or(winner.span);
        match last.decision.disposition {
            Disposition::PrivatePeering | Disposition::Vpn => {
                let back = crossings(&self.forwarding.sessions_of(last.router), &last.decision);
                // The reply leaves over an appliance's tunnel, and the file does not state whether that tunnel ends at
                // the site.
                if back.is_empty() { unknown(route) } else { Ok(back) }
            }
            Disposition::Unknown if self.is_cut_off(part) => {
                Err(Comparison::NoRoute(NoRoute::PastRoute { route }))
            }
            Disposition::Unknown | Disposition::Ambiguous => {
                Err(Comparison::of_open_hop(&last.decision, route))
            }
            _ => Err(Comparison::of_lost_hop(&last.decision, Some(route))),
        }
    }

    /// Returns whether a reply to a part cannot arrive, regardless of how an appliance forwards it: no gateway has a
    /// route to any address in the part, and the internet does not route these addresses.
    fn is_cut_off(&self, part: IpPrefix) -> bool {
        let leads = |prefix: &IpPrefix| prefix.covers(part) || part.covers(*prefix);
        !is_public(part) && !self.learned.iter().any(leads)
    }

    /// Returns the comparison for a part of the sources for which no route matches.
    fn nothing(&self, part: IpPrefix) -> Comparison {
        let kept = self.kept_from.filter(|(_, kept)| {
            kept.iter().any(|route| route.prefix.covers(part) || part.covers(route.prefix))
        });
        Comparison::NoRoute(match kept {
            Some((table, _)) => NoRoute::NotPropagated { table },
            None => NoRoute::Gateway,
        })
    }
}

impl Sent {
    /// Compares the reply with packets that left `site` over `out` and passed `devices`. `before` is the path of the reply
    /// before a translating appliance. If flows are shared, the worst flow counts.
    pub(super) fn answer(
        &self,
        (network, site): (&Network, SiteId),
        out: &[Crossing],
        devices: &[Device],
        before: Option<&Before>,
    ) -> Reply {
        let back = match &self.leaving {
            Err(lost) => {
                let hops = self.flows.first().map_or(&[][..], Vec::as_slice);
                let trace = self.trace_after(before, hops, Vec::new());
                return Reply { comparison: lost.clone(), trace };
            }
            Ok(back) => back,
        };
        let passed = |hops: &[Hop]| -> Vec<Device> {
            let before = before.into_iter().flat_map(Before::devices);
            before.chain(hops.iter().filter_map(Hop::device)).collect()
        };
        let found = self.flows.iter().map(Vec::as_slice);
        let found = found.map(|hops| (device_difference(network, devices, &passed(hops)), hops)).collect();
        let all = self.flows.iter().flat_map(|hops| passed(hops)).chain(devices.iter().copied());
        let (difference, hops) = combined(found, all);
        let links = chosen_at(network, site, (out.to_vec(), back.clone()), Chooser::VirtualNetwork);
        let trace = self.trace_after(before, hops, back.clone());
        Reply { comparison: worse(difference, links), trace }
    }

    /// Returns the trace of the reply. It ends with `hops`. If an appliance translated the packet, `hops` start after
    /// that appliance.
    fn trace_after(&self, before: Option<&Before>, hops: &[Hop], over: Vec<Crossing>) -> ReplyTrace {
        let hops = hops.iter().cloned();
        let Some(Before { up_to, device }) = before else {
            return ReplyTrace { hops: hops.collect(), over, ..self.trace.clone() };
        };
        // The decision of the appliance's subnet is the appliance's decision.
        let decision = self.trace.first.iter().cloned();
        let own =
            decision.map(|decision| Hop { router: Router::Device(*device), translates: false, decision });
        let up_to = up_to.clone();
        let hops = up_to.hops.into_iter().chain(own).chain(hops).collect();
        ReplyTrace { hops, over, ..up_to }
    }
}
