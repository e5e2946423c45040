//! `peerpath catalog …`

use std::fs;
use std::path::Path;

#[cfg(feature = "fetch")]
mod fetch;

use super::super::args::{
    CatalogCommand, CatalogDiffArgs, CatalogImportArgs, CatalogListArgs, CatalogShowArgs, CatalogVerifyArgs, Global,
};
use super::super::exit::Exit;
use super::super::inputs::{self, CliError};
use super::super::output;
use crate::catalog::{Catalog, Cloud};
use crate::report::catalog as views;
use crate::report::{Report, View, catalog_sources};

pub(super) fn run(global: &Global, command: &CatalogCommand) -> Result<Exit, CliError> {
    match command {
        CatalogCommand::List(args) => list(global, args),
        CatalogCommand::Show(args) => show(global, args),
        CatalogCommand::Import(args) => import(global, args),
        CatalogCommand::Diff(args) => diff(global, args),
        CatalogCommand::Verify(args) => verify(global, args),
        #[cfg(feature = "fetch")]
        CatalogCommand::Fetch(args) => fetch::run(global, args),
    }
}

fn cloud(global: &Global) -> Cloud {
    global.cloud.map(Cloud::from).unwrap_or_default()
}

fn report(schema: &'static str, catalog: &Catalog, views: Vec<View>) -> Report {
    let mut report = Report::new(schema, env!("CARGO_PKG_VERSION"));
    report.catalog = catalog_sources(catalog);
    report.views = views;
    report
}

fn list(global: &Global, args: &CatalogListArgs) -> Result<Exit, CliError> {
    let catalog = inputs::catalog(global, cloud(global))?;
    let report = report("peerpath.catalog-list/1", &catalog, vec![views::feeds(&catalog)]);
    let brief: &[&str] = &["kind", "edition", "date", "origin", "records", "prefixes", "name"];
    output::write(&report, args.format.parse()?, &[], Some(brief), global)?;
    Ok(Exit::Success)
}

fn show(global: &Global, args: &CatalogShowArgs) -> Result<Exit, CliError> {
    let catalog = inputs::catalog(global, cloud(global))?;
    let views = record(&catalog, &args.name)?;
    output::write(&report("peerpath.catalog-show/1", &catalog, views), args.format.parse()?, &[], None, global)?;
    Ok(Exit::Success)
}

/// The record of a name: tag, `m365:ID`, community value, community name, in this order.
fn record(catalog: &Catalog, name: &str) -> Result<Vec<View>, CliError> {
    if let Some(tag) = catalog.tag(name) {
        return Ok(views::tag(tag));
    }
    if let Some(id) = name.strip_prefix("m365:").and_then(|id| id.parse::<u32>().ok()) {
        let sets: Vec<View> =
            catalog.endpoint_sets().iter().filter(|set| set.id == id).flat_map(views::endpoint_set).collect();
        if !sets.is_empty() {
            return Ok(sets);
        }
    }
    let communities = match name.parse() {
        Ok(value) => vec![value],
        Err(_) => catalog.communities_named(name),
    };
    let found: Vec<View> = communities
        .iter()
        .filter_map(|value| Some(views::community(catalog.community(*value)?, catalog.routes(*value))))
        .flatten()
        .collect();
    if found.is_empty() {
        return Err(CliError::NoSuchRecord { name: name.to_owned(), cloud: catalog.cloud(), near: near(catalog, name) });
    }
    Ok(found)
}

/// Up to five names that contain what was asked for, or the other way round.
fn near(catalog: &Catalog, name: &str) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let tags = catalog.tags().iter().map(|tag| tag.name.as_str());
    let communities = catalog.communities().iter().flat_map(|community| community.names.iter().map(String::as_str));
    tags.chain(communities)
        .filter(|known| {
            let known = known.to_ascii_lowercase();
            known.contains(&wanted) || wanted.contains(&known)
        })
        .take(5)
        .map(|known| format!("`{known}`"))
        .collect()
}

fn import(_: &Global, _: &CatalogImportArgs) -> Result<Exit, CliError> {
    Ok(Exit::Success)
}
fn diff(_: &Global, _: &CatalogDiffArgs) -> Result<Exit, CliError> {
    Ok(Exit::Success)
}
fn verify(_: &Global, _: &CatalogVerifyArgs) -> Result<Exit, CliError> {
    Ok(Exit::Success)
}
