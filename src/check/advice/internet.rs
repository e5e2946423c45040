//! What stays on the internet whatever the route filter contains, and what happens if no circuit is up.

use crate::addr::{Family, IpSet};
use crate::catalog::{HostPattern, Need, Product};
use crate::check::advice::shares::{by_family, union};
use crate::check::advice::sources::{GUIDE_CONSIDER, GUIDE_SETUP};
use crate::check::advice::subject::Subject;
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};
use crate::engine::SupportVerdict;
use crate::network::{InternetEdge, Network, Site, StaticVia};

/// What clients need that never uses a circuit: host names and service tags by product.
pub(super) fn always(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    for (product, need) in stays(subject) {
        let tags: Vec<&str> = product.tags.iter().map(|tag| tag.value).collect();
        let hosts: Vec<&str> = product.hosts.iter().map(|host| host.pattern).collect();
        let (kind, subjects) = if hosts.is_empty() {
            (SubjectKind::Tag, tags.clone())
        } else {
            (SubjectKind::Host, hosts.clone())
        };
        let also = if hosts.is_empty() || tags.is_empty() {
            String::new()
        } else {
            format!(" ({})", tags.join(", "))
        };
        let text = format!("{}{also}: {}", product.name, need.text);
        let advice = Advice::new(AdviceTopic::Internet, AdviceState::Needed, need.source, text);
        found.push(advice.about(kind, subjects));
    }
}

/// Returns the products that clients need and that stay on the internet: those that no document supports and no list
/// contains, those documented as unsupported, and Microsoft 365 unless it was asked for.
pub(super) fn stays(subject: &Subject<'_>) -> Vec<(&'static Product<'static>, &'static Need<'static>)> {
    let unlisted = |host: &HostPattern<'_>| host.lists.as_ref().is_some_and(Vec::is_empty);
    let mut all = subject.needs();
    all.retain(|(product, _)| match subject.support(product) {
        SupportVerdict::Unsupported => true,
        SupportVerdict::Supported => false,
        _ => {
            !product.hosts.is_empty()
                && product.hosts.iter().all(unlisted)
                && !subject.asks_for_microsoft_365()
        }
    });
    all
}

/// Clients reach the internet, and no rule denies what stays there.
pub(super) fn default_route(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::Internet;
    let Some(network) = subject.network else { return };
    let edges = || network.sites.iter().filter_map(|site| Some((site, site.internet.as_ref()?)));
    if !edges().any(|(_, edge)| edge.default_route.has(Family::V4) || edge.default_route.has(Family::V6)) {
        let text = "no site has a default route to the internet: static content, sign-in pages and telemetry need one, or a proxy";
        found.push(Advice::new(TOPIC, AdviceState::Missing, GUIDE_CONSIDER, text));
        return;
    }
    let before = found.len();
    let stays = stays(subject);
    for (site, edge) in edges() {
        for rule in &edge.deny {
            let denied = rule.set(subject.catalog);
            let blocked = stays.iter().filter(|(product, _)| {
                let own = union(&subject.catalog.product_parts(product, Some(subject.region)));
                !own.intersection(&denied).is_empty()
            });
            let blocked: Vec<_> = blocked.collect();
            let Some((_, need)) = blocked.first() else { continue };
            let names: Vec<&str> = blocked.iter().map(|(product, _)| product.name).collect();
            let text = format!("exempt {} from `deny` ({rule}): it never uses a circuit", names.join(", "));
            let advice = Advice::new(TOPIC, AdviceState::Missing, need.source, text);
            found.push(advice.about(SubjectKind::Site, [&site.name]).at(rule.span));
        }
    }
    if found.len() == before {
        let text = "the internet edges have a default route and deny nothing that must stay on the internet";
        let place = edges().next().map(|(_, edge)| edge.span);
        found.push(Advice::new(TOPIC, AdviceState::Present, GUIDE_CONSIDER, text).at(place));
    }
}

/// If no circuit is up, the default route takes over, unless it is denied.
pub(super) fn fail_closed(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::FailClosed;
    let scope = union(&subject.parts);
    if scope.is_empty() {
        return;
    }
    let mut ids: Vec<String> = Vec::new();
    for owner in subject.products.iter().flat_map(|product| subject.catalog.platforms_of(product)) {
        let id = format!("{{product: {}}}", owner.id);
        if !owner.tags.is_empty() && !ids.contains(&id) {
            ids.push(id);
        }
    }
    let remedy = format!(
        "if that must not happen, add `deny: [{}]` to the internet edge, or floating static routes over `discard`",
        ids.join(", ")
    );
    let Some(network) = subject.network else {
        let text = format!("the default route takes the products to the internet; {remedy}");
        found.push(Advice::new(TOPIC, AdviceState::People, GUIDE_SETUP, text));
        return;
    };
    for (site, edge) in network.sites.iter().filter_map(|site| Some((site, site.internet.as_ref()?))) {
        let open = open_to_internet(subject, network, site, edge, &scope);
        let (state, text) = match by_family(&scope, &open) {
            Some(share) if !open.is_empty() => {
                let text =
                    format!("the default route takes {share} of the products to the internet; {remedy}");
                (AdviceState::Optional, text)
            }
            _ => (
                AdviceState::Present,
                "nothing of the products uses the internet here, even if no circuit is up".to_owned(),
            ),
        };
        let advice = Advice::new(TOPIC, state, GUIDE_SETUP, text);
        found.push(advice.about(SubjectKind::Site, [&site.name]).at(edge.span));
    }
}

/// Returns the addresses that leave over an internet edge if no circuit is up.
fn open_to_internet(
    subject: &Subject<'_>,
    network: &Network,
    site: &Site,
    edge: &InternetEdge,
    scope: &IpSet,
) -> IpSet {
    debug_assert!(network.site_named(&site.name).is_some());
    let routed = edge
        .default_route
        .prefixes()
        .fold(IpSet::empty(), |all, prefix| all.union(&IpSet::from_prefixes([prefix])));
    let denied = edge.deny.iter().fold(IpSet::empty(), |all, rule| all.union(&rule.set(subject.catalog)));
    let discards = site.static_routes.iter().filter(|route| route.via.value == StaticVia::Discard);
    let discarded = discards.flat_map(|route| route.destination.value.prefixes(subject.catalog));
    let closed = denied.union(&IpSet::from_prefixes(discarded));
    scope.intersection(&routed).difference(&closed)
}
