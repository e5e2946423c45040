//! Rules about the loss of a peering location.

use std::collections::BTreeSet;

use crate::addr::IpPrefix;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::diag::{Code, Diagnostic, Span};
use crate::network::reach::city_of;
use crate::network::{Circuit, CircuitId, Connection, Connections, Network, State, VirtualNetwork};

/// Reports circuits that depend on a single peering location.
pub(in crate::check::lint) fn locations(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    let mut reported: Vec<Vec<CircuitId>> = Vec::new();
    let carrying = network.circuits.iter().filter(|one| carries_private(one) || carries_microsoft(one));
    found.examined(Code::LINT_RESILIENCY, Object::Circuit, carrying.count());
    for own in &network.virtual_networks {
        let Some(gateway) = &own.gateway else { continue };
        let mut circuits: Vec<CircuitId> = gateway.circuits.iter().map(|link| link.circuit).collect();
        circuits.retain(|id| network.circuit(*id).is_some_and(carries_private));
        let name = format!("to the gateway of `{}`", own.name);
        one_location(subject, &circuits, &name, &mut reported, found);
        prefixes_of_one(subject, own, &circuits, found);
    }
    let circuits = network.circuits_with_ids().filter(|(_, one)| carries_microsoft(one));
    let circuits: Vec<CircuitId> = circuits.map(|(id, _)| id).collect();
    one_location(subject, &circuits, "to Microsoft's services", &mut reported, found);
}

fn one_location(
    subject: &Subject<'_>,
    circuits: &[CircuitId],
    to: &str,
    reported: &mut Vec<Vec<CircuitId>>,
    found: &mut Findings,
) {
    let all: Vec<&Circuit> = circuits.iter().filter_map(|id| subject.network.circuit(*id)).collect();
    let Some(first) = all.first() else { return };
    let locations: BTreeSet<&str> = all.iter().map(|one| one.peering_location.value.as_str()).collect();
    if locations.len() > 1 || is_metro(&first.peering_location.value) || reported.contains(&circuits.to_vec())
    {
        return;
    }
    reported.push(circuits.to_vec());
    let names: Vec<String> = all.iter().map(|one| format!("`{}`", one.name)).collect();
    let leads = if names.len() == 1 { "is the only circuit" } else { "are the only circuits" };
    let message = format!(
        "{} {leads} {to}, with a single peering location ({}): standard resiliency",
        names.join(" and "),
        first.peering_location.value
    );
    let mut diagnostic = Diagnostic::advice(Code::LINT_RESILIENCY, &subject.network.source, message);
    for circuit in &all {
        diagnostic = diagnostic.at(circuit.peering_location.span, "");
    }
    found.push(diagnostic.help(
        "add a circuit at another `peering_location` (maximum resiliency), or use a Metro location, such \
        as `Amsterdam Metro` (high resiliency)",
    ));
}

/// Reports prefixes learned from only one peering location, if a gateway has circuits at several locations.
fn prefixes_of_one(
    subject: &Subject<'_>,
    own: &VirtualNetwork,
    circuits: &[CircuitId],
    found: &mut Findings,
) {
    let network = subject.network;
    let tunnels = tunnelled(network, own);
    let advertised = |id: CircuitId| {
        let peering = network.circuit(id).and_then(|one| one.private_peering.as_ref());
        peering.into_iter().flat_map(|one| Connection::ALL.map(|side| one.advertised_on(side))).flatten()
    };
    let at = |id: CircuitId| network.circuit(id).map(|one| one.peering_location.value.as_str());
    let locations: BTreeSet<&str> = circuits.iter().filter_map(|id| at(*id)).collect();
    if locations.len() < 2 {
        return;
    }
    for location in locations.iter().filter(|location| !is_metro(location)) {
        let elsewhere =
            || circuits.iter().filter(|id| at(**id) != Some(location)).flat_map(|id| advertised(*id));
        let elsewhere: Vec<IpPrefix> =
            elsewhere().map(|prefix| prefix.value).chain(tunnels.iter().copied()).collect();
        let here = circuits.iter().filter(|id| at(**id) == Some(location)).flat_map(|id| advertised(*id));
        let alone = here.filter(|prefix| !elsewhere.iter().any(|other| other.covers(prefix.value)));
        let mut alone: Vec<(Span, IpPrefix)> = alone.map(|prefix| (prefix.span, prefix.value)).collect();
        alone.sort_by_key(|(span, _)| *span);
        alone.dedup_by_key(|(_, prefix)| *prefix);
        let Some((span, prefix)) = alone.first() else { continue };
        let more = if alone.len() == 1 { String::new() } else { format!(" and {} more", alone.len() - 1) };
        let verb = if alone.len() == 1 { "is" } else { "are" };
        let message = format!(
            "`{prefix}`{more} {verb} advertised to the gateway of `{}` only at {location}: standard resiliency",
            own.name
        );
        found.push(Diagnostic::advice(Code::LINT_RESILIENCY, &network.source, message).at(*span, "").help(
            "also add the prefix, or one that covers it, to `advertised` on a circuit at the other location",
        ));
    }
}

/// Returns the prefixes that the gateway of a virtual network learns over tunnels.
fn tunnelled(network: &Network, own: &VirtualNetwork) -> Vec<IpPrefix> {
    let mut all = Vec::new();
    for end in own.gateway.iter().flat_map(|gateway| &gateway.vpn) {
        let Some(site) = network.site(end.site) else { continue };
        let tunnel = usize::try_from(end.vpn).ok().and_then(|index| site.vpn.get(index));
        let advertised = tunnel.and_then(|tunnel| tunnel.advertised.as_ref()).unwrap_or(&site.prefixes);
        all.extend(advertised.iter().map(|prefix| prefix.value));
    }
    all
}

/// Whether the two connections of a circuit at this location terminate at two sites in one city.
fn is_metro(location: &str) -> bool {
    city_of(location).1
}

fn is_up(enabled: bool, connections: &Connections) -> bool {
    enabled && connections.iter().any(|(_, settings)| settings.state.value == State::Up)
}

fn carries_private(circuit: &Circuit) -> bool {
    circuit.private_peering.as_ref().is_some_and(|own| is_up(own.enabled.value, &own.connections))
}

fn carries_microsoft(circuit: &Circuit) -> bool {
    circuit.microsoft_peering.as_ref().is_some_and(|own| is_up(own.enabled.value, &own.connections))
}
