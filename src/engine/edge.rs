//! A site's edge: what each of its sessions learns (Adj-RIB-In), through its import policy.
//!
//! ```text
//! sessions ─▶ routes of each ─▶ route maps ─▶ Entry (to the choice), or why there is none
//! ```

use std::collections::HashMap;

use crate::addr::IpPrefix;
use crate::network::{CircuitId, Site, SiteId};
use crate::rib::{AttributeTable, Attributes, AttributesId, DecisionProcess, SessionId};

use super::advertised::{Advertisement, Advertiser, Source};
use super::hearing::Hearing;
use super::inputs::Inputs;
use super::policy::{Policy, process};
use super::routes::{Absence, Denial};
use super::session::{Session, SessionKind, sessions};

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

/// What Microsoft advertises on each circuit; shared by all sites and all sessions.
#[derive(Debug, Default)]
pub(super) struct Advertisements(HashMap<CircuitId, Advertisement>);

impl Advertisements {
    /// Of every circuit of a network.
    pub(super) fn of(inputs: Inputs<'_>) -> Self {
        let all = inputs.network.circuits_with_ids().map(|(id, circuit)| {
            (id, Advertiser::new(inputs.catalog, inputs.links, id, circuit).advertisement())
        });
        Self(all.collect())
    }

    /// Of one circuit.
    pub(super) fn get(&self, id: CircuitId) -> Option<&Advertisement> {
        self.0.get(&id)
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
    policies: Vec<Policy>,
    source_ids: HashMap<Source, u32>,
    // What import policy makes of attributes where it does not look at the prefix.
    imported: HashMap<(SessionId, AttributesId), Result<AttributesId, Denial>>,
}

impl<'a> Edge<'a> {
    /// The edge of a site, with nothing learned; `None` for a site of another network.
    pub(super) fn new(inputs: Inputs<'a>, id: SiteId) -> Option<Self> {
        let site = inputs.network.site(id)?;
        let sessions = sessions(inputs.network, inputs.links, id);
        let policies = sessions.iter().map(|session| Policy::of(inputs.network, site, session)).collect();
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
            policies,
            source_ids: HashMap::new(),
            imported: HashMap::new(),
        })
    }

    /// Learns every route for which `wanted` holds and hands it to `take`, with what became of it. Routes of
    /// sessions that are down are told only where `all` is set.
    pub(super) fn learn(
        &mut self,
        advertisements: &Advertisements,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
        take: &mut dyn FnMut(IpPrefix, Entry, Fate),
    ) {
        let sessions = self.sessions.clone();
        for session in &sessions {
            if !all && !session.is_up() {
                continue;
            }
            let mut hear = Hearing { edge: self, session, wanted, take };
            match session.kind {
                SessionKind::OnPremises => hear.on_premises(),
                SessionKind::Discard => {}
                SessionKind::Internet => hear.internet(),
                SessionKind::Circuit(id, peering, connection) => {
                    hear.circuit(advertisements, id, peering, connection);
                }
                SessionKind::Vpn(index) => hear.vpn(index),
            }
            hear.static_routes();
        }
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

    /// Attributes after the session's route maps.
    pub(super) fn import(
        &mut self,
        session: &Session,
        prefix: IpPrefix,
        id: AttributesId,
    ) -> Result<AttributesId, Denial> {
        let policy = usize::try_from(session.id.index()).ok().and_then(|index| self.policies.get(index));
        let Some(policy) = policy.filter(|policy| !policy.is_empty()) else { return Ok(id) };
        let key = (session.id, id);
        if !policy.by_prefix
            && let Some(known) = self.imported.get(&key)
        {
            return *known;
        }
        let by_prefix = policy.by_prefix;
        let Some(attributes) = self.attributes.get(id) else { return Ok(id) };
        let changed = policy.apply(self.inputs.network, prefix, attributes, &session.name);
        let result = changed.map(|attributes| self.attributes.intern(attributes));
        if !by_prefix {
            self.imported.insert(key, result);
        }
        result
    }
}
