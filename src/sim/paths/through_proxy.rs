//! The path of a conversation whose client uses a proxy: the links to the proxy's site, then the path of the proxy's own
//! packets from there.
//!
//! The proxy's address and ports are not in the file. Its packets have the first address of its site's first prefix as
//! their source, and the ports of the conversation.

use crate::addr::FlowKey;
use crate::engine::{DecisionId, Vantage};
use crate::network::{Proxy, ProxyPath, SiteId};
use crate::sim::clock::timeline::Epoch;
use crate::sim::link::{Direction, Links};
use crate::sim::paths::company::Company;
use crate::sim::paths::conversation::{ConversationPath, Leaving, Route, Router, family_of, kind_of};
use crate::sim::paths::walk::{Hop, back};
use crate::sim::volumes::End;

impl Router {
    /// Returns the path of a conversation if its client's site sends it to a proxy; `None` if not, or if no path leads to
    /// the proxy.
    pub(in crate::sim) fn way_through_proxy(
        &mut self,
        epoch: &Epoch<'_>,
        links: &mut Links,
        (site, decision): (SiteId, DecisionId),
        key: &FlowKey,
    ) -> Option<ConversationPath> {
        let network = &*epoch.state.network;
        let engine = epoch.engines.site(site)?;
        let sent = engine.decision(decision);
        sent.proxy()?;
        let proxy = network.site(site)?.proxy.as_ref()?;
        let at = proxy.site;
        let family = family_of(key.destination);
        let source = network.proxy_address(at, family).unwrap_or(key.source);
        let way = self.way_from_site(epoch, links, (at, true), &FlowKey { source, ..*key })?;
        let there = epoch.engines.site(at)?;
        let chosen = way.leaving.and_then(|leaving| {
            let kind = kind_of(there, there.decision(leaving.decision), leaving.next_hop?)?;
            (0..sent.next_hops().len()).find(|index| kind_of(engine, sent, *index) == Some(kind))
        });
        let route = self.routes.get(way.route as usize)?.clone();
        let (mut out, home) = self.links_to_proxy((epoch, links), (site, proxy), key);
        out.extend(route.out.0);
        let mut answers = route.answers;
        if answers.1 == End::Delivered {
            answers.0.extend(home);
        }
        let route = self.intern(Route { out: (out, route.out.1), answers, ..route });
        let leaving = Leaving {
            vantage: Vantage::Site(site),
            decision,
            next_hop: chosen,
            family,
            verdict: way.leaving.and_then(|leaving| leaving.verdict),
            unanswered: way.leaving.is_some_and(|leaving| leaving.unanswered),
        };
        Some(ConversationPath { route, leaving: Some(leaving), ..way })
    }

    /// Returns the links from a client to its proxy, and those from the proxy to the client.
    fn links_to_proxy(
        &mut self,
        (epoch, links): (&Epoch<'_>, &mut Links),
        (site, proxy): (SiteId, &Proxy),
        key: &FlowKey,
    ) -> (Vec<Hop>, Vec<Hop>) {
        let company = Company { epoch, seed: self.seed() };
        let mut walk = self.walk(epoch, links);
        match proxy.over {
            ProxyPath::Company => {
                let family = family_of(key.destination);
                let address =
                    epoch.state.network.proxy_address(proxy.site, family).unwrap_or(key.destination);
                let to = company.to_site(site, proxy.site, address, key);
                let home = company.to_site(proxy.site, site, key.source, &key.reversed());
                (walk.cross(&to, Direction::Out), walk.cross(&home, Direction::In))
            }
            ProxyPath::Internet => {
                let mut out: Vec<Hop> = walk.internet(site, Direction::Out).into_iter().collect();
                out.extend(walk.internet(proxy.site, Direction::In));
                let home = back(&out);
                (out, home)
            }
        }
    }
}
