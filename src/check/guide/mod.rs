//! Guides of Microsoft as checklists: each item is evaluated for a network, with counted evidence.
//!
//! ```text
//! guides (catalog) ─────────────────────────────┐
//! network, lists ─▶ lint, map, callers ─▶ Evidence ─▶ one evaluator per item ─▶ Answer ─▶ Finding
//! attested (network file) ──────────────────────────────────────────────────────────────────┘
//! ```
//!
//! An item is `proved` only with counted evidence. If the file lacks a key, the item is `not-evaluated` and names it; if no
//! file can answer it, the item is `manual` until a person attests it.

mod answer;
mod evidence;
mod items;
mod lists;
mod on_circuits;
mod on_filters;
mod on_paths;
mod on_people;
mod on_servers;
mod outcomes;
mod tally;

use jiff::civil::Date;

use crate::catalog::{Guide, GuideItem};
use crate::check::callers::Caller;
use crate::check::outcome::{FindingPlace, Witness};
use crate::engine::CompileError;

pub use answer::{EvidenceCount, ItemVerdict, Share};
pub use evidence::{GuideQuestion, Sovereign};
pub use lists::default_products;

use answer::Answer;
use evidence::Evidence;
use items::Evaluator;

/// An item of a guide with its verdict.
#[derive(Clone, Debug)]
pub struct GuideFinding {
    /// The item.
    pub item: &'static GuideItem,
    /// The verdict.
    pub verdict: ItemVerdict,
    /// The finding, in one sentence with its numbers.
    pub sentence: String,
    /// What the evaluation covered.
    pub covered: EvidenceCount,
    /// The part for which the answer is yes.
    pub share: Option<Share>,
    /// An address that shows why the item is not proved.
    pub witness: Option<Witness>,
    /// The line of the file that the finding is about.
    pub place: Option<FindingPlace>,
    /// How to fix it.
    pub remedy: Option<String>,
    /// The key or file that is missing.
    pub needs: Option<String>,
    /// The person who answers for the item, and the day.
    pub attested: Option<(String, Date)>,
}

/// The evaluation of a guide.
#[derive(Clone, Debug)]
pub struct Checklist {
    /// The guide.
    pub guide: Guide,
    /// The items, in the guide's order.
    pub findings: Vec<GuideFinding>,
    /// The products that may open connections to published servers.
    pub callers: Vec<Caller>,
}

impl Checklist {
    /// Returns the number of items with a verdict.
    pub fn count(&self, verdict: ItemVerdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

/// Evaluates every item of a guide.
///
/// # Errors
///
/// [`CompileError`] if an input that the network file names is missing.
///
/// # Complexity
///
/// That of the [map](super::network_map) over all single and double failures, and of the [callers](super::callers()).
pub fn evaluate_guide(guide: Guide, question: GuideQuestion<'_>) -> Result<Checklist, CompileError> {
    let evidence = Evidence::gather(guide, question)?;
    let mut findings = Vec::with_capacity(guide.items.len());
    for item in guide.items {
        let answer = match items::evaluator(item.id) {
            Some(Evaluator::Counted(evaluate)) => evaluate(&evidence),
            Some(Evaluator::Traced(evaluate)) => evaluate(&evidence)?,
            None => Answer::manual("no evaluation of this item exists"),
        };
        let answer = evidence.in_cloud(answer);
        findings.push(evidence.finding(item, answer));
    }
    Ok(Checklist { guide, findings, callers: evidence.callers })
}
