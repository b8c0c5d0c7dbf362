//! Makes a corpus, at once or after an interruption.

use super::error::CorpusError;
use super::index::{self, SampleRow};
use super::manifest::{Manifest, ManifestLine};
use super::plan::CorpusPlan;
use super::sample::Sample;
use super::shard::ShardWriter;
use super::walk::{self, Wanted};
use crate::base::atomic_file;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Writes a corpus; shards may be written in any order and from many threads.
pub struct CorpusWriter {
    dir: PathBuf,
    plan: CorpusPlan,
    manifest: Mutex<Manifest>,
    /// Held as long as the writer lives, so that no second process writes here.
    _lock: File,
}

/// What was found when a corpus was taken up again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumed {
    /// Shards that are whole.
    pub finished: Vec<u64>,
    /// Shards that the manifest knows but whose file is not what it says, and why. They are made again.
    pub damaged: Vec<(u64, String)>,
}

impl CorpusWriter {
    /// Begins a corpus in a folder that does not exist or is empty.
    pub fn create(dir: &Path, plan: CorpusPlan) -> Result<Self, CorpusError> {
        match fs::read_dir(dir) {
            Ok(mut entries) => {
                if CorpusPlan::path(dir).exists() {
                    let state = if index::path(dir).exists() { "a finished" } else { "an unfinished" };
                    let advice = "resume it, or choose another folder";
                    return Err(CorpusError::folder(dir, format!("holds {state} corpus already: {advice}")));
                }
                if entries.next().is_some() {
                    return Err(CorpusError::folder(dir, "holds other files: an empty or new folder is expected"));
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(CorpusError::read(dir)(e)),
        }
        fs::create_dir_all(dir.join("shards")).map_err(CorpusError::write(dir))?;
        let lock = lock(dir)?;
        let manifest = Manifest::default();
        manifest.write(dir)?;
        // Last: with it the folder is a corpus that can be resumed.
        atomic_file::write(&CorpusPlan::path(dir), plan.to_yaml()?.as_bytes())?;
        Ok(Self { dir: dir.to_owned(), plan, manifest: Mutex::new(manifest), _lock: lock })
    }

    /// Takes up a corpus of the same plan: checks size and hash of every shard that the manifest knows.
    pub fn resume(dir: &Path, plan: CorpusPlan) -> Result<(Self, Resumed), CorpusError> {
        let there = CorpusPlan::read(dir)?;
        if let Some(what) = difference(&there, &plan) {
            let problem = format!("is a corpus of another plan ({what}): choose another folder, or keep the recipe");
            return Err(CorpusError::folder(dir, problem));
        }
        fs::create_dir_all(dir.join("shards")).map_err(CorpusError::write(dir))?;
        let lock = lock(dir)?;
        let before = match Manifest::read(dir) {
            // Without a manifest no shard counts.
            Err(CorpusError::Folder { .. }) => Manifest::default(),
            other => other?,
        };
        let checked: Vec<(ManifestLine, Option<String>)> = before
            .lines
            .into_par_iter()
            .map(|(_, line)| {
                let problem = match line.fits(&plan) {
                    false => Some("the manifest gives it the samples of another plan".to_owned()),
                    true => line.problem(dir, true)?,
                };
                Ok((line, problem))
            })
            .collect::<Result<_, CorpusError>>()?;
        let mut manifest = Manifest::default();
        let mut resumed = Resumed::default();
        for (line, problem) in checked {
            match problem {
                Some(problem) => resumed.damaged.push((line.shard, problem)),
                None => {
                    resumed.finished.push(line.shard);
                    manifest.lines.insert(line.shard, line);
                }
            }
        }
        if !resumed.damaged.is_empty() {
            // An index that points into damaged shards must not make the corpus look finished.
            remove(&index::path(dir))?;
        }
        manifest.write(dir)?;
        remove_parts(&dir.join("shards"))?;
        Ok((Self { dir: dir.to_owned(), plan, manifest: Mutex::new(manifest), _lock: lock }, resumed))
    }

    /// Begins the corpus, or takes it up where one of the same plan is there.
    pub fn open(dir: &Path, plan: CorpusPlan) -> Result<(Self, Resumed), CorpusError> {
        if CorpusPlan::path(dir).exists() {
            Self::resume(dir, plan)
        } else {
            Ok((Self::create(dir, plan)?, Resumed::default()))
        }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the corpus is meant to hold.
    pub fn plan(&self) -> &CorpusPlan {
        &self.plan
    }

    /// Shards that are still to be written.
    pub fn missing(&self) -> Vec<u64> {
        let manifest = self.manifest();
        (0..self.plan.shards()).filter(|s| !manifest.lines.contains_key(s)).collect()
    }

    /// Begins a shard. Its samples are pushed one by one, so memory does not grow with the shard.
    pub fn begin_shard(&self, shard: u64) -> Result<ShardWriter<'_>, CorpusError> {
        let path = self.dir.join(CorpusPlan::shard_file(shard));
        if shard >= self.plan.shards() {
            return Err(CorpusError::shard(&path, format!("the plan has {} shards", self.plan.shards())));
        }
        if self.manifest().lines.contains_key(&shard) {
            return Err(CorpusError::shard(&path, "is finished; a finished shard is never written again"));
        }
        ShardWriter::begin(self, shard, path)
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

    /// Ends the corpus: all shards must be there. Writes `samples.csv`, and the manifest in order of shards.
    pub fn finish(self) -> Result<Manifest, CorpusError> {
        let missing = self.missing();
        if let Some(first) = missing.first() {
            let problem = format!("{} of {} shards are missing, first {first}", missing.len(), self.plan.shards());
            return Err(CorpusError::folder(&self.dir, problem));
        }
        let manifest = self.manifest().clone();
        let rows: Vec<Vec<SampleRow>> =
            manifest.lines.par_iter().map(|(_, line)| rows_of(&self.dir, line)).collect::<Result<_, _>>()?;
        // Shards in order, and ids in order within each: sorted by id.
        index::write(&self.dir, &rows.concat())?;
        manifest.write(&self.dir)?;
        remove(&lock_path(&self.dir))?;
        Ok(manifest)
    }

    pub(super) fn enter(&self, line: ManifestLine) -> Result<(), CorpusError> {
        self.manifest().append(&self.dir, line)
    }

    fn manifest(&self) -> MutexGuard<'_, Manifest> {
        // A panic elsewhere leaves the manifest as it is on the disk: it changes only after the line was written.
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of `samples.csv` for one shard, from the shard itself.
fn rows_of(dir: &Path, line: &ManifestLine) -> Result<Vec<SampleRow>, CorpusError> {
    let mut rows = Vec::new();
    walk::shard(&dir.join(&line.file), Wanted::Nothing, |found| {
        rows.push(SampleRow::new(found.doc.id, &found.doc.meta, line.shard, found.offset, found.size));
        Ok(())
    })?;
    Ok(rows)
}

fn difference(there: &CorpusPlan, asked: &CorpusPlan) -> Option<String> {
    let numbers = [
        ("samples", there.samples, asked.samples),
        ("samples_per_shard", there.samples_per_shard, asked.samples_per_shard),
    ];
    if let Some((name, a, b)) = numbers.into_iter().find(|(_, a, b)| a != b) {
        return Some(format!("{name} {a} there, {b} asked for"));
    }
    // The recipe as typed may differ in comments and overrides: what it comes to is what counts.
    (there.resolved != asked.resolved).then(|| "its resolved recipe differs".into())
}

fn lock_path(dir: &Path) -> PathBuf {
    dir.join(".lock")
}

fn lock(dir: &Path) -> Result<File, CorpusError> {
    let path = lock_path(dir);
    let file = File::create(&path).map_err(CorpusError::write(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(CorpusError::folder(dir, "another process is writing this corpus: wait for it, or end it"))
        }
        // Some network file systems have no locks; the manifest still tells whole shards from others.
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(e)) => Err(CorpusError::write(&path)(e)),
    }
}

fn remove(path: &Path) -> Result<(), CorpusError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(CorpusError::write(path)(e)),
        _ => Ok(()),
    }
}

/// Removes what an interrupted writer left of shards.
fn remove_parts(shards: &Path) -> Result<(), CorpusError> {
    let entries: Result<BTreeSet<PathBuf>, io::Error> =
        fs::read_dir(shards).and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect());
    let parts = entries.map_err(CorpusError::read(shards))?;
    parts.iter().filter(|p| p.extension().is_some_and(|e| e == "part")).try_for_each(|p| remove(p))
}
