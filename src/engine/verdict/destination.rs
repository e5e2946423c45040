//! All of a destination that the way back depends on.

use std::net::IpAddr;

use crate::addr::Family;
use crate::catalog::{Catalog, CommunityKind, Lookup};
use crate::rib::Community;

use super::responder::Responder;

/// All of a destination that the way back depends on. Together with a decision's path, carriers and reason it
/// settles the way back; neither the address itself nor the decision's prefix does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnDestination {
    pub(in crate::engine) family: Family,
    /// Whether any of Microsoft's lists holds it.
    pub(in crate::engine) listed: bool,
    /// The community of its region.
    pub(in crate::engine) regional: Option<Community>,
    /// What answers; only between sites and virtual networks does it count.
    pub(in crate::engine) responder: Option<Responder>,
}

impl ReturnDestination {
    /// Of an address of which the catalog knows `lookup`, and of which it is not known whose it is.
    pub fn of(catalog: &Catalog, address: IpAddr, lookup: &Lookup<'_>) -> Self {
        let mut communities = lookup.communities.iter().map(|entry| entry.community);
        let regional = communities.find(|community| is_regional(catalog, *community));
        let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
        Self { family, listed: !lookup.is_empty(), regional, responder: None }
    }

    /// The same as an address of what answers.
    #[must_use]
    pub fn at(self, responder: Option<Responder>) -> Self {
        Self { responder, ..self }
    }

    /// The same, whatever the lists say of it.
    pub(super) const fn unlisted(self) -> Self {
        Self { listed: false, regional: None, ..self }
    }
}

/// Whether a community carries everything of a region.
pub(super) fn is_regional(catalog: &Catalog, community: Community) -> bool {
    catalog.community(community).is_some_and(|known| known.kind == CommunityKind::Regional)
}
