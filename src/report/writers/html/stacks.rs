//! Stacked bars; each part has its colour, pattern and words.

use maud::{Markup, html};

use crate::report::writers::html::data::along;
use crate::report::writers::html::figures::{bytes, percent};

/// An outcome of traffic, as shown in bars.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The column of bytes.
    pub(super) column: &'static str,
    /// Its CSS class.
    pub(super) class: &'static str,
    /// Its name.
    pub(super) words: &'static str,
}

/// A part of a bar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Its outcome.
    pub(super) kind: Kind,
    /// Bytes.
    pub(super) amount: u64,
}

/// Draws a bar whose whole length stands for `whole` bytes. Screen readers skip it: [`words`] has its content as
/// text.
pub(super) fn bar(parts: &[Part], whole: u64) -> Markup {
    html! {
        span .stack aria-hidden="true" {
            @for part in parts.iter().filter(|part| part.amount > 0) {
                // A non-zero part is always visible.
                @let width = along(part.amount, whole, 1_000).max(5);
                span .{ "stack-part " (part.kind.class) } style={ "flex-grow:" (width) } {}
            }
            @let rest = whole.saturating_sub(parts.iter().fold(0, |sum, part| sum.saturating_add(part.amount)));
            @if rest > 0 { span .stack-rest style={ "flex-grow:" (along(rest, whole, 1_000)) } {} }
        }
    }
}

/// Returns the parts with their amounts and their shares of `whole`, as text.
pub(super) fn words(parts: &[Part], whole: u64) -> Markup {
    html! {
        span .stack-words {
            @for part in parts.iter().filter(|part| part.amount > 0) {
                span .stack-word {
                    span .{ "key " (part.kind.class) } aria-hidden="true" {}
                    (part.kind.words) " " span .amount { (bytes(part.amount)) " (" (percent(part.amount, whole)) ")" }
                }
                " "
            }
        }
    }
}
