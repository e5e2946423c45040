//! Rules about the route preferences of a site's edge.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::peerings::filter;
use crate::diag::{Code, Diagnostic, Spanned};
use crate::network::reach::Receives;
use crate::network::{
    Attachment, Circuit, Connection, MicrosoftPeering, PeeringKind, RouteMapId, Site, State, Underlay, Vpn,
};
use crate::rib::{Community, DecisionStep, Set};

/// A circuit of a site with its Microsoft peering.
type CircuitAtSite<'n> = (&'n Attachment, &'n Circuit, &'n MicrosoftPeering);

/// The circuits of a site with an enabled Microsoft peering.
fn ways<'n>(subject: &Subject<'n>, site: &'n Site) -> Vec<CircuitAtSite<'n>> {
    let network = subject.network;
    let all = site.attachments.iter().filter_map(|attachment| {
        let circuit = network.circuit(attachment.circuit)?;
        Some((attachment, circuit, circuit.microsoft_peering.as_ref()?))
    });
    all.filter(|(_, _, peering)| peering.enabled.value).collect()
}

/// Whether a route map sets an attribute that is compared before the AS path length: local preference or weight.
fn prefers(subject: &Subject<'_>, map: Option<Spanned<RouteMapId>>) -> bool {
    let Some(map) = map.and_then(|map| subject.network.route_map(map.value)) else { return false };
    let sets = map.map.clauses().iter().flat_map(|clause| &clause.sets);
    sets.into_iter().any(|set| matches!(set, Set::LocalPreference(_) | Set::Weight(_)))
}

/// Whether any route map between a Microsoft peering and a site's edge sets a preference for its routes.
fn way_prefers(subject: &Subject<'_>, (attachment, _, peering): &CircuitAtSite<'_>) -> bool {
    let mut maps = Connection::ALL.map(|connection| peering.import_on(connection)).to_vec();
    maps.push(attachment.import);
    maps.into_iter().any(|map| prefers(subject, map))
}

/// Reports edges that learn internet routes and prefer neither these routes nor the routes from the circuit.
pub(in crate::check::lint) fn internet_alike(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_INTERNET_ALIKE, Object::InternetTable, 0);
    for site in &subject.network.sites {
        let Some(edge) = &site.internet else { continue };
        let Some(routes) = edge.routes.as_ref().filter(|_| edge.state.value == State::Up) else { continue };
        for way in ways(subject, site) {
            found.examined(Code::LINT_INTERNET_ALIKE, Object::InternetTable, 1);
            if way_prefers(subject, &way) || prefers(subject, edge.import) {
                continue;
            }
            let message = format!(
                "no policy at `{}` prefers `{}` to internet routes for the same prefix",
                site.name, way.1.name
            );
            found.push(
                Diagnostic::warning(Code::LINT_INTERNET_ALIKE, &subject.network.source, message)
                    .at(routes.span, "internet routes")
                    .at(way.2.span, "no local preference")
                    .help("set a local preference above 100 on routes from the peering (`import`); otherwise the shorter AS path wins"),
            );
        }
    }
}

/// Reports circuits of a site that receive the same routes without a preference between them.
pub(in crate::check::lint) fn circuits_alike(subject: &Subject<'_>, found: &mut Findings) {
    const CODE: Code = Code::LINT_CIRCUITS_ALIKE;
    found.examined(CODE, Object::CircuitPair, 0);
    for site in &subject.network.sites {
        let ways = ways(subject, site);
        let filtered = |way: &CircuitAtSite<'_>| way.2.of_kind.route_filter.is_some();
        for (_, circuit, peering) in ways.iter().filter(|way| ways.len() > 1 && !filtered(way)) {
            let of = format!("`{}`", circuit.name);
            let write = "set `route_filter` on the Microsoft peering";
            let what = "no `route_filter`".to_owned();
            found.lacks(CODE, Missing { what, of, span: peering.span, write });
        }
        for (index, first) in ways.iter().enumerate() {
            for second in ways.iter().skip(index + 1) {
                if filtered(first) && filtered(second) {
                    found.examined(CODE, Object::CircuitPair, 1);
                }
                alike(subject, site, first, second, found);
            }
        }
    }
}

fn alike(
    subject: &Subject<'_>,
    site: &Site,
    first: &CircuitAtSite<'_>,
    second: &CircuitAtSite<'_>,
    found: &mut Findings,
) {
    if first.0.metric != second.0.metric || [first, second].into_iter().any(|way| way_prefers(subject, way)) {
        return;
    }
    let brought = |way: &CircuitAtSite<'_>| -> Vec<Spanned<Community>> {
        let reach = subject.reach(way.1);
        let entries = way.2.of_kind.route_filter.iter().flat_map(|filter| &filter.communities);
        let reached = |entry: &&Spanned<Community>| {
            let community = subject.catalog.community(entry.value);
            community.is_some_and(|community| reach.receives(community) == Receives::Yes)
        };
        entries.filter(reached).copied().collect()
    };
    let theirs = brought(second);
    let same = |entry: &Spanned<Community>| theirs.iter().find(|other| other.value == entry.value).copied();
    let Some((entry, other)) = brought(first).into_iter().find_map(|entry| Some((entry, same(&entry)?)))
    else {
        return;
    };
    let name = subject.catalog.community(entry.value).map_or_else(|| entry.value.to_string(), filter::named);
    let message = format!(
        "neither `{}` nor `{}` is preferred for {name} from `{}`",
        first.1.name, second.1.name, site.name
    );
    found.push(
        Diagnostic::advice(Code::LINT_CIRCUITS_ALIKE, &subject.network.source, message)
            .at(entry.span, "here")
            .at(other.span, "and here")
            .help("prefer the nearer circuit for each region: set a local preference for its communities (`import`), or a `metric` if a \
                circuit ends at another site"),
    );
}

/// Reports tunnels to the same virtual network as a circuit, without a preference for the circuit.
pub(in crate::check::lint) fn tunnel_alike(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_TUNNEL_ALIKE, Object::TunnelBesideCircuit, 0);
    for site in &subject.network.sites {
        for attachment in &site.attachments {
            let Some(circuit) = subject.network.circuit(attachment.circuit) else { continue };
            let Some(peering) = circuit.private_peering.as_ref().filter(|one| one.enabled.value) else {
                continue;
            };
            let mut maps = Connection::ALL.map(|connection| peering.import_on(connection)).to_vec();
            maps.push(attachment.import);
            let shares =
                |networks: &[_]| networks.iter().any(|id| peering.of_kind.virtual_networks.contains(id));
            let at_hub = |tunnel: &Vpn| {
                let hub = tunnel.virtual_hub.and_then(|hub| subject.network.virtual_hub(hub));
                hub.is_some_and(|hub| hub.circuits.iter().any(|link| link.circuit == attachment.circuit))
            };
            // A tunnel over private peering encrypts traffic that the circuit would otherwise send in clear text, so it
            // may be preferred on purpose.
            let inside = Underlay::Peering(attachment.circuit, PeeringKind::Private);
            let beside =
                |tunnel: &&Vpn| tunnel.over != inside && (shares(&tunnel.virtual_networks) || at_hub(tunnel));
            let Some(tunnel) = site.vpn.iter().find(beside) else {
                continue;
            };
            found.examined(Code::LINT_TUNNEL_ALIKE, Object::TunnelBesideCircuit, 1);
            maps.push(tunnel.import);
            if maps.into_iter().any(|map| prefers(subject, map)) {
                continue;
            }
            let message = format!(
                "no policy at `{}` prefers `{}` to the tunnel `{}`",
                site.name, circuit.name, tunnel.name
            );
            found.push(
                Diagnostic::advice(Code::LINT_TUNNEL_ALIKE, &subject.network.source, message)
                    .at(peering.span, "no local preference")
                    .at(tunnel.span, "the tunnel")
                    .help("the virtual network prefers the circuit: set a local preference above 100 on routes from the peering \
                        (`import`), so that both directions use the circuit"),
            );
        }
    }
}

/// Reports edges that do not compare AS path lengths.
pub(in crate::check::lint) fn path_length_ignored(subject: &Subject<'_>, found: &mut Findings) {
    let sites = subject.network.sites.iter().filter(|site| !site.attachments.is_empty()).count();
    found.examined(Code::LINT_PATH_LENGTH_IGNORED, Object::Site, sites);
    for site in &subject.network.sites {
        let looks = site.decision_process.steps.contains(&DecisionStep::AsPathLength);
        if looks || site.attachments.is_empty() {
            continue;
        }
        let message = format!("the edge of `{}` does not compare AS path lengths", site.name);
        found.push(
            Diagnostic::warning(Code::LINT_PATH_LENGTH_IGNORED, &subject.network.source, message)
                .at(site.span, "")
                .help("add `as-path-length` to the `steps`: before maintenance of a connection, Microsoft prepends ASNs on that connection"),
        );
    }
}

/// Reports route maps that prepend an ASN reserved for documentation.
pub(in crate::check::lint) fn reserved_prepend(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_RESERVED_PREPEND, Object::RouteMap, subject.network.route_maps.len());
    for definition in &subject.network.route_maps {
        for (clause, span) in definition.map.clauses().iter().zip(&definition.clauses) {
            let reserved = clause.sets.iter().find_map(|set| match set {
                Set::Prepend { asn: asn @ 64496..=64511, .. } => Some(*asn),
                _ => None,
            });
            let Some(number) = reserved else { continue };
            let message = format!(
                "route map `{}` prepends `{number}`, an ASN reserved for documentation",
                definition.name
            );
            found.push(
                Diagnostic::advice(Code::LINT_RESERVED_PREPEND, &subject.network.source, message)
                    .at(*span, "")
                    .help("prepend your own ASN: Microsoft rejects 64496 to 64511 in any AS path"),
            );
        }
    }
}

/// Reports sites without a circuit for Microsoft's services, if the network has one.
pub(in crate::check::lint) fn no_circuit(subject: &Subject<'_>, found: &mut Findings) {
    let mut circuits = subject.network.circuits.iter();
    let with =
        circuits.find(|circuit| circuit.settings(PeeringKind::Microsoft, Connection::Primary).is_some());
    found.examined(Code::LINT_NO_CIRCUIT, Object::MicrosoftPeering, 0);
    let Some(circuit) = with else { return };
    found.examined(Code::LINT_NO_CIRCUIT, Object::Site, subject.network.sites.len());
    for (id, site) in subject.network.sites_with_ids() {
        // The site's own circuits, those advertised over links, and those of its proxies.
        let sites = std::iter::once(id).chain(subject.network.proxies_of(id));
        let origins = sites.flat_map(|id| subject.network.joined(id, |_, link| link.announces.circuits));
        let origins = origins.filter_map(|site| subject.network.site(site));
        let mut has = origins.flat_map(|site| &site.circuits).filter_map(|id| subject.network.circuit(*id));
        if has.any(|circuit| circuit.microsoft_peering.is_some()) {
            continue;
        }
        let message = format!("`{}` has no circuit to Microsoft's services", site.name);
        found.push(
            Diagnostic::advice(Code::LINT_NO_CIRCUIT, &subject.network.source, message)
                .at(site.span, "")
                .help(format!("traffic from the site uses the internet; to use `{}`, add the circuit to the site's `circuits`, with a `metric` if it \
                    ends at another site, or let a link in `wan` announce it", circuit.name)),
        );
    }
}
