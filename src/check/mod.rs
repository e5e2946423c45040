//! Floor 8: what a valid network file will not do as it was probably meant.
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics ─▶ CheckOutcomes ─▶ Verdict
//! ```

mod lint;
mod outcome;
mod verdict;

pub use lint::{lint, lint_outcomes, unusable_outcomes};
pub use outcome::{CheckKind, CheckOutcome, Place, Status, Waiver, Witness};
pub use verdict::{Tally, Verdict};
