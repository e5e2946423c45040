//! The views of the `catalog` commands, and the list editions named in every report.

mod diff;
mod lists;

use crate::addr::{IpPrefix, IpSet};
use crate::catalog::{
    Catalog, CommunityRoute, EndpointSet, FeedOrigin, Provenance, ServiceCommunity, ServiceTag, Verification,
    VerifiedFile,
};
use crate::report::columns::Columns;
use crate::report::{CatalogSource, View};
pub use diff::diff;
pub use lists::{communities, product, products, rules, search, sets, tags};

/// Returns the list editions in a catalog.
pub fn catalog_sources(catalog: &Catalog) -> Vec<CatalogSource> {
    catalog.sources().iter().map(source).collect()
}

fn source(provenance: &Provenance) -> CatalogSource {
    CatalogSource {
        kind: provenance.kind.to_string(),
        cloud: provenance.cloud.to_string(),
        name: provenance.name.clone(),
        edition: provenance.edition.clone(),
        date: provenance.date.clone(),
        sha256: provenance.sha256.clone(),
        origin: match provenance.origin {
            FeedOrigin::Shipped => "shipped".to_owned(),
            FeedOrigin::User => "user".to_owned(),
        },
    }
}

/// A feed in use.
struct Feed<'c> {
    provenance: &'c Provenance,
    /// The number of records in the feed, and the number of prefixes in these records.
    size: (u64, u64),
}

/// Returns the view of the feeds in use.
pub fn feeds(catalog: &Catalog) -> View {
    let rows = catalog.sources().iter().enumerate();
    let rows = rows.map(|(index, provenance)| Feed { provenance, size: size(catalog, index) });
    Columns::<Feed<'_>>::new()
        .text("kind", "the kind of data in the feed", |feed| feed.provenance.kind.to_string())
        .group(|feed| feed.provenance, edition())
        .text("date", "the date of the original file", |feed| feed.provenance.date.clone())
        .text("origin", "whether the feed is shipped with the program or provided by the user", |feed| {
            source(feed.provenance).origin
        })
        .group(|feed| &feed.size, sizes())
        .text("name", "the name of the original file", |feed| feed.provenance.name.clone())
        .text("sha256", "the SHA-256 of the original file", |feed| feed.provenance.sha256.clone())
        .view("feeds", rows)
}

fn edition<'c>() -> Columns<'c, Provenance> {
    Columns::<Provenance>::new().text(
        "edition",
        "the publisher's name for this edition of the feed",
        |feed| feed.edition.clone(),
    )
}

/// The numbers of records and prefixes.
fn sizes<'c>() -> Columns<'c, (u64, u64)> {
    Columns::<(u64, u64)>::new()
        .integer("records", "the number of tags, endpoint sets or community entries", |(records, _)| *records)
        .integer("prefixes", "the number of prefixes in all records", |(_, prefixes)| *prefixes)
}

fn size(catalog: &Catalog, source: usize) -> (u64, u64) {
    use crate::catalog::{Evidence, FeedKind};
    let sum = |sizes: &mut dyn Iterator<Item = usize>| {
        sizes.fold((0, 0), |(records, prefixes), size| (records + 1, prefixes + size as u64))
    };
    match catalog.sources().get(source).map(|provenance| provenance.kind) {
        Some(FeedKind::ServiceTags) => {
            sum(&mut catalog.tags().iter().filter(|tag| tag.source == source).map(|tag| tag.prefixes.len()))
        }
        Some(FeedKind::Endpoints | FeedKind::Intune) => sum(&mut catalog
            .endpoint_sets()
            .iter()
            .filter(|set| set.source == source)
            .map(|set| set.prefixes.len())),
        Some(FeedKind::Communities) => {
            let exported = |community: &&ServiceCommunity| community.source == Some(source);
            let routes = |community: &ServiceCommunity| {
                let routes = catalog.routes(community.value).iter();
                routes.filter(|route| route.evidence == Evidence::Exported && route.source == source).count()
            };
            sum(&mut catalog.communities().iter().filter(exported).map(routes))
        }
        None => (0, 0),
    }
}

/// Returns the views of a service tag: its facts and its prefixes.
pub fn tag(tag: &ServiceTag) -> Vec<View> {
    let facts = [
        ("name", tag.name.clone()),
        ("region", tag.region.clone()),
        ("region_id", tag.region_id.to_string()),
        ("system_service", tag.system_service.clone()),
        ("platform", tag.platform.clone()),
        ("change_number", tag.change_number.to_string()),
        ("network_features", tag.network_features.join(", ")),
    ];
    vec![facts_view(&facts, &tag.prefixes), prefixes_view(&tag.prefixes)]
}

/// Returns the views of an endpoint set: its facts and its prefixes.
pub fn endpoint_set(set: &EndpointSet) -> Vec<View> {
    let facts = [
        ("id", set.id.to_string()),
        ("instance", set.instance.to_string()),
        ("name", set.display_name.clone()),
        ("service_area", set.service_area.clone()),
        ("category", set.category.to_string()),
        ("express_route", set.express_route.to_string()),
        ("required", set.required.to_string()),
        ("ports", set.ports()),
        ("urls", set.urls.join(", ")),
        ("notes", set.notes.clone()),
    ];
    vec![facts_view(&facts, &set.prefixes), prefixes_view(&set.prefixes)]
}

/// Returns the views of a community: its facts and its routes, with the evidence for each.
pub fn community(community: &ServiceCommunity, routes: &[CommunityRoute]) -> Vec<View> {
    let prefixes: Vec<IpPrefix> = routes.iter().map(|route| route.prefix).collect();
    let facts = [
        ("community", community.value.to_string()),
        ("names", community.names.join(", ")),
        ("kind", community.kind.to_string()),
        ("region", community.region.clone().unwrap_or_default()),
        ("service_group", community.service_group.clone().unwrap_or_default()),
        ("documented", community.documented.to_string()),
        ("exported", community.exported.to_string()),
    ];
    let routes = Columns::<&CommunityRoute>::new()
        .group(|route| &route.prefix, prefix())
        .text("evidence", "how it is known that the community contains the prefix", |route| {
            route.evidence.name()
        })
        .group(|route| &route.prefix, addresses())
        .view("routes", routes);
    vec![facts_view(&facts, &prefixes), routes]
}

fn facts_view(facts: &[(&str, String)], prefixes: &[IpPrefix]) -> View {
    let IpSet { v4, v6 } = IpSet::from_prefixes(prefixes.iter().copied());
    let sizes = [("ipv4_addresses", v4.count().to_string()), ("ipv6_addresses", v6.count().to_string())];
    let known = facts.iter().filter(|(_, value)| !value.is_empty());
    Columns::<&(&str, String)>::new()
        .text("fact", "the name of the fact", |(fact, _)| (*fact).to_owned())
        .text("value", "the value of the fact", |(_, value)| value.clone())
        .view("facts", known.chain(&sizes))
}

fn prefixes_view(prefixes: &[IpPrefix]) -> View {
    Columns::<&IpPrefix>::new()
        .group(|row| *row, prefix())
        .group(|row| *row, addresses())
        .view("prefixes", prefixes)
}

fn prefix<'c>() -> Columns<'c, IpPrefix> {
    Columns::<IpPrefix>::new().text("prefix", "the prefix", IpPrefix::to_string)
}

fn addresses<'c>() -> Columns<'c, IpPrefix> {
    Columns::<IpPrefix>::new()
        .count("addresses", "the number of addresses in the prefix", |prefix| prefix.count())
}

/// Returns the views of the verified files and of the findings.
pub fn verification(verification: &Verification) -> Vec<View> {
    let rows = verification.files.iter().map(|file| (file, (file.records as u64, file.prefixes as u64)));
    let files = Columns::<(&VerifiedFile, (u64, u64))>::new()
        .text("file", "the path of the verified file", |(file, _)| file.path.clone())
        .group(|(file, _)| &file.provenance, edition())
        .group(|(_, size)| size, sizes())
        .view("verified", rows);
    if verification.findings.is_empty() {
        return vec![files];
    }
    let findings = Columns::new()
        .text("finding", "the problem and the remedy", ToString::to_string)
        .view("faults", &verification.findings);
    vec![files, findings]
}
