//! `samples.csv`: one line a sample.

use super::error::CorpusError;
use super::manifest::{Manifest, ManifestLine};
use super::sample::SampleMeta;
use super::targets::Targets;
use super::walk::{self, Wanted};
use crate::base::atomic_file;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// One line of `samples.csv`: the label and origin of a sample, and where its bytes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleRow {
    /// Number in the corpus.
    pub id: u64,
    /// For example `train`.
    pub split: String,
    /// The activity's slug.
    pub label: String,
    /// Who moved.
    pub subject: String,
    /// `simulated`, or the name of the recorded data set.
    pub source: String,
    /// The recording or motion.
    pub recording: String,
    /// The session of the recording.
    pub session: String,
    /// Seed of a simulated sample.
    pub seed: u64,
    /// Start within the recording, s.
    pub start_s: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Number of the shard.
    pub shard: u64,
    /// File of the shard, relative to the corpus.
    pub file: String,
    /// Where the sample's first tar header begins, bytes from the start of the shard.
    pub offset: u64,
    /// Length of its piece of the tar, bytes.
    pub size: u64,
}

impl SampleRow {
    pub(super) fn new(id: u64, of: (&SampleMeta, &Targets), shard: u64, (offset, size): (u64, u64)) -> Self {
        let m = of.0.clone();
        Self {
            id,
            split: m.split,
            label: of.1.label.clone(),
            subject: m.subject,
            source: m.source,
            recording: m.recording,
            session: m.session,
            seed: m.seed,
            start_s: m.start_s,
            duration_s: m.duration_s,
            shard,
            file: super::CorpusPlan::shard_file(shard),
            offset,
            size,
        }
    }
}

/// A part of a recording: its name, start and length, s.
pub type Stretch<'a> = (&'a str, f64, f64);

/// Stretches that touch share nothing, however their ends were rounded, s.
const TOUCHING_S: f64 = 1e-6;

/// Whether two stretches have a part of the same recording in common.
///
/// ```
/// use kinecho_corpus::corpus::share_a_stretch;
/// assert!(share_a_stretch(("a", 0.0, 3.0), ("a", 2.5, 3.0)));
/// assert!(!share_a_stretch(("a", 0.1, 0.2), ("a", 0.1 + 0.2, 0.2)));
/// assert!(!share_a_stretch(("a", 0.0, 3.0), ("b", 0.0, 3.0)));
/// ```
pub fn share_a_stretch(a: Stretch<'_>, b: Stretch<'_>) -> bool {
    a.0 == b.0 && a.1 + TOUCHING_S < b.1 + b.2 && b.1 + TOUCHING_S < a.1 + a.2
}

pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join("samples.csv")
}

/// Shards whose lines are gathered at a time: in parallel, and yet not all in memory.
const AT_ONCE: usize = 64;

/// Writes the index from the shards themselves; they come in order, and ids in order within each, so it is sorted by id.
pub(super) fn write(dir: &Path, manifest: &Manifest) -> Result<(), CorpusError> {
    let target = path(dir);
    let lines: Vec<&ManifestLine> = manifest.lines.values().collect();
    let mut unreadable = None;
    let written = atomic_file::write_with(&target, |file| {
        let mut writer = csv::Writer::from_writer(file);
        for lines in lines.chunks(AT_ONCE) {
            let rows: Result<Vec<Vec<SampleRow>>, CorpusError> =
                lines.par_iter().map(|line| rows_of(dir, line)).collect();
            match rows {
                Ok(rows) => {
                    rows.iter().flatten().try_for_each(|row| writer.serialize(row)).map_err(io::Error::other)?
                }
                Err(error) => {
                    unreadable = Some(error);
                    return Err(io::Error::other("a shard cannot be read"));
                }
            }
        }
        writer.flush()
    });
    match unreadable {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

/// The lines of `samples.csv` for one shard, from the shard itself.
fn rows_of(dir: &Path, line: &ManifestLine) -> Result<Vec<SampleRow>, CorpusError> {
    let mut rows = Vec::new();
    walk::shard(&dir.join(&line.file), Wanted::Nothing, |found| {
        rows.push(SampleRow::new(
            found.doc.id,
            (&found.doc.meta, &found.doc.targets),
            line.shard,
            (found.offset, found.size),
        ));
        Ok(())
    })?;
    Ok(rows)
}

pub(super) fn read(dir: &Path) -> Result<Vec<SampleRow>, CorpusError> {
    let path = path(dir);
    let bytes = match std::fs::read(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(CorpusError::folder(&path, "is missing: the corpus is unfinished, resume building it"));
        }
        other => other.map_err(CorpusError::read(&path))?,
    };
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows: Result<Vec<SampleRow>, csv::Error> = reader.deserialize().collect();
    rows.map_err(|e| {
        let line = e.position().map_or(1, |p| p.line() as usize);
        CorpusError::text(&path, line, format!("not the line of a sample: {e}"))
    })
}
