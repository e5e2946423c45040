//! One run: all files in parallel, each from its request to its result.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;

use futures_util::future::join_all;
use serde::Deserialize;
use tokio::sync::{OnceCell, Semaphore, watch};

use super::client::{Client, Watcher};
use super::error::{Fault, FetchError, SetupError, cause};
use super::plan::{EndpointsVersion, FeedSource, STATE_FILE, WebAddress, endpoints_file_name};
use super::store::{self, FetchState, StateEntry};
use super::{FeedFile, FetchOptions, FetchOutcome, FileFate, FileOutcome, Old, Validate};
use crate::catalog::Instance;
use crate::diag::{Progress, Silent};

/// The maximum size of the response to the version query, which is normally a few hundred bytes.
const MAX_VERSION_BYTES: u64 = 1 << 20;

pub(super) async fn run(
    options: &FetchOptions,
    validate: &Validate<'_>,
    progress: &dyn Progress,
    cancel: impl Future<Output = ()>,
) -> Result<FetchOutcome, SetupError> {
    let wanted = wanted(options)?;
    std::fs::read_dir(&options.directory)
        .map_err(|error| SetupError::Directory { path: options.directory.clone(), source: cause(error) })?;
    let old_state = FetchState::read(&options.directory)?;
    let https = wanted.iter().any(|one| one.address.is_https());
    let (cancel_all, cancelled) = watch::channel(false);
    let run = Run {
        options,
        validate,
        progress,
        client: Client::new(options.limits, options.proxy.as_deref(), https)?,
        state: old_state.as_ref(),
        versions: OnceCell::new(),
        slots: Semaphore::new(options.limits.side_by_side.max(1)),
        cancelled,
    };
    let done = {
        let mut all = pin!(join_all(wanted.iter().map(|one| run.file(one))));
        tokio::select! {
            biased;
            () = cancel => {
                cancel_all.send_replace(true);
                all.await
            }
            done = &mut all => done,
        }
    };
    let other_instances = run.other_instances();
    let (files, entries): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let state_error = keep_state(options, old_state, entries.into_iter().flatten());
    log(&files);
    Ok(FetchOutcome { files, other_instances, state_error })
}

/// A file to fetch.
struct Wanted {
    name: String,
    address: WebAddress,
    instance: Option<Instance>,
}

/// Returns the files in the order of the outcome, or the first two with the same name.
fn wanted(options: &FetchOptions) -> Result<Vec<Wanted>, SetupError> {
    let id = &options.client_request_id;
    let endpoints = options.instances.iter().map(|&instance| Wanted {
        name: endpoints_file_name(instance),
        address: options.base.query(&["endpoints", instance.name()], id),
        instance: Some(instance),
    });
    let downloads = options.downloads.iter().map(|download| Wanted {
        name: download.name().to_owned(),
        address: download.address().clone(),
        instance: None,
    });
    let wanted: Vec<Wanted> = endpoints.chain(downloads).collect();
    let mut names = BTreeSet::new();
    match wanted.iter().find(|one| !names.insert(one.name.to_ascii_lowercase())) {
        Some(twice) => Err(SetupError::DuplicateName { name: twice.name.clone() }),
        None => Ok(wanted),
    }
}

/// The data that the files of a run share.
struct Run<'a> {
    options: &'a FetchOptions,
    validate: &'a Validate<'a>,
    progress: &'a dyn Progress,
    client: Client,
    state: Option<&'a FetchState>,
    /// The versions. The first file that needs them requests them, and the other files wait for the response.
    versions: OnceCell<Result<Vec<VersionRow>, Fault>>,
    slots: Semaphore,
    cancelled: watch::Receiver<bool>,
}

/// A row of the response to the version query; other fields are ignored.
#[derive(Clone, Debug, Deserialize)]
struct VersionRow {
    instance: String,
    latest: String,
}

/// The result of a request.
enum Response {
    /// There is no newer version than the file in the directory.
    Current(Old),
    /// The complete new file.
    New(FeedSource, Vec<u8>),
}

impl Run<'_> {
    /// Fetches one file. Returns its result and its new state entry, or `None` instead of the entry if it
    /// does not change.
    async fn file(&self, wanted: &Wanted) -> (FileOutcome, Option<(String, StateEntry)>) {
        let url = wanted.address.to_string();
        let (fate, entry) = match self.attempt(wanted).await {
            Ok((fate, entry)) => (fate, entry.map(|entry| (wanted.name.clone(), entry))),
            Err(fault) => {
                let error = FetchError { file: wanted.name.clone(), url: url.clone(), fault };
                (FileFate::Failed(error), None)
            }
        };
        (FileOutcome { name: wanted.name.clone(), url, fate }, entry)
    }

    async fn attempt(&self, wanted: &Wanted) -> Result<(FileFate, Option<StateEntry>), Fault> {
        let mut cancelled = self.cancelled.clone();
        let old = self.old(wanted)?;
        let response = tokio::select! {
            biased;
            _ = cancelled.wait_for(|&cancelled| cancelled) => return Err(Fault::Cancelled),
            response = self.ask(wanted, old.as_ref()) => response?,
        };
        // There is no await from here on, so neither cancelling nor dropping can interrupt this.
        match response {
            Response::Current(Old { edition, sha256 }) => Ok((FileFate::Unchanged { edition, sha256 }, None)),
            Response::New(feed, bytes) => self.keep(wanted, old, feed, &bytes),
        }
    }

    /// Returns the existing file, with its edition if the state describes exactly these bytes.
    fn old(&self, wanted: &Wanted) -> Result<Option<Old>, Fault> {
        let sha256 = store::sha256_of_file(&self.options.directory.join(&wanted.name))?;
        Ok(sha256.map(|sha256| {
            let known = self.state.and_then(|state| state.files.get(&wanted.name));
            let edition =
                known.filter(|entry| entry.sha256 == sha256).and_then(|entry| entry.edition.clone());
            Old { edition, sha256 }
        }))
    }

    async fn ask(&self, wanted: &Wanted, old: Option<&Old>) -> Result<Response, Fault> {
        // The semaphore is never closed, so waiting for a slot cannot fail.
        let _slot = self.slots.acquire().await.map_err(|_| Fault::Cancelled)?;
        let feed = match wanted.instance {
            None => FeedSource::Download,
            Some(instance) => {
                let version = self.latest(instance).await?;
                if let Some(old) = old.filter(|old| old.version().is_some_and(|has| has >= version)) {
                    return Ok(Response::Current(old.clone()));
                }
                FeedSource::Endpoints { instance, version }
            }
        };
        let watcher = Watcher { progress: self.progress, name: &wanted.name };
        let bytes = self.client.get(&wanted.address, self.options.limits.max_bytes, watcher).await?;
        Ok(Response::New(feed, bytes))
    }

    async fn latest(&self, instance: Instance) -> Result<EndpointsVersion, Fault> {
        let rows =
            self.versions.get_or_init(|| self.query_versions()).await.as_ref().map_err(Clone::clone)?;
        let mut offered = rows.iter().filter(|row| row.instance.eq_ignore_ascii_case(instance.name()));
        match (offered.next(), offered.count()) {
            (Some(row), 0) => EndpointsVersion::parse(&row.latest)
                .ok_or_else(|| Fault::Version { instance, text: row.latest.clone() }),
            (first, more) => Err(Fault::NotOffered { instance, count: more + usize::from(first.is_some()) }),
        }
    }

    async fn query_versions(&self) -> Result<Vec<VersionRow>, Fault> {
        let address = self.options.base.query(&["version"], &self.options.client_request_id);
        let url = address.to_string();
        let watcher = Watcher { progress: &Silent, name: "version" };
        let max_bytes = self.options.limits.max_bytes.min(MAX_VERSION_BYTES);
        match self.client.get(&address, max_bytes, watcher).await {
            Ok(bytes) => parse_versions(&bytes).map_err(|source| Fault::Versions { url, source }),
            Err(fault) => Err(Fault::VersionQuery { url, fault: Box::new(fault) }),
        }
    }

    fn other_instances(&self) -> Vec<String> {
        let rows = self.versions.get().and_then(|rows| rows.as_ref().ok()).into_iter().flatten();
        let wanted = |row: &VersionRow| {
            self.options.instances.iter().any(|instance| instance.name().eq_ignore_ascii_case(&row.instance))
        };
        rows.filter(|row| !wanted(row))
            .map(|row| row.instance.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Validates new bytes and puts them in place unless the file already has exactly these bytes.
    fn keep(
        &self,
        wanted: &Wanted,
        old: Option<Old>,
        feed: FeedSource,
        bytes: &[u8],
    ) -> Result<(FileFate, Option<StateEntry>), Fault> {
        let file = FeedFile { name: wanted.name.clone(), feed };
        let facts =
            (self.validate)(&file, bytes).map_err(|error| Fault::Rejected { source: error.into() })?;
        let edition = match feed {
            FeedSource::Endpoints { version, .. } => Some(version.to_string()),
            FeedSource::Download => facts.edition,
        };
        let sha256 = store::sha256(bytes);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let entry = StateEntry {
            url: wanted.address.to_string(),
            edition: edition.clone(),
            bytes: size,
            sha256: sha256.clone(),
        };
        if old.as_ref().is_some_and(|old| old.sha256 == sha256) {
            return Ok((FileFate::Unchanged { edition, sha256 }, Some(entry)));
        }
        store::replace(&self.options.directory.join(&wanted.name), bytes)?;
        let records = facts.records;
        Ok((FileFate::Replaced { old, edition, bytes: size, sha256, records }, Some(entry)))
    }
}

impl Old {
    /// Parses the edition as a version of the web service.
    fn version(&self) -> Option<EndpointsVersion> {
        self.edition.as_deref().and_then(EndpointsVersion::parse)
    }
}

fn parse_versions(bytes: &[u8]) -> Result<Vec<VersionRow>, super::Cause> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let rows = serde_path_to_error::deserialize(&mut reader).map_err(cause)?;
    reader.end().map_err(cause)?;
    Ok(rows)
}

/// Writes the state file if the state changed. Returns the error if writing fails.
fn keep_state(
    options: &FetchOptions,
    old: Option<FetchState>,
    entries: impl Iterator<Item = (String, StateEntry)>,
) -> Option<FetchError> {
    let files = old.as_ref().map(|state| state.files.clone()).unwrap_or_default();
    let mut state = FetchState { client_request_id: options.client_request_id.clone(), files };
    state.files.extend(entries);
    if old.as_ref() == Some(&state) {
        return None;
    }
    let fault = state.write(&options.directory).err()?;
    Some(FetchError { file: STATE_FILE.to_owned(), url: options.base.to_string(), fault })
}

fn log(files: &[FileOutcome]) {
    let count = |fate: fn(&FileFate) -> bool| files.iter().filter(|file| fate(&file.fate)).count();
    tracing::info!(
        files = files.len(),
        unchanged = count(|fate| matches!(fate, FileFate::Unchanged { .. })),
        replaced = count(|fate| matches!(fate, FileFate::Replaced { .. })),
        failed = count(|fate| matches!(fate, FileFate::Failed(_))),
        "fetched"
    );
}
