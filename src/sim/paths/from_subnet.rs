//! The path of a conversation whose client is in an Azure subnet.
//!
//! Packets to a site are followed to the site at which they arrive, where the edge makes another decision. Replies from
//! a site follow that site's own decision about the client, and replies from another subnet follow the decision of that
//! subnet. If the file does not describe the responder, its replies use the path of the packets.

use std::net::IpAddr;

use crate::addr::FlowKey;
use crate::engine::{
    Decision, Disposition, Responder, Responders, ReturnPath, ReturnVerdict, SessionKind, SourceReturn,
    Vantage,
};
use crate::network::SiteId;
use crate::sim::clock::timeline::Epoch;
use crate::sim::link::{Direction, Links};
use crate::sim::paths::company::{Company, Passage};
use crate::sim::paths::conversation::{
    ConversationPath, Leaving, Route, Router, end_of, family_of, kind_of, name_of,
};
use crate::sim::paths::equal_cost::member;
use crate::sim::paths::reply::{unanswered, verdict_of_flow};
use crate::sim::paths::walk::{Hop, back};
use crate::sim::volumes::End;

/// How packets from a subnet are handled at the site at which they arrive.
struct Landed {
    /// The site.
    site: SiteId,
    /// The decision of the site's edge about the packets.
    disposition: Disposition,
    /// The session over which the packets leave the site again.
    kind: Option<SessionKind>,
    /// The links from the site onwards.
    hops: Vec<Hop>,
}

impl Router {
    /// Returns the path of a conversation from a subnet.
    pub(in crate::sim) fn way_from_subnet(
        &mut self,
        epoch: &Epoch<'_>,
        links: &mut Links,
        vantage: Vantage,
        key: &FlowKey,
    ) -> Option<ConversationPath> {
        let network = &*epoch.state.network;
        self.know_responders(|| Responders::of(network, vantage));
        let engine = epoch.engine(vantage)?;
        let id = engine.decide(key.destination);
        let decision = engine.decision(id);
        let next_hop = member(key, self.seed(), decision.next_hops().len());
        let kind = next_hop.and_then(|index| kind_of(engine, decision, index));
        let mut end = end_of(decision.disposition);
        let mut out = self.walk(epoch, links).depart(decision, kind, Direction::Out);
        let landed = kind.filter(|_| end == End::Delivered && !decision.turns());
        let landed = landed.and_then(|kind| self.land(epoch, links, (vantage, kind), key));
        // Azure, or an appliance, translates to an address that is not in the file; an edge translates to an address in
        // its pool.
        let kept = decision.translator().is_none() && decision.disposition != Disposition::Internet;
        let mut source = Some(key.source).filter(|_| kept && end == End::Delivered);
        if let Some(landed) = &landed {
            out.extend(&landed.hops);
            end = landed.end();
            source = source.and_then(|own| Some(self.source(network, landed.kind?, own))).or(source);
        }
        let via = kind.and_then(|kind| name_of(network, kind));
        let mut route = Route::out(decision, via, (out, end));
        route.answers.0 = back(&route.out.0);
        if end == End::Delivered {
            let path = self.back(epoch, (vantage, engine), key.destination, decision);
            let found = path.as_deref().and_then(|path| return_to(path, decision, key.source));
            let answering = found.and_then(|found| found.site).or(landed.as_ref().map(|landed| landed.site));
            let answers = self.answers(epoch, links, (vantage, decision), (found, landed), key);
            let mut over = kind;
            if let Some((hops, back)) = answers {
                route.answers.0 = hops;
                over = back;
                route.back = over.and_then(|kind| name_of(network, kind));
            } else {
                route.back.clone_from(&route.via);
            }
            if let Some(found) = found {
                let verdict = match answering {
                    Some(site) => verdict_of_flow(network, found, site, (kind, over)),
                    None => found.verdict,
                };
                route.verdict = Some(verdict);
                route.unanswered = unanswered(network, &found.reason);
                route.answers.1 = match verdict {
                    ReturnVerdict::Dropped => End::Asymmetric,
                    _ => End::Delivered,
                };
            }
            // The session over which the packets arrive is unknown.
            if route.unanswered.is_some() {
                (route.answers, route.back) = ((Vec::new(), End::Unknown), None);
            }
        }
        let leaving = Leaving {
            vantage,
            decision: id,
            next_hop,
            family: family_of(key.destination),
            verdict: route.verdict,
            unanswered: route.unanswered.is_some(),
        };
        let route = self.intern(route);
        Some(ConversationPath { route, source, is_placed: true, leaving: Some(leaving) })
    }

    /// Returns the site at which packets arrive, and the decision of that site's edge about the packets.
    fn land(
        &mut self,
        epoch: &Epoch<'_>,
        links: &mut Links,
        (vantage, kind): (Vantage, SessionKind),
        key: &FlowKey,
    ) -> Option<Landed> {
        let company = Company { epoch, seed: self.seed() };
        let owner = match self.responder(vantage, key.destination) {
            Some(Responder::Site(owner)) => Some(owner),
            _ => None,
        };
        let site = match kind {
            SessionKind::Circuit(id, _, connection) => company.landing((id, connection), owner, key),
            SessionKind::Vpn(site, _) => Some(site),
            _ => return None,
        };
        let Some(site) = site else {
            // The packets arrive at an unknown edge and use the company's network from there.
            let owner = owner?;
            let passage = Passage { sites: vec![owner], links: Vec::new() };
            let hops = self.walk(epoch, links).cross(&passage, Direction::In);
            return Some(Landed { site: owner, disposition: Disposition::OnPremises, kind: None, hops });
        };
        let engine = epoch.engines.site(site)?;
        let decision = engine.decision(engine.decide_as_edge(key.destination));
        let next_hop = member(key, self.seed(), decision.next_hops().len());
        let kind = next_hop.and_then(|index| kind_of(engine, decision, index));
        let passage = company.to_exit(site, decision, kind, key);
        let mut walk = self.walk(epoch, links);
        let hops = match decision.disposition {
            Disposition::OnPremises | Disposition::Discarded | Disposition::Unreachable => {
                walk.cross(&passage, Direction::In)
            }
            Disposition::Internet | Disposition::MicrosoftPeering => {
                walk.leave(&passage, decision, kind, Direction::Out)
            }
            _ => Vec::new(),
        };
        Some(Landed { site, disposition: decision.disposition, kind, hops })
    }

    /// Returns the links and the session of replies, or `None` if replies use the links and the session of the packets.
    fn answers(
        &mut self,
        epoch: &Epoch<'_>,
        links: &mut Links,
        (vantage, decision): (Vantage, &Decision),
        (found, landed): (Option<&SourceReturn>, Option<Landed>),
        key: &FlowKey,
    ) -> Option<(Vec<Hop>, Option<SessionKind>)> {
        // The replies arrive at the appliance that translated the packets, which forwards them to the client.
        if decision.translator().is_some() {
            return None;
        }
        let (client, reversed) = (key.source, key.reversed());
        let crosses = matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn);
        match (self.responder(vantage, key.destination), landed) {
            // Replies leave over the edge of the site that replies, or at which the packets arrived.
            (responder, Some(landed)) if crosses => {
                let owner = match responder {
                    Some(Responder::Site(owner)) => Some(owner),
                    _ => found.and_then(|found| found.site),
                };
                let at_home = landed.disposition == Disposition::OnPremises;
                let site = owner.filter(|_| at_home).unwrap_or(landed.site);
                let mut hops = if at_home { Vec::new() } else { back(&landed.hops) };
                let engine = epoch.engines.site(site)?;
                let decision = engine.decision(engine.decide_as_edge(client));
                let next_hop = member(&reversed, self.seed(), decision.next_hops().len());
                let kind = next_hop.and_then(|index| kind_of(engine, decision, index));
                let company = Company { epoch, seed: self.seed() };
                let passage = company.to_exit(site, decision, kind, &reversed);
                hops.extend(self.walk(epoch, links).leave(&passage, decision, kind, Direction::In));
                Some((hops, kind))
            }
            // The routes of the other subnet's own engine apply.
            (Some(Responder::VirtualNetwork(network, Some(subnet))), _) => {
                let engine = epoch.engine(Vantage::Subnet(network, subnet))?;
                let decision = engine.decision(engine.decide(client));
                let next_hop = member(&reversed, self.seed(), decision.next_hops().len());
                let kind = next_hop.and_then(|index| kind_of(engine, decision, index));
                Some((self.walk(epoch, links).depart(decision, kind, Direction::In), kind))
            }
            _ => None,
        }
    }
}

impl Landed {
    /// Returns the outcome of the packets.
    fn end(&self) -> End {
        match self.disposition {
            Disposition::OnPremises | Disposition::Internet | Disposition::MicrosoftPeering => End::Delivered,
            // The packets return to Azure, where they came from.
            Disposition::PrivatePeering | Disposition::Vpn => End::Unknown,
            other => end_of(other),
        }
    }
}

/// Returns the return path to a client: the path of the longest prefix that contains the client. If several sites may
/// reply, returns the worst path.
fn return_to<'p>(path: &'p ReturnPath, decision: &Decision, client: IpAddr) -> Option<&'p SourceReturn> {
    // Replies to packets that an appliance translated are evaluated for the address of the appliance.
    let translated = decision.translator().is_some();
    let holding = path.sources.iter().filter(|source| translated || source.source.contains(client));
    holding.max_by_key(|source| (if translated { 0 } else { source.source.length() }, source.verdict))
}
