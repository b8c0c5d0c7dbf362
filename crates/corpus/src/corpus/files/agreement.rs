//! Whether a shard, by its line in the manifest, holds the samples that a plan gives it.

use super::left_out::LeftOut;
use super::manifest::ManifestLine;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::motion_block::MotionBlock;
use std::collections::BTreeSet;

impl ManifestLine {
    /// In what way the shard does not hold the samples that the plan gives it; `None` when it does.
    pub(in crate::corpus) fn disagreement(&self, plan: &CorpusPlan) -> Option<String> {
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
    pub(in crate::corpus) fn made(&self) -> Option<Vec<u64>> {
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
    pub(in crate::corpus) fn live_left_out<'a>(&'a self, plan: &'a CorpusPlan) -> impl Iterator<Item = &'a LeftOut> {
        self.left_out.iter().filter(|out| plan.is_live(out.id))
    }
}
