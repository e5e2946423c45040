//! The exact difference of two networks, address by address.
//!
//! ```text
//! base: network × lists ─▶ Side ─┐
//! head: network × lists ─▶ Side ─┴─ outcomes by name ─▶ one linear merge ─▶ Diff ─▶ groups, weights, what-if
//! ```
//!
//! Decisions of two engines are compared by what they say in names, never by ids. Every address of every
//! vantage point is counted in exactly one cell of a transition matrix, and that the cells add up to the
//! whole space is asserted on every run.

mod alike;
mod along;
mod facts;
mod family;
mod group;
mod history;
mod lists;
mod model;
mod outcome;
mod read;
mod route;
mod side;
mod stretch;
mod sums;
#[cfg(test)]
mod tests;
mod view;
mod walk;
mod weigh;
mod what_if;

pub use group::{CarriedPath, Group};
pub use history::{Step, outcome_at, steps};
pub use lists::{ListKind, Lists, Membership};
pub use model::{
    Cause, Change, ChangeKind, Diff, DiffVerdict, Matrix, OutcomeId, Presence, SumError, Transition,
    VantagePoint,
};
pub use outcome::{Aspect, DecidingRoute, Gap, Outcome, WayBack};
pub(in crate::check) use route::gap;
pub use side::Side;
pub use walk::{Crossed, diff, diff_crossed};
pub use weigh::{HostVolume, Volume, Weighed, Weight, weigh};
pub use what_if::{WhatIf, WhatIfError, common_outages, what_if};
