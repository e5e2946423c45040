//! NAT pools, advertised prefixes, and IPv6.

use crate::addr::{Family, IpPrefix, special};
use crate::check::advice::shares::union;
use crate::check::advice::sources::{AVAILABILITY, FAQ, GUIDE_PLANNING, NAT, PLATFORM_URLS, ROUTING};
use crate::check::advice::subject::{Line, Subject};
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};
use crate::diag::{Span, Spanned};
use crate::network::{Connection, InternetEdge, Network, PeeringKind, Site};

/// The maximum number of prefixes of a family per session to Microsoft (expressroute-routing).
const PREFIXES: usize = 200;

/// One public pool for each circuit, used nowhere else.
pub(super) fn pools(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::Nat;
    let Some(network) = subject.network else {
        let text = "one pool of public addresses for each circuit, shared with no other circuit, and not advertised to the internet at the same or a longer length";
        found.push(Advice::new(TOPIC, AdviceState::Needed, NAT, text));
        let text = "translate before the two connections separate, so that one pool serves both and conversations survive the loss of one";
        found.push(Advice::new(TOPIC, AdviceState::Needed, AVAILABILITY, text));
        registry(found);
        return;
    };
    for line in &subject.lines {
        let name = &line.circuit.name;
        let before = found.len();
        let pools = pools_of(line);
        if pools.is_empty() && has_private_clients(network, line) {
            let text = "add `nat`, a pool of public addresses: Microsoft accepts no private source address";
            let advice = Advice::new(TOPIC, AdviceState::Missing, NAT, text);
            found.push(advice.about(SubjectKind::Circuit, [name]).at(line.peering.span));
        }
        for pool in &pools {
            for fault in pool_faults(subject, network, line, pool) {
                let advice = Advice::new(TOPIC, AdviceState::Missing, GUIDE_PLANNING, fault);
                found
                    .push(advice.about(SubjectKind::Prefix, [pool.value.to_string()]).on(name).at(pool.span));
            }
        }
        if found.len() == before {
            let text = "the circuit has its own pool, which is advertised over it and not to the internet";
            let advice = Advice::new(TOPIC, AdviceState::Present, NAT, text);
            found.push(
                advice
                    .about(SubjectKind::Circuit, [name])
                    .at(pools.first().map_or(line.peering.span, |one| one.span)),
            );
        }
    }
    registry(found);
}

fn registry(found: &mut Vec<Advice>) {
    let text = "the prefixes and the ASN are validated: register them to the company in a routing registry, or Microsoft leaves the peering at `ValidationNeeded`";
    found.push(Advice::new(AdviceTopic::Nat, AdviceState::People, FAQ, text));
}

/// Returns the pools of both connections, each once.
fn pools_of(line: &Line<'_>) -> Vec<Spanned<IpPrefix>> {
    let mut all: Vec<Spanned<IpPrefix>> = Vec::new();
    for pool in Connection::ALL.into_iter().flat_map(|connection| line.peering.nat_on(connection)) {
        if !all.contains(pool) {
            all.push(*pool);
        }
    }
    all
}

/// Returns the prefixes advertised on either connection, each once.
fn advertised_on(line: &Line<'_>) -> Vec<Spanned<IpPrefix>> {
    let mut all: Vec<Spanned<IpPrefix>> = Vec::new();
    for prefix in Connection::ALL.into_iter().flat_map(|connection| line.peering.advertised_on(connection)) {
        if !all.contains(prefix) {
            all.push(*prefix);
        }
    }
    all
}

/// Returns the sites whose edges learn the routes of a circuit.
fn sites_of<'n>(network: &'n Network, line: &Line<'_>) -> impl Iterator<Item = &'n Site> {
    let id = line.id;
    network.sites.iter().filter(move |site| site.circuits.contains(&id))
}

fn has_private_clients(network: &Network, line: &Line<'_>) -> bool {
    sites_of(network, line).flat_map(|site| &site.prefixes).any(|prefix| !is_public(prefix.value))
}

fn is_public(prefix: IpPrefix) -> bool {
    special::block_of(prefix.first()).is_none_or(|block| block.scope == special::SpecialScope::Reserved)
}

fn pool_faults(
    subject: &Subject<'_>,
    network: &Network,
    line: &Line<'_>,
    pool: &Spanned<IpPrefix>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for other in subject.lines.iter().filter(|other| other.id != line.id) {
        if pools_of(other).iter().any(|own| own.value.covers(pool.value) || pool.value.covers(own.value)) {
            faults.push(format!(
                "give `{}` its own pool: it shares this one with `{}`, so replies may return over the other circuit",
                line.circuit.name, other.circuit.name
            ));
        }
    }
    for site in &network.sites {
        let mut announced = site.internet.iter().flat_map(InternetEdge::announced);
        if announced.any(|prefix| pool.value.covers(prefix.value)) {
            faults.push(format!(
                "use another pool, or do not advertise it to the internet at `{}`: replies must return over the circuit",
                site.name
            ));
        }
    }
    if !advertised_on(line).iter().any(|prefix| prefix.value.covers(pool.value)) {
        faults.push("add it to `advertised`: without it replies do not return over the circuit".to_owned());
    }
    faults
}

/// Only pools, public clients and published servers are advertised.
pub(super) fn advertised(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::Advertised;
    let Some(network) = subject.network else {
        let text = "advertise the pools and the published servers only (a /32 is accepted): no private prefix, no default route, not the subnets of the sessions";
        found.push(Advice::new(TOPIC, AdviceState::Needed, NAT, text));
        let text =
            format!("at most {PREFIXES} prefixes of each family on a session: one more drops the session");
        found.push(Advice::new(TOPIC, AdviceState::Needed, ROUTING, text));
        return;
    };
    for line in &subject.lines {
        let name = &line.circuit.name;
        let before = found.len();
        for prefix in advertised_on(line).into_iter().filter(|prefix| !is_used(network, line, prefix.value)) {
            let text = "neither a pool, nor a published server, nor clients with public addresses use it: Microsoft's services send to it over the circuit";
            let advice = Advice::new(TOPIC, AdviceState::Superfluous, NAT, text);
            found
                .push(advice.about(SubjectKind::Prefix, [prefix.value.to_string()]).on(name).at(prefix.span));
        }
        for family in [Family::V4, Family::V6] {
            let on = |side| {
                line.peering
                    .advertised_on(side)
                    .iter()
                    .filter(|prefix| prefix.value.family() == family)
                    .count()
            };
            let most = Connection::ALL.into_iter().map(on).max().unwrap_or_default();
            if most > PREFIXES {
                let text = format!(
                    "{most} {family} prefixes on a session: more than {PREFIXES} drop it; summarize them"
                );
                let advice = Advice::new(TOPIC, AdviceState::Missing, ROUTING, text);
                found.push(advice.about(SubjectKind::Circuit, [name]).at(line.peering.span));
            }
        }
        if found.len() == before {
            let text = format!(
                "only what is used is advertised, at most {PREFIXES} prefixes of each family on a session"
            );
            let advice = Advice::new(TOPIC, AdviceState::Present, ROUTING, text);
            found.push(advice.about(SubjectKind::Circuit, [name]).at(line.peering.span));
        }
    }
}

fn is_used(network: &Network, line: &Line<'_>, prefix: IpPrefix) -> bool {
    let overlaps = |other: IpPrefix| other.covers(prefix) || prefix.covers(other);
    let pool = pools_of(line).iter().any(|pool| overlaps(pool.value));
    let mut servers =
        network.sites.iter().flat_map(|site| &site.published).flat_map(|server| &server.addresses);
    let mut clients = sites_of(network, line).flat_map(|site| &site.prefixes);
    pool || servers.any(|address| prefix.contains(address.value)) || clients.any(|own| overlaps(own.value))
}

/// IPv6 clients need IPv6 on the circuits.
pub(super) fn ipv6(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::Ipv6;
    if union(&subject.parts).v6.is_empty() {
        return;
    }
    let why = "the services answer over IPv6 too since 2024-04";
    let Some(network) = subject.network else {
        let text = format!(
            "{why}: give the circuits IPv6 sessions (two /126) and an IPv6 pool, or keep IPv6 off clients and internet edges"
        );
        found.push(Advice::new(TOPIC, AdviceState::Needed, PLATFORM_URLS, text));
        return;
    };
    for line in &subject.lines {
        let v6 = |site: &&Site| {
            site.prefixes.iter().find(|prefix| prefix.value.family() == Family::V6).map(|one| one.span)
        };
        let clients: Vec<(&str, Span)> =
            sites_of(network, line).filter_map(|site| Some((site.name.as_str(), v6(&site)?))).collect();
        let lacks = |side: Connection| line.circuit.lacks_session(PeeringKind::Microsoft, side, Family::V6);
        let place = Connection::ALL.into_iter().map(lacks).collect::<Option<Vec<Span>>>();
        let advice = match (clients.as_slice(), place) {
            ([], _) => {
                let text = "no site of the circuit has an IPv6 prefix, so no IPv6 session is needed";
                Advice::new(TOPIC, AdviceState::Present, PLATFORM_URLS, text).at(line.peering.span)
            }
            (sites, Some(places)) => {
                let names: Vec<&str> = sites.iter().map(|(name, _)| *name).collect();
                let text = format!(
                    "{why}, but the circuit has no IPv6 session: IPv6 clients at {} reach the products over the internet or not at all; add IPv6 to `advertised` and `nat`",
                    names.join(", ")
                );
                let place = places.first().copied().or_else(|| sites.first().map(|(_, span)| *span));
                Advice::new(TOPIC, AdviceState::Missing, PLATFORM_URLS, text).at(place)
            }
            (_, None) => {
                let text = "sites with IPv6 clients have IPv6 sessions on the circuit";
                Advice::new(TOPIC, AdviceState::Present, PLATFORM_URLS, text).at(line.peering.span)
            }
        };
        found.push(advice.about(SubjectKind::Circuit, [&line.circuit.name]));
    }
}
