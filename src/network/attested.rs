//! Answers of people to questions of guides.

use jiff::civil::Date;

use crate::diag::{Span, Spanned};

/// The answer of a person to a question of a guide that no file can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attested {
    /// The id of the guide's item, such as `G26`.
    pub item: Spanned<String>,
    /// The person who answers for it.
    pub by: String,
    /// The day of the answer.
    pub on: Spanned<Date>,
    /// The answer, in the person's words.
    pub note: String,
    /// The position of the entry in the file.
    pub span: Span,
}
