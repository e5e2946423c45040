//! A pull request from end to end: the script beside this file plays author, server and CI; here its verdicts and what
//! reviewers are shown are compared.

#![cfg(all(feature = "cli", feature = "junit", unix))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pull_request/play");

fn play(folder: &Path) -> String {
    let output =
        Command::new("bash").arg(SCRIPT).arg(env!("CARGO_BIN_EXE_peerpath")).arg(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git and bash are needed: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_change_gets_its_verdict_and_its_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let verdicts = play(folder.path());
    assert_eq!(verdicts, "baseline 0\ngood-change 0\none-region-of-the-pair 1\nbroken-file 2\n");

    let read = |change: &str, name: &str| fs::read_to_string(folder.path().join(change).join(name)).unwrap();
    for (change, heading) in [
        ("baseline", "✅ passed"),
        ("good-change", "✅ passed"),
        ("one-region-of-the-pair", "⚠️ warnings"),
        ("broken-file", "❔ cannot judge"),
    ] {
        let marked = format!("<!-- peerpath:routing/network.yaml -->\n### peerpath check: {heading}\n");
        assert!(read(change, "comment.md").starts_with(&marked), "{change}");
        assert!(read(change, "summary.md").contains(heading), "{change}");
        for name in ["checks.xml", "checks.sarif", "report.ndjson"] {
            assert!(read(change, name).len() > 100, "{change}: {name}");
        }
    }
    let annotation =
        "::warning file=routing/network.yaml,line=39,endLine=39,col=11,title=lint%3A%3Apower-platform-pair::";
    assert!(read("one-region-of-the-pair", "annotations").starts_with(annotation));
    assert!(read("broken-file", "annotations").contains("::error file=routing/network.yaml,line=9,"));
}

#[test]
fn a_second_run_writes_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(play(first.path()), play(second.path()));
    let change = "one-region-of-the-pair";
    for name in
        ["log", "annotations", "summary.md", "comment.md", "checks.xml", "checks.sarif", "report.ndjson"]
    {
        let read = |folder: &Path| fs::read(folder.join(change).join(name)).unwrap();
        assert!(read(first.path()) == read(second.path()), "{name}");
    }
}
