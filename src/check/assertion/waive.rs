//! Waivers: failures that are accepted until a day.

use jiff::civil::Date;

use super::model::{Check, WaiverRule};
use crate::addr::{IpRange, IpSet};
use crate::check::assertion::meets_expectation::Judgement;
use crate::check::assertion::over_scope::Part;
use crate::check::{CheckKind, CheckOutcome, Status, Waiver};
use crate::diag::Severity;

/// What does not meet a check, by what becomes of it.
pub(super) struct Sorted<'c> {
    /// Fails, and no waiver that counts accepts it.
    pub(super) failing: Vec<Part>,
    /// Fails, and is accepted.
    pub(super) waived: Vec<Part>,
    /// Cannot be told; no waiver accepts that.
    pub(super) untold: Vec<Part>,
    /// The waivers that something fails under, expired or not.
    pub(super) used: Vec<&'c WaiverRule>,
    /// The first expired waiver that something fails under.
    pub(super) expired: Option<&'c Waiver>,
}

/// Sorts what does not meet a check by its waivers, of which the earlier count first.
pub(super) fn waive(check: &Check, parts: Vec<Part>, today: Date) -> Sorted<'_> {
    let mut all = Sorted {
        failing: Vec::new(),
        waived: Vec::new(),
        untold: Vec::new(),
        used: Vec::new(),
        expired: None,
    };
    for part in parts {
        if !matches!(part.judgement, Judgement::Fails(_)) {
            all.untold.push(part);
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

/// A warning for each waiver that nothing fails under.
pub(super) fn waiver_outcomes(check: &Check, used: &[&WaiverRule], today: Date) -> Vec<CheckOutcome> {
    let unused = check.waivers.iter().filter(|rule| !used.iter().any(|used| std::ptr::eq(*used, *rule)));
    let told = unused.map(|rule| {
        let expired = if rule.waiver.expires < today { ", and it has expired" } else { "" };
        CheckOutcome {
            id: check.id.clone(),
            kind: CheckKind::Waiver,
            title: format!("waiver until {}: {}", rule.waiver.expires, rule.waiver.reason),
            severity: Severity::Warning,
            status: Status::Warned,
            message: format!("nothing of `{}` fails that the waiver accepts{expired}", check.id),
            remedy: Some("remove it, or it will hide a failure to come".to_owned()),
            explanation: None,
            place: Some(rule.place.clone()),
            witness: None,
            waiver: None,
        }
    });
    told.collect()
}
