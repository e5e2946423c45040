//! The own ranges of a vantage point, which overlay the part that it has in common with others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

use crate::addr::Partition;
use crate::engine::decision::DecisionId;

/// Own ranges, for both families.
#[derive(Debug)]
pub(super) struct Over {
    v4: OfFamily<Ipv4Addr>,
    v6: OfFamily<Ipv6Addr>,
}

#[derive(Debug)]
struct OfFamily<A> {
    /// `None` where the common part applies.
    own: Partition<A, Option<DecisionId>>,
    /// Both combined, created on first use.
    whole: OnceLock<Partition<A, DecisionId>>,
}

impl Over {
    pub(super) fn new(
        v4: Partition<Ipv4Addr, Option<DecisionId>>,
        v6: Partition<Ipv6Addr, Option<DecisionId>>,
    ) -> Self {
        Self {
            v4: OfFamily { own: v4, whole: OnceLock::new() },
            v6: OfFamily { own: v6, whole: OnceLock::new() },
        }
    }

    /// Returns its own decision about an address.
    pub(super) fn get(&self, address: IpAddr) -> Option<DecisionId> {
        match address {
            IpAddr::V4(address) => *self.v4.own.get(address),
            IpAddr::V6(address) => *self.v6.own.get(address),
        }
    }

    pub(super) fn own4(&self) -> &Partition<Ipv4Addr, Option<DecisionId>> {
        &self.v4.own
    }

    pub(super) fn own6(&self) -> &Partition<Ipv6Addr, Option<DecisionId>> {
        &self.v6.own
    }

    /// Returns the whole space, with `common` as the shared part.
    pub(super) fn whole4(
        &self,
        common: &Partition<Ipv4Addr, DecisionId>,
    ) -> &Partition<Ipv4Addr, DecisionId> {
        self.v4.whole.get_or_init(|| common.overlaid(&self.v4.own, |_, own| *own))
    }

    /// As [`Self::whole4`], for IPv6.
    pub(super) fn whole6(
        &self,
        common: &Partition<Ipv6Addr, DecisionId>,
    ) -> &Partition<Ipv6Addr, DecisionId> {
        self.v6.whole.get_or_init(|| common.overlaid(&self.v6.own, |_, own| *own))
    }
}
