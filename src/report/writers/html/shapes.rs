//! Boxes and links in the picture of a network.

use maud::{Markup, html};

use crate::report::writers::html::data::along;
use crate::report::writers::html::events::Outage;

/// The width of the widest link.
const WIDEST: i64 = 22;

/// A link as drawn.
pub(super) struct Stroke {
    /// Its CSS class.
    pub(super) class: &'static str,
    /// Its two ends.
    pub(super) ends: [(i64, i64); 2],
    /// Its load; `None` if unknown or zero.
    pub(super) amount: Option<u64>,
    /// When it, or the session that it depends on, was down.
    pub(super) outages: Vec<Outage>,
    /// Its description and load.
    pub(super) words: String,
    /// Its label, shown above it if there is room.
    pub(super) label: Option<String>,
}

/// A box with lines of text; the first is its name.
pub(super) struct Node {
    /// Its CSS class.
    pub(super) class: &'static str,
    /// Its upper left corner.
    pub(super) at: (i64, i64),
    /// Its width and height.
    pub(super) size: (i64, i64),
    /// Its text.
    pub(super) lines: Vec<String>,
    /// Whether the last line reports a failure.
    pub(super) failed: bool,
}

/// Returns a box without a failure.
pub(super) fn node(class: &'static str, at: (i64, i64), size: (i64, i64), lines: Vec<String>) -> Node {
    Node { class, at, size, lines, failed: false }
}

/// Returns the text, shortened to at most `most` characters.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Draws a link; `most` is the load of the widest link.
pub(super) fn drawn(stroke: &Stroke, most: u64) -> Markup {
    let [(x1, y1), (x2, y2)] = stroke.ends;
    // Between boxes of one column, the link bends outwards.
    let middle = if x1 == x2 { x1 - 14 } else { i64::midpoint(x1, x2) };
    let path = format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}");
    let amount = stroke.amount.unwrap_or(0);
    let width = if amount == 0 { 1 } else { along(amount, most, WIDEST).max(2) };
    // In the middle, or where a label leaves room.
    let (mark, mark_y) = if stroke.label.is_some() { (x2 - 18, y2) } else { (middle, i64::midpoint(y1, y2)) };
    let words = stroke.outages.iter().map(|outage| outage.words()).collect::<Vec<_>>().join(", ");
    let brief = stroke.outages.iter().map(|outage| outage.label()).collect::<Vec<_>>().join(", ");
    html! {
        g {
            title { (stroke.words) @if !words.is_empty() { "; " (words) } }
            path .{ "stroke " (stroke.class) } .nothing[amount == 0] d=(path) stroke-width=(width) {}
            @if let Some(label) = &stroke.label {
                text .stroke-words x=(middle) y=(y1 - width / 2 - 6) text-anchor="middle" { (label) }
            }
            @if !words.is_empty() {
                circle .failure cx=(mark) cy=(mark_y) r="8" {}
                path .failure-cross d={ "M" (mark - 4) " " (mark_y - 4) "l8 8m0 -8l-8 8" } {}
                @if stroke.label.is_some() {
                    text .failure-words x=(middle) y=(y1 + width / 2 + 20) text-anchor="middle" { (brief) }
                }
            }
        }
    }
}

/// Draws a box with its lines centred vertically.
pub(super) fn boxed(node: &Node) -> Markup {
    let ((x, y), (width, height)) = (node.at, node.size);
    let lines = i64::try_from(node.lines.len()).unwrap_or(1);
    let first = y + (height - 17 * lines) / 2 + 13;
    html! {
        g {
            rect .{ "node " (node.class) } x=(x) y=(y) width=(width) height=(height) rx="6" {}
            @for (place, (index, line)) in (0_i64..).zip(node.lines.iter().enumerate()) {
                text .node-name[index == 0] .failure-words[node.failed && index + 1 == node.lines.len()]
                    x=(x + 12) y=(first + 17 * place) { (line) }
            }
        }
    }
}
