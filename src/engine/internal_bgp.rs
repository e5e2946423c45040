//! Internal BGP between the edges of sites: each edge advertises the best routes that it learned itself.
//!
//! A router advertises only its best route for a prefix to internal peers, and no route that it learned from another
//! internal peer (RFC 4271 section 9.2). If a route loses at the edge that learned it, no other edge learns it. Because
//! the advertisements of one edge change the best paths of another, the edges are evaluated in rounds until nothing
//! changes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::addr::IpPrefix;
use crate::engine::adj_rib_in::{
    Absence, Admission, Advertisements, Announced, Announcement, Announcements, Edge, Entry, Export,
    Neighbors, RouteOrigin,
};
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{best, is_learned, is_open, rivals, way};
use crate::engine::session::{Brought, Peer, SessionKind, peers};
use crate::network::{Site, SiteId};

/// The number of rounds after which edges are assumed not to converge. One round suffices for all results that do not
/// depend on another edge.
const TURNS: usize = 16;

/// Returns the routes that each edge advertises to its internal peers, for prefixes for which `wanted` is true. With
/// `all`, the routes that the edge could advertise but does not are included.
///
/// # Complexity
///
/// Linear in the routes of the edges with internal peers, for each round.
pub(in crate::engine) fn announcements(
    inputs: Inputs<'_>,
    microsoft: &Advertisements,
    all: bool,
    wanted: &dyn Fn(IpPrefix) -> bool,
) -> Announcements {
    let mut speakers: Vec<Speaker<'_>> = listened_to(inputs)
        .into_iter()
        .filter_map(|(site, asked)| Speaker::new(inputs, microsoft, site, &asked, all, wanted))
        .collect();
    let mut advertised = Announcements::default();
    let turns = if speakers.iter().any(Speaker::listens) { TURNS } else { 1 };
    let mut unstable: HashSet<IpPrefix, foldhash::fast::FixedState> = HashSet::default();
    for _ in 0..turns {
        unstable.clear();
        for speaker in &mut speakers {
            let routes = speaker.advertise(microsoft, &advertised, all, &|_| false);
            unstable.extend(changes(&speaker.routes, &routes));
            speaker.routes = routes;
        }
        advertised.0 = speakers.iter().map(|speaker| (speaker.site, speaker.announcement())).collect();
        if unstable.is_empty() {
            break;
        }
    }
    // The advertisements of edges that do not converge alternate.
    if turns > 1 && !unstable.is_empty() {
        for speaker in &mut speakers {
            speaker.routes =
                speaker.advertise(microsoft, &advertised, all, &|prefix| unstable.contains(&prefix));
        }
        advertised.0 = speakers.iter().map(|speaker| (speaker.site, speaker.announcement())).collect();
    }
    advertised
}

/// Returns the prefixes whose advertisements changed.
fn changes(before: &[Announced], after: &[Announced]) -> Vec<IpPrefix> {
    let by_prefix = |routes: &[Announced]| {
        let mut all: BTreeMap<IpPrefix, Vec<Announced>> = BTreeMap::new();
        for route in routes {
            all.entry(route.prefix).or_default().push(route.clone());
        }
        all
    };
    if before == after {
        return Vec::new();
    }
    let (before, after) = (by_prefix(before), by_prefix(after));
    let prefixes: BTreeSet<IpPrefix> = before.keys().chain(after.keys()).copied().collect();
    prefixes.into_iter().filter(|prefix| before.get(prefix) != after.get(prefix)).collect()
}

/// Returns the edges from which other edges learn, each with the peers that learn from it.
fn listened_to(inputs: Inputs<'_>) -> BTreeMap<SiteId, Vec<Peer>> {
    let mut all: BTreeMap<SiteId, Vec<Peer>> = BTreeMap::new();
    if inputs.network.wan.is_none() && !inputs.network.sites.iter().any(reaches_others) {
        return all;
    }
    for (id, _) in inputs.network.sites_with_ids() {
        for peer in peers(inputs.network, inputs.links, id) {
            let asked = all.entry(peer.site).or_default();
            if !asked.iter().any(|known| known.listens == peer.listens) {
                asked.push(peer);
            }
        }
    }
    all
}

/// Returns whether a site may learn the routes from a circuit over another edge.
fn reaches_others(site: &Site) -> bool {
    site.attachments.iter().any(|own| own.metric.is_some())
}

/// Returns how an edge learned an entry; `None` if the entry may not be advertised to other edges.
fn brought(edge: &Edge<'_>, prefix: IpPrefix, entry: Entry) -> Option<Brought> {
    match (edge.session(entry.session)?.kind, &edge.source(entry)?.origin) {
        (_, RouteOrigin::Static { .. }) => None,
        (SessionKind::OnPremises, RouteOrigin::Site(site)) if *site == edge.id => Some(Brought::Own),
        (SessionKind::Circuit(circuit, ..), _) => Some(Brought::Circuit(circuit)),
        (SessionKind::Internet(_), RouteOrigin::Default) if prefix.length() == 0 => Some(Brought::Default),
        (SessionKind::Vpn(..), _) => Some(Brought::Tunnel),
        _ => None,
    }
}

/// An edge from which other edges learn.
struct Speaker<'a> {
    site: SiteId,
    edge: Edge<'a>,
    /// The routes that the edge learned itself, for each prefix that may be advertised.
    own: BTreeMap<IpPrefix, Vec<Entry>>,
    /// The routes that the edge would advertise if they were not rejected or missing.
    absent: Vec<Announced>,
    /// The routes that the edge advertised in the previous round.
    routes: Vec<Announced>,
}

impl<'a> Speaker<'a> {
    fn new(
        inputs: Inputs<'a>,
        microsoft: &Advertisements,
        site: SiteId,
        asked: &[Peer],
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
    ) -> Option<Self> {
        let mut edge = Edge::new(inputs, site)?;
        let nothing = Announcements::default();
        let from = Neighbors { microsoft, edges: &nothing };
        let is_asked = |brought: Brought| asked.iter().any(|peer| peer.metric(brought).is_some());
        // Only the default route is needed: an internet edge's table may be long, and no other route in it is
        // advertised.
        let own_kinds = |kind: SessionKind| match kind {
            SessionKind::OnPremises => is_asked(Brought::Own),
            SessionKind::Circuit(circuit, ..) => is_asked(Brought::Circuit(circuit)),
            SessionKind::Vpn(..) => is_asked(Brought::Tunnel),
            SessionKind::Internet(_) | SessionKind::Edge(_) | SessionKind::Discard => false,
        };
        let mut own: BTreeMap<IpPrefix, Vec<Entry>> = BTreeMap::new();
        let mut kept_away: Vec<(IpPrefix, Entry, Absence)> = Vec::new();
        let mut take = |prefix: IpPrefix, entry: Entry, fate: Admission| match fate {
            Admission::Accepted => drop(own.entry(prefix).or_default()),
            Admission::Missing(absence) => kept_away.push((prefix, entry, absence)),
        };
        edge.learn_over(&own_kinds, from, all, wanted, &mut take);
        if is_asked(Brought::Default) {
            let of_internet = |kind: SessionKind| matches!(kind, SessionKind::Internet(_));
            let default = |prefix: IpPrefix| prefix.length() == 0 && wanted(prefix);
            edge.learn_over(&of_internet, from, all, &default, &mut take);
        }
        let prefixes: HashSet<IpPrefix, foldhash::fast::FixedState> = own.keys().copied().collect();
        let not_internal = |kind: SessionKind| !matches!(kind, SessionKind::Edge(_));
        let of_these = |prefix: IpPrefix| prefixes.contains(&prefix);
        edge.learn_over(&not_internal, from, false, &of_these, &mut |prefix, entry, fate| {
            if let (Admission::Accepted, Some(group)) = (fate, own.get_mut(&prefix)) {
                group.push(entry);
            }
        });
        let absent = kept_away
            .into_iter()
            .filter_map(|(prefix, entry, absence)| announced(&edge, prefix, entry, Export::No(absence)));
        let absent = absent.collect();
        Some(Self { site, edge, own, absent, routes: Vec::new() })
    }

    /// Returns whether the edge itself learns from other edges.
    fn listens(&self) -> bool {
        self.edge.sessions.iter().any(|session| matches!(session.kind, SessionKind::Edge(_)))
    }

    /// Returns the routes that the edge advertises while other edges advertise `theirs`. For prefixes that do not
    /// converge, it may advertise any of its routes.
    fn advertise(
        &mut self,
        microsoft: &Advertisements,
        theirs: &Announcements,
        all: bool,
        unsettled: &dyn Fn(IpPrefix) -> bool,
    ) -> Vec<Announced> {
        let mut learned: HashMap<IpPrefix, Vec<Entry>, foldhash::fast::FixedState> = HashMap::default();
        if self.listens() {
            let own = &self.own;
            let from = Neighbors { microsoft, edges: theirs };
            let of_edges = |kind: SessionKind| matches!(kind, SessionKind::Edge(_));
            self.edge.learn_over(
                &of_edges,
                from,
                false,
                &|prefix| own.contains_key(&prefix),
                &mut |prefix, entry, fate| {
                    if matches!(fate, Admission::Accepted) {
                        learned.entry(prefix).or_default().push(entry);
                    }
                },
            );
        }
        let mut routes = Vec::with_capacity(self.own.len());
        let mut group: Vec<Entry> = Vec::new();
        for (prefix, own) in &self.own {
            if unsettled(*prefix) {
                let any = own.iter().filter_map(|own| announced(&self.edge, *prefix, *own, Export::Possibly));
                routes.extend(any);
                continue;
            }
            // A router advertises its own prefixes regardless of the routes that it learned. Among the routes learned
            // over BGP it advertises the best, even if it uses a route from another source.
            let is_own = |entry: &&Entry| brought(&self.edge, *prefix, **entry) == Some(Brought::Own);
            let connected: Vec<Entry> = own.iter().filter(is_own).copied().collect();
            if !connected.is_empty() {
                let connected = connected.into_iter();
                routes.extend(connected.filter_map(|own| announced(&self.edge, *prefix, own, Export::Yes)));
                continue;
            }
            let learned = learned.get(prefix).into_iter().flatten();
            group.clear();
            group.extend(own.iter().chain(learned).filter(|entry| is_learned(&self.edge, **entry)));
            self.advertise_prefix(*prefix, &group, all, &mut routes);
        }
        routes.extend(self.absent.iter().cloned());
        routes
    }

    /// Adds the advertised routes to one prefix: the routes from the circuits that the edge prefers.
    fn advertise_prefix(&self, prefix: IpPrefix, group: &[Entry], all: bool, routes: &mut Vec<Announced>) {
        let edge = &self.edge;
        let is_doubtful = |entry: &Entry| {
            edge.source(*entry).is_some_and(|source| matches!(source.origin, RouteOrigin::Doubtful(..)))
        };
        let certain: Vec<Entry> = group.iter().filter(|entry| !is_doubtful(entry)).copied().collect();
        // Routes that are certain to be advertised, and routes that may be advertised.
        let (mut sure, mut open): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
        if is_open(edge, &certain) {
            let rivals: Vec<Entry> =
                rivals(edge, &certain).into_iter().filter_map(|index| certain.get(index).copied()).collect();
            // A route that is best in every case is advertised, regardless of the outcome for the other routes.
            if let [only] = rivals.as_slice()
                && !is_open(edge, &[*only])
            {
                sure.push(*only);
            } else {
                open.extend(rivals);
            }
        } else if let Some(best) = best(edge, &certain) {
            let at = |index: &usize| certain.get(*index).copied();
            if best.undetermined.is_empty() {
                sure.extend(best.next_hops.first().and_then(at));
            } else {
                open.extend(best.next_hops.iter().chain(&best.undetermined).filter_map(at));
            }
        }
        if certain.len() < group.len()
            && let Some(best) = best(edge, group)
        {
            let rivals = best.next_hops.iter().chain(&best.undetermined);
            sure.extend(rivals.filter_map(|index| group.get(*index)).filter(|entry| is_doubtful(entry)));
        }
        for entry in group {
            let export = if sure.contains(entry) {
                Export::Yes
            } else if open.contains(entry) {
                Export::Possibly
            } else if all && !is_advertised_beside(edge, prefix, *entry, sure.iter().chain(&open)) {
                let span = edge.source(*entry).map(|source| source.span).unwrap_or_default();
                Export::No(Absence::Hidden { site: self.site, span })
            } else {
                continue;
            };
            routes.extend(announced(edge, prefix, *entry, export));
        }
    }

    fn announcement(&self) -> Announcement {
        Announcement {
            routes: self.routes.clone(),
            sources: self.edge.sources.clone(),
            attributes: self.edge.attributes.clone(),
        }
    }
}

/// Returns whether a route from another session of the same circuit, tunnel or edge is advertised as well.
fn is_advertised_beside<'e>(
    edge: &Edge<'_>,
    prefix: IpPrefix,
    entry: Entry,
    mut advertised: impl Iterator<Item = &'e Entry>,
) -> bool {
    let own = brought(edge, prefix, entry);
    advertised.any(|other| brought(edge, prefix, *other) == own)
}

/// Returns a route as it is advertised; `None` for a route that other edges never learn.
fn announced(edge: &Edge<'_>, prefix: IpPrefix, entry: Entry, export: Export) -> Option<Announced> {
    let brought = brought(edge, prefix, entry)?;
    let (source, attributes, way) = (entry.source, entry.attributes, way(edge, entry)?);
    Some(Announced { prefix, source, attributes, brought, way, export })
}
