//! A unified diff of a text and its edited lines.

use std::fmt::Write as _;

use crate::check::LineEdit;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// Returns a unified diff (POSIX `diff -u`) of a file's text and its edits, which ascend by line. Empty without edits.
/// `patch -p1` and `git apply` accept it.
///
/// # Complexity
///
/// Linear in the text.
pub fn unified_diff(name: &str, text: &str, edits: &[LineEdit]) -> String {
    let mut diff = String::new();
    if edits.is_empty() {
        return diff;
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let path = name.trim_start_matches("./").trim_start_matches('/');
    let _ = write!(diff, "--- a/{path}\n+++ b/{path}\n");
    let mut added = 0;
    for hunk in hunks(edits) {
        added = write_hunk(&mut diff, &lines, hunk, added);
    }
    diff
}

/// Groups edits whose contexts touch.
fn hunks(edits: &[LineEdit]) -> impl Iterator<Item = &[LineEdit]> {
    edits.chunk_by(|left, right| right.line - left.line <= 2 * CONTEXT + 1)
}

/// Writes a hunk, and returns the number of lines that all hunks so far add.
fn write_hunk(diff: &mut String, lines: &[&str], edits: &[LineEdit], added: usize) -> usize {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return added };
    let start = first.line.saturating_sub(CONTEXT).max(1);
    let end = (last.line + CONTEXT).min(lines.len());
    let new: usize = edits.iter().map(|edit| edit.new.len()).sum();
    let old_count = end + 1 - start;
    let new_count = old_count + new - edits.len();
    let _ = writeln!(diff, "@@ -{start},{old_count} +{},{new_count} @@", start + added);
    for number in start..=end {
        let old = lines.get(number - 1).copied().unwrap_or_default();
        match edits.iter().find(|edit| edit.line == number) {
            None => push(diff, ' ', old),
            // A line that stays as it is, and to which others are added, is context.
            Some(LineEdit { new, .. }) if new.first().is_some_and(|first| first == old) => {
                push(diff, ' ', old);
                new.iter().skip(1).for_each(|line| push(diff, '+', line));
            }
            Some(LineEdit { new, .. }) => {
                push(diff, '-', old);
                for line in new {
                    push(diff, '+', line);
                }
            }
        }
    }
    added + new - edits.len()
}

fn push(diff: &mut String, mark: char, line: &str) {
    diff.push(mark);
    diff.push_str(line);
    if !line.ends_with('\n') {
        diff.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(line: usize, new: &[&str]) -> LineEdit {
        LineEdit { line, new: new.iter().map(|line| (*line).to_owned()).collect() }
    }

    #[test]
    fn hunks_have_context_and_counts() {
        let text = (1..=20).map(|number: u8| number.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        let diff = unified_diff(
            "./n.yaml",
            &text,
            &[edit(2, &["2\n", "2a\n"]), edit(5, &["five\n"]), edit(19, &["x\n"])],
        );
        assert_eq!(
            diff,
            "--- a/n.yaml\n+++ b/n.yaml\n@@ -1,8 +1,9 @@\n 1\n 2\n+2a\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n\
             @@ -16,5 +17,5 @@\n 16\n 17\n 18\n-19\n+x\n 20\n"
        );
        assert_eq!(unified_diff("n.yaml", &text, &[]), "");
    }

    #[test]
    fn a_last_line_may_have_no_end() {
        assert_eq!(
            unified_diff("/n", "a\nb", &[edit(2, &["b\n", "c"])]),
            "--- a/n\n+++ b/n\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n"
        );
    }
}
