//! The way back by all that it depends on, from every vantage point.

use std::net::IpAddr;

use crate::addr::Family;
use crate::catalog::{Catalog, CommunityKind, Lookup};
use crate::network::{Network, SiteId};
use crate::rib::Community;

use super::decision::Decision;
use super::inputs::Inputs;
use super::return_path::{ReturnPath, WaysBack};
use super::return_to_subnet::return_to_subnet;
use super::session::Session;
use super::vantage::Vantage;

/// All of a destination that the way back depends on. Together with a decision's path, carriers and reason it
/// settles the way back; neither the address itself nor the decision's prefix does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnDestination {
    pub(super) family: Family,
    /// Whether any of Microsoft's lists holds it.
    pub(super) listed: bool,
    /// The community of its region.
    pub(super) regional: Option<Community>,
    /// The site whose address it is: what answers a virtual network.
    pub(super) owner: Option<SiteId>,
}

impl ReturnDestination {
    /// Of an address of which the catalog knows `lookup`, and which is no site's.
    pub fn of(catalog: &Catalog, address: IpAddr, lookup: &Lookup<'_>) -> Self {
        let mut communities = lookup.communities.iter().map(|entry| entry.community);
        let regional = communities.find(|community| is_regional(catalog, *community));
        let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
        Self { family, listed: !lookup.is_empty(), regional, owner: None }
    }

    /// The same as an address of a site.
    #[must_use]
    pub fn owned_by(self, owner: Option<SiteId>) -> Self {
        Self { owner, ..self }
    }
}

/// Whether a community carries everything of a region.
pub(super) fn is_regional(catalog: &Catalog, community: Community) -> bool {
    catalog.community(community).is_some_and(|known| known.kind == CommunityKind::Regional)
}

/// The first site, in the order of the file, whose prefixes hold an address.
pub(super) fn owner_of(network: &Network, address: IpAddr) -> Option<SiteId> {
    let holds = |(_, site): &(SiteId, &crate::network::Site)| {
        site.prefixes.iter().any(|prefix| prefix.value.contains(address))
    };
    network.sites_with_ids().find(holds).map(|(id, _)| id)
}

/// The way back of a decision of a vantage point, whose carriers are among `sessions`; `None` where no packet
/// leaves, or where it cannot be told over what.
pub fn return_at(
    inputs: Inputs<'_>,
    vantage: Vantage,
    destination: ReturnDestination,
    decision: &Decision,
    sessions: &[Session],
) -> Option<ReturnPath> {
    ReturnJudge::new(inputs, vantage).judge(destination, decision, sessions)
}

/// Tells ways back to a vantage point; what they have in common is worked out once.
pub struct ReturnJudge<'a> {
    inputs: Inputs<'a>,
    vantage: Vantage,
    // Only answers to a site are judged by what circuits attract.
    ways: Option<WaysBack<'a>>,
}

impl std::fmt::Debug for ReturnJudge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnJudge").field("vantage", &self.vantage).finish_non_exhaustive()
    }
}

impl<'a> ReturnJudge<'a> {
    /// Of a vantage point.
    pub fn new(inputs: Inputs<'a>, vantage: Vantage) -> Self {
        let ways = matches!(vantage, Vantage::Site(_)).then(|| WaysBack::of(inputs));
        Self { inputs, vantage, ways }
    }

    /// As [`return_at`].
    pub fn judge(
        &self,
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        match self.vantage {
            Vantage::Site(site) => self.ways.as_ref()?.tell(site, destination, decision),
            Vantage::Subnet(network, subnet) => {
                return_to_subnet(self.inputs, (network, subnet), destination, decision, sessions)
            }
        }
    }
}
