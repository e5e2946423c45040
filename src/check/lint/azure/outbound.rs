//! Rules about outbound access to the internet.

use std::collections::BTreeMap;

use crate::check::lint::Subject;
use crate::check::lint::evidence::Findings;
use crate::check::lint::hops::sampled_flows::{listed, subnet_of, table_of};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::Reason;
use crate::network::{UserNextHop, VirtualNetworkId};

/// Reports subnets that cannot reach the internet because they have no public address.
pub(in crate::check::lint) fn no_outbound(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    subject.examine_subnets(Code::LINT_NO_OUTBOUND, found);
    // Names of subnets and the lines that describe them, by virtual network and by whether a user route points to the
    // internet.
    let mut all: BTreeMap<(VirtualNetworkId, bool), Vec<(Span, String)>> = BTreeMap::new();
    for trip in subject.trips().into_iter().flat_map(|trips| &trips.away) {
        let decision = &trip.traced.decision;
        let Reason::NoOutbound { span } = decision.last_reason() else { continue };
        let by_appliance = decision.hops().last().and_then(|hop| hop.router.network());
        if let Some(id) = by_appliance {
            let name = decision.hops().last().map(|hop| hop.router.name(network)).unwrap_or_default();
            all.entry((id, true)).or_default().push((*span, name));
            continue;
        }
        for place in trip.from_kind.iter() {
            let Some((id, _, subnet)) = subnet_of(network, place.at) else { continue };
            let Some(span) = subnet.no_way_out() else { continue };
            let mut routes = table_of(network, subnet).into_iter().flat_map(|table| &table.routes);
            let meant = routes.any(|route| route.next_hop.value == UserNextHop::Internet);
            all.entry((id, meant)).or_default().push((span, place.at.name(network)));
        }
    }
    for ((_, meant), mut subnets) in all {
        subnets.sort();
        subnets.dedup();
        let names = listed(subnets.iter().map(|(_, name)| name.clone()));
        let message =
            format!("{names} cannot reach the internet: no public address for outbound connections");
        let make = if meant { Diagnostic::warning } else { Diagnostic::advice };
        let mut diagnostic = make(Code::LINT_NO_OUTBOUND, &network.source, message);
        for (span, _) in subnets {
            diagnostic = diagnostic.at(span, "");
        }
        found.push(diagnostic.help(
            "to allow outbound access, add a NAT gateway (`nat_gateway: true`) or public addresses (`public_addresses: true`), or route \
            to a firewall (`next_hop: virtual-appliance`); \
            otherwise accept the finding",
        ));
    }
}
