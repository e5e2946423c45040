//! `docs/reference/views/` pins every column that the program writes.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use peerpath::report::Column;
use serde_json::Value;

const SWEEP: &str = "docs/reference/views/sweep.md";
const SCENARIO: &str = "docs/reference/views/scenario.md";
const REPLAY: &str = "docs/reference/views/replay.md";
const CHECK: &str = "docs/reference/views/check.md";
const CATALOG: &str = "docs/reference/views/catalog.md";
const DIFF: &str = "docs/reference/views/diff.md";
const CLASSIFY: &str = "docs/reference/views/classify.md";
const MAP: &str = "docs/reference/views/map.md";
const ADVISE: &str = "docs/reference/views/advise.md";
const PATHS: &str = include_str!("../../docs/reference/paths.md");

fn run(arguments: &[&str]) -> String {
    let output = crate::peerpath().args(arguments).output().unwrap();
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
    let by = ["path", "service", "product", "destination", "flow", "community", "time", "latency"];
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
    let critical = [
        "replay",
        "examples/guide/critical.pcap",
        "--network=examples/guide/network.yaml",
        "--scenario=examples/guide/critical.yaml",
        "--format=json",
    ];
    let scenario = "examples/demo/scenario.yaml";
    let sweep = ["sweep", network, capture, "--scenario", scenario, "--format=json"];
    let guide = "examples/guide/network.yaml";
    let commands: [(&str, &[&str]); 22] = [
        (SWEEP, &sweep),
        (SCENARIO, &simulation),
        (SCENARIO, &critical),
        (REPLAY, &demo),
        (CHECK, &["check", "tests/ui/lint/crm-online/input.yaml", "--format", "json"]),
        (CHECK, &["check", guide, "--guide", "power-platform", "--format", "json"]),
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
        (CATALOG, &["catalog", "list", "tags", "--format", "json"]),
        (CATALOG, &["catalog", "list", "sets", "--format", "json"]),
        (CATALOG, &["catalog", "list", "communities", "--format", "json"]),
        (CATALOG, &["catalog", "list", "products", "--format", "json"]),
        (CATALOG, &["catalog", "list", "rules", "--format", "json"]),
        (CATALOG, &["catalog", "search", "teams", "--format", "json"]),
        (CATALOG, &["catalog", "show", "power-apps", "--format", "json"]),
        (MAP, &["map", network, "--product", "teams", "--format", "json"]),
        (ADVISE, &["advise", "--products", "teams", "--region", "Europe", "--format", "json"]),
        (CATALOG, &["catalog", "show", "Storage.WestEurope", "--format", "json"]),
        (CATALOG, &["catalog", "show", "12076:5030", "--format", "json"]),
        (CATALOG, &["catalog", "show", "m365:11", "--format", "json"]),
        (CATALOG, &["catalog", "diff", "shipped", "shipped", "--format", "json"]),
        (DIFF, &["diff", network, network, "-q", "--capture", capture, "--what-if", "--format", "json"]),
    ];
    for (page, command) in commands {
        let document: Value = serde_json::from_str(&run(command)).unwrap();
        for view in document["views"].as_array().unwrap() {
            pin(page, &format!("\n## View `{}`\n", view["name"].as_str().unwrap()), &lines(&view["columns"]));
        }
    }
}

#[test]
fn the_columns_of_classify_are_pinned() {
    let columns = peerpath::report::views::classify::column_list();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    assert_eq!(run(&["classify", "/dev/null"]).trim_end(), names.join(","));
    let line =
        |column: &Column| format!("| `{}` | {} | {} |", column.name, column.kind.name(), column.meaning);
    pin(CLASSIFY, "# ", &columns.iter().map(line).collect::<Vec<_>>());
}

/// Columns as lines of a table of the reference.
fn lines(columns: &Value) -> Vec<String> {
    let line = |column: &Value| {
        let field = |key: &str| column[key].as_str().unwrap();
        format!("| `{}` | {} | {} |", field("name"), field("kind"), field("meaning"))
    };
    columns.as_array().unwrap().iter().map(line).collect()
}

/// Holds the table in the part of a page after `heading` to its lines; with `UPDATE_EXPECT=1`, writes them.
pub(crate) fn pin(page: &str, heading: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(heading).unwrap();
    let (section, after) = rest.split_at(rest.find("\n## ").unwrap_or(rest.len()));
    let is_column = |line: &&str| line.starts_with("| `");
    let pinned: Vec<&str> = section.lines().filter(is_column).collect();
    if std::env::var_os("UPDATE_EXPECT").is_none() {
        assert_eq!(pinned, lines, "{page}, {heading}: run with UPDATE_EXPECT=1");
    } else if pinned != lines {
        let at = section.find("\n| `").unwrap() + 1;
        let kept = section[at..].lines().skip_while(is_column).collect::<Vec<_>>().join("\n");
        let table = lines.join("\n");
        let end = if section.ends_with('\n') { "\n" } else { "" };
        fs::write(&path, format!("{before}{heading}{}{table}\n{kept}{end}{after}", &section[..at])).unwrap();
    }
}

#[test]
fn every_path_is_defined() {
    let text = part(PATHS, "## Paths");
    for disposition in peerpath::engine::Disposition::ALL {
        assert!(text.contains(&format!("| `{disposition}` |")), "{disposition}");
    }
}
