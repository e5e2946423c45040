//! Feeds from files and folders that a user names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::import::{self, Hint, ImportError, ImportNotes};
use super::{Cloud, Feed};
use crate::diag;

/// The largest feed file that is read: 256 MiB. The largest known one is 5 MB.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// Why a path gave no feeds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file or folder could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than any feed.
    #[error("`{}` has {bytes} bytes; a feed has at most {MAX_FILE_BYTES}", path.display())]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A file is no feed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A folder holds no feed of the cloud.
    #[error("`{}` holds no feed of the {cloud} cloud; name a folder that `catalog import` or `catalog fetch` wrote", path.display())]
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
/// [`FileError`], where it cannot be read or is no feed.
pub fn read_file(path: &Path) -> Result<(Feed, ImportNotes), FileError> {
    let fail = |source| FileError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(fail)?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(FileError::TooLarge { path: path.to_owned(), bytes });
    }
    let content = diag::read_file(path, MAX_FILE_BYTES).map_err(fail)?;
    Ok(import::read(&path.display().to_string(), &content, &Hint::default())?)
}

/// Reads a feed file, or every feed of `cloud` in a folder: JSON files, and text files in the folders of
/// the snapshot format. Feeds of other clouds in a folder are passed over.
///
/// # Errors
///
/// [`FileError`], where anything cannot be read or a folder holds no feed of the cloud.
pub fn read_path(path: &Path, cloud: Cloud) -> Result<Vec<(Feed, ImportNotes)>, FileError> {
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

/// The files of a folder that hold feeds by their place and name, ordered by path. The state file of
/// `catalog fetch` is none.
///
/// # Errors
///
/// Where the folder cannot be read.
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
