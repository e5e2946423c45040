//! Rules about hops that are not evaluated yet: what is told of packets that pass them may be wrong.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::engine::{Hop, Unevaluated, unevaluated};
use crate::network::UserRouteDestination;

/// Hops that forward by tables of their own: a gateway's subnet, another edge, an appliance.
pub(super) fn hops(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let hops = unevaluated(subject.network);
    found.extend(hops.iter().filter(|one| !is_refused(subject, one)).map(|one| finding(subject, one)));
}

/// Whether another rule says already that Azure does not take the table of a gateway's subnet.
fn is_refused(subject: &Subject<'_>, one: &Unevaluated) -> bool {
    let Hop::GatewaySubnet(id) = one.hop else { return false };
    let subnets = subject.network.virtual_network(id).into_iter().flat_map(|own| &own.subnets);
    let mut named = subnets.filter_map(|subnet| subnet.route_table).filter(|table| table.span == one.span);
    let table = named.next().and_then(|table| subject.network.route_table(table.value));
    table.into_iter().flat_map(|table| &table.routes).any(|route| {
        matches!(&route.destination.value, UserRouteDestination::Prefix(prefix) if prefix.length() == 0)
    })
}

fn finding(subject: &Subject<'_>, one: &Unevaluated) -> Diagnostic {
    let (code, label, help) = match one.hop {
        Hop::GatewaySubnet(_) => (
            Code::LINT_GATEWAY_ROUTE_TABLE,
            "the route table of `GatewaySubnet`",
            "paths from sites to virtual networks are told as if the table were not there: compare with the effective routes of the gateway",
        ),
        Hop::OtherEdge(_) => (
            Code::LINT_OTHER_EDGE,
            "reached over the company's network",
            "the path is told up to that edge: ask for the same address from a site at which the circuit ends",
        ),
        Hop::Appliance(_) => (
            Code::LINT_APPLIANCE,
            "leads to it",
            "paths over it are `unknown`, and so are answers: see the appliance's own routes and rules",
        ),
    };
    Diagnostic::warning(code, &subject.network.source, one.sentence(subject.network))
        .at(one.span, label)
        .help(help)
}
