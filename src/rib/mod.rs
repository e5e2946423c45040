//! Floor 2: what BGP carries: communities, and later routes, policies and best path.

mod community;

pub use community::{Community, CommunityError};
