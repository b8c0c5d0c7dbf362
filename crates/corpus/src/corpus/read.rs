//! Reads a finished corpus.

use crate::chain::ViewInput;
use crate::corpus::error::CorpusError;
use crate::corpus::files::index::{self, SampleRow};
use crate::corpus::files::manifest::{Manifest, ManifestLine};
use crate::corpus::files::set_aside::{self, AsideRow};
use crate::corpus::files::walk::{self, Found, Wanted};
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::sample::Sample;
use crate::corpus::sample::encoding::decode;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A finished corpus, open for reading from any number of threads.
#[derive(Clone)]
pub struct CorpusReader {
    pub(super) dir: PathBuf,
    pub(super) plan: CorpusPlan,
    pub(super) manifest: Manifest,
    pub(super) rows: Vec<SampleRow>,
}

impl CorpusReader {
    /// Opens a corpus and checks all that can be checked without reading the shards.
    pub fn open(dir: &Path) -> Result<Self, CorpusError> {
        let plan = CorpusPlan::read(dir)?;
        let manifest = Manifest::read(dir)?;
        let rows = index::read(dir)?;
        let missing = (0..plan.shards()).find(|s| !manifest.lines.contains_key(s));
        if let Some(shard) = missing {
            let problem = format!("has no line for shard {shard} of {}: resume building the corpus", plan.shards());
            return Err(CorpusError::folder(&layout::manifest(dir), problem));
        }
        if let Some(shard) = manifest.lines.keys().find(|&&s| s >= plan.shards()) {
            let problem = format!("has a line for shard {shard}; the plan has {}", plan.shards());
            return Err(CorpusError::folder(&layout::manifest(dir), problem));
        }
        for line in manifest.lines.values() {
            if let Some(problem) = line.disagreement(&plan) {
                let problem = format!("shard {}: {problem}: resume building the corpus", line.shard);
                return Err(CorpusError::folder(&layout::manifest(dir), problem));
            }
            if let Some(problem) = line.problem(dir, false)? {
                return Err(CorpusError::shard(
                    &dir.join(&line.file),
                    problem + "; build with --resume to make it again",
                ));
            }
        }
        let path = layout::index(dir);
        let made: Vec<u64> = manifest.lines.values().filter_map(ManifestLine::made).flatten().collect();
        if rows.len() != made.len() {
            let problem = format!("has {} samples, {} expected: resume building the corpus", rows.len(), made.len());
            return Err(CorpusError::folder(&path, problem));
        }
        for (i, row) in rows.iter().enumerate() {
            let line = manifest.lines.get(&row.shard);
            let inside = line.is_some_and(|l| row.offset.checked_add(row.size).is_some_and(|end| end <= l.bytes));
            if row.id != made[i] || !plan.ids(row.shard).contains(&row.id) || !inside {
                let problem = format!("sample {} does not lie in shard {} as the plan has it", row.id, row.shard);
                return Err(CorpusError::text(&path, i + 2, problem));
            }
        }
        Ok(Self { dir: dir.to_owned(), plan, manifest, rows })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the corpus was meant to hold, and holds.
    pub fn plan(&self) -> &CorpusPlan {
        &self.plan
    }

    /// What it lacks by files of motion or labels that could not be used.
    pub fn set_aside(&self) -> Vec<AsideRow> {
        set_aside::rows(&self.plan, &self.manifest)
    }

    /// The shards.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All samples in order of id.
    pub fn rows(&self) -> &[SampleRow] {
        &self.rows
    }

    /// The samples of a split in order of id; an unknown split is an error that names those there are.
    pub fn split(&self, split: &str) -> Result<Vec<&SampleRow>, CorpusError> {
        let rows: Vec<&SampleRow> = self.rows.iter().filter(|r| r.split == split).collect();
        if rows.is_empty() {
            let there: Vec<String> = self.count_by(|r| &r.split).into_keys().collect();
            let problem = format!("has no split `{split}`; it has {}", there.join(", "));
            return Err(CorpusError::Absent { path: self.dir.clone(), problem });
        }
        Ok(rows)
    }

    /// Number of samples by label, split or whatever `key` names.
    pub fn count_by(&self, key: impl Fn(&SampleRow) -> &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(key(row).to_owned()).or_insert(0) += 1;
        }
        counts
    }

    /// The sample with this id, with all its arrays.
    pub fn read(&self, id: u64) -> Result<Sample, CorpusError> {
        self.fetch(id, Wanted::Everything)
    }

    /// The sample with this id, without the arrays beside its views.
    pub fn read_views(&self, id: u64) -> Result<Sample, CorpusError> {
        self.fetch(id, Wanted::Views)
    }

    /// The samples of a split one after the other, with their views only.
    pub fn samples(&self, split: &str) -> Result<impl Iterator<Item = Result<Sample, CorpusError>> + '_, CorpusError> {
        let ids: Vec<u64> = self.split(split)?.iter().map(|r| r.id).collect();
        Ok(ids.into_iter().map(|id| self.read_views(id)))
    }

    /// How the views of this corpus were made, where its recipe says so.
    pub fn view_input(&self) -> Result<Option<ViewInput>, CorpusError> {
        let (Some(chain), Some(first)) = (self.plan.chain()?, self.rows.first()) else { return Ok(None) };
        let views = self.read_views(first.id)?.views.infos();
        Ok(Some(ViewInput { chain, duration_s: first.duration_s, views }))
    }

    /// Names of the views that a model takes which is told of no others: those of the chain's first entry, or all of the first sample.
    pub fn main_views(&self) -> Result<Vec<String>, CorpusError> {
        let Some(first) = self.rows.first() else { return Ok(Vec::new()) };
        let there = self.read_views(first.id)?.views.names();
        let main: Vec<String> = self.plan.chain()?.map(|chain| chain.main_views()).unwrap_or_default();
        let main: Vec<String> = main.into_iter().filter(|name| there.contains(name)).collect();
        Ok(if main.is_empty() { there } else { main })
    }

    /// The line of a sample.
    pub(super) fn row(&self, id: u64) -> Option<&SampleRow> {
        self.rows.binary_search_by_key(&id, |row| row.id).ok().map(|i| &self.rows[i])
    }

    fn fetch(&self, id: u64, wanted: Wanted) -> Result<Sample, CorpusError> {
        let Some(row) = self.row(id) else {
            let last = self.plan.samples - 1;
            let problem = match id > last {
                true => format!("has no sample {id}; ids go from 0 to {last}"),
                false => format!("has no sample {id}: it was set aside, or its motion file is gone"),
            };
            return Err(CorpusError::Absent { path: self.dir.clone(), problem });
        };
        let path = self.dir.join(&row.file);
        let mut piece = vec![0; row.size as usize];
        File::open(&path)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(row.offset))?;
                file.read_exact(&mut piece)
            })
            .map_err(CorpusError::read(&path))?;
        self.assemble(&path, walk::piece(&path, &piece, id, wanted)?)
    }

    pub(super) fn assemble(&self, path: &Path, found: Found) -> Result<Sample, CorpusError> {
        let id = found.doc.id;
        decode(found.doc, &found.files).map_err(|(array, p)| CorpusError::sample(path, id, array.as_deref(), p))
    }
}
