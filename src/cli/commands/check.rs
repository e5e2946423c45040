//! `peerpath check`

use std::fs;

use super::super::args::{CheckArgs, ExplainFormat, Global};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::read_network;
use super::super::{output, render};
use crate::check::lint;
use crate::diag::{Diagnostics, Severity, Source};
use crate::report::{Format, Input, Report, catalog_sources, check::findings};

/// The version of the JSON document.
const SCHEMA: &str = "peerpath.check/1";

pub(super) fn run(global: &Global, args: &CheckArgs) -> Result<Exit, CliError> {
    let path = args.file.as_path();
    let bytes = fs::read(path).map_err(CliError::read(path))?;
    let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned());
    let (catalog, network, mut found) = read_network(global, path, &source)?;
    found.extend(lint(&network, &catalog)?);
    let found = found.sorted();
    match args.format {
        ExplainFormat::Text => output::text(&text(&found, global, source.name()))?,
        ExplainFormat::Json => {
            let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
            report.catalog = catalog_sources(&catalog);
            report.inputs.push(Input {
                kind: "network".to_owned(),
                name: path.display().to_string(),
                bytes: Some(bytes.len() as u64),
                sha256: Some(crate::catalog::sha256_hex(&bytes)),
            });
            report.views.push(findings(&found));
            output::write(&report, Format::Json, &[], None, global)?;
        }
    }
    Ok(if found.count(Severity::Warning) > 0 { Exit::Findings } else { Exit::Success })
}

/// Every finding drawn into the file, then how many there are.
fn text(found: &Diagnostics, global: &Global, name: &str) -> String {
    let colour = render::colours(global.color, &std::io::stdout());
    let mut text = String::new();
    for diagnostic in found.iter() {
        text.push_str(&render::draw(diagnostic, colour));
        text.push('\n');
    }
    let (warnings, advice) = (found.count(Severity::Warning), found.count(Severity::Advice));
    let warnings = match warnings {
        0 => "no warnings".to_owned(),
        1 => "1 warning".to_owned(),
        many => format!("{many} warnings"),
    };
    let advice = if advice == 0 { String::new() } else { format!(", {advice} of advice") };
    text.push_str(&format!("{name}: {warnings}{advice}\n"));
    text
}
