//! Rules about virtual networks that are peered with a hub, and not with each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::lint::Subject;
use crate::check::lint::hops::gateway_drops::dropped_behind_gateway;
use crate::check::lint::hops::sampled_flows::{Trip, hub_of, listed, names, subnet_of};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Comparison, Device, Disposition, LostAt, Probe, Reason, Router};
use crate::network::{Network, VirtualNetworkId};

/// Virtual networks of one hub that do not reach each other.
pub(in crate::check::lint) fn spokes_apart(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let network = subject.network;
    let Some(trips) = subject.trips() else { return };
    let dropped: BTreeSet<Span> = trips.inward.iter().filter_map(dropped_behind_gateway).collect();
    // Without any route of the user's own: peering does not pass on.
    let mut apart: BTreeMap<VirtualNetworkId, BTreeSet<VirtualNetworkId>> = BTreeMap::new();
    let mut causes: BTreeMap<Span, (&Trip, Vec<Probe>)> = BTreeMap::new();
    let led = |trip: &Trip| matches!(fate(network, trip), Fate::Led(_));
    for trip in &trips.across {
        match fate(network, trip) {
            Fate::Arrives => {}
            Fate::NoRoute => {
                // What leads astray the other way is the cause of both.
                let back = trips.across.iter().find(|one| one.from == trip.to && one.to == trip.from);
                let ends = subnet_of(network, trip.from.at).zip(subnet_of(network, trip.to.at));
                let Some(((from, ..), (to, ..))) = ends.filter(|_| !back.is_some_and(led)) else { continue };
                if let Some(hub) = hub_of(network, from, to) {
                    let all = trip.from_kind.iter().chain(trip.to_kind.iter());
                    let networks = all.filter_map(|place| subnet_of(network, place.at)).map(|(id, ..)| id);
                    apart.entry(hub).or_default().extend(networks);
                }
            }
            Fate::Led(span) if dropped.contains(&span) => {}
            Fate::Led(span) => {
                let (first, places) = causes.entry(span).or_insert_with(|| (trip, Vec::new()));
                if first.from == trip.from {
                    places.extend(trip.to_kind.iter().filter(|place| place.at != trip.from.at));
                }
            }
        }
    }
    found.extend(causes.into_iter().map(|(span, (trip, places))| led_astray(network, span, trip, &places)));
    found.extend(apart.into_iter().map(|(hub, networks)| not_joined(network, hub, &networks)));
}

/// What becomes of a packet between virtual networks.
enum Fate {
    /// It arrives, or nobody can tell, or another rule speaks for it.
    Arrives,
    /// No route of the user's own leads there.
    NoRoute,
    /// A line of the file leads it, or its answer, where it is lost.
    Led(Span),
}

fn fate(network: &Network, trip: &Trip) -> Fate {
    let decision = &trip.told.decision;
    let hops = decision.hops();
    match (decision.disposition, decision.last_reason()) {
        // Told by rules of their own, or meant.
        (_, Reason::Loop { .. } | Reason::PeeringClosed { .. }) => Fate::Arrives,
        (_, Reason::UserRoute { .. }) if hops.is_empty() => Fate::Arrives,
        (Disposition::Ambiguous, Reason::ForwardedTraffic { span, .. }) => Fate::Led(*span),
        (Disposition::Discarded | Disposition::Unreachable, _) if hops.is_empty() => Fate::NoRoute,
        // A default route to an appliance that is not between the two was not meant for the other one.
        (Disposition::Discarded | Disposition::Unreachable, _) if !is_meant(network, trip) => Fate::NoRoute,
        (Disposition::Discarded | Disposition::Unreachable, _) => {
            trip.last_span().map_or(Fate::Arrives, Fate::Led)
        }
        (Disposition::AzureBackbone, _) => answered(trip),
        _ => Fate::Arrives,
    }
}

/// Whether a route of the user's own is meant for the place that it leads to: it is no default route, or leads to an appliance
/// in a virtual network that is peered with that one.
fn is_meant(network: &Network, trip: &Trip) -> bool {
    let decision = &trip.told.decision;
    let Some((to, own, _)) = subnet_of(network, trip.to.at) else { return false };
    let passed = decision.devices().next().and_then(|device| Router::Device(device).network());
    decision.prefix.is_some_and(|prefix| prefix.length() > 0)
        || passed.is_some_and(|passed| passed == to || own.peering_with(passed).is_some())
}

/// Of a packet that arrives, what becomes of its answer.
fn answered(trip: &Trip) -> Fate {
    let sources = trip.told.back.iter().flat_map(|back| &back.sources);
    let lost = sources.filter_map(|source| match &source.reason {
        Comparison::Lost { at: LostAt::Router, route, .. } | Comparison::Loop { route } => *route,
        Comparison::Denied { peering } => Some(*peering),
        _ => None,
    });
    lost.into_iter().next().map_or(Fate::Arrives, Fate::Led)
}

fn led_astray(network: &Network, span: Span, trip: &Trip, places: &[Probe]) -> Diagnostic {
    let (from, to) = (trip.from.at.name(network), names(network, places));
    let devices: Vec<Device> = trip.told.decision.devices().collect();
    let refused = matches!(trip.told.decision.last_reason(), Reason::ForwardedTraffic { .. })
        || trip
            .told
            .back
            .iter()
            .flat_map(|back| &back.sources)
            .any(|source| matches!(source.reason, Comparison::Denied { .. }));
    let over = devices.last().map(|device| format!(" over `{}`", device.name(network))).unwrap_or_default();
    let (what, help) = if refused {
        (
            "a peering takes nothing that is forwarded",
            "write `allow_forwarded_traffic: true` at this peering: documents say that such packets are dropped".to_owned(),
        )
    } else {
        let device = devices
            .last()
            .map_or_else(|| "the appliance".to_owned(), |one| format!("`{}`", one.name(network)));
        (
            "they, or their answers, are dropped",
            format!(
                "lead both directions over {device}, whose virtual network is peered with both, and give its subnet no route that takes them elsewhere"
            ),
        )
    };
    let message = format!("packets of `{from}` for {to}{over} do not come through: {what}");
    Diagnostic::warning(Code::LINT_SPOKES_APART, &network.source, message).at(span, "").help(help)
}

fn not_joined(network: &Network, hub: VirtualNetworkId, networks: &BTreeSet<VirtualNetworkId>) -> Diagnostic {
    let own = network.virtual_network(hub);
    let name = own.map_or("", |own| &own.name);
    let all = networks.iter().filter_map(|id| network.virtual_network(*id)).map(|one| one.name.clone());
    let message = format!("{} are peered with `{name}`, and not all of them reach each other", listed(all));
    let devices = Router::all(network).into_iter().filter_map(|router| match router {
        Router::Device(device) if router.network() == Some(hub) => Some(device.name(network)),
        _ => None,
    });
    let over = devices.into_iter().next().map_or_else(
        || "an appliance in it by route tables".to_owned(),
        |device| format!("`{device}` by route tables (`next_hop: virtual-appliance`)"),
    );
    let help = format!(
        "a peering passes nothing on: where they are to meet, lead both directions over {over}, or peer them directly; where they are kept apart on purpose, accept it"
    );
    let span = own.map_or_else(Span::default, |own| own.span);
    Diagnostic::advice(Code::LINT_SPOKES_APART, &network.source, message).at(span, "the hub").help(help)
}
