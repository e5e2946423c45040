//! What the edges of sites tell each other by internal BGP.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::engine::decision::Disposition;
use crate::engine::session::Brought;
use crate::network::SiteId;
use crate::rib::{AttributeTable, AttributesId};

use super::advertisement::Source;
use super::origin::Absence;

/// What each edge that others listen to tells them.
#[derive(Debug, Default)]
pub(in crate::engine) struct Announcements(pub(in crate::engine) BTreeMap<SiteId, Announcement>);

/// What one edge tells.
#[derive(Debug, Default)]
pub(in crate::engine) struct Announcement {
    /// Its routes, by prefix.
    pub(in crate::engine) routes: Vec<Announced>,
    /// What the routes refer to.
    pub(in crate::engine) sources: Vec<Source>,
    /// What the routes refer to: as they are at that edge, past its import policy.
    pub(in crate::engine) attributes: AttributeTable,
}

/// A route that an edge tells, may tell, or could tell and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Announced {
    /// Where it leads.
    pub(in crate::engine) prefix: IpPrefix,
    /// Index of its source in [`Announcement::sources`].
    pub(in crate::engine) source: u32,
    /// Its attributes there.
    pub(in crate::engine) attributes: AttributesId,
    /// What brought it.
    pub(in crate::engine) brought: Brought,
    /// Where that edge sends what it uses the route for.
    pub(in crate::engine) way: Disposition,
    /// Whether it is advertised.
    pub(in crate::engine) export: Export,
}

/// Whether an edge advertises a route to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Export {
    /// It does.
    Yes,
    /// Its best path depends on an unknown input.
    Perhaps,
    /// It does not, and why.
    No(Absence),
}

impl Announcements {
    /// Of one edge.
    pub(super) fn get(&self, site: SiteId) -> Option<&Announcement> {
        self.0.get(&site)
    }
}
