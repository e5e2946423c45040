//! Both address families alike: what is written once for `Ipv4Addr` and `Ipv6Addr`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::special::{self, SpecialBlock};
use crate::addr::{Address, AddressSet, IpPrefix, IpSet, Partition, Prefix};
use crate::catalog::RecordId;
use crate::fib::NodeId;

/// Which half of [`IpPrefix`] a family is.
pub(in crate::engine) trait FamilyParts: Address + Into<IpAddr> {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>>;
    fn wrap(prefix: Prefix<Self>) -> IpPrefix;
    /// The list record of a node of the family's cover table.
    fn record(node: NodeId) -> RecordId;
    /// What a set has of the family.
    fn part(set: &IpSet) -> &AddressSet<Self>;
}

impl FamilyParts for Ipv4Addr {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>> {
        match prefix {
            IpPrefix::V4(prefix) => Some(prefix),
            IpPrefix::V6(_) => None,
        }
    }
    fn wrap(prefix: Prefix<Self>) -> IpPrefix {
        IpPrefix::V4(prefix)
    }
    fn record(node: NodeId) -> RecordId {
        RecordId::v4(node)
    }
    fn part(set: &IpSet) -> &AddressSet<Self> {
        &set.v4
    }
}

impl FamilyParts for Ipv6Addr {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>> {
        match prefix {
            IpPrefix::V4(_) => None,
            IpPrefix::V6(prefix) => Some(prefix),
        }
    }
    fn wrap(prefix: Prefix<Self>) -> IpPrefix {
        IpPrefix::V6(prefix)
    }
    fn record(node: NodeId) -> RecordId {
        RecordId::v6(node)
    }
    fn part(set: &IpSet) -> &AddressSet<Self> {
        &set.v6
    }
}

/// The special-purpose blocks of a family as a function; the index is for [`block_at`].
pub(super) fn blocks<A: FamilyParts>() -> Partition<A, Option<usize>> {
    let routes = special::blocks()
        .iter()
        .enumerate()
        .filter_map(|(index, block)| Some((A::of(block.prefix)?, Some(index))));
    Partition::from_lpm(routes, None)
}

/// The block of an index of [`blocks`].
pub(super) fn block_at(index: usize) -> Option<&'static SpecialBlock> {
    special::blocks().get(index)
}
