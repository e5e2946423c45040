//! The bytes of a capture, from a file, a pipe or a decompressor: one code path for all.
//!
//! Before each read, unconsumed bytes are moved to the space *before* the position that reads write to. So
//! every read of a file goes to a page boundary, because the kernel's copy is up to four times slower at an
//! unaligned offset. The buffer grows only for a packet that does not fit, and only with bytes that arrived.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// The size of a page.
const PAGE: usize = 4096;
/// The number of bytes to read at a time.
pub(in crate::flow) const READ: usize = 256 << 10;
/// The number of bytes that can be carried over before the buffer grows.
const CARRY: usize = 64 << 10;

/// A window that slides over an input.
pub(in crate::flow) struct Bytes {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The position that reads write to: a page boundary in memory.
    base: usize,
    /// The first byte of the buffer that can contain carried-over bytes.
    floor: usize,
    start: usize,
    end: usize,
    position: u64,
    ended: bool,
    /// Whether an input error ends the input (a decompressor) or is returned (a file).
    lenient: bool,
    failure: Option<String>,
}

impl Bytes {
    /// Creates a window over a file or pipe: errors are returned.
    pub(in crate::flow) fn plain(input: Box<dyn Read + Send>) -> Self {
        Self::new(input, false)
    }

    /// Creates a window over a file from `start` on. Reads start at page boundaries of the file, as they do
    /// from its start.
    pub(in crate::flow) fn plain_from(mut file: File, start: u64) -> io::Result<Self> {
        let page = start - start % PAGE as u64;
        file.seek(SeekFrom::Start(page))?;
        let mut bytes = Self::plain(Box::new(file));
        bytes.position = page;
        bytes.skip(start - page)?;
        Ok(bytes)
    }

    /// Creates a window over a decompressor: an error is kept as [`Self::failure`] and ends the input.
    pub(in crate::flow) fn decompressed(input: Box<dyn Read + Send>) -> Self {
        Self::new(input, true)
    }

    fn new(input: Box<dyn Read + Send>, lenient: bool) -> Self {
        let (buffer, floor, base) = allocate(CARRY, READ);
        Self {
            input,
            buffer,
            base,
            floor,
            start: base,
            end: base,
            position: 0,
            ended: false,
            lenient,
            failure: None,
        }
    }

    /// Returns the bytes that were read but not consumed.
    #[inline]
    pub(in crate::flow) fn filled(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the offset in the input of the first byte of [`Self::filled`].
    #[inline]
    pub(in crate::flow) fn position(&self) -> u64 {
        self.position
    }

    /// Returns how many bytes of [`Self::filled`] are at or after the offset `until` of the input.
    #[inline]
    pub(in crate::flow) fn beyond(&self, until: u64) -> usize {
        let before = usize::try_from(until.saturating_sub(self.position)).unwrap_or(usize::MAX);
        (self.end - self.start).saturating_sub(before)
    }

    /// Returns the decompression error that ended the input, if any.
    pub(in crate::flow) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Consumes the first `count` bytes of [`Self::filled`], or all if there are fewer.
    #[inline]
    pub(in crate::flow) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.position += count as u64;
    }

    /// Reads until at least `need` bytes are filled. Returns `false` if the input ends before that.
    pub(in crate::flow) fn refill(&mut self, need: usize) -> io::Result<bool> {
        let mut first = true;
        while self.end - self.start < need && !self.ended {
            if first || self.end == self.buffer.len() {
                self.rebase();
                first = false;
            }
            self.read()?;
        }
        Ok(self.end - self.start >= need)
    }

    /// Skips `count` bytes. Returns `false` if the input ends before that.
    pub(in crate::flow) fn skip(&mut self, mut count: u64) -> io::Result<bool> {
        loop {
            let here = usize::try_from(count).unwrap_or(usize::MAX).min(self.end - self.start);
            self.consume(here);
            count -= here as u64;
            if count == 0 {
                return Ok(true);
            }
            if !self.refill(1)? {
                return Ok(false);
            }
        }
    }

    /// Returns the filled bytes and the input itself, so that a decompressor can read both.
    pub(in crate::flow) fn into_parts(self) -> (Vec<u8>, Box<dyn Read + Send>) {
        (self.filled().to_vec(), self.input)
    }

    /// Moves the unconsumed bytes to just before `base`, into a larger buffer if there is not enough room.
    fn rebase(&mut self) {
        let left = self.end - self.start;
        if left > self.base - self.floor {
            let room = left.next_multiple_of(PAGE);
            let (mut buffer, floor, base) = allocate(room, room.max(READ));
            if let (Some(to), Some(from)) =
                (buffer.get_mut(base - left..base), self.buffer.get(self.start..self.end))
            {
                to.copy_from_slice(from);
            }
            (self.buffer, self.floor, self.base) = (buffer, floor, base);
        } else {
            self.buffer.copy_within(self.start..self.end, self.base - left);
        }
        self.start = self.base - left;
        self.end = self.base;
    }

    fn read(&mut self) -> io::Result<()> {
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let room_length = room.len();
        match self.input.read(room) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end += count.min(room_length),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if self.lenient => {
                self.failure = Some(error.to_string());
                self.ended = true;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Allocates a buffer with at least `carry` bytes before a page boundary and `read` bytes after it. Also
/// returns the index of the buffer's first usable byte and the index of the boundary.
pub(in crate::flow) fn allocate(carry: usize, read: usize) -> (Vec<u8>, usize, usize) {
    let carry = carry.next_multiple_of(PAGE);
    let mut buffer = vec![0; PAGE + carry + read];
    let shift = buffer.as_ptr().align_offset(PAGE).min(PAGE);
    buffer.truncate(shift + carry + read);
    (buffer, shift, shift + carry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Yields ascending byte values, at most `most` at a time, and notes where it was asked to write.
    struct Counting {
        next: u64,
        end: u64,
        most: usize,
        aligned: Arc<Mutex<Vec<bool>>>,
    }

    impl Read for Counting {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.aligned.lock().unwrap().push(into.as_ptr().align_offset(PAGE) == 0);
            let left = usize::try_from(self.end - self.next).unwrap();
            let count = into.len().min(self.most).min(left);
            for byte in &mut into[..count] {
                *byte = u8::try_from(self.next % 251).unwrap();
                self.next += 1;
            }
            Ok(count)
        }
    }

    fn bytes(end: u64, most: usize) -> (Bytes, Arc<Mutex<Vec<bool>>>) {
        let aligned = Arc::new(Mutex::new(Vec::new()));
        let input = Counting { next: 0, end, most, aligned: Arc::clone(&aligned) };
        (Bytes::plain(Box::new(input)), aligned)
    }

    #[test]
    fn every_read_of_a_file_is_page_aligned_and_nothing_is_lost() {
        let (mut bytes, aligned) = bytes(3_000_017, usize::MAX);
        let mut seen = 0_u64;
        for step in (1..).map(|step: usize| step * 7919 % 90_001) {
            if !bytes.refill(step).unwrap() {
                break;
            }
            assert_eq!(bytes.position(), seen);
            assert_eq!(u64::from(bytes.filled()[0]), seen % 251);
            assert_eq!(u64::from(bytes.filled()[step - 1]), (seen + step as u64 - 1) % 251);
            bytes.consume(step);
            seen += step as u64;
        }
        assert_eq!(seen + bytes.filled().len() as u64, 3_000_017);
        assert!(aligned.lock().unwrap().iter().all(|aligned| *aligned));
    }

    #[test]
    fn grows_for_a_long_packet_only_with_bytes_that_arrive() {
        let (mut bytes, _) = bytes(1 << 20, 5000);
        assert!(!bytes.refill(60 << 20).unwrap());
        assert_eq!(bytes.filled().len(), 1 << 20);
        assert!(bytes.buffer.len() <= 4 << 20, "{}", bytes.buffer.len());
        assert_eq!(bytes.filled()[999_999], u8::try_from(999_999 % 251).unwrap());
    }

    #[test]
    fn skips_far_and_stops_at_the_end() {
        let (mut bytes, _) = bytes(1_000_000, 4096);
        assert!(bytes.skip(999_000).unwrap());
        assert_eq!(bytes.position(), 999_000);
        assert!(!bytes.skip(u64::MAX).unwrap());
        assert_eq!(bytes.position(), 1_000_000);
    }
}
