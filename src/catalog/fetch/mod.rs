//! Fetches the newest feeds into a directory: the Microsoft 365 endpoint sets by the web service's
//! protocol, and any other feed (Azure service tags, say) from addresses that the user gives.
//!
//! **This is the only code of the crate that opens a connection.** It does so only when [`fetch`] or
//! [`fetch_blocking`] is called, and only to the addresses in its [`Options`] and to where these redirect.
//!
//! ```text
//! Options ─▶ version query ─▶ which instances are newer than the directory's ─┐
//!            downloads ───────────────────────────────────────────────────────┴▶ GET, side by side
//!   ─▶ limits, status, content checks ─▶ validate ─▶ temporary file, flush, rename ─▶ FetchOutcome per file
//! ```
//!
//! # The web service
//!
//! `GET {base}/version?clientrequestid={id}` answers an array of `{"instance", "latest"}`; each wanted
//! instance with a `latest` newer than what the directory has is read from
//! `GET {base}/endpoints/{instance}?clientrequestid={id}`. Source: Microsoft, "Office 365 IP Address and
//! URL web service". The client request id is an argument; the caller makes it once and finds it again in
//! the [`FetchState`] of the directory.
//!
//! # What is promised
//!
//! - A file is replaced only by a whole and valid one; otherwise it stays as it is, byte for byte.
//! - One file's failure does not touch the others, and each file's fate is in the [`FetchOutcome`].
//! - Cancelling, or dropping the future, leaves no partial file.
//! - https only, also after redirects (at most 3, the scheme stays). Plain http is accepted for loopback
//!   hosts, for tests and local mirrors.
//! - No retries, not even silent ones on a connection that is kept open: none is. No process-wide state.
//! - No environment variables (a proxy is an argument), except that the system's certificates are looked
//!   for where `SSL_CERT_FILE` and `SSL_CERT_DIR` say, as other programs do.
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
    ClientRequestId, Download, EndpointsVersion, Feed, SERVED_INSTANCES, STATE_FILE, WebAddress,
    endpoints_file_name,
};
pub use store::{FetchState, StateEntry};

use super::Instance;
use crate::diag::Progress;

/// What to fetch, from where, into which directory.
#[derive(Clone, Debug)]
pub struct Options {
    /// The target directory; it must exist.
    pub directory: PathBuf,
    /// The base address of the Microsoft 365 endpoints web service, usually
    /// [`WebAddress::ENDPOINTS_SERVICE`].
    pub base: WebAddress,
    /// The instances to fetch, usually [`SERVED_INSTANCES`]; without any the web service is not asked.
    pub instances: Vec<Instance>,
    /// Other feeds.
    pub downloads: Vec<Download>,
    /// The GUID to send to the web service, and to keep in the state file.
    pub client_request_id: ClientRequestId,
    /// Time, size and number at once.
    pub limits: Limits,
    /// The address of a proxy for every connection; none is used without it.
    pub proxy: Option<String>,
}

/// The limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection to come about: name, TCP and TLS.
    pub connect: Duration,
    /// For one file to be whole: connecting, redirects and body, without waiting for its turn.
    pub total: Duration,
    /// The greatest size of a file in bytes, inclusive.
    pub max_bytes: u64,
    /// How many files are fetched at once; 0 counts as 1.
    pub side_by_side: usize,
}

impl Default for Limits {
    /// 10 seconds to connect, 2 minutes for a file, 64 MiB, 8 at once.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_mins(2),
            max_bytes: 64 << 20,
            side_by_side: 8,
        }
    }
}

/// Which file a validator is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedFile {
    /// Its name in the target directory.
    pub name: String,
    /// Which feed it must hold.
    pub feed: Feed,
}

/// What a validator found in a valid feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFacts {
    /// The edition that the feed itself names; for endpoint sets the web service's version counts instead.
    pub edition: Option<String>,
    /// How many records it has (service tags, endpoint sets).
    pub records: u64,
}

/// Says whether bytes are the whole and valid feed that is expected, and what is in it.
///
/// It must refuse a feed that is cut short: an answer without a length ends where the connection does. It
/// runs between two steps of the download and should not take longer than it takes to parse the feed.
pub type Validate<'a> =
    dyn Fn(&FeedFile, &[u8]) -> Result<FeedFacts, Box<dyn Error + Send + Sync>> + Sync + 'a;

/// What became of every file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchOutcome {
    /// One entry for each instance in the order of [`Options::instances`] and then for each download.
    pub files: Vec<FileOutcome>,
    /// Instances that the web service offers and nobody asked for, ordered by name.
    pub other_instances: Vec<String>,
    /// Why the state file could not be kept. The files stand, but the next run fetches them again.
    pub state_error: Option<FetchError>,
}

impl FetchOutcome {
    /// Whether all went well.
    pub fn is_complete(&self) -> bool {
        self.state_error.is_none() && self.failures().next().is_none()
    }

    /// The files that could not be fetched, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = &FetchError> {
        self.files.iter().filter_map(|file| match &file.fate {
            FileFate::Failed(error) => Some(error),
            FileFate::Unchanged { .. } | FileFate::Replaced { .. } => None,
        })
    }
}

/// What became of one file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileOutcome {
    /// Its name in the target directory.
    pub name: String,
    /// Where it was asked from, without user name and query.
    pub url: String,
    /// What became of it.
    pub fate: FileFate,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub enum FileFate {
    /// The directory has the newest already; the file was not touched.
    Unchanged {
        /// Its edition.
        edition: Option<String>,
        /// Its sha256 in lower-case hexadecimal digits.
        sha256: String,
    },
    /// A new file stands.
    Replaced {
        /// What stood there before; `None` where nothing did.
        old: Option<Old>,
        /// The new edition.
        edition: Option<String>,
        /// The size of the new file.
        bytes: u64,
        /// Its sha256 in lower-case hexadecimal digits.
        sha256: String,
        /// How many records it has.
        records: u64,
    },
    /// What stood there before stands there still.
    Failed(FetchError),
}

/// What stood in place of a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    /// Its edition; `None` where the state file does not know this very file.
    pub edition: Option<String>,
    /// Its sha256 in lower-case hexadecimal digits.
    pub sha256: String,
}

/// Fetches everything in `options`, side by side, and puts what is whole and valid in place.
///
/// `cancel` is any future; when it completes, what is not yet whole fails with [`Fault::Cancelled`] and the
/// call returns at once (`std::future::pending()` never cancels). Dropping the returned future also
/// cancels, then without keeping the state file: the next run fetches the replaced files again.
///
/// It needs a tokio runtime with I/O and time.
///
/// # Errors
///
/// [`SetupError`] if nothing could be tried: the directory, its state file, two equal names, the proxy or
/// the system's certificates. What goes wrong later is in the [`FetchOutcome`], per file.
pub async fn fetch(
    options: &Options,
    validate: &Validate<'_>,
    progress: &dyn Progress,
    cancel: impl Future<Output = ()>,
) -> Result<FetchOutcome, SetupError> {
    run::run(options, validate, progress, cancel).await
}

/// As [`fetch`], on a runtime of its own that ends with the call. Not for use inside another runtime.
///
/// # Errors
///
/// As [`fetch`], and [`SetupError::Runtime`] if the threads could not be started.
///
/// # Panics
///
/// If called from within an asynchronous runtime, as `tokio::runtime::Runtime::block_on` does.
pub fn fetch_blocking(
    options: &Options,
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
    // A name look-up that hangs in the system must not hold up the end.
    runtime.shutdown_background();
    outcome
}

/// Completes when the process is interrupted (Ctrl-C); for the `cancel` of [`fetch`].
///
/// Where the signal cannot be listened to it never completes, and the signal ends the process.
pub async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
