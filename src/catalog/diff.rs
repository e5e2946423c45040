//! Compares two catalogs for the same cloud: addresses first, names second.
//!
//! A new edition moves hundreds of prefixes from tag to tag, while hardly any address is added or removed. So
//! the union of all tags and endpoint sets is compared as a set of addresses, separately from the (tag,
//! prefix) pairs that changed within it.
//!
//! Only lists that both catalogs contain in some edition are compared: see the module `comparable`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Catalog, CatalogError, CommunityRoute, EndpointSet, Evidence, Instance, NotCompared, ServiceTag,
};
use crate::addr::{AddressCount, AddressSet, IpPrefix};
use crate::catalog::comparable::{Common, Part};
use crate::rib::Community;

/// Addresses of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The smallest list of prefixes that contains exactly these addresses, IPv4 first, ascending.
    pub prefixes: Vec<IpPrefix>,
    /// The number of IPv4 addresses.
    pub ipv4: AddressCount,
    /// The number of IPv6 addresses.
    pub ipv6: AddressCount,
}

impl Addresses {
    /// Returns whether there are no addresses.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }
}

/// Addresses that were added and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpaceDiff {
    /// Addresses that are only in the new catalog.
    pub gained: Addresses,
    /// Addresses that are only in the old catalog.
    pub lost: Addresses,
}

impl SpaceDiff {
    /// Returns whether no address was added or removed.
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }
}

/// Whether an entry was added, removed or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryChange {
    /// Only in the new catalog.
    Added,
    /// Only in the old catalog.
    Removed,
    /// In both, but different.
    Changed,
}

impl EntryChange {
    /// Returns the name in output: `added`, `removed`, `changed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// A tag that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagDiff {
    /// The tag's name.
    pub name: String,
    /// Whether it was added, removed or changed.
    pub change: EntryChange,
    /// The tag's addresses that were added and removed; empty if only the notation or a field changed.
    pub space: SpaceDiff,
    /// The number of prefixes that only the new tag lists.
    pub prefixes_added: usize,
    /// The number of prefixes that only the old tag lists.
    pub prefixes_removed: usize,
}

/// An endpoint set that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSetDiff {
    /// The instance.
    pub instance: Instance,
    /// The set's number.
    pub id: u32,
    /// Whether it was added, removed or changed.
    pub change: EntryChange,
    /// `expressRoute` before and after, if it changed. Such a change needs action.
    pub express_route: Option<(bool, bool)>,
    /// The fields that changed, by their names in the web service.
    pub fields: Vec<&'static str>,
    /// The set's addresses that were added and removed.
    pub space: SpaceDiff,
}

/// A community whose routes differ, for one kind of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityDiff {
    /// The community.
    pub community: Community,
    /// The evidence of the compared routes.
    pub evidence: Evidence,
    /// Addresses that were added and removed.
    pub space: SpaceDiff,
}

/// What changed from one catalog to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogDiff {
    /// Changes to the addresses that are in any tag or endpoint set.
    pub union: SpaceDiff,
    /// The tags that differ, ordered by name.
    pub tags: Vec<TagDiff>,
    /// The number of (tag, prefix) pairs that only the new catalog has.
    pub pairs_added: usize,
    /// The number of (tag, prefix) pairs that only the old catalog has.
    pub pairs_removed: usize,
    /// The number of added pairs whose addresses were all in the old union already. Such pairs are mere
    /// churn.
    pub churn_added: usize,
    /// The number of removed pairs whose addresses are all still in the new union. Such pairs are mere churn.
    pub churn_removed: usize,
    /// The endpoint sets that differ, ordered by instance and id.
    pub endpoint_sets: Vec<EndpointSetDiff>,
    /// The communities that differ, ordered by value and evidence.
    pub communities: Vec<CommunityDiff>,
    /// Lists that only one side has. The fields above do not include them.
    pub not_compared: Vec<NotCompared>,
}

impl CatalogDiff {
    /// Returns whether the compared parts of the two catalogs are equal.
    pub fn is_empty(&self) -> bool {
        let Self { union, tags, endpoint_sets, communities, .. } = self;
        // Pairs are not checked, because changes to them are included in `tags`.
        union.is_empty() && tags.is_empty() && endpoint_sets.is_empty() && communities.is_empty()
    }
}

/// Compares the lists that both catalogs contain in some edition. Both catalogs should be for the same cloud.
///
/// On both sides, community routes are derived again from these lists only.
///
/// # Errors
///
/// Returns [`CatalogError::NothingInCommon`] if there is no such list.
///
/// # Complexity
///
/// `O(n log n)` in the total number of prefixes.
pub fn diff(old: &Catalog, new: &Catalog) -> Result<CatalogDiff, CatalogError> {
    let Common { old, new, not_compared } = Common::of(old, new)?;
    let (old, new) = (&old, &new);
    let (old_union, new_union) = (Space::of(all_prefixes(old)), Space::of(all_prefixes(new)));
    let mut found = CatalogDiff { union: old_union.to(&new_union), not_compared, ..CatalogDiff::default() };
    diff_tags(old, new, &old_union, &new_union, &mut found);
    found.endpoint_sets = diff_sets(old, new);
    found.communities = diff_communities(old, new);
    Ok(found)
}

/// A set of addresses in both families.
struct Space {
    v4: AddressSet<Ipv4Addr>,
    v6: AddressSet<Ipv6Addr>,
}

impl Space {
    fn of<'a>(prefixes: impl Iterator<Item = &'a IpPrefix>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            match prefix {
                IpPrefix::V4(prefix) => v4.push(*prefix),
                IpPrefix::V6(prefix) => v6.push(*prefix),
            }
        }
        Self { v4: AddressSet::from_prefixes(v4), v6: AddressSet::from_prefixes(v6) }
    }

    fn to(&self, new: &Self) -> SpaceDiff {
        SpaceDiff { gained: new.without(self), lost: self.without(new) }
    }

    fn without(&self, other: &Self) -> Addresses {
        let v4 = self.v4.difference(&other.v4);
        let v6 = self.v6.difference(&other.v6);
        let prefixes = v4.prefixes().map(IpPrefix::from).chain(v6.prefixes().map(IpPrefix::from)).collect();
        Addresses { prefixes, ipv4: v4.count(), ipv6: v6.count() }
    }

    /// Returns whether the set contains every address of a prefix.
    fn covers(&self, prefix: &IpPrefix) -> bool {
        match prefix {
            IpPrefix::V4(prefix) => self.v4.within(prefix.range()).eq([prefix.range()]),
            IpPrefix::V6(prefix) => self.v6.within(prefix.range()).eq([prefix.range()]),
        }
    }
}

fn all_prefixes(part: &Part) -> impl Iterator<Item = &IpPrefix> {
    let sets = part.sets.iter().flat_map(|set| &set.prefixes);
    part.tags.iter().flat_map(|tag| &tag.prefixes).chain(sets)
}

/// Pairs the records of two catalogs by key.
fn paired<'a, K: Ord, T>(
    old: &'a [T],
    new: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> BTreeMap<K, (Option<&'a T>, Option<&'a T>)> {
    let mut pairs: BTreeMap<K, (Option<&T>, Option<&T>)> = BTreeMap::new();
    for record in old {
        pairs.entry(key(record)).or_default().0 = Some(record);
    }
    for record in new {
        pairs.entry(key(record)).or_default().1 = Some(record);
    }
    pairs
}

fn change_of<T>(old: Option<&T>, new: Option<&T>) -> EntryChange {
    match (old, new) {
        (None, _) => EntryChange::Added,
        (_, None) => EntryChange::Removed,
        _ => EntryChange::Changed,
    }
}

fn diff_tags(old: &Part, new: &Part, old_union: &Space, new_union: &Space, found: &mut CatalogDiff) {
    for (name, (before, after)) in paired(&old.tags, &new.tags, |tag: &ServiceTag| tag.name.as_str()) {
        let old_prefixes = before.map_or(&[][..], |tag| &tag.prefixes);
        let new_prefixes = after.map_or(&[][..], |tag| &tag.prefixes);
        let same = match (before, after) {
            (Some(before), Some(after)) => ServiceTag { source: after.source, ..before.clone() } == *after,
            _ => false,
        };
        if same {
            continue;
        }
        let (old_set, new_set): (BTreeSet<_>, BTreeSet<_>) =
            (old_prefixes.iter().collect(), new_prefixes.iter().collect());
        let added: Vec<_> = new_set.difference(&old_set).collect();
        let removed: Vec<_> = old_set.difference(&new_set).collect();
        found.pairs_added += added.len();
        found.pairs_removed += removed.len();
        found.churn_added += added.iter().filter(|prefix| old_union.covers(prefix)).count();
        found.churn_removed += removed.iter().filter(|prefix| new_union.covers(prefix)).count();
        found.tags.push(TagDiff {
            name: name.to_owned(),
            change: change_of(before, after),
            space: Space::of(old_prefixes.iter()).to(&Space::of(new_prefixes.iter())),
            prefixes_added: added.len(),
            prefixes_removed: removed.len(),
        });
    }
}

fn diff_sets(old: &Part, new: &Part) -> Vec<EndpointSetDiff> {
    let mut found = Vec::new();
    let pairs = paired(&old.sets, &new.sets, |set: &EndpointSet| (set.instance, set.id));
    for ((instance, id), (before, after)) in pairs {
        let fields = before.zip(after).map(|(before, after)| changed_fields(before, after));
        if fields.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let space = |set: Option<&EndpointSet>| Space::of(set.into_iter().flat_map(|set| &set.prefixes));
        found.push(EndpointSetDiff {
            instance,
            id,
            change: change_of(before, after),
            express_route: before
                .zip(after)
                .map(|(before, after)| (before.express_route, after.express_route))
                .filter(|(before, after)| before != after),
            fields: fields.unwrap_or_default(),
            space: space(before).to(&space(after)),
        });
    }
    found
}

fn changed_fields(before: &EndpointSet, after: &EndpointSet) -> Vec<&'static str> {
    let fields = [
        ("serviceArea", before.service_area != after.service_area),
        ("serviceAreaDisplayName", before.display_name != after.display_name),
        ("urls", before.urls != after.urls),
        ("ips", before.prefixes != after.prefixes),
        ("tcpPorts", before.tcp_ports != after.tcp_ports),
        ("udpPorts", before.udp_ports != after.udp_ports),
        ("expressRoute", before.express_route != after.express_route),
        ("category", before.category != after.category),
        ("required", before.required != after.required),
        ("notes", before.notes != after.notes),
    ];
    fields.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}

fn diff_communities(old: &Part, new: &Part) -> Vec<CommunityDiff> {
    let (old, new) = (by_evidence(&old.routes), by_evidence(&new.routes));
    let all: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    let mut found = Vec::new();
    for (community, evidence) in all {
        let prefixes =
            |side: &BTreeMap<_, Vec<IpPrefix>>| side.get(&(community, evidence)).cloned().unwrap_or_default();
        let (before, after) = (prefixes(&old), prefixes(&new));
        if before == after {
            continue;
        }
        let space = Space::of(before.iter()).to(&Space::of(after.iter()));
        if !space.is_empty() {
            found.push(CommunityDiff { community, evidence, space });
        }
    }
    found
}

/// Returns the prefixes of each community and evidence, in ascending order like the routes.
fn by_evidence(routes: &[CommunityRoute]) -> BTreeMap<(Community, Evidence), Vec<IpPrefix>> {
    let mut found: BTreeMap<_, Vec<IpPrefix>> = BTreeMap::new();
    for route in routes {
        found.entry((route.community, route.evidence)).or_default().push(route.prefix);
    }
    found
}
