//! What was typed to commands that pass a verdict: where its outputs go, and what the exit code makes of it.

use clap::{Args, ValueEnum};

use crate::diag::Severity;

/// Outputs and exit code of a command that passes a verdict.
#[derive(Args, Debug)]
pub struct GateArgs {
    /// The format of standard output: text, or one of those of --out
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: String,
    /// Also write FILE in FORMAT (junit, sarif, markdown, html, json, ndjson, csv, parquet, table); may be repeated.
    /// `summary` appends to FILE; `github=` and `azuredevops=` without a file go to standard output
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// How the verdict sets the exit code.
    #[command(flatten)]
    pub verdict: VerdictArgs,
}

/// How a verdict sets the exit code.
#[derive(Args, Debug)]
pub struct VerdictArgs {
    /// The lowest severity that fails the run; failed checks always do [default: warning; `diff --intent`:
    /// error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOnArg>,
    /// Always exit 0 on findings; still exit 2 on invalid input
    #[arg(long)]
    pub exit_zero: bool,
    /// Exit 3 instead of 1 if nothing is worse than a warning
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// A severity, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOnArg {
    /// No warning counts
    Error,
    /// Warnings count
    Warning,
    /// Advice counts too
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
