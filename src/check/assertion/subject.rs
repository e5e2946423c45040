//! What checks are run on.

use std::fmt;

use jiff::civil::Date;

use crate::engine::{Explanation, Inputs};

/// Writes an explanation as sentences.
pub type Tell<'a> = &'a dyn Fn(&Explanation<'_>) -> Vec<String>;

/// What checks are run on.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The network, the lists, and what is up.
    pub inputs: Inputs<'a>,
    /// The day that waivers are held against.
    pub today: Date,
    /// Writes an explanation as sentences, one each, for people who read a failed check.
    pub tell: Tell<'a>,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inputs, today, tell: _ } = self;
        f.debug_struct("Subject").field("inputs", inputs).field("today", today).finish_non_exhaustive()
    }
}
