//! Floor 8: what a valid network file will not do as it was probably meant, and what a change of it moves.
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics
//! Side + Side ─diff─▶ Diff
//! ```

pub mod diff;
mod lint;
mod outcome;

pub use lint::lint;
pub use outcome::{CheckKind, CheckOutcome, Place, Status, Waiver, Witness};
