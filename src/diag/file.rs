//! Opening what a user names as an input: files and pipes that end, and nothing else.

use std::fs::{self, File, FileType};
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use super::encoding::NotUtf8;

/// Why an input is not read; inside of an [`io::Error`], which callers give its subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A folder stands where a file is read.
    #[error("it is a folder: name a file")]
    Folder,
    /// A device, such as `/dev/zero`, may have no end.
    #[error("it is a device, which need not end: copy what is meant into a file")]
    Device,
    /// A named pipe may never be written to.
    #[error(
        "it is a named pipe, which may never be written to or never end: write its content to a file, or give a \
         shell's `<(COMMAND)`"
    )]
    NamedPipe,
    /// A socket is no file.
    #[error("it is a socket: copy what is meant into a file")]
    Socket,
    /// It has more bytes than an input of its kind.
    #[error("it has more than {limit} bytes, the most that is read of such an input")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// What it is unpacked to has more bytes than an input of its kind.
    #[error("it unpacks to more than {limit} bytes, the most that is read of such an input")]
    UnpacksTooLarge {
        /// The limit.
        limit: u64,
    },
    /// It is not UTF-8.
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

/// Opens a file, or a pipe that the program was started with (`<(COMMAND)`, `/dev/stdin`). `/dev/null` is an empty file.
///
/// # Errors
///
/// The system's, or an [`InputError`] for a folder, device, named pipe or socket; none of these is opened.
pub fn open_file(path: &Path) -> io::Result<File> {
    open(path, |error, _| Err(error.into()))
}

/// Opens what is read line by line as it comes: as [`open_file`], but a named pipe or a terminal is as good as a file.
///
/// # Errors
///
/// As [`open_file`].
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

/// Opens a file whose kind is not refused, or is accepted all the same.
fn open(
    path: &Path,
    accept: impl Fn(InputError, &dyn Fn() -> io::Result<File>) -> io::Result<()>,
) -> io::Result<File> {
    let judge = |kind| refuse(path, kind).or_else(|error| accept(error, &|| File::open(path)));
    judge(fs::metadata(path)?.file_type())?;
    let file = File::open(path)?;
    // What stands there may have changed in between.
    judge(file.metadata()?.file_type())?;
    Ok(file)
}

/// All bytes of a file or of a pipe that the program was started with, of at most `limit`.
///
/// # Errors
///
/// As [`open_file`], and [`InputError::TooLarge`].
pub fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_all(open_file(path)?, limit)
}

/// All bytes of an input, of at most `limit`.
///
/// # Errors
///
/// The input's, and [`InputError::TooLarge`].
pub fn read_all(input: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Limited::new(input, limit, InputError::TooLarge { limit }).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A reader that fails behind a number of bytes.
#[derive(Debug)]
pub struct Limited<R> {
    inner: R,
    left: u64,
    error: InputError,
}

impl<R: Read> Limited<R> {
    /// A reader of at most `limit` bytes, which fails with `error` where there are more.
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

/// Whether a path is that of a descriptor of this process that is a pipe without a name. Opening it never waits.
#[cfg(unix)]
fn is_own_pipe(path: &Path) -> bool {
    let descriptors = ["/dev/fd", "/dev/stdin", "/proc/self/fd"];
    let is_descriptor = |path: &Path| descriptors.iter().any(|folder| path.starts_with(folder));
    // On Linux the path of a pipe without a name leads to none; on other systems it stays what it is.
    is_descriptor(path) && fs::canonicalize(path).map_or(true, |whole| is_descriptor(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_the_most_that_is_read() {
        assert_eq!(read_all(b"abc".as_slice(), 3).unwrap(), b"abc");
        assert_eq!(read_all(b"".as_slice(), 0).unwrap(), b"");
        let error = read_all(io::repeat(b'a'), 2).unwrap_err();
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<InputError>());
        assert_eq!(inner, Some(&InputError::TooLarge { limit: 2 }), "{error}");
    }
}
