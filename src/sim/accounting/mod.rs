//! The outcomes of packets and conversations, as sums that must agree.

pub(super) mod conversation;
pub(super) mod fate;
pub(super) mod figures;
pub(super) mod metering;
pub(super) mod result;
pub(super) mod scope;
pub(super) mod service;

pub use fate::{Fate, FateSum, FlowFate, PathLabel};
pub use metering::Metered;
pub use result::{ComplianceRow, LinkResult, SimResult, TimelineRow, per_second};
pub use service::ServiceSum;
