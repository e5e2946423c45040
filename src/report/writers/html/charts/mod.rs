//! Charts over time.

pub(super) mod areas;
mod axes;
mod steps;
pub(super) mod usage;
