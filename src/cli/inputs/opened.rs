//! Records every file that this run reads. All reads in `cli` go through this module, and all writes consult it first, so
//! that no output overwrites an input, whatever name, link or redirection is used.
//!
//! Inputs in arguments are declared before a command runs. Files named in other files (tables, feeds of a folder,
//! files of a scenario or a lock) are added when they are read. The list is global to the process, like its open files.

use std::fs::{self, File};
use std::io::{self, Read as _, Stdin};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::catalog::Cloud;
use crate::catalog::Feed;
use crate::catalog::files::{self, FileError};
use crate::catalog::import::FeedNotes;
use crate::cli::error::CliError;
use crate::diag;
use crate::flow::{CaptureError, CaptureReader, CaptureSource};
use crate::network;
use crate::rib::import::{self, ImportedTable, TableError};

/// The part of a network file that is searched for tables, in bytes.
const NETWORK_BYTES: u64 = 64 << 20;

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

/// How a command uses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Role {
    /// The command reads the file.
    Input,
    /// The command reads the file as a network file, which may name routing tables.
    Network,
    /// The command reads and rewrites the file by design, such as a lock file.
    Updated,
}

/// An input file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// The path as typed; `-` for standard input.
    path: PathBuf,
    role: Role,
    place: Place,
}

/// The file that a path names. Two values are the same file if their identities or their paths are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// The path without links; `None` for standard input.
    path: Option<PathBuf>,
    identity: Option<Identity>,
}

/// Device and inode.
#[cfg(unix)]
type Identity = (u64, u64);
/// The path without links.
#[cfg(not(unix))]
type Identity = PathBuf;

impl Place {
    fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" {
            return Self { path: None, identity: identity_of_stdin() };
        }
        if let Ok(known) = path.canonicalize() {
            return Self { identity: identity(&known), path: Some(known) };
        }
        // The file does not exist yet, or a link is broken.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let path = path.file_name().map_or_else(|| path.to_owned(), |name| folder.join(name));
        Self { path: Some(path), identity: None }
    }

    fn is(&self, other: &Self) -> bool {
        let same_path = self.path.is_some() && self.path == other.path;
        same_path || self.identity.is_some() && self.identity == other.identity
    }
}

/// Returns device and inode of a file that can be overwritten: not of a terminal or `/dev/null`, which many streams share.
#[cfg(unix)]
fn identity_in(metadata: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    (!metadata.file_type().is_char_device()).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    identity_in(&fs::metadata(path).ok()?)
}

#[cfg(unix)]
fn identity_of_stdin() -> Option<Identity> {
    use std::os::fd::AsFd as _;
    let input = io::stdin().as_fd().try_clone_to_owned().ok()?;
    identity_in(&File::from(input).metadata().ok()?)
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    Some(path.to_owned())
}

#[cfg(not(unix))]
fn identity_of_stdin() -> Option<Identity> {
    None
}

/// Records a file that this run reads, or may read.
pub(in crate::cli) fn declare(path: &Path, role: Role) {
    let seen = Seen { path: path.to_owned(), role, place: Place::of(path) };
    let mut all = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !all.contains(&seen) {
        all.push(seen);
    }
}

/// Rejects outputs that would overwrite an input or each other.
pub(in crate::cli) fn refuse<'p>(outputs: impl Iterator<Item = &'p Path>) -> Result<(), CliError> {
    let mut taken: Vec<Place> = Vec::new();
    let all = all();
    for path in outputs {
        let place = Place::of(path);
        if let Some(seen) = all.iter().find(|seen| seen.place.is(&place)) {
            return Err(overwritten(path, seen));
        }
        if taken.iter().any(|other| other.is(&place)) {
            return Err(CliError::OutTwice { path: path.to_owned() });
        }
        taken.push(place);
    }
    Ok(())
}

/// Rejects an output that would overwrite an input, unless its role is [`Role::Updated`].
pub(in crate::cli) fn refuse_update(path: &Path) -> Result<(), CliError> {
    let place = Place::of(path);
    match all().iter().find(|seen| seen.role != Role::Updated && seen.place.is(&place)) {
        Some(seen) => Err(overwritten(path, seen)),
        None => Ok(()),
    }
}

fn overwritten(path: &Path, seen: &Seen) -> CliError {
    CliError::OutIsInput { path: path.to_owned(), input: seen.path.clone() }
}

/// Returns all inputs, with the tables that network files name: these may not have been read yet, or were not read
/// because of another error.
fn all() -> Vec<Seen> {
    let mut all = SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let networks: Vec<PathBuf> =
        all.iter().filter(|seen| seen.role == Role::Network).map(|seen| seen.path.clone()).collect();
    for network in networks.iter().filter(|path| fs::metadata(path).is_ok_and(|found| found.is_file())) {
        let mut bytes = Vec::new();
        let read = File::open(network).and_then(|file| file.take(NETWORK_BYTES).read_to_end(&mut bytes));
        if read.is_err() {
            continue;
        }
        let tables = tables(network, &String::from_utf8_lossy(&bytes));
        all.extend(tables.into_iter().map(|path| Seen { place: Place::of(&path), path, role: Role::Input }));
    }
    all
}

/// Returns the tables that the text of a network file may name.
fn tables(network: &Path, text: &str) -> Vec<PathBuf> {
    let folder = network.parent().unwrap_or(Path::new(""));
    network::named_tables(text).into_iter().map(|table| folder.join(table)).collect()
}

/// Records the tables of a network file that can be read only once.
pub(in crate::cli) fn declare_tables(network: &Path, text: &str) {
    for path in tables(network, text) {
        declare(&path, Role::Input);
    }
}

/// Reads a whole file of at most `limit` bytes. Devices and named pipes are rejected.
pub(in crate::cli) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    declare(path, Role::Input);
    diag::read_file(path, limit).map_err(CliError::read(path))
}

/// Like [`bytes`], for a file that is also rewritten.
pub(in crate::cli) fn updated(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    declare(path, Role::Updated);
    diag::read_file(path, limit).map_err(CliError::read(path))
}

/// Opens a file.
pub(in crate::cli) fn open(path: &Path) -> Result<File, CliError> {
    declare(path, Role::Input);
    File::open(path).map_err(CliError::read(path))
}

/// Opens a file or pipe that is read as a stream.
pub(in crate::cli) fn stream(path: &Path) -> Result<File, CliError> {
    declare(path, Role::Input);
    diag::open_stream(path).map_err(CliError::read(path))
}

/// Returns standard input.
pub(in crate::cli) fn stdin() -> Stdin {
    declare(Path::new("-"), Role::Input);
    io::stdin()
}

/// Reads a feed from a file.
pub(in crate::cli) fn feed(path: &Path) -> Result<(Feed, FeedNotes), FileError> {
    declare(path, Role::Input);
    files::read_file(path)
}

/// Reads the feed of a file, or the feeds of a cloud in a folder.
pub(in crate::cli) fn feeds(path: &Path, cloud: Cloud) -> Result<Vec<(Feed, FeedNotes)>, FileError> {
    declare_feeds(path);
    files::read_path(path, cloud)
}

/// Records a feed, or the feeds of a folder.
pub(in crate::cli) fn declare_feeds(path: &Path) {
    declare(path, Role::Input);
    if path.is_dir() {
        files::feed_files(path).unwrap_or_default().iter().for_each(|file| declare(file, Role::Input));
    }
}

/// Reads a routing table.
pub(in crate::cli) fn routes(path: &Path) -> Result<ImportedTable, TableError> {
    declare(path, Role::Input);
    import::open(path)
}

/// Opens a capture.
pub(in crate::cli) fn capture(path: &Path) -> Result<CaptureReader, CaptureError> {
    if path.as_os_str() == "-" {
        return CaptureReader::from_read("-", stdin());
    }
    declare(path, Role::Input);
    CaptureReader::open(path)
}

/// Returns a capture that the caller opens.
pub(in crate::cli) fn capture_source(path: &Path) -> CaptureSource<'_> {
    if path.as_os_str() == "-" {
        return CaptureSource::Read { name: "-".to_owned(), input: Box::new(stdin()) };
    }
    declare(path, Role::Input);
    CaptureSource::File(path)
}
