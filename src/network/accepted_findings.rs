//! Accepted findings of readiness rules.

use jiff::civil::Date;

use crate::diag::{Span, Spanned};

/// A finding of a readiness rule that is accepted up to and including a certain day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The code of the rule, such as `lint::power-platform-pair`.
    pub code: Spanned<String>,
    /// The name that the finding is about or is reported at, such as `er-ams`. `None` accepts every finding of the
    /// rule.
    pub at: Option<Spanned<String>>,
    /// The reason, in the user's words.
    pub reason: String,
    /// The last day on which the finding is accepted.
    pub until: Date,
    /// The position of the finding's entry in the file.
    pub span: Span,
}
