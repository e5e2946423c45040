//! Floor 7: replays captured flows through the network.
//!
//! There are two kinds of replay. **Counting** evaluates each flow once, against the network as written:
//!
//! ```text
//! FlowRecord ─▶ Placer (client or remote end, site, decision, facts) ─▶ Outcome (sums by key)
//! ```
//!
//! A flow is unidirectional here, and both directions of a conversation count towards the path from the client to the
//! remote end. Sums are exact: each grouping counts every packet in a flow table in exactly one row.
//!
//! **Simulating** sends each packet through a network that events change:
//!
//! ```text
//! scenario.yaml ─▶ Scenario ─▶ Timeline: epochs, each a State with its links and one Engine per site
//!                                 │
//! TimedPacket ─▶ Simulation ──────┴─▶ Conversation ─▶ Way (Route out and back, source) ─▶ Queue of each link
//!                                                                                            │
//!                 SimResult (timeline, links, fates, compliance; its sums checked) ◀── End ──┘
//! ```
//!
//! | type | content |
//! |---|---|
//! | [`Scenario`](scenario::Scenario) | events, scale, compression, compliance scope and critical traffic, as written |
//! | `Timeline`, `Epoch`, `State` | periods with one network, one set of dead links, one engine per site and per subnet with clients |
//! | `Router`, `Route`, `Way` | the links of a conversation in an epoch, out and back, its source after translation, its stateful device |
//! | `Company`, `Walk` | the links that the hops of a decision use: in the company's network, to Azure and inside it |
//! | [`Queue`], `Links` | rate, buffer and delay of each link in integers; forwarded, dropped and lost traffic by time bucket |
//! | `Scheduler`, `Shapers` | classes of a link: strict priority, weights, rates; the ends of transmissions are events |
//! | [`CriticalRow`], [`LinkClassRow`] | delay, jitter and loss of critical traffic with their verdict; waits by link and class |
//! | `Conversation`, [`Fate`] | both directions of a five-tuple, and its outcome: kept, moved, reset, black-holed, … |
//! | [`Tally`], [`End`] | every packet has one outcome; offered bytes equal the sum over outcomes, in each row, on each link and in total |
//! | [`Sweep`] | every single failure, applied to the flows of a capture by time bucket |
//! | [`Simulation`] | one variant; several replay the same packets side by side |
//!
//! A queue handles each packet in whole nanoseconds:
//!
//! ```
//! use peerpath::sim::{LinkFigures, Offer, Queue};
//!
//! let mut queue = Queue::new(LinkFigures { rate: Some(8_000_000), ..LinkFigures::default() });
//! // 1,000 bytes at 8 Mbps take a millisecond.
//! assert_eq!(queue.offer(0, 1_000), Offer::Taken { leaves_ns: 1_000_000, waited_ns: 0 });
//! ```

mod accounting;
mod clock;
mod counting;
mod error;
mod flight;
mod link;
mod paths;
mod percentiles;
mod queueing;
mod run;
pub mod scenario;
mod shapers;
mod sweep;
mod time_buckets;
mod volumes;

#[doc(hidden)]
pub use accounting::per_second;
pub use accounting::{
    BoundVerdict, ClassVolumes, ComplianceRow, CriticalRow, Fate, FateSum, FlowFate, LinkClassRow,
    LinkResult, Metered, PathLabel, ServiceSum, SimResult, TimelineRow,
};
pub use clock::{Setting, Setup, TimelineEvent};
pub use counting::{
    Facts, FlowPlace, FlowRow, GroupBy, LatencyRow, LatencySums, Outcome, OutcomeOptions, PathName, Placer,
    Totals, VantageEngines,
};
#[doc(hidden)]
pub use counting::{FactsId, Groups, PathId, Ranked, TimeRow};
pub use error::SimError;
#[doc(hidden)]
pub use link::Carried;
pub use link::Direction;
pub use paths::Unanswered;
pub use percentiles::Percentiles;
pub use queueing::LinkFigures;
#[doc(hidden)]
pub use queueing::{DEFAULT_BUFFER_MS, Offer, Queue};
pub use run::{SimOptions, Simulation};
pub use sweep::{LinkLoad, OutageResult, PathSum, Sweep, SweepResult, SweepVerdict, single_failures};
pub use volumes::{Count, End, Tally, Volume};
