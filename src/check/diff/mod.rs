//! The exact difference between two networks, address by address.
//!
//! ```text
//! base: network × lists ─▶ DiffSide ─┐
//! head: network × lists ─▶ DiffSide ─┴─ outcomes by name ─▶ one linear merge ─▶ Diff ─▶ groups, weights, what-if
//! ```
//!
//! Decisions of two engines are compared by name, never by id. Every address of every vantage point is counted in
//! exactly one cell of a transition matrix, and every run verifies that the cells add up to the whole space.

mod captured_flows;
mod chunk;
mod common_ranges;
mod compare;
mod facts;
mod family;
mod group;
mod history;
mod lists;
mod merge;
mod model;
mod outcome;
mod route;
mod side;
#[cfg(test)]
mod tests;
mod transition_sums;
mod vantage_ranges;
mod vantage_view;
mod what_if;

pub use captured_flows::{CapturedVolume, HostVolume, Weighed, Weight, weigh};
pub use compare::{Crossed, diff, diff_crossed};
pub use group::{CarriedPath, Group};
pub use history::{Step, outcome_at, steps};
pub use lists::{ListKind, Lists, Membership};
pub use model::{
    Cause, Change, ChangeKind, Diff, DiffVerdict, Matrix, OutcomeId, Presence, SumError, Transition,
    VantagePoint,
};
pub use outcome::{AddressOutcome, Aspect, DecidingRoute, MissingInput, ReplyOutcome};
pub(in crate::check) use route::gap;
pub use side::DiffSide;
pub use what_if::{WhatIf, WhatIfError, common_outages, what_if};
