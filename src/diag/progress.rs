//! Lets long-running tasks report progress without knowing whether it is displayed.

/// A receiver of progress. All methods may be called from several threads at the same time.
pub trait Progress: Sync {
    /// Begins a task. `total` has the unit of [`Progress::advance`] and is `None` if unknown.
    fn begin(&self, task: &str, total: Option<u64>) -> TaskId;
    /// Reports that a further `amount` of the task is complete, in bytes unless the name of the task states another
    /// unit.
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
