//! What was typed to commands that pass a verdict: where its outputs go, and what the exit code makes of it.

use clap::{Args, ValueEnum};

use crate::diag::Severity;

/// Outputs and exit code of a command that passes a verdict.
#[derive(Args, Debug)]
pub struct GateArgs {
    /// The format of standard output: text, or one of those of --out
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: String,
    /// Write FILE in FORMAT too (junit, sarif, markdown, html, json, ndjson, csv, parquet, table); may be repeated.
    /// `summary` appends to FILE; `github=` and `azuredevops=` without a file go to standard output
    #[arg(long, value_name = "FORMAT=FILE")]
    pub out: Vec<String>,
    /// What the exit code makes of the verdict.
    #[command(flatten)]
    pub verdict: VerdictArgs,
}

/// What the exit code makes of a verdict.
#[derive(Args, Debug)]
pub struct VerdictArgs {
    /// The least severity of a warning that ends with exit code 1; what fails does so always [default: warning;
    /// of `diff --intent`: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOnArg>,
    /// Report only: 0 instead of 1 and 3; what cannot be judged stays 2
    #[arg(long)]
    pub exit_zero: bool,
    /// 3 instead of 1 where nothing is worse than a warning
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
