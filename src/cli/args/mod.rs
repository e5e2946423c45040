//! Arguments as typed. No file is opened while they are parsed.

mod advise;
mod catalog;
mod check;
mod classify;
mod diff;
mod drift;
mod explain;
mod gate;
mod import;
mod map;
mod replay;
mod sweep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalog::Cloud;

pub use advise::AdviseArgs;
#[cfg(feature = "fetch")]
pub use catalog::CatalogFetchArgs;
pub use catalog::{
    CatalogCommand, CatalogDiffArgs, CatalogImportArgs, CatalogList, CatalogListArgs, CatalogSearchArgs,
    CatalogShowArgs, CatalogVerifyArgs,
};
pub use check::{CheckArgs, ChecksArgs, IntentArgs};
pub use classify::{ClassifyArgs, ClassifyBy, RowFormat};
pub use diff::DiffArgs;
pub use drift::{BisectArgs, DriftArgs};
pub use explain::ExplainArgs;
pub use gate::{FailOnArg, GateArgs, VerdictArgs};
pub use import::{
    BesideArgs, ExportCommand, ExportFrrArgs, ImportArmArgs, ImportAzureArgs, ImportCommand,
    ImportTerraformArgs, SideArg,
};
pub use map::MapArgs;
pub use replay::{By, DemoArgs, LayerArg, ReplayArgs, SimViewArg, ViewArgs};
pub use sweep::{SweepArgs, SweepViewArg};

/// Which path does a packet take to Microsoft, and why?
#[derive(Debug, Parser)]
#[command(name = "peerpath", version, max_term_width = 100, after_help = TOP_EXAMPLES)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten, next_help_heading = "Options of every command")]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const TOP_EXAMPLES: &str = "\
Examples:
  peerpath demo                                        replay the shipped demo capture
  peerpath explain 52.112.0.1                          explain the path of an address
  peerpath replay morning.pcap                         sum up a capture by path, service and destination
  peerpath replay morning.pcap --network network.yaml  replay the capture through your own network

Exit codes: 0 done, 1 findings or a difference, 2 no verdict (usage error, unreadable input), 70 internal error.";

/// Options of every command.
#[derive(Args, Debug)]
pub struct Global {
    /// The Microsoft cloud whose lists apply
    #[arg(long, global = true, value_enum, value_name = "CLOUD")]
    pub cloud: Option<CloudArg>,
    /// A feed file, or a directory written by `catalog import`, to use instead of the shipped feeds of
    /// the same kind; may be repeated
    #[arg(long, global = true, value_name = "PATH")]
    pub catalog: Vec<PathBuf>,
    /// Report each step with counts; twice for details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print only warnings and errors on standard error: no progress bar, no notes
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colour the output: automatically (on a terminal), always or never; `auto` respects NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = ColourArg::Auto, value_name = "WHEN")]
    pub color: ColourArg,
    /// Exit with code 2 if any input could not be read; skipped non-IP traffic is not an error
    #[arg(long, global = true)]
    pub strict: bool,
}

/// A Microsoft cloud, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CloudArg {
    /// The worldwide public cloud
    Public,
    /// Azure Government and Microsoft 365 GCC High and DoD
    Government,
    /// Azure China and Microsoft 365 operated by 21Vianet
    China,
}

impl From<CloudArg> for Cloud {
    fn from(cloud: CloudArg) -> Self {
        match cloud {
            CloudArg::Public => Self::Public,
            CloudArg::Government => Self::Government,
            CloudArg::China => Self::China,
        }
    }
}

/// When to use colour, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColourArg {
    /// If the output is a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain which path an address, a prefix or a host takes, and why
    Explain(ExplainArgs),
    /// Print the path of each address in a list, one row each
    Classify(ClassifyArgs),
    /// Lint a network file and run its checks
    Check(CheckArgs),
    /// Map Microsoft's products by site: which path each takes, and what it becomes under each failure
    Map(MapArgs),
    /// Advise what to order and configure, so that products use the circuits
    Advise(AdviseArgs),
    /// Compare two network files or list editions: which addresses change path, and why
    Diff(DiffArgs),
    /// Check whether new editions of Microsoft's lists change any path, against a lock file
    Drift(DriftArgs),
    /// Find the list editions at which the path of an address changed
    Bisect(BisectArgs),
    /// Classify captured traffic by path, service, destination, flow, community or time
    Replay(ReplayArgs),
    /// Replay captured flows under every single failure, or every pair: find broken, moved, leaked and congested traffic
    Sweep(SweepArgs),
    /// Replay the shipped demo capture through the shipped demo network
    Demo(DemoArgs),
    /// Show, import, compare, verify and fetch Microsoft's lists
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Convert Azure exports, Terraform plans or ARM templates to a network file
    #[command(subcommand)]
    Import(ImportCommand),
    /// Export the network file as a router configuration (FRR)
    #[command(subcommand)]
    Export(ExportCommand),
    /// Print a commented network file to start from
    Init(InitArgs),
    /// Print the JSON Schema of a file format, for editors
    Schema(SchemaArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Where the packet starts, for commands that evaluate addresses.
#[derive(Args, Debug)]
pub struct VantageArgs {
    /// The network file; without it, the result is eligibility: the best path that Microsoft's lists allow
    #[arg(short, long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// The site where the packet starts [default: the first site]; `explain` also accepts a subnet, as
    /// VIRTUAL-NETWORK/SUBNET
    #[arg(long, value_name = "SITE", requires = "network")]
    pub from: Option<String>,
}

/// Formats of `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// Readable text
    Text,
    /// One JSON document
    Json,
}

/// Arguments of `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Write to this file instead of standard output; an existing file is never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// The file format
    #[arg(value_enum)]
    pub format: SchemaName,
}

/// A file format with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// network.yaml
    Network,
    /// A file of checks
    Checks,
    /// A file of intended changes, for `diff --intent`
    Intent,
    /// scenario.yaml
    Scenario,
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
