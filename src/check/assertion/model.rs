//! What a check is, once it was read.

use std::fmt;
use std::net::IpAddr;

use super::scope::Scope;
use crate::addr::{AddressCount, FlowKey};
use crate::check::{CheckKind, Place, Waiver};
use crate::diag::Severity;
use crate::engine::{Disposition, ReturnVerdict, Router, SupportVerdict, TraceEnd, Vantage};
use crate::network::{CircuitId, Connection};

/// The checks of a network, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// Their ids are unique.
    pub all: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub id: String,
    /// How grave a failure is.
    pub severity: Severity,
    /// Where it stands.
    pub place: Place,
    /// What it demands.
    pub demand: Demand,
    /// What accepts its failure for a while, in the order of the file.
    pub waivers: Vec<WaiverRule>,
}

impl Check {
    /// What is expected of addresses; `None` of a budget.
    pub(super) fn expectation(&self) -> Option<&Expectation> {
        match &self.demand {
            Demand::Assertion(assertion) => Some(&assertion.expect),
            Demand::Example(example) => Some(&example.expect),
            Demand::Budget(_) => None,
        }
    }
}

/// What a check demands.
#[derive(Clone, Debug)]
pub enum Demand {
    /// Something of every address of a scope.
    Assertion(Assertion),
    /// Something of one flow.
    Example(Example),
    /// A bound on what a change moves.
    Budget(Budget),
}

impl Demand {
    /// The kind of its outcomes.
    pub const fn kind(&self) -> CheckKind {
        match self {
            Self::Assertion(_) => CheckKind::Assertion,
            Self::Example(_) => CheckKind::Example,
            Self::Budget(_) => CheckKind::Budget,
        }
    }
}

/// A demand on every address of a scope, from every vantage point.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Where packets start; at least one.
    pub from: Vec<Vantage>,
    /// Where they go.
    pub scope: Scope,
    /// What must hold.
    pub expect: Expectation,
}

/// A demand on one flow.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it starts.
    pub from: Vantage,
    /// Its destination.
    pub to: IpAddr,
    /// The whole five-tuple, where the file gives it: its hash picks one of several connections.
    pub flow: Option<FlowKey>,
    /// What must hold.
    pub expect: Expectation,
}

/// What must hold: each list by any of its values; an empty list demands nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The paths allowed.
    pub paths: Vec<Disposition>,
    /// The paths forbidden.
    pub not_paths: Vec<Disposition>,
    /// The circuits that alone may carry it.
    pub circuits: Vec<CircuitId>,
    /// The connections that alone may carry it.
    pub connections: Vec<Connection>,
    /// Gateways and appliances of which it must pass one.
    pub via: Vec<Router>,
    /// Gateways and appliances of which it must pass none.
    pub not_via: Vec<Router>,
    /// The ends of traces allowed.
    pub ends: Vec<TraceEnd>,
    /// The return verdicts allowed.
    pub returns: Vec<ReturnVerdict>,
    /// The verdicts of documented support allowed.
    pub support: Vec<SupportVerdict>,
    /// The failures under which all of that must hold, too.
    pub survives: Option<Survives>,
    /// In words, for titles: `path microsoft-peering, return symmetric`.
    pub text: String,
}

/// Failures that a demand must outlast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survives {
    /// Each single one.
    EachSingle,
    /// Each single one, and each two at once.
    EachDouble,
}

impl Survives {
    /// Both, the easier first.
    pub const ALL: [Self; 2] = [Self::EachSingle, Self::EachDouble];

    /// The word of the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EachSingle => "each-single",
            Self::EachDouble => "each-double",
        }
    }
}

/// What a change may move at most; `None` where it is not bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// IPv4 addresses whose path changes, summed over vantage points.
    pub ipv4: Option<AddressCount>,
    /// IPv6 addresses likewise.
    pub ipv6: Option<AddressCount>,
    /// Captured bytes whose path changes.
    pub moved: Option<Moved>,
}

/// A bound on moved bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// As many bytes.
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
    /// Its reason and last day.
    pub waiver: Waiver,
    /// The addresses that it is about; `None`: all of the check's.
    pub scope: Option<Scope>,
    /// Where it stands.
    pub place: Place,
}
