//! Makes a corpus, or a part of one, at once or after an interruption.

use super::completion::complete;
use super::ledger::Ledger;
use super::lock::Locks;
use super::refusal::{refuse_foreign, refuse_other};
use super::shard::ShardWriter;
use super::stock::{self, Resumed};
use crate::corpus::error::CorpusError;
use crate::corpus::files::manifest::{Manifest, ManifestLine};
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use crate::corpus::sample::Sample;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What is done about finished shards that are no longer what their manifest says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The corpus is refused, with all damaged shards by name, and left as it is.
    Refuse,
    /// They are made again.
    Mend,
}

/// Writes a corpus or a part of one; shards may be written in any order and from many threads.
pub struct CorpusWriter {
    dir: PathBuf,
    ledger: Ledger,
    /// Held as long as the writer lives, so that no second process writes here.
    locks: Locks,
}

impl CorpusWriter {
    /// Begins a corpus in a folder that does not exist or is empty.
    pub fn create(dir: &Path, plan: CorpusPlan) -> Result<Self, CorpusError> {
        if layout::plan(dir).exists() {
            let state = if layout::index(dir).exists() { "a finished" } else { "an unfinished" };
            let advice = "resume it, or choose another folder";
            return Err(CorpusError::folder(dir, format!("holds {state} corpus already: {advice}")));
        }
        Ok(Self::take_up(dir, plan, Part::WHOLE, Damage::Refuse)?.0)
    }

    /// Takes up a corpus of the same plan: checks size and hash of every shard that the manifest knows.
    pub fn resume(dir: &Path, plan: CorpusPlan) -> Result<(Self, Resumed), CorpusError> {
        // Whatever else is wrong with the folder: without a plan there is nothing to resume.
        CorpusPlan::read(dir)?;
        Self::take_up(dir, plan, Part::WHOLE, Damage::Mend)
    }

    /// Begins the corpus, or takes it up where one of the same plan is there.
    pub fn open(dir: &Path, plan: CorpusPlan) -> Result<(Self, Resumed), CorpusError> {
        Self::take_up(dir, plan, Part::WHOLE, Damage::Mend)
    }

    /// Begins a part of a corpus, or takes it up where a corpus of the same plan is there.
    ///
    /// Other processes may make other parts of the same division in the same folder at the same time, on other machines too.
    pub fn take_up(dir: &Path, plan: CorpusPlan, part: Part, damage: Damage) -> Result<(Self, Resumed), CorpusError> {
        if !layout::plan(dir).exists() {
            refuse_foreign(dir)?;
        } else {
            refuse_other(dir, &plan)?;
        }
        fs::create_dir_all(layout::shards(dir)).map_err(CorpusError::write(dir))?;
        let locks = Locks::take(dir, part)?;
        if !locks.are_supported() {
            tracing::warn!("{}: this file system has no locks; see to it that no part is made twice", dir.display());
        }
        plan.publish(dir)?;
        // Another process may have been faster, with another plan.
        refuse_other(dir, &plan)?;
        let (mut manifest, mut resumed) = stock::take(dir, &plan, part)?;
        if !resumed.damaged.is_empty() && damage == Damage::Refuse {
            return Err(CorpusError::Damaged { path: dir.to_owned(), damage: resumed.damaged });
        }
        if damage == Damage::Mend {
            resumed.mended = stock::mended(&mut manifest, &plan);
            resumed.finished.retain(|shard| manifest.lines.contains_key(shard));
        }
        if !(resumed.damaged.is_empty() && resumed.mended.is_empty()) {
            // An index that points into damaged shards must not make the corpus look finished.
            remove(&layout::index(dir))?;
        }
        plan.publish_motions(dir)?;
        let ledger = Ledger::open(dir, plan, part, manifest)?;
        stock::remove_parts(dir, part)?;
        Ok((Self { dir: dir.to_owned(), ledger, locks }, resumed))
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the corpus is meant to hold.
    pub fn plan(&self) -> &CorpusPlan {
        self.ledger.plan()
    }

    /// The part that is written.
    pub fn part(&self) -> Part {
        self.ledger.part()
    }

    /// Shards of this part that are still to be written.
    pub fn missing(&self) -> Vec<u64> {
        self.ledger.missing()
    }

    /// Begins a shard. Its samples are pushed one by one, so memory does not grow with the shard.
    pub fn begin_shard(&self, shard: u64) -> Result<ShardWriter<'_>, CorpusError> {
        let path = self.dir.join(layout::shard(shard));
        self.ledger.begin(shard, &path)?;
        ShardWriter::begin(&self.ledger, shard, path)
    }

    /// Writes a whole shard.
    pub fn write_shard<'s>(
        &self,
        shard: u64,
        samples: impl IntoIterator<Item = &'s Sample>,
    ) -> Result<ManifestLine, CorpusError> {
        let mut writer = self.begin_shard(shard)?;
        samples.into_iter().try_for_each(|sample| writer.push(sample))?;
        writer.finish()
    }

    /// Ends the corpus or the part: all its shards must be there. Of a whole corpus writes `samples.csv`, and the manifest in
    /// order of shards; parts are put together by [`crate::corpus::merge()`].
    pub fn finish(self) -> Result<Manifest, CorpusError> {
        let missing = self.missing();
        if let Some(first) = missing.first() {
            let all = self.part().shards(self.plan().shards()).count();
            let problem = format!("{} of {all} shards are missing, first {first}", missing.len());
            return Err(CorpusError::folder(&self.dir, problem));
        }
        let manifest = self.ledger.finished();
        if self.part().is_whole() {
            complete(&self.dir, self.ledger.plan(), &manifest, self.locks)?;
        }
        Ok(manifest)
    }
}

fn remove(path: &Path) -> Result<(), CorpusError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(CorpusError::write(path)(e)),
        _ => Ok(()),
    }
}
