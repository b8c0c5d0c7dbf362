//! How many samples a shard may have.

use crate::base::yaml::Problem;

/// Samples in a shard, at most.
const MOST_A_SHARD: u64 = 1_000_000_000;

/// What is wrong with the number of samples in a shard.
pub(in crate::corpus) fn shard_problem(samples_per_shard: u64) -> Option<Problem> {
    let message = || format!("{samples_per_shard}; expected 1 to {MOST_A_SHARD}");
    (!(1..=MOST_A_SHARD).contains(&samples_per_shard)).then(|| Problem::new("samples_per_shard", message()))
}
