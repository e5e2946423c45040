//! Floor 11: the command line: arguments, inputs, commands, exit codes.
//!
//! Arguments pass two stages: as typed ([`args`]), then as meant (`inputs`: files read, names
//! resolved). A command loads its inputs, calls the library, hands a report to a renderer and says
//! how it ended. Results go to standard output, everything else to standard error.

pub mod args;
mod commands;
mod declared;
mod error;
mod exit;
mod inputs;
mod output;
mod pair;
mod progress;
mod reads;
mod render;
mod revision;
mod signals;
mod tables;

use std::process::{ExitCode, Termination};

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

pub use error::CliError;
pub use exit::Exit;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::CannotJudge } else { Exit::Success };
            // A closed pipe while printing help is not worth a word.
            let _ = error.print();
            return exit.report();
        }
    };
    start_logs(cli.global.verbose, render::colours(cli.global.color, &std::io::stderr()));
    std::panic::set_hook(Box::new(internal_error));
    let outcome = std::panic::catch_unwind(|| commands::run(&cli));
    match outcome {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) if error.is_broken_pipe() => Exit::Success,
        Ok(Err(error)) => {
            render::error(&error);
            if error.is_internal() { Exit::Internal } else { Exit::CannotJudge }
        }
        Err(_) => Exit::Internal,
    }
    .report()
}

/// Spans and events of the library go to standard error, as many as asked for.
fn start_logs(verbose: u8, colour: bool) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(colour)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .without_time()
        .init();
}

/// A fault of ours: say so, with what a report of it needs.
fn internal_error(info: &std::panic::PanicHookInfo<'_>) {
    use std::io::Write;
    let _ = writeln!(
        std::io::stderr().lock(),
        "peerpath: internal error, please report it: {info} (version {})",
        env!("CARGO_PKG_VERSION")
    );
}
