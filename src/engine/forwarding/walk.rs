//! The routers that packets to one address pass, by plain linear scans.

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::crossing::let_across;
use crate::engine::decision::{Decision, Device, Disposition, Hop, MicrosoftEdge, Reason, Router};
use crate::engine::effective_routes::from_subnet;
use crate::engine::session::Session;
use crate::network::{SiteId, VirtualNetworkId};

use super::{Forwarding, Table, is_internal};

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
        for next in self.after(start, first, sessions, of.address) {
            self.walk(next, of, &mut vec![start], &mut Vec::new(), &mut traces);
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

    /// As [`Self::traces_from_site`], from a subnet of a virtual network.
    pub(in crate::engine) fn hops_from_subnet(
        &self,
        network: VirtualNetworkId,
        first: &Decision,
        of: Followed<'_, '_>,
    ) -> Vec<Hop> {
        self.onward(network, first).map(|router| self.follow(router, of)).unwrap_or_default()
    }

    /// What a packet passes from a router inside Azure on, that one first.
    pub(in crate::engine) fn follow(&self, router: Router, of: Followed<'_, '_>) -> Vec<Hop> {
        let mut traces = Vec::new();
        self.walk(Some(router), of, &mut Vec::new(), &mut Vec::new(), &mut traces);
        traces.into_iter().next().map(|trace| self.let_across(of, trace)).unwrap_or_default()
    }

    fn walk(
        &self,
        next: Option<Router>,
        of: Followed<'_, '_>,
        passed: &mut Vec<Router>,
        hops: &mut Vec<Hop>,
        traces: &mut Vec<Vec<Hop>>,
    ) {
        let Some(router) = next else {
            traces.push(hops.clone());
            return;
        };
        if passed.contains(&router) {
            let again = looped(router, hops.last());
            traces.push(hops.iter().cloned().chain(again).collect());
            return;
        }
        let Some((decision, sessions)) = self.decision_of(router, of) else {
            traces.push(hops.clone());
            return;
        };
        let onward = self.after(router, &decision, &sessions, of.address);
        passed.push(router);
        let translates = self.translates(router, &decision, of);
        hops.push(Hop { router, translates, decision });
        for next in onward {
            self.walk(next, of, passed, hops, traces);
        }
        hops.pop();
        passed.pop();
    }

    /// What a router decides about an address, with the sessions that carry it.
    fn decision_of(&self, router: Router, of: Followed<'_, '_>) -> Option<(Decision, Vec<Session>)> {
        if let Router::Edge(site) = router {
            let routes = self.routes_of(site, false, &|prefix| prefix.contains(of.address))?;
            let decision = routes.decision(of.address, of.lookup.is_empty());
            return Some((decision, routes.edge.sessions));
        }
        let decision = match self.table(router)? {
            Table::Routes(subnet) => from_subnet(&subnet, of.address, of.lookup)?.decision,
            Table::Always(decision) => decision,
            // What goes on to a site is told by the router before the edge.
            Table::MicrosoftEdge(rows) => {
                let holding = rows.into_iter().filter(|(prefix, _)| prefix.contains(of.address));
                holding.max_by_key(|(prefix, _)| prefix.length())?.1?
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
        match router {
            Router::Edge(site) => {
                self.after_edge(site, decision, sessions, self.entered(decision, sessions, address))
            }
            Router::Gateway(network)
            | Router::Device(Device { network, .. })
            | Router::MicrosoftEdge(MicrosoftEdge { from: network, .. }) => {
                vec![self.onward(network, decision)]
            }
        }
    }

    /// To what an edge hands packets, where `entered` lets in what it sends to Azure; `None` stands for flows that it hands
    /// to none.
    pub(in crate::engine) fn after_edge(
        &self,
        site: SiteId,
        decision: &Decision,
        sessions: &[Session],
        entered: Option<Router>,
    ) -> Vec<Option<Router>> {
        let mut next: Vec<Option<Router>> =
            self.other_edges(site, decision, sessions).into_iter().map(Some).collect();
        // Flows that other edges and the site's own sessions share.
        if next.is_empty() || decision.carriers().iter().any(|carrier| !is_internal(sessions, *carrier)) {
            next.push(entered);
        }
        next
    }
}

/// The hop at which a packet comes to a router that it passed before.
pub(in crate::engine) fn looped(router: Router, last: Option<&Hop>) -> Option<Hop> {
    let last = last?;
    let span = last.decision.reason().span()?;
    let decision = Decision::plain(Disposition::Discarded, last.decision.prefix, Reason::Loop { span });
    Some(Hop { router, translates: false, decision })
}
