//! The catalog on data of our own: shapes and tolerances of the importers, derivation, differences.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::IpAddr;

use crate::formats::pin;
use peerpath::addr::{AddressCount, IpPrefix};
use peerpath::catalog::import::{self, FeedNotes, Hint, Refusal, Tolerance};
use peerpath::catalog::{
    Catalog, CatalogDiff, CatalogError, Cloud, CommunityKind, EntryChange, Evidence, Feed, FeedKind,
    FeedOrigin, Instance, Records, Verification, VerifyFinding, diff, files, snapshot, verify_folder,
    verify_shipped,
};
use peerpath::report::Column;
use peerpath::rib::Community;

fn read(name: &str, text: &str) -> (Feed, FeedNotes) {
    import::read(name, text.as_bytes(), &Hint::default()).unwrap()
}

fn refusal(name: &str, text: &str) -> Refusal {
    import::read(name, text.as_bytes(), &Hint::default()).unwrap_err().refusal
}

fn tags(text: &str) -> String {
    format!(r#"{{"changeNumber": 9, "cloud": "Public", "values": [{text}]}}"#)
}

fn tag(name: &str, region_id: u32, prefixes: &str) -> String {
    format!(
        r#"{{"name": "{name}", "id": "{name}", "properties": {{"changeNumber": 1, "region": "", "regionId": {region_id},
            "platform": "Azure", "systemService": "", "addressPrefixes": [{prefixes}], "networkFeatures": null}}}}"#
    )
}

const SETS: &str = r#"[
    {"id": 1, "serviceArea": "Exchange", "urls": ["outlook.office365.com"], "ips": ["10.1.0.0/24"],
     "tcpPorts": "443", "expressRoute": true, "category": "Optimize", "required": true},
    {"id": 11, "serviceArea": "Skype", "ips": ["10.0.1.0/26"], "udpPorts": "3478-3481",
     "expressRoute": true, "category": "Optimize", "required": true},
    {"id": 8, "serviceArea": "Exchange", "ips": ["10.2.0.0/24"], "expressRoute": false,
     "category": "Default", "required": false}]"#;

const EXPORT: &str = r#"[{"name": "AzureWestEurope", "serviceName": "AzureWestEurope", "resourceGroup": "", "bgpCommunities": [
    {"communityName": "Azure West Europe", "communityValue": "12076:51002", "communityPrefixes": ["10.0.0.0/24"],
     "isAuthorizedToUse": false, "serviceGroup": "Azure", "serviceSupportedRegion": "Global"},
    {"communityName": "Azure West Europe IPv6", "communityValue": "12076:51002", "communityPrefixes": ["2603::/48"]}]}]"#;

/// Two regions, storage, DevOps and Entra; the export knows the lower half of West Europe.
fn small(with_export: bool) -> Catalog {
    let text = tags(
        &[
            tag("AzureCloud.westeurope", 18, r#""10.0.0.0/23", "2603::/47""#),
            tag("Storage.WestEurope", 18, r#""10.0.0.0/25""#),
            tag("AzureDevOps", 0, r#""10.9.0.0/24""#),
            tag("AzureActiveDirectory", 0, r#""10.8.0.0/24""#),
        ]
        .join(","),
    );
    let mut builder = Catalog::builder(Cloud::Public)
        .without_shipped()
        .add(read("tags.json", &text).0)
        .add(read("worldwide.json", SETS).0);
    if with_export {
        let mut feed = read("c.json", EXPORT).0;
        // As the shipped export, which does not stand alone.
        feed.provenance.origin = FeedOrigin::Shipped;
        builder = builder.add(feed);
    }
    builder.build().unwrap()
}

fn routes(catalog: &Catalog, value: u16) -> Vec<String> {
    catalog
        .routes(Community::microsoft(value))
        .iter()
        .map(|route| format!("{} {}", route.prefix, route.evidence))
        .collect()
}

#[test]
fn derivation_fills_what_the_export_lacks() {
    let catalog = small(true);
    assert_eq!(
        routes(&catalog, 51002),
        [
            "10.0.0.0/24 exported",
            "2603::/48 exported",
            "10.0.1.64/26 derived",
            "10.0.1.128/25 derived",
            "2603:0:1::/48 derived"
        ],
        "the Skype set's 10.0.1.0/26 is never derived into a region"
    );
    assert_eq!(routes(&catalog, 52002), ["10.0.0.0/25 ambiguous"]);
    assert_eq!(routes(&catalog, 5010), ["10.1.0.0/24 derived"], "expressRoute: false stays out");
    assert_eq!(routes(&catalog, 5030), ["10.0.1.0/26 derived"]);
    assert_eq!(routes(&catalog, 5050), [""; 0]);
    assert_eq!(routes(&catalog, 5060), ["10.8.0.0/24 ambiguous"]);
}

#[test]
fn a_users_export_stands_alone() {
    let text = tags(&tag("AzureCloud.westeurope", 18, r#""10.0.0.0/23""#));
    let catalog = Catalog::builder(Cloud::Public)
        .add(read("tags.json", &text).0)
        .add(read("mine.json", EXPORT).0)
        .build()
        .unwrap();
    assert_eq!(routes(&catalog, 51002), ["10.0.0.0/24 exported", "2603::/48 exported"]);
    let community = catalog.community(Community::microsoft(51002)).unwrap();
    assert_eq!((community.authorized, community.region.as_deref()), (Some(false), Some("westeurope")));
    let sources: Vec<_> = catalog.sources().iter().map(|source| (source.kind, source.origin)).collect();
    assert_eq!(
        sources,
        [
            (FeedKind::ServiceTags, FeedOrigin::User),
            (FeedKind::Endpoints, FeedOrigin::Shipped),
            (FeedKind::Intune, FeedOrigin::Shipped),
            (FeedKind::Communities, FeedOrigin::User),
            (FeedKind::Communities, FeedOrigin::Shipped)
        ]
    );
    let devops = catalog.routes(Community::microsoft(5050));
    assert!(
        devops.iter().all(|route| route.source == 4),
        "what the user's export lacks, the shipped one has"
    );
}

#[test]
fn look_up_gives_everything_most_specific_first() {
    let catalog = small(true);
    let lookup = catalog.lookup("10.0.0.1".parse::<IpAddr>().unwrap());
    let tags: Vec<_> =
        lookup.tags.iter().map(|found| (found.tag.name.as_str(), found.prefix.length())).collect();
    assert_eq!(tags, [("Storage.WestEurope", 25), ("AzureCloud.westeurope", 23)]);
    let communities: Vec<_> =
        lookup.communities.iter().map(|route| (route.community.value(), route.evidence)).collect();
    assert_eq!(communities, [(51002, Evidence::Exported), (52002, Evidence::Ambiguous)]);
    assert!(catalog.lookup("192.0.2.1".parse().unwrap()).is_empty());
    assert_eq!(catalog.record("192.0.2.1".parse().unwrap()), None);

    let prefix: IpPrefix = "10.0.0.0/23".parse().unwrap();
    let found = catalog.lookup_prefix(prefix);
    assert_eq!(found.covering.tags.len(), 1);
    let inside: Vec<_> = found.inside.iter().map(|inside| inside.prefix.to_string()).collect();
    assert_eq!(inside, ["10.0.0.0/24", "10.0.0.0/25", "10.0.1.0/26", "10.0.1.64/26", "10.0.1.128/25"]);
}

#[test]
fn records_are_dense_and_share_one_answer() {
    let catalog = small(true);
    let record = |text: &str| catalog.record(text.parse().unwrap()).unwrap();
    assert_eq!(record("10.0.0.1"), record("10.0.0.127"));
    assert_ne!(record("10.0.0.127"), record("10.0.0.128"));
    assert!(catalog.record_index(record("2603::1")) < catalog.record_count());
    assert_eq!(catalog.record_prefix(record("10.0.0.1")).unwrap().to_string(), "10.0.0.0/25");
    assert_eq!(catalog.lookup_record(record("10.0.0.1")), catalog.lookup("10.0.0.77".parse().unwrap()));
}

#[test]
fn names_in_any_writing() {
    let catalog = small(true);
    let regional = [Community::microsoft(51002)];
    for name in
        ["Azure West Europe", "azurewesteurope", "West Europe", "west-europe", "Azure West Europe IPv6"]
    {
        assert_eq!(catalog.communities_named(name), regional, "{name}");
    }
    assert_eq!(catalog.communities_named("Exchange Online"), [Community::microsoft(5010)]);
    assert!(catalog.communities_named(" ").is_empty() && catalog.communities_named("nowhere").is_empty());
    assert_eq!(catalog.regional_community("WestEurope"), Some(Community::microsoft(51002)));
    assert_eq!(catalog.tag("storage.WESTEUROPE").unwrap().name, "Storage.WestEurope");
    assert_eq!(catalog.community(Community::microsoft(50002)).unwrap().kind, CommunityKind::RegionalPrivate);
}

#[test]
fn the_same_feed_in_every_shape() {
    let rest = r#"{"value": [{"name": "X", "id": "i", "type": "t", "properties": {"serviceName": "X", "bgpCommunities":
        [{"communityName": "X", "communityValue": "12076:5010", "communityPrefixes": ["10.0.0.0/8"]}]}}]}"#;
    let cli = r#"[{"name": "X", "resourceGroup": "", "serviceName": "X", "bgpCommunities":
        [{"communityName": "X", "communityValue": "12076:5010", "communityPrefixes": ["10.0.0.0/8"]}]}]"#;
    let shell = "\u{feff}[{\"Name\": \"X\", \"ServiceName\": \"X\", \"BgpCommunities\":\r\n [{\"CommunityName\": \"X\", \
        \"CommunityValue\": \"12076:5010\", \"CommunityPrefixes\": [\"10.0.0.0/8\"]}]}]";
    let records: Vec<Records> = [rest, cli, shell].map(|text| read("c.json", text).0.records).into();
    assert_eq!(records.first(), records.get(1));
    assert_eq!(records.first(), records.get(2));

    let (feed, notes) = read(
        "ServiceTags_Public.json",
        &format!(
            r#"{{"id": "/x", "name": "Public", "type": "t", "nextLink": null, "changeNumber": "9", "cloud": "AzureCloud",
                "values": [{}]}}"#,
            tag("A", 0, r#""10.0.0.0/8""#)
        ),
    );
    assert_eq!((feed.provenance.change_number, feed.provenance.edition.as_str()), (Some(9), "9"));
    assert_eq!(notes.count(Tolerance::TypedAsText), 1);
}

#[test]
fn tolerances_are_counted_with_their_place() {
    let text = tags(
        r#"{"name": "A", "colour": 1, "properties": {"addressPrefixes": ["10.0.0.1/8", " 11.0.0.0/8", "11.0.0.0/8"]}},
           {"name": "a", "properties": {"addressPrefixes": ["12.0.0.0/8"]}},
           {"name": "B", "properties": {"addressPrefixes": []}}"#,
    );
    let (feed, notes) = read("t.json", &text);
    let Records::ServiceTags(tags) = &feed.records else { panic!("{feed:?}") };
    assert_eq!(tags.iter().map(|tag| tag.prefixes.len()).collect::<Vec<_>>(), [3, 0]);
    let notes: Vec<_> =
        notes.iter().map(|(tolerance, count, place)| format!("{tolerance} {count} {place}")).collect();
    assert_eq!(
        notes,
        [
            "host-bits 1 values[0].properties.addressPrefixes[0]",
            "duplicate-prefix 1 ",
            "duplicate-record 1 a",
            "unknown-field 1 values[0].colour",
            "white-space 1 values[0].properties.addressPrefixes[1]",
        ]
    );
    let (feed, notes) = read(
        "c.json",
        r#"[{"name": "X", "bgpCommunities": [{"communityName": "odd", "communityValue": "n/a", "communityPrefixes": []},
            {"communityName": "X", "communityValue": "12076:5010", "communityPrefixes": []}]}]"#,
    );
    assert_eq!(feed.records.len(), 1);
    assert_eq!(notes.count(Tolerance::OddCommunity), 1);
    assert_eq!(notes.count(Tolerance::CommunityWithoutPrefixes), 1);
}

#[test]
fn refusals_name_place_and_remedy() {
    let cases = [
        (
            tags(&tag("A", 0, r#""10.0.0.0/33""#)),
            "`values[0].properties.addressPrefixes[0]`: `33` is not a prefix length",
        ),
        (
            tags(r#"{"name": "A", "properties": {"addressPrefixes": null}}"#),
            "`values[0].properties.addressPrefixes` should be a list of prefixes, but is `null`; get the file again",
        ),
        (
            tags(r#"{"name": "A", "properties": {}}"#),
            "`values[0].properties.addressPrefixes` is missing; get the file again",
        ),
        (
            r#"[{"name": "X", "bgpCommunities": [{"communityName": "X", "communityValue": "12076:5010", "communityPrefixes": null}]}]"#.to_owned(),
            "`[0].bgpCommunities[0].communityPrefixes` should be a list of prefixes, but is `null`",
        ),
        (
            r#"[{"id": 1, "serviceArea": "Common", "category": "Allow", "ips": null}]"#.to_owned(),
            "`[0].ips` should be a list of prefixes, but is `null`",
        ),
        (tags(&tag("A", 0, "7")), "`values[0].properties.addressPrefixes[0]` should be a prefix, but is `7`"),
        (tags(r#"{"name": "A", "properties": {"addressPrefixes": "10.0.0.0/8 11.0.0.0/8"}}"#), "-Depth 10"),
        (tags(r#"{"properties": {}}"#), "`values[0].name` is missing"),
        (tags(""), "it contains no service-tags"),
        (r#"{"values": [], "nextLink": "https://x"}"#.to_owned(), "`nextLink` indicates further pages"),
        (
            r#"{"error": {"code": "Denied", "message": "log in"}}"#.to_owned(),
            "an error response instead of a feed, `Denied`: log in",
        ),
        (r#"{"cloud": "Mars", "values": []}"#.to_owned(), "`cloud` should be `Public`"),
        ("[]".to_owned(), "an empty list"),
        ("{}".to_owned(), "neither `values` nor `value`"),
        (String::new(), "it contains no JSON"),
        (
            r#"[{"id": 1, "serviceArea": "Common", "category": "Odd"}]"#.to_owned(),
            "`[0].category` should be `Optimize`",
        ),
        (
            r#"[{"id": 1, "serviceArea": "Common", "tcpPorts": "443-80"}]"#.to_owned(),
            "`[0].tcpPorts` should be ports",
        ),
        (r#"[{"id": 1, "serviceArea": "Common"}]"#.to_owned(), "the Microsoft 365 instance is unknown"),
        ("peerpath snapshot 9\n".to_owned(), "line 1: expected `peerpath snapshot 1`"),
    ];
    for (text, expected) in cases {
        let message = refusal("x.json", &text).to_string();
        assert!(message.contains(expected), "{message}\nlacks {expected}");
    }
    let hint = Hint { cloud: Some(Cloud::China), ..Hint::default() };
    let error = import::read("w.json", SETS.as_bytes(), &hint).unwrap_err();
    assert_eq!(error.refusal, Refusal::OtherCloud { found: Cloud::Public, expected: Cloud::China });
}

#[test]
fn instances_are_found_out() {
    let instance = |name: &str, text: &str| {
        let (feed, notes) = read(name, text);
        (feed.provenance.instance.unwrap(), notes.count(Tolerance::InstanceByUrls))
    };
    assert_eq!(instance("endpoints_USGovDoD.json", SETS), (Instance::UsGovDod, 0));
    assert_eq!(instance("download.json", SETS), (Instance::Worldwide, 1));
    assert_eq!(instance("x.json", &SETS.replace("office365.com", "office.de")), (Instance::Germany, 1));
}

#[test]
fn feeds_that_do_not_go_together() {
    let text = tags(&tag("A", 0, ""));
    let one = read("one.json", &text).0;
    let two = read("two.json", &text).0;
    let error = Catalog::builder(Cloud::Public).add(one.clone()).add(two).build().unwrap_err();
    assert!(matches!(error, CatalogError::TwoFeeds { .. }), "{error}");
    let error = Catalog::builder(Cloud::China).add(one).build().unwrap_err();
    assert!(matches!(error, CatalogError::OtherCloud { .. }), "{error}");
}

#[test]
fn sets_of_intune_replace_the_list_of_intune() {
    let set = |id: u32, area: &str, host: &str| {
        format!(r#"{{"id": {id}, "serviceArea": "{area}", "urls": ["{host}"], "ips": ["10.{id}.0.0/24"]}}"#)
    };
    let intune = set(163, "MEM", "manage.microsoft.com");
    let exchange = set(1, "Exchange", "outlook.office365.com");
    let alone = read("mine.json", &format!("[{intune}]")).0;
    let both = read("both.json", &format!("[{intune}, {exchange}]")).0;
    let other = read("other.json", &format!("[{exchange}]")).0;
    assert_eq!(alone.provenance.kind, FeedKind::Intune);
    assert_eq!(both.provenance.kind, FeedKind::Endpoints);
    assert_eq!(snapshot::path(&alone.provenance), "m365/intune.txt");
    let catalog = |feeds: &[&Feed]| {
        let builder = Catalog::builder(Cloud::Public);
        feeds.iter().fold(builder, |builder, feed| builder.add((*feed).clone())).build()
    };
    let ids = |feeds: &[&Feed]| {
        let catalog = catalog(feeds).unwrap();
        let sets = catalog.endpoint_sets().iter();
        let (intune, rest): (Vec<_>, Vec<_>) = sets.partition(|set| set.kind() == FeedKind::Intune);
        (intune.len(), rest.len())
    };
    assert_eq!(ids(&[]), (14, 63));
    assert_eq!(ids(&[&alone]), (1, 63));
    assert_eq!(ids(&[&other]), (14, 1));
    assert_eq!(ids(&[&both]), (1, 1));
    assert_eq!(ids(&[&alone, &other]), (1, 1));
    assert!(matches!(catalog(&[&alone, &both]), Err(CatalogError::TwoFeeds { .. })));
    // A list with Intune's sets is compared with two lists as with one.
    let (one, two) = (catalog(&[&both]).unwrap(), catalog(&[&alone, &other]).unwrap());
    assert!(diff(&one, &two).unwrap().is_empty());
    assert_eq!(diff(&one, &catalog(&[&alone]).unwrap()).unwrap().endpoint_sets.len(), 63);
}

#[test]
fn differences_tell_addresses_from_churn() {
    let catalog = |tags_text: &str, sets: &str| {
        Catalog::builder(Cloud::Public)
            .without_shipped()
            .add(read("tags.json", &tags(tags_text)).0)
            .add(read("worldwide.json", sets).0)
            .build()
            .unwrap()
    };
    let sets = r#"[{"id": 1, "serviceArea": "Exchange", "ips": ["10.1.0.0/24"], "expressRoute": true, "category": "Allow"}]"#;
    let old = catalog(&[tag("A", 0, r#""10.0.0.0/24""#), tag("B", 0, r#""10.0.9.0/24""#)].join(","), sets);
    let new = catalog(
        &[tag("A", 0, r#""10.0.0.0/25", "10.0.0.128/25", "2603::/127""#), tag("C", 0, r#""10.0.0.0/26""#)]
            .join(","),
        &sets.replace("true", "false"),
    );
    assert!(diff(&old, &old).unwrap().is_empty());
    let found = diff(&old, &new).unwrap();
    assert_eq!(found.union.gained.ipv6, AddressCount::from(2));
    assert_eq!(found.union.gained.ipv4, AddressCount::ZERO);
    assert_eq!(found.union.lost.prefixes, ["10.0.9.0/24".parse().unwrap()]);
    assert_eq!((found.pairs_added, found.churn_added), (4, 3));
    assert_eq!((found.pairs_removed, found.churn_removed), (2, 1));
    let tags: Vec<_> = found.tags.iter().map(|tag| (tag.name.as_str(), tag.change)).collect();
    assert_eq!(tags, [("A", EntryChange::Changed), ("B", EntryChange::Removed), ("C", EntryChange::Added)]);
    let set = found.endpoint_sets.first().unwrap();
    assert_eq!((set.express_route, set.fields.as_slice()), (Some((true, false)), &["expressRoute"][..]));
    let community = found.communities.first().unwrap();
    assert_eq!((community.community.value(), community.evidence), (5010, Evidence::Derived));
}

#[test]
fn only_what_both_sides_have_is_compared() {
    let build = |feeds: Vec<Feed>| {
        let builder = Catalog::builder(Cloud::Public).without_shipped();
        feeds.into_iter().fold(builder, peerpath::catalog::CatalogBuilder::add).build().unwrap()
    };
    let before = read("tags.json", &tags(&tag("AzureCloud.westeurope", 18, r#""10.0.0.0/24""#))).0;
    let after = read("tags.json", &tags(&tag("AzureCloud.westeurope", 18, r#""10.0.0.0/23""#))).0;
    let sets = read("worldwide.json", SETS).0;
    let export = read("c.json", EXPORT).0;
    let file_against_file = diff(&build(vec![before.clone()]), &build(vec![after.clone()])).unwrap();
    let all = build(vec![after, sets.clone(), export.clone()]);
    let found = diff(&build(vec![before.clone()]), &all).unwrap();
    assert_eq!(
        found.not_compared.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "endpoints of Worldwide were not compared, because only the new side has them",
            "communities were not compared, because only the new side has them",
        ]
    );
    assert_eq!(CatalogDiff { not_compared: Vec::new(), ..found }, file_against_file);
    let [community] = file_against_file.communities.as_slice() else { panic!("{file_against_file:?}") };
    assert_eq!((community.community.value(), community.evidence), (51002, Evidence::Derived));
    assert_eq!(community.space.gained.prefixes, ["10.0.1.0/24".parse().unwrap()]);

    // Nothing to compare is no answer.
    let dod = read("endpoints_USGovDoD.json", SETS).0;
    let dod = Catalog::builder(Cloud::Government).without_shipped().add(dod).build().unwrap();
    for (old, new) in [(build(vec![before.clone()]), build(vec![sets.clone()])), (build(vec![sets]), dod)] {
        let error = diff(&old, &new).unwrap_err();
        assert!(matches!(error, CatalogError::NothingInCommon { .. }), "{error}");
    }
    let error = diff(&build(vec![before]), &build(vec![export])).unwrap_err().to_string();
    assert!(error.contains("the old side has service-tags and the new side has communities"), "{error}");
}

#[test]
fn the_folder_of_the_shipped_snapshot_says_the_same() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes"));
    for cloud in Cloud::ALL {
        let feeds = files::read_path(folder, cloud).unwrap().into_iter().map(|(feed, _)| feed);
        let builder = Catalog::builder(cloud).without_shipped();
        let copy = feeds.fold(builder, peerpath::catalog::CatalogBuilder::add).build().unwrap();
        assert_eq!(diff(&copy, &Catalog::shipped(cloud).unwrap()).unwrap(), CatalogDiff::default());
    }
}

#[cfg(feature = "cli")]
#[test]
fn a_comparison_without_a_common_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tags.json"), tags(&tag("A", 0, r#""10.0.0.0/24""#))).unwrap();
    std::fs::write(folder.path().join("worldwide.json"), SETS).unwrap();
    let run = |old: &str, new: &str| {
        let output = crate::peerpath()
            .args(["catalog", "diff", old, new])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let texts = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code(), texts.concat())
    };
    let (code, text) = run("tags.json", "worldwide.json");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.starts_with("peerpath: the two sides have no list in common"), "{text}");
    let (code, text) = run("worldwide.json", ".");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("service-tags were not compared, because only the new side has them"), "{text}");
}

#[test]
fn verification_finds_damage() {
    let folder = tempfile::tempdir().unwrap();
    let text = tags(
        &[tag("AzureCloud.a", 1, r#""10.0.0.0/8""#), tag("AzureCloud.b", 2, r#""10.1.0.0/16""#)].join(","),
    );
    let good = snapshot::write(&read("t.json", &text).0);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("tags.txt", &good);
    write("README.md", "prose");
    let result = verify_folder(folder.path()).unwrap();
    assert_eq!((result.files.len(), result.findings.len()), (1, 1));
    assert!(result.findings.first().unwrap().to_string().starts_with("`10.1.0.0/16` in `AzureCloud.b`"));
    write("tags.txt", &good.replace("sha256: ", "sha256: x"));
    assert!(verify_folder(folder.path()).unwrap().findings.first().unwrap().to_string().contains("SHA-256"));
    write("tags.txt", &good.replace(" change: 1\n", ""));
    let findings = verify_folder(folder.path()).unwrap().findings;
    assert!(
        findings.first().unwrap().to_string().contains("not in canonical form from line 11"),
        "{findings:?}"
    );
    write("tags.txt", &good.replace("10.1.0.0/16", "10.1.0.0/99"));
    assert!(verify_folder(folder.path()).unwrap().findings.first().unwrap().to_string().contains("line 17"));
    let altered = good.replace("10.1.0.0/16", "10.2.0.0/16");
    assert!(snapshot::read(&altered).is_ok(), "reading does not compare the digest");
    write("tags.txt", &altered);
    let findings = verify_folder(folder.path()).unwrap().findings;
    assert!(matches!(findings.first(), Some(VerifyFinding::Altered { .. })), "{findings:?}");
    assert!(findings.first().unwrap().to_string().contains("were changed after it was written"));
    write("tags.txt", &good.replace("content-sha256", "colour"));
    let findings = verify_folder(folder.path()).unwrap().findings;
    assert!(matches!(findings.as_slice(), [VerifyFinding::Invalid { .. }]), "{findings:?}");
}

#[test]
fn the_views_of_verification_are_those_of_the_document() {
    let found = Verification {
        findings: vec![VerifyFinding::Empty { path: "azure/public.txt".to_owned() }],
        ..verify_shipped()
    };
    let views = peerpath::report::views::catalog::verification(&found);
    assert_eq!(views.len(), 2);
    for view in views {
        let line =
            |column: &Column| format!("| `{}` | {} | {} |", column.name, column.kind.name(), column.meaning);
        let lines: Vec<String> = view.columns.iter().map(line).collect();
        pin("docs/reference/views/catalog.md", &format!("\n## View `{}`\n", view.name), &lines);
    }
}

#[test]
fn the_shipped_snapshot_is_whole() {
    let result =
        verify_folder(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes"))).unwrap();
    assert_eq!(result.findings, []);
    assert_eq!(result.files.len(), 9);
    for cloud in Cloud::ALL {
        let catalog = Catalog::shipped(cloud).unwrap();
        assert!(
            catalog
                .sources()
                .iter()
                .all(|source| source.cloud == cloud && source.origin == FeedOrigin::Shipped)
        );
        assert!(catalog.tag("AzureCloud").is_some() && !catalog.endpoint_sets().is_empty());
    }
}
