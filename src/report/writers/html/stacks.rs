//! Bars that are stacked from parts, each in its colour, its pattern and its words.

use maud::{Markup, html};

use crate::report::writers::html::data::along;
use crate::report::writers::html::figures::{bytes, percent};

/// What becomes of traffic, as bars tell it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The column of bytes.
    pub(super) column: &'static str,
    /// The class that colours it.
    pub(super) class: &'static str,
    /// What it is called.
    pub(super) words: &'static str,
}

/// A part of a bar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// What it stands for.
    pub(super) kind: Kind,
    /// Bytes.
    pub(super) amount: u64,
}

/// A bar whose whole length stands for `whole` bytes. It is for the eyes only: [`words`] stands beside it.
pub(super) fn bar(parts: &[Part], whole: u64) -> Markup {
    html! {
        span .stack aria-hidden="true" {
            @for part in parts.iter().filter(|part| part.amount > 0) {
                // What is not nothing can be seen.
                @let width = along(part.amount, whole, 1_000).max(5);
                span .{ "stack-part " (part.kind.class) } style={ "flex-grow:" (width) } {}
            }
            @let rest = whole.saturating_sub(parts.iter().fold(0, |sum, part| sum.saturating_add(part.amount)));
            @if rest > 0 { span .stack-rest style={ "flex-grow:" (along(rest, whole, 1_000)) } {} }
        }
    }
}

/// The parts with their amounts and their shares of `whole`, as text.
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
