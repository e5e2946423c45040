//! Arguments of `check`.

use std::path::PathBuf;

use clap::Args;

use super::GateArgs;

const CHECK_EXAMPLES: &str = "\
Examples:
  peerpath check network.yaml
  peerpath check network.yaml --checks checks.yaml --today 2026-12-31
  peerpath check network.yaml --coverage --capture morning.pcap
  peerpath check network.yaml --guide power-platform --region Europe
  peerpath check network.yaml --format json
  peerpath check network.yaml --out junit=checks.xml --out sarif=checks.sarif
  peerpath check network.yaml --out github= --out summary=\"$GITHUB_STEP_SUMMARY\"
  peerpath explain --code lint::power-platform-pair

Exit codes: 0 no warnings (there may be advice), 1 warnings or failures, 2 the file cannot be used or no check
ran, 3 only warnings, with --detailed-exitcode. With --guide: 0 every item is proved, attested or does not apply,
1 an item is refuted or proved only in part, 2 otherwise, if an item is not evaluated or waits for a person.";

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct CheckArgs {
    /// The network file; `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The user's own checks.
    #[command(flatten)]
    pub checks: ChecksArgs,
    /// Report the addresses, list entries and network file lines that no check covers
    #[arg(long)]
    pub coverage: bool,
    /// With --coverage: a capture whose flows count as covered; may be repeated
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub capture: Vec<PathBuf>,
    /// Evaluate a guide of Microsoft item by item: power-platform, microsoft-365 or expressroute-resiliency
    #[arg(long, value_name = "GUIDE", conflicts_with_all = ["coverage", "checks"])]
    pub guide: Option<String>,
    /// With --guide: a product, by id, name or alias; may be repeated [default: those that the guide describes]
    #[arg(long, value_name = "PRODUCT", requires = "guide")]
    pub products: Vec<String>,
    /// With --guide: where the company's environments are, as for `map` [default: the geographies with a region in a
    /// route filter]
    #[arg(long, value_name = "REGION", requires = "guide")]
    pub region: Option<String>,
    /// A view to write; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub view: Vec<String>,
    /// Outputs and exit code.
    #[command(flatten)]
    pub gate: GateArgs,
}

/// Additional files of checks, and the date for waivers.
#[derive(Args, Debug)]
pub struct ChecksArgs {
    /// A file of additional checks; may be repeated
    #[arg(long, value_name = "FILE")]
    pub checks: Vec<PathBuf>,
    /// Evaluate waivers as of this date, such as 2026-12-31 [default: today in UTC]
    #[arg(long, value_name = "DATE")]
    pub today: Option<jiff::civil::Date>,
}

/// The declared intent of a change, and the date for waivers.
#[derive(Args, Debug)]
pub struct IntentArgs {
    /// A file of intended changes: any other change fails, and the head must meet the base's checks and budgets
    #[arg(long, value_name = "FILE")]
    pub intent: Option<PathBuf>,
    /// Evaluate waivers as of this date, such as 2026-12-31 [default: today in UTC]
    #[arg(long, value_name = "DATE", requires = "intent")]
    pub today: Option<jiff::civil::Date>,
}
