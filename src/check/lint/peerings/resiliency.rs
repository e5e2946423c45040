//! Rules about the loss of a peering location.

use std::collections::BTreeSet;

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::diag::{Code, Diagnostic};
use crate::network::reach::city_of;
use crate::network::{Circuit, CircuitId, Connections, State};

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
