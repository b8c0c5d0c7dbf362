//! `samples.csv`: one line a sample.

use super::error::CorpusError;
use super::sample::SampleMeta;
use crate::base::atomic_file;
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
    pub(super) fn new(id: u64, meta: &SampleMeta, shard: u64, offset: u64, size: u64) -> Self {
        let m = meta.clone();
        Self {
            id,
            split: m.split,
            label: m.label,
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

pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join("samples.csv")
}

pub(super) fn write(dir: &Path, rows: &[SampleRow]) -> Result<(), CorpusError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let target = path(dir);
    let failed = |e: csv::Error| CorpusError::write(&target)(io::Error::other(e));
    rows.iter().try_for_each(|row| writer.serialize(row)).map_err(failed)?;
    let bytes = writer.into_inner().map_err(|e| CorpusError::write(&target)(e.into_error()))?;
    Ok(atomic_file::write(&target, &bytes)?)
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
