//! Makes a corpus, or a part of one, at once or after an interruption.

use super::error::CorpusError;
use super::index;
use super::lock::Locks;
use super::manifest::{Manifest, ManifestLine};
use super::part::Part;
use super::plan::CorpusPlan;
use super::sample::Sample;
use super::set_aside;
use super::shard::ShardWriter;
use super::stock::{self, Resumed};
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    plan: CorpusPlan,
    part: Part,
    manifest_path: PathBuf,
    manifest: Mutex<Manifest>,
    begun: Mutex<BTreeSet<u64>>,
    /// Held as long as the writer lives, so that no second process writes here.
    locks: Locks,
}

impl CorpusWriter {
    /// Begins a corpus in a folder that does not exist or is empty.
    pub fn create(dir: &Path, plan: CorpusPlan) -> Result<Self, CorpusError> {
        if CorpusPlan::path(dir).exists() {
            let state = if index::path(dir).exists() { "a finished" } else { "an unfinished" };
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
        if !CorpusPlan::path(dir).exists() {
            refuse_foreign(dir)?;
        } else {
            refuse_other(dir, &plan)?;
        }
        fs::create_dir_all(dir.join("shards")).map_err(CorpusError::write(dir))?;
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
            remove(&index::path(dir))?;
        }
        plan.publish_motions(dir)?;
        let manifest_path = Manifest::part_path(dir, part);
        manifest.write(&manifest_path)?;
        stock::remove_parts(dir, part)?;
        let writer = Self {
            dir: dir.to_owned(),
            plan,
            part,
            manifest_path,
            manifest: Mutex::new(manifest),
            begun: Mutex::default(),
            locks,
        };
        Ok((writer, resumed))
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the corpus is meant to hold.
    pub fn plan(&self) -> &CorpusPlan {
        &self.plan
    }

    /// The part that is written.
    pub fn part(&self) -> Part {
        self.part
    }

    /// Shards of this part that are still to be written.
    pub fn missing(&self) -> Vec<u64> {
        let manifest = self.manifest();
        self.part.shards(self.plan.shards()).filter(|s| !manifest.lines.contains_key(s)).collect()
    }

    /// Begins a shard. Its samples are pushed one by one, so memory does not grow with the shard.
    pub fn begin_shard(&self, shard: u64) -> Result<ShardWriter<'_>, CorpusError> {
        let path = self.dir.join(CorpusPlan::shard_file(shard));
        if shard >= self.plan.shards() {
            return Err(CorpusError::shard(&path, format!("the plan has {} shards", self.plan.shards())));
        }
        if !self.part.owns(shard) {
            return Err(CorpusError::shard(&path, format!("does not belong to part {}", self.part)));
        }
        if self.manifest().lines.contains_key(&shard) {
            return Err(CorpusError::shard(&path, "is finished; a finished shard is never written again"));
        }
        if !self.begun().insert(shard) {
            return Err(CorpusError::shard(&path, "is being written by another thread"));
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

    /// Ends the corpus or the part: all its shards must be there. Of a whole corpus writes `samples.csv`, and the manifest in
    /// order of shards; parts are put together by [`super::merge()`].
    pub fn finish(self) -> Result<Manifest, CorpusError> {
        let missing = self.missing();
        if let Some(first) = missing.first() {
            let all = self.part.shards(self.plan.shards()).count();
            let problem = format!("{} of {all} shards are missing, first {first}", missing.len());
            return Err(CorpusError::folder(&self.dir, problem));
        }
        let manifest = self.manifest().clone();
        if self.part.is_whole() {
            complete(&self.dir, &self.plan, &manifest, self.locks)?;
        }
        Ok(manifest)
    }

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

/// Writes what only a whole corpus has, and removes what only an unfinished one has.
pub(super) fn complete(dir: &Path, plan: &CorpusPlan, manifest: &Manifest, locks: Locks) -> Result<(), CorpusError> {
    let rows = set_aside::rows(plan, manifest);
    set_aside::write(dir, &rows)?;
    if let (0, Some(first)) = (manifest.samples(), rows.first()) {
        let problem = format!("not one sample could be made; {}: {}", first.file, first.reason);
        return Err(CorpusError::folder(dir, problem));
    }
    manifest.write(&Manifest::path(dir))?;
    index::write(dir, manifest)?;
    stock::remove_parts(dir, Part::WHOLE)?;
    locks.clear()
}

/// A folder without a plan must be new or empty, or hold nothing but what other parts of a corpus begin with.
fn refuse_foreign(dir: &Path) -> Result<(), CorpusError> {
    let entries = match fs::read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(CorpusError::read(dir))?,
    };
    for entry in entries {
        let name = entry.map_err(CorpusError::read(dir))?.file_name();
        let name = name.to_string_lossy();
        let beginnings = [".lock", "shards", "parts", "corpus.yaml"];
        let ours = beginnings.contains(&&*name) || name.starts_with("corpus.yaml.") && name.ends_with(".part");
        if !ours {
            return Err(CorpusError::folder(dir, "holds other files: an empty or new folder is expected"));
        }
    }
    Ok(())
}

fn refuse_other(dir: &Path, plan: &CorpusPlan) -> Result<(), CorpusError> {
    let there = CorpusPlan::read(dir)?;
    if there.is_old() {
        let problem =
            "is a corpus of an older layout: it can be read, but nothing is added to it; choose another folder";
        return Err(CorpusError::folder(dir, problem));
    }
    let Some(what) = difference(&there, plan) else { return Ok(()) };
    let problem = format!("is a corpus of another plan ({what}): choose another folder, or keep the recipe");
    Err(CorpusError::folder(dir, problem))
}

fn difference(there: &CorpusPlan, asked: &CorpusPlan) -> Option<String> {
    // Motion files may come and go; what is made of others now is found out shard by shard.
    let captured = |plan: &CorpusPlan| plan.motion_files.iter().map(|block| block.samples).sum::<u64>();
    let made = |plan: &CorpusPlan| plan.samples.saturating_sub(captured(plan));
    let numbers = [
        ("samples", made(there), made(asked)),
        ("samples_per_shard", there.samples_per_shard, asked.samples_per_shard),
    ];
    if let Some((name, a, b)) = numbers.into_iter().find(|(_, a, b)| a != b) {
        return Some(format!("{name} {a} there, {b} asked for"));
    }
    // The recipe as typed may differ in comments and overrides: what it comes to is what counts.
    let (key, there, asked) = first_difference(&there.resolved, &asked.resolved)?;
    Some(format!("its resolved recipe differs: {key} is {there} there, {asked} here"))
}

/// Where two resolved recipes differ first: the key and both values in short.
fn first_difference(a: &Value, b: &Value) -> Option<(String, String, String)> {
    let short = |value: &Value| {
        let text = serde_json::to_string(value).unwrap_or_else(|_| "…".into());
        if text.chars().count() > 60 { text.chars().take(57).chain("…".chars()).collect() } else { text }
    };
    let under = |key: &str, found: (String, String, String)| {
        let path = if found.0.is_empty() { key.to_owned() } else { format!("{key}.{}", found.0) };
        Some((path, found.1, found.2))
    };
    match (a, b) {
        _ if a == b => None,
        (Value::Mapping(left), Value::Mapping(right)) => {
            let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(key)));
            let missing = Value::String("not there".into());
            keys.into_iter().find_map(|key| {
                let (l, r) = (left.get(key).unwrap_or(&missing), right.get(key).unwrap_or(&missing));
                under(key.as_str().unwrap_or("?"), first_difference(l, r)?)
            })
        }
        (Value::Sequence(left), Value::Sequence(right)) if left.len() == right.len() => {
            let entries = left.iter().zip(right).enumerate();
            entries.into_iter().find_map(|(i, (l, r))| under(&i.to_string(), first_difference(l, r)?))
        }
        _ => Some((String::new(), short(a), short(b))),
    }
}

fn remove(path: &Path) -> Result<(), CorpusError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(CorpusError::write(path)(e)),
        _ => Ok(()),
    }
}
