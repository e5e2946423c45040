//! `peerpath export`

use super::super::args::{ExportCommand, ExportFrrArgs, Global, VantageArgs};
use super::super::console::Shape;
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::Inputs;
use super::super::output;
use crate::export::frr::frr;

pub(super) fn run(global: &Global, command: &ExportCommand) -> Result<Exit, CliError> {
    match command {
        ExportCommand::Frr(args) => export_frr(global, args),
    }
}

fn export_frr(global: &Global, args: &ExportFrrArgs) -> Result<Exit, CliError> {
    let inputs = Inputs::load(global, Some(&args.network))?;
    let vantage = VantageArgs { network: Some(args.network.clone()), from: args.site.clone() };
    // With a network file there is always a vantage point, or an error.
    let Some((network, site)) = inputs.vantage(&vantage, false)? else { return Ok(Exit::Success) };
    let text = frr(network, site).map_err(|errors| CliError::Frr { errors })?;
    output::document(&text, Shape::Data)?;
    Ok(Exit::Success)
}
