//! Progress of long work, told to whoever shows it.

/// Something that is told how far a long task has come. Called from many threads.
pub trait Progress: Sync {
    /// A task of `total` steps begins; its steps are counted until the next one begins.
    fn begin(&self, task: &str, total: u64);
    /// `steps` more are done.
    fn advance(&self, steps: u64);
    /// A short text beside the bar, for example the loss.
    fn message(&self, text: &str);
    /// A line for the log: something is finished that stays, for example a shard.
    fn line(&self, text: &str);
    /// The task is over.
    fn finish(&self);
}

/// Shows nothing.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn line(&self, _: &str) {}
    fn finish(&self) {}
}
