//! Rows of outages, and the columns that views of a sweep share.

use crate::report::columns::Columns;
use crate::report::views::shared::LoadedLink;
use crate::sim::OutageResult;

/// A row about a part of the result of an outage.
pub(super) struct OutageRow<'r, T> {
    /// The whole result.
    pub(super) result: &'r OutageResult,
    /// The part.
    pub(super) of: T,
}

/// Returns the rows of all outages, those of each together.
pub(super) fn rows<'r, T, I: IntoIterator<Item = T>>(
    results: impl Iterator<Item = &'r OutageResult>,
    parts: impl Fn(&'r OutageResult) -> I,
) -> impl Iterator<Item = OutageRow<'r, T>> {
    results.flat_map(move |result| parts(result).into_iter().map(move |of| OutageRow { result, of }))
}

/// Returns the first column of every view.
pub(super) fn outage<'r, T: 'r>() -> Columns<'r, OutageRow<'r, T>> {
    Columns::<OutageRow<'_, T>>::new().text(
        "outage",
        "the failure; `none` for the network as written, which comes first",
        |row| row.result.outage.as_deref().unwrap_or("none").to_owned(),
    )
}

/// A row with all of the result, and the link with the highest load.
pub(super) type WholeRow<'r> = OutageRow<'r, Option<LoadedLink<'r>>>;

/// Returns one row for each outage.
pub(super) fn whole_rows<'r>(
    results: impl Iterator<Item = &'r OutageResult>,
) -> impl Iterator<Item = WholeRow<'r>> {
    results.map(|result| OutageRow { result, of: result.worst_link() })
}

/// Returns the columns with an outage and its verdict.
pub(super) fn judged_outage<'r>() -> Columns<'r, WholeRow<'r>> {
    outage().text(
        "verdict",
        "its most severe effect: `leaked`, `lost`, `congested`, `reset`, `unknown`, `moved`, `kept`",
        |row: &WholeRow<'_>| row.result.verdict().word(),
    )
}

/// Returns the column of the leaked bytes.
pub(super) fn leaked<'c>() -> Columns<'c, OutageResult> {
    Columns::<OutageResult>::new().bytes(
        "leaked_ip_bytes",
        "bytes in the compliance scope that use the internet",
        OutageResult::leaked,
    )
}
