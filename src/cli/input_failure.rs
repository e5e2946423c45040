//! What kept a command from its verdict, in the outputs that were asked for: a comment of the last run must not go on
//! telling that run's verdict.

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

/// Writes a report of one check that cannot be judged to the files, and hands the error back. A file that cannot be
/// written either is passed over: the error is the one that the user must mend.
pub(super) fn unjudged(
    schema: &'static str,
    network: &Path,
    files: &[OutFile],
    error: CliError,
    global: &Global,
) -> CliError {
    // Where an output cannot be written all of them stay as they were.
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
        witness: None,
        waiver: None,
    });
    report.views.push(checks(&report.checks));
    // Its own failure would hide why there is no verdict.
    let _ = output::write_files(&report, files, None, global);
    error
}
