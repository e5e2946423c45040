//! Arguments of commands with a verdict: outputs and exit code.

use clap::{Args, ValueEnum};

use crate::diag::Severity;

/// Outputs and exit code of a command with a verdict.
#[derive(Args, Debug)]
pub struct GateArgs {
    /// The format of standard output: text, or any format of --out
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT (junit, sarif, markdown, html, json, ndjson, csv, parquet, table); may be repeated.
    /// `summary` appends to FILE; `github=` and `azuredevops=` without a file write to standard output
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// How the verdict sets the exit code.
    #[command(flatten)]
    pub verdict: VerdictArgs,
}

/// How a verdict sets the exit code.
#[derive(Args, Debug)]
pub struct VerdictArgs {
    /// The lowest severity that fails the run; failed checks always fail the run [default: warning; `diff --intent`:
    /// error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOnArg>,
    /// Exit 0 even with findings; invalid input still exits 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Exit 3 instead of 1 if nothing is worse than a warning
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// A severity, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOnArg {
    /// Warnings do not fail the run
    Error,
    /// Warnings fail the run, too
    Warning,
    /// Warnings and advice fail the run, too
    Advice,
}

impl From<FailOnArg> for Severity {
    fn from(severity: FailOnArg) -> Self {
        match severity {
            FailOnArg::Error => Self::Error,
            FailOnArg::Warning => Self::Warning,
            FailOnArg::Advice => Self::Advice,
        }
    }
}
