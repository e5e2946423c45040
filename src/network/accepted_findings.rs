//! Findings of rules that the company accepts.

use jiff::civil::Date;

use crate::diag::{Span, Spanned};

/// A finding of a rule that is accepted until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The rule's code, as `lint::power-platform-pair`.
    pub code: Spanned<String>,
    /// The name that the finding is about or stands at, as `er-ams`; without it every finding of the rule.
    pub at: Option<Spanned<String>>,
    /// Why, in the user's words.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Date,
    /// Its entry in the file.
    pub span: Span,
}
