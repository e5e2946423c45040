//! How long work tells how far it is, without knowing whether anyone watches.

/// A watcher of long work. All methods may be called from several threads at once.
pub trait Progress: Sync {
    /// A task begins; `total` is in the unit of [`Progress::advance`], `None` where unknown.
    fn begin(&self, task: &str, total: Option<u64>) -> TaskId;
    /// The task has done `amount` more (bytes, unless its name says otherwise).
    fn advance(&self, task: TaskId, amount: u64);
    /// The task is over, well or not.
    fn end(&self, task: TaskId);
}

/// Names a task between [`Progress::begin`] and [`Progress::end`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub usize);

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>) -> TaskId {
        TaskId(0)
    }
    fn advance(&self, _: TaskId, _: u64) {}
    fn end(&self, _: TaskId) {}
}
