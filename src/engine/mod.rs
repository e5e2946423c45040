//! Floor 5: lists and network to decisions.
//!
//! ```text
//! Catalog ─────────────────────────────────────▶ eligibility ─┐
//! Network, LinkState, RouteTables ─▶ sessions ─▶ import policy │
//!     ─▶ best path per prefix ─▶ longest-prefix match ─────────┴─▶ Partition<DecisionId> ─▶ CompiledFib  (Engine)
//! ```
//!
//! Two answers, never mixed: the *network path* ([`Decision`]) follows from routes alone; *documented
//! support* ([`Support`]) is what Microsoft's documents say about the endpoint.

mod advertised;
mod best;
mod compile;
mod deciding;
mod decision;
mod edge;
mod eligibility;
mod explain;
mod failure;
mod family;
mod gateway;
mod hearing;
mod inputs;
mod limits;
mod links;
mod orientation;
mod policy;
mod return_path;
mod return_reason;
mod return_to_subnet;
mod returns;
mod routes;
mod select;
mod service;
mod session;
mod subnet;
mod subnet_partition;
mod subnet_routes;
mod support;
mod tables;
mod vantage;

pub use compile::Engine;
pub use deciding::{AzureRule, Deciding};
pub use decision::{Carrier, Decision, DecisionId, Disposition, Reason, Why};
pub use eligibility::eligibility;
pub use explain::{
    AbsentRoute, Candidate, Explanation, Standing, explain, explain_at, explain_eligibility,
    explain_from_subnet,
};
pub use failure::Failure;
pub use inputs::{CompileError, Inputs};
pub use limits::{Exceeded, Limit};
pub use links::{Link, LinkState};
pub use orientation::{Conversation, Orientation, OrientationRule, orient};
pub use return_path::{ReturnDestination, ReturnPath, SourceReturn, return_path};
pub use return_reason::{ReturnReason, ReturnVerdict};
pub use returns::ReturnVerdicts;
pub use routes::{Absence, Denial, Doubt, Origin};
pub use service::service_name;
pub use session::{DownReason, Session, SessionKind, SessionState};
pub use support::{RULES, Support, SupportNote, SupportRule, SupportRuleVerdict, SupportVerdict, support};
pub use tables::{RouteTable, RouteTables};
pub use vantage::Vantage;
