//! Reports to standard output and to files.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::args::{ColourArg, Global};
use super::console::{self, Shape, Stream};
use super::error::CliError;
use crate::report::{Format, FormatError, RenderOptions, Report, beside};

/// GitHub fails a step whose summary is larger than 1 MiB; a little is kept aside for other writers.
const SUMMARY_LIMIT: u64 = 1_048_000;
/// Below this nothing useful can be said in a summary.
const SUMMARY_LEAST: u64 = 4_000;

/// A file that a report goes to, as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutFile {
    format: Format,
    /// `None` for standard output.
    path: Option<PathBuf>,
}

impl OutFile {
    /// Reads `FORMAT=FILE`. Commands that a service takes from the log may have no file.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        let Some((format, path)) = text.split_once('=') else {
            return Err(CliError::OutFile { text: text.to_owned() });
        };
        let format: Format = format.parse()?;
        if path.is_empty() && !format.is_command() {
            return Err(CliError::OutFile { text: text.to_owned() });
        }
        Ok(Self { format, path: (!path.is_empty()).then(|| PathBuf::from(path)) })
    }

    /// Whether the format carries the inputs' hashes.
    pub(super) fn carries_inputs(&self) -> bool {
        carries_inputs(self.format)
    }
}

/// Whether reports in this format name their inputs with hashes.
pub(super) fn carries_inputs(format: Format) -> bool {
    matches!(format, Format::Json | Format::Ndjson | Format::Parquet | Format::Sarif | Format::Html)
}

/// The first of the files whose format leaves nothing out, for those that must.
pub(super) fn whole(files: &[OutFile]) -> Option<String> {
    let whole = files.iter().find(|file| matches!(file.format, Format::Ndjson | Format::Json))?;
    whole.path.as_ref().map(|path| format!("`{}`", path.display()))
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
    write_both((report, format), (report, files), brief, global)
}

/// As [`write`], where the report of standard output is another form of that of the files. Warnings go to standard error too where one
/// of the formats does not show them.
pub(super) fn write_both(
    (report, format): (&Report, Format),
    (whole, files): (&Report, &[OutFile]),
    brief: Option<&[&str]>,
    global: &Global,
) -> Result<(), CliError> {
    format.check(report)?;
    write_files(whole, files, brief, global)?;
    if !format.shows_notes() || files.iter().any(|file| !file.format.shows_notes()) {
        tell(whole, global);
    }
    // Nothing can be escaped in what is not text.
    if !format.is_text() && (Stream::Out.is_terminal() || Stream::Out.may_be_log()) {
        return Err(CliError::BinaryToTerminal { format });
    }
    let report = shown(report, format, brief);
    let mut out = BufWriter::new(console::stdout(Shape::from(format)));
    let renderer = format.renderer(terminal(global.color))?;
    to_stdout(renderer.render(&report, &mut out).and_then(|()| out.flush()))
}

/// Says the warnings of a report on standard error, and what was skipped, beside an output that does not show them.
pub(super) fn tell(report: &Report, global: &Global) {
    beside::warnings(report, global.quiet).iter().for_each(|line| note(line));
}

/// Refuses a report that one of the formats cannot hold.
pub(super) fn check_formats(report: &Report, format: Format, files: &[OutFile]) -> Result<(), CliError> {
    let mut all = std::iter::once(format).chain(files.iter().map(|file| file.format));
    all.try_for_each(|format| Ok(format.check(report)?))
}

/// Writes the report to files, to none where a format cannot hold it.
pub(super) fn write_files(
    report: &Report,
    files: &[OutFile],
    brief: Option<&[&str]>,
    global: &Global,
) -> Result<(), CliError> {
    for file in files {
        file.format.check(report)?;
    }
    for file in files {
        write_file(&shown(report, file.format, brief), file, global)?;
    }
    Ok(())
}

/// The report as a format shows it: for people without details, and with the columns of `brief` only.
fn shown<'a>(report: &'a Report, format: Format, brief: Option<&[&str]>) -> Cow<'a, Report> {
    if !matches!(format, Format::Table | Format::Markdown | Format::Summary) {
        return Cow::Borrowed(report);
    }
    let mut short = brief.map_or_else(|| report.clone(), |names| report.with_columns(names));
    short.views.retain(|view| !view.is_detail);
    Cow::Owned(short)
}

/// Keeps the views that were asked for by name; without any, details are left out where people read.
pub(super) fn choose_views(report: &mut Report, names: &[String]) -> Result<(), CliError> {
    if names.is_empty() {
        return Ok(());
    }
    for name in names {
        if !report.views.iter().any(|view| view.name == *name) {
            let known = report.views.iter().map(|view| format!("`{}`", view.name)).collect();
            return Err(CliError::NoSuchView { name: name.clone(), known });
        }
    }
    report.views.retain(|view| names.contains(&view.name));
    for view in &mut report.views {
        view.is_detail = false;
    }
    Ok(())
}

/// Refuses, before anything is read, a format of one view for several: those of `names`, or without names all.
pub(super) fn check_views(
    format: Format,
    files: &[OutFile],
    names: &[String],
    all: &[&str],
) -> Result<(), CliError> {
    let mut formats = std::iter::once(format).chain(files.iter().map(|file| file.format));
    let chosen = |name: &&&str| names.is_empty() || names.iter().any(|own| own == **name);
    let views: Vec<String> = all.iter().filter(chosen).map(|name| (*name).to_owned()).collect();
    match formats.find(|one| one.holds_one_view()) {
        Some(format) if views.len() > 1 => Err(FormatError::ViewCount { format, views }.into()),
        _ => Ok(()),
    }
}

/// Refuses files that would destroy an input, or one another.
pub(super) fn check_files(files: &[OutFile], inputs: &[&Path]) -> Result<(), CliError> {
    let taken: Vec<PathBuf> = inputs.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in files.iter().filter_map(|file| file.path.as_ref()) {
        let place = place(path);
        if taken.contains(&place) {
            return Err(CliError::OutIsInput { path: path.clone() });
        }
        if seen.contains(&place) {
            return Err(CliError::OutTwice { path: path.clone() });
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
    let width = Stream::Out.is_terminal().then(terminal_width).flatten();
    RenderOptions { width, colour: Stream::Out.is_coloured(colour), room: None }
}

/// What became of writing to standard output. A reader who has seen enough changes no verdict: the exit code is the
/// same with and without it.
fn to_stdout(written: io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CliError::stdout),
    }
}

/// Writes text for people to standard output.
pub(super) fn text(text: &str) -> Result<(), CliError> {
    document(text, Shape::Text)
}

/// Writes a document to standard output that programs read.
pub(super) fn document(text: &str, shape: Shape) -> Result<(), CliError> {
    let mut out = console::stdout(shape);
    to_stdout(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

fn write_file(report: &Report, file: &OutFile, global: &Global) -> Result<(), CliError> {
    let Some(path) = &file.path else {
        let renderer = file.format.renderer(RenderOptions::default())?;
        let mut out = BufWriter::new(console::stdout(Shape::from(file.format)));
        return to_stdout(renderer.render(report, &mut out).and_then(|()| out.flush()));
    };
    let fail = |source: io::Error| CliError::Write { path: path.clone(), source };
    let (handle, options) = if file.format == Format::Summary {
        let handle = File::options().append(true).create(true).open(path).map_err(fail)?;
        let room = SUMMARY_LIMIT.saturating_sub(handle.metadata().map_err(fail)?.len());
        if room < SUMMARY_LEAST {
            if !global.quiet {
                note(&format!(
                    "nothing is appended to `{}`: it is near the 1 MiB that GitHub takes",
                    path.display()
                ));
            }
            return Ok(());
        }
        (handle, RenderOptions { room: usize::try_from(room).ok(), ..RenderOptions::default() })
    } else {
        (File::create(path).map_err(fail)?, RenderOptions::default())
    };
    let renderer = file.format.renderer(options)?;
    let mut out = BufWriter::new(handle);
    renderer.render(report, &mut out).map_err(fail)?;
    out.flush().map_err(fail)
}

/// Says one thing on one line of standard error.
pub(super) fn note(text: &str) {
    console::note(text);
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
