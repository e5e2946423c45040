//! Rules about stateful appliances: either both directions must pass them, or neither.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::sampled_flows::{Trip, Trips, names, subnet_of, table_of};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Comparison, Decision, Device, Probe, Reason, Router, Vantage};
use crate::network::{Network, VirtualNetworkId};

/// Reports traffic that passes an appliance in one direction only.
pub(in crate::check::lint) fn one_way(subject: &Subject<'_>, found: &mut Findings) {
    let devices = Router::all(subject.network).into_iter();
    let devices = devices.filter(|router| matches!(router, Router::Device(_))).count();
    found.examined(Code::LINT_ONE_WAY, Object::Appliance, 0);
    if devices > 0 {
        subject.examine_subnets(Code::LINT_ONE_WAY, found);
    }
    let Some(trips) = subject.trips() else { return };
    found.examined(Code::LINT_ONE_WAY, Object::Appliance, devices);
    let mut causes: BTreeMap<(Span, Device), Cause> = BTreeMap::new();
    for cause in trips.inward.iter().filter_map(|trip| inward(subject.network, trips, trip)) {
        Cause::add(&mut causes, cause);
    }
    for cause in trips.between().filter_map(|trip| across(subject.network, trips, trip)) {
        Cause::add(&mut causes, cause);
    }
    found.extend(causes.into_values().map(|cause| cause.finding(subject)));
}

/// The gateways whose inbound packets bypass a firewall that the replies pass.
pub(in crate::check::lint) fn gateways_past_appliances(subject: &Subject<'_>) -> Vec<VirtualNetworkId> {
    let trips = subject.trips().into_iter().flat_map(|trips| &trips.inward);
    let unseen = |trip: &&Trip| matches!(reason(trip), Some(Comparison::DeviceUnseen { .. }));
    trips.filter(unseen).filter_map(|trip| hub(subject.network, trip.to.at)).collect()
}

/// The reason why traffic between some places passes an appliance in one direction only.
struct Cause {
    device: Device,
    /// Whether the appliance certainly drops packets for which it has no session.
    stateful: bool,
    /// The place where the route is missing.
    place: (Span, String),
    /// The route that sends the other direction through the appliance.
    other: Option<Span>,
    /// The source of packets, or one of several, and the responders.
    from: Probe,
    to: Vec<Probe>,
    /// Whether packets pass the appliance and replies do not.
    packets: bool,
    /// The missing routes, and where to add them.
    routes: Vec<String>,
    write: String,
}

impl Cause {
    fn add(causes: &mut BTreeMap<(Span, Device), Self>, cause: Self) {
        let key = (cause.place.0, cause.device);
        let Some(known) = causes.get_mut(&key) else {
            causes.insert(key, cause);
            return;
        };
        known.stateful |= cause.stateful;
        known.to.extend(cause.to);
        known.routes.extend(
            cause.routes.into_iter().filter(|route| !known.routes.contains(route)).collect::<Vec<_>>(),
        );
    }

    fn finding(mut self, subject: &Subject<'_>) -> Diagnostic {
        let (network, source) = (subject.network, &subject.network.source);
        let device = self.device.name(network);
        let (from, to) = (self.from.at.name(network), names(network, &self.to));
        let drops = if self.stateful { "drops" } else { "may drop" };
        let message = if self.packets {
            format!(
                "packets from `{from}` to {to} pass `{device}` but replies do not: the appliance {drops} later packets"
            )
        } else {
            format!(
                "replies from {to} to `{from}` pass `{device}` but the packets do not: the appliance {drops} the replies"
            )
        };
        let make = if self.stateful { Diagnostic::warning } else { Diagnostic::advice };
        let mut diagnostic = make(Code::LINT_ONE_WAY, source, message).at(self.place.0, self.place.1);
        if let Some(other) = self.other.filter(|other| *other != self.place.0) {
            diagnostic = diagnostic.at(other, "sends the other direction through the appliance");
        }
        let more = self.routes.len().saturating_sub(3);
        self.routes.truncate(3);
        let more = if more == 0 { String::new() } else { format!(", and {more} more of this form") };
        diagnostic.help(format!(
            "send both directions through the appliance: {} {}{more}",
            self.write,
            self.routes.join(", ")
        ))
    }
}

/// Returns the reason for the return path to the place where a trip starts.
pub(super) fn reason(trip: &Trip) -> Option<&Comparison> {
    let sources = &trip.traced.back.as_ref()?.sources;
    let own = sources.iter().filter(|source| source.source.contains(trip.from.address));
    own.max_by_key(|source| source.source.length()).map(|source| &source.reason)
}

/// Formats a route to an appliance for the network file.
pub(super) fn route(prefix: IpPrefix, next_hop: std::net::IpAddr) -> String {
    format!("`{{prefix: {}, next_hop: virtual-appliance {next_hop}}}`", quoted(prefix))
}

/// Formats a prefix for use inside YAML braces.
fn quoted(prefix: IpPrefix) -> String {
    if prefix.first().is_ipv4() { prefix.to_string() } else { format!("\"{prefix}\"") }
}

/// Finds the cause for a trip from a site to a subnet.
fn inward(network: &Network, trips: &Trips, trip: &Trip) -> Option<Cause> {
    let back = || trips.outward.iter().find(|one| one.from == trip.to && one.to == trip.from);
    // Whether packets or replies pass the appliance, the route that sends them there, and the prefixes without such
    // a route.
    let (device, stateful, packets, (address, span), prefixes, (place, write)) = match reason(trip)? {
        Comparison::DeviceUnseen { device, stateful } => {
            let hub = hub(network, trip.to.at)?;
            let prefixes = trip.to_kind.iter().filter_map(|place| prefix_at_gateway(network, hub, *place));
            let appliance_route = appliance_route(&back()?.traced.decision)?;
            (*device, *stateful, false, appliance_route, prefixes.collect(), at_gateway(network, hub))
        }
        Comparison::DeviceMissed { device, stateful } => {
            let (_, hop) = trip.gateway()?;
            let prefix = back()?.traced.decision.prefix.unwrap_or(trip.from.prefix.value);
            let place = at_subnet(network, trip.to.at)?;
            (*device, *stateful, true, appliance_route(&hop.decision)?, vec![prefix], place)
        }
        _ => return None,
    };
    let mut routes: Vec<String> = prefixes.into_iter().map(|prefix| route(prefix, address)).collect();
    routes.dedup();
    Some(Cause {
        device,
        stateful,
        place,
        other: Some(span),
        from: trip.from,
        to: trip.to_kind.to_vec(),
        packets,
        routes,
        write,
    })
}

/// Returns the appliance to which a decision points, and the route.
fn appliance_route(decision: &Decision) -> Option<(std::net::IpAddr, Span)> {
    match decision.reason() {
        Reason::Appliance { address, span } => Some((*address, *span)),
        _ => None,
    }
}

/// Finds the cause between virtual networks, where packets pass an appliance and replies do not, or the reverse.
fn across(network: &Network, trips: &Trips, trip: &Trip) -> Option<Cause> {
    // The places that send packets through the appliance, the places that do not, and the route of the first group.
    let (device, stateful, over, past, (address, span)) = match reason(trip)? {
        Comparison::DeviceMissed { device, stateful } => (
            *device,
            *stateful,
            (trip.from, &trip.from_kind),
            (trip.to, &trip.to_kind),
            appliance_route(&trip.traced.decision)?,
        ),
        Comparison::DeviceUnseen { device, stateful } => {
            let mut back = trips.between().filter(|one| one.from.at == trip.to.at);
            let route = back.find_map(|one| appliance_route(&one.traced.decision))?;
            (*device, *stateful, (trip.to, &trip.to_kind), (trip.from, &trip.from_kind), route)
        }
        _ => return None,
    };
    let (place, write) = at_subnet(network, past.0.at)?;
    Some(Cause {
        device,
        stateful,
        place,
        other: Some(span),
        from: over.0,
        to: past.1.iter().copied().filter(|place| place.at != over.0.at).collect(),
        packets: true,
        routes: vec![route(space(network, over.0)?, address)],
        write,
    })
}

/// The virtual network whose gateway receives inbound packets for a place.
fn hub(network: &Network, at: Vantage) -> Option<VirtualNetworkId> {
    let Vantage::Subnet(id, subnet) = at else { return None };
    network.gateways_of(id, crate::network::PeeringEnd::Subnet(subnet)).into_iter().next()
}

/// Returns the prefix that a gateway's route table needs for a place. This is the peered address space, or the subnet
/// if the place is in the gateway's own virtual network (Microsoft, *Use Azure Firewall to route a multi-hub and spoke
/// topology*).
fn prefix_at_gateway(network: &Network, hub: VirtualNetworkId, place: Probe) -> Option<IpPrefix> {
    let (id, ..) = subnet_of(network, place.at)?;
    if id == hub { Some(place.prefix.value) } else { space(network, place) }
}

/// Returns the prefix of the virtual network's address space that contains a place.
fn space(network: &Network, place: Probe) -> Option<IpPrefix> {
    let (_, own, _) = subnet_of(network, place.at)?;
    own.prefixes.iter().map(|prefix| prefix.value).find(|prefix| prefix.contains(place.address))
}

/// Returns the place where a gateway lacks a route, and where to add the route.
fn at_gateway(network: &Network, hub: VirtualNetworkId) -> ((Span, String), String) {
    let Some(own) = network.virtual_network(hub) else { return Default::default() };
    let gateway = own.gateway.as_ref().and_then(|gateway| gateway.span).unwrap_or(own.span);
    let Some(subnet) = own.subnets.iter().find(|subnet| subnet.is_for_gateways()) else {
        let write = format!("list `GatewaySubnet` of `{}` with a `route_table` that contains", own.name);
        return ((gateway, "delivers inbound packets directly".to_owned()), write);
    };
    if let Some(table) = table_of(network, subnet) {
        let write = format!("add to the `routes` of `{}`", table.name);
        return ((table.span, "the gateway's table, which bypasses the appliance".to_owned()), write);
    }
    let write = format!("give `{}/{}` a `route_table` that contains", own.name, subnet.name);
    ((subnet.span, "delivers inbound packets directly".to_owned()), write)
}

/// Returns the place where a subnet lacks a route, and where to add the route.
fn at_subnet(network: &Network, at: Vantage) -> Option<((Span, String), String)> {
    let (_, _, subnet) = subnet_of(network, at)?;
    if let Some(table) = table_of(network, subnet) {
        let write = format!("add to the `routes` of `{}`", table.name);
        return Some(((table.span, "lets replies bypass the appliance".to_owned()), write));
    }
    let write = format!("give `{}` a `route_table` that contains", at.name(network));
    Some(((subnet.span, "has no route table".to_owned()), write))
}
