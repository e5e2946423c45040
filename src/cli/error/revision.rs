//! Errors from reading files in a git revision.

use std::io;

/// An error from reading a file in a git revision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// Not `git:REVISION:PATH`.
    #[error("`{text}` is not git:REVISION:PATH, such as `git:origin/main:network.yaml`")]
    Shape {
        /// The text as typed.
        text: String,
    },
    /// git could not be started.
    #[error("cannot run `git`, which is needed to read `{file}`: install git, or name a file on disk")]
    Start {
        /// The file.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// git cannot show the file.
    #[error(
        "git cannot show `{file}`: {words}; fetch the revision first, and give the path relative to the root of the repository"
    )]
    Missing {
        /// The file.
        file: String,
        /// The message of git.
        words: String,
    },
    /// A file in a revision names a file outside the repository.
    #[error(
        "`{file}` names `{written}`, which is outside the repository: use a path relative to the folder of the file"
    )]
    Outside {
        /// The file.
        file: String,
        /// The path that it names.
        written: String,
    },
}
