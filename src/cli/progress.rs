//! Progress bars on standard error, if it is a terminal.

use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::console::{self, Stream};
use crate::diag::{Progress, Silent, TaskId, visible};

/// Returns progress bars if standard error is a terminal and `--quiet` is not given. In CI there are none: bars
/// bypass the escaping of lines that a CI agent reads.
pub(super) fn watcher(quiet: bool) -> Box<dyn Progress> {
    let seen = Stream::Err.is_terminal() && !console::in_ci();
    if quiet || !seen { Box::new(Silent) } else { Box::new(Bars::default()) }
}

/// One bar per task; a bar is removed when its task ends.
#[derive(Debug, Default)]
struct Bars {
    all: MultiProgress,
    bars: Mutex<Vec<ProgressBar>>,
}

const KNOWN: &str =
    "{msg:30!} {bar:30} {binary_bytes:>11}/{binary_total_bytes:11} {binary_bytes_per_sec:>13} {eta:>4}";
const UNKNOWN: &str = "{msg:30!} {spinner} {binary_bytes:>11} {binary_bytes_per_sec:>13}";

impl Progress for Bars {
    fn begin(&self, task: &str, total: Option<u64>) -> TaskId {
        let (bar, template) = match total {
            Some(total) => (ProgressBar::new(total), KNOWN),
            None => (ProgressBar::no_length(), UNKNOWN),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let bar = self.all.add(bar);
        bar.set_message(visible(task));
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        bars.push(bar);
        TaskId(bars.len() - 1)
    }

    fn advance(&self, task: TaskId, amount: u64) {
        if let Some(bar) = self.bars.lock().unwrap_or_else(PoisonError::into_inner).get(task.0) {
            bar.inc(amount);
        }
    }

    fn end(&self, task: TaskId) {
        if let Some(bar) = self.bars.lock().unwrap_or_else(PoisonError::into_inner).get(task.0) {
            bar.finish_and_clear();
        }
    }
}
