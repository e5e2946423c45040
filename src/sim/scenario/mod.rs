//! The scenario file, `scenario.yaml`: events that change a network while a capture is replayed.
//!
//! ```text
//! Source ─parse─▶ spanned value tree ─read, against the networks─▶ Scenario + Diagnostics
//! ```
//!
//! All errors are reported together, each with its line. An event that names something that no network of the run has is an
//! error, never a no-op. The format is described in `docs/reference/scenario.md`.

mod events;
mod file;
mod keys;
mod names;
mod read;
mod values;

#[cfg(test)]
mod tests;

#[cfg(feature = "schema")]
pub use file::schema;
pub use file::{ComplianceEntry, DetectionEntry, EventEntry, LinkEntry, OneOrMany, ScenarioFile};
pub(super) use names::all_sessions;
pub use names::{LinkName, SessionName, Target};
pub use read::{Needs, Unread, is_scenario, needs, read, read_without};

use crate::addr::IpPrefix;
use crate::diag::{Source, Span, Spanned};
use crate::rib::Community;

/// A scenario, valid by itself and for the networks with which it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// The name; by default that of the file without its extension.
    pub name: String,
    /// The seed of the flow hash: 0 for the hash of all other commands, another value for another selection of equal-cost
    /// routes.
    pub seed: u64,
    /// The number of times that each packet is sent, in thousandths.
    pub scale_thousandths: u64,
    /// The factor by which the capture is replayed faster. Times of events are those of the replay.
    pub compress: u64,
    /// How fast a failure is detected.
    pub detection: Detection,
    /// Remote ends that must never be reached over the internet.
    pub compliance: Compliance,
    /// Figures of links that override the network file.
    pub links: Vec<LinkSetting>,
    /// The events, in the order of the file.
    pub events: Vec<Event>,
    /// The file.
    pub source: Source,
}

impl Scenario {
    /// Creates a scenario without settings and events.
    pub fn empty() -> Self {
        Self {
            name: String::new(),
            seed: 0,
            scale_thousandths: 1_000,
            compress: 1,
            detection: Detection::default(),
            compliance: Compliance::default(),
            links: Vec::new(),
            events: Vec::new(),
            source: Source::new(String::new(), String::new()),
        }
    }
}

/// Times of detection and convergence in nanoseconds, which override the network file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// The detection time of a session with BFD; `None` for interval × multiplier, see [`crate::engine::detection`].
    pub bfd_ns: Option<u64>,
    /// The detection time of a session without BFD; `None` for its hold time.
    pub hold_ns: Option<u64>,
    /// The time from detection until packets use the new path; 0 by default, because Microsoft documents only bounds.
    pub convergence_ns: u64,
    /// The time from the return of a link until its session provides routes again; 0 by default, for the same reason.
    pub restore_ns: u64,
}

/// Remote ends that must never be reached over the internet; empty if nothing is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compliance {
    /// Service tags, in the catalog's spelling.
    pub tags: Vec<String>,
    /// Communities.
    pub communities: Vec<Community>,
    /// Prefixes of remote ends.
    pub prefixes: Vec<IpPrefix>,
}

impl Compliance {
    /// Returns whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.communities.is_empty() && self.prefixes.is_empty()
    }

    /// Returns an entry as written. Prefixes come first, then tags, then communities.
    pub fn entry(&self, index: usize) -> Option<String> {
        let prefixes = self.prefixes.iter().map(ToString::to_string);
        let communities = self.communities.iter().map(ToString::to_string);
        prefixes.chain(self.tags.iter().cloned()).chain(communities).nth(index)
    }
}

/// The figures of a link in a scenario. Omitted ones are those of the network file, or defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSetting {
    /// The link.
    pub link: LinkName,
    /// Bits per second in each direction.
    pub rate: Option<u64>,
    /// Bytes that may wait in each direction.
    pub buffer: Option<u64>,
    /// Propagation delay in nanoseconds, one way.
    pub delay_ns: Option<u64>,
}

/// The time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nanoseconds after the first packet, in the time of the replay.
    Offset(u64),
    /// Nanoseconds since 1970, in the time of the capture.
    Wall(i128),
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The time.
    pub at: When,
    /// The action.
    pub action: Action,
    /// Its place in the file.
    pub span: Span,
}

/// The action of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Something fails, or is shut down.
    Down {
        /// The target.
        target: Target,
        /// The time until it is detected in nanoseconds, instead of that of BFD or the hold timer.
        detection_ns: Option<u64>,
    },
    /// It returns.
    Up {
        /// The target.
        target: Target,
    },
    /// BGP sessions are reset, which both ends know immediately.
    Reset {
        /// The target.
        target: Target,
        /// The time for which the session is down, in nanoseconds.
        for_ns: u64,
    },
    /// Microsoft prepends on the primary, then on the secondary connection.
    Maintenance {
        /// The circuit.
        circuit: String,
        /// The duration for each connection, in nanoseconds.
        for_ns: u64,
    },
    /// The route filter of a circuit's Microsoft peering is replaced.
    RouteFilter {
        /// The circuit.
        circuit: String,
        /// The communities of the new one; empty if it is detached.
        communities: Vec<Community>,
    },
    /// Another network file is loaded.
    Network {
        /// The file, as written.
        file: Spanned<String>,
    },
    /// Another edition of Microsoft's lists is loaded.
    Catalog {
        /// The file or directory, as written.
        file: Spanned<String>,
    },
    /// The rate of a link changes.
    Rate {
        /// The link.
        link: LinkName,
        /// The new rate in bits per second, in each direction.
        rate: u64,
    },
    /// The metric of a link between sites changes.
    Metric {
        /// The link.
        link: String,
        /// The new amount that it adds to the internal metric.
        metric: u32,
    },
    /// A prefix is advertised.
    Announce {
        /// The prefix.
        prefix: IpPrefix,
        /// The target.
        on: Target,
    },
    /// A prefix is no longer advertised.
    Withdraw {
        /// The prefix.
        prefix: IpPrefix,
        /// The target.
        on: Target,
    },
    /// Clients are translated to another pool.
    Nat {
        /// A circuit, a connection of one, or an internet edge.
        at: Target,
        /// The new pool; empty if clients keep their own addresses.
        pool: Vec<IpPrefix>,
    },
}
