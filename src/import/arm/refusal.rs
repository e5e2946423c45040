//! Errors when reading a template.

use crate::import::unknown::near;

/// Why a template could not be read; each message states the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The file is empty or not valid JSON.
    #[error(
        "{what} is not valid JSON (line {line}, column {column}); if it is Bicep, compile it with `az bicep build --file FILE`"
    )]
    Syntax {
        /// `the template` or `the parameter file`.
        what: &'static str,
        /// The line number, from 1.
        line: usize,
        /// The column number, from 1.
        column: usize,
    },
    /// The file is JSON, but not a template.
    #[error(
        "the file is JSON, but not a template: it lacks `resources`, or its `$schema` does not name `deploymentTemplate.json`"
    )]
    NotATemplate,
    /// The parameter file has no parameters.
    #[error("the parameter file has no `parameters`")]
    NoParameters,
    /// An assumption does not match an unknown value.
    #[error("`--assume` names `{place}`, which is not an unknown value; {}", near(.nearest))]
    Assumption {
        /// The name in the assumption.
        place: String,
        /// Up to three names of unknown values, the most similar first.
        nearest: Vec<String>,
    },
}
