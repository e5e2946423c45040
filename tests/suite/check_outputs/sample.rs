//! Reports of checks to write.

use peerpath::check::{CheckKind, CheckOutcome, FindingPlace, Status, Waiver, Witness};
use peerpath::diag::{Severity, Source, Span};
use peerpath::report::{Input, Report};

/// A report of these outcomes about `routing/network.yaml`.
pub(crate) fn report(checks: Vec<CheckOutcome>) -> Report {
    let mut report = Report::new("peerpath.check/2", "0.1.0");
    report.inputs.push(Input {
        kind: "network".to_owned(),
        name: "routing/network.yaml".to_owned(),
        bytes: Some(12),
        sha256: Some("ab".repeat(32)),
    });
    report.checks = checks;
    report
}

/// An assertion that failed at the third character of the second line.
pub(crate) fn failed(id: &str, file: &str) -> CheckOutcome {
    CheckOutcome {
        id: id.to_owned(),
        kind: CheckKind::Assertion,
        title: "it stays private".to_owned(),
        severity: Severity::Error,
        status: Status::Failed,
        message: "4 addresses leave by `internet`".to_owned(),
        remedy: None,
        explanation: None,
        place: Some(FindingPlace { source: Source::new(file, "a\n  bcd\ne\n"), span: Span::new(4, 3) }),
        covered: None,
        witness: None,
        waiver: None,
    }
}

/// That many failed assertions, each with a message of that many bytes.
pub(crate) fn many(count: usize, bytes: usize) -> Vec<CheckOutcome> {
    let mut outcomes = vec![failed("", "routing/network.yaml"); count];
    for (number, outcome) in outcomes.iter_mut().enumerate() {
        outcome.id = format!("check-{number}");
        outcome.message = "m".repeat(bytes);
    }
    outcomes
}

/// Every status of every kind at every severity that it may have, with text that no format may take for its own.
pub(crate) fn every_kind() -> Vec<CheckOutcome> {
    let awkward = "a <b> & \"c\" ]]> | `d` \u{1b}[31m \u{0} \u{fffe} %0A ::error:: ##vso[x]\nline é 漢 🛰";
    let mut outcomes = Vec::new();
    for kind in CheckKind::ALL {
        for status in Status::ALL {
            for severity in [Severity::Advice, Severity::Warning, Severity::Error] {
                if (status, severity) == (Status::Warned, Severity::Error) {
                    continue; // What is grave and does not hold has failed.
                }
                let mut outcome = failed(&format!("{}-{severity}", kind.word()), "routing/net work.yaml");
                outcome.kind = kind;
                outcome.status = status;
                outcome.severity = severity;
                outcome.message = format!("{severity}: {awkward}");
                awkward.clone_into(&mut outcome.title);
                outcome.remedy = (severity > Severity::Advice).then(|| awkward.to_owned());
                outcome.explanation =
                    (kind == CheckKind::Lint).then_some("what it means. Source: Microsoft.");
                outcome.waiver = (status == Status::Waived)
                    .then(|| Waiver { reason: awkward.to_owned(), expires: jiff::civil::date(2026, 12, 31) });
                outcome.witness = (status == Status::Failed).then(|| Witness {
                    vantage: "amsterdam".to_owned(),
                    address: "2603:1030::1".parse().unwrap(),
                    explanation: vec![awkward.to_owned(), "it goes there".to_owned()],
                });
                if severity == Severity::Advice {
                    outcome.place = None;
                }
                outcomes.push(outcome);
            }
        }
    }
    // A place over two lines.
    let mut over = failed("over-two-lines", "routing/network.yaml");
    over.place = Some(FindingPlace {
        source: Source::new("./routing/network.yaml", "ab\ncd\n"),
        span: Span::new(1, 3),
    });
    outcomes.push(over);
    outcomes
}
