//! Compares a difference with the declared intent.

use std::collections::BTreeMap;

use crate::addr::{AddressCount, Family, IpPrefix, IpRange, IpSet};
use crate::check::assertion::{ExplainFn, counts, shortened};
use crate::check::diff::{Change, ChangeKind, Diff, Presence};
use crate::check::intent::read::{DeclaredMove, Intent};
use crate::check::{CheckKind, CheckOutcome, FindingPlace, Status, Witness};
use crate::diag::Severity;
use crate::engine::{CompileError, Disposition, Inputs, Vantage, explain_at};

/// The head of a change, used to explain paths.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The network and Microsoft's lists of the head.
    pub inputs: Inputs<'a>,
    /// Writes an explanation as sentences.
    pub explain: ExplainFn<'a>,
}

impl std::fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

/// Evaluates every change against an intent. An undeclared change fails. A declared move that did not happen is a
/// warning. A path that is unknown on both sides for different reasons cannot be evaluated.
///
/// # Complexity
///
/// Linear in the changes and in the ranges of the intent's scopes, once for each pair of paths and each move.
///
/// # Errors
///
/// [`CompileError`] if an input that the head's network names is missing.
pub fn evaluate_changes(
    diff: &Diff,
    intent: &Intent,
    head: Head<'_>,
) -> Result<Vec<CheckOutcome>, CompileError> {
    let mut happened = vec![IpSet::empty(); intent.moves.len()];
    let mut undeclared: Vec<Undeclared> = Vec::new();
    for (key, set) in moved(diff) {
        let mut rest = set.clone();
        if key.kind == ChangeKind::Move {
            for (declared, happened) in intent.moves.iter().zip(&mut happened) {
                let here = declared.declared(diff.vantage(key.vantage), key.from, key.to, &set);
                *happened = happened.union(&here);
                rest = rest.difference(&here);
            }
        }
        if !rest.is_empty() {
            undeclared.push(Undeclared { key, set: rest });
        }
    }
    let counts = |one: &Undeclared| one.key.kind != ChangeKind::Reason || !intent.allow_reason_only;
    undeclared.retain(counts);
    let mut outcomes = Vec::new();
    for one in &undeclared {
        outcomes.push(one.outcome(diff, intent, head)?);
    }
    outcomes.extend(vantage_points(diff, intent));
    if outcomes.is_empty() {
        let ticket = intent.ticket.as_ref().map(|ticket| format!(" in {ticket}")).unwrap_or_default();
        let message = format!("every change is declared{ticket}");
        outcomes.push(outcome(
            "undeclared-changes".to_owned(),
            Status::Passed,
            message,
            intent.place.clone(),
        ));
    }
    let declared = intent.moves.iter().zip(&happened).enumerate();
    outcomes.extend(declared.map(|(index, (declared, happened))| of_declared(index, declared, happened)));
    Ok(outcomes)
}

/// The kind of a change, its vantage point, and the paths before and after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: ChangeKind,
    vantage: usize,
    from: Disposition,
    to: Disposition,
}

/// Returns the changed addresses by vantage point and paths. A path that is unknown for the same reason on both sides
/// is not a change that an intent could declare.
fn moved(diff: &Diff) -> BTreeMap<Key, IpSet> {
    let mut ranges: BTreeMap<Key, Vec<_>> = BTreeMap::new();
    let comparable = |change: &&Change| change.kind != ChangeKind::Unknown || change.from != change.to;
    for change in diff.changes.iter().filter(comparable) {
        let Change { kind, vantage, .. } = *change;
        let (from, to) = (diff.outcome(change.from).path, diff.outcome(change.to).path);
        ranges.entry(Key { kind, vantage, from, to }).or_default().push(change.range);
    }
    ranges.into_iter().map(|(key, ranges)| (key, IpSet::from_ranges(ranges))).collect()
}

/// Undeclared changes.
struct Undeclared {
    key: Key,
    set: IpSet,
}

impl Undeclared {
    fn outcome(&self, diff: &Diff, intent: &Intent, head: Head<'_>) -> Result<CheckOutcome, CompileError> {
        let Key { kind, vantage, from, to } = self.key;
        let name = diff.vantage(vantage);
        let (ipv4, ipv6) = (self.set.count(Family::V4), self.set.count(Family::V6));
        let prefixes: Vec<IpPrefix> = self.set.prefixes().collect();
        let (id, status, what) = match kind {
            ChangeKind::Reason => (
                "undeclared-reason",
                Status::Failed,
                format!(
                    "keep {from} with another circuit, connection, route, return path or support verdict"
                ),
            ),
            ChangeKind::Unknown => (
                "unknown-changes",
                Status::CannotJudge,
                format!("are {from} before and {to} after, for different reasons"),
            ),
            _ => ("undeclared-changes", Status::Failed, format!("move from {from} to {to}")),
        };
        let message =
            format!("from `{name}` {} {what} ({}), undeclared", counts(ipv4, ipv6), shortened(&prefixes));
        let mut outcome = outcome(id.to_owned(), status, message, intent.place.clone());
        outcome.remedy = Some(match kind {
            ChangeKind::Reason => {
                "declare the change with `allow_reason_only: true`, or undo the change".to_owned()
            }
            ChangeKind::Unknown => "provide the input that is missing on both sides".to_owned(),
            _ => format!("declare the change as `{{from: {from}, to: {to}, scope: …}}`, or undo the change"),
        });
        let Some(address) = self.set.ranges().next().map(IpRange::first) else { return Ok(outcome) };
        let network = head.inputs.network;
        if let Some(vantage) = Vantage::named(network, name) {
            let explanation = explain_at(head.inputs, vantage, address)?;
            let place = |span| FindingPlace { source: network.source.clone(), span };
            outcome.place = explanation.decision.reason().span().map(place).or(outcome.place);
            let explanation = (head.explain)(&explanation);
            outcome.witness = Some(Witness { vantage: name.to_owned(), address, explanation });
        }
        Ok(outcome)
    }
}

/// Reports added and removed vantage points, from which no address is compared.
fn vantage_points<'a>(diff: &'a Diff, intent: &'a Intent) -> impl Iterator<Item = CheckOutcome> + 'a {
    diff.vantages.iter().filter_map(|point| {
        let (declared, what, key) = match point.presence {
            Presence::Both => return None,
            Presence::Added => (&intent.adds, "only the head contains", "adds"),
            Presence::Removed => (&intent.removes, "only the base contains", "removes"),
        };
        if declared.contains(&point.name) {
            return None;
        }
        let message =
            format!("{what} `{}`, which is not declared; no address is compared from there", point.name);
        let mut outcome =
            outcome("undeclared-vantage-point".to_owned(), Status::Failed, message, intent.place.clone());
        outcome.remedy = Some(format!("declare the change as `{key}: [{}]`, or undo the change", point.name));
        Some(outcome)
    })
}

fn of_declared(index: usize, declared: &DeclaredMove, happened: &IpSet) -> CheckOutcome {
    let id = format!("declared-move-{}", index + 1);
    let (ipv4, ipv6) = (happened.count(Family::V4), happened.count(Family::V6));
    let text = declared.text();
    if ipv4 + ipv6 == AddressCount::ZERO {
        let message = format!("this declared move did not happen: {text}");
        let mut outcome = outcome(id, Status::Warned, message, declared.place.clone());
        outcome.severity = Severity::Warning;
        outcome.remedy = Some("remove the move from the intent, or find out why nothing moved".to_owned());
        return outcome;
    }
    outcome(id, Status::Passed, format!("{} moved: {text}", counts(ipv4, ipv6)), declared.place.clone())
}

pub(super) fn outcome(id: String, status: Status, message: String, place: FindingPlace) -> CheckOutcome {
    CheckOutcome {
        id,
        kind: CheckKind::Intent,
        title: "the moves of a change are declared".to_owned(),
        severity: Severity::Error,
        status,
        message,
        remedy: None,
        explanation: None,
        place: Some(place),
        covered: None,
        witness: None,
        waiver: None,
    }
}
