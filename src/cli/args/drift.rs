//! Arguments of `drift` and `bisect`.

use std::path::PathBuf;

use clap::Args;

const DRIFT_EXAMPLES: &str = "\
Examples:
  peerpath drift --write-lock --network network.yaml --catalog ServiceTags_Public_20260525.json
  peerpath drift --new ServiceTags_Public_20260622.json
  peerpath drift --new ServiceTags_Public_20260622.json --write-lock

The lock file pins each list by its hash. Paths in the lock file are relative to its folder. With --new and --write-lock,
the lock file is rewritten regardless of the verdict: review it like any other change.

Exit codes: 0 no path changes (changed reasons and moved tags are reported), 1 a path changes, 2 no verdict:
the lists differ from the locked ones, or the alternatives of an unknown path changed.";

const BISECT_EXAMPLES: &str = "\
Examples:
  peerpath bisect 20.60.1.1 --network network.yaml --editions feeds/
  peerpath bisect 20.60.1.1 --network network.yaml --from utrecht --editions feeds/2026 --format json

Exit codes: 0 the path is the same in every edition, 1 it changes, 2 no verdict.";

/// Arguments of `drift`.
#[derive(Args, Debug)]
#[command(after_help = DRIFT_EXAMPLES)]
pub struct DriftArgs {
    /// The lock file
    #[arg(long, default_value = "peerpath.lock", value_name = "FILE")]
    pub lock: PathBuf,
    /// A new edition of a list; may be repeated, once for each kind of list
    #[arg(long, value_name = "FEED", required_unless_present = "write_lock")]
    pub new: Vec<PathBuf>,
    /// Write the lock file, with the editions from `--new` or, without `--new`, from `--catalog`
    #[arg(long)]
    pub write_lock: bool,
    /// The network file for a new lock file
    #[arg(short, long, value_name = "FILE", requires = "write_lock", conflicts_with = "new")]
    pub network: Option<PathBuf>,
    /// Compare only from this site or VIRTUAL-NETWORK/SUBNET; may be repeated [default: all]
    #[arg(long, value_name = "VANTAGE")]
    pub from: Vec<String>,
    /// Maximum prefixes and lists shown per group of changes; 0 for all
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// A view to write; may be repeated [default: all; text omits causes, lists and empty views]
    #[arg(long, value_name = "NAME")]
    pub view: Vec<String>,
    /// The format of standard output
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
}

/// Arguments of `bisect`.
#[derive(Args, Debug)]
#[command(after_help = BISECT_EXAMPLES)]
pub struct BisectArgs {
    /// The address
    #[arg(value_name = "ADDRESS")]
    pub address: std::net::IpAddr,
    /// The network file
    #[arg(short, long, value_name = "FILE")]
    pub network: PathBuf,
    /// A folder of editions of one list, or a single edition; may be repeated
    #[arg(long, required = true, value_name = "PATH")]
    pub editions: Vec<PathBuf>,
    /// The site or VIRTUAL-NETWORK/SUBNET where the packet starts [default: the first site]
    #[arg(long, value_name = "VANTAGE")]
    pub from: Option<String>,
    /// The format of standard output
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
}
