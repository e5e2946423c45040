//! The verdict over all outcomes, and the number of outcomes with each status.

use std::collections::BTreeSet;

use super::outcome::{CheckKind, CheckOutcome, Status};
use crate::diag::Severity;

/// The result of all checks of a run, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// No check failed without a valid waiver, and no warning has the requested severity or a higher one.
    Passed,
    /// No check failed without a valid waiver, but at least one warning has the requested severity or a higher one.
    Warned,
    /// At least one check failed.
    Failed,
    /// At least one check of the user could not be evaluated, or no check examined anything.
    CannotJudge,
}

impl Verdict {
    /// Returns the verdict. Warnings count if their severity is at least `fail_on`.
    pub fn of(outcomes: &[CheckOutcome], fail_on: Severity) -> Self {
        let ran = outcomes.iter().filter(|outcome| !outcome.status.is_open());
        let one = |outcome: &CheckOutcome| match outcome.status {
            Status::CannotJudge => Self::CannotJudge,
            Status::Failed => Self::Failed,
            Status::Warned if outcome.objects(fail_on) => Self::Warned,
            Status::Warned
            | Status::Waived
            | Status::NotEvaluated
            | Status::NotApplicable
            | Status::Passed => Self::Passed,
        };
        ran.map(one).max().unwrap_or(Self::CannotJudge)
    }

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warnings",
            Self::Failed => "failed",
            Self::CannotJudge => "cannot judge",
        }
    }
}

/// The number of checks that ran, and of outcomes by status. A check with several findings has several outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Checks that apply to the network, each counted once.
    pub ran: usize,
    /// Outcomes that are advice.
    pub advice: usize,
    /// Outcomes that are warnings.
    pub warnings: usize,
    /// Checks that failed.
    pub failed: usize,
    /// Checks that could not be evaluated.
    pub cannot_judge: usize,
    /// Checks that failed and have a waiver that has not expired.
    pub waived: usize,
    /// Checks that passed.
    pub passed: usize,
    /// Rules that lack an input.
    pub not_evaluated: usize,
    /// Rules that do not apply to the network.
    pub not_applicable: usize,
}

impl StatusCounts {
    /// Counts the outcomes by status.
    ///
    /// # Complexity
    ///
    /// O(n log n).
    pub fn of(outcomes: &[CheckOutcome]) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            *match (outcome.status, outcome.severity) {
                (Status::Passed, _) => &mut tally.passed,
                (Status::NotEvaluated, _) => &mut tally.not_evaluated,
                (Status::NotApplicable, _) => &mut tally.not_applicable,
                (Status::Waived, _) => &mut tally.waived,
                (Status::Warned, Severity::Advice) => &mut tally.advice,
                (Status::Warned, Severity::Warning | Severity::Error) => &mut tally.warnings,
                (Status::Failed, _) => &mut tally.failed,
                (Status::CannotJudge, _) => &mut tally.cannot_judge,
            } += 1;
        }
        let applying = outcomes.iter().filter(|outcome| outcome.status != Status::NotApplicable);
        let names: BTreeSet<(CheckKind, &str)> =
            applying.map(|outcome| (outcome.kind, outcome.id.as_str())).collect();
        tally.ran = names.len();
        tally
    }

    /// Returns all counts in one clause, such as `19 checks ran, 14 passed, 2 not evaluated; found: 2 failed, 1 warning; 12
    /// rules do not apply`. A check may have several findings, so the counts need not add up.
    pub fn sentence(&self) -> String {
        let parts = [
            (self.failed, "failed", "failed"),
            (self.cannot_judge, "cannot be evaluated", "cannot be evaluated"),
            (self.warnings, "warning", "warnings"),
            (self.advice, "advice", "advice"),
            (self.waived, "waived", "waived"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, one, many)| format!("{number} {}", if *number == 1 { one } else { many }))
            .collect();
        let open = match self.not_evaluated {
            0 => String::new(),
            number => format!(", {number} not evaluated"),
        };
        let found = if parts.is_empty() { String::new() } else { format!("; found: {}", parts.join(", ")) };
        let aside = match self.not_applicable {
            0 => String::new(),
            1 => "; 1 rule does not apply".to_owned(),
            number => format!("; {number} rules do not apply"),
        };
        let passed = self.passed;
        match self.ran {
            0 => format!("no check ran{aside}"),
            1 => format!("1 check ran, {passed} passed{open}{found}{aside}"),
            ran => format!("{ran} checks ran, {passed} passed{open}{found}{aside}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(id: &str, status: Status, severity: Severity) -> CheckOutcome {
        CheckOutcome {
            id: id.to_owned(),
            kind: CheckKind::Assertion,
            title: String::new(),
            severity,
            status,
            message: String::new(),
            remedy: None,
            explanation: None,
            place: None,
            covered: None,
            witness: None,
            waiver: None,
        }
    }

    #[test]
    fn the_worst_outcome_is_the_verdict() {
        use Severity::{Advice, Error, Warning};
        use Status::{CannotJudge, Failed, NotApplicable, NotEvaluated, Passed, Waived, Warned};
        type Case<'a> = (&'a [(Status, Severity)], Severity, Verdict);
        let cases: [Case<'_>; 12] = [
            (&[], Warning, Verdict::CannotJudge),
            // What was not evaluated fails nothing, and is no success on its own.
            (&[(NotEvaluated, Warning), (NotApplicable, Warning)], Advice, Verdict::CannotJudge),
            (&[(NotEvaluated, Error), (Passed, Error)], Advice, Verdict::Passed),
            (&[(NotEvaluated, Error), (Failed, Error)], Advice, Verdict::Failed),
            (&[(Passed, Error), (Waived, Error)], Advice, Verdict::Passed),
            (&[(Warned, Advice)], Warning, Verdict::Passed),
            (&[(Warned, Advice)], Advice, Verdict::Warned),
            (&[(Warned, Warning), (Passed, Error)], Warning, Verdict::Warned),
            (&[(Warned, Warning)], Error, Verdict::Passed),
            (&[(Failed, Error), (Warned, Warning)], Error, Verdict::Failed),
            (&[(Failed, Warning)], Error, Verdict::Failed),
            (&[(CannotJudge, Advice), (Failed, Error)], Error, Verdict::CannotJudge),
        ];
        for (outcomes, fail_on, wanted) in cases {
            let outcomes: Vec<_> =
                outcomes.iter().map(|(status, severity)| outcome("a", *status, *severity)).collect();
            assert_eq!(Verdict::of(&outcomes, fail_on), wanted, "{outcomes:?}");
        }
    }

    #[test]
    fn a_check_with_two_findings_ran_once() {
        let outcomes = [
            outcome("a", Status::Warned, Severity::Warning),
            outcome("a", Status::Warned, Severity::Warning),
            outcome("b", Status::Passed, Severity::Error),
        ];
        assert_eq!(StatusCounts::of(&outcomes).sentence(), "2 checks ran, 1 passed; found: 2 warnings");
        assert_eq!(StatusCounts::of(&[]).sentence(), "no check ran");
    }

    #[test]
    fn what_was_not_evaluated_did_not_pass() {
        let outcomes = [
            outcome("a", Status::Warned, Severity::Warning),
            outcome("a", Status::NotEvaluated, Severity::Warning),
            outcome("b", Status::Passed, Severity::Warning),
            outcome("c", Status::NotEvaluated, Severity::Warning),
            outcome("d", Status::NotApplicable, Severity::Warning),
            outcome("e", Status::NotApplicable, Severity::Warning),
        ];
        assert_eq!(
            StatusCounts::of(&outcomes).sentence(),
            "3 checks ran, 1 passed, 2 not evaluated; found: 1 warning; 2 rules do not apply"
        );
        let only = outcomes.get(4..).unwrap();
        assert_eq!(StatusCounts::of(only).sentence(), "no check ran; 2 rules do not apply");
    }
}
