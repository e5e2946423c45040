//! Paths over time: stacked areas in steps of one or more time buckets.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::report::writers::html::charts::axes::{Frame, round_up};
use crate::report::writers::html::charts::steps::runs;
use crate::report::writers::html::data::Row;
use crate::report::writers::html::events::{Moment, resolution};
use crate::report::writers::html::figures::{bytes, clock, count, percent};
use crate::sim::per_second;

/// Maximum number of steps drawn; if there are more buckets, several form one step.
const STEPS: u64 = 240;

/// One layer of the stack.
#[derive(Clone, Debug)]
pub(in crate::report::writers::html) struct Layer {
    /// Its name, as `microsoft-peering over er-ams/microsoft/primary`.
    label: String,
    /// The CSS class of its colour.
    class: String,
    /// The pattern that distinguishes the layer from others of the same colour; counts from 0.
    pattern: usize,
    /// Bytes per step.
    amounts: Vec<u64>,
}

/// Layers over time.
#[derive(Clone, Debug, Default)]
pub(in crate::report::writers::html) struct Areas {
    layers: Vec<Layer>,
    /// The width of a step in nanoseconds.
    step_ns: u64,
    /// The number of steps.
    steps: usize,
}

impl Areas {
    /// Builds the chart from rows with `time`, `path` and the column of bytes to draw by path; `lost` names columns
    /// that form one more layer. Returns `None` if there are no rows.
    pub(in crate::report::writers::html) fn of(
        rows: &[Row<'_>],
        start_ns: u64,
        bucket_ns: u64,
        drawn: &str,
        lost: &[&str],
    ) -> Option<Self> {
        let bucket_ns = bucket_ns.max(1);
        let bucket = |row: &Row<'_>| row.amount("time").saturating_sub(start_ns) / bucket_ns;
        let buckets = rows.iter().map(bucket).max()? + 1;
        let per_step = buckets.div_ceil(STEPS);
        let steps = usize::try_from(buckets.div_ceil(per_step)).ok()?;
        let mut layers: BTreeMap<(u8, String, String), Vec<u64>> = BTreeMap::new();
        let mut add = |key: (u8, String, String), step: usize, amount: u64| {
            let amounts = layers.entry(key).or_insert_with(|| vec![0; steps]);
            if let Some(sum) = amounts.get_mut(step) {
                *sum = sum.saturating_add(amount);
            }
        };
        for row in rows {
            let step = usize::try_from(bucket(row) / per_step).ok()?;
            let path = row.text("path");
            let key = (rank(path), path.to_owned(), over(row));
            add(key, step, row.amount(drawn));
            let gone = lost.iter().map(|column| row.amount(column)).sum();
            add((u8::MAX, "lost".to_owned(), String::new()), step, gone);
        }
        layers.retain(|_, amounts| amounts.iter().any(|amount| *amount > 0));
        let mut patterns: BTreeMap<String, usize> = BTreeMap::new();
        let layers = layers.into_iter().map(|((_, path, over), amounts)| {
            let next = patterns.entry(path.clone()).or_default();
            let pattern = *next;
            *next += 1;
            let label = if over.is_empty() { path.clone() } else { format!("{path} over {over}") };
            Layer { label, class: class(&path).to_owned(), pattern, amounts }
        });
        Some(Self { layers: layers.collect(), step_ns: bucket_ns * per_step, steps })
    }

    /// Returns the chart at two widths, its legend and its table.
    pub(in crate::report::writers::html) fn markup(
        &self,
        id: &str,
        title: &str,
        moments: &[Moment],
    ) -> Markup {
        let wide = self.frame(1_000, 320);
        let narrow = self.frame(360, 300);
        html! {
            figure .chart {
                (self.picture(&format!("{id}-wide"), "wide", title, &wide, 8, moments))
                (self.picture(&format!("{id}-narrow"), "narrow", title, &narrow, 4, moments))
                (self.legend())
                figcaption { (title) ", " (resolution(self.step_ns)) "." }
                (self.table(title))
            }
        }
    }

    fn frame(&self, width: i64, height: i64) -> Frame {
        let sums = (0..self.steps).map(|step| {
            self.layers
                .iter()
                .filter_map(|layer| layer.amounts.get(step))
                .fold(0, |sum: u64, one| sum.saturating_add(*one))
        });
        let highest = per_second(sums.max().unwrap_or(0), self.step_ns);
        Frame {
            width,
            height,
            left: 76,
            top: 48,
            right: 20,
            bottom: 30,
            span_ns: self.step_ns.saturating_mul(self.steps as u64),
            highest: round_up(highest + highest / 20),
        }
    }

    fn picture(
        &self,
        id: &str,
        size: &str,
        title: &str,
        frame: &Frame,
        ticks: u64,
        moments: &[Moment],
    ) -> Markup {
        let mut below = vec![0_u64; self.steps];
        let mut shapes = Vec::new();
        for layer in &self.layers {
            let above: Vec<u64> =
                below.iter().zip(&layer.amounts).map(|(low, own)| low.saturating_add(*own)).collect();
            shapes.push((layer, self.shape(frame, &below, &above)));
            below = above;
        }
        html! {
            svg .{ "areas " (size) } role="img" viewBox={ "0 0 " (frame.width) " " (frame.height) }
                aria-labelledby={ (id) "-t " (id) "-d" } {
                title #{ (id) "-t" } { (title) }
                desc #{ (id) "-d" } { (self.described(moments)) }
                (frame.axes(ticks))
                @for (index, (layer, shape)) in shapes.iter().enumerate() {
                    @if layer.pattern == 0 {
                        path .{ "area " (layer.class) } d=(shape) {}
                    } @else {
                        // The shape is written once and painted twice.
                        defs { path #{ (id) "-s" (index) } d=(shape) {} }
                        use .{ "area " (layer.class) } href={ "#" (id) "-s" (index) } {}
                        use .area-pattern href={ "#" (id) "-s" (index) } fill={ "url(#pattern-" ((layer.pattern - 1) % 3 + 1) ")" } {}
                    }
                }
                (frame.marks(moments))
            }
        }
    }

    /// Returns the outline of a layer: its upper edge forward in steps, its lower edge back.
    fn shape(&self, frame: &Frame, below: &[u64], above: &[u64]) -> String {
        let place = |amount: u64| frame.y(per_second(amount, self.step_ns));
        let x = |step: usize| frame.x(self.step_ns.saturating_mul(step as u64));
        let edge = |amounts: &[u64]| {
            let heights: Vec<i64> = amounts.iter().map(|amount| place(*amount)).collect();
            let runs = runs(heights.len(), |a, b| heights.get(a) == heights.get(b));
            runs.into_iter().filter_map(|run| Some((*heights.get(run.start)?, run))).collect::<Vec<_>>()
        };
        let mut path = String::new();
        for (y, run) in edge(above) {
            let start = if run.start == 0 { format!("M{} {y}", x(0)) } else { format!("V{y}") };
            path.push_str(&format!("{start}H{}", x(run.end)));
        }
        for (y, run) in edge(below).into_iter().rev() {
            path.push_str(&format!("V{y}H{}", x(run.start)));
        }
        path.push('Z');
        path
    }

    fn described(&self, moments: &[Moment]) -> String {
        let all = self.total();
        let layers = self.layers.iter().map(|layer| {
            let sum: u64 = layer.amounts.iter().sum();
            format!("{}: {} ({})", layer.label, bytes(sum), percent(sum, all))
        });
        let events =
            if moments.is_empty() { String::new() } else { format!("; {} times with events", moments.len()) };
        format!(
            "From the bottom up: {}{events}. The table below lists every step.",
            layers.collect::<Vec<_>>().join("; ")
        )
    }

    fn total(&self) -> u64 {
        self.layers.iter().flat_map(|layer| &layer.amounts).sum()
    }

    fn legend(&self) -> Markup {
        let all = self.total();
        html! {
            ul .legend {
                @for layer in self.layers.iter().rev() {
                    @let sum = layer.amounts.iter().sum::<u64>();
                    li {
                        (swatch(&layer.class, layer.pattern))
                        span { (layer.label) }
                        span .amount { (bytes(sum)) " · " (percent(sum, all)) }
                    }
                }
            }
        }
    }

    fn table(&self, title: &str) -> Markup {
        html! {
            details {
                summary { "Figures of this chart" }
                div .scroll role="region" tabindex="0" aria-label={ "Figures: " (title) } {
                    table {
                        caption { (title) ", bytes in each step; a row counts until the next" }
                        thead {
                            tr {
                                th scope="col" { "from" }
                                @for layer in &self.layers { th .n scope="col" { (layer.label) } }
                            }
                        }
                        tbody {
                            @for run in runs(self.steps, |a, b| self.layers.iter().all(|one| one.amounts.get(a) == one.amounts.get(b))) {
                                tr {
                                    th .when scope="row" { (clock(self.step_ns.saturating_mul(run.start as u64))) }
                                    @for layer in &self.layers {
                                        td .n { (count(layer.amounts.get(run.start).copied().unwrap_or(0))) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the session of a path, or its circuits.
fn over(row: &Row<'_>) -> String {
    match row.text("via") {
        "" => row.list("circuits").join(" or "),
        via => via.to_owned(),
    }
}

/// Returns the legend's swatch of a layer's colour and pattern.
pub(in crate::report::writers::html) fn swatch(class: &str, pattern: usize) -> Markup {
    html! {
        svg .swatch viewBox="0 0 20 14" aria-hidden="true" {
            rect .{ "area " (class) } width="20" height="14" {}
            @if pattern > 0 {
                rect .area-pattern width="20" height="14" fill={ "url(#pattern-" ((pattern - 1) % 3 + 1) ")" } {}
            }
        }
    }
}

/// Returns the patterns that distinguish layers of one colour, once for the page.
pub(in crate::report::writers::html) fn patterns() -> Markup {
    html! {
        svg .patterns width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                pattern #pattern-1 width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect .ink-paper width="3" height="8" {}
                }
                pattern #pattern-2 width="8" height="8" patternUnits="userSpaceOnUse" {
                    circle .ink-paper cx="4" cy="4" r="2" {}
                }
                pattern #pattern-3 width="8" height="8" patternUnits="userSpaceOnUse" {
                    rect .ink-paper width="8" height="3" {}
                }
            }
        }
    }
}

/// Returns the CSS class of a path's colour.
pub(in crate::report::writers::html) fn class(path: &str) -> &'static str {
    match path {
        "internet" => "p-internet",
        "microsoft-peering" => "p-microsoft",
        "private-peering" => "p-private",
        "vpn" => "p-vpn",
        "lost" | "discarded" => "p-lost",
        _ => "p-other",
    }
}

/// Returns the position of a path in the stack: circuits below, the internet above them.
fn rank(path: &str) -> u8 {
    match path {
        "private-peering" => 0,
        "microsoft-peering" => 1,
        "vpn" => 2,
        "internet" => 3,
        _ => 4,
    }
}
