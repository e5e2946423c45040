//! Makes two catalogs comparable by reducing them to the feeds that both contain.
//!
//! Otherwise, a list that only one side has would count as added or removed in full, and so would the routes
//! derived from it. So each side is reduced to the feeds that the other side also has in some edition, and
//! its community routes are derived again from these feeds only, with the same rule on both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::addr::IpPrefix;
use crate::catalog::derived_routes;
use crate::catalog::derived_routes::{Export, Input};
use crate::catalog::{
    Catalog, CatalogError, CommunityEntry, CommunityRoute, EndpointSet, Evidence, FeedKind, FeedOrigin,
    Instance, ServiceTag, community_names, documented_tables,
};
use crate::rib::Community;

/// Identifies the feed of an edition: its kind and, for endpoint sets, the instance.
type Slot = (FeedKind, Option<Instance>);

/// One of the two catalogs of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EditionSide {
    /// The side to compare from.
    Old,
    /// The side to compare to.
    New,
}

impl EditionSide {
    /// Returns the name in output: `old`, `new`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// A feed that cannot be compared because only one side has it.
///
/// Printed as a sentence: ``endpoints of Worldwide were not compared, because only the new side has them``.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotCompared {
    /// The feed's kind.
    pub kind: FeedKind,
    /// The instance, for endpoint sets.
    pub instance: Option<Instance>,
    /// The side that has the feed.
    pub side: EditionSide,
}

impl fmt::Display for NotCompared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = slot_name((self.kind, self.instance));
        write!(f, "{slot} were not compared, because only the {} side has them", self.side.name())
    }
}

fn slot_name((kind, instance): Slot) -> String {
    match instance {
        Some(instance) => format!("{kind} of {instance}"),
        None => kind.to_string(),
    }
}

/// The part of a catalog that comes from feeds that the other side also has in some edition.
pub(super) struct Part {
    pub(super) tags: Vec<ServiceTag>,
    pub(super) sets: Vec<EndpointSet>,
    /// The routes from only these tags, sets and exports, ordered by community, evidence and prefix.
    pub(super) routes: Vec<CommunityRoute>,
}

/// Two catalogs reduced to their common feeds, and the feeds that only one of them has.
pub(super) struct Common {
    pub(super) old: Part,
    pub(super) new: Part,
    pub(super) not_compared: Vec<NotCompared>,
}

impl Common {
    /// # Errors
    ///
    /// Returns [`CatalogError::NothingInCommon`] if the catalogs have no feed in common.
    pub(super) fn of(old: &Catalog, new: &Catalog) -> Result<Self, CatalogError> {
        let (old_slots, new_slots) = (slots(old), slots(new));
        let both: BTreeSet<Slot> = old_slots.intersection(&new_slots).copied().collect();
        if both.is_empty() {
            let names = |slots: &BTreeSet<Slot>| {
                let names: Vec<String> = slots.iter().copied().map(slot_name).collect();
                if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
            };
            return Err(CatalogError::NothingInCommon { old: names(&old_slots), new: names(&new_slots) });
        }
        let alone = |slots: &BTreeSet<Slot>, side| {
            let alone = slots.difference(&both);
            alone.map(|(kind, instance)| NotCompared { kind: *kind, instance: *instance, side }).collect()
        };
        let mut not_compared: Vec<NotCompared> = alone(&old_slots, EditionSide::Old);
        not_compared.extend::<Vec<_>>(alone(&new_slots, EditionSide::New));
        not_compared.sort_unstable();
        // An export replaces derivation only if both sides have a user's export.
        let authoritative = users_export(old) && users_export(new);
        Ok(Self {
            old: part(old, &both, authoritative)?,
            new: part(new, &both, authoritative)?,
            not_compared,
        })
    }
}

fn slots(catalog: &Catalog) -> BTreeSet<Slot> {
    let sets = catalog.endpoint_sets().iter().map(|set| (set.kind(), Some(set.instance)));
    catalog.sources().iter().map(|source| (source.kind, source.instance)).chain(sets).collect()
}

fn users_export(catalog: &Catalog) -> bool {
    let mut sources = catalog.sources().iter();
    sources.any(|source| source.kind == FeedKind::Communities && source.origin == FeedOrigin::User)
}

fn part(catalog: &Catalog, both: &BTreeSet<Slot>, authoritative: bool) -> Result<Part, CatalogError> {
    let has_tags = both.contains(&(FeedKind::ServiceTags, None));
    let tags: Vec<ServiceTag> = if has_tags { catalog.tags().to_vec() } else { Vec::new() };
    let sets = catalog.endpoint_sets().iter();
    let sets: Vec<EndpointSet> =
        sets.filter(|set| both.contains(&(set.kind(), Some(set.instance)))).cloned().collect();
    let has_exports = both.contains(&(FeedKind::Communities, None));
    let documented;
    let (entries, communities) = if has_exports {
        (exported(catalog), catalog.communities())
    } else {
        let table = documented_tables::meanings()
            .map_err(|error| CatalogError::Shipped { path: "communities/documented.txt", error })?;
        documented = community_names::join(catalog.cloud(), &[], &table);
        (Vec::new(), documented.as_slice())
    };
    let routes = derived_routes::routes(&Input {
        cloud: catalog.cloud(),
        tags: &tags,
        sets: &sets,
        exports: &[Export { entries: &entries, source: 0, authoritative }],
        communities,
    });
    Ok(Part { tags, sets, routes })
}

/// Combines the exports of a catalog into one entry per community with its exported prefixes.
fn exported(catalog: &Catalog) -> Vec<CommunityEntry> {
    let mut prefixes: BTreeMap<Community, Vec<IpPrefix>> = BTreeMap::new();
    for route in catalog.all_routes().iter().filter(|route| route.evidence == Evidence::Exported) {
        prefixes.entry(route.community).or_default().push(route.prefix);
    }
    let listed = catalog.communities().iter().filter(|community| community.exported);
    let entry = |value| CommunityEntry {
        value,
        name: String::new(),
        service: String::new(),
        group: String::new(),
        supported_region: String::new(),
        authorized: None,
        prefixes: prefixes.remove(&value).unwrap_or_default(),
    };
    listed.map(|community| community.value).map(entry).collect()
}
