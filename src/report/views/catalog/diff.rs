//! The views of the changes between two editions of the lists.

use crate::addr::{AddressCount, IpPrefix};
use crate::catalog::{CatalogDiff, CommunityDiff, EndpointSetDiff, EntryChange, SpaceDiff, TagDiff};
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::catalog::{addresses, prefix};

/// Returns the views of the changes between two editions. All views except the summary are cut to
/// their first `top` rows (0 for all).
pub fn diff(diff: &CatalogDiff, top: usize) -> Vec<View> {
    let mut views =
        vec![summary(diff), union(&diff.union), tags(diff), endpoint_sets(diff), communities(diff)];
    for view in views.iter_mut().skip(1) {
        if top > 0 {
            view.rows.truncate(top);
        }
    }
    views
}

fn summary(diff: &CatalogDiff) -> View {
    let count = |number: usize| AddressCount::from(number as u128);
    let CatalogDiff { union: SpaceDiff { gained, lost }, .. } = diff;
    let rows = [
        ("IPv4 addresses in any list", gained.ipv4, lost.ipv4),
        ("IPv6 addresses in any list", gained.ipv6, lost.ipv6),
        ("pairs of tag and prefix", count(diff.pairs_added), count(diff.pairs_removed)),
        ("pairs that are only tag churn", count(diff.churn_added), count(diff.churn_removed)),
    ];
    Columns::<(&str, AddressCount, AddressCount)>::new()
        .text("what", "the counted items", |(what, ..)| (*what).to_owned())
        .count("gained", "the number of items that are only in the new edition", |(_, gained, _)| *gained)
        .count("lost", "the number of items that are only in the old edition", |(.., lost)| *lost)
        .view("summary", rows)
}

fn union(space: &SpaceDiff) -> View {
    let sides = [("gained", &space.gained), ("lost", &space.lost)];
    let rows =
        sides.into_iter().flat_map(|(change, side)| side.prefixes.iter().map(move |prefix| (change, prefix)));
    Columns::<(&str, &IpPrefix)>::new()
        .text(
            "change",
            "gained (only in the new edition) or lost (only in the old edition)",
            |(change, _)| (*change).to_owned(),
        )
        .group(|(_, prefix)| *prefix, prefix())
        .group(|(_, prefix)| *prefix, addresses())
        .view("union", rows)
}

fn tags(diff: &CatalogDiff) -> View {
    Columns::<&TagDiff>::new()
        .text("tag", "the service tag", |tag| tag.name.clone())
        .group(|tag| &tag.change, change())
        .integer("prefixes_added", "the number of prefixes that only the new edition lists", |tag| {
            tag.prefixes_added as u64
        })
        .integer("prefixes_removed", "the number of prefixes that only the old edition lists", |tag| {
            tag.prefixes_removed as u64
        })
        .group(|tag| &tag.space, space())
        .view("tags", &diff.tags)
}

fn endpoint_sets(diff: &CatalogDiff) -> View {
    Columns::<&EndpointSetDiff>::new()
        .text("instance", "the instance of the endpoint web service", |set| set.instance.name())
        .integer("id", "the number of the endpoint set", |set| u64::from(set.id))
        .group(|set| &set.change, change())
        .text("express_route", "the values before and after the change, if they differ", |set| {
            set.express_route.map(|(before, after)| format!("{before} -> {after}"))
        })
        .list("fields", "the fields of the endpoint set that changed", |set| {
            set.fields.iter().map(ToString::to_string).collect::<Vec<_>>()
        })
        .group(|set| &set.space, space())
        .view("endpoint_sets", &diff.endpoint_sets)
}

fn communities(diff: &CatalogDiff) -> View {
    Columns::<&CommunityDiff>::new()
        .text("community", "the community", |one| one.community.to_string())
        .text("evidence", "the evidence for the routes", |one| one.evidence.name())
        .group(|one| &one.space, space())
        .view("communities", &diff.communities)
}

fn change<'c>() -> Columns<'c, EntryChange> {
    Columns::<EntryChange>::new()
        .text("change", "the change: added, removed or changed", |change| change.name())
}

/// The numbers of added and removed addresses.
fn space<'c>() -> Columns<'c, SpaceDiff> {
    Columns::<SpaceDiff>::new()
        .count("gained_ipv4", "the number of added IPv4 addresses", |space| space.gained.ipv4)
        .count("lost_ipv4", "the number of removed IPv4 addresses", |space| space.lost.ipv4)
        .count("gained_ipv6", "the number of added IPv6 addresses", |space| space.gained.ipv6)
        .count("lost_ipv6", "the number of removed IPv6 addresses", |space| space.lost.ipv6)
}
