//! Rules about packets that never arrive, since they come back.

use crate::check::lint::Subject;
use crate::check::lint::hops::sampled_flows::{Trip, Trips};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Hop, Reason, Vantage};
use crate::network::Network;

/// Packets that come back to a router that they passed before.
pub(in crate::check::lint) fn circles(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let network = subject.network;
    let mut told: Vec<Span> = Vec::new();
    for trip in subject.trips().into_iter().flat_map(Trips::all) {
        let hops = trip.told.decision.hops();
        let Some(Hop { router, decision, .. }) = hops.last() else { continue };
        let &Reason::Loop { span } = decision.reason() else { continue };
        if told.contains(&span) {
            continue;
        }
        told.push(span);
        // The router that is met again may be the start itself, which is no hop.
        let first = hops.iter().position(|hop| hop.router == *router).unwrap_or_default();
        let circle: Vec<&Hop> = hops.iter().skip(first).take(hops.len().saturating_sub(first + 1)).collect();
        let spans: Vec<Span> = circle.iter().filter_map(|hop| hop.decision.reason().span()).collect();
        told.extend(&spans);
        let mut named: Vec<String> =
            circle.iter().map(|hop| format!("`{}`", hop.router.name(network))).collect();
        named.dedup();
        let (from, to) = (trip.from.at.name(network), destination(network, trip));
        let message = match named.as_slice() {
            [one] => format!("packets of `{from}` for {to} come back to {one}, which sends them to itself"),
            all => format!("packets of `{from}` for {to} circle between {}", all.join(" and ")),
        };
        let alone = named.len() == 1;
        let help = if alone {
            "put the appliance into a subnet of its own, whose route table does not lead to it".to_owned()
        } else {
            format!("let one of them lead on: {}", onward(trip))
        };
        let mut diagnostic =
            Diagnostic::warning(Code::LINT_LOOP, &network.source, message).at(span, "leads back");
        for other in spans.into_iter().filter(|other| *other != span) {
            diagnostic = diagnostic.at(other, "leads there");
        }
        found.push(diagnostic.help(help));
    }
}

/// What a packet of a circle is for.
fn destination(network: &Network, trip: &Trip) -> String {
    match trip.to.at {
        _ if trip.to.prefix == trip.from.prefix => "the internet".to_owned(),
        at => format!("`{}`", at.name(network)),
    }
}

/// What would lead a packet of a circle on.
fn onward(trip: &Trip) -> &'static str {
    match trip.to.at {
        _ if trip.to.prefix == trip.from.prefix => "write `next_hop: internet` at its route to everything",
        Vantage::Site(_) => {
            "take the route out of its table, so that what the gateway learned of the site's prefix counts there"
        }
        Vantage::Subnet(..) => "take the route out of its table, so that what peering brings counts there",
    }
}
