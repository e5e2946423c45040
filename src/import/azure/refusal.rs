//! Why a file, or one of the answers in it, was not taken.

use super::ExportKind;
use crate::diag::NotUtf8;

/// Why nothing was taken; each message says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Neither UTF-8 nor UTF-16.
    #[error("{0}")]
    NotText(NotUtf8),
    /// It begins as UTF-16, and is not.
    #[error("byte {offset} is not valid UTF-16; save the file again, as UTF-8")]
    BrokenUtf16 {
        /// Offset of the first bad byte, from 0.
        offset: usize,
    },
    /// There is no JSON in it.
    #[error("there is no JSON in it; save the command's answer with `--output json`")]
    NoJson,
    /// The JSON ends too early.
    #[error("the JSON breaks off at line {line}; run the command again and save all of its answer")]
    Cut {
        /// From 1.
        line: usize,
    },
    /// The JSON is malformed.
    #[error("the JSON is not valid at line {line}, column {column}; run the command again")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The command failed, and its error was saved.
    #[error("it holds an error of the command, `{code}`, instead of its answer; mend that and run it again")]
    CommandError {
        /// The error's code, or what it is in a few words.
        code: String,
    },
    /// A service answered with an error, and the answer was saved.
    #[error("it holds an error answer, `{code}`, instead of a resource; mend that and repeat the request")]
    ErrorAnswer {
        /// The service's code.
        code: String,
    },
    /// A REST example or a saved response without a body.
    #[error("the response has no body; the answer of the operation that it starts is what is needed")]
    NoBody,
    /// The answer is an empty list, or its rows are.
    #[error("the answer is empty; run the command where there is something to list")]
    Empty,
    /// The output of a router.
    #[error(
        "it holds the output of a router ({router}), not of Azure; give routes of a router as a file under `learned`"
    )]
    Router {
        /// Which router.
        router: &'static str,
    },
    /// An answer of another provider's cloud.
    #[error("it is about another provider's cloud; leave it out")]
    OtherProvider,
    /// JSON of Azure that a network file has no place for.
    #[error("it holds {kind}, of which a network file says nothing; {remedy}")]
    NoPlace {
        /// What it holds.
        kind: ExportKind,
        /// What to do with it.
        remedy: &'static str,
    },
    /// JSON of an unknown kind.
    #[error(
        "it is JSON of an unknown kind; `peerpath import azure --help` lists the exports that are understood"
    )]
    Unrecognised,
    /// A table of a circuit was promised.
    #[error("it holds no table of a circuit's routes; name it without `--table`")]
    NoCircuitTable,
    /// The file is larger than any export.
    #[error("it has {bytes} bytes, an export has at most {limit}; name exports only")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
}

impl Refusal {
    /// A stable name for output and tests: `no-json`.
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
