//! The catalog against real feeds and independent answers in `../shared/data`. Without that folder
//! every trial counts as ignored.
//!
//! `UPDATE_EXPECT=1` writes the shipped snapshot anew instead of comparing it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libtest_mimic::{Failed, Trial};
use peerpath::addr::{AddressSet, IpPrefix, Prefix};
use peerpath::catalog::import::{self, Hint, Tolerance};
use peerpath::catalog::{Catalog, CatalogDiff, Cloud, CommunityKind, Evidence, Feed, diff, snapshot};
use peerpath::rib::Community;
use serde_json::Value;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
const PREFIXES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes");

/// Path under `prefixes/` and the original under the data folder.
const SHIPPED: [(&str, &str); 8] = [
    ("azure/public.txt", "newest/ServiceTags_Public_20260622.json"),
    ("azure/government.txt", "newest/ServiceTags_AzureGovernment_20260720.json"),
    ("azure/china.txt", "newest/ServiceTags_China_20260720.json"),
    ("m365/worldwide.txt", "newest/worldwide_20260531.json"),
    ("m365/usgovgcchigh.txt", "newest/tfprovider_usgovgcchigh.json"),
    ("m365/usgovdod.txt", "newest/tfprovider_usgovdod.json"),
    ("m365/china.txt", "newest/tfprovider_china.json"),
    ("communities/exported.txt", "newest/bgpServiceCommunities_api2023-09-01.json"),
];

/// Other editions: they parse and make a catalog.
const EDITIONS: [&str; 7] = [
    "service-tags/ServiceTags_Public_20260525.json",
    "service-tags/ServiceTags_AzureGovernment_20260622.json",
    "service-tags/ServiceTags_China_20260622.json",
    "m365-endpoints/worldwide_20260503.json",
    "m365-endpoints/tfprovider_worldwide.json",
    "bgp-communities/bgpServiceCommunities_api2019-04-01.json",
    "bgp-communities/bgpServiceCommunities_api2021-08-01.json",
];

static PUBLIC: LazyLock<Catalog> = LazyLock::new(|| Catalog::shipped(Cloud::Public).unwrap());

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let missing = !Path::new(DATA).is_dir();
    let mut trials = Vec::new();
    let mut add = |name: String, run: Box<dyn FnOnce() -> Result<(), Failed> + Send>| {
        trials.push(Trial::test(name, run).with_ignored_flag(missing));
    };
    for (path, original) in SHIPPED {
        add(format!("snapshot/{path}"), Box::new(move || snapshot_is_the_import(path, original)));
        for v6 in [false, true] {
            let family = if v6 { "ipv6" } else { "ipv4" };
            add(format!("edges/{path}/{family}"), Box::new(move || edges_agree(original, v6)));
        }
    }
    for name in EDITIONS {
        add(format!("edition/{name}"), Box::new(move || edition_parses(name)));
    }
    for folder in ["pcaps", "pcaps-derived"] {
        for file in csv_files(&Path::new(DATA).join("oracle").join(folder)) {
            let name = format!("oracle/{folder}/{}", file.file_name().unwrap().to_string_lossy());
            add(name, Box::new(move || oracle_agrees(&file)));
        }
    }
    if missing {
        add("oracle".to_owned(), Box::new(|| Ok(())));
    }
    add("diff/shipped".to_owned(), Box::new(an_edition_against_the_shipped_ones));
    add("derivation/facts".to_owned(), Box::new(derivation_facts));
    add("derivation/evidence".to_owned(), Box::new(evidence_never_overlaps));
    trials
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(DATA).join(name)).unwrap()
}

fn import(name: &str) -> Feed {
    import::read(name, &bytes(name), &Hint::default()).unwrap().0
}

fn csv_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".dst.csv"))
        .collect();
    files.sort();
    files
}

fn check(holds: bool, message: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(message().into()) }
}

fn snapshot_is_the_import(path: &str, original: &str) -> Result<(), Failed> {
    // These copies of the web service's answers carry no date of their own.
    let edition = original.contains("tfprovider").then(|| "2025-12".to_owned());
    let hint = Hint { edition, ..Hint::default() };
    let (feed, notes) = import::read(original, &bytes(original), &hint).unwrap();
    let expected = [(Tolerance::CommunityWithoutPrefixes, 78), (Tolerance::UnknownField, 0)];
    for (tolerance, count) in expected.into_iter().filter(|_| path.starts_with("communities")) {
        check(notes.count(tolerance) == count, || format!("{notes:?}"))?;
    }
    let text = snapshot::write(&feed);
    check(snapshot::path(&feed.provenance) == path, || snapshot::path(&feed.provenance))?;
    check(snapshot::read(&text).unwrap() == feed, || "reading does not give the feed again".to_owned())?;
    let file = Path::new(PREFIXES).join(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(file, text).unwrap();
        return Ok(());
    }
    let shipped = std::fs::read_to_string(&file).unwrap();
    check(shipped == text, || {
        format!("prefixes/{path} is not what {original} imports to; set UPDATE_EXPECT=1")
    })
}

fn edition_parses(name: &str) -> Result<(), Failed> {
    let feed = import(name);
    check(snapshot::read(&snapshot::write(&feed)).unwrap() == feed, || "no round trip".to_owned())?;
    let cloud = feed.provenance.cloud;
    let catalog = Catalog::builder(cloud).add(feed).build()?;
    check(catalog.sources().iter().any(|source| name.ends_with(&source.name)), || {
        format!("{:?}", catalog.sources())
    })
}

/// An edition of the tags against everything shipped is what it is against the same edition's file.
fn an_edition_against_the_shipped_ones() -> Result<(), Failed> {
    let alone = |name| Catalog::builder(Cloud::Public).without_shipped().add(import(name)).build();
    let old = alone("service-tags/ServiceTags_Public_20260525.json")?;
    let files = diff(&old, &alone("newest/ServiceTags_Public_20260622.json")?)?;
    let shipped = diff(&old, &PUBLIC)?;
    check(!files.union.is_empty() && shipped.not_compared.len() == 3, || format!("{shipped:?}"))?;
    check(CatalogDiff { not_compared: Vec::new(), ..shipped } == files, || "not the same".to_owned())
}

/// A feed's raw JSON as per-length tables: (length, network bits) → owners.
#[derive(Default)]
struct Raw {
    lengths: BTreeMap<u8, HashMap<u128, BTreeSet<String>>>,
    prefixes: Vec<(u128, u8)>,
}

impl Raw {
    fn add(&mut self, v6: bool, prefixes: Option<&Value>, owner: &str) {
        for text in prefixes.and_then(Value::as_array).into_iter().flatten() {
            let text = text.as_str().unwrap();
            if text.contains(':') != v6 {
                continue;
            }
            let (address, length) = text.split_once('/').unwrap();
            let length: u8 = length.parse().unwrap();
            let bits = number(address.parse().unwrap());
            let network = bits & mask(length, v6);
            self.lengths.entry(length).or_default().entry(network).or_default().insert(owner.to_owned());
            self.prefixes.push((network, length));
        }
    }

    /// Owner → length of its longest prefix that holds the address.
    fn owners(&self, address: u128, v6: bool) -> BTreeMap<String, u8> {
        let mut found = BTreeMap::new();
        for (length, networks) in &self.lengths {
            for owner in networks.get(&(address & mask(*length, v6))).into_iter().flatten() {
                found.insert(owner.clone(), *length);
            }
        }
        found
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn mask(length: u8, v6: bool) -> u128 {
    let width = if v6 { 128 } else { 32 };
    let all = if v6 { u128::MAX } else { u128::from(u32::MAX) };
    if length == 0 { 0 } else { all & !(1_u128 << (width - u32::from(length))).wrapping_sub(1) }
}

fn raw(json: &Value, v6: bool) -> Raw {
    let mut raw = Raw::default();
    if let Some(values) = json.get("values") {
        for tag in values.as_array().unwrap() {
            raw.add(v6, tag["properties"].get("addressPrefixes"), tag["name"].as_str().unwrap());
        }
    } else if let Some(values) = json.get("value") {
        for service in values.as_array().unwrap() {
            for entry in service["properties"]["bgpCommunities"].as_array().unwrap() {
                raw.add(v6, entry.get("communityPrefixes"), entry["communityValue"].as_str().unwrap());
            }
        }
    } else {
        for set in json.as_array().unwrap() {
            raw.add(v6, set.get("ips"), &set["id"].to_string());
        }
    }
    raw
}

/// 100,000 seeded addresses at prefix edges against per-length tables of the raw JSON.
fn edges_agree(original: &str, v6: bool) -> Result<(), Failed> {
    let feed = import(original);
    let provenance = feed.provenance.clone();
    let catalog = Catalog::shipped(provenance.cloud)?;
    let raw = raw(&serde_json::from_slice(&bytes(original)).unwrap(), v6);
    let mut seed = 0x5eed_0000_u64 + u64::from(v6);
    for _ in 0..100_000 {
        let (network, length) =
            raw.prefixes[usize::try_from(random(&mut seed)).unwrap() % raw.prefixes.len()];
        let host = mask(length, v6) ^ mask(if v6 { 128 } else { 32 }, v6);
        let bits = match random(&mut seed) % 4 {
            0 => network,
            1 => network | host,
            2 => network.saturating_sub(1),
            _ => (network | host).saturating_add(1) & mask(if v6 { 128 } else { 32 }, v6),
        };
        let address = if v6 {
            IpAddr::V6(Ipv6Addr::from(bits))
        } else {
            IpAddr::V4(Ipv4Addr::from(u32::try_from(bits).unwrap()))
        };
        let lookup = catalog.lookup(address);
        let ours: BTreeMap<String, u8> = match provenance.kind {
            peerpath::catalog::FeedKind::ServiceTags => {
                check(lookup.tags.is_sorted_by_key(|found| u8::MAX - found.prefix.length()), || {
                    address.to_string()
                })?;
                lookup.tags.iter().map(|found| (found.tag.name.clone(), found.prefix.length())).collect()
            }
            peerpath::catalog::FeedKind::Endpoints | peerpath::catalog::FeedKind::Intune => lookup
                .endpoint_sets
                .iter()
                .filter(|found| catalog.sources()[found.set.source].sha256 == provenance.sha256)
                .map(|found| (found.set.id.to_string(), found.prefix.length()))
                .collect(),
            peerpath::catalog::FeedKind::Communities => lookup
                .communities
                .iter()
                .filter(|route| route.evidence == Evidence::Exported)
                .map(|route| (route.community.to_string(), route.prefix.length()))
                .collect(),
        };
        let theirs = raw.owners(bits, v6);
        check(ours == theirs, || format!("{address}: ours {ours:?}, raw {theirs:?}"))?;
    }
    Ok(())
}

/// SplitMix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Tags, endpoint sets and exported communities of every address of an oracle file.
fn oracle_agrees(file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let (dst, lpm_prefix, lpm_tags) = (column("dst"), column("tag_lpm_prefix"), column("tag_lpm_tags"));
    let (all_tags, sets, set_prefix) =
        (column("tag_all_tags"), column("m365_sets"), column("m365_lpm_prefix"));
    let (lpm, all) = (column("bgp_communities_lpm"), column("bgp_communities_all"));
    let lpm_route = column("bgp_lpm_prefix");
    let list = |field: &str| -> BTreeSet<String> {
        field.split(';').filter(|item| !item.is_empty()).map(str::to_owned).collect()
    };
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        check(fields.len() == header.len(), || format!("{} fields in `{line}`", fields.len()))?;
        // A destination of more than one layer is a list; frames without IP have none.
        let Ok(address) = fields[dst].parse::<IpAddr>() else {
            check(fields[lpm_tags].is_empty() && fields[all].is_empty(), || line.to_owned())?;
            continue;
        };
        let lookup = PUBLIC.lookup(address);
        let tags: BTreeSet<String> = lookup.tags.iter().map(|found| found.tag.name.clone()).collect();
        check(tags == list(fields[all_tags]), || format!("{address} tags: {tags:?}, {line}"))?;
        let best = lookup.tags.first().map(|found| found.prefix);
        let best_tags: BTreeSet<String> = lookup
            .tags
            .iter()
            .filter(|found| Some(found.prefix) == best)
            .map(|found| found.tag.name.clone())
            .collect();
        let best = best.map(|prefix| prefix.to_string()).unwrap_or_default();
        check(best == fields[lpm_prefix] && best_tags == list(fields[lpm_tags]), || {
            format!("{address} most specific: {best} {best_tags:?}, {line}")
        })?;
        let found: BTreeSet<String> = lookup
            .endpoint_sets
            .iter()
            .map(|found| {
                let set = found.set;
                format!("{}:{}:{}:er={}", set.id, set.service_area, set.category, set.express_route)
            })
            .collect();
        check(found == list(fields[sets]), || format!("{address} sets: {found:?}, {line}"))?;
        let best = lookup.endpoint_sets.first().map(|found| found.prefix.to_string()).unwrap_or_default();
        check(best == fields[set_prefix], || format!("{address} set prefix: {best}, {line}"))?;
        let exported: Vec<_> =
            lookup.communities.iter().filter(|route| route.evidence == Evidence::Exported).collect();
        let communities: BTreeSet<String> =
            exported.iter().map(|route| route.community.to_string()).collect();
        check(communities == list(fields[all]), || {
            format!("{address} communities: {communities:?}, {line}")
        })?;
        let best = exported.first().map(|route| route.prefix);
        let best_communities: BTreeSet<String> = exported
            .iter()
            .filter(|route| Some(route.prefix) == best)
            .map(|route| route.community.to_string())
            .collect();
        let best = best.map(|prefix| prefix.to_string()).unwrap_or_default();
        check(best == fields[lpm_route] && best_communities == list(fields[lpm]), || {
            format!("{address} most specific route: {best} {best_communities:?}, {line}")
        })?;
    }
    Ok(())
}

fn space(value: u16, wanted: impl Fn(Evidence) -> bool) -> AddressSet<Ipv4Addr> {
    PUBLIC
        .routes(Community::microsoft(value))
        .iter()
        .filter(|route| wanted(route.evidence))
        .filter_map(|route| match route.prefix {
            IpPrefix::V4(prefix) => Some(prefix),
            IpPrefix::V6(_) => None,
        })
        .collect()
}

fn derivation_facts() -> Result<(), Failed> {
    let any = |_| true;
    let teams: AddressSet<Ipv4Addr> =
        ["52.112.0.0/14".parse::<Prefix<Ipv4Addr>>().unwrap()].into_iter().collect();
    for community in PUBLIC.communities() {
        let overlap =
            space(community.value.value(), |evidence| evidence != Evidence::Ambiguous).intersection(&teams);
        let expected =
            if community.value == Community::microsoft(5030) { teams.clone() } else { AddressSet::empty() };
        check(overlap == expected, || format!("{} holds {:?}", community.value, overlap.prefixes().next()))?;
    }
    let inside = |inner: u16, outer: u16| {
        let rest = space(inner, |evidence| evidence == Evidence::Exported).difference(&space(outer, any));
        check(rest.is_empty(), || format!("{inner} outside {outer}: {:?}", rest.prefixes().next()))
    };
    for family in [52002, 53002, 54002, 55002] {
        inside(family, 51002)?;
    }
    let devops = PUBLIC.routes(Community::microsoft(5050));
    check(devops.iter().all(|route| route.evidence == Evidence::Exported), || format!("{devops:?}"))?;
    check(devops.len() == 10, || devops.len().to_string())?;
    for (value, forbidden) in [
        (5040, [Evidence::Derived, Evidence::Ambiguous]),
        (5060, [Evidence::Derived, Evidence::Derived]),
        (52002, [Evidence::Derived, Evidence::Derived]),
        (5030, [Evidence::Ambiguous, Evidence::Ambiguous]),
    ] {
        let routes = PUBLIC.routes(Community::microsoft(value));
        check(!routes.is_empty() && routes.iter().all(|route| !forbidden.contains(&route.evidence)), || {
            format!("{value} has a route of evidence {forbidden:?}")
        })?;
    }
    // Only about the addresses of sign-in do regional tags and exports disagree.
    let sign_in = PUBLIC.tag("AzureActiveDirectory").unwrap();
    let doubtful = PUBLIC.routes(Community::microsoft(51002)).iter();
    for route in doubtful.filter(|route| route.evidence == Evidence::Ambiguous) {
        check(sign_in.prefixes.iter().any(|prefix| prefix.covers(route.prefix)), || format!("{route:?}"))?;
    }
    // Regional values carry IPv6 of Power Platform, and that is exported.
    for (prefix, value) in [("2603:1061:2002:800::/56", 51002), ("2603:1061:2002:900::/56", 51003)] {
        let prefix: IpPrefix = prefix.parse().unwrap();
        let found = PUBLIC.lookup_prefix(prefix).covering.communities;
        check(
            found.iter().any(|route| {
                route.community == Community::microsoft(value) && route.evidence == Evidence::Exported
            }),
            || format!("{prefix}: {found:?}"),
        )?;
    }
    // New Zealand North is documented (51059), not exported: all of it is derived.
    let routes = PUBLIC.routes(Community::microsoft(51059));
    check(!routes.is_empty() && routes.iter().all(|route| route.evidence == Evidence::Derived), || {
        format!("{routes:?}")
    })?;
    let government = Catalog::shipped(Cloud::Government)?;
    for value in [51105, 51106, 51108, 51205, 51209, 5110, 5120, 5130, 5200] {
        let routes = government.routes(Community::microsoft(value));
        // Sign-in is ambiguous in the regions here, too.
        let own = routes.iter().filter(|route| value < 50_000 || route.evidence != Evidence::Ambiguous);
        check(
            !routes.is_empty() && own.into_iter().all(|route| route.evidence == Evidence::Derived),
            || format!("government {value}: {} routes", routes.len()),
        )?;
    }
    let china = Catalog::shipped(Cloud::China)?;
    for community in china.communities() {
        let routes = china.routes(community.value);
        check(community.kind == CommunityKind::Regional && !routes.is_empty(), || format!("{community:?}"))?;
    }
    Ok(())
}

/// Within a community no address is both exported and derived (or ambiguous), and what a family's
/// tag holds is in one of them.
fn evidence_never_overlaps() -> Result<(), Failed> {
    for community in PUBLIC.communities() {
        let value = community.value.value();
        let exported = space(value, |evidence| evidence == Evidence::Exported);
        let given = space(value, |evidence| evidence != Evidence::Exported);
        let both = exported.intersection(&given);
        check(both.is_empty(), || format!("{value}: {:?}", both.prefixes().next()))?;
    }
    let tag = |name: &str| -> AddressSet<Ipv4Addr> {
        let tag = PUBLIC.tag(name).unwrap();
        tag.prefixes
            .iter()
            .filter_map(|prefix| match prefix {
                IpPrefix::V4(prefix) => Some(*prefix),
                IpPrefix::V6(_) => None,
            })
            .collect()
    };
    for (name, value) in [
        ("Storage.FranceCentral", 52030),
        ("Sql.GermanyWestCentral", 53041),
        ("AzureCosmosDB.EastUS2", 54005),
        ("AzureCosmosDB.EastUS2EUAP", 54005),
        ("AzureBackup.WestEurope", 55002),
        ("AzureActiveDirectory", 5060),
        ("AzureResourceManager", 5070),
    ] {
        let rest = tag(name).difference(&space(value, |_| true));
        check(rest.is_empty(), || format!("{name} outside {value}: {:?}", rest.prefixes().next()))?;
    }
    let supported: AddressSet<Ipv4Addr> = PUBLIC
        .endpoint_sets()
        .iter()
        .filter(|set| set.express_route)
        .flat_map(|set| &set.prefixes)
        .filter_map(|prefix| match prefix {
            IpPrefix::V4(prefix) => Some(*prefix),
            IpPrefix::V6(_) => None,
        })
        .collect();
    for (name, value) in [("AzureCloud.westeurope", 51002), ("AzureCloud.germanywc", 51041)] {
        let rest = tag(name).difference(&space(value, |_| true)).difference(&supported);
        check(rest.is_empty(), || format!("{name} outside {value}: {:?}", rest.prefixes().next()))?;
        let derived = space(value, |evidence| evidence == Evidence::Derived).intersection(&supported);
        check(derived.is_empty(), || format!("{value} derives {:?}", derived.prefixes().next()))?;
    }
    Ok(())
}
