//! Rules about virtual networks that are peered with a hub but not with each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::hops::gateway_drops::dropped_behind_gateway;
use crate::check::lint::hops::sampled_flows::{Trip, hub_of, listed, names, subnet_of};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Comparison, Device, Disposition, LostAt, Probe, Reason, Router};
use crate::network::{Network, VirtualNetwork, VirtualNetworkId};

/// Reports virtual networks of one hub that cannot reach each other.
pub(in crate::check::lint) fn spokes_apart(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    examine_spokes(subject, found);
    let Some(trips) = subject.trips() else { return };
    let dropped: BTreeSet<Span> = trips.inward.iter().filter_map(dropped_behind_gateway).collect();
    // Pairs without any user route: peering is not transitive.
    let mut apart: BTreeMap<VirtualNetworkId, BTreeSet<VirtualNetworkId>> = BTreeMap::new();
    let mut causes: BTreeMap<Span, (&Trip, Vec<Probe>)> = BTreeMap::new();
    let misrouted = |trip: &Trip| matches!(fate(network, trip), SpokeReach::Misrouted(_));
    for trip in &trips.across {
        match fate(network, trip) {
            SpokeReach::Arrives => {}
            SpokeReach::NoRoute => {
                // A misdirected route in the opposite direction causes both failures.
                let back = trips.across.iter().find(|one| one.from == trip.to && one.to == trip.from);
                let ends = subnet_of(network, trip.from.at).zip(subnet_of(network, trip.to.at));
                let Some(((from, ..), (to, ..))) = ends.filter(|_| !back.is_some_and(misrouted)) else {
                    continue;
                };
                if let Some(hub) = hub_of(network, from, to) {
                    let all = trip.from_kind.iter().chain(trip.to_kind.iter());
                    let networks = all.filter_map(|place| subnet_of(network, place.at)).map(|(id, ..)| id);
                    apart.entry(hub).or_default().extend(networks);
                }
            }
            SpokeReach::Misrouted(span) if dropped.contains(&span) => {}
            SpokeReach::Misrouted(span) => {
                let (first, places) = causes.entry(span).or_insert_with(|| (trip, Vec::new()));
                if first.from == trip.from {
                    places.extend(trip.to_kind.iter().filter(|place| place.at != trip.from.at));
                }
            }
        }
    }
    found.extend(
        causes.into_iter().map(|(span, (trip, places))| misrouted_finding(network, span, trip, &places)),
    );
    found.extend(apart.into_iter().map(|(hub, networks)| not_joined(network, hub, &networks)));
}

/// States which virtual networks behind a hub the rule examined. A hub is peered with at least two virtual networks.
fn examine_spokes(subject: &Subject<'_>, found: &mut Findings) {
    const CODE: Code = Code::LINT_SPOKES_APART;
    found.examined(CODE, Object::Spoke, 0);
    let is_hub = |id| subject.network.virtual_network(id).is_some_and(|own| own.peerings.len() > 1);
    let is_spoke = |own: &&VirtualNetwork| own.peerings.iter().any(|peering| is_hub(peering.virtual_network));
    for own in subject.network.virtual_networks.iter().filter(is_spoke) {
        let (of, span) = (format!("`{}`", own.name), own.span);
        if own.subnets.is_empty() {
            let write = "list the `subnets` of the virtual network";
            found.lacks(CODE, Missing { what: "no `subnets`".to_owned(), of, span, write });
        } else if subject.trips().is_none() {
            subject.lack_tables(CODE, found);
        } else {
            found.examined(CODE, Object::Spoke, 1);
        }
    }
}

/// The outcome of a packet between virtual networks.
enum SpokeReach {
    /// The packet arrives, its outcome is unknown, or another rule covers it.
    Arrives,
    /// No user route points to the destination.
    NoRoute,
    /// A line of the file sends it, or its reply, to a place where it is lost.
    Misrouted(Span),
}

fn fate(network: &Network, trip: &Trip) -> SpokeReach {
    let decision = &trip.traced.decision;
    let hops = decision.hops();
    match (decision.disposition, decision.last_reason()) {
        // Covered by other rules, or intended.
        (_, Reason::Loop { .. } | Reason::PeeringClosed { .. }) => SpokeReach::Arrives,
        (_, Reason::UserRoute { .. }) if hops.is_empty() => SpokeReach::Arrives,
        (Disposition::Ambiguous, Reason::ForwardedTraffic { span, .. }) => SpokeReach::Misrouted(*span),
        (Disposition::Discarded | Disposition::Unreachable, _) if hops.is_empty() => SpokeReach::NoRoute,
        // If a default route points to an appliance that is not between the two networks, the route was not intended
        // for the other network.
        (Disposition::Discarded | Disposition::Unreachable, _) if !is_meant(network, trip) => {
            SpokeReach::NoRoute
        }
        (Disposition::Discarded | Disposition::Unreachable, _) => {
            trip.last_span().map_or(SpokeReach::Arrives, SpokeReach::Misrouted)
        }
        (Disposition::AzureBackbone, _) => answered(trip),
        _ => SpokeReach::Arrives,
    }
}

/// Whether a user route is intended for the destination: the route is not a default route, or its appliance is in a
/// virtual network that is peered with the destination's virtual network.
fn is_meant(network: &Network, trip: &Trip) -> bool {
    let decision = &trip.traced.decision;
    let Some((to, own, _)) = subnet_of(network, trip.to.at) else { return false };
    let passed = decision.devices().next().and_then(|device| Router::Device(device).network());
    decision.prefix.is_some_and(|prefix| prefix.length() > 0)
        || passed.is_some_and(|passed| passed == to || own.peering_with(passed).is_some())
}

/// Returns the outcome of the reply to a packet that arrives.
fn answered(trip: &Trip) -> SpokeReach {
    let sources = trip.traced.back.iter().flat_map(|back| &back.sources);
    let lost = sources.filter_map(|source| match &source.reason {
        Comparison::Lost { at: LostAt::Router, route, .. } | Comparison::Loop { route } => *route,
        Comparison::Denied { peering } => Some(*peering),
        _ => None,
    });
    lost.into_iter().next().map_or(SpokeReach::Arrives, SpokeReach::Misrouted)
}

fn misrouted_finding(network: &Network, span: Span, trip: &Trip, places: &[Probe]) -> Diagnostic {
    let (from, to) = (trip.from.at.name(network), names(network, places));
    let devices: Vec<Device> = trip.traced.decision.devices().collect();
    let refused = matches!(trip.traced.decision.last_reason(), Reason::ForwardedTraffic { .. })
        || trip
            .traced
            .back
            .iter()
            .flat_map(|back| &back.sources)
            .any(|source| matches!(source.reason, Comparison::Denied { .. }));
    let over =
        devices.last().map(|device| format!(" through `{}`", device.name(network))).unwrap_or_default();
    let (what, help) = if refused {
        (
            "a peering rejects forwarded traffic",
            "set `allow_forwarded_traffic: true` on this peering: according to the documentation, it drops forwarded packets otherwise".to_owned(),
        )
    } else {
        let device = devices
            .last()
            .map_or_else(|| "the appliance".to_owned(), |one| format!("`{}`", one.name(network)));
        (
            "the packets or their replies are dropped",
            format!(
                "route both directions through {device}, whose virtual network is peered with both, and remove routes in its subnet that divert the packets"
            ),
        )
    };
    let message = format!("packets from `{from}` to {to}{over} do not arrive: {what}");
    Diagnostic::warning(Code::LINT_SPOKES_APART, &network.source, message).at(span, "").help(help)
}

fn not_joined(network: &Network, hub: VirtualNetworkId, networks: &BTreeSet<VirtualNetworkId>) -> Diagnostic {
    let own = network.virtual_network(hub);
    let name = own.map_or("", |own| &own.name);
    let all = networks.iter().filter_map(|id| network.virtual_network(*id)).map(|one| one.name.clone());
    let message =
        format!("{} are peered with `{name}`, but not all of them can reach each other", listed(all));
    let devices = Router::all(network).into_iter().filter_map(|router| match router {
        Router::Device(device) if router.network() == Some(hub) => Some(device.name(network)),
        _ => None,
    });
    let over = devices.into_iter().next().map_or_else(
        || "an appliance in the hub".to_owned(),
        |device| format!("`{device}` (`next_hop: virtual-appliance`)"),
    );
    let help = format!(
        "peering is not transitive: to connect these virtual networks, use route tables to send both directions through {over}, \
            or peer them directly; if they are isolated on purpose, accept the finding"
    );
    let span = own.map_or_else(Span::default, |own| own.span);
    Diagnostic::advice(Code::LINT_SPOKES_APART, &network.source, message).at(span, "the hub").help(help)
}
