//! Fetches the newest feeds into a directory: the Microsoft 365 endpoint sets through the web service, and
//! any other feed (such as Azure service tags) from addresses that the user specifies.
//!
//! **This is the only code of the crate that opens a connection.** It does so only when [`fetch`] or
//! [`fetch_blocking`] is called, and only to the addresses in its [`FetchOptions`] and to the targets of their
//! redirects.
//!
//! ```text
//! FetchOptions ─▶ version query ─▶ which instances are newer than the directory's ─┐
//!            downloads ───────────────────────────────────────────────────────┴▶ GET, in parallel
//!   ─▶ limits, status, content checks ─▶ validate ─▶ temporary file, flush, rename ─▶ FetchOutcome per file
//! ```
//!
//! # The web service
//!
//! `GET {base}/version?clientrequestid={id}` returns an array of `{"instance", "latest"}`. Each requested
//! instance with a `latest` newer than the version in the directory is read from
//! `GET {base}/endpoints/{instance}?clientrequestid={id}`. Source: Microsoft, "Office 365 IP Address and URL
//! web service". The client request id is an argument. The caller creates it once and later reads it from the
//! [`FetchState`] of the directory.
//!
//! # Guarantees
//!
//! - A file is replaced only with a complete and valid file; otherwise it stays as it is, byte for byte.
//! - The failure of one file does not affect other files. The [`FetchOutcome`] contains the result for each
//!   file.
//! - Cancelling, or dropping the future, leaves no partial file.
//! - Only https is used, even after redirects (at most 3, without a change of scheme). Plain http is accepted
//!   for loopback hosts, for tests and local mirrors.
//! - There are no retries. No connection is kept alive, so the HTTP client cannot retry implicitly either.
//!   There is no process-wide state.
//! - Environment variables are ignored (a proxy is an argument), except that the system's certificates are
//!   looked up in `SSL_CERT_FILE` and `SSL_CERT_DIR`, as in other programs.
//! - Memory: at most [`Limits::max_bytes`] for each of [`Limits::side_by_side`] files.

mod client;
mod error;
mod plan;
mod run;
mod store;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

pub use error::{Cause, Fault, FetchError, SetupError};
pub use plan::{
    ClientRequestId, Download, EndpointsVersion, FeedSource, SERVED_INSTANCES, STATE_FILE, WebAddress,
    endpoints_file_name,
};
pub use store::{FetchState, StateEntry};

use super::Instance;
use crate::diag::Progress;

/// What to fetch, where from, and into which directory.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// The target directory; it must exist.
    pub directory: PathBuf,
    /// The base address of the Microsoft 365 endpoints web service, usually
    /// [`WebAddress::ENDPOINTS_SERVICE`].
    pub base: WebAddress,
    /// The instances to fetch, usually [`SERVED_INSTANCES`]; if empty, the web service is not queried.
    pub instances: Vec<Instance>,
    /// Other feeds.
    pub downloads: Vec<Download>,
    /// The GUID that is sent to the web service and stored in the state file.
    pub client_request_id: ClientRequestId,
    /// Limits on time, size and parallel downloads.
    pub limits: Limits,
    /// The address of a proxy for every connection; `None` for direct connections.
    pub proxy: Option<String>,
}

/// The limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The maximum time to establish a connection: name resolution, TCP and TLS.
    pub connect: Duration,
    /// The maximum time to complete one file, including connecting, redirects and body, but not the wait for
    /// a free slot.
    pub total: Duration,
    /// The maximum size of a file in bytes.
    pub max_bytes: u64,
    /// How many files are fetched in parallel; 0 counts as 1.
    pub side_by_side: usize,
}

impl Default for Limits {
    /// Returns 10 seconds to connect, 2 minutes per file, 64 MiB per file, and 8 files in parallel.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_mins(2),
            max_bytes: 64 << 20,
            side_by_side: 8,
        }
    }
}

/// The file that a validator checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedFile {
    /// Its name in the target directory.
    pub name: String,
    /// The feed that it must contain.
    pub feed: FeedSource,
}

/// The facts that a validator found in a valid feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFacts {
    /// The edition stated in the feed itself; for endpoint sets the web service's version is used instead.
    pub edition: Option<String>,
    /// The number of records (service tags, endpoint sets).
    pub records: u64,
}

/// Checks that bytes are the complete and valid feed that is expected, and returns its facts.
///
/// A validator must reject a truncated feed, because a response without a length ends when the connection
/// ends. It runs between two steps of the download and should not take longer than parsing the feed.
pub type Validate<'a> =
    dyn Fn(&FeedFile, &[u8]) -> Result<FeedFacts, Box<dyn Error + Send + Sync>> + Sync + 'a;

/// The results for all files.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchOutcome {
    /// One entry for each instance in the order of [`FetchOptions::instances`], then one for each download.
    pub files: Vec<FileOutcome>,
    /// Instances that the web service offers but that were not requested, ordered by name.
    pub other_instances: Vec<String>,
    /// The reason why the state file could not be written. The files are in place, but the next run fetches
    /// them again.
    pub state_error: Option<FetchError>,
}

impl FetchOutcome {
    /// Returns whether everything succeeded.
    pub fn is_complete(&self) -> bool {
        self.state_error.is_none() && self.failures().next().is_none()
    }

    /// Returns the files that could not be fetched, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = &FetchError> {
        self.files.iter().filter_map(|file| match &file.fate {
            FileFate::Failed(error) => Some(error),
            FileFate::Unchanged { .. } | FileFate::Replaced { .. } => None,
        })
    }
}

/// The result for one file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileOutcome {
    /// Its name in the target directory.
    pub name: String,
    /// The address that the file was requested from, without user name and query.
    pub url: String,
    /// The result.
    pub fate: FileFate,
}

/// The result of fetching a file.
#[derive(Clone, Debug)]
pub enum FileFate {
    /// The directory already has the newest version; the file was not touched.
    Unchanged {
        /// Its edition.
        edition: Option<String>,
        /// Its sha256 in lower-case hexadecimal digits.
        sha256: String,
    },
    /// A new file is in place.
    Replaced {
        /// The previous file; `None` if there was none.
        old: Option<Old>,
        /// The new edition.
        edition: Option<String>,
        /// The size of the new file.
        bytes: u64,
        /// Its sha256 in lower-case hexadecimal digits.
        sha256: String,
        /// The number of records.
        records: u64,
    },
    /// The previous file is unchanged.
    Failed(FetchError),
}

/// The file that a new one replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    /// Its edition; `None` if the state file does not describe exactly this file.
    pub edition: Option<String>,
    /// Its sha256 in lower-case hexadecimal digits.
    pub sha256: String,
}

/// Fetches everything in `options` in parallel, and puts the complete and valid files in place.
///
/// `cancel` is any future. When it completes, every incomplete file fails with [`Fault::Cancelled`] and the
/// call returns immediately (`std::future::pending()` never cancels). Dropping the returned future also
/// cancels, but does not write the state file, so the next run fetches the replaced files again.
///
/// This function needs a tokio runtime with I/O and time.
///
/// # Errors
///
/// Returns a [`SetupError`] if the run could not start because of the directory, its state file, two equal
/// names, the proxy or the system's certificates. Later errors are in the [`FetchOutcome`], for each file.
pub async fn fetch(
    options: &FetchOptions,
    validate: &Validate<'_>,
    progress: &dyn Progress,
    cancel: impl Future<Output = ()>,
) -> Result<FetchOutcome, SetupError> {
    run::run(options, validate, progress, cancel).await
}

/// Works like [`fetch`], on its own runtime, which ends with the call. It must not be called inside another
/// runtime.
///
/// # Errors
///
/// Returns the errors of [`fetch`], and [`SetupError::Runtime`] if the threads could not be started.
///
/// # Panics
///
/// Panics if called from within an asynchronous runtime, like `tokio::runtime::Runtime::block_on`.
pub fn fetch_blocking(
    options: &FetchOptions,
    validate: &Validate<'_>,
    progress: &dyn Progress,
    cancel: impl Future<Output = ()>,
) -> Result<FetchOutcome, SetupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("fetch")
        .enable_all()
        .build()
        .map_err(|error| SetupError::Runtime { source: error::cause(error) })?;
    let outcome = runtime.block_on(fetch(options, validate, progress, cancel));
    // A hanging system call for name resolution must not delay the end of the run.
    runtime.shutdown_background();
    outcome
}

/// Completes when the process is interrupted (Ctrl-C). Pass it to [`fetch`] as `cancel`.
///
/// If the signal handler cannot be installed, the future never completes, and the signal ends the process.
pub async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
