//! Rules about load: whether the remaining capacity is sufficient at peak when a connection or a circuit fails.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::peerings::peering_addresses::enabled_peering;
use crate::diag::{Code, Diagnostic, Severity, Span};
use crate::network::capacity::{
    AfterCircuit, HEADROOM_PERCENT, Heir, Offered, after_circuit, after_connection, gateway, link,
    peering_load, wan_after_circuit, wan_link,
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
        let spans = || peaks(circuit);
        let mut today = Connection::ALL.into_iter().filter_map(|one| Some((one, over(&one)?))).peekable();
        if today.peek().is_none()
            && let Some(offered) = after_connection(circuit)
        {
            let when = format!("if one connection of `{}` fails, the other", circuit.name);
            found.extend(report(subject, &when, offered).map(|one| labelled(one, spans(), ONE_LINK)));
        }
        for (connection, offered) in today {
            let when = format!("the {} connection of `{}`", connection.name(), circuit.name);
            found.extend(report(subject, &when, offered).map(|one| labelled(one, spans(), ONE_LINK)));
        }
        if let Some(after) = after_circuit(subject.network, id) {
            let when = format!("if `{}` fails, {}", circuit.name, heirs(subject, &after.heir));
            let one = report(subject, &when, after.offered).filter(|one| one.severity != Severity::Advice);
            let one = one.or_else(|| second_failure(subject, &when, &after));
            let one = one.or_else(|| report(subject, &when, after.offered));
            found.extend(one.map(|one| labelled(one, spans(), ALL_LINKS)));
        }
        if let Some((site, offered)) = wan_after_circuit(subject.network, id) {
            let site = subject.network.site(site).map_or("", |site| &site.name);
            let when = format!("if `{}` fails, the WAN of `{site}`", circuit.name);
            found.extend(report(subject, &when, offered).map(|one| labelled(one, spans(), WAN)));
        }
    }
    wan_and_gateways(subject, found);
}

const ONE_LINK: &str = "order more bandwidth, or reduce the load: each of the two links has the full bandwidth, and must carry the whole load \
    if the other fails";
const ALL_LINKS: &str = "order more bandwidth, or reduce the load: both links of a circuit together carry twice its bandwidth, but only while \
    both are up";
const WAN: &str = "order more bandwidth between the sites, or add a circuit at the site";

/// Reports links between sites and gateways whose load exceeds what they carry while everything is up.
fn wan_and_gateways(subject: &Subject<'_>, found: &mut Findings) {
    for (_, link) in subject.network.wan_links_with_ids() {
        let Some(offered) = wan_link(link) else { continue };
        let one = report(subject, &format!("the link `{}`", link.name), offered);
        found.extend(one.map(|one| labelled(one, link.peak.iter().map(|peak| peak.span), WAN)));
    }
    for (id, own) in subject.network.virtual_networks_with_ids() {
        let Some(offered) = gateway(subject.network, id) else { continue };
        let one = report(subject, &format!("the gateway of `{}`", own.name), offered);
        let sku = own.gateway.as_ref().and_then(|gateway| gateway.sku).map(|sku| sku.span);
        let help = "use a larger gateway, bypass it with FastPath, or reduce the load";
        found.extend(one.map(|one| sku.into_iter().fold(one, |one, span| one.at(span, "")).help(help)));
    }
}

/// Names the links or circuits that take over, as the subject of a sentence in the singular.
fn heirs(subject: &Subject<'_>, heir: &Heir) -> String {
    let Heir::Circuits { circuits, links } = heir else {
        return "the internet edge of the circuit's sites".to_owned();
    };
    let named = |id: &CircuitId| Some(format!("`{}`", subject.network.circuit(*id)?.name));
    let names = circuits.iter().filter_map(named).collect::<Vec<_>>().join(" with ");
    let links = if *links == 1 { "1 link".to_owned() } else { format!("{links} links") };
    format!("{names} ({links})")
}

/// Reports the effect of a second failure, if the load fits after the first one.
fn second_failure(subject: &Subject<'_>, when: &str, after: &AfterCircuit) -> Option<Diagnostic> {
    let (Offered { load, capacity }, second) = (after.offered, after.second?);
    if second.dropped() == Bandwidth::ZERO {
        return None;
    }
    let (left, dropped) = (second.capacity, second.dropped());
    let message = format!(
        "{when} is offered {load} and carries at most {capacity}; if one more link fails, {left} remain and {dropped} are dropped"
    );
    Some(Diagnostic::advice(Code::LINT_CAPACITY, &subject.network.source, message))
}

fn report(subject: &Subject<'_>, when: &str, offered: Offered) -> Option<Diagnostic> {
    let (dropped, headroom) = (offered.dropped(), offered.headroom_percent());
    let (code, source) = (Code::LINT_CAPACITY, &subject.network.source);
    let Offered { load, capacity } = offered;
    if load > capacity {
        let message =
            format!("{when} is offered {load} but carries at most {capacity}: {dropped} are dropped");
        return Some(Diagnostic::warning(code, source, message));
    }
    (headroom < HEADROOM_PERCENT).then(|| {
        let message = format!(
            "{when} is offered {load} and carries at most {capacity}: only {headroom} % headroom remains"
        );
        Diagnostic::advice(code, source, message)
    })
}

fn labelled(diagnostic: Diagnostic, peaks: impl IntoIterator<Item = Span>, help: &str) -> Diagnostic {
    let labels = peaks.into_iter().map(|span| (span, "peak"));
    labels.fold(diagnostic, |diagnostic, (span, text)| diagnostic.at(span, text)).help(help)
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
    for (_, link) in
        network.wan_links_with_ids().filter(|(_, link)| link.peak.is_some() && link.bandwidth.is_none())
    {
        missing.push((&link.name, link.span, "set `bandwidth` on the link"));
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
