//! Arguments of `classify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::VantageArgs;

const CLASSIFY_EXAMPLES: &str = "\
Examples:
  printf '52.112.0.1\\n8.8.8.8\\n' | peerpath classify
  peerpath classify addresses.txt --format ndjson
  peerpath classify addresses.txt --network network.yaml --from amsterdam
  peerpath classify addresses.txt --by product --format table";

/// Arguments of `classify`.
#[derive(Args, Debug)]
#[command(after_help = CLASSIFY_EXAMPLES)]
pub struct ClassifyArgs {
    /// A file with one address per line; `-` for standard input
    #[arg(default_value = "-", value_name = "FILE")]
    pub file: PathBuf,
    /// Where the packet starts.
    #[command(flatten)]
    pub vantage: VantageArgs,
    /// Count the addresses by this key and path, instead of printing a row for each
    #[arg(long, value_enum, value_name = "KEY")]
    pub by: Option<ClassifyBy>,
    /// The output format
    #[arg(long, value_enum, default_value_t = RowFormat::Csv)]
    pub format: RowFormat,
}

/// A key to count addresses by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClassifyBy {
    /// The product, as Microsoft's documents name it
    Product,
}

/// Formats that can be written row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object per line
    Ndjson,
    /// A text table
    Table,
}
