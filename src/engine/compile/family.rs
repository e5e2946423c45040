//! Lets code be written once for both address families, `Ipv4Addr` and `Ipv6Addr`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::special::{self, SpecialBlock};
use crate::addr::{Address, AddressSet, IpPrefix, IpSet, Partition, Prefix};
use crate::catalog::RecordId;
use crate::fib::NodeId;

/// The half of [`IpPrefix`] that belongs to a family.
pub(in crate::engine) trait FamilyParts: Address + Into<IpAddr> {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>>;
    fn wrap(prefix: Prefix<Self>) -> IpPrefix;
    /// Returns the list record of a node of the family's cover table.
    fn record(node: NodeId) -> RecordId;
    /// Returns the part of a set that belongs to the family.
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

/// Returns the special-purpose blocks of a family as a function of the address. The index is for [`block_at`].
pub(super) fn blocks<A: FamilyParts>() -> Partition<A, Option<usize>> {
    let routes = special::blocks()
        .iter()
        .enumerate()
        .filter_map(|(index, block)| Some((A::of(block.prefix)?, Some(index))));
    Partition::from_lpm(routes, None)
}

/// Returns the block with an index of [`blocks`].
pub(super) fn block_at(index: usize) -> Option<&'static SpecialBlock> {
    special::blocks().get(index)
}
