//! The facts for both address families.

use std::marker::PhantomData;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, PerFamily};
use crate::engine::RecordFacts;

/// The facts that one edition of the lists adds.
pub(super) struct OfLists {
    pub(super) v4: RecordFacts<Ipv4Addr>,
    pub(super) v6: RecordFacts<Ipv6Addr>,
}

impl OfLists {
    /// Returns the facts for an address family.
    pub(super) fn of_family<A: Address>(&self) -> &RecordFacts<A> {
        A::choose::<Facts<'_>>(&self.v4, &self.v6)
    }
}

struct Facts<'f>(PhantomData<&'f ()>);

impl<'f> PerFamily for Facts<'f> {
    type Of<A: Address> = &'f RecordFacts<A>;
}
