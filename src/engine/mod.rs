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
mod continuity;
mod continuity_reason;
mod deciding;
mod decision;
mod detection;
mod edge;
mod eligibility;
mod explain;
mod family;
mod far_end;
mod gateway;
mod hearing;
mod inbound;
mod inbound_reason;
mod inputs;
mod limits;
mod links;
mod orientation;
mod outage;
mod policy;
pub mod ports;
mod record_facts;
mod reserved;
mod return_destination;
mod return_from_network;
mod return_parts;
mod return_path;
mod return_reason;
mod return_remedy;
mod return_to_subnet;
mod returns;
mod road;
mod routes;
mod select;
mod service;
mod session;
mod statements;
mod subnet;
mod subnet_partition;
mod subnet_routes;
mod support;
mod tables;
mod threads;
mod vantage;
mod worlds;

pub use compile::Engine;
pub use continuity::{Departure, Departures, continuities, continuity};
pub use continuity_reason::{Continuity, ContinuityReason};
pub use deciding::{AzureRule, Deciding};
pub use decision::{Carrier, Decision, DecisionId, Disposition, Reason, Why};
pub use detection::{
    BFD_INTERVAL, BFD_MULTIPLIER, DetectedBy, Detection, Failure, GATEWAY_CONVERGENCE, HOLD_TIME,
    LEAST_HOLD_TIME, detection, hold_time,
};
pub use eligibility::eligibility;
pub use explain::{
    AbsentRoute, Candidate, Explanation, Standing, explain, explain_at, explain_eligibility,
    explain_from_subnet,
};
pub use far_end::{FarEnd, FarEnds};
pub use inbound::{Arrival, Inbound, InboundError, WayIn, inbound};
pub use inbound_reason::InboundReason;
pub use inputs::{CompileError, Inputs};
pub use limits::{Exceeded, Limit};
pub use links::{Link, LinkState};
pub use orientation::{Conversation, Orientation, OrientationRule, orient};
pub use outage::Outage;
pub(crate) use record_facts::{RecordFact, RecordFacts, RecordSayings};
pub use reserved::Reserved;
pub use return_destination::{ReturnDestination, ReturnJudge, return_at};
pub use return_path::{ReturnPath, SourceReturn};
pub use return_reason::{ReturnReason, ReturnVerdict};
pub use returns::ReturnVerdicts;
pub use road::Tunnel;
pub use routes::{Absence, Denial, Doubt, Origin};
pub use service::service_name;
pub use session::{DownReason, Session, SessionKind, SessionState};
pub use support::{
    Ignored, RULES, Support, SupportNote, SupportRule, SupportRuleVerdict, SupportVerdict, support,
    support_at, support_of_host,
};
pub use tables::{RouteTable, RouteTables};
pub(crate) use threads::{both, side_by_side};
pub use vantage::Vantage;
