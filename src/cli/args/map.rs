//! Arguments of `map`.

use std::path::PathBuf;

use clap::Args;

const MAP_EXAMPLES: &str = "\
Examples:
  peerpath map network.yaml
  peerpath map network.yaml --product \"Power Platform\" --product teams --region Europe
  peerpath map network.yaml --from amsterdam --under \"circuit er-ams\"
  peerpath map network.yaml --out html=map.html --out csv=map.csv";

/// Arguments of `map`.
#[derive(Args, Debug)]
#[command(after_help = MAP_EXAMPLES)]
pub struct MapArgs {
    /// The network file
    #[arg(value_name = "NETWORK")]
    pub network: PathBuf,
    /// A product, by id, name or alias; may be repeated [default: all products with addresses]
    #[arg(long, value_name = "PRODUCT")]
    pub product: Vec<String>,
    /// A site, or a subnet as VIRTUAL-NETWORK/SUBNET; may be repeated [default: all sites]
    #[arg(long, value_name = "SITE|SUBNET")]
    pub from: Vec<String>,
    /// Where the company's environments are: a Power Platform geography (`Europe`) or an Azure region [default: the
    /// geographies with a region in a route filter]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// A failure that has already happened, such as `circuit er-ams`; may be repeated
    #[arg(long, value_name = "FAILURE")]
    pub under: Vec<String>,
    /// A view: `map`, or `map_failures` with a row for each failure; may be repeated [default: both; `map` for formats with
    /// one view]
    #[arg(long, value_name = "NAME")]
    pub view: Vec<String>,
    /// The output format: table, json, ndjson, csv, markdown, html, parquet
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// Show all columns in text tables; other formats always have all
    #[arg(long)]
    pub wide: bool,
}
