//! The commands. Each loads its inputs, calls the library, writes a report and returns its exit code.

mod advise;
mod bisect;
mod catalog;
mod check;
mod classify;
mod diff;
mod drift;
mod explain;
mod export;
mod import;
mod init_schema_man;
mod map;
mod replay;
mod sweep;

use super::args::{Cli, Command};
use super::error::CliError;
use super::exit::Exit;
use crate::cli::inputs::argument_files;

/// Runs the command of the arguments.
pub(super) fn run(cli: &Cli) -> Result<Exit, CliError> {
    argument_files::inputs(&cli.global, &cli.command);
    match &cli.command {
        Command::Explain(args) => explain::run(&cli.global, args),
        Command::Check(args) => check::run(&cli.global, args),
        Command::Drift(args) => drift::run(&cli.global, args),
        Command::Bisect(args) => bisect::run(&cli.global, args),
        Command::Map(args) => map::run(&cli.global, args),
        Command::Advise(args) => advise::run(&cli.global, args),
        Command::Diff(args) => diff::run(&cli.global, args),
        Command::Classify(args) => classify::run(&cli.global, args),
        Command::Replay(args) => replay::run(&cli.global, args),
        Command::Sweep(args) => sweep::run(&cli.global, args),
        Command::Demo(args) => replay::demo::run(&cli.global, args),
        Command::Catalog(command) => catalog::run(&cli.global, command),
        Command::Import(command) => import::run(&cli.global, command),
        Command::Export(command) => export::run(&cli.global, command),
        Command::Init(args) => init_schema_man::init(args),
        Command::Schema(args) => init_schema_man::schema(args),
        Command::Completions(args) => init_schema_man::completions(args),
        Command::Man => init_schema_man::man(),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::replay::scenario::sim_view;
    use super::sweep::sweep_view;
    use crate::cli::args::{SimViewArg, SweepViewArg};
    use crate::report::views::simulate::SimView;
    use crate::report::views::sweep::SweepView;

    /// `--view` accepts the names of views in outputs and messages.
    #[test]
    fn every_views_name_is_an_argument() {
        for view in SimView::ALL {
            assert_eq!(sim_view(SimViewArg::from_str(view.name(), false).unwrap()), view);
        }
        for view in SweepView::ALL {
            assert_eq!(sweep_view(SweepViewArg::from_str(view.name(), false).unwrap()), view);
        }
    }
}
