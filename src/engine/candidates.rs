//! Every route that a site's edge has, before any of them is chosen.

use crate::addr::IpPrefix;
use crate::catalog::{Catalog, Evidence};
use crate::diag::Span;
use crate::network::reach::{Reach, Receives, UnknownReach, requires_premium};
use crate::network::{Circuit, CircuitId, Network, SiteId, Sku, VirtualNetworkId};
use crate::rib::Community;

/// A route that takes part in longest-prefix match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it leads.
    pub prefix: IpPrefix,
    /// Where it comes from.
    pub origin: Origin,
    /// Where the network file says so.
    pub span: Span,
}

/// Where a route comes from. Of routes with the same prefix the earlier kind wins; of the same kind,
/// exported wins over derived, and all circuits that tie carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The site's own prefixes, or another site's.
    Site(SiteId),
    /// A virtual network's prefix on private peering.
    VirtualNetwork(VirtualNetworkId, CircuitId),
    /// A prefix of a community of the route filter on Microsoft peering.
    Microsoft(Evidence, Community, CircuitId),
    /// The same, but it cannot be told whether it is really advertised.
    Doubtful(Doubt, Community, CircuitId),
    /// The default route of the internet edge.
    Default,
}

/// Why it cannot be told whether a route is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The sources conflict about whether the community carries the prefix.
    Conflict,
    /// No document tells whether the SKU reaches the community's region.
    Reach,
}

/// A community that carries an address but brings no route, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The circuit has no Microsoft peering.
    NoMicrosoftPeering,
    /// The Microsoft peering has no route filter: nothing is advertised.
    NoRouteFilter,
    /// The route filter does not hold the community.
    NotInFilter {
        /// Where the filter stands.
        span: Span,
    },
    /// The SKU does not reach the community's region from this peering location.
    OutOfReach {
        /// Where the SKU stands.
        span: Span,
    },
    /// Microsoft 365 is offered on Premium circuits only.
    NeedsPremium {
        /// Where the SKU stands.
        span: Span,
    },
}

/// All candidates of a site: its own and other sites' prefixes, its circuits' routes, its default route.
pub fn candidates(network: &Network, catalog: &Catalog, site: SiteId) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (id, other) in network.sites_with_ids() {
        all.extend(other.prefixes.iter().map(|prefix| Candidate {
            prefix: prefix.value,
            origin: Origin::Site(id),
            span: prefix.span,
        }));
    }
    let Some(here) = network.site(site) else { return all };
    for id in &here.circuits {
        if let Some(circuit) = network.circuit(*id) {
            private_peering(network, *id, circuit, &mut all);
            Advertiser::new(catalog, *id, circuit).routes(&mut all);
        }
    }
    if let Some(edge) = &here.internet {
        for prefix in edge.default_route.prefixes() {
            all.push(Candidate { prefix, origin: Origin::Default, span: edge.span });
        }
    }
    all
}

/// What Microsoft advertises on a circuit: route filter, cut by what the SKU reaches.
///
/// Source: Microsoft, ExpressRoute routing requirements and FAQ: nothing without a filter; Local,
/// Standard and Premium reach; "Microsoft 365 services require premium add-on".
pub(super) struct Advertiser<'a> {
    id: CircuitId,
    circuit: &'a Circuit,
    catalog: &'a Catalog,
    reach: Option<Reach>,
}

impl<'a> Advertiser<'a> {
    pub(super) fn new(catalog: &'a Catalog, id: CircuitId, circuit: &'a Circuit) -> Self {
        // A damaged shipped table leaves the reach unknown; loading the catalog has refused it before.
        Self { id, circuit, catalog, reach: Reach::of(circuit, catalog.cloud()).ok() }
    }

    /// Why `community` brings no route, or `None` where it does or may.
    pub(super) fn absence(&self, community: Community) -> Option<Absence> {
        let Some(peering) = &self.circuit.microsoft_peering else { return Some(Absence::NoMicrosoftPeering) };
        let Some(filter) = &peering.route_filter else { return Some(Absence::NoRouteFilter) };
        if !filter.communities.iter().any(|entry| entry.value == community) {
            return Some(Absence::NotInFilter { span: filter.span });
        }
        let span = self.circuit.sku.span;
        let known = self.catalog.community(community)?;
        if requires_premium(known) && self.circuit.sku.value != Sku::Premium {
            return Some(Absence::NeedsPremium { span });
        }
        (self.receives(community) == Receives::No).then_some(Absence::OutOfReach { span })
    }

    fn receives(&self, community: Community) -> Receives {
        match (&self.reach, self.catalog.community(community)) {
            (Some(reach), Some(known)) => reach.receives(known),
            _ => Receives::Unknown(UnknownReach::Community { community }),
        }
    }

    fn routes(&self, all: &mut Vec<Candidate>) {
        let filter =
            self.circuit.microsoft_peering.as_ref().and_then(|peering| peering.route_filter.as_ref());
        for entry in filter.iter().flat_map(|filter| &filter.communities) {
            let community = entry.value;
            if self.absence(community).is_some() {
                continue;
            }
            let reached = self.receives(community) == Receives::Yes;
            all.extend(self.catalog.routes(community).iter().map(|route| {
                let origin = match route.evidence {
                    _ if !reached => Origin::Doubtful(Doubt::Reach, community, self.id),
                    Evidence::Ambiguous => Origin::Doubtful(Doubt::Conflict, community, self.id),
                    evidence => Origin::Microsoft(evidence, community, self.id),
                };
                Candidate { prefix: route.prefix, origin, span: entry.span }
            }));
        }
    }
}

fn private_peering(network: &Network, id: CircuitId, circuit: &Circuit, all: &mut Vec<Candidate>) {
    let Some(peering) = &circuit.private_peering else { return };
    for network_id in &peering.virtual_networks {
        let Some(virtual_network) = network.virtual_network(*network_id) else { continue };
        all.extend(virtual_network.prefixes.iter().map(|prefix| Candidate {
            prefix: prefix.value,
            origin: Origin::VirtualNetwork(*network_id, id),
            span: prefix.span,
        }));
    }
}
