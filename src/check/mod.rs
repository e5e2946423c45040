//! Floor 8: what a valid network file will not do as it was probably meant, what its user demands of it, and what a
//! change of it moves.
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics ─┐
//! Checks × engines ─run_checks─▶ Judged ─┼─▶ CheckOutcomes ─▶ Verdict
//! Side + Side ─diff─▶ Diff ─intent───────┘
//! Checks, flows × engines ─coverage─▶ Coverage
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
pub use lint::{Acceptance, accept, lint, lint_outcomes, unread_rows, unusable_outcomes};
pub use outcome::{CheckKind, CheckOutcome, Place, Status, Waiver, Witness};
pub use verdict::{Tally, Verdict};
