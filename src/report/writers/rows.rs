//! Row-by-row output, for streams that may not end.

use std::fmt;
use std::io::{self, Write};

use crate::report::format::{BLOCK, check_columns, check_row};
use crate::report::writers::{csv, ndjson};
use crate::report::{Cell, Column, Format, FormatError, RenderOptions, Report};

/// Writes the rows of one view as they arrive, as `csv`, `ndjson` or `table`.
///
/// CSV and ndjson pass every row on immediately. A table needs to know the width of its columns: rows wait until a
/// block of [`RowWriter::BLOCK`] is full, and a column never gets narrower afterwards. The size of the block bounds
/// the memory. The writer does not flush; pass a writer that flushes by itself if that matters.
pub struct RowWriter<'a> {
    view: String,
    columns: Vec<Column>,
    written: usize,
    #[cfg(feature = "cli")]
    editions: Option<String>,
    form: Form,
    out: &'a mut dyn Write,
}

enum Form {
    Csv,
    Ndjson,
    #[cfg(feature = "cli")]
    Table(crate::report::writers::table::Blocks),
}

impl<'a> RowWriter<'a> {
    /// Rows of a table that are laid out together.
    pub const BLOCK: usize = BLOCK;

    /// Begins the output: CSV writes its header line, ndjson its header object (schema, tool, catalog and inputs of
    /// `head`, without its views and notes), and a table waits for its first rows.
    ///
    /// # Errors
    /// Errors from `out`, and `InvalidInput` with a [`FormatError`] inside if the format has no streaming form, is not built
    /// in, or cannot represent such columns.
    pub fn new(
        format: Format,
        options: RenderOptions,
        head: &Report,
        view: &str,
        columns: &[Column],
        out: &'a mut dyn Write,
    ) -> io::Result<Self> {
        check_columns(view, columns)?;
        let form = match format {
            Format::Csv => {
                csv::header(columns, out)?;
                Form::Csv
            }
            Format::Ndjson => {
                ndjson::stream_header(head, out)?;
                Form::Ndjson
            }
            #[cfg(feature = "cli")]
            Format::Table => Form::Table(crate::report::writers::table::Blocks::new(options)),
            #[cfg(not(feature = "cli"))]
            Format::Table => {
                let _: RenderOptions = options;
                return Err(FormatError::NotBuilt { format, feature: "cli" }.into());
            }
            Format::Json
            | Format::Markdown
            | Format::Summary
            | Format::Parquet
            | Format::Html
            | Format::Junit
            | Format::Sarif
            | Format::Github
            | Format::AzureDevops => {
                return Err(FormatError::NotStreamed { format }.into());
            }
        };
        Ok(Self {
            view: view.to_owned(),
            columns: columns.to_vec(),
            written: 0,
            #[cfg(feature = "cli")]
            editions: crate::report::editions(&head.catalog),
            form,
            out,
        })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// Errors from the output, and `InvalidInput` with a [`FormatError`] inside if the row does not match the columns. In that
    /// case, no part of the row was written.
    pub fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        check_row(&self.view, &self.columns, self.written + 1, &cells)?;
        self.written += 1;
        match &mut self.form {
            Form::Csv => csv::row(&cells, self.out),
            Form::Ndjson => ndjson::row(&self.view, &self.columns, &cells, self.out),
            #[cfg(feature = "cli")]
            Form::Table(blocks) => blocks.push(&self.columns, cells, self.out),
        }
    }

    /// Writes the remaining rows and returns the number of rows. A table without rows shows its header here, and every table
    /// ends with the editions of the lists of `head`.
    ///
    /// # Errors
    /// Errors from the output.
    pub fn finish(self) -> io::Result<usize> {
        match self.form {
            Form::Csv | Form::Ndjson => {}
            #[cfg(feature = "cli")]
            Form::Table(mut blocks) => {
                blocks.finish(&self.columns, self.out)?;
                if let Some(line) = &self.editions {
                    writeln!(self.out, "\n{line}")?;
                }
            }
        }
        Ok(self.written)
    }
}

impl fmt::Debug for RowWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowWriter").field("view", &self.view).field("written", &self.written).finish()
    }
}
