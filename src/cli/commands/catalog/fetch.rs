//! `peerpath catalog fetch`

use std::error::Error;

use super::super::super::args::{CatalogFetchArgs, Global};
use super::super::super::error::CliError;
use super::super::super::exit::Exit;
use super::super::super::{output, progress, render, signals};
use crate::catalog::fetch::{
    ClientRequestId, Download, FeedFacts, FeedFile, FeedSource, FetchOptions, FetchOutcome, FetchState,
    FileFate, Limits, SERVED_INSTANCES, fetch_blocking, interrupted,
};
use crate::catalog::import::{self, Hint};
use crate::cli::console;

pub(super) fn run(global: &Global, args: &CatalogFetchArgs) -> Result<Exit, CliError> {
    std::fs::create_dir_all(&args.output)
        .map_err(|source| CliError::Write { path: args.output.clone(), source })?;
    let known = FetchState::read(&args.output)?.map(|state| state.client_request_id);
    let options = FetchOptions {
        directory: args.output.clone(),
        base: args.endpoints.parse()?,
        instances: if args.no_endpoints { Vec::new() } else { SERVED_INSTANCES.to_vec() },
        downloads: args
            .service_tags
            .iter()
            .map(|url| url.parse().and_then(Download::named_by_address))
            .collect::<Result<Vec<_>, _>>()?,
        client_request_id: known.unwrap_or_else(|| ClientRequestId::from_random(random())),
        limits: Limits { total: std::time::Duration::from_secs(args.timeout), ..Limits::default() },
        proxy: proxy(),
    };
    // The run handles Ctrl-C itself, and keeps the files that were fetched.
    signals::without_interrupt();
    let watcher = progress::watcher(global.quiet);
    let outcome = fetch_blocking(&options, &validate, watcher.as_ref(), interrupted())?;
    print(&outcome)?;
    Ok(if outcome.is_complete() { Exit::Success } else { Exit::CannotJudge })
}

/// Validates a response by importing it as the requested feed.
fn validate(file: &FeedFile, bytes: &[u8]) -> Result<FeedFacts, Box<dyn Error + Send + Sync>> {
    let hint = match &file.feed {
        FeedSource::Endpoints { instance, version } => {
            Hint { instance: Some(*instance), edition: Some(version.to_string()), ..Hint::default() }
        }
        FeedSource::Download => Hint::default(),
    };
    let (feed, _) = import::read(&file.name, bytes, &hint)?;
    Ok(FeedFacts { edition: Some(feed.provenance.edition), records: feed.records.len() as u64 })
}

/// Prints one line per file on standard output, and causes of failures on standard error.
fn print(outcome: &FetchOutcome) -> Result<(), CliError> {
    let mut text = String::new();
    for file in &outcome.files {
        let edition =
            |edition: &Option<String>| edition.clone().unwrap_or_else(|| "unknown edition".to_owned());
        match &file.fate {
            FileFate::Unchanged { edition: now, .. } => {
                text.push_str(&format!("{}: unchanged, {}\n", file.name, edition(now)));
            }
            FileFate::Replaced { old, edition: now, bytes, records, sha256 } => {
                let before = old.as_ref().map_or_else(|| "new".to_owned(), |old| edition(&old.edition));
                text.push_str(&format!(
                    "{}: {before} -> {}, {records} records, {bytes} bytes, sha256 {sha256}\n",
                    file.name,
                    edition(now)
                ));
            }
            FileFate::Failed(_) => {
                text.push_str(&format!("{}: failed, the existing file is unchanged\n", file.name));
            }
        }
    }
    output::text(&text)?;
    for failure in outcome.failures() {
        render::error(failure);
        console::note(&format!("  {}", failure.fault.remedy()));
    }
    if let Some(error) = &outcome.state_error {
        render::error(error);
    }
    Ok(())
}

/// Returns the proxy from the environment.
fn proxy() -> Option<String> {
    ["HTTPS_PROXY", "https_proxy"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|proxy| !proxy.is_empty())
}

/// Returns 16 random bytes.
fn random() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let half = || RandomState::new().hash_one(std::process::id()).to_le_bytes();
    let (left, right) = (half(), half());
    std::array::from_fn(|index| left.iter().chain(&right).nth(index).copied().unwrap_or_default())
}
