//! All checks of a network, one after another, each with its outcome.

use std::fmt;
use std::net::IpAddr;

use jiff::civil::Date;

use super::evaluate::{Engines, Part, evaluate};
use super::judge::Judgement;
use super::message;
use super::model::{Assertion, Check, Checks, Demand, Example, Expectation, Survives};
use super::waive::{Sorted, waive, waiver_outcomes};
use crate::addr::{IpPrefix, IpSet};
use crate::check::{CheckOutcome, Place, Status, Witness};
use crate::diag::Severity;
use crate::engine::{CompileError, Explanation, Inputs, LinkState, Outage, Vantage, explain_at};

/// Writes an explanation as sentences.
pub type Tell<'a> = &'a dyn Fn(&Explanation<'_>) -> Vec<String>;

/// What checks are run on.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The network, the lists, and what is up.
    pub inputs: Inputs<'a>,
    /// The day that waivers are held against.
    pub today: Date,
    /// Writes an explanation as sentences, one each, for people who read a failed check.
    pub tell: Tell<'a>,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, today, tell: _ } = self;
        f.debug_struct("Subject").field("inputs", inputs).field("today", today).finish_non_exhaustive()
    }
}

/// What the checks came to.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// One for each check, in the order of the file, each followed by those of waivers that nothing needs.
    pub outcomes: Vec<CheckOutcome>,
    /// What does not meet them, by index into [`Self::outcomes`].
    pub parts: Vec<JudgedPart>,
}

/// Addresses that do not meet a check.
#[derive(Clone, Debug)]
pub struct JudgedPart {
    /// The check, by index into [`Judged::outcomes`].
    pub outcome: usize,
    /// Where the check itself stands; the outcome's place is the line that caused the failure.
    pub check: Place,
    /// Whether a waiver accepts them.
    pub waived: bool,
    /// The addresses and why.
    pub part: Part,
}

/// Judges every assertion and example; budgets are judged with a difference.
///
/// # Complexity
///
/// One compilation for each vantage point that a check starts from, and again for each failure where one must
/// survive failures; all checks share them.
///
/// # Errors
///
/// [`CompileError`] where an input that the network names is missing.
pub fn run_checks(subject: Subject<'_>, checks: &Checks) -> Result<Judged, CompileError> {
    let mut found: Vec<Vec<Part>> = vec![Vec::new(); checks.all.len()];
    under(subject, checks, &mut found, None)?;
    let survives = checks.all.iter().filter_map(|check| expectation(check)?.survives).collect::<Vec<_>>();
    let mut failures = Vec::new();
    if !survives.is_empty() {
        failures.extend(Outage::singles(subject.inputs.network).into_iter().map(|one| (one, false)));
    }
    if survives.contains(&Survives::EachDouble) {
        failures.extend(Outage::pairs(subject.inputs.network).into_iter().map(|two| (two, true)));
    }
    for (failure, double) in &failures {
        under(subject, checks, &mut found, Some((failure, *double)))?;
    }
    let mut judged = Judged::default();
    for (check, parts) in checks.all.iter().zip(found) {
        if !matches!(check.demand, Demand::Budget(_)) {
            judge(subject, check, parts, &failures, &mut judged)?;
        }
    }
    tracing::debug!(checks = judged.outcomes.len(), failures = failures.len(), "checks judged");
    Ok(judged)
}

fn expectation(check: &Check) -> Option<&Expectation> {
    match &check.demand {
        Demand::Assertion(assertion) => Some(&assertion.expect),
        Demand::Example(example) => Some(&example.expect),
        Demand::Budget(_) => None,
    }
}

/// Adds what does not meet the checks in one state of the network: as written, or with something down.
fn under(
    subject: Subject<'_>,
    checks: &Checks,
    found: &mut [Vec<Part>],
    failure: Option<(&Outage, bool)>,
) -> Result<(), CompileError> {
    let asked = |check: &Check| match (failure, expectation(check).and_then(|expect| expect.survives)) {
        (None, _) => true,
        (Some((_, double)), Some(survives)) => !double || survives == Survives::EachDouble,
        (Some(_), None) => false,
    };
    let links = state(subject, failure.map(|(failure, _)| failure));
    let inputs = subject.inputs.links(&links);
    let asked: Vec<(usize, &Check)> =
        checks.all.iter().enumerate().filter(|(_, check)| asked(check)).collect();
    let assertions = asked.iter().filter_map(|(_, check)| match &check.demand {
        Demand::Assertion(assertion) => Some(assertion),
        _ => None,
    });
    let engines = Engines::compile(inputs, assertions)?;
    for (index, check) in asked {
        let Some(before) = found.get_mut(index) else { continue };
        let mut parts = match &check.demand {
            Demand::Assertion(assertion) => {
                let scope = still_meeting(assertion, before, failure.is_some());
                assertion
                    .from
                    .iter()
                    .zip(scope)
                    .flat_map(|(vantage, scope)| {
                        let one = Assertion { from: vec![*vantage], ..assertion.clone() };
                        evaluate(&one, &scope, &engines)
                    })
                    .collect()
            }
            // What fails anyway is not told again for each failure.
            Demand::Example(_) if failure.is_some() && before.iter().any(|part| part.failure.is_none()) => {
                Vec::new()
            }
            Demand::Example(example) => example_part(inputs, example)?.into_iter().collect(),
            Demand::Budget(_) => Vec::new(),
        };
        for part in &mut parts {
            part.failure = failure.map(|(failure, _)| failure.name.clone());
        }
        before.append(&mut parts);
    }
    Ok(())
}

/// The scope from each vantage point; under a failure without what does not meet it anyway.
fn still_meeting(assertion: &Assertion, found: &[Part], failing: bool) -> Vec<IpSet> {
    let without = |vantage: Vantage| {
        let known = found.iter().filter(|part| part.vantage == vantage && part.failure.is_none());
        known.fold(assertion.scope.set.clone(), |scope, part| scope.difference(&part.set()))
    };
    let scope = |vantage: &Vantage| if failing { without(*vantage) } else { assertion.scope.set.clone() };
    assertion.from.iter().map(scope).collect()
}

fn state(subject: Subject<'_>, failure: Option<&Outage>) -> LinkState {
    let as_written = subject.inputs.links;
    failure.map_or_else(|| as_written.clone(), |failure| failure.applied_to(as_written))
}

/// The flow of an example as a part, where it does not meet its expectation.
fn example_part(inputs: Inputs<'_>, example: &Example) -> Result<Option<Part>, CompileError> {
    let explanation = explain_at(inputs, example.from, example.to)?;
    let carrier = example.flow.as_ref().and_then(|flow| explanation.decision.carrier_of(flow));
    let verdict = example.expect.judge(&explanation, carrier);
    let set = IpSet::from_prefixes([IpPrefix::host(example.to)]);
    Ok((verdict != Judgement::Holds).then(|| Part {
        vantage: example.from,
        failure: None,
        judgement: verdict,
        carrier,
        back: explanation.return_path.as_ref().map(|back| back.verdict),
        support: Some(explanation.support.verdict),
        ranges: set.ranges().collect(),
        decision: explanation.decision,
    }))
}

fn judge(
    subject: Subject<'_>,
    check: &Check,
    parts: Vec<Part>,
    failures: &[(Outage, bool)],
    judged: &mut Judged,
) -> Result<(), CompileError> {
    let Sorted { failing, waived, untold, used, expired } = waive(check, parts, subject.today);
    let empty = matches!(&check.demand, Demand::Assertion(assertion) if assertion.scope.set.is_empty());
    let status = match (failing.is_empty(), untold.is_empty() && !empty) {
        (false, sure) => match check.severity {
            Severity::Error => Status::Failed,
            _ if sure => Status::Warned,
            _ => Status::CannotJudge,
        },
        (true, false) => Status::CannotJudge,
        (true, true) if !waived.is_empty() => Status::Waived,
        (true, true) => Status::Passed,
    };
    let network = subject.inputs.network;
    let telling: &[Part] = match status {
        Status::CannotJudge => &untold,
        Status::Failed | Status::Warned => &failing,
        Status::Waived | Status::Passed => &waived,
    };
    let first = telling.first();
    let witness = first.map(|part| witness(subject, check, part, failures)).transpose()?;
    let caused = witness.as_ref().and_then(|(_, place)| place.clone());
    let mut message = match first {
        None if empty => message::empty(&check.demand),
        None => message::holds(&check.demand),
        Some(_) => message::parts(telling, network),
    };
    match status {
        Status::CannotJudge if !failing.is_empty() => message.push_str("; others fail"),
        Status::Failed if !untold.is_empty() => message.push_str("; of others it cannot be told"),
        _ => {}
    }
    if let (false, Some(waiver)) = (failing.is_empty(), &expired) {
        message.push_str(&format!("; its waiver expired on {}", waiver.expires));
    }
    let index = judged.outcomes.len();
    judged.outcomes.push(CheckOutcome {
        id: check.id.clone(),
        kind: check.demand.kind(),
        title: message::title(&check.demand, network),
        severity: check.severity,
        status,
        message,
        remedy: message::remedy(status, telling, &check.demand, network),
        explanation: None,
        place: Some(caused.unwrap_or_else(|| check.place.clone())),
        witness: witness.map(|(witness, _)| witness),
        waiver: match status {
            Status::Waived => {
                let counts = used.iter().find(|rule| rule.waiver.expires >= subject.today);
                counts.map(|rule| rule.waiver.clone())
            }
            _ => None,
        },
    });
    for (parts, waived) in [(failing, false), (untold, false), (waived, true)] {
        let place = || check.place.clone();
        let all = parts.into_iter();
        judged.parts.extend(all.map(|part| JudgedPart { outcome: index, check: place(), waived, part }));
    }
    judged.outcomes.extend(waiver_outcomes(check, &used, subject.today));
    Ok(())
}

/// The first address of a part with its explanation, and the line that caused what is wrong with it.
fn witness(
    subject: Subject<'_>,
    check: &Check,
    part: &Part,
    failures: &[(Outage, bool)],
) -> Result<(Witness, Option<Place>), CompileError> {
    let network = subject.inputs.network;
    let failure = failures.iter().map(|(failure, _)| failure);
    let failure = failure.into_iter().find(|failure| Some(&failure.name) == part.failure.as_ref());
    let links = state(subject, failure);
    let address: IpAddr = part.ranges.first().map_or(IpAddr::V4(0.into()), |range| range.first());
    let explanation = explain_at(subject.inputs.links(&links), part.vantage, address)?;
    let mut sentences = (subject.tell)(&explanation);
    if let Some(failure) = failure {
        sentences.insert(0, format!("with {} down", failure.name));
    }
    let (line, _) = check.place.source.position(check.place.span.start);
    sentences.push(format!("the check stands at {}:{line}", check.place.source.name()));
    let witness = Witness { vantage: part.vantage.name(network), address, explanation: sentences };
    let span = message::cause(part, &explanation);
    Ok((witness, span.map(|span| Place { source: network.source.clone(), span })))
}
