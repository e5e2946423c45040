//! Why a plan was not read.

use crate::import::unknown::near;

/// Why nothing was taken of a plan; each message says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// There is no JSON in it, or it is damaged.
    #[error(
        "the plan is no JSON (line {line}, column {column}); write it with `terraform show -json PLAN > plan.json`"
    )]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of something else.
    #[error("it is JSON, but no plan of Terraform; write it with `terraform show -json PLAN > plan.json`")]
    NotAPlan,
    /// A state, which tells one side only.
    #[error(
        "it is a state of Terraform, not a plan; run `terraform plan -out PLAN` and `terraform show -json PLAN > plan.json`"
    )]
    State,
    /// A format that is not read.
    #[error(
        "the plan has format `{version}`; formats 0.2 (Terraform 1.0) and 1.x (described up to 1.2, Terraform 1.1 and later and OpenTofu) are read"
    )]
    Format {
        /// The version as the plan tells it.
        version: String,
    },
    /// Planning failed, and its half of a plan was saved.
    #[error("the plan is of a run that failed, so that it tells a part only; mend the run and plan again")]
    Errored,
    /// An assumption names nothing that is unknown.
    #[error("`--assume` names `{place}`, and nothing unknown is called so; {}", near(.nearest))]
    Assumption {
        /// What was assumed.
        place: String,
        /// Up to three names of what is unknown, the nearest first.
        nearest: Vec<String>,
    },
}
