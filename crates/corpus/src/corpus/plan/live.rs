//! What stands behind the ids of a plan: motion files come and go.

use super::CorpusPlan;
use super::motion_block::MotionBlock;
use std::collections::BTreeMap;

impl CorpusPlan {
    /// The blocks that share ids with a shard.
    pub(in crate::corpus) fn blocks_of(&self, shard: u64) -> impl Iterator<Item = &MotionBlock> {
        let ids = self.ids(shard);
        let from = self.motion_files.partition_point(|block| block.ids().end <= ids.start);
        self.motion_files[from..].iter().take_while(move |block| block.first < ids.end)
    }

    /// Whether something stands behind an id: a motion file that is gone leaves a hole.
    pub(in crate::corpus) fn is_live(&self, id: u64) -> bool {
        let i = self.motion_files.partition_point(|block| block.ids().end <= id);
        id < self.samples && self.motion_files.get(i).is_none_or(|b| !b.ids().contains(&id) || b.windows.is_some())
    }

    /// The ids of a shard that something stands behind, ascending.
    pub fn live_ids(&self, shard: u64) -> Vec<u64> {
        self.ids(shard).filter(|id| self.is_live(*id)).collect()
    }

    /// Number of them.
    pub(in crate::corpus) fn live_count(&self, shard: u64) -> u64 {
        let ids = self.ids(shard);
        let within = |block: &MotionBlock| block.ids().end.min(ids.end).saturating_sub(block.first.max(ids.start));
        let holes: u64 = self.blocks_of(shard).filter(|block| block.windows.is_none()).map(within).sum();
        (ids.end - ids.start).saturating_sub(holes)
    }

    /// Number and windows of the files that the samples `made` of a shard show.
    pub(in crate::corpus) fn shown(&self, shard: u64, made: &[u64]) -> BTreeMap<u64, String> {
        let shows = |block: &&MotionBlock| {
            let from = made.partition_point(|id| *id < block.first);
            made.get(from).is_some_and(|id| block.ids().contains(id))
        };
        self.blocks_of(shard).filter(shows).filter_map(|b| Some((b.number, b.windows.clone()?))).collect()
    }
}
