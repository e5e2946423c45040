//! Rules about load: whether the remaining capacity is sufficient at peak when a connection or a circuit fails.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::peerings::peering_addresses::enabled_peering;
use crate::diag::{Code, Diagnostic, Span};
use crate::network::capacity::{
    HEADROOM_PERCENT, Heir, Offered, after_circuit, after_connection, link, peering_load,
};
use crate::network::{Bandwidth, Circuit, CircuitId, Connection, Connections, InternetEdge, PeeringKind};

/// Reports links whose load exceeds their bandwidth, either now or if the other link or another circuit fails.
pub(in crate::check::lint) fn capacity(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_CAPACITY, Object::Circuit, 0);
    for (id, circuit) in subject.network.circuits_with_ids() {
        let missing = without_peak(circuit);
        found.examined(Code::LINT_CAPACITY, Object::Circuit, usize::from(missing.is_empty()));
        for missing in missing {
            found.lacks(Code::LINT_CAPACITY, missing);
        }
        let over = |connection: &Connection| {
            link(circuit, *connection).filter(|offered| offered.dropped() > Bandwidth::ZERO)
        };
        let mut today = Connection::ALL.into_iter().filter_map(|one| Some((one, over(&one)?))).peekable();
        if today.peek().is_none()
            && let Some(offered) = after_connection(circuit)
        {
            let when = format!("if one connection of `{}` fails, the other", circuit.name);
            report(subject, circuit, &when, offered, found);
        }
        for (connection, offered) in today {
            let when = format!("the {} connection of `{}`", connection.name(), circuit.name);
            report(subject, circuit, &when, offered, found);
        }
        if let Some((heir, offered)) = after_circuit(subject.network, id) {
            let when = format!("if `{}` fails, {}", circuit.name, heirs(subject, &heir));
            report(subject, circuit, &when, offered, found);
        }
    }
}

/// Names the link or circuits that take over, as the subject of a sentence in the singular.
fn heirs(subject: &Subject<'_>, heir: &Heir) -> String {
    let Heir::Circuits(circuits) = heir else { return "the internet edge of the circuit's sites".to_owned() };
    let named = |id: &CircuitId| Some(format!("`{}`", subject.network.circuit(*id)?.name));
    circuits.iter().filter_map(named).collect::<Vec<_>>().join(" with ")
}

fn report(subject: &Subject<'_>, circuit: &Circuit, when: &str, offered: Offered, found: &mut Findings) {
    let (dropped, headroom) = (offered.dropped(), offered.headroom_percent());
    let (code, source) = (Code::LINT_CAPACITY, &subject.network.source);
    let Offered { load, capacity } = offered;
    let diagnostic = if load > capacity {
        let message =
            format!("{when} is offered {load} but carries at most {capacity}: {dropped} are dropped");
        Diagnostic::warning(code, source, message)
    } else if headroom < HEADROOM_PERCENT {
        let message = format!(
            "{when} is offered {load} and carries at most {capacity}: only {headroom} % headroom remains"
        );
        Diagnostic::advice(code, source, message)
    } else {
        return;
    };
    let labels = peaks(circuit).into_iter().map(|span| (span, "peak"));
    let diagnostic = labels.fold(diagnostic, |diagnostic, (span, text)| diagnostic.at(span, text));
    found.push(diagnostic.help(
        "order more bandwidth, or reduce the load: each of the two links has the full bandwidth, and must carry the whole load if the other fails",
    ));
}

/// Returns the places where the file gives a circuit's load, in file order.
fn peaks(circuit: &Circuit) -> Vec<Span> {
    let microsoft = circuit.microsoft_peering.as_ref().map(|peering| &peering.connections);
    let private = circuit.private_peering.as_ref().map(|peering| &peering.connections);
    let settings = microsoft.into_iter().chain(private).flat_map(Connections::iter);
    settings.filter_map(|(_, settings)| Some(settings.peak?.span)).collect()
}

/// Reports circuits without a peak, and edges without a peak or bandwidth, if other circuits have a peak.
pub(in crate::check::lint) fn peak_missing(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    for edge in edges_without_load(subject) {
        found.lacks(Code::LINT_CAPACITY, edge_load(edge));
    }
    let known = network.circuits.iter().filter(|circuit| !peaks(circuit).is_empty()).count();
    found.examined(Code::LINT_PEAK_MISSING, Object::Circuit, known);
    if !network.circuits.iter().any(|circuit| !peaks(circuit).is_empty()) {
        for circuit in &network.circuits {
            found.lacks(Code::LINT_PEAK_MISSING, no_peak(circuit));
        }
        return;
    }
    let mut missing: Vec<(&str, Span, &str)> = Vec::new();
    for circuit in network.circuits.iter().filter(|circuit| peaks(circuit).is_empty()) {
        missing.push((&circuit.name, circuit.span, no_peak(circuit).write));
    }
    for edge in edges_without_load(subject) {
        missing.push((&edge.name, edge.span, edge_load(edge).write));
    }
    for (name, span, help) in missing {
        let message =
            format!("it is unknown whether `{name}` can carry the load after the loss of a circuit");
        found.push(
            Diagnostic::advice(Code::LINT_PEAK_MISSING, &network.source, message).at(span, "").help(help),
        );
    }
}

/// Returns the internet edges that take over the load of a lost circuit and of which the file lacks the load or the
/// bandwidth.
fn edges_without_load<'n>(subject: &Subject<'n>) -> impl Iterator<Item = &'n InternetEdge> + use<'n> {
    let network = subject.network;
    network.sites.iter().filter_map(move |site| {
        // If the site has a second circuit, the edge does not take over. Private peering traffic cannot leave over the
        // edge at all.
        let [circuit] = site.circuits.as_slice() else { return None };
        let microsoft = network.circuit(*circuit).and_then(|circuit| circuit.microsoft_peering.as_ref());
        let mut loads = microsoft.into_iter().flat_map(|peering| peering.connections.iter());
        loads.find(|(_, settings)| settings.peak.is_some())?;
        site.internet.as_ref().filter(|edge| edge.peak.is_none() || edge.bandwidth.is_none())
    })
}

/// Returns the peaks that the load of a circuit needs and the file lacks: that of each enabled peering, or of the circuit
/// as a whole if it has none.
fn without_peak(circuit: &Circuit) -> Vec<Missing> {
    if peaks(circuit).is_empty() {
        return vec![no_peak(circuit)];
    }
    let known = |kind| Connection::ALL.into_iter().any(|one| peering_load(circuit, kind, one).is_some());
    let without = PeeringKind::ALL.into_iter().filter(|kind| !known(*kind));
    let missing = without.filter_map(|kind| {
        let span = enabled_peering(circuit, kind)?;
        Some(Missing { of: format!("`{}/{}`", circuit.name, kind.name()), span, ..no_peak(circuit) })
    });
    missing.collect()
}

fn no_peak(circuit: &Circuit) -> Missing {
    Missing {
        what: "no `peak`".to_owned(),
        of: format!("`{}`", circuit.name),
        span: circuit.span,
        write: "set `peak` on the connections of the circuit's peerings",
    }
}

fn edge_load(edge: &InternetEdge) -> Missing {
    Missing {
        what: "no `bandwidth` and `peak`".to_owned(),
        of: format!("`{}`", edge.name),
        span: edge.span,
        write: "set `bandwidth` and `peak` on the internet edge",
    }
}
