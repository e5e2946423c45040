//! The history of one address over the editions of a list.

use std::net::IpAddr;

use crate::engine::{CompileError, Inputs, Vantage, explain_at};

use super::model::ChangeKind;
use super::outcome::{AddressOutcome, Aspect};
use super::route;
use crate::check::diff::chunk::kind;

/// Returns the outcome for one address by evaluating each route. This is the slow equivalent of a compiled side.
///
/// # Complexity
///
/// Linear in the number of routes.
///
/// # Errors
///
/// [`CompileError`] if an input that the network names is missing.
pub fn outcome_at(
    inputs: Inputs<'_>,
    vantage: Vantage,
    address: IpAddr,
) -> Result<AddressOutcome, CompileError> {
    let explained = explain_at(inputs, vantage, address)?;
    let manner = route::manner(inputs, &explained.sessions, &explained.decision);
    let way_back = explained.return_path.map(|back| route::way_back(inputs, &back));
    Ok(manner.outcome(explained.decision.prefix, way_back, explained.support.verdict))
}

/// A step at which the outcome of the address changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The index of the outcome after the step; the outcome before it has the preceding index.
    pub to: usize,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The aspects in which the two outcomes differ.
    pub differs: Vec<Aspect>,
}

/// Returns every step of a sequence of outcomes at which anything differs. A path may change and change back, so
/// all consecutive outcomes are compared.
pub fn steps(outcomes: &[AddressOutcome]) -> Vec<Step> {
    let pairs = outcomes.windows(2).zip(1..);
    let step = |(pair, to): (&[AddressOutcome], usize)| {
        let [was, is] = pair else { return None };
        let differs = was.differs(is);
        (!differs.is_empty()).then(|| Step { to, kind: kind(was.path, is.path, false), differs })
    };
    pairs.filter_map(step).collect()
}
