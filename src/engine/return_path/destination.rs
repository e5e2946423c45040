//! The attributes of a destination on which the return path depends.

use std::net::IpAddr;

use crate::addr::Family;
use crate::catalog::{Catalog, CommunityKind, Lookup};
use crate::rib::Community;

use crate::engine::return_path::responder::Responder;

/// The attributes of a destination on which the return path depends. Together with a decision's path, carriers and
/// reason they determine the return path; neither the address itself nor the decision's prefix does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnDestination {
    pub(in crate::engine) family: Family,
    /// Whether any of Microsoft's lists contains it.
    pub(in crate::engine) listed: bool,
    /// The community of its region.
    pub(in crate::engine) regional: Option<Community>,
    /// The responder, which matters only between sites and virtual networks.
    pub(in crate::engine) responder: Option<Responder>,
}

impl ReturnDestination {
    /// Creates the destination of an address from its catalog entries `lookup`, with an unknown responder.
    pub fn of(catalog: &Catalog, address: IpAddr, lookup: &Lookup<'_>) -> Self {
        let mut communities = lookup.communities.iter().map(|entry| entry.community);
        let regional = communities.find(|community| is_regional(catalog, *community));
        let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
        Self { family, listed: !lookup.is_empty(), regional, responder: None }
    }

    /// The same destination with a responder.
    #[must_use]
    pub fn at(self, responder: Option<Responder>) -> Self {
        Self { responder, ..self }
    }

    /// The same destination, as if no list contained it.
    pub(super) const fn unlisted(self) -> Self {
        Self { listed: false, regional: None, ..self }
    }
}

/// Whether a community contains all prefixes of a region.
pub(super) fn is_regional(catalog: &Catalog, community: Community) -> bool {
    catalog.community(community).is_some_and(|known| known.kind == CommunityKind::Regional)
}
