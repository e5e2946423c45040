//! `docs/formats.md` pins every column that the program writes.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use serde_json::Value;

const FORMATS: &str = include_str!("../../docs/formats.md");

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_peerpath")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The part of a text under a heading, up to the next one of its level or above.
fn part<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(&format!("\n{heading}\n"));
    assert!(start.is_some(), "no `{heading}`");
    let rest = &text[start.unwrap() + heading.len() + 2..];
    let next = if heading.starts_with("###") { rest.find("\n### ") } else { None };
    &rest[..rest.find("\n## ").unwrap_or(rest.len()).min(next.unwrap_or(rest.len()))]
}

/// The part of the document under a heading of a command.
fn section(heading: &str) -> &'static str {
    part(FORMATS, heading)
}

#[test]
fn every_view_is_pinned_column_by_column() {
    let by = ["path", "service", "destination", "flow", "community", "time"];
    let mut demo = vec!["demo", "--quiet", "--format", "json"];
    demo.extend(by.iter().flat_map(|key| ["--by", key]));
    let network = "examples/demo/network.yaml";
    let capture = "examples/demo/capture.pcap";
    let catalog = "## Columns of the `catalog` commands";
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
        ("## Columns of `sweep`", &sweep),
        ("## Columns of `replay --scenario`", &simulation),
        ("## Columns of `replay` and `demo`", &demo),
        ("## Columns of `check`", &["check", "tests/ui/lint/crm-online/input.yaml", "--format", "json"]),
        (
            "## Columns of `check`",
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
        (catalog, &["catalog", "list", "--format", "json"]),
        (catalog, &["catalog", "show", "Storage.WestEurope", "--format", "json"]),
        (catalog, &["catalog", "show", "12076:5030", "--format", "json"]),
        (catalog, &["catalog", "show", "m365:11", "--format", "json"]),
        (catalog, &["catalog", "diff", "shipped", "shipped", "--format", "json"]),
        (
            "## Columns of `diff` and `drift`",
            &["diff", network, network, "-q", "--capture", capture, "--what-if", "--format", "json"],
        ),
    ];
    for (heading, command) in commands {
        let document: Value = serde_json::from_str(&run(command)).unwrap();
        for view in document["views"].as_array().unwrap() {
            let text = part(section(heading), &format!("### View `{}`", view["name"].as_str().unwrap()));
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
    let text = section("## Columns of `classify`");
    let pinned: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(header.trim_end(), pinned.join(","));
}

#[test]
fn every_path_is_defined() {
    let text = section("## Paths");
    for disposition in peerpath::engine::Disposition::ALL {
        assert!(text.contains(&format!("| `{disposition}` |")), "{disposition}");
    }
}
