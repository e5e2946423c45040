//! `peerpath catalog …`

use std::fs;
use std::path::Path;

#[cfg(feature = "fetch")]
mod fetch;

use super::super::args::{
    CatalogCommand, CatalogDiffArgs, CatalogImportArgs, CatalogList, CatalogListArgs, CatalogSearchArgs,
    CatalogShowArgs, CatalogVerifyArgs, Global,
};
use super::super::error::CliError;
use super::super::exit::Exit;
use crate::catalog::import::FeedNotes;
use crate::catalog::{self, Catalog, Cloud, Feed, snapshot};
use crate::cli::console;
use crate::cli::inputs::opened;
use crate::cli::record_names::no_such_record;
use crate::cli::{inputs, output};
use crate::report::views::catalog as views;
use crate::report::{Format, Note, Report, View, catalog_sources};

pub(super) fn run(global: &Global, command: &CatalogCommand) -> Result<Exit, CliError> {
    match command {
        CatalogCommand::List(args) => list(global, args),
        CatalogCommand::Search(args) => search(global, args),
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
    let (view, brief): (View, &[&str]) = match args.list {
        CatalogList::Feeds => {
            (views::feeds(&catalog), &["kind", "edition", "date", "origin", "records", "prefixes", "name"])
        }
        CatalogList::Tags => (views::tags(&catalog), &["tag", "product", "ipv4_addresses", "ipv6_addresses"]),
        CatalogList::Sets => {
            (views::sets(&catalog), &["set", "product", "category", "express_route", "ports"])
        }
        CatalogList::Communities => (views::communities(&catalog), &["community", "names", "ipv4_addresses"]),
        CatalogList::Products => (views::products(&catalog), &["product", "name", "support", "communities"]),
        CatalogList::Rules => (views::rules(), &["rule", "title"]),
    };
    let report = report("peerpath.catalog-list/1", &catalog, vec![view]);
    output::write(&report, args.format.parse()?, &[], Some(brief), global)?;
    Ok(Exit::Success)
}

/// Runs `peerpath catalog search`; the exit code is 1 if nothing is found.
fn search(global: &Global, args: &CatalogSearchArgs) -> Result<Exit, CliError> {
    let catalog = inputs::catalog(global, cloud(global))?;
    let view = views::search(&catalog, &args.word);
    let exit = if view.rows.is_empty() { Exit::Findings } else { Exit::Success };
    let mut report = report("peerpath.catalog-search/1", &catalog, vec![view]);
    if exit == Exit::Findings {
        report.notes.push(Note::warning(format!(
            "no name in the {} cloud contains `{}`",
            catalog.cloud(),
            args.word
        )));
    }
    output::write(&report, args.format.parse()?, &[], None, global)?;
    Ok(exit)
}

fn show(global: &Global, args: &CatalogShowArgs) -> Result<Exit, CliError> {
    let catalog = inputs::catalog(global, cloud(global))?;
    let mut views = record(&catalog, &args.name)?;
    // A name may match several records: repeated views are numbered from 2.
    let mut seen: Vec<String> = Vec::new();
    for view in &mut views {
        let before = seen.iter().filter(|name| **name == view.name).count();
        seen.push(view.name.clone());
        if before > 0 {
            view.name = format!("{}-{}", view.name, before + 1);
        }
    }
    output::write(
        &report("peerpath.catalog-show/1", &catalog, views),
        args.format.parse()?,
        &[],
        None,
        global,
    )?;
    Ok(Exit::Success)
}

/// Finds the record with a name: tries service tags, `m365:ID`, community values, community names and products, in this
/// order.
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
    if !found.is_empty() {
        return Ok(found);
    }
    let product = catalog.product(name).ok_or_else(|| no_such_record(catalog, name))?;
    Ok(views::product(catalog, product))
}

/// Runs `peerpath catalog import`: converts feed files to the format of `prefixes/`, one file per feed.
fn import(global: &Global, args: &CatalogImportArgs) -> Result<Exit, CliError> {
    // All feeds are read before anything is written.
    let mut feeds = Vec::new();
    for file in &args.files {
        feeds.push((file, opened::feed(file)?));
    }
    let written = |feed: &Feed| args.output.join(snapshot::path(&feed.provenance));
    let mut texts = Vec::new();
    for (_, (feed, _)) in &feeds {
        let path = written(feed);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| CliError::Write { path: path.clone(), source })?;
        }
        texts.push((path, snapshot::write(feed)));
    }
    output::replace(&texts)?;
    let mut tolerated = 0;
    for (file, (feed, notes)) in &feeds {
        tolerated += notes.total();
        if !global.quiet {
            for line in imported(file, &written(feed), feed, notes) {
                console::note(&line);
            }
        }
    }
    if global.strict && tolerated > 0 {
        return Err(CliError::Strict { what: format!("{tolerated} irregularities in feeds were tolerated") });
    }
    Ok(Exit::Success)
}

/// Returns a line about the imported feed, then one line for each kind of tolerated irregularity.
fn imported(file: &Path, path: &Path, feed: &Feed, notes: &FeedNotes) -> Vec<String> {
    let head = format!(
        "{}: {} of the {} cloud, edition {}, {} records -> {}",
        file.display(),
        feed.provenance.kind,
        feed.provenance.cloud,
        feed.provenance.edition,
        feed.records.len(),
        path.display()
    );
    let tolerated =
        notes.iter().map(|(tolerance, count, example)| format!("  {count} x {tolerance}, such as {example}"));
    std::iter::once(head).chain(tolerated).collect()
}

/// Runs `peerpath catalog diff`; the exit code is 1 if the editions differ.
fn diff(global: &Global, args: &CatalogDiffArgs) -> Result<Exit, CliError> {
    let cloud = cloud(global);
    let old = edition(&args.old, cloud)?;
    let new = edition(&args.new, cloud)?;
    let found = catalog::diff(&old, &new)?;
    let mut report = report("peerpath.catalog-diff/1", &old, views::diff(&found, args.top));
    report.catalog.extend(catalog_sources(&new));
    report.notes.extend(found.not_compared.iter().map(|list| Note::warning(list.to_string())));
    if found.is_empty() {
        report.notes.push(Note::advice("the two editions are the same"));
    }
    output::write(&report, args.format.parse()?, &[], None, global)?;
    Ok(if found.is_empty() { Exit::Success } else { Exit::Findings })
}

/// Loads one side of a comparison: `shipped`, or only the feeds at a path.
fn edition(path: &Path, cloud: Cloud) -> Result<Catalog, CliError> {
    if path.as_os_str() == "shipped" {
        return Ok(Catalog::shipped(cloud)?);
    }
    let mut builder = Catalog::builder(cloud).without_shipped();
    for (feed, _) in opened::feeds(path, cloud)? {
        builder = builder.add(feed);
    }
    Ok(builder.build()?)
}

/// Runs `peerpath catalog verify`; the exit code is 1 if there are findings.
fn verify(global: &Global, args: &CatalogVerifyArgs) -> Result<Exit, CliError> {
    let found = match &args.directory {
        Some(folder) => catalog::verify_folder(folder).map_err(CliError::read(folder))?,
        None => catalog::verify_shipped(),
    };
    let nothing = found.files.is_empty();
    let mut report = Report::new("peerpath.catalog-verify/1", env!("CARGO_PKG_VERSION"));
    report.views = views::verification(&found);
    if nothing {
        report.notes.push(Note::warning("no snapshot file was found: nothing was verified"));
    } else if found.findings.is_empty() {
        report.notes.push(Note::advice(
            "all files are valid, canonical and unaltered, and name their originals; no address is in two regions",
        ));
    }
    output::write(&report, Format::Table, &[], None, global)?;
    Ok(match (nothing, found.findings.is_empty()) {
        (true, _) => Exit::CannotJudge,
        (false, true) => Exit::Success,
        (false, false) => Exit::Findings,
    })
}
