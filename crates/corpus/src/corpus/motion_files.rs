//! Which ids belong to which motion file: kept in `corpus.yaml`, so that a file that is removed, mended or added moves no other sample.
//!
//! A file has a block of ids, one a window and repetition, and a number, which gives the subject. Both stay for as long as the corpus
//! lives: the block of a file that is gone is a hole, and a file that is new, or has another number of windows, gets a block behind
//! the last one.

use super::manifest::ManifestLine;
use super::plan::CorpusPlan;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// The block of ids of a motion file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionBlock {
    /// Number of its folder among the recipe's `motions`.
    pub folder: usize,
    /// The file, from its folder on, with `/`.
    pub file: String,
    /// Its number over all folders.
    pub number: u64,
    /// Lowest id.
    pub first: u64,
    /// Number of ids, at least 1.
    pub samples: u64,
    /// Begins the BLAKE3 of its length and windows; absent once the file is gone or has other windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<String>,
}

impl MotionBlock {
    pub(super) fn ids(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.samples)
    }
}

/// A sample that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its id.
    pub id: u64,
    /// The motion file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
    /// BLAKE3 of the file, hexadecimal: one that has been mended has another. Absent where the file could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

impl LeftOut {
    /// Whether the file is another than the one that was set aside.
    pub(super) fn is_mended(&self) -> bool {
        self.blake3.is_none() || file_hash(Path::new(&self.file)) != self.blake3
    }
}

/// BLAKE3 of a file; `None` when it cannot be read.
pub(super) fn file_hash(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

impl CorpusPlan {
    /// The blocks that share ids with a shard.
    fn blocks_of(&self, shard: u64) -> impl Iterator<Item = &MotionBlock> {
        let ids = self.ids(shard);
        let from = self.motion_files.partition_point(|block| block.ids().end <= ids.start);
        self.motion_files[from..].iter().take_while(move |block| block.first < ids.end)
    }

    /// Whether something stands behind an id: a motion file that is gone leaves a hole.
    pub(super) fn is_live(&self, id: u64) -> bool {
        let i = self.motion_files.partition_point(|block| block.ids().end <= id);
        id < self.samples && self.motion_files.get(i).is_none_or(|b| !b.ids().contains(&id) || b.windows.is_some())
    }

    /// The ids of a shard that something stands behind, ascending.
    pub fn live_ids(&self, shard: u64) -> Vec<u64> {
        self.ids(shard).filter(|id| self.is_live(*id)).collect()
    }

    /// Number of them.
    pub(super) fn live_count(&self, shard: u64) -> u64 {
        let ids = self.ids(shard);
        let within = |block: &MotionBlock| block.ids().end.min(ids.end).saturating_sub(block.first.max(ids.start));
        let holes: u64 = self.blocks_of(shard).filter(|block| block.windows.is_none()).map(within).sum();
        (ids.end - ids.start).saturating_sub(holes)
    }

    /// Number and windows of the files that the samples `made` of a shard show.
    pub(super) fn shown(&self, shard: u64, made: &[u64]) -> BTreeMap<u64, String> {
        let shows = |block: &&MotionBlock| {
            let from = made.partition_point(|id| *id < block.first);
            made.get(from).is_some_and(|id| block.ids().contains(id))
        };
        self.blocks_of(shard).filter(shows).filter_map(|b| Some((b.number, b.windows.clone()?))).collect()
    }

    /// What keeps the table of files from being one; it may come from anywhere.
    pub(super) fn table_problem(&self) -> Option<String> {
        let mut end = 0;
        for block in &self.motion_files {
            if block.samples == 0 || block.first < end || block.ids().end > self.samples {
                let Range { start, end } = block.ids();
                return Some(format!(
                    "motion_files: {} has the ids {start} to {end}, which it cannot have",
                    block.file
                ));
            }
            end = block.ids().end;
        }
        None
    }
}

impl ManifestLine {
    /// In what way the shard does not hold the samples that the plan gives it; `None` when it does.
    pub(super) fn disagreement(&self, plan: &CorpusPlan) -> Option<String> {
        let other = || Some("the manifest gives it the samples of another plan".to_owned());
        let ids = plan.ids(self.shard);
        let Some(made) = self.made().filter(|made| made.iter().all(|id| ids.contains(id))) else { return other() };
        let ends = made.first().zip(made.last()).is_none_or(|ends| ends == (&self.first, &self.last));
        if ids.is_empty() || !ends {
            return other();
        }
        if let Some(gone) = made.iter().find(|id| !plan.is_live(**id)) {
            let block = plan.blocks_of(self.shard).find(|block| block.ids().contains(gone));
            return block.map(|b| format!("shows {}, which is gone or has other windows now", b.file)).or_else(other);
        }
        let left_out: BTreeSet<u64> = self.live_left_out(plan).map(|out| out.id).collect();
        let both = left_out.iter().any(|id| made.binary_search(id).is_ok() || !ids.contains(id));
        if both || self.count + left_out.len() as u64 != plan.live_count(self.shard) {
            return other();
        }
        let shown = plan.shown(self.shard, &made);
        if shown == self.motions {
            return None;
        }
        let changed = |block: &&MotionBlock| {
            shown.contains_key(&block.number) && self.motions.get(&block.number) != block.windows.as_ref()
        };
        let file = plan.blocks_of(self.shard).find(changed);
        file.map(|b| format!("was made of {} as it was before", b.file)).or_else(other)
    }

    /// The ids of its samples, ascending; `None` when they are not `count` ids in ascending runs.
    pub(super) fn made(&self) -> Option<Vec<u64>> {
        let mut left = self.count;
        let mut end = None;
        for [first, last] in &self.ids {
            left = left.checked_sub(last.checked_sub(*first)?.checked_add(1)?)?;
            if end.is_some_and(|end| end >= *first) {
                return None;
            }
            end = Some(*last);
        }
        // A sample has at least the headers of two files: a count out of a file is not believed.
        let plausible = left == 0 && self.count <= self.bytes / 1024;
        plausible.then(|| self.ids.iter().flat_map(|[first, last]| *first..=*last).collect())
    }

    /// Its samples that were left out and that the plan still has.
    pub(super) fn live_left_out<'a>(&'a self, plan: &'a CorpusPlan) -> impl Iterator<Item = &'a LeftOut> {
        self.left_out.iter().filter(|out| plan.is_live(out.id))
    }
}
