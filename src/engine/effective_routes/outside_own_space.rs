//! What the routes of a subnet come to outside of the address space of its own virtual network: most spokes of a hub have
//! the same there.

use std::net::IpAddr;

use crate::addr::{IpPrefix, IpSet};
use crate::diag::Span;
use crate::engine::decision::Reason;

use crate::engine::effective_routes::selection::{SubnetRoute, Way};
use crate::engine::effective_routes::{Subnet, Wanted};

/// The routes that count outside of the address space of the virtual network, as far as decisions follow from them: in
/// the order in which [`Subnet`] tells them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct OutwardRoutes {
    pub(in crate::engine) routes: Vec<SubnetRoute>,
    pub(in crate::engine) tunnels: Vec<SubnetRoute>,
}

impl OutwardRoutes {
    /// The next hops of the user's own, ascending.
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
    /// The address space of its virtual network.
    pub(in crate::engine) fn space(&self) -> IpSet {
        IpSet::from_prefixes(self.own.prefixes.iter().map(|prefix| prefix.value))
    }

    /// Its routes to prefixes for which `wanted` holds, but for those that lie in that space alone: these change nothing
    /// outside of it.
    pub(in crate::engine) fn outward(&self, wanted: Wanted<'_>) -> OutwardRoutes {
        let is_outside = |route: &SubnetRoute| !self.includes(route.prefix);
        let of = |routes: Vec<SubnetRoute>| routes.into_iter().filter(is_outside).map(SubnetRoute::deciding);
        OutwardRoutes {
            routes: of(self.routes(wanted)).collect(),
            tunnels: of(self.tunnel_routes(wanted)).collect(),
        }
    }

    /// Whether a prefix has addresses in common with the address space of the virtual network.
    pub(in crate::engine) fn is_near(&self, prefix: IpPrefix) -> bool {
        self.own.prefixes.iter().any(|own| own.value.covers(prefix) || prefix.covers(own.value))
    }
}

impl SubnetRoute {
    /// The route without what no decision follows from.
    fn deciding(self) -> Self {
        // Where no tunnel leads on, the decision names the place of the route itself.
        let span = if self.way == Way::Gateway { self.span } else { Span::default() };
        Self { attributes: None, span, ..self }
    }
}
