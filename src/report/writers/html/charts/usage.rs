//! Link utilization: the traffic offered in each direction over time, compared with the rate and with the N-1 load on
//! a single connection.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::report::Topology;
use crate::report::writers::html::charts::axes::{Frame, round_up};
use crate::report::writers::html::charts::steps::runs;
use crate::report::writers::html::data::{Row, along};
use crate::report::writers::html::events::{Moment, resolution};
use crate::report::writers::html::figures::{clock, count, duration, percent, rate};
use crate::sim::per_second;

/// Maximum number of steps drawn; if there are more buckets, each step shows the busiest of several.
const STEPS: u64 = 120;
/// The names of both directions in views.
const DIRECTIONS: [&str; 2] = ["out", "in"];

/// One link.
#[derive(Clone, Debug)]
pub(in crate::report::writers::html) struct Usage<'r> {
    name: &'r str,
    rate: Option<u64>,
    /// Whether it represents the capacity that a circuit's connections share.
    shared: bool,
    /// Its rows of the view `links`, by direction.
    totals: [Option<Row<'r>>; 2],
    /// By direction and step, in bits per second.
    steps: [Vec<u64>; 2],
    step_ns: u64,
    /// Time buckets per step.
    per_step: u64,
}

/// Returns every link with traffic, from the views `links` and `link_series`.
pub(in crate::report::writers::html) fn usages<'r>(
    topology: Option<&Topology>,
    links: &[Row<'r>],
    series: &[Row<'r>],
    start_ns: u64,
) -> Vec<Usage<'r>> {
    let bucket_ns = series.first().map_or(1, |row| row.amount("bucket_ns").max(1));
    let bucket = |row: &Row<'_>| row.amount("time").saturating_sub(start_ns) / bucket_ns;
    let buckets = series.iter().map(bucket).max().map_or(0, |last| last + 1);
    let per_step = buckets.div_ceil(STEPS).max(1);
    let steps = usize::try_from(buckets.div_ceil(per_step)).unwrap_or(0);
    let mut by_name: BTreeMap<&str, [Vec<u64>; 2]> = BTreeMap::new();
    for row in series {
        let lines = by_name.entry(row.text("link")).or_insert_with(|| [vec![0; steps], vec![0; steps]]);
        let Some(line) = lines.get_mut(usize::from(row.text("direction") == "in")) else { continue };
        let step = usize::try_from(bucket(row) / per_step).unwrap_or(usize::MAX);
        if let Some(highest) = line.get_mut(step) {
            *highest = (*highest).max(per_second(row.amount("offered_ip_bytes"), bucket_ns));
        }
    }
    let mut usages: Vec<Usage<'r>> = Vec::new();
    for row in links {
        let name = row.text("link");
        if usages.iter().all(|known| known.name != name) {
            let of = |direction| {
                links
                    .iter()
                    .find(|row| row.text("link") == name && row.text("direction") == direction)
                    .copied()
            };
            usages.push(Usage {
                name,
                rate: row.number("rate_bits_per_second"),
                shared: topology.is_some_and(|one| one.circuits.iter().any(|circuit| circuit.name == name)),
                totals: DIRECTIONS.map(of),
                steps: by_name.get(name).cloned().unwrap_or_default(),
                step_ns: bucket_ns.saturating_mul(per_step),
                per_step,
            });
        }
    }
    usages
}

impl Usage<'_> {
    /// Returns the greater value of a column over both directions.
    fn greatest(&self, column: &str) -> Option<u64> {
        self.totals.iter().flatten().filter_map(|row| row.number(column)).max()
    }

    /// Returns the chart with its text and its table.
    pub(in crate::report::writers::html) fn markup(&self, id: &str, moments: &[Moment]) -> Markup {
        let peak = self.greatest("peak_bits_per_second").unwrap_or(0);
        let alone = self.greatest("n_minus_1_bits_per_second");
        html! {
            figure .link {
                figcaption {
                    strong { (self.name) }
                    (self.fill(peak))
                }
                (self.picture(id, peak, alone, moments))
                (self.legend(alone))
                (self.table())
            }
        }
    }

    fn without_rate(&self) -> &'static str {
        if self.shared { "its connections share no limit" } else { "its rate is unknown" }
    }

    /// Returns a bar of the peak against the rate, with its text.
    fn fill(&self, peak: u64) -> Markup {
        let Some(capacity) = self.rate else {
            let words = self.without_rate();
            return html! { span .fill-words { "peak " (rate(peak)) "; " (words) } };
        };
        let width = along(peak.min(capacity), capacity, 1_000).max(4);
        let level = if peak > capacity {
            "over"
        } else if peak > capacity / 5 * 4 {
            "near"
        } else {
            ""
        };
        html! {
            span .fill-words {
                "peak " (rate(peak)) ", " (percent(peak, capacity)) " of " (rate(capacity))
                @if peak > capacity { " – over its rate" }
            }
            span .fill aria-hidden="true" {
                span .{ "fill-part " (level) } style={ "width:" (width / 10) "." (width % 10) "%" } {}
            }
        }
    }

    fn picture(&self, id: &str, peak: u64, alone: Option<u64>, moments: &[Moment]) -> Markup {
        let length = self.steps.iter().map(Vec::len).max().unwrap_or(0);
        let wanted = peak.max(alone.unwrap_or(0));
        // The rate is drawn only if the traffic remains visible at that scale.
        let shown = self.rate.filter(|capacity| *capacity / 6 <= wanted);
        let frame = Frame {
            width: 420,
            height: 200,
            left: 70,
            top: 44,
            right: 14,
            bottom: 28,
            span_ns: self.step_ns.saturating_mul(length as u64),
            highest: round_up(wanted.max(shown.unwrap_or(0)) / 20 * 21 + 1),
        };
        let level = |class: &str, value: u64, words: String| {
            let (y, x) = (frame.y(value), frame.width - frame.right);
            html! {
                line .{ "level " (class) } x1=(frame.left) x2=(x) y1=(y) y2=(y) {}
                text .level-words x=(x) y=(y - 5) text-anchor="end" { (words) }
            }
        };
        html! {
            svg role="img" viewBox={ "0 0 " (frame.width) " " (frame.height) } aria-labelledby={ (id) "-t " (id) "-d" } {
                title #{ (id) "-t" } { "Use of " (self.name) }
                desc #{ (id) "-d" } { (self.described(peak, alone)) }
                (frame.axes(4))
                @for (class, steps) in ["line-out", "line-in"].into_iter().zip(&self.steps) {
                    path .{ "line " (class) } d=(self.line(&frame, steps)) {}
                }
                @if let Some(capacity) = shown { (level("capacity", capacity, format!("rate {}", rate(capacity)))) }
                @if let Some(alone) = alone { (level("alone", alone, format!("N-1 {}", rate(alone)))) }
                (frame.marks(moments))
            }
        }
    }

    fn line(&self, frame: &Frame, steps: &[u64]) -> String {
        let heights: Vec<i64> = steps.iter().map(|value| frame.y(*value)).collect();
        let x = |step: usize| frame.x(self.step_ns.saturating_mul(step as u64));
        let mut path = String::new();
        for run in runs(heights.len(), |a, b| heights.get(a) == heights.get(b)) {
            let y = heights.get(run.start).copied().unwrap_or_default();
            let start = if run.start == 0 { format!("M{} {y}", x(0)) } else { format!("V{y}") };
            path.push_str(&format!("{start}H{}", x(run.end)));
        }
        path
    }

    fn described(&self, peak: u64, alone: Option<u64>) -> String {
        let capacity = self.rate.map_or(self.without_rate().to_owned(), |capacity| {
            format!("{} of its rate {}", percent(peak, capacity), rate(capacity))
        });
        let alone = alone.map_or(String::new(), |alone| {
            format!("; as the only connection it would carry {}", rate(alone))
        });
        format!("Peak {}, {capacity}{alone}. The table below lists every step.", rate(peak))
    }

    fn legend(&self, alone: Option<u64>) -> Markup {
        let peak = |index: usize| {
            let row = self.totals.get(index).and_then(Option::as_ref);
            rate(row.map_or(0, |row| row.amount("peak_bits_per_second")))
        };
        html! {
            ul .legend {
                @for (index, (class, words)) in [("line-out", "out"), ("line-in", "in")].into_iter().enumerate() {
                    li { (stroke(class)) span { (words) } span .amount { "peak " (peak(index)) } }
                }
                @if let Some(alone) = alone {
                    li { (stroke("level alone")) span { "N-1" } span .amount { (rate(alone)) " if it were the only connection" } }
                }
                @if let Some(wait) = self.greatest("max_wait_ns").filter(|wait| *wait > 0) {
                    li { span { "longest wait" } span .amount { (duration(wait)) } }
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let length = self.steps.iter().map(Vec::len).max().unwrap_or(0);
        let words = resolution(self.step_ns);
        html! {
            details {
                summary { "Figures of " (self.name) }
                div .scroll role="region" tabindex="0" aria-label={ "Figures of " (self.name) } {
                    table {
                        caption {
                            "Offered to " (self.name) " in bits per second, " (words) "; a row counts until the next"
                            @if self.per_step > 1 { ", by its busiest time bucket" }
                        }
                        thead { tr { th scope="col" { "from" } th .n scope="col" { "out" } th .n scope="col" { "in" } } }
                        tbody {
                            @for run in runs(length, |a, b| self.steps.iter().all(|steps| steps.get(a) == steps.get(b))) {
                                tr {
                                    th .when scope="row" { (clock(self.step_ns.saturating_mul(run.start as u64))) }
                                    @for steps in &self.steps {
                                        td .n { (count(steps.get(run.start).copied().unwrap_or(0))) }
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

/// Returns the legend's sample of a line.
fn stroke(class: &str) -> Markup {
    html! {
        svg .swatch viewBox="0 0 20 14" aria-hidden="true" {
            line .{ "line " (class) } x1="0" x2="20" y1="7" y2="7" {}
        }
    }
}
