//! The routes that hubs announce to sites over circuits and tunnels, and the hub through which a site's packets
//! enter from a circuit.

use std::collections::{BTreeMap, BTreeSet};

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::{CircuitId, HubTableId, Network, SiteId, VirtualHub, VirtualHubId};
use crate::rib::Community;

use super::choice::{Known, choose};
use super::{Entry, Origin, Route, inspects, longest};

/// The ASN of a hub's gateways (Microsoft, *Virtual WAN FAQ*).
const GATEWAY: u32 = 65_515;

/// The ASN that hubs prepend twice to routes that they advertise to each other (Microsoft, *virtual hub routing
/// preference*).
const BETWEEN_HUBS: u32 = 65_520;

/// Microsoft's ASN.
const MICROSOFT: u32 = Community::MICROSOFT as u32;

/// A prefix that a hub announces to sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Announced {
    pub(in crate::engine) prefix: IpPrefix,
    /// The hub. If several hubs announce the prefix on one circuit, the first hub with the shortest path.
    pub(in crate::engine) hub: VirtualHubId,
    /// Every hub that announces the prefix with the shortest path.
    hubs: Vec<VirtualHubId>,
    /// The AS path as a site sees it.
    pub(in crate::engine) path: Vec<u32>,
    /// The length of the path at Microsoft's edge, including private ASNs.
    length: usize,
    /// Whether it is unknown if the prefix is announced, because no document states it. This applies to static
    /// routes in the Default table.
    pub(in crate::engine) possibly: bool,
    pub(in crate::engine) span: Span,
}

impl Announced {
    /// Returns whether, at Microsoft's edge, the hub's path is at most as long as a site's path with the length `site`.
    /// The hub's gateway prepends its own ASN, which `length` does not count.
    pub(in crate::engine) const fn is_no_longer_than(&self, site: usize) -> bool {
        self.length < site
    }
}

type Announcements = (BTreeMap<CircuitId, Vec<Announced>>, BTreeMap<(SiteId, u32), Vec<Announced>>);

/// A prefix and the hubs that announce it at an edge; no hubs if a gateway announces it.
type AtEdge = (IpPrefix, Vec<VirtualHubId>);

/// Returns all announcements of hubs, by circuit and by tunnel.
pub(super) fn announced(network: &Network, known: &Known) -> Announcements {
    let mut circuits: BTreeMap<CircuitId, Vec<Announced>> = BTreeMap::new();
    let mut tunnels: BTreeMap<(SiteId, u32), Vec<Announced>> = BTreeMap::new();
    for (id, hub) in network.virtual_hubs_with_ids() {
        let best = best(network, (id, hub), known);
        for link in &hub.circuits {
            let all = circuits.entry(link.circuit).or_default();
            let found = best.iter().filter(|found| found.is_for_circuits(link.internet_security));
            all.extend(found.map(|found| found.over_circuit(id)));
        }
        for end in &hub.vpn {
            let all = tunnels.entry((end.site, end.vpn)).or_default();
            let found = best.iter().filter(|found| found.prefix.length() > 0 && !found.is_of(end.site));
            all.extend(found.map(|found| found.over_tunnel(id)));
        }
    }
    circuits.values_mut().chain(tunnels.values_mut()).for_each(merge);
    (circuits, tunnels)
}

/// A route to one prefix that a hub may announce.
struct HubRoute<'k> {
    prefix: IpPrefix,
    /// The route; `None` for a static route in the Default table, and for the default route of a routing intent.
    route: Option<&'k Route>,
    possibly: bool,
    span: Span,
}

/// Returns the routes that the Default table of a hub contains, or would contain without a routing intent.
fn best<'k>(
    network: &'k Network,
    (id, hub): (VirtualHubId, &'k VirtualHub),
    known: &'k Known,
) -> Vec<HubRoute<'k>> {
    let own = known.get(id.index()).into_iter().flatten();
    let best = own.filter_map(|(prefix, of_prefix)| {
        let seen = |route: &&Route| inspects(network, id) || route.is_in(id, HubTableId::DEFAULT);
        let best = choose(network, id, of_prefix.routes.iter().filter(seen));
        let first = *best.first()?;
        Some(HubRoute { prefix: *prefix, route: Some(first), possibly: false, span: first.span })
    });
    let mut all: Vec<HubRoute<'_>> = best.collect();
    let mut beside = |prefix: IpPrefix, possibly: bool, span: Span| {
        all.retain(|found| found.prefix != prefix);
        all.push(HubRoute { prefix, route: None, possibly, span });
    };
    for route in hub.route_tables.first().into_iter().flat_map(|table| &table.routes) {
        beside(route.prefix.value, true, route.prefix.span);
    }
    if let Some(internet) = hub.routing_intent.internet {
        beside(IpPrefix::V4(crate::addr::Prefix::ALL), false, internet.span);
    }
    all
}

impl HubRoute<'_> {
    /// Returns whether the route is announced on circuits. Routes that any hub learned from circuits are not announced
    /// on circuits (Microsoft, *Virtual WAN FAQ*).
    fn is_for_circuits(&self, default: bool) -> bool {
        let of_circuit =
            self.route.is_some_and(|route| route.origin == Origin::Circuit || route.turned.is_some());
        !of_circuit && (default || self.prefix.length() > 0)
    }

    /// Returns whether the route was learned over a tunnel of this site.
    fn is_of(&self, site: SiteId) -> bool {
        self.route.is_some_and(|route| matches!(route.origin, Origin::Tunnel(own, _) if own == site))
    }

    fn over_circuit(&self, hub: VirtualHubId) -> Announced {
        let numbers = self.route.map_or(&[][..], |route| &route.numbers);
        // Microsoft removes private ASNs.
        let public =
            numbers.iter().copied().filter(|number| !crate::rib::is_private_autonomous_system(*number));
        self.announced(hub, std::iter::once(MICROSOFT).chain(public).collect())
    }

    fn over_tunnel(&self, hub: VirtualHubId) -> Announced {
        let mut path = vec![GATEWAY];
        if let Some(route) = self.route {
            path.extend(route.through.into_iter().flat_map(|_| [BETWEEN_HUBS; 2]));
            path.extend(Some(MICROSOFT).filter(|_| route.is_of_circuit()));
            path.extend(&route.numbers);
        }
        self.announced(hub, path)
    }

    fn announced(&self, hub: VirtualHubId, path: Vec<u32>) -> Announced {
        let length = self.route.map_or(0, |route| route.length);
        let (prefix, possibly, span) = (self.prefix, self.possibly, self.span);
        Announced { prefix, hub, hubs: vec![hub], path, length, possibly, span }
    }
}

/// Keeps the shortest path to each prefix if several hubs announce it.
fn merge(all: &mut Vec<Announced>) {
    all.sort_by_key(|one| (one.prefix, one.length));
    all.dedup_by(|later, first| {
        let same = later.prefix == first.prefix;
        if same && later.length == first.length {
            first.hubs.extend(&later.hubs);
            first.possibly &= later.possibly;
        }
        same
    });
}

/// Returns, for each prefix at Microsoft's edges, the hubs through which packets enter, by circuit. If the gateway of a
/// virtual network announces a prefix at Microsoft's edge, packets to the prefix enter through that gateway instead.
pub(super) fn entries(network: &Network, circuits: &BTreeMap<CircuitId, Vec<Announced>>) -> Vec<Entry> {
    let mut tables: Vec<(CircuitId, Vec<AtEdge>)> = Vec::new();
    for (id, announced) in circuits {
        let mut table: BTreeMap<IpPrefix, Vec<VirtualHubId>> =
            announced.iter().map(|one| (one.prefix, one.hubs.clone())).collect();
        let peering = network.circuit(*id).and_then(|circuit| circuit.private_peering.as_ref());
        for hub in peering.into_iter().flat_map(|peering| &peering.of_kind.virtual_networks) {
            for (behind, _) in network.behind_gateway(*hub) {
                table.extend(network.announced(*hub, behind).iter().map(|own| (own.value, Vec::new())));
            }
            for own in network.advertised_to_circuits(*hub) {
                table.entry(own.value).or_default();
            }
        }
        tables.push((*id, table.into_iter().collect()));
    }
    let all: BTreeSet<IpPrefix> =
        tables.iter().flat_map(|(_, table)| table.iter().map(|(prefix, _)| *prefix)).collect();
    let entry = |prefix: IpPrefix| {
        let own = tables.iter().filter_map(|(circuit, table)| {
            let (_, hubs) = longest(table, prefix).filter(|(_, hubs)| !hubs.is_empty())?;
            Some((*circuit, hubs.clone()))
        });
        (prefix, own.collect())
    };
    all.into_iter().map(entry).collect()
}
