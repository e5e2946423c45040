//! The data of a check after reading.

use std::fmt;
use std::net::IpAddr;

use super::scope::Scope;
use crate::addr::{AddressCount, FlowKey};
use crate::check::{CheckKind, FindingPlace, Waiver};
use crate::diag::Severity;
use crate::engine::{Disposition, ReturnVerdict, Router, SupportVerdict, TraceEnd, Vantage};
use crate::network::{CircuitId, Connection};

/// The checks of a network, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The checks, with unique ids.
    pub all: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    /// The id of the check.
    pub id: String,
    /// The severity of a failure.
    pub severity: Severity,
    /// The place of the check in the file.
    pub place: FindingPlace,
    /// The requirement.
    pub demand: Demand,
    /// Waivers in file order, each of which accepts a failure of the check until a given day.
    pub waivers: Vec<WaiverRule>,
}

impl Check {
    /// Returns the expectation for addresses; `None` for a budget.
    pub(super) fn expectation(&self) -> Option<&Expectation> {
        match &self.demand {
            Demand::Assertion(assertion) => Some(&assertion.expect),
            Demand::Example(example) => Some(&example.expect),
            Demand::Budget(_) => None,
        }
    }
}

/// The requirement of a check.
#[derive(Clone, Debug)]
pub enum Demand {
    /// A requirement on every address of a scope.
    Assertion(Assertion),
    /// A requirement on one flow.
    Example(Example),
    /// A limit on how much a change moves.
    Budget(Budget),
}

impl Demand {
    /// Returns the kind of the outcomes of this requirement.
    pub const fn kind(&self) -> CheckKind {
        match self {
            Self::Assertion(_) => CheckKind::Assertion,
            Self::Example(_) => CheckKind::Example,
            Self::Budget(_) => CheckKind::Budget,
        }
    }
}

/// A requirement on every address of a scope, from every vantage point.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// The vantage points; at least one.
    pub from: Vec<Vantage>,
    /// The destinations.
    pub scope: Scope,
    /// The expectation.
    pub expect: Expectation,
}

/// A requirement on one flow.
#[derive(Clone, Debug)]
pub struct Example {
    /// The vantage point.
    pub from: Vantage,
    /// The destination.
    pub to: IpAddr,
    /// The five-tuple, if the file specifies all of it. Its hash selects one of several connections.
    pub flow: Option<FlowKey>,
    /// The expectation.
    pub expect: Expectation,
}

/// The expectation for a path. An empty list matches anything; otherwise, one value in the list must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The allowed paths.
    pub paths: Vec<Disposition>,
    /// The forbidden paths.
    pub not_paths: Vec<Disposition>,
    /// The allowed circuits.
    pub circuits: Vec<CircuitId>,
    /// The allowed connections.
    pub connections: Vec<Connection>,
    /// Gateways and appliances; the path must pass at least one of them.
    pub via: Vec<Router>,
    /// Gateways and appliances; the path must pass none of them.
    pub not_via: Vec<Router>,
    /// The allowed ends of traces.
    pub ends: Vec<TraceEnd>,
    /// The requirement on replies.
    pub returns: ReplyDemand,
    /// The allowed verdicts of documented support.
    pub support: Vec<SupportVerdict>,
    /// The failures during which the expectation must still be met.
    pub survives: Option<Survives>,
    /// The text for titles, such as `path microsoft-peering, return symmetric`.
    pub text: String,
}

/// A requirement on replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReplyDemand {
    /// None: replies need not arrive.
    #[default]
    Any,
    /// Replies to packets that arrive must arrive, over any links. This is the default for a check with `survives`.
    Arrive,
    /// The return verdict must be one of these.
    OneOf(Vec<ReturnVerdict>),
}

/// Failures that a requirement must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survives {
    /// Each single failure.
    EachSingle,
    /// Each single failure, and each pair of failures.
    EachDouble,
}

impl Survives {
    /// Both values, the less strict one first.
    pub const ALL: [Self; 2] = [Self::EachSingle, Self::EachDouble];

    /// Returns the word used in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EachSingle => "each-single",
            Self::EachDouble => "each-double",
        }
    }
}

/// The limits on a change; `None` means no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The maximum number of IPv4 addresses whose path changes, summed over vantage points.
    pub ipv4: Option<AddressCount>,
    /// The maximum number of IPv6 addresses whose path changes, summed over vantage points.
    pub ipv6: Option<AddressCount>,
    /// The maximum amount of captured bytes whose path changes.
    pub moved: Option<Moved>,
}

/// A limit on moved bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// A number of bytes.
    Bytes(u64),
    /// A share of all captured bytes, in millionths.
    Millionths(u32),
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{bytes} bytes"),
            Self::Millionths(millionths) => {
                let (whole, rest) = (millionths / 10_000, millionths % 10_000);
                let percent = format!("{whole}.{rest:04}");
                let percent = percent.trim_end_matches('0').trim_end_matches('.');
                write!(f, "{percent} % of the captured bytes")
            }
        }
    }
}

/// A waiver of a check.
#[derive(Clone, Debug)]
pub struct WaiverRule {
    /// The reason and the last day of the waiver.
    pub waiver: Waiver,
    /// The addresses that the waiver covers; `None` for all addresses of the check.
    pub scope: Option<Scope>,
    /// The place of the waiver in the file.
    pub place: FindingPlace,
}
