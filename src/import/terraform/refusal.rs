//! Errors when reading a plan.

use crate::import::unknown::near;

/// Why a plan could not be read; each message states the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file is empty or not valid JSON.
    #[error(
        "the plan is not valid JSON (line {line}, column {column}); create it with `terraform show -json PLAN > plan.json`"
    )]
    Syntax {
        /// The line number, from 1.
        line: usize,
        /// The column number, from 1.
        column: usize,
    },
    /// The file is JSON, but not a plan.
    #[error(
        "the file is JSON, but not a Terraform plan; create one with `terraform show -json PLAN > plan.json`"
    )]
    NotAPlan,
    /// The file is a state, which describes only one side.
    #[error(
        "the file is a Terraform state, not a plan; run `terraform plan -out PLAN` and `terraform show -json PLAN > plan.json`"
    )]
    State,
    /// The plan's format is not supported.
    #[error(
        "the plan has format `{version}`, which is not supported; \
        use format 0.2 (Terraform 1.0) or 1.x (Terraform 1.1 and later, OpenTofu; documented up to 1.2)"
    )]
    Format {
        /// The format version in the plan.
        version: String,
    },
    /// Planning failed, so the saved plan is incomplete.
    #[error(
        "the plan is incomplete because `terraform plan` failed; fix the error and create the plan again"
    )]
    Errored,
    /// An assumption does not match an unknown value.
    #[error("`--assume` names `{place}`, which is not an unknown value; {}", near(.nearest))]
    Assumption {
        /// The name in the assumption.
        place: String,
        /// Up to three names of unknown values, the most similar first.
        nearest: Vec<String>,
    },
}
