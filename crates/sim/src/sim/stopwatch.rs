//! Where the time of a frame goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A part of the work on a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All of it.
    Frame,
    /// Which facets reflect and how they are divided.
    Division,
    /// Vertices at the start of the frame: motion and skinning.
    Vertices,
    /// Who is seen.
    Visibility,
    /// Vertices at the nodes of the frame: motion and skinning.
    Sampling,
    /// The engine.
    Signal,
    /// Thermal noise and whatever else the receiver adds to the sum.
    Receiver,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 7] =
        [Step::Frame, Step::Vertices, Step::Visibility, Step::Division, Step::Sampling, Step::Signal, Step::Receiver];
}

/// Adds up the time that the steps of frames take, on however many threads.
///
/// Times never enter a result: the same plan gives the same bytes.
#[derive(Debug, Default)]
pub struct Stopwatch {
    nanoseconds: [AtomicU64; Step::ALL.len()],
}

impl Stopwatch {
    /// Time of a step so far, summed over threads.
    pub fn total(&self, step: Step) -> Duration {
        Duration::from_nanos(self.nanoseconds[step as usize].load(Ordering::Relaxed))
    }

    /// Does `work` and counts its time as that of `step`.
    pub(super) fn time<T>(&self, step: Step, work: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        let result = work();
        let spent = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds[step as usize].fetch_add(spent, Ordering::Relaxed);
        result
    }
}
