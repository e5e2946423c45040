//! Floor 2: BGP attributes and route selection: communities, routes, route maps, best path.
//!
//! ```text
//! routers' tables ─ import ─▶ Route + AttributeTable ─ RouteMap ─▶ candidates ─ DecisionProcess ─▶ Selection
//! ```
//!
//! Nothing here depends on Microsoft, a network file or a clock. The input consists of routes with their attributes.
//! The output is the selected route and the step that selected it.
//!
//! ```
//! use peerpath::rib::{AsPath, Attributes, DecisionProcess, DecisionStep};
//!
//! let route = |numbers: &[u32]| Attributes {
//!     as_path: AsPath::sequence(numbers.iter().copied()),
//!     ..Attributes::default()
//! };
//! let (circuit, provider) = (route(&[12076]), route(&[64500, 8075]));
//! let chosen = DecisionProcess::rfc4271().select(&[&provider, &circuit]).ok_or("no route")?;
//! assert_eq!((chosen.best, chosen.step), (1, DecisionStep::AsPathLength));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod as_path;
mod bestpath;
mod community;
mod community_set;
mod flow_hash;
pub mod import;
mod pattern;
mod prefix_list;
mod route;
mod route_map;
mod unknown_attributes;

pub use as_path::{AsPath, AsPathError, AsPathSegment, NeighborAs, is_private_autonomous_system};
pub use bestpath::{DecisionProcess, DecisionStep, Multipath, Selection};
pub use community::{Community, CommunityError};
pub use community_set::{Communities, LargeCommunity, LargeCommunityError};
pub use flow_hash::{flow_hash, flow_path};
pub use pattern::{AsPathPattern, AsPathPatternError, CommunityPattern, CommunityPatternError};
pub use prefix_list::{PrefixList, PrefixListEntry, PrefixListError};
pub use route::{AttributeTable, Attributes, AttributesId, Learned, Origin, OriginError, Route, SessionId};
pub use route_map::{Action, Clause, MapResult, Match, RouteMap, RouteMapError, Set};
pub use unknown_attributes::{Missing, Unsettled};
