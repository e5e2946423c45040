//! Floor 5: lists and network to decisions.
//!
//! ```text
//! Catalog ──────────────▶ eligibility ─┐
//! Network ─▶ candidates ─▶ select ─────┴─▶ Partition<DecisionId> ─▶ CompiledFib     (Engine)
//! ```
//!
//! Two answers, never mixed: the *network path* ([`Decision`]) follows from routes alone; *documented
//! support* ([`Support`]) is what Microsoft's documents say about the endpoint.

mod candidates;
mod compile;
mod decision;
mod eligibility;
mod explain;
mod orientation;
mod select;
mod service;
mod support;

pub use candidates::{Absence, Candidate, Doubt, Origin, candidates};
pub use compile::Engine;
pub use decision::{Decision, DecisionId, Disposition, Reason};
pub use eligibility::eligibility;
pub use explain::{AbsentRoute, Explanation, explain};
pub use orientation::{Conversation, Orientation, OrientationRule, orient};
pub use service::service_name;
pub use support::{RULES, Support, SupportNote, SupportRule, SupportRuleVerdict, SupportVerdict, support};
