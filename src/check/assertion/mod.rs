//! Assertions: requirements on a network's paths, verified over the whole address space.
//!
//! ```text
//! `checks:` or checks.yaml ─read, against network and catalog─▶ Checks + Diagnostics
//! Checks × engines, merged range by range ─run─▶ CheckOutcome, with the failing prefixes
//! ```
//!
//! Nothing is sampled. A scope is a set of addresses, and an engine partitions the address space. Merging the two
//! visits each range with one decision once. An unknown path never passes: if a path is `unknown` or `ambiguous`, the
//! check cannot be evaluated, unless it expects exactly that path.

mod all_checks;
mod meets_expectation;
mod message;
mod model;
mod over_scope;
mod read;
mod scope;
mod subject;
mod under_failures;
pub(in crate::check) mod values;
mod waive;

pub use all_checks::{Evaluated, EvaluatedPart, run_checks};
pub use meets_expectation::Evaluation;
pub use model::{
    Assertion, Budget, Check, Checks, Demand, Example, Expectation, Moved, ReplyDemand, Survives, WaiverRule,
};
pub use over_scope::Part;
pub use read::{read_checks, read_checks_file};
pub use scope::Scope;
pub use subject::{ExplainFn, Subject};

pub(in crate::check) use message::{budget_title, counts, shortened};
pub(in crate::check) use read::Reading;
