//! Arguments of `replay` and `demo`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

const REPLAY_EXAMPLES: &str = "\
Examples:
  peerpath replay morning.pcap
  peerpath replay morning.pcapng.zst --by destination --top 0 --format csv
  peerpath replay day/*.pcap --network network.yaml --out json=report.json --out parquet=flows.parquet
  peerpath replay morning.pcap --filter 'tcp and dst port 443 and path internet'
  zcat big.pcap.gz | peerpath replay - --by service
  peerpath replay day.pcap --network network.yaml --scenario failure.yaml --out html=report.html
  peerpath replay day.pcap --network network.yaml --scenario failure.yaml --variant second-circuit.yaml

Filter: tcpdump's keywords for header fields (host, net, port, portrange, tcp, udp, icmp, ip, ip6, proto,
src, dst, and, or, not, parentheses), plus `path NAME`, `tag NAME`, `community VALUE`.";

/// Arguments of `replay`.
#[derive(Args, Debug)]
#[command(after_help = REPLAY_EXAMPLES)]
pub struct ReplayArgs {
    /// Captures: pcap or pcapng, uncompressed, gzip or zstd; `-` for standard input. With --scenario, also flow
    /// records: CSV, ndjson or Parquet from `--by flow`
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// The network file; without it, the result is eligibility: the best path that Microsoft's lists allow
    #[arg(short, long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// Simulate failures and changes during the replay, from this scenario file
    #[arg(long, value_name = "FILE", requires = "network", conflicts_with_all = ["by", "filter"])]
    pub scenario: Option<PathBuf>,
    /// Another scenario or network to simulate side by side; may be repeated
    #[arg(long, value_name = "FILE", requires = "scenario")]
    pub variant: Vec<PathBuf>,
    /// A view of the simulation; may be repeated [default: all except the two series; html and machine-readable formats:
    /// all]
    #[arg(long, value_enum, value_name = "NAME", requires = "scenario")]
    pub view: Vec<SimViewArg>,
    /// How traffic is counted.
    #[command(flatten)]
    pub counting: ViewArgs,
}

/// A view of a simulation, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SimViewArg {
    /// The variants side by side
    Variants,
    /// Events, with their times
    Events,
    /// Traffic by period and path
    Timeline,
    /// Traffic by path over time, drawn as blocks
    Shape,
    /// Traffic by path and time bucket
    #[value(alias = "path_series")]
    PathSeries,
    /// Conversations by fate
    Fates,
    /// Outcome of the traffic of each service
    Services,
    /// The conversations that changed
    #[value(alias = "flows_changed")]
    FlowsChanged,
    /// Load by link and direction
    Links,
    /// Load by link, direction and time bucket
    #[value(alias = "link_series")]
    LinkSeries,
    /// Traffic in the compliance scope, by path
    Compliance,
    /// Data that metered billing counts, by circuit, with the cost of a month
    Metering,
    /// Delay, jitter and loss of critical traffic, and whether they are as expected
    Critical,
    /// Load and waits by link, class and critical scope
    #[value(alias = "link_classes")]
    LinkClasses,
    /// Account of all packets: how many were offered, and how each ended
    Conservation,
}

/// How replayed traffic is counted and written.
#[derive(Args, Debug)]
pub struct ViewArgs {
    /// Group traffic by this key; may be repeated [default: path, service and destination]
    #[arg(long, value_enum, value_name = "KEY")]
    pub by: Vec<By>,
    /// Maximum rows per view, largest first; 0 for all
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// The format of standard output
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT (table, json, ndjson, csv, markdown, html, parquet); may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// Show all columns in text tables; other formats always have all
    #[arg(long)]
    pub wide: bool,
    /// Count only flows that match this filter
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Which IP header of tunnelled packets to use
    #[arg(long, value_enum, default_value_t = LayerArg::Outer)]
    pub layer: LayerArg,
    /// Width of a time bucket in seconds, for `--by time` and the series of a simulation
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub bucket: u64,
    /// Maximum number of flows in memory; beyond this number, the least recently seen flows are counted and evicted
    #[arg(long, default_value_t = 4_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_flows: u64,
    /// Number of reader threads, also for a single file; the result does not depend on it [default: all processors]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

/// A key to group traffic by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The path to the remote end
    Path,
    /// The service of the remote end
    Service,
    /// The product of the remote end, as Microsoft's documents name it
    Product,
    /// The destination address of each packet
    Destination,
    /// The five-tuple
    Flow,
    /// The community with which Microsoft advertises, or would advertise, the remote end
    Community,
    /// Time and path
    Time,
    /// Site, product and path, with what was measured of TCP: round-trip times, retransmissions, order. Reads with one
    /// thread
    Latency,
}

/// Which IP header to use, as typed.
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
    /// How traffic is counted.
    #[command(flatten)]
    pub view: ViewArgs,
}
