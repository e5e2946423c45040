//! Rules about addresses: the return path, and whether there is a default route at all.

use std::collections::{BTreeSet, HashMap};

use crate::addr::{Family, IpPrefix};
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::peerings::peering_addresses::examine_advertised;
use crate::check::lint::{Subject, overlap};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::{Attractions, Inputs};
use crate::network::{
    Circuit, Connection, InternetEdge, MicrosoftPeering, Network, PeeringKind, Selector, Site, StaticVia,
};

/// All circuits with an enabled Microsoft peering, each with that peering.
fn with_peering<'n>(subject: &Subject<'n>) -> impl Iterator<Item = WithPeering<'n>> {
    let circuits = subject.network.circuits.iter();
    circuits
        .filter_map(|circuit| Some((circuit, circuit.microsoft_peering.as_ref()?)))
        .filter(|(_, peering)| peering.enabled.value)
}

/// Collects a list of prefixes from both connections of a peering, without repeating a line of the file.
fn on_connections<'p>(
    peering: &'p MicrosoftPeering,
    of: impl Fn(&'p MicrosoftPeering, Connection) -> &'p [Spanned<IpPrefix>],
) -> Vec<Spanned<IpPrefix>> {
    let mut all: Vec<Spanned<IpPrefix>> = Vec::new();
    for prefix in Connection::ALL.into_iter().flat_map(|connection| of(peering, connection)) {
        if !all.iter().any(|seen| seen.span == prefix.span) {
            all.push(*prefix);
        }
    }
    all
}

/// Reports addresses advertised both to the internet and on a Microsoft peering.
pub(in crate::check::lint) fn internet_and_circuit(subject: &Subject<'_>, found: &mut Findings) {
    const CODE: Code = Code::LINT_INTERNET_AND_CIRCUIT;
    found.examined(CODE, Object::PeeringBesideEdge, 0);
    let edges = || subject.network.sites.iter().filter_map(|site| site.internet.as_ref());
    let any = with_peering(subject).next().is_some();
    for edge in edges().filter(|edge| any && edge.announced().is_empty()) {
        found.lacks(CODE, no_pool(edge));
    }
    if edges().any(|edge| !edge.announced().is_empty()) {
        for (circuit, _) in with_peering(subject) {
            examine_advertised(CODE, Object::PeeringBesideEdge, (circuit, PeeringKind::Microsoft), found);
        }
    }
    for edge in edges() {
        for (circuit, peering) in with_peering(subject) {
            both_ways(subject, edge, circuit, peering, found);
        }
    }
}

/// Returns the input that is missing if an internet edge has neither advertised prefixes nor a NAT pool.
fn no_pool(edge: &InternetEdge) -> Missing {
    Missing {
        what: "no `nat` or `advertised`".to_owned(),
        of: format!("`{}`", edge.name),
        span: edge.span,
        write: "set `nat` or `advertised` on the internet edge",
    }
}

fn both_ways(
    subject: &Subject<'_>,
    edge: &InternetEdge,
    circuit: &Circuit,
    peering: &MicrosoftPeering,
    found: &mut Findings,
) {
    let advertised = on_connections(peering, MicrosoftPeering::advertised_on);
    let pools = on_connections(peering, MicrosoftPeering::nat_on);
    for internet in edge.announced() {
        // If the prefix on the internet is longer, replies to it return over the internet. That is harmless unless the
        // prefix overlaps the NAT pool of the circuit.
        let drawn = advertised.iter().find(|prefix| internet.value.covers(prefix.value));
        let lost = || pools.iter().find(|pool| overlap(internet.value, pool.value));
        let Some(other) = drawn.or_else(lost) else { continue };
        let what = if internet.value == other.value {
            format!("`{}` is", internet.value)
        } else {
            format!("addresses of `{}` and `{}` are", internet.value, other.value)
        };
        let message = format!("{what} advertised on `{}` and on `{}`", edge.name, circuit.name);
        let (code, source) = (Code::LINT_INTERNET_AND_CIRCUIT, &subject.network.source);
        let diagnostic = if edge.stateful {
            Diagnostic::warning(code, source, message)
        } else {
            Diagnostic::advice(code, source, message)
        };
        found.push(diagnostic.at(internet.span, "to the internet").at(other.span, "to Microsoft").help(
            "replies return over the other path, where a stateful edge drops them: use different addresses on the two paths",
        ));
    }
}

/// Reports two circuits that advertise the same prefix with equal preference, or share a NAT pool.
pub(in crate::check::lint) fn two_circuits(subject: &Subject<'_>, found: &mut Findings) {
    let mut tied = Tied::of(subject);
    let circuits: Vec<_> = with_peering(subject).collect();
    found.examined(Code::LINT_ADVERTISED_TWICE, Object::CircuitPair, pairs(circuits.len()));
    found.examined(Code::LINT_NAT_SHARED, Object::CircuitPair, pairs(circuits.len()));
    for (index, first) in circuits.iter().enumerate() {
        for second in circuits.iter().skip(index + 1) {
            let before = found.len();
            advertised_twice(subject, &mut tied, *first, *second, found);
            // An ambiguous return path already covers the shared pool.
            if found.len() == before {
                nat_shared(subject, *first, *second, found);
            }
        }
    }
}

/// Returns the number of pairs of different objects.
fn pairs(count: usize) -> usize {
    count * count.saturating_sub(1) / 2
}

type WithPeering<'n> = (&'n Circuit, &'n MicrosoftPeering);

/// The circuits with equal preference for a prefix. Each prefix is looked up once.
struct Tied<'n> {
    network: &'n Network,
    attractions: Attractions,
    known: HashMap<IpPrefix, BTreeSet<&'n str>>,
}

impl<'n> Tied<'n> {
    fn of(subject: &Subject<'n>) -> Self {
        let attractions = Attractions::of(Inputs::new(subject.network, subject.catalog));
        Self { network: subject.network, attractions, known: HashMap::new() }
    }

    /// Whether Microsoft may return packets to a prefix over either of two circuits.
    fn both(&mut self, prefix: IpPrefix, one: &Circuit, other: &Circuit) -> bool {
        let tied = self.known.entry(prefix).or_insert_with(|| {
            let tied = self.attractions.circuits(prefix, |_| true).into_iter();
            tied.filter_map(|on| Some(self.network.circuit(on.circuit)?.name.as_str())).collect()
        });
        tied.contains(one.name.as_str()) && tied.contains(other.name.as_str())
    }
}

fn advertised_twice(
    subject: &Subject<'_>,
    tied: &mut Tied<'_>,
    first: WithPeering<'_>,
    second: WithPeering<'_>,
    found: &mut Findings,
) {
    for prefix in on_connections(first.1, MicrosoftPeering::advertised_on) {
        let same = |other: &Spanned<IpPrefix>| other.value == prefix.value;
        let Some(other) = on_connections(second.1, MicrosoftPeering::advertised_on).into_iter().find(same)
        else {
            continue;
        };
        if !tied.both(prefix.value, first.0, second.0) {
            continue;
        }
        let message = format!(
            "`{}` is advertised with equal preference on `{}` and `{}`",
            prefix.value, first.0.name, second.0.name
        );
        found.push(
            Diagnostic::warning(Code::LINT_ADVERTISED_TWICE, &subject.network.source, message)
                .at(other.span, "here")
                .at(prefix.span, "and here")
                .help(
                    "Microsoft chooses the return path, and the choice is undefined: \
                    advertise a different prefix on each circuit, or prepend a public ASN on one circuit",
                ),
        );
    }
}

fn nat_shared(subject: &Subject<'_>, first: WithPeering<'_>, second: WithPeering<'_>, found: &mut Findings) {
    for pool in on_connections(first.1, MicrosoftPeering::nat_on) {
        for other in on_connections(second.1, MicrosoftPeering::nat_on) {
            if !overlap(pool.value, other.value) {
                continue;
            }
            let message = format!("`{}` and `{}` share addresses of a NAT pool", first.0.name, second.0.name);
            found.push(
                Diagnostic::warning(Code::LINT_NAT_SHARED, &subject.network.source, message)
                    .at(other.span, "here")
                    .at(pool.span, "and here")
                    .help("replies may return over the other circuit and be dropped: give each circuit its own pool"),
            );
        }
    }
}

/// Reports two internet edges that share a NAT pool.
pub(in crate::check::lint) fn two_edges(subject: &Subject<'_>, found: &mut Findings) {
    let edges = subject.network.sites.iter().filter_map(|site| site.internet.as_ref());
    let edges: Vec<_> = edges.filter(|edge| edge.stateful).collect();
    let pooled = edges.iter().filter(|edge| !edge.nat.is_empty()).count();
    found.examined(Code::LINT_NAT_SHARED, Object::EdgePair, pairs(pooled));
    for edge in edges.iter().filter(|edge| edges.len() > 1 && edge.announced().is_empty()) {
        found.lacks(Code::LINT_NAT_SHARED, no_pool(edge));
    }
    for (index, first) in edges.iter().enumerate() {
        for second in edges.iter().skip(index + 1) {
            let shared = first.nat.iter().find_map(|pool| {
                let other = second.nat.iter().find(|other| overlap(pool.value, other.value))?;
                Some((pool, other))
            });
            let Some((pool, other)) = shared else { continue };
            let message = format!("`{}` and `{}` share addresses of a NAT pool", first.name, second.name);
            found.push(
                Diagnostic::warning(Code::LINT_NAT_SHARED, &subject.network.source, message)
                    .at(other.span, "here")
                    .at(pool.span, "and here")
                    .help("replies from the internet may arrive at either edge, and the edge without the session drops them: give each edge its own pool"),
            );
        }
    }
}

/// Reports sites whose clients have no default route in their address family.
pub(in crate::check::lint) fn no_default_route(subject: &Subject<'_>, found: &mut Findings) {
    let sites = subject.network.sites.iter().filter(|site| !site.prefixes.is_empty()).count();
    found.examined(Code::LINT_NO_DEFAULT_ROUTE, Object::Site, sites);
    for (id, site) in subject.network.sites_with_ids() {
        // The site's own default route, those that other sites advertise over links, and those of the site's proxy if
        // its clients use it for all public addresses.
        let proxied = site.proxy.as_ref().filter(|proxy| proxy.destinations.is_none());
        let proxies = proxied.map(|_| subject.network.proxies_of(id)).unwrap_or_default();
        let sites = std::iter::once(id).chain(proxies);
        let origins = sites.flat_map(|id| subject.network.joined(id, |_, link| link.announces.default_route));
        let origins: Vec<&Site> = origins.filter_map(|site| subject.network.site(site)).collect();
        let has = |family| origins.iter().any(|site| has_default_route(site, family));
        let families: Vec<&str> = [Family::V4, Family::V6]
            .into_iter()
            .filter(|family| site.prefixes.iter().any(|prefix| prefix.value.family() == *family))
            .filter(|family| !has(*family))
            .map(|family| if family == Family::V4 { "IPv4" } else { "IPv6" })
            .collect();
        if families.is_empty() {
            continue;
        }
        let message = format!("site `{}` has no default route for {}", site.name, families.join(" and "));
        let span: Span = site.internet.as_ref().map_or(site.span, |edge| edge.span);
        found.push(
            Diagnostic::warning(Code::LINT_NO_DEFAULT_ROUTE, &subject.network.source, message)
                .at(span, "")
                .help("destinations without a route over ExpressRoute are unreachable: add `internet: {default_route: both}`, or a static route"),
        );
    }
}

/// Whether a site has a default route. A table of internet routes is assumed to contain one.
fn has_default_route(site: &Site, family: Family) -> bool {
    let learned =
        site.internet.as_ref().is_some_and(|edge| edge.routes.is_some() || edge.default_route.has(family));
    let everything = |prefix: IpPrefix| prefix.length() == 0 && prefix.family() == family;
    let configured = site.static_routes.iter().any(|route| {
        let is_default = matches!(route.destination.value, Selector::Prefix(prefix) if everything(prefix));
        is_default && route.via.value != StaticVia::Discard
    });
    let tunnelled = site.vpn.iter().any(|vpn| vpn.prefixes.iter().any(|prefix| everything(prefix.value)));
    learned || configured || tunnelled
}
