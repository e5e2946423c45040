//! The views of the `catalog` commands, and the editions in every report.

use super::{CatalogSource, Cell, Column, ColumnKind, View};
use crate::addr::{AddressSet, IpPrefix};
use crate::catalog::{Catalog, CommunityRoute, EndpointSet, Origin, Provenance, ServiceCommunity, ServiceTag};

const PREFIX: Column = Column::new("prefix", ColumnKind::Text, "the prefix");
const ADDRESSES: Column = Column::new("addresses", ColumnKind::Count, "how many addresses it holds");

/// The editions that a catalog is made of.
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
            Origin::Shipped => "shipped".to_owned(),
            Origin::User => "user".to_owned(),
        },
    }
}

/// The feeds in use.
pub fn feeds(catalog: &Catalog) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        text("kind", "what the feed holds"),
        text("edition", "the publisher's name of this state of the feed"),
        text("date", "the day of the original"),
        text("origin", "shipped with the program, or the user's"),
        Column::new("records", ColumnKind::Integer, "tags, endpoint sets or community entries"),
        Column::new("prefixes", ColumnKind::Integer, "prefixes of all records"),
        text("name", "the original's file name"),
        text("sha256", "SHA-256 of the original"),
    ];
    let mut view = View::new("feeds", &columns);
    for (index, provenance) in catalog.sources().iter().enumerate() {
        let (records, prefixes) = size(catalog, index);
        view.push(vec![
            Cell::from(provenance.kind.to_string()),
            Cell::from(provenance.edition.as_str()),
            Cell::from(provenance.date.clone()),
            Cell::from(source(provenance).origin),
            Cell::from(records),
            Cell::from(prefixes),
            Cell::from(provenance.name.as_str()),
            Cell::from(provenance.sha256.as_str()),
        ]);
    }
    view
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
        Some(FeedKind::Endpoints) => {
            sum(&mut catalog.endpoint_sets().iter().filter(|set| set.source == source).map(|set| set.prefixes.len()))
        }
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

/// A service tag: its facts and its prefixes.
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
    vec![facts_view("tag", &facts, &tag.prefixes), prefixes_view(&tag.prefixes)]
}

/// An endpoint set: its facts and its prefixes.
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
    vec![facts_view("endpoint_set", &facts, &set.prefixes), prefixes_view(&set.prefixes)]
}

/// A community: its facts and its routes with the evidence for each.
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
    let columns =
        [PREFIX, Column::new("evidence", ColumnKind::Text, "how it is known that the community carries it"), ADDRESSES];
    let mut view = View::new("routes", &columns);
    for route in routes {
        view.push(vec![
            Cell::from(route.prefix.to_string()),
            Cell::from(route.evidence.name()),
            Cell::from(route.prefix.count()),
        ]);
    }
    vec![facts_view("community", &facts, &prefixes), view]
}

fn facts_view(name: &str, facts: &[(&str, String)], prefixes: &[IpPrefix]) -> View {
    let columns = [
        Column::new("fact", ColumnKind::Text, "what is told"),
        Column::new("value", ColumnKind::Text, "what it is"),
    ];
    let mut view = View::new(name, &columns);
    for (fact, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        view.push(vec![Cell::from(*fact), Cell::from(value.as_str())]);
    }
    let (v4, v6) = sets(prefixes);
    view.push(vec![Cell::from("ipv4_addresses"), Cell::from(v4.count().to_string())]);
    view.push(vec![Cell::from("ipv6_addresses"), Cell::from(v6.count().to_string())]);
    view
}

fn prefixes_view(prefixes: &[IpPrefix]) -> View {
    let mut view = View::new("prefixes", &[PREFIX, ADDRESSES]);
    for prefix in prefixes {
        view.push(vec![Cell::from(prefix.to_string()), Cell::from(prefix.count())]);
    }
    view
}

fn sets(prefixes: &[IpPrefix]) -> (AddressSet<std::net::Ipv4Addr>, AddressSet<std::net::Ipv6Addr>) {
    let v4 = prefixes.iter().filter_map(|prefix| match prefix {
        IpPrefix::V4(prefix) => Some(*prefix),
        IpPrefix::V6(_) => None,
    });
    let v6 = prefixes.iter().filter_map(|prefix| match prefix {
        IpPrefix::V4(_) => None,
        IpPrefix::V6(prefix) => Some(*prefix),
    });
    (v4.collect(), v6.collect())
}
