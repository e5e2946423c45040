//! The user's checks: held to a brute force over addresses at every edge, and closed against everything that is
//! not known.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod hops;
mod intent;
mod replies;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::OnceLock;

use peerpath::addr::IpRange;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::diff::{CapturedVolume, Weight};
use peerpath::check::{
    CheckKind, CheckOutcome, Checks, Demand, Evaluated, Evaluation, Status, Subject, coverage, read_checks,
    read_checks_file, run_checks,
};
use peerpath::diag::{Diagnostics, Source};
use peerpath::engine::{Engine, Explanation, Inputs, LinkState, Outage, Vantage, explain_at};
use peerpath::network::{self, Network};
use proptest::prelude::*;

const DEMO: &str = include_str!("../../../examples/demo/network.yaml");

/// Two circuits, a tunnel, a subnet with a route table, and communities about which the sources conflict.
const WIDE: &str = r#"
version: 1
sites:
  - name: ams
    prefixes: [10.10.0.0/16, "fd10::/48"]
    internet: {name: edge, nat: [203.0.113.0/28, "2001:db8:113::/64"]}
    circuits: [er-one, er-two]
    vpn: [{name: tunnel, virtual_networks: [spoke]}]
circuits:
  - name: er-one
    peering_location: Amsterdam
    sku: local
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:52002]
      advertised: [198.51.100.0/28, "2001:db8:100::/64"]
      nat: [198.51.100.0/28, "2001:db8:100::/64"]
    private_peering: {virtual_networks: [hub], advertised: [10.10.0.0/16, "fd10::/48"]}
  - name: er-two
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    authorized: [microsoft-365]
    microsoft_peering:
      route_filter: [12076:51003, 12076:5060]
      advertised: [198.51.100.16/28, 203.0.113.0/28]
      nat: [198.51.100.16/28]
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [10.20.0.0/16, "fd20::/48"]
    subnets: [{name: app, prefixes: [10.20.1.0/24, "fd20:0:0:1::/64"], route_table: routes}]
    gateway: {sku: ErGw1AZ}
  - {name: spoke, region: northeurope, prefixes: [10.21.0.0/16]}
route_tables:
  - {name: routes, routes: [{prefix: Storage.WestEurope, next_hop: internet}, {prefix: 10.66.0.0/16, next_hop: virtual-appliance 10.20.1.4}]}
"#;

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

fn reported(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics.iter().map(ToString::to_string).collect()
}

fn network(text: &str) -> Network {
    let (network, diagnostics) = network::read(&Source::new("network.yaml", text), catalog());
    network.unwrap_or_else(|| panic!("{:?}", reported(&diagnostics)))
}

/// Checks beside a network, written as the list's entries.
fn checks(network: &Network, entries: &str) -> Checks {
    let text = format!("version: 1\nchecks:\n{entries}");
    let (checks, diagnostics) = read_checks_file(&Source::new("checks.yaml", text), Some(network), catalog());
    assert!(!diagnostics.has_errors(), "{:?}", reported(&diagnostics));
    checks
}

fn sentences(explanation: &Explanation<'_>) -> Vec<String> {
    vec![explanation.decision.disposition.word().to_owned()]
}

fn evaluated(network: &Network, checks: &Checks) -> Evaluated {
    let inputs = Inputs::new(network, catalog());
    let today = "2026-11-25".parse().unwrap();
    run_checks(Subject { inputs, today, explain: &sentences }, checks).unwrap()
}

fn one(network: &Network, entry: &str) -> CheckOutcome {
    evaluated(network, &checks(network, entry)).outcomes.into_iter().next().unwrap()
}

/// A company without IPv6 asks for a whole tag, and is told how to leave out what it has not.
#[test]
fn a_family_that_nothing_here_has_can_be_left_out() {
    let file = |prefixes: &str| {
        network(&format!(
            "version: 1\nsites:\n  - name: hq\n    prefixes: [{prefixes}]\n    internet: {{name: edge, default_route: both}}\n    \
             circuits: [er]\ncircuits:\n  - name: er\n    peering_location: Amsterdam\n    sku: premium\n    bandwidth: 1 Gbps\n    \
             microsoft_peering: {{route_filter: [12076:51002], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}}\n"
        ))
    };
    let check = |scope: &str| {
        format!("  - {{id: one, from: [hq], scope: {{{scope}}}, expect: {{path: microsoft-peering}}}}\n")
    };
    // About the addresses of sign-in, tags and exports disagree.
    let tag = "community: '12076:51002', not: {tag: AzureActiveDirectory}";
    for (prefixes, scope, status, out) in [
        ("10.1.0.0/16", tag, Status::Failed, Some("`prefix: 0.0.0.0/0`")),
        (
            "10.1.0.0/16",
            "community: '12076:51002', not: {tag: AzureActiveDirectory}, prefix: 0.0.0.0/0",
            Status::Passed,
            None,
        ),
        ("10.1.0.0/16, 'fd10::/48'", tag, Status::Failed, Some("narrow the check's scope")),
    ] {
        let outcome = one(&file(prefixes), &check(scope));
        assert_eq!(outcome.status, status, "{prefixes} {scope}: {}", outcome.message);
        let remedy = outcome.remedy.unwrap_or_default();
        assert!(out.is_none_or(|out| remedy.contains(out)), "{prefixes} {scope}: {remedy}");
    }
}

fn neighbours(address: IpAddr) -> Vec<IpAddr> {
    let around = |number: u128, width: u128| {
        [number.checked_sub(1), Some(number), number.checked_add(1).filter(|next| *next <= width)]
    };
    let all = match address {
        IpAddr::V4(address) => around(u32::from(address).into(), u32::MAX.into())
            .map(|number| number.map(|number| IpAddr::V4(u32::try_from(number).unwrap().into()))),
        IpAddr::V6(address) => {
            around(address.into(), u128::MAX).map(|number| number.map(|number| IpAddr::V6(number.into())))
        }
    };
    all.into_iter().flatten().collect()
}

/// Every assertion against the slow explanation of addresses at the edges of scopes, findings and decisions: each
/// address is in a finding exactly where the explanation does not meet the expectation. Returns how many addresses
/// had each answer.
fn hold_to_brute_force(network: &Network, checks: &Checks, step: usize) -> [usize; 3] {
    let found = evaluated(network, checks);
    let singles = Outage::singles(network);
    let mut answers = [0; 3];
    for (index, check) in checks.all.iter().enumerate() {
        let Demand::Assertion(assertion) = &check.demand else { continue };
        // No waivers here, so outcomes and checks go in step.
        let parts: Vec<_> =
            found.parts.iter().filter(|part| part.outcome == index).map(|part| &part.part).collect();
        let mut states = vec![None];
        if assertion.expect.survives.is_some() {
            states.extend(singles.iter().map(Some));
        }
        for state in states {
            let as_written = LinkState::as_written();
            let links = state.map_or_else(|| as_written.clone(), |failure| failure.applied_to(&as_written));
            let inputs = Inputs::new(network, catalog()).links(&links);
            for vantage in &assertion.from {
                let name = state.map(|failure| &failure.name);
                let own = parts.iter().filter(|part| part.vantage == *vantage);
                let here: Vec<_> = own.clone().filter(|part| part.failure.as_ref() == name).collect();
                let anyway: Vec<_> = own.filter(|part| part.failure.is_none()).collect();
                let engine = Engine::compile_at(inputs, *vantage).unwrap();
                let edges = |range: IpRange| [range.first(), range.last()];
                let mut addresses: BTreeSet<IpAddr> = here
                    .iter()
                    .flat_map(|part| &part.ranges)
                    .flat_map(|range| edges(*range))
                    .step_by(step)
                    .collect();
                addresses.extend(assertion.scope.set.ranges().flat_map(edges).step_by(step));
                addresses
                    .extend(engine.partition4().starts().iter().step_by(step).map(|one| IpAddr::V4(*one)));
                addresses
                    .extend(engine.partition6().starts().iter().step_by(step).map(|one| IpAddr::V6(*one)));
                for address in addresses.into_iter().flat_map(neighbours) {
                    let holds = |part: &peerpath::check::Part| {
                        part.ranges.iter().any(|range| range.contains(address))
                    };
                    let mut reported: Vec<_> = here.iter().filter(|part| holds(part)).collect();
                    assert!(
                        reported.len() < 2,
                        "{address} is in {} findings of `{}`",
                        reported.len(),
                        check.id
                    );
                    let expected = if assertion.scope.set.contains(address) {
                        let explanation = explain_at(inputs, *vantage, address).unwrap();
                        assertion.expect.evaluate(&explanation, None)
                    } else {
                        Evaluation::Holds
                    };
                    // What fails anyway is not told again under each failure.
                    if state.is_some() && anyway.iter().any(|part| holds(part)) {
                        assert!(reported.is_empty());
                        continue;
                    }
                    let words = reported.pop().map_or(Evaluation::Holds, |part| part.judgement);
                    assert_eq!(words, expected, "`{}`: {address} with {name:?} down", check.id);
                    let [holding, untold, failing] = &mut answers;
                    *match words {
                        Evaluation::Holds => holding,
                        Evaluation::CannotTell(_) => untold,
                        Evaluation::Fails(_) => failing,
                    } += 1;
                }
            }
        }
    }
    answers
}

#[test]
fn assertions_are_what_brute_force_says() {
    let demo = network(DEMO);
    let of_demo = checks(
        &demo,
        "  - {id: all, scope: all, expect: {path: [microsoft-peering, on-premises]}}\n\
         \x20 - {id: back, scope: all, expect: {return: symmetric}}\n\
         \x20 - {id: support, from: amsterdam, scope: {tag: [AzureCloud.westeurope, LogicApps]}, expect: {support: supported}}\n\
         \x20 - {id: together, from: amsterdam, scope: {region: westeurope, not: {community: West Europe}}, expect: {not_path: microsoft-peering, return: symmetric, support: [supported, unsupported]}}\n",
    );
    let [holds, untold, fails] = hold_to_brute_force(&demo, &of_demo, 29);
    assert!(holds > 100 && untold > 0 && fails > 100, "{holds} {untold} {fails}");
    let wide = network(WIDE);
    let of_wide = checks(
        &wide,
        "  - {id: one, from: [ams, hub/app], scope: {any: [{tag: Storage}, {region: northeurope}, {prefix: 10.0.0.0/8}, {site: ams}]}, expect: {circuit: er-one, connection: [primary, secondary]}}\n\
         \x20 - {id: back, from: [ams, hub/app], scope: all, expect: {return: [symmetric, unspecified]}}\n\
         \x20 - {id: survives, from: [ams, hub/app], scope: {virtual_network: [hub, spoke]}, expect: {path: [private-peering, vpn, azure-backbone], survives: each-single}}\n",
    );
    let [holds, untold, fails] = hold_to_brute_force(&wide, &of_wide, 61);
    assert!(holds > 100 && untold > 5 && fails > 100, "{holds} {untold} {fails}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Any scope and any expectation.
    #[test]
    fn any_assertion_is_what_brute_force_says(
        scope in prop::sample::select(&[
            "{tag: [Sql, AzureActiveDirectory]}",
            "{m365: {category: [optimize, allow]}}",
            "{community: [12076:52002, 12076:5060]}",
            "{service: Exchange Online}",
            "{any: [{site: ams}, {virtual_network: hub}, {subnet: hub/app}], not: {prefix: 10.20.1.128/25}}",
            "{prefix: [10.0.0.0/8, 20.0.0.0/8, \"fd00::/8\", \"2603:1000::/24\"]}",
        ][..]),
        path in prop::sample::select(&["path: [internet, vpn]", "not_path: [internet, discarded]", "path: [ambiguous, unknown, microsoft-peering]"][..]),
        more in prop::sample::select(&["", ", return: symmetric", ", circuit: er-two", ", connection: primary", ", support: [supported, mixed]"][..]),
    ) {
        let wide = network(WIDE);
        let entry = format!("  - {{id: any, from: [ams, hub/app], scope: {scope}, expect: {{{path}{more}}}}}\n");
        hold_to_brute_force(&wide, &checks(&wide, &entry), 61);
    }
}

#[test]
fn what_is_not_known_never_passes() {
    let wide = network(WIDE);
    for (entry, status) in [
        // The sources conflict about what Storage in West Europe carries.
        (
            "{id: x, from: ams, scope: {community: 12076:52002}, expect: {path: microsoft-peering}}",
            Status::CannotJudge,
        ),
        (
            "{id: x, from: ams, scope: {community: 12076:52002}, expect: {not_path: internet}}",
            Status::CannotJudge,
        ),
        (
            "{id: x, from: ams, scope: {community: 12076:52002}, expect: {circuit: er-one}, severity: advice}",
            Status::CannotJudge,
        ),
        (
            "{id: x, from: ams, scope: {community: 12076:52002}, expect: {path: [microsoft-peering, ambiguous]}}",
            Status::Passed,
        ),
        (
            "{id: x, from: ams, scope: {community: 12076:52002}, expect: {not_path: ambiguous}}",
            Status::Failed,
        ),
        // Nobody says what the appliance does.
        (
            "{id: x, from: hub/app, scope: {prefix: 10.66.0.0/16}, expect: {not_path: internet}}",
            Status::CannotJudge,
        ),
        ("{id: x, from: hub/app, scope: {prefix: 10.66.0.0/16}, expect: {path: unknown}}", Status::Passed),
        ("{id: x, flow: {from: hub/app, to: 10.66.0.1}, expect: {not_path: internet}}", Status::CannotJudge),
        // A scope without an address asserts nothing.
        ("{id: x, scope: {site: ams, prefix: 20.0.0.0/8}, expect: {path: internet}}", Status::CannotJudge),
        // The documents say nothing of it.
        (
            "{id: x, from: ams, scope: {prefix: 23.103.132.0/32}, expect: {support: supported}}",
            Status::CannotJudge,
        ),
        // A waiver accepts a failure, not ignorance.
        (
            "{id: x, from: hub/app, scope: {prefix: 10.66.0.0/16}, expect: {path: internet}, waivers: [{reason: r, expires: 2027-01-01}]}",
            Status::CannotJudge,
        ),
        // What fails for sure fails, whatever else is not known.
        ("{id: x, from: hub/app, scope: {prefix: 10.64.0.0/12}, expect: {path: internet}}", Status::Failed),
        (
            "{id: x, from: hub/app, scope: {prefix: 10.64.0.0/12}, expect: {path: internet}, severity: warning}",
            Status::CannotJudge,
        ),
    ] {
        assert_eq!(one(&wide, &format!("  - {entry}\n")).status, status, "{entry}");
    }
}

/// The remedy names the input that is missing, and none where none helps.
#[test]
fn what_cannot_be_judged_says_what_is_missing() {
    let wide = network(WIDE);
    for (entry, remedy) in [
        (
            "{id: x, from: hub/app, scope: {prefix: 10.66.0.0/16}, expect: {path: internet}}",
            "the appliance 10.20.1.4",
        ),
        (
            "{id: x, from: ams, scope: {community: 12076:52002}, expect: {path: microsoft-peering}}",
            "`list-service-communities`",
        ),
    ] {
        let outcome = one(&wide, &format!("  - {entry}\n"));
        let reported = outcome.remedy.unwrap_or_default();
        assert!(
            outcome.status == Status::CannotJudge && reported.contains(remedy),
            "{entry}: {} {reported}",
            outcome.message
        );
    }
}

#[test]
fn waivers_count_until_their_day() {
    let demo = network(DEMO);
    let check = |waivers: &str| {
        let entry = format!(
            "  - {{id: x, from: utrecht, scope: {{prefix: [52.112.0.0/14, 20.50.0.0/18]}}, expect: {{path: microsoft-peering}}, waivers: [{waivers}]}}\n"
        );
        evaluated(&demo, &checks(&demo, &entry))
    };
    let on = |expires: &str| check(&format!("{{reason: soon, expires: {expires}}}")).outcomes.remove(0);
    // Today is 2026-11-25: the last day counts.
    let waived = on("2026-11-25");
    assert_eq!((waived.status, waived.waiver.unwrap().reason.as_str()), (Status::Waived, "soon"));
    let expired = on("2026-11-24");
    assert_eq!((expired.status, expired.waiver), (Status::Failed, None));
    assert!(
        expired.message.ends_with("; the waiver of this check expired on 2026-11-24"),
        "{}",
        expired.message
    );
    // A narrow waiver accepts its part alone.
    let half = check("{reason: soon, expires: 2027-01-01, scope: {prefix: 52.112.0.0/14}}");
    assert_eq!(half.outcomes[0].status, Status::Failed);
    assert!(half.outcomes[0].message.contains("(20.50.0.0/18)"), "{}", half.outcomes[0].message);
    let waived: Vec<_> =
        half.parts.iter().filter(|part| part.waived).flat_map(|part| &part.part.ranges).collect();
    assert_eq!(waived.iter().map(ToString::to_string).collect::<Vec<_>>(), ["52.112.0.0-52.115.255.255"]);
    // Two together accept all of it; one that nothing needs is told.
    let both = check(
        "{reason: a, expires: 2027-01-01, scope: {prefix: 52.112.0.0/14}}, {reason: b, expires: 2027-01-01, scope: {prefix: 20.0.0.0/8}}, {reason: c, expires: 2027-01-01, scope: {tag: Sql.WestUS}}",
    );
    assert_eq!(both.outcomes[0].status, Status::Waived);
    let [_, useless] = both.outcomes.as_slice() else { panic!("{:?}", both.outcomes) };
    assert_eq!((useless.kind, useless.status), (CheckKind::Waiver, Status::Warned));
    assert!(useless.title.contains(": c"), "{}", useless.title);
}

#[test]
fn a_failure_names_what_breaks_it_and_where() {
    let demo = network(DEMO);
    let outcome = one(
        &demo,
        "  - {id: x, from: amsterdam, scope: {virtual_network: hub-weu}, expect: {path: private-peering, survives: each-single}}\n",
    );
    assert_eq!(outcome.status, Status::Failed);
    assert!(
        outcome.message.starts_with("with circuit er-ams down, from `amsterdam` 2^16 IPv4 and 2^80 IPv6")
    );
    assert!(outcome.message.ends_with("; 1 more failure breaks the check"), "{}", outcome.message);
    let witness = outcome.witness.unwrap();
    assert_eq!((witness.vantage.as_str(), witness.address.to_string().as_str()), ("amsterdam", "10.20.0.0"));
    assert_eq!(witness.explanation[..2], ["with circuit er-ams down", "discarded"]);
    assert_eq!(witness.explanation[2], "the check is at checks.yaml:3");
    // The line that decides: the edge whose default route alone is left.
    let place = outcome.place.unwrap();
    let text = place.source.text().get(place.span.start..place.span.start + place.span.length);
    assert_eq!(text, Some("edge-ams"));
    // Two failures at once go further than any single one.
    let teams = "scope: {community: 12076:5030}, expect: {path: [microsoft-peering, internet]";
    for (survives, status) in [("each-single", Status::Passed), ("each-double", Status::Failed)] {
        let entry = format!("  - {{id: x, from: amsterdam, {teams}, survives: {survives}}}}}\n");
        assert_eq!(one(&demo, &entry).status, status, "{survives}");
    }
}

#[test]
fn an_example_is_one_flow() {
    let demo = network(DEMO);
    let flow = |more: &str, connection: &str| {
        let entry = format!(
            "  - {{id: x, flow: {{from: amsterdam, to: 52.112.0.1{more}}}, expect: {{connection: {connection}}}}}\n"
        );
        let outcome = one(&demo, &entry);
        (outcome.status, outcome.message)
    };
    // Both connections may carry it, and the hash of the whole five-tuple picks one.
    let (status, words) = flow("", "primary");
    assert!(status == Status::Failed && !words.contains("uses"), "{words}");
    assert_eq!(flow("", "[primary, secondary]").0, Status::Passed);
    let whole = ", source: 10.10.0.1, source_port: 50000, port: 443, protocol: tcp";
    let each = ["primary", "secondary"].map(|connection| flow(whole, connection));
    let (passed, failed): (Vec<_>, Vec<_>) = each.iter().partition(|(status, _)| *status == Status::Passed);
    assert_eq!((passed.len(), failed.len()), (1, 1), "{each:?}");
    // Which it is, is said.
    let takes = if each[0].0 == Status::Passed { "primary" } else { "secondary" };
    assert!(failed[0].1.contains(&format!("the flow uses er-ams/{takes}")), "{each:?}");
}

#[test]
fn coverage_adds_up_and_counts_each_address_once() {
    let demo = network(DEMO);
    let checks = checks(
        &demo,
        "  - {id: a, from: amsterdam, scope: {prefix: 52.112.0.0/14}, expect: {path: microsoft-peering}}\n\
         \x20 - {id: b, flow: {from: utrecht, to: 8.8.8.8}, expect: {path: internet}}\n",
    );
    let flow = |remote: &str| Weight {
        vantage: "amsterdam".to_owned(),
        remote: remote.parse().unwrap(),
        volume: CapturedVolume::default(),
    };
    let flows = [flow("52.112.0.1"), flow("10.20.0.9"), flow("10.20.0.9")];
    let found = coverage(Inputs::new(&demo, catalog()), &checks, &flows).unwrap();
    for (vantage, checked, captured, touched) in
        [("amsterdam", 1 << 18, 2, (1 << 18) + 1), ("utrecht", 1, 0, 1)]
    {
        let rows: Vec<_> = found
            .space
            .iter()
            .filter(|row| row.vantage == vantage && row.family == peerpath::addr::Family::V4)
            .map(|row| row.counts)
            .collect();
        let sum = |of: fn(&peerpath::check::Counts) -> peerpath::addr::AddressCount| -> u128 {
            rows.iter().map(of).sum::<peerpath::addr::AddressCount>().to_u128().unwrap()
        };
        assert_eq!(sum(|counts| counts.all), 1 << 32);
        assert_eq!((sum(|counts| counts.checked), sum(|counts| counts.captured)), (checked, captured));
        assert_eq!(sum(|counts| counts.untouched), (1 << 32) - touched);
    }
    let line = |text: &str| found.lines.iter().find(|line| line.text == text).unwrap();
    assert_eq!(line("Skype For Business").ipv4.checked.to_u128(), Some(1 << 18));
    assert_eq!(line("10.20.0.0/16").ipv4.captured.to_u128(), Some(1));
    assert_eq!(line("12076:51002").ipv4.all, line("12076:51002").ipv4.untouched);
    let teams = found.lists.iter().find(|row| row.kind == "m365" && row.name.starts_with("11:")).unwrap();
    assert!(teams.ipv4.checked > teams.ipv4.captured && !teams.ipv4.captured.is_zero(), "{teams:?}");
}

#[test]
fn checks_are_read_beside_a_network_with_mistakes_of_its_own() {
    let text = "version: 1\nsites: [{name: a, prefixes: [10.0.0.0/33]}]\nchecks: [{id: x, scope: {tag: Storag}, expect: {path: internat}}]\n";
    let source = Source::new("network.yaml", text);
    let (network, diagnostics) = network::read(&source, catalog());
    assert!(network.is_none() && diagnostics.iter().count() == 1);
    let (_, diagnostics) = read_checks(&source, None, catalog());
    let codes: Vec<_> = diagnostics.iter().map(|one| one.code.name()).collect();
    assert_eq!(codes, ["check::reference", "check::value"]);
}

#[test]
fn an_assertion_starts_at_every_site_unless_it_says_where() {
    let demo = network(DEMO);
    let checks = checks(&demo, "  - {id: x, scope: all, expect: {path: internet}}\n");
    let Demand::Assertion(assertion) = &checks.all[0].demand else { panic!() };
    let names: Vec<_> = assertion.from.iter().map(|vantage| vantage.name(&demo)).collect();
    assert_eq!(names, ["amsterdam", "utrecht"]);
    assert_eq!(Vantage::named(&demo, "utrecht"), Some(assertion.from[1]));
}
