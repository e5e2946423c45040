//! The return path to every vantage point.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::addr::IpPrefix;
use crate::engine::decision::{Decision, Device, Disposition, Hop, NextHop, Reason, Why};
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::engine::vantage::Vantage;
use crate::network::SiteId;

use crate::engine::return_path::common::ReturnCommon;
use crate::engine::return_path::destination::ReturnDestination;
use crate::engine::return_path::reply::ReturnPath;
use crate::engine::return_path::to_site::ReturnPaths;
use crate::engine::return_path::to_subnet::return_to_subnet;

/// The attributes of a subnet's decision on which the return path depends: the links over which the packet leaves, and
/// the hops that the packet passes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WayOut {
    disposition: Disposition,
    next_hops: Vec<NextHop>,
    /// The appliances of each flow, and whether each appliance translates the source to one of its own addresses.
    flows: Vec<Vec<(Device, bool)>>,
    /// For each flow, the prefix that its last appliance reaches over a tunnel of its own.
    beyond: Vec<Option<IpPrefix>>,
    turns: bool,
    /// The edges after Azure at which the packet leaves the company, and the decisions of these edges.
    exits: Vec<(SiteId, Disposition, Arc<Why>)>,
}

impl WayOut {
    /// Returns the relevant attributes of a decision.
    pub(crate) fn of(decision: &Decision) -> Self {
        let exits = decision.exits_past_azure().into_iter();
        let device = |hop: &Hop| Some((hop.device()?, hop.translates));
        let own_tunnel = |hop: &Hop| match hop.decision.reason() {
            Reason::OwnTunnel { to: None, .. } => hop.decision.prefix,
            _ => None,
        };
        Self {
            disposition: decision.disposition,
            next_hops: decision.next_hops().to_vec(),
            flows: decision.traces().map(|trace| trace.iter().filter_map(device).collect()).collect(),
            beyond: decision.traces().map(|trace| trace.last().and_then(own_tunnel)).collect(),
            turns: decision.turns(),
            exits: exits.map(|(site, exit)| (site, exit.disposition, Arc::clone(&exit.why))).collect(),
        }
    }
}

/// Returns the return path for a vantage point's decision; `None` if no packet leaves, or if the link over which it
/// leaves is unknown. The carriers of the decision must be among `sessions`.
pub fn return_at(
    inputs: Inputs<'_>,
    vantage: Vantage,
    destination: ReturnDestination,
    decision: &Decision,
    sessions: &[Session],
) -> Option<ReturnPath> {
    ReturnEvaluator::new(inputs, vantage).evaluate(destination, decision, sessions)
}

/// Evaluates return paths to a vantage point. Data that they share is computed once.
pub struct ReturnEvaluator<'a> {
    vantage: Vantage,
    // The circuits that attract replies are needed only for replies to a site.
    ways: Option<ReturnPaths<'a>>,
    common: Arc<ReturnCommon<'a>>,
    /// The known return paths to a subnet, keyed by their inputs, if other vantage points share the common data.
    known: Option<RefCell<KnownPaths>>,
}

type KnownPaths = HashMap<(WayOut, ReturnDestination), Option<ReturnPath>, FixedState>;

impl std::fmt::Debug for ReturnEvaluator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnJudge").field("vantage", &self.vantage).finish_non_exhaustive()
    }
}

impl<'a> ReturnEvaluator<'a> {
    /// Creates the evaluator for a vantage point.
    pub fn new(inputs: Inputs<'a>, vantage: Vantage) -> Self {
        Self::sharing(&Arc::new(ReturnCommon::plain(inputs)), vantage)
    }

    /// Creates the evaluator for a vantage point that shares common data with other vantage points.
    pub(crate) fn sharing(common: &Arc<ReturnCommon<'a>>, vantage: Vantage) -> Self {
        let ways = match vantage {
            Vantage::Site(site) => ReturnPaths::of(common, site),
            Vantage::Subnet(..) => None,
        };
        let known = common.stands_in().then(RefCell::default);
        Self { vantage, ways, common: Arc::clone(common), known }
    }

    /// As [`return_at`]; `decision` must always belong to the same engine.
    pub fn evaluate(
        &self,
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        match self.vantage {
            Vantage::Site(_) => self.ways.as_ref()?.return_path(destination, decision, sessions),
            Vantage::Subnet(network, subnet) => {
                let evaluate = |destination| {
                    let from = (network, subnet);
                    return_to_subnet(&self.common, from, destination, decision, sessions)
                };
                let Some(known) = &self.known else { return evaluate(destination) };
                let destination = destination.at(self.common.stand_in(self.vantage, destination.responder));
                let out = WayOut::of(decision);
                // Without an edge after Azure, the destination's region does not affect the reply.
                let destination = if out.exits.is_empty() { destination.unlisted() } else { destination };
                let asked = (out, destination);
                if let Some(known) = known.borrow().get(&asked) {
                    return known.clone();
                }
                let back = evaluate(destination);
                known.borrow_mut().insert(asked, back.clone());
                back
            }
        }
    }
}
