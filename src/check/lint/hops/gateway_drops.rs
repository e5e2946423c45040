//! Rules about packets from sites that are dropped by the gateway's route table, or behind the gateway.

use std::collections::BTreeMap;

use crate::check::lint::Subject;
use crate::check::lint::evidence::Findings;
use crate::check::lint::hops::sampled_flows::{Trip, names};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Disposition, Hop, Probe, Reason};
use crate::network::VirtualNetworkId;

/// Reports route tables at a gateway, or behind it, that drop packets from sites.
pub(in crate::check::lint) fn gateway_drops(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    subject.examine_subnets(Code::LINT_GATEWAY_DROPS, found);
    let mut causes: BTreeMap<Span, (&Trip, VirtualNetworkId, Vec<Probe>)> = BTreeMap::new();
    for trip in subject.trips().into_iter().flat_map(|trips| &trips.inward) {
        let Some(((hub, _), span)) = trip.gateway().zip(dropped_behind_gateway(trip)) else { continue };
        let (.., places) = causes.entry(span).or_insert_with(|| (trip, hub, Vec::new()));
        places.extend(trip.to_kind.iter().copied());
    }
    for (span, (trip, hub, places)) in causes {
        let hub = network.virtual_network(hub).map_or("", |own| &own.name);
        let last = trip.traced.decision.hops().last();
        let behind = last.and_then(Hop::device).map(|device| device.name(network));
        let from = trip.from.at.name(network);
        let to = names(network, &places);
        let message = match (&behind, last.map(|hop| hop.decision.disposition)) {
            (Some(device), _) => format!("`{device}` does not forward packets from `{from}` to {to}"),
            (None, Some(Disposition::Internet)) => {
                format!("the gateway of `{hub}` sends packets from `{from}` to {to} out to the internet")
            }
            (None, _) => format!("the gateway of `{hub}` drops packets from `{from}` to {to}"),
        };
        let by_route = last.is_some_and(|hop| matches!(hop.decision.reason(), Reason::UserRoute { .. }));
        let help = match behind {
            Some(device) if !by_route => format!(
                "the subnet of `{device}` has no route to the destination: peer its virtual network with the destination's, or add a route"
            ),
            _ => "remove the route, or point it to an appliance that forwards these packets".to_owned(),
        };
        found.push(
            Diagnostic::warning(Code::LINT_GATEWAY_DROPS, &network.source, message).at(span, "").help(help),
        );
    }
}

/// Returns the line that drops packets from a gateway, at the gateway or behind it.
pub(in crate::check::lint) fn dropped_behind_gateway(trip: &Trip) -> Option<Span> {
    let last = trip.traced.decision.hops().last()?;
    trip.gateway()?;
    trip.last_span().filter(|_| is_lost(last))
}

/// Whether packets are dropped by a user route, or behind an appliance. If a gateway has no route to a prefix that it
/// advertises, the cause is not a route table.
fn is_lost(last: &Hop) -> bool {
    let by_table = match last.decision.reason() {
        Reason::Loop { .. } | Reason::PeeringClosed { .. } => return false,
        Reason::UserRoute { .. } | Reason::NoTunnel { .. } | Reason::NoTunnelRoute { .. } => true,
        _ => false,
    };
    match last.decision.disposition {
        Disposition::Discarded | Disposition::Unreachable => by_table || last.device().is_some(),
        Disposition::Internet => by_table,
        _ => false,
    }
}
