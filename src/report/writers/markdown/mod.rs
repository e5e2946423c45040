//! GitHub-flavoured Markdown: the outcomes of checks, a heading and a table per view, then the notes.

mod checks;

use std::io::{self, Write};

use crate::report::check_text::{CHECKS, shortened, where_the_rest_is};
use crate::report::text::{for_people, grouped, packets_and_bytes, visible};
use crate::report::writers::bounded_text::Sheet;
use crate::report::{CatalogSource, Cell, Column, Format, Input, Render, Report, View};

/// Maximum size of a comment in bytes: GitHub accepts 65,536 characters, and a tool that posts it may add a line.
const COMMENT_BYTES: usize = 65_000;
/// Maximum size of a step summary in bytes, within GitHub's 1 MiB.
const SUMMARY_BYTES: usize = 1_048_000;
/// Maximum number of rows of a view that are shown expanded in a report with checks.
const OPEN_ROWS: usize = 20;
/// Maximum number of rows of a view in a comment.
const COMMENT_ROWS: usize = 200;

/// Writes a report as GitHub-flavoured Markdown.
///
/// Numbers are aligned to the right with grouped digits. Texts are shown literally: emphasis, links and HTML in them
/// have no effect (GitHub still links bare URLs and `@names`). Lists are complete. In a report with checks, the
/// checks come first, long views are collapsed, long lists and texts are cut with a mark, and the whole text stays within the limit of
/// a comment or a step summary. The end states what was omitted.
#[derive(Clone, Copy, Debug)]
pub struct MarkdownRenderer {
    form: Form,
    room: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Comment,
    Summary,
}

impl MarkdownRenderer {
    /// Returns a renderer for files and for comments on pull requests: 64 KiB if the report has checks.
    pub const fn comment() -> Self {
        Self { form: Form::Comment, room: None }
    }

    /// Returns a renderer for step summaries: 1 MiB, or `room` bytes if less remains.
    pub const fn summary(room: Option<usize>) -> Self {
        Self { form: Form::Summary, room }
    }

    /// Returns the maximum size of the text in bytes.
    fn limit(self, report: &Report) -> Option<usize> {
        match self.form {
            Form::Comment if report.checks.is_empty() => None,
            Form::Comment => Some(COMMENT_BYTES),
            Form::Summary => Some(self.room.unwrap_or(SUMMARY_BYTES).min(SUMMARY_BYTES)),
        }
    }

    /// Returns the maximum number of rows of a view.
    fn rows(self, report: &Report) -> usize {
        match self.form {
            Form::Comment if !report.checks.is_empty() => COMMENT_ROWS,
            Form::Comment | Form::Summary => usize::MAX,
        }
    }
}

impl Render for MarkdownRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Markdown.check(report)?;
        let limit = self.limit(report);
        let closing = closing(report, limit.map(|limit| limit / 4));
        let kept = closing.len() + Sheet::RESERVE;
        let mut sheet = Sheet::new(out, limit.map(|limit| limit.saturating_sub(kept)));
        if !report.checks.is_empty() {
            if self.form == Form::Comment {
                sheet.put(&checks::marker(report))?;
            }
            checks::head(report, self.form == Form::Comment, &mut sheet)?;
        }
        // With checks, omit views that are empty or already shown.
        let beside = |view: &&View| view.name != CHECKS && view.total_rows > 0;
        let views = report.views.iter().filter(|view| report.checks.is_empty() || beside(view));
        for (index, view) in views.enumerate() {
            if index > 0 || !report.checks.is_empty() {
                sheet.put("\n")?;
            }
            self.write_view(report, view, &mut sheet)?;
        }
        if !report.checks.is_empty() {
            checks::tail(report, &mut sheet)?;
        }
        sheet.finish(
            &format!("**Truncated at the size limit:** {}", escaped(&where_the_rest_is(report))),
            &closing,
        )
    }
}

impl MarkdownRenderer {
    fn write_view(self, report: &Report, view: &View, sheet: &mut Sheet<'_>) -> io::Result<()> {
        let bounded = self.limit(report).is_some();
        let shown = view.rows.len().min(self.rows(report));
        let folded = !report.checks.is_empty() && shown > OPEN_ROWS;
        sheet.put(&format!("### {}\n", escaped(&view.name)))?;
        if folded {
            sheet.fold(&format!("{} rows", grouped(&view.total_rows.to_string())))?;
        }
        sheet.put("\n")?;
        sheet.put(&line(view.columns.iter().map(|column| escaped(column.name))))?;
        sheet.put(&line(view.columns.iter().map(|column| ruler(column).to_owned())))?;
        for cells in view.rows.iter().take(shown) {
            sheet.put(&line(cells.iter().map(|cell| escaped(&cell_text(cell, bounded)))))?;
        }
        let cut = shown < view.rows.len();
        if cut || view.total_rows > shown as u64 {
            let (shown, total) = (grouped(&shown.to_string()), grouped(&view.total_rows.to_string()));
            let rest = if cut { format!(": {}", escaped(&where_the_rest_is(report))) } else { String::new() };
            sheet.put(&format!("\n{shown} of {total} rows{rest}\n"))?;
        }
        if folded { sheet.unfold() } else { Ok(()) }
    }
}

/// Returns a cell's text, shortened if the output is limited.
fn cell_text(cell: &Cell, bounded: bool) -> String {
    if bounded { shortened(&for_people(cell, 20), 1_000) } else { for_people(cell, usize::MAX) }
}

/// Returns the notes, skipped packets, inputs and lists that fit, after an empty line if there is text before them.
fn closing(report: &Report, limit: Option<usize>) -> String {
    let note = |note: &crate::report::Note| format!("**{}:** {}", note.severity, escaped(&note.text));
    let skip = |skip: &crate::report::SkippedPackets| {
        format!(
            "**skipped:** {}, {}",
            escaped(&skip.reason),
            packets_and_bytes(skip.packets, skip.frame_bytes)
        )
    };
    let mut lines: Vec<String> = report.notes.iter().map(note).collect();
    lines.extend(report.skipped.iter().map(skip));
    lines.extend(report.inputs.iter().map(input_line));
    lines.extend(report.catalog.iter().map(catalog_line));
    let above = !report.views.is_empty() || !report.checks.is_empty();
    let mut text = String::from(if above && !lines.is_empty() { "\n" } else { "" });
    let limit = limit.unwrap_or(usize::MAX);
    for (index, line) in lines.iter().enumerate() {
        if text.len() + line.len() + 100 > limit {
            text.push_str(&format!("- and {} more notes and inputs\n", lines.len() - index));
            break;
        }
        text.push_str(&format!("- {line}\n"));
    }
    text
}

fn ruler(column: &Column) -> &'static str {
    if column.kind.is_number() { "---:" } else { "---" }
}

fn line(fields: impl Iterator<Item = String>) -> String {
    let mut text = String::from("|");
    for field in fields {
        text.push(' ');
        text.push_str(&field);
        text.push_str(" |");
    }
    text.push('\n');
    text
}

fn input_line(input: &Input) -> String {
    let mut text = format!("**input:** {} {}", escaped(&input.kind), escaped(&input.name));
    if let Some(sha256) = &input.sha256 {
        text.push_str(&format!(", sha256 {}", escaped(sha256)));
    }
    text
}

fn catalog_line(source: &CatalogSource) -> String {
    format!(
        "**catalog:** {} {} {} ({}), {}, sha256 {}",
        escaped(&source.cloud),
        escaped(&source.kind),
        escaped(&source.edition),
        escaped(&source.origin),
        escaped(&source.name),
        escaped(&source.sha256)
    )
}

/// Returns `text` on one line, with everything escaped that Markdown or HTML would read as markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let visible = visible(text);
    let mut characters = visible.chars().peekable();
    let mut previous = ' ';
    while let Some(character) = characters.next() {
        let in_word = |c: char| c.is_alphanumeric();
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '_' if in_word(previous) && characters.peek().copied().is_some_and(in_word) => safe.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                safe.push('\\');
                safe.push(character);
            }
            other => safe.push(other),
        }
        previous = character;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let cases = [
            ("frame_bytes", "frame_bytes"),
            ("_a_", "\\_a\\_"),
            ("*.office.com|x", "\\*.office.com\\|x"),
            ("<img> & [l](u)", "&lt;img&gt; &amp; \\[l\\](u)"),
            ("a\nb", "a\\\\nb"),
        ];
        for (text, wanted) in cases {
            assert_eq!(escaped(text), wanted);
        }
    }
}
