//! Guides as checklists: which verdict each item gets in networks that satisfy it, refute it, or leave it open.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use jiff::civil::{Date, date};
use peerpath::addr::IpSet;
use peerpath::catalog::{Catalog, Cloud, GUIDES};
use peerpath::check::{
    Checklist, GuideQuestion, ItemVerdict, Sovereign, Status, Verdict, callers, default_products,
    evaluate_guide, filtered_geographies, lint,
};
use peerpath::diag::Source;
use peerpath::engine::{Explanation, Inputs, ReturnVerdict, to_server};
use peerpath::network;

const TODAY: Date = date(2026, 12, 1);
const EXAMPLE: &str = include_str!("../../examples/guide/network.yaml");

fn evaluate(guide: &str, text: &str, sovereign: Option<&str>) -> Checklist {
    evaluate_of(guide, text, sovereign, &[])
}

/// Evaluates a guide for products, by default for those of the guide.
fn evaluate_of(guide: &str, text: &str, sovereign: Option<&str>, products: &[&str]) -> Checklist {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let products: Vec<_> = products.iter().map(|name| catalog.product(name).unwrap()).collect();
    let products = if products.is_empty() { default_products(guide, &catalog) } else { products };
    let network = network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
    let inputs = Inputs::new(&network, &catalog);
    let found = lint(inputs).unwrap();
    let sovereign = sovereign.map(|name| Sovereign(name.to_owned()));
    let region = filtered_geographies(&network, &catalog).unwrap().filter(|_| sovereign.is_none());
    let explain = |_: &Explanation<'_>| vec!["why".to_owned()];
    let question = GuideQuestion {
        inputs,
        found: &found.findings,
        products: &products,
        region: region.as_ref(),
        sovereign: sovereign.as_ref(),
        today: TODAY,
        explain: &explain,
    };
    let guide = GUIDES.into_iter().find(|one| one.id == guide).unwrap();
    evaluate_guide(guide, question).unwrap()
}

/// One site and one circuit.
fn one(location: &str, filter: &str, clients: &str, pools: &str, more: &str) -> String {
    format!(
        "version: 1
sites:
  - {{name: ams, prefixes: [{clients}], internet: {{name: edge, nat: [{pools}]}}, circuits: [er]{more}}}
circuits:
  - name: er
    peering_location: {location}
    sku: standard
    bandwidth: 1 Gbps
    microsoft_peering: {{route_filter: [{filter}], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}}
"
    )
}

/// An item, its verdict, and a part of its sentence.
type Expected = (&'static str, ItemVerdict, &'static str);

/// Returns the verdict of an item and its sentence.
fn item<'c>(checklist: &'c Checklist, id: &str) -> (ItemVerdict, &'c str) {
    let finding = checklist.findings.iter().find(|finding| finding.item.id == id).unwrap();
    (finding.verdict, &finding.sentence)
}

/// What a check without the guide passed although it was wrong, and what the guide says of it.
#[test]
fn items_have_the_verdicts_of_their_networks() {
    use ItemVerdict::{Manual, NotEvaluated, Partly, Proved, Refuted};
    let (client, pool) = ("10.1.0.0/16", "203.0.113.0/28");
    let both = ("10.1.0.0/16, \"2001:db8:1::/48\"", "203.0.113.0/28, \"2001:db8:ff::/64\"");
    let published = ", published: [{name: web, addresses: [203.0.113.9]}]";
    let united_states = one("Washington DC", "East US, West US", client, pool, "");
    let crm = one("Amsterdam", "CRM Online", client, pool, "");
    let europe = one("Amsterdam", "West Europe, North Europe", client, pool, "");
    let ipv6 = one("Amsterdam", "West Europe, North Europe", both.0, both.1, "");
    let server = one("Amsterdam", "West Europe, North Europe", client, pool, published);
    let cases: &[(&str, &[Expected])] = &[
        (
            &united_states,
            &[
                ("G1", Partly, "15912 of 19730 IPv4"),
                ("G5", Partly, "80.6 %"),
                ("G15", Partly, "centralus, eastus2, southcentralus, westcentralus, westus2 missing"),
                ("G16", Proved, "2 of 2"),
                ("G25", Refuted, "without failures"),
            ],
        ),
        (
            &crm,
            &[
                ("G1", Refuted, "0 of"),
                ("G5", Refuted, "12076:5040"),
                ("G15", NotEvaluated, "regions of the environments are unknown"),
                ("G16", NotEvaluated, "no route filter has a regional entry"),
            ],
        ),
        (
            &europe,
            &[
                ("G1", Proved, "all 13043 IPv4 addresses"),
                ("G8", Partly, "one peering location"),
                ("G11", NotEvaluated, "load of `er`"),
                ("G15", Proved, "100.0 %"),
                ("G17", Refuted, "(0.5 %)"),
                ("G21", Partly, "not with circuit er"),
                ("G23", NotEvaluated, "lists no server"),
                ("G25", Partly, "double failures"),
                ("G26", Manual, "outside the sites"),
                ("G28", Proved, "Europe"),
            ],
        ),
        (&ipv6, &[("G1", Partly, "0 of"), ("G2", Partly, "1 of 2"), ("G5", Refuted, "no IPv6 session")]),
        (&server, &[("G9", Manual, "over edge"), ("G23", Partly, "replies arrive for")]),
    ];
    for (network, items) in cases {
        let checklist = evaluate("power-platform", network, None);
        assert_eq!(checklist.findings.len(), 31);
        for (id, verdict, words) in *items {
            let (found, sentence) = item(&checklist, id);
            assert_eq!(found, *verdict, "{id}: {sentence}\n{network}");
            assert!(sentence.contains(words), "{id}: {sentence}");
        }
    }
}

/// Nothing is proved without counted evidence, and nothing is open without saying what would close it.
#[test]
fn products_without_addresses_are_not_evaluated() {
    let checklist = evaluate_of("power-platform", EXAMPLE, None, &["data-gateway"]);
    let (verdict, sentence) = item(&checklist, "G5");
    assert_eq!(verdict, ItemVerdict::NotEvaluated, "{sentence}");
    assert!(sentence.contains("no list has addresses"), "{sentence}");
}

#[test]
fn every_verdict_has_its_evidence() {
    for guide in GUIDES {
        let checklist = evaluate(guide.id, EXAMPLE, None);
        for finding in &checklist.findings {
            let id = finding.item.id;
            match finding.verdict {
                ItemVerdict::Proved => {
                    let share = finding.share.unwrap();
                    assert!(share.part == share.whole && !share.whole.is_zero(), "{id}");
                    assert!(finding.witness.is_none() && finding.remedy.is_none(), "{id}");
                }
                ItemVerdict::Partly => assert!(finding.share.is_some() && finding.remedy.is_some(), "{id}"),
                ItemVerdict::Refuted => assert!(finding.place.is_some() && finding.remedy.is_some(), "{id}"),
                ItemVerdict::NotEvaluated => assert!(finding.needs.is_some(), "{id}"),
                ItemVerdict::Attested => {
                    assert!(finding.attested.is_some() && finding.place.is_some(), "{id}");
                }
                ItemVerdict::Manual | ItemVerdict::DoesNotApply => {
                    assert!(!finding.sentence.is_empty(), "{id}");
                }
            }
        }
    }
}

#[test]
fn the_example_satisfies_what_it_is_built_for() {
    let checklist = evaluate("power-platform", EXAMPLE, None);
    for id in
        ["G1", "G2", "G3", "G5", "G6", "G8", "G12", "G13", "G14", "G15", "G16", "G21", "G22", "G27", "G28"]
    {
        let (verdict, sentence) = item(&checklist, id);
        assert_eq!(verdict, ItemVerdict::Proved, "{id}: {sentence}");
    }
    assert_eq!(checklist.verdict(), Verdict::Warned);
    let resilient = evaluate("expressroute-resiliency", EXAMPLE, None);
    assert_eq!(resilient.count(ItemVerdict::Proved), 7);
    assert_eq!(resilient.verdict(), Verdict::CannotJudge);
    assert_eq!(item(&evaluate("microsoft-365", EXAMPLE, None), "M3").0, ItemVerdict::Refuted);
}

/// A person answers what no file can, never in the future, and never against a refutation.
#[test]
fn attestations_close_only_what_is_open() {
    let entry =
        |item: &str, on: &str| format!("  - {{item: {item}, by: A. Example, on: {on}, note: known}}\n");
    let attested =
        [("G17", "2026-11-01"), ("G26", "2026-12-01"), ("G30", "2026-12-02"), ("G8", "2026-11-01")];
    let attested: String = attested.iter().map(|(item, on)| entry(item, on)).collect();
    let network = one("Amsterdam", "West Europe, North Europe", "10.1.0.0/16", "203.0.113.0/28", "");
    let checklist = evaluate("power-platform", &format!("{network}attested:\n{attested}"), None);
    for (id, verdict) in [
        ("G17", ItemVerdict::Refuted),
        ("G26", ItemVerdict::Attested),
        ("G30", ItemVerdict::NotEvaluated),
        ("G8", ItemVerdict::Attested),
    ] {
        assert_eq!(item(&checklist, id).0, verdict, "{id}");
    }
    assert!(item(&checklist, "G8").1.contains("without the attestation: 1 circuit in one peering location"));
}

/// A circuit of the public cloud proves nothing about environments of another cloud.
#[test]
fn another_cloud_is_never_proved() {
    let checklist = evaluate("power-platform", EXAMPLE, Some("US Government (GCC)"));
    assert_eq!(item(&checklist, "G28").0, ItemVerdict::Refuted);
    assert_eq!(checklist.count(ItemVerdict::Proved) + checklist.count(ItemVerdict::Partly), 0);
    assert_eq!(checklist.verdict(), Verdict::Failed);
}

/// The outcomes for other programs agree with the verdicts.
#[test]
fn outcomes_follow_the_verdicts() {
    let checklist = evaluate("power-platform", EXAMPLE, None);
    let outcomes = checklist.outcomes();
    assert_eq!(outcomes.len(), 31 - checklist.count(ItemVerdict::DoesNotApply));
    let passed = outcomes.iter().filter(|outcome| outcome.status == Status::Passed).count();
    assert_eq!(passed, checklist.count(ItemVerdict::Proved) + checklist.count(ItemVerdict::Attested));
    assert!(outcomes.iter().all(|outcome| outcome.id.starts_with("guide::power-platform::G")));
}

/// The sums over classes are those over single addresses, each evaluated alone.
#[test]
fn callers_are_counted_as_each_address_alone() {
    use std::collections::BTreeMap;
    let text = "version: 1
sites:
  - name: ams
    prefixes: [10.1.0.0/16]
    internet: {name: edge, nat: [203.0.113.0/28]}
    circuits: [era, erb]
    published: [{name: on-circuit, addresses: [198.51.100.5]}, {name: on-internet, addresses: [203.0.113.9]}]
circuits:
  - {name: era, peering_location: Amsterdam, sku: standard, bandwidth: 1 Gbps, microsoft_peering:
      {route_filter: [West Europe, North Europe], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}}
  - {name: erb, peering_location: Frankfurt, sku: standard, bandwidth: 1 Gbps, microsoft_peering:
      {route_filter: [West Europe], advertised: [198.51.100.16/28], nat: [198.51.100.16/28]}}
";
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let network = network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
    let inputs = Inputs::new(&network, &catalog);
    let europe = catalog.tenant_region("Europe").unwrap();
    let all = callers(inputs, &[catalog.product("connectors").unwrap()], Some(&europe)).unwrap();
    assert_eq!(all.len(), 2);
    let mut kinds = BTreeSet::new();
    for caller in &all {
        let parts = catalog.tag_parts("AzureConnectors", Some(&europe));
        let mut alone: BTreeMap<ReturnVerdict, u32> = BTreeMap::new();
        let all = parts.iter().fold(IpSet::empty(), |all, part| all.union(&part.addresses));
        for range in all.v4.ranges() {
            for address in u32::from(range.first())..=u32::from(range.last()) {
                let found = to_server(inputs, caller.server, Ipv4Addr::from(address).into()).unwrap();
                *alone.entry(found.verdict).or_default() += 1;
            }
        }
        let mut together: BTreeMap<ReturnVerdict, u32> = BTreeMap::new();
        for outcome in &caller.outcomes {
            let count: u32 = outcome.remotes[0].to_string().parse().unwrap();
            *together.entry(outcome.verdict).or_default() += count;
        }
        assert_eq!(together, alone, "{}", caller.server_name);
        kinds.extend(together.into_keys());
    }
    assert!(kinds.len() > 2, "{kinds:?}");
}
