//! Standard output and standard error. Every byte that this process prints passes here: nothing else opens the two
//! streams (`tests/suite/architecture.rs`).
//!
//! In a job of GitHub Actions or Azure Pipelines the agent reads both streams and runs what looks like a command of
//! its own. The texts that peerpath prints come from files that the author of a change writes, so each line is made
//! harmless before it leaves the process: [`line::harmless`] has the rule, `docs/guide/ci.md` describes it. Text for people
//! is shown with its unsafe characters escaped, everywhere.

mod line;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use super::args::ColourArg;
use crate::diag::visible;
use crate::report::Format;

/// What is printed, which tells how it may be written differently without a change of meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text for people.
    Text,
    /// JSON: a character can be written as `\u0023`.
    Json,
    /// HTML or XML: a character can be written as `&#35;`.
    Markup,
    /// Data that has only one way to be written: CSV, YAML, scripts, configurations.
    Data,
    /// Commands of GitHub Actions or Azure Pipelines that peerpath means.
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

/// Whether an agent may read what is printed: the environment says so, or the arguments ask for its commands. Known
/// before arguments are parsed, since what is wrong with them is printed too.
static IN_CI: LazyLock<bool> = LazyLock::new(|| {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("GITHUB_ACTIONS")
        || set("TF_BUILD")
        || std::env::args_os().skip(1).any(|arg| asks(&arg.to_string_lossy()))
});

/// What `--color` asked for; unset while arguments are parsed.
static COLOUR: OnceLock<ColourArg> = OnceLock::new();

static OUT: Mutex<Unfinished> = Mutex::new(Unfinished::NOTHING);
static ERR: Mutex<Unfinished> = Mutex::new(Unfinished::NOTHING);

/// Whether an argument, or the value of `--format=` or `--out=`, names a format of commands.
fn asks(argument: &str) -> bool {
    let value = ["--format=", "--out="].iter().find_map(|option| argument.strip_prefix(option));
    let value = value.unwrap_or(argument);
    let name = value.split_once('=').map_or(value, |(name, _)| name);
    name.parse().is_ok_and(Format::is_command)
}

/// Whether what is printed may be read by an agent of GitHub Actions or Azure Pipelines.
pub(super) fn in_ci() -> bool {
    *IN_CI
}

/// Remembers what `--color` asked for: with colours, their escape sequences pass in text.
pub(super) fn set_colour(choice: ColourArg) {
    // It is set once; a second choice would be a fault that shows in no output.
    let _ = COLOUR.set(choice);
}

/// A writer of standard output. A line is written when it is whole.
pub(super) fn stdout(shape: Shape) -> Writer {
    Writer { stream: Stream::Out, shape }
}

/// A writer of standard error, which is text for people.
pub(super) fn stderr() -> Writer {
    Writer { stream: Stream::Err, shape: Shape::Text }
}

/// Says one thing on one line of standard error, whatever characters the texts in it have. Where that stream is gone
/// nobody is left to tell.
pub(super) fn note(text: &str) {
    let _ = writeln!(stderr(), "{}", visible(text));
}

/// Writes a last line that has no end. To be called when the process ends.
pub(super) fn finish() {
    for stream in [Stream::Out, Stream::Err] {
        // Where a stream is gone nobody is left to tell.
        let _ = stream.unfinished().emit(stream).and_then(|()| stream.flush());
    }
}

impl Stream {
    /// Whether somebody looks at it.
    pub(super) fn is_terminal(self) -> bool {
        match self {
            Self::Out => io::stdout().is_terminal(),
            Self::Err => io::stderr().is_terminal(),
        }
    }

    /// Whether it is coloured under this choice.
    pub(super) fn is_coloured(self, choice: ColourArg) -> bool {
        match choice {
            ColourArg::Always => true,
            ColourArg::Never => false,
            ColourArg::Auto => std::env::var_os("NO_COLOR").is_none() && self.is_terminal(),
        }
    }

    /// Whether an agent may read it: in CI, and no file. What goes to a file is run when somebody prints the file.
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

/// Whether a stream is a regular file.
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

/// The beginning of a line whose end has not been written yet.
#[derive(Debug)]
struct Unfinished {
    bytes: Vec<u8>,
    shape: Shape,
}

impl Unfinished {
    const NOTHING: Self = Self { bytes: Vec::new(), shape: Shape::Text };

    /// Writes what there is.
    fn emit(&mut self, stream: Stream) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() { Ok(()) } else { stream.write_all(&treated(&bytes, self.shape, stream)) }
    }
}

/// A writer of one of the two streams.
///
/// In CI a line that was begun stays here until its end comes, also over a flush and from one writer to the next: an
/// agent joins what it reads, and the other stream may be in between. So an agent never sees a part of a line that is
/// not judged as a whole.
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

/// Lines as they are printed.
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
