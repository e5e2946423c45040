//! Floor 3: Microsoft's ranges.

pub mod import;
mod model;
pub mod snapshot;

pub use model::*;
