//! Floor 7: captured flows through the network.
//!
//! ```text
//! FlowRecord ─▶ Placer (client or remote end, site, decision, facts) ─▶ Outcome (sums by key)
//! ```
//!
//! A flow is one-way; both directions of a conversation count to the path from the client to the
//! remote end. Sums are exact: every packet of a flow table is in exactly one row of each grouping.

mod error;
mod ledger;
mod link;
mod outcome;
pub mod scenario;
mod state;
mod timeline;
mod place;

pub use outcome::{FlowRow, GroupBy, Groups, Outcome, OutcomeOptions, TimeRow, Totals};
pub use place::{Facts, FactsId, PathId, PathName, Place, Placer};
