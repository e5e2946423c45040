//! Checks as JUnit XML, which Azure Pipelines, GitLab, Jenkins and GitHub's report actions read.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use crate::check::{CheckKind, CheckOutcome, Status};
use crate::report::check_text::{Lines, command, names, path_of, sentences};
use crate::report::text::visible;
use crate::report::{Format, Render, Report};

/// Writes checks as JUnit XML: one suite for each kind of check, one case for each outcome.
/// A failed check is written as `failure`, a check that cannot be evaluated as `error`. A waived check, a rule that was
/// not evaluated and a rule that does not apply are `skipped`, with their reason. A warning below the severity that fails the run is reported as passed and appears
/// in `system-out`. Times are omitted because
/// they would differ from run to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct JunitRenderer;

impl Render for JunitRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Junit.check(report)?;
        let mut document = Document::new(command(report));
        let cases: Vec<(CheckKind, TestCase)> = report
            .checks
            .iter()
            .zip(names(&report.checks))
            .map(|(outcome, name)| (outcome.kind, case(report, outcome, &name)))
            .collect();
        for kind in CheckKind::ALL {
            let mut suite = TestSuite::new(format!("peerpath.{}", kind.word()));
            suite.add_test_cases(cases.iter().filter(|(of, _)| *of == kind).map(|(_, case)| case.clone()));
            if suite.tests > 0 {
                document.add_test_suite(suite);
            }
        }
        let text = document.to_string().map_err(io::Error::other)?;
        out.write_all(schema_conforming(&text, document.skipped).as_bytes())
    }
}

/// Removes the root's `skipped`, which quick-junit writes: the Jenkins schema allows it only on a suite.
fn schema_conforming(text: &str, skipped: usize) -> String {
    text.replacen(&format!(" skipped=\"{skipped}\""), "", 1)
}

fn case(report: &Report, outcome: &CheckOutcome, name: &str) -> TestCase {
    let text = text(outcome);
    let mut status = match outcome.status {
        Status::Waived | Status::NotApplicable | Status::NotEvaluated => TestCaseStatus::skipped(),
        Status::CannotJudge => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ if outcome.objects(report.fail_on) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Passed | Status::Warned | Status::Failed => TestCaseStatus::success(),
    };
    let passes = matches!(status, TestCaseStatus::Success { .. });
    if !passes {
        status.set_type(outcome.word()).set_message(xml(&outcome.message)).set_description(text.as_str());
    }
    let mut case = TestCase::new(xml(name), status);
    case.set_classname(format!("peerpath.{}", outcome.kind.word()));
    match (passes, outcome.status) {
        (true, Status::Warned) => _ = case.set_system_out(format!("{}: {text}", outcome.word())),
        // What was examined.
        (true, Status::Passed) => _ = case.set_system_out(xml(&outcome.message)),
        _ => {}
    }
    case
}

/// Returns the place and the text of an outcome, line by line.
fn text(outcome: &CheckOutcome) -> String {
    let place = outcome.place.as_ref().map(|place| format!("{}:{}", path_of(place), Lines::of(place).line));
    let lines: Vec<String> = place.into_iter().chain(sentences(outcome)).map(|line| xml(&line)).collect();
    lines.join("\n")
}

/// Returns text on one line without characters that XML 1.0 forbids (its section 2.2).
fn xml(text: &str) -> String {
    visible(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
