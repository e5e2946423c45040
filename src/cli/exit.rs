//! What the exit code says.

use std::process::{ExitCode, Termination};

use super::args::VerdictArgs;
use crate::check::Verdict;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, nothing to object to.
    Success,
    /// 1: a check failed or a difference was found.
    Findings,
    /// 2: cannot judge: bad usage, unreadable or incomplete input.
    CannotJudge,
    /// 3: warnings and nothing worse; only where `--detailed-exitcode` asks for it, else 1.
    WarningsOnly,
    /// 70: a fault of peerpath itself.
    Internal,
}

impl Exit {
    /// What a verdict ends with, as it was asked for.
    pub fn of(verdict: Verdict, asked: &VerdictArgs) -> Self {
        match verdict {
            Verdict::CannotJudge => Self::CannotJudge,
            Verdict::Passed => Self::Success,
            Verdict::Warned | Verdict::Failed if asked.exit_zero => Self::Success,
            Verdict::Warned if asked.detailed_exitcode => Self::WarningsOnly,
            Verdict::Warned | Verdict::Failed => Self::Findings,
        }
    }

    /// The number that the shell sees.
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
