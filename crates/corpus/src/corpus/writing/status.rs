//! How far a corpus has come, whoever makes it.

use super::lock;
use super::stock::{Standing, standing};
use crate::corpus::error::CorpusError;
use crate::corpus::files::manifest;
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use crate::corpus::plan::runs::array_expression;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// On a file system without locks, an unfinished shard that was written to in this time is taken for one being written.
const FRESH: Duration = Duration::from_secs(600);

/// How far a corpus has come. Lists are array expressions: `3,5-7`; empty when there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Number of samples that the corpus is to have.
    pub samples: u64,
    /// Number of samples in finished shards.
    pub samples_done: u64,
    /// Number of samples of finished shards that could not be made; `set_aside.csv` says why.
    pub samples_set_aside: u64,
    /// Bytes of finished shards.
    pub bytes_done: u64,
    /// Whether the corpus is complete and can be read.
    pub finished: bool,
    /// The shards.
    pub shards: Progression,
    /// The parts of `build --shard I/N`, when it is known how many there are.
    pub parts: Option<Progression>,
}

/// What is done, being done and to do among shards or parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progression {
    /// Number of all.
    pub of: u64,
    /// Finished ones, by their manifest lines and sizes.
    pub done: String,
    /// Those that a process is making.
    pub running: String,
    /// All others.
    pub missing: String,
    /// Number of finished ones.
    pub n_done: u64,
    /// Number of those that a process is making.
    pub n_running: u64,
    /// Number of all others.
    pub n_missing: u64,
}

impl Progression {
    fn new(of: u64, done: &BTreeSet<u64>, running: &BTreeSet<u64>) -> Self {
        let missing: Vec<u64> = (0..of).filter(|i| !done.contains(i) && !running.contains(i)).collect();
        let running: Vec<u64> = running.iter().copied().filter(|i| !done.contains(i)).collect();
        Self {
            of,
            n_done: done.len() as u64,
            n_running: running.len() as u64,
            n_missing: missing.len() as u64,
            done: array_expression(done.iter().copied()),
            running: array_expression(running),
            missing: array_expression(missing),
        }
    }
}

impl Status {
    /// Looks at a corpus folder without changing it; shards are held against their sizes, not their hashes.
    ///
    /// `of` is the number of parts to report on; without it, the one that the folder was begun with.
    pub fn read(dir: &Path, of: Option<u64>) -> Result<Self, CorpusError> {
        let plan = CorpusPlan::read(dir)?;
        let claims = manifest::claims(dir)?;
        let (mut done, mut samples_done, mut samples_set_aside, mut bytes_done) = (BTreeSet::new(), 0, 0, 0);
        for shard in 0..plan.shards() {
            if let Standing::Whole(line) = standing(dir, &plan, shard, claims.get(&shard), false)? {
                done.insert(shard);
                samples_done += line.count;
                samples_set_aside += line.live_left_out(&plan).count() as u64;
                bytes_done += line.bytes;
            }
        }
        let begun = lock::begun(dir)?;
        let running_parts = lock::running(dir)?;
        let whole = lock::whole_is_held(dir);
        let being_written: BTreeSet<u64> = unfinished_files(dir)?
            .into_iter()
            .filter(|&(shard, fresh)| match whole {
                Some(whole) => whole || running_parts.iter().any(|part| part.owns(shard)),
                None => fresh,
            })
            .map(|(shard, _)| shard)
            .collect();
        let of = of.or_else(|| division(&begun)).filter(|&of| of > 0);
        let parts = of.map(|of| {
            let part_of = |index| Part::new(index, of).unwrap_or(Part::WHOLE);
            let whole_parts =
                (0..of).filter(|&i| part_of(i).shards(plan.shards()).all(|shard| done.contains(&shard))).collect();
            let mut running: BTreeSet<u64> = running_parts.iter().filter(|p| p.of() == of).map(|p| p.index()).collect();
            if whole.is_none() {
                running.extend(being_written.iter().map(|shard| shard % of));
            }
            Progression::new(of, &whole_parts, &running)
        });
        Ok(Self {
            samples: (0..plan.shards()).map(|shard| plan.live_count(shard)).sum(),
            samples_done,
            samples_set_aside,
            bytes_done,
            finished: done.len() as u64 == plan.shards() && layout::index(dir).exists(),
            shards: Progression::new(plan.shards(), &done, &being_written),
            parts,
        })
    }
}

/// The number of parts of the division that was begun in a folder; `None` without one or with several.
pub(in crate::corpus) fn division(begun: &[Part]) -> Option<u64> {
    let of: BTreeSet<u64> = begun.iter().map(|p| p.of()).collect();
    if of.len() == 1 { of.first().copied() } else { None }
}

/// The number of parts that a corpus folder was begun with, where there is one.
pub fn begun_parts(dir: &Path) -> Result<Option<u64>, CorpusError> {
    Ok(division(&lock::begun(dir)?))
}

/// Shards of which there is an unfinished file, and whether it was written to lately.
fn unfinished_files(dir: &Path) -> Result<Vec<(u64, bool)>, CorpusError> {
    let folder = layout::shards(dir);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(CorpusError::read(&folder))? {
        let entry = entry.map_err(CorpusError::read(&folder))?;
        if let Some(shard) = entry.file_name().to_str().and_then(layout::shard_of_unfinished) {
            let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
            found.push((shard, age.is_none_or(|age| age < FRESH)));
        }
    }
    Ok(found)
}
