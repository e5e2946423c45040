//! The scenario file, `scenario.yaml`: events that change a network while a capture is replayed.
//!
//! ```text
//! Source ─parse─▶ spanned value tree ─read, against the networks─▶ Scenario + Diagnostics
//! ```
//!
//! All errors are reported together, each with its line. If an event names something that no network of the run
//! contains, this is an error, never a no-op. The format is described in `docs/reference/scenario.md`.

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
#[cfg(feature = "cli")]
pub(crate) use values::thousandths;

use crate::addr::IpPrefix;
use crate::catalog::Product;
use crate::diag::{Source, Span, Spanned};
use crate::rib::Community;

/// A scenario that is valid by itself and for the networks with which it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// The name; by default the name of the file without its extension.
    pub name: String,
    /// The seed of the flow hash. 0 gives the hash of all other commands; other values select other equal-cost routes.
    pub seed: u64,
    /// The number of times that each packet is sent, in thousandths.
    pub scale_thousandths: u64,
    /// The factor by which the replay is faster than the capture. Times of events are in the time of the replay.
    pub compress: u64,
    /// How fast a failure is detected.
    pub detection: DetectionTimes,
    /// Remote ends that must never be reached over the internet.
    pub compliance: Compliance,
    /// Figures of links, which override those in the network file.
    pub links: Vec<LinkSetting>,
    /// The events, in file order.
    pub events: Vec<Event>,
    /// The file.
    pub source: Source,
}

impl Scenario {
    /// Creates a scenario without settings and without events.
    pub fn empty() -> Self {
        Self {
            name: String::new(),
            seed: 0,
            scale_thousandths: 1_000,
            compress: 1,
            detection: DetectionTimes::default(),
            compliance: Compliance::default(),
            links: Vec::new(),
            events: Vec::new(),
            source: Source::new(String::new(), String::new()),
        }
    }
}

/// Times of detection and convergence in nanoseconds, which override the network file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DetectionTimes {
    /// The detection time of a session with BFD; `None` for interval × multiplier, see [`crate::engine::detection`].
    pub bfd_ns: Option<u64>,
    /// The detection time of a session without BFD; `None` for the hold time of the session.
    pub hold_ns: Option<u64>,
    /// The time from detection until packets use the new path; 0 by default, because Microsoft documents only bounds.
    pub convergence_ns: u64,
    /// The time from the return of a link until its session provides routes again; 0 by default, because Microsoft
    /// documents only bounds.
    pub restore_ns: u64,
}

/// Remote ends that must never be reached over the internet. If this is empty, no traffic is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compliance {
    /// Service tags, in the catalog's spelling.
    pub tags: Vec<String>,
    /// Communities.
    pub communities: Vec<Community>,
    /// Products.
    pub products: Vec<&'static Product<'static>>,
    /// Prefixes of remote ends.
    pub prefixes: Vec<IpPrefix>,
}

impl Compliance {
    /// Returns whether the scope is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all entries as written, products by their names, in the order of [`Self::entry`].
    pub fn names(&self) -> Vec<String> {
        (0..self.len()).filter_map(|index| self.entry(index)).collect()
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.prefixes.len() + self.tags.len() + self.communities.len() + self.products.len()
    }

    /// Returns an entry as written, a product by its name. The index counts prefixes first, then tags, communities and
    /// products.
    pub fn entry(&self, index: usize) -> Option<String> {
        let prefixes = self.prefixes.iter().map(ToString::to_string);
        let communities = self.communities.iter().map(ToString::to_string);
        let products = self.products.iter().map(|product| product.name.to_owned());
        prefixes.chain(self.tags.iter().cloned()).chain(communities).chain(products).nth(index)
    }
}

/// The figures of a link in a scenario. Omitted figures are those in the network file, or defaults.
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
    pub action: EventAction,
    /// The place of the event in the file.
    pub span: Span,
}

/// The action of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventAction {
    /// A target fails, or is shut down.
    Down {
        /// The target.
        target: Target,
        /// The time until the failure is detected in nanoseconds; overrides the time of BFD or the hold timer.
        detection_ns: Option<u64>,
    },
    /// A target returns.
    Up {
        /// The target.
        target: Target,
    },
    /// BGP sessions are reset. Both ends know this immediately.
    Reset {
        /// The target.
        target: Target,
        /// The time for which the session is down, in nanoseconds.
        for_ns: u64,
    },
    /// Microsoft prepends on the primary connection, then on the secondary connection.
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
        /// The communities in the new route filter; empty if the filter is detached.
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
        /// The new value that the link adds to the internal metric.
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
        /// A circuit, a connection of a circuit, or an internet edge.
        at: Target,
        /// The new pool; empty if clients keep their own addresses.
        pool: Vec<IpPrefix>,
    },
}
