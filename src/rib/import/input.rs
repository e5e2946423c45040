//! Reads tables with a limit on the number of bytes and on the length of lines.

use std::io::{self, BufRead, Cursor, Read};

use super::TableError;
use crate::diag::{InputError, Limited};

/// The maximum number of bytes that are read from a table, before and after decompression: 4 GiB, a few times the
/// size of a dump from a collector with a hundred full tables.
pub const MAX_TABLE_BYTES: u64 = 4 << 30;

/// The longest line of a table. A BGP message has at most 65,535 bytes (RFC 8654), whose decimal notation is shorter.
const LONGEST_LINE: u64 = 256 << 10;

/// The reason why reading a text table stopped, wrapped in an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum TextError {
    /// A line is longer than any route could be.
    #[error(
        "line {line} has more than {LONGEST_LINE} bytes, which is longer than any route; use a table of routes"
    )]
    LongLine {
        /// From 1.
        line: u64,
    },
    /// A JSON value is larger than all paths to one prefix could be.
    #[error(
        "line {line} has a JSON value of more than {LARGEST_VALUE} bytes instead of the paths to one prefix; use \
         FRR's `show bgp ipv4 unicast json` (or `ipv6`) for one VRF"
    )]
    LargeValue {
        /// From 1.
        line: u64,
    },
}

/// The maximum number of bytes of JSON for one prefix.
const LARGEST_VALUE: u64 = 4 << 20;

/// The number of bytes at the start of a file that are used to detect the format.
pub(super) const HEAD: usize = 8 << 10;

/// Returns the first bytes of an input, and an input that still contains these bytes.
pub(super) fn peek(mut input: impl Read) -> io::Result<(Vec<u8>, impl Read)> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

/// Returns an input that fails after `limit` bytes.
pub(super) fn limited(input: impl Read, limit: u64) -> impl Read {
    Limited::new(input, limit, InputError::TooLarge { limit })
}

/// Returns the decompressed content of a gzip file as an input that fails after `limit` bytes.
pub(super) fn unpacked(input: impl Read, limit: u64) -> impl Read {
    Limited::new(flate2::read::MultiGzDecoder::new(input), limit, InputError::UnpacksTooLarge { limit })
}

/// Returns a function that converts an I/O error to the error for a table that cannot be read.
pub(super) fn failed(name: &str) -> impl Fn(io::Error) -> TableError + '_ {
    |error| TableError::Io { name: name.to_owned(), error }
}

/// Calls `each` with every line and its number from 1, without the line end. The line is valid only during the call.
///
/// # Errors
///
/// Returns errors from the input, and fails on bytes that are not UTF-8 and on a line that is longer than any route
/// could be.
pub(super) fn for_each_line(mut input: impl BufRead, mut each: impl FnMut(u64, &str)) -> io::Result<()> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let length = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        number += 1;
        let bytes = line.strip_suffix(b"\n").unwrap_or(&line);
        if bytes.len() as u64 == LONGEST_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TextError::LongLine { line: number }));
        }
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        each(number, std::str::from_utf8(bytes).map_err(io::Error::other)?);
    }
}

/// JSON input in which every value below the second level has a limited length. This also limits the memory of a
/// caller that keeps one such value, or one word on any level.
#[derive(Debug)]
pub(super) struct BoundedJson<R> {
    inner: R,
    /// The number of open brackets and braces.
    depth: u64,
    /// Bytes since the last value on the first or second level.
    length: u64,
    lines: u64,
    in_string: bool,
    escaped: bool,
}

impl<R: Read> BoundedJson<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, depth: 0, length: 0, lines: 0, in_string: false, escaped: false }
    }

    fn take(&mut self, byte: u8) {
        self.length += 1;
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b'\n' => self.lines += 1,
            b',' | b':' => {}
            _ => return,
        }
        if self.depth <= 2 && !self.in_string {
            self.length = 0;
        }
    }
}

impl<R: Read> Read for BoundedJson<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        for byte in buffer.get(..read).unwrap_or_default() {
            self.take(*byte);
            if self.length > LARGEST_VALUE {
                let error = TextError::LargeValue { line: self.lines + 1 };
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read, read_with};
    use super::*;
    use crate::rib::import::ImportedTable;

    fn message(result: Result<ImportedTable, TableError>) -> String {
        result.map_or_else(|error| error.to_string(), |table| format!("{} routes", table.routes.len()))
    }

    fn packed(plain: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(plain).unwrap();
        gzip.finish().unwrap()
    }

    /// In every format, reading past the limit fails, and the error names the limit.
    #[test]
    fn a_table_has_an_end() {
        let mrt: Vec<u8> = [0, 0, 0, 0, 0, 13, 0, 1, 0, 0, 0, 0].repeat(9_000);
        for (text, what) in [
            ("10.0.0.0/8\n".repeat(9_000).into_bytes(), "list"),
            (format!("prefix,med\n{}", "10.0.0.0/8,1\n".repeat(9_000)).into_bytes(), "CSV"),
            (
                "10.0.0.0/8 via 192.0.2.1 on eth0 [a 12:00] * (100) [AS1i]\n".repeat(2_000).into_bytes(),
                "BIRD",
            ),
            (
                format!("{{\"routes\":{{{}\"a\":[]}}}}", "\"10.0.0.0/8\":[],".repeat(6_000)).into_bytes(),
                "FRR",
            ),
            (mrt, "MRT"),
        ] {
            let plain = message(read_with("t", text.as_slice(), 70_000));
            assert_eq!(
                plain,
                format!("`t` cannot be read: {}", InputError::TooLarge { limit: 70_000 }),
                "{what}"
            );
            let gzip = packed(&text);
            assert!(gzip.len() < 70_000);
            let unpacked = InputError::UnpacksTooLarge { limit: 70_000 };
            let gzip = message(read_with("t", gzip.as_slice(), 70_000));
            assert_eq!(gzip, format!("`t` cannot be read: {unpacked}"), "{what}");
        }
        assert_eq!(message(read_with("t", b"10.0.0.0/8\n".as_slice(), 11)), "1 routes");
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_place() {
        let wide =
            |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let list = "10.0.0.0/8\n";
        for (bytes, place) in [
            (
                wide(list, u16::to_le_bytes),
                "not UTF-8 from line 1, column 1 on, but probably UTF-16 (little endian)",
            ),
            (wide(&format!("\u{feff}{list}"), u16::to_le_bytes), "UTF-16 (little endian)"),
            (wide(&format!("\u{feff}{list}"), u16::to_be_bytes), "UTF-16 (big endian)"),
            (wide("{\"routes\":{}}", u16::to_be_bytes), "UTF-16 (big endian)"),
            ([list.as_bytes(), b"# M\xfcnchen\n"].concat(), "line 2, column 4 is not UTF-8"),
            (b"prefix,peer\n10.0.0.0/8,M\xfcnchen\n".to_vec(), "line 2, column 13 is not UTF-8"),
            (
                b"10.0.0.0/8 via 192.0.2.1 on eth0 [M\xfcnchen 12:00] * (100) [AS1i]\n".to_vec(),
                "line 1, column 36",
            ),
            (b"{\"routes\":{},\n\"vrf\":\"M\xfcnchen\"}".to_vec(), "line 2, column 9 is not UTF-8"),
        ] {
            let plain = message(read("t", bytes.as_slice()));
            assert!(plain.starts_with("`t` cannot be read: ") && plain.contains(place), "{plain}");
            assert_eq!(message(read("t", packed(&bytes).as_slice())), plain);
        }
        for text in ["\u{feff}10.0.0.0/8", "\u{feff}prefix,med\n10.0.0.0/8,1"] {
            assert_eq!(message(read("t", text.as_bytes())), "1 routes");
        }
        let frr = "\u{feff}{\"routes\":{\"10.0.0.0/8\":[{\"valid\":true}]}}";
        assert_eq!(message(read("t", frr.as_bytes())), "1 routes");
    }

    #[test]
    fn one_line_or_value_is_bounded() {
        let long = " ".repeat(300 << 10);
        for text in [format!("10.0.0.0/8\n10.0.0.0/8{long}\n"), format!("prefix,med\n1{long},\n")] {
            let message = message(read("t", text.as_bytes()));
            assert!(message.contains("line 2 has more than 262144 bytes"), "{message}");
        }
        let value = "1,".repeat(3 << 20);
        for text in [
            format!("{{\"routes\":{{\"10.0.0.0/8\":\n[{value}1]}}}}"),
            format!("{{\"routes\":{{\"10.0.0.0/8\":\n\"\\\"{value}\"}}}}"),
            format!("{{\n\"{value}\":1}}"),
        ] {
            let message = message(read("t", text.as_bytes()));
            assert!(message.contains("line 2 has a JSON value of more than 4194304 bytes"), "{message}");
        }
    }
}
