//! Floor 11: the command line: arguments, inputs, commands, exit codes.
//!
//! Arguments are processed in two stages: first they are parsed ([`args`]), then files are read and names
//! resolved (`inputs`). A command loads its inputs, calls the library, passes a report to a renderer and returns
//! its exit code. Results go to standard output, everything else to standard error.
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     peerpath::cli::main()
//! }
//! ```

#[doc(hidden)]
pub mod args;
mod captures;
mod checks;
mod clock;
mod commands;
mod console;
mod error;
mod exit;
mod input_failure;
mod inputs;
mod output;
mod progress;
mod record_names;
mod render;
mod signals;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{ExitCode, Termination};

use clap::Parser;
use console::{Shape, Stream};
use tracing_subscriber::filter::LevelFilter;

#[doc(hidden)]
pub use error::CliError;
#[doc(hidden)]
pub use exit::Exit;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(internal_error));
    let exit = run();
    console::finish();
    exit.report()
}

fn run() -> Exit {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match args::Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(error, &arguments),
    };
    console::set_colour(cli.global.color);
    start_logs(cli.global.verbose, Stream::Err.is_coloured(cli.global.color));
    let outcome = std::panic::catch_unwind(|| commands::run(&cli));
    match outcome {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) if error.is_broken_pipe() => Exit::Success,
        Ok(Err(error)) => {
            render::failure(&error);
            if error.is_internal() { Exit::Internal } else { Exit::CannotJudge }
        }
        Err(_) => Exit::Internal,
    }
}

/// Prints the help or the usage error that the argument parser returned.
fn usage(error: clap::Error, arguments: &[OsString]) -> Exit {
    let (stream, exit) =
        if error.use_stderr() { (Stream::Err, Exit::CannotJudge) } else { (Stream::Out, Exit::Success) };
    // The message quotes arguments as typed. Parsing their escaped forms gives the same message without unsafe characters.
    let escaped: Vec<String> =
        arguments.iter().map(|argument| crate::diag::visible(&argument.to_string_lossy())).collect();
    let same = escaped.iter().zip(arguments).all(|(escaped, typed)| *typed == **escaped);
    let again = if same { None } else { args::Cli::try_parse_from(escaped).err() };
    let text = again.filter(|again| again.kind() == error.kind()).unwrap_or(error).render();
    let coloured = stream.is_coloured(args::ColourArg::Auto);
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    let mut out = match stream {
        Stream::Out => console::stdout(Shape::Text),
        Stream::Err => console::stderr(),
    };
    // A closed pipe while printing help is not an error.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    exit
}

/// Sends spans and events of the library to standard error, at the level of `--verbose`.
fn start_logs(verbose: u8, colour: bool) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(console::stderr)
        .with_target(false)
        .with_ansi(colour)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .without_time()
        .init();
}

/// Reports a panic as an internal error, with the details that a bug report needs.
fn internal_error(info: &std::panic::PanicHookInfo<'_>) {
    let _ = writeln!(
        console::stderr(),
        "peerpath: internal error, please report it: {info} (version {})",
        env!("CARGO_PKG_VERSION")
    );
}
