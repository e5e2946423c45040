//! What can go wrong, for the run as a whole and for one file.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::Instance;

/// The error underneath, kept for the chain of causes. Its text never holds the query of an address.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why nothing was fetched at all: the request itself cannot be carried out.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Not a web address.
    #[error("`{text}` is not a web address")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        source: Cause,
    },
    /// Neither `https`, nor `http` to the own machine.
    #[error("`{address}` is not https; http is accepted for loopback hosts only")]
    Insecure {
        /// The address without user name and query.
        address: String,
    },
    /// Not a GUID.
    #[error("`{text}` is not a client request id: write a GUID, 8-4-4-4-12 hexadecimal digits")]
    ClientRequestId {
        /// What was given.
        text: String,
    },
    /// A name that is not the plain name of a file, or one that the fetch itself uses.
    #[error("`{name}` cannot name a fetched file: {problem}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two files would have the same name (upper and lower case count as equal).
    #[error("two downloads are named `{name}`; name one of them otherwise")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// The target directory cannot be used.
    #[error("`{path}` is not a directory that can be read; create it first")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: Cause,
    },
    /// The state file cannot be read.
    #[error("`{path}` cannot be read as the state of earlier fetches; delete it to fetch everything anew")]
    State {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it, with its JSON path or line.
        source: Cause,
    },
    /// The address of the proxy cannot be used. It is not repeated here: it may hold a password.
    #[error("the address of the proxy cannot be used")]
    Proxy {
        /// What is wrong with it.
        source: Cause,
    },
    /// The system offers no certificates to check a server by.
    #[error("https cannot be checked; install the system's certificates (package ca-certificates)")]
    Certificates {
        /// What is missing.
        source: Cause,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client {
        /// Why.
        source: Cause,
    },
    /// The asynchronous runtime could not be started.
    #[error("the threads for fetching could not be started")]
    Runtime {
        /// Why.
        source: Cause,
    },
}

/// Why one file was not fetched; what stood under its name before stands there still.
#[derive(Clone, Debug)]
pub struct FetchError {
    /// The name of the file in the target directory.
    pub file: String,
    /// The address it was asked from, without user name and query (both may hold secrets).
    pub url: String,
    /// What went wrong.
    pub fault: Fault,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` from `{}`: {}", self.file, self.url, self.fault)
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.fault.source()
    }
}

impl miette::Diagnostic for FetchError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.fault.remedy()))
    }
}

/// What went wrong with one file.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No connection came about.
    #[error("no connection")]
    Connect {
        /// Why: name, network, certificate.
        source: Cause,
    },
    /// No connection came about in time, TLS included.
    #[error("no connection within {limit:?}")]
    ConnectTimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The file was not whole in time.
    #[error("not whole within {limit:?}")]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The connection broke before the answer was whole.
    #[error("the connection broke after {received} bytes of the answer")]
    Broken {
        /// How much of the body had come.
        received: u64,
        /// Why.
        source: Cause,
    },
    /// The file is larger than accepted.
    #[error("larger than the limit of {limit} bytes{}", announced.map(|bytes| format!(" ({bytes} bytes announced)")).unwrap_or_default())]
    TooLarge {
        /// The limit in bytes; a file of exactly this size is accepted.
        limit: u64,
        /// The size that the server announced; `None` where it came without and ran past the limit.
        announced: Option<u64>,
    },
    /// An answer other than 200.
    #[error("the server answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// More redirects than are followed.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// How many are followed.
        limit: usize,
    },
    /// A redirect that is not followed.
    #[error("redirected to `{to}`, which is not followed: {problem}")]
    Redirect {
        /// Where to, without user name and query.
        to: String,
        /// Why it is not followed.
        problem: &'static str,
    },
    /// An answer in a content encoding that was not asked for.
    #[error("the answer is encoded as `{encoding}` although no encoding was accepted")]
    Encoded {
        /// The content encoding.
        encoding: String,
    },
    /// A web page (usually a login or error page of something in between), not a feed.
    #[error("the answer is a web page, not a feed")]
    WebPage,
    /// The validator refused the answer.
    #[error("the answer is not the expected feed")]
    Rejected {
        /// What the validator said.
        source: Cause,
    },
    /// The answer to the version query cannot be read.
    #[error("the versions from `{url}` cannot be read")]
    Versions {
        /// The address of the version query without its query.
        url: String,
        /// What is wrong with it, with its JSON path.
        source: Cause,
    },
    /// The version query failed, and with it every file that depends on it.
    #[error("the version query to `{url}` failed")]
    VersionQuery {
        /// The address of the version query without its query.
        url: String,
        /// Why.
        #[source]
        fault: Box<Fault>,
    },
    /// The web service does not offer exactly one version of the instance.
    #[error("the web service offers {count} versions of instance `{instance}`, not one")]
    NotOffered {
        /// The instance.
        instance: Instance,
        /// How many versions it offers.
        count: usize,
    },
    /// The web service's version is not ten digits.
    #[error("version `{text}` of instance `{instance}` is not ten digits as YYYYMMDDNN")]
    Version {
        /// The instance.
        instance: Instance,
        /// What was offered.
        text: String,
    },
    /// What stands under the name cannot be read.
    #[error("`{path}` cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Cause,
    },
    /// The new file cannot be written or put in place.
    #[error("`{path}` cannot be replaced")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Cause,
    },
    /// The run was cancelled before the file was whole.
    #[error("cancelled")]
    Cancelled,
}

impl Fault {
    /// How to mend it, in one sentence without full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Connect { .. } | Self::ConnectTimedOut { .. } => {
                "check the address, the network and the proxy; where TLS is inspected, add its certificate to the system's"
            }
            Self::TimedOut { .. } => "fetch again, or allow more time",
            Self::Broken { .. } => "fetch again",
            Self::TooLarge { .. } => "check the address; raise the limit if the feed really is so large",
            Self::Status { .. } | Self::TooManyRedirects { .. } | Self::Encoded { .. } => {
                "open the address in a browser and look for where the feed has moved"
            }
            Self::Redirect { .. } => "give the final https address itself if you trust it",
            Self::WebPage => "check whether a proxy or login page answers in place of the server",
            Self::Rejected { .. } => "check that the address leads to the feed and not to another file",
            Self::Versions { .. } | Self::NotOffered { .. } | Self::Version { .. } => {
                "check the base address of the web service"
            }
            Self::VersionQuery { fault, .. } => fault.remedy(),
            Self::Read { .. } | Self::Write { .. } => {
                "check the rights to the directory and the space in it, then fetch again"
            }
            Self::Cancelled => "fetch again; nothing was changed",
        }
    }
}

/// Keeps any error as a cause.
pub(super) fn cause(error: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
    Arc::from(error.into())
}
