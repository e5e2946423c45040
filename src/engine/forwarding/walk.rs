//! The routers that packets to one address pass, by plain linear scans.

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::decision::{At, Decision, Disposition, Hop, Reason, Router};
use crate::engine::effective_routes::from_subnet;
use crate::engine::loc_rib::select;
use crate::engine::peering_crossing::let_across;
use crate::engine::session::Session;
use crate::network::{PeeringEnd, SiteId, SubnetId, VirtualNetworkId};

use super::{Entered, Forwarding, Ingress, Table, at_device, is_internal, own_ways};

/// What is followed, with the virtual network in which it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Started {
    /// A packet that begins a conversation: appliances may translate its source.
    Packet(Option<VirtualNetworkId>),
    /// An answer.
    Answer(Option<VirtualNetworkId>),
}

/// An address that is followed, and what the lists say of it.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Followed<'l, 'c> {
    pub(in crate::engine) started: Started,
    pub(in crate::engine) address: IpAddr,
    pub(in crate::engine) lookup: &'l Lookup<'c>,
}

/// To what a decision hands a packet.
#[derive(Clone, Copy)]
struct Hand<'p> {
    next: Option<Router>,
    /// Where it comes in past Azure, if no router there is next.
    ingress: &'p Ingress,
    /// Over what it came from Azure, where this is the first edge past it.
    crossed: Option<&'p Ingress>,
}

impl Forwarding<'_> {
    /// What packets pass from a site's edge on that decides `first`: the routers of each trace with their decisions.
    ///
    /// # Complexity
    ///
    /// Linear in the routes of each router.
    pub(in crate::engine) fn traces_from_site(
        &self,
        site: SiteId,
        first: &Decision,
        sessions: &[Session],
        of: Followed<'_, '_>,
    ) -> Vec<Vec<Hop>> {
        let mut traces = Vec::new();
        let start = Router::Edge(site);
        let ingress = self.past_global_reach(first);
        for next in self.after(start, first, sessions, of.address) {
            let from = Hand { next, ingress: &ingress, crossed: None };
            self.walk(from, of, &mut vec![start], &mut Vec::new(), &mut traces);
        }
        traces.into_iter().map(|trace| self.let_across(of, trace)).collect()
    }

    /// A trace up to where an appliance may not send it on.
    fn let_across(&self, of: Followed<'_, '_>, trace: Vec<Hop>) -> Vec<Hop> {
        let (Started::Packet(origin) | Started::Answer(origin)) = of.started;
        let_across(self.network(), origin, trace)
    }

    /// Whether a router puts an address of its own into a packet that it sends on.
    fn translates(&self, router: Router, decision: &Decision, of: Followed<'_, '_>) -> bool {
        let (Router::Device(device), Started::Packet(_)) = (router, of.started) else { return false };
        let kept = device.kept_sources(self.network()).filter(|_| Hop::translation_counts(decision));
        kept.is_some_and(|kept| !kept.iter().any(|prefix| prefix.contains(of.address)))
    }

    /// As [`Self::traces_from_site`], from a subnet of a virtual network; no trace where nothing decides behind the first one.
    pub(in crate::engine) fn traces_from_subnet(
        &self,
        (network, subnet): (VirtualNetworkId, SubnetId),
        first: &Decision,
        of: Followed<'_, '_>,
    ) -> Vec<Vec<Hop>> {
        let ingress = self.ingress(At::Network(network), PeeringEnd::Subnet(subnet), first);
        let mut traces = Vec::new();
        for next in self.onward(At::Network(network), first) {
            let from = Hand { next, ingress: &ingress, crossed: None };
            self.walk(from, of, &mut Vec::new(), &mut Vec::new(), &mut traces);
        }
        traces.into_iter().map(|trace| self.let_across(of, trace)).collect()
    }

    /// What a packet passes from a router inside Azure on, that one first; where flows are shared, one of these.
    pub(in crate::engine) fn follow(&self, router: Router, of: Followed<'_, '_>) -> Vec<Hop> {
        self.follow_all(router, of).into_iter().next().unwrap_or_default()
    }

    /// As [`Self::follow`], of all flows.
    pub(in crate::engine) fn follow_all(&self, router: Router, of: Followed<'_, '_>) -> Vec<Vec<Hop>> {
        let mut traces = Vec::new();
        let from = Hand { next: Some(router), ingress: &Ingress::default(), crossed: None };
        self.walk(from, of, &mut Vec::new(), &mut Vec::new(), &mut traces);
        traces.into_iter().map(|trace| self.let_across(of, trace)).collect()
    }

    fn walk(
        &self,
        Hand { next, ingress, crossed }: Hand<'_>,
        of: Followed<'_, '_>,
        passed: &mut Vec<Router>,
        hops: &mut Vec<Hop>,
        traces: &mut Vec<Vec<Hop>>,
    ) {
        let Some(router) = next else {
            self.walk_ingress(ingress, of, passed, hops, traces);
            return;
        };
        if passed.iter().any(|one| one.is_at(router)) {
            let again = looped(router, hops.last());
            traces.push(hops.iter().cloned().chain(again).collect());
            return;
        }
        let Some((decision, sessions)) = self.decision_of(router, of) else {
            self.walk_ingress(ingress, of, passed, hops, traces);
            return;
        };
        let mut prefixes = self.network().sites.iter().flat_map(|site| &site.prefixes);
        let mut owned = || prefixes.any(|prefix| prefix.value.contains(of.address));
        if crossed.is_some_and(|crossed| !crossed.is_described(&decision, owned())) {
            traces.push(hops.clone());
            return;
        }
        let onward = self.after(router, &decision, &sessions, of.address);
        let ingress = match router.at() {
            Some(at) => self.ingress(at, router.end(), &decision),
            None => self.past_global_reach(&decision),
        };
        passed.push(router);
        let translates = self.translates(router, &decision, of);
        hops.push(Hop { router, translates, decision });
        for next in onward {
            self.walk(Hand { next, ingress: &ingress, crossed: None }, of, passed, hops, traces);
        }
        hops.pop();
        passed.pop();
    }

    /// Goes on at the edges of sites at which a packet that began in Azure leaves it, or comes in over Global Reach; what becomes of
    /// all others there, and of what leaves Azure and passed an edge before, is not followed.
    fn walk_ingress(
        &self,
        ingress: &Ingress,
        of: Followed<'_, '_>,
        passed: &mut Vec<Router>,
        hops: &mut Vec<Hop>,
        traces: &mut Vec<Vec<Hop>>,
    ) {
        let follows = match of.started {
            Started::Packet(_) if ingress.is_reach => true,
            Started::Packet(Some(_)) => !passed.iter().any(|router| router.site().is_some()),
            Started::Packet(None) | Started::Answer(_) => false,
        };
        if !follows || ingress.edges.is_empty() {
            traces.push(hops.clone());
            return;
        }
        for edge in ingress.edges.iter().copied() {
            let from = Hand { next: Some(edge), ingress: &Ingress::default(), crossed: Some(ingress) };
            self.walk(from, of, passed, hops, traces);
        }
    }

    /// What a router decides about an address, with the sessions that carry it.
    fn decision_of(&self, router: Router, of: Followed<'_, '_>) -> Option<(Decision, Vec<Session>)> {
        if let Some(site) = router.site() {
            let routes = self.routes_of(site, false, &|prefix| prefix.contains(of.address))?;
            let decision = routes.decision(of.address, of.lookup.is_empty());
            return Some((decision, routes.edge.sessions));
        }
        let decision = match self.table(router)? {
            Table::Routes(subnet) => {
                let decision = from_subnet(&subnet, of.address, of.lookup)?.decision;
                let own = match router {
                    Router::Device(device) => {
                        let mut ways = own_ways(self.network(), device).into_iter();
                        let way = ways.find(|(prefix, ..)| prefix.contains(of.address));
                        at_device(self.network(), device, &decision, way)
                    }
                    _ => None,
                };
                own.unwrap_or(decision)
            }
            Table::Always(decision) => decision,
            // What goes on to a site is told by the router before the edge.
            Table::MicrosoftEdge(rows) => {
                let holding = rows.into_iter().filter(|(prefix, _)| prefix.contains(of.address));
                holding.max_by_key(|(prefix, _)| prefix.length())?.1?
            }
            Table::Hub(rows) => {
                let holding = rows.into_iter().filter(|(prefix, _)| prefix.contains(of.address));
                let best = holding.max_by_key(|(prefix, _)| prefix.length()).map(|(_, decision)| decision);
                let decision = best.unwrap_or_else(|| select(std::iter::empty()));
                if of.lookup.is_empty() { decision } else { onto_backbone(decision) }
            }
        };
        Some((decision, Vec::new()))
    }

    /// The routers that a router's decision hands packets to; `None` stands for flows that it hands to none.
    fn after(
        &self,
        router: Router,
        decision: &Decision,
        sessions: &[Session],
        address: IpAddr,
    ) -> Vec<Option<Router>> {
        match (router, router.at()) {
            (Router::Edge(site), _) => self.after_edge(site, decision, sessions, self.entered(address)),
            (Router::EdgePastGlobalReach(site), _) => {
                past_reach(self.after_edge(site, decision, sessions, self.entered(address)))
            }
            (_, Some(place)) => self.onward(place, decision),
            (_, None) => vec![None],
        }
    }

    /// To what an edge hands packets, where `entered` lets in what it sends to Azure; `None` stands for flows that it hands
    /// to none.
    pub(in crate::engine) fn after_edge(
        &self,
        site: SiteId,
        decision: &Decision,
        sessions: &[Session],
        entered: Entered,
    ) -> Vec<Option<Router>> {
        let mut next: Vec<Option<Router>> =
            self.other_edges(site, decision, sessions).into_iter().map(Some).collect();
        // Flows that other edges and the site's own sessions share.
        if next.is_empty() || decision.carriers().iter().any(|carrier| !is_internal(sessions, *carrier)) {
            let hubs = self.hubs_entered(decision, sessions, entered.hubs);
            let gateways = self.gateways_entered(decision, sessions, entered.gateways);
            if hubs.is_empty() && gateways.is_empty() {
                next.push(None);
            }
            next.extend(gateways.into_iter().map(Some));
            next.extend(hubs);
        }
        next
    }
}

/// The same routers past Global Reach.
pub(in crate::engine) fn past_reach(next: Vec<Option<Router>>) -> Vec<Option<Router>> {
    let past = |router| match router {
        Router::Edge(site) => Router::EdgePastGlobalReach(site),
        _ => router,
    };
    next.into_iter().map(|router| router.map(past)).collect()
}

/// What a default route to the internet makes of an address that one of Microsoft's lists holds: it stays on its backbone.
pub(in crate::engine) fn onto_backbone(decision: Decision) -> Decision {
    match decision.reason() {
        Reason::SystemDefault => Decision { disposition: Disposition::AzureBackbone, ..decision },
        _ => decision,
    }
}

/// The hop at which a packet comes to a router that it passed before.
pub(in crate::engine) fn looped(router: Router, last: Option<&Hop>) -> Option<Hop> {
    let last = last?;
    let span = last.decision.reason().span()?;
    let decision = Decision::plain(Disposition::Discarded, last.decision.prefix, Reason::Loop { span });
    Some(Hop { router, translates: false, decision })
}
