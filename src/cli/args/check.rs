//! What was typed after `check`.

use std::path::PathBuf;

use clap::Args;

use super::GateArgs;

const CHECK_EXAMPLES: &str = "\
Examples:
  peerpath check network.yaml
  peerpath check network.yaml --format json
  peerpath check network.yaml --out junit=checks.xml --out sarif=checks.sarif
  peerpath check network.yaml --out github= --out summary=\"$GITHUB_STEP_SUMMARY\"
  peerpath explain --code lint::power-platform-pair

Exit codes: 0 no warning (advice may be given), 1 warnings, 2 the file cannot be used or no check ran,
3 warnings and nothing worse, with --detailed-exitcode.";

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct CheckArgs {
    /// The network file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Outputs and exit code.
    #[command(flatten)]
    pub gate: GateArgs,
}
