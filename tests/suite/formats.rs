//! `docs/reference/views/` pins every column that the program writes.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use serde_json::Value;

const SWEEP: &str = include_str!("../../docs/reference/views/sweep.md");
const SCENARIO: &str = include_str!("../../docs/reference/views/scenario.md");
const REPLAY: &str = include_str!("../../docs/reference/views/replay.md");
const CHECK: &str = include_str!("../../docs/reference/views/check.md");
const CATALOG: &str = include_str!("../../docs/reference/views/catalog.md");
const DIFF: &str = include_str!("../../docs/reference/views/diff.md");
const CLASSIFY: &str = include_str!("../../docs/reference/views/classify.md");
const PATHS: &str = include_str!("../../docs/reference/paths.md");

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_peerpath")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The part of a page under a heading of the second level, up to the next one.
fn part<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page.find(&format!("\n{heading}\n"));
    assert!(start.is_some(), "no `{heading}`");
    let rest = &page[start.unwrap() + heading.len() + 2..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

#[test]
fn every_view_is_pinned_column_by_column() {
    let by = ["path", "service", "destination", "flow", "community", "time"];
    let mut demo = vec!["demo", "--quiet", "--format", "json"];
    demo.extend(by.iter().flat_map(|key| ["--by", key]));
    let network = "examples/demo/network.yaml";
    let capture = "examples/demo/capture.pcap";
    let simulation = [
        "replay",
        capture,
        "--network=examples/demo/network.yaml",
        "--scenario=examples/demo/scenario.yaml",
        "--format=json",
    ];
    let scenario = "examples/demo/scenario.yaml";
    let sweep = ["sweep", network, capture, "--scenario", scenario, "--format=json"];
    let commands: [(&str, &[&str]); 11] = [
        (SWEEP, &sweep),
        (SCENARIO, &simulation),
        (REPLAY, &demo),
        (CHECK, &["check", "tests/ui/lint/crm-online/input.yaml", "--format", "json"]),
        (
            CHECK,
            &[
                "check",
                "examples/demo/network.yaml",
                "--checks",
                "examples/demo/checks.yaml",
                "--coverage",
                "--format",
                "json",
            ],
        ),
        (CATALOG, &["catalog", "list", "--format", "json"]),
        (CATALOG, &["catalog", "show", "Storage.WestEurope", "--format", "json"]),
        (CATALOG, &["catalog", "show", "12076:5030", "--format", "json"]),
        (CATALOG, &["catalog", "show", "m365:11", "--format", "json"]),
        (CATALOG, &["catalog", "diff", "shipped", "shipped", "--format", "json"]),
        (DIFF, &["diff", network, network, "-q", "--capture", capture, "--what-if", "--format", "json"]),
    ];
    for (page, command) in commands {
        let document: Value = serde_json::from_str(&run(command)).unwrap();
        for view in document["views"].as_array().unwrap() {
            let text = part(page, &format!("## View `{}`", view["name"].as_str().unwrap()));
            let columns = view["columns"].as_array().unwrap();
            for column in columns {
                let field = |key: &str| column[key].as_str().unwrap();
                let line = format!("| `{}` | {} | {} |", field("name"), field("kind"), field("meaning"));
                assert!(text.contains(&line), "{command:?}: {line}");
            }
            let pinned = text.lines().filter(|line| line.starts_with("| `")).count();
            assert_eq!(pinned, columns.len(), "{command:?}: {} columns of {}", pinned, view["name"]);
        }
    }
}

#[test]
fn the_columns_of_classify_are_pinned() {
    let header = run(&["classify", "/dev/null"]);
    let text = CLASSIFY;
    let pinned: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(header.trim_end(), pinned.join(","));
}

#[test]
fn every_path_is_defined() {
    let text = part(PATHS, "## Paths");
    for disposition in peerpath::engine::Disposition::ALL {
        assert!(text.contains(&format!("| `{disposition}` |")), "{disposition}");
    }
}
