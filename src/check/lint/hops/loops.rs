//! Rules about packets that never arrive because of a routing loop.

use crate::check::lint::Subject;
use crate::check::lint::evidence::Findings;
use crate::check::lint::hops::sampled_flows::{Trip, Trips};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Hop, Reason, Vantage};
use crate::network::Network;

/// Reports packets that return to a router they have already passed.
pub(in crate::check::lint) fn circles(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    subject.examine_subnets(Code::LINT_LOOP, found);
    let mut reported: Vec<Span> = Vec::new();
    for trip in subject.trips().into_iter().flat_map(Trips::all) {
        let hops = trip.traced.decision.hops();
        let Some(Hop { router, decision, .. }) = hops.last() else { continue };
        let &Reason::Loop { span } = decision.reason() else { continue };
        if reported.contains(&span) {
            continue;
        }
        reported.push(span);
        // The repeated router may be the vantage point itself, which is not a hop.
        let first = hops.iter().position(|hop| hop.router == *router).unwrap_or_default();
        let circle: Vec<&Hop> = hops.iter().skip(first).take(hops.len().saturating_sub(first + 1)).collect();
        let spans: Vec<Span> = circle.iter().filter_map(|hop| hop.decision.reason().span()).collect();
        reported.extend(&spans);
        let mut named: Vec<String> =
            circle.iter().map(|hop| format!("`{}`", hop.router.name(network))).collect();
        named.dedup();
        let (from, to) = (trip.from.at.name(network), destination(network, trip));
        let message = match named.as_slice() {
            [one] => format!("packets from `{from}` to {to} return to {one}, which sends them to itself"),
            all => format!("packets from `{from}` to {to} loop between {}", all.join(" and ")),
        };
        let alone = named.len() == 1;
        let help = if alone {
            "put the appliance into its own subnet, with a route table that does not point to the appliance"
                .to_owned()
        } else {
            format!("break the loop at one of these routers: {}", onward(trip))
        };
        let mut diagnostic =
            Diagnostic::warning(Code::LINT_LOOP, &network.source, message).at(span, "points back");
        for other in spans.into_iter().filter(|other| *other != span) {
            diagnostic = diagnostic.at(other, "also part of the loop");
        }
        found.push(diagnostic.help(help));
    }
}

/// Describes the destination of a packet in a loop.
fn destination(network: &Network, trip: &Trip) -> String {
    match trip.to.at {
        _ if trip.to.prefix == trip.from.prefix => "the internet".to_owned(),
        at => format!("`{}`", at.name(network)),
    }
}

/// Returns the remedy that lets a looping packet continue.
fn onward(trip: &Trip) -> &'static str {
    match trip.to.at {
        _ if trip.to.prefix == trip.from.prefix => {
            "set `next_hop: internet` in the default route of its table"
        }
        Vantage::Site(_) => {
            "remove the route from its table, so that the gateway's learned route to the site's prefix applies"
        }
        Vantage::Subnet(..) => {
            "remove the route from its table, so that the route of the virtual network peering applies"
        }
    }
}
