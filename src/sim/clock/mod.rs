//! Periods with one state of the network each, and the engines that decide in them.

pub(super) mod engines;
pub(super) mod state;
pub(super) mod timeline;

pub use state::Setting;
pub use timeline::{Happening, Setup};
