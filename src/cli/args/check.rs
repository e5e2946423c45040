//! What was typed after `check`.

use std::path::PathBuf;

use clap::Args;

use super::ExplainFormat;

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
