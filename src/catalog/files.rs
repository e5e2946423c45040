//! Reads feeds from files and folders that a user specifies.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::import::{self, FeedError, FeedNotes, Hint};
use super::{Cloud, Feed};
use crate::diag;

/// The maximum size of a feed file: 256 MiB. The largest known feed file is 5 MB.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// The reason why a path has no feeds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file or folder could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is larger than any feed.
    #[error("`{}` has {bytes} bytes, but a feed can have at most {MAX_FILE_BYTES} bytes", path.display())]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// Its size in bytes.
        bytes: u64,
    },
    /// A file is not a feed.
    #[error(transparent)]
    Import(#[from] FeedError),
    /// A folder contains no feed for the cloud.
    #[error("`{}` contains no feed for the {cloud} cloud; use a folder written by `catalog import` or `catalog fetch`", path.display())]
    NoFeed {
        /// The folder.
        path: PathBuf,
        /// The cloud.
        cloud: Cloud,
    },
}

/// Reads one feed file.
///
/// # Errors
///
/// Returns a [`FileError`] if the file cannot be read or is not a feed.
pub fn read_file(path: &Path) -> Result<(Feed, FeedNotes), FileError> {
    let fail = |source| FileError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(fail)?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(FileError::TooLarge { path: path.to_owned(), bytes });
    }
    let content = diag::read_file(path, MAX_FILE_BYTES).map_err(fail)?;
    Ok(import::read(&path.display().to_string(), &content, &Hint::default())?)
}

/// Reads a feed file, or every feed for `cloud` in a folder: JSON files, and text files in the folders of the
/// snapshot format. Feeds for other clouds in a folder are skipped.
///
/// # Errors
///
/// Returns a [`FileError`] if anything cannot be read or a folder contains no feed for the cloud.
pub fn read_path(path: &Path, cloud: Cloud) -> Result<Vec<(Feed, FeedNotes)>, FileError> {
    let fail = |source| FileError::Read { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(fail)?.is_dir() {
        return Ok(vec![read_file(path)?]);
    }
    let mut feeds = Vec::new();
    for file in feed_files(path).map_err(fail)? {
        let (feed, notes) = read_file(&file)?;
        if feed.provenance.cloud == cloud {
            feeds.push((feed, notes));
        }
    }
    if feeds.is_empty() { Err(FileError::NoFeed { path: path.to_owned(), cloud }) } else { Ok(feeds) }
}

/// Returns the files of a folder that contain feeds according to their location and name, ordered by path.
/// This excludes the state file of `catalog fetch`.
///
/// # Errors
///
/// Returns an error if the folder cannot be read.
pub fn feed_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (below, extension) in [("", "json"), ("azure", "txt"), ("m365", "txt"), ("communities", "txt")] {
        let place = folder.join(below);
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_feed = path.extension().is_some_and(|found| found == extension)
                && !["documented.txt", "fetch.json"].contains(&name);
            if is_feed {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
