//! The items of a guide as outcomes of checks, for reports of tests and for annotations.

use crate::check::guide::{Checklist, GuideFinding, ItemVerdict};
use crate::check::outcome::{CheckKind, CheckOutcome, Status};
use crate::check::verdict::Verdict;
use crate::diag::Severity;

impl Checklist {
    /// Returns one outcome for each item that concerns the network, in the guide's order. The id of an outcome is
    /// `guide::GUIDE::ITEM`.
    pub fn outcomes(&self) -> Vec<CheckOutcome> {
        self.findings.iter().filter_map(|finding| self.outcome(finding)).collect()
    }

    /// Returns the verdict over all items. A refuted item comes before an item without an answer: a checklist nearly
    /// always has items that wait for a person, and they must not hide what is wrong.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.count(verdict) > 0;
        if any(ItemVerdict::Refuted) {
            Verdict::Failed
        } else if any(ItemVerdict::Partly) {
            Verdict::Warned
        } else if any(ItemVerdict::NotEvaluated) || any(ItemVerdict::Manual) {
            Verdict::CannotJudge
        } else {
            Verdict::Passed
        }
    }

    fn outcome(&self, finding: &GuideFinding) -> Option<CheckOutcome> {
        let (status, severity) = match finding.verdict {
            ItemVerdict::Proved | ItemVerdict::Attested => (Status::Passed, Severity::Warning),
            ItemVerdict::Partly => (Status::Warned, Severity::Warning),
            ItemVerdict::Refuted => (Status::Failed, Severity::Error),
            ItemVerdict::NotEvaluated | ItemVerdict::Manual => (Status::CannotJudge, Severity::Warning),
            ItemVerdict::DoesNotApply => return None,
        };
        let needs = finding.needs.as_ref().map(|needs| format!("give {needs}"));
        Some(CheckOutcome {
            id: format!("guide::{}::{}", self.guide.id, finding.item.id),
            kind: CheckKind::Lint,
            title: finding.item.question.to_owned(),
            severity,
            status,
            message: format!("{}: {}", finding.verdict.word(), finding.sentence),
            remedy: finding.remedy.clone().or(needs),
            explanation: Some(finding.item.page.url),
            place: finding.place.clone(),
            witness: finding.witness.clone(),
            waiver: None,
            covered: None,
        })
    }
}
