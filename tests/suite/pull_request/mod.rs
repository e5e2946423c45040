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
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git and bash are needed: {words}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_change_gets_its_verdict_and_its_reasons() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(play(folder.path()), "baseline 0\ngood-change 0\nundeclared-move 1\nbroken-file 2\n");

    let read = |change: &str, name: &str| fs::read_to_string(folder.path().join(change).join(name)).unwrap();
    for (change, check, diff) in [
        ("baseline", "✅ passed", "✅ passed"),
        ("good-change", "✅ passed", "✅ passed"),
        ("undeclared-move", "✅ passed", "❌ failed"),
        ("broken-file", "❔ cannot judge", "❔ cannot judge"),
    ] {
        let summary = read(change, "summary.md");
        for (command, verdict) in [("check", check), ("diff", diff)] {
            let heading = format!("### peerpath {command}: {verdict}\n");
            let comment = read(change, &format!("{command}.comment.md"));
            assert!(
                comment.starts_with(&format!("<!-- peerpath:routing/network.yaml -->\n{heading}")),
                "{comment}"
            );
            assert!(summary.contains(&heading), "{change}");
            for name in ["checks.xml", "sarif", "ndjson"] {
                assert!(read(change, &format!("{command}.{name}")).len() > 100, "{change}: {command}.{name}");
            }
        }
    }

    let errors = |change: &str, name: &str| {
        read(change, name)
            .lines()
            .filter(|line| line.starts_with("::error "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(errors("good-change", "diff.annotations").is_empty());
    assert!(errors("undeclared-move", "check.annotations").is_empty());
    let undeclared = errors("undeclared-move", "diff.annotations");
    assert_eq!(undeclared.len(), 1);
    assert!(undeclared.iter().all(|line| line.contains("file=routing/network.yaml,line=")), "{undeclared:?}");
    assert!(
        undeclared.iter().all(|line| line.contains(" move from microsoft-peering to internet ")),
        "{undeclared:?}"
    );
    let broken = errors("broken-file", "check.annotations");
    assert!(broken.iter().all(|line| line.contains("file=routing/network.yaml,line=9,")), "{broken:?}");
    assert_eq!((broken.len(), errors("broken-file", "diff.annotations").len()), (1, 1));
}

#[test]
fn a_second_run_writes_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(play(first.path()), play(second.path()));
    let outputs = ["annotations", "comment.md", "checks.xml", "sarif", "ndjson"];
    let names = ["check", "diff"].into_iter().flat_map(|of| outputs.map(|output| format!("{of}.{output}")));
    for name in names.chain(["log", "summary.md"].map(str::to_owned)) {
        let read = |folder: &Path| fs::read(folder.join("undeclared-move").join(&name)).unwrap();
        assert!(read(first.path()) == read(second.path()), "{name}");
    }
}
