//! The routes that the edges of sites advertise to each other over internal BGP.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::engine::decision::Disposition;
use crate::engine::session::Brought;
use crate::network::SiteId;
use crate::rib::{AttributeTable, AttributesId};

use super::advertisement::Source;
use super::origin::Absence;

/// The advertisements of each edge from which other edges learn.
#[derive(Debug, Default)]
pub(in crate::engine) struct Announcements(pub(in crate::engine) BTreeMap<SiteId, Announcement>);

/// The advertisements of one edge.
#[derive(Debug, Default)]
pub(in crate::engine) struct Announcement {
    /// The edge's routes, sorted by prefix.
    pub(in crate::engine) routes: Vec<Announced>,
    /// The sources to which the routes refer.
    pub(in crate::engine) sources: Vec<Source>,
    /// The attributes to which the routes refer, as they are at the advertising edge after its import policy.
    pub(in crate::engine) attributes: AttributeTable,
}

/// A route that an edge advertises, may advertise, or could advertise but does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Announced {
    /// The prefix of the route.
    pub(in crate::engine) prefix: IpPrefix,
    /// The index of the route's source in [`Announcement::sources`].
    pub(in crate::engine) source: u32,
    /// The route's attributes at the edge.
    pub(in crate::engine) attributes: AttributesId,
    /// How the edge learned the route.
    pub(in crate::engine) brought: Brought,
    /// The path on which the edge forwards packets for the route.
    pub(in crate::engine) way: Disposition,
    /// Whether the edge advertises the route.
    pub(in crate::engine) export: Export,
}

/// Whether an edge advertises a route to other edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Export {
    /// The edge advertises the route.
    Yes,
    /// The edge may advertise the route: its best path depends on an unknown input.
    Possibly,
    /// The edge does not advertise the route, for this reason.
    No(Absence),
}

impl Announcements {
    /// Returns the advertisements of one edge.
    pub(super) fn get(&self, site: SiteId) -> Option<&Announcement> {
        self.0.get(&site)
    }
}
