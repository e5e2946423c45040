//! Why a file of a git revision cannot be read.

use std::io;

/// Why a file of a revision cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// Not `git:REVISION:PATH`.
    #[error("`{text}` is not git:REVISION:PATH, such as `git:origin/main:network.yaml`")]
    Shape {
        /// What was typed.
        text: String,
    },
    /// git could not be started.
    #[error("cannot start `git`, which `{file}` needs: install it, or name a file on disk")]
    Start {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// git does not have it.
    #[error(
        "git has no `{file}`: {said}; fetch the revision first, and name the path from the repository's root"
    )]
    Missing {
        /// The file.
        file: String,
        /// What git says.
        said: String,
    },
    /// A file that is named from a file of a revision lies outside of the repository.
    #[error(
        "`{file}` names `{written}`, which is not in the revision: write a path that begins at its own folder"
    )]
    Outside {
        /// The file.
        file: String,
        /// The path that it names.
        written: String,
    },
}
