//! One address through the editions of a list.

use std::net::IpAddr;

use crate::engine::{CompileError, Inputs, Vantage, explain_at};

use super::model::ChangeKind;
use super::outcome::{Aspect, Outcome};
use super::route;
use crate::check::diff::chunk::kind;

/// What a side says of one address, found by looking at each route: the slow twin of a compiled side.
///
/// # Complexity
///
/// Linear in the number of routes.
///
/// # Errors
///
/// [`CompileError`] where an input that the network names is missing.
pub fn outcome_at(inputs: Inputs<'_>, vantage: Vantage, address: IpAddr) -> Result<Outcome, CompileError> {
    let told = explain_at(inputs, vantage, address)?;
    let manner = route::manner(inputs, &told.sessions, &told.decision);
    let way_back = told.return_path.map(|back| route::way_back(inputs, &back));
    Ok(manner.outcome(told.decision.prefix, way_back, told.support.verdict))
}

/// A step at which something about the address changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The index of the outcome after it; the one before has the index below.
    pub to: usize,
    /// What became of the address.
    pub kind: ChangeKind,
    /// In what the two differ.
    pub differs: Vec<Aspect>,
}

/// Every step of a sequence of outcomes at which anything differs. A path may change and change back, so each
/// neighbour is compared: nothing is skipped.
pub fn steps(outcomes: &[Outcome]) -> Vec<Step> {
    let pairs = outcomes.windows(2).zip(1..);
    let step = |(pair, to): (&[Outcome], usize)| {
        let [was, is] = pair else { return None };
        let differs = was.differs(is);
        (!differs.is_empty()).then(|| Step { to, kind: kind(was.path, is.path, false), differs })
    };
    pairs.filter_map(step).collect()
}
