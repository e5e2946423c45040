//! Aligned text for people.

use std::io::{self, Write};

use comfy_table::{
    Cell as TextCell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle,
    Width,
};

use crate::diag::Severity;
use crate::report::editions;
use crate::report::format::BLOCK;
use crate::report::text::{for_people, grouped, packets_and_bytes, visible};
use crate::report::{Cell, Column, ColumnKind, Format, Render, RenderOptions, Report, View};

/// Maximum number of list items shown before `+n`.
const LIST_LIMIT: usize = 3;
/// Spaces after each column except the last.
const GAP: u16 = 1;
/// Spaces between columns: the gap, and one where the table library draws no line.
const BETWEEN: u32 = 2;
/// Minimum width of a text column when a table is fitted to the terminal.
const LEAST_TEXT: u16 = 12;
const RULE: char = '─';
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill(RULE).junction(RULE));

/// Writes a report as aligned text: every view under a title line, then notes and skipped packets.
///
/// Numbers are aligned to the right with grouped digits and are exact; long lists are cut with
/// `+n`; a missing value is `-`. If the terminal has a width, long cells are broken over several lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableRenderer {
    /// The terminal's width and whether it has colours.
    pub options: RenderOptions,
}

impl Render for TableRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Table.check(report)?;
        for (index, view) in report.views.iter().enumerate() {
            out.write_all(if index > 0 { b"\n" } else { b"" })?;
            writeln!(out, "{}", self.paint("1", &title(view)))?;
            let table = laid_out(&view.columns, &view.rows, self.options, true, &mut Vec::new());
            write_lines(&table, self.options, true, out)?;
        }
        let closing = !report.notes.is_empty() || !report.skipped.is_empty() || !report.catalog.is_empty();
        if closing && !report.views.is_empty() {
            out.write_all(b"\n")?;
        }
        for note in &report.notes {
            let (word, colour) = match note.severity {
                Severity::Advice => ("note", "36"),
                Severity::Warning => ("warning", "33"),
                Severity::Error => ("error", "31"),
            };
            writeln!(out, "{}: {}", self.paint(colour, word), visible(&note.text))?;
        }
        for skip in &report.skipped {
            let amount = packets_and_bytes(skip.packets, skip.frame_bytes);
            writeln!(out, "{}: {}, {amount}", self.paint("33", "skipped"), visible(&skip.reason))?;
        }
        if let Some(line) = editions(&report.catalog) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

impl TableRenderer {
    fn paint(self, colour: &str, text: &str) -> String {
        painted(self.options, colour, text)
    }
}

/// The rows of a stream, laid out in blocks.
pub(super) struct Blocks {
    options: RenderOptions,
    waiting: Vec<Vec<Cell>>,
    /// The greatest width that each column has needed so far; empty before the first block.
    widths: Vec<u16>,
}

impl Blocks {
    pub(super) const fn new(options: RenderOptions) -> Self {
        Self { options, waiting: Vec::new(), widths: Vec::new() }
    }

    pub(super) fn push(&mut self, columns: &[Column], row: Vec<Cell>, out: &mut dyn Write) -> io::Result<()> {
        self.waiting.push(row);
        if self.waiting.len() < BLOCK { Ok(()) } else { self.write(columns, out) }
    }

    pub(super) fn finish(&mut self, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
        let header_due = self.widths.is_empty() && !columns.is_empty();
        if self.waiting.is_empty() && !header_due { Ok(()) } else { self.write(columns, out) }
    }

    fn write(&mut self, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
        let first = self.widths.is_empty();
        let table = laid_out(columns, &self.waiting, self.options, first, &mut self.widths);
        self.waiting.clear();
        write_lines(&table, self.options, first, out)
    }
}

/// Returns `path`, or `destination: 20 of 312 rows` if rows were omitted.
fn title(view: &View) -> String {
    let shown = view.rows.len();
    let name = visible(&view.name);
    if view.total_rows > u64::try_from(shown).unwrap_or(u64::MAX) {
        let total = grouped(&view.total_rows.to_string());
        return format!("{name}: {} of {total} rows", grouped(&shown.to_string()));
    }
    name
}

/// Lays out `rows` with columns at least as wide as `natural`, which grows to the width needed.
fn laid_out(
    columns: &[Column],
    rows: &[Vec<Cell>],
    options: RenderOptions,
    header: bool,
    natural: &mut Vec<u16>,
) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    if header {
        table.set_header(columns.iter().map(|column| TextCell::new(visible(heading(columns, rows, column)))));
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| match cell {
            Cell::Empty => TextCell::new("-"),
            cell => TextCell::new(visible(&for_people(cell, LIST_LIMIT))),
        }));
    }
    natural.resize(columns.len(), 0);
    for (width, needed) in natural.iter_mut().zip(table.column_max_content_widths()) {
        *width = needed.max(*width);
    }
    let cap = options.width.map_or(u16::MAX, |terminal| widest_text(columns, natural, terminal));
    let last = columns.len().saturating_sub(1);
    for (index, ((shape, column), width)) in
        table.column_iter_mut().zip(columns).zip(natural.iter()).enumerate()
    {
        let gap = if index == last { 0 } else { GAP };
        let width = if may_break(column) { cap.min(*width) } else { *width };
        shape.set_padding((0, gap));
        shape.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.max(1).saturating_add(gap))));
        if column.kind.is_number() {
            shape.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Returns a column's name; a duration has its unit in each cell instead.
fn heading(columns: &[Column], rows: &[Vec<Cell>], column: &Column) -> &'static str {
    let index = columns.iter().position(|other| other.name == column.name).unwrap_or(usize::MAX);
    let lasts = rows.iter().any(|row| matches!(row.get(index), Some(Cell::Duration(_))));
    column.name.strip_suffix("_ns").filter(|_| lasts).unwrap_or(column.name)
}

/// Returns whether cells of the column may be broken over lines: text may, a number or a time may not.
fn may_break(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::Text | ColumnKind::List)
}

/// Returns the greatest width of breakable columns at which the table fits the terminal, but at least [`LEAST_TEXT`]:
/// narrower text is unreadable, so the terminal breaks the line instead.
fn widest_text(columns: &[Column], natural: &[u16], terminal: u16) -> u16 {
    let total = |cap: u16| -> u32 {
        let widths = columns.iter().zip(natural);
        let content =
            widths.map(|(column, width)| u32::from(if may_break(column) { cap.min(*width) } else { *width }));
        content.map(|width| width + BETWEEN).sum::<u32>().saturating_sub(BETWEEN)
    };
    (LEAST_TEXT..=terminal.max(LEAST_TEXT))
        .rev()
        .find(|cap| total(*cap) <= u32::from(terminal))
        .unwrap_or(LEAST_TEXT)
}

fn write_lines(table: &Table, options: RenderOptions, header: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut in_header = header;
    for line in table.lines() {
        let line = line.trim_end();
        in_header &= !line.starts_with(RULE);
        if in_header {
            writeln!(out, "{}", painted(options, "1", line))?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn painted(options: RenderOptions, colour: &str, text: &str) -> String {
    if options.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}
