//! Text that is checked while it is read.

use std::io::{self, Read};

use super::encoding::Check;
use super::file::InputError;

/// A reader whose bytes are checked to be UTF-8 as they come; a byte order mark at the start is left out. Reading fails
/// with [`InputError::NotUtf8`] inside of the error where they are not.
#[derive(Debug)]
pub struct Utf8Reader<R> {
    inner: R,
    check: Check,
    /// The first bytes, which may be a byte order mark; `None` behind them.
    start: Option<Vec<u8>>,
}

impl<R: Read> Utf8Reader<R> {
    /// A reader of text.
    pub fn new(inner: R) -> Self {
        Self { inner, check: Check::default(), start: Some(Vec::new()) }
    }

    /// Reads the first bytes: three, or all that there are, without a mark.
    fn begin(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let Some(start) = &mut self.start else { return Ok(()) };
        if start.is_empty() {
            // More than the mark, since UTF-16 shows in a few characters.
            self.inner.by_ref().take(64).read_to_end(start)?;
            self.check.take(start).map_err(InputError::NotUtf8)?;
            if start.starts_with(MARK) {
                start.drain(..MARK.len());
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begin()?;
        if let Some(start) = &mut self.start {
            let length = start.len().min(buffer.len());
            if let (Some(to), Some(from)) = (buffer.get_mut(..length), start.get(..length)) {
                to.copy_from_slice(from);
            }
            start.drain(..length);
            if start.is_empty() {
                self.start = None;
            }
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
        }
        let length = self.inner.read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            self.check.end().map_err(InputError::NotUtf8)?;
        }
        self.check.take(buffer.get(..length).unwrap_or_default()).map_err(InputError::NotUtf8)?;
        Ok(length)
    }
}
