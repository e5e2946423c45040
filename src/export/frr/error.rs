//! Errors of an export, each with its position in the network file.

use std::fmt;

use crate::addr::Family;
use crate::diag::{Source, Span};

/// Why a site cannot be exported as an FRRouting configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrrError {
    /// The site does not belong to the network.
    #[error("the network has no such site")]
    NoSuchSite,
    /// FRR needs an ASN that the file does not state.
    #[error("{place}: site `{site}` needs its own `autonomous_system`")]
    NoAutonomousSystem {
        /// Where the site is defined.
        place: FileLine,
        /// The site.
        site: String,
    },
    /// FRR needs the provider's ASN.
    #[error("{place}: internet edge `{edge}` needs `provider_autonomous_system`")]
    NoProvider {
        /// Where the edge is defined.
        place: FileLine,
        /// The internet edge.
        edge: String,
    },
    /// FRR needs the peer's addresses.
    #[error("{place}: session `{session}` needs `peer_addresses`, the addresses of its peer")]
    NoPeerAddress {
        /// Where the session is defined.
        place: FileLine,
        /// The session.
        session: String,
    },
    /// The edge learns a default route in an address family without a session.
    #[error(
        "{place}: internet edge `{edge}` learns a default route in {family}, but has no peer address in {family}"
    )]
    NoFamily {
        /// Where the edge is defined.
        place: FileLine,
        /// The internet edge.
        edge: String,
        /// The family.
        family: Family,
    },
    /// A feature without a counterpart in FRR, or one that this export does not support.
    #[error("{place}: {what} cannot be exported to FRR: {remedy}")]
    Unsupported {
        /// Where it is defined.
        place: FileLine,
        /// What it is.
        what: String,
        /// The remedy.
        remedy: &'static str,
    },
}

/// A line of the network file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileLine {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl FileLine {
    pub(super) fn of(source: &Source, span: Span) -> Self {
        Self { file: source.name().to_owned(), line: source.position(span.start).0 }
    }
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
