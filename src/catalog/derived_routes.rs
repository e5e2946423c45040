//! Determines which prefixes carry which community if no export lists them.
//!
//! A `bgpServiceCommunities` export lists what Microsoft advertises with each community. The shipped export
//! is older than the shipped service tags (it agrees best with those of early 2024), and there is no export
//! for Azure Government or China. The rules below fill that gap. They were found by comparing the export with
//! the tags and endpoint sets of many dates. The agreement is the share of the export inside the tag, and the
//! share of the tag inside the export, at the date of the export.
//!
//! | community | from | agreement | rule |
//! |---|---|---|---|
//! | 51NNN | `AzureCloud.<region>` | 0.99–1.00 / 0.98–0.99 | derived, without Microsoft 365 ranges |
//! | 53, 54, 55NNN | `Sql.`, `AzureCosmosDB.`, `AzureBackup.<Region>` | 1.00 / 1.00 | derived |
//! | 52NNN | `Storage.<Region>` | 1.00 / 0.74–0.77 | ambiguous: the tag contains more than is advertised |
//! | 5010, 5020, 5030, 5100 | endpoint sets with `expressRoute: true`, by service area | 1.00 / 1.00 | derived |
//! | 5060 | `AzureActiveDirectory` | 1.00 / 0.64 | ambiguous |
//! | 5070 | `AzureResourceManager` | 0.90 / 0.98 | derived |
//! | 5220 | `AzureAdvancedThreatProtection` | 1.00 / 0.97 | derived |
//! | 5050 | `AzureDevOps` | 0.00 / 0.00 | never: only from the export |
//! | 5040 and all others | | | only from the export |
//!
//! - For each community in a user's own export, only that export counts. Otherwise, the prefixes in the
//!   shipped export are *exported*, and the additional prefixes from a rule are *derived* or *ambiguous*. The
//!   comparison is by address: only the part of a tag's prefix that the community's export lacks remains, as
//!   the smallest number of prefixes.
//! - Teams (`52.112.0.0/14`), Exchange and SharePoint ranges are in no regional community although regional
//!   tags overlap them. So prefixes in a set with `expressRoute: true` are never derived into 51NNN.
//! - Sign-in (`AzureActiveDirectory`) is in no regional community either, although regional tags contain many of its
//!   addresses: none of the addresses of 5060 was ever in an exported 51NNN. So its addresses are *ambiguous* in 51NNN
//!   unless the export lists them.
//! - Azure Government: by the same rules, the documented regional values come from `AzureCloud.<region>`,
//!   5110, 5120, 5130 and 5200 from the GCC High and DoD sets, and 5160 from `AzureActiveDirectory`. There is
//!   no export, so nothing is *exported*. It is an inference that the rules also apply to Azure Government.
//! - China: regional values only; Office 365 communities are not supported there.
//! - Private-peering values (50NNN) never appear on Microsoft peering and get no routes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::thread;

use crate::addr::{Address, AddressRange, AddressSet, IpPrefix, Prefix};
use crate::catalog::regions::Regions;
use crate::catalog::{
    Cloud, CommunityEntry, CommunityKind, CommunityRoute, EndpointSet, Evidence, Instance, ServiceCommunity,
    ServiceTag,
};
use crate::rib::Community;

/// An export and the index of its feed.
pub(super) struct Export<'a> {
    pub(super) entries: &'a [CommunityEntry],
    pub(super) source: usize,
    /// Whether only this export counts for the communities that it lists.
    pub(super) authoritative: bool,
}

/// The data that routes are derived from.
pub(super) struct Input<'a> {
    pub(super) cloud: Cloud,
    pub(super) tags: &'a [ServiceTag],
    pub(super) sets: &'a [EndpointSet],
    /// The exports, with user exports before the shipped export. A later export counts only for communities
    /// that earlier exports lack.
    pub(super) exports: &'a [Export<'a>],
    pub(super) communities: &'a [ServiceCommunity],
}

/// Returns all routes in a catalog without duplicates, ordered by community, evidence and prefix.
pub(super) fn routes(input: &Input<'_>) -> Vec<CommunityRoute> {
    let mut routes: BTreeMap<Community, Vec<CommunityRoute>> = BTreeMap::new();
    let mut settled = BTreeSet::new();
    for export in input.exports {
        let listed: BTreeSet<Community> = export.entries.iter().map(|entry| entry.value).collect();
        for entry in export.entries.iter().filter(|entry| !settled.contains(&entry.value)) {
            let exported = entry.prefixes.iter().map(|prefix| CommunityRoute {
                community: entry.value,
                prefix: *prefix,
                evidence: Evidence::Exported,
                source: export.source,
            });
            routes.entry(entry.value).or_default().extend(exported);
        }
        if export.authoritative {
            settled.extend(listed);
        }
    }
    let deriver = Deriver::new(input);
    let mut derived = BTreeMap::new();
    for community in input.communities.iter().filter(|community| !settled.contains(&community.value)) {
        routes.entry(community.value).or_default();
        derived.insert(community.value, community);
    }
    let work = |share: Vec<(usize, (&Community, &mut Vec<CommunityRoute>))>| {
        for (_, (value, routes)) in share {
            if let Some(community) = derived.get(value) {
                deriver.derive(community, routes);
            }
            // The lists that the routes come from are sorted, so this merges a few runs.
            routes.sort_by_key(|route| (route.evidence, route.prefix, route.source));
            routes.dedup_by_key(|route| (route.evidence, route.prefix));
        }
    };
    // Every start of the program waits for this. Neighbouring communities have the same kind and almost the
    // same size, so two threads that take every other community share the work equally.
    let (even, odd) = routes.iter_mut().enumerate().partition(|(place, _)| place % 2 == 0);
    thread::scope(|scope| {
        scope.spawn(|| work(odd));
        work(even);
    });
    let mut all = Vec::with_capacity(routes.values().map(Vec::len).sum());
    for mut routes in routes.into_values() {
        all.append(&mut routes);
    }
    all
}

/// The tag of sign-in.
const SIGN_IN: &str = "AzureActiveDirectory";

/// The source of a rule's prefixes.
enum From {
    /// The regional tag of a service.
    Regional(&'static str),
    /// A global tag.
    Tag(&'static str),
    /// The endpoint sets with `expressRoute: true` of a service area.
    Sets(&'static str),
}

/// Returns the rule for a community, or `None` if its prefixes can only come from an export.
fn rule(cloud: Cloud, community: &ServiceCommunity) -> Option<(From, Evidence)> {
    use Evidence::{Ambiguous, Derived};
    Some(match (community.kind, cloud, community.value.value()) {
        (CommunityKind::Regional, ..) => (From::Regional("AzureCloud"), Derived),
        (CommunityKind::Storage, ..) => (From::Regional("Storage"), Ambiguous),
        (CommunityKind::Sql, ..) => (From::Regional("Sql"), Derived),
        (CommunityKind::CosmosDb, ..) => (From::Regional("AzureCosmosDB"), Derived),
        (CommunityKind::Backup, ..) => (From::Regional("AzureBackup"), Derived),
        (CommunityKind::Service, Cloud::Public, 5010) | (CommunityKind::Service, Cloud::Government, 5110) => {
            (From::Sets("Exchange"), Derived)
        }
        (CommunityKind::Service, Cloud::Public, 5020) | (CommunityKind::Service, Cloud::Government, 5120) => {
            (From::Sets("SharePoint"), Derived)
        }
        (CommunityKind::Service, Cloud::Public, 5030) | (CommunityKind::Service, Cloud::Government, 5130) => {
            (From::Sets("Skype"), Derived)
        }
        (CommunityKind::Service, Cloud::Public, 5100) | (CommunityKind::Service, Cloud::Government, 5200) => {
            (From::Sets("Common"), Derived)
        }
        (CommunityKind::Service, Cloud::Public, 5060) | (CommunityKind::Service, Cloud::Government, 5160) => {
            (From::Tag(SIGN_IN), Ambiguous)
        }
        (CommunityKind::Service, Cloud::Public, 5070) => (From::Tag("AzureResourceManager"), Derived),
        (CommunityKind::Service, Cloud::Public, 5220) => {
            (From::Tag("AzureAdvancedThreatProtection"), Derived)
        }
        (CommunityKind::Service | CommunityKind::RegionalPrivate, ..) => return None,
    })
}

struct Deriver<'a> {
    input: &'a Input<'a>,
    regions: Regions<'a>,
    /// The sets that Microsoft supports over ExpressRoute in this cloud.
    supported: Vec<&'a EndpointSet>,
    /// The addresses of sign-in, about which regional tags and exports disagree.
    sign_in: (AddressSet<Ipv4Addr>, AddressSet<Ipv6Addr>),
    /// The combinations of kind and region that have a value in an export.
    exported_regions: BTreeSet<(CommunityKind, &'a str)>,
}

impl<'a> Deriver<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let supported =
            input.sets.iter().filter(|set| set.express_route && set.instance != Instance::Germany).collect();
        let exported_regions = input
            .communities
            .iter()
            .filter(|community| community.exported)
            .filter_map(|community| Some((community.kind, community.region.as_deref()?)))
            .collect();
        let sign_in = input.tags.iter().filter(|tag| tag.name == SIGN_IN).flat_map(|tag| &tag.prefixes);
        let sign_in = (
            sign_in.clone().filter_map(|prefix| prefix.of_family()).collect(),
            sign_in.filter_map(|prefix| prefix.of_family()).collect(),
        );
        Self { input, regions: Regions::new(input.tags), supported, sign_in, exported_regions }
    }

    /// Adds the routes from the community's rule that are not in its export.
    fn derive(&self, community: &ServiceCommunity, routes: &mut Vec<CommunityRoute>) {
        let Some((from, evidence)) = rule(self.input.cloud, community) else { return };
        // If a region has two values, only the value in the export is in use.
        let region = community.region.as_deref();
        let superseded = !community.exported
            && region.is_some_and(|region| self.exported_regions.contains(&(community.kind, region)));
        if superseded {
            return;
        }
        let given: Vec<(&[IpPrefix], usize)> = match from {
            From::Regional(service) => region
                .into_iter()
                .chain(community.other_regions.iter().map(String::as_str))
                .flat_map(|region| self.regions.tags(service, region))
                .map(|tag| (tag.prefixes.as_slice(), tag.source))
                .collect(),
            From::Tag(name) => {
                let tags = self.input.tags.iter().filter(|tag| tag.name.eq_ignore_ascii_case(name));
                tags.map(|tag| (tag.prefixes.as_slice(), tag.source)).collect()
            }
            From::Sets(area) => {
                let sets = self.supported.iter().filter(|set| set.service_area.eq_ignore_ascii_case(area));
                sets.map(|set| (set.prefixes.as_slice(), set.source)).collect()
            }
        };
        let elsewhere = if community.kind == CommunityKind::Regional { &self.supported[..] } else { &[] };
        let elsewhere = elsewhere.iter().flat_map(|set| &set.prefixes);
        let known = routes.iter().map(|route| &route.prefix).chain(elsewhere);
        let known4: AddressSet<Ipv4Addr> = known.clone().filter_map(|prefix| prefix.of_family()).collect();
        let known6: AddressSet<Ipv6Addr> = known.filter_map(|prefix| prefix.of_family()).collect();
        let doubtful = community.kind == CommunityKind::Regional;
        for (prefixes, source) in given {
            let mut add = |prefix: IpPrefix, is_sign_in: bool| {
                let evidence = if is_sign_in && doubtful { Evidence::Ambiguous } else { evidence };
                routes.push(CommunityRoute { community: community.value, prefix, evidence, source });
            };
            for prefix in prefixes {
                match prefix {
                    IpPrefix::V4(prefix) => without(*prefix, &known4, |part| {
                        split(part, &self.sign_in.0, |part, inside| add(part.into(), inside));
                    }),
                    IpPrefix::V6(prefix) => without(*prefix, &known6, |part| {
                        split(part, &self.sign_in.1, |part, inside| add(part.into(), inside));
                    }),
                }
            }
        }
    }
}

/// Passes the parts of `prefix` that are outside and inside of `set` to `give`, as the smallest number of prefixes.
fn split<A: Address>(prefix: Prefix<A>, set: &AddressSet<A>, mut give: impl FnMut(Prefix<A>, bool)) {
    let mut next = set.within(prefix.range()).peekable();
    if next.peek().is_none() {
        return give(prefix, false);
    }
    next.flat_map(AddressRange::prefixes).for_each(|part| give(part, true));
    without(prefix, set, |part| give(part, false));
}

/// Passes the parts of `prefix` that are not in `known` to `give`, as the smallest number of prefixes.
fn without<A: Address>(prefix: Prefix<A>, known: &AddressSet<A>, mut give: impl FnMut(Prefix<A>)) {
    let mut next = Some(prefix.first());
    for part in known.within(prefix.range()) {
        let gap = next.zip(part.first().previous()).and_then(|(first, last)| AddressRange::new(first, last));
        gap.into_iter().flat_map(AddressRange::prefixes).for_each(&mut give);
        next = part.last().next();
    }
    let rest = next.and_then(|first| AddressRange::new(first, prefix.last()));
    rest.into_iter().flat_map(AddressRange::prefixes).for_each(&mut give);
}
