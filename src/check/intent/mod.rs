//! Intent: verifies that a change moves what was declared, stays within its budgets, and moves nothing else.
//!
//! ```text
//! intent.yaml ─read─▶ Intent ─┐
//! Diff, weighed by captures ──┼─ judge ─▶ CheckOutcomes
//! the base's checks, budgets ─┘
//! ```
//!
//! Guards (checks and budgets) come from the base and are evaluated against the head. A change that edits them is
//! evaluated with their previous version, and the edits are reported.

mod budget;
mod declared_moves;
mod guards;
mod read;

pub use budget::evaluate_budgets;
pub use declared_moves::{Head, evaluate_changes};
pub use guards::{Guards, guards};
pub use read::{DeclaredMove, Intent, read_intent};
