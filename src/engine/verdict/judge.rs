//! The way back from every vantage point.

use std::sync::Arc;

use crate::engine::decision::Decision;
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::engine::vantage::Vantage;

use super::answer::ReturnPath;
use super::common::ReturnCommon;
use super::destination::ReturnDestination;
use super::to_site::WaysBack;
use super::to_subnet::return_to_subnet;

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
