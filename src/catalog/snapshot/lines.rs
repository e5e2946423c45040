//! The lines of a text.

use super::{SnapshotError, SnapshotProblem};

/// The lines of a text; a carriage return at the end of a line is not part of it.
#[derive(Clone)]
pub(crate) struct Lines<'a> {
    /// Everything up to the end of the last line, including the text before the first line.
    text: &'a str,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, rest: text }
    }

    /// Creates an error at the last line that was read. Lines are counted only here, because there is at most
    /// one error.
    pub(crate) fn error(&self, problem: SnapshotProblem) -> SnapshotError {
        let read = self.text.len().saturating_sub(self.rest.len());
        let read = self.text.get(..read).unwrap_or_default();
        SnapshotError { line: read.lines().count().max(1), problem }
    }

    /// Returns the text that was not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Continues at `rest`, which must be a suffix of [`Self::rest`] that starts at the beginning of a line.
    pub(super) fn skip_to(&mut self, rest: &'a str) {
        self.rest = rest;
    }

    /// Splits the unread text at the first line after `behind` bytes that starts with `header`.
    pub(super) fn parted(&self, header: &str, behind: usize) -> Option<(Self, Self)> {
        let from = (behind..self.rest.len()).find(|index| self.rest.is_char_boundary(*index))?;
        let lines = self.rest.get(from..)?.match_indices('\n').map(|(index, _)| from + index + 1);
        let cut = lines
            .into_iter()
            .find(|cut| self.rest.get(*cut..).is_some_and(|rest| rest.starts_with(header)))?;
        let (first, second) = self.rest.split_at(cut);
        let before = self.text.get(..self.text.len().checked_sub(second.len())?)?;
        Some((Self { text: before, rest: first }, Self { text: self.text, rest: second }))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_the_whole_and_count_lines_from_its_start() {
        let text = "head\n\nx 1\n \u{e9}\u{e9}\u{e9}\u{e9}\nx 2\n b\nx 3\n c";
        let mut lines = Lines::new(text);
        assert_eq!((lines.next(), lines.next()), (Some("head"), Some("")));
        // Offsets inside a character are included.
        let cuts: Vec<usize> =
            (0..=13).map(|behind| lines.parted("x ", behind).unwrap().0.rest().len()).collect();
        assert_eq!(cuts, [14; 14]);
        let (first, second) = lines.parted("x ", 13).unwrap();
        assert_eq!(first.clone().chain(second.clone()).collect::<Vec<_>>(), lines.collect::<Vec<_>>());
        let numbers = |mut lines: Lines<'_>| {
            let mut numbers = Vec::new();
            while lines.next().is_some() {
                numbers.push(lines.error(SnapshotProblem::Magic).line);
            }
            numbers
        };
        assert_eq!(numbers(first), [3, 4]);
        assert_eq!(numbers(second), [5, 6, 7, 8]);
        assert_eq!(Lines::new("").error(SnapshotProblem::Magic).line, 1);
        assert!(Lines::new("y\n").parted("x ", 0).is_none() && Lines::new("y\nx ").parted("x ", 9).is_none());
    }
}
