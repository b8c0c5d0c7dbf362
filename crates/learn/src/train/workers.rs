//! Threads for parts of a batch.

use crate::train::TrainError;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that work on parts. Each is a pool of one, so that the tensor library does not split work any further: that
/// costs more than it gains here and could change the order of sums.
pub(crate) struct Workers {
    pools: Vec<ThreadPool>,
}

impl Workers {
    pub(crate) fn new(threads: usize, parts: usize) -> Result<Self, TrainError> {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { available } else { threads }.min(parts);
        let pool = |i: usize| {
            ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(move |_| format!("train-{i}"))
                .build()
                .map_err(|error| TrainError::Threads(error.to_string()))
        };
        Ok(Self { pools: (0..threads.max(1)).map(pool).collect::<Result<_, _>>()? })
    }

    /// Runs one job on the first thread.
    pub(crate) fn first<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pools[0].install(work)
    }

    /// Runs the jobs, job `i` on pool `i % pools`, and gives the results in order.
    pub(crate) fn run<T: Send, R: Send>(&self, jobs: Vec<T>, work: impl Fn(usize, T) -> R + Sync) -> Vec<R> {
        let mut queues: Vec<Vec<(usize, T)>> = self.pools.iter().map(|_| Vec::new()).collect();
        for (i, job) in jobs.into_iter().enumerate() {
            queues[i % self.pools.len()].push((i, job));
        }
        let work = &work;
        let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
            let handles: Vec<_> = queues
                .into_iter()
                .zip(&self.pools)
                .map(|(queue, pool)| {
                    scope.spawn(move || {
                        pool.install(|| queue.into_iter().map(|(i, job)| (i, work(i, job))).collect::<Vec<_>>())
                    })
                })
                .collect();
            handles
                .into_iter()
                .flat_map(|handle| match handle.join() {
                    Ok(results) => results,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        results.sort_by_key(|(i, _)| *i);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
