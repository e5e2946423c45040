//! Rules about user routes to an appliance that a longer route of the gateway overtakes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::one_way::route;
use crate::check::lint::hops::sampled_flows::{Trip, names, subnet_of, table_of};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::{Disposition, Probe};
use crate::network::{Network, RouteTable, UserNextHop, UserRoute, UserRouteDestination};

/// Reports subnets whose packets to sites bypass the appliance that a shorter user route names. A default route is not
/// reported: it is for what no other route covers.
pub(in crate::check::lint) fn appliance_bypassed(subject: &Subject<'_>, found: &mut Findings) {
    let routes = subject.network.route_tables.iter().flat_map(|table| &table.routes);
    let to_appliance = |route: &&UserRoute| matches!(route.next_hop.value, UserNextHop::VirtualAppliance(_));
    let routes = routes.filter(to_appliance).count();
    found.examined(Code::LINT_APPLIANCE_BYPASSED, Object::RouteToAppliance, routes);
    if routes > 0 {
        subject.examine_subnets(Code::LINT_APPLIANCE_BYPASSED, found);
    }
    let Some(trips) = subject.trips() else { return };
    let mut all: BTreeMap<Span, Bypass<'_>> = BTreeMap::new();
    for one in trips.outward.iter().filter_map(|trip| Bypass::of(subject.network, trip)) {
        let Some(known) = all.get_mut(&one.user.span) else {
            all.insert(one.user.span, one);
            continue;
        };
        known.from.extend(one.from);
        known.to.extend(one.to);
        known.learned.extend(one.learned);
    }
    found.extend(all.into_values().map(|one| one.finding(subject)));
}

/// Packets that a longer route of the gateway keeps from an appliance.
struct Bypass<'n> {
    table: &'n RouteTable,
    /// The user route to the appliance.
    user: Spanned<IpPrefix>,
    appliance: IpAddr,
    /// The longer routes, and the positions of their prefixes in the file, if known.
    learned: Vec<(IpPrefix, Option<Span>)>,
    from: Vec<Probe>,
    to: Vec<Probe>,
}

impl<'n> Bypass<'n> {
    fn of(network: &'n Network, trip: &Trip) -> Option<Self> {
        let decision = &trip.traced.decision;
        let to_site = matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn);
        let learned = decision.prefix.filter(|_| to_site && decision.devices().next().is_none())?;
        let (_, _, subnet) = subnet_of(network, trip.from.at)?;
        let table = table_of(network, subnet)?;
        let to_appliance =
            table.routes.iter().filter_map(|route| match (&route.destination.value, route.next_hop.value) {
                (UserRouteDestination::Prefix(prefix), UserNextHop::VirtualAppliance(appliance)) => {
                    Some((Spanned::new(*prefix, route.destination.span), appliance))
                }
                _ => None,
            });
        let covering = to_appliance.filter(|(prefix, _)| {
            let length = prefix.value.length();
            prefix.value.contains(trip.to.address) && 0 < length && length < learned.length()
        });
        let (user, appliance) = covering.max_by_key(|(prefix, _)| prefix.value.length())?;
        Some(Self {
            table,
            user,
            appliance,
            learned: vec![(learned, decision.reason().span())],
            from: trip.from_kind.to_vec(),
            to: trip.to_kind.to_vec(),
        })
    }

    fn finding(mut self, subject: &Subject<'_>) -> Diagnostic {
        let (network, source, code) =
            (subject.network, &subject.network.source, Code::LINT_APPLIANCE_BYPASSED);
        self.learned.sort_unstable();
        self.learned.dedup_by_key(|(prefix, _)| *prefix);
        let learned = self.learned.first().copied();
        let longer = learned.map_or_else(String::new, |(prefix, _)| format!("`{prefix}`"));
        let message = format!(
            "packets from {} to {} bypass the appliance {}: {longer} from the gateway is longer than `{}`",
            names(network, &self.from),
            names(network, &self.to),
            self.appliance,
            self.user.value
        );
        let mut diagnostic =
            Diagnostic::warning(code, source, message).at(self.user.span, "the shorter route");
        if let Some(span) = learned.and_then(|(_, span)| span) {
            diagnostic = diagnostic.at(span, "the longer route");
        }
        let routes: Vec<String> =
            self.learned.iter().take(3).map(|(prefix, _)| route(*prefix, self.appliance)).collect();
        let more = match self.learned.len().saturating_sub(routes.len()) {
            0 => String::new(),
            more => format!(", and {more} more of this form"),
        };
        let witness = self.from.first().zip(self.to.first());
        let witness = witness.map_or_else(String::new, |(from, to)| {
            format!("for example from {} to {}: ", from.address, to.address)
        });
        diagnostic.help(format!(
            "{witness}add {}{more} to the `routes` of `{}`, or set `disable_bgp_route_propagation: true` on it; `GatewaySubnet` needs \
             a route for the other direction",
            routes.join(", "),
            self.table.name
        ))
    }
}
