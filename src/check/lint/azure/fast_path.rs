//! Rules about FastPath: whether its configuration can work.

use crate::check::lint::Subject;
use crate::check::lint::azure::gateways::{no_sku, no_units};
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::sampled_flows::names;
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Probe, Reason};
use crate::network::GatewaySku;

/// Reports FastPath at a gateway that does not support FastPath, or if it is unknown whether a route table applies.
pub(in crate::check::lint) fn fast_path(subject: &Subject<'_>, found: &mut Findings) {
    const CODE: Code = Code::LINT_FAST_PATH;
    let network = subject.network;
    found.examined(CODE, Object::FastPathLink, 0);
    for own in &network.virtual_networks {
        let Some(gateway) = &own.gateway else { continue };
        let Some(span) = gateway.circuits.iter().find_map(|link| link.fast_path) else { continue };
        match gateway.sku.map(|sku| sku.value) {
            None => found.lacks(CODE, no_sku(own)),
            Some(GatewaySku::ErGwScale) => found.lacks(CODE, no_units(own, span)),
            Some(_) => {
                let links = gateway.circuits.iter().filter(|link| link.fast_path.is_some()).count();
                found.examined(CODE, Object::FastPathLink, links);
            }
        }
        if subject.trips().is_none() {
            subject.lack_tables(CODE, found);
        }
        let Some(sku) = gateway.sku.filter(|sku| !has_fast_path(sku.value)) else { continue };
        let message =
            format!("the gateway of `{}` ({}) does not support FastPath", own.name, sku.value.name());
        found.push(
            Diagnostic::warning(Code::LINT_FAST_PATH, &network.source, message)
                .at(span, "")
                .at(sku.span, "the gateway")
                .help("resize the gateway and set `sku: ErGw3AZ`, or `ErGwScale` with at least 10 units; otherwise remove `fast_path`"),
        );
    }
    past_tables(subject, found);
}

fn past_tables(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    let mut reported: Vec<(Span, String, Vec<Probe>)> = Vec::new();
    for trip in subject.trips().into_iter().flat_map(|trips| &trips.inward) {
        let Reason::FastPath { span } = trip.traced.decision.last_reason() else { continue };
        match reported.iter_mut().find(|(known, ..)| known == span) {
            Some((.., places)) => places.extend(trip.to_kind.iter().copied()),
            None => reported.push((*span, trip.from.at.name(network), trip.to_kind.to_vec())),
        }
    }
    for (span, from, places) in reported {
        let to = names(network, &places);
        let message = format!(
            "it is unknown whether packets from `{from}` to {to} follow the route table at the gateway: FastPath may bypass it"
        );
        found.push(
            Diagnostic::warning(Code::LINT_FAST_PATH, &network.source, message).at(span, "").help(
                "the documentation is contradictory about IPv6, and about user routes for the gateway's own virtual network on a provider circuit: \
                remove `fast_path` if packets must pass a firewall, or, for IPv4, use an ExpressRoute Direct circuit (`port: direct`), which follows the table",
            ),
        );
    }
}

/// Whether a gateway of this size supports FastPath (Microsoft, *about ExpressRoute FastPath*). For ErGwScale, this
/// depends on the number of units, which the network file does not contain.
fn has_fast_path(sku: GatewaySku) -> bool {
    match sku {
        GatewaySku::UltraPerformance | GatewaySku::ErGw3Az | GatewaySku::ErGwScale => true,
        GatewaySku::Standard | GatewaySku::HighPerformance | GatewaySku::ErGw1Az | GatewaySku::ErGw2Az => {
            false
        }
    }
}
