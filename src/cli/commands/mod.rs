//! The commands: each loads its inputs, calls the library, writes a report, says how it ended.

mod bisect;
mod catalog;
mod check;
mod checks;
mod classify;
mod demo;
mod diff;
mod drift;
mod explain;
mod export;
mod import;
mod replay;
mod simulate;
mod sweep;
mod unjudged;
mod writing;

use super::args::{Cli, Command};
use super::declared;
use super::error::CliError;
use super::exit::Exit;

/// Runs the command that was typed.
pub(super) fn run(cli: &Cli) -> Result<Exit, CliError> {
    declared::inputs(&cli.global, &cli.command);
    match &cli.command {
        Command::Explain(args) => explain::run(&cli.global, args),
        Command::Check(args) => check::run(&cli.global, args),
        Command::Drift(args) => drift::run(&cli.global, args),
        Command::Bisect(args) => bisect::run(&cli.global, args),
        Command::Diff(args) => diff::run(&cli.global, args),
        Command::Classify(args) => classify::run(&cli.global, args),
        Command::Replay(args) => replay::run(&cli.global, args),
        Command::Sweep(args) => sweep::run(&cli.global, args),
        Command::Demo(args) => demo::run(&cli.global, args),
        Command::Catalog(command) => catalog::run(&cli.global, command),
        Command::Import(command) => import::run(&cli.global, command),
        Command::Export(command) => export::run(&cli.global, command),
        Command::Init(args) => writing::init(args),
        Command::Schema(args) => writing::schema(args),
        Command::Completions(args) => writing::completions(args),
        Command::Man => writing::man(),
    }
}
