//! Counts flows by path, service, destination and time, in the network as written.

pub(super) mod hash;
mod latency;
pub(super) mod outcome;
pub(super) mod pairs;
pub(super) mod place;
mod unevaluated_hops;
pub(super) mod vantage_engines;

pub use latency::{LatencyRow, LatencySums};
pub use outcome::{FlowRow, GroupBy, Groups, Outcome, OutcomeOptions, Ranked, TimeRow, Totals};
pub use place::{Facts, FactsId, FlowPlace, PathId, PathName, Placer};
pub use vantage_engines::VantageEngines;
