//! Internal BGP between the edges of sites: the routes that one edge advertises to another, and the next hops between
//! them.
//!
//! Sources: RFC 4271 section 9.2 (a route learned from an internal peer is not advertised to another internal peer),
//! RFC 4456 section 1 (therefore all edges of a company must be peers of each other), RFC 2328 section 16.1 (shortest
//! paths; paths of equal cost are used together).

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Span;
use crate::engine::state::{Link, LinkState};
use crate::network::{
    Announces, Attachment, CircuitId, Connection, Network, SiteId, State, WanLink, WanLinkId, at_sites,
};

/// The edge of another site, as seen from a site's own edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Peer {
    /// The site to which the other edge belongs.
    pub(in crate::engine) site: SiteId,
    /// The routes that are learned from the other edge.
    pub(in crate::engine) listens: Listens,
    /// The sites whose edges are next hops towards the other edge: the other edge itself, or the neighbors on the
    /// shortest paths. Empty if no links that are up lead to it.
    pub(in crate::engine) next: Vec<SiteId>,
    /// The position in the network file of the entry that makes the edges peers.
    pub(in crate::engine) span: Span,
}

/// The routes that are learned from another edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Listens {
    /// The routes from these circuits, which end at the other edge, each with the internal metric.
    Circuits(Vec<(CircuitId, u32)>),
    /// The routes that the links between both edges announce, with the internal metric over these links.
    Links(Announces, u32),
}

/// How the advertising edge learned a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::engine) enum Brought {
    /// The route is to a prefix of the edge's own site.
    Own,
    /// A circuit.
    Circuit(CircuitId),
    /// The route is the default route of the internet edge.
    Default,
    /// A tunnel.
    Tunnel,
}

impl Peer {
    /// Returns the internal metric to the other edge for routes that it learned in the way `brought`; `None` if such
    /// routes are not learned from it.
    pub(in crate::engine) fn metric(&self, brought: Brought) -> Option<u32> {
        match (&self.listens, brought) {
            (Listens::Circuits(all), Brought::Circuit(circuit)) => {
                all.iter().find(|(own, _)| *own == circuit).map(|(_, metric)| *metric)
            }
            (Listens::Circuits(_), _) => None,
            (Listens::Links(announces, metric), _) => {
                let found = match brought {
                    Brought::Own => announces.own,
                    Brought::Circuit(_) => announces.circuits,
                    Brought::Default => announces.default_route,
                    Brought::Tunnel => announces.tunnels,
                };
                found.then_some(*metric)
            }
        }
    }
}

/// Returns the site at whose edge a connection of an attachment's circuit ends; `None` if it is the attached site.
pub(in crate::engine) fn other_edge(
    network: &Network,
    attached: &Attachment,
    connection: Connection,
) -> Option<SiteId> {
    attached.metric.and_then(|_| network.edge_of(attached.circuit, connection))
}

/// Lists the other edges from which a site's edge learns, in the order of the site's circuits. If the file has links
/// between sites, the edges are in the order of the sites. Edges that no link reaches are included.
///
/// # Complexity
///
/// `O(n log n)` in the number of links.
pub(in crate::engine) fn peers(network: &Network, links: &LinkState, id: SiteId) -> Vec<Peer> {
    if network.wan.is_some() {
        return over_links(network, links, id);
    }
    let mut all: Vec<Peer> = Vec::new();
    let attachments = network.site(id).map(|site| site.attachments.as_slice()).unwrap_or_default();
    for attached in attachments {
        let Some(metric) = attached.metric else { continue };
        let route = (attached.circuit, metric);
        for site in network.edges_of(attached.circuit).into_iter().flatten() {
            let known = all.iter_mut().find(|peer| peer.site == site);
            if let Some(Peer { listens: Listens::Circuits(circuits), .. }) = known {
                circuits.push(route);
            } else {
                let (listens, span) = (Listens::Circuits(vec![route]), attached.span);
                all.push(Peer { site, listens, next: vec![site], span });
            }
        }
    }
    all
}

/// Returns whether the company's network connects the edge of one site to the clients of another site. Links that are
/// up and that announce the prefixes of sites must join both sites.
pub(in crate::engine) fn leads_to(network: &Network, links: &LinkState, from: SiteId, to: SiteId) -> bool {
    let announced = |link: &WanLink| link.announces.own;
    network.wan.is_none() || from == to || reached(network, links, from, announced).contains(&to)
}

/// Returns whether the edge of one site learns the circuits of another site's edge over links that are up.
pub(super) fn learns_circuits(network: &Network, links: &LinkState, from: SiteId, to: SiteId) -> bool {
    reached(network, links, from, |link| link.announces.circuits).contains(&to)
}

/// Returns the neighbors of one site on the shortest paths to another site over links that are up; empty if such links
/// do not lead to the other site.
pub(crate) fn neighbors_towards(
    network: &Network,
    links: &LinkState,
    from: SiteId,
    to: SiteId,
) -> BTreeSet<SiteId> {
    distances(network, links, from).remove(&to).map(|(_, next)| next).unwrap_or_default()
}

fn over_links(network: &Network, links: &LinkState, id: SiteId) -> Vec<Peer> {
    // All sites that links join in any state, so that sessions keep their ids when links fail.
    let known = network.joined(id, |_, _| true);
    let far = distances(network, links, id);
    let announced =
        |kind: fn(&Announces) -> bool| reached(network, links, id, move |link| kind(&link.announces));
    let own = announced(|announces| announces.own);
    let circuits = announced(|announces| announces.circuits);
    let default_route = announced(|announces| announces.default_route);
    let tunnels = announced(|announces| announces.tunnels);
    let place = network.wan_links_with_ids().find(|(_, link)| link.sites.contains(&id));
    let span = place.map(|(_, link)| link.span).unwrap_or_default();
    let peers = known.into_iter().filter(|site| *site != id).map(|site| {
        let announces = Announces {
            own: own.contains(&site),
            circuits: circuits.contains(&site),
            default_route: default_route.contains(&site),
            tunnels: tunnels.contains(&site),
        };
        let (metric, next) = far.get(&site).cloned().unwrap_or_default();
        Peer { site, listens: Listens::Links(announces, metric), next: next.into_iter().collect(), span }
    });
    peers.collect()
}

fn is_up(links: &LinkState, id: WanLinkId, link: &WanLink) -> bool {
    links.get(Link::Wan(id)).unwrap_or(link.state.value == State::Up)
}

/// Returns the sites that are joined with one site by links that are up and for which `counts` is true, including the
/// site itself.
fn reached(
    network: &Network,
    links: &LinkState,
    from: SiteId,
    counts: impl Fn(&WanLink) -> bool,
) -> BTreeSet<SiteId> {
    network.joined(from, |id, link| is_up(links, id, link) && counts(link))
}

/// Returns the internal metric to each site that links reach, and the neighbors on all shortest paths to it.
fn distances(
    network: &Network,
    links: &LinkState,
    from: SiteId,
) -> BTreeMap<SiteId, (u32, BTreeSet<SiteId>)> {
    let all = network.wan_links_with_ids().filter(|(id, link)| is_up(links, *id, link));
    let all: Vec<&WanLink> = all.map(|(_, link)| link).collect();
    let at = at_sites(&all);
    let mut far: BTreeMap<SiteId, (u32, BTreeSet<SiteId>)> = BTreeMap::from([(from, (0, BTreeSet::new()))]);
    let mut open: BTreeSet<(u32, SiteId)> = BTreeSet::from([(0, from)]);
    let mut done: BTreeSet<SiteId> = BTreeSet::new();
    while let Some((metric, site)) = open.pop_first() {
        if !done.insert(site) {
            continue;
        }
        let over = far.get(&site).map(|(_, next)| next.clone()).unwrap_or_default();
        for link in at.get(&site).into_iter().flatten() {
            for other in link.sites.iter().copied().filter(|other| *other != site) {
                let there = metric.saturating_add(link.metric);
                let next = if site == from { BTreeSet::from([other]) } else { over.clone() };
                match far.get_mut(&other) {
                    Some((known, _)) if *known < there => {}
                    Some((known, all)) if *known == there => all.extend(next),
                    _ => {
                        far.insert(other, (there, next));
                        open.insert((there, other));
                    }
                }
            }
        }
    }
    far.remove(&from);
    far
}
