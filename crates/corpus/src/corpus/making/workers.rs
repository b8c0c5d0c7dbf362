//! Samples made in parallel: as many at a time as there are threads, as long as they fit into memory.

use super::build_error::BuildError;
use super::maker::SampleMaker;
use super::pipeline::in_order;
use super::sample_error::SampleError;
use crate::corpus::error::CorpusError;
use crate::corpus::files::left_out::LeftOut;
use crate::corpus::sample::encoding::{Encoded, encode};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::path::PathBuf;
use std::sync::Mutex;

/// What the samples in the making may take for each thread, bytes: with the program itself, two threads stay below 1 GiB.
const BUDGET_A_THREAD: u64 = 400 << 20;

/// Division of the threads among samples in the making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::corpus) struct Workers {
    /// Samples made at a time.
    pub(in crate::corpus) count: usize,
    /// Threads that work on one sample.
    pub(in crate::corpus) threads_each: usize,
    /// Samples in the making or waiting to be written.
    pub(in crate::corpus) ahead: usize,
}

impl Workers {
    /// For the threads of the global pool (`--threads`).
    pub(in crate::corpus) fn new(maker: &SampleMaker) -> Self {
        Self::plan(rayon::current_num_threads(), maker.working_bytes(), maker.kept_bytes())
    }

    fn plan(threads: usize, working: u64, kept: u64) -> Self {
        let budget = BUDGET_A_THREAD * threads.max(1) as u64;
        let fit = (budget / (working + kept).max(1)).clamp(1, threads.max(1) as u64) as usize;
        // A finished sample waits while an earlier one is in the making; four for each worker are plenty.
        let left = budget.saturating_sub((working + kept) * fit as u64) / kept.max(1);
        let ahead = fit + left.min(3 * fit as u64) as usize;
        Self { count: fit, threads_each: (threads / fit).max(1), ahead }
    }

    /// Makes the samples `ids` and hands what `keep` makes of each on its worker to `take` on this thread, in the order of `ids`.
    /// `shard_of` names the file that a sample belongs to in errors.
    pub(in crate::corpus) fn make<T: Send>(
        self,
        maker: &SampleMaker,
        ids: impl Iterator<Item = u64> + Send,
        shard_of: impl Fn(u64) -> PathBuf + Sync,
        keep: impl Fn(SampleOutcome) -> T + Sync,
        take: impl FnMut(T) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let pools = self.pools()?;
        let make = |id| {
            let encoded = maker.make(id).and_then(|sample| {
                let files = encode(&sample).map_err(|(array, problem)| {
                    let source = CorpusError::sample(&shard_of(id), id, array.as_deref(), problem);
                    SampleError { id, activity: sample.targets.label.clone(), source: Box::new(source.into()) }
                })?;
                Ok(SampleOutcome::Sample { id, duration_s: sample.meta.duration_s, files })
            });
            Ok(keep(encoded.or_else(|error| maker.left_out(error).map(SampleOutcome::LeftOut))?))
        };
        in_order(ids, (self.count, self.ahead), |work| pools.run(work), make, take)
    }

    /// One thread pool for each worker.
    fn pools(self) -> Result<Pools, BuildError> {
        let pool = |_| ThreadPoolBuilder::new().num_threads(self.threads_each).build();
        let pools: Result<Vec<ThreadPool>, _> = (0..self.count).map(pool).collect();
        Ok(Pools { free: Mutex::new(pools.map_err(|e| BuildError::Threads(e.to_string()))?) })
    }
}

/// What became of a sample.
pub(in crate::corpus) enum SampleOutcome {
    /// It is here in the bytes that a shard keeps of it.
    Sample {
        id: u64,
        /// Length of the recording, s.
        duration_s: f64,
        files: Encoded,
    },
    /// Its motion file cannot be shown.
    LeftOut(LeftOut),
}

/// The thread pools of the workers. What a worker does in parallel stays within its own pool, so that no more samples are in the
/// making than there are workers.
struct Pools {
    free: Mutex<Vec<ThreadPool>>,
}

impl Pools {
    /// Runs the work of one worker in a pool of its own.
    fn run(&self, work: &mut (dyn FnMut() + Send)) {
        let pool = self.free.lock().ok().and_then(|mut free| free.pop());
        match pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples_get_a_worker_a_thread_and_large_ones_share() {
        let small = Workers::plan(8, 1 << 20, 1 << 20);
        assert_eq!((small.count, small.threads_each, small.ahead), (8, 1, 32));
        let large = Workers::plan(8, 300 << 20, 90 << 20);
        assert_eq!((large.count, large.threads_each), (8, 1));
        let larger = Workers::plan(8, 700 << 20, 90 << 20);
        assert_eq!((larger.count, larger.threads_each, larger.ahead), (4, 2, 4));
        let huge = Workers::plan(8, 40 << 30, 10 << 30);
        assert_eq!((huge.count, huge.threads_each, huge.ahead), (1, 8, 1));
        for workers in [small, large, larger] {
            assert!(workers.ahead >= workers.count);
        }
    }
}
