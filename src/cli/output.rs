//! Reports to standard output and to files.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::args::{ColourArg, Global};
use super::console::{self, Shape, Stream};
use super::error::CliError;
use crate::atomic_file::Batch;
use crate::cli::inputs::opened;
use crate::cli::signals;
use crate::report::{Format, FormatError, RenderOptions, Report, warnings};

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
    fn parse(text: &str) -> Result<Self, CliError> {
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

/// The files that `--out` names; none of them is read by this command, as far as its arguments tell.
pub(super) fn files(named: &[String]) -> Result<Vec<OutFile>, CliError> {
    let files = named.iter().map(|text| OutFile::parse(text)).collect::<Result<Vec<_>, _>>()?;
    check_files(&files)?;
    Ok(files)
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
    for line in warnings(report, global.quiet) {
        note(&line);
    }
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
    check_files(files)?;
    // No file gets its name before all of them are whole.
    let mut batch = batch();
    for file in files.iter().filter(|file| file.format != Format::Summary) {
        let Some(path) = &file.path else { continue };
        let fail = |source: io::Error| CliError::Write { path: path.clone(), source };
        let renderer = file.format.renderer(RenderOptions::default())?;
        let out = batch.replace(path)?;
        renderer.render(&shown(report, file.format, brief), out).map_err(fail)?;
        out.flush().map_err(fail)?;
    }
    for file in files.iter().filter(|file| file.format == Format::Summary) {
        if let Some(path) = &file.path {
            append_summary(&shown(report, file.format, brief), path, global)?;
        }
    }
    batch.commit()?;
    for file in files.iter().filter(|file| file.path.is_none()) {
        let renderer = file.format.renderer(RenderOptions::default())?;
        let mut out = BufWriter::new(console::stdout(Shape::from(file.format)));
        let report = shown(report, file.format, brief);
        to_stdout(renderer.render(&report, &mut out).and_then(|()| out.flush()))?;
    }
    Ok(())
}

/// A batch of files that a signal leaves nothing of.
fn batch() -> Batch {
    signals::every_end();
    Batch::new()
}

/// Files that must not exist yet, in folders that must not either; all of them or none.
#[derive(Debug)]
pub(super) struct NewFiles(Batch);

impl NewFiles {
    /// No file yet.
    pub(super) fn new() -> Self {
        Self(batch())
    }

    /// Begins a file with this text.
    pub(super) fn add(&mut self, path: &Path, text: &str) -> Result<(), CliError> {
        let file = self.0.create_new(path)?;
        file.write_all(text.as_bytes()).map_err(|source| CliError::Write { path: path.to_owned(), source })
    }

    /// Makes a folder for files.
    pub(super) fn add_folder(&mut self, path: &Path) -> Result<(), CliError> {
        Ok(self.0.create_folder(path)?)
    }

    /// Lets all of them appear.
    pub(super) fn commit(self) -> Result<(), CliError> {
        Ok(self.0.commit()?)
    }
}

/// Creates a file that must not exist yet.
pub(super) fn create_new(path: &Path, text: &str) -> Result<(), CliError> {
    let mut files = NewFiles::new();
    files.add(path, text)?;
    files.commit()
}

/// Replaces files, all of them or none; one that this command reads only if it is written anew by design.
pub(super) fn replace(files: &[(PathBuf, String)]) -> Result<(), CliError> {
    files.iter().try_for_each(|(path, _)| opened::refuse_update(path))?;
    let mut batch = batch();
    for (path, text) in files {
        let fail = |source: io::Error| CliError::Write { path: path.clone(), source };
        batch.replace(path)?.write_all(text.as_bytes()).map_err(fail)?;
    }
    Ok(batch.commit()?)
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

/// Refuses files that would destroy what is read, or one another. What is known before a command runs is refused when
/// its arguments are parsed ([`files`]), and all of it before anything is written; between the two, before long work.
pub(super) fn check_files(files: &[OutFile]) -> Result<(), CliError> {
    opened::refuse(files.iter().filter_map(|file| file.path.as_deref()))
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

/// Appends to a step's summary, which has other writers: the one file that is not replaced.
fn append_summary(report: &Report, path: &Path, global: &Global) -> Result<(), CliError> {
    let fail = |source: io::Error| CliError::Write { path: path.to_owned(), source };
    let mut file = File::options().append(true).create(true).open(path).map_err(fail)?;
    let room = SUMMARY_LIMIT.saturating_sub(file.metadata().map_err(fail)?.len());
    if room < SUMMARY_LEAST {
        if !global.quiet {
            note(&format!(
                "nothing is appended to `{}`: it is near the 1 MiB that GitHub takes",
                path.display()
            ));
        }
        return Ok(());
    }
    let options = RenderOptions { room: usize::try_from(room).ok(), ..RenderOptions::default() };
    let mut text = Vec::new();
    Format::Summary.renderer(options)?.render(report, &mut text).map_err(fail)?;
    file.write_all(&text).map_err(fail)
}

/// Says one thing on one line of standard error.
pub(super) fn note(text: &str) {
    console::note(text);
}

fn terminal_width() -> Option<u16> {
    match std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()) {
        Some(columns) => Some(columns),
        None => comfy_table::Table::new().width(),
    }
}

/// Whether a format is read by people, who are shown less.
pub(super) fn is_for_people(format: Format) -> bool {
    matches!(format, Format::Table | Format::Markdown)
}
