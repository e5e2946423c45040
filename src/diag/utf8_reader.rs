//! Checks that text is UTF-8 while reading it.

use std::io::{self, Read};

use super::encoding::Check;
use super::file::InputError;

/// A reader that checks that its bytes are UTF-8, and removes a byte order mark at the start. If the bytes are not
/// UTF-8, reading fails with an error that contains [`InputError::NotUtf8`].
#[derive(Debug)]
pub struct Utf8Reader<R> {
    inner: R,
    check: Check,
    /// The first bytes, which may contain a byte order mark; `None` after they have been read.
    start: Option<Vec<u8>>,
}

impl<R: Read> Utf8Reader<R> {
    /// Creates a reader that reads text from `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, check: Check::default(), start: Some(Vec::new()) }
    }

    /// Reads the first bytes and removes a byte order mark.
    fn begin(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let Some(start) = &mut self.start else { return Ok(()) };
        if start.is_empty() {
            // Read more bytes than the mark has, because detecting UTF-16 needs a few characters.
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
