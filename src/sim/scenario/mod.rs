//! The scenario file, `scenario.yaml`: what happens to a network while a capture is replayed.
//!
//! ```text
//! Source ─parse─▶ spanned value tree ─read, against the networks─▶ Scenario + Diagnostics
//! ```
//!
//! All that is wrong is told at once, each at its line. An event that names what no network of the run has
//! is an error, never a no-op. The format is described in `docs/reference/scenario.md`.

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

/// One scenario, valid by itself and against the networks that it was read with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// What it is called; the file's name without its extension where it says nothing.
    pub name: String,
    /// Which routers hash the flows: 0 for the hash of all other commands, another for other members of
    /// equally good routes.
    pub seed: u64,
    /// How often each packet is sent, in thousandths.
    pub scale_thousandths: u64,
    /// How many times faster the capture is replayed; times of events are those of the replay.
    pub compress: u64,
    /// How fast a failure shows.
    pub detection: Detection,
    /// What must never touch the internet.
    pub compliance: Compliance,
    /// What is said about links beside the network file.
    pub links: Vec<LinkSetting>,
    /// The events, in the order of the file.
    pub events: Vec<Event>,
    /// The file.
    pub source: Source,
}

impl Scenario {
    /// One in which nothing is said and nothing happens.
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

/// Times of detection and convergence, in nanoseconds, where they are not what the network file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Of a session with BFD; `None`: interval times multiplier, see [`crate::engine::detection`].
    pub bfd_ns: Option<u64>,
    /// Of a session without; `None`: its hold time.
    pub hold_ns: Option<u64>,
    /// From the detection until packets go the new way; 0 by default, since the documents give bounds only.
    pub convergence_ns: u64,
    /// From the return of a link until its session brings routes again; 0 by default, for the same reason.
    pub restore_ns: u64,
}

/// What must never touch the internet; empty: nothing is watched.
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
    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.communities.is_empty() && self.prefixes.is_empty()
    }

    /// An entry as written: prefixes first, then tags, then communities.
    pub fn entry(&self, index: usize) -> Option<String> {
        let prefixes = self.prefixes.iter().map(ToString::to_string);
        let communities = self.communities.iter().map(ToString::to_string);
        prefixes.chain(self.tags.iter().cloned()).chain(communities).nth(index)
    }
}

/// What a scenario says about a link; what it leaves out is the network file's, or a default.
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

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nanoseconds after the first packet, in the time of the replay.
    Offset(u64),
    /// Nanoseconds since 1970, in the time of the capture.
    Wall(i128),
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: When,
    /// What.
    pub action: Action,
    /// Where it stands in the file.
    pub span: Span,
}

/// What an event does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Something fails, or is shut down.
    Down {
        /// What.
        target: Target,
        /// How long until it is noticed, instead of what BFD and hold timer say, in nanoseconds.
        detection_ns: Option<u64>,
    },
    /// It comes back.
    Up {
        /// What.
        target: Target,
    },
    /// BGP sessions are reset: both ends know at once.
    Reset {
        /// Whose.
        target: Target,
        /// How long the session is away, in nanoseconds.
        for_ns: u64,
    },
    /// Microsoft prepends on the primary, then on the secondary connection.
    Maintenance {
        /// The circuit.
        circuit: String,
        /// How long for each connection, in nanoseconds.
        for_ns: u64,
    },
    /// The route filter of a circuit's Microsoft peering is replaced.
    RouteFilter {
        /// The circuit.
        circuit: String,
        /// The communities of the new one; none: detached.
        communities: Vec<Community>,
    },
    /// Another network file.
    Network {
        /// The file, as written.
        file: Spanned<String>,
    },
    /// Another edition of Microsoft's lists.
    Catalog {
        /// The file or directory, as written.
        file: Spanned<String>,
    },
    /// The rate of a link changes.
    Rate {
        /// The link.
        link: LinkName,
        /// The new one, bits per second in each direction.
        rate: u64,
    },
    /// The metric of a link between sites changes.
    Metric {
        /// The link.
        link: String,
        /// What it then adds to the internal metric.
        metric: u32,
    },
    /// A prefix is advertised.
    Announce {
        /// The prefix.
        prefix: IpPrefix,
        /// Over what.
        on: Target,
    },
    /// A prefix is no longer advertised.
    Withdraw {
        /// The prefix.
        prefix: IpPrefix,
        /// Over what.
        on: Target,
    },
    /// Clients are translated to another pool.
    Nat {
        /// A circuit, a connection of one, or an internet edge.
        at: Target,
        /// The new pool; none: clients keep their own addresses.
        pool: Vec<IpPrefix>,
    },
}
