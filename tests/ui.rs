//! What people read when a file of theirs is wrong: one directory per diagnostic code, with the input
//! and the message. `UPDATE_EXPECT=1 cargo test --test ui` rewrites the messages; read the difference.
//!
//! A code `network::prefix` has the directory `tests/ui/network/prefix`. Other directories hold cases
//! that are about more than one code.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::{CODES, Diagnostic, Source};
use peerpath::network;

#[test]
fn every_message_is_as_recorded() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let update = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
    let mut different = Vec::new();
    let mut cases = 0;
    for case in cases_of("network") {
        cases += 1;
        let text = fs::read_to_string(case.join("input.yaml")).unwrap();
        let source = Source::new("input.yaml", text);
        let (network, diagnostics) = network::read(&source, &catalog);
        assert_eq!(network.is_none(), diagnostics.has_errors(), "{}", case.display());
        let said = diagnostics.iter().map(render).collect::<Vec<_>>().join("\n");
        let code = format!("network::{}", case.file_name().unwrap().to_str().unwrap());
        if CODES.iter().any(|entry| entry.code.name() == code) {
            let codes = diagnostics.iter().map(|diagnostic| diagnostic.code.name()).collect::<BTreeSet<_>>();
            assert_eq!(codes, BTreeSet::from([code.as_str()]), "{} shows other codes", case.display());
        }
        let recorded = case.join("stderr.txt");
        if update {
            fs::write(&recorded, &said).unwrap();
        } else if fs::read_to_string(&recorded).unwrap_or_default() != said {
            eprintln!("{}:\n{said}", case.display());
            different.push(case);
        }
    }
    assert!(different.is_empty(), "{different:?} differ from what is recorded");
    assert!(cases > 20, "only {cases} cases found");
}

#[test]
fn every_code_has_a_case() {
    let cases = cases_of("network");
    for entry in CODES {
        let Some(name) = entry.code.name().strip_prefix("network::") else { continue };
        assert!(cases.iter().any(|case| case.ends_with(name)), "tests/ui/network/{name} is missing");
    }
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
