//! Errors of reading a plan.

use crate::import::unknown::near;

/// Why a plan could not be read; each message states the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It is empty or not valid JSON.
    #[error(
        "the plan is not valid JSON (line {line}, column {column}); write it with `terraform show -json PLAN > plan.json`"
    )]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is JSON with other contents.
    #[error(
        "the file is JSON, but not a Terraform plan; write a plan with `terraform show -json PLAN > plan.json`"
    )]
    NotAPlan,
    /// It is a state, which describes only one side.
    #[error(
        "the file is a Terraform state, not a plan; run `terraform plan -out PLAN` and `terraform show -json PLAN > plan.json`"
    )]
    State,
    /// The format is not supported.
    #[error(
        "the plan has format `{version}`, which is not supported; \
        use format 0.2 (Terraform 1.0) or 1.x (Terraform 1.1 and later, OpenTofu; documented up to 1.2)"
    )]
    Format {
        /// The version in the plan.
        version: String,
    },
    /// Planning failed, so the saved plan is incomplete.
    #[error("the plan is incomplete because its run failed; fix the error and plan again")]
    Errored,
    /// An assumption does not match an unknown value.
    #[error("`--assume` names `{place}`, which is not an unknown value; {}", near(.nearest))]
    Assumption {
        /// The place of the assumption.
        place: String,
        /// Up to three names of unknown values, the most similar first.
        nearest: Vec<String>,
    },
}
