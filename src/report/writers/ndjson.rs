//! JSON, one object per line: a header, then the rows of every view.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::writers::json;
use crate::report::writers::json::{Head, NoteImage, RowImage, SkipImage};
use crate::report::{Cell, Column, Format, Render, Report};

/// Writes a report as one JSON object per line (`\n`).
///
/// The first line is the header: `schema`, `tool`, `catalog`, `inputs`, `notes`, `skipped`, and
/// `views` with the number of rows that follow, so that a reader can detect truncation. Every
/// further line is a row and has `"view"` as its first key.
#[derive(Clone, Copy, Debug, Default)]
pub struct NdjsonRenderer;

impl Render for NdjsonRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Ndjson.check(report)?;
        let views = report.views.iter().map(|view| ViewHead {
            name: &view.name,
            rows: view.rows.len(),
            total_rows: view.total_rows,
        });
        let head = WholeHead {
            head: Head::of(report),
            notes: report.notes.iter().map(NoteImage::of).collect(),
            skipped: report.skipped.iter().map(SkipImage::of).collect(),
            views: views.collect(),
        };
        line(&head, out)?;
        for view in &report.views {
            for cells in &view.rows {
                row(&view.name, &view.columns, cells, out)?;
            }
        }
        Ok(())
    }
}

/// Writes the header of a stream whose rows are not yet known.
pub(super) fn stream_header(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    line(&Head::of(report), out)
}

/// Writes the line of one row.
pub(super) fn row(view: &str, columns: &[Column], cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
    line(&RowImage { view: Some(view), columns, cells }, out)
}

fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut text = json::to_vec(value)?;
    text.push(b'\n');
    out.write_all(&text)
}

#[derive(Serialize)]
struct WholeHead<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    notes: Vec<NoteImage<'a>>,
    skipped: Vec<SkipImage<'a>>,
    views: Vec<ViewHead<'a>>,
}

#[derive(Serialize)]
struct ViewHead<'a> {
    name: &'a str,
    rows: usize,
    total_rows: u64,
}
