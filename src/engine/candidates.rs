//! Every route that a site's edge has, before any of them is chosen.

use crate::addr::IpPrefix;
use crate::catalog::{Catalog, Evidence};
use crate::diag::Span;
use crate::network::{Circuit, CircuitId, Network, SiteId, VirtualNetworkId};
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
    /// The default route of the internet edge.
    Default,
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
            microsoft_peering(catalog, *id, circuit, &mut all);
        }
    }
    if let Some(edge) = &here.internet {
        for prefix in edge.default_route.prefixes() {
            all.push(Candidate { prefix, origin: Origin::Default, span: edge.span });
        }
    }
    all
}

/// Why `community` brings no route over `circuit`, or `None` where it does.
pub fn absence(catalog: &Catalog, circuit: &Circuit, community: Community) -> Option<Absence> {
    let Some(peering) = &circuit.microsoft_peering else { return Some(Absence::NoMicrosoftPeering) };
    let Some(filter) = &peering.route_filter else { return Some(Absence::NoRouteFilter) };
    if !filter.communities.iter().any(|entry| entry.value == community) {
        return Some(Absence::NotInFilter { span: filter.span });
    }
    (!circuit.reaches(catalog, community)).then_some(Absence::OutOfReach { span: circuit.sku.span })
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

fn microsoft_peering(catalog: &Catalog, id: CircuitId, circuit: &Circuit, all: &mut Vec<Candidate>) {
    let filter = circuit.microsoft_peering.as_ref().and_then(|peering| peering.route_filter.as_ref());
    for entry in filter.iter().flat_map(|filter| &filter.communities) {
        if absence(catalog, circuit, entry.value).is_some() {
            continue;
        }
        all.extend(catalog.routes(entry.value).iter().map(|route| Candidate {
            prefix: route.prefix,
            origin: Origin::Microsoft(route.evidence, entry.value, id),
            span: entry.span,
        }));
    }
}
