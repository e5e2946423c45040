//! The views of a sweep.

mod outages;
mod shape;
mod traffic;

use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::LoadedLink;
use crate::sim::{OutageResult, SweepResult};
pub use shape::SHAPE_LEGEND;

/// The views, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepView {
    /// The results by outage.
    Sweep,
    /// The traffic by outage and path.
    Paths,
    /// The load by outage, link and direction.
    Links,
    /// Traffic in the compliance scope that uses the internet, or may use it, by outage and path.
    Compliance,
    /// The effect on traffic by outage, as a line of blocks.
    Shape,
}

impl SweepView {
    /// All views, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Shape, Self::Sweep, Self::Compliance, Self::Paths, Self::Links];

    /// Returns the name of the view in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Sweep => "sweep",
            Self::Compliance => "compliance",
            Self::Paths => "sweep_paths",
            Self::Links => "sweep_links",
        }
    }
}

/// Returns a view of the results for the network as written and for the first `top` outages (0 for all).
pub fn view(result: &SweepResult, which: SweepView, top: usize) -> View {
    let rows = result.rows().take(if top == 0 { usize::MAX } else { top.saturating_add(1) });
    let all = result.outages.len() as u64 + 1;
    match which {
        SweepView::Sweep => View { total_rows: all, ..outages::outages(rows) },
        SweepView::Shape => View { total_rows: all, ..shape::shape(rows) },
        SweepView::Paths => traffic::paths(rows),
        SweepView::Links => traffic::links(rows),
        SweepView::Compliance => traffic::compliance(rows),
    }
}

/// A row about a part of the result of an outage.
struct OutageRow<'r, T> {
    /// The whole result.
    result: &'r OutageResult,
    /// The part.
    of: T,
}

/// Returns the rows of all outages. The rows of each outage are consecutive.
fn rows<'r, T, I: IntoIterator<Item = T>>(
    results: impl Iterator<Item = &'r OutageResult>,
    parts: impl Fn(&'r OutageResult) -> I,
) -> impl Iterator<Item = OutageRow<'r, T>> {
    results.flat_map(move |result| parts(result).into_iter().map(move |of| OutageRow { result, of }))
}

/// Returns the first column of every view.
fn outage<'r, T: 'r>() -> Columns<'r, OutageRow<'r, T>> {
    Columns::<OutageRow<'_, T>>::new().text(
        "outage",
        "the failure; `none` for the network as written, which comes first",
        |row| row.result.outage.as_deref().unwrap_or("none").to_owned(),
    )
}

/// A row about the whole result of an outage, with the link that has the highest load.
type WholeRow<'r> = OutageRow<'r, Option<LoadedLink<'r>>>;

/// Returns one row for each outage.
fn whole_rows<'r>(results: impl Iterator<Item = &'r OutageResult>) -> impl Iterator<Item = WholeRow<'r>> {
    results.map(|result| OutageRow { result, of: result.worst_link() })
}

/// Returns the columns with an outage and its verdict.
fn evaluated_outage<'r>() -> Columns<'r, WholeRow<'r>> {
    outage().text(
        "verdict",
        "the most severe effect of the failure: `leaked`, `lost`, `congested`, `reset`, `unknown`, `moved`, `kept`",
        |row: &WholeRow<'_>| row.result.verdict().word(),
    )
}

/// Returns the column of the leaked bytes.
fn leaked<'c>() -> Columns<'c, OutageResult> {
    Columns::<OutageResult>::new().bytes(
        "leaked_ip_bytes",
        "bytes in the compliance scope that use the internet",
        OutageResult::leaked,
    )
}
