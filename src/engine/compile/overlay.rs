//! The ranges that are specific to a vantage point. They overlay the part that it has in common with others.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

use crate::addr::{Address, Partition, PerFamily};
use crate::engine::decision::DecisionId;

/// The vantage point's own ranges, for both families.
#[derive(Debug)]
pub(super) struct Over {
    v4: OfFamily<Ipv4Addr>,
    v6: OfFamily<Ipv6Addr>,
}

#[derive(Debug)]
struct OfFamily<A> {
    /// `None` where the common part applies.
    own: Partition<A, Option<DecisionId>>,
    /// The own ranges combined with the common part, created on first use.
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

    /// Returns the vantage point's own decision about an address; `None` where the common part applies.
    pub(super) fn get(&self, address: IpAddr) -> Option<DecisionId> {
        match address {
            IpAddr::V4(address) => *self.v4.own.get(address),
            IpAddr::V6(address) => *self.v6.own.get(address),
        }
    }

    pub(super) fn own<A: Address>(&self) -> &Partition<A, Option<DecisionId>> {
        &self.of_family().own
    }

    /// Returns the whole space, with `common` as the shared part.
    pub(super) fn whole<'o, A: Address>(
        &'o self,
        common: &Partition<A, DecisionId>,
    ) -> &'o Partition<A, DecisionId> {
        let OfFamily { own, whole } = self.of_family();
        whole.get_or_init(|| common.overlaid(own, |_, own| *own))
    }

    fn of_family<A: Address>(&self) -> &OfFamily<A> {
        A::choose::<Both<'_>>(&self.v4, &self.v6)
    }
}

struct Both<'o>(PhantomData<&'o ()>);

impl<'o> PerFamily for Both<'o> {
    type Of<A: Address> = &'o OfFamily<A>;
}
