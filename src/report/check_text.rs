//! The text that all formats of checks share.

use std::collections::BTreeMap;

use crate::check::{CheckKind, CheckOutcome, FindingPlace};
use crate::report::Report;
use crate::report::text::visible;

/// The name of the view of checks; formats with their own layout of checks omit it.
pub(in crate::report) const CHECKS: &str = "checks";

/// A place as counted by editors: lines and characters start at 1, and the end is after the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) struct Lines {
    pub(in crate::report) line: usize,
    pub(in crate::report) column: usize,
    pub(in crate::report) end_line: usize,
    pub(in crate::report) end_column: usize,
}

impl Lines {
    pub(in crate::report) fn of(place: &FindingPlace) -> Self {
        let (line, column) = place.source.position(place.span.start);
        let end = place.span.start.saturating_add(place.span.length);
        let (end_line, end_column) = place.source.position(end);
        Self { line, column, end_line, end_column }
    }
}

/// Returns the path of the file that contains a place, with forward slashes, as web pages show it.
pub(in crate::report) fn path_of(place: &FindingPlace) -> String {
    file_path(place.source.name())
}

/// Returns a file's path with forward slashes and without a leading `./`. For `git:REVISION:PATH`, returns
/// only PATH, which is the same in every revision.
pub(in crate::report) fn file_path(name: &str) -> String {
    let path = name.strip_prefix("git:").and_then(|rest| rest.split_once(':')).map_or(name, |(_, path)| path);
    let path = path.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// Returns the text of an outcome: the finding, then remedy, witness and waiver, one line each.
pub(in crate::report) fn sentences(outcome: &CheckOutcome) -> Vec<String> {
    let mut lines = vec![outcome.message.clone()];
    if let Some(remedy) = &outcome.remedy {
        lines.push(format!("help: {remedy}"));
    }
    if let Some(witness) = &outcome.witness {
        lines.push(format!("witness: {} from {}", witness.address, witness.vantage));
        lines.extend(witness.explanation.iter().map(|sentence| format!("- {sentence}")));
    }
    if let Some(waiver) = &outcome.waiver {
        lines.push(format!("waived until {}: {}", waiver.expires, waiver.reason));
    }
    lines.iter().map(|line| visible(line)).collect()
}

/// Returns a unique name for each outcome: the check's own, with ` #2` and so on for further findings.
pub(in crate::report) fn names(outcomes: &[CheckOutcome]) -> Vec<String> {
    let mut seen: BTreeMap<(CheckKind, &str), u64> = BTreeMap::new();
    let name = |outcome: &'_ CheckOutcome, number: u64| match number {
        1 => outcome.id.clone(),
        more => format!("{} #{more}", outcome.id),
    };
    let mut all = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let number = seen.entry((outcome.kind, outcome.id.as_str())).or_insert(0);
        *number += 1;
        all.push(name(outcome, *number));
    }
    all
}

/// Returns `text`, cut to at most `limit` bytes and ending in `…` if it was longer.
pub(in crate::report) fn shortened(text: &str, limit: usize) -> String {
    const ELLIPSIS: char = '…';
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut end = limit.saturating_sub(ELLIPSIS.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = text.get(..end).unwrap_or_default().to_owned();
    short.push(ELLIPSIS);
    short
}

/// Returns a sentence about where to find the complete report if a format truncated it.
pub(in crate::report) fn where_the_rest_is(report: &Report) -> String {
    match &report.whole {
        Some(name) => format!("the complete report is in {}", visible(name)),
        None => "`--out ndjson=FILE` writes the complete report".to_owned(),
    }
}

/// Returns the command that made the report, as typed: `peerpath check`.
pub(in crate::report) fn command(report: &Report) -> String {
    let name = report.schema.split('/').next().unwrap_or_default();
    name.replacen('.', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_in_every_revision() {
        for name in
            ["a/n.yaml", "./a/n.yaml", "git:origin/main:a/n.yaml", "git:HEAD~2:./a/n.yaml", "a\\n.yaml"]
        {
            assert_eq!(file_path(name), "a/n.yaml");
        }
    }

    #[test]
    fn a_cut_text_keeps_its_characters_whole() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcdef", 5), "ab…");
        assert_eq!(shortened("ééé", 5), "é…");
    }
}
