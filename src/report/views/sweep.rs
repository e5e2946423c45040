//! The views of a sweep.

mod outages;
mod row;
mod shape;
mod traffic;

use crate::report::View;
use crate::sim::SweepResult;
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

/// Returns a view of the network as written and of the first `top` outages (0 for all).
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
