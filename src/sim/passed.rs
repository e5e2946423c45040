//! Hops that placed flows pass, or their answers, and that nothing evaluates.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::hash::HashMap;
use crate::engine::{
    DecisionId, Engine, FarEnd, FarEnds, Inputs, Passing, ReturnDestination, ReturnJudge, Vantage,
};

/// What was seen of a network with such hops.
#[derive(Debug)]
pub(super) struct Passed<'a> {
    inputs: Inputs<'a>,
    passing: Passing,
    far_ends: HashMap<Vantage, FarEnds>,
    /// An address for all that settles what its packets pass.
    seen: HashMap<(Vantage, DecisionId, Option<FarEnd>), IpAddr>,
}

impl<'a> Passed<'a> {
    /// Of a network; `None` where every hop is evaluated.
    pub(super) fn of(inputs: Inputs<'a>) -> Option<Self> {
        let passing = Passing::of(inputs.network)?;
        Some(Self { inputs, passing, far_ends: HashMap::default(), seen: HashMap::default() })
    }

    /// Remembers a flow to an address, about which this was decided.
    pub(super) fn see(&mut self, vantage: Vantage, decision: DecisionId, address: IpAddr) {
        let network = self.inputs.network;
        let far_ends = self.far_ends.entry(vantage).or_insert_with(|| FarEnds::of(network, vantage));
        self.seen.entry((vantage, decision, far_ends.get(address))).or_insert(address);
    }

    /// A note for each hop that what was seen passes.
    pub(super) fn notes<'e>(&self, engine: impl Fn(Vantage) -> Option<&'e Engine>) -> BTreeSet<String> {
        let network = self.inputs.network;
        let mut judges: HashMap<Vantage, ReturnJudge<'_>> = HashMap::default();
        let mut notes = BTreeSet::new();
        for ((vantage, id, far_end), address) in &self.seen {
            let Some(engine) = engine(*vantage) else { continue };
            let decision = engine.decision(*id);
            let lookup = self.inputs.catalog.lookup(*address);
            let destination = ReturnDestination::of(self.inputs.catalog, *address, &lookup).at(*far_end);
            let judge = judges.entry(*vantage).or_insert_with(|| ReturnJudge::new(self.inputs, *vantage));
            let back = judge.judge(destination, decision, engine.sessions());
            let hops = self.passing.of_decision(network, *vantage, decision, *far_end, back.as_ref());
            notes.extend(hops.iter().map(|hop| hop.note(network)));
        }
        notes
    }
}
