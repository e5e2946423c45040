//! Sites with their edges, the servers that they publish, and the links between them.

mod nat64;
mod proxy;
mod published;
mod selector;
mod site;
mod wan;

pub(in crate::network) use nat64::NAT64_LENGTHS;
pub use nat64::{Nat64, Translated};
pub use proxy::{Proxy, ProxyPath};
pub use published::Published;
pub use selector::{DenyRule, Selector};
pub use site::{Attachment, DefaultRoute, InternetEdge, Site, StaticRoute, StaticVia, Underlay, Vpn};
pub(crate) use wan::at_sites;
pub use wan::{Announces, WanLink};
