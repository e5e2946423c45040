//! Why a file, or a response in it, was rejected.

use super::ExportKind;
use crate::diag::NotUtf8;

/// Why nothing was read; each message states the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportRefusal {
    /// The file is neither UTF-8 nor UTF-16.
    #[error("{0}")]
    NotText(NotUtf8),
    /// The file begins as UTF-16, but is not valid UTF-16.
    #[error("byte {offset} is not valid UTF-16; save the file as UTF-8")]
    BrokenUtf16 {
        /// The offset of the first invalid byte, from 0.
        offset: usize,
    },
    /// The file contains no JSON.
    #[error("it contains no JSON; save the command's output with `--output json`")]
    NoJson,
    /// The JSON is truncated.
    #[error("the JSON is truncated at line {line}; run the command again and save its complete output")]
    Cut {
        /// The line number, from 1.
        line: usize,
    },
    /// The JSON is malformed.
    #[error("the JSON is not valid at line {line}, column {column}; run the command again")]
    Syntax {
        /// The line number, from 1.
        line: usize,
        /// The column number, from 1.
        column: usize,
    },
    /// The command failed, and its error was saved.
    #[error(
        "it contains an error from the command, `{code}`, instead of the command's output; fix the error and run the command again"
    )]
    CommandError {
        /// The error's code, or a short description.
        code: String,
    },
    /// A service returned an error, and the response was saved.
    #[error(
        "it contains an error response, `{code}`, instead of a resource; fix the error and repeat the request"
    )]
    ErrorAnswer {
        /// The service's code.
        code: String,
    },
    /// A REST example or a saved response without a body.
    #[error("the response has no body; use the response to the operation that the request starts")]
    NoBody,
    /// The response is an empty list, or all its rows are empty.
    #[error("the response is empty; run the command for a resource that has data")]
    Empty,
    /// The file contains the output of a router.
    #[error(
        "it contains output from a router ({router}), not from Azure; to use a router's routes, specify their file under `learned` in a network file"
    )]
    Router {
        /// The kind of router.
        router: &'static str,
    },
    /// A response from another cloud provider.
    #[error("it is from another cloud provider; omit the file")]
    OtherProvider,
    /// Azure JSON that the import does not convert.
    #[error("it contains {kind}, which the import does not convert; {remedy}")]
    NoPlace {
        /// The kind of its contents.
        kind: ExportKind,
        /// The remedy.
        remedy: &'static str,
    },
    /// JSON of an unknown kind.
    #[error("it is JSON of an unknown kind; `peerpath import azure --help` lists the supported exports")]
    Unrecognised,
    /// The user specified a circuit's route table, but the file contains none.
    #[error("it does not contain the route table of a circuit; specify the file without `--table`")]
    NoCircuitTable,
    /// The file is larger than any export.
    #[error("it has {bytes} bytes, but an export has at most {limit} bytes; specify only exports")]
    TooLarge {
        /// The size of the file.
        bytes: u64,
        /// The maximum size.
        limit: u64,
    },
}

impl ExportRefusal {
    /// Returns a stable name for output and tests: `no-json`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotText(_) | Self::BrokenUtf16 { .. } => "not-text",
            Self::NoJson => "no-json",
            Self::Cut { .. } => "cut",
            Self::Syntax { .. } => "syntax",
            Self::CommandError { .. } => "command-error",
            Self::ErrorAnswer { .. } => "error-answer",
            Self::NoBody => "no-body",
            Self::Empty => "empty",
            Self::Router { .. } => "router",
            Self::OtherProvider => "other-provider",
            Self::NoPlace { .. } => "no-place",
            Self::Unrecognised => "unrecognised",
            Self::NoCircuitTable => "no-circuit-table",
            Self::TooLarge { .. } => "too-large",
        }
    }
}
