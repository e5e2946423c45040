//! Reports to standard output and to files.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::args::{ColourArg, Global};
use super::error::CliError;
use super::render;
use crate::report::{Format, RenderOptions, Report};

/// A file that a report goes to, as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutFile {
    format: Format,
    path: PathBuf,
}

impl OutFile {
    /// Reads `FORMAT=FILE`.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        let Some((format, path)) = text.split_once('=') else {
            return Err(CliError::OutFile { text: text.to_owned() });
        };
        if path.is_empty() {
            return Err(CliError::OutFile { text: text.to_owned() });
        }
        Ok(Self { format: format.parse()?, path: PathBuf::from(path) })
    }

    /// Whether the format carries the inputs' hashes.
    pub(super) fn carries_inputs(&self) -> bool {
        carries_inputs(self.format)
    }
}

/// Whether reports in this format name their inputs with hashes.
pub(super) fn carries_inputs(format: Format) -> bool {
    matches!(format, Format::Json | Format::Ndjson | Format::Parquet)
}

/// Writes the report to standard output in one format, and to files in others. Nothing is written
/// where a format cannot hold the report. Tables for people have the columns of `brief` only.
pub(super) fn write(
    report: &Report,
    format: Format,
    files: &[OutFile],
    brief: Option<&[&str]>,
    global: &Global,
) -> Result<(), CliError> {
    let short = brief.map(|names| report.with_columns(names));
    let shown = |format: Format| match (&short, format) {
        (Some(short), Format::Table | Format::Markdown) => short,
        _ => report,
    };
    format.check(report)?;
    for file in files {
        file.format.check(report)?;
    }
    for file in files {
        write_file(shown(file.format), file)?;
    }
    let report = shown(format);
    let stdout = io::stdout();
    if stdout.is_terminal() && !format.is_text() {
        return Err(CliError::BinaryToTerminal { format });
    }
    let options = terminal(global.color);
    let mut out = BufWriter::new(stdout.lock());
    format.renderer(options)?.render(report, &mut out).map_err(CliError::stdout)?;
    out.flush().map_err(CliError::stdout)
}

/// Refuses files that would destroy an input, or one another.
pub(super) fn check_files(files: &[OutFile], inputs: &[&Path]) -> Result<(), CliError> {
    let taken: Vec<PathBuf> = inputs.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut seen: Vec<PathBuf> = Vec::new();
    for file in files {
        let place = place(&file.path);
        if taken.contains(&place) {
            return Err(CliError::OutIsInput { path: file.path.clone() });
        }
        if seen.contains(&place) {
            return Err(CliError::OutTwice { path: file.path.clone() });
        }
        seen.push(place);
    }
    Ok(())
}

/// Where a file is or will be, whatever way it is named.
fn place(path: &Path) -> PathBuf {
    if let Ok(known) = path.canonicalize() {
        return known;
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or_else(|| path.to_owned(), |name| folder.join(name))
}

/// How text is laid out on standard output.
pub(super) fn terminal(colour: ColourArg) -> RenderOptions {
    let stdout = io::stdout();
    let width = stdout.is_terminal().then(terminal_width).flatten();
    RenderOptions { width, colour: render::colours(colour, &stdout) }
}

/// Writes plain text to standard output.
pub(super) fn text(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::stdout)
}

fn write_file(report: &Report, file: &OutFile) -> Result<(), CliError> {
    let fail = |source: io::Error| CliError::Write { path: file.path.clone(), source };
    let renderer = file.format.renderer(RenderOptions::default())?;
    let mut out = BufWriter::new(File::create(&file.path).map_err(fail)?);
    renderer.render(report, &mut out).map_err(fail)?;
    out.flush().map_err(fail)
}

/// Says something on standard error; where that is gone nobody is left to tell.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Creates a file that must not exist yet.
pub(super) fn create_new(path: &Path, text: &str) -> Result<(), CliError> {
    let fail = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => CliError::Exists { path: path.to_owned() },
        _ => CliError::Write { path: path.to_owned(), source },
    };
    let mut file = File::options().write(true).create_new(true).open(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}

fn terminal_width() -> Option<u16> {
    match std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()) {
        Some(columns) => Some(columns),
        None => comfy_table::Table::new().width(),
    }
}
