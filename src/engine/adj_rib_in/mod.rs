//! A site's edge: the routes learned over each session (Adj-RIB-In), after import policy.
//!
//! ```text
//! sessions ─▶ routes of each session ─▶ route maps ─▶ Entry (for best-path selection), or why there is none
//! ```

mod advertisement;
mod announcement;
mod import_policy;
mod learn;
mod origin;
mod other_edge;
mod route_server;
mod static_routes;
mod virtual_hub;

pub(in crate::engine) use advertisement::{Advertiser, Internal};
pub(in crate::engine) use announcement::{Announced, Announcement, Announcements, Export};
pub(in crate::engine) use import_policy::Policy;
pub(in crate::engine) use learn::Neighbors;
pub use origin::{Absence, AbsentRoute, Denial, RouteOrigin};

use std::collections::HashMap;
use std::sync::Arc;

use crate::addr::{Family, IpPrefix};
use crate::engine::inputs::Inputs;
use crate::engine::route_server::RouteServers;
use crate::engine::session::{Brought, Peer, Session, SessionKind, peers, sessions_with};
use crate::engine::virtual_hub::Hubs;
use crate::network::{CircuitId, Site, SiteId};
use crate::rib::{AttributeTable, Attributes, AttributesId, DecisionProcess, SessionId};

use advertisement::{Advertisement, Source};
use import_policy::process;

/// A route to a prefix as best-path selection sees it. It is small, because there may be millions of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    /// The session over which the route is learned, or to which it points.
    pub(super) session: SessionId,
    /// The index of the route's source in [`Edge::sources`].
    pub(super) source: u32,
    /// The route's attributes after import policy.
    pub(super) attributes: AttributesId,
}

/// The outcome for a route of a session.
#[derive(Debug)]
pub(super) enum Admission {
    /// The route takes part in the choice.
    Accepted,
    /// The route does not take part in the choice, for this reason.
    Missing(Absence),
}

/// The prefixes that Microsoft advertises on each circuit and those that virtual hubs announce. All sites and sessions
/// share them.
#[derive(Debug, Default)]
pub(super) struct Advertisements {
    circuits: HashMap<CircuitId, Advertisement>,
    hubs: Arc<Hubs>,
    route_servers: Arc<RouteServers>,
}

impl Advertisements {
    /// Collects the advertisements on every circuit of a network, for prefixes for which `wanted` is true.
    pub(super) fn of(
        inputs: Inputs<'_>,
        hubs: Arc<Hubs>,
        route_servers: Arc<RouteServers>,
        wanted: &dyn Fn(IpPrefix) -> bool,
    ) -> Self {
        let all = inputs.network.circuits_with_ids().map(|(id, circuit)| {
            (id, Advertiser::new(inputs.catalog, inputs.links, id, circuit).advertisement(wanted))
        });
        Self { circuits: all.collect(), hubs, route_servers }
    }

    /// Returns the advertisements on one circuit.
    fn get(&self, id: CircuitId) -> Option<&Advertisement> {
        self.circuits.get(&id)
    }
}

/// A site's edge.
#[derive(Debug)]
pub(super) struct Edge<'a> {
    pub(super) inputs: Inputs<'a>,
    pub(super) id: SiteId,
    pub(super) sessions: Vec<Session>,
    pub(super) process: DecisionProcess,
    pub(super) sources: Vec<Source>,
    pub(super) attributes: AttributeTable,
    /// The attributes of a route for which the network file gives none.
    pub(super) no_attributes: AttributesId,
    pub(super) site: &'a Site,
    /// The other edges from which this edge learns.
    peers: Vec<Peer>,
    policies: Vec<Policy>,
    // The policies for circuits that end at other edges.
    remote: HashMap<CircuitId, Policy>,
    source_ids: HashMap<Source, u32>,
    // The results of import policy for attributes, if the policy does not depend on the prefix.
    imported: HashMap<(SessionId, Option<Brought>, AttributesId), Result<AttributesId, Denial>>,
    // Whether evaluation of the attributes of a file's routes may be deferred, and the deferred ones.
    defers: bool,
    deferred: Option<Deferred<'a>>,
}

/// The attributes of a file's routes before any comparison. Most routes have no rival, and copying the attributes
/// of a million routes would take longer than choosing among them.
#[derive(Debug)]
struct Deferred<'a> {
    /// The source that all entries from the file share. Until they are evaluated, these entries have the attributes in
    /// the file.
    source: u32,
    file: &'a AttributeTable,
    /// The attributes that the session sets on a route, for each family.
    bases: [Attributes; 2],
    known: HashMap<(Family, AttributesId), AttributesId>,
}

/// Returns the attributes of a route in a file. Attributes that the file does not give are taken from the session.
pub(super) fn completed(base: &Attributes, stated: &Attributes) -> Attributes {
    let found = Some(stated.peer_address).filter(|address| !address.is_unspecified());
    Attributes {
        next_hop: stated.next_hop.or(base.next_hop),
        learned: base.learned,
        igp_metric: base.igp_metric,
        peer_address: found.unwrap_or(base.peer_address),
        ..stated.clone()
    }
}

impl<'a> Edge<'a> {
    /// Creates the edge of a site, with nothing learned; `None` for a site of another network.
    pub(super) fn new(inputs: Inputs<'a>, id: SiteId) -> Option<Self> {
        let site = inputs.network.site(id)?;
        let peers = peers(inputs.network, inputs.links, id);
        let sessions = sessions_with(inputs.network, inputs.links, id, &peers);
        let policies = sessions.iter().map(|session| Policy::of(inputs.network, site, session)).collect();
        // If the other connection of a circuit ends at another site, the site's route map applies only to its own
        // connection.
        let remote = site.attachments.iter().filter(|own| !own.is_split()).map(|own| own.circuit);
        let remote = remote.map(|circuit| (circuit, Policy::of_remote(inputs.network, site, circuit)));
        let remote = if peers.is_empty() { HashMap::new() } else { remote.collect() };
        let mut attributes = AttributeTable::new();
        let no_attributes = attributes.intern(Attributes::default());
        Some(Self {
            inputs,
            id,
            sessions,
            process: process(site),
            sources: Vec::new(),
            attributes,
            no_attributes,
            site,
            peers,
            policies,
            remote,
            source_ids: HashMap::new(),
            imported: HashMap::new(),
            defers: false,
            deferred: None,
        })
    }

    /// Enables deferred evaluation. The caller must call [`Self::looked_at`] for each route before comparing it.
    pub(super) fn deferring(self) -> Self {
        Self { defers: true, ..self }
    }

    /// Defers evaluating the attributes of a file's routes, all of which share this source and arrive over one session.
    /// Returns `false` if the attributes must be evaluated to determine which routes exist.
    pub(super) fn defer(
        &mut self,
        session: &Session,
        source: u32,
        file: &'a AttributeTable,
        bases: &[Attributes; 2],
    ) -> bool {
        let policy = usize::try_from(session.id.index()).ok().and_then(|index| self.policies.get(index));
        let defers = self.defers && self.deferred.is_none() && policy.is_none_or(Policy::is_empty);
        if defers {
            self.deferred = Some(Deferred { source, file, bases: bases.clone(), known: HashMap::new() });
        }
        defers
    }

    /// Returns an entry for a prefix of this family, with attributes that are in [`Self::attributes`].
    pub(super) fn looked_at(&mut self, family: Family, entry: Entry) -> Entry {
        let Some(deferred) = self.deferred.as_mut().filter(|deferred| deferred.source == entry.source) else {
            return entry;
        };
        let [v4, v6] = &deferred.bases;
        let base = if family == Family::V4 { v4 } else { v6 };
        let attributes = *deferred.known.entry((family, entry.attributes)).or_insert_with(|| {
            let stated = deferred.file.get(entry.attributes);
            stated.map_or(self.no_attributes, |stated| self.attributes.intern(completed(base, stated)))
        });
        Entry { attributes, ..entry }
    }

    /// Returns the session with the given id.
    pub(super) fn session(&self, id: SessionId) -> Option<&Session> {
        usize::try_from(id.index()).ok().and_then(|index| self.sessions.get(index))
    }

    /// Returns the source of an entry of this edge.
    pub(super) fn source(&self, entry: Entry) -> Option<&Source> {
        usize::try_from(entry.source).ok().and_then(|index| self.sources.get(index))
    }

    /// Returns the index of a source.
    pub(super) fn source_id(&mut self, source: Source) -> u32 {
        if let Some(known) = self.source_ids.get(&source) {
            return *known;
        }
        let id = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        self.sources.push(source.clone());
        self.source_ids.insert(source, id);
        id
    }

    /// Returns whether it can be uncertain if routes over a session exist: a route map may have rejected them, another
    /// edge may not advertise them, or Global Reach may not propagate them.
    pub(super) fn may_refuse(&self, session: &Session) -> bool {
        let policy = usize::try_from(session.id.index()).ok().and_then(|index| self.policies.get(index));
        let doubtful = match session.kind {
            SessionKind::Edge(_) => true,
            SessionKind::Circuit(id, ..) => {
                let network = self.inputs.network;
                !network.global_reach(id).is_empty()
                    || network.has_static_routes_of_hubs()
                    || network.has_route_server()
            }
            SessionKind::Vpn(..) => {
                self.inputs.network.has_static_routes_of_hubs() || self.inputs.network.has_route_server()
            }
            _ => false,
        };
        doubtful || policy.is_some_and(|policy| !policy.is_empty())
    }

    /// Applies the session's route maps to attributes. If another edge advertised the route (`brought`) and learned it
    /// from a circuit, the route maps of that circuit apply.
    pub(super) fn import(
        &mut self,
        session: &Session,
        brought: Option<Brought>,
        prefix: IpPrefix,
        id: AttributesId,
    ) -> Result<AttributesId, Denial> {
        let policy = match brought {
            Some(Brought::Circuit(circuit)) => self.remote.get(&circuit),
            Some(_) => None,
            None => usize::try_from(session.id.index()).ok().and_then(|index| self.policies.get(index)),
        };
        let Some(policy) = policy.filter(|policy| !policy.is_empty()) else { return Ok(id) };
        let key = (session.id, brought, id);
        if !policy.by_prefix
            && let Some(known) = self.imported.get(&key)
        {
            return *known;
        }
        let by_prefix = policy.by_prefix;
        let Some(attributes) = self.attributes.get(id) else { return Ok(id) };
        let mut changed = policy.apply(self.inputs.network, prefix, attributes, &session.name);
        // Other possible outcomes of a route at another edge do not pass the route maps of this edge.
        if let (Some(_), Ok(Attributes { unsettled: Some(open), .. })) = (brought, &mut changed) {
            open.more |= !open.others.is_empty();
        }
        let result = changed.map(|attributes| self.attributes.intern(attributes));
        if !by_prefix {
            self.imported.insert(key, result);
        }
        result
    }
}
