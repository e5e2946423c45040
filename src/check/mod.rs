//! Floor 8: what a valid network file will not do as it was probably meant.
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics
//! ```

mod lint;
mod outcome;

pub use lint::lint;
pub use outcome::{CheckKind, CheckOutcome, Place, Status, Waiver, Witness};
