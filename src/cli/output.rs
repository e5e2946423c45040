//! Writes reports to standard output and to files.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::args::{ColourArg, Global};
use super::console::{self, Shape, Stream};
use super::error::CliError;
use crate::atomic_file::Batch;
use crate::cli::clock;
use crate::cli::inputs::opened;
use crate::cli::signals;
use crate::diag::Severity;
use crate::report::{Format, FormatError, RenderOptions, Report, editions, list_age, warnings};

/// GitHub fails a step whose summary exceeds 1 MiB; some space is left for other writers.
const SUMMARY_LIMIT: u64 = 1_048_000;
/// A summary with less space than this is not useful.
const SUMMARY_LEAST: u64 = 4_000;

/// A file to write a report to, parsed from `--out`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutFile {
    format: Format,
    /// `None` for standard output.
    path: Option<PathBuf>,
}

impl OutFile {
    /// Parses `FORMAT=FILE`. Formats of CI commands need no file, since the CI service reads the log.
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

    /// Returns whether the format contains exactly one view.
    pub(super) fn holds_one_view(&self) -> bool {
        self.format.holds_one_view()
    }

    /// Returns whether the format contains hashes of the inputs.
    pub(super) fn carries_inputs(&self) -> bool {
        carries_inputs(self.format)
    }
}

/// Parses the files named in `--out`, and rejects files that the arguments also name as inputs.
pub(super) fn files(named: &[String]) -> Result<Vec<OutFile>, CliError> {
    let files = named.iter().map(|text| OutFile::parse(text)).collect::<Result<Vec<_>, _>>()?;
    check_files(&files)?;
    Ok(files)
}

/// Returns whether reports in this format contain hashes of their inputs.
pub(super) fn carries_inputs(format: Format) -> bool {
    matches!(format, Format::Json | Format::Ndjson | Format::Parquet | Format::Sarif | Format::Html)
}

/// Returns the first file in a format that contains the whole report, so that shortened formats can refer to it.
pub(super) fn whole(files: &[OutFile]) -> Option<String> {
    let whole = files.iter().find(|file| matches!(file.format, Format::Ndjson | Format::Json))?;
    whole.path.as_ref().map(|path| format!("`{}`", path.display()))
}

/// Writes the report to standard output in one format, and to files in others. Nothing is written
/// if a format cannot represent the report. Text tables have only the columns of `brief`.
pub(super) fn write(
    report: &Report,
    format: Format,
    files: &[OutFile],
    brief: Option<&[&str]>,
    global: &Global,
) -> Result<(), CliError> {
    write_both((report, format), (report, files), brief, global)
}

/// Like [`write`], with a different report for standard output than for the files. Warnings also go to standard error if one
/// of the formats does not show them.
pub(super) fn write_both(
    (report, format): (&Report, Format),
    (whole, files): (&Report, &[OutFile]),
    brief: Option<&[&str]>,
    global: &Global,
) -> Result<(), CliError> {
    format.check(report)?;
    let report = &aged(report);
    write_files(whole, files, brief, global)?;
    if !format.shows_notes() || files.iter().any(|file| !file.format.shows_notes()) {
        print_warnings(whole, global);
    }
    // Binary data cannot be escaped.
    if !format.is_text() && (Stream::Out.is_terminal() || Stream::Out.may_be_log()) {
        return Err(CliError::BinaryToTerminal { format });
    }
    let report = shown(report, format, brief);
    let mut out = BufWriter::new(console::stdout(Shape::from(format)));
    let renderer = format.renderer(terminal(global.color))?;
    to_stdout(renderer.render(&report, &mut out).and_then(|()| out.flush()))
}

/// Returns the report with a note on the age of the lists, if they are old.
pub(super) fn aged(report: &Report) -> Cow<'_, Report> {
    match list_age(&report.catalog, clock::today()) {
        None => Cow::Borrowed(report),
        Some(note) => {
            let mut aged = report.clone();
            aged.notes.push(note);
            Cow::Owned(aged)
        }
    }
}

/// Writes text for people to standard output, followed by the editions of the report's lists.
pub(super) fn text_of(report: &Report, body: &str) -> Result<(), CliError> {
    let lists = editions(&report.catalog).map(|line| format!("\n{line}\n"));
    text(&format!("{}\n{}", body.trim_end_matches('\n'), lists.unwrap_or_default()))
}

/// Prints a warning about the age of a report's lists on standard error.
pub(super) fn print_age(report: &Report, global: &Global) {
    let note = list_age(&report.catalog, clock::today()).filter(|note| note.severity >= Severity::Warning);
    if let Some(note) = note.filter(|_| !global.quiet) {
        console::note(&format!("{}: {}", note.severity, note.text));
    }
}

/// Prints the warnings of a report, and what was skipped, on standard error.
pub(super) fn print_warnings(report: &Report, global: &Global) {
    for line in warnings(&aged(report), global.quiet) {
        console::note(&line);
    }
}

/// Rejects a report that one of the formats cannot represent.
pub(super) fn check_formats(report: &Report, format: Format, files: &[OutFile]) -> Result<(), CliError> {
    let mut all = std::iter::once(format).chain(files.iter().map(|file| file.format));
    all.try_for_each(|format| Ok(format.check(report)?))
}

/// Writes the report to files, or to none if a format cannot represent it.
pub(super) fn write_files(
    report: &Report,
    files: &[OutFile],
    brief: Option<&[&str]>,
    global: &Global,
) -> Result<(), CliError> {
    let report = &*aged(report);
    for file in files {
        file.format.check(report)?;
    }
    check_files(files)?;
    // Files get their final names only after all of them are complete.
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

/// Creates a batch of files, which a signal removes.
fn batch() -> Batch {
    signals::every_end();
    Batch::new()
}

/// New files in new folders, which appear all together or not at all.
#[derive(Debug)]
pub(super) struct NewFiles(Batch);

impl NewFiles {
    /// Creates an empty set.
    pub(super) fn new() -> Self {
        Self(batch())
    }

    /// Adds a file with this text.
    pub(super) fn add(&mut self, path: &Path, text: &str) -> Result<(), CliError> {
        let file = self.0.create_new(path)?;
        file.write_all(text.as_bytes()).map_err(|source| CliError::Write { path: path.to_owned(), source })
    }

    /// Adds a folder for files.
    pub(super) fn add_folder(&mut self, path: &Path) -> Result<(), CliError> {
        Ok(self.0.create_folder(path)?)
    }

    /// Gives all files their final names.
    pub(super) fn commit(self) -> Result<(), CliError> {
        Ok(self.0.commit()?)
    }
}

/// Creates a file; returns an error if it exists.
pub(super) fn create_new(path: &Path, text: &str) -> Result<(), CliError> {
    let mut files = NewFiles::new();
    files.add(path, text)?;
    files.commit()
}

/// Replaces files, all of them or none. A file that this command reads is replaced only if its role is
/// [`opened::Role::Updated`].
pub(super) fn replace(files: &[(PathBuf, String)]) -> Result<(), CliError> {
    files.iter().try_for_each(|(path, _)| opened::refuse_update(path))?;
    let mut batch = batch();
    for (path, text) in files {
        let fail = |source: io::Error| CliError::Write { path: path.clone(), source };
        batch.replace(path)?.write_all(text.as_bytes()).map_err(fail)?;
    }
    Ok(batch.commit()?)
}

/// Returns the report as a format shows it: text formats omit details and have only the columns of `brief`.
fn shown<'a>(report: &'a Report, format: Format, brief: Option<&[&str]>) -> Cow<'a, Report> {
    if !matches!(format, Format::Table | Format::Markdown | Format::Summary) {
        return Cow::Borrowed(report);
    }
    let mut short = brief.map_or_else(|| report.clone(), |names| report.with_columns(names));
    short.views.retain(|view| !view.is_detail);
    Cow::Owned(short)
}

/// Keeps the views named in `--view`. Without names, all views are kept, and text formats omit details.
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

/// Rejects, before anything is read, a single-view format if several views would be written: those in `names`, or all.
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

/// Rejects output files that would overwrite an input or each other. The check runs when arguments are parsed ([`files`]),
/// before long work, and before anything is written, since inputs become known step by step.
pub(super) fn check_files(files: &[OutFile]) -> Result<(), CliError> {
    opened::refuse(files.iter().filter_map(|file| file.path.as_deref()))
}

/// Returns the layout options for standard output.
pub(super) fn terminal(colour: ColourArg) -> RenderOptions {
    let width = Stream::Out.is_terminal().then(terminal_width).flatten();
    RenderOptions { width, colour: Stream::Out.is_coloured(colour), room: None }
}

/// Converts the result of writing to standard output. A closed pipe is not an error: the exit code stays that of the
/// verdict.
fn to_stdout(written: io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(CliError::stdout),
    }
}

/// Writes readable text to standard output.
pub(super) fn text(text: &str) -> Result<(), CliError> {
    document(text, Shape::Text)
}

/// Writes a document to standard output.
pub(super) fn document(text: &str, shape: Shape) -> Result<(), CliError> {
    let mut out = console::stdout(shape);
    to_stdout(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Appends to the summary of a CI step. Other programs write to the same file, so it is the only file that is not
/// replaced.
fn append_summary(report: &Report, path: &Path, global: &Global) -> Result<(), CliError> {
    let fail = |source: io::Error| CliError::Write { path: path.to_owned(), source };
    let mut file = File::options().append(true).create(true).open(path).map_err(fail)?;
    let room = SUMMARY_LIMIT.saturating_sub(file.metadata().map_err(fail)?.len());
    if room < SUMMARY_LEAST {
        if !global.quiet {
            console::note(&format!(
                "nothing is appended to `{}`: the file is close to GitHub's limit of 1 MiB",
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

fn terminal_width() -> Option<u16> {
    match std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()) {
        Some(columns) => Some(columns),
        None => comfy_table::Table::new().width(),
    }
}

/// Returns whether a format is meant for people and may omit details.
pub(super) fn is_for_people(format: Format) -> bool {
    matches!(format, Format::Table | Format::Markdown)
}
