//! Waivers: failures that are accepted until a given day.

use jiff::civil::Date;

use super::model::{Check, WaiverRule};
use crate::addr::{IpRange, IpSet};
use crate::check::assertion::meets_expectation::Evaluation;
use crate::check::assertion::over_scope::Part;
use crate::check::{CheckKind, CheckOutcome, Status, Waiver};
use crate::diag::Severity;

/// Addresses that do not meet a check, by status.
pub(super) struct Sorted<'c> {
    /// Addresses that fail, without a valid waiver.
    pub(super) failing: Vec<Part>,
    /// Addresses that fail with a valid waiver.
    pub(super) waived: Vec<Part>,
    /// Addresses that cannot be evaluated; a waiver does not accept them.
    pub(super) unknown: Vec<Part>,
    /// The waivers that cover a failing address, expired or not.
    pub(super) used: Vec<&'c WaiverRule>,
    /// The first expired waiver that covers a failing address.
    pub(super) expired: Option<&'c Waiver>,
}

/// Sorts the addresses that do not meet a check according to the check's waivers. Earlier waivers take precedence.
pub(super) fn waive(check: &Check, parts: Vec<Part>, today: Date) -> Sorted<'_> {
    let mut all = Sorted {
        failing: Vec::new(),
        waived: Vec::new(),
        unknown: Vec::new(),
        used: Vec::new(),
        expired: None,
    };
    for part in parts {
        if !matches!(part.judgement, Evaluation::Fails(_)) {
            all.unknown.push(part);
            continue;
        }
        let mut rest = part.set();
        let mut accepted = IpSet::empty();
        for rule in &check.waivers {
            let covered = match &rule.scope {
                Some(scope) => rest.intersection(&scope.set),
                None => rest.clone(),
            };
            if covered.is_empty() {
                continue;
            }
            if !all.used.iter().any(|used| std::ptr::eq(*used, rule)) {
                all.used.push(rule);
            }
            if rule.waiver.expires < today {
                all.expired.get_or_insert(&rule.waiver);
            } else {
                rest = rest.difference(&covered);
                accepted = accepted.union(&covered);
            }
        }
        let with = |set: &IpSet| Part { ranges: set.ranges().collect::<Vec<IpRange>>(), ..part.clone() };
        if !rest.is_empty() {
            all.failing.push(with(&rest));
        }
        if !accepted.is_empty() {
            all.waived.push(with(&accepted));
        }
    }
    all
}

/// Returns a warning for each waiver that covers no failing address.
pub(super) fn waiver_outcomes(check: &Check, used: &[&WaiverRule], today: Date) -> Vec<CheckOutcome> {
    let unused = check.waivers.iter().filter(|rule| !used.iter().any(|used| std::ptr::eq(*used, *rule)));
    let outcomes = unused.map(|rule| {
        let expired = if rule.waiver.expires < today { ", and the waiver has expired" } else { "" };
        CheckOutcome {
            id: check.id.clone(),
            kind: CheckKind::Waiver,
            title: format!("waiver until {}: {}", rule.waiver.expires, rule.waiver.reason),
            severity: Severity::Warning,
            status: Status::Warned,
            message: format!("the waiver of `{}` covers no failing address{expired}", check.id),
            remedy: Some("remove the waiver; otherwise it would hide a later failure".to_owned()),
            explanation: None,
            place: Some(rule.place.clone()),
            covered: None,
            witness: None,
            waiver: None,
        }
    });
    outcomes.collect()
}
