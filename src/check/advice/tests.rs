//! The pitfalls of Microsoft's guide, each with the advice that it must get.

use super::*;
use crate::catalog::Cloud;
use crate::diag::Source;

const GUIDE: &str = include_str!("../../../examples/guide/network.yaml");

fn catalog() -> Catalog {
    Catalog::shipped(Cloud::Public).unwrap()
}

fn read(catalog: &Catalog, text: &str) -> Network {
    let (network, found) = crate::network::read(&Source::new("network.yaml", text), catalog);
    network.unwrap_or_else(|| panic!("{text}\n{found:?}"))
}

/// Returns the advice for products in a region, compared with a network file if there is one.
fn sheet(products: &[&str], region: &str, text: Option<&str>) -> AdviceSheet {
    let catalog = catalog();
    let network = text.map(|text| read(&catalog, text));
    let products: Vec<_> = products.iter().map(|name| catalog.product(name).unwrap()).collect();
    let region = catalog.tenant_region(region).unwrap();
    advise(AdviceRequest {
        products: &products,
        region: &region,
        catalog: &catalog,
        network: network.as_ref(),
    })
    .unwrap()
}

/// A network with one circuit. `peering` and `site` are more entries of their flow mappings.
fn one_circuit(location: &str, sku: &str, peering: &str, site: &str) -> String {
    format!(
        "version: 1\nsites:\n  - {{name: home, prefixes: [10.1.0.0/16], circuits: [er], internet: {{nat: [203.0.113.0/28]}}{site}}}\ncircuits:\n  \
         - name: er\n    peering_location: {location}\n    sku: {sku}\n    bandwidth: 1 Gbps\n    microsoft_peering: \
         {{nat: [198.51.100.0/28], advertised: [198.51.100.0/28]{peering}}}\n"
    )
}

/// Returns the entries in a state whose subjects contain a text.
fn find<'s>(sheet: &'s AdviceSheet, state: AdviceState, subject: &str) -> Vec<&'s Advice> {
    let named = |advice: &&Advice| advice.state == state && advice.subjects.iter().any(|one| one == subject);
    sheet.advice.iter().filter(named).collect()
}

fn only<'s>(sheet: &'s AdviceSheet, state: AdviceState, subject: &str) -> &'s Advice {
    let found = find(sheet, state, subject);
    assert!(found.len() == 1, "{state} {subject}: {found:#?}\n{:#?}", sheet.advice);
    found[0]
}

/// The line of an advice's position.
fn line(text: &str, advice: &Advice) -> usize {
    Source::new("network.yaml", text).position(advice.place.unwrap().start).0
}

/// Every advice has a source with a date, and an address unless it is a list; a text is one sentence without an end.
#[test]
fn every_line_has_its_source() {
    let catalog = catalog();
    let all: Vec<&str> = catalog.products().map(|product| product.id).collect();
    for (region, text) in [("Europe", None), ("Brazil", None), ("Europe", Some(GUIDE))] {
        let sheet = sheet(&all, region, text);
        let topics: std::collections::BTreeSet<AdviceTopic> =
            sheet.advice.iter().map(|one| one.topic).collect();
        assert_eq!(topics.len(), AdviceTopic::ALL.len(), "{topics:?}");
        for advice in &sheet.advice {
            assert!(
                !advice.source.title.is_empty()
                    && advice.source.date.as_ref().is_some_and(|date| date.len() == 10),
                "{advice:?}"
            );
            assert!(advice.source.url.is_some(), "{advice:?}");
            assert!(
                !advice.text.is_empty() && !advice.text.ends_with('.') && !advice.text.contains('\n'),
                "{advice:?}"
            );
            assert!(text.is_some() || advice.place.is_none() && advice.state != AdviceState::Missing);
        }
    }
}

/// S1: the community that was once documented for Dynamics 365 contains none of its addresses.
#[test]
fn crm_online_is_superfluous() {
    let text = one_circuit("Frankfurt", "standard", ", route_filter: [12076:5040]", "");
    let sheet = sheet(&["dataverse"], "Europe", Some(&text));
    let advice = only(&sheet, AdviceState::Superfluous, "12076:5040");
    assert!(advice.text.contains("no addresses of the products"), "{}", advice.text);
    assert_eq!(line(&text, advice), 9);
    for missing in ["12076:51002", "12076:51003"] {
        assert_eq!(only(&sheet, AdviceState::Missing, missing).circuit.as_deref(), Some("er"));
    }
    assert!(sheet.lacks_something());
}

/// S2: the documented pair of the United States leaves out five regions.
#[test]
fn regions_outside_the_pair_are_offered() {
    let text = one_circuit("\"Washington DC\"", "standard", ", route_filter: [East US, West US]", "");
    let sheet = sheet(&["power-apps"], "United States", Some(&text));
    let counts = [
        ("12076:51009", "Central US"),
        ("12076:51005", "East US 2"),
        ("12076:51008", "South Central US"),
        ("12076:51027", "West Central US"),
        ("12076:51026", "West US 2"),
    ];
    for (value, name) in counts {
        let advice = only(&sheet, AdviceState::Optional, value);
        assert!(advice.text.starts_with(name) && advice.text.contains('%'), "{}", advice.text);
    }
    for value in ["12076:51004", "12076:51006"] {
        only(&sheet, AdviceState::Present, value);
    }
    // What is optional makes nothing missing in the filter.
    assert!(sheet.filters.iter().all(|filter| filter.missing.is_empty()));
}

/// S5: Power BI is in the region of the tenant, and the filter has no entry of its own for it.
#[test]
fn power_bi_follows_the_home_region() {
    let text = one_circuit("Frankfurt", "standard", ", route_filter: [West Europe]", "");
    let advice = sheet(&["power-bi"], "northeurope", Some(&text));
    only(&advice, AdviceState::Missing, "12076:51003");
    only(&advice, AdviceState::Superfluous, "12076:51002");
    // As long as the region is not known, the text says what decides.
    let advice = sheet(&["power-bi"], "Europe", None);
    assert!(only(&advice, AdviceState::Needed, "12076:51002").text.contains("the home region of the tenant"));
}

/// S13: without a route filter nothing is advertised, whatever the guide says.
#[test]
fn a_peering_needs_a_filter() {
    let text = one_circuit("Frankfurt", "standard", "", "");
    let sheet = sheet(&["power-apps"], "Europe", Some(&text));
    let missing = find(&sheet, AdviceState::Missing, "er");
    let says = |word: &str| {
        missing.iter().any(|one| one.topic == AdviceTopic::RouteFilter && one.text.contains(word))
    };
    assert!(says("Microsoft advertises nothing") && says("although the guide says"), "{missing:#?}");
    only(&sheet, AdviceState::Missing, "12076:51002");
    assert!(!sheet.filters[0].exists);
}

/// S18: sign-in needs a community of its own, and is only partly in it. The shares are those of the lists.
#[test]
fn sign_in_is_partly_on_the_circuit() {
    let text = one_circuit("Frankfurt", "standard", ", route_filter: [West Europe, North Europe]", "");
    let alone = sheet(&["entra"], "Europe", Some(&text));
    let missing = only(&alone, AdviceState::Missing, "12076:5060");
    assert!(missing.text.contains("57.6 % of the IPv4 and none of the IPv6 addresses"), "{}", missing.text);
    let wider = only(&alone, AdviceState::Optional, "12076:5100");
    assert!(
        wider.text.contains("86.4 % of the IPv4") && wider.text.contains("authorization"),
        "{}",
        wider.text
    );
    // Clients of Power Apps need it too, but the products were not asked to avoid the internet for it.
    let needed = sheet(&["power-apps"], "Europe", Some(&text));
    assert!(only(&needed, AdviceState::Optional, "12076:5060").text.contains("sign-in"));
}

/// S20: IPv6 clients reach the products over the internet if the circuit has only IPv4.
#[test]
fn ipv6_clients_need_ipv6_on_the_circuit() {
    let v6 = |peering: &str| {
        one_circuit(
            "Frankfurt",
            "standard",
            &format!(", route_filter: [West Europe, North Europe]{peering}"),
            "",
        )
        .replace("[10.1.0.0/16]", "[10.1.0.0/16, \"fd10::/48\"]")
    };
    let lacking = v6("");
    let found = sheet(&["power-apps"], "Europe", Some(&lacking));
    let of_ipv6 =
        |sheet: &AdviceSheet| sheet.advice.iter().find(|one| one.topic == AdviceTopic::Ipv6).unwrap().clone();
    assert_eq!((of_ipv6(&found).state, line(&lacking, &of_ipv6(&found))), (AdviceState::Missing, 9));
    let whole = v6("")
        .replace("advertised: [198.51.100.0/28]", "advertised: [198.51.100.0/28, \"2001:db8:100::/64\"]");
    assert_eq!(of_ipv6(&sheet(&["power-apps"], "Europe", Some(&whole))).state, AdviceState::Present);
    let without_clients =
        one_circuit("Frankfurt", "standard", ", route_filter: [West Europe, North Europe]", "");
    assert_eq!(
        of_ipv6(&sheet(&["power-apps"], "Europe", Some(&without_clients))).state,
        AdviceState::Present
    );
}

/// S24: Microsoft peers as 12076, and its other ASN is nobody's own.
#[test]
fn microsofts_asn_is_not_the_companys() {
    let text = one_circuit("Frankfurt", "standard", ", autonomous_system: 8075", "");
    let compared = sheet(&["power-apps"], "Europe", Some(&text));
    let advice: Vec<_> = find(&compared, AdviceState::Missing, "er");
    assert!(advice.iter().any(|one| one.text.contains("`8075`") && one.text.contains("12076")), "{advice:?}");
    let general = sheet(&["power-apps"], "Europe", None);
    assert!(general.advice.iter().any(|one| one.text.contains("12076, not 8075")));
}

#[test]
fn the_sku_is_the_smallest_that_reaches_the_regions() {
    for (location, sku, region, state, word) in [
        ("Frankfurt", "standard", "Europe", AdviceState::Present, "no smaller SKU"),
        ("Frankfurt", "premium", "Europe", AdviceState::Superfluous, "standard at Frankfurt"),
        ("Amsterdam", "local", "Europe", AdviceState::Missing, "North Europe: order standard"),
        ("Amsterdam", "standard", "westeurope", AdviceState::Superfluous, "local at Amsterdam"),
        ("Frankfurt", "standard", "Japan", AdviceState::Missing, "order premium"),
        ("Bogota", "standard", "Europe", AdviceState::People, "no document states"),
    ] {
        let text = one_circuit(
            location,
            sku,
            ", route_filter: [West Europe, North Europe, Japan East, Japan West]",
            "",
        );
        let sheet = sheet(&["power-apps"], region, Some(&text));
        let advice = sheet.advice.iter().find(|one| one.topic == AdviceTopic::Sku).unwrap();
        assert_eq!(advice.state, state, "{location} {sku} {region}: {advice:?}");
        assert!(advice.text.contains(word), "{advice:?}");
    }
}

/// Microsoft 365 is superfluous unless it was asked for; then Premium and authorization are needed.
#[test]
fn microsoft_365_is_advised_against() {
    let text = |sku: &str, circuit: &str| {
        let text =
            one_circuit("Frankfurt", sku, ", route_filter: [West Europe, North Europe, 12076:5030]", "");
        text.replace("    bandwidth", &format!("    {circuit}bandwidth"))
    };
    let unasked = sheet(&["power-apps"], "Europe", Some(&text("premium", "")));
    only(&unasked, AdviceState::Superfluous, "12076:5030");
    for (circuit, sku, states) in [
        ("", "standard", [AdviceState::Missing, AdviceState::People]),
        ("authorized: []\n    ", "premium", [AdviceState::Present, AdviceState::Missing]),
        ("authorized: [microsoft-365]\n    ", "premium", [AdviceState::Present, AdviceState::Present]),
    ] {
        let asked = sheet(&["power-apps", "teams"], "Europe", Some(&text(sku, circuit)));
        only(&asked, AdviceState::Present, "12076:5030");
        let of_circuit = asked
            .advice
            .iter()
            .filter(|one| one.topic == AdviceTopic::Microsoft365 && one.kind == SubjectKind::Circuit);
        assert_eq!(of_circuit.map(|one| one.state).collect::<Vec<_>>(), states, "{circuit} {sku}");
    }
}

/// Pools: missing, shared with another circuit, announced to the internet, not advertised.
#[test]
fn each_circuit_has_its_own_pool() {
    let nat = |text: &str| -> Vec<String> {
        let sheet = sheet(&["power-apps"], "Europe", Some(text));
        let faults = sheet
            .advice
            .into_iter()
            .filter(|one| one.topic == AdviceTopic::Nat && one.state == AdviceState::Missing);
        faults.map(|one| one.text).collect()
    };
    assert!(nat(GUIDE).is_empty());
    let shared = GUIDE.replace("198.51.100.16/28", "198.51.100.0/28");
    assert!(nat(&shared).iter().all(|fault| fault.contains("its own pool")) && nat(&shared).len() == 2);
    let announced = GUIDE.replace("203.0.113.0/28", "198.51.100.0/29");
    assert!(
        nat(&announced).iter().any(|fault| fault.contains("do not advertise it to the internet at `munich`")),
        "{:?}",
        nat(&announced)
    );
    let covered = GUIDE.replace("203.0.113.0/28, ", "203.0.113.0/28, 198.51.100.0/24, ");
    assert!(nat(&covered).is_empty(), "a shorter prefix does not attract replies");
    let none = GUIDE.replace("      nat: [198.51.100.0/28, \"2001:db8:100::/64\"]\n", "");
    assert!(nat(&none).iter().any(|fault| fault.contains("add `nat`")));
}

/// The guide's company lacks nothing; each change of its file has its own line.
#[test]
fn changes_of_the_guides_network_are_found() {
    let products = ["power-apps", "dataverse", "connectors"];
    let whole = sheet(&products, "Europe", Some(GUIDE));
    assert!(!whole.lacks_something() && whole.count(AdviceState::Superfluous) == 0, "{:#?}", whole.advice);
    let last = GUIDE.rfind("{bfd: true}").unwrap();
    for (from, to, topic, word) in [
        (
            "      secondary: {bfd: true}\n    private_peering:\n      virtual_networks: [hub]\n      import: second",
            "      secondary: {}\n    private_peering:\n      virtual_networks: [hub]\n      import: second",
            AdviceTopic::Routing,
            "add `bfd: true` (secondary)",
        ),
        (
            "peering_location: Amsterdam",
            "peering_location: Frankfurt",
            AdviceTopic::Redundancy,
            "all circuits end at Frankfurt",
        ),
        (
            "      primary: {bfd: true}\n      secondary",
            "      primary: {bfd: true, state: down}\n      secondary",
            AdviceTopic::Redundancy,
            "bring up the Microsoft peering on primary",
        ),
        (
            "default_route: both}",
            "default_route: both, deny: [{product: azure-front-door}]}",
            AdviceTopic::Internet,
            "exempt Azure Front Door",
        ),
    ] {
        assert!(GUIDE.contains(from), "{from}");
        let changed = sheet(&products, "Europe", Some(&GUIDE.replacen(from, to, 1)));
        let missing: Vec<_> = changed.advice.iter().filter(|one| one.state == AdviceState::Missing).collect();
        assert!(
            missing.len() == 1 && missing[0].topic == topic && missing[0].text.contains(word),
            "{to}: {missing:#?}"
        );
        assert!(missing[0].place.is_some_and(|place| place.start < last));
    }
    let unused =
        GUIDE.replace("advertised: [198.51.100.16/28", "advertised: [198.51.100.16/28, 192.0.2.0/24");
    only(&sheet(&products, "Europe", Some(&unused)), AdviceState::Superfluous, "192.0.2.0/24");
}

/// A denied product is on no default route; a static route that discards has the same effect.
#[test]
fn fail_closed_is_present_if_everything_is_denied() {
    let state = |text: &str| {
        let sheet = sheet(&["power-apps", "dataverse"], "Europe", Some(text));
        let all = sheet.advice.iter().filter(|one| one.topic == AdviceTopic::FailClosed);
        all.map(|one| one.state).collect::<Vec<_>>()
    };
    let filter = ", route_filter: [West Europe, North Europe]";
    let open = one_circuit("Frankfurt", "standard", filter, "");
    assert_eq!(state(&open), [AdviceState::Optional]);
    let denied =
        open.replace("nat: [203.0.113.0/28]", "nat: [203.0.113.0/28], deny: [{product: power-platform}]");
    assert_eq!(state(&denied), [AdviceState::Present]);
    let discard = ", static_routes: [{tag: PowerPlatformInfra, via: discard, distance: 250}, {tag: PowerPlatformPlex, via: discard, distance: 250}]";
    assert_eq!(state(&one_circuit("Frankfurt", "standard", filter, discard)), [AdviceState::Present]);
    let half =
        open.replace("nat: [203.0.113.0/28]", "nat: [203.0.113.0/28], deny: [{tag: PowerPlatformInfra}]");
    assert_eq!(state(&half), [AdviceState::Optional]);
}

/// Environments of another cloud get one advice: order circuits of that cloud.
#[test]
fn another_cloud_needs_its_own_circuits() {
    let sheet = sheet(&["power-apps"], "US Government (GCC High)", Some(GUIDE));
    assert!(sheet.advice.len() == 1 && sheet.filters.is_empty() && sheet.lacks_something());
    assert!(sheet.advice[0].text.contains("--cloud government"));
}

/// A patched file lacks no community, and differs from the original only in its route filters.
#[test]
fn the_patched_file_lacks_nothing() {
    let catalog = catalog();
    let region = catalog.tenant_region("Europe").unwrap();
    let products = [catalog.product("power-apps").unwrap()];
    for from in ["West Europe, North Europe, Microsoft Entra ID", "West Europe, North Europe, "] {
        let text = GUIDE.replace(
            from,
            from.trim_end_matches("North Europe, ").trim_end_matches("North Europe, Microsoft Entra ID"),
        );
        assert_ne!(text, GUIDE);
        let advice = |text: &str| {
            let network = read(&catalog, text);
            let request = AdviceRequest {
                products: &products,
                region: &region,
                catalog: &catalog,
                network: Some(&network),
            };
            let sheet = advise(request).unwrap();
            let edits = patched(&network, &catalog, &sheet.filters).unwrap();
            (sheet, edits)
        };
        let (before, edits) = advice(&text);
        assert_eq!((before.lacks_something(), edits.len()), (true, 2));
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        for edit in &edits {
            lines[edit.line - 1] = edit.new.concat();
        }
        let (after, none) = advice(&lines.concat());
        assert!(none.is_empty() && !after.lacks_something(), "{:#?}", after.advice);
        let unchanged =
            lines.iter().zip(GUIDE.split_inclusive('\n')).filter(|(now, then)| now.as_str() == *then).count();
        assert_eq!(unchanged, GUIDE.lines().count() - 2);
    }
}
