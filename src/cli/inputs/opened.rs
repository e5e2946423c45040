//! Every file that this run reads. Whatever reads in `cli` goes through here, and whatever writes asks here first, so
//! that no output destroys an input: by whatever name, link or redirection both are named.
//!
//! Arguments that name inputs are declared before a command runs; what files name in turn (tables, feeds of a folder,
//! files of a scenario or a lock) is added when it is read. The list belongs to the process, as its open files do.

use std::fs::{self, File};
use std::io::{self, Read as _, Stdin};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::catalog::Cloud;
use crate::catalog::Feed;
use crate::catalog::files::{self, FileError};
use crate::catalog::import::ImportNotes;
use crate::cli::error::CliError;
use crate::diag;
use crate::flow::{CaptureError, CaptureReader, CaptureSource};
use crate::network;
use crate::rib::import::{self, ImportError, Imported};

/// Bytes of a network file in which tables are looked for.
const NETWORK_BYTES: u64 = 64 << 20;

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

/// What a file is to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Role {
    /// It is read.
    Input,
    /// It is read and is a network file, which names tables of routes.
    Network,
    /// It is read and written anew by design, as a lock is.
    Updated,
}

/// A file that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// As it was named; `-` for standard input.
    path: PathBuf,
    role: Role,
    place: Place,
}

/// Which file a path names. Two are the same file where they have one identity, or one path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// The path without links; `None` of standard input.
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
        // It does not exist yet, or a link leads to nothing.
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

/// Device and inode of what can be destroyed: not of a terminal or `/dev/null`, which many streams share.
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

/// Notes that this run reads a file, or may.
pub(in crate::cli) fn declare(path: &Path, role: Role) {
    let seen = Seen { path: path.to_owned(), role, place: Place::of(path) };
    let mut all = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !all.contains(&seen) {
        all.push(seen);
    }
}

/// Refuses outputs that would destroy what is read, or one another.
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

/// Refuses an output that would destroy what is read, but for what is read to be written anew.
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

/// All that is read, with the tables that network files name: these may be about to be read, or were not because
/// something else is wrong.
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

/// The tables that the text of a network file may name.
fn tables(network: &Path, text: &str) -> Vec<PathBuf> {
    let folder = network.parent().unwrap_or(Path::new(""));
    network::named_tables(text).into_iter().map(|table| folder.join(table)).collect()
}

/// Notes the tables that a network file names which can be read but once.
pub(in crate::cli) fn declare_tables(network: &Path, text: &str) {
    for path in tables(network, text) {
        declare(&path, Role::Input);
    }
}

/// The bytes of a file that is read whole: at most `limit`, and neither a device nor a named pipe.
pub(in crate::cli) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    declare(path, Role::Input);
    diag::read_file(path, limit).map_err(CliError::read(path))
}

/// As [`bytes`], of a file that is written anew, too.
pub(in crate::cli) fn updated(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    declare(path, Role::Updated);
    diag::read_file(path, limit).map_err(CliError::read(path))
}

/// A file, opened.
pub(in crate::cli) fn open(path: &Path) -> Result<File, CliError> {
    declare(path, Role::Input);
    File::open(path).map_err(CliError::read(path))
}

/// A file that is read as it comes.
pub(in crate::cli) fn stream(path: &Path) -> Result<File, CliError> {
    declare(path, Role::Input);
    diag::open_stream(path).map_err(CliError::read(path))
}

/// Standard input.
pub(in crate::cli) fn stdin() -> Stdin {
    declare(Path::new("-"), Role::Input);
    io::stdin()
}

/// A feed of a file.
pub(in crate::cli) fn feed(path: &Path) -> Result<(Feed, ImportNotes), FileError> {
    declare(path, Role::Input);
    files::read_file(path)
}

/// The feeds of a file, or those of a cloud in a folder.
pub(in crate::cli) fn feeds(path: &Path, cloud: Cloud) -> Result<Vec<(Feed, ImportNotes)>, FileError> {
    declare_feeds(path);
    files::read_path(path, cloud)
}

/// Notes a feed, and the feeds of a folder.
pub(in crate::cli) fn declare_feeds(path: &Path) {
    declare(path, Role::Input);
    if path.is_dir() {
        files::feed_files(path).unwrap_or_default().iter().for_each(|file| declare(file, Role::Input));
    }
}

/// A table of routes.
pub(in crate::cli) fn routes(path: &Path) -> Result<Imported, ImportError> {
    declare(path, Role::Input);
    import::open(path)
}

/// A capture.
pub(in crate::cli) fn capture(path: &Path) -> Result<CaptureReader, CaptureError> {
    if path.as_os_str() == "-" {
        return CaptureReader::from_read("-", stdin());
    }
    declare(path, Role::Input);
    CaptureReader::open(path)
}

/// A capture, for those who open it themselves.
pub(in crate::cli) fn capture_source(path: &Path) -> CaptureSource<'_> {
    if path.as_os_str() == "-" {
        return CaptureSource::Read { name: "-".to_owned(), input: Box::new(stdin()) };
    }
    declare(path, Role::Input);
    CaptureSource::File(path)
}
