//! What was typed, and nothing else: no file is opened while arguments are parsed.

mod catalog;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::catalog::Cloud;

#[cfg(feature = "fetch")]
pub use catalog::CatalogFetchArgs;
pub use catalog::{
    CatalogCommand, CatalogDiffArgs, CatalogImportArgs, CatalogListArgs, CatalogShowArgs, CatalogVerifyArgs,
};

/// Which path does a packet take to Microsoft, and why?
#[derive(Debug, Parser)]
#[command(name = "peerpath", version, max_term_width = 100, after_help = TOP_EXAMPLES)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten, next_help_heading = "Options of every command")]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const TOP_EXAMPLES: &str = "\
Examples:
  peerpath demo                                        the main job on shipped data
  peerpath explain 52.112.0.1                          all that is known about an address
  peerpath replay morning.pcap                         a capture, by path, service and destination
  peerpath replay morning.pcap --network network.yaml  the same through your own network

Exit codes: 0 done, 1 findings or a difference, 2 cannot judge (usage, unreadable input), 70 internal error.";

/// Options of every command.
#[derive(Args, Debug)]
pub struct Global {
    /// The Microsoft cloud whose lists apply
    #[arg(long, global = true, value_enum, value_name = "CLOUD")]
    pub cloud: Option<CloudArg>,
    /// A feed file, or a directory that `catalog import` wrote, to use instead of the shipped feeds of
    /// the same kind; may be repeated
    #[arg(long, global = true, value_name = "PATH")]
    pub catalog: Vec<PathBuf>,
    /// Say what is done, with counts; twice for details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress bar and no notes on standard error, only errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colours: when the output is a terminal, always, or never (NO_COLOR is respected)
    #[arg(long, global = true, value_enum, default_value_t = ColourArg::Auto, value_name = "WHEN")]
    pub color: ColourArg,
    /// Fail with exit code 2 where anything of the input could not be read; traffic that is not IP is no
    /// failure
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

/// When to colour, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColourArg {
    /// When the output is a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// All that is known about an address or a prefix, and its path with the reason
    Explain(ExplainArgs),
    /// The path of each address of a list, one row each
    Classify(ClassifyArgs),
    /// What a network file will not do as it was probably meant: the readiness rules
    Check(CheckArgs),
    /// Captures through the network: bytes by path, service, destination, flow, community, time
    Replay(ReplayArgs),
    /// Replay the shipped demo capture through the shipped demo network
    Demo(DemoArgs),
    /// The lists of Microsoft's ranges: show, import, compare, verify, fetch
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// What people already have, as a network file
    #[command(subcommand)]
    Import(ImportCommand),
    /// The network file in another program's words
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

/// Where the packet starts, for commands that decide addresses.
#[derive(Args, Debug)]
pub struct VantageArgs {
    /// The network file; without it the answer is eligibility: what the lists alone allow
    #[arg(short, long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// The site of the network file where the packet starts [default: the first one]; for `explain` also a
    /// subnet, as VIRTUAL-NETWORK/SUBNET
    #[arg(long, value_name = "SITE", requires = "network")]
    pub from: Option<String>,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  peerpath explain 52.112.0.1
  peerpath explain 2603:1061:2002::1 20.38.108.0/24
  peerpath explain 52.112.0.1 --network network.yaml --from amsterdam
  peerpath explain 52.112.0.1 --format json
  peerpath explain --code lint::power-platform-pair";

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArgs {
    /// Addresses or prefixes, IPv4 or IPv6
    #[arg(required_unless_present = "code", value_name = "ADDRESS|PREFIX")]
    pub targets: Vec<String>,
    /// Explain a diagnostic's code instead: what it says, why, how to mend it
    #[arg(long, value_name = "CODE", conflicts_with_all = ["targets", "network", "from", "format"])]
    pub code: Option<String>,
    /// Where the packet starts.
    #[command(flatten)]
    pub vantage: VantageArgs,
    /// The output format
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

/// Formats of `explain` and `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  peerpath check network.yaml
  peerpath check network.yaml --format json
  peerpath explain --code lint::power-platform-pair

Exit codes: 0 no warning (advice may be given), 1 warnings, 2 the file cannot be used.";

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct CheckArgs {
    /// The network file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

const CLASSIFY_EXAMPLES: &str = "\
Examples:
  printf '52.112.0.1\\n8.8.8.8\\n' | peerpath classify
  peerpath classify addresses.txt --format ndjson
  peerpath classify addresses.txt --network network.yaml --from amsterdam";

/// Arguments of `classify`.
#[derive(Args, Debug)]
#[command(after_help = CLASSIFY_EXAMPLES)]
pub struct ClassifyArgs {
    /// One address per line; `-` for standard input
    #[arg(default_value = "-", value_name = "FILE")]
    pub file: PathBuf,
    /// Where the packet starts.
    #[command(flatten)]
    pub vantage: VantageArgs,
    /// The output format
    #[arg(long, value_enum, default_value_t = RowFormat::Csv)]
    pub format: RowFormat,
}

/// Formats that are written row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object per line
    Ndjson,
    /// A table for people
    Table,
}

const REPLAY_EXAMPLES: &str = "\
Examples:
  peerpath replay morning.pcap
  peerpath replay morning.pcapng.zst --by destination --top 0 --format csv
  peerpath replay day/*.pcap --network network.yaml --out json=report.json --out parquet=flows.parquet
  peerpath replay morning.pcap --filter 'tcp and dst port 443 and path internet'
  zcat big.pcap.gz | peerpath replay - --by service

Filter: tcpdump's words for header fields (host, net, port, portrange, tcp, udp, icmp, ip, ip6, proto,
src, dst, and, or, not, parentheses), plus `path NAME`, `tag NAME`, `community VALUE`.";

/// Arguments of `replay`.
#[derive(Args, Debug)]
#[command(after_help = REPLAY_EXAMPLES)]
pub struct ReplayArgs {
    /// Captures: pcap or pcapng, plain, gzip or zstd; `-` for standard input
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// The network file; without it the answer is eligibility: what the lists alone allow
    #[arg(short, long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// How the traffic is counted.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// How replayed traffic is counted and written.
#[derive(Args, Debug)]
pub struct ViewArgs {
    /// Count by this; may be repeated [default: path, service and destination]
    #[arg(long, value_enum, value_name = "KEY")]
    pub by: Vec<By>,
    /// Rows per view, the largest first; 0 for all
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// The format of standard output
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Write FILE in FORMAT too (table, json, ndjson, csv, markdown, parquet); may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// All columns in tables for people too; other formats always have all
    #[arg(long)]
    pub wide: bool,
    /// Count only flows that match
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Which IP header counts where packets are tunnelled
    #[arg(long, value_enum, default_value_t = LayerArg::Outer)]
    pub layer: LayerArg,
    /// Width of a time bucket in seconds, for `--by time`
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub bucket: u64,
    /// Flows kept at once; past it the least recently seen are counted and let go
    #[arg(long, default_value_t = 4_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_flows: u64,
}

/// A key to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The path of the remote side
    Path,
    /// The service that the remote side belongs to
    Service,
    /// The destination address of each packet
    Destination,
    /// The five-tuple
    Flow,
    /// The community that carries or would carry the remote side
    Community,
    /// Time and path
    Time,
}

/// Which IP header counts, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayerArg {
    /// The first IP header of the frame
    Outer,
    /// The last IP header, inside GRE, VXLAN, IP-in-IP, …
    Inner,
}

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// How the traffic is counted.
    #[command(flatten)]
    pub view: ViewArgs,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  peerpath import azure exports/ --output network.yaml
  peerpath import azure circuit.json filter.json --site head-office=10.10.0.0/16,fd10::/48
  az network express-route list -o json > circuits.json && peerpath import azure circuits.json

Understood (Azure CLI, REST and PowerShell, with other text around the JSON):
  az network express-route list | show | peering list | peering show
  az network express-route list-route-tables --path primary | secondary
  az network route-filter list | show
  az network vnet list | show, az network route-table list | show
  az network vnet-gateway list | list-learned-routes | list-advertised-routes
  az network vpn-connection list, az network express-route gateway connection list
  az network nic show-effective-route-table, az network vhub get-effective-routes
  az network routeserver peering list-learned-routes | list-advertised-routes

A route table does not say what it is of: keep its command in a comment line above it, as `# az network …`.
Routes are kept in files beside the network file. Keys are never read.";

/// The `import` commands.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Exports of Azure: circuits, peerings, route filters, routes, virtual networks
    Azure(ImportAzureArgs),
}

/// Arguments of `import azure`.
#[derive(Args, Debug)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct ImportAzureArgs {
    /// Exports, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the network file here instead of to standard output, and tables of routes in a folder
    /// beside it; an existing file is never overwritten
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A site with its clients' prefixes, which no export tells; may be repeated
    #[arg(long, value_name = "NAME=PREFIX,…")]
    pub site: Vec<String>,
    /// What the network is called [default: the file's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  peerpath export frr --network network.yaml
  peerpath export frr --network network.yaml --site amsterdam > frr.conf && vtysh -f frr.conf";

/// The `export` commands.
#[derive(Debug, Subcommand)]
#[command(after_help = EXPORT_EXAMPLES)]
pub enum ExportCommand {
    /// The edge of a site as a configuration of FRRouting
    Frr(ExportFrrArgs),
}

/// Arguments of `export frr`.
#[derive(Args, Debug)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct ExportFrrArgs {
    /// The network file
    #[arg(short, long, value_name = "FILE")]
    pub network: PathBuf,
    /// The site whose edge is written [default: the first one]
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
}

/// Arguments of `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Write here instead of to standard output; an existing file is never overwritten
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
}

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
