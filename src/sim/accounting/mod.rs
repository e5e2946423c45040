//! The outcomes of packets and conversations, as sums that must agree.

pub(super) mod conversation;
pub(super) mod critical;
pub(super) mod distribution;
pub(super) mod fate;
pub(super) mod figures;
pub(super) mod link_classes;
pub(super) mod link_result;
pub(super) mod metering;
pub(super) mod result;
pub(super) mod scope;
pub(super) mod scopes;
pub(super) mod service;

pub use critical::{BoundVerdict, CriticalRow};
pub use fate::{Fate, FateSum, FlowFate, PathLabel};
pub use link_classes::{ClassVolumes, LinkClassRow};
pub use link_result::{LinkResult, per_second};
pub use metering::Metered;
pub use result::{ComplianceRow, SimResult, TimelineRow};
pub use service::ServiceSum;
