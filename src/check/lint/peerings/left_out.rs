//! Rules about traffic that a route filter leaves on the internet although it looks complete.

use std::collections::BTreeSet;

use crate::addr::special::{SpecialScope, block_of};
use crate::addr::{AddressCount, Family, IpPrefix, IpSet};
use crate::catalog::{Evidence, Product, ServiceCommunity, TenantRegion};
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::peerings::filter::named;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::network::reach::Receives;
use crate::network::{Circuit, CircuitId, Connection, PeeringKind, RouteFilter, Site};
use crate::rib::Community;

/// The product whose addresses stand for Power Platform.
const PLATFORM: &str = "power-platform";

/// The communities that contain addresses of sign-in (Microsoft Entra ID, and Microsoft 365 common).
const SIGN_IN: [u16; 2] = [5060, 5100];

/// Reports filters that contain all documented regions of a geography, if the platform has addresses in further
/// regions of the geography that no circuit of the same sites brings.
pub(in crate::check::lint) fn geography_outside_pair(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_GEOGRAPHY_OUTSIDE_PAIR, Object::FilterEntry, entries(subject));
    let Some(platform) = subject.catalog.product(PLATFORM) else { return };
    for (id, circuit, filter) in subject.filters() {
        let reach = subject.reach(circuit);
        for geography in subject.power_platform.iter().filter(|one| !one.others.is_empty()) {
            let community = |region: &String| subject.catalog.regional_community(region);
            let pair: Vec<Spanned<Community>> =
                geography.regions.iter().filter_map(|region| entry(filter, community(region)?)).collect();
            let reached = |entry: &Spanned<Community>| {
                let known = subject.catalog.community(entry.value);
                known.is_some_and(|known| reach.receives(known) != Receives::No)
            };
            // A region of the pair that is missing or out of reach has its own finding.
            if pair.is_empty() || pair.len() < geography.regions.len() || !pair.iter().all(reached) {
                continue;
            }
            let missing: Vec<&String> = geography
                .others
                .iter()
                .filter(|region| community(region).is_none_or(|value| !subject.asked_for_beside(id, value)))
                .collect();
            let all: Vec<&String> = geography.regions.iter().chain(&geography.others).collect();
            let outside = by_tag(subject, platform, &missing);
            let shares: Vec<String> = by_tag(subject, platform, &all)
                .into_iter()
                .filter_map(|(tag, all)| {
                    let (_, outside) = outside.iter().find(|(own, count)| *own == tag && !count.is_zero())?;
                    Some(format!("{outside} of {all} IPv4 addresses in {tag} ({})", share(*outside, all)))
                })
                .collect();
            if shares.is_empty() {
                continue;
            }
            let names: Vec<&str> = missing.iter().map(|region| subject.region_name(region)).collect();
            let message = format!(
                "the route filter of `{}` leaves out {} of {}: {}",
                circuit.name,
                list(&names),
                geography.name,
                shares.join(", ")
            );
            let values = missing.iter().filter_map(|region| community(region));
            let values: Vec<String> = values.map(|value| format!("`{value}`")).collect();
            let code = Code::LINT_GEOGRAPHY_OUTSIDE_PAIR;
            let mut diagnostic = Diagnostic::warning(code, &subject.network.source, message);
            for region in pair {
                diagnostic = diagnostic.at(region.span, "");
            }
            found.push(diagnostic.help(format!(
                "add {} to the route filter, or accept the finding if `Get-EnvironmentRegion` shows no environment there",
                values.join(", ")
            )));
        }
    }
}

/// Returns the number of IPv4 addresses of a product in regions, for each of its service tags.
fn by_tag(
    subject: &Subject<'_>,
    product: &'static Product<'static>,
    regions: &[&String],
) -> Vec<(String, AddressCount)> {
    let pair = regions.iter().map(|region| (*region).clone()).collect();
    let region = TenantRegion { name: String::new(), pair, others: Vec::new() };
    let mut all: Vec<(String, IpSet)> = Vec::new();
    for part in subject.catalog.product_tag_parts(product, Some(&region)) {
        let tag = part.list.split('.').next().unwrap_or_default();
        match all.iter_mut().find(|(known, _)| known == tag) {
            Some((_, set)) => *set = set.union(&part.addresses),
            None => all.push((tag.to_owned(), part.addresses)),
        }
    }
    all.into_iter().map(|(tag, set)| (tag, set.count(Family::V4))).collect()
}

/// Joins names as in a sentence.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Reports sites whose IPv6 clients bypass their circuits: the filters contain IPv6 prefixes of the platform, but no
/// Microsoft peering of the site has an IPv6 session.
pub(in crate::check::lint) fn ipv6_without_session(subject: &Subject<'_>, found: &mut Findings) {
    let with_ipv6 = |site: &&Site| site.prefixes.iter().any(|prefix| prefix.value.family() == Family::V6);
    let sites =
        subject.network.sites.iter().filter(with_ipv6).filter(|site| !site.circuits.is_empty()).count();
    found.examined(Code::LINT_IPV6_WITHOUT_SESSION, Object::Site, sites);
    let Some(platform) = subject.catalog.product(PLATFORM) else { return };
    let platform = IpSet::from_prefixes(subject.catalog.product_prefixes(platform));
    let mut reported: BTreeSet<CircuitId> = BTreeSet::new();
    for site in &subject.network.sites {
        let Some(edge) = site.internet.as_ref().filter(|edge| edge.default_route.has(Family::V6)) else {
            continue;
        };
        let translated = edge.nat.iter().any(|pool| pool.value.family() == Family::V6);
        // Without translation, private addresses get no reply from the internet.
        let leaves = |prefix: IpPrefix| {
            translated || block_of(prefix.first()).is_none_or(|block| block.scope == SpecialScope::Reserved)
        };
        let mut clients = site.prefixes.iter().filter(|prefix| prefix.value.family() == Family::V6);
        let Some(clients) = clients.find(|prefix| leaves(prefix.value)) else { continue };
        let Some((id, circuit, filter, span)) = first_without_ipv6(subject, site) else { continue };
        let held = held(subject, filter).intersection(&platform);
        let prefixes = IpSet { v4: IpSet::empty().v4, v6: held.v6 }.prefixes().count();
        if prefixes == 0 || !reported.insert(id) {
            continue;
        }
        let message = format!(
            "IPv6 clients of `{}` reach {prefixes} IPv6 prefixes of Power Platform over the internet: `{}` has no IPv6 session",
            site.name, circuit.name
        );
        let code = Code::LINT_IPV6_WITHOUT_SESSION;
        found.push(
            Diagnostic::warning(code, &subject.network.source, message)
                .at(span, "only IPv4")
                .at(filter.span, "contains the prefixes")
                .at(clients.span, "IPv6 clients")
                .help(
                    "add IPv6 prefixes to `advertised` and `nat` of the Microsoft peering, or set `default_route: ipv4` on the internet edge",
                ),
        );
    }
}

/// Returns the first circuit of a site with a route filter, if none of the site's circuits has an IPv6 session for
/// Microsoft peering, and the place that shows it.
fn first_without_ipv6<'s>(
    subject: &'s Subject<'_>,
    site: &Site,
) -> Option<(CircuitId, &'s Circuit, &'s RouteFilter, Span)> {
    let of_site = subject.filters().filter(|(id, ..)| site.circuits.contains(id));
    let lacking = of_site.map(|(id, circuit, filter)| {
        let lacks = |connection| circuit.lacks_session(PeeringKind::Microsoft, connection, Family::V6);
        let spans: Option<Vec<Span>> = Connection::ALL.into_iter().map(lacks).collect();
        Some((id, circuit, filter, *spans?.first()?))
    });
    lacking.collect::<Option<Vec<_>>>()?.into_iter().next()
}

/// Reports filters with regional communities if no filter contains a community of sign-in.
pub(in crate::check::lint) fn sign_in(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_SIGN_IN, Object::FilterEntry, entries(subject));
    let Some(entra) = subject.catalog.product("entra") else { return };
    let community = |value| subject.catalog.community(Community::microsoft(value));
    let regional = || subject.filters().filter(|(.., filter)| subject.has_regional(filter));
    let asked = |(.., filter): (CircuitId, &Circuit, &RouteFilter)| {
        SIGN_IN.into_iter().any(|value| entry(filter, Community::microsoft(value)).is_some())
    };
    let known: Vec<&ServiceCommunity> = SIGN_IN.into_iter().filter_map(community).collect();
    let Some((_, circuit, first)) = regional().next().filter(|_| !known.is_empty()) else { return };
    if subject.filters().any(asked) {
        return;
    }
    let entra = IpSet::from_prefixes(subject.catalog.product_prefixes(entra));
    let all = entra.count(Family::V4);
    let (held, filters) = regional().fold((IpSet::empty(), 0), |(held, filters), (.., filter)| {
        (held.union(&exported(subject, filter)), filters + 1)
    });
    let held = held.intersection(&entra).count(Family::V4);
    let whose = match filters {
        1 => format!("the route filter of `{}` contains", circuit.name),
        more => format!("the {more} route filters contain"),
    };
    let message = format!(
        "sign-in stays on the internet: {whose} {held} of {all} IPv4 addresses of Microsoft Entra ID ({})",
        share(held, all)
    );
    let diagnostic = Diagnostic::advice(Code::LINT_SIGN_IN, &subject.network.source, message);
    let values: Vec<String> = known.iter().map(|community| named(community)).collect();
    found.push(diagnostic.at(first.span, "").help(format!(
        "if sign-in must use the circuit, add {}; parts of sign-in stay on the internet in any case",
        values.join(" or ")
    )));
}

/// Returns the number of entries of all route filters.
fn entries(subject: &Subject<'_>) -> usize {
    subject.filters().map(|(_, _, filter)| subject.entries(filter).count()).sum()
}

/// Returns the entry of a filter for a community.
fn entry(filter: &RouteFilter, community: impl Into<Option<Community>>) -> Option<Spanned<Community>> {
    let community = community.into()?;
    filter.communities.iter().find(|entry| entry.value == community).copied()
}

/// Returns the addresses of all communities of a filter.
fn held(subject: &Subject<'_>, filter: &RouteFilter) -> IpSet {
    let routes = filter.communities.iter().flat_map(|entry| subject.catalog.routes(entry.value));
    IpSet::from_prefixes(routes.map(|route| route.prefix))
}

/// Like [`held`], but only with the prefixes of the exported list, because derived regional prefixes of sign-in are
/// not certain.
fn exported(subject: &Subject<'_>, filter: &RouteFilter) -> IpSet {
    let routes = filter.communities.iter().flat_map(|entry| subject.catalog.routes(entry.value));
    let exported = routes.filter(|route| route.evidence == Evidence::Exported);
    IpSet::from_prefixes(exported.map(|route| route.prefix))
}

/// Returns a share in percent with one decimal, such as `15.6 %`.
fn share(part: AddressCount, whole: AddressCount) -> String {
    let permille = part.permille_of(whole).unwrap_or_default();
    format!("{}.{} %", permille / 10, permille % 10)
}
