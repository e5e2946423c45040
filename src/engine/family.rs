//! What compiling needs of every vantage point: decisions by small ids, and both families alike.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::special::{self, SpecialBlock};
use crate::addr::{Address, IpPrefix, Partition, Prefix};
use crate::catalog::RecordId;
use crate::fib::NodeId;

use super::decision::{Decision, DecisionId};

/// Gives equal decisions equal ids.
#[derive(Default)]
pub(super) struct Interner {
    pub(super) decisions: Vec<Decision>,
    ids: HashMap<Decision, DecisionId, foldhash::fast::FixedState>,
}

impl Interner {
    pub(super) fn intern(&mut self, decision: Decision) -> DecisionId {
        if let Some(id) = self.ids.get(&decision) {
            return *id;
        }
        let id = self.push(decision.clone());
        self.ids.insert(decision, id);
        id
    }

    /// As [`Self::intern`], for a decision that is known to be new.
    pub(super) fn push(&mut self, decision: Decision) -> DecisionId {
        let id = DecisionId(u32::try_from(self.decisions.len()).unwrap_or(u32::MAX - 1));
        self.decisions.push(decision);
        id
    }

    pub(super) fn get(&self, id: DecisionId) -> Option<&Decision> {
        usize::try_from(id.0).ok().and_then(|index| self.decisions.get(index))
    }
}

/// Which half of [`IpPrefix`] a family is.
pub(super) trait FamilyParts: Address + Into<IpAddr> {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>>;
    fn wrap(prefix: Prefix<Self>) -> IpPrefix;
    /// The list record of a node of the family's cover table.
    fn record(node: NodeId) -> RecordId;
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
