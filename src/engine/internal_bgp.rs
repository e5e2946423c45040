//! What the edges of sites tell each other: the best of what each learned itself.
//!
//! A router tells internal peers its best route to a prefix alone, and none that it learned from another of them (RFC 4271
//! section 9.2); so a route that loses at the edge that learned it is seen nowhere else. What one tells changes what
//! is best at another: edges are asked in turns until none says anything else.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::addr::IpPrefix;
use crate::engine::adj_rib_in::{
    Absence, Advertisements, Announced, Announcement, Announcements, Edge, Entry, Fate, Neighbors, Origin,
    Told,
};
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{best, is_learned, is_open, rivals, way};
use crate::engine::session::{SessionKind, peers};
use crate::network::{CircuitId, SiteId};

/// After how many turns edges are taken not to agree. One turn settles what does not depend on another edge.
const TURNS: usize = 16;

/// What every edge that others listen to tells them about prefixes for which `wanted` holds; with `all` also what it could
/// tell and does not.
///
/// # Complexity
///
/// Linear in the routes of these edges, a few times.
pub(in crate::engine) fn announcements(
    inputs: Inputs<'_>,
    microsoft: &Advertisements,
    all: bool,
    wanted: &dyn Fn(IpPrefix) -> bool,
) -> Announcements {
    let mut speakers: Vec<Speaker<'_>> = listened_to(inputs)
        .into_iter()
        .filter_map(|(site, circuits)| Speaker::new(inputs, microsoft, site, circuits, all, wanted))
        .collect();
    let mut told = Announcements::default();
    let turns = if speakers.iter().any(Speaker::listens) { TURNS } else { 1 };
    let mut unstable: HashSet<IpPrefix, foldhash::fast::FixedState> = HashSet::default();
    for _ in 0..turns {
        unstable.clear();
        for speaker in &mut speakers {
            let routes = speaker.tell(microsoft, &told, all, &|_| false);
            unstable.extend(changes(&speaker.routes, &routes));
            speaker.routes = routes;
        }
        told.0 = speakers.iter().map(|speaker| (speaker.site, speaker.announcement())).collect();
        if unstable.is_empty() {
            break;
        }
    }
    // Edges that do not agree tell now this and now that.
    if turns > 1 && !unstable.is_empty() {
        for speaker in &mut speakers {
            speaker.routes = speaker.tell(microsoft, &told, all, &|prefix| unstable.contains(&prefix));
        }
        told.0 = speakers.iter().map(|speaker| (speaker.site, speaker.announcement())).collect();
    }
    told
}

/// The prefixes of which something else is told than before.
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

/// The edges that others listen to, each with the circuits that it is listened to for.
fn listened_to(inputs: Inputs<'_>) -> BTreeMap<SiteId, BTreeSet<CircuitId>> {
    let mut all: BTreeMap<SiteId, BTreeSet<CircuitId>> = BTreeMap::new();
    for (id, _) in inputs.network.sites_with_ids() {
        for peer in peers(inputs.network, id) {
            all.entry(peer.site).or_default().extend(peer.circuits.iter().map(|(circuit, _)| *circuit));
        }
    }
    all
}

/// An edge that others listen to.
struct Speaker<'a> {
    site: SiteId,
    edge: Edge<'a>,
    /// What it learned itself, of each prefix that a circuit brings.
    own: BTreeMap<IpPrefix, Vec<Entry>>,
    /// What circuits would bring it, had nothing kept it away.
    absent: Vec<Announced>,
    /// What it told last.
    routes: Vec<Announced>,
}

impl<'a> Speaker<'a> {
    fn new(
        inputs: Inputs<'a>,
        microsoft: &Advertisements,
        site: SiteId,
        circuits: BTreeSet<CircuitId>,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
    ) -> Option<Self> {
        let mut edge = Edge::new(inputs, site)?;
        let nothing = Announcements::default();
        let from = Neighbors { microsoft, edges: &nothing };
        let is_told =
            |kind: SessionKind| matches!(kind, SessionKind::Circuit(id, ..) if circuits.contains(&id));
        let mut own: BTreeMap<IpPrefix, Vec<Entry>> = BTreeMap::new();
        let mut kept_away: Vec<(IpPrefix, Entry, Absence)> = Vec::new();
        edge.learn_over(&is_told, from, all, wanted, &mut |prefix, entry, fate| match fate {
            Fate::Taken => own.entry(prefix).or_default().push(entry),
            Fate::Absent(absence) => kept_away.push((prefix, entry, absence)),
        });
        let prefixes: HashSet<IpPrefix, foldhash::fast::FixedState> = own.keys().copied().collect();
        let rivals = |kind: SessionKind| !is_told(kind) && !matches!(kind, SessionKind::Edge(_));
        edge.learn_over(
            &rivals,
            from,
            false,
            &|prefix| prefixes.contains(&prefix),
            &mut |prefix, entry, fate| {
                if let (Fate::Taken, Some(group)) = (fate, own.get_mut(&prefix)) {
                    group.push(entry);
                }
            },
        );
        for group in own.values_mut() {
            // A router tells the best of what it learned by BGP, whatever else it uses.
            group.retain(|entry| is_learned(&edge, *entry));
        }
        let absent = kept_away.into_iter().filter_map(|(prefix, entry, absence)| {
            let told = Told::No(absence);
            announced(&edge, prefix, entry, told)
        });
        let absent = absent.collect();
        Some(Self { site, edge, own, absent, routes: Vec::new() })
    }

    /// Whether it listens to others itself.
    fn listens(&self) -> bool {
        self.edge.sessions.iter().any(|session| matches!(session.kind, SessionKind::Edge(_)))
    }

    /// What it tells, while others tell `told`; of prefixes that are not settled it may tell anything.
    fn tell(
        &mut self,
        microsoft: &Advertisements,
        told: &Announcements,
        all: bool,
        unsettled: &dyn Fn(IpPrefix) -> bool,
    ) -> Vec<Announced> {
        let mut heard: HashMap<IpPrefix, Vec<Entry>, foldhash::fast::FixedState> = HashMap::default();
        if self.listens() {
            let own = &self.own;
            let from = Neighbors { microsoft, edges: told };
            let of_edges = |kind: SessionKind| matches!(kind, SessionKind::Edge(_));
            self.edge.learn_over(
                &of_edges,
                from,
                false,
                &|prefix| own.contains_key(&prefix),
                &mut |prefix, entry, fate| {
                    if matches!(fate, Fate::Taken) {
                        heard.entry(prefix).or_default().push(entry);
                    }
                },
            );
        }
        let mut routes = Vec::with_capacity(self.own.len());
        let mut group: Vec<Entry> = Vec::new();
        for (prefix, own) in &self.own {
            if unsettled(*prefix) {
                let any = own.iter().filter_map(|own| announced(&self.edge, *prefix, *own, Told::Perhaps));
                routes.extend(any);
                continue;
            }
            group.clear();
            group.extend(own);
            group.extend(
                heard.get(prefix).into_iter().flatten().filter(|entry| is_learned(&self.edge, **entry)),
            );
            self.tell_of(*prefix, &group, all, &mut routes);
        }
        routes.extend(self.absent.iter().cloned());
        routes
    }

    /// What it tells of the routes to one prefix: those of circuits that it prefers.
    fn tell_of(&self, prefix: IpPrefix, group: &[Entry], all: bool, routes: &mut Vec<Announced>) {
        let edge = &self.edge;
        let is_doubtful = |entry: &Entry| {
            edge.source(*entry).is_some_and(|source| matches!(source.origin, Origin::Doubtful(..)))
        };
        let certain: Vec<Entry> = group.iter().filter(|entry| !is_doubtful(entry)).copied().collect();
        // What is told for sure, and what may be.
        let (mut sure, mut open): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
        if is_open(edge, &certain) {
            open.extend(rivals(edge, &certain).into_iter().filter_map(|index| certain.get(index)));
        } else if let Some(best) = best(edge, &certain) {
            let at = |index: &usize| certain.get(*index).copied();
            if best.undetermined.is_empty() {
                sure.extend(best.carriers.first().and_then(at));
            } else {
                open.extend(best.carriers.iter().chain(&best.undetermined).filter_map(at));
            }
        }
        if certain.len() < group.len()
            && let Some(best) = best(edge, group)
        {
            let rivals = best.carriers.iter().chain(&best.undetermined);
            sure.extend(rivals.filter_map(|index| group.get(*index)).filter(|entry| is_doubtful(entry)));
        }
        for entry in group {
            let told = if sure.contains(entry) {
                Told::Yes
            } else if open.contains(entry) {
                Told::Perhaps
            } else if all {
                let span = edge.source(*entry).map(|source| source.span).unwrap_or_default();
                Told::No(Absence::Hidden { site: self.site, span })
            } else {
                continue;
            };
            routes.extend(announced(edge, prefix, *entry, told));
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

/// A route as it is told; `None` for what no circuit of the edge brought.
fn announced(edge: &Edge<'_>, prefix: IpPrefix, entry: Entry, told: Told) -> Option<Announced> {
    let SessionKind::Circuit(circuit, ..) = edge.session(entry.session)?.kind else { return None };
    let (source, attributes, way) = (entry.source, entry.attributes, way(edge, entry)?);
    Some(Announced { prefix, source, attributes, circuit, way, told })
}
