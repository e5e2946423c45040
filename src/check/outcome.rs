//! What a check came to: plain data that every output of `check` and `diff` is written from.

use std::net::IpAddr;

use crate::diag::{Severity, Source, Span};

/// How a check ended. [`Self::Failed`] and [`Self::CannotJudge`] never let a build pass; whether
/// [`Self::Warned`] does, its severity decides (see [`CheckOutcome::objects`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It holds.
    Passed,
    /// It does not hold, and a waiver that has not expired says why that is accepted.
    Waived,
    /// It does not hold, and its severity is a warning or less.
    Warned,
    /// It does not hold.
    Failed,
    /// It cannot be told whether it holds: an input is missing, sources conflict, or nothing was in its scope.
    CannotJudge,
}

impl Status {
    /// All of them, from the best to the worst.
    pub const ALL: [Self; 5] = [Self::Passed, Self::Waived, Self::Warned, Self::Failed, Self::CannotJudge];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Waived => "waived",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::CannotJudge => "cannot-judge",
        }
    }
}

/// What kind of check it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    /// A rule of the readiness list; its id is the rule's code.
    Lint,
    /// An assertion of the user's.
    Assertion,
    /// A flow with its expected path, of the user's.
    Example,
    /// A bound on what a change may move.
    Budget,
    /// A change against what was declared to change.
    Intent,
    /// Address by address: nothing was lost in a comparison.
    Sum,
    /// A waiver, judged by itself: expired, or of no use.
    Waiver,
    /// Whether the inputs could be read and used.
    Input,
}

impl CheckKind {
    /// All of them, in the order reports name them.
    pub const ALL: [Self; 8] = [
        Self::Lint,
        Self::Assertion,
        Self::Example,
        Self::Budget,
        Self::Intent,
        Self::Sum,
        Self::Waiver,
        Self::Input,
    ];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Assertion => "assertion",
            Self::Example => "example",
            Self::Budget => "budget",
            Self::Intent => "intent",
            Self::Sum => "sum",
            Self::Waiver => "waiver",
            Self::Input => "input",
        }
    }
}

/// A place in a user's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Source,
    /// Where in it.
    pub span: Span,
}

/// An address that shows why a check failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Where the packet starts: a site, or `VIRTUAL-NETWORK/SUBNET`.
    pub vantage: String,
    /// Where it goes.
    pub address: IpAddr,
    /// Why it goes there, sentence by sentence.
    pub explanation: Vec<String>,
}

/// Why a failed check is accepted for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Why, in the user's words.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: jiff::civil::Date,
}

/// One check and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// Its name, unique among the user's own; a lint's code.
    pub id: String,
    /// What kind of check.
    pub kind: CheckKind,
    /// What it demands, in a few words.
    pub title: String,
    /// How grave a failure is, as the user or the rule has it.
    pub severity: Severity,
    /// How it ended.
    pub status: Status,
    /// What was found, in one sentence with its subject; what holds where it passed.
    pub message: String,
    /// How to mend it.
    pub remedy: Option<String>,
    /// What the rule means, with its source, where it is one of ours.
    pub explanation: Option<&'static str>,
    /// The line that caused it, or the check itself where no line did.
    pub place: Option<Place>,
    /// An address that shows it.
    pub witness: Option<Witness>,
    /// The waiver that accepts it.
    pub waiver: Option<Waiver>,
}

impl CheckOutcome {
    /// Whether a build must not pass with it, where warnings count from `fail_on` on.
    pub fn objects(&self, fail_on: Severity) -> bool {
        match self.status {
            Status::Passed | Status::Waived => false,
            Status::Warned => self.severity >= fail_on,
            Status::Failed | Status::CannotJudge => true,
        }
    }

    /// How it ended in one word that tells advice from a warning.
    pub fn word(&self) -> &'static str {
        match (self.status, self.severity) {
            (Status::Warned, Severity::Advice) => "advice",
            (status, _) => status.word(),
        }
    }
}
