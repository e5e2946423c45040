//! Runs all checks in a network file and returns their outcomes.

use std::net::IpAddr;

use crate::addr::{Family, IpPrefix, IpSet};
use crate::check::assertion::message;
use crate::check::assertion::model::{Check, Checks, Demand, Survives};
use crate::check::assertion::over_scope::Part;
use crate::check::assertion::subject::Subject;
use crate::check::assertion::under_failures::{found, state};
use crate::check::assertion::waive::{Sorted, waive, waiver_outcomes};
use crate::check::{CheckOutcome, Covered, FindingPlace, Status, Witness};
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

impl Evaluated {
    /// Adds the parts of an outcome, each with whether a waiver accepts it.
    fn add_parts(&mut self, check: &FindingPlace, outcome: usize, parts: [(Vec<Part>, bool); 3]) {
        for (parts, waived) in parts {
            let all = parts.into_iter();
            self.parts.extend(all.map(|part| EvaluatedPart { outcome, check: check.clone(), waived, part }));
        }
    }
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
    let covered = covered(&check.demand, failures);
    let Sorted { failing, waived, unknown, used, expired } = waive(check, parts, subject.today);
    let empty = message::empty(&check.demand, covered);
    let sure = unknown.is_empty() && empty.is_none();
    let status = status(check.severity, failing.is_empty(), sure, waived.is_empty());
    let network = subject.inputs.network;
    let telling: &[Part] = match status {
        Status::CannotJudge => &unknown,
        Status::Failed | Status::Warned => &failing,
        Status::Waived | Status::Passed | Status::NotApplicable | Status::NotEvaluated => &waived,
    };
    let first = telling.first();
    let witness = first.map(|part| witness(subject, check, part, failures)).transpose()?;
    let caused = witness.as_ref().and_then(|shown| shown.place.clone());
    let reply = witness.as_ref().and_then(|shown| shown.reply_remedy);
    let mut message = match (first, empty) {
        (Some(_), _) => message::parts(telling, network),
        (None, Some(empty)) => empty,
        (None, None) => message::holds(&check.demand, covered),
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
        remedy: message::remedy(status, (telling, reply), &check.demand, network),
        explanation: None,
        covered,
        place: Some(caused.unwrap_or_else(|| check.place.clone())),
        witness: witness.map(|shown| shown.witness),
        waiver: used
            .iter()
            .find(|rule| status == Status::Waived && rule.waiver.expires >= subject.today)
            .map(|rule| rule.waiver.clone()),
    });
    evaluated.add_parts(&check.place, index, [(failing, false), (unknown, false), (waived, true)]);
    evaluated.outcomes.extend(waiver_outcomes(check, &used, subject.today));
    Ok(())
}

/// Returns what a check covers; `None` for a budget.
fn covered(demand: &Demand, failures: &[(Outage, bool)]) -> Option<Covered> {
    let (set, vantage_points, expect) = match demand {
        Demand::Assertion(one) => (one.scope.set.clone(), one.from.len(), &one.expect),
        Demand::Example(one) => (IpSet::from_prefixes([IpPrefix::host(one.to)]), 1, &one.expect),
        Demand::Budget(_) => return None,
    };
    let failures = expect.survives.map(|survives| match survives {
        Survives::EachSingle => failures.iter().filter(|(_, double)| !double).count(),
        Survives::EachDouble => failures.len(),
    });
    let (ipv4, ipv6) = (set.count(Family::V4), set.count(Family::V6));
    Some(Covered { ipv4, ipv6, vantage_points, failures })
}

/// The first address of a part, as shown to the user.
struct Shown {
    witness: Witness,
    /// The line that caused the failure.
    place: Option<FindingPlace>,
    /// How to make the replies return, if they do not meet the expectation.
    reply_remedy: Option<&'static str>,
}

/// Returns the first address of a part with its explanation, and the line that caused the failure.
fn witness(
    subject: Subject<'_>,
    check: &Check,
    part: &Part,
    failures: &[(Outage, bool)],
) -> Result<Shown, CompileError> {
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
    let place = span.map(|span| FindingPlace { source: network.source.clone(), span });
    let reply_remedy = message::worst_reply(part, &explanation).map(|worst| worst.reason.remedy());
    Ok(Shown { witness, place, reply_remedy: reply_remedy.filter(|text| !text.is_empty()) })
}
