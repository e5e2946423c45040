//! Floor 0: files that are written completely or not at all.
//!
//! ```text
//! temporary file in the target's folder ─▶ write ─▶ fsync ─▶ rename over the target ─▶ fsync of the folder
//! ```
//!
//! A reader of a target sees either its old bytes or all of the new ones, even after a power failure. A [`Batch`]
//! contains several files that appear together: none is renamed before all are on disk. A batch that is not committed
//! leaves nothing behind. [`remove_unfinished`] is for a process that is terminated by a signal.
//!
//! | the path names | what happens |
//! |---|---|
//! | nothing | a new file, with the permissions of the umask |
//! | a regular file | it is replaced; the new file keeps the permissions, and the owner if the user may set it; other hard links keep the old bytes |
//! | a symbolic link | the file that it points to is replaced; the link stays |
//! | a device, a FIFO, a socket, a descriptor (`/dev/stdout`) | it is written directly, since nothing can be renamed over it |
//! | a folder | an error |
//!
//! ```
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("report.json");
//! peerpath::atomic_file::replace(&path, b"{}")?;
//! assert_eq!(std::fs::read(&path)?, b"{}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

/// Maximum number of symbolic links followed from one path; Linux follows at most 40.
const MOST_LINKS: usize = 40;
/// Maximum bytes of the target's name repeated in the temporary file's name; a file name has at most 255 bytes.
const NAME_BYTES: usize = 200;

/// Paths of this process that are removed unless they are committed. Locked while files are created and renamed, so
/// that [`remove_unfinished`] sees no intermediate state.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
pub struct WriteError {
    /// The file, as it was named.
    pub path: PathBuf,
    /// The cause.
    pub source: io::Error,
}

/// Files that appear together, complete, or not at all. Dropping the batch without [`Batch::commit`] removes its
/// files and folders.
#[derive(Debug, Default)]
pub struct Batch {
    files: Vec<AtomicFile>,
    folders: Vec<PathBuf>,
}

/// A file that is being written, buffered.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    out: BufWriter<File>,
    /// `None` if bytes are written to the target directly.
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    temporary: TempPath,
    target: PathBuf,
    replaces: bool,
    /// Metadata of the file that is replaced.
    old: Option<Metadata>,
}

impl Batch {
    /// Returns an empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a file that replaces the one at `path`, if any.
    ///
    /// # Errors
    ///
    /// If the path is a folder or not writable, or if no file can be created beside it.
    pub fn replace(&mut self, path: &Path) -> Result<&mut AtomicFile, WriteError> {
        self.begin(path, true).map_err(|source| WriteError { path: path.to_owned(), source })
    }

    /// Begins a file that must not exist, either now or when it is committed.
    ///
    /// # Errors
    ///
    /// The errors of [`Self::replace`], and `AlreadyExists` if the name is in use.
    pub fn create_new(&mut self, path: &Path) -> Result<&mut AtomicFile, WriteError> {
        self.begin(path, false).map_err(|source| WriteError { path: path.to_owned(), source })
    }

    /// Creates a folder for files in this batch. The folder is removed if the files are.
    ///
    /// # Errors
    ///
    /// If it cannot be created; `AlreadyExists` if the name is in use.
    pub fn create_folder(&mut self, path: &Path) -> Result<(), WriteError> {
        let mut unfinished = unfinished();
        fs::create_dir(path).map_err(|source| WriteError { path: path.to_owned(), source })?;
        unfinished.push(path.to_owned());
        self.folders.push(path.to_owned());
        Ok(())
    }

    fn begin(&mut self, path: &Path, replaces: bool) -> io::Result<&mut AtomicFile> {
        let file = if replaces {
            match target(path)? {
                Some(target) => AtomicFile::beside(path, target, true)?,
                None => AtomicFile::direct(path)?,
            }
        } else {
            vacant(path)?;
            AtomicFile::beside(path, path.to_owned(), false)?
        };
        self.files.push(file);
        self.files.last_mut().ok_or_else(|| io::Error::other("no file was begun"))
    }

    /// Writes every file to disk, then renames each to its final name.
    ///
    /// # Errors
    ///
    /// Returns the error of the first file that fails. If it fails before the first rename, nothing has changed. Renames
    /// that succeeded before a later one failed are kept.
    pub fn commit(mut self) -> Result<(), WriteError> {
        for file in &mut self.files {
            file.finish().map_err(|source| WriteError { path: file.path.clone(), source })?;
        }
        // Dropped after the lock, because removing the remaining files acquires it again.
        let mut unfinished = unfinished();
        for file in self.files.iter().filter(|file| file.pending.as_ref().is_some_and(|one| !one.replaces)) {
            vacant(&file.path).map_err(|source| WriteError { path: file.path.clone(), source })?;
        }
        let mut folders: Vec<PathBuf> = Vec::new();
        for file in std::mem::take(&mut self.files) {
            let AtomicFile { path, pending: Some(pending), .. } = file else { continue };
            let temporary = pending.temporary.to_path_buf();
            let folder = folder(&pending.target).to_owned();
            let renamed = pending.rename();
            unfinished.retain(|other| *other != temporary);
            renamed.map_err(|source| WriteError { path, source })?;
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        for made in self.folders.drain(..) {
            unfinished.retain(|other| *other != made);
            folders.push(folder(&made).to_owned());
        }
        drop(unfinished);
        for folder in &folders {
            sync_folder(folder);
        }
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if self.files.is_empty() && self.folders.is_empty() {
            return;
        }
        let mut unfinished = unfinished();
        for pending in self.files.drain(..).filter_map(|file| file.pending) {
            unfinished.retain(|other| *other != *pending.temporary);
        }
        for folder in self.folders.drain(..).rev() {
            unfinished.retain(|other| *other != folder);
            // Another program may have added files to the folder; those are not ours to remove.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl AtomicFile {
    fn direct(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), out: BufWriter::new(File::create(path)?), pending: None })
    }

    fn beside(path: &Path, target: PathBuf, replaces: bool) -> io::Result<Self> {
        let old = fs::metadata(&target).ok().filter(|_| replaces);
        if old.is_some() {
            // A write-protected file is not replaced, even if its folder would allow it.
            File::options().write(true).open(&target)?;
        }
        let mut unfinished = unfinished();
        let (file, temporary) = temporary(&target, old.as_ref())?;
        unfinished.push(temporary.to_path_buf());
        let pending = Some(Pending { temporary, target, replaces, old });
        Ok(Self { path: path.to_owned(), out: BufWriter::new(file), pending })
    }

    /// Writes everything to disk and sets the permissions of the replaced file.
    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()?;
        let Some(pending) = &self.pending else { return Ok(()) };
        let file = self.out.get_ref();
        if let Some(old) = &pending.old {
            keep_owner(file, old);
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()
    }
}

impl Pending {
    fn rename(self) -> io::Result<()> {
        let Self { temporary, target, replaces, .. } = self;
        if replaces {
            temporary.persist(target).map_err(|failed| failed.error)
        } else {
            temporary.persist_noclobber(target).map_err(|failed| failed.error)
        }
    }
}

/// Replaces or creates the file at `path`.
///
/// # Errors
///
/// The errors of [`Batch::replace`] and [`Batch::commit`]. In both cases, the previous file is unchanged.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut batch = Batch::new();
    let file = batch.replace(path)?;
    file.write_all(bytes).map_err(|source| WriteError { path: path.to_owned(), source })?;
    batch.commit()
}

/// Removes all uncommitted files and folders of this process, and prevents new ones from being created or committed.
/// Call it after a signal, immediately before the process ends.
pub fn remove_unfinished() {
    let unfinished = unfinished();
    // A file comes after its folder in the list, so it is removed first.
    for path in unfinished.iter().rev() {
        if fs::remove_file(path).is_err() {
            let _ = fs::remove_dir(path);
        }
    }
    std::mem::forget(unfinished);
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the file that a path resolves to, whether it exists or not; `None` if bytes must be written to it
/// directly.
fn target(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        if is_descriptor(&at) {
            return Ok(None);
        }
        let kind = match fs::symlink_metadata(&at) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(at)),
            Err(error) => return Err(error),
        };
        if kind.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !kind.is_symlink() {
            return Ok(kind.is_file().then_some(at));
        }
        at = folder(&at).join(fs::read_link(&at)?);
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

/// Returns whether a path names an open file of a process, as `/dev/stdout` does. A file renamed over such a path
/// would not replace the open file.
fn is_descriptor(path: &Path) -> bool {
    let place = folder(path).canonicalize();
    place.is_ok_and(|place| place.starts_with("/proc") || place == Path::new("/dev/fd"))
}

/// Rejects a path whose name is in use, even by a dangling symbolic link.
fn vacant(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => Ok(()),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a new file beside `target`, such as `.report.json.Xk3v9a.partial`: hidden, and of no type that peerpath
/// reads.
fn temporary(target: &Path, old: Option<&Metadata>) -> io::Result<(File, TempPath)> {
    let mut prefix = OsString::from(".");
    let name = target.file_name().unwrap_or_default();
    if name.len() <= NAME_BYTES {
        prefix.push(name);
    } else {
        prefix.push(name.to_string_lossy().chars().take(NAME_BYTES / 4).collect::<String>());
    }
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    builder.permissions(beginning_permissions(old));
    #[cfg(not(unix))]
    let _ = old;
    let folder = folder(target);
    let file = builder.tempfile_in(folder).map_err(|error| {
        let message = format!("cannot create a temporary file in its folder `{}`: {error}", folder.display());
        io::Error::new(error.kind(), message)
    })?;
    Ok(file.into_parts())
}

/// Returns the permissions of a new file, never wider than those of the file that it replaces.
#[cfg(unix)]
fn beginning_permissions(old: Option<&Metadata>) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = old.map_or(0o666, |old| old.permissions().mode() & 0o777);
    fs::Permissions::from_mode(mode)
}

/// Gives the new file the owner of the old one. In general only the superuser may do so.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let same = |new: Metadata| (new.uid(), new.gid()) == (old.uid(), old.gid());
    if !file.metadata().is_ok_and(same) {
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

/// Makes renames in a folder durable. Some operating systems and file systems cannot do this; the rename is still atomic.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_batch_appears_at_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("old"), "old").unwrap();
        let mut batch = Batch::new();
        batch.replace(&at("old")).unwrap().write_all(b"new").unwrap();
        batch.create_new(&at("more")).unwrap().write_all(b"more").unwrap();
        assert_eq!(fs::read(at("old")).unwrap(), b"old");
        assert!(!at("more").exists());
        assert_eq!(names(folder.path()).iter().filter(|name| name.ends_with(".partial")).count(), 2);
        batch.commit().unwrap();
        assert_eq!(fs::read(at("old")).unwrap(), b"new");
        assert_eq!(fs::read(at("more")).unwrap(), b"more");
        assert_eq!(names(folder.path()), ["more", "old"]);
    }

    #[test]
    fn what_is_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old"), "old").unwrap();
        let mut batch = Batch::new();
        batch.replace(&folder.path().join("old")).unwrap().write_all(b"new").unwrap();
        batch.create_folder(&folder.path().join("tables")).unwrap();
        batch.create_new(&folder.path().join("tables/one")).unwrap().write_all(b"one").unwrap();
        drop(batch);
        assert_eq!(names(folder.path()), ["old"]);
        assert_eq!(fs::read(folder.path().join("old")).unwrap(), b"old");
    }

    #[test]
    fn what_appears_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut batch = Batch::new();
        batch.replace(&at("first")).unwrap().write_all(b"first").unwrap();
        batch.create_new(&at("second")).unwrap().write_all(b"ours").unwrap();
        fs::write(at("second"), "theirs").unwrap();
        let error = batch.commit().unwrap_err();
        assert_eq!((error.path, error.source.kind()), (at("second"), io::ErrorKind::AlreadyExists));
        assert_eq!(names(folder.path()), ["second"], "nor is the file that was to appear with it");
        assert_eq!(fs::read(at("second")).unwrap(), b"theirs");
        let error = Batch::new().create_new(&at("second")).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn folders_and_missing_folders_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        for (path, kind) in [
            (folder.path().to_owned(), io::ErrorKind::IsADirectory),
            (folder.path().join("missing/file"), io::ErrorKind::NotFound),
        ] {
            assert_eq!(replace(&path, b"x").unwrap_err().source.kind(), kind, "{}", path.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("below")).unwrap();
        fs::write(at("below/real"), "old").unwrap();
        fs::set_permissions(at("below/real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("below/real", at("link")).unwrap();
        symlink("link", at("link-to-link")).unwrap();
        symlink("below/not-yet", at("dangling")).unwrap();
        symlink("round", at("round")).unwrap();
        replace(&at("link-to-link"), b"new").unwrap();
        replace(&at("dangling"), b"there").unwrap();
        assert!(replace(&at("round"), b"x").is_err());
        assert_eq!(fs::read(at("below/real")).unwrap(), b"new");
        assert_eq!(fs::metadata(at("below/real")).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(fs::read(at("below/not-yet")).unwrap(), b"there");
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!(names(&at("below")), ["not-yet", "real"]);
        let error = Batch::new().create_new(&at("dangling")).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_replaced_is_written_directly() {
        for path in ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            assert_eq!(target(Path::new(path)).unwrap(), None, "{path}");
        }
        replace(Path::new("/dev/null"), b"gone").unwrap();
    }

    #[test]
    fn long_names_and_leftovers_are_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("n".repeat(255));
        fs::write(folder.path().join(".report.json.0.partial"), "of a killed run").unwrap();
        replace(&long, b"long").unwrap();
        replace(&folder.path().join("report.json"), b"short").unwrap();
        assert_eq!(fs::read(long).unwrap(), b"long");
        assert_eq!(names(folder.path()).len(), 3);
    }
}
