//! Determines the routers that packets to one address pass, by plain linear scans.

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::decision::{At, Decision, Disposition, Hop, Reason, Router};
use crate::engine::effective_routes::from_subnet;
use crate::engine::loc_rib::select;
use crate::engine::peering_crossing::let_across;
use crate::engine::session::Session;
use crate::network::{PeeringEnd, SiteId, SubnetId, VirtualNetworkId};

use super::proxy::proxy_of;
use super::{Entered, Forwarding, Ingress, Table, at_device, is_internal, own_ways, since_proxy};

/// The kind of packet that is followed, and the virtual network in which the packet started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Started {
    /// The first packet of a conversation. Appliances may translate its source.
    Packet(Option<VirtualNetworkId>),
    /// A reply.
    Answer(Option<VirtualNetworkId>),
}

/// The address that is followed, with its entries in Microsoft's lists.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Followed<'l, 'c> {
    pub(in crate::engine) started: Started,
    pub(in crate::engine) address: IpAddr,
    pub(in crate::engine) lookup: &'l Lookup<'c>,
}

/// The router or edge to which a decision passes a packet.
#[derive(Clone, Copy)]
struct Hand<'p> {
    next: Option<Router>,
    /// Where the packet arrives beyond Azure, if no router inside Azure is next.
    ingress: &'p Ingress,
    /// How the packet arrived from Azure, if this is the first edge beyond Azure.
    crossed: Option<&'p Ingress>,
}

impl Forwarding<'_> {
    /// Follows packets from a site's edge and returns the routers of each trace with their decisions. `first` is the
    /// decision of the site's edge.
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

    /// Returns a trace, up to the appliance that may fail to forward the packet.
    fn let_across(&self, of: Followed<'_, '_>, trace: Vec<Hop>) -> Vec<Hop> {
        let (Started::Packet(origin) | Started::Answer(origin)) = of.started;
        let_across(self.network(), origin, trace)
    }

    /// Returns whether a router translates the source of a packet that it forwards.
    fn translates(&self, router: Router, decision: &Decision, of: Followed<'_, '_>) -> bool {
        let (Router::Device(device), Started::Packet(_)) = (router, of.started) else { return false };
        let kept = device.kept_sources(self.network()).filter(|_| Hop::translation_counts(decision));
        kept.is_some_and(|kept| !kept.iter().any(|prefix| prefix.contains(of.address)))
    }

    /// As [`Self::traces_from_site`], from a subnet of a virtual network. Returns no traces if no router decides after
    /// the first one.
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

    /// Returns the hops of a packet from a router inside Azure, starting with that router. If there are equal-cost
    /// paths, only the hops of one path are returned.
    pub(in crate::engine) fn follow(&self, router: Router, of: Followed<'_, '_>) -> Vec<Hop> {
        self.follow_all(router, of).into_iter().next().unwrap_or_default()
    }

    /// As [`Self::follow`], for all equal-cost paths.
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
        if since_proxy(passed, |one| *one).iter().any(|one| one.is_at(router)) {
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

    /// Continues at the site edges at which a packet that started in Azure leaves Azure, or arrives over Global Reach.
    /// Other packets are not followed at site edges. Packets that leave Azure after they passed an edge are not
    /// followed either.
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

    /// Returns the decision of a router about an address, with the sessions that carry it.
    fn decision_of(&self, router: Router, of: Followed<'_, '_>) -> Option<(Decision, Vec<Session>)> {
        if let Some(site) = router.site() {
            let routes = self.routes_of(site, false, &|prefix| prefix.contains(of.address))?;
            let proxied =
                matches!(router, Router::Proxy(_)).then(|| self.proxied(site, of.address)).flatten();
            let decision = proxied.unwrap_or_else(|| routes.decision(of.address, of.lookup.is_empty()));
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
            // For packets that continue to a site, the router before Microsoft's edge made the decision.
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
        let decision = match (router, of.started) {
            (Router::Device(device), Started::Answer(_)) if !device.denies_replies(self.network()) => {
                decision
            }
            (Router::Device(device), _) => self.under_rules(device, of.address, decision),
            _ => decision,
        };
        Some((decision, Vec::new()))
    }

    /// Returns the routers to which a router's decision passes packets. `None` stands for flows that are passed to no
    /// router.
    fn after(
        &self,
        router: Router,
        decision: &Decision,
        sessions: &[Session],
        address: IpAddr,
    ) -> Vec<Option<Router>> {
        match (router, router.at()) {
            (Router::Edge(site) | Router::Proxy(site), _) => {
                self.after_edge(site, decision, sessions, self.entered(address))
            }
            (Router::EdgePastGlobalReach(site), _) => {
                past_reach(self.after_edge(site, decision, sessions, self.entered(address)))
            }
            (_, Some(place)) => self.onward(place, decision),
            (_, None) => vec![None],
        }
    }

    /// Returns the routers to which an edge passes packets. `entered` states where packets to Azure enter. `None`
    /// stands for flows that are passed to no router.
    pub(in crate::engine) fn after_edge(
        &self,
        site: SiteId,
        decision: &Decision,
        sessions: &[Session],
        entered: Entered,
    ) -> Vec<Option<Router>> {
        if let Some(proxy) = proxy_of(decision.reason()) {
            return vec![Some(proxy)];
        }
        let mut next: Vec<Option<Router>> =
            self.other_edges(site, decision, sessions).into_iter().map(Some).collect();
        // Some flows use other edges, and some use the site's own sessions.
        if next.is_empty() || decision.next_hops().iter().any(|next_hop| !is_internal(sessions, *next_hop)) {
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

/// Converts routers to the routers beyond Global Reach: edges are marked as reached over it.
pub(in crate::engine) fn past_reach(next: Vec<Option<Router>>) -> Vec<Option<Router>> {
    let past = |router| match router {
        Router::Edge(site) => Router::EdgePastGlobalReach(site),
        _ => router,
    };
    next.into_iter().map(|router| router.map(past)).collect()
}

/// Adjusts a decision by a default route to the internet for an address in one of Microsoft's lists: packets to it stay
/// on Microsoft's backbone.
pub(in crate::engine) fn onto_backbone(decision: Decision) -> Decision {
    match decision.reason() {
        Reason::SystemDefault => Decision { disposition: Disposition::AzureBackbone, ..decision },
        _ => decision,
    }
}

/// Returns the hop at which a packet arrives at a router that it already passed.
pub(in crate::engine) fn looped(router: Router, last: Option<&Hop>) -> Option<Hop> {
    let last = last?;
    let span = last.decision.reason().span()?;
    let decision = Decision::plain(Disposition::Discarded, last.decision.prefix, Reason::Loop { span });
    Some(Hop { router, translates: false, decision })
}
