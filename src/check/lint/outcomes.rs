//! Findings of the reader and of the rules, as outcomes of checks.

use std::collections::BTreeSet;

use super::super::outcome::{CheckKind, CheckOutcome, FindingPlace, Status};
use crate::diag::{CODES, Code, CodeEntry, Diagnostic, Diagnostics, Severity};

/// Returns one outcome for each finding, in the order given, then one for each rule without findings, ordered by code,
/// and finally the `accepted` outcomes. `found` contains the findings of the reader and of [`lint`](super::lint()),
/// without errors and without accepted findings.
pub fn lint_outcomes(found: &Diagnostics, accepted: Vec<CheckOutcome>) -> Vec<CheckOutcome> {
    let mut outcomes: Vec<CheckOutcome> =
        found.iter().map(|diagnostic| outcome(diagnostic, Status::Warned)).collect();
    let words: BTreeSet<Code> = found.iter().map(|diagnostic| diagnostic.code).collect();
    let waived = |name: &str| accepted.iter().any(|one| one.kind == CheckKind::Lint && one.id == name);
    let silent = CODES
        .iter()
        .filter(|entry| is_rule(entry.code) && !words.contains(&entry.code) && !waived(entry.code.name()));
    outcomes.extend(silent.map(passed));
    outcomes.extend(accepted);
    outcomes
}

/// Returns the outcomes for an unusable file. No rule ran; each error becomes a check that cannot be evaluated, and
/// the other findings of the reader follow as warnings.
pub fn unusable_outcomes(found: &Diagnostics) -> Vec<CheckOutcome> {
    let status = |severity| if severity == Severity::Error { Status::CannotJudge } else { Status::Warned };
    found.iter().map(|diagnostic| outcome(diagnostic, status(diagnostic.severity))).collect()
}

/// Whether a code belongs to a rule about the whole network. Other codes are reported while the file is read.
fn is_rule(code: Code) -> bool {
    code.name().starts_with("lint::")
}

pub(super) fn outcome(diagnostic: &Diagnostic, status: Status) -> CheckOutcome {
    let entry = CODES.iter().find(|entry| entry.code == diagnostic.code);
    let place = diagnostic.labels.first();
    CheckOutcome {
        id: diagnostic.code.name().to_owned(),
        kind: CheckKind::Lint,
        title: entry.map_or_else(|| diagnostic.code.name(), |entry| entry.title).to_owned(),
        severity: diagnostic.severity,
        status,
        message: diagnostic.message.clone(),
        remedy: diagnostic.help.clone(),
        explanation: entry.map(|entry| entry.explanation),
        place: place.map(|label| FindingPlace { source: diagnostic.source.clone(), span: label.span }),
        witness: None,
        waiver: None,
    }
}

fn passed(entry: &CodeEntry) -> CheckOutcome {
    CheckOutcome {
        id: entry.code.name().to_owned(),
        kind: CheckKind::Lint,
        title: entry.title.to_owned(),
        severity: Severity::Warning,
        status: Status::Passed,
        message: "nothing found".to_owned(),
        remedy: None,
        explanation: Some(entry.explanation),
        place: None,
        witness: None,
        waiver: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Source, Span};

    #[test]
    fn every_rule_has_an_outcome() {
        let source = Source::new("network.yaml", "version: 1\n");
        let mut found = Diagnostics::new();
        for _ in 0..2 {
            found.push(Diagnostic::advice(Code::LINT_NO_BFD, &source, "m").at(Span::new(0, 7), "").help("h"));
        }
        found.push(Diagnostic::warning(Code::NETWORK_NO_EFFECT, &source, "w"));
        let outcomes = lint_outcomes(&found, Vec::new());
        let rules: BTreeSet<&str> =
            CODES.iter().map(|entry| entry.code).filter(|code| is_rule(*code)).map(Code::name).collect();
        let evaluated: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
        assert!(rules.len() >= 17 && rules.is_subset(&evaluated));
        assert_eq!(outcomes.len(), rules.len() + 2);
        let first = outcomes.first().unwrap();
        assert_eq!(
            (first.status, first.severity, first.remedy.as_deref()),
            (Status::Warned, Severity::Advice, Some("h"))
        );
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.status == Status::Passed).count(),
            rules.len() - 1
        );
    }

    #[test]
    fn an_error_is_a_check_that_cannot_be_judged() {
        let source = Source::new("network.yaml", "");
        let mut found = Diagnostics::new();
        found.push(Diagnostic::error(Code::NETWORK_EMPTY, &source, "the network has no site"));
        found.push(Diagnostic::warning(Code::NETWORK_REPEATED, &source, "twice"));
        let statuses: Vec<Status> = unusable_outcomes(&found).iter().map(|outcome| outcome.status).collect();
        assert_eq!(statuses, [Status::CannotJudge, Status::Warned]);
    }
}
