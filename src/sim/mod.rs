//! Floor 7: captured flows through the network.
//!
//! Two ways to replay. **Counting** decides each flow once, against the network as it is written:
//!
//! ```text
//! FlowRecord ─▶ Placer (client or remote end, site, decision, facts) ─▶ Outcome (sums by key)
//! ```
//!
//! A flow is one-way there; both directions of a conversation count to the path from the client to the
//! remote end. Sums are exact: every packet of a flow table is in exactly one row of each grouping.
//!
//! **Simulating** sends each packet through a network in which things happen:
//!
//! ```text
//! scenario.yaml ─▶ Scenario ─▶ Timeline: epochs, each a State with its links and one Engine per site
//!                                 │
//! TimedPacket ─▶ Simulation ──────┴─▶ Conversation ─▶ Way (Route out and back, source) ─▶ Queue of each link
//!                                                                                            │
//!                 SimResult (timeline, links, fates, compliance; its sums checked) ◀── End ──┘
//! ```
//!
//! | type | what |
//! |---|---|
//! | [`Scenario`](scenario::Scenario) | events, scale, compression, compliance scope: what was written |
//! | `Timeline`, `Epoch`, `State` | stretches of time with one network, one set of dead wires and one engine per site, and per subnet with clients; compiled before the first packet |
//! | `Router`, `Route`, `Way` | which links a conversation passes in an epoch, out and back, its source after translation, its stateful device |
//! | `Company`, `Walk` | which links the hops of a decision pass: over the company's network, to Azure and inside it |
//! | [`Queue`], `Links` | rate, buffer and delay of each link in integers; what it carried, dropped and lost, by buckets of time |
//! | `Conversation`, [`Fate`] | both directions of a five-tuple: kept, moved, reset, black-holed, … |
//! | [`Tally`], [`End`] | every packet has one end; bytes in are bytes by end, in each row, each link and in all |
//! | [`Sweep`] | every failure, one by one, over the flows of a capture by bucket of time |
//! | [`Simulation`] | one variant; several take the same packets side by side |

mod answers;
mod buckets;
mod company;
mod engines;
mod equal_cost;
mod error;
mod fate;
mod figures;
mod from_subnet;
mod hash;
mod ledger;
mod link;
mod outcome;
mod pairs;
mod passed;
mod place;
mod result;
mod route;
mod run;
pub mod scenario;
mod scope;
mod service;
mod state;
mod sweep;
mod timeline;
mod vantage_engines;
mod walk;

pub use answers::Unanswered;
pub use error::SimError;
pub use fate::{Fate, FateSum, FlowFate, PathLabel};
pub use ledger::{Count, End, Tally, Volume};
pub use link::{Carried, DEFAULT_BUFFER_MS, Direction, LinkFigures, Offer, Queue};
pub use outcome::{FlowRow, GroupBy, Groups, Outcome, OutcomeOptions, Ranked, TimeRow, Totals};
pub use place::{Facts, FactsId, PathId, PathName, Place, Placer};
pub use result::{ComplianceRow, LinkResult, SimResult, TimelineRow, per_second};
pub use run::{SimOptions, Simulation};
pub use service::ServiceSum;
pub use state::Setting;
pub use sweep::{LinkLoad, OutageResult, PathSum, Sweep, SweepResult, SweepVerdict};
pub use timeline::{Happening, Setup};
pub use vantage_engines::VantageEngines;
