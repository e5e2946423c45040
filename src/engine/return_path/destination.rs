//! The way back by all that it depends on, from every vantage point.

use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::Family;
use crate::catalog::{Catalog, CommunityKind, Lookup};
use crate::engine::decision::Decision;
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::engine::vantage::Vantage;
use crate::rib::Community;

use super::at_site::return_to_subnet;
use super::far_end::FarEnd;
use super::{ReturnCommon, ReturnPath, WaysBack};

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
    pub(in crate::engine) far_end: Option<FarEnd>,
}

impl ReturnDestination {
    /// Of an address of which the catalog knows `lookup`, and of which it is not known whose it is.
    pub fn of(catalog: &Catalog, address: IpAddr, lookup: &Lookup<'_>) -> Self {
        let mut communities = lookup.communities.iter().map(|entry| entry.community);
        let regional = communities.find(|community| is_regional(catalog, *community));
        let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
        Self { family, listed: !lookup.is_empty(), regional, far_end: None }
    }

    /// The same as an address of what answers.
    #[must_use]
    pub fn at(self, far_end: Option<FarEnd>) -> Self {
        Self { far_end, ..self }
    }
}

/// Whether a community carries everything of a region.
pub(super) fn is_regional(catalog: &Catalog, community: Community) -> bool {
    catalog.community(community).is_some_and(|known| known.kind == CommunityKind::Regional)
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
    vantage: Vantage,
    // Only answers to a site are judged by what circuits attract.
    ways: Option<WaysBack<'a>>,
    common: Arc<ReturnCommon<'a>>,
}

impl std::fmt::Debug for ReturnJudge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnJudge").field("vantage", &self.vantage).finish_non_exhaustive()
    }
}

impl<'a> ReturnJudge<'a> {
    /// Of a vantage point.
    pub fn new(inputs: Inputs<'a>, vantage: Vantage) -> Self {
        Self::sharing(&Arc::new(ReturnCommon::new(inputs)), vantage)
    }

    /// Of a vantage point, with what it has in common with others.
    pub(crate) fn sharing(common: &Arc<ReturnCommon<'a>>, vantage: Vantage) -> Self {
        let ways = match vantage {
            Vantage::Site(site) => WaysBack::of(common, site),
            Vantage::Subnet(..) => None,
        };
        Self { vantage, ways, common: Arc::clone(common) }
    }

    /// As [`return_at`].
    pub fn judge(
        &self,
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        match self.vantage {
            Vantage::Site(_) => self.ways.as_ref()?.tell(destination, decision, sessions),
            Vantage::Subnet(network, subnet) => {
                return_to_subnet(&self.common, (network, subnet), destination, decision, sessions)
            }
        }
    }
}
