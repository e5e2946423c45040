//! What the edges of sites advertise to each other by internal BGP.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::engine::decision::Disposition;
use crate::engine::session::Brought;
use crate::network::SiteId;
use crate::rib::{AttributeTable, AttributesId};

use super::advertisement::Source;
use super::origin::Absence;

/// The advertisements of each edge from which others learn.
#[derive(Debug, Default)]
pub(in crate::engine) struct Announcements(pub(in crate::engine) BTreeMap<SiteId, Announcement>);

/// The advertisements of one edge.
#[derive(Debug, Default)]
pub(in crate::engine) struct Announcement {
    /// Its routes, sorted by prefix.
    pub(in crate::engine) routes: Vec<Announced>,
    /// The sources to which the routes refer.
    pub(in crate::engine) sources: Vec<Source>,
    /// The attributes to which the routes refer, as they are at that edge after its import policy.
    pub(in crate::engine) attributes: AttributeTable,
}

/// A route that an edge advertises, may advertise, or could advertise and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Announced {
    /// The prefix that it matches.
    pub(in crate::engine) prefix: IpPrefix,
    /// The index of its source in [`Announcement::sources`].
    pub(in crate::engine) source: u32,
    /// Its attributes at that edge.
    pub(in crate::engine) attributes: AttributesId,
    /// How that edge learned it.
    pub(in crate::engine) brought: Brought,
    /// The path on which that edge forwards packets for the route.
    pub(in crate::engine) way: Disposition,
    /// Whether that edge advertises it.
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
    /// Returns the advertisements of one edge.
    pub(super) fn get(&self, site: SiteId) -> Option<&Announcement> {
        self.0.get(&site)
    }
}
