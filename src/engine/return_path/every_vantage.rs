//! The return path to every vantage point.

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

use crate::engine::return_path::common::ReturnCommon;
use crate::engine::return_path::destination::ReturnDestination;
use crate::engine::return_path::reply::ReturnPath;
use crate::engine::return_path::to_site::WaysBack;
use crate::engine::return_path::to_subnet::return_to_subnet;

/// The attributes of a subnet's decision on which the return path depends: the links over which the packet leaves,
/// and the hops that it passes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WayOut {
    disposition: Disposition,
    carriers: Vec<Carrier>,
    /// The appliances of each flow, and whether each translates the source to an address of its own.
    flows: Vec<Vec<(Device, bool)>>,
    /// For each flow, the prefix that its last appliance reaches over a tunnel of its own.
    beyond: Vec<Option<IpPrefix>>,
    turns: bool,
    /// The edges after Azure at which it leaves the company, and their decisions.
    exits: Vec<(SiteId, Disposition, Arc<Why>)>,
}

impl WayOut {
    /// Returns the attributes of a decision.
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

/// Returns the return path of a vantage point's decision, whose carriers are among `sessions`; `None` if no packet
/// leaves, or if the link over which it leaves is unknown.
pub fn return_at(
    inputs: Inputs<'_>,
    vantage: Vantage,
    destination: ReturnDestination,
    decision: &Decision,
    sessions: &[Session],
) -> Option<ReturnPath> {
    ReturnJudge::new(inputs, vantage).judge(destination, decision, sessions)
}

/// Evaluates return paths to a vantage point; their shared data is computed once.
pub struct ReturnJudge<'a> {
    vantage: Vantage,
    // Only for replies to a site does it matter which circuits attract them.
    ways: Option<WaysBack<'a>>,
    common: Arc<ReturnCommon<'a>>,
    /// The known return paths of a subnet by their inputs, if other vantage points share the common data.
    told: Option<RefCell<KnownPaths>>,
}

type KnownPaths = HashMap<(WayOut, ReturnDestination), Option<ReturnPath>, FixedState>;

impl std::fmt::Debug for ReturnJudge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnJudge").field("vantage", &self.vantage).finish_non_exhaustive()
    }
}

impl<'a> ReturnJudge<'a> {
    /// Creates the judge of a vantage point.
    pub fn new(inputs: Inputs<'a>, vantage: Vantage) -> Self {
        Self::sharing(&Arc::new(ReturnCommon::plain(inputs)), vantage)
    }

    /// Creates the judge of a vantage point that shares common data with others.
    pub(crate) fn sharing(common: &Arc<ReturnCommon<'a>>, vantage: Vantage) -> Self {
        let ways = match vantage {
            Vantage::Site(site) => WaysBack::of(common, site),
            Vantage::Subnet(..) => None,
        };
        let told = common.stands_in().then(RefCell::default);
        Self { vantage, ways, common: Arc::clone(common), told }
    }

    /// As [`return_at`]; `decision` must always belong to the same engine.
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
                // Without an edge after Azure, the region attracts no reply.
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
