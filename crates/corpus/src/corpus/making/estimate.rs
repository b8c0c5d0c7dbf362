//! What a corpus will cost, before it is made: counts from the plan, bytes and time from a measured second.

use super::build_error::BuildError;
use super::maker::SampleMaker;
use super::workers::{SampleOutcome, Workers};
use crate::corpus::layout;
use crate::corpus::plan::part::Part;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long samples are made for the measurement; every worker makes at least one.
const MEASURED: Duration = Duration::from_secs(1);

/// What a part of a corpus will cost on this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Number of samples.
    pub samples: u64,
    /// Number of shards.
    pub shards: u64,
    /// Number of samples of each split.
    pub splits: BTreeMap<String, u64>,
    /// Length of all recordings together, hours.
    pub recorded_hours: f64,
    /// Bytes of all shards, about.
    pub bytes: u64,
    /// The same by kind of file: `json`, `time_doppler.npy`, `cube.npy` …
    pub bytes_by_file: BTreeMap<String, u64>,
    /// Samples made for this estimate.
    pub measured_samples: u64,
    /// How long that took, s.
    pub measured_seconds: f64,
    /// Time that all samples will take here, hours.
    pub hours: f64,
    /// Samples that are made at a time.
    pub workers: usize,
    /// Bytes that samples in the making take at most, about.
    pub working_bytes: u64,
}

/// Makes samples for a second and reckons from them; nothing is written.
pub fn estimate(maker: &SampleMaker, samples_per_shard: u64, part: Part) -> Result<Estimate, BuildError> {
    let total = maker.len();
    let per_shard = samples_per_shard.max(1);
    let mut splits = BTreeMap::new();
    let mut samples = 0;
    for shard in part.shards(total.div_ceil(per_shard)) {
        for id in shard * per_shard..((shard + 1) * per_shard).min(total) {
            *splits.entry(maker.planned(id).split).or_insert(0) += 1;
            samples += 1;
        }
    }
    let workers = Workers::new(maker);
    // Spread over the whole corpus by the golden ratio, so that few samples stand for all of it.
    let step = ((total as f64 * 0.618_033_988_7) as u64).max(1) | 1;
    let since = Instant::now();
    let count = workers.count as u64;
    let ids = (0..total.max(count))
        .take_while(|&k| k < count || since.elapsed() < MEASURED)
        .map(|k| k.wrapping_mul(step) % total.max(1));
    let mut by_file: BTreeMap<String, u64> = BTreeMap::new();
    let (mut measured, mut recorded_s) = (0_u64, 0.0);
    workers.make(
        maker,
        ids,
        |id| layout::shard(id / per_shard).into(),
        |made| {
            let SampleOutcome::Sample { duration_s, files, .. } = made else { return None };
            let sizes = files.into_iter().map(|(name, bytes)| (name, bytes.len() as u64));
            Some((duration_s, sizes.collect::<Vec<_>>()))
        },
        |made| {
            let Some((duration_s, sizes)) = made else { return Ok(()) };
            measured += 1;
            recorded_s += duration_s;
            for (name, bytes) in sizes {
                // A tar entry has a header of 512 bytes and is padded to whole blocks.
                *by_file.entry(name).or_insert(0) += 512 + bytes.next_multiple_of(512);
            }
            Ok(())
        },
    )?;
    let seconds = since.elapsed().as_secs_f64();
    let of_all = |of_measured: f64| of_measured / measured.max(1) as f64 * samples as f64;
    let bytes_by_file: BTreeMap<String, u64> =
        by_file.into_iter().map(|(name, bytes)| (name, of_all(bytes as f64) as u64)).collect();
    Ok(Estimate {
        samples,
        shards: part.shards(total.div_ceil(per_shard)).count() as u64,
        splits,
        recorded_hours: of_all(recorded_s) / 3600.0,
        bytes: bytes_by_file.values().sum(),
        bytes_by_file,
        measured_samples: measured,
        measured_seconds: seconds,
        hours: of_all(seconds) / 3600.0,
        workers: workers.count,
        working_bytes: maker.working_bytes() * workers.count as u64 + maker.kept_bytes() * workers.ahead as u64,
    })
}
