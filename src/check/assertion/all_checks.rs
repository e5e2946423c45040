//! Runs all checks in a network file and returns their outcomes.

use std::net::IpAddr;

use crate::check::assertion::message;
use crate::check::assertion::model::{Check, Checks, Demand, Survives};
use crate::check::assertion::over_scope::Part;
use crate::check::assertion::subject::Subject;
use crate::check::assertion::under_failures::{found, state};
use crate::check::assertion::waive::{Sorted, waive, waiver_outcomes};
use crate::check::{CheckOutcome, FindingPlace, Status, Witness};
use crate::diag::Severity;
use crate::engine::{CompileError, Outage, explain_at};

/// The results of the checks.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// The outcome of each check, in file order, followed by one outcome for each of its unused waivers.
    pub outcomes: Vec<CheckOutcome>,
    /// The addresses that do not meet the checks, each with the index of its outcome in [`Self::outcomes`].
    pub parts: Vec<EvaluatedPart>,
}

/// Addresses that do not meet a check.
#[derive(Clone, Debug)]
pub struct EvaluatedPart {
    /// The check, by index into [`Evaluated::outcomes`].
    pub outcome: usize,
    /// The place of the check itself. The outcome's place is the line that caused the failure.
    pub check: FindingPlace,
    /// Whether a waiver accepts these addresses.
    pub waived: bool,
    /// The addresses and the reason.
    pub part: Part,
}

/// Evaluates every assertion and example. Budgets are evaluated separately, because they need a difference.
///
/// # Complexity
///
/// Compiles each distinct vantage point of the checks once. If a check must survive failures, compiles the vantage
/// point once more for each failure that it may depend on. All checks share the compiled vantage points.
///
/// # Errors
///
/// [`CompileError`] if an input that the network names is missing.
pub fn run_checks(subject: Subject<'_>, checks: &Checks) -> Result<Evaluated, CompileError> {
    let survives = checks.all.iter().filter_map(|check| check.expectation()?.survives).collect::<Vec<_>>();
    let mut failures = Vec::new();
    if !survives.is_empty() {
        failures.extend(Outage::singles(subject.inputs.network).into_iter().map(|one| (one, false)));
    }
    if survives.contains(&Survives::EachDouble) {
        failures.extend(Outage::pairs(subject.inputs.network).into_iter().map(|two| (two, true)));
    }
    let found = found(subject, checks, &failures)?;
    let mut evaluated = Evaluated::default();
    for (check, parts) in checks.all.iter().zip(found) {
        if !matches!(check.demand, Demand::Budget(_)) {
            evaluate(subject, check, parts, &failures, &mut evaluated)?;
        }
    }
    tracing::debug!(checks = evaluated.outcomes.len(), failures = failures.len(), "checks evaluated");
    Ok(evaluated)
}

/// Returns the status of a check. `holds` means that no address fails, `sure` that no address is unknown, and
/// `unwaived` that no failure is waived.
fn status(severity: Severity, holds: bool, sure: bool, unwaived: bool) -> Status {
    match (holds, sure) {
        (false, sure) => match severity {
            Severity::Error => Status::Failed,
            _ if sure => Status::Warned,
            _ => Status::CannotJudge,
        },
        (true, false) => Status::CannotJudge,
        (true, true) if unwaived => Status::Passed,
        (true, true) => Status::Waived,
    }
}

/// Returns what the message adds about addresses with another result than the reported ones.
fn about_others(status: Status, some_fail: bool, some_are_unknown: bool) -> &'static str {
    match status {
        Status::CannotJudge if some_fail => "; other addresses fail",
        Status::Failed if some_are_unknown => "; for other addresses, the result is unknown",
        _ => "",
    }
}

fn evaluate(
    subject: Subject<'_>,
    check: &Check,
    parts: Vec<Part>,
    failures: &[(Outage, bool)],
    evaluated: &mut Evaluated,
) -> Result<(), CompileError> {
    let Sorted { failing, waived, unknown, used, expired } = waive(check, parts, subject.today);
    let empty = matches!(&check.demand, Demand::Assertion(assertion) if assertion.scope.set.is_empty());
    let sure = unknown.is_empty() && !empty;
    let status = status(check.severity, failing.is_empty(), sure, waived.is_empty());
    let network = subject.inputs.network;
    let telling: &[Part] = match status {
        Status::CannotJudge => &unknown,
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
    message.push_str(about_others(status, !failing.is_empty(), !unknown.is_empty()));
    if let (false, Some(waiver)) = (failing.is_empty(), &expired) {
        message.push_str(&format!("; the waiver of this check expired on {}", waiver.expires));
    }
    let index = evaluated.outcomes.len();
    evaluated.outcomes.push(CheckOutcome {
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
        waiver: used
            .iter()
            .find(|rule| status == Status::Waived && rule.waiver.expires >= subject.today)
            .map(|rule| rule.waiver.clone()),
    });
    for (parts, waived) in [(failing, false), (unknown, false), (waived, true)] {
        let place = || check.place.clone();
        let all = parts.into_iter();
        evaluated.parts.extend(all.map(|part| EvaluatedPart {
            outcome: index,
            check: place(),
            waived,
            part,
        }));
    }
    evaluated.outcomes.extend(waiver_outcomes(check, &used, subject.today));
    Ok(())
}

/// Returns the first address of a part with its explanation, and the line that caused the failure.
fn witness(
    subject: Subject<'_>,
    check: &Check,
    part: &Part,
    failures: &[(Outage, bool)],
) -> Result<(Witness, Option<FindingPlace>), CompileError> {
    let network = subject.inputs.network;
    let failure = failures.iter().map(|(failure, _)| failure);
    let failure = failure.into_iter().find(|failure| Some(&failure.name) == part.failure.as_ref());
    let links = state(subject, failure);
    let address: IpAddr = part.ranges.first().map_or(IpAddr::V4(0.into()), |range| range.first());
    let explanation = explain_at(subject.inputs.links(&links), part.vantage, address)?;
    let mut sentences = (subject.explain)(&explanation);
    if let Some(failure) = failure {
        sentences.insert(0, format!("with {} down", failure.name));
    }
    let (line, _) = check.place.source.position(check.place.span.start);
    sentences.push(format!("the check is at {}:{line}", check.place.source.name()));
    let witness = Witness { vantage: part.vantage.name(network), address, explanation: sentences };
    let span = message::cause(part, &explanation);
    Ok((witness, span.map(|span| FindingPlace { source: network.source.clone(), span })))
}
