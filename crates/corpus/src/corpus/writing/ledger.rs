//! The shards of a part while it is written: which are finished, which are being written.

use crate::corpus::error::CorpusError;
use crate::corpus::files::manifest::{Manifest, ManifestLine};
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What all threads know of the shards of a part.
pub(super) struct Ledger {
    plan: CorpusPlan,
    part: Part,
    manifest_path: PathBuf,
    manifest: Mutex<Manifest>,
    begun: Mutex<BTreeSet<u64>>,
}

impl Ledger {
    /// Begins with the shards of `manifest`, which are finished, here and on the disk.
    pub(super) fn open(dir: &Path, plan: CorpusPlan, part: Part, manifest: Manifest) -> Result<Self, CorpusError> {
        let manifest_path = Manifest::part_path(dir, part);
        manifest.write(&manifest_path)?;
        Ok(Self { plan, part, manifest_path, manifest: Mutex::new(manifest), begun: Mutex::default() })
    }

    pub(super) fn plan(&self) -> &CorpusPlan {
        &self.plan
    }

    pub(super) fn part(&self) -> Part {
        self.part
    }

    /// Shards that are still to be written.
    pub(super) fn missing(&self) -> Vec<u64> {
        let manifest = self.manifest();
        self.part.shards(self.plan.shards()).filter(|s| !manifest.lines.contains_key(s)).collect()
    }

    /// The shards that are finished.
    pub(super) fn finished(&self) -> Manifest {
        self.manifest().clone()
    }

    /// From now on the shard is being written, to `path`.
    pub(super) fn begin(&self, shard: u64, path: &Path) -> Result<(), CorpusError> {
        if shard >= self.plan.shards() {
            return Err(CorpusError::shard(path, format!("the plan has {} shards", self.plan.shards())));
        }
        if !self.part.owns(shard) {
            return Err(CorpusError::shard(path, format!("does not belong to part {}", self.part)));
        }
        if self.manifest().lines.contains_key(&shard) {
            return Err(CorpusError::shard(path, "is finished; a finished shard is never written again"));
        }
        if !self.begun().insert(shard) {
            return Err(CorpusError::shard(path, "is being written by another thread"));
        }
        Ok(())
    }

    /// The shard is finished.
    pub(super) fn enter(&self, line: ManifestLine) -> Result<(), CorpusError> {
        self.manifest().append(&self.manifest_path, line)
    }

    /// The shard is no longer being written.
    pub(super) fn leave(&self, shard: u64) {
        self.begun().remove(&shard);
    }

    fn manifest(&self) -> MutexGuard<'_, Manifest> {
        // A panic elsewhere leaves the manifest as it is on the disk: it changes only after the line was written.
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begun(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
