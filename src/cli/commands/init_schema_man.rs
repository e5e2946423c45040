//! Commands that write built-in files: the network file template, schemas, completions, the manual page.

use clap::CommandFactory;

use crate::cli::args::{Cli, CompletionsArgs, InitArgs, SchemaArgs};
use crate::cli::console::Shape;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::network;

/// Runs `peerpath init`.
pub(super) fn init(args: &InitArgs) -> Result<Exit, CliError> {
    match &args.output {
        Some(path) => output::create_new(path, network::TEMPLATE)?,
        None => output::document(network::TEMPLATE, Shape::Data)?,
    }
    Ok(Exit::Success)
}

/// Runs `peerpath schema`.
#[cfg(feature = "schema")]
pub(super) fn schema(args: &SchemaArgs) -> Result<Exit, CliError> {
    match args.format {
        crate::cli::args::SchemaName::Network => output::document(&network::schema(), Shape::Json)?,
        crate::cli::args::SchemaName::Checks => output::document(&network::checks_schema(), Shape::Json)?,
        crate::cli::args::SchemaName::Intent => output::document(&network::intent_schema(), Shape::Json)?,
        crate::cli::args::SchemaName::Scenario => {
            output::document(&crate::sim::scenario::schema(), Shape::Json)?;
        }
    }
    Ok(Exit::Success)
}

/// Rejects `peerpath schema` in a build without the feature.
#[cfg(not(feature = "schema"))]
pub(super) fn schema(_: &SchemaArgs) -> Result<Exit, CliError> {
    Err(CliError::Feature { feature: "schema" })
}

/// Runs `peerpath completions`.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "peerpath", &mut script);
    output::document(&String::from_utf8_lossy(&script), Shape::Data)?;
    Ok(Exit::Success)
}

/// Runs `peerpath man`.
pub(super) fn man() -> Result<Exit, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(CliError::stdout)?;
    output::document(&String::from_utf8_lossy(&page), Shape::Data)?;
    Ok(Exit::Success)
}
