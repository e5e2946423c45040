//! Rules about hops that are not evaluated. Paths of packets that pass such hops may be wrong.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::diag::{Code, Diagnostic};
use crate::engine::{Unevaluated, UnevaluatedHop, unevaluated};
use crate::network::{Network, UserNextHop};

/// Reports hops that forward according to their own tables: another edge, or an appliance that is not described.
pub(in crate::check::lint) fn hops(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    let attachments = network.sites.iter().map(|site| site.attachments.len()).sum();
    found.examined(Code::LINT_OTHER_EDGE, Object::CircuitAtSite, attachments);
    found.examined(Code::LINT_APPLIANCE, Object::RouteToAppliance, routes_to_appliances(network));
    let hops = unevaluated(network);
    found.extend(hops.iter().map(|one| finding(subject, one)));
}

fn finding(subject: &Subject<'_>, one: &Unevaluated) -> Diagnostic {
    let (code, label, help) = match one.hop {
        UnevaluatedHop::OtherEdge(_) => (
            Code::LINT_OTHER_EDGE,
            "reached over the company's network",
            "omit the circuit's `metric` at the one site where it ends; in that case, the edge of that site decides which packets use the circuit",
        ),
        UnevaluatedHop::Appliance(_) => (
            Code::LINT_APPLIANCE,
            "points to the appliance",
            "paths and return paths through the appliance are `unknown`: describe it under `appliances` of its virtual network",
        ),
    };
    Diagnostic::warning(code, &subject.network.source, one.sentence(subject.network))
        .at(one.span, label)
        .help(help)
}

/// Returns the number of user routes whose next hop is an appliance.
pub(in crate::check::lint) fn routes_to_appliances(network: &Network) -> usize {
    let routes = network.route_tables.iter().flat_map(|table| &table.routes);
    routes.filter(|route| matches!(route.next_hop.value, UserNextHop::VirtualAppliance(_))).count()
}
