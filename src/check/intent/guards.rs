//! The guards of a change: the base's checks, evaluated against the head.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::check::assertion::values::CHECKS_FILE;
use crate::check::intent::declared_moves::outcome;
use crate::check::{CheckOutcome, Checks, FindingPlace, Status, read_checks};
use crate::diag::{Severity, Source, Span};
use crate::network::Network;
use crate::yaml::tree;
use crate::yaml::tree::{Kind, Node};

/// The base's checks as they apply to the head.
#[derive(Clone, Debug)]
pub struct Guards {
    /// The checks.
    pub checks: Checks,
    /// Outcomes about the checks themselves: edits by the change, and names that the head no longer contains.
    pub outcomes: Vec<CheckOutcome>,
}

/// Reads the checks in the base's network file against the head. Each check that the change adds, removes or edits is
/// reported as a warning. A check that names something missing from the head cannot be evaluated.
pub fn guards(base: &Source, head: &Network, catalog: &Catalog) -> Guards {
    let (checks, diagnostics) = read_checks(base, Some(head), catalog);
    let mut outcomes: Vec<CheckOutcome> = edits(base, &head.source).collect();
    outcomes.extend(diagnostics.iter().filter(|one| one.severity == Severity::Error).map(|one| {
        let span = one.labels.first().map_or(Span::new(0, 0), |label| label.span);
        let message = format!("a check in the base does not apply to the head: {}", one.message);
        let place = FindingPlace { source: base.clone(), span };
        outcome("guards".to_owned(), Status::CannotJudge, message, place)
    }));
    for outcome in &mut outcomes {
        "the change is evaluated with the base's checks".clone_into(&mut outcome.title);
    }
    Guards { checks, outcomes }
}

fn edits(base: &Source, head: &Source) -> impl Iterator<Item = CheckOutcome> + use<> {
    let (was, is) = (written(base), written(head));
    let mut all: Vec<(String, FindingPlace)> = Vec::new();
    for (id, (text, span)) in &was {
        let place = FindingPlace { source: base.clone(), span: *span };
        match is.get(id) {
            None => all.push((format!("the change removes the check `{id}`"), place)),
            Some((other, span)) if other != text => {
                let place = FindingPlace { source: head.clone(), span: *span };
                all.push((format!("the change edits the check `{id}`"), place));
            }
            Some(_) => {}
        }
    }
    for (id, (_, span)) in is.iter().filter(|(id, _)| !was.contains_key(*id)) {
        let place = FindingPlace { source: head.clone(), span: *span };
        all.push((format!("the change adds the check `{id}`"), place));
    }
    all.into_iter().map(|(message, place)| {
        let mut outcome = outcome("guards".to_owned(), Status::Warned, message, place);
        outcome.severity = Severity::Warning;
        outcome.remedy = Some("the base's checks apply; edit checks in a separate change".to_owned());
        outcome
    })
}

/// Returns the checks in a file by id, each as canonical text, so that equal checks compare equal regardless of their
/// formatting.
fn written(source: &Source) -> BTreeMap<String, (String, Span)> {
    let (root, _) = tree::parse(source, &CHECKS_FILE);
    let Some(Node { kind: Kind::List(checks), .. }) = root.as_ref().and_then(|root| root.get("checks"))
    else {
        return BTreeMap::new();
    };
    let of = |(index, check): (usize, &Node)| match check.get("id") {
        Some(Node { kind: Kind::Scalar { text, .. }, span }) => (text.clone(), (canonical(check), *span)),
        _ => (format!("number {}", index + 1), (canonical(check), check.span)),
    };
    checks.iter().enumerate().map(of).collect()
}

fn canonical(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Scalar { text, .. } => format!("{text:?}"),
        Kind::List(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Kind::Map(entries) => {
            let mut all: Vec<String> =
                entries.iter().map(|one| format!("{:?}:{}", one.key.value, canonical(&one.value))).collect();
            all.sort_unstable();
            format!("{{{}}}", all.join(","))
        }
    }
}
