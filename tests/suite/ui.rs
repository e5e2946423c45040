//! What people read when a file of theirs is wrong: one directory per diagnostic code, with the input
//! and the message. `UPDATE_EXPECT=1 cargo test --test suite ui` rewrites the messages; read the difference.
//!
//! A code `network::prefix` has the directory `tests/ui/network/prefix`, a code `lint::no-bfd` has
//! `tests/ui/lint/no-bfd`; only that code may show in it. Other directories hold cases that are about
//! more than one code, or where none may show.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::{lint, read_checks_file, unread_rows};
use peerpath::diag::{CODES, Diagnostic, Diagnostics, Source};
use peerpath::engine::{Inputs, RoutingTables};
use peerpath::network::{self, Network};
use peerpath::rib::import;
use peerpath::sim::scenario::{self, Needs, Unread};

/// The families of codes, each with its directory.
const AREAS: [&str; 4] = ["network", "lint", "check", "scenario"];

/// Codes that show beside others, in every file that has such a hop.
const UNEVALUATED: [&str; 2] = ["lint::appliance", "lint::other-edge"];

/// What is said of every file whose circuits are at one location, or whose filters have regions without sign-in: in
/// cases of other codes it is left out.
const OF_MOST: [&str; 2] = ["lint::resiliency", "lint::sign-in"];

#[test]
fn every_message_is_as_recorded() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let update = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
    let mut different = Vec::new();
    let mut cases = 0;
    for (area, case) in AREAS.iter().flat_map(|area| cases_of(area).into_iter().map(move |case| (area, case)))
    {
        cases += 1;
        let diagnostics = found_in(area, &case, &catalog);
        let code = format!("{area}::{}", case.file_name().unwrap().to_str().unwrap());
        let is_code = CODES.iter().any(|entry| entry.code.name() == code);
        let reported = |one: &&Diagnostic| {
            let name = one.code.name();
            name == code || !is_code || !OF_MOST.contains(&name)
        };
        let words = diagnostics.iter().filter(reported).map(render).collect::<Vec<_>>().join("\n");
        if CODES.iter().any(|entry| entry.code.name() == code) {
            let codes = diagnostics.iter().filter(reported).map(|diagnostic| diagnostic.code.name());
            let codes =
                codes.filter(|name| *name == code || !UNEVALUATED.contains(name)).collect::<BTreeSet<_>>();
            assert_eq!(codes, BTreeSet::from([code.as_str()]), "{} shows other codes", case.display());
        }
        let recorded = case.join("stderr.txt");
        if update {
            fs::write(&recorded, &words).unwrap();
        } else if fs::read_to_string(&recorded).unwrap_or_default() != words {
            eprintln!("{}:\n{words}", case.display());
            different.push(case);
        }
    }
    assert!(different.is_empty(), "{different:?} differ from what is recorded");
    assert!(cases > 20, "only {cases} cases found");
}

#[test]
fn every_code_has_a_case() {
    for entry in CODES {
        let (area, name) = entry.code.name().split_once("::").unwrap();
        assert!(AREAS.contains(&area), "cases of `{area}` are not run");
        assert!(cases_of(area).iter().any(|case| case.ends_with(name)), "tests/ui/{area}/{name} is missing");
    }
}

/// What reading says (of checks beside the demo's network), and for a lint what its rules find in a file that reads without a word.
fn found_in(area: &str, case: &Path, catalog: &Catalog) -> Diagnostics {
    let text = fs::read_to_string(case.join("input.yaml")).unwrap();
    let source = Source::new("input.yaml", text);
    if area == "check" {
        let demo = Source::new("network.yaml", include_str!("../../examples/demo/network.yaml"));
        let (network, _) = network::read(&demo, catalog);
        return read_checks_file(&source, network.as_ref(), catalog).1;
    }
    if area == "scenario" {
        // Scenarios are about the demo's network.
        let demo = fs::read_to_string("examples/demo/network.yaml").unwrap();
        let network = network::read(&Source::new("network.yaml", demo), catalog).0.unwrap();
        let (scenario, diagnostics) =
            scenario::read_without(&source, catalog, &[&network], &missing(scenario::needs(&source)));
        assert_eq!(scenario.is_none(), diagnostics.has_errors(), "{}", case.display());
        return diagnostics;
    }
    let (network, mut diagnostics) = network::read(&source, catalog);
    assert_eq!(network.is_none(), diagnostics.has_errors(), "{}", case.display());
    if let Some(network) = &network {
        diagnostics.extend(unread(case, network));
        if area == "lint" {
            diagnostics.extend(lint(Inputs::new(network, catalog)).unwrap().findings);
        }
    }
    diagnostics
}

/// What reading the tables beside a case's network file says.
fn unread(case: &Path, network: &Network) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for written in RoutingTables::wanted(network) {
        if let Ok(read) = import::open(&case.join(written))
            && let Some(found) = unread_rows(network, written, written, &read.notes)
        {
            diagnostics.push(found);
        }
    }
    diagnostics
}

/// Of the files that a scenario names, those that stand for such as cannot be read.
fn missing(needs: Needs) -> Unread {
    let none = |all: Vec<String>| {
        let missing = all.into_iter().filter(|file| file.starts_with("no-such"));
        missing.map(|file| (file.clone(), format!("cannot read `{file}`"))).collect()
    };
    Unread { networks: none(needs.networks), catalogs: none(needs.catalogs) }
}

fn cases_of(area: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(area);
    let mut cases = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    cases.sort();
    cases
}

/// A message as text that depends on neither terminal nor colours.
fn render(diagnostic: &Diagnostic) -> String {
    let mut text = String::new();
    let place = match diagnostic.position() {
        Some((line, column)) => format!("{}:{line}:{column}", diagnostic.source.name()),
        None => diagnostic.source.name().to_owned(),
    };
    writeln!(text, "{place}: {} {}: {}", diagnostic.severity, diagnostic.code, diagnostic.message).unwrap();
    for label in &diagnostic.labels {
        let (line, column) = diagnostic.source.position(label.span.start);
        let content = diagnostic.source.text().lines().nth(line - 1).unwrap_or_default();
        let marked = &diagnostic.source.text()[label.span.start..label.span.start + label.span.length];
        let marks = "^".repeat(marked.chars().count().max(1));
        writeln!(text, "{line:>4} | {content}").unwrap();
        writeln!(text, "     | {:width$}{marks} {}", "", label.text, width = column - 1).unwrap();
    }
    if let Some(help) = &diagnostic.help {
        writeln!(text, "     = help: {help}").unwrap();
    }
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}
