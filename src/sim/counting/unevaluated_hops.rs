//! Hops on the path of placed flows or their replies that are not evaluated.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::engine::{
    DecisionId, Engine, Inputs, Passing, Responder, Responders, ReturnDestination, ReturnEvaluator, Vantage,
};
use crate::sim::counting::hash::HashMap;

/// The flows seen in a network with hops that are not evaluated.
#[derive(Debug)]
pub(in crate::sim) struct Passed<'a> {
    inputs: Inputs<'a>,
    passing: Passing,
    responders: HashMap<Vantage, Responders>,
    /// One example address for all flows that pass the same hops.
    seen: HashMap<(Vantage, DecisionId, Option<Responder>), IpAddr>,
}

impl<'a> Passed<'a> {
    /// Creates the record for a network, or `None` if every hop is evaluated.
    pub(in crate::sim) fn of(inputs: Inputs<'a>) -> Option<Self> {
        let passing = Passing::of(inputs.network)?;
        Some(Self { inputs, passing, responders: HashMap::default(), seen: HashMap::default() })
    }

    /// Records a flow to an address with its decision.
    pub(in crate::sim) fn see(&mut self, vantage: Vantage, decision: DecisionId, address: IpAddr) {
        let network = self.inputs.network;
        let responders = self.responders.entry(vantage).or_insert_with(|| Responders::of(network, vantage));
        self.seen.entry((vantage, decision, responders.get(address))).or_insert(address);
    }

    /// Returns a note for each hop that the recorded flows pass.
    pub(in crate::sim) fn notes<'e>(
        &self,
        engine: impl Fn(Vantage) -> Option<&'e Engine>,
    ) -> BTreeSet<String> {
        let network = self.inputs.network;
        let mut evaluates: HashMap<Vantage, ReturnEvaluator<'_>> = HashMap::default();
        let mut notes = BTreeSet::new();
        for ((vantage, id, responder), address) in &self.seen {
            let Some(engine) = engine(*vantage) else { continue };
            let decision = engine.decision(*id);
            let lookup = self.inputs.catalog.lookup(*address);
            let destination = ReturnDestination::of(self.inputs.catalog, *address, &lookup).at(*responder);
            let evaluate =
                evaluates.entry(*vantage).or_insert_with(|| ReturnEvaluator::new(self.inputs, *vantage));
            let back = evaluate.evaluate(destination, decision, engine.sessions());
            let hops = self.passing.of_decision(network, *vantage, decision, *responder, back.as_ref());
            notes.extend(hops.iter().map(|hop| hop.note(network)));
        }
        notes
    }
}
