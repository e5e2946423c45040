//! The input of checks.

use std::fmt;

use jiff::civil::Date;

use crate::engine::{Explanation, Inputs};

/// Writes an explanation as sentences.
pub type ExplainFn<'a> = &'a dyn Fn(&Explanation<'_>) -> Vec<String>;

/// The input of checks.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The network, Microsoft's lists, and the state of the links.
    pub inputs: Inputs<'a>,
    /// The day against which waivers are evaluated.
    pub today: Date,
    /// Writes an explanation as separate sentences, for readers of a failed check.
    pub explain: ExplainFn<'a>,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, today, explain: _ } = self;
        f.debug_struct("Subject").field("inputs", inputs).field("today", today).finish_non_exhaustive()
    }
}
