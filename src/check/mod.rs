//! Floor 8: what a valid network file will not do as it was probably meant, and what a change of it moves.
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics
//! Side + Side ─diff─▶ Diff
//! ```

mod assertion;
pub mod diff;
mod lint;
mod outcome;

pub use assertion::{
    Assertion, Budget, Check, Checks, Demand, Example, Expectation, Judged, JudgedPart, Judgement, Moved,
    Part, Scope, Subject, Survives, WaiverRule, read_checks, read_checks_file, run_checks,
};
pub use lint::lint;
pub use outcome::{CheckKind, CheckOutcome, Place, Status, Waiver, Witness};
