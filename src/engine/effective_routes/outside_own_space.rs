//! The routes of a subnet that affect addresses outside of its own virtual network. Most spokes of a hub share these
//! routes.

use std::net::IpAddr;

use crate::addr::{IpPrefix, IpSet};
use crate::diag::Span;
use crate::engine::decision::Reason;

use crate::engine::effective_routes::selection::{NextHopType, SubnetRoute};
use crate::engine::effective_routes::{Subnet, Wanted};

/// The routes that affect addresses outside of the virtual network, in the order in which [`Subnet`] returns them. They
/// are reduced to the properties on which decisions depend.
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
    /// Returns the address space of the subnet's virtual network.
    pub(in crate::engine) fn space(&self) -> IpSet {
        IpSet::from_prefixes(self.own.prefixes.iter().map(|prefix| prefix.value))
    }

    /// Returns the subnet's routes to prefixes for which `wanted` is true. Routes within the virtual network's address
    /// space are omitted, because they do not affect addresses outside of it.
    pub(in crate::engine) fn outward(&self, wanted: Wanted<'_>) -> OutwardRoutes {
        let is_outside = |route: &SubnetRoute| !self.includes(route.prefix);
        let of = |routes: Vec<SubnetRoute>| routes.into_iter().filter(is_outside).map(SubnetRoute::deciding);
        OutwardRoutes {
            routes: of(self.routes(wanted)).collect(),
            tunnels: of(self.tunnel_routes(wanted)).collect(),
        }
    }

    /// Returns whether a prefix overlaps the address space of the virtual network.
    pub(in crate::engine) fn is_near(&self, prefix: IpPrefix) -> bool {
        self.own.prefixes.iter().any(|own| own.value.covers(prefix) || prefix.covers(own.value))
    }
}

impl SubnetRoute {
    /// Returns the route, reduced to the properties on which decisions depend.
    fn deciding(self) -> Self {
        // Where no tunnel route applies, the decision refers to the position of the route itself.
        let span = if self.way == NextHopType::Gateway { self.span } else { Span::default() };
        Self { attributes: None, span, ..self }
    }
}
