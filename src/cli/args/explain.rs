//! Arguments of `explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ExplainFormat, VantageArgs};
use crate::engine::ports::Transport;

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  peerpath explain 52.112.0.1
  peerpath explain 2603:1061:2002::1 20.38.108.0/24
  peerpath explain 52.112.0.1 --network network.yaml --from amsterdam
  peerpath explain 40.92.0.1 --network network.yaml --to mail
  peerpath explain 52.112.0.1 --port 3478 --proto udp --source 10.10.0.7:50000 --network network.yaml
  peerpath explain make.powerapps.com --region Europe
  peerpath explain outlook.office.com --resolve answers.txt --network network.yaml
  peerpath explain outlook.office.com --resolve morning.pcap --network network.yaml
  peerpath explain \"Power Apps\" --region Europe --network network.yaml
  peerpath explain 52.112.0.1 --format json
  peerpath explain --code lint::power-platform-pair";

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArgs {
    /// IPv4 or IPv6 addresses, prefixes, host names or products; host names are not resolved unless `--resolve` is given
    #[arg(required_unless_present = "code", value_name = "ADDRESS|PREFIX|HOST|PRODUCT")]
    pub targets: Vec<String>,
    /// Explain a diagnostic code instead: meaning, reason and fix
    #[arg(long, value_name = "CODE", conflicts_with_all = ["targets", "network", "from", "to", "port", "format"])]
    pub code: Option<String>,
    /// The destination port; documented support depends on it, routes do not
    #[arg(long, value_name = "N", requires = "proto")]
    pub port: Option<u16>,
    /// The protocol of the port
    #[arg(long, value_enum, requires = "port")]
    pub proto: Option<ProtocolName>,
    /// The source address of the flow; with a port, it selects one of several equal-cost sessions (IPv6: `[fd10::7]:50000`)
    #[arg(long, value_name = "ADDRESS[:PORT]", requires = "port")]
    pub source: Option<String>,
    /// Where the packet starts.
    #[command(flatten)]
    pub vantage: VantageArgs,
    /// Where the company's environments are: a Power Platform geography (`Europe`) or an Azure region; host names and
    /// products then count with the regional lists of that region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The addresses of host names: a hosts file, the output of `dig` or `host`, a capture with DNS answers, or `system` for
    /// the resolver of this machine; may be repeated
    #[arg(long, value_name = "FILE|system")]
    pub resolve: Vec<PathBuf>,
    /// Explain inbound connections from these addresses to a published server in the network file
    #[arg(long, value_name = "SERVER", requires = "network", conflicts_with = "from")]
    pub to: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

/// Protocols with ports, as endpoint sets name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProtocolName {
    /// TCP
    Tcp,
    /// UDP
    Udp,
}

impl From<ProtocolName> for Transport {
    fn from(name: ProtocolName) -> Self {
        match name {
            ProtocolName::Tcp => Self::Tcp,
            ProtocolName::Udp => Self::Udp,
        }
    }
}
