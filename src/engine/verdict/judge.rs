//! The way back from every vantage point.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::addr::IpPrefix;
use crate::engine::decision::{Carrier, Decision, Device, Disposition, Hop, Reason, Why};
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::engine::vantage::Vantage;
use crate::network::SiteId;

use super::answer::ReturnPath;
use super::common::ReturnCommon;
use super::destination::ReturnDestination;
use super::to_site::WaysBack;
use super::to_subnet::return_to_subnet;

/// All of a subnet's decision that the way back depends on: over what the packet leaves, and what it passes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WayOut {
    disposition: Disposition,
    carriers: Vec<Carrier>,
    /// The appliances of each flow, each with whether it puts an address of its own into packets.
    flows: Vec<Vec<(Device, bool)>>,
    /// Of each flow what its last appliance sends on over a tunnel of its own.
    beyond: Vec<Option<IpPrefix>>,
    turns: bool,
    /// At which edges past Azure it leaves the company, and how.
    exits: Vec<(SiteId, Disposition, Arc<Why>)>,
}

impl WayOut {
    /// Of a decision.
    pub(crate) fn of(decision: &Decision) -> Self {
        let exits = decision.exits_past_azure().into_iter();
        let device = |hop: &Hop| Some((hop.device()?, hop.translates));
        let own_tunnel = |hop: &Hop| match hop.decision.reason() {
            Reason::OwnTunnel { to: None, .. } => hop.decision.prefix,
            _ => None,
        };
        Self {
            disposition: decision.disposition,
            carriers: decision.carriers().to_vec(),
            flows: decision.traces().map(|trace| trace.iter().filter_map(device).collect()).collect(),
            beyond: decision.traces().map(|trace| trace.last().and_then(own_tunnel)).collect(),
            turns: decision.turns(),
            exits: exits.map(|(site, exit)| (site, exit.disposition, Arc::clone(&exit.why))).collect(),
        }
    }
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
    /// What was told of a subnet by all that it follows from, where others share what they have in common.
    told: Option<RefCell<KnownPaths>>,
}

type KnownPaths = HashMap<(WayOut, ReturnDestination), Option<ReturnPath>, FixedState>;

impl std::fmt::Debug for ReturnJudge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnJudge").field("vantage", &self.vantage).finish_non_exhaustive()
    }
}

impl<'a> ReturnJudge<'a> {
    /// Of a vantage point.
    pub fn new(inputs: Inputs<'a>, vantage: Vantage) -> Self {
        Self::sharing(&Arc::new(ReturnCommon::plain(inputs)), vantage)
    }

    /// Of a vantage point, with what it has in common with others.
    pub(crate) fn sharing(common: &Arc<ReturnCommon<'a>>, vantage: Vantage) -> Self {
        let ways = match vantage {
            Vantage::Site(site) => WaysBack::of(common, site),
            Vantage::Subnet(..) => None,
        };
        let told = common.stands_in().then(RefCell::default);
        Self { vantage, ways, common: Arc::clone(common), told }
    }

    /// As [`return_at`]; `decision` is one of the same engine each time.
    pub fn judge(
        &self,
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        match self.vantage {
            Vantage::Site(_) => self.ways.as_ref()?.tell(destination, decision, sessions),
            Vantage::Subnet(network, subnet) => {
                let told = |destination| {
                    let from = (network, subnet);
                    return_to_subnet(&self.common, from, destination, decision, sessions)
                };
                let Some(known) = &self.told else { return told(destination) };
                let destination = destination.at(self.common.stand_in(self.vantage, destination.responder));
                let out = WayOut::of(decision);
                // Without an edge past Azure no region attracts anything.
                let destination = if out.exits.is_empty() { destination.unlisted() } else { destination };
                let asked = (out, destination);
                if let Some(known) = known.borrow().get(&asked) {
                    return known.clone();
                }
                let back = told(destination);
                known.borrow_mut().insert(asked, back.clone());
                back
            }
        }
    }
}
