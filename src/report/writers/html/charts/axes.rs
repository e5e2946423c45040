//! The frame of a chart: scales, ticks, marks of events. All lengths are whole units of the SVG.

use maud::{Markup, html};

use crate::report::writers::html::data::along;
use crate::report::writers::html::events::Moment;
use crate::report::writers::html::figures::{clock, rate};

/// Tick steps on a time axis, in seconds.
const TIME_STEPS: [u64; 17] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800];

/// The width of a mark's number.
const NUMBER: i64 = 21;

/// The position of a chart and the ranges of its axes.
#[derive(Clone, Copy, Debug)]
pub(in crate::report::writers::html) struct Frame {
    /// The width of the whole SVG.
    pub(in crate::report::writers::html) width: i64,
    /// The height of the whole SVG.
    pub(in crate::report::writers::html) height: i64,
    /// The distance from the left edge to the first step.
    pub(in crate::report::writers::html) left: i64,
    /// The distance from the upper edge to the highest value.
    pub(in crate::report::writers::html) top: i64,
    /// The space to the right of the last step.
    pub(in crate::report::writers::html) right: i64,
    /// The space below zero.
    pub(in crate::report::writers::html) bottom: i64,
    /// The range of the horizontal axis, in nanoseconds from 0.
    pub(in crate::report::writers::html) span_ns: u64,
    /// The range of the vertical axis, in bits per second from 0.
    pub(in crate::report::writers::html) highest: u64,
}

impl Frame {
    /// Returns the horizontal position of a time.
    pub(in crate::report::writers::html) fn x(&self, ns: u64) -> i64 {
        self.left + along(ns.min(self.span_ns), self.span_ns, self.width - self.left - self.right)
    }

    /// Returns the vertical position of a value.
    pub(in crate::report::writers::html) fn y(&self, bits_per_second: u64) -> i64 {
        let height = self.height - self.top - self.bottom;
        self.height - self.bottom - along(bits_per_second.min(self.highest), self.highest, height)
    }

    /// Draws labelled grid lines at even values, and about `ticks` time labels below.
    pub(in crate::report::writers::html) fn axes(&self, ticks: u64) -> Markup {
        let (from, to, base) = (self.left, self.width - self.right, self.y(0));
        html! {
            g .axis {
                @for value in values(self.highest) {
                    line .grid x1=(from) x2=(to) y1=(self.y(value)) y2=(self.y(value)) {}
                    text x=(from - 6) y=(self.y(value) + 4) text-anchor="end" { (rate(value)) }
                }
                line .base x1=(from) x2=(to) y1=(base) y2=(base) {}
                @for time in times(self.span_ns, ticks) {
                    line .base x1=(self.x(time)) x2=(self.x(time)) y1=(base) y2=(base + 4) {}
                    text x=(self.x(time)) y=(base + 18) text-anchor="middle" { (clock(time)) }
                }
            }
        }
    }

    /// Draws numbered marks of events. A number too close to the previous one moves to the right. One that would move
    /// far from its time, or out of the SVG, is omitted; the list of events contains it.
    pub(in crate::report::writers::html) fn marks(&self, moments: &[Moment]) -> Markup {
        let (y, mut next) = (self.top - 18, i64::MIN);
        let mut placed = Vec::new();
        for (number, moment) in (1..).zip(moments.iter().filter(|moment| moment.at_ns <= self.span_ns)) {
            let x = self.x(moment.at_ns);
            let label = x.max(next);
            let fits = label - x <= 3 * NUMBER && label <= self.width - NUMBER / 2;
            placed.push((number, x, fits.then_some(label)));
            if fits {
                next = label + NUMBER;
            }
        }
        html! {
            g .marks {
                @for (_, x, label) in &placed {
                    @let from = label.unwrap_or(*x);
                    path d={ "M" (from) " " (y) "L" (x) " " (self.top - 4) "V" (self.y(0)) } {}
                }
                @for (number, _, label) in &placed {
                    @if let Some(x) = label {
                        circle cx=(x) cy=(y) r="9" {}
                        text x=(x) y=(y + 4) text-anchor="middle" { (number) }
                    }
                }
            }
        }
    }
}

/// Returns the next round number at or above `value`: 1, 2, 2.5 or 5 times a power of ten.
pub(in crate::report::writers::html) fn round_up(value: u64) -> u64 {
    let powers = (0..20).map(|power| 10_u128.pow(power));
    let mut round = powers.flat_map(|power| [10, 20, 25, 50].map(|step| power * step / 10));
    let found = round.find(|round| *round >= u128::from(value));
    found.and_then(|round| u64::try_from(round).ok()).unwrap_or(u64::MAX)
}

/// Returns four or five evenly spaced values above 0, up to `highest`.
fn values(highest: u64) -> Vec<u64> {
    let step = round_up(highest.div_ceil(5)).max(1);
    (1..=5).map(|index| index * step).take_while(|value| *value <= highest).collect()
}

/// Returns about `ticks` evenly spaced times from 0 to `span_ns`.
fn times(span_ns: u64, ticks: u64) -> Vec<u64> {
    let seconds = span_ns / 1_000_000_000;
    let wanted = seconds.div_ceil(ticks.max(1));
    let step = TIME_STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(wanted);
    (0..=seconds / step).map(|index| index * step * 1_000_000_000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(values(1_000), [200, 400, 600, 800, 1_000]);
        assert_eq!(values(170), [50, 100, 150]);
        assert_eq!(times(780_000_000_000, 8), [0, 120, 240, 360, 480, 600, 720].map(|s| s * 1_000_000_000));
        assert_eq!(times(400, 8), [0]);
        assert_eq!(round_up(0), 1);
        assert_eq!(round_up(171), 200);
        assert!(round_up(u64::MAX) > 0);
    }

    #[test]
    fn close_marks_are_spread() {
        let frame = Frame {
            width: 400,
            height: 200,
            left: 50,
            top: 50,
            right: 10,
            bottom: 30,
            span_ns: 1_000,
            highest: 10,
        };
        let moment = |at_ns| Moment { at_ns, what: Vec::new() };
        let places = |times: &[u64]| {
            let moments: Vec<Moment> = times.iter().map(|at_ns| moment(*at_ns)).collect();
            let drawn = frame.marks(&moments).into_string();
            let all =
                drawn.split("cx=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<i64>().ok());
            all.collect::<Vec<_>>()
        };
        assert_eq!(places(&[100, 110, 900]), [84, 105, 356]);
        assert_eq!(places(&[100; 9]).len(), 4);
    }
}
