//! The outcome of a check: plain data from which every output of `check` and `diff` is written.

use std::net::IpAddr;

use crate::diag::{Severity, Source, Span};

/// The status of a check. [`Self::Failed`] and [`Self::CannotJudge`] always fail a build; [`Self::Warned`] fails it
/// depending on its severity (see [`CheckOutcome::objects`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The check passed.
    Passed,
    /// The check failed, but a waiver that has not expired accepts the failure.
    Waived,
    /// The check failed, and its severity is warning or lower.
    Warned,
    /// The check failed.
    Failed,
    /// The check could not be evaluated: an input is missing, sources conflict, or its scope is empty.
    CannotJudge,
}

impl Status {
    /// All statuses, from best to worst.
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

/// The kind of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    /// A readiness rule; its id is the rule's code.
    Lint,
    /// An assertion written by the user.
    Assertion,
    /// A flow with its expected path, written by the user.
    Example,
    /// A limit on how much a change may move.
    Budget,
    /// A change compared with its declared intent.
    Intent,
    /// A sum over a comparison, which verifies that every address was counted.
    Sum,
    /// A waiver itself: expired or unused.
    Waiver,
    /// Whether the inputs could be read and used.
    Input,
}

impl CheckKind {
    /// All kinds, in the order in which reports list them.
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
pub struct FindingPlace {
    /// The file.
    pub source: Source,
    /// The position in the file.
    pub span: Span,
}

/// An address that shows why a check failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The vantage point: a site, or `VIRTUAL-NETWORK/SUBNET`.
    pub vantage: String,
    /// The destination address of the packet.
    pub address: IpAddr,
    /// The explanation of its path, sentence by sentence.
    pub explanation: Vec<String>,
}

/// Accepts a failed check until a given day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The reason, in the user's words.
    pub reason: String,
    /// The last day on which the waiver is valid.
    pub expires: jiff::civil::Date,
}

/// A check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// The name of the check, unique among the user's own checks; for a lint rule, its code.
    pub id: String,
    /// The kind of check.
    pub kind: CheckKind,
    /// The requirement, in a few words.
    pub title: String,
    /// The severity of a failure, set by the user or the rule.
    pub severity: Severity,
    /// The status.
    pub status: Status,
    /// The finding, in one sentence that names its subject. If the check passed, the message states what was verified.
    pub message: String,
    /// How to fix it.
    pub remedy: Option<String>,
    /// The explanation of a built-in rule, with its source.
    pub explanation: Option<&'static str>,
    /// The line that caused the finding, or the check itself if there is none.
    pub place: Option<FindingPlace>,
    /// An address that demonstrates the failure.
    pub witness: Option<Witness>,
    /// The waiver that accepts the failure.
    pub waiver: Option<Waiver>,
}

impl CheckOutcome {
    /// Whether the outcome fails a build. Warnings count if their severity is at least `fail_on`.
    pub fn objects(&self, fail_on: Severity) -> bool {
        match self.status {
            Status::Passed | Status::Waived => false,
            Status::Warned => self.severity >= fail_on,
            Status::Failed | Status::CannotJudge => true,
        }
    }

    /// Returns the status in one word that distinguishes advice from a warning.
    pub fn word(&self) -> &'static str {
        match (self.status, self.severity) {
            (Status::Warned, Severity::Advice) => "advice",
            (status, _) => status.word(),
        }
    }
}
