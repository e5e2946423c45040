//! Arguments of `sweep`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::LayerArg;
use crate::sim::scenario::thousandths;

const SWEEP_EXAMPLES: &str = "\
Examples:
  peerpath sweep network.yaml day.pcap
  peerpath sweep network.yaml day.pcap --scenario scope.yaml --out json=sweep.json
  peerpath sweep network.yaml day.pcap --depth 2 --top 0 --format csv --view sweep
  peerpath sweep network.yaml pilot.pcap --scale 100 --view sweep --view links

Scope: list traffic that must never use the internet under `compliance` in a scenario file, which needs no events:
  version: 1
  compliance: {tags: [Storage.WestEurope]}

Exit codes: 1 traffic in the scope uses the internet, with or without a failure, 2 for some traffic in the scope this is
unknown, even if other traffic uses the internet.";

/// Arguments of `sweep`.
#[derive(Args, Debug)]
#[command(after_help = SWEEP_EXAMPLES)]
pub struct SweepArgs {
    /// The network file
    #[arg(value_name = "NETWORK")]
    pub network: PathBuf,
    /// Captures: pcap or pcapng, uncompressed, gzip or zstd; `-` for standard input. Or flow records: CSV, ndjson or
    /// Parquet from `replay --by flow`
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// A scenario file; only its `compliance`, `links`, `detection` and `seed` are used
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Number of simultaneous failures: 1, or 2 to add every pair
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub depth: u8,
    /// Multiply the traffic of the capture, from 0.001 to 1000; `fits_thousandths` is the largest factor that fits
    #[arg(long, default_value = "1", value_name = "FACTOR", value_parser = factor)]
    pub scale: u64,
    /// A view; may be repeated [default: shape, sweep and compliance; html and machine-readable formats: all]
    #[arg(long, value_enum, value_name = "NAME")]
    pub view: Vec<SweepViewArg>,
    /// Maximum outages per view, worst first; 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
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
    /// Exit 0 even with findings; invalid input still exits 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Which IP header of tunnelled packets to use
    #[arg(long, value_enum, default_value_t = LayerArg::Outer)]
    pub layer: LayerArg,
    /// Width of a time bucket in seconds; link load is averaged over it
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub bucket: u64,
    /// Maximum number of flows in memory; beyond this number, the least recently seen flows are evaluated and evicted
    #[arg(long, default_value_t = 4_000_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_flows: u64,
    /// Number of reader threads, also for a single file; the result does not depend on it [default: all processors]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

/// A view of a sweep, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SweepViewArg {
    /// Outcome of traffic by outage, drawn as blocks
    Shape,
    /// Totals by outage
    Sweep,
    /// Traffic in the compliance scope, by outage and path
    Compliance,
    /// Traffic by outage and path
    #[value(alias = "sweep_paths")]
    Paths,
    /// Load by outage, link and direction
    #[value(alias = "sweep_links")]
    Links,
}

/// Parses a factor in thousandths.
fn factor(text: &str) -> Result<u64, &'static str> {
    thousandths(text).ok_or("write a factor from 0.001 to 1000 with at most three decimals")
}
