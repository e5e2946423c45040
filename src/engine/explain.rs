//! Explains a path by plain linear scans: every route to an address, the route that won, and why the other routes lost.
//!
//! A slow counterpart of [`super::Engine`]: it uses the same code to choose among the routes to one prefix, but finds
//! them by checking every route. A test checks that both give the same results.

use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::catalog::{Catalog, Lookup};
use crate::diag::Span;
use crate::engine::adj_rib_in::{AbsentRoute, Advertiser, Edge, Entry, RouteOrigin};
use crate::engine::compile::eligibility;
use crate::engine::decision::{AzureStep, Decision, Reason, Router, SelectionStep};
use crate::engine::effective_routes::{FromSubnet, from_subnet};
use crate::engine::forwarding::{Followed, Forwarding, Start, Started, known_or_added};
use crate::engine::inputs::{CompileError, Inputs};
use crate::engine::loc_rib::{best, rivals, select};
use crate::engine::return_path::{
    Responder, ReturnCommon, ReturnDestination, ReturnPath, ReturnPaths, return_to_subnet,
};
use crate::engine::session::Session;
use crate::engine::site_routes::SiteRoutes;
use crate::engine::support::{Support, service_name, support};
use crate::engine::vantage::Vantage;
use crate::network::{SiteId, SubnetId, VirtualNetworkId};
use crate::rib::{Attributes, SessionId};

/// Everything that is known about an address.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// The address.
    pub address: IpAddr,
    /// The requested address, if it is translated (NAT64), and the position of its translator in the network file. The
    /// site sends packets for the requested address to [`Self::address`].
    pub translated_from: Option<(IpAddr, Span)>,
    /// The matching entries of Microsoft's lists.
    pub lookup: Lookup<'a>,
    /// The service name under which traffic to the address is counted.
    pub service: String,
    /// The path; without a network file, eligibility.
    pub decision: Decision,
    /// Microsoft's documented support for the address on ExpressRoute.
    pub support: Support,
    /// With a network file: the sessions of the site's edge, to which routes and carriers refer.
    pub sessions: Vec<Session>,
    /// With a network file: every route to the address, longest prefix first; for each prefix, the best paths before
    /// the routes that lost.
    pub candidates: Vec<Candidate>,
    /// With a network file: routes that were rejected or are missing.
    pub absent: Vec<AbsentRoute>,
    /// With a network file: where packets start.
    pub vantage: Option<Vantage>,
    /// With a network file: the return path, if a packet leaves over a known link.
    pub return_path: Option<ReturnPath>,
}

/// A route that takes part in the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// The prefix of the route.
    pub prefix: IpPrefix,
    /// The source of the route.
    pub origin: RouteOrigin,
    /// The session over which the route was learned, or to which it points.
    pub session: SessionId,
    /// The route's position in the network file.
    pub span: Span,
    /// The route's attributes after import policy.
    pub attributes: Attributes,
    /// The outcome of the choice for this route.
    pub standing: RouteStatus,
}

/// The outcome of the choice for one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteStatus {
    /// The route is a best path, possibly one of several with equal cost.
    Carries(SelectionStep),
    /// The route would be the best path, but it is unknown whether the route exists.
    Doubtful,
    /// It is unknown whether the route is a best path, because the length of an AS path or the address of a peer is
    /// unknown.
    Undetermined,
    /// It is unknown whether the route is a best path, because a route map matches on an attribute that a table does
    /// not contain.
    Unsettled,
    /// The route lost against another route to the same prefix.
    Lost(SelectionStep),
    /// A longer prefix takes precedence.
    ShorterPrefix,
}

/// Explains an address based on Microsoft's lists only.
pub fn explain_eligibility(catalog: &Catalog, address: IpAddr) -> Explanation<'_> {
    let lookup = catalog.lookup(address);
    let decision = eligibility(address, &lookup);
    about(address, lookup, decision)
}

/// Explains an address from the vantage point of a site.
///
/// # Complexity
///
/// Linear in the number of routes.
///
/// # Errors
///
/// [`CompileError::MissingTable`] if the network file names a route table that is not in the inputs.
pub fn explain(inputs: Inputs<'_>, site: SiteId, address: IpAddr) -> Result<Explanation<'_>, CompileError> {
    inputs.check()?;
    let forwarding = Forwarding::new(inputs);
    match forwarding.proxied(site, address) {
        Some(first) => explain_proxied(&forwarding, (site, address), &first),
        None => explain_as_edge(inputs, site, address),
    }
}

/// As [`explain`], for packets that do not come from the site's clients: those of its servers. They use no proxy.
pub(in crate::engine) fn explain_as_edge(
    inputs: Inputs<'_>,
    site: SiteId,
    address: IpAddr,
) -> Result<Explanation<'_>, CompileError> {
    inputs.check()?;
    let lookup = inputs.catalog.lookup(address);
    let forwarding = Forwarding::new(inputs);
    let Some(routes) = forwarding.routes_of(site, true, &|prefix| prefix.contains(address)) else {
        return Ok(about(address, lookup, select(std::iter::empty())));
    };
    let decision = routes.decision(address, lookup.is_empty());
    let SiteRoutes { edge, groups, absent, .. } = routes;
    let mut candidates = Vec::new();
    for (prefix, group) in &groups {
        standings(&edge, *prefix, group, &decision, &mut candidates);
    }
    let mut missing = not_advertised(inputs, &edge, &lookup);
    missing.extend(absent.into_iter().filter_map(|(prefix, entry, absence)| {
        let session = edge.session(entry.session)?;
        let community = match &edge.source(entry)?.origin {
            RouteOrigin::Microsoft(all) => all.first().map(|(_, community)| *community),
            RouteOrigin::Doubtful(_, all) => all.first().copied(),
            _ => None,
        };
        let circuit = session.next_hop().circuit.map(|(circuit, _)| circuit);
        Some(AbsentRoute { session: Some(session.id), circuit, community, prefix, absence })
    }));
    let followed = from_site(&forwarding, (site, address), lookup, edge.sessions, &decision);
    Ok(Explanation { candidates, absent: missing, ..followed })
}

/// Follows packets from a site after its first decision, and evaluates their replies.
fn from_site<'a>(
    forwarding: &Forwarding<'a>,
    (site, address): (SiteId, IpAddr),
    lookup: Lookup<'a>,
    mut sessions: Vec<Session>,
    first: &Decision,
) -> Explanation<'a> {
    let inputs = forwarding.inputs();
    forwarding.add_sessions_behind(site, &mut sessions);
    let of = Followed { started: Started::Packet(None), address, lookup: &lookup };
    let traces = forwarding.traces_from_site(site, first, &sessions, of);
    let decision = forwarding.summary(Start::Site, first, traces, &mut sessions);
    let responder = Responder::of(inputs.network, Vantage::Site(site), address);
    let destination = ReturnDestination::of(inputs.catalog, address, &lookup).at(responder);
    let return_path = ReturnPaths::of(&Arc::new(ReturnCommon::plain(inputs)), site)
        .and_then(|ways| ways.return_path(destination, &decision, &sessions))
        .map(|path| path.answered_from(inputs.network, address));
    let vantage = Some(Vantage::Site(site));
    Explanation { sessions, vantage, return_path, ..about(address, lookup, decision) }
}

/// Explains an address for which a site's clients use their proxy. The routes are those of the edge at the last proxy.
fn explain_proxied<'a>(
    forwarding: &Forwarding<'a>,
    (site, address): (SiteId, IpAddr),
    first: &Decision,
) -> Result<Explanation<'a>, CompileError> {
    let inputs = forwarding.inputs();
    let (lookup, sessions) = (inputs.catalog.lookup(address), forwarding.sessions_of(Router::Edge(site)));
    let mut found = from_site(forwarding, (site, address), lookup, sessions, first);
    let Some(last) = found.decision.proxy() else { return Ok(found) };
    let there = explain(inputs, last, address)?;
    let Explanation { sessions, candidates, absent, .. } = there;
    let all = &mut found.sessions;
    let mut known = |id: SessionId| {
        let theirs = sessions.iter().find(|session| session.id == id)?;
        Some(known_or_added(all, theirs))
    };
    let renumbered = candidates.into_iter().map(|candidate| Candidate {
        session: known(candidate.session).unwrap_or(candidate.session),
        ..candidate
    });
    found.candidates = renumbered.collect();
    let renumbered = absent
        .into_iter()
        .map(|absent| AbsentRoute { session: absent.session.and_then(&mut known), ..absent });
    found.absent = renumbered.collect();
    Ok(found)
}

/// Explains an address from a vantage point.
///
/// # Complexity
///
/// Linear in the number of routes.
///
/// # Errors
///
/// As [`explain`].
pub fn explain_at(
    inputs: Inputs<'_>,
    vantage: Vantage,
    address: IpAddr,
) -> Result<Explanation<'_>, CompileError> {
    match vantage {
        Vantage::Site(site) => explain(inputs, site, address),
        Vantage::Subnet(network, subnet) => {
            inputs.check()?;
            let found = explain_from_subnet(inputs, network, subnet, address);
            Ok(found.unwrap_or_else(|| {
                about(address, inputs.catalog.lookup(address), select(std::iter::empty()))
            }))
        }
    }
}

/// Explains an address from a subnet of a virtual network; `None` where the network has no such subnet.
///
/// # Complexity
///
/// Linear in the number of routes.
pub fn explain_from_subnet(
    inputs: Inputs<'_>,
    network: VirtualNetworkId,
    subnet: SubnetId,
    address: IpAddr,
) -> Option<Explanation<'_>> {
    let lookup = inputs.catalog.lookup(address);
    let from = (network, subnet);
    let common = Arc::new(ReturnCommon::plain(inputs));
    let forwarding = common.forwarding();
    let subnet = forwarding.subnet(network, subnet)?;
    let FromSubnet { decision, routes } = from_subnet(&subnet, address, &lookup)?;
    let candidates = routes.into_iter().map(|(route, lost)| Candidate {
        prefix: route.prefix,
        origin: RouteOrigin::Azure(Box::new(route.reason)),
        session: route.next_hops.first().map_or(SessionId::new(u32::MAX), |next_hop| next_hop.session),
        span: route.span,
        attributes: route.attributes.map(|attributes| *attributes).unwrap_or_default(),
        standing: match (lost, decision.step()) {
            (None, Some(step)) => RouteStatus::Carries(step),
            (Some(AzureStep::LongerPrefix) | None, _) => RouteStatus::ShorterPrefix,
            (Some(rule), _) => RouteStatus::Lost(SelectionStep::Azure(rule)),
        },
    });
    let candidates = candidates.collect();
    let mut sessions = subnet.sessions().to_vec();
    let started = Started::Packet(Some(network));
    let of = Followed { started, address, lookup: &lookup };
    let traces = forwarding.traces_from_subnet(from, &decision, of);
    let decision = forwarding.summary(Start::Subnet(network), &decision, traces, &mut sessions);
    let absent = subnet.absent(&|prefix| prefix.contains(address));
    let responder = Responder::of(inputs.network, Vantage::Subnet(from.0, from.1), address);
    let destination = ReturnDestination::of(inputs.catalog, address, &lookup).at(responder);
    let return_path = return_to_subnet(&common, from, destination, &decision, &sessions)
        .map(|path| path.answered_from(inputs.network, address));
    let vantage = Some(Vantage::Subnet(from.0, from.1));
    Some(Explanation {
        sessions,
        candidates,
        absent,
        vantage,
        return_path,
        ..about(address, lookup, decision)
    })
}

fn about(address: IpAddr, lookup: Lookup<'_>, decision: Decision) -> Explanation<'_> {
    let support = support(&lookup);
    let service = service_name(address, &lookup);
    let (sessions, candidates, absent) = (Vec::new(), Vec::new(), Vec::new());
    Explanation {
        address,
        translated_from: None,
        lookup,
        service,
        decision,
        support,
        sessions,
        candidates,
        absent,
        vantage: None,
        return_path: None,
    }
}

/// Lists every route to one prefix with its outcome, the best paths first.
fn standings(
    edge: &Edge<'_>,
    prefix: IpPrefix,
    group: &[Entry],
    decision: &Decision,
    all: &mut Vec<Candidate>,
) {
    let Some(best) = best(edge, group) else { return };
    let decides = decision.prefix == Some(prefix);
    // If a longer prefix decides, doubts about the routes to this prefix do not affect the result.
    let shorter = decision.prefix.is_some_and(|decided| decided.length() > prefix.length());
    let forwards =
        |entry: Entry| decision.next_hops().iter().any(|next_hop| next_hop.session == entry.session);
    let lost_at = |index: usize| best.lost.iter().find(|(lost, _)| *lost == index).map(|(_, at)| *at);
    let unsettled = decides && matches!(decision.reason(), Reason::UnknownPolicy { .. });
    let open = if unsettled { rivals(edge, group) } else { Vec::new() };
    let mut order: Vec<usize> = best.next_hops.clone();
    order.extend((0..group.len()).filter(|index| !best.next_hops.contains(index)));
    for index in order {
        let Some((entry, source)) = group.get(index).and_then(|entry| Some((*entry, edge.source(*entry)?)))
        else {
            continue;
        };
        let doubtful = matches!(source.origin, RouteOrigin::Doubtful(..));
        let undecided = !best.undetermined.is_empty()
            && (best.next_hops.contains(&index) || best.undetermined.contains(&index));
        let standing = match lost_at(index) {
            None if doubtful => RouteStatus::Doubtful,
            _ if open.contains(&index) => RouteStatus::Unsettled,
            _ if undecided && shorter => RouteStatus::ShorterPrefix,
            _ if undecided => RouteStatus::Undetermined,
            Some(at) if !(decides && forwards(entry)) => RouteStatus::Lost(at),
            _ if decides => RouteStatus::Carries(best.step),
            _ => RouteStatus::ShorterPrefix,
        };
        let attributes = edge.attributes.get(entry.attributes).cloned().unwrap_or_default();
        let (origin, span) = (source.origin.clone(), source.span);
        all.push(Candidate { prefix, origin, session: entry.session, span, attributes, standing });
    }
}

/// Lists, for each circuit, the communities that contain the address but are not advertised.
fn not_advertised(inputs: Inputs<'_>, edge: &Edge<'_>, lookup: &Lookup<'_>) -> Vec<AbsentRoute> {
    let network = inputs.network;
    let circuits = network.site(edge.id).map(|site| site.circuits.as_slice()).unwrap_or_default();
    let advertisers: Vec<_> = circuits
        .iter()
        .filter_map(|id| {
            let circuit = network.circuit(*id)?;
            Some((*id, Advertiser::new(inputs.catalog, inputs.links, *id, circuit)))
        })
        .collect();
    let mut absent = Vec::new();
    for entry in &lookup.communities {
        for (circuit, advertiser) in &advertisers {
            if let Some(absence) = advertiser.absence(entry.community) {
                absent.push(AbsentRoute {
                    session: None,
                    circuit: Some(*circuit),
                    community: Some(entry.community),
                    prefix: entry.prefix,
                    absence,
                });
            }
        }
    }
    absent
}
