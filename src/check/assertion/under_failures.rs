//! Evaluates checks for the network as written, then under each failure.
//!
//! For the network as written, every vantage point is evaluated. Under a failure, only vantage points that may depend
//! on the failed links are evaluated, because the failure cannot affect the others. Addresses that do not meet a check
//! in the network as written are not reported again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::addr::{IpPrefix, IpSet};
use crate::check::assertion::meets_expectation::{Evaluation, Facts};
use crate::check::assertion::model::{Assertion, Check, Checks, Demand, Example, ReplyDemand, Survives};
use crate::check::assertion::over_scope::{Part, Points, Short, evaluate, parts};
use crate::check::assertion::subject::Subject;
use crate::engine::{
    Classes, CompileError, Dependents, Destinations, Inputs, LinkState, Outage, Vantage, explain_at,
};

/// A failure, and whether it is a double failure.
pub(super) type Fails = (Outage, bool);

/// Returns the addresses that do not meet each check, in any state.
pub(super) fn found(
    subject: Subject<'_>,
    checks: &Checks,
    failures: &[Fails],
) -> Result<Vec<Vec<Part>>, CompileError> {
    if checks.all.iter().all(|check| check.expectation().is_none()) {
        return Ok(vec![Vec::new(); checks.all.len()]);
    }
    let (classes, destinations) = match part(checks) {
        None => (Classes::new(subject.inputs)?, Destinations::default()),
        Some(part) => (Classes::new(subject.inputs)?.within(part.clone()), Destinations::within(part)),
    };
    let mut states = States {
        inputs: subject.inputs,
        classes: &classes,
        destinations,
        running: checks.all.iter().map(Running::of).collect(),
    };
    states.as_written()?;
    if !failures.is_empty() {
        let surviving = |running: &&Running<'_>| running.survives().is_some();
        let single = wanted(states.running.iter().filter(surviving));
        let twice = |running: &&Running<'_>| running.survives() == Some(Survives::EachDouble);
        let double = wanted(states.running.iter().filter(twice));
        let examples = states.running.iter().filter(surviving).filter_map(Running::example);
        let examples = classes.dependents(examples.map(|example| (example.from, true)));
        let assertions = classes.dependents(single.iter().map(|(vantage, returns)| (*vantage, *returns)));
        for failure in failures {
            let wanted = if failure.1 { &double } else { &single };
            states.failing(failure, wanted, &assertions, &examples)?;
        }
    }
    Ok(states.running.into_iter().map(|running| running.parts).collect())
}

/// Returns the union of the scopes of all assertions; `None` for the whole space.
fn part(checks: &Checks) -> Option<IpSet> {
    let scope = |check: &Check| match &check.demand {
        Demand::Assertion(assertion) => Some(assertion.scope.set.clone()),
        _ => None,
    };
    let scopes = checks.all.iter().filter_map(scope);
    let all = scopes.reduce(|one, other| one.union(&other)).unwrap_or_else(IpSet::empty);
    (all != IpSet::all()).then_some(all)
}

/// Returns the state of the links under a failure.
pub(super) fn state(subject: Subject<'_>, failure: Option<&Outage>) -> LinkState {
    let as_written = subject.inputs.links;
    failure.map_or_else(|| as_written.clone(), |failure| failure.applied_to(as_written))
}

/// Returns the vantage points of assertions, each with whether its return paths are requested.
fn wanted<'c>(running: impl Iterator<Item = &'c Running<'c>>) -> BTreeMap<Vantage, bool> {
    let mut all = BTreeMap::new();
    for assertion in running.filter_map(Running::assertion) {
        let returns = assertion.expect.returns != ReplyDemand::Any;
        for vantage in &assertion.from {
            *all.entry(*vantage).or_insert(false) |= returns;
        }
    }
    all
}

struct States<'s, 'a> {
    inputs: Inputs<'a>,
    classes: &'s Classes<'a>,
    destinations: Destinations,
    running: Vec<Running<'s>>,
}

/// A check with its findings.
struct Running<'c> {
    check: &'c Check,
    parts: Vec<Part>,
    /// The scope of each vantage point of an assertion, in the assertion's order, without the addresses that fail in
    /// the network as written.
    scopes: Vec<Arc<IpSet>>,
    /// The positions of each vantage point in the assertion's order.
    places: HashMap<Vantage, Vec<usize>>,
}

impl<'c> Running<'c> {
    fn of(check: &'c Check) -> Self {
        let mut running = Self { check, parts: Vec::new(), scopes: Vec::new(), places: HashMap::new() };
        if let Some(assertion) = running.assertion() {
            let scope = Arc::new(assertion.scope.set.clone());
            running.scopes = vec![scope; assertion.from.len()];
            for (place, vantage) in assertion.from.iter().enumerate() {
                running.places.entry(*vantage).or_default().push(place);
            }
        }
        running
    }

    fn assertion(&self) -> Option<&'c Assertion> {
        match &self.check.demand {
            Demand::Assertion(assertion) => Some(assertion),
            _ => None,
        }
    }

    fn example(&self) -> Option<&'c Example> {
        match &self.check.demand {
            Demand::Example(example) => Some(example),
            _ => None,
        }
    }

    fn survives(&self) -> Option<Survives> {
        self.check.expectation()?.survives
    }

    /// Returns the addresses that do not meet the assertion, each with the position of its vantage point in the
    /// assertion.
    fn short(&self, assertion: &Assertion, places: &[usize], points: &Points<'_>) -> Vec<(usize, Short)> {
        let at = |place: &usize| Some((*place, *assertion.from.get(*place)?, self.scopes.get(*place)?));
        let all: Vec<_> = places.iter().filter_map(at).collect();
        let from: Vec<(Vantage, &Arc<IpSet>)> =
            all.iter().map(|(_, vantage, scope)| (*vantage, *scope)).collect();
        let evaluated = evaluate(&assertion.expect, &from, points);
        all.iter().map(|(place, ..)| *place).zip(evaluated).collect()
    }

    /// Adds the shortfalls of the assertion found in one state.
    fn take(
        &mut self,
        assertion: &Assertion,
        short: &[(usize, Short)],
        failure: Option<&str>,
        points: &Points<'_>,
    ) {
        for (place, short) in short {
            if let Some(vantage) = assertion.from.get(*place) {
                self.parts.extend(parts(short, *vantage, failure, points));
            }
        }
    }

    /// Removes from the scopes the addresses that fail in the network as written.
    fn narrow(&mut self, short: &[(usize, Short)]) {
        let mut known: HashMap<usize, Arc<IpSet>> = HashMap::new();
        for (place, short) in short.iter().filter(|(_, short)| !short.is_empty()) {
            let Some(scope) = self.scopes.get_mut(*place) else { continue };
            // All vantage points still have the same scope.
            let narrowed = known.entry(Arc::as_ptr(short).cast::<()>().addr()).or_insert_with(|| {
                let meeting = |scope: IpSet, short: &crate::check::assertion::over_scope::Shortfall| {
                    scope.difference(&short.set())
                };
                Arc::new(short.iter().fold(scope.as_ref().clone(), meeting))
            });
            *scope = Arc::clone(narrowed);
        }
    }
}

impl States<'_, '_> {
    fn as_written(&mut self) -> Result<(), CompileError> {
        let wanted: Vec<(Vantage, bool)> = wanted(self.running.iter()).into_iter().collect();
        let points = Points::compile(self.classes, &self.destinations, self.inputs, &wanted);
        for running in &mut self.running {
            if let Some(assertion) = running.assertion() {
                let places: Vec<usize> = (0..assertion.from.len()).collect();
                let short = running.short(assertion, &places, &points);
                running.take(assertion, &short, None, &points);
                running.narrow(&short);
            } else if let Some(example) = running.example() {
                running.parts.extend(example_part(self.inputs, example)?);
            }
        }
        Ok(())
    }

    fn failing(
        &mut self,
        (failure, double): &Fails,
        wanted: &BTreeMap<Vantage, bool>,
        assertions: &Dependents,
        examples: &Dependents,
    ) -> Result<(), CompileError> {
        let affected = assertions.on(&failure.links);
        let examples = examples.on(&failure.links);
        if affected.is_empty() && examples.is_empty() {
            return Ok(());
        }
        let links = failure.applied_to(self.inputs.links);
        let inputs = self.inputs.links(&links);
        let asked: Vec<(Vantage, bool)> =
            affected.iter().filter_map(|vantage| Some((*vantage, *wanted.get(vantage)?))).collect();
        let points = Points::compile(self.classes, &self.destinations, inputs, &asked);
        for running in &mut self.running {
            match running.survives() {
                Some(Survives::EachDouble) => {}
                Some(_) if !double => {}
                _ => continue,
            }
            if let Some(assertion) = running.assertion() {
                let places = running.affected(&affected);
                let short = running.short(assertion, &places, &points);
                running.take(assertion, &short, Some(&failure.name), &points);
            } else if let Some(example) = running.example() {
                // An example that fails in the network as written is not reported again for each simulated failure.
                let fails = running.parts.iter().any(|part| part.failure.is_none());
                if !fails && examples.contains(&example.from) {
                    let part = example_part(inputs, example)?;
                    let name = Some(failure.name.clone());
                    running.parts.extend(part.map(|part| Part { failure: name, ..part }));
                }
            }
        }
        Ok(())
    }
}

impl Running<'_> {
    /// Returns the positions of affected vantage points, in the order of the check.
    fn affected(&self, affected: &BTreeSet<Vantage>) -> Vec<usize> {
        let places = affected.iter().filter_map(|vantage| self.places.get(vantage));
        let mut places: Vec<usize> = places.flatten().copied().collect();
        places.sort_unstable();
        places
    }
}

/// Returns the flow of an example as a part if the flow does not meet the expectation.
fn example_part(inputs: Inputs<'_>, example: &Example) -> Result<Option<Part>, CompileError> {
    let explanation = explain_at(inputs, example.from, example.to)?;
    let flow = example.flow.as_ref();
    let (facts, next_hop) = Facts::of(&explanation, flow);
    let (verdict, back) = (example.expect.verdict(facts, next_hop), facts.back.map(|back| back.verdict));
    let set = IpSet::from_prefixes([IpPrefix::host(example.to)]);
    Ok((verdict != Evaluation::Holds).then(|| Part {
        vantage: example.from,
        failure: None,
        judgement: verdict,
        next_hop,
        back,
        support: Some(explanation.support.verdict),
        ranges: set.ranges().collect(),
        decision: explanation.decision,
    }))
}

#[cfg(test)]
mod tests;
