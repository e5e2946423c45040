//! Rules about whole route tables: whether they have any effect.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::one_way::gateways_past_appliances;
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::Survey;
use crate::network::{Network, RouteTableId, SubnetId, VirtualNetworkId};

/// A subnet that uses the route table.
struct User {
    network: VirtualNetworkId,
    subnet: SubnetId,
    is_gateway: bool,
    /// The place where the subnet names the table.
    span: Span,
}

/// Reports route tables that no subnet uses, or whose routes are never selected.
pub(in crate::check::lint) fn without_effect(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    let all = users(network);
    let survey = Survey::new(subject.inputs).ok();
    if survey.is_some() || network.route_tables.is_empty() {
        found.examined(Code::LINT_ROUTE_TABLE_UNUSED, Object::RouteTable, network.route_tables.len());
    } else {
        subject.lack_tables(Code::LINT_ROUTE_TABLE_UNUSED, found);
    }
    // These gateways already have a finding about routes that bypass an appliance.
    let past = gateways_past_appliances(subject);
    for (id, users) in (0..).map(RouteTableId).zip(all) {
        let Some(table) = network.route_table(id) else { continue };
        if users.is_empty() {
            let message = format!("the route table `{}` is not used by any subnet", table.name);
            found.push(
                Diagnostic::advice(Code::LINT_ROUTE_TABLE_UNUSED, &network.source, message)
                    .at(table.span, "")
                    .help(format!(
                        "set `route_table: {}` on the intended subnets, or remove the table",
                        table.name
                    )),
            );
            continue;
        }
        let reported = users.iter().any(|user| user.is_gateway && past.contains(&user.network));
        let Some(survey) = survey.as_ref().filter(|_| !reported) else { continue };
        if table.routes.is_empty() || table.disable_bgp_route_propagation {
            continue;
        }
        if users.iter().any(|user| survey.routes_count(user.network, user.subnet)) {
            continue;
        }
        let message = format!("no route in `{}` is ever selected", table.name);
        let mut diagnostic = Diagnostic::warning(Code::LINT_ROUTE_TABLE_UNUSED, &network.source, message)
            .at(table.span, "more specific or more preferred routes always win");
        if let Some(user) = users.first() {
            diagnostic = diagnostic.at(user.span, "the subnet");
        }
        let help = if users.iter().any(|user| user.is_gateway) {
            "for a gateway, use the exact `prefix` of each peered virtual network, or of each subnet in the gateway's own virtual network: \
             peering routes are more specific than a summary"
        } else {
            "make each `prefix` as specific as the currently selected route, or remove the table"
        };
        found.push(diagnostic.help(help));
    }
}

/// Returns the users of each route table, in the order of the tables.
fn users(network: &Network) -> Vec<Vec<User>> {
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
    all
}
