//! Arguments of `diff`.

use std::path::PathBuf;

use clap::Args;

use super::{IntentArgs, VerdictArgs};

const DIFF_EXAMPLES: &str = "\
Examples:
  peerpath diff main.yaml network.yaml
  peerpath diff git:origin/main:network.yaml network.yaml --top 0 --format json
  peerpath diff network.yaml --head-catalog ServiceTags_Public_20260622.json
  peerpath diff main.yaml network.yaml --capture morning.pcap --what-if
  peerpath diff main.yaml network.yaml --intent change.yaml

To name a file in a git revision, write git:REVISION:PATH, as for `git show`. PATH is relative to the root of
the repository or, with a leading ./, to the current directory. Routing tables named in the file are read
from the same revision.

Exit codes: 0 no difference, 1 a difference, 2 no verdict. With --intent: 0 every change is declared and every
check of the base passes, 1 an undeclared change or a failed check, 2 no verdict.";

/// Arguments of `diff`.
#[derive(Args, Debug)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffArgs {
    /// The network file before the change
    #[arg(value_name = "BASE")]
    pub base: PathBuf,
    /// The network file after the change [default: BASE, evaluated with other lists]
    #[arg(value_name = "HEAD")]
    pub head: Option<PathBuf>,
    /// A feed file or directory for the base, in place of `--catalog`; may be repeated
    #[arg(long, value_name = "PATH")]
    pub base_catalog: Vec<PathBuf>,
    /// A feed file or directory for the head, in place of `--catalog`; may be repeated
    #[arg(long, value_name = "PATH")]
    pub head_catalog: Vec<PathBuf>,
    /// Compare only from this site or VIRTUAL-NETWORK/SUBNET; may be repeated [default: all]
    #[arg(long, value_name = "VANTAGE")]
    pub from: Vec<String>,
    /// Count the captured flows and bytes that each change affects; may be repeated
    #[arg(long, value_name = "FILE")]
    pub capture: Vec<PathBuf>,
    /// Also compare under each single failure that is possible in both networks
    #[arg(long)]
    pub what_if: bool,
    /// The declared intent of the change.
    #[command(flatten)]
    pub intent: IntentArgs,
    /// Maximum prefixes, lists and hosts shown per group of changes; 0 for all
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// A view to write; may be repeated [default: all; text omits causes, lists and empty views]
    #[arg(long, value_name = "NAME")]
    pub view: Vec<String>,
    /// The format of standard output
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT (junit, sarif, markdown, html, json, ndjson, csv, parquet, table); may be repeated.
    /// `summary` appends to FILE; `github=` and `azuredevops=` without a file write to standard output
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// How the verdict sets the exit code.
    #[command(flatten)]
    pub verdict: VerdictArgs,
}
