//! Exit codes.

use std::process::{ExitCode, Termination};

use super::args::VerdictArgs;
use crate::check::Verdict;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, without findings.
    Success,
    /// 1: findings, such as a failed check or a difference.
    Findings,
    /// 2: no verdict: usage error, unreadable or incomplete input.
    CannotJudge,
    /// 3: only warnings, with `--detailed-exitcode`; otherwise 1.
    WarningsOnly,
    /// 70: an internal error of peerpath.
    Internal,
}

impl Exit {
    /// Returns the exit of a verdict under the given options.
    pub fn of(verdict: Verdict, asked: &VerdictArgs) -> Self {
        match verdict {
            Verdict::CannotJudge => Self::CannotJudge,
            Verdict::Passed => Self::Success,
            Verdict::Warned | Verdict::Failed if asked.exit_zero => Self::Success,
            Verdict::Warned if asked.detailed_exitcode => Self::WarningsOnly,
            Verdict::Warned | Verdict::Failed => Self::Findings,
        }
    }

    /// Returns the exit code of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::CannotJudge => 2,
            Self::WarningsOnly => 3,
            Self::Internal => 70,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
