//! The outcome of a check: plain data from which every output of `check` and `diff` is written.

use std::fmt;
use std::net::IpAddr;

use crate::addr::AddressCount;
use crate::diag::{Severity, Source, Span};

/// The status of a check. [`Self::Failed`] and [`Self::CannotJudge`] always fail a build; [`Self::Warned`] fails it
/// depending on its severity (see [`CheckOutcome::objects`]). [`Self::NotApplicable`] and [`Self::NotEvaluated`] never
/// fail a build, and are no success either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The check examined something and passed.
    Passed,
    /// The network has no object to which the rule applies.
    NotApplicable,
    /// The network has such an object, but the network file lacks an input of the rule.
    NotEvaluated,
    /// The check failed, but a waiver that has not expired accepts the failure.
    Waived,
    /// The check failed, and its severity is warning or lower.
    Warned,
    /// The check failed.
    Failed,
    /// The user's check could not be evaluated: an input is missing, sources conflict, or its scope is empty.
    CannotJudge,
}

impl Status {
    /// All statuses, from best to worst.
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::NotApplicable,
        Self::NotEvaluated,
        Self::Waived,
        Self::Warned,
        Self::Failed,
        Self::CannotJudge,
    ];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotApplicable => "not-applicable",
            Self::NotEvaluated => "not-evaluated",
            Self::Waived => "waived",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::CannotJudge => "cannot-judge",
        }
    }

    /// Whether the check is neither a success nor a finding: nothing was examined.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::NotApplicable | Self::NotEvaluated)
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

/// The packets that a check of the user covers: each address from each vantage point, in the network as written and
/// under each failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The IPv4 addresses of the scope.
    pub ipv4: AddressCount,
    /// The IPv6 addresses of the scope.
    pub ipv6: AddressCount,
    /// The vantage points.
    pub vantage_points: usize,
    /// The failures under which the check must pass; `None` if only the network as written counts.
    pub failures: Option<usize>,
}

impl Covered {
    /// Formats the vantage points and failures, such as `2 vantage points × 22 failures`.
    pub fn states(&self) -> String {
        let vantage_points = counted(self.vantage_points, "vantage point");
        match self.failures {
            Some(failures) => format!("{vantage_points} × {}", counted(failures, "failure")),
            None => vantage_points,
        }
    }
}

impl fmt::Display for Covered {
    /// Formats the counts, such as `9,582 IPv4 and 3 IPv6 addresses × 2 vantage points × 22 failures`. A family without
    /// addresses is named, because a scope without it is easily overlooked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: AddressCount| if count.is_zero() { "no".to_owned() } else { count.grouped() };
        let (ipv4, ipv6) = (count(self.ipv4), count(self.ipv6));
        write!(f, "{ipv4} IPv4 and {ipv6} IPv6 addresses × {}", self.states())
    }
}

/// Formats a number with its noun, whose plural ends in `s`.
fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", AddressCount::from(number as u128).grouped())
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
    /// The finding, in one sentence that names its subject. If the check passed, the message states what was examined;
    /// if it was not evaluated, which input is missing.
    pub message: String,
    /// How to fix it.
    pub remedy: Option<String>,
    /// The explanation of a built-in rule, with its source.
    pub explanation: Option<&'static str>,
    /// The line that caused the finding, or the check itself if there is none.
    pub place: Option<FindingPlace>,
    /// The packets that a check of the user covers; `None` for other kinds.
    pub covered: Option<Covered>,
    /// An address that demonstrates the failure.
    pub witness: Option<Witness>,
    /// The waiver that accepts the failure.
    pub waiver: Option<Waiver>,
}

impl CheckOutcome {
    /// Whether the outcome fails a build. Warnings count if their severity is at least `fail_on`.
    pub fn objects(&self, fail_on: Severity) -> bool {
        match self.status {
            Status::Passed | Status::NotApplicable | Status::NotEvaluated | Status::Waived => false,
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
