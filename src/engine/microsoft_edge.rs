//! Microsoft's edge of a circuit, where packets from one virtual network to another can turn back.
//!
//! A site that announces a summary or a default route attracts packets for other virtual networks onto the circuit.
//! Microsoft's edge has longer prefixes for these virtual networks, and sends the packets back through the gateway that
//! announces the longer prefix.
//!
//! Sources: Microsoft, Tech Community, *ExpressRoute hairpinning between virtual networks* (2024); *connect virtual
//! networks over ExpressRoute* and *ExpressRoute virtual network gateways* (settings of each gateway, off by default;
//! they filter the announcements of other virtual networks, but not the announcements of sites).

use std::collections::{BTreeMap, BTreeSet};

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::{At, Decision, Disposition, HubDoubt, MicrosoftEdge, Reason, TurnDoubt};
use crate::engine::inputs::Inputs;
use crate::engine::route_server::RouteServers;
use crate::engine::session::{SessionState, connection_state, prefix_limit};
use crate::engine::virtual_hub::Hubs;
use crate::network::{Circuit, CircuitId, Connection, Network, PeeringKind, VirtualHubId, VirtualNetworkId};

/// The prefixes that Microsoft's edges learned, for circuits at which packets may turn back.
#[derive(Debug, Default)]
pub(super) struct MicrosoftEdges(BTreeMap<CircuitId, Vec<(IpPrefix, Target)>>);

/// The origin of a prefix at an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// The gateway of a virtual network.
    Gateway(VirtualNetworkId, Span),
    /// A virtual hub.
    Hub(VirtualHubId, Span),
    /// Both a gateway or virtual hub and a site or another gateway.
    Both(Span),
    /// A site.
    Site,
}

/// A row in the table of an edge: a prefix, and the decision about packets to it; `None` if they go to a site.
pub(super) type Row = (IpPrefix, Option<Decision>);

impl MicrosoftEdges {
    /// Builds the tables for the circuits of a network.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the prefixes that are announced and advertised on private peerings.
    pub(super) fn of(inputs: Inputs<'_>, hubs: &Hubs, servers: &RouteServers) -> Self {
        let circuits = inputs.network.circuits_with_ids();
        Self(
            circuits
                .filter_map(|(id, circuit)| Some((id, of_circuit(inputs, (hubs, servers), id, circuit)?)))
                .collect(),
        )
    }

    /// Returns Microsoft's edge of the circuits over which a gateway learned a route, if packets may turn back at that
    /// edge.
    pub(super) fn met(&self, from: VirtualNetworkId, circuits: &[CircuitId]) -> Option<MicrosoftEdge> {
        if !circuits.iter().any(|circuit| self.0.contains_key(circuit)) {
            return None;
        }
        Some(MicrosoftEdge::of(At::Network(from), circuits))
    }

    /// Returns every prefix that an edge distinguishes, and every gateway through which a packet may enter from an
    /// edge.
    pub(super) fn all(&self) -> (Vec<IpPrefix>, Vec<VirtualNetworkId>) {
        let rows = || self.0.values().flatten();
        let gateway = |target: &Target| match target {
            Target::Gateway(gateway, _) => Some(*gateway),
            Target::Hub(..) | Target::Both(_) | Target::Site => None,
        };
        let gateways = rows().filter_map(|(_, target)| gateway(target));
        (rows().map(|(prefix, _)| *prefix).collect(), gateways.collect())
    }

    /// Returns the table of an edge, for longest-prefix match. A destination without a matching row goes to a
    /// site.
    pub(super) fn table(&self, network: &Network, edge: MicrosoftEdge, from: VirtualNetworkId) -> Vec<Row> {
        let circuits: Vec<&[(IpPrefix, Target)]> = edge
            .circuits
            .into_iter()
            .flatten()
            .map(|circuit| self.0.get(&circuit).map_or(&[][..], Vec::as_slice))
            .collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut found: Vec<IpPrefix> =
            circuits.iter().copied().flatten().map(|(prefix, _)| *prefix).collect();
        found.sort_unstable();
        found.dedup();
        for prefix in found {
            let targets = circuits.iter().map(|rows| longest(rows, prefix));
            let mut targets: Vec<Target> = targets.collect();
            targets.dedup_by_key(|target| target.gateway());
            let decision = match targets.as_slice() {
                [Target::Site] => None,
                [Target::Gateway(gateway, span)] => Some(turned(network, from, *gateway, (prefix, *span))),
                [Target::Hub(hub, span)] if takes_hubs(network, from) => {
                    let reason = Reason::OtherHub { hub: *hub, span: *span };
                    Some(Decision::plain(Disposition::PrivatePeering, Some(prefix), reason))
                }
                [Target::Hub(_, span)] => {
                    let reason = Reason::HubUnknown { doubt: HubDoubt::Turned, span: *span };
                    Some(Decision::plain(Disposition::Unknown, Some(prefix), reason))
                }
                [Target::Both(span)] => Some(doubtful(TurnDoubt::SamePrefix, (prefix, *span))),
                all => {
                    let span = all.iter().find_map(|target| target.span());
                    span.map(|span| doubtful(TurnDoubt::Circuits, (prefix, span)))
                }
            };
            rows.push((prefix, decision));
        }
        rows
    }
}

impl Target {
    fn span(self) -> Option<Span> {
        match self {
            Self::Gateway(_, span) | Self::Hub(_, span) | Self::Both(span) => Some(span),
            Self::Site => None,
        }
    }

    /// Returns the part that determines whether paths have equal cost.
    fn gateway(self) -> (bool, Option<VirtualNetworkId>) {
        match self {
            Self::Gateway(gateway, _) => (false, Some(gateway)),
            Self::Hub(..) | Self::Both(_) => (true, None),
            Self::Site => (false, None),
        }
    }
}

/// Returns the target of the longest prefix that covers the given prefix.
fn longest(rows: &[(IpPrefix, Target)], prefix: IpPrefix) -> Target {
    // Rows are sorted by prefix, and usually one row has the prefix itself.
    if let Ok(index) = rows.binary_search_by_key(&prefix, |(own, _)| *own) {
        return rows.get(index).map_or(Target::Site, |(_, target)| *target);
    }
    let covering = rows.iter().filter(|(own, _)| own.covers(prefix));
    covering.max_by_key(|(own, _)| own.length()).map_or(Target::Site, |(_, target)| *target)
}

/// Returns the decision about a packet from one gateway that turns back to a prefix announced by another gateway, or by
/// the same gateway.
fn turned(
    network: &Network,
    from: VirtualNetworkId,
    gateway: VirtualNetworkId,
    (prefix, span): (IpPrefix, Span),
) -> Decision {
    let takes = || {
        let own = network.virtual_network(from).and_then(|own| own.gateway.as_ref());
        let switch = own.and_then(|own| own.allow_remote_virtual_network_traffic);
        switch.is_some_and(|switch| switch.value)
    };
    if from != gateway && !takes() {
        return doubtful(TurnDoubt::OtherGateway, (prefix, span));
    }
    Decision::plain(Disposition::PrivatePeering, Some(prefix), Reason::Turned { network: gateway, span })
}

/// Returns whether the gateway of a virtual network accepts the routes of virtual hubs.
fn takes_hubs(network: &Network, from: VirtualNetworkId) -> bool {
    let own = network.virtual_network(from).and_then(|own| own.gateway.as_ref());
    own.and_then(|own| own.allow_virtual_wan_traffic).is_some_and(|switch| switch.value)
}

fn doubtful(doubt: TurnDoubt, (prefix, span): (IpPrefix, Span)) -> Decision {
    Decision::plain(Disposition::Unknown, Some(prefix), Reason::TurnUnknown { doubt, span })
}

/// Returns the prefixes that gateways announce on a circuit, and the prefixes of sites that lie within them. `None` if
/// no packet turns back, because no site's prefix covers a virtual network's prefix and no gateway accepts prefixes
/// from other virtual networks.
fn of_circuit(
    inputs: Inputs<'_>,
    (hubs, servers): (&Hubs, &RouteServers),
    id: CircuitId,
    circuit: &Circuit,
) -> Option<Vec<(IpPrefix, Target)>> {
    let network = inputs.network;
    let peering = circuit.private_peering.as_ref()?;
    let mut all: Vec<(IpPrefix, Target)> = Vec::new();
    let mut takes_others = false;
    let mut ahead: BTreeSet<IpPrefix> = BTreeSet::new();
    for hub in &peering.of_kind.virtual_networks {
        if prefix_limit::gateway(network, circuit, *hub).is_some() {
            continue;
        }
        let target = |span| Target::Gateway(*hub, span);
        let announced = network.announced_by(*hub).iter();
        all.extend(announced.map(|(_, prefix)| (prefix.value, target(prefix.span))));
        let found = servers.on_circuits(*hub).iter();
        all.extend(found.map(|found| (found.prefix, target(found.span))));
        let gateway = network.virtual_network(*hub).and_then(|hub| hub.gateway.as_ref());
        let switch = gateway.and_then(|gateway| gateway.allow_remote_virtual_network_traffic);
        takes_others |=
            peering.of_kind.virtual_networks.len() > 1 && switch.is_some_and(|switch| switch.value);
    }
    for found in hubs.on_circuit(id) {
        // If a site and a hub announce the same prefix, Microsoft's edge prefers the hub, unless the hub's path is
        // longer.
        let site = peering.shortest_path(found.prefix);
        let shorter = site.is_none_or(|site| found.is_no_longer_than(site));
        takes_others |= site.is_some() && shorter;
        all.extend(shorter.then_some((found.prefix, Target::Hub(found.hub, found.span))));
        ahead.extend(shorter.then_some(found.prefix));
    }
    takes_others |= !hubs.on_circuit(id).is_empty()
        && peering.of_kind.virtual_networks.iter().any(|hub| takes_hubs(network, *hub));
    // Global Reach propagates the announcements of sites on the circuits at its other ends.
    let partners = network.global_reach(id).into_iter().map(|partner| partner.value);
    for id in std::iter::once(id).chain(partners) {
        let Some(circuit) = network.circuit(id) else { continue };
        let Some(peering) = &circuit.private_peering else { continue };
        for connection in Connection::ALL {
            let kind = PeeringKind::Private;
            for prefix in peering.advertised_on(connection) {
                let family = prefix.value.family();
                let state = connection_state(inputs.links, id, circuit, kind, connection, family);
                if state == SessionState::Up && !ahead.contains(&prefix.value) {
                    all.push((prefix.value, Target::Site));
                }
            }
        }
    }
    all.sort_unstable_by_key(|(prefix, target)| (*prefix, *target));
    let (kept, covered) = sweep(&all);
    (covered || takes_others).then_some(kept)
}

/// Sweeps the prefixes in order, with the covering prefixes on a stack. Also returns whether a site's prefix covers a
/// virtual network's prefix.
fn sweep(all: &[(IpPrefix, Target)]) -> (Vec<(IpPrefix, Target)>, bool) {
    let mut around: Vec<(IpPrefix, bool)> = Vec::new();
    let (mut kept, mut covered) = (Vec::new(), false);
    for group in all.chunk_by(|left, right| left.0 == right.0) {
        let Some((prefix, first)) = group.first().copied() else { continue };
        while around.pop_if(|(outer, _)| !outer.covers(prefix)).is_some() {}
        let of_site = group.iter().any(|(_, target)| *target == Target::Site);
        let gateway = |(_, target): &(IpPrefix, Target)| match target {
            Target::Gateway(gateway, _) => Some(*gateway),
            _ => None,
        };
        // Route Servers of two virtual networks may learn the same prefix.
        let several = group.iter().filter_map(gateway).any(|own| Some(own) != gateway(&(prefix, first)));
        match (first, of_site || several) {
            (Target::Site, _) if around.iter().any(|(_, of_site)| !of_site) => kept.push((prefix, first)),
            (Target::Site, _) => {}
            (Target::Gateway(_, span) | Target::Hub(_, span) | Target::Both(span), true) => {
                covered = true;
                kept.push((prefix, Target::Both(span)));
            }
            (target, false) => {
                covered |= around.iter().any(|(_, of_site)| *of_site);
                kept.push((prefix, target));
            }
        }
        around.push((prefix, of_site));
    }
    (kept, covered)
}
