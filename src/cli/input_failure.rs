//! Writes a missing verdict, and its cause, to the requested outputs. Otherwise the pull request comment would
//! still show the verdict of the last run.

use std::path::Path;

use crate::check::{CheckKind, CheckOutcome, Status};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::output::OutFile;
use crate::cli::render;
use crate::diag::Severity;
use crate::report::views::check::checks;
use crate::report::{Input, Report};

/// Writes a report with one check without a verdict to the files, and returns the error. A file that cannot be written
/// is skipped: the user must fix the returned error first.
pub(super) fn write_failure(
    schema: &'static str,
    network: &Path,
    files: &[OutFile],
    error: CliError,
    global: &Global,
) -> CliError {
    // If one output cannot be written, all of them stay as they were.
    if error.is_broken_pipe() || matches!(error, CliError::Write { .. }) {
        return error;
    }
    let mut report = Report::new(schema, env!("CARGO_PKG_VERSION"));
    report.inputs.push(Input {
        kind: "network".to_owned(),
        name: network.display().to_string(),
        bytes: None,
        sha256: None,
    });
    report.checks.push(CheckOutcome {
        id: "inputs".to_owned(),
        kind: CheckKind::Input,
        title: "every input can be read and used".to_owned(),
        severity: Severity::Error,
        status: Status::CannotJudge,
        message: render::chain(&error),
        remedy: None,
        explanation: None,
        place: None,
        covered: None,
        witness: None,
        waiver: None,
    });
    report.views.push(checks(&report.checks));
    // An error here would hide the cause of the missing verdict.
    let _ = output::write_files(&report, files, None, global);
    error
}
