//! Rules about servers that are reached from outside: whether anybody reaches them, and whether their answers
//! arrive.

use super::Subject;
use crate::addr::IpPrefix;
use crate::diag::{Code, Diagnostic, Spanned};
use crate::network::{Circuit, Connection, InternetEdge, MicrosoftPeering, Published, Site, State};

/// Published servers that nothing leads to, or whose answers a stateful edge drops.
pub(super) fn published(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for site in &subject.network.sites {
        for server in &site.published {
            for address in &server.addresses {
                let host = IpPrefix::host(address.value);
                let server = Address { site, server, host, span: address.span };
                found.extend(server.judge(subject));
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
    fn judge(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let internet = self.internet(subject);
        let circuits = self.circuits(subject);
        let longest = circuits.iter().map(|(.., prefix)| prefix.value.length()).max();
        let over_internet = internet.as_ref().map(|(_, prefix)| prefix.value.length());
        if longest.max(over_internet).is_none() {
            let message = format!(
                "nothing advertises `{}`, which `{}` is published at",
                self.host.first(),
                self.server.name
            );
            let diagnostic = Diagnostic::warning(Code::LINT_PUBLISHED, &subject.network.source, message);
            let help = "no packet comes in: advertise a prefix that holds it on an internet edge or a Microsoft peering";
            return vec![diagnostic.at(self.span, "").help(help)];
        }
        // Of the same length on both, Microsoft always takes ExpressRoute.
        if longest >= over_internet {
            return self.over_circuits(subject, &circuits, longest);
        }
        internet.and_then(|(edge, prefix)| self.over_internet(subject, edge, prefix)).into_iter().collect()
    }

    /// Microsoft's packets come over the internet: answers to what a circuit brings leave over the circuit.
    fn over_internet(
        &self,
        subject: &Subject<'_>,
        edge: &InternetEdge,
        prefix: Spanned<IpPrefix>,
    ) -> Option<Diagnostic> {
        let mut circuits = self.site.circuits.iter().filter_map(|id| subject.network.circuit(*id));
        let taken = circuits.find(|circuit| brings_routes(circuit)).filter(|_| !edge.inbound_source_nat)?;
        let message = format!(
            "answers of `{}` to Microsoft leave over `{}`, but what they answer came in at `{}`",
            self.server.name, taken.name, edge.name
        );
        let diagnostic = Diagnostic::warning(Code::LINT_PUBLISHED, &subject.network.source, message);
        Some(
            diagnostic
                .at(self.span, "published here")
                .at(prefix.span, "the longest prefix of it")
                .help("the circuit's edge drops them: translate the source of what comes in and write `inbound_source_nat: true` at the internet edge"),
        )
    }

    /// Microsoft's packets come over circuits, from any of its servers: answers to those whose prefixes no circuit
    /// brings leave over the internet.
    fn over_circuits(
        &self,
        subject: &Subject<'_>,
        circuits: &[OnCircuit<'_>],
        longest: Option<u8>,
    ) -> Vec<Diagnostic> {
        let leaves = self.site.internet.as_ref().is_some_and(|edge| edge.stateful);
        let attracts = |on: &&OnCircuit<'_>| Some(on.2.value.length()) == longest && !on.1.inbound_source_nat;
        let drawn = circuits.iter().filter(attracts).filter(|_| leaves);
        let told = drawn.map(|(circuit, _, prefix)| {
            let message = format!(
                "any server of Microsoft's reaches `{}` over `{}`, but answers to those that no circuit brings leave over the internet",
                self.server.name, circuit.name
            );
            Diagnostic::warning(Code::LINT_PUBLISHED, &subject.network.source, message)
                .at(self.span, "published here")
                .at(prefix.span, "the longest prefix of it")
                .help("the internet edge drops them: translate the source of what comes in and write `inbound_source_nat: true` at the Microsoft peering")
        });
        told.collect()
    }

    /// The internet edge that announces the longest prefix of the address.
    fn internet<'n>(&self, subject: &Subject<'n>) -> Option<(&'n InternetEdge, Spanned<IpPrefix>)> {
        let edges =
            subject.network.sites.iter().filter_map(|site| site.internet.as_ref().map(|edge| (site, edge)));
        let announcing = edges
            .filter(|(_, edge)| edge.state.value == State::Up)
            .filter_map(|(site, edge)| Some((edge, self.longest(site.announced(self.host.family()))?)));
        announcing.max_by_key(|(_, prefix)| prefix.value.length())
    }

    /// The circuits that advertise it to Microsoft, each once with its longest prefix.
    fn circuits<'n>(&self, subject: &Subject<'n>) -> Vec<OnCircuit<'n>> {
        let advertising = subject.network.circuits.iter().filter_map(|circuit| {
            let peering = circuit.microsoft_peering.as_ref()?;
            let sessions = Connection::ALL.into_iter().filter(|connection| peering.is_up(*connection));
            let prefixes = sessions
                .filter_map(|connection| self.longest(peering.advertised_on(connection).iter().copied()));
            Some((circuit, peering, prefixes.max_by_key(|prefix| prefix.value.length())?))
        });
        advertising.collect()
    }

    fn longest(&self, prefixes: impl Iterator<Item = Spanned<IpPrefix>>) -> Option<Spanned<IpPrefix>> {
        prefixes.filter(|prefix| prefix.value.covers(self.host)).max_by_key(|prefix| prefix.value.length())
    }
}

/// A circuit with its Microsoft peering and a prefix that it advertises.
type OnCircuit<'n> = (&'n Circuit, &'n MicrosoftPeering, Spanned<IpPrefix>);

/// Whether Microsoft advertises anything on a circuit, over a session that is up.
fn brings_routes(circuit: &Circuit) -> bool {
    let Some(peering) = &circuit.microsoft_peering else { return false };
    let up = || Connection::ALL.into_iter().filter(|connection| peering.is_up(*connection));
    let learned = up().any(|connection| peering.connections.get(connection).learned.is_some());
    let filter = peering.route_filter.as_ref().is_some_and(|filter| !filter.communities.is_empty());
    up().next().is_some() && (filter || learned || circuit.advertises_without_filter())
}
