//! Lets long-running work report its progress without knowing whether anyone watches.

/// A receiver of progress. All methods may be called from several threads at the same time.
pub trait Progress: Sync {
    /// Begins a task. `total` is in the unit of [`Progress::advance`], and `None` if unknown.
    fn begin(&self, task: &str, total: Option<u64>) -> TaskId;
    /// Reports `amount` more work done (in bytes, unless the name of the task states otherwise).
    fn advance(&self, task: TaskId, amount: u64);
    /// Ends the task, whether it succeeded or not.
    fn end(&self, task: TaskId);
}

/// Identifies a task between [`Progress::begin`] and [`Progress::end`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub usize);

/// A receiver that ignores all progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>) -> TaskId {
        TaskId(0)
    }
    fn advance(&self, _: TaskId, _: u64) {}
    fn end(&self, _: TaskId) {}
}
