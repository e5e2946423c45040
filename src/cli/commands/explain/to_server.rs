//! `peerpath explain REMOTE --to SERVER`: inbound connections.

use std::collections::BTreeSet;

use super::super::super::args::{ExplainArgs, ExplainFormat, Global};
use super::super::super::console::Shape;
use super::super::super::error::CliError;
use super::super::super::exit::Exit;
use super::super::super::inputs::{Inputs, Target};
use super::{Passed, output};
use crate::engine::{Passing, Vantage, to_server};
use crate::report::document;
use crate::report::explain::reason::Names;
use crate::report::explain::to_server::{json, text};

/// Explains inbound connections from the targets to the server `to`.
pub(super) fn run(global: &Global, args: &ExplainArgs, to: &str) -> Result<Exit, CliError> {
    let mut remotes = Vec::new();
    for target in &args.targets {
        match Target::of(target, global)? {
            Target::Address(address) => remotes.push(address),
            Target::Prefix(prefix) => return Err(CliError::NoRemote { text: prefix.to_string() }),
            Target::Host(text) | Target::Product(text) => return Err(CliError::NoRemote { text }),
        }
    }
    let inputs = Inputs::load(global, args.vantage.network.as_deref())?;
    // The argument parser requires a network file.
    let Some(loaded) = inputs.engine_inputs() else { return Ok(Exit::Success) };
    let network = loaded.network;
    let Some((id, _)) = network.published_named(to) else {
        let known = network.published_with_ids().map(|(_, server)| format!("`{}`", server.name)).collect();
        let path = args.vantage.network.clone().unwrap_or_default();
        return Err(CliError::Server { path, name: to.to_owned(), known });
    };
    let names = Names { catalog: &inputs.catalog, network: Some(network) };
    let explained =
        remotes.into_iter().map(|remote| to_server(loaded, id, remote)).collect::<Result<Vec<_>, _>>()?;
    let from = Passing::of(network).zip(Some(Vantage::Site(id.site)));
    let mut passed = Passed { passing: from, notes: BTreeSet::new() };
    for one in &explained {
        passed.see(names, one.reply.address, &one.reply.decision, None);
    }
    match args.format {
        ExplainFormat::Text => {
            let mut texts: Vec<String> = explained.iter().map(|one| text(one, names)).collect();
            texts.extend(passed.text());
            let head = passed.head(&inputs);
            output::text_of(&head, &texts.join("\n"))?;
            output::print_age(&head, global);
        }
        ExplainFormat::Json => {
            let documents = explained.iter().map(|one| json(one, names)).collect();
            output::document(&document(&passed.head(&inputs), documents), Shape::Json)?;
        }
    }
    Ok(Exit::Success)
}
