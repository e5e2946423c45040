//! Floor 8: what a valid network file will not do as it was probably meant, and what a change of it moves.
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics
//! Side + Side ─diff─▶ Diff
//! Network + Catalog ─lint─▶ Diagnostics ─▶ CheckOutcomes ─▶ Verdict
//! ```

mod assertion;
mod coverage;
pub mod diff;
pub mod intent;
mod lint;
mod outcome;
mod verdict;

pub use assertion::{
    Assertion, Budget, Check, Checks, Demand, Example, Expectation, Judged, JudgedPart, Judgement, Moved,
    Part, Scope, Subject, Survives, Tell, WaiverRule, read_checks, read_checks_file, run_checks,
};
pub use coverage::{Counts, Coverage, LineKind, LineRow, ListRow, SpaceRow, coverage};
pub use lint::{lint, lint_outcomes, unusable_outcomes};
pub use outcome::{CheckKind, CheckOutcome, Place, Status, Waiver, Witness};
pub use verdict::{Tally, Verdict};
