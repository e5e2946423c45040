//! The routes of a subnet that matter outside of the address space of its own virtual network. Most spokes of a
//! hub share them.

use std::net::IpAddr;

use crate::addr::{IpPrefix, IpSet};
use crate::diag::Span;
use crate::engine::decision::Reason;

use crate::engine::effective_routes::selection::{SubnetRoute, Way};
use crate::engine::effective_routes::{Subnet, Wanted};

/// The routes that matter outside of the address space of the virtual network, reduced to what decisions depend
/// on, in the order in which [`Subnet`] returns them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct OutwardRoutes {
    pub(in crate::engine) routes: Vec<SubnetRoute>,
    pub(in crate::engine) tunnels: Vec<SubnetRoute>,
}

impl OutwardRoutes {
    /// Returns the next hops of user routes, ascending.
    pub(in crate::engine) fn next_hops(&self) -> Vec<IpAddr> {
        let next_hop = |route: &SubnetRoute| match route.reason {
            Reason::Appliance { address, .. } => Some(address),
            _ => None,
        };
        let mut all: Vec<IpAddr> = self.routes.iter().filter_map(next_hop).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Subnet<'_> {
    /// Returns the address space of its virtual network.
    pub(in crate::engine) fn space(&self) -> IpSet {
        IpSet::from_prefixes(self.own.prefixes.iter().map(|prefix| prefix.value))
    }

    /// Returns its routes to prefixes for which `wanted` is true, except those within that address space, which
    /// change nothing outside of it.
    pub(in crate::engine) fn outward(&self, wanted: Wanted<'_>) -> OutwardRoutes {
        let is_outside = |route: &SubnetRoute| !self.includes(route.prefix);
        let of = |routes: Vec<SubnetRoute>| routes.into_iter().filter(is_outside).map(SubnetRoute::deciding);
        OutwardRoutes {
            routes: of(self.routes(wanted)).collect(),
            tunnels: of(self.tunnel_routes(wanted)).collect(),
        }
    }

    /// Returns whether a prefix has addresses in common with the address space of the virtual network.
    pub(in crate::engine) fn is_near(&self, prefix: IpPrefix) -> bool {
        self.own.prefixes.iter().any(|own| own.value.covers(prefix) || prefix.covers(own.value))
    }
}

impl SubnetRoute {
    /// Returns the route reduced to what decisions depend on.
    fn deciding(self) -> Self {
        // Where no tunnel route applies, the decision refers to the position of the route itself.
        let span = if self.way == Way::Gateway { self.span } else { Span::default() };
        Self { attributes: None, span, ..self }
    }
}
