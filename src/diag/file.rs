//! Opens the inputs that a user names. Accepts only files, and pipes that end.

use std::fs::{self, File, FileType};
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use super::encoding::NotUtf8;

/// The reason why an input is not read. The reason is wrapped in an [`io::Error`], to which callers add the name of
/// the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The path names a folder instead of a file.
    #[error("it is a folder: name a file")]
    Folder,
    /// The path names a device. A device such as `/dev/zero` may have no end.
    #[error("it is a device, which may never end: copy the content to a file")]
    Device,
    /// The path names a named pipe, which may never be written to.
    #[error(
        "it is a named pipe, which may never be written to or never end: write its content to a file, or use the \
         shell's `<(COMMAND)`"
    )]
    NamedPipe,
    /// The path names a socket.
    #[error("it is a socket: copy the content to a file")]
    Socket,
    /// The input has more bytes than this type of input may have.
    #[error("it has more than {limit} bytes, the maximum for this type of input")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The input decompresses to more bytes than this type of input may have.
    #[error("it decompresses to more than {limit} bytes, the maximum for this type of input")]
    UnpacksTooLarge {
        /// The limit.
        limit: u64,
    },
    /// The input is not UTF-8.
    #[error("{0}")]
    NotUtf8(NotUtf8),
}

impl From<InputError> for io::Error {
    fn from(error: InputError) -> Self {
        let kind = match error {
            InputError::Folder => io::ErrorKind::IsADirectory,
            InputError::NotUtf8(_) => io::ErrorKind::InvalidData,
            InputError::TooLarge { .. } | InputError::UnpacksTooLarge { .. } => io::ErrorKind::FileTooLarge,
            InputError::Device | InputError::NamedPipe | InputError::Socket => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}

/// Opens a file, or a pipe with which the program was started (`<(COMMAND)`, `/dev/stdin`). `/dev/null` is treated as
/// an empty file.
///
/// # Errors
///
/// Returns the system's error, or an [`InputError`] for a folder, device, named pipe or socket. Folders, devices,
/// named pipes and sockets are not opened.
pub fn open_file(path: &Path) -> io::Result<File> {
    open(path, |error, _| Err(error.into()))
}

/// Opens an input that is read line by line as it arrives. Like [`open_file`], but also accepts named pipes and
/// terminals.
///
/// # Errors
/// Those of [`open_file`].
pub fn open_stream(path: &Path) -> io::Result<File> {
    open(path, |error, file| {
        let ends = match error {
            InputError::NamedPipe => true,
            InputError::Device => file()?.is_terminal(),
            _ => false,
        };
        if ends { Ok(()) } else { Err(error.into()) }
    })
}

/// Opens a file, unless its file type is refused and `accept` does not allow it.
fn open(
    path: &Path,
    accept: impl Fn(InputError, &dyn Fn() -> io::Result<File>) -> io::Result<()>,
) -> io::Result<File> {
    let check = |kind| refuse(path, kind).or_else(|error| accept(error, &|| File::open(path)));
    check(fs::metadata(path)?.file_type())?;
    let file = File::open(path)?;
    // The file may have been replaced since the first check.
    check(file.metadata()?.file_type())?;
    Ok(file)
}

/// Reads all bytes of a file, or of a pipe with which the program was started, up to `limit`.
///
/// # Errors
/// Those of [`open_file`], and [`InputError::TooLarge`].
pub fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_all(open_file(path)?, limit)
}

/// Reads all bytes of an input, up to `limit`.
///
/// # Errors
///
/// Returns the input's error, or [`InputError::TooLarge`].
pub fn read_all(input: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Limited::new(input, limit, InputError::TooLarge { limit }).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A reader that fails after a number of bytes.
#[derive(Debug)]
pub struct Limited<R> {
    inner: R,
    left: u64,
    error: InputError,
}

impl<R: Read> Limited<R> {
    /// Creates a reader of at most `limit` bytes, which fails with `error` if there are more.
    pub fn new(inner: R, limit: u64, error: InputError) -> Self {
        Self { inner, left: limit, error }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => Err(self.error.clone().into()),
        }
    }
}

#[cfg(unix)]
fn refuse(path: &Path, kind: FileType) -> Result<(), InputError> {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_dir() {
        Err(InputError::Folder)
    } else if kind.is_block_device() || kind.is_char_device() && path != Path::new("/dev/null") {
        Err(InputError::Device)
    } else if kind.is_socket() {
        Err(InputError::Socket)
    } else if kind.is_fifo() && !is_own_pipe(path) {
        Err(InputError::NamedPipe)
    } else {
        Ok(())
    }
}

#[cfg(not(unix))]
fn refuse(_: &Path, kind: FileType) -> Result<(), InputError> {
    if kind.is_dir() { Err(InputError::Folder) } else { Ok(()) }
}

/// Returns whether a path refers to a file descriptor of this process for an unnamed pipe. Opening such a path never
/// blocks.
#[cfg(unix)]
fn is_own_pipe(path: &Path) -> bool {
    let descriptors = ["/dev/fd", "/dev/stdin", "/proc/self/fd"];
    let is_descriptor = |path: &Path| descriptors.iter().any(|folder| path.starts_with(folder));
    // On Linux, the path of an unnamed pipe does not resolve. On other systems, it resolves to itself.
    is_descriptor(path) && fs::canonicalize(path).map_or(true, |whole| is_descriptor(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_the_limit_is_read() {
        assert_eq!(read_all(b"abc".as_slice(), 3).unwrap(), b"abc");
        assert_eq!(read_all(b"".as_slice(), 0).unwrap(), b"");
        let error = read_all(io::repeat(b'a'), 2).unwrap_err();
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<InputError>());
        assert_eq!(inner, Some(&InputError::TooLarge { limit: 2 }), "{error}");
    }
}
