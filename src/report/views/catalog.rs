//! The views of the `catalog` commands, and the editions in every report.

use crate::addr::{AddressCount, IpPrefix, IpSet};
use crate::catalog::{
    Catalog, CatalogDiff, CommunityRoute, EndpointSet, Origin, Provenance, ServiceCommunity, ServiceTag,
    SpaceDiff, Verification,
};
use crate::report::{CatalogSource, Cell, Column, ColumnKind, View};

const PREFIX: Column = Column::new("prefix", ColumnKind::Text, "the prefix");
const ADDRESSES: Column = Column::new("addresses", ColumnKind::Count, "the number of addresses in it");

/// Returns the editions of which a catalog consists.
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

/// Returns the view of the feeds in use.
pub fn feeds(catalog: &Catalog) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        text("kind", "the kind of data in the feed"),
        text("edition", "the publisher's name for this edition of the feed"),
        text("date", "the date of the original file"),
        text("origin", "shipped with the program, or provided by the user"),
        Column::new("records", ColumnKind::Integer, "the number of tags, endpoint sets or community entries"),
        Column::new("prefixes", ColumnKind::Integer, "the number of prefixes of all records"),
        text("name", "the name of the original file"),
        text("sha256", "the SHA-256 of the original file"),
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
        Some(FeedKind::Endpoints) => sum(&mut catalog
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
    let columns = [
        PREFIX,
        Column::new("evidence", ColumnKind::Text, "how it is known that the community contains it"),
        ADDRESSES,
    ];
    let mut view = View::new("routes", &columns);
    for route in routes {
        view.push(vec![
            Cell::from(route.prefix.to_string()),
            Cell::from(route.evidence.name()),
            Cell::from(route.prefix.count()),
        ]);
    }
    vec![facts_view(&facts, &prefixes), view]
}

fn facts_view(facts: &[(&str, String)], prefixes: &[IpPrefix]) -> View {
    let columns = [
        Column::new("fact", ColumnKind::Text, "the name of the fact"),
        Column::new("value", ColumnKind::Text, "its value"),
    ];
    let mut view = View::new("facts", &columns);
    for (fact, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        view.push(vec![Cell::from(*fact), Cell::from(value.as_str())]);
    }
    let IpSet { v4, v6 } = IpSet::from_prefixes(prefixes.iter().copied());
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

/// Returns the views of the changes between two editions. Long views are cut to their `top` rows (0 for all).
pub fn diff(diff: &CatalogDiff, top: usize) -> Vec<View> {
    let mut views = vec![
        diff_summary(diff),
        space_prefixes(&diff.union),
        tags_diff(diff),
        sets_diff(diff),
        communities_diff(diff),
    ];
    for view in views.iter_mut().skip(1) {
        if top > 0 {
            view.rows.truncate(top);
        }
    }
    views
}

const CHANGE: Column = Column::new("change", ColumnKind::Text, "added, removed or changed");
const GAINED4: Column = Column::new("gained_ipv4", ColumnKind::Count, "the number of added IPv4 addresses");
const LOST4: Column = Column::new("lost_ipv4", ColumnKind::Count, "the number of removed IPv4 addresses");
const GAINED6: Column = Column::new("gained_ipv6", ColumnKind::Count, "the number of added IPv6 addresses");
const LOST6: Column = Column::new("lost_ipv6", ColumnKind::Count, "the number of removed IPv6 addresses");

fn space_cells(space: &SpaceDiff) -> [Cell; 4] {
    [
        Cell::from(space.gained.ipv4),
        Cell::from(space.lost.ipv4),
        Cell::from(space.gained.ipv6),
        Cell::from(space.lost.ipv6),
    ]
}

fn diff_summary(diff: &CatalogDiff) -> View {
    let columns = [
        Column::new("what", ColumnKind::Text, "the items counted"),
        Column::new("gained", ColumnKind::Count, "those that are only in the new edition"),
        Column::new("lost", ColumnKind::Count, "those that are only in the old edition"),
    ];
    let mut view = View::new("summary", &columns);
    let mut row = |what: &str, gained: AddressCount, lost: AddressCount| {
        view.push(vec![Cell::from(what), Cell::from(gained), Cell::from(lost)]);
    };
    let count = |number: usize| AddressCount::from(number as u128);
    row("IPv4 addresses of the union", diff.union.gained.ipv4, diff.union.lost.ipv4);
    row("IPv6 addresses of the union", diff.union.gained.ipv6, diff.union.lost.ipv6);
    row("pairs of tag and prefix", count(diff.pairs_added), count(diff.pairs_removed));
    row("of these, only tag churn", count(diff.churn_added), count(diff.churn_removed));
    view
}

fn space_prefixes(space: &SpaceDiff) -> View {
    let change = Column::new(
        "change",
        ColumnKind::Text,
        "gained (only in the new edition) or lost (only in the old edition)",
    );
    let mut view = View::new("union", &[change, PREFIX, ADDRESSES]);
    for (change, addresses) in [("gained", &space.gained), ("lost", &space.lost)] {
        for prefix in &addresses.prefixes {
            view.push(vec![Cell::from(change), Cell::from(prefix.to_string()), Cell::from(prefix.count())]);
        }
    }
    view
}

fn tags_diff(diff: &CatalogDiff) -> View {
    let columns = [
        Column::new("tag", ColumnKind::Text, "the service tag"),
        CHANGE,
        Column::new(
            "prefixes_added",
            ColumnKind::Integer,
            "the number of prefixes that only the new edition lists",
        ),
        Column::new(
            "prefixes_removed",
            ColumnKind::Integer,
            "the number of prefixes that only the old edition lists",
        ),
        GAINED4,
        LOST4,
        GAINED6,
        LOST6,
    ];
    let mut view = View::new("tags", &columns);
    for tag in &diff.tags {
        let mut row = vec![
            Cell::from(tag.name.as_str()),
            Cell::from(tag.change.name()),
            Cell::from(tag.prefixes_added as u64),
            Cell::from(tag.prefixes_removed as u64),
        ];
        row.extend(space_cells(&tag.space));
        view.push(row);
    }
    view
}

fn sets_diff(diff: &CatalogDiff) -> View {
    let columns = [
        Column::new("instance", ColumnKind::Text, "the instance of the endpoint web service"),
        Column::new("id", ColumnKind::Integer, "the number of the endpoint set"),
        CHANGE,
        Column::new("express_route", ColumnKind::Text, "the values before and after, if changed"),
        Column::new("fields", ColumnKind::List, "the fields that changed"),
        GAINED4,
        LOST4,
        GAINED6,
        LOST6,
    ];
    let mut view = View::new("endpoint_sets", &columns);
    for set in &diff.endpoint_sets {
        let flip = set.express_route.map(|(before, after)| format!("{before} -> {after}"));
        let mut row = vec![
            Cell::from(set.instance.name()),
            Cell::from(u64::from(set.id)),
            Cell::from(set.change.name()),
            Cell::from(flip),
            Cell::List(set.fields.iter().map(ToString::to_string).collect()),
        ];
        row.extend(space_cells(&set.space));
        view.push(row);
    }
    view
}

fn communities_diff(diff: &CatalogDiff) -> View {
    let columns = [
        Column::new("community", ColumnKind::Text, "the community"),
        Column::new("evidence", ColumnKind::Text, "the evidence of the routes"),
        GAINED4,
        LOST4,
        GAINED6,
        LOST6,
    ];
    let mut view = View::new("communities", &columns);
    for community in &diff.communities {
        let mut row =
            vec![Cell::from(community.community.to_string()), Cell::from(community.evidence.name())];
        row.extend(space_cells(&community.space));
        view.push(row);
    }
    view
}

/// Returns the views of the verified files and of the findings.
pub fn verification(verification: &Verification) -> Vec<View> {
    let columns = [
        Column::new("file", ColumnKind::Text, "the file"),
        Column::new("edition", ColumnKind::Text, "the publisher's name for this edition of the feed"),
        Column::new("records", ColumnKind::Integer, "the number of tags, endpoint sets or community entries"),
        Column::new("prefixes", ColumnKind::Integer, "the number of prefixes of all records"),
    ];
    let mut files = View::new("verified", &columns);
    for file in &verification.files {
        files.push(vec![
            Cell::from(file.path.as_str()),
            Cell::from(file.provenance.edition.as_str()),
            Cell::from(file.records as u64),
            Cell::from(file.prefixes as u64),
        ]);
    }
    if verification.findings.is_empty() {
        return vec![files];
    }
    let mut findings =
        View::new("faults", &[Column::new("finding", ColumnKind::Text, "the problem and the remedy")]);
    for finding in &verification.findings {
        findings.push(vec![Cell::from(finding.to_string())]);
    }
    vec![files, findings]
}
