//! GitHub-flavoured Markdown: a heading and a table per view, then what the reader must know.

use std::io::{self, Write};

use super::text::{for_people, grouped, packets_and_bytes, visible};
use super::{CatalogSource, Column, Format, Input, Render, Report, View};

/// Writes a report as GitHub-flavoured Markdown.
///
/// Numbers are aligned to the right with grouped digits, lists are complete, and texts are
/// shown as they are: emphasis, links and HTML in them do nothing (GitHub still links bare URLs and `@names`).
#[derive(Clone, Copy, Debug, Default)]
pub struct MarkdownRenderer;

impl Render for MarkdownRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Markdown.check(report)?;
        for (index, view) in report.views.iter().enumerate() {
            out.write_all(if index > 0 { b"\n" } else { b"" })?;
            write_view(view, out)?;
        }
        let mut closing = Vec::new();
        for note in &report.notes {
            closing.push(format!("**{}:** {}", note.severity, escaped(&note.text)));
        }
        for skip in &report.skipped {
            let amount = packets_and_bytes(skip.packets, skip.frame_bytes);
            closing.push(format!("**skipped:** {}, {amount}", escaped(&skip.reason)));
        }
        closing.extend(report.inputs.iter().map(input_line));
        closing.extend(report.catalog.iter().map(catalog_line));
        if !closing.is_empty() && !report.views.is_empty() {
            out.write_all(b"\n")?;
        }
        for line in closing {
            writeln!(out, "- {line}")?;
        }
        Ok(())
    }
}

fn write_view(view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", escaped(&view.name))?;
    line(view.columns.iter().map(|column| escaped(column.name)), out)?;
    line(view.columns.iter().map(|column| ruler(column).to_owned()), out)?;
    for cells in &view.rows {
        line(cells.iter().map(|cell| escaped(&for_people(cell, usize::MAX))), out)?;
    }
    if view.total_rows > u64::try_from(view.rows.len()).unwrap_or(u64::MAX) {
        let (shown, total) = (view.rows.len().to_string(), view.total_rows.to_string());
        writeln!(out, "\n{} of {} rows", grouped(&shown), grouped(&total))?;
    }
    Ok(())
}

fn ruler(column: &Column) -> &'static str {
    if column.kind.is_number() { "---:" } else { "---" }
}

fn line(fields: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("|");
    for field in fields {
        text.push(' ');
        text.push_str(&field);
        text.push_str(" |");
    }
    text.push('\n');
    out.write_all(text.as_bytes())
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

/// `text` on one line with everything defused that Markdown or HTML would read as markup.
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
    fn markup_is_defused() {
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
