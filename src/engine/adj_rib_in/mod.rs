//! A site's edge: what each of its sessions learns (Adj-RIB-In), through its import policy.
//!
//! ```text
//! sessions ─▶ routes of each ─▶ route maps ─▶ Entry (to the choice), or why there is none
//! ```

mod advertisement;
mod announcement;
mod import_policy;
mod learn;
mod origin;
mod other_edge;
mod route_server;
mod virtual_hub;

pub(in crate::engine) use advertisement::{Advertiser, Internal};
pub(in crate::engine) use announcement::{Announced, Announcement, Announcements, Export};
pub(in crate::engine) use import_policy::Policy;
pub(in crate::engine) use learn::Neighbors;
pub use origin::{Absence, AbsentRoute, Denial, Origin};

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

/// A route to a prefix as the choice sees it: small, since there may be millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    /// The session that it is learned or leads over.
    pub(super) session: SessionId,
    /// Index of its source in [`Edge::sources`].
    pub(super) source: u32,
    /// Its attributes after import policy.
    pub(super) attributes: AttributesId,
}

/// What became of a route of a session.
#[derive(Debug)]
pub(super) enum Fate {
    /// It takes part in the choice.
    Taken,
    /// It does not, and why.
    Absent(Absence),
}

/// What Microsoft advertises on each circuit, and what virtual hubs announce; shared by all sites and all sessions.
#[derive(Debug, Default)]
pub(super) struct Advertisements {
    circuits: HashMap<CircuitId, Advertisement>,
    hubs: Arc<Hubs>,
    route_servers: Arc<RouteServers>,
}

impl Advertisements {
    /// Of every circuit of a network, of prefixes for which `wanted` holds.
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

    /// Of one circuit.
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
    /// The attributes of a route about which nobody said anything.
    pub(super) no_attributes: AttributesId,
    pub(super) site: &'a Site,
    /// The other edges that it listens to.
    peers: Vec<Peer>,
    policies: Vec<Policy>,
    // Of circuits that end at other edges.
    remote: HashMap<CircuitId, Policy>,
    source_ids: HashMap<Source, u32>,
    // What import policy makes of attributes where it does not look at the prefix.
    imported: HashMap<(SessionId, Option<Brought>, AttributesId), Result<AttributesId, Denial>>,
    // Whether attributes of routes of a file may be looked at later, and those that are.
    defers: bool,
    deferred: Option<Deferred<'a>>,
}

/// The attributes of a file's routes before anybody compares them: most routes have no rival, and copying what is said
/// of a million would take longer than choosing among them.
#[derive(Debug)]
struct Deferred<'a> {
    /// The source that all entries of the file have. Their attributes are the file's until they are looked at.
    source: u32,
    file: &'a AttributeTable,
    /// What this session says of a route of each family.
    bases: [Attributes; 2],
    known: HashMap<(Family, AttributesId), AttributesId>,
}

/// What a file says of a route, with what the session says where the file says nothing.
pub(super) fn heard(base: &Attributes, said: &Attributes) -> Attributes {
    let told = Some(said.peer_address).filter(|address| !address.is_unspecified());
    Attributes {
        next_hop: said.next_hop.or(base.next_hop),
        learned: base.learned,
        igp_metric: base.igp_metric,
        peer_address: told.unwrap_or(base.peer_address),
        ..said.clone()
    }
}

impl<'a> Edge<'a> {
    /// The edge of a site, with nothing learned; `None` for a site of another network.
    pub(super) fn new(inputs: Inputs<'a>, id: SiteId) -> Option<Self> {
        let site = inputs.network.site(id)?;
        let peers = peers(inputs.network, inputs.links, id);
        let sessions = sessions_with(inputs.network, inputs.links, id, &peers);
        let policies = sessions.iter().map(|session| Policy::of(inputs.network, site, session)).collect();
        // Of a circuit whose other connection ends elsewhere, the site's map is of its own connection alone.
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

    /// The same edge, where who compares routes asks [`Self::looked_at`] for each of them first.
    pub(super) fn deferring(self) -> Self {
        Self { defers: true, ..self }
    }

    /// Puts off looking at the attributes of a file whose routes, all of this source, come over a session. `false`
    /// where they must be looked at to know which routes there are.
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

    /// An entry to a prefix of this family with attributes that [`Self::attributes`] has.
    pub(super) fn looked_at(&mut self, family: Family, entry: Entry) -> Entry {
        let Some(deferred) = self.deferred.as_mut().filter(|deferred| deferred.source == entry.source) else {
            return entry;
        };
        let [v4, v6] = &deferred.bases;
        let base = if family == Family::V4 { v4 } else { v6 };
        let attributes = *deferred.known.entry((family, entry.attributes)).or_insert_with(|| {
            let said = deferred.file.get(entry.attributes);
            said.map_or(self.no_attributes, |said| self.attributes.intern(heard(base, said)))
        });
        Entry { attributes, ..entry }
    }

    /// The session of an id of this edge.
    pub(super) fn session(&self, id: SessionId) -> Option<&Session> {
        usize::try_from(id.index()).ok().and_then(|index| self.sessions.get(index))
    }

    /// The source of an entry of this edge.
    pub(super) fn source(&self, entry: Entry) -> Option<&Source> {
        usize::try_from(entry.source).ok().and_then(|index| self.sources.get(index))
    }

    /// The index of a source.
    pub(super) fn source_id(&mut self, source: Source) -> u32 {
        if let Some(known) = self.source_ids.get(&source) {
            return *known;
        }
        let id = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        self.sources.push(source.clone());
        self.source_ids.insert(source, id);
        id
    }

    /// Whether a route of a session may be there or not: a route map may have refused it, another edge may not tell it, or
    /// Global Reach may not pass it on.
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

    /// Attributes after the session's route maps; of what another edge told (`brought`), after those of the circuit that
    /// brought it there, if one did.
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
        // What else another edge may have made of a route does not pass the maps here.
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
