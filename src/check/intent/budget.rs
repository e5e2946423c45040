//! Budgets: limits on how much a change may move.

use crate::addr::{AddressCount, Family};
use crate::check::diff::{ChangeKind, Diff, Presence, Weighed};
use crate::check::{Budget, Check, CheckKind, CheckOutcome, Checks, Demand, Moved, Status};
use crate::diag::Severity;

/// Evaluates a difference against every budget of the checks.
///
/// Fails closed: addresses that may have moved, and traffic from vantage points that are not compared, count against a
/// limit as if they had moved. If the limit is exceeded only because of them, the budget cannot be evaluated. The same
/// applies to a limit on addresses if a vantage point exists on one side only, and to a limit on bytes without a
/// capture.
///
/// # Complexity
///
/// `O(n log n)` in the number of changes.
pub fn evaluate_budgets(diff: &Diff, weighed: Option<&Weighed>, checks: &Checks) -> Vec<CheckOutcome> {
    let budgets = checks.all.iter().filter_map(|check| match &check.demand {
        Demand::Budget(budget) => Some((check, budget)),
        _ => None,
    });
    budgets.map(|(check, budget)| evaluate(diff, weighed, check, budget)).collect()
}

/// The result of one limit.
struct Bound {
    status: Status,
    text: String,
}

fn evaluate(diff: &Diff, weighed: Option<&Weighed>, check: &Check, budget: &Budget) -> CheckOutcome {
    let families = [(Family::V4, budget.ipv4), (Family::V6, budget.ipv6)];
    let bounded = families.into_iter().filter_map(|(family, bound)| Some((family, bound?)));
    let mut bounds: Vec<Bound> = bounded.map(|(family, bound)| addresses(diff, family, bound)).collect();
    bounds.extend(budget.moved.map(|bound| bytes(diff, weighed, bound)));
    let worst = bounds.iter().map(|bound| bound.status).max().unwrap_or(Status::CannotJudge);
    let status = match (worst, check.severity) {
        (Status::Failed, Severity::Warning | Severity::Advice) => Status::Warned,
        (status, _) => status,
    };
    let texts = bounds.iter().filter(|bound| bound.status == worst).map(|bound| bound.text.as_str());
    CheckOutcome {
        id: check.id.clone(),
        kind: CheckKind::Budget,
        title: super::super::assertion::budget_title(budget),
        severity: check.severity,
        status,
        message: texts.collect::<Vec<_>>().join("; "),
        remedy: match status {
            Status::Failed | Status::Warned => {
                Some("make the change smaller, or raise the budget in a separate change".to_owned())
            }
            Status::CannotJudge => {
                Some("provide the missing input: a capture, or the inputs of unknown paths".to_owned())
            }
            Status::Passed | Status::NotApplicable | Status::NotEvaluated | Status::Waived => None,
        },
        explanation: None,
        place: Some(check.place.clone()),
        covered: None,
        witness: None,
        waiver: None,
    }
}

fn addresses(diff: &Diff, family: Family, bound: AddressCount) -> Bound {
    let moved = diff.count(family, ChangeKind::Move);
    // A path that is unknown on both sides for different reasons may have moved.
    let unknown = diff.changes.iter().filter(|change| {
        change.kind == ChangeKind::Unknown && change.from != change.to && change.range.family() == family
    });
    let possibly = moved + unknown.map(|change| change.range.count()).sum();
    let one_sided = diff.vantages.iter().filter(|vantage| vantage.presence != Presence::Both).count();
    let (status, text) = if moved > bound {
        (Status::Failed, format!("{moved:#} {family} addresses move, over the budget of {bound:#}"))
    } else if possibly > bound {
        (
            Status::CannotJudge,
            format!("between {moved:#} and {possibly:#} {family} addresses move; the budget is {bound:#}"),
        )
    } else if one_sided > 0 {
        (
            Status::CannotJudge,
            format!("{one_sided} vantage points exist on one side only and are not compared"),
        )
    } else {
        (Status::Passed, format!("{moved:#} {family} addresses move, within the budget of {bound:#}"))
    };
    Bound { status, text }
}

fn bytes(diff: &Diff, weighed: Option<&Weighed>, bound: Moved) -> Bound {
    let Some(weighed) = weighed else {
        let text = "moved bytes are unknown without a capture".to_owned();
        return Bound { status: Status::CannotJudge, text };
    };
    let of_kind = |wanted: &[ChangeKind]| {
        let groups = diff.groups();
        let groups = groups.iter().filter(|group| wanted.contains(&group.kind));
        groups.flat_map(|group| weighed.hosts(group)).map(|host| host.volume.bytes).sum::<u64>()
    };
    let moved = of_kind(&[ChangeKind::Move]);
    let possibly = of_kind(&[ChangeKind::Move, ChangeKind::Unknown]) + weighed.not_compared.bytes;
    let total = weighed.total.bytes;
    let within = |bytes: u64| match bound {
        Moved::Bytes(bound) => bytes <= bound,
        // Compared exactly, without rounding the share.
        Moved::Millionths(share) => u128::from(bytes) * 1_000_000 <= u128::from(total) * u128::from(share),
    };
    let (status, text) = if !within(moved) {
        (Status::Failed, format!("{moved} of {total} captured bytes move, over the budget of {bound}"))
    } else if total == 0 {
        (Status::CannotJudge, "the captures contain no bytes to weigh the change".to_owned())
    } else if !within(possibly) {
        (
            Status::CannotJudge,
            format!("between {moved} and {possibly} captured bytes move; the budget is {bound}"),
        )
    } else {
        (Status::Passed, format!("{moved} of {total} captured bytes move, within the budget of {bound}"))
    };
    Bound { status, text }
}
