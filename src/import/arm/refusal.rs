//! Why a template was not read.

use crate::import::unknown::near;

/// Why nothing was taken of a template; each message says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// There is no JSON in it, or it is damaged.
    #[error(
        "{what} is no JSON (line {line}, column {column}); compile Bicep with `az bicep build --file FILE`"
    )]
    Syntax {
        /// `the template` or `the file of parameters`.
        what: &'static str,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of something else.
    #[error("it is JSON, but no template: it lacks `resources` or a `$schema` of `deploymentTemplate.json`")]
    NotATemplate,
    /// The second file has no parameters.
    #[error("the file of parameters has no `parameters`")]
    NoParameters,
    /// An assumption names nothing that is unknown.
    #[error("`--assume` names `{place}`, and nothing unknown is called so; {}", near(.nearest))]
    Assumption {
        /// What was assumed.
        place: String,
        /// Up to three names of what is unknown, the nearest first.
        nearest: Vec<String>,
    },
}
