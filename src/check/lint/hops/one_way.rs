//! Rules about appliances that keep sessions: both directions pass them, or neither.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::check::lint::Subject;
use crate::check::lint::hops::sampled_flows::{Trip, Trips, names, subnet_of, table_of};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Comparison, Decision, Device, Probe, Reason, Vantage};
use crate::network::{Network, VirtualNetworkId};

/// Traffic that passes an appliance in one direction alone.
pub(in crate::check::lint) fn one_way(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(trips) = subject.trips() else { return };
    let mut causes: BTreeMap<(Span, Device), Cause> = BTreeMap::new();
    for cause in trips.inward.iter().filter_map(|trip| inward(subject.network, trips, trip)) {
        Cause::add(&mut causes, cause);
    }
    for cause in trips.between().filter_map(|trip| across(subject.network, trips, trip)) {
        Cause::add(&mut causes, cause);
    }
    found.extend(causes.into_values().map(|cause| cause.finding(subject)));
}

/// The gateways at which a firewall is missed that answers pass.
pub(in crate::check::lint) fn gateways_past_appliances(subject: &Subject<'_>) -> Vec<VirtualNetworkId> {
    let trips = subject.trips().into_iter().flat_map(|trips| &trips.inward);
    let unseen = |trip: &&Trip| matches!(reason(trip), Some(Comparison::DeviceUnseen { .. }));
    trips.filter(unseen).filter_map(|trip| hub(subject.network, trip.to.at)).collect()
}

/// Why traffic between some places passes an appliance in one direction alone.
struct Cause {
    device: Device,
    /// Whether it surely drops what it saw no beginning of.
    stateful: bool,
    /// Where the route is missing.
    place: (Span, String),
    /// The route that leads the other direction over it.
    other: Option<Span>,
    /// The places that send packets, or one of them, and those that answer.
    from: Probe,
    to: Vec<Probe>,
    /// Whether it is packets that pass it, not answers.
    packets: bool,
    /// What is missing, and where it is written.
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
                "packets of `{from}` for {to} pass `{device}`, their answers do not: it {drops} what follows"
            )
        } else {
            format!("answers of {to} to `{from}` pass `{device}`, the packets do not: it {drops} them")
        };
        let make = if self.stateful { Diagnostic::warning } else { Diagnostic::advice };
        let mut diagnostic = make(Code::LINT_ONE_WAY, source, message).at(self.place.0, self.place.1);
        if let Some(other) = self.other.filter(|other| *other != self.place.0) {
            diagnostic = diagnostic.at(other, "leads the other direction over it");
        }
        let more = self.routes.len().saturating_sub(3);
        self.routes.truncate(3);
        let more = if more == 0 { String::new() } else { format!(", and {more} more alike") };
        diagnostic.help(format!(
            "lead both directions over it: {} {}{more}",
            self.write,
            self.routes.join(", ")
        ))
    }
}

/// Why the answer of a trip comes back as it does, to the place it started at.
fn reason(trip: &Trip) -> Option<&Comparison> {
    let sources = &trip.told.back.as_ref()?.sources;
    let own = sources.iter().filter(|source| source.source.contains(trip.from.address));
    own.max_by_key(|source| source.source.length()).map(|source| &source.reason)
}

fn route(prefix: IpPrefix, next_hop: std::net::IpAddr) -> String {
    format!("`{{prefix: {}, next_hop: virtual-appliance {next_hop}}}`", quoted(prefix))
}

/// A prefix as YAML takes it inside braces.
fn quoted(prefix: IpPrefix) -> String {
    if prefix.first().is_ipv4() { prefix.to_string() } else { format!("\"{prefix}\"") }
}

/// From a site to a subnet.
fn inward(network: &Network, trips: &Trips, trip: &Trip) -> Option<Cause> {
    let back = || trips.outward.iter().find(|one| one.from == trip.to && one.to == trip.from);
    // Whether packets or answers pass it, the route that leads these over it, and what the others lack.
    let (device, stateful, packets, (address, span), prefixes, (place, write)) = match reason(trip)? {
        Comparison::DeviceUnseen { device, stateful } => {
            let hub = hub(network, trip.to.at)?;
            let prefixes = trip.to_kind.iter().filter_map(|place| prefix_at_gateway(network, hub, *place));
            let led = led(&back()?.told.decision)?;
            (*device, *stateful, false, led, prefixes.collect(), at_gateway(network, hub))
        }
        Comparison::DeviceMissed { device, stateful } => {
            let (_, hop) = trip.gateway()?;
            let prefix = back()?.told.decision.prefix.unwrap_or(trip.from.prefix.value);
            let place = at_subnet(network, trip.to.at)?;
            (*device, *stateful, true, led(&hop.decision)?, vec![prefix], place)
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

/// The appliance that a decision leads to, and the route.
fn led(decision: &Decision) -> Option<(std::net::IpAddr, Span)> {
    match decision.reason() {
        Reason::Appliance { address, span } => Some((*address, *span)),
        _ => None,
    }
}

/// Between virtual networks: packets pass what their answers do not, or the other way round.
fn across(network: &Network, trips: &Trips, trip: &Trip) -> Option<Cause> {
    // The places that send over it, those that do not, and the route of the first.
    let (device, stateful, over, past, (address, span)) = match reason(trip)? {
        Comparison::DeviceMissed { device, stateful } => (
            *device,
            *stateful,
            (trip.from, &trip.from_kind),
            (trip.to, &trip.to_kind),
            led(&trip.told.decision)?,
        ),
        Comparison::DeviceUnseen { device, stateful } => {
            let mut back = trips.between().filter(|one| one.from.at == trip.to.at);
            let route = back.find_map(|one| led(&one.told.decision))?;
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

/// The virtual network whose gateway lets in what comes for a place.
fn hub(network: &Network, at: Vantage) -> Option<VirtualNetworkId> {
    let Vantage::Subnet(id, subnet) = at else { return None };
    network.gateways_of(id, crate::network::PeeringEnd::Subnet(subnet)).into_iter().next()
}

/// The prefix by which a gateway has to lead what is for a place: that of the peered address space, in its own virtual network
/// that of the subnet (Microsoft, *Use Azure Firewall to route a multi-hub and spoke topology*).
fn prefix_at_gateway(network: &Network, hub: VirtualNetworkId, place: Probe) -> Option<IpPrefix> {
    let (id, ..) = subnet_of(network, place.at)?;
    if id == hub { Some(place.prefix.value) } else { space(network, place) }
}

/// The prefix of its virtual network that a place lies in.
fn space(network: &Network, place: Probe) -> Option<IpPrefix> {
    let (_, own, _) = subnet_of(network, place.at)?;
    own.prefixes.iter().map(|prefix| prefix.value).find(|prefix| prefix.contains(place.address))
}

/// Where a route is missing at a gateway, and where it is to be written.
fn at_gateway(network: &Network, hub: VirtualNetworkId) -> ((Span, String), String) {
    let Some(own) = network.virtual_network(hub) else { return Default::default() };
    let gateway = own.gateway.as_ref().and_then(|gateway| gateway.span).unwrap_or(own.span);
    let Some(subnet) = own.subnets.iter().find(|subnet| subnet.is_for_gateways()) else {
        let write = format!("list `GatewaySubnet` of `{}` with a `route_table` that has", own.name);
        return ((gateway, "delivers directly what comes in".to_owned()), write);
    };
    if let Some(table) = table_of(network, subnet) {
        let write = format!("add to the `routes` of `{}`", table.name);
        return ((table.span, "at the gateway, leads past it".to_owned()), write);
    }
    let write = format!("give `{}/{}` a `route_table` that has", own.name, subnet.name);
    ((subnet.span, "delivers directly what comes in".to_owned()), write)
}

/// Where a route is missing at a subnet, and where it is to be written.
fn at_subnet(network: &Network, at: Vantage) -> Option<((Span, String), String)> {
    let (_, _, subnet) = subnet_of(network, at)?;
    if let Some(table) = table_of(network, subnet) {
        let write = format!("add to the `routes` of `{}`", table.name);
        return Some(((table.span, "leads answers past it".to_owned()), write));
    }
    let write = format!("give `{}` a `route_table` that has", at.name(network));
    Some(((subnet.span, "has no route table".to_owned()), write))
}
