//! Outputs of checks: what a service reads back is what was found, and no limit is exceeded without a word.

#![cfg(all(feature = "cli", feature = "junit"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod sample;

use std::fs;
use std::path::Path;

use commands::{Azure, Github};
use peerpath::check::{CheckOutcome, Status};
use peerpath::diag::Severity;
use peerpath::report::{Column, ColumnKind, Format, RenderOptions, Report, View};
use proptest::prelude::*;
use sample::{every_kind, failed, many, report};
use serde_json::Value;

fn text(format: Format, report: &Report) -> String {
    with(format, RenderOptions::default(), report)
}

fn with(format: Format, options: RenderOptions, report: &Report) -> String {
    let mut bytes = Vec::new();
    format.renderer(options).unwrap().render(report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

// --- commands ----------------------------------------------------------------------------------------

/// Text in which nothing is made visible, so that it must come back as it is.
const PLAIN: &str = "[^\\p{Cc}\\p{Cf}\\p{DI}\\x{2028}\\x{2029}]{0,40}";

proptest! {
    #[test]
    fn github_reads_back_what_was_found(id in PLAIN, message in PLAIN, remedy in PLAIN, file in "[^\\p{Cc}\\p{Cf}\\p{DI}\\x{2028}\\x{2029}\\\\.]{1,20}") {
        let mut outcome = failed(&id, &file);
        outcome.message.clone_from(&message);
        outcome.remedy = Some(remedy.clone());
        let written = text(Format::Github, &report(vec![outcome]));
        let command = Github::parse(written.lines().next().unwrap()).unwrap();
        prop_assert_eq!(&command.name, "error");
        prop_assert_eq!(&command.properties["file"], &file);
        prop_assert_eq!(&command.properties["title"], &id);
        prop_assert_eq!((&command.properties["line"][..], &command.properties["col"][..]), ("2", "3"));
        prop_assert_eq!(command.message, format!("{message}\nhelp: {remedy}"));
    }

    #[test]
    fn azure_reads_back_what_was_found(id in PLAIN, message in PLAIN, remedy in PLAIN, file in "[^\\p{Cc}\\p{Cf}\\p{DI}\\x{2028}\\x{2029}\\\\.]{1,20}") {
        let mut outcome = failed(&id, &file);
        outcome.message.clone_from(&message);
        outcome.remedy = Some(remedy.clone());
        let written = text(Format::AzureDevops, &report(vec![outcome]));
        let command = Azure::parse(written.lines().next().unwrap()).unwrap();
        prop_assert_eq!(&command.name, "task.logissue");
        prop_assert_eq!(&command.properties["sourcepath"], &file);
        prop_assert_eq!(&command.properties["code"], &id);
        prop_assert_eq!((&command.properties["linenumber"][..], &command.properties["columnnumber"][..]), ("2", "3"));
        prop_assert_eq!(command.message, format!("{message}\nhelp: {remedy}"));
    }
}

#[test]
fn no_text_of_a_file_becomes_a_command() {
    let evil = "x\n::stop-commands::a\r\n##vso[task.setvariable variable=a]b ##[group] \u{1b}[2J";
    let mut outcome = failed(evil, evil);
    outcome.message = evil.to_owned();
    let mut advice = outcome.clone();
    advice.status = Status::Warned;
    advice.severity = Severity::Advice;
    let report = report(vec![outcome, advice]);
    let github = text(Format::Github, &report);
    assert_eq!(github.lines().count(), 3, "{github}");
    assert!(github.lines().take(2).all(|line| {
        Github::parse(line).is_some_and(|command| ["error", "notice"].contains(&command.name.as_str()))
    }));
    assert!(Github::parse(github.lines().last().unwrap()).is_none());
    let azure = text(Format::AzureDevops, &report);
    let commands: Vec<_> = azure.lines().map(Azure::parse).collect();
    assert_eq!(commands.len(), 3, "{azure}");
    assert!(commands[0].as_ref().is_some_and(|command| command.name == "task.logissue"));
    assert!(commands[1].is_none() && commands[2].is_none(), "{azure}");
}

#[test]
fn an_eleventh_annotation_is_told_by_the_tenth() {
    for (found, lines) in [(10, 10), (11, 10), (4_000, 10)] {
        let mut report = report(many(found, 10));
        report.whole = Some("`report.ndjson`".to_owned());
        let github = text(Format::Github, &report);
        let errors: Vec<Github> = github.lines().filter_map(Github::parse).collect();
        assert_eq!(errors.len(), lines);
        let last = &errors[lines - 1].message;
        assert_eq!(last.contains("`report.ndjson`"), found > 10, "{last}");
        assert_eq!(last.contains(&format!("{} more", found - 9)), found > 10, "{last}");
        assert!(
            github
                .ends_with(&format!("peerpath check: {found} checks ran, 0 passed; found: {found} failed\n")),
            "{github}"
        );
        let issues = text(Format::AzureDevops, &report).lines().filter_map(Azure::parse).count();
        assert_eq!(issues, lines);
    }
    // Kinds have their own ten each.
    let mut mixed = many(20, 10);
    for outcome in mixed.iter_mut().skip(10) {
        outcome.status = Status::Warned;
        outcome.severity = Severity::Warning;
    }
    assert_eq!(text(Format::Github, &report(mixed)).lines().filter_map(Github::parse).count(), 20);
}

// --- limits ------------------------------------------------------------------------------------------

#[test]
fn a_comment_and_a_summary_keep_their_limits_and_say_what_is_missing() {
    let mut huge = report(many(3_000, 5_000));
    huge.whole = Some("`report.ndjson`".to_owned());
    huge.views.push(rows(40_000));
    let comment = text(Format::Markdown, &huge);
    assert!(comment.len() < 65_536, "{} bytes", comment.len());
    assert!(comment.starts_with("<!-- peerpath:routing/network.yaml -->\n### peerpath check: ❌ failed\n"));
    assert!(comment.contains("3000 checks ran, 0 passed; found: 3000 failed"));
    assert!(
        comment.contains("and 2,950 more: the complete report is in \\`report.ndjson\\`"),
        "{comment:.3000}"
    );
    assert!(
        comment.contains("**Truncated at the size limit:** the complete report is in \\`report.ndjson\\`")
    );
    assert!(comment.contains("- **input:** network routing/network.yaml"));
    balanced(&comment);

    let summary = text(Format::Summary, &huge);
    assert!((900_000..1_048_576).contains(&summary.len()), "{} bytes", summary.len());
    assert!(summary.contains("**Truncated at the size limit:**"));
    assert!(!summary.contains("<!--"));
    balanced(&summary);
    for room in [5_000, 20_000, 300_000] {
        let options = RenderOptions { room: Some(room), ..RenderOptions::default() };
        let summary = with(Format::Summary, options, &huge);
        assert!(summary.len() <= room, "{} bytes of {room}", summary.len());
        balanced(&summary);
    }
}

#[test]
fn a_comment_shows_two_hundred_rows_and_where_the_rest_is() {
    let mut report = report(vec![failed("a", "f")]);
    report.views.push(rows(300));
    let comment = text(Format::Markdown, &report);
    assert!(comment.contains("<details><summary>300 rows</summary>"));
    assert!(comment.contains("| row 199 |") && !comment.contains("| row 200 |"));
    assert!(
        comment.contains("200 of 300 rows: \\`--out ndjson=FILE\\` writes the complete report"),
        "{comment}"
    );
    assert!(!comment.contains("Truncated at"));
    balanced(&comment);
}

#[test]
fn what_is_folded_is_unfolded_wherever_it_is_cut() {
    let report = report(every_kind());
    let whole = text(Format::Summary, &report);
    for room in (700..whole.len() + 700).step_by(61) {
        let options = RenderOptions { room: Some(room), ..RenderOptions::default() };
        balanced(&with(Format::Summary, options, &report));
    }
}

fn balanced(markdown: &str) {
    assert_eq!(
        markdown.matches("<details>").count(),
        markdown.matches("</details>").count(),
        "{markdown:.2000}"
    );
}

#[test]
fn sarif_keeps_its_limits_and_the_gravest() {
    let mut outcomes = many(5_200, 100);
    for outcome in outcomes.iter_mut().take(5_100) {
        outcome.status = Status::Warned;
        outcome.severity = Severity::Advice;
    }
    let document: Value = serde_json::from_str(&text(Format::Sarif, &report(outcomes))).unwrap();
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 100);
    assert_eq!(results[4_999]["ruleId"], "check-5199");
    let notice = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(notice, "200 results are omitted: `--out ndjson=FILE` writes the complete report");

    let bulky = text(Format::Sarif, &report(many(3_000, 9_000)));
    assert!((9_000_000..10_000_000).contains(&bulky.len()), "{} bytes", bulky.len());
    assert!(bulky.contains("results are omitted"));
}

fn rows(count: usize) -> View {
    let mut view = View::new("changed", &[Column::new("prefix", ColumnKind::Text, "the prefix")]);
    for row in 0..count {
        view.push(vec![format!("row {row}").into()]);
    }
    view
}

// --- content -----------------------------------------------------------------------------------------

#[test]
fn sarif_tells_every_finding_once() {
    let outcomes = every_kind();
    let document: Value = serde_json::from_str(&text(Format::Sarif, &report(outcomes.clone()))).unwrap();
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    let count = |wanted: Status| outcomes.iter().filter(|outcome| outcome.status == wanted).count();
    // What was not evaluated says nothing of the network: a notification of the run, not an alert.
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let open = notifications
        .iter()
        .filter(|one| one["message"]["text"].as_str().unwrap().contains("is not evaluated"));
    assert!(open.clone().all(|one| one["level"] == "note"));
    assert_eq!(open.count(), count(Status::NotEvaluated));
    for (key, status) in [
        ("passed", Status::Passed),
        ("notEvaluated", Status::NotEvaluated),
        ("notApplicable", Status::NotApplicable),
    ] {
        assert_eq!(run["properties"][key], count(status), "{key}");
    }
    let open: Vec<&CheckOutcome> = outcomes
        .iter()
        .filter(|outcome| outcome.status != Status::Passed && !outcome.status.is_open())
        .collect();
    assert_eq!(results.len(), open.len());
    for (result, outcome) in results.iter().zip(open) {
        assert_eq!(result["ruleId"], outcome.id.as_str());
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], outcome.id.as_str());
        let waived = outcome.status == Status::Waived;
        assert_eq!(result["suppressions"][0]["justification"].is_string(), waived);
    }
    let prints: std::collections::BTreeSet<String> =
        results.iter().map(|result| result["partialFingerprints"]["peerpathCheck/v1"].to_string()).collect();
    assert_eq!(prints.len(), results.len());
}

#[test]
fn junit_counts_what_its_readers_count() {
    let outcomes = every_kind();
    let written = text(Format::Junit, &report(outcomes.clone()));
    let read = quick_junit::Report::deserialize_from_str(&written).unwrap();
    let count = |wanted: Status| outcomes.iter().filter(|outcome| outcome.status == wanted).count();
    let warnings = outcomes
        .iter()
        .filter(|one| one.status == Status::Warned && one.severity >= Severity::Warning)
        .count();
    assert_eq!(read.tests, outcomes.len());
    assert_eq!(read.failures, count(Status::Failed) + warnings);
    assert_eq!(read.errors, count(Status::CannotJudge));
    let skipped: usize = read.test_suites.iter().map(|suite| suite.skipped).sum();
    let unevaluated = count(Status::NotEvaluated) + count(Status::NotApplicable);
    assert_eq!(skipped, count(Status::Waived) + unevaluated);
    let mut names: Vec<(String, String)> = read
        .test_suites
        .iter()
        .flat_map(|suite| suite.test_cases.iter().map(|case| (suite.name.to_string(), case.name.to_string())))
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), outcomes.len(), "two cases of one name");

    let mut lenient = report(outcomes);
    lenient.fail_on = Severity::Error;
    let lenient = quick_junit::Report::deserialize_from_str(&text(Format::Junit, &lenient)).unwrap();
    assert_eq!(lenient.failures, read.failures - warnings);
}

// --- the program -------------------------------------------------------------------------------------

fn peerpath(arguments: &[&str]) -> (Option<i32>, String) {
    let output = crate::peerpath().args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

const PAIR: &str = "tests/ui/lint/power-platform-pair/input.yaml";
const EMPTY: &str = "tests/ui/network/empty/input.yaml";

#[test]
fn two_runs_write_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for run in ["first", "second"] {
        let place = folder.path().join(run);
        fs::create_dir(&place).unwrap();
        let outs: Vec<String> = Format::ALL
            .iter()
            .map(|format| format!("--out={format}={}", place.join(format.name()).display()))
            .collect();
        let mut arguments = vec!["check", PAIR];
        arguments.extend(outs.iter().map(String::as_str));
        let (code, stdout) = peerpath(&arguments);
        assert_eq!(code, Some(1));
        let read = |format: &Format| fs::read(place.join(format.name())).unwrap();
        runs.push((stdout, Format::ALL.iter().map(read).collect::<Vec<_>>()));
    }
    assert!(runs[0].1.iter().all(|bytes| bytes.len() > 100));
    assert_eq!(runs[0].0, runs[1].0);
    for (index, format) in Format::ALL.iter().enumerate() {
        assert!(runs[0].1[index] == runs[1].1[index], "{format}");
    }
}

#[test]
fn the_exit_code_says_the_verdict() {
    let cases: [(&[&str], i32); 9] = [
        (&["check", "examples/demo/network.yaml"], 0),
        (&["check", "examples/demo/network.yaml", "--fail-on", "advice"], 1),
        (&["check", PAIR], 1),
        (&["check", PAIR, "--detailed-exitcode"], 3),
        (&["check", PAIR, "--exit-zero", "--detailed-exitcode"], 0),
        (&["check", PAIR, "--fail-on", "error"], 0),
        (&["check", EMPTY], 2),
        (&["check", EMPTY, "--exit-zero"], 2),
        (&["check", PAIR, "--format", "xlsx"], 2),
    ];
    for (arguments, wanted) in cases {
        assert_eq!(peerpath(arguments).0, Some(wanted), "{arguments:?}");
    }
}

#[test]
fn a_network_file_may_come_by_standard_input() {
    let output = crate::peerpath()
        .args(["check", "-", "--format", "github"])
        .stdin(fs::File::open(PAIR).unwrap())
        .output()
        .unwrap();
    let (code, by_name) = peerpath(&["check", PAIR, "--format", "github"]);
    assert_eq!(output.status.code(), code);
    let by_name = by_name.replace(PAIR, "-");
    assert!(by_name.contains("file=-,line="));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), by_name);
}

#[test]
fn a_file_that_cannot_be_used_is_annotated_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("checks.xml");
    let (code, stdout) =
        peerpath(&["check", EMPTY, "--out", "github=", &format!("--out=junit={}", junit.display())]);
    assert_eq!(code, Some(2));
    let command = Github::parse(stdout.lines().next().unwrap()).unwrap();
    assert_eq!((command.name.as_str(), command.properties["line"].as_str()), ("error", "2"));
    let read = quick_junit::Report::deserialize_from_str(&fs::read_to_string(junit).unwrap()).unwrap();
    assert_eq!((read.tests, read.errors), (1, 1));
}

#[test]
fn a_summary_is_appended_to_and_stays_below_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("summary.md");
    let append = || peerpath(&["check", PAIR, "--quiet", &format!("--out=summary={}", file.display())]);
    fs::write(&file, "before\n").unwrap();
    append();
    append();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("before\n"));
    assert_eq!(text.matches("### peerpath check: ⚠️ warnings").count(), 2);

    for before in [1_048_000 - 4_000 - 1, 1_048_000 - 3_000, 1_048_576] {
        fs::write(&file, "x".repeat(before)).unwrap();
        append();
        let after = Path::new(&file).metadata().unwrap().len();
        assert!(after <= 1_048_576, "{before} grew to {after}");
        assert_eq!(after > before as u64, before < 1_044_000, "{before}");
    }
}

#[test]
fn whatever_keeps_a_command_from_its_verdict_is_in_every_output() {
    let folder = tempfile::tempdir().unwrap();
    let demo = "examples/demo/network.yaml";
    let cases: [&[&str]; 4] = [
        &["check", "no-such-file.yaml"],
        &["diff", demo, EMPTY],
        &["diff", demo, PAIR, "--intent", "no-such-file.yaml"],
        &["diff", demo, "git:no-such-revision:network.yaml"],
    ];
    for arguments in cases {
        let comment = folder.path().join("comment.md");
        fs::write(&comment, "### peerpath diff: ✅ passed\n").unwrap();
        let out = format!("--out=markdown={}", comment.display());
        let (code, stdout) = peerpath(&[arguments, &[&out, "--out=github="]].concat());
        assert_eq!(code, Some(2), "{arguments:?}");
        let comment = fs::read_to_string(comment).unwrap();
        assert!(comment.contains("❔ cannot judge") && !comment.contains("✅"), "{arguments:?}: {comment}");
        assert_eq!(stdout.lines().filter_map(Github::parse).count(), 1, "{arguments:?}: {stdout}");
    }
}

#[test]
fn a_change_without_an_intent_does_not_look_passed() {
    let (code, comment) = peerpath(&["diff", "examples/demo/network.yaml", PAIR, "--format", "markdown"]);
    assert_eq!(code, Some(1));
    assert!(comment.contains("### peerpath diff: ⚠️ warnings\n"), "{comment:.400}");
    let (code, comment) = peerpath(&["diff", PAIR, PAIR, "--format", "markdown"]);
    assert_eq!(code, Some(0));
    assert!(comment.contains("### peerpath diff: ✅ passed\n"), "{comment:.400}");
}
