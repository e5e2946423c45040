//! Rules about route tables as a whole: whether they do anything.

use crate::check::lint::Subject;
use crate::check::lint::hops::one_way::gateways_past_appliances;
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::Survey;
use crate::network::{RouteTableId, SubnetId, VirtualNetworkId};

/// A subnet with the route table.
struct User {
    network: VirtualNetworkId,
    subnet: SubnetId,
    is_gateway: bool,
    /// Where the subnet names the table.
    span: Span,
}

/// A route table that no subnet has, or of which every route loses everywhere.
pub(in crate::check::lint) fn without_effect(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let network = subject.network;
    let mut all: Vec<Vec<User>> = network.route_tables.iter().map(|_| Vec::new()).collect();
    for (id, own) in network.virtual_networks_with_ids() {
        for (subnet, settings) in (0..).map(SubnetId).zip(&own.subnets) {
            let named = settings.route_table;
            let Some((named, users)) =
                named.and_then(|named| Some((named, all.get_mut(named.value.index())?)))
            else {
                continue;
            };
            users.push(User {
                network: id,
                subnet,
                is_gateway: settings.is_for_gateways(),
                span: named.span,
            });
        }
    }
    let survey = Survey::new(subject.inputs).ok();
    // Of these gateways it is said already that their routes lead past an appliance.
    let past = gateways_past_appliances(subject);
    for (id, users) in (0..).map(RouteTableId).zip(all) {
        let Some(table) = network.route_table(id) else { continue };
        if users.is_empty() {
            let message = format!("no subnet has the route table `{}`", table.name);
            found.push(
                Diagnostic::advice(Code::LINT_ROUTE_TABLE_UNUSED, &network.source, message)
                    .at(table.span, "")
                    .help(format!(
                        "write `route_table: {}` at the subnets that it is for, or take it out",
                        table.name
                    )),
            );
            continue;
        }
        let told = users.iter().any(|user| user.is_gateway && past.contains(&user.network));
        let Some(survey) = survey.as_ref().filter(|_| !told) else { continue };
        if table.routes.is_empty() || table.disable_bgp_route_propagation {
            continue;
        }
        if users.iter().any(|user| survey.routes_count(user.network, user.subnet)) {
            continue;
        }
        let message = format!("no route of `{}` is ever chosen", table.name);
        let mut diagnostic = Diagnostic::warning(Code::LINT_ROUTE_TABLE_UNUSED, &network.source, message)
            .at(table.span, "longer or other routes win everywhere");
        if let Some(user) = users.first() {
            diagnostic = diagnostic.at(user.span, "the subnet");
        }
        let help = if users.iter().any(|user| user.is_gateway) {
            "at a gateway, write the exact `prefix` of each peered virtual network, or of the subnet in its own: a summary loses to what peering brings"
        } else {
            "write each `prefix` as long as what wins now, or take the table out"
        };
        found.push(diagnostic.help(help));
    }
}
