//! The views of a simulation.

mod fates;
mod flows;
mod links;
mod metering;
mod paths;
mod services;
mod shape;
mod variant;
mod variants;

use crate::report::View;
use crate::sim::SimResult;

/// The views, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimView {
    /// The variants side by side.
    Variants,
    /// The traffic by epoch and path.
    Timeline,
    /// Delivered and lost traffic by path over time, as a line of blocks.
    Shape,
    /// The traffic by link and direction.
    Links,
    /// The traffic by link, direction and time bucket.
    LinkSeries,
    /// The traffic by path and time bucket.
    PathSeries,
    /// The traffic by fate.
    Fates,
    /// The traffic by service of the remote end.
    Services,
    /// Conversations with a fate other than `kept`.
    FlowsChanged,
    /// The events with their times.
    Events,
    /// The traffic in the compliance scope by path.
    Compliance,
    /// The data that metered billing counts, by circuit.
    Metering,
    /// The offered traffic and its outcome.
    Conservation,
}

impl SimView {
    /// All views, in the order of reports.
    pub const ALL: [Self; 13] = [
        Self::Variants,
        Self::Fates,
        Self::Compliance,
        Self::Events,
        Self::Timeline,
        Self::Shape,
        Self::PathSeries,
        Self::Services,
        Self::FlowsChanged,
        Self::Links,
        Self::LinkSeries,
        Self::Metering,
        Self::Conservation,
    ];

    /// Returns the name of the view in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Variants => "variants",
            Self::Timeline => "timeline",
            Self::Shape => "shape",
            Self::PathSeries => "path_series",
            Self::Links => "links",
            Self::LinkSeries => "link_series",
            Self::Fates => "fates",
            Self::Services => "services",
            Self::FlowsChanged => "flows_changed",
            Self::Events => "events",
            Self::Compliance => "compliance",
            Self::Metering => "metering",
            Self::Conservation => "conservation",
        }
    }
}

/// The result of a variant with its name in reports.
pub type Named<'r> = (&'r str, &'r SimResult);

/// Returns a view of the results of variants. For each variant, services and changed flows are cut to the first `top`
/// rows (0 for all).
pub fn view(results: &[Named<'_>], which: SimView, top: usize) -> View {
    match which {
        SimView::Variants => variants::variants(results),
        SimView::Timeline => paths::timeline(results),
        SimView::Shape => shape::shape(results),
        SimView::PathSeries => paths::series(results),
        SimView::Links => links::links(results),
        SimView::LinkSeries => links::series(results),
        SimView::Fates => fates::fates(results),
        SimView::Services => cut(services::services(results), top),
        SimView::FlowsChanged => cut(flows::changed(results), top),
        SimView::Events => fates::events(results),
        SimView::Compliance => paths::compliance(results),
        SimView::Metering => metering::metering(results),
        SimView::Conservation => fates::conservation(results),
    }
}

/// Keeps the first `top` rows of each variant (0 for all). The rows of a variant must be consecutive.
fn cut(mut view: View, top: usize) -> View {
    let (mut variant, mut seen) = (None, 0);
    view.rows.retain(|row| {
        if row.first() != variant.as_ref() {
            variant = row.first().cloned();
            seen = 0;
        }
        seen += 1;
        top == 0 || seen <= top
    });
    view
}
