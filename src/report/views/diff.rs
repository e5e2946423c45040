//! The views of a difference between two networks.

mod change;
mod details;
mod groups;
mod remarks;

use crate::addr::Family;
use crate::check::diff::{Diff, DiffVerdict, Group, Lists, Transition, Weighed, WhatIf};
use crate::check::{CheckKind, CheckOutcome, Status};
use crate::diag::Severity;
use crate::engine::Disposition;
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{family, vantage};
pub(super) use change::{from, kind, or_none, to};
pub use remarks::{remarks, unseen};

/// The data from which the views are built.
#[derive(Debug)]
pub struct Found<'a> {
    /// The difference.
    pub diff: &'a Diff,
    /// Its groups.
    pub groups: &'a [Group],
    /// The captured traffic, if captures were given.
    pub weighed: Option<&'a Weighed>,
    /// The result under each single failure, if requested.
    pub what_if: Option<&'a [WhatIf]>,
    /// The maximum number of prefixes, lists and hosts reported for each group; 0 for all.
    pub top: usize,
}

/// Returns all views in the order of reports.
pub fn views(found: &Found<'_>, lists: &mut Lists<'_>) -> Vec<View> {
    let mut views =
        vec![summary(found.diff), groups::moves(found), groups::reasons(found), groups::causes(found)];
    views.push(details::prefixes(found, lists));
    views.push(details::memberships(found, lists));
    views.extend(found.weighed.map(|weighed| details::weights(found, weighed)));
    views.extend(found.what_if.map(what_if));
    // People mainly look for moves. Derived and empty views are shown only on request.
    for view in &mut views {
        let follows = ["causes", "lists"].contains(&view.name.as_str());
        view.is_detail = follows || view.rows.is_empty() && view.name != "summary";
    }
    views
}

/// Returns the names of the views that [`views`] returns. They are known before anything is compared.
pub fn view_names(weighed: bool, what_if: bool) -> Vec<&'static str> {
    let mut names = vec!["summary", "moves", "reasons", "causes", "prefixes", "lists"];
    names.extend(weighed.then_some("weights"));
    names.extend(what_if.then_some("what_if"));
    names
}

/// Returns the sum of each transition matrix as a passed check. If a sum were wrong, the program would already have
/// ended.
pub fn sums(diff: &Diff) -> Vec<CheckOutcome> {
    let outcome = |matrix: &crate::check::diff::Matrix| {
        let vantage = diff.vantage(matrix.vantage);
        let (sum, family) = (matrix.sum(), matrix.family);
        CheckOutcome {
            id: format!("sum/{vantage}/{family}"),
            kind: CheckKind::Sum,
            title: "every address is counted exactly once".to_owned(),
            severity: Severity::Error,
            status: Status::Passed,
            message: format!("from `{vantage}`, the {family} transition matrix adds up to {sum:#} addresses"),
            remedy: None,
            explanation: None,
            place: None,
            covered: None,
            witness: None,
            waiver: None,
        }
    };
    diff.matrices.iter().map(outcome).collect()
}

/// Returns the outcome of a comparison without an intent, or `None` if nothing differs.
pub fn undeclared(diff: &Diff) -> Option<CheckOutcome> {
    let (status, message) = match diff.verdict() {
        DiffVerdict::Same => return None,
        DiffVerdict::Differs => (Status::Warned, "paths change without a declared intent"),
        DiffVerdict::CannotJudge => {
            (Status::CannotJudge, "the path to some addresses is unknown on both sides")
        }
    };
    Some(CheckOutcome {
        id: "undeclared-changes".to_owned(),
        kind: CheckKind::Intent,
        title: "moved addresses are declared in an intent".to_owned(),
        severity: Severity::Warning,
        status,
        message: message.to_owned(),
        remedy: Some("declare the intended moves with `--intent FILE`".to_owned()),
        explanation: None,
        place: None,
        covered: None,
        witness: None,
        waiver: None,
    })
}

fn summary(diff: &Diff) -> View {
    let rows = diff.matrices.iter().flat_map(|matrix| {
        let place = (diff.vantage(matrix.vantage), matrix.family);
        matrix.cells.iter().map(move |cell| (place, cell))
    });
    Columns::<((&str, Family), &Transition)>::new()
        .group(|((point, _), _)| *point, vantage())
        .group(|((_, of), _)| of, family())
        .group(|(_, cell)| &cell.kind, kind())
        .text("from", "the path in the base; empty if the base has no such vantage point", |(_, cell)| {
            cell.from.map(Disposition::word)
        })
        .text("to", "the path in the head; empty if the head has no such vantage point", |(_, cell)| {
            cell.to.map(Disposition::word)
        })
        .group(|(_, cell)| &cell.addresses, change::addresses())
        .view("summary", rows)
}

fn what_if(all: &[WhatIf]) -> View {
    Columns::<&WhatIf>::new()
        .text("failure", "the failure that is applied to both sides", |one| one.failure.clone())
        .flag("worse", "whether addresses move that do not move without the failure", |one| one.is_worse())
        .count(
            "ipv4_moved",
            "the number of IPv4 addresses that move during the failure, summed over vantage points",
            |one| one.moved[0],
        )
        .count("ipv4_beyond", "the part of ipv4_moved that does not move without the failure", |one| {
            one.beyond[0]
        })
        .count(
            "ipv6_moved",
            "the number of IPv6 addresses that move during the failure, summed over vantage points",
            |one| one.moved[1],
        )
        .count("ipv6_beyond", "the part of ipv6_moved that does not move without the failure", |one| {
            one.beyond[1]
        })
        .view("what_if", all)
}
