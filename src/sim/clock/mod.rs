//! Periods in each of which the network has one state, and the engines that make forwarding decisions in them.

pub(super) mod engines;
pub(super) mod state;
pub(super) mod timeline;

pub use state::Setting;
pub use timeline::{Setup, TimelineEvent};
