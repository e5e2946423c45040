//! Items about circuits: peerings, sessions, locations, load, translation and own prefixes.

use std::collections::BTreeSet;

use crate::addr::IpPrefix;
use crate::check::guide::answer::{Answer, ItemVerdict};
use crate::check::guide::evidence::{Evidence, Scope};
use crate::check::guide::lists;
use crate::check::guide::tally::{Under, number};
use crate::diag::{Code, Spanned};
use crate::engine::Disposition;
use crate::network::capacity::{HEADROOM_PERCENT, Offered, after_circuit, after_connection, link};
use crate::network::reach::city_of;
use crate::network::{Circuit, Connection, MicrosoftPeering, PeeringKind};

impl Evidence<'_> {
    /// Returns every circuit with an enabled Microsoft peering.
    fn microsoft(&self) -> Vec<(&Circuit, &MicrosoftPeering)> {
        let all = self.network.circuits.iter();
        let with = all.filter_map(|circuit| Some((circuit, circuit.microsoft_peering.as_ref()?)));
        with.filter(|(_, peering)| peering.enabled.value).collect()
    }

    /// Returns the circuits that the guide is about: those with Microsoft peering, or all with any peering.
    fn circuits(&self) -> Vec<&Circuit> {
        if self.guide.id == lists::RESILIENCY {
            let peered = |circuit: &&Circuit| {
                circuit.private_peering.as_ref().is_some_and(|peering| peering.enabled.value)
                    || circuit.microsoft_peering.as_ref().is_some_and(|peering| peering.enabled.value)
            };
            return self.network.circuits.iter().filter(peered).collect();
        }
        self.microsoft().into_iter().map(|(circuit, _)| circuit).collect()
    }
}

/// Returns the pools and advertised prefixes of a peering, each once.
fn own_prefixes(peering: &MicrosoftPeering) -> Vec<Spanned<IpPrefix>> {
    let each = |side| peering.nat_on(side).iter().chain(peering.advertised_on(side)).copied();
    let mut all: Vec<Spanned<IpPrefix>> = Connection::ALL.into_iter().flat_map(each).collect();
    all.sort_by_key(|prefix| prefix.value);
    all.dedup_by_key(|prefix| prefix.value);
    all
}

/// Returns the NAT pools of a peering.
fn pools(peering: &MicrosoftPeering) -> Vec<Spanned<IpPrefix>> {
    Connection::ALL.into_iter().flat_map(|side| peering.nat_on(side).iter().copied()).collect()
}

fn no_peering() -> Answer {
    Answer::refuted("no circuit has an enabled Microsoft peering")
        .help("add `microsoft_peering` to a circuit")
}

/// G2: client prefixes are public and advertised, or translated to pools that are advertised.
pub(super) fn public_addresses(evidence: &Evidence<'_>) -> Answer {
    const CODES: &[Code] = &[
        Code::LINT_NO_NAT,
        Code::LINT_NAT_SHARED,
        Code::LINT_NAT_PER_CONNECTION,
        Code::LINT_PREFIX_COUNT,
        Code::NETWORK_NAT_NOT_ADVERTISED,
    ];
    if let Some(finding) = evidence.found(CODES) {
        return Evidence::answer_of(finding);
    }
    let (mut good, mut all, mut first) = (0, 0, None);
    for site in &evidence.network.sites {
        for prefix in &site.prefixes {
            for (circuit, peering) in evidence.microsoft() {
                let attached = site
                    .circuits
                    .iter()
                    .any(|id| evidence.network.circuit(*id).is_some_and(|own| own.name == circuit.name));
                if !attached {
                    continue;
                }
                all += 1;
                let advertised =
                    |side| peering.advertised_on(side).iter().any(|own| own.value.covers(prefix.value));
                let translated = |side| {
                    let family = prefix.value.family();
                    peering.nat_on(side).iter().any(|pool| pool.value.family() == family)
                };
                let held = Connection::ALL.into_iter().all(|side| advertised(side) || translated(side));
                if held {
                    good += 1;
                } else {
                    first = first.or(Some((prefix.span, &circuit.name)));
                }
            }
        }
    }
    if all == 0 {
        return Answer::missing(
            "no site with clients uses a circuit with Microsoft peering",
            "`prefixes` and `circuits` of the sites",
        );
    }
    let sentence = format!(
        "{good} of {all} pairs of a client prefix and a circuit are translated to an advertised pool or advertised; who \
        owns the public prefixes is in no list"
    );
    let answer = Answer::counted(good, all, "pairs", sentence);
    match first {
        Some((span, circuit)) => answer
            .at(span)
            .help(format!("add a prefix of this family to `nat` and `advertised` of `{circuit}`")),
        None => answer,
    }
}

/// G4: the load of links between sites is in no file; the load of circuits is.
pub(super) fn wan_capacity(evidence: &Evidence<'_>) -> Answer {
    let links = evidence.network.wan.as_ref().map_or(0, Vec::len);
    evidence.unless(&[Code::LINT_CAPACITY], || {
        let sentence = match links {
            0 => "the file has no links between sites, and no load".to_owned(),
            links => format!("the file has {}, without their load", number(links, "link", "links")),
        };
        Answer::missing(
            sentence,
            "`wan` with `bandwidth`, and a capture: `peerpath replay --scenario` computes the load of each link",
        )
    })
}

/// G5: a filter, both sessions, the pair, the reach, and addresses that use the circuit.
pub(super) fn peering_set_up(evidence: &Evidence<'_>) -> Answer {
    const CODES: &[Code] = &[
        Code::LINT_NO_ROUTE_FILTER,
        Code::LINT_NO_CONNECTION,
        Code::LINT_POWER_PLATFORM_PAIR,
        Code::LINT_OUT_OF_REACH,
        Code::LINT_CRM_ONLINE,
        Code::LINT_IPV6_WITHOUT_SESSION,
        Code::LINT_ONE_CONNECTION,
        Code::LINT_CONNECTIONS_DIFFER,
    ];
    let peerings = evidence.microsoft();
    if peerings.is_empty() {
        return no_peering();
    }
    let filters = peerings.iter().filter(|(_, own)| own.of_kind.route_filter.is_some()).count();
    let on = |path: &crate::check::map::ProductPath| path.disposition == Disposition::MicrosoftPeering;
    let tally = evidence.tally(Scope::Asked, Under::Nothing, &on);
    evidence.unless(CODES, || {
        if tally.all.iter().all(|count| count.is_zero()) {
            return Answer::missing(
                "no list has addresses of the products",
                "products with addresses: `peerpath catalog list products` shows which have some",
            );
        }
        let sentence = format!(
            "{} with a route filter and both sessions; {} addresses use them",
            number(filters, "Microsoft peering", "Microsoft peerings"),
            tally.text()
        );
        let answer = Answer::counted(filters, peerings.len(), "peerings", sentence).covers(tally.covered);
        let verdict = match tally.good.iter().all(|count| count.is_zero()) {
            true => ItemVerdict::Refuted,
            false if tally.good != tally.all => ItemVerdict::Partly,
            false => answer.verdict,
        };
        let share = if verdict == ItemVerdict::Partly { Some(tally.share()) } else { answer.share };
        let place = peerings.first().map(|(_, peering)| peering.span);
        let place = place.filter(|_| verdict != ItemVerdict::Proved);
        Answer { verdict, share, ..answer }.at(place)
    })
}

/// G7: every site uses the circuit with its smallest metric.
pub(super) fn nearest_circuit(evidence: &Evidence<'_>) -> Answer {
    let sites: Vec<_> = evidence.network.sites.iter().filter(|site| !site.prefixes.is_empty()).collect();
    if sites.len() < 2 {
        return Answer::does_not_apply("the network has one site with clients");
    }
    const CODES: &[Code] = &[Code::LINT_CIRCUITS_ALIKE, Code::LINT_NO_CIRCUIT];
    if let Some(finding) = evidence.found(CODES) {
        return Evidence::answer_of(finding);
    }
    let metrics = |site: &&&crate::network::Site| site.attachments.iter().all(|one| one.metric.is_some());
    let known = sites.iter().filter(metrics).count();
    if known < sites.len() {
        let sentence =
            format!("{} of {} sites have the distance to each of their circuits", known, sites.len());
        let first = sites.iter().find(|site| !metrics(site)).map(|site| site.span);
        let needs = "`circuits: [{name: …, metric: …}]` at every site, or round-trip times";
        return Answer::missing(sentence, needs).at(first);
    }
    let mut good = 0;
    for cell in evidence.singles.cells.iter().filter(|cell| cell.product == Scope::Asked.index()) {
        let crate::engine::Vantage::Site(id) = cell.vantage else { continue };
        // Clients with a proxy use the circuits of its site.
        let at = evidence.network.proxies_of(id).last().copied().unwrap_or(id);
        let Some(site) = evidence.network.site(at) else { continue };
        let least = site.attachments.iter().filter_map(|one| one.metric).min();
        let near = |circuit: &crate::network::CircuitId| {
            site.attachments.iter().any(|one| one.circuit == *circuit && one.metric == least)
        };
        let used = || cell.paths.iter().flat_map(|path| &path.circuits);
        good += usize::from(used().next().is_some() && used().all(near));
    }
    let sentence = format!("{good} of {} sites use the circuit with the smallest metric", sites.len());
    Answer::counted(good, sites.len(), "sites", sentence)
}

/// G8, R1: circuits in several peering locations.
pub(super) fn several_locations(evidence: &Evidence<'_>) -> Answer {
    let circuits = evidence.circuits();
    if circuits.is_empty() {
        return no_peering();
    }
    let locations: BTreeSet<&str> =
        circuits.iter().map(|circuit| circuit.peering_location.value.as_str()).collect();
    let metro = circuits.iter().any(|circuit| city_of(&circuit.peering_location.value).1);
    let count = number(circuits.len(), "circuit", "circuits");
    let names = locations.iter().copied().collect::<Vec<_>>().join(", ");
    if locations.len() > 1 {
        let sentence = format!("{count} in {} peering locations: {names}", locations.len());
        return evidence.unless(&[Code::LINT_RESILIENCY], || {
            Answer::counted(circuits.len(), circuits.len(), "circuits", sentence)
        });
    }
    let level = if metro { "high resiliency (Metro)" } else { "standard resiliency" };
    let place = circuits.first().map(|circuit| circuit.peering_location.span);
    let sentence = format!("{count} in one peering location, {names}: {level}");
    Answer::counted(1, 2, "peering locations", sentence)
        .at(place)
        .help("add a circuit at another `peering_location`, or attest that one location is enough")
}

/// G10, R2, R9: both sessions are up; that their lines are physically different is in no file.
pub(super) fn different_lines(evidence: &Evidence<'_>) -> Answer {
    const CODES: &[Code] = &[Code::LINT_NO_CONNECTION, Code::LINT_ONE_CONNECTION];
    let circuits = evidence.circuits();
    if circuits.is_empty() {
        return no_peering();
    }
    evidence.unless(CODES, || {
        Answer::manual(format!(
            "both sessions of {} are up; whether their lines are physically different is in no file",
            number(circuits.len(), "circuit", "circuits")
        ))
    })
}

/// R2: both connections of every peering are up.
pub(super) fn both_connections(evidence: &Evidence<'_>) -> Answer {
    const CODES: &[Code] = &[Code::LINT_NO_CONNECTION, Code::LINT_ONE_CONNECTION];
    let (up, all) = sessions(evidence, |_, up| up);
    let sentence = format!("{up} of {all} connections are up");
    evidence.unless(CODES, || Answer::counted(up, all, "connections", sentence))
}

/// R3: BFD monitors every session.
pub(super) fn bfd(evidence: &Evidence<'_>) -> Answer {
    let (with, all) = sessions(evidence, |settings, _| settings.bfd);
    let sentence = format!("{with} of {all} sessions are monitored by BFD");
    let answer = Answer::counted(with, all, "sessions", sentence);
    match evidence.found(&[Code::LINT_NO_BFD]) {
        Some(finding) => {
            let help = finding.help.clone().unwrap_or_default();
            answer.at(finding.labels.first().map(|label| label.span)).help(help)
        }
        None => answer,
    }
}

/// Counts the sessions of all peerings for which `wanted` is true.
fn sessions(
    evidence: &Evidence<'_>,
    wanted: impl Fn(&crate::network::ConnectionSettings, bool) -> bool,
) -> (usize, usize) {
    let (mut good, mut all) = (0, 0);
    for circuit in &evidence.network.circuits {
        for kind in PeeringKind::ALL {
            for side in Connection::ALL {
                let Some(settings) = circuit.settings(kind, side) else { continue };
                let up = match kind {
                    PeeringKind::Microsoft => {
                        circuit.microsoft_peering.as_ref().is_some_and(|own| own.is_up(side))
                    }
                    PeeringKind::Private => {
                        circuit.private_peering.as_ref().is_some_and(|own| own.is_up(side))
                    }
                };
                all += 1;
                good += usize::from(wanted(settings, up));
            }
        }
    }
    (good, all)
}

/// R4: gateways are zone-redundant.
pub(super) fn zones(evidence: &Evidence<'_>) -> Answer {
    let gateways: Vec<_> =
        evidence.network.virtual_networks.iter().filter_map(|own| own.gateway.as_ref()).collect();
    if gateways.is_empty() {
        return Answer::does_not_apply("the file has no gateway");
    }
    let without = gateways.iter().filter(|gateway| gateway.sku.is_none()).count();
    if without > 0 {
        let sentence = format!("{without} of {} gateways have no SKU in the file", gateways.len());
        return Answer::missing(sentence, "`gateway: {sku: …}`");
    }
    let sentence = format!("{} with a zone-redundant SKU", number(gateways.len(), "gateway", "gateways"));
    evidence
        .unless(&[Code::LINT_ZONES], || Answer::counted(gateways.len(), gateways.len(), "gateways", sentence))
}

/// G11: the loads of both peerings together fit on every link.
pub(super) fn both_peerings_fit(evidence: &Evidence<'_>) -> Answer {
    let offered = evidence
        .network
        .circuits
        .iter()
        .flat_map(|circuit| Connection::ALL.into_iter().map(move |side| (circuit, link(circuit, side))));
    load(evidence, offered.collect(), "links carry the load of both peerings")
}

/// R5: the load fits after the loss of a connection or of a circuit.
pub(super) fn capacity_after_failure(evidence: &Evidence<'_>) -> Answer {
    let mut offered = Vec::new();
    for (id, circuit) in evidence.network.circuits_with_ids() {
        offered.push((circuit, after_connection(circuit)));
        offered.push((circuit, after_circuit(evidence.network, id).map(|after| after.offered)));
    }
    load(evidence, offered, "losses of a connection or circuit leave enough capacity")
}

fn load(evidence: &Evidence<'_>, offered: Vec<(&Circuit, Option<Offered>)>, what: &str) -> Answer {
    if offered.is_empty() {
        return Answer::does_not_apply("the file has no circuit");
    }
    if let Some((circuit, _)) = offered.iter().find(|(_, offered)| offered.is_none()) {
        let sentence = format!("the load of `{}`, or of what takes over, is not in the file", circuit.name);
        let needs = "`peak` on the connections of every peering, and on the internet edges";
        return Answer::missing(sentence, needs).at(circuit.bandwidth.span);
    }
    let fits = |one: &Option<Offered>| one.is_some_and(|one| one.headroom_percent() >= HEADROOM_PERCENT);
    let good = offered.iter().filter(|(_, one)| fits(one)).count();
    let sentence = format!("{good} of {} {what}, with {HEADROOM_PERCENT} % to spare", offered.len());
    let answer = Answer::counted(good, offered.len(), "cases", sentence);
    let place = offered.iter().find(|(_, one)| !fits(one));
    match place {
        Some((circuit, _)) => {
            answer.at(circuit.bandwidth.span).help("order more bandwidth, or reduce the load")
        }
        None => evidence.unless(&[Code::LINT_CAPACITY], || answer),
    }
}

/// G14, M5: pools of circuits and of internet edges are different, so that replies return by source address.
pub(super) fn pools_by_path(evidence: &Evidence<'_>) -> Answer {
    let edges: Vec<_> = evidence.network.sites.iter().filter_map(|site| site.internet.as_ref()).collect();
    let peerings = evidence.microsoft();
    if edges.is_empty() || peerings.is_empty() {
        return Answer::does_not_apply("clients have only one kind of way out");
    }
    const CODES: &[Code] = &[Code::LINT_INTERNET_AND_CIRCUIT, Code::LINT_NO_NAT];
    if let Some(finding) = evidence.found(CODES) {
        return Evidence::answer_of(finding);
    }
    let (mut good, mut all, mut first) = (0, 0, None);
    for edge in &edges {
        for (circuit, peering) in &peerings {
            let announced = edge.announced();
            let shared = pools(peering).into_iter().find(|pool| {
                announced.iter().any(|own| own.value.covers(pool.value) || pool.value.covers(own.value))
            });
            all += 1;
            match shared {
                None if !pools(peering).is_empty() => good += 1,
                shared => {
                    first = first.or(Some((shared.map_or(circuit.bandwidth.span, |one| one.span), edge)));
                }
            }
        }
    }
    let sentence = format!("{good} of {all} pairs of an internet edge and a circuit have different pools");
    let answer = Answer::counted(good, all, "pairs", sentence);
    match first {
        Some((span, edge)) => {
            answer.at(span).help(format!("use a pool that `{}` does not announce", edge.name))
        }
        None => answer,
    }
}

/// G22: pools and advertised prefixes of different circuits do not overlap.
pub(super) fn own_prefixes_per_circuit(evidence: &Evidence<'_>) -> Answer {
    let peerings = evidence.microsoft();
    if peerings.len() < 2 {
        return Answer::does_not_apply("at most one circuit has Microsoft peering");
    }
    let (mut good, mut all, mut first) = (0, 0, None);
    for (at, (_, peering)) in peerings.iter().enumerate() {
        let others = own_prefixes(peering);
        for (circuit, other) in peerings.iter().skip(at + 1) {
            let shared = own_prefixes(other).into_iter().find(|prefix| {
                others.iter().any(|own| own.value.covers(prefix.value) || prefix.value.covers(own.value))
            });
            all += 1;
            match shared {
                None => good += 1,
                Some(shared) => first = first.or(Some((shared, &circuit.name))),
            }
        }
    }
    let sentence = format!("{good} of {all} pairs of circuits have different public prefixes");
    let answer = Answer::counted(good, all, "pairs", sentence);
    match first {
        Some((shared, circuit)) => answer
            .at(shared.span)
            .help(format!("give `{circuit}` its own prefixes instead of `{}`", shared.value)),
        None => answer,
    }
}

/// R6: the same prefixes over all connections and locations.
pub(super) fn same_prefixes(evidence: &Evidence<'_>) -> Answer {
    const CODES: &[Code] = &[Code::LINT_CONNECTIONS_DIFFER];
    if let Some(finding) = evidence.found(CODES) {
        return Evidence::answer_of(finding);
    }
    let prefixes = evidence.question.found.iter().filter(|one| one.code == Code::LINT_RESILIENCY);
    if let Some(finding) = prefixes.into_iter().find(|one| one.message.contains("advertised")) {
        return Evidence::answer_of(finding);
    }
    let (_, all) = sessions(evidence, |_, _| true);
    let sentence =
        format!("{all} sessions advertise the same prefixes as the other connection of their peering");
    Answer::counted(all, all, "sessions", sentence)
}

/// G27: no edge learns from the internet what it also learns from a circuit.
pub(super) fn preferred_over_internet(evidence: &Evidence<'_>) -> Answer {
    let edges: Vec<_> = evidence.network.sites.iter().filter_map(|site| site.internet.as_ref()).collect();
    if edges.is_empty() {
        return Answer::does_not_apply("the file has no internet edge");
    }
    let only_default = edges.iter().filter(|edge| edge.routes.is_none()).count();
    let mut sentence = format!(
        "{only_default} of {} internet edges learn only a default route, which is the shortest",
        edges.len()
    );
    if only_default < edges.len() {
        sentence.push_str("; the others prefer the circuit for the prefixes that both have");
    }
    evidence.unless(&[Code::LINT_INTERNET_ALIKE], || {
        Answer::counted(edges.len(), edges.len(), "internet edges", sentence)
    })
}

/// G28: the circuits and the environments belong to one cloud.
pub(super) fn same_cloud(evidence: &Evidence<'_>) -> Answer {
    let cloud = evidence.network.cloud;
    if let Some(other) = evidence.question.sovereign {
        let sentence =
            format!("the circuits belong to the {cloud} cloud, which does not reach `{}`", other.0);
        return Answer::refuted(sentence).at(evidence.network.circuits.first().map(|one| one.bandwidth.span)).help(
            "GCC and GCC High need a circuit of Azure Government (`cloud: government`), China one of Azure China \
            (`cloud: china`)",
        );
    }
    let circuits = evidence.network.circuits.len();
    if evidence.question.region.is_none() {
        return Answer::missing("the regions of the environments are unknown", "`--region`");
    }
    let sentence = format!(
        "{} and the regions of {} belong to the {cloud} cloud",
        number(circuits, "circuit", "circuits"),
        evidence.geography()
    );
    Answer::counted(circuits, circuits, "circuits", sentence)
}
