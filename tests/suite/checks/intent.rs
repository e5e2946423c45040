//! Declared changes, budgets and guards.

use peerpath::check::diff::{CapturedVolume, DiffSide, Weight, diff, weigh};
use peerpath::check::intent::{Head, Intent, evaluate_budgets, evaluate_changes, guards, read_intent};
use peerpath::check::{CheckOutcome, Status};
use peerpath::diag::Source;
use peerpath::engine::Inputs;
use peerpath::network::Network;

use super::{DEMO, catalog, checks, evaluated, network, reported, sentences};

/// The demo with the Teams community taken out of the route filter.
fn without_teams() -> String {
    DEMO.replace("        - Skype For Business    # 12076:5030, which carries Teams\n", "")
}

fn intent(base: &Network, head: &Network, text: &str) -> Intent {
    let source = Source::new("change.yaml", format!("version: 1\n{text}"));
    let (intent, diagnostics) = read_intent(&source, base, head, catalog());
    intent.unwrap_or_else(|| panic!("{:?}", reported(&diagnostics)))
}

fn statuses(outcomes: &[CheckOutcome]) -> Vec<(&str, Status)> {
    outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome.status)).collect()
}

#[test]
fn undeclared_changes_fail_and_declared_ones_must_happen() {
    let (base, head) = (network(DEMO), network(&without_teams()));
    let inputs = Inputs::new(&head, catalog());
    let sides =
        (DiffSide::compile(Inputs::new(&base, catalog())).unwrap(), DiffSide::compile(inputs).unwrap());
    let change = diff(&sides.0, &sides.1).unwrap();
    let evaluate = |text: &str| {
        evaluate_changes(&change, &intent(&base, &head, text), Head { inputs, explain: &sentences }).unwrap()
    };
    let declared = "moves: [{from: microsoft-peering, to: internet, scope: {community: 12076:5030}}]\n";
    assert_eq!(
        statuses(&evaluate(declared)),
        [("undeclared-changes", Status::Passed), ("declared-move-1", Status::Passed)]
    );
    let nothing = evaluate("ticket: CHG-1\n");
    assert_eq!(statuses(&nothing), [("undeclared-changes", Status::Failed)]);
    assert!(nothing[0].message.starts_with("from `amsterdam` "), "{}", nothing[0].message);
    assert_eq!(nothing[0].witness.as_ref().unwrap().explanation, ["internet"]);
    // A part is not the whole, a wrong way is no declaration, and what did not happen is told.
    let part = evaluate(
        "moves: [{from: microsoft-peering, to: internet, scope: {prefix: 52.112.0.0/15}}, {from: internet, to: microsoft-peering, scope: all}, {scope: {community: 12076:5030}, vantage: utrecht}]\n",
    );
    assert_eq!(
        statuses(&part),
        [
            ("undeclared-changes", Status::Failed),
            ("declared-move-1", Status::Passed),
            ("declared-move-2", Status::Warned),
            ("declared-move-3", Status::Warned),
        ]
    );
    assert!(part[0].message.contains("52.114.0.0/15"), "{}", part[0].message);
}

#[test]
fn changes_of_the_reason_alone_need_leave() {
    let base = network(DEMO);
    let head = network(
        &DEMO.replace("advertised: [198.51.100.0/28, \"2001", "advertised: [198.51.100.0/29, \"2001"),
    );
    let inputs = Inputs::new(&head, catalog());
    let sides =
        (DiffSide::compile(Inputs::new(&base, catalog())).unwrap(), DiffSide::compile(inputs).unwrap());
    let change = diff(&sides.0, &sides.1).unwrap();
    for (text, status) in [("allow_reason_only: true\n", Status::Passed), ("moves: []\n", Status::Failed)] {
        let outcomes =
            evaluate_changes(&change, &intent(&base, &head, text), Head { inputs, explain: &sentences })
                .unwrap();
        assert_eq!(outcomes[0].status, status, "{text}: {:?}", statuses(&outcomes));
    }
}

#[test]
fn vantage_points_that_come_and_go_are_declared() {
    let base = network(DEMO);
    let utrecht =
        DEMO.find("  # A branch office").unwrap()..DEMO.find("circuits:\n  - name: er-ams").unwrap();
    let mut text = DEMO.to_owned();
    text.replace_range(utrecht, "");
    let head = network(&text);
    let inputs = Inputs::new(&head, catalog());
    let sides =
        (DiffSide::compile(Inputs::new(&base, catalog())).unwrap(), DiffSide::compile(inputs).unwrap());
    let change = diff(&sides.0, &sides.1).unwrap();
    // Its prefixes are no longer the company's own.
    let moves =
        "moves: [{from: on-premises, to: discarded, scope: {prefix: [10.11.0.0/16, \"fd11::/48\"]}}]\n";
    for (text, status) in [("removes: utrecht\n", Status::Passed), ("adds: utrecht\n", Status::Failed)] {
        let text = &format!("{moves}{text}");
        let outcomes =
            evaluate_changes(&change, &intent(&base, &head, text), Head { inputs, explain: &sentences })
                .unwrap();
        assert_eq!(outcomes[0].status, status, "{text}: {:?}", statuses(&outcomes));
    }
}

#[test]
fn budgets_are_exact_and_close_against_ignorance() {
    let (base, head) = (network(DEMO), network(&without_teams()));
    let sides = [&base, &head].map(|side| DiffSide::compile(Inputs::new(side, catalog())).unwrap());
    let change = diff(&sides[0], &sides[1]).unwrap();
    let moved = change.count(peerpath::addr::Family::V4, peerpath::check::diff::ChangeKind::Move);
    let moved = u64::try_from(moved.to_u128().unwrap()).unwrap();
    let flow = |remote: &str, bytes| Weight {
        vantage: "amsterdam".to_owned(),
        remote: remote.parse().unwrap(),
        volume: CapturedVolume { flows: 1, packets: 1, bytes },
    };
    // 5 of 1000 bytes go where addresses move: 0.5 %.
    let weighed = weigh(&change, [flow("52.112.0.1", 5), flow("8.8.8.8", 995)]);
    let nothing = weigh(&change, []);
    let elsewhere =
        weigh(&change, [flow("8.8.8.8", 10), Weight { vantage: "gone".to_owned(), ..flow("8.8.8.8", 10) }]);
    for (budget, captured, status) in [
        (format!("changed_addresses: {{ipv4: {moved}}}"), None, Status::Passed),
        (format!("changed_addresses: {{ipv4: {}}}", moved - 1), None, Status::Failed),
        (format!("changed_addresses: {{ipv4: {moved}, ipv6: 0}}"), None, Status::Failed),
        ("moved_bytes: 0.5%".to_owned(), Some(&weighed), Status::Passed),
        ("moved_bytes: 0.4999%".to_owned(), Some(&weighed), Status::Failed),
        ("moved_bytes: 5 B".to_owned(), Some(&weighed), Status::Passed),
        ("moved_bytes: 4 B".to_owned(), Some(&weighed), Status::Failed),
        ("moved_bytes: 1 TB".to_owned(), None, Status::CannotJudge),
        ("moved_bytes: 1 TB".to_owned(), Some(&nothing), Status::CannotJudge),
        // What starts where nothing is compared may move.
        ("moved_bytes: 9 B".to_owned(), Some(&elsewhere), Status::CannotJudge),
        ("moved_bytes: 10 B".to_owned(), Some(&elsewhere), Status::Passed),
    ] {
        let checks = checks(&base, &format!("  - {{id: b, budget: {{{budget}}}}}\n"));
        let outcomes = evaluate_budgets(&change, captured, &checks);
        assert_eq!(statuses(&outcomes), [("b", status)], "{budget}: {}", outcomes[0].message);
    }
}

#[test]
fn guards_are_the_bases() {
    let check = |path: &str| {
        format!(
            "checks: [{{id: teams, from: amsterdam, scope: {{community: 12076:5030}}, expect: {{path: {path}}}}}]\n"
        )
    };
    let base = format!("{DEMO}{}", check("microsoft-peering"));
    // The change takes Teams off the circuit and edits the check that forbids it.
    let head = network(&format!("{}{}", without_teams(), check("internet")));
    let guarded = guards(&Source::new("base.yaml", base.as_str()), &head, catalog());
    assert_eq!(statuses(&guarded.outcomes), [("guards", Status::Warned)]);
    assert!(
        guarded.outcomes[0].message.contains("edits the check `teams`"),
        "{}",
        guarded.outcomes[0].message
    );
    assert_eq!(evaluated(&head, &guarded.checks).outcomes[0].status, Status::Failed);
    // A guard that the head cannot be held to is no pass; order and comments of a check do not count.
    let base = format!("{DEMO}checks: [{{id: teams, scope: all, expect: {{circuit: er-ams}}}}]\n");
    let renamed = DEMO.replace("er-ams", "er-new");
    let head = network(&format!(
        "{renamed}checks:\n  - expect: {{circuit: er-new}} # renamed\n    id: teams\n    scope: all\n"
    ));
    let guarded = guards(&Source::new("base.yaml", base.as_str()), &head, catalog());
    assert_eq!(statuses(&guarded.outcomes), [("guards", Status::Warned), ("guards", Status::CannotJudge)]);
    let same = format!(
        "{DEMO}checks:\n  - expect: {{circuit: er-ams}} # as before\n    id: teams\n    scope: all\n"
    );
    let guarded = guards(&Source::new("base.yaml", base.as_str()), &network(&same), catalog());
    assert!(guarded.outcomes.is_empty(), "{:?}", statuses(&guarded.outcomes));
}
