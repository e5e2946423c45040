//! Comma-separated values according to RFC 4180: one view, a header line, raw values.

use std::io::{self, Write};

use crate::report::text::raw;
use crate::report::{Cell, Column, Format, Render, Report};

/// Writes the only view of a report as CSV.
///
/// Lines end in a line feed. A field is quoted if it contains a comma, a quote or a line break;
/// lists are joined by `;`. A missing value, an empty text and an empty list are all
/// written as an empty field.
#[derive(Clone, Copy, Debug, Default)]
pub struct CsvRenderer;

impl Render for CsvRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Csv.check(report)?;
        for view in &report.views {
            header(&view.columns, out)?;
            for cells in &view.rows {
                row(cells, out)?;
            }
        }
        Ok(())
    }
}

/// Writes the header line.
pub(super) fn header(columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    line(columns.iter().map(|column| column.name.to_owned()), out)
}

/// Writes the line of one row.
pub(super) fn row(cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
    line(cells.iter().map(raw), out)
}

fn line(fields: impl ExactSizeIterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let single = fields.len() == 1;
    let mut text = String::new();
    for (index, field) in fields.enumerate() {
        if index > 0 {
            text.push(',');
        }
        // Many readers skip an empty line instead of reading it as a record.
        if field.contains([',', '"', '\n', '\r']) || (single && field.is_empty()) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push('\n');
    out.write_all(text.as_bytes())
}
