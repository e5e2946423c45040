//! Sites with their edges, the servers that they publish, and the links between them.

mod published;
mod site;
mod translation;
mod wan;

pub use published::Published;
pub use site::{Attachment, DefaultRoute, InternetEdge, Site, StaticRoute, StaticVia, Underlay, Vpn};
pub(in crate::network) use translation::NAT64_LENGTHS;
pub use translation::{Nat64, Translated};
pub(crate) use wan::at_sites;
pub use wan::{Announces, WanLink};
