//! What was typed after `explain`.

use clap::Args;

use super::{ExplainFormat, VantageArgs};

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  peerpath explain 52.112.0.1
  peerpath explain 2603:1061:2002::1 20.38.108.0/24
  peerpath explain 52.112.0.1 --network network.yaml --from amsterdam
  peerpath explain 40.92.0.1 --network network.yaml --to mail
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
    #[arg(long, value_name = "CODE", conflicts_with_all = ["targets", "network", "from", "to", "format"])]
    pub code: Option<String>,
    /// Where the packet starts.
    #[command(flatten)]
    pub vantage: VantageArgs,
    /// Explain what becomes of connections that the addresses begin to this published server of the network file
    #[arg(long, value_name = "SERVER", requires = "network", conflicts_with = "from")]
    pub to: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}
