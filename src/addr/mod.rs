//! Floor 0: addresses, prefixes, ranges, exact counts and partitions of the address space.
//!
//! All other modules use these types. They are *canonical*: a [`Prefix`] has no host bits, a [`Partition`] has no
//! equal neighbours, and an [`AddressSet`] has only one form, so equal values mean equal sets. At the public
//! interfaces, [`IpPrefix`] converts from and to the types of the crate `ipnetwork`. No computation uses the types of
//! that crate, because they keep host bits and count addresses in too few bits.
//!
//! ```
//! use peerpath::addr::{Partition, Prefix};
//!
//! let routes = ["10.0.0.0/8", "10.1.0.0/16"].map(|text| text.parse::<Prefix<std::net::Ipv4Addr>>().unwrap());
//! let nearest = Partition::from_lpm(routes.map(|prefix| (prefix, prefix.length())), 0);
//! assert_eq!(*nearest.get("10.1.2.3".parse().unwrap()), 16);
//! assert_eq!(nearest.count_where(|length| *length == 8).to_string(), "16711680"); // 2^24 - 2^16
//! ```

mod address;
mod count;
mod flow_key;
mod ip_set;
mod mapped;
mod partition;
mod prefix;
mod range;
mod set;
pub mod special;

pub use address::{Address, EitherFamily, Family, PerFamily};
pub use count::AddressCount;
pub(crate) use count::grouped;
pub use flow_key::{FlowKey, Protocol};
pub use ip_set::IpSet;
pub use mapped::{EmbeddedV4, ListedPrefix};
pub use partition::Partition;
pub use prefix::{IpPrefix, Prefix, PrefixError};
pub use range::{AddressRange, IpRange};
pub use set::AddressSet;
