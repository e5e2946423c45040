//! Errors for the run as a whole and for individual files.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::Instance;

/// The underlying error, kept for the chain of causes. Its text never contains the query of a URL.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// The reason why nothing was fetched: the request itself is invalid.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The text is not a web address.
    #[error("`{text}` is not a web address")]
    Address {
        /// The text as given.
        text: String,
        /// The cause.
        source: Cause,
    },
    /// The address is neither `https` nor `http` to the local machine.
    #[error("`{address}` is not https; http is accepted for loopback hosts only")]
    Insecure {
        /// The address without user name and query.
        address: String,
    },
    /// The text is not a GUID.
    #[error("`{text}` is not a client request id: use a GUID (8-4-4-4-12 hexadecimal digits)")]
    ClientRequestId {
        /// The text as given.
        text: String,
    },
    /// The name is not a plain file name, or is used by the fetch itself.
    #[error("`{name}` cannot be the name of a fetched file: {problem}")]
    Name {
        /// The name.
        name: String,
        /// The problem.
        problem: &'static str,
    },
    /// Two files would have the same name, ignoring case.
    #[error("two downloads are named `{name}`; rename one of them")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// The target directory cannot be used.
    #[error("`{path}` is not a readable directory; create it first")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The error of the operating system.
        source: Cause,
    },
    /// The state file cannot be read.
    #[error("`{path}` cannot be read as the state of earlier fetches; delete it to fetch everything again")]
    State {
        /// The state file.
        path: PathBuf,
        /// The cause, with its JSON path or line.
        source: Cause,
    },
    /// The proxy address cannot be used. The message does not repeat it, because it may contain a password.
    #[error("the proxy address cannot be used")]
    Proxy {
        /// The cause.
        source: Cause,
    },
    /// The system has no certificates to verify a server with.
    #[error(
        "https servers cannot be verified; install the system's CA certificates (package ca-certificates)"
    )]
    Certificates {
        /// What is missing.
        source: Cause,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client {
        /// The cause.
        source: Cause,
    },
    /// The asynchronous runtime could not be started.
    #[error("the threads for downloads could not be started")]
    Runtime {
        /// The cause.
        source: Cause,
    },
}

/// The reason why one file was not fetched; an existing file with its name is unchanged.
#[derive(Clone, Debug)]
pub struct FetchError {
    /// The name of the file in the target directory.
    pub file: String,
    /// The address that the file was requested from, without user name and query (both may contain secrets).
    pub url: String,
    /// The problem.
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

/// A problem with one file.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The connection failed.
    #[error("the connection failed")]
    Connect {
        /// The cause: name resolution, network or certificate.
        source: Cause,
    },
    /// The connection, including TLS, was not established in time.
    #[error("the connection was not established within {limit:?}")]
    ConnectTimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The file was not complete in time.
    #[error("the download was not complete within {limit:?}")]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The connection was lost before the response was complete.
    #[error("the connection was lost after {received} bytes of the response")]
    Broken {
        /// The number of body bytes received.
        received: u64,
        /// The cause.
        source: Cause,
    },
    /// The file is larger than the limit.
    #[error("the file is larger than the limit of {limit} bytes{}", announced.map(|bytes| format!(" ({bytes} bytes announced)")).unwrap_or_default())]
    TooLarge {
        /// The limit in bytes; a file of exactly this size is accepted.
        limit: u64,
        /// The size that the server announced; `None` if it announced none and exceeded the limit.
        announced: Option<u64>,
    },
    /// The status of the response is not 200.
    #[error("the server answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// There were more redirects than are followed.
    #[error("there were more than {limit} redirects")]
    TooManyRedirects {
        /// The maximum number of redirects that are followed.
        limit: usize,
    },
    /// A redirect that is not followed.
    #[error("the redirect to `{to}` is not followed: {problem}")]
    Redirect {
        /// The target, without user name and query.
        to: String,
        /// The reason why it is not followed.
        problem: &'static str,
    },
    /// The response has a content encoding that was not requested.
    #[error("the response is encoded as `{encoding}` although no encoding was requested")]
    Encoded {
        /// The content encoding.
        encoding: String,
    },
    /// A web page (usually a login or error page of an intermediate device), not a feed.
    #[error("the response is a web page, not a feed")]
    WebPage,
    /// The validator rejected the response.
    #[error("the response is not the expected feed")]
    Rejected {
        /// The validator's error.
        source: Cause,
    },
    /// The response to the version query cannot be read.
    #[error("the versions from `{url}` cannot be read")]
    Versions {
        /// The address of the version query without its query.
        url: String,
        /// The cause, with its JSON path.
        source: Cause,
    },
    /// The version query failed, so every file that depends on it failed too.
    #[error("the version query to `{url}` failed")]
    VersionQuery {
        /// The address of the version query without its query.
        url: String,
        /// The cause.
        #[source]
        fault: Box<Fault>,
    },
    /// The web service does not offer exactly one version of the instance.
    #[error("the web service offers {count} versions of instance `{instance}`, not one")]
    NotOffered {
        /// The instance.
        instance: Instance,
        /// The number of versions that it offers.
        count: usize,
    },
    /// The web service's version is not ten digits.
    #[error("version `{text}` of instance `{instance}` is not ten digits (YYYYMMDDNN)")]
    Version {
        /// The instance.
        instance: Instance,
        /// The version as offered.
        text: String,
    },
    /// The existing file of this name cannot be read.
    #[error("`{path}` cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: Cause,
    },
    /// The new file cannot be written or put in place.
    #[error("`{path}` cannot be replaced")]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: Cause,
    },
    /// The run was cancelled before the file was complete.
    #[error("cancelled")]
    Cancelled,
}

impl Fault {
    /// Returns a remedy as one sentence without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Connect { .. } | Self::ConnectTimedOut { .. } => {
                "check the address, the network and the proxy; if TLS is inspected, add the inspecting device's certificate to the system's trust store"
            }
            Self::TimedOut { .. } => "fetch again, or allow more time",
            Self::Broken { .. } => "fetch again",
            Self::TooLarge { .. } => "check the address; raise the limit if the feed really is that large",
            Self::Status { .. } | Self::TooManyRedirects { .. } | Self::Encoded { .. } => {
                "open the address in a browser and find out where the feed has moved to"
            }
            Self::Redirect { .. } => "use the final https address directly if you trust it",
            Self::WebPage => "check whether a proxy or login page responds in place of the server",
            Self::Rejected { .. } => "check that the address points to the feed and not to another file",
            Self::Versions { .. } | Self::NotOffered { .. } | Self::Version { .. } => {
                "check the base address of the web service"
            }
            Self::VersionQuery { fault, .. } => fault.remedy(),
            Self::Read { .. } | Self::Write { .. } => {
                "check the permissions and free space of the directory, then fetch again"
            }
            Self::Cancelled => "fetch again; nothing was changed",
        }
    }
}

/// Wraps any error as a cause.
pub(super) fn cause(error: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
    Arc::from(error.into())
}
