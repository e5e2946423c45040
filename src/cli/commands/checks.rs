//! The user's checks: read from the network file and beside it, judged for `check` and `diff`.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::args::{ChecksArgs, Global};
use super::super::error::CliError;
use super::super::inputs::show;
use crate::catalog::Catalog;
use crate::check::{Checks, Judged, Subject, read_checks, read_checks_file, run_checks};
use crate::diag::{Diagnostics, Severity, Source};
use crate::engine::{Explanation, Inputs};
use crate::network::Network;
use crate::report::Input;
use crate::report::reason::Names;
use crate::report::sentences::sentences;

/// The checks of a network file, whose own mistakes were told when it was read, and of the files beside it.
pub(super) fn gather(
    global: &Global,
    args: &ChecksArgs,
    network: &Network,
    catalog: &Catalog,
) -> Result<(Checks, Vec<Input>), CliError> {
    let (mut checks, _) = read_checks(&network.source, Some(network), catalog);
    let mut inputs = Vec::new();
    for path in &args.checks {
        let bytes = fs::read(path).map_err(CliError::read(path))?;
        let name = path.display().to_string();
        let source = Source::new(name.as_str(), String::from_utf8_lossy(&bytes).into_owned());
        let (more, mut told) = read_checks_file(&source, Some(network), catalog);
        told.extend(checks.join(more));
        refuse(global, path, &told)?;
        let sha256 = Some(crate::catalog::sha256_hex(&bytes));
        inputs.push(Input { kind: "checks".to_owned(), name, bytes: Some(bytes.len() as u64), sha256 });
    }
    Ok((checks, inputs))
}

/// Shows what is to be said about a file of checks; an error where it cannot be used.
fn refuse(global: &Global, path: &PathBuf, told: &Diagnostics) -> Result<(), CliError> {
    if told.has_errors() || !global.quiet {
        show(told, global)?;
    }
    match told.count(Severity::Error) {
        0 => Ok(()),
        errors => Err(CliError::Unusable { path: path.clone(), errors }),
    }
}

/// What the checks come to.
pub(super) fn judge(inputs: Inputs<'_>, checks: &Checks, args: &ChecksArgs) -> Result<Judged, CliError> {
    let names = Names { catalog: inputs.catalog, network: Some(inputs.network) };
    let tell = |explanation: &Explanation<'_>| sentences(explanation, names);
    Ok(run_checks(Subject { inputs, today: today(args), tell: &tell }, checks)?)
}

/// The day that waivers are held against: the one given, or today's in UTC.
pub(super) fn today(args: &ChecksArgs) -> Date {
    args.today.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date())
}
