//! Splits a file into the JSON values in it, each with the lines of text before it.
//!
//! Exports come from shells: the command is in a comment, warnings precede the response, and several responses share
//! a file. A line that begins with `{` or `[` may start a value. A truncated value is never read in part, because a
//! truncated list would look complete.

use serde_json::{Deserializer, Value};

use super::ExportRefusal;

/// One JSON value of a file.
#[derive(Debug)]
pub(super) struct Document<'t> {
    /// The line on which the value starts, from 1.
    pub(super) line: usize,
    /// The lines of text between the previous value and this one.
    pub(super) heading: Vec<&'t str>,
    pub(super) value: Value,
}

/// The parts of a file.
#[derive(Debug, Default)]
pub(super) struct Split<'t> {
    pub(super) documents: Vec<Document<'t>>,
    /// The error that ended reading early.
    pub(super) broken: Option<ExportRefusal>,
    /// The number of lines of text that are not blank.
    pub(super) text_lines: u64,
    /// The line on which reading ended, from 1.
    pub(super) lines: usize,
}

/// Splits a text in time linear in its length, because a failed attempt either covers a single line or ends reading.
pub(super) fn split(text: &str) -> Split<'_> {
    let mut split = Split::default();
    let mut heading = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end_of_line = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let this = rest.get(..end_of_line).unwrap_or(rest);
        match attempt(rest, this) {
            Attempt::Value(value, length) => {
                let used = rest.get(..length).unwrap_or_default();
                split.documents.push(Document { line, heading: std::mem::take(&mut heading), value });
                line += used.matches('\n').count();
                at += length;
            }
            Attempt::Text => {
                if !this.trim().is_empty() {
                    split.text_lines += 1;
                    heading.push(this.trim());
                }
                line += 1;
                at += end_of_line;
            }
            Attempt::Broken(error) => {
                split.broken = Some(refusal(line, &error));
                break;
            }
        }
    }
    split.lines = line;
    split
}

enum Attempt {
    Value(Value, usize),
    Text,
    Broken(serde_json::Error),
}

/// Tries to parse a value at the beginning of `rest`; `line` is the first line of `rest`.
fn attempt(rest: &str, line: &str) -> Attempt {
    let trimmed = line.trim();
    if !may_start_json(trimmed) {
        return Attempt::Text;
    }
    let mut values = Deserializer::from_str(rest).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) if is_answer(&value) => Attempt::Value(value, values.byte_offset()),
        Some(Err(error)) => Attempt::Broken(error),
        _ => Attempt::Text,
    }
}

/// Returns whether a line looks like the start of an object or of a list of objects: `{`, `{"`, `[`, `[{`.
fn may_start_json(line: &str) -> bool {
    let mut letters = line.chars().filter(|letter| !letter.is_whitespace());
    match letters.next() {
        Some('{') => matches!(letters.next(), None | Some('"' | '}')),
        Some('[') => matches!(letters.next(), None | Some('{' | ']')),
        _ => false,
    }
}

/// Returns whether a value is an object or a list of objects; other values are text that happens to be JSON.
fn is_answer(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().all(Value::is_object),
        _ => false,
    }
}

fn refusal(first_line: usize, error: &serde_json::Error) -> ExportRefusal {
    let line = first_line + error.line().saturating_sub(1);
    if error.is_eof() {
        ExportRefusal::Cut { line }
    } else {
        ExportRefusal::Syntax { line, column: error.column() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        split(text).documents.iter().map(|document| document.line).collect()
    }

    #[test]
    fn values_between_text() {
        let text = "# az network vnet show\nWARNING: preview\n{\n \"a\": 1\n}\n=== two ===\n[\n {}\n]\n[stdout]\nend";
        let split = split(text);
        assert_eq!(lines(text), [3, 7]);
        assert_eq!(split.documents.first().map(|document| document.heading.len()), Some(2));
        assert_eq!(
            split.documents.get(1).map(|document| document.heading.clone()),
            Some(vec!["=== two ==="])
        );
        assert_eq!(split.text_lines, 5);
        assert!(split.broken.is_none());
    }

    #[test]
    fn a_cut_list_is_not_read_in_part() {
        let text = "{\"value\": [\n{\"name\": \"a\"},\n{\"name\": \"b\"},\n{\"na";
        let split = split(text);
        assert!(split.documents.is_empty());
        assert_eq!(split.broken, Some(ExportRefusal::Cut { line: 4 }));
    }

    #[test]
    fn broken_json_is_told_by_its_place() {
        assert_eq!(
            split("text\n{\"a\": 1,\n\"b\" 2}").broken,
            Some(ExportRefusal::Syntax { line: 3, column: 5 })
        );
    }
}
