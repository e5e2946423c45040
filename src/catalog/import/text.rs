//! Converts bytes to text and extracts one JSON value, ignoring text that shells and tools add around it.

use std::borrow::Cow;

use serde_json::{Deserializer, Value};

use super::{FeedNotes, Refusal, Tolerance};
use crate::diag::{self, Encoding, NotUtf8};

/// How many lines are tried as the start of the JSON before the text counts as invalid.
const MAX_STARTS: usize = 64;

/// The reason why bytes are not a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undecoded {
    /// Neither UTF-8 nor UTF-16.
    NotUtf8(NotUtf8),
    /// The bytes start as UTF-16, but are not valid UTF-16 from this byte on.
    BrokenUtf16 { offset: usize },
}

impl From<Undecoded> for Refusal {
    fn from(undecoded: Undecoded) -> Self {
        match undecoded {
            Undecoded::NotUtf8(error) => Self::NotText(error),
            Undecoded::BrokenUtf16 { offset } => Self::BrokenUtf16 { offset },
        }
    }
}

/// Decodes the text of a file: UTF-8 or UTF-16, with or without byte order mark.
pub(crate) fn decode<'a>(bytes: &'a [u8], notes: &mut FeedNotes) -> Result<Cow<'a, str>, Undecoded> {
    let text = match (diag::wide_encoding(bytes), bytes) {
        (Some(Encoding::Utf16Le), _) => utf16(bytes, u16::from_le_bytes, notes)?,
        (Some(Encoding::Utf16Be), _) => utf16(bytes, u16::from_be_bytes, notes)?,
        (_, [0xef, 0xbb, 0xbf, ..]) => {
            notes.add(Tolerance::ByteOrderMark, String::new);
            let text = utf8(bytes)?;
            Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))
        }
        _ => Cow::Borrowed(utf8(bytes)?),
    };
    notes.count_many(Tolerance::CarriageReturn, text.matches("\r\n").count());
    Ok(text)
}

/// Parses the only JSON value in a text. Whole lines of other text before and after it are ignored.
pub(super) fn json(text: &str, notes: &mut FeedNotes) -> Result<Value, Refusal> {
    let mut furthest: Option<(usize, usize, serde_json::Error)> = None;
    let mut lines_before = 0;
    for (start, line) in json_starts(text).take(MAX_STARTS) {
        let rest = text.get(start..).unwrap_or_default();
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                lines_before += blank_free_lines(text.get(..start).unwrap_or_default());
                let end = start + values.byte_offset();
                let behind = text.get(end..).unwrap_or_default();
                let lines_behind = check_behind(text, end, behind)?;
                if lines_before + lines_behind > 0 {
                    notes.count_many(Tolerance::TextAround, lines_before + lines_behind);
                }
                return Ok(value);
            }
            Some(Err(error)) => {
                let reached = (line + error.line() - 1, error.column());
                if furthest
                    .as_ref()
                    .is_none_or(|(other, _, old)| reached > (other + old.line() - 1, old.column()))
                {
                    furthest = Some((line, start, error));
                }
            }
            None => break,
        }
    }
    if let Some((line, start, error)) = furthest {
        return Err(syntax(text.get(start..).unwrap_or_default(), line, &error));
    }
    let (line, excerpt) = text
        .lines()
        .enumerate()
        .find(|(_, line)| !line.trim().is_empty())
        .map_or((1, ""), |(index, line)| (index + 1, line));
    Err(Refusal::NoJson { line, excerpt: cut(excerpt.trim()) })
}

/// Truncates a text to 80 characters, for messages.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Converts a text to one line: runs of white space and control characters become one space.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Finds a date in a file name, such as `20260622` or `2026-06-22`, and returns it as `2026-06-22`.
pub(super) fn date_in(name: &str) -> Option<String> {
    let name = match name.find("api") {
        Some(at) if api_version_in(name).is_some() => name.get(..at)?,
        _ => name,
    };
    (0..name.len()).filter_map(|at| name.get(at..)).find_map(|rest| {
        let date = date_at(rest)?;
        // A date must not be part of a longer number.
        let before = name.len() - rest.len();
        let alone = !name.get(..before)?.ends_with(|c: char| c.is_ascii_digit());
        alone.then_some(date)
    })
}

/// Returns the API version in a file name such as `bgpServiceCommunities_api2023-09-01.json`.
pub(super) fn api_version_in(name: &str) -> Option<String> {
    let (_, behind) = name.split_once("api")?;
    date_at(behind).map(|date| format!("api {date}"))
}

/// Returns a date at the start of a text, if it is plausible for a feed (years 2000 to 2099).
fn date_at(text: &str) -> Option<String> {
    let dashed = text.get(..10).filter(|text| text.as_bytes().get(4) == Some(&b'-'));
    let (year, month, day) = match dashed {
        Some(text) if text.as_bytes().get(7) == Some(&b'-') => {
            (text.get(..4)?, text.get(5..7)?, text.get(8..10)?)
        }
        Some(_) => return None,
        None => (text.get(..4)?, text.get(4..6)?, text.get(6..8)?),
    };
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u8>().ok())?;
    let plausible = year.starts_with("20")
        && digits(year.get(2..)?).is_some()
        && digits(month).is_some_and(|month| (1..=12).contains(&month))
        && digits(day).is_some_and(|day| (1..=31).contains(&day));
    plausible.then(|| format!("{year}-{month}-{day}"))
}

fn utf8(bytes: &[u8]) -> Result<&str, Undecoded> {
    diag::decode(bytes).map_err(Undecoded::NotUtf8)
}

fn utf16<'a>(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    notes: &mut FeedNotes,
) -> Result<Cow<'a, str>, Undecoded> {
    notes.add(Tolerance::Utf16, String::new);
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Undecoded::BrokenUtf16 { offset: bytes.len() - 1 });
    }
    let mut text = String::with_capacity(pairs.len());
    let mut units = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = decoded.map_err(|_| Undecoded::BrokenUtf16 { offset: 2 * units })?;
        // The byte order mark is not part of the text.
        if units > 0 || character != '\u{feff}' {
            text.push(character);
        }
        units += character.len_utf16();
    }
    Ok(Cow::Owned(text))
}

/// Returns the byte offset and line number (from 1) of every line whose first character is `{` or `[`. JSON
/// may start there.
fn json_starts(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut offset = 0;
    text.split_inclusive('\n').enumerate().filter_map(move |(index, line)| {
        let start = offset + (line.len() - line.trim_start().len());
        offset += line.len();
        line.trim_start().starts_with(['{', '[']).then_some((start, index + 1))
    })
}

fn blank_free_lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim().is_empty()).count()
}

/// Checks the text after the JSON and returns the number of lines in it. The text may be empty or consist of
/// other lines, but must not contain a second value.
fn check_behind(text: &str, end: usize, behind: &str) -> Result<usize, Refusal> {
    let trimmed = behind.trim_start();
    if trimmed.starts_with(['{', '[', ',', ']', '}']) {
        let until = text.get(..end + (behind.len() - trimmed.len())).unwrap_or_default();
        return Err(Refusal::SecondValue { line: 1 + until.matches('\n').count() });
    }
    Ok(blank_free_lines(trimmed))
}

/// Creates a syntax error with its JSON path, which requires a second parse.
fn syntax(rest: &str, line: usize, error: &serde_json::Error) -> Refusal {
    let mut deserializer = Deserializer::from_str(rest);
    let path = match serde_path_to_error::deserialize::<_, Value>(&mut deserializer) {
        Ok(_) => String::from("."),
        Err(traced) => traced.path().to_string(),
    };
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or_default().to_lowercase();
    Refusal::Syntax { line: line + error.line() - 1, column: error.column(), path, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_file_names() {
        let date = |name: &str| date_in(name).unwrap_or_default();
        assert_eq!(date("ServiceTags_Public_20260622.json"), "2026-06-22");
        assert_eq!(date("worldwide-2026-05-31.json"), "2026-05-31");
        assert_eq!(date("worldwide_2026053100.json"), "2026-05-31");
        assert_eq!(date("tfprovider_china.json"), "");
        assert_eq!(date("x120260622.json"), "");
        assert_eq!(date("bgpServiceCommunities_api2023-09-01.json"), "");
        assert_eq!(api_version_in("bgpServiceCommunities_api2023-09-01.json").unwrap(), "api 2023-09-01");
        assert_eq!(date_in("é2026"), None);
    }

    #[test]
    fn text_around_json_is_counted() {
        let mut notes = FeedNotes::default();
        let text = "WARNING: old extension\n[Warning] update me\n\n{\"a\": 1}\nbye\n";
        assert_eq!(json(text, &mut notes).unwrap()["a"], 1);
        assert_eq!(notes.count(Tolerance::TextAround), 3);
    }

    #[test]
    fn refusals_name_line_and_path() {
        let mut notes = FeedNotes::default();
        let no_json = json("\nERROR: please run az login\n", &mut notes);
        assert_eq!(
            no_json,
            Err(Refusal::NoJson { line: 2, excerpt: "ERROR: please run az login".to_owned() })
        );
        let cut = json("noise\n{\"values\": [{\"name\": \"a\"},\n {\"name\"", &mut notes);
        let Err(Refusal::Syntax { line: 3, path, .. }) = cut else { panic!("{cut:?}") };
        assert_eq!(path, "values[1]");
        assert_eq!(json("[1]\n[2]", &mut notes), Err(Refusal::SecondValue { line: 2 }));
        assert!(matches!(json(&"[".repeat(100_000), &mut notes), Err(Refusal::Syntax { .. })));
    }

    #[test]
    fn utf16_from_a_shell() {
        let mut notes = FeedNotes::default();
        let bytes: Vec<u8> = "\u{feff}[\"é\"]\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bytes, &mut notes).unwrap(), "[\"é\"]\r\n");
        assert_eq!((notes.count(Tolerance::Utf16), notes.count(Tolerance::CarriageReturn)), (1, 1));
        assert_eq!(decode(&bytes[2..], &mut notes).unwrap(), "[\"é\"]\r\n");
        let big: Vec<u8> = "[\"é\"]".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&big, &mut notes).unwrap(), "[\"é\"]");
        assert_eq!(decode(&[0xff, 0xfe, 0], &mut notes), Err(Undecoded::BrokenUtf16 { offset: 2 }));
        assert_eq!(decode(&[0xff, 0xfe, 0, 0xd8], &mut notes), Err(Undecoded::BrokenUtf16 { offset: 2 }));
        let Err(Undecoded::NotUtf8(undecoded)) = decode(b"a\nb\xff", &mut notes) else { panic!() };
        assert_eq!((undecoded.encoding, undecoded.line, undecoded.column), (Encoding::EightBit, 2, 2));
    }
}
