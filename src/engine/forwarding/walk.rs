//! The routers that packets to one address pass, by plain linear scans.

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::decision::{Decision, Device, Disposition, Hop, Reason, Router};
use crate::engine::effective_routes::from_subnet;
use crate::engine::session::Session;
use crate::network::{SiteId, VirtualNetworkId};

use super::{Forwarding, Table, is_internal};

/// An address that is followed, and what the lists say of it.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Followed<'l, 'c> {
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
        traces
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
        traces.into_iter().next().unwrap_or_default()
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
        hops.push(Hop { router, decision });
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
            Router::Gateway(network) | Router::Device(Device { network, .. }) => {
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
    Some(Hop { router, decision })
}
