//! Records the files that arguments name as inputs, before a command runs. Each pattern lists every argument of its
//! command, so a new argument does not compile until this module states whether it names an input.

use std::path::{Path, PathBuf};

use crate::cli::args::{
    AdviseArgs, BesideArgs, BisectArgs, CatalogCommand, CatalogImportArgs, CheckArgs, ChecksArgs,
    ClassifyArgs, Command, DiffArgs, DriftArgs, ExplainArgs, ExportCommand, ExportFrrArgs, Global,
    ImportArmArgs, ImportAzureArgs, ImportCommand, ImportTerraformArgs, IntentArgs, MapArgs, ReplayArgs,
    SweepArgs, VantageArgs,
};
use crate::cli::inputs::opened::{Role, declare, declare_feeds};

/// Records the inputs of a command.
pub(in crate::cli) fn inputs(global: &Global, command: &Command) {
    match command {
        Command::Explain(args) => explain(args),
        Command::Check(args) => check(args),
        Command::Map(args) => map(args),
        Command::Advise(args) => advise(args),
        Command::Drift(args) => drift(args),
        Command::Bisect(args) => bisect(args),
        Command::Diff(args) => diff(args),
        Command::Classify(args) => classify(args),
        Command::Replay(args) => replay(args),
        Command::Sweep(args) => sweep(args),
        Command::Import(command) => import(command),
        Command::Export(ExportCommand::Frr(ExportFrrArgs { network, site: _ })) => networks([network]),
        // Only the files of `catalog import` are recorded: the other commands write no files, or replace them on purpose.
        Command::Catalog(command) => return catalog(command),
        Command::Demo(_) => {}
        Command::Init(_) | Command::Schema(_) | Command::Completions(_) | Command::Man => return,
    }
    global.catalog.iter().for_each(|path| declare_feeds(path));
}

fn plain<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) {
    paths.into_iter().for_each(|path| declare(path, Role::Input));
}

fn networks<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) {
    paths.into_iter().for_each(|path| declare(path, Role::Network));
}

fn feeds<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) {
    paths.into_iter().for_each(|path| declare_feeds(path));
}

fn vantage(args: &VantageArgs) {
    let VantageArgs { network, from: _ } = args;
    networks(network);
}

fn explain(args: &ExplainArgs) {
    let ExplainArgs {
        targets: _,
        code: _,
        port: _,
        proto: _,
        source: _,
        vantage: own,
        to: _,
        region: _,
        resolve,
        format: _,
    } = args;
    plain(resolve);
    vantage(own);
}

fn check(args: &CheckArgs) {
    let CheckArgs { file, checks, coverage: _, capture, guide: _, products: _, region: _, view: _, gate: _ } =
        args;
    let ChecksArgs { checks, today: _ } = checks;
    networks([file]);
    plain(checks.iter().chain(capture));
}

fn map(args: &MapArgs) {
    let MapArgs { network, product: _, from: _, region: _, under: _, view: _, format: _, out: _, wide: _ } =
        args;
    networks([network]);
}

fn advise(args: &AdviseArgs) {
    let AdviseArgs { products: _, region: _, network, format: _, out: _, all: _, wide: _ } = args;
    networks(network);
}

fn drift(args: &DriftArgs) {
    let DriftArgs { lock, new, write_lock: _, network, from: _, top: _, view: _, format: _, out: _ } = args;
    declare(lock, Role::Updated);
    feeds(new);
    networks(network);
}

fn bisect(args: &BisectArgs) {
    let BisectArgs { address: _, network, editions, from: _, format: _, out: _ } = args;
    networks([network]);
    feeds(editions);
}

fn diff(args: &DiffArgs) {
    let DiffArgs {
        base,
        head,
        base_catalog,
        head_catalog,
        from: _,
        capture,
        what_if: _,
        intent,
        top: _,
        view: _,
        format: _,
        out: _,
        verdict: _,
    } = args;
    let IntentArgs { intent, today: _ } = intent;
    networks([base].into_iter().chain(head));
    feeds(base_catalog.iter().chain(head_catalog));
    plain(capture.iter().chain(intent));
}

fn classify(args: &ClassifyArgs) {
    let ClassifyArgs { file, vantage: own, by: _, format: _ } = args;
    plain([file]);
    vantage(own);
}

fn replay(args: &ReplayArgs) {
    let ReplayArgs { captures, network, scenario, variant, view: _, counting: _ } = args;
    plain(captures.iter().chain(scenario));
    // A variant is a network or a scenario; a scenario names no tables.
    networks(network.iter().chain(variant));
}

fn sweep(args: &SweepArgs) {
    let SweepArgs {
        network,
        captures,
        scenario,
        depth: _,
        view: _,
        top: _,
        format: _,
        out: _,
        wide: _,
        exit_zero: _,
        layer: _,
        bucket: _,
        max_flows: _,
        scale: _,
        threads: _,
    } = args;
    networks([network]);
    plain(captures.iter().chain(scenario));
}

fn import(command: &ImportCommand) {
    match command {
        ImportCommand::Azure(args) => {
            let ImportAzureArgs { paths, output: _, site: _, table, circuit: _, name: _ } = args;
            plain(paths);
            let tables = table.iter().filter_map(|text| Some(text.split_once('=')?.1));
            tables.for_each(|file| declare(Path::new(file), Role::Input));
        }
        ImportCommand::Terraform(ImportTerraformArgs { plan, side: _, output: _, beside: own }) => {
            plain([plan]);
            beside(own);
        }
        ImportCommand::Arm(ImportArmArgs { template, parameters, output: _, beside: own }) => {
            plain([template].into_iter().chain(parameters));
            beside(own);
        }
    }
}

fn beside(args: &BesideArgs) {
    let BesideArgs { onto, site: _, name: _, assume: _ } = args;
    networks(onto);
}

fn catalog(command: &CatalogCommand) {
    match command {
        CatalogCommand::Import(CatalogImportArgs { files, output: _ }) => plain(files),
        CatalogCommand::List(_)
        | CatalogCommand::Search(_)
        | CatalogCommand::Show(_)
        | CatalogCommand::Diff(_)
        | CatalogCommand::Verify(_) => {}
        // It replaces only files that it fetched itself.
        #[cfg(feature = "fetch")]
        CatalogCommand::Fetch(_) => {}
    }
}
