//! Rules about published servers: whether they can be reached from outside, and whether their replies arrive.

use crate::addr::IpPrefix;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::diag::{Code, Diagnostic};
use crate::engine::{Attracted, Attractions, Inputs, OnCircuit, OnInternet};
use crate::network::{Circuit, CircuitId, Connection, Published, Site};

/// Reports published servers that no route reaches, or whose replies a stateful edge drops.
pub(in crate::check::lint) fn published(subject: &Subject<'_>, found: &mut Findings) {
    let servers = subject.network.sites.iter().flat_map(|site| &site.published);
    let addresses = servers.map(|server| server.addresses.len()).sum();
    found.examined(Code::LINT_PUBLISHED, Object::PublishedAddress, addresses);
    let attractions = Attractions::of(Inputs::new(subject.network, subject.catalog));
    for site in &subject.network.sites {
        for server in &site.published {
            for address in &server.addresses {
                let host = IpPrefix::host(address.value);
                let server = Address { site, server, host, span: address.span };
                found.extend(server.evaluate(subject, &attractions));
            }
        }
    }
}

/// A public address of a published server.
struct Address<'n> {
    site: &'n Site,
    server: &'n Published,
    host: IpPrefix,
    span: crate::diag::Span,
}

impl Address<'_> {
    /// Evaluates the address for any of Microsoft's servers in the same way as
    /// [`to_server`](crate::engine::to_server()), with the same choice of edges.
    fn evaluate(&self, subject: &Subject<'_>, attractions: &Attractions) -> Vec<Diagnostic> {
        match attractions.microsoft(self.host, |_| true) {
            Attracted::Circuits(tied) => self.over_circuits(subject, &tied),
            Attracted::Internet(tied) => {
                tied.into_iter().filter_map(|edge| self.over_internet(subject, edge)).collect()
            }
            Attracted::Nowhere => {
                let message = format!(
                    "`{}`, the published address of `{}`, is not advertised",
                    self.host.first(),
                    self.server.name
                );
                let diagnostic = Diagnostic::warning(Code::LINT_PUBLISHED, &subject.network.source, message);
                let help = "no packet arrives: advertise a prefix that contains this address on an internet edge or a Microsoft peering";
                vec![diagnostic.at(self.span, "").help(help)]
            }
        }
    }

    /// Reports a server that Microsoft's packets reach over the internet, if replies to prefixes learned from a circuit
    /// leave over that circuit.
    fn over_internet(&self, subject: &Subject<'_>, on: &OnInternet) -> Option<Diagnostic> {
        let edge = subject.network.site(on.site).and_then(|site| site.internet.as_ref())?;
        let mut circuits = self.site.circuits.iter().filter_map(|id| subject.network.circuit(*id));
        let taken = circuits.find(|circuit| brings_routes(circuit)).filter(|_| !edge.inbound_source_nat)?;
        let message = format!(
            "replies from `{}` to Microsoft leave over `{}`, but the packets arrive at `{}`",
            self.server.name, taken.name, edge.name
        );
        let diagnostic = Diagnostic::warning(Code::LINT_PUBLISHED, &subject.network.source, message);
        Some(diagnostic.at(self.span, "published here").at(on.prefix.span, "its longest prefix").help(
            "the circuit's edge drops these replies: translate the source address of inbound packets and set \
                    `inbound_source_nat: true` on the internet edge",
        ))
    }

    /// Reports a server that packets from all of Microsoft's servers reach over circuits, if replies to prefixes not
    /// learned from a circuit leave over the internet.
    fn over_circuits(&self, subject: &Subject<'_>, tied: &[&OnCircuit]) -> Vec<Diagnostic> {
        if !self.site.internet.as_ref().is_some_and(|edge| edge.stateful) {
            return Vec::new();
        }
        // Report both connections of a circuit as one finding.
        let mut reported: Vec<CircuitId> = Vec::new();
        let mut found = Vec::new();
        for on in tied {
            let Some(circuit) = subject.network.circuit(on.circuit) else { continue };
            let translates =
                circuit.microsoft_peering.as_ref().is_some_and(|own| own.of_kind.inbound_source_nat);
            if translates || reported.contains(&on.circuit) {
                continue;
            }
            reported.push(on.circuit);
            let message = format!(
                "all Microsoft servers reach `{}` over `{}`, but replies to prefixes not learned from a circuit leave over the internet",
                self.server.name, circuit.name
            );
            found.push(
                Diagnostic::warning(Code::LINT_PUBLISHED, &subject.network.source, message)
                    .at(self.span, "published here")
                    .at(on.prefix.span, "its longest prefix")
                    .help("the internet edge drops these replies: translate the source address of inbound packets and set `inbound_source_nat: \
                        true` on the Microsoft peering"),
            );
        }
        found
    }
}

/// Whether Microsoft advertises anything on a circuit, over a session that is up.
fn brings_routes(circuit: &Circuit) -> bool {
    let Some(peering) = &circuit.microsoft_peering else { return false };
    let up = || Connection::ALL.into_iter().filter(|connection| peering.is_up(*connection));
    let learned = up().any(|connection| peering.connections.get(connection).learned.is_some());
    let filter = peering.of_kind.route_filter.as_ref().is_some_and(|filter| !filter.communities.is_empty());
    up().next().is_some() && (filter || learned || circuit.advertises_without_filter())
}
