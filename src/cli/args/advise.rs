//! Arguments of `advise`.

use std::path::PathBuf;

use clap::Args;

const ADVISE_EXAMPLES: &str = "\
Examples:
  peerpath advise --products \"Power Apps,dataverse\" --region Europe
  peerpath advise --products power-platform --region Europe --network network.yaml
  peerpath advise --products power-platform --region Europe --network network.yaml --format patch | patch -p1
  peerpath advise --products power-bi --region northeurope --format bicep

Exit codes: 0 done, and with --network nothing that is needed is missing; 1 something that is needed is missing.";

/// Arguments of `advise`.
#[derive(Args, Debug)]
#[command(after_help = ADVISE_EXAMPLES)]
pub struct AdviseArgs {
    /// The products that should use the circuits, by id, name or alias; separated by commas, may be repeated
    #[arg(long, value_name = "PRODUCT", value_delimiter = ',', required = true)]
    pub products: Vec<String>,
    /// Where the company's environments are: a Power Platform geography (`Europe`) or an Azure region
    #[arg(long, value_name = "REGION")]
    pub region: String,
    /// Compare with this network file: what is missing, and what is superfluous
    #[arg(short, long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// The output format: text, patch (a unified diff of the network file), az (commands of the Azure CLI), bicep,
    /// or table, json, ndjson, csv, markdown, html, parquet
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT: table, json, ndjson, csv, markdown, html, parquet; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// Show in text also what the network already has, what no network file shows, and all names
    #[arg(long)]
    pub all: bool,
    /// Show all columns in text tables; other formats always have all
    #[arg(long)]
    pub wide: bool,
}
