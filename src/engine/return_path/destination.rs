//! The attributes of a destination on which the return path depends.

use std::net::IpAddr;

use crate::addr::Family;
use crate::catalog::{Catalog, CommunityKind, Lookup};
use crate::rib::Community;

use crate::engine::return_path::responder::Responder;

/// The attributes of a destination on which the return path depends. They determine the return path together with a
/// decision's path, carriers and reason. The address itself and the decision's prefix have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnDestination {
    pub(in crate::engine) family: Family,
    /// Whether any of Microsoft's lists contains the destination.
    pub(in crate::engine) listed: bool,
    /// The regional community of the destination.
    pub(in crate::engine) regional: Option<Community>,
    /// The responder. It affects the result only for packets between sites and virtual networks.
    pub(in crate::engine) responder: Option<Responder>,
}

impl ReturnDestination {
    /// Creates the destination for an address from the address's catalog entries `lookup`, with an unknown responder.
    pub fn of(catalog: &Catalog, address: IpAddr, lookup: &Lookup<'_>) -> Self {
        let mut communities = lookup.communities.iter().map(|entry| entry.community);
        let regional = communities.find(|community| is_regional(catalog, *community));
        let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
        Self { family, listed: !lookup.is_empty(), regional, responder: None }
    }

    /// Returns the destination with the given responder.
    #[must_use]
    pub fn at(self, responder: Option<Responder>) -> Self {
        Self { responder, ..self }
    }

    /// Returns the destination as if no list contained it.
    pub(super) const fn unlisted(self) -> Self {
        Self { listed: false, regional: None, ..self }
    }
}

/// Returns whether a community contains all prefixes of a region.
pub(super) fn is_regional(catalog: &Catalog, community: Community) -> bool {
    catalog.community(community).is_some_and(|known| known.kind == CommunityKind::Regional)
}
