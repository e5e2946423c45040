//! `peerpath bisect`

use std::path::PathBuf;

use super::super::args::{BisectArgs, Global};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::read_as_v4;
use crate::catalog::{Catalog, Feed, files};
use crate::check::diff::{ChangeKind, outcome_at, steps};
use crate::cli::inputs::opened;
use crate::cli::inputs::pair::{Pair, Text};
use crate::cli::output;
use crate::engine::Vantage;
use crate::report::views::bisect::{Edition, history};
use crate::report::{Format, Note, Report, catalog_sources};

/// The version of the report.
const SCHEMA: &str = "peerpath.bisect/1";

pub(super) fn run(global: &Global, args: &BisectArgs) -> Result<Exit, CliError> {
    let format: Format = args.format.parse()?;
    let outs = output::files(&args.out)?;
    let address = read_as_v4(args.address, global);
    let cloud = Text::read(&args.network)?.cloud(global);
    let mut passed = 0;
    let mut feeds: Vec<Feed> = Vec::new();
    for file in edition_files(&args.editions)? {
        let (feed, _) = opened::feed(&file)?;
        if feed.provenance.cloud == cloud {
            feeds.push(feed);
        } else {
            passed += 1;
        }
    }
    let feeds = ordered(feeds)?;
    let mut editions = Vec::new();
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    let own = files_of(global, cloud)?;
    for feed in feeds {
        let provenance = feed.provenance.clone();
        let builder = own.iter().cloned().fold(Catalog::builder(cloud), crate::catalog::CatalogBuilder::add);
        let catalog = builder.add(feed).build()?;
        let pair = Pair::of(global, Text::read(&args.network)?, None, catalog, None)?;
        let vantage = match &args.from {
            None => Vantage::all(&pair.base).next(),
            Some(name) => {
                pair.check_vantages(std::slice::from_ref(name))?;
                Vantage::named(&pair.base, name)
            }
        };
        let Some(vantage) = vantage else { continue };
        let outcome = outcome_at(pair.base_inputs(), vantage, address)?;
        if report.inputs.is_empty() {
            report.inputs.push(pair.base_text.input("network"));
            report.add_notes(pair.notes());
        }
        let sources = catalog_sources(&pair.base_catalog);
        report.catalog.extend(sources.into_iter().filter(|source| source.sha256 == provenance.sha256));
        editions.push(Edition { provenance, vantage: vantage.name(&pair.base), outcome });
    }
    let outcomes: Vec<_> = editions.iter().map(|edition| edition.outcome.clone()).collect();
    let found = steps(&outcomes);
    if passed > 0 {
        report.notes.push(Note::advice(format!("skipped {passed} files that belong to other clouds")));
    }
    report.views = history(address, &editions, &found);
    output::write(&report, format, &outs, None, global)?;
    let moved = found.iter().any(|step| step.kind == ChangeKind::Move);
    let unknown = found.iter().any(|step| step.kind == ChangeKind::Unknown);
    Ok(if moved {
        Exit::Findings
    } else if unknown {
        Exit::CannotJudge
    } else {
        Exit::Success
    })
}

/// Returns the feed files among files and in folders.
fn edition_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            all.extend(files::feed_files(path).map_err(CliError::read(path))?);
        } else {
            all.push(path.clone());
        }
    }
    Ok(all)
}

/// Reads the user's lists, which are the same for all editions.
fn files_of(global: &Global, cloud: crate::catalog::Cloud) -> Result<Vec<Feed>, CliError> {
    let mut all = Vec::new();
    for path in &global.catalog {
        let read = opened::feeds(path, cloud)?;
        all.extend(read.into_iter().map(|(feed, _)| feed));
    }
    Ok(all)
}

/// Sorts editions of one list from oldest to newest, by change number, then by date, and removes duplicates.
fn ordered(mut feeds: Vec<Feed>) -> Result<Vec<Feed>, CliError> {
    let kind = |feed: &Feed| (feed.provenance.kind, feed.provenance.instance);
    if let Some(first) = feeds.first().map(kind)
        && let Some(other) = feeds.iter().find(|feed| kind(feed) != first)
    {
        return Err(CliError::EditionsOfSeveral { first: first.0, second: other.provenance.kind });
    }
    let key = |feed: &Feed| {
        let provenance = &feed.provenance;
        (
            provenance.change_number,
            provenance.date.clone(),
            provenance.edition.clone(),
            provenance.sha256.clone(),
        )
    };
    feeds.sort_by_cached_key(key);
    feeds.dedup_by_key(|feed| feed.provenance.sha256.clone());
    if feeds.len() < 2 {
        return Err(CliError::TooFewEditions { found: feeds.len() });
    }
    Ok(feeds)
}
