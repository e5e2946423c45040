//! Reports text that is not UTF-8, with the position and the probable encoding.

use std::fmt;

/// The probable encoding of text that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, low byte first, as written by `>` in Windows `PowerShell` 5.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32.
    Utf32,
    /// One byte per character, as in Latin-1 (ISO 8859-1) and Windows-1252.
    EightBit,
    /// Not text: it contains NUL bytes.
    Binary,
}

/// The error for a text that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8 {
    /// The probable encoding.
    pub encoding: Encoding,
    /// The first byte that is not UTF-8, from 0.
    pub offset: u64,
    /// The line of that byte, from 1.
    pub line: u64,
    /// The column of that byte in characters, from 1.
    pub column: u64,
    /// The value of that byte.
    pub byte: u8,
}

impl fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, line, column, byte, .. } = self;
        let convert = |from| format!("`iconv -f {from} -t UTF-8 FILE > NEW`");
        match self.encoding {
            Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Utf32 => {
                let (name, from) = match self.encoding {
                    Encoding::Utf16Le => ("UTF-16 (little endian)", "UTF-16LE"),
                    Encoding::Utf16Be => ("UTF-16 (big endian)", "UTF-16BE"),
                    _ => ("UTF-32", "UTF-32"),
                };
                write!(
                    f,
                    "it is not UTF-8 from line {line}, column {column} on, but probably {name}: convert the file with {}, or in PowerShell \
                     with `Get-Content FILE | Set-Content -Encoding utf8 NEW`",
                    convert(from)
                )
            }
            Encoding::EightBit => write!(
                f,
                "line {line}, column {column} is not UTF-8 (byte {offset} is 0x{byte:02X}), as in Latin-1 or \
                 Windows-1252: save the file as UTF-8, or convert the file with {}",
                convert("WINDOWS-1252")
            ),
            Encoding::Binary => write!(
                f,
                "it is not text: line {line}, column {column} is not UTF-8 (byte {offset} is 0x{byte:02X}), and there \
                 are NUL bytes"
            ),
        }
    }
}

impl std::error::Error for NotUtf8 {}

/// Detects UTF-32, or UTF-16 with or without a byte order mark, from the start of a file. Returns `None` for anything
/// else.
pub fn wide_encoding(head: &[u8]) -> Option<Encoding> {
    match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some(Encoding::Utf32),
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16Be),
        _ => {}
    }
    // In UTF-16 without a byte order mark, every other byte of Latin letters is NUL.
    let (pairs, _) = head.as_chunks::<2>();
    let pairs = pairs.get(..pairs.len().min(8)).filter(|pairs| pairs.len() >= 2)?;
    let letter = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0xa0..);
    if pairs.iter().all(|&[low, high]| high == 0 && letter(low)) {
        Some(Encoding::Utf16Le)
    } else if pairs.iter().all(|&[high, low]| high == 0 && letter(low)) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Returns bytes as text.
///
/// # Errors
///
/// Returns [`NotUtf8`] with the position. UTF-16 without a byte order mark is also an error, although its NUL bytes
/// are valid UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, NotUtf8> {
    let mut check = Check::default();
    check.take(bytes)?;
    check.end()?;
    // This cannot fail, because the check has passed.
    std::str::from_utf8(bytes).map_err(|error| Check::default().failure(bytes, error.valid_up_to()))
}

/// An incremental check that bytes are UTF-8.
#[derive(Debug, Default)]
pub(super) struct Check {
    /// The number of bytes checked so far that form complete characters.
    offset: u64,
    /// The number of line ends in these bytes.
    lines: u64,
    /// The number of characters since the last line end.
    column: u64,
    /// The bytes of an incomplete character, at most three.
    open: Vec<u8>,
    has_nul: bool,
}

impl Check {
    /// Checks the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), NotUtf8> {
        if self.offset == 0
            && self.open.is_empty()
            && let Some(encoding) = wide_encoding(bytes)
        {
            let byte = bytes.first().copied().unwrap_or_default();
            return Err(NotUtf8 { encoding, offset: 0, line: 1, column: 1, byte });
        }
        self.has_nul |= bytes.contains(&0);
        let mut rest = bytes;
        while let (false, Some((byte, behind))) = (self.open.is_empty(), rest.split_first()) {
            self.open.push(*byte);
            rest = behind;
            let open = std::mem::take(&mut self.open);
            match std::str::from_utf8(&open) {
                Ok(_) => self.pass(&open),
                Err(error) if error.error_len().is_none() => self.open = open,
                Err(_) => return Err(self.failure(&open, 0)),
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => self.pass(rest),
            Err(error) => {
                let (good, bad) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
                if error.error_len().is_some() {
                    return Err(self.failure(rest, good.len()));
                }
                self.pass(good);
                self.open = bad.to_vec();
            }
        }
        Ok(())
    }

    /// Checks that the input does not end within a character.
    pub(super) fn end(&mut self) -> Result<(), NotUtf8> {
        let open = std::mem::take(&mut self.open);
        if open.is_empty() { Ok(()) } else { Err(self.failure(&open, 0)) }
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.offset += bytes.len() as u64;
        let line = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) => {
                self.lines += bytes.split(|byte| *byte == b'\n').skip(1).count() as u64;
                self.column = 0;
                bytes.get(newline + 1..).unwrap_or_default()
            }
            None => bytes,
        };
        self.column += line.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u64;
    }

    /// Creates the error for offset `at` in these bytes. The bytes before the offset are complete characters.
    fn failure(&mut self, bytes: &[u8], at: usize) -> NotUtf8 {
        self.pass(bytes.get(..at).unwrap_or_default());
        NotUtf8 {
            encoding: if self.has_nul { Encoding::Binary } else { Encoding::EightBit },
            offset: self.offset,
            line: self.lines + 1,
            column: self.column + 1,
            byte: bytes.get(at).copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::file::InputError;
    use super::super::utf8_reader::Utf8Reader;
    use super::*;

    /// Encodes a text as UTF-16.
    fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_reported_with_their_place() {
        let marked = "\u{feff}version: 1\n";
        for (bytes, expected) in [
            (wide(marked, u16::to_le_bytes), (Encoding::Utf16Le, 0, 1, 1)),
            (wide(marked, u16::to_be_bytes), (Encoding::Utf16Be, 0, 1, 1)),
            (wide("v: é", u16::to_le_bytes), (Encoding::Utf16Le, 0, 1, 1)),
            (wide("10.0.0.0/8", u16::to_be_bytes), (Encoding::Utf16Be, 0, 1, 1)),
            (b"\xff\xfe\0\0v\0\0\0".to_vec(), (Encoding::Utf32, 0, 1, 1)),
            (b"a\nb\xc3\xb6 cont\xf6so".to_vec(), (Encoding::EightBit, 10, 2, 8)),
            (b"\xe2\x82".to_vec(), (Encoding::EightBit, 0, 1, 1)),
            (b"\x01\0\x02\xff".to_vec(), (Encoding::Binary, 3, 1, 4)),
        ] {
            let whole = decode(&bytes).unwrap_err();
            assert_eq!((whole.encoding, whole.offset, whole.line, whole.column), expected, "{bytes:x?}");
            // The result does not depend on how the bytes are split.
            for size in 1..6 {
                let mut read = Utf8Reader::new(bytes.as_slice());
                let mut buffer = vec![0; size];
                let error = loop {
                    match read.read(&mut buffer) {
                        Ok(0) => panic!("{bytes:x?} passed"),
                        Ok(_) => {}
                        Err(error) => break error,
                    }
                };
                let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<InputError>());
                assert!(matches!(inner, Some(InputError::NotUtf8(again)) if *again == whole), "{error}");
            }
        }
    }

    #[test]
    fn utf8_passes_and_its_byte_order_mark_is_removed() {
        for text in ["", "a", "\u{feff}", "\u{feff}a\u{feff}", "1\0", "é\n€\n🛰 ".repeat(50).as_str()] {
            assert_eq!(decode(text.as_bytes()).unwrap(), text);
            let mut read = String::new();
            Utf8Reader::new(text.as_bytes()).read_to_string(&mut read).unwrap();
            assert_eq!(read, text.strip_prefix('\u{feff}').unwrap_or(text));
        }
    }
}
