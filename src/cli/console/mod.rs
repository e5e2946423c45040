//! Standard output and standard error. Everything that this process prints goes through this module: no other code opens
//! the two streams (`tests/suite/architecture.rs`).
//!
//! In a job of GitHub Actions or Azure Pipelines, the agent reads both streams and runs anything that looks like one of
//! its commands. The text that peerpath prints comes from files that the author of a change controls, so commands in each
//! line are broken before it is written: [`line::harmless`] implements the rule, `docs/guide/ci.md` describes it. In
//! readable text, unsafe characters are always escaped.

mod line;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use super::args::ColourArg;
use crate::diag::visible;
use crate::report::Format;

/// The kind of output, which determines how it can be escaped without a change of meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Readable text.
    Text,
    /// JSON: a character can be written as `\u0023`.
    Json,
    /// HTML or XML: a character can be written as `&#35;`.
    Markup,
    /// Data that cannot be escaped: CSV, YAML, scripts, configurations.
    Data,
    /// Commands for GitHub Actions or Azure Pipelines, written by peerpath.
    Commands,
}

impl From<Format> for Shape {
    fn from(format: Format) -> Self {
        match format {
            Format::Table | Format::Markdown | Format::Summary => Self::Text,
            Format::Json | Format::Ndjson | Format::Sarif => Self::Json,
            Format::Html | Format::Junit => Self::Markup,
            Format::Csv | Format::Parquet => Self::Data,
            Format::Github | Format::AzureDevops => Self::Commands,
        }
    }
}

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Whether a CI agent may read the output: an environment variable is set, or the arguments request a format of CI
/// commands. Evaluated before arguments are parsed, since usage errors are printed, too.
static IN_CI: LazyLock<bool> = LazyLock::new(|| {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("GITHUB_ACTIONS")
        || set("TF_BUILD")
        || std::env::args_os().skip(1).any(|arg| asks(&arg.to_string_lossy()))
});

/// The value of `--color`; unset while arguments are parsed.
static COLOUR: OnceLock<ColourArg> = OnceLock::new();

static OUT: Mutex<Unfinished> = Mutex::new(Unfinished::NOTHING);
static ERR: Mutex<Unfinished> = Mutex::new(Unfinished::NOTHING);

/// Returns whether an argument, or the value of `--format=` or `--out=`, names a format of CI commands.
fn asks(argument: &str) -> bool {
    let value = ["--format=", "--out="].iter().find_map(|option| argument.strip_prefix(option));
    let value = value.unwrap_or(argument);
    let name = value.split_once('=').map_or(value, |(name, _)| name);
    name.parse().is_ok_and(Format::is_command)
}

/// Returns whether an agent of GitHub Actions or Azure Pipelines may read the output.
pub(super) fn in_ci() -> bool {
    *IN_CI
}

/// Stores the value of `--color`: in coloured text, colour sequences are not escaped.
pub(super) fn set_colour(choice: ColourArg) {
    // It is set only once, so the error case does not occur.
    let _ = COLOUR.set(choice);
}

/// Returns a writer for standard output. A line is written when it is complete.
pub(super) fn stdout(shape: Shape) -> Writer {
    Writer { stream: Stream::Out, shape }
}

/// Returns a writer for standard error, which is always readable text.
pub(super) fn stderr() -> Writer {
    Writer { stream: Stream::Err, shape: Shape::Text }
}

/// Prints one line on standard error; control characters in the text are escaped. Errors are ignored: there is nowhere
/// left to report them.
pub(super) fn note(text: &str) {
    let _ = writeln!(stderr(), "{}", visible(text));
}

/// Writes a last line without a line end. Call it when the process ends.
pub(super) fn finish() {
    for stream in [Stream::Out, Stream::Err] {
        // There is nowhere left to report an error.
        let _ = stream.unfinished().emit(stream).and_then(|()| stream.flush());
    }
}

impl Stream {
    /// Returns whether the stream is a terminal.
    pub(super) fn is_terminal(self) -> bool {
        match self {
            Self::Out => io::stdout().is_terminal(),
            Self::Err => io::stderr().is_terminal(),
        }
    }

    /// Returns whether the stream is coloured with this choice.
    pub(super) fn is_coloured(self, choice: ColourArg) -> bool {
        match choice {
            ColourArg::Always => true,
            ColourArg::Never => false,
            ColourArg::Auto => std::env::var_os("NO_COLOR").is_none() && self.is_terminal(),
        }
    }

    /// Returns whether a CI agent may read the stream: the process runs in CI, and the stream is not a file.
    pub(super) fn may_be_log(self) -> bool {
        in_ci() && !self.is_file()
    }

    fn is_file(self) -> bool {
        static FILES: LazyLock<[bool; 2]> = LazyLock::new(|| [Stream::Out, Stream::Err].map(is_file));
        let [out, err] = *FILES;
        match self {
            Self::Out => out,
            Self::Err => err,
        }
    }

    fn unfinished(self) -> MutexGuard<'static, Unfinished> {
        let lines = match self {
            Self::Out => &OUT,
            Self::Err => &ERR,
        };
        lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Out => io::stdout().lock().write_all(bytes),
            Self::Err => io::stderr().lock().write_all(bytes),
        }
    }

    fn flush(self) -> io::Result<()> {
        match self {
            Self::Out => io::stdout().lock().flush(),
            Self::Err => io::stderr().lock().flush(),
        }
    }
}

/// Returns whether a stream is a regular file.
fn is_file(stream: Stream) -> bool {
    #[cfg(unix)]
    let handle = {
        use std::os::fd::AsFd;
        match stream {
            Stream::Out => io::stdout().as_fd().try_clone_to_owned(),
            Stream::Err => io::stderr().as_fd().try_clone_to_owned(),
        }
    };
    #[cfg(windows)]
    let handle = {
        use std::os::windows::io::AsHandle;
        match stream {
            Stream::Out => io::stdout().as_handle().try_clone_to_owned(),
            Stream::Err => io::stderr().as_handle().try_clone_to_owned(),
        }
    };
    handle.and_then(|handle| File::from(handle).metadata()).is_ok_and(|facts| facts.is_file())
}

/// The start of a line that is not complete yet.
#[derive(Debug)]
struct Unfinished {
    bytes: Vec<u8>,
    shape: Shape,
}

impl Unfinished {
    const NOTHING: Self = Self { bytes: Vec::new(), shape: Shape::Text };

    /// Writes the pending bytes.
    fn emit(&mut self, stream: Stream) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() { Ok(()) } else { stream.write_all(&treated(&bytes, self.shape, stream)) }
    }
}

/// A writer of one of the two streams.
///
/// In CI, the start of a line is kept until the line is complete, even across flushes and writers: an agent joins what it
/// reads, and output of the other stream may come in between. So only complete, checked lines reach the agent.
#[derive(Debug)]
pub(super) struct Writer {
    stream: Stream,
    shape: Shape,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut line = self.stream.unfinished();
        if !in_ci() && self.shape != Shape::Text {
            line.emit(self.stream)?;
            self.stream.write_all(bytes)?;
            return Ok(bytes.len());
        }
        if line.shape != self.shape && !in_ci() {
            line.emit(self.stream)?;
        }
        line.shape = self.shape;
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            line.bytes.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        let (whole, rest) = bytes.split_at_checked(end + 1).unwrap_or((bytes, &[]));
        line.bytes.extend_from_slice(whole);
        line.emit(self.stream)?;
        line.bytes.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !in_ci() {
            self.stream.unfinished().emit(self.stream)?;
        }
        self.stream.flush()
    }
}

/// Returns lines with the escapes of their shape.
fn treated(bytes: &[u8], shape: Shape, stream: Stream) -> Cow<'_, [u8]> {
    let harmless = in_ci() && (shape != Shape::Data || stream.may_be_log());
    if shape != Shape::Text && !harmless {
        return Cow::Borrowed(bytes);
    }
    let coloured = stream.is_coloured(COLOUR.get().copied().unwrap_or(ColourArg::Auto));
    let mut text = String::from_utf8_lossy(bytes);
    if shape == Shape::Text {
        text = Cow::Owned(line::shown(&text, coloured));
    }
    if harmless {
        text = Cow::Owned(line::harmless(&text, shape));
    }
    Cow::Owned(text.into_owned().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_ask_for_commands_are_known_before_they_are_parsed() {
        for argument in ["github", "github=", "--out=github=", "--format=azuredevops", "azuredevops=x.txt"] {
            assert!(asks(argument), "{argument}");
        }
        for argument in ["check", "--out", "json=github", "--format=json", "github.yaml", "--outgithub=", ""]
        {
            assert!(!asks(argument), "{argument}");
        }
    }
}
