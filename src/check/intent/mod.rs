//! Intent: what a change is meant to move, what it may move at most, and that nothing else moves.
//!
//! ```text
//! intent.yaml ─read─▶ Intent ─┐
//! Diff, weighed by captures ──┼─ judge ─▶ CheckOutcomes
//! the base's checks, budgets ─┘
//! ```
//!
//! Guards (checks and budgets) are the base's, held against the head: a change that edits them is judged by what
//! stood there before, and told that it edits them.

mod budget;
mod declared_moves;
mod guards;
mod read;

pub use budget::judge_budgets;
pub use declared_moves::{Head, judge_changes};
pub use guards::{Guards, guards};
pub use read::{DeclaredMove, Intent, read_intent};
